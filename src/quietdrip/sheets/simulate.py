"""A virtual trial as it was typed: protocols, people and thresholds give a trial, or a no."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quietdrip import __version__
from quietdrip.core.equipment import Shelf
from quietdrip.core.limits import Bounds
from quietdrip.core.pkpd import trial as trials
from quietdrip.core.pkpd.individual import doubts
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import AgesBetween, Crowd, WeightsBetween, scatter
from quietdrip.core.pkpd.trial import Arm, Trial, Watched
from quietdrip.core.prescription import Asked
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Refusal, refuse, together
from quietdrip.library import read, read_models
from quietdrip.sheets import simulate_typed as typed
from quietdrip.sheets.answer import CURVE_MODEL
from quietdrip.sheets.simulate_cards import Cards, given
from quietdrip.sheets.simulate_typed import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A trial ready to run. `says` is what must be read beside its numbers; `told` what it is."""

    question: Question
    trial: Trial
    weights_kg: tuple[int, int]
    vial_says: str
    says: tuple[str, ...]
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Everything that was typed, as values."""

    model: Model
    protocols: tuple[Protocol, ...]
    weights_kg: tuple[int, int]
    ages: AgesBetween | None
    watched: Watched
    cards: Cards


def simulation(question: Question, site: Path | None = None) -> Simulation | Refusal:
    """The one way from text to a trial, for terminal and page alike."""
    found = _read(question, site)
    if isinstance(found, Refusal):
        return found
    fields = given(question, found.protocols)
    if isinstance(fields, Refusal):
        return fields
    arms: list[Arm] = []
    notes: list[str] = []
    for protocol, own in zip(found.protocols, fields, strict=True):
        asked = Asked(
            weight="",
            vial=question.vial or found.cards.shelf.vials[0].id,
            final=question.final,
            pump=question.pump,
            given=own,
        )
        made = found.cards.arm(protocol, asked, found.model)
        if isinstance(made, Refusal):
            return made
        arms.append(made[0])
        notes += made[1]
    low, high = map(float, found.weights_kg)
    trial = Trial(
        model=found.model,
        arms=tuple(arms),
        crowd=Crowd(seed=question.seed, count=question.people),
        weight_kg=WeightsBetween(at_least_kg=low, at_most_kg=high),
        age_y=found.ages,
        varies=not isinstance(scatter(found.model), Refusal),
        watched=found.watched,
    )
    return _simulation(question, trial, found, notes)


def _read(question: Question, site: Path | None) -> _Read | Refusal:
    """Every part of the question as values, or everything that is wrong with it."""
    model = read_models.model(question.model or CURVE_MODEL)
    shelf, bounds = read.shelf(site), read.bounds(site)
    protocols = _protocols(question, site)
    weights, ages = typed.weights(question.weights, model), typed.ages(question.ages, model)
    watched, after_min = typed.watched(question), typed.after_min(question.after)
    parts = (typed.people(question), model, shelf, bounds, protocols, weights, ages, watched)
    wrong = [part for part in (*parts, after_min) if isinstance(part, Refusal)]
    if wrong:
        return together(*wrong)
    assert isinstance(shelf, Shelf)
    assert isinstance(bounds, Bounds)
    assert isinstance(model, Model)
    assert isinstance(watched, Watched)
    assert isinstance(after_min, float)
    assert isinstance(weights, tuple)
    assert not isinstance(protocols, Refusal)
    assert not isinstance(ages, Refusal)
    cards = Cards(shelf=shelf, bounds=bounds, weights_kg=weights, after_min=after_min)
    return _Read(
        model=model,
        protocols=protocols,
        weights_kg=weights,
        ages=ages,
        watched=watched,
        cards=cards,
    )


def _simulation(
    question: Question, trial: Trial, found: _Read, notes: Sequence[str]
) -> Simulation | Refusal:
    first = trials.people_of(replace(trial, crowd=replace(trial.crowd, count=1)), 0)
    if isinstance(first, Refusal):
        return first
    vial = question.vial or found.cards.shelf.vials[0].id
    unnamed = "" if question.vial else " (none was named; it is the first on the list)"
    return Simulation(
        question=question,
        trial=trial,
        weights_kg=found.weights_kg,
        vial_says=f"Vials and waste are counted in {vial}{unnamed}.",
        says=tuple(dict.fromkeys((first.says, *notes, *_says(trial, found.weights_kg)))),
        told=_told(question, trial, found),
    )


def _says(trial: Trial, weights: tuple[int, int]) -> tuple[str, ...]:
    """What the numbers stand on and what they leave out, most pressing first."""
    model = trial.model
    why = scatter(model)
    not_seen = why.reasons[0].says if isinstance(why, Refusal) else ""
    ends = [reason for weight in weights for reason in doubts(model, float(weight), None)]
    if trial.age_y is not None:
        ends = [reason for reason in ends if reason.id != "model-age-effect-not-applied"]
    pressing = sorted(ends, key=lambda reason: reason.kind != "warning")
    return (*([not_seen] if not_seen else []), *(each.says for each in pressing))


def _told(question: Question, trial: Trial, found: _Read) -> str:
    """Everything the numbers follow from, as text: two runs with the same text are the same run."""
    cards = hashlib.sha256(repr([arm.cards for arm in trial.arms]).encode()).hexdigest()
    what = {
        "schema": "quietdrip-run/1",
        "quietdrip": __version__,
        "model": trial.model.id,
        "model_sha256": hashlib.sha256(repr(trial.model).encode()).hexdigest(),
        "protocols": [{"id": each.id, "sha256": each.sha256} for each in found.protocols],
        "cards_sha256": cards,
        "people": trial.crowd.count,
        "chunk": trials.CHUNK,
        "seed": trial.crowd.seed,
        "weights_kg": list(found.weights_kg),
        "ages": question.ages,
        "set": [f"{field}={value}" for field, value in question.given],
        "above": list(question.above),
        "below": list(question.below),
        "within": question.within,
        "after": question.after,
        "vial": question.vial,
        "final": question.final,
        "pump": question.pump,
    }
    return json.dumps(what, indent=1, ensure_ascii=False) + "\n"


def _protocols(question: Question, site: Path | None) -> tuple[Protocol, ...] | Refusal:
    twice = {each for each in question.protocols if question.protocols.count(each) > 1}
    if twice:
        says = f"{', '.join(sorted(twice))} is named twice; name each protocol once."
        return refuse("protocol-twice", says, field="protocol")
    if not question.protocols:
        return refuse("protocol-none", "Name at least one protocol.", field="protocol")
    found = [read.protocol(each, site) for each in question.protocols]
    wrong = [each for each in found if isinstance(each, Refusal)]
    if wrong:
        return together(*wrong)
    return tuple(each for each in found if isinstance(each, Protocol))
