"""What a protocol says: its shape, what it leaves open, and how a patient is watched under it.

Values only. A number the source does not state is an open `Stated`, never a guess.
"""

from dataclasses import dataclass
from typing import Literal

from quietdrip.core.units import Kind, Quantity

DOSE = (Kind.DOSE_PER_WEIGHT, Kind.MASS)
RATE = (Kind.RATE, Kind.RATE_PER_WEIGHT)
TIME = (Kind.TIME,)

Activation = Literal["needs-completion", "needs-sign-off", "reference-only"]
Programme = Literal["pain", "mood"]
Need = Literal["mandatory", "optional", "named", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a source says about one number: one value, bounds a prescriber narrows, or nothing."""

    at_least: Quantity | None = None
    at_most: Quantity | None = None

    @property
    def fixed(self) -> Quantity | None:
        """The one value where the source states one."""
        return self.at_most if self.at_most == self.at_least else None


OPEN = Stated()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A dose (mg or mg/kg) given evenly over a time."""

    dose: Stated
    over: Stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """One rate (mg/h or mg/kg/h) for a time; a cap in mg/h binds a rate for body weight.

    `or_steps` says that the source gives bounds only, so a prescriber may climb within them.
    """

    rate: Stated
    over: Stated
    cap: Quantity | None = None
    or_steps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A start rate raised by an increment every so often up to a ceiling, then held.

    Each step up is a decision: `advance` is the condition the source gives, or empty.
    """

    start: Stated
    increment: Stated
    every: Stated
    ceiling: Stated
    over: Stated
    cap: Quantity | None = None
    advance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A course whose rate differs from day to day; one card is one day of it."""

    blocks: tuple[Constant, ...]


Infusion = Total | Constant | Steps | Days


@dataclass(frozen=True, slots=True, kw_only=True)
class Premedication:
    """A drug before or beside ketamine, as the source names it; an empty dose is not stated."""

    drug: str
    need: Need
    dose: str = ""
    timing: str = ""
    purpose: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """A set of observations with its rhythm: every so often between two times, or at times.

    `after` is empty for times from the start, `each-rate-change` for times after every change,
    `end` for times after the infusion. `until_min` is None where the rhythm has no stated end.
    """

    what: tuple[str, ...]
    every_min: int | None = None
    at_min: tuple[int, ...] = ()
    after: Literal["", "each-rate-change", "end"] = ""
    from_min: int = 0
    until_min: int | None = None
    source: tuple[str, ...] = ()
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """A monitoring profile: what to check before, what runs throughout, what is done when."""

    id: str
    title: str
    before: tuple[str, ...] = ()
    continuous: tuple[str, ...] = ()
    observations: tuple[Observations, ...] = ()
    source: tuple[str, ...] = ()
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The shortest stay after the infusion; None where the source states no minutes."""

    minimum_min: int | None = None
    says: str = ""
    source: tuple[str, ...] = ()
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One named way to give ketamine, as far as its sources state it.

    `not_stated` keeps the source's own words for everything it leaves blank. `text` is the entry
    as written and `sha256` its fingerprint, so that a card can say exactly what it stood on.
    """

    id: str
    version: str
    title: str
    drug: str
    programmes: tuple[Programme, ...]
    activation: Activation
    status: str
    citation: str
    source: tuple[str, ...]
    confidence: str
    indications: tuple[str, ...]
    outpatient: bool
    infusion: Infusion | None = None
    bolus: Stated | None = None
    premedication: tuple[Premedication, ...] = ()
    premedication_stated: bool = True
    monitoring: Monitoring | None = None
    recovery: Recovery = Recovery()
    not_stated: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    sha256: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A number a prescriber may or must give by name, with what the protocol says about it."""

    name: str
    kinds: tuple[Kind, ...]
    stated: Stated
    needed: bool


def fields(protocol: Protocol) -> tuple[Field, ...]:
    """Every number of the protocol's shape by the name it is given under; fixed ones too."""
    named = _infusion_fields(protocol.infusion) if protocol.infusion else ()
    if protocol.bolus is not None:
        named = (*named, _field("bolus", DOSE, protocol.bolus))
    return named


def needed(protocol: Protocol) -> tuple[str, ...]:
    """The names of the fields without which there is no card."""
    return tuple(field.name for field in fields(protocol) if field.needed)


def _infusion_fields(infusion: Infusion) -> tuple[Field, ...]:
    match infusion:
        case Total(dose=dose, over=over):
            return (_field("dose", DOSE, dose), _field("over", TIME, over))
        case Constant(rate=rate, over=over, or_steps=or_steps):
            first = (_field("rate", RATE, rate), _field("over", TIME, over))
            return (*first, *_optional_steps(rate)) if or_steps else first
        case Steps():
            return (
                _field("start-rate", RATE, infusion.start),
                _field("increment", RATE, infusion.increment),
                _field("every", TIME, infusion.every),
                _field("max-rate", RATE, infusion.ceiling),
                _field("over", TIME, infusion.over),
            )
        case Days():
            return (_field("day", TIME, OPEN),)


def _optional_steps(rate: Stated) -> tuple[Field, ...]:
    """The fields of a climb inside the bounds of a rate; given together, instead of the rate."""
    return tuple(
        Field(name=name, kinds=kinds, stated=stated, needed=False)
        for name, kinds, stated in (
            ("start-rate", RATE, rate),
            ("increment", RATE, OPEN),
            ("every", TIME, OPEN),
            ("max-rate", RATE, rate),
        )
    )


def _field(name: str, kinds: tuple[Kind, ...], stated: Stated) -> Field:
    return Field(name=name, kinds=kinds, stated=stated, needed=stated.fixed is None)
