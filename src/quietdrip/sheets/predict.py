"""One question of doses and a model, one answer: a prediction, or a refusal that says why."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from quietdrip.core.pkpd import dose_text
from quietdrip.core.pkpd.forecast import Prediction, Wanted, predict
from quietdrip.core.pkpd.model import Drug, Model
from quietdrip.core.pkpd.predict import even_times_min
from quietdrip.core.pkpd.what_if import Doses, changed
from quietdrip.core.reasons import Reason, Refusal, refuse, together
from quietdrip.core.units import Kind, kg, parse_as
from quietdrip.library import read_models, read_prediction
from quietdrip.library.read_prediction import Beside, LeftOut
from quietdrip.sheets.band import CROWD, INNER_PERCENT, OUTER_PERCENT

T = TypeVar("T")
ROOM_PERCENT = (50, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was typed: each part is text with its unit; empty where it was not given."""

    model: str
    weight: str
    age: str = ""
    infuse: tuple[str, ...] = ()
    bolus: tuple[str, ...] = ()
    at: str = ""
    band: str = ""
    below: str = ""
    what_if: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """What came of it. `drawn` holds the same doses at even times, `if_` the changed ones."""

    question: Question
    asked: Prediction | None = None
    drawn: Prediction | None = None
    if_asked: Prediction | None = None
    if_drawn: Prediction | None = None
    left_out: tuple[LeftOut, ...] = ()
    refusal: Refusal | None = None

    @property
    def refused(self) -> tuple[Reason, ...]:
        """Why there is no prediction; empty where there is one."""
        return self.refusal.reasons if self.refusal is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The question as values."""

    model: Model
    weight_kg: float
    age_y: float | None
    doses: Doses
    at_min: tuple[float, ...]
    wanted: Wanted
    left_out: tuple[LeftOut, ...]


def predicted(question: Question, *, draw: bool) -> Predicted:
    """The one way from text to a prediction, for terminal, JSON and plot alike."""
    read = _read(question)
    if isinstance(read, Refusal):
        return Predicted(question=question, refusal=read)
    other: Doses | None = None
    if question.what_if:
        weight_kg = _weight_kg(question.weight)
        assert not isinstance(weight_kg, Refusal)
        change = dose_text.change(question.what_if, weight_kg)
        found = change if isinstance(change, Refusal) else changed(read.doses, change)
        if isinstance(found, Refusal):
            return Predicted(question=question, refusal=found)
        other = found
    return Predicted(
        question=question,
        asked=_predict(read, read.doses, even=False),
        drawn=_predict(read, read.doses, even=True) if draw else None,
        if_asked=None if other is None else _predict(read, other, even=False),
        if_drawn=_predict(read, other, even=True) if draw and other is not None else None,
        left_out=read.left_out,
    )


def _predict(read: _Read, doses: Doses, *, even: bool) -> Prediction:
    at_min = even_times_min(read.doses) if even else read.at_min
    return predict(read.model, read.weight_kg, read.age_y, doses, at_min, read.wanted)


def _read(question: Question) -> _Read | Refusal:
    """Every part of the question as values, or everything that is wrong with it."""
    model = read_models.model(question.model)
    if isinstance(model, Refusal):
        return model
    weight_kg = _weight_kg(question.weight)
    beside, follows = read_prediction.beside(model.drug), read_prediction.follows(model.drug)
    parts = (
        weight_kg,
        _age_y(question.age),
        dose_text.times_min(question.at),
        band_percent(question.band),
        _below_ng_per_ml(question.below),
        beside,
        follows,
    )
    weight = Fraction(1) if isinstance(weight_kg, Refusal) else weight_kg
    doses = _doses(question, model.drug, weight)
    wrong = [part for part in (*parts, doses) if isinstance(part, Refusal)]
    if wrong:
        return together(*wrong)
    listed = _good(beside, Beside)
    return _Read(
        model=model,
        weight_kg=float(weight),
        age_y=_number(parts[1]),
        doses=_good(doses, Doses),
        at_min=_good(parts[2], tuple),
        wanted=Wanted(
            crowd=CROWD,
            bands_percent=(INNER_PERCENT, _number(parts[3]) or OUTER_PERCENT),
            below_ng_per_ml=_number(parts[4]),
            follows=_good(follows, tuple),
            others=listed.models,
        ),
        left_out=listed.left_out,
    )


def _good(part: object, kind: type[T]) -> T:
    """A part of the question that was read without a refusal."""
    assert isinstance(part, kind)
    return part


def _number(part: object) -> float | None:
    assert part is None or isinstance(part, float)
    return part


def _weight_kg(text: str) -> Fraction | Refusal:
    weight = parse_as(text, (Kind.WEIGHT,), "weight")
    if isinstance(weight, Refusal):
        return weight
    if not weight.canonical:
        return refuse("weight-zero", f"'{text}' is not a weight; weigh the person.", field="weight")
    return kg(weight)


def _age_y(text: str) -> float | None | Refusal:
    return dose_text.years(text) if text else None


def band_percent(text: str) -> float | Refusal:
    """The outer band; 90 % where none is asked for."""
    if not text:
        return OUTER_PERCENT
    low, high = ROOM_PERCENT
    if not text.isascii() or not text.isdecimal() or not low <= int(text) <= high:
        says = f"'{text}' is no band; write a whole percent from {low} to {high}, such as 90."
        return refuse("band-percent", says, field="band")
    return float(text)


def _below_ng_per_ml(text: str) -> float | None | Refusal:
    """The threshold somebody chose; None where none was stated, and none is assumed."""
    if not text:
        return None
    level = parse_as(text, (Kind.LEVEL,), "below")
    if isinstance(level, Refusal):
        return level
    if not level.canonical:
        says = f"'{text}': a level never falls below zero; write one above it, such as 50 ng/mL."
        return refuse("below-zero", says, field="below")
    return float(level.canonical)


def _doses(question: Question, drug: Drug, weight_kg: Fraction) -> Doses | Refusal:
    infusions = [dose_text.infusion(text, drug, weight_kg) for text in question.infuse]
    boluses = [dose_text.bolus(text, drug, weight_kg) for text in question.bolus]
    wrong = [part for part in (*infusions, *boluses) if isinstance(part, Refusal)]
    if wrong:
        return together(*wrong)
    if not infusions and not boluses:
        says = (
            f"Nothing is given; write --infuse, {dose_text.INFUSE}, or --bolus, {dose_text.PUSH}."
        )
        return refuse("doses-none", says, field="infuse")
    return Doses(
        drug=drug,
        infusions=tuple(part for part in infusions if not isinstance(part, Refusal)),
        boluses=tuple(part for part in boluses if not isinstance(part, Refusal)),
    )
