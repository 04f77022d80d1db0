"""The parts of a model's file as values: parameters, flows, outputs and the effect site."""

from dataclasses import dataclass, field
from typing import get_args

from quietdrip.core.pkpd.model import (
    C50,
    EFFECT,
    OUT,
    AgeShift,
    ByClearance,
    ByHalfLife,
    ByRate,
    ByTransit,
    Drug,
    EffectSite,
    Flow,
    Output,
    Parameter,
    Shape,
    Unit,
    WeightPower,
)
from quietdrip.library.model_table import Table

UNITS: dict[str, Unit] = {unit: unit for unit in get_args(Unit)}
RATE = ("1/min", "1/h")
CLEARANCE = ("L/min", "L/h")
VOLUME = ("L", "L/kg")
TIME = ("min",)
FRACTION = ("fraction",)
ASIDE = ("standard_error", "relative_standard_error", "ci95", "fixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The states and parameters of an entry; `used` remembers which parameters something names."""

    states: tuple[str, ...]
    parameters: dict[str, Parameter]
    used: set[str] = field(default_factory=set)

    def state(self, table: Table, key: str) -> str:
        """The state this key names."""
        found = table.text(key)
        if found not in self.states:
            raise table.fault(key, f"'{found}' is not a state; write {', '.join(self.states)}.")
        return found

    def parameter(self, table: Table, key: str, units: tuple[str, ...]) -> str:
        """The parameter this key names, in one of these units."""
        found = table.text(key)
        if found not in self.parameters:
            raise table.fault(key, f"'{found}' is not among the parameters.")
        unit = self.parameters[found].unit
        if unit not in units:
            raise table.fault(
                key, f"{found} is in {unit}; here it must be in {' or '.join(units)}."
            )
        self.used.add(found)
        return found


def parameters(entry: Table) -> dict[str, Parameter]:
    """Every parameter with its unit, none negative, by its name."""
    found = entry.table("parameters")
    if not found.entries:
        raise entry.fault("parameters", "this is missing; a model has parameters.")
    return {name: _parameter(name, found.table(name)) for name in found.entries}


def _parameter(name: str, table: Table) -> Parameter:
    typical, unit = table.quantity("typical", tuple(UNITS))
    if typical <= 0 or (unit in FRACTION and typical > 1):
        right = "above 0 and at most 1" if unit in FRACTION else "above 0"
        raise table.fault("typical", f"'{table.text('typical')}' cannot be; it must be {right}.")
    if unit == "L/kg" and "weight" in table.entries:
        raise table.fault("weight", "a value per kg already scales with weight; state one of both.")
    table.aside(*ASIDE)
    parameter = Parameter(
        name=name,
        typical=typical,
        unit=UNITS[unit],
        weight=_weight(table.table("weight")),
        age=_age(table.table("age"), unit),
        confidence=table.text_or_none("confidence"),
        says=table.text_or_none("says"),
    )
    table.closed()
    return parameter


def _weight(table: Table) -> WeightPower | None:
    if not table.entries:
        return None
    reference_kg = table.in_unit("reference", "kg")
    if reference_kg <= 0:
        raise table.fault("reference", "a reference weight is above 0 kg.")
    power = WeightPower(reference_kg=reference_kg, exponent=table.number("exponent"))
    table.closed()
    return power


def _age(table: Table, unit: str) -> AgeShift | None:
    if not table.entries:
        return None
    shift = AgeShift(above_y=table.in_unit("above", "y"), per_y=table.in_unit("per_year", unit))
    table.closed()
    return shift


def flows(entry: Table, known: Known) -> tuple[Flow, ...]:
    """Every flow, each of a known shape between known states."""
    return tuple(_flow(table, known) for table in entry.tables("flows"))


def _flow(table: Table, known: Known) -> Flow:
    remainder = "remainder_of" in table.entries
    if remainder and "fraction" in table.entries:
        raise table.fault("remainder_of", "a flow takes a fraction or its remainder, not both.")
    share = "remainder_of" if remainder else "fraction"
    flow = Flow(
        origin=known.state(table, "from"),
        to=OUT if table.text("to") == OUT else known.state(table, "to"),
        shape=_shape(table, known),
        fraction=known.parameter(table, share, FRACTION) if share in table.entries else "",
        remainder=remainder,
    )
    if flow.origin == flow.to:
        raise table.fault("to", f"a flow from {flow.origin} to itself does nothing.")
    table.closed()
    return flow


def _shape(table: Table, known: Known) -> Shape:
    match sorted(table.entries.keys() - {"from", "to", "fraction", "remainder_of"}):
        case ["rate"]:
            return ByRate(rate=known.parameter(table, "rate", RATE))
        case ["clearance", "volume"]:
            return ByClearance(
                clearance=known.parameter(table, "clearance", CLEARANCE),
                volume=known.parameter(table, "volume", VOLUME),
            )
        case ["mean_transit_time", "steps"]:
            return ByTransit(
                mean_time=known.parameter(table, "mean_transit_time", TIME),
                steps=table.whole("steps"),
            )
        case ["half_life"]:
            return ByHalfLife(half_life=known.parameter(table, "half_life", TIME))
        case other:
            raise table.fault(
                "shape",
                f"a flow by {' and '.join(other) or 'nothing'} is not known; state a rate, a "
                "clearance with its volume, a mean_transit_time with its steps, or a half_life.",
            )


def outputs(entry: Table, known: Known) -> tuple[Output, ...]:
    """Every level the model gives, by its name."""
    found = entry.table("outputs")
    if not found.entries or EFFECT in found.entries:
        raise entry.fault("outputs", f"name at least one level; none is called {EFFECT}.")
    return tuple(_output(name, found.table(name), known) for name in found.entries)


def _output(name: str, table: Table, known: Known) -> Output:
    output = Output(
        name=name,
        state=known.state(table, "state"),
        volume=known.parameter(table, "volume", VOLUME),
        molar_mass_g_per_mol=table.in_unit_or_none("molar_mass", "g/mol"),
        parent_molar_mass_g_per_mol=table.in_unit_or_none("parent_molar_mass", "g/mol"),
    )
    masses = (output.molar_mass_g_per_mol, output.parent_molar_mass_g_per_mol)
    if (None in masses and masses != (None, None)) or any(m is not None and m <= 0 for m in masses):
        raise table.fault("molar_mass", "state both molar masses above 0 g/mol, or neither.")
    table.closed()
    return output


def effect_site(entry: Table, known: Known, levels: tuple[Output, ...]) -> EffectSite | None:
    """The effect site, or None where the entry has none."""
    if "effect_site" not in entry.entries:
        return None
    table = entry.table("effect_site")
    driver = table.text("driver")
    if driver not in {output.name for output in levels}:
        raise table.fault("driver", f"'{driver}' is not among the outputs.")
    delay: ByRate | ByHalfLife = (
        ByHalfLife(half_life=known.parameter(table, "half_life", TIME))
        if "half_life" in table.entries
        else ByRate(rate=known.parameter(table, "rate", RATE))
    )
    site = EffectSite(
        driver=driver,
        delay=delay,
        composite=table.flag("composite"),
        stands_on=table.text("stands_on"),
        source=table.texts("source"),
        confidence=table.text("confidence"),
    )
    if not site.source:
        raise table.fault("source", "an effect site needs the citation its delay stands on.")
    table.closed()
    return site


def c50s(entry: Table, drug: Drug, levels: tuple[Output, ...]) -> tuple[C50, ...]:
    """Levels of half effect, each of the model's own drug."""
    return tuple(_c50(table, drug, levels) for table in entry.tables("c50"))


def _c50(table: Table, drug: Drug, levels: tuple[Output, ...]) -> C50:
    of = table.one_of("drug", Drug)
    if of is not drug:
        raise table.fault("drug", f"a C50 of {of} must not be held against levels of {drug}.")
    at = table.text("at")
    if at != EFFECT and at not in {output.name for output in levels}:
        raise table.fault("at", f"'{at}' is neither {EFFECT} nor among the outputs.")
    table.aside("standard_deviation", "ci95")
    c50 = C50(
        c50_ng_per_ml=table.in_unit("level", "ng/mL"),
        endpoint=table.text("endpoint"),
        at=at,
        says=table.text_or_none("says"),
        source=table.texts("source"),
        confidence=table.text("confidence"),
    )
    if c50.c50_ng_per_ml <= 0 or not c50.source:
        raise table.fault("level", "a C50 is above 0 ng/mL and names its source.")
    table.closed()
    return c50
