"""Virtual trials as tests ask for them."""

from typing import Any

from quietdrip.core.pkpd.trial import chunk
from quietdrip.core.reasons import Refusal
from quietdrip.sheets.simulate import Simulation, simulation
from quietdrip.sheets.simulate_found import Found, found
from quietdrip.sheets.simulate_typed import Question

MOOD, PUMP = "mood-single-05-40", "seed-003-4h-syringe-pump"


def question(*protocols: str, **more: Any) -> Question:
    """A small trial between 60 and 80 kg."""
    typed: dict[str, Any] = {"people": 50, "weights": "60-80", "vial": "50 mg/mL", **more}
    return Question(protocols=protocols or (MOOD,), **typed)


def asked(*protocols: str, **more: Any) -> Simulation:
    """The trial of a question that is in order."""
    made = simulation(question(*protocols, **more))
    assert not isinstance(made, Refusal), made.says
    return made


def refused(*protocols: str, **more: Any) -> str:
    """The sentences of a question that is refused."""
    made = simulation(question(*protocols, **more))
    assert isinstance(made, Refusal)
    return made.says


def result(*protocols: str, **more: Any) -> Found:
    """What a small trial finds, computed in one chunk."""
    made = asked(*protocols, **more)
    assert made.trial.chunks == 1
    return found(made, chunk(made.trial, 0))
