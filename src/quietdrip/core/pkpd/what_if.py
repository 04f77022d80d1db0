"""What if: the doses that were planned, with one change of mind from a minute on.

Nothing is ordered here. The changed doses are predicted beside the planned ones, for a person to
choose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np

from quietdrip.core.pkpd.doses import Bolus, Infusion, stretches
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.reasons import Refusal, refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Doses:
    """Everything given of one drug, planned or so far, in minutes from the start."""

    drug: Drug
    infusions: tuple[Infusion, ...] = ()
    boluses: tuple[Bolus, ...] = ()

    @property
    def end_min(self) -> float:
        """The minute of the last dose; 0 where nothing is given."""
        ends = [infusion.stop_min for infusion in self.infusions]
        return max([*ends, *(bolus.at_min for bolus in self.boluses)], default=0.0)

    @property
    def total_mg(self) -> float:
        """All of it."""
        infused = (i.rate_mg_per_min * (i.stop_min - i.start_min) for i in self.infusions)
        return sum(infused) + sum(bolus.dose_mg for bolus in self.boluses)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopNow:
    """Nothing more is given from this minute on."""

    at_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing runs for a while; then all that was left is given, so much later."""

    at_min: float
    for_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRate:
    """From this minute to the planned end of the infusion one other rate runs."""

    at_min: float
    rate_mg_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One more instant dose."""

    at_min: float
    dose_mg: float


Change = StopNow | Pause | NewRate | Push


def changed(doses: Doses, change: Change) -> Doses | Refusal:
    """The doses with the change, or why there is no such change. A stop is never refused."""
    wrong = _wrong(doses, change)
    if wrong is not None:
        return wrong
    match change:
        case StopNow(at_min=at_min):
            return _until(doses, at_min)
        case Pause(at_min=at_min, for_min=for_min):
            return _paused(doses, at_min, for_min)
        case NewRate(at_min=at_min, rate_mg_per_min=rate_mg_per_min):
            rest = Infusion(
                drug=doses.drug,
                start_min=at_min,
                stop_min=_last_stop_min(doses.infusions),
                rate_mg_per_min=rate_mg_per_min,
            )
            before = _until(doses, at_min)
            return replace(
                doses,
                infusions=(*before.infusions, rest),
            )
        case Push(at_min=at_min, dose_mg=dose_mg):
            push = Bolus(drug=doses.drug, at_min=at_min, dose_mg=dose_mg)
            return replace(doses, boluses=(*doses.boluses, push))
    assert_never(change)


def running_mg_per_min(doses: Doses, at_min: float) -> float:
    """What runs from this minute on, until the next change."""
    line = stretches(doses.drug, doses.infusions, ())
    index = int(np.searchsorted(line.edges_min, at_min, side="right")) - 1
    return 0.0 if index < 0 else float(line.rates_mg_per_min[index])


def _wrong(doses: Doses, change: Change) -> Refusal | None:
    if not 0 <= change.at_min < np.inf:
        says = f"Minute {change.at_min:g} is not a minute of this infusion; count from its start."
        return refuse("what-if-minute", says, field="at")
    match change:
        case Pause(for_min=for_min) if not 0 < for_min < np.inf:
            says = f"A pause of {for_min:g} min is no pause; write a time above zero."
            return refuse("what-if-pause", says, field="pause")
        case NewRate(rate_mg_per_min=rate) if not 0 <= rate < np.inf:
            return refuse("what-if-rate", f"{rate:g} mg/min is no rate.", field="rate")
        case NewRate(at_min=at_min) if at_min >= _last_stop_min(doses.infusions):
            says = f"At {at_min:g} min no infusion runs any more; its rate cannot be changed."
            return refuse("what-if-ended", says, field="rate")
        case Push(dose_mg=dose_mg) if not 0 < dose_mg < np.inf:
            says = f"A bolus of {dose_mg:g} mg is no bolus; write a dose above zero."
            return refuse("what-if-bolus", says, field="bolus")
    return None


def _last_stop_min(infusions: Sequence[Infusion]) -> float:
    return max((infusion.stop_min for infusion in infusions), default=0.0)


def _until(doses: Doses, at_min: float) -> Doses:
    """What is given before a minute. A bolus at that very minute is not."""
    return replace(
        doses,
        infusions=tuple(
            replace(infusion, stop_min=min(infusion.stop_min, at_min))
            for infusion in doses.infusions
            if infusion.start_min < at_min
        ),
        boluses=tuple(bolus for bolus in doses.boluses if bolus.at_min < at_min),
    )


def _paused(doses: Doses, at_min: float, for_min: float) -> Doses:
    before = _until(doses, at_min)
    return replace(
        doses,
        infusions=(
            *before.infusions,
            *(
                replace(
                    infusion,
                    start_min=max(infusion.start_min, at_min) + for_min,
                    stop_min=infusion.stop_min + for_min,
                )
                for infusion in doses.infusions
                if infusion.stop_min > at_min
            ),
        ),
        boluses=(
            *before.boluses,
            *(
                replace(bolus, at_min=bolus.at_min + for_min)
                for bolus in doses.boluses
                if bolus.at_min >= at_min
            ),
        ),
    )
