"""One question of a target, one answer: pump rates inside every limit, or a refusal.

Three questions: hold a level, keep the band under a level, or reach a level by even steps.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar, get_args

from quietdrip.core.equipment import Shelf
from quietdrip.core.limits import Bounds
from quietdrip.core.pkpd.band import bodies
from quietdrip.core.pkpd.ceiling import Scope
from quietdrip.core.pkpd.forecast import Prediction, Wanted, predict
from quietdrip.core.pkpd.individual import individual
from quietdrip.core.pkpd.inverse import EvenSteps, FixedRate, even_steps, fixed_rate
from quietdrip.core.pkpd.model import EFFECT, Drug, Model
from quietdrip.core.pkpd.predict import even_times_min
from quietdrip.core.pkpd.target import Aim, Steered, steered
from quietdrip.core.prescription import listed, signed_strength
from quietdrip.core.protocol import Programme
from quietdrip.core.reasons import Reason, Refusal, refuse, together
from quietdrip.core.units import Kind, kg, mg_per_h_for, minutes, parse_as, plain
from quietdrip.library import read, read_models, read_prediction
from quietdrip.sheets.band import CROWD, INNER_PERCENT
from quietdrip.sheets.predict import band_percent

T = TypeVar("T")
Program = Steered | FixedRate | EvenSteps
PROGRAMMES: tuple[Programme, ...] = get_args(Programme)
SITES = ("plasma", "effect")
NOT_ORDERED = (
    "Not a cleared medical device. A program planned for a model's typical person; a clinician "
    "decides, and a person programs the pump."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was typed: each part is text with its unit; empty where it was not given.

    Exactly one of `hold`, `under` and `reach` is asked.
    """

    model: str
    weight: str
    final: str
    pump: str
    programme: str
    inpatient: bool
    site: str
    for_: str
    hold: str = ""
    under: str = ""
    reach: str = ""
    every: str = ""
    start: str = ""
    band: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeted:
    """What came of it: a program with what it is predicted to do, or a refusal."""

    question: Question
    scope: Scope | None = None
    program: Program | None = None
    prediction: Prediction | None = None
    warnings: tuple[Reason, ...] = ()
    refusal: Refusal | None = None

    @property
    def refused(self) -> tuple[Reason, ...]:
        """Why there is no program; empty where there is one."""
        return self.refusal.reasons if self.refusal is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """The question as values."""

    model: Model
    scope: Scope
    output: str
    level_ng_per_ml: float
    for_min: Fraction
    every_min: Fraction | None
    start_mg_per_h: Fraction | None
    band_percent: float


def targeted(question: Question, site: Path | None = None) -> Targeted:
    """The one way from text to a program, for terminal and JSON alike."""
    read_ = _read(question, site)
    if isinstance(read_, Refusal):
        return Targeted(question=question, refusal=read_)
    program = _program(question, read_)
    if isinstance(program, Refusal):
        return Targeted(question=question, scope=read_.scope, refusal=program)
    model, weight_kg = read_.model, float(read_.scope.weight_kg)
    beside = read_prediction.beside(model.drug)
    if isinstance(beside, Refusal):
        return Targeted(question=question, refusal=beside)
    wanted = Wanted(
        crowd=CROWD,
        bands_percent=(INNER_PERCENT, read_.band_percent),
        others=beside.models,
    )
    at_min = even_times_min(program.doses)
    return Targeted(
        question=question,
        scope=read_.scope,
        program=program,
        prediction=predict(model, weight_kg, None, program.doses, at_min, wanted),
        warnings=_warnings(model),
    )


def _program(question: Question, read_: _Read) -> Program | Refusal:
    person = individual(read_.model, float(read_.scope.weight_kg))
    if question.hold:
        assert read_.every_min is not None
        aim = Aim(
            output=read_.output,
            level_ng_per_ml=read_.level_ng_per_ml,
            for_min=read_.for_min,
            every_min=read_.every_min,
        )
        return steered(person, aim, read_.scope)
    if question.reach:
        assert read_.every_min is not None
        return even_steps(
            person, read_.output, read_.level_ng_per_ml, read_.for_min, read_.every_min,
            read_.start_mg_per_h, read_.scope,
        )  # fmt: skip
    people = bodies(read_.model, float(read_.scope.weight_kg), None, CROWD)
    if isinstance(people, Refusal):
        return people
    return fixed_rate(
        people, read_.output, read_.level_ng_per_ml, read_.for_min, read_.band_percent, read_.scope
    )


def _read(question: Question, site: Path | None) -> _Read | Refusal:
    """Every part of the question as values, or everything that is wrong with it."""
    model, shelf, bounds = read_models.model(question.model), read.shelf(site), read.bounds(site)
    for part in (model, shelf, bounds):
        if isinstance(part, Refusal):
            return part
    model, shelf, bounds = _sure(model), _sure(shelf), _sure(bounds)
    scope = _scope(question, shelf, bounds)
    level = _positive(
        question.hold or question.under or question.reach, Kind.LEVEL, _asked(question)
    )
    for_min = _positive(question.for_, Kind.TIME, "by" if question.reach else "for")
    every = _positive(question.every, Kind.TIME, "every") if _steps(question) else None
    percent = band_percent(question.band)
    output = _output(model, question.site)
    parts = (scope, level, for_min, every, percent, output)
    wrong = [part for part in parts if isinstance(part, Refusal)]
    start = None
    if question.start and not isinstance(scope, Refusal):
        rate = parse_as(question.start, (Kind.RATE, Kind.RATE_PER_WEIGHT), "start")
        if isinstance(rate, Refusal):
            wrong.append(rate)
        else:
            start = mg_per_h_for(rate, scope.weight_kg)
    if wrong:
        return together(*wrong)
    return _Read(
        model=model,
        scope=_sure(scope),
        output=_sure(output),
        level_ng_per_ml=float(_sure(level)),
        for_min=_sure(for_min),
        every_min=None if every is None else _sure(every),
        start_mg_per_h=start,
        band_percent=_sure(percent),
    )


def _scope(question: Question, shelf: Shelf, bounds: Bounds) -> Scope | Refusal:
    weight, pump = _weight_kg(question.weight, bounds), listed(shelf.pumps, question.pump, "pump")
    strength = signed_strength(shelf, question.final)
    programme = next((each for each in PROGRAMMES if each == question.programme), None)
    wrong = [part for part in (weight, pump, strength) if isinstance(part, Refusal)]
    if programme is None:
        says = (
            f"'{question.programme}' is no programme; write {' or '.join(PROGRAMMES)}: limits are "
            "written for one."
        )
        wrong.append(refuse("programme-unknown", says, field="programme"))
    if wrong or programme is None:
        return together(*wrong)
    return Scope(
        programme=programme,
        outpatient=not question.inpatient,
        weight_kg=_sure(weight),
        concentration_mg_per_ml=_sure(strength).mg_per_ml,
        pump=_sure(pump),
        bounds=bounds,
    )


def _weight_kg(text: str, bounds: Bounds) -> Fraction | Refusal:
    weight = parse_as(text, (Kind.WEIGHT,), "weight")
    if isinstance(weight, Refusal):
        return weight
    low, high = bounds.weight_at_least_kg, bounds.weight_at_most_kg
    if not Fraction(low) <= kg(weight) <= Fraction(high):
        says = (
            f"A weight of {text} is outside {plain(low)} to {plain(high)} kg, the range this "
            "calculation has been checked on; weigh again, and check the unit."
        )
        return refuse("weight-out-of-range", says, field="weight")
    return kg(weight)


def _output(model: Model, site: str) -> str | Refusal:
    if site not in SITES:
        return refuse("site-unknown", f"'{site}' is no site; write plasma or effect.", field="site")
    if site == "plasma":
        return model.outputs[0].name
    if model.effect is None:
        says = f"{model.title} has no effect site; steer its plasma, or choose another model."
        return refuse("site-missing-effect", says, field="site")
    return EFFECT


def _asked(question: Question) -> str:
    return "hold" if question.hold else "under" if question.under else "reach"


def _steps(question: Question) -> bool:
    return bool(question.hold or question.reach)


def _positive(text: str, kind: Kind, field: str) -> Fraction | Refusal:
    quantity = parse_as(text, (kind,), field)
    if isinstance(quantity, Refusal):
        return quantity
    if not quantity.canonical:
        return refuse("target-zero", f"'{text}' for {field} is nothing; write more.", field=field)
    return minutes(quantity) if kind is Kind.TIME else quantity.canonical


def _warnings(model: Model) -> tuple[Reason, ...]:
    if model.drug is Drug.RACEMIC_KETAMINE:
        return ()
    says = (
        f"The library's limits are written for ketamine as sold, the racemate; for {model.drug} "
        "they are no lower, though it is the stronger drug."
    )
    return (Reason(id="limits-for-racemate", kind="warning", says=says),)


def _sure(value: T | Refusal) -> T:
    assert not isinstance(value, Refusal)
    return value
