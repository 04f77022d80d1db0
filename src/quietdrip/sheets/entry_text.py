"""What `quietdrip library list` and `show` print: entries as a clinician reads them.

Nothing is computed here; every number stands as its source states it.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from quietdrip.core.program import bounds_text
from quietdrip.core.protocol import Field, Protocol, fields, needed
from quietdrip.core.reasons import Refusal, together
from quietdrip.core.units import UNITS, Kind
from quietdrip.library import browse, read, references
from quietdrip.library.browse import Written
from quietdrip.library.references import Reference
from quietdrip.sheets.entry_json import LISTED, list_json, show_json
from quietdrip.sheets.wording import ACTIVATION, drug_name, visible

WIDTH = 80
INSET = "  "
LABEL = 16
SHORT_ROW = 2  # a row of so many facts is one line
UNREVIEWED = "A draft: nobody has reviewed it. A site signs its own copy before use."
HEADINGS = {
    "setting": "Setting", "eligibility": "Who it is for", "max_dose": "Highest dose",
    "duration": "Time", "variant_site": "Elsewhere", "derived": "Arithmetic",
    "reported": "Reported", "escalation": "Raising the dose", "hold_stop": "Hold or stop",
    "aftercare": "Afterwards", "series": "Series", "outcomes": "Outcomes",
    "adverse_events": "Side effects named", "screening": "Before the first infusion",
    "companion": "Companion", "use": "Use", "cost": "Cost",
    "confidence_by_part": "Confidence by part",
}  # fmt: skip
HEAD = ("id", "version", "status", "reviewed", "title", "source", "confidence", "kind")
HEADING = {
    "vials": "Vials", "strengths": "Final concentrations", "syringes": "Syringes",
    "pumps": "Pumps", "diluents": "Diluents", "monitoring": "Monitoring",
    "recovery": "Recovery", "aftercare": "Aftercare", "models": "Models",
}  # fmt: skip
__all__ = ["list_json", "list_text", "show_json", "show_text"]


def list_text(site: Path | None = None) -> str:
    """Every entry, one line each, by what it is for."""
    known = browse.ids("protocols", site)
    protocols = {each: read.protocol(each, site) for each in known}
    variants = sum("--" in each for each in known)
    lines = [f"{len(known) - variants} protocols, {variants} of them in a second variant"]
    for activation, says in ACTIVATION.items():
        lines += ["", f"{activation}: {says}"]
        for each, found in protocols.items():
            if isinstance(found, Protocol) and found.activation == activation:
                lines += _row(each, found.title)
    refused = [(each, no.says) for each, no in protocols.items() if isinstance(no, Refusal)]
    if refused:
        lines += ["", "Refused"]
        lines += [line for each, says in refused for line in _row(each, says)]
    for folder in LISTED:
        lines += ["", HEADING[folder]]
        lines += [line for each in browse.ids(folder, site) for line in _listed(folder, each, site)]
    lines += ["", "Also", *_wrapped(", ".join(browse.LOOSE))]
    lines += ["", "`quietdrip library show ID` prints an entry with its sources."]
    return "\n".join(lines)


def show_text(entry_id: str, site: Path | None = None) -> str | Refusal:
    """One entry for a clinician: what it says, what it leaves open, and what it stands on."""
    entry, known = browse.written(entry_id, site), references.references()
    if isinstance(entry, Refusal) or isinstance(known, Refusal):
        return together(*(each for each in (entry, known) if isinstance(each, Refusal)))
    if entry.kind != "protocol":
        return _joined(_head(entry), _plain_body(entry), _foot(entry, known))
    found = read.protocol(entry_id, site)
    if isinstance(found, Refusal):
        return found
    return _joined(_head(entry), _protocol_body(found, entry), _foot(entry, known))


def _listed(folder: str, entry_id: str, site: Path | None) -> list[str]:
    found = browse.written_at(f"{folder}/{entry_id}.toml", site)
    return _row(entry_id, found.says if isinstance(found, Refusal) else found.title)


def _row(entry_id: str, says: str) -> list[str]:
    """An id with its title below it where both do not fit one line."""
    one = f"{INSET}{entry_id}  {visible(says)}"
    if len(one) <= WIDTH:
        return [one]
    return [f"{INSET}{entry_id}", *_wrapped(says, INSET * 2, INSET * 2)]


def _head(entry: Written) -> Iterator[str]:
    values = entry.values
    yield from wrap(visible(entry.title), WIDTH)
    whose = "" if entry.ours else ", the site's own"
    name = entry.entry_id if entry.kind == entry.entry_id else f"{entry.kind} {entry.entry_id}"
    yield f"{name}, version {values.get('version')}, {values.get('status')}{whose}"
    if values.get("status") == "draft":
        yield UNREVIEWED


def _protocol_body(protocol: Protocol, entry: Written) -> Iterator[str]:
    yield ""
    yield from _said(protocol.activation, ACTIVATION[protocol.activation] + ".")
    yield from _said("For", ", ".join(protocol.indications))
    if "patients" in entry.values:
        yield from _said("Patients", str(entry.values["patients"]))
    yield from _said("Programme", " and ".join(protocol.programmes))
    yield from _said("Drug", drug_name(protocol.drug))
    yield from _said("Care", "outpatient" if protocol.outpatient else "hospital inpatient only")
    yield from _said("After", protocol.citation)
    yield from _infusion(protocol, entry)
    yield from _silences(protocol)
    yield from _care(protocol, entry)
    if protocol.says:
        yield from ("", "Caveats", *_bullets(protocol.says))
    for key, heading in HEADINGS.items():
        if key in entry.values:
            yield from ("", heading, *_facts(entry.values[key]))


def _infusion(protocol: Protocol, entry: Written) -> Iterator[str]:
    yield from ("", "Infusion")
    for field in fields(protocol):
        if field.name != "day" and (field.needed or field.stated.fixed):
            yield from _said(field.name, bounds_text(field.stated))
    dose = entry.values.get("dose")
    told = dose if isinstance(dose, dict) else {}
    for number, day in enumerate(told.get("day", ()), 1):
        yield from _said(f"day {number}", f"{day['rate']['is']} for {day['over']['is']}")
    if "cap" in told:
        yield from _said("cap", f"at most {told['cap']}, whatever the weight")
    if told.get("or_steps"):
        yield from _said(
            "or in steps", "start-rate, increment, every and max-rate inside these bounds"
        )
    if told.get("said"):
        yield from _said("as said", "; ".join(told["said"]))
    elif not told:
        yield from _said("", "The source states no dose.")


def _silences(protocol: Protocol) -> Iterator[str]:
    names = needed(protocol)
    if names:
        yield from ("", "Not stated by the source: a prescriber gives these by name")
        for field in fields(protocol):
            if field.name in names:
                yield from _said(field.name, _wanted(field))
    elif protocol.activation != "reference-only":
        yield from ("", "Every number of the infusion is stated; none has to be given.")
    if protocol.not_stated:
        yield from ("", "The source is silent on", *_bullets(protocol.not_stated))


def _wanted(field: Field) -> str:
    """The units a field is typed in, and between what."""
    if field.name == "day":
        return "which day of the course, such as 1 d"
    units = " or ".join(u.name for u in UNITS.values() if u.kind in field.kinds and _common(u.name))
    bounds = bounds_text(field.stated)
    return f"in {units}" + ("" if bounds == "not stated" else f"; {bounds}")


def _common(unit: str) -> bool:
    """The units a clinician writes at a bedside; the others are taken as well."""
    kinds = (Kind.MASS, Kind.DOSE_PER_WEIGHT, Kind.RATE, Kind.RATE_PER_WEIGHT)
    return UNITS[unit].kind not in kinds or unit in ("mg", "mg/kg", "mg/h", "mg/kg/h")


def _care(protocol: Protocol, entry: Written) -> Iterator[str]:
    yield from ("", "Beside the infusion")
    if not protocol.premedication_stated:
        yield from _said("Premedication", "not stated")
    for drug in protocol.premedication:
        parts = [drug.drug]
        if drug.need != "none":
            parts = [f"{drug.drug} ({drug.need}), dose {drug.dose or 'not stated'}", drug.timing]
        yield from _said("Premedication", "; ".join(p for p in (*parts, drug.purpose) if p))
    yield from _said("Monitoring", _monitoring(protocol, entry))
    recovery = protocol.recovery
    stay = "" if recovery.minimum_min is None else f"at least {recovery.minimum_min} min"
    words = "; ".join(part for part in (stay, recovery.says) if part)
    yield from _said("Recovery", words or "not stated")
    lent = entry.values.get("borrowed")
    if isinstance(lent, dict):
        rest = [f"{key.replace('_', ' and ')}: {each}" for key, each in lent.items()]
        yield from _said("Borrowed", "; ".join(rest) + " (the source prints none of its own)")


def _monitoring(protocol: Protocol, entry: Written) -> str:
    if protocol.monitoring is not None:
        return f"{protocol.monitoring.title} ({protocol.monitoring.id})"
    own = entry.values.get("monitoring")
    said = own.get("said") if isinstance(own, dict) else None
    if not isinstance(said, dict):
        return "not stated"
    words = [f"{key}: {_flat(each)}" for key, each in said.items()]
    return "; ".join(words) + "; intervals: not stated"


def _plain_body(entry: Written) -> Iterator[str]:
    yield ""
    yield from _facts({k: v for k, v in entry.values.items() if k not in HEAD})


def _foot(entry: Written, known: dict[str, Reference]) -> Iterator[str]:
    yield from ("", "Sources, with the portion that was seen")
    for key in browse.sources(entry.values):
        found = known.get(key)
        if found is None:
            yield f"{INSET}{key}: not in the reference list"
            continue
        yield from _wrapped(f"{key}: {found.title}")
        seen = f"{found.kind}, seen: {found.portion}" if found.kind else f"seen: {found.portion}"
        yield from _wrapped(seen, INSET * 2, INSET * 2)
        if found.url:
            yield f"{INSET * 2}{found.url}"
    if "confidence" in entry.values:
        yield from ("", visible(f"Confidence: {entry.values['confidence']}"))
    yield f"SHA-256 {entry.sha256}"


def _facts(value: object, depth: int = 1) -> Iterator[str]:
    """A section as indented labels and texts, as deep as it goes."""
    pad = INSET * depth
    match value:
        case dict():
            for key, each in value.items():
                label = str(key).replace("_", " ")
                if isinstance(each, dict) or (isinstance(each, list) and _nested(each)):
                    yield f"{pad}{label}"
                    yield from _facts(each, depth + 1)
                else:
                    yield from _wrapped(f"{label}: {_flat(each)}", pad, pad + INSET)
        case list():
            for number, each in enumerate(value):
                if isinstance(each, dict) and len(each) <= SHORT_ROW:
                    yield from _wrapped(f"- {_flat([*each.values()])}", pad, pad + INSET)
                    continue
                yield from [""] if number and isinstance(each, dict) else []
                yield from _facts(each, depth)
        case _:
            yield from _wrapped(f"- {_flat(value)}", pad, pad + INSET)


def _nested(values: Sequence[object]) -> bool:
    return any(isinstance(each, dict) for each in values) or len(values) > 4


def _flat(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(_flat(each) for each in value)
        case _:
            return visible(str(value))


def _said(label: str, says: str) -> Iterator[str]:
    start = f"{INSET}{label:<{LABEL}} "
    yield from _wrapped(says, start, " " * len(start)) if says else [start.rstrip()]


def _bullets(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _wrapped(f"- {text}")


def _wrapped(text: str, first: str = INSET, rest: str = INSET * 2) -> list[str]:
    """The text in lines of the width; a long word, such as an address, stays in one piece."""
    return wrap(
        visible(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _joined(*parts: Iterable[str]) -> str:
    return "\n".join(line for part in parts for line in part)
