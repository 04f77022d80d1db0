"""A published pharmacokinetic model as a value: parameters, flows, outputs, and what to doubt.

A model states its flows by a closed set of shapes, never by formulas. It holds typical values
for one drug; a racemic dose in an S-ketamine model is twice the drug, so drugs never mix.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Unit = Literal["L", "L/kg", "L/min", "L/h", "1/min", "1/h", "min", "fraction"]
OUT = "out"
EFFECT = "effect"


class Drug(StrEnum):
    """What the milligrams of a dose are milligrams of."""

    RACEMIC_KETAMINE = "racemic-ketamine"
    S_KETAMINE = "s-ketamine"
    R_KETAMINE = "r-ketamine"
    MIDAZOLAM = "midazolam"


class Site(StrEnum):
    """Where the blood behind a model was drawn."""

    ARTERIAL = "arterial"
    VENOUS = "venous"
    NOT_STATED = "not stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPower:
    """The typical value is for `reference_kg`; others scale by (weight / reference) ** exponent."""

    reference_kg: float
    exponent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeShift:
    """Each year of age above `above_y` changes the typical value by `per_y`, in its own unit."""

    above_y: float
    per_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One typical value in the unit it was published in.

    `weight` is None where the value does not depend on weight or is already per kg (`L/kg`).
    `confidence` is empty where the source set rates only the model as a whole.
    """

    name: str
    typical: float
    unit: Unit
    weight: WeightPower | None = None
    age: AgeShift | None = None
    confidence: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRate:
    """First order with a rate constant."""

    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ByClearance:
    """First order with clearance over volume."""

    clearance: str
    volume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTransit:
    """One of `steps` equal delays that together take a mean transit time: steps over time."""

    mean_time: str
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHalfLife:
    """First order with a half-life: ln 2 over the half-life."""

    half_life: str


Shape = ByRate | ByClearance | ByTransit | ByHalfLife


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A first-order flow between two states, or to `out`.

    `fraction` names a parameter: this flow takes that part of the shape's rate; `remainder` turns
    it into the part that is left.
    """

    origin: str
    to: str
    shape: Shape
    fraction: str = ""
    remainder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A level in ng/mL: the amount in a state over a volume.

    The molar masses turn parent milligrams into the metabolite's own; None where the publication
    applies no such conversion.
    """

    name: str
    state: str
    volume: str
    molar_mass_g_per_mol: float | None = None
    parent_molar_mass_g_per_mol: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSite:
    """A massless compartment that follows one output with a delay.

    `composite` is true where its delay was not estimated together with this model's kinetics;
    `stands_on` says in words what it was estimated with.
    """

    driver: str
    delay: ByRate | ByHalfLife
    composite: bool
    stands_on: str
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class C50:
    """The level of this model's drug, in ng/mL, at half of an effect.

    `at` is the site the level belongs to: `effect`, or the name of an output.
    """

    c50_ng_per_ml: float
    endpoint: str
    at: str
    says: str
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """The variance of a log-normal random effect; `printed` is what the source printed."""

    parameter: str
    log_variance: float
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariation:
    """The covariance of two log-normal random effects."""

    parameters: tuple[str, str]
    log_covariance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Variability:
    """How people, and one person's occasions, differ, as far as it was published and seen."""

    between_people: tuple[Variation, ...]
    together: tuple[Covariation, ...]
    between_occasions: tuple[Variation, ...]
    says: str
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """What a measured level of one output scatters by; None for a part that was not published.

    `from_min` and `until_min` bound the time since the dose where the source gives two sizes.
    """

    output: str
    proportional_sd_fraction: float | None = None
    log_sd_fraction: float | None = None
    additive_sd_nmol_per_ml: float | None = None
    from_min: float | None = None
    until_min: float | None = None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One published linear model: everything needed to run it and to doubt it.

    The ranges of weight and age are None where the source does not state them. `warnings` are the
    conflicts, traps and cautions of its library entry, each a sentence.
    """

    id: str
    title: str
    role: str
    drug: Drug
    drug_says: str
    site: Site
    site_says: str
    structure: str
    states: tuple[str, ...]
    dose_into: str
    parameters: tuple[Parameter, ...]
    flows: tuple[Flow, ...]
    outputs: tuple[Output, ...]
    effect: EffectSite | None
    c50s: tuple[C50, ...]
    variability: Variability | None
    residuals: tuple[Residual, ...]
    population: str
    weight_from_kg: float | None
    weight_to_kg: float | None
    age_from_y: float | None
    age_to_y: float | None
    warnings: tuple[str, ...]
    citation: str
    doi: str
    source: tuple[str, ...]
    confidence: str
    confidence_says: str

    def parameter(self, name: str) -> Parameter:
        """The parameter of this name; KeyError where the model has none."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)
