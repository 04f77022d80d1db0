"""One table of a model's file, read key by key; what is missing or unknown is a fault."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

_NUMBER_AND_UNIT = re.compile(r"(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?) (\S+)", re.ASCII)
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class EntryError(Exception):
    """What is wrong with an entry, as one sentence that names the file and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A TOML table with its place in the file; `taken` remembers which keys were asked for."""

    place: str
    entries: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def fault(self, key: str, says: str) -> EntryError:
        """The fault to raise about one key of this table."""
        return EntryError(f"{self.place}{key}: {says}")

    def text(self, key: str) -> str:
        """A text that has to be there and may not be empty."""
        found = self._of_kind(key, str, "a text")
        if found is None or not found.strip():
            raise self.fault(key, "this is missing; write it as a text.")
        return found

    def text_or_none(self, key: str) -> str:
        """A text, or the empty text where the entry does not state it."""
        return self._of_kind(key, str, "a text") or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the entry does not state it."""
        found = self._of_kind(key, list, "a list of texts") or []
        if not all(isinstance(item, str) and item.strip() for item in found):
            raise self.fault(key, "this is not a list of texts.")
        return tuple(found)

    def flag(self, key: str) -> bool:
        """A true or false, false where the entry does not state it."""
        return bool(self._of_kind(key, bool, "true or false"))

    def whole(self, key: str) -> int:
        """A whole number of at least one."""
        found = self._of_kind(key, int, "a whole number")
        if found is None or found < 1:
            raise self.fault(key, "write a whole number of at least 1.")
        return found

    def number_or_none(self, key: str) -> float | None:
        """A bare number (a variance, an exponent, a share), or None where it is not stated."""
        self.taken.add(key)
        found = self.entries.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.fault(key, f"'{found}' is not a number.")
        return float(found)

    def number(self, key: str) -> float:
        """A bare number that has to be there."""
        found = self.number_or_none(key)
        if found is None:
            raise self.fault(key, "this is missing; write it as a number.")
        return found

    def quantity(self, key: str, units: tuple[str, ...]) -> tuple[float, str]:
        """A number and its unit, one of these."""
        found = self.text(key)
        match = _NUMBER_AND_UNIT.fullmatch(found)
        right = " or ".join(units)
        if match is None:
            raise self.fault(key, f"'{found}' is not a number, a space and a unit ({right}).")
        if match[2] not in units:
            raise self.fault(key, f"'{found}' is not in {right}.")
        return float(match[1]), match[2]

    def in_unit(self, key: str, unit: str) -> float:
        """A number that has to be there in this one unit."""
        return self.quantity(key, (unit,))[0]

    def in_unit_or_none(self, key: str, unit: str) -> float | None:
        """A number in this one unit, or None where it is not stated."""
        return self.in_unit(key, unit) if key in self.entries else None

    def one_of(self, key: str, known: type[E]) -> E:
        """A member of an enumeration, by its text."""
        found = self.text(key)
        try:
            return known(found)
        except ValueError:
            right = ", ".join(known)
            raise self.fault(key, f"'{found}' is none of {right}.") from None

    def table(self, key: str) -> "Table":
        """A table inside this one, empty where the entry does not state it."""
        found = self._of_kind(key, dict, "a table") or {}
        return Table(place=f"{self.place}{key}.", entries=found)

    def tables(self, key: str) -> "Iterator[Table]":
        """A list of tables, numbered from 1 in what is said about them."""
        for index, found in enumerate(self._of_kind(key, list, "a list of tables") or [], start=1):
            if not isinstance(found, dict):
                raise self.fault(key, "this is not a list of tables.")
            yield Table(place=f"{self.place}{key}[{index}].", entries=found)

    def aside(self, *keys: str) -> None:
        """Keys a clinician reads and no calculation uses."""
        self.taken.update(keys)

    def closed(self) -> None:
        """EntryError where a key was never asked for: a misspelt key must not be passed over."""
        for key in self.entries:
            if key not in self.taken:
                raise self.fault(key, "this key is not known here; check its spelling.")

    def _of_kind(self, key: str, kind: type[T], says: str) -> T | None:
        self.taken.add(key)
        found = self.entries.get(key)
        if found is not None and type(found) is not kind:
            raise self.fault(key, f"this is not {says}.")
        return found
