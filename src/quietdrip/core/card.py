"""The numbers of one infusion, each with its unit: what the nurse draws up, sets and watches.

Values only; `dosing.plan` is the one place that makes them.
"""

from dataclasses import dataclass
from decimal import Decimal

from quietdrip.core.equipment import Diluent, Pump, Strength, Syringe, Vial
from quietdrip.core.prescription import WeightKind
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One constant rate: `rate_mg_per_h` as ordered, `rate_ml_per_h` as the pump is set."""

    start_min: Decimal
    for_min: Decimal
    rate_mg_per_h: Decimal
    rate_mg_per_kg_h: Decimal
    rate_ml_per_h: Decimal
    delivers_mg: Decimal
    short_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Bolus:
    """An instant dose before the infusion."""

    dose_mg: Decimal
    dose_mg_per_kg: Decimal
    volume_ml: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """One syringe: drug and diluent to a volume, and from when until when it runs."""

    number: int
    drug_ml: Decimal
    diluent_ml: Decimal
    volume_ml: Decimal
    drug_mg: Decimal
    from_min: Decimal
    until_min: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawUp:
    """The recipe: sums over all syringes, then each of them.

    `residual_mg` is expected to stay in the syringes, `waste_mg` in the opened vials.
    """

    vial: Vial
    diluent: Diluent
    strength: Strength
    syringe: Syringe
    vials: int
    drug_ml: Decimal
    diluent_ml: Decimal
    final_volume_ml: Decimal
    drug_mg: Decimal
    residual_mg: Decimal
    residual_ml: Decimal
    waste_mg: Decimal
    fillings: tuple[Filling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the pump's steps give of what was ordered; never more.

    `to_infuse_ml` is the volume to be infused that the pump is set to, the bolus not counted.
    """

    to_infuse_ml: Decimal
    total_mg: Decimal
    total_ml: Decimal
    short_mg: Decimal
    short_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DosingWeight:
    """A weight of the patient with the total it would give; one of them was chosen by a person."""

    kind: WeightKind
    weight_kg: Decimal
    total_mg: Decimal
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """How a number came about: in words, with its inputs, and what it stands on."""

    id: str
    says: str
    with_numbers: str
    source: tuple[str, ...] = ()
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something to do or to expect at a time from the start of the pump.

    `at_min` is None where the source states no time. `kind` is one of premedication, start,
    before, observe, step-up, syringe, end, recovery, ready.
    """

    at_min: Decimal | None
    kind: str
    what: str
    condition: str = ""
    source: tuple[str, ...] = ()
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One set of numbers, from order to syringe to pump rate, with every reason and formula."""

    protocol: Protocol
    weight_kg: Decimal
    actual_weight_kg: Decimal
    weights: tuple[DosingWeight, ...]
    pump: Pump
    concentration_mg_per_ml: Decimal
    bolus: Bolus | None
    steps: tuple[Step, ...]
    total_mg: Decimal
    total_ml: Decimal
    over_min: Decimal
    delivered: Delivered
    draw_up: DrawUp
    warnings: tuple[Reason, ...]
    due: tuple[Due, ...]
    ready_min: Decimal | None
    formulas: tuple[Formula, ...]
    start_clock_min: int | None
