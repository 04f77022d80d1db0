"""The judge's own arithmetic: what a card of an entry must hold, from its TOML alone.

It shares no code with the dosing core. Its numbers are exact fractions in mg, mg/h and minutes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

DAY_MIN = 1440
SIZE: dict[str, tuple[str, Fraction]] = {
    "mg": ("mass", Fraction(1)),
    "mcg": ("mass", Fraction(1, 1000)),
    "mg/kg": ("dose", Fraction(1)),
    "mcg/kg": ("dose", Fraction(1, 1000)),
    "mg/h": ("rate", Fraction(1)),
    "mg/min": ("rate", Fraction(60)),
    "mcg/min": ("rate", Fraction(60, 1000)),
    "mg/kg/h": ("rate by weight", Fraction(1)),
    "mg/kg/min": ("rate by weight", Fraction(60)),
    "mcg/kg/h": ("rate by weight", Fraction(1, 1000)),
    "mcg/kg/min": ("rate by weight", Fraction(60, 1000)),
    "min": ("time", Fraction(1)),
    "h": ("time", Fraction(60)),
    "d": ("time", Fraction(DAY_MIN)),
    "kg": ("weight", Fraction(1)),
    "mL": ("volume", Fraction(1)),
    "mg/mL": ("strength", Fraction(1)),
    "mL/h": ("flow", Fraction(1)),
}
BY_WEIGHT = ("dose", "rate by weight")
FIELD_OF = {"start": "start-rate", "ceiling": "max-rate"}  # key in the TOML: name on a card
SHAPES = {
    "total": ("dose", "over"),
    "constant": ("rate", "over"),
    "steps": ("start", "increment", "every", "ceiling", "over"),
    "days": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A quantity as the judge reads it: what it measures and its size in the plain unit."""

    kind: str
    size: Fraction
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A constant rate from a minute for some minutes."""

    start_min: Fraction
    for_min: Fraction
    rate_mg_per_h: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the card must hold, which limits must speak and which must stop it."""

    steps: tuple[Step, ...]
    soft: frozenset[str]
    hard: frozenset[str]

    @property
    def total_mg(self) -> Fraction:
        """All that was ordered."""
        return sum((s.rate_mg_per_h * s.for_min / 60 for s in self.steps), Fraction(0))


def amount(text: object) -> Amount | None:
    """The quantity a text states, or None where it states none the judge knows."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) (\S+)", text) if isinstance(text, str) else None
    if match is None or match[2] not in SIZE:
        return None
    kind, unit = SIZE[match[2]]
    return Amount(kind=kind, size=Fraction(match[1]) * unit, text=match[0])


def fillings(
    values: Mapping[str, Any], guards: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, str]]:
    """Ways to fill what an entry leaves open: all at the low end, the middle, the high end."""
    dose = values["dose"]
    if dose["shape"] == "days":
        yield from ({"day": f"{number} d"} for number in range(1, len(dose["day"]) + 1))
        return
    ends = {
        FIELD_OF.get(key, key): _ends(dose.get(key, {}), FIELD_OF.get(key, key), values, guards)
        for key in SHAPES[dose["shape"]]
        if "is" not in dose.get(key, {})
    }
    if not ends:
        yield {}
        return
    for pick in (0, 1, 2):
        yield {field: texts[pick] for field, texts in ends.items()}


def expected(
    values: Mapping[str, Any],
    limits: Sequence[Mapping[str, Any]],
    weight_kg: Fraction,
    given: Mapping[str, str],
) -> Expected:
    """The order of an entry for a weight with these fields given, and the limits it meets."""
    dose = values["dose"]
    named = {
        FIELD_OF.get(key, key): amount(dose[key]["is"])
        for key in SHAPES[dose["shape"]]
        if "is" in dose.get(key, {})
    }
    named |= {field: amount(text) for field, text in given.items()}
    known = {field: each for field, each in named.items() if each is not None}
    cap = amount(dose.get("cap"))
    steps = _steps(dose, known, weight_kg, None if cap is None else cap.size)
    measures = {
        "rate": max(step.rate_mg_per_h for step in steps) / weight_kg,
        "day": max(_within_a_day(steps, step) for step in steps),
    }
    if dose["shape"] == "total":
        measures["dose"] = _size(known["dose"], weight_kg) / weight_kg
    met = [limit for limit in limits if _meets(limit, values, measures)]
    return Expected(
        steps=steps,
        soft=frozenset(limit["id"] for limit in met if limit["kind"] == "soft"),
        hard=frozenset(limit["id"] for limit in met if limit["kind"] == "hard"),
    )


def _ends(
    stated: Mapping[str, str],
    field: str,
    values: Mapping[str, Any],
    guards: Sequence[Mapping[str, Any]],
) -> tuple[str, str, str]:
    """Low end, middle and high end of what may be given; of the expected range where open."""
    one = amount(stated.get("at_least") or stated.get("at_most"))
    programmes = set(values["programmes"])
    for guard in guards:
        low, high = amount(guard["at_least"]), amount(guard["at_most"])
        if low is None or high is None or guard["field"] != field:
            continue
        if programmes <= set(guard["programmes"]) and (one is None or one.kind == low.kind):
            bounds = (stated.get("at_least", low.text), stated.get("at_most", high.text))
            return bounds[0], _middle(*bounds), bounds[1]
    raise LookupError(f"no expected range for {field} of {values['id']}")


def _middle(low: str, high: str) -> str:
    """Half way between two quantities, in the plain unit of their kind, to three decimals."""
    one, other = amount(low), amount(high)
    if one is None or other is None:
        raise LookupError(f"{low} to {high} is no range")
    plain = next(name for name, (kind, size) in SIZE.items() if kind == one.kind and size == 1)
    thousandths = (one.size + other.size) * 500 // 1
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") + f" {plain}"


def _size(each: Amount, weight_kg: Fraction) -> Fraction:
    return each.size * weight_kg if each.kind in BY_WEIGHT else each.size


def _steps(
    dose: Mapping[str, Any],
    known: Mapping[str, Amount],
    weight_kg: Fraction,
    cap_mg_per_h: Fraction | None,
) -> tuple[Step, ...]:
    def capped(rate: Fraction) -> Fraction:
        return rate if cap_mg_per_h is None else min(rate, cap_mg_per_h)

    def flat(rate: Fraction, over_min: Fraction) -> tuple[Step, ...]:
        return (Step(start_min=Fraction(0), for_min=over_min, rate_mg_per_h=capped(rate)),)

    match dose["shape"]:
        case "total":
            over = known["over"].size
            return flat(_size(known["dose"], weight_kg) * 60 / over, over)
        case "constant":
            return flat(_size(known["rate"], weight_kg), known["over"].size)
        case "days":
            day = dose["day"][int(known["day"].size / DAY_MIN) - 1]
            rate, over_of_day = amount(day["rate"]["is"]), amount(day["over"]["is"])
            if rate is None or over_of_day is None:
                raise LookupError("a day without a rate or a time")
            return flat(_size(rate, weight_kg), over_of_day.size)
        case _:
            return _climb(known, weight_kg, capped(_size(known["max-rate"], weight_kg)))


def _climb(known: Mapping[str, Amount], weight_kg: Fraction, top: Fraction) -> tuple[Step, ...]:
    """Rung by rung to the top, then one long step to the end."""
    start = _size(known["start-rate"], weight_kg)
    rise = _size(known["increment"], weight_kg)
    every, over = known["every"].size, known["over"].size
    steps = []
    rung = 0
    while rung * every < over:
        rate = min(start + rung * rise, top)
        lasts = over - rung * every if rate == top else min(every, over - rung * every)
        steps.append(Step(start_min=rung * every, for_min=lasts, rate_mg_per_h=rate))
        if rate == top:
            break
        rung += 1
    return tuple(steps)


def _within_a_day(steps: Sequence[Step], last: Step) -> Fraction:
    """What flows in the 24 h that end with this step; rates never fall, so one of these is most."""
    end = last.start_min + last.for_min
    begin = end - DAY_MIN
    total = Fraction(0)
    for step in steps:
        overlap = min(step.start_min + step.for_min, end) - max(step.start_min, begin)
        total += max(overlap, Fraction(0)) * step.rate_mg_per_h / 60
    return total


def _meets(
    limit: Mapping[str, Any], values: Mapping[str, Any], measures: Mapping[str, Fraction]
) -> bool:
    bound = amount(limit["limit"])
    if bound is None or limit["measure"] not in measures:
        return False
    if not set(limit["programmes"]) & set(values["programmes"]):
        return False
    if limit.get("outpatient_only") and not values["outpatient"]:
        return False
    value = measures[limit["measure"]]
    return value > bound.size or (limit["bites"] == "reaching" and value == bound.size)
