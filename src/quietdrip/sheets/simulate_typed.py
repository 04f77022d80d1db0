"""What was typed for a virtual trial, each part as a value or as a refusal."""

import re
from dataclasses import dataclass

from quietdrip.core.pkpd.individual import individual
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import SEEDS, AgesBetween
from quietdrip.core.pkpd.predict import AFTER_MIN
from quietdrip.core.pkpd.trial import Levels, Watched
from quietdrip.core.reasons import Refusal, refuse, together
from quietdrip.core.units import Kind, parse_as

RANGE = re.compile(r"([1-9][0-9]{0,2})-([1-9][0-9]{0,2})( kg| y)?", re.ASCII)
WEIGHT_SAYS = "write whole kilograms from and to, such as 60-110"
AGE_SAYS = "write whole years from and to, such as 18-65"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was typed. `given` holds FIELD or PROTOCOL:FIELD with its value; empty: not given."""

    protocols: tuple[str, ...]
    people: int
    seed: int = 1
    model: str = ""
    weights: str = ""
    ages: str = ""
    vial: str = ""
    final: str = ""
    pump: str = ""
    given: tuple[tuple[str, str], ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    within: str = ""
    after: str = ""


def people(question: Question) -> Refusal | None:
    """Why there can be no such people; None where there can."""
    if question.people < 1:
        says = f"{question.people} people were asked for; ask for at least one."
        return refuse("people-none", says, field="people")
    if not 0 <= question.seed < SEEDS:
        says = f"A seed is a whole number from 0 to {SEEDS - 1}."
        return refuse("seed-wrong", says, field="seed")
    return None


def weights(text: str, model: Model | Refusal) -> tuple[int, int] | Refusal | None:
    """Whole kilograms from and to; the model's own people where none are named."""
    if text:
        return _range(text, " kg", "weights", WEIGHT_SAYS)
    if isinstance(model, Refusal):
        return None
    if model.weight_from_kg is None or model.weight_to_kg is None:
        says = (
            f"The weights of the people behind {model.title} are not stated; name yours with "
            "--weights, such as 60-110."
        )
        return refuse("weights-not-stated", says, field="weights")
    return int(-(-model.weight_from_kg // 1)), int(model.weight_to_kg)


def ages(text: str, model: Model | Refusal) -> AgesBetween | Refusal | None:
    """Whole years from and to; None where none are named, and then no age effect is applied."""
    if not text:
        return None
    found = _range(text, " y", "ages", AGE_SAYS)
    if isinstance(found, Refusal) or isinstance(model, Refusal):
        return found if isinstance(found, Refusal) else None
    low, high = map(float, found)
    try:
        for age_y in (low, high):
            individual(model, 1.0, age_y)
    except ValueError as fault:
        return refuse("ages-wrong", f"{fault} Name other --ages.", field="ages")
    return AgesBetween(at_least_y=low, at_most_y=high)


def _range(text: str, unit: str, field: str, right: str) -> tuple[int, int] | Refusal:
    match = RANGE.fullmatch(text)
    if match is None or match[3] not in (None, unit):
        return refuse(
            f"{field}-malformed", f"'{text}' is no range of {field}; {right}.", field=field
        )
    low, high = int(match[1]), int(match[2])
    if low > high:
        says = f"'{text}' runs backwards; write {high}-{low} if that is meant."
        return refuse(f"{field}-backwards", says, field=field)
    return low, high


def after_min(text: str) -> float | Refusal:
    """How long after the last dose people are looked at."""
    if not text:
        return float(AFTER_MIN)
    found = parse_as(text, (Kind.TIME,), "after")
    return found if isinstance(found, Refusal) else float(found.canonical)


def watched(question: Question) -> Watched | Refusal:
    """The thresholds somebody chose; none is assumed."""
    above = [_level(text, "above") for text in question.above]
    below = [_level(text, "below") for text in question.below]
    within = _within(question.within) if question.within else None
    wrong = [part for part in (*above, *below, within) if isinstance(part, Refusal)]
    if wrong:
        return together(*wrong)
    return Watched(
        above_ng_per_ml=tuple(each for each in above if isinstance(each, float)),
        below_ng_per_ml=tuple(each for each in below if isinstance(each, float)),
        within=within if isinstance(within, Levels) else None,
    )


def _level(text: str, field: str) -> float | Refusal:
    level = parse_as(text, (Kind.LEVEL,), field)
    if isinstance(level, Refusal):
        return level
    if not level.canonical:
        says = f"'{text}': write a level above zero, such as 100 ng/mL."
        return refuse(f"{field}-zero", says, field=field)
    return float(level.canonical)


def _within(text: str) -> Levels | Refusal:
    low, to, high = text.partition(" to ")
    if not to:
        says = f"'{text}' is no band of levels; write '50 ng/mL to 150 ng/mL'."
        return refuse("within-malformed", says, field="within")
    found = _level(low, "within"), _level(high, "within")
    wrong = [part for part in found if isinstance(part, Refusal)]
    if wrong:
        return together(*wrong)
    lowest, highest = (float(str(part)) for part in found)
    if lowest >= highest:
        says = f"'{text}' runs backwards; write the lower level first."
        return refuse("within-backwards", says, field="within")
    return Levels(low_ng_per_ml=lowest, high_ng_per_ml=highest)
