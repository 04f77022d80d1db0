"""What the judge checks of an entry as written: honest blanks, ranges, sources, sane bounds."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from quietdrip.library.browse import Written, sources
from quietdrip.library.entry import CONFIDENCES
from quietdrip.library.judge_sums import SHAPES, Amount, amount

ID = re.compile(r"[a-z0-9]+([._-][a-z0-9]+|--[a-z0-9]+)*")
# What a source's own words leave blank: words, then where no value may stand.
BLANKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"mg/kg and minutes.*", ("dose.dose", "dose.over")),
    (r"dose|mg/kg", ("dose.dose",)),
    (r"start rate", ("dose.start", "dose.rate")),
    (r"start rate and daily climb", ("dose.rate.is", "dose.rate.at_least")),
    (r"hourly increment", ("dose.increment",)),
    (r"maximum rate", ("dose.ceiling", "max_dose")),
    (r"maximum dose", ("max_dose",)),
    (r"titration step and interval", ("dose.increment", "dose.every")),
    (r"(time|minutes) between .*steps", ("dose.every",)),
    (r"hours per session.*|minutes of infusion", ("dose.over",)),
    (r"how the rate .* is chosen or changed", ("dose.rate.is",)),
    (r"rate within the session", ("dose.rate",)),
    (r"premedication", ("premedication",)),
    (r".*(midazolam|sedative|clonidine).* doses?|which sedative and dose", ("premedication.dose",)),
    (r"premedication doses", ("premedication.dose",)),
    (r"vital-sign intervals", ("monitoring.observe", "borrowed.monitoring")),
    (r"monitoring", ("monitoring", "borrowed.monitoring")),
    (r"hold and stop criteria", ("hold_stop", "borrowed.hold_stop")),
    (r"recovery minutes", ("recovery.minimum",)),
    (r"discharge criteria", ("discharge", "borrowed.discharge")),
    (r"aftercare", ("aftercare", "borrowed.aftercare")),
    (r"number( and spacing)? of infusions", ("series.planned",)),
    (r"number of inpatient days", ("duration.days",)),
    (r"interval between infusions", ("series.minimum_interval",)),
    (r"day-by-day doses|days at each step.*", ("dose.day_by_day",)),
    (r"blood-pressure measurement", ("monitoring.observe",)),
)
WORD_FOR = {"single-source": "one source only", "from-memory": "memory only"}


def wrong(entry: Written, references: Set[str]) -> Iterator[str]:
    """What is wrong with any entry, a sentence each."""
    if not ID.fullmatch(entry.entry_id):
        yield "its id holds more than plain lower-case letters, digits, points and hyphens."
    for key in sources(entry.values):
        if key not in references:
            yield f"its source {key} is not in the reference list."
    if entry.kind != "model":
        for word in _words(entry.values, "confidence"):
            if word not in CONFIDENCES:
                yield f"its confidence '{word}' is not one of {', '.join(CONFIDENCES)}."
    for low, high in _ranges(entry.values) if entry.kind != "model" else ():
        if low is None or high is None:
            yield "a range has a bound that is no quantity."
        elif low.kind != high.kind or low.size >= high.size:
            yield f"{low.text} to {high.text} is no range from low to high."
    reviewed: Any = entry.values.get("reviewed", {})
    if (entry.values.get("status") == "reviewed") != bool(
        reviewed.get("by") and reviewed.get("on")
    ):
        yield "its status and the name and date of its reviewer do not agree."


def wrong_protocol(entry: Written, ids: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a protocol beyond its form."""
    values: dict[str, Any] = entry.values
    for silent in values.get("not_stated", ()):
        for place in _blanks(silent) or ():
            if _holds(values, place.split(".")):
                yield f"the source is silent on {silent}, yet {place} has a value."
    if values["activation"] == "reference-only" and "shape" in values.get("dose", {}):
        yield "it is reference-only and has a dose that could be started."
    yield from _above_maximum(values)
    for key, each in values.get("borrowed", {}).items():
        if each not in ids:
            yield f"it borrows {each} for {key}, which the library does not have."
    follow_on = values.get("series", {}).get("follow_on")
    for each in (values.get("base"), values.get("variant_of"), follow_on):
        if each is not None and not ids.get(each, "").startswith("protocols/"):
            yield f"it refers to {each}, which is no protocol."


def wrong_limits(limits: Mapping[str, Any]) -> Iterator[str]:
    """Soft limits above hard ones, expected ranges beyond them, one id twice."""
    rows: Sequence[Mapping[str, Any]] = limits["limit"]
    hard: dict[str, Amount] = {}
    for row in rows:
        bound = amount(row["limit"])
        if bound is not None and row["kind"] == "hard":
            known = hard.get(row["measure"])
            hard[row["measure"]] = bound if known is None or bound.size < known.size else known
    for row in rows:
        bound, top = amount(row["limit"]), hard.get(row["measure"])
        if bound is None or bound.size <= 0:
            yield f"the limit {row['id']} is no quantity above zero."
        elif row["kind"] == "soft" and top is not None and bound.size >= top.size:
            yield f"the soft limit {row['id']} is not below the hard limit of {top.text}."
    for guard in limits["guard"]:
        high = amount(guard["at_most"])
        for top in hard.values():
            if (
                high is not None
                and high.kind == top.kind == "rate by weight"
                and high.size >= top.size
            ):
                yield f"the expected range of {guard['field']} reaches the hard {top.text}."
    ids = [row["id"] for row in rows]
    yield from (
        f"the limit {each} stands twice." for each in sorted({i for i in ids if ids.count(i) > 1})
    )


def doubtful(entry: Written) -> Iterator[str]:
    """What a reviewer should look at: weak evidence, conflicts, silences the judge cannot place."""
    values: dict[str, Any] = entry.values
    word = WORD_FOR.get(str(values.get("confidence")))
    if word and entry.kind == "protocol" and values.get("activation") != "reference-only":
        yield f"a card from it stands on {word}."
    elif word and entry.kind in ("strength", "pump", "syringe", "vial", "diluent"):
        yield f"it stands on {word}."
    for row in (*_rows(values, "limit"), *_rows(values, "guard")):
        weak = WORD_FOR.get(str(row.get("confidence")))
        if weak and entry.kind == "limits":
            yield f"{row.get('id') or 'the expected range of ' + row['field']} stands on {weak}."
    if entry.kind == "protocol":
        parts: Mapping[str, str] = values.get("confidence_by_part", {})
        for part, said in parts.items():
            if said.startswith("from-memory"):
                yield f"its {part.replace('_', ' ')}: {said}."
        for silent in values.get("not_stated", ()):
            if _blanks(silent) is None:
                yield f"the judge does not know where '{silent}' would stand."
    for key in ("conflict", "conflicts"):
        for said in _words(values, key):
            yield f"conflict: {said}"


def _blanks(silent: str) -> tuple[str, ...] | None:
    for pattern, places in BLANKS:
        if re.fullmatch(pattern, silent):
            return places
    return None


def _holds(value: Any, path: Sequence[str]) -> bool:
    """Whether a value stands at this place, in any row where the place is a list."""
    if not path:
        return True
    if isinstance(value, list):
        return any(_holds(each, path) for each in value)
    return isinstance(value, dict) and path[0] in value and _holds(value[path[0]], path[1:])


def _above_maximum(values: Mapping[str, Any]) -> Iterator[str]:
    """Each stated dose, rate and cap against the highest the entry itself names."""
    dose, highest = values.get("dose", {}), values.get("max_dose", {})
    tops = [top for top in map(amount, highest.values()) if top is not None]
    keys = [key for key in SHAPES.get(dose.get("shape", ""), ()) if key not in ("every", "over")]
    stated = [dose[key].get("is") or dose[key].get("at_most") for key in keys if key in dose]
    stated += [day["rate"]["is"] for day in dose.get("day", ())]
    for text in (*stated, dose.get("cap")):
        value = amount(text)
        for top in tops:
            if value is not None and value.kind == top.kind and value.size > top.size:
                yield f"{value.text} is above the highest dose it names, {top.text}."


def _ranges(value: Any) -> Iterator[tuple[Amount | None, Amount | None]]:
    if isinstance(value, dict):
        if "at_least" in value and "at_most" in value:
            yield amount(value["at_least"]), amount(value["at_most"])
        for each in value.values():
            yield from _ranges(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ranges(each)


def _words(value: Any, key: str) -> Iterator[str]:
    """Every text that stands under this key, however deep."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name == key and isinstance(each, str):
                yield each
            elif name == key and isinstance(each, list):
                yield from (str(one) for one in each)
            else:
                yield from _words(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each, key)


def _rows(values: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    rows = values.get(key, ())
    return tuple(rows) if isinstance(rows, list) else ()
