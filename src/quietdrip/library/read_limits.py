"""Limits, expected ranges and tolerances: TOML becomes the core's `Bounds`."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import get_args

from quietdrip.core.limits import Bounds, Guard, Limit, Measure
from quietdrip.core.protocol import DOSE, RATE, TIME, Programme
from quietdrip.core.units import UNITS, Kind
from quietdrip.library.entry import EntryError, Table, exact, parse

PROGRAMMES: tuple[Programme, ...] = get_args(Programme)
MEASURES: dict[str, tuple[Measure, Kind]] = {
    "bolus": ("bolus_mg_per_kg", Kind.DOSE_PER_WEIGHT),
    "rate": ("rate_mg_per_kg_h", Kind.RATE_PER_WEIGHT),
    "dose": ("dose_mg_per_kg", Kind.DOSE_PER_WEIGHT),
    "day": ("day_mg", Kind.MASS),
}
GUARDED: dict[str, tuple[Kind, ...]] = {
    "dose": DOSE,
    "bolus": DOSE,
    "rate": RATE,
    "start-rate": RATE,
    "max-rate": RATE,
    "increment": RATE,
    "every": TIME,
    "over": TIME,
}
TOP = ("id", "version", "status", "reviewed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What a site's file may hold: limits that tighten and further expected ranges."""

    limits: tuple[Limit, ...]
    guards: tuple[Guard, ...]


def bounds(path: str, text: str) -> Bounds:
    """The library's own bounds."""
    table = parse(path, text).knows((*TOP, "limit", "guard", "tolerances"))
    tolerances = table.table("tolerances").knows(
        ("guard_factor", "weight", "weight_change", "rounding", "agreement")
    )
    weight = _tolerance(tolerances, "weight", ("at_least", "at_most"))
    rounding = _tolerance(tolerances, "rounding", ("shown", "refused"))
    read = Bounds(
        limits=_limits(table),
        guards=_guards(table),
        guard_factor=_factor(_tolerance(tolerances, "guard_factor", ("is",))),
        weight_at_least_kg=weight.decimal("at_least", Kind.WEIGHT),
        weight_at_most_kg=weight.decimal("at_most", Kind.WEIGHT),
        weight_change_percent=_tolerance(tolerances, "weight_change", ("is",)).percent("is"),
        rounding_shown_percent=rounding.percent("shown"),
        rounding_at_most_percent=rounding.percent("refused"),
        agreement_percent=_tolerance(tolerances, "agreement", ("is",)).percent("is"),
    )
    if not 0 < read.weight_at_least_kg < read.weight_at_most_kg:
        raise weight.bad("at_least", "it is not below at_most.")
    if not 0 < read.rounding_shown_percent <= read.rounding_at_most_percent:
        raise rounding.bad("shown", "it is above what is refused.")
    return read


def additions(path: str, text: str) -> Additions:
    """A site's limits and expected ranges; it may not touch the tolerances."""
    table = parse(path, text).knows(TOP, ("limit", "guard"))
    return Additions(limits=_limits(table), guards=_guards(table))


def _limits(table: Table) -> tuple[Limit, ...]:
    limits = tuple(_limit(row) for row in table.tables("limit"))
    ids = [limit.id for limit in limits]
    if len(set(ids)) < len(ids):
        raise table.bad("limit", "one id stands twice.")
    return limits


def _limit(row: Table) -> Limit:
    row.knows(
        ("id", "kind", "measure", "limit", "bites", "programmes", "scope", "says", "source",
         "confidence"),
        ("outpatient_only", "note"),
    )  # fmt: skip
    row.text("scope")
    row.text("note", "")
    measure, kind = MEASURES[row.one_of("measure", tuple(MEASURES))]
    value = exact(row.quantity("limit", (kind,)).canonical)
    if value <= 0:
        raise row.bad("limit", "it must be above zero.")
    return Limit(
        id=row.text("id"),
        hard=row.one_of("kind", ("hard", "soft")) == "hard",
        measure=measure,
        limit=value,
        reaching=row.one_of("bites", ("reaching", "above")) == "reaching",
        programmes=_programmes(row),
        outpatient_only=row.flag("outpatient_only", False),
        says=row.text("says"),
        source=row.source,
        confidence=row.confidence,
    )


def _guards(table: Table) -> tuple[Guard, ...]:
    return tuple(_guard(row) for row in table.tables("guard"))


def _guard(row: Table) -> Guard:
    row.knows(("field", "programmes", "at_least", "at_most", "says", "source", "confidence"))
    kinds = GUARDED[row.one_of("field", tuple(GUARDED))]
    low, high = row.quantity("at_least", kinds), row.quantity("at_most", kinds)
    if low.kind is not high.kind or not 0 < low.canonical < high.canonical:
        raise row.bad("at_least", f"{low.text} to {high.text} is no range from low to high.")
    unit = next(u for u in UNITS.values() if u.kind is low.kind and u.canonical == 1)
    return Guard(
        field=row.text("field"),
        unit=unit.name,
        programmes=_programmes(row),
        at_least=exact(low.canonical),
        at_most=exact(high.canonical),
        says=row.text("says"),
        source=row.source,
        confidence=row.confidence,
    )


def _programmes(row: Table) -> tuple[Programme, ...]:
    written = row.texts("programmes", needed=True)
    if any(each not in PROGRAMMES for each in written):
        raise row.bad("programmes", f"write one or both of {', '.join(PROGRAMMES)}.")
    return tuple(each for each in PROGRAMMES if each in written)


def _tolerance(table: Table, key: str, values: tuple[str, ...]) -> Table:
    """A tolerance with its source; the values themselves are read by the caller."""
    section = table.table(key).knows((*values, "source", "confidence"), ("says",))
    if not section.source or not section.confidence:
        raise EntryError(section.where, "it lacks a source.")
    return section


def _factor(section: Table) -> Decimal:
    try:
        factor = Decimal(section.text("is"))
    except InvalidOperation:
        raise section.bad("is", 'write a plain number as text, such as "2".') from None
    if factor <= 1:
        raise section.bad("is", "it must be above one.")
    return factor
