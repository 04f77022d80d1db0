"""A band, or the spread of other models in its place, as every sheet and page shows it."""

from dataclasses import dataclass
from typing import Any

from quietdrip.core.pkpd.band import Band, Quantiles, Spread
from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.pkpd.population import Crowd
from quietdrip.core.reasons import Refusal

Json = dict[str, Any]
CROWD = Crowd(seed=1, count=1000)  # the virtual people of every band: the same ones each time
INNER_PERCENT, OUTER_PERCENT = 50.0, 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The room between two lines that a drawing shades, outermost first, with its legend.

    `share` is how much of the people it holds, from 0 to 1; None for a spread of models.
    """

    says: str
    share: float | None
    low_ng_per_ml: tuple[float, ...]
    high_ng_per_ml: tuple[float, ...]


def rooms(band: Band | Refusal | None, spread: Spread | None) -> tuple[Room, ...]:
    """What to shade around the plasma curve, outermost first; the spread only without a band."""
    if isinstance(band, Band):
        percents, levels = band.plasma.at_percent, band.plasma.levels_ng_per_ml
        pairs = ((low, len(percents) - 1 - low) for low in range(len(percents) // 2))
        return tuple(
            Room(
                says=f"{percents[high] - percents[low]:g} % of people",
                share=(percents[high] - percents[low]) / 100,
                low_ng_per_ml=tuple(levels[low].tolist()),
                high_ng_per_ml=tuple(levels[high].tolist()),
            )
            for low, high in pairs
        )
    if spread is None or len(spread.models) < 2:
        return ()
    return (
        Room(
            says=f"{len(spread.models)} models, typical persons",
            share=None,
            low_ng_per_ml=tuple(spread.low_ng_per_ml.tolist()),
            high_ng_per_ml=tuple(spread.high_ng_per_ml.tolist()),
        ),
    )


def band_says(band: Band | Refusal | None, spread: Spread | None) -> tuple[str, ...]:
    """What the shaded room is, or why there is no band and what stands in its place."""
    if isinstance(band, Band):
        crowd = band.crowd
        return (f"Band of {crowd.count} virtual people (seed {crowd.seed}). {band.says}",)
    no = (f"No band: {band.says}",) if band is not None else ()
    if spread is None or len(spread.models) < 2:
        return no
    named = ", ".join(f"{model.id} ({model.site})" for model in spread.models)
    low, high = float(spread.low_ng_per_ml.max()), float(spread.high_ng_per_ml.max())
    rise = f"their lowest line rises to {low:.0f}, their highest to {high:.0f} ng/mL"
    return (*no, f"Spread: {spread.says}: {named}; {rise}.")


def band_json(band: Band | Refusal | None) -> Json:
    """A band under `band`, or null and the reason under `band_says`; the same on every sheet."""
    if band is None or isinstance(band, Refusal):
        return {"band": None, "band_says": "" if band is None else band.says}
    percents = band.plasma.at_percent
    return {
        "band": {
            "percent": percents[-1] - percents[0],
            "people": band.crowd.count,
            "seed": band.crowd.seed,
            "plasma_ng_per_ml": _quantiles(band.plasma),
            "effect_ng_per_ml": _quantiles(band.effect) if band.effect else None,
        },
        "band_says": band.says,
    }


def spread_json(spread: Spread | None) -> Json | None:
    """The lowest and highest typical level of several models, each named with its site."""
    if spread is None:
        return None
    return {
        "says": spread.says,
        "models": [
            {"id": model.id, "title": model.title, "site": str(model.site)}
            for model in spread.models
        ],
        "low_ng_per_ml": _list(spread.low_ng_per_ml),
        "high_ng_per_ml": _list(spread.high_ng_per_ml),
    }


def _quantiles(of: Quantiles) -> Json:
    percents = of.at_percent
    middle = len(percents) // 2
    return {
        "median": _list(of.levels_ng_per_ml[middle]),
        "low": _list(of.levels_ng_per_ml[0]),
        "high": _list(of.levels_ng_per_ml[-1]),
        "low_50": _list(of.levels_ng_per_ml[middle - 1]),
        "high_50": _list(of.levels_ng_per_ml[middle + 1]),
    }


def _list(levels: Floats) -> list[float]:
    found: list[float] = levels.tolist()
    return found
