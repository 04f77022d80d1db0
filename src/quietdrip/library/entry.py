"""One TOML file read strictly: unknown keys, missing keys and doubtful quantities are refused.

`EntryError` carries the one sentence; `read.py` turns it into a `Refusal`. Nothing is repaired.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeVar, get_args

from quietdrip.core.protocol import Stated
from quietdrip.core.reasons import Refusal, refuse
from quietdrip.core.units import Kind, Quantity, parse_as

Confidence = Literal["verified", "single-source", "from-memory", "seed"]
CONFIDENCES: tuple[str, ...] = get_args(Confidence)
STATUSES = ("draft", "reviewed", "retired")
HEAD = ("id", "version", "status", "reviewed", "source", "confidence")
T = TypeVar("T", bound=str)


class EntryError(Exception):
    """What is wrong with an entry, as one sentence that names the file and the key."""

    def __init__(self, where: str, says: str) -> None:
        super().__init__(f"{where}: {says}")
        self.where = where


def refusal(bad: EntryError) -> Refusal:
    """The same sentence as the library's no."""
    return refuse("library-entry-bad", str(bad), field=bad.where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a TOML file and where it stands, for the sentence that names a fault."""

    where: str
    values: Mapping[str, object]

    def knows(self, required: Sequence[str], optional: Sequence[str] = ()) -> "Table":
        """The same table, once it holds every required key and none that is not named here."""
        missing = [key for key in required if key not in self.values]
        unknown = [key for key in self.values if key not in required and key not in optional]
        if missing:
            raise EntryError(self.where, f"it lacks {', '.join(missing)}.")
        if unknown:
            known = ", ".join(sorted((*required, *optional)))
            raise EntryError(
                self.where, f"it has {', '.join(unknown)}, which is no key; {known} are."
            )
        return self

    def bad(self, key: str, says: str) -> EntryError:
        """The fault of one key."""
        return EntryError(f"{self.where}: {key}", says)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; without a default an absent or empty one is refused."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.bad(key, "write a text that is not empty.")
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """A list of texts; empty where it is absent and not needed."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.bad(key, 'write a list of texts, such as ["seed-001"].')
        if needed and not value:
            raise self.bad(key, "it is empty; name at least one.")
        return tuple(value)

    def one_of(self, key: str, choices: Sequence[T], default: T | None = None) -> T:
        """A text of a closed set."""
        value = self.values.get(key, default)
        for choice in choices:
            if value == choice:
                return choice
        raise self.bad(key, f"'{value}' is not known; write one of {', '.join(choices)}.")

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.bad(key, "write true or false.")
        return value

    def quantity(self, key: str, kinds: tuple[Kind, ...]) -> Quantity:
        """A number with its unit, as text."""
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self.bad(key, 'write a quantity as text with its unit, such as "0.5 mg/kg".')
        quantity = parse_as(value, kinds, key)
        if isinstance(quantity, Refusal):
            raise self.bad(key, quantity.says)
        return quantity

    def quantity_or_none(self, key: str, kinds: tuple[Kind, ...]) -> Quantity | None:
        """The quantity, or None where the key is absent."""
        return self.quantity(key, kinds) if key in self.values else None

    def decimal(self, key: str, kind: Kind) -> Decimal:
        """A quantity above zero in the canonical unit of its kind, exactly."""
        quantity = self.quantity(key, (kind,))
        if not quantity.canonical:
            raise self.bad(key, f"{quantity.text} is nothing; it must be above zero.")
        return exact(quantity.canonical)

    def percent(self, key: str) -> Decimal:
        """A number of percent, written `2.5 %`."""
        value = self.values.get(key)
        number = value.removesuffix(" %") if isinstance(value, str) else ""
        if number == value or not number.replace(".", "", 1).isdecimal():
            raise self.bad(key, 'write a number of percent as text, such as "2.5 %".')
        return Decimal(number)

    def stated(self, key: str, kinds: tuple[Kind, ...]) -> Stated:
        """`{ is = … }`, `{ at_least = …, at_most = … }` or, where the key is absent, open."""
        if key not in self.values:
            return Stated()
        table = self.table(key)
        if "is" in table.values:
            fixed = table.knows(("is",)).quantity("is", kinds)
            return Stated(at_least=fixed, at_most=fixed)
        table.knows((), ("at_least", "at_most"))
        low = table.quantity_or_none("at_least", kinds)
        high = table.quantity_or_none("at_most", kinds)
        if low is None and high is None:
            raise self.bad(key, "it states nothing; leave the key out where the source is silent.")
        if low and high and (low.kind is not high.kind or low.canonical >= high.canonical):
            raise self.bad(key, f"{low.text} to {high.text} is no range from low to high.")
        return Stated(at_least=low, at_most=high)

    def table(self, key: str) -> "Table":
        """A table inside this one."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise self.bad(key, "write a table.")
        return Table(where=f"{self.where}: {key}", values=value)

    def tables(self, key: str) -> tuple["Table", ...]:
        """A list of tables; empty where it is absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.bad(key, f"write it as [[{key}]] tables.")
        where = (f"{self.where}: {key} {number}" for number in range(1, len(value) + 1))
        return tuple(Table(where=w, values=row) for w, row in zip(where, value, strict=True))

    def facts(self, key: str) -> None:
        """A section that only informs: labels with texts, lists, flags or the same nested."""
        if key in self.values:
            _facts(f"{self.where}: {key}", self.values[key])

    @property
    def source(self) -> tuple[str, ...]:
        """The keys of the reference list it stands on."""
        return self.texts("source", needed=True)

    @property
    def confidence(self) -> str:
        """How well it is known, in one word of the closed list."""
        return self.one_of("confidence", CONFIDENCES)


def parse(path: str, text: str) -> Table:
    """The table of a file, whose id is the name of the file."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise EntryError(path, f"it is not TOML: {fault}.") from None
    table = Table(where=path, values=values)
    stem = path.rsplit("/", 1)[-1].removesuffix(".toml")
    if table.text("id") != stem:
        raise table.bad("id", f"'{values['id']}' is not the name of the file, {stem}.")
    version = values.get("version")
    if type(version) is not int or version < 1:
        raise table.bad("version", "write a whole number from 1.")
    table.one_of("status", STATUSES)
    table.table("reviewed").knows(("by", "on"))
    return table


def exact(value: Fraction) -> Decimal:
    """The decimal equal to the fraction; a value without one is a fault of the caller."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(decimal) != value:
        raise ValueError(f"{value} has no exact decimal")
    return decimal


def _facts(where: str, value: object) -> None:
    match value:
        case dict():
            for key, each in value.items():
                _facts(f"{where}: {key}", each)
        case list():
            for each in value:
                _facts(where, each)
        case str() | bool():
            if value == "":
                raise EntryError(
                    where, "it is empty; leave the key out where the source is silent."
                )
        case _:
            raise EntryError(where, f"write {value} as text with its unit.")
