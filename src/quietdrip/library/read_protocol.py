"""A protocol's TOML becomes the core's `Protocol`, exactly as far as the source states it.

An absent number stays open. Sections that only inform are checked for form and kept as text.
"""

from collections.abc import Callable
from typing import Literal, get_args

from quietdrip.core.protocol import (
    DOSE,
    RATE,
    TIME,
    Activation,
    Constant,
    Days,
    Infusion,
    Monitoring,
    Need,
    Premedication,
    Programme,
    Protocol,
    Recovery,
    Stated,
    Steps,
    Total,
    fields,
    needed,
)
from quietdrip.core.units import Kind, minutes
from quietdrip.library.entry import CONFIDENCES, HEAD, Table, parse
from quietdrip.library.read_monitoring import observations

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
PROGRAMMES: tuple[Programme, ...] = get_args(Programme)
NEEDS: tuple[Need, ...] = get_args(Need)
Shape = Literal["total", "constant", "steps", "days"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
REQUIRED = (
    *HEAD, "activation", "title", "origin", "citation", "programmes", "indications", "outpatient",
    "drug",
)  # fmt: skip
TEXTS = ("variant_of", "base", "patients", "route", "route_note", "drug_says")
FACTS = (
    "setting", "eligibility", "max_dose", "duration", "variant_site", "derived", "reported",
    "escalation", "hold_stop", "aftercare", "series", "outcomes", "adverse_events", "screening",
    "companion", "use", "cost", "confidence_by_part",
)  # fmt: skip
SECTIONS = ("dose", "bolus", "premedication", "monitoring", "borrowed", "recovery")
OPTIONAL = (*TEXTS, "not_stated", "says", *FACTS, *SECTIONS)
BORROWED = ("monitoring", "hold_stop", "discharge", "aftercare")
DOSE_KEYS: dict[Shape, tuple[str, ...]] = {
    "total": ("dose", "over"),
    "constant": ("rate", "over", "cap", "or_steps"),
    "steps": ("start", "increment", "every", "ceiling", "over", "cap", "advance"),
    "days": ("day",),
}
DRUGS = ("racemic-ketamine", "s-ketamine")  # two products; one is never converted into the other


def protocol(path: str, text: str, sha256: str, lend: Callable[[str], Monitoring]) -> Protocol:
    """The protocol of a file; `lend` gives the monitoring profile it borrows by id."""
    table = parse(path, text).knows(REQUIRED, OPTIONAL)
    for key in FACTS:
        table.facts(key)
    for key in TEXTS:
        table.text(key, "absent")
    _parts_known(table)
    activation = table.one_of("activation", ACTIVATIONS)
    read = Protocol(
        id=table.text("id"),
        version=str(table.values["version"]),
        title=table.text("title"),
        drug=table.one_of("drug", DRUGS),
        programmes=_programmes(table),
        activation=activation,
        status=table.text("status"),
        citation=table.text("citation"),
        source=table.source,
        confidence=table.confidence,
        indications=table.texts("indications", needed=True),
        outpatient=table.flag("outpatient"),
        infusion=_infusion(table, activation),
        bolus=_bolus(table),
        premedication=tuple(_premedication(row) for row in table.tables("premedication")),
        premedication_stated="premedication" in table.values,
        monitoring=_own_monitoring(table) or _borrowed_monitoring(table, lend),
        recovery=_recovery(table),
        not_stated=table.texts("not_stated"),
        says=table.texts("says"),
        sha256=sha256,
        text=text,
    )
    _honest(table, read)
    return read


def _programmes(table: Table) -> tuple[Programme, ...]:
    written = table.texts("programmes", needed=True)
    if any(each not in PROGRAMMES for each in written):
        raise table.bad("programmes", f"write one or both of {', '.join(PROGRAMMES)}.")
    return tuple(each for each in PROGRAMMES if each in written)


def _infusion(table: Table, activation: Activation) -> Infusion | None:
    if "dose" not in table.values:
        if activation != "reference-only":
            raise table.bad("dose", "only a reference-only entry may do without it.")
        return None
    dose = table.table("dose")
    if activation == "reference-only":
        dose.knows(("said",)).texts("said")
        return None
    shape = dose.one_of("shape", SHAPES)
    dose.knows(("shape",), ("said", *DOSE_KEYS[shape])).texts("said")
    match shape:
        case "total":
            return Total(dose=dose.stated("dose", DOSE), over=dose.stated("over", TIME))
        case "constant":
            return _constant(dose)
        case "steps":
            return Steps(
                start=dose.stated("start", RATE),
                increment=dose.stated("increment", RATE),
                every=dose.stated("every", TIME),
                ceiling=dose.stated("ceiling", RATE),
                over=dose.stated("over", TIME),
                cap=dose.quantity_or_none("cap", (Kind.RATE,)),
                advance=dose.text("advance", ""),
            )
        case "days":
            return _days(dose)


def _constant(table: Table) -> Constant:
    return Constant(
        rate=table.stated("rate", RATE),
        over=table.stated("over", TIME),
        cap=table.quantity_or_none("cap", (Kind.RATE,)),
        or_steps=table.flag("or_steps", False),
    )


def _days(dose: Table) -> Days:
    blocks = []
    for row in dose.tables("day"):
        block = _constant(row.knows(("rate", "over"), ("cap",)))
        if block.rate.fixed is None or block.over.fixed is None:
            raise row.bad("rate", "each day needs one rate and one time, { is = … }.")
        blocks.append(block)
    if not blocks:
        raise dose.bad("day", "a course of days needs at least one [[dose.day]].")
    return Days(blocks=tuple(blocks))


def _bolus(table: Table) -> Stated | None:
    return table.stated("bolus", DOSE) if "bolus" in table.values else None


def _premedication(row: Table) -> Premedication:
    row.knows(("drug", "need", "source"), ("dose", "timing", "purpose", "says"))
    purpose, says = row.text("purpose", ""), row.text("says", "")
    return Premedication(
        drug=row.text("drug"),
        need=row.one_of("need", NEEDS),
        dose=row.text("dose", ""),
        timing=row.text("timing", ""),
        purpose="; ".join(part for part in (purpose, says) if part),
        source=row.source,
    )


def _own_monitoring(table: Table) -> Monitoring | None:
    """What this source itself prints as a rhythm; a bare list of names stays text."""
    if "monitoring" not in table.values:
        return None
    section = table.table("monitoring")
    if "said" in section.values:
        section.knows(("said",)).facts("said")
        return None
    section.knows(("source", "confidence", "observe"), ("before", "continuous"))
    return Monitoring(
        id=table.text("id"),
        title=f"as printed by {table.text('citation')}",
        before=section.texts("before"),
        continuous=section.texts("continuous"),
        observations=observations(section),
        source=section.source,
        confidence=section.confidence,
    )


def _borrowed_monitoring(table: Table, lend: Callable[[str], Monitoring]) -> Monitoring | None:
    if "borrowed" not in table.values:
        return None
    section = table.table("borrowed").knows((), BORROWED)
    for key in section.values:
        section.text(key)
    return lend(section.text("monitoring")) if "monitoring" in section.values else None


def _recovery(table: Table) -> Recovery:
    """The shortest stay; where a source states a range, its longer end counts."""
    if "recovery" not in table.values:
        return Recovery()
    section = table.table("recovery").knows(("source", "confidence"), ("minimum", "says"))
    stay = section.stated("minimum", TIME).at_most
    whole = None if stay is None else minutes(stay)
    if whole is not None and whole.denominator != 1:
        raise section.bad("minimum", "write whole minutes.")
    return Recovery(
        minimum_min=None if whole is None else int(whole),
        says=section.text("says", ""),
        source=section.source,
        confidence=section.confidence,
    )


def _parts_known(table: Table) -> None:
    """Each part's confidence begins with a word of the closed list; a remark may follow."""
    if "confidence_by_part" not in table.values:
        return
    section = table.table("confidence_by_part")
    for key in section.values:
        if section.text(key).split(" ")[0] not in CONFIDENCES:
            raise section.bad(key, f"begin with one of {', '.join(CONFIDENCES)}.")


def _honest(table: Table, read: Protocol) -> None:
    """An entry to be completed leaves something open; one to be signed leaves no number blank."""
    if read.activation == "needs-completion" and not (read.not_stated and needed(read)):
        raise table.bad(
            "activation", "needs-completion names what is not stated and leaves it open."
        )
    if read.status == "retired" and read.activation != "reference-only":
        raise table.bad("status", "a retired entry is reference-only.")
    if read.activation == "needs-sign-off" and read.infusion is not None:
        blank = [f.name for f in fields(read) if f.stated == Stated() and f.name != "day"]
        if blank:
            raise table.bad("activation", f"needs-sign-off leaves {', '.join(blank)} blank.")
