"""Vials, diluents, strengths, syringes and pumps: TOML becomes the core's equipment."""

from decimal import Decimal

from quietdrip.core.equipment import Diluent, Pump, PumpStep, Strength, Syringe, Vial
from quietdrip.core.units import Kind
from quietdrip.library.entry import HEAD, Table, parse

LISTS = ("vials", "diluents", "strengths", "syringes", "pumps")


def shelf(path: str, text: str) -> Table:
    """The list of what is on the shelf, checked for form; its ids are resolved by `read`."""
    table = parse(path, text).knows((*HEAD, *LISTS, "draw_step"))
    for key in LISTS:
        listed = table.texts(key, needed=True)
        if len(set(listed)) < len(listed):
            raise table.bad(key, "it lists one thing twice.")
    return table


def vial(path: str, text: str) -> Vial:
    """The vial of a file."""
    table = parse(path, text).knows(
        (*HEAD, "title", "drug", "form", "strength", "volume", "content", "hydrochloride",
         "may_dilute", "strongest_iv", "says")
    )  # fmt: skip
    table.text("form")
    table.decimal("hydrochloride", Kind.STRENGTH)
    read = Vial(
        id=table.text("id"),
        drug=table.text("drug"),
        title=table.text("title"),
        strength_mg_per_ml=_above_zero(table, "strength", Kind.STRENGTH),
        volume_ml=_above_zero(table, "volume", Kind.VOLUME),
        may_dilute=table.flag("may_dilute"),
        strongest_iv_mg_per_ml=_above_zero(table, "strongest_iv", Kind.STRENGTH),
        says=table.text("says"),
        source=table.source,
        confidence=table.confidence,
    )
    if read.content_mg != table.decimal("content", Kind.MASS):
        says = f"strength times volume is {read.content_mg} mg, not {table.text('content')}."
        raise table.bad("content", says)
    if read.strongest_iv_mg_per_ml > read.strength_mg_per_ml:
        raise table.bad("strongest_iv", "it is stronger than the vial itself.")
    return read


def diluent(path: str, text: str) -> Diluent:
    """The diluent of a file."""
    table = parse(path, text).knows((*HEAD, "title", "says"))
    table.text("says")
    return Diluent(
        id=table.text("id"),
        title=table.text("title"),
        source=table.source,
        confidence=table.confidence,
    )


def strength(path: str, text: str) -> Strength:
    """The signed final concentration of a file."""
    table = parse(path, text).knows((*HEAD, "title", "strength", "says"))
    return Strength(
        mg_per_ml=_above_zero(table, "strength", Kind.STRENGTH),
        title=table.text("title"),
        says=table.text("says"),
        source=table.source,
        confidence=table.confidence,
    )


def syringe(path: str, text: str) -> Syringe:
    """The syringe of a file."""
    table = parse(path, text).knows((*HEAD, "volume"))
    return Syringe(
        id=table.text("id"),
        volume_ml=_above_zero(table, "volume", Kind.VOLUME),
        source=table.source,
        confidence=table.confidence,
    )


def pump(path: str, text: str) -> Pump:
    """The pump of a file."""
    table = parse(path, text).knows(
        (*HEAD, "title", "slowest", "fastest", "volume_step", "says", "step")
    )
    read = Pump(
        id=table.text("id"),
        title=table.text("title"),
        slowest_ml_per_h=_above_zero(table, "slowest", Kind.FLOW),
        fastest_ml_per_h=_above_zero(table, "fastest", Kind.FLOW),
        steps=_steps(table),
        step_ml=_above_zero(table, "volume_step", Kind.VOLUME),
        says=table.text("says"),
        source=table.source,
        confidence=table.confidence,
    )
    if read.slowest_ml_per_h >= read.fastest_ml_per_h:
        raise table.bad("slowest", "it is not slower than the fastest rate.")
    return read


def _steps(table: Table) -> tuple[PumpStep, ...]:
    """Bands from slow to fast; the last one has no bound and every other one has."""
    rows = table.tables("step")
    steps = tuple(
        PumpStep(
            below_ml_per_h=row.decimal("below", Kind.FLOW) if "below" in row.values else None,
            step_ml_per_h=_above_zero(row.knows(("step",), ("below",)), "step", Kind.FLOW),
        )
        for row in rows
    )
    bounds = [step.below_ml_per_h for step in steps[:-1]]
    known = [bound for bound in bounds if bound is not None]
    if not steps or steps[-1].below_ml_per_h is not None or len(known) < len(bounds):
        raise table.bad("step", "every band but the last has `below`, and the last has none.")
    if known != sorted(set(known)):
        raise table.bad("step", "write the bands from slow to fast.")
    return steps


def _above_zero(table: Table, key: str, kind: Kind) -> Decimal:
    value = table.decimal(key, kind)
    if value <= 0:
        raise table.bad(key, "it must be above zero.")
    return value
