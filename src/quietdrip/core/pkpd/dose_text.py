"""Doses and times as people write them, read exactly or refused; nothing is repaired.

`35 mg over 40 min`, `25 mg/h from 60 min for 4 h`, `20 mg at 0 min`, `5,20,40 min`. The milligrams
are those of the model's own drug.
"""

import re
from fractions import Fraction
from itertools import pairwise

from quietdrip.core.pkpd.doses import Bolus, Infusion
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.pkpd.what_if import Change, NewRate, Pause, Push, StopNow
from quietdrip.core.reasons import Refusal, refuse
from quietdrip.core.units import (
    MIN_PER_H,
    Kind,
    Quantity,
    mg_for,
    mg_per_h_for,
    mg_per_h_over,
    minutes,
    parse_as,
)

DOSE = (Kind.MASS, Kind.DOSE_PER_WEIGHT)
RATE = (Kind.RATE, Kind.RATE_PER_WEIGHT)
TIME = (Kind.TIME,)
INFUSE = "such as '35 mg over 40 min' or '25 mg/h from 60 min for 4 h'"
PUSH = "such as '20 mg at 0 min'"
CHANGE = (
    "such as 'stop at 20 min', 'pause at 20 min for 10 min', 'rate 15 mg/h at 20 min' or "
    "'bolus 5 mg at 20 min'"
)
_INFUSION = re.compile(
    r"(?P<amount>[^ ]+(?: [^ ]+)?)(?: over (?P<over>[^ ]+(?: [^ ]+)?))?"
    r"(?: from (?P<start>[^ ]+(?: [^ ]+)?))?(?: for (?P<span>[^ ]+(?: [^ ]+)?))?"
)
_BOLUS = re.compile(r"(?P<amount>[^ ]+(?: [^ ]+)?) at (?P<at>[^ ]+(?: [^ ]+)?)")
_CHANGE = re.compile(
    r"(?P<what>stop|pause|rate|bolus)(?: (?P<amount>[^ ]+(?: [^ ]+)?))? at "
    r"(?P<at>[^ ]+?(?: [^ ]+?)?)(?: for (?P<span>[^ ]+(?: [^ ]+)?))?"
)


def infusion(text: str, drug: Drug, weight_kg: Fraction) -> Infusion | Refusal:
    """A dose over a time, or a rate for a time; it starts at 0 min where no start is written."""
    found = _INFUSION.fullmatch(text)
    if found is None or (found["over"] is None) == (found["span"] is None):
        says = f"'{text}' is no infusion; write a dose over a time or a rate for a time, {INFUSE}."
        return refuse("infusion-text", says, field="infuse")
    by_dose = found["over"] is not None
    amount = parse_as(found["amount"], DOSE if by_dose else RATE, "infuse")
    span = parse_as(found["over"] or found["span"], TIME, "infuse")
    start = parse_as(found["start"] or "0 min", TIME, "infuse")
    for part in (amount, span, start):
        if isinstance(part, Refusal):
            return part
    assert isinstance(amount, Quantity)
    assert isinstance(span, Quantity)
    assert isinstance(start, Quantity)
    if not span.canonical or not amount.canonical:
        says = f"'{text}' gives nothing; write a dose and a time above zero, {INFUSE}."
        return refuse("infusion-nothing", says, field="infuse")
    per_h = (
        mg_per_h_over(mg_for(amount, weight_kg), minutes(span))
        if by_dose
        else mg_per_h_for(amount, weight_kg)
    )
    return Infusion(
        drug=drug,
        start_min=float(minutes(start)),
        stop_min=float(minutes(start) + minutes(span)),
        rate_mg_per_min=float(per_h / MIN_PER_H),
    )


def bolus(text: str, drug: Drug, weight_kg: Fraction) -> Bolus | Refusal:
    """An instant dose at a minute."""
    found = _BOLUS.fullmatch(text)
    if found is None:
        says = f"'{text}' is no bolus; write a dose and its minute, {PUSH}."
        return refuse("bolus-text", says, field="bolus")
    dose, at = parse_as(found["amount"], DOSE, "bolus"), parse_as(found["at"], TIME, "bolus")
    if isinstance(dose, Refusal):
        return dose
    if isinstance(at, Refusal):
        return at
    if not dose.canonical:
        return refuse(
            "bolus-nothing", f"'{text}' gives nothing; write a dose, {PUSH}.", field="bolus"
        )
    dose_mg = float(mg_for(dose, weight_kg))
    return Bolus(drug=drug, at_min=float(minutes(at)), dose_mg=dose_mg)


def times_min(text: str, field: str = "at") -> tuple[float, ...] | Refusal:
    """Ascending minutes: `5,20,40,60 min` with one unit at the end, or a unit with each."""
    parts = [part.strip(" ") if index else part for index, part in enumerate(text.split(","))]
    unit = re.search(r" ?[a-z]+$", parts[-1])
    shared = unit is not None and not any(re.search(r"[a-zA-Z]", part) for part in parts[:-1])
    found: list[float] = []
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        time = parse_as(part + (unit[0] if unit and shared and not last else ""), TIME, field)
        if isinstance(time, Refusal):
            return time
        found.append(float(minutes(time)))
    if any(later <= earlier for earlier, later in pairwise(found)):
        says = f"'{text}': write the times in ascending order, each once, such as '5,20,40 min'."
        return refuse("times-order", says, field=field)
    return tuple(found)


def change(text: str, weight_kg: Fraction) -> Change | Refusal:
    """A change of mind at a minute: stop, pause, another rate or a bolus."""
    found = _CHANGE.fullmatch(text)
    wanted = {"stop": (False, False), "pause": (False, True), "rate": (True, False)}
    if found is None or (
        (found["amount"] is not None, found["span"] is not None)
        != wanted.get(found["what"], (True, False))
    ):
        says = f"'{text}' is no change; write one, {CHANGE}."
        return refuse("change-text", says, field="what-if")
    at = parse_as(found["at"], TIME, "what-if")
    if isinstance(at, Refusal):
        return at
    at_min = float(minutes(at))
    if found["what"] == "stop":
        return StopNow(at_min=at_min)
    kinds = {"pause": TIME, "rate": RATE, "bolus": DOSE}[found["what"]]
    amount = parse_as(found["span"] or found["amount"], kinds, "what-if")
    if isinstance(amount, Refusal):
        return amount
    match found["what"]:
        case "pause":
            return Pause(at_min=at_min, for_min=float(minutes(amount)))
        case "rate":
            per_min = float(mg_per_h_for(amount, weight_kg) / MIN_PER_H)
            return NewRate(at_min=at_min, rate_mg_per_min=per_min)
        case _:
            return Push(at_min=at_min, dose_mg=float(mg_for(amount, weight_kg)))


def years(text: str) -> float | Refusal:
    """An age in whole years, `40 y`."""
    found = re.fullmatch(r"(0|[1-9][0-9]{0,2}) ?y", text, re.ASCII)
    if found is None:
        says = f"'{text}' is no age; write whole years with their unit, such as '40 y'."
        return refuse("age-text", says, field="age")
    return float(found[1])
