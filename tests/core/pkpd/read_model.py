"""The library's own models and equipment, for tests of what is done with them."""

from decimal import Decimal
from fractions import Fraction

from quietdrip.core.pkpd.ceiling import Scope
from quietdrip.core.pkpd.doses import Bolus, Infusion
from quietdrip.core.pkpd.model import Drug, Model
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.protocol import Programme
from quietdrip.core.reasons import Refusal
from quietdrip.library import read, read_models


def library_model(model_id: str) -> Model:
    """A model that is known to be readable."""
    found = read_models.model(model_id)
    assert not isinstance(found, Refusal), found
    return found


def hourly(drug: Drug, *rates_mg_per_h: float, bolus_mg: float = 0, at_min: float = 0) -> Doses:
    """One rate an hour from the start, and a bolus."""
    return Doses(
        drug=drug,
        infusions=tuple(
            Infusion(
                drug=drug,
                start_min=60.0 * hour,
                stop_min=60.0 * (hour + 1),
                rate_mg_per_min=rate / 60,
            )
            for hour, rate in enumerate(rates_mg_per_h)
        ),
        boluses=(Bolus(drug=drug, at_min=at_min, dose_mg=bolus_mg),) if bolus_mg else (),
    )


def scope(
    weight_kg: int = 70,
    pump_id: str = "generic-0.1",
    programme: Programme = "pain",
    *,
    outpatient: bool = True,
    mg_per_ml: str = "1",
) -> Scope:
    """A pump of the library and all its limits."""
    shelf, bounds = read.shelf(), read.bounds()
    assert not isinstance(shelf, Refusal)
    assert not isinstance(bounds, Refusal)
    return Scope(
        programme=programme,
        outpatient=outpatient,
        weight_kg=Fraction(weight_kg),
        concentration_mg_per_ml=Decimal(mg_per_ml),
        pump=next(pump for pump in shelf.pumps if pump.id == pump_id),
        bounds=bounds,
    )
