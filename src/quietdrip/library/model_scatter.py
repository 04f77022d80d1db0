"""How people, occasions and measurements scatter around a model, as its file states it."""

from math import log1p

from quietdrip.core.pkpd.model import Covariation, Output, Residual, Variability, Variation
from quietdrip.library.model_parts import Known
from quietdrip.library.model_table import Table

PERCENT = 100


def variability(entry: Table, known: Known) -> Variability | None:
    """Random effects on the log scale, or None where the entry says nothing of them.

    A coefficient of variation printed in percent becomes a variance of ln(1 + CV squared).
    """
    if "variability" not in entry.entries:
        return None
    table = entry.table("variability")
    people, occasions = table.table("between_people"), table.table("between_occasions")
    found = Variability(
        between_people=_variations(people, known),
        together=tuple(_together(found, known) for found in table.tables("together")),
        between_occasions=_variations(occasions, known),
        says=table.text_or_none("says"),
        confidence=table.text_or_none("confidence"),
    )
    table.closed()
    return found


def _variations(table: Table, known: Known) -> tuple[Variation, ...]:
    found = []
    for name in table.entries:
        if name not in known.parameters:
            raise table.fault(name, f"'{name}' is not among the parameters.")
        found.append(_variation(name, table.table(name)))
    return tuple(found)


def _variation(name: str, table: Table) -> Variation:
    if "cv_percent" in table.entries:
        cv_percent = table.number("cv_percent")
        variance, printed = log1p((cv_percent / PERCENT) ** 2), f"CV {cv_percent:g} %"
    else:
        variance = table.number("omega_variance")
        printed = f"omega variance {variance:g}"
    if variance <= 0:
        raise table.fault("omega_variance", "a variance is above zero.")
    table.closed()
    return Variation(parameter=name, log_variance=variance, printed=printed)


def _together(table: Table, known: Known) -> Covariation:
    names = table.texts("parameters")
    match names:
        case (first, second) if first in known.parameters and second in known.parameters:
            found = Covariation(
                parameters=(first, second), log_covariance=table.number("omega_covariance")
            )
        case _:
            raise table.fault("parameters", "name the two parameters that vary together.")
    table.closed()
    return found


def residuals(entry: Table, levels: tuple[Output, ...]) -> tuple[Residual, ...]:
    """What measured levels scatter by, for each output that has it stated."""
    return tuple(_residual(table, levels) for table in entry.tables("residual"))


def _residual(table: Table, levels: tuple[Output, ...]) -> Residual:
    output = table.text("output")
    if output not in {level.name for level in levels}:
        raise table.fault("output", f"'{output}' is not among the outputs.")
    found = Residual(
        output=output,
        proportional_sd_fraction=table.number_or_none("proportional_sd"),
        log_sd_fraction=table.number_or_none("log_sd"),
        additive_sd_nmol_per_ml=table.in_unit_or_none("additive_sd", "nmol/mL"),
        from_min=table.in_unit_or_none("from", "min"),
        until_min=table.in_unit_or_none("until", "min"),
        says=table.text_or_none("says"),
    )
    table.closed()
    return found
