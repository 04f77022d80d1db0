"""What the nurse holds: vials, diluents, syringes, pumps, and the strengths a site has signed."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Vial:
    """A vial product. `dilute` says what its label or reference says about diluting it.

    `undiluted_at_most_mg_per_ml` is the strongest solution that may go intravenously from it.
    """

    id: str
    drug: str
    title: str
    strength_mg_per_ml: Decimal
    volume_ml: Decimal
    may_dilute: bool
    strongest_iv_mg_per_ml: Decimal
    says: str
    source: tuple[str, ...]
    confidence: str

    @property
    def content_mg(self) -> Decimal:
        """Drug in a full vial."""
        return self.strength_mg_per_ml * self.volume_ml


@dataclass(frozen=True, slots=True, kw_only=True)
class Diluent:
    """A solution ketamine may be diluted with."""

    id: str
    title: str
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """A final concentration on the signed list."""

    mg_per_ml: Decimal
    title: str
    says: str
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Syringe:
    """A syringe a pump takes."""

    id: str
    volume_ml: Decimal
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpStep:
    """The step a rate can be set in, for rates below a bound (None: up to the fastest)."""

    below_ml_per_h: Decimal | None
    step_ml_per_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump:
    """What a syringe pump can be set to. Generic entries are examples, not a maker's data."""

    id: str
    title: str
    slowest_ml_per_h: Decimal
    fastest_ml_per_h: Decimal
    steps: tuple[PumpStep, ...]
    step_ml: Decimal
    says: str
    source: tuple[str, ...]
    confidence: str

    def step_at(self, rate_ml_per_h: Decimal) -> Decimal:
        """The step in which this pump sets a rate of about this size."""
        for step in self.steps:
            if step.below_ml_per_h is None or rate_ml_per_h < step.below_ml_per_h:
                return step.step_ml_per_h
        return self.steps[-1].step_ml_per_h


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Everything a card may be made with, in the order a site lists it."""

    vials: tuple[Vial, ...]
    diluents: tuple[Diluent, ...]
    strengths: tuple[Strength, ...]
    syringes: tuple[Syringe, ...]
    pumps: tuple[Pump, ...]
    draw_step_ml: Decimal
