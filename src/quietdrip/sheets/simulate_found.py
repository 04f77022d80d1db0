"""What a virtual trial found, as values: read back from its counts, protocol by protocol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from quietdrip.core.pkpd import tally
from quietdrip.core.pkpd.band import heard
from quietdrip.core.pkpd.model import EFFECT
from quietdrip.core.pkpd.tally import Counts, Whole
from quietdrip.core.pkpd.trial import Arm, Given
from quietdrip.core.units import plain
from quietdrip.sheets.simulate import Simulation

PERCENTS = (5, 25, 50, 75, 95)
LOW, MEDIAN, HIGH = PERCENTS[0], 50, PERCENTS[-1]
LATE = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One thing that differs among people: its value at each of PERCENTS.

    None stands for a minute beyond the time people were looked at.
    """

    id: str
    label: str
    unit: str
    values: tuple[float | None, ...]

    @property
    def low(self) -> float | None:
        """Five in a hundred stay at or below it."""
        return self.values[0]

    @property
    def median(self) -> float | None:
        """Half of the people stay at or below it."""
        return self.values[PERCENTS.index(MEDIAN)]

    @property
    def high(self) -> float | None:
        """Five in a hundred lie above it."""
        return self.values[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of a hundred people something holds for."""

    id: str
    label: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFound:
    """Plasma or effect site: what differs, what is shared, and the levels (percents) at times."""

    site: str
    spreads: tuple[Spread, ...]
    shares: tuple[Share, ...]
    levels_ng_per_ml: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFound:
    """One protocol: how it is looked at, what its sites show, and what it takes from the shelf."""

    protocol: str
    title: str
    at_min: tuple[float, ...]
    every_min: float
    until_min: float
    sites: tuple[SiteFound, ...]
    given: tuple[Spread, ...]
    total_mg: Decimal
    vials: int
    waste_mg: Decimal
    residual_mg: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The whole trial beside what it was."""

    simulation: Simulation
    arms: tuple[ArmFound, ...]


def found(simulation: Simulation, counts: Counts) -> Found:
    """Everything the counts say."""
    arms = (
        _arm(simulation, arm, {
            name.removeprefix(f"{place}/"): each
            for name, each in counts.items()
            if name.startswith(f"{place}/")
        })
        for place, arm in enumerate(simulation.trial.arms)
    )  # fmt: skip
    return Found(simulation=simulation, arms=tuple(arms))


def _arm(simulation: Simulation, arm: Arm, counts: Counts) -> ArmFound:
    people = counts["cards"].tolist()
    cards = list(zip(arm.cards, people, strict=True))

    def sum_of(of: Callable[[Given], Decimal]) -> Decimal:
        return sum((of(card) * many for card, many in cards), Decimal(0))

    def spread(id: str, label: str, unit: str, of: Callable[[Given], Decimal]) -> Spread:
        return Spread(id=id, label=label, unit=unit, values=_weighted(cards, of))

    return ArmFound(
        protocol=arm.protocol,
        title=arm.title,
        at_min=tuple(arm.at_min[arm.knots].tolist()),
        every_min=float(arm.at_min[1] - arm.at_min[0]),
        until_min=float(arm.at_min[-1]),
        sites=tuple(
            _site(simulation, arm, "effect" if output == EFFECT else "plasma", {
                name.removeprefix(f"{output}/"): each
                for name, each in counts.items()
                if name.startswith(f"{output}/")
            })
            for output in heard(simulation.trial.model)
        ),
        given=(
            spread("total-mg", "given", "mg", lambda card: card.total_mg),
            spread("vials", "vials", "vials", lambda card: Decimal(card.vials)),
            spread("waste-mg", "waste in vials", "mg", lambda card: card.waste_mg),
            spread("residual-mg", "left in syringes", "mg", lambda card: card.residual_mg),
        ),
        total_mg=sum_of(lambda card: card.total_mg),
        vials=sum(card.vials * many for card, many in cards),
        waste_mg=sum_of(lambda card: card.waste_mg),
        residual_mg=sum_of(lambda card: card.residual_mg),
    )  # fmt: skip


def _weighted(
    cards: Sequence[tuple[Given, int]], of: Callable[[Given], Decimal]
) -> tuple[float, ...]:
    """The nearest rank of each percent, each card counted once for each of its people."""
    ranked = sorted((of(card), many) for card, many in cards)
    total = sum(many for _, many in ranked)
    values = []
    for percent in PERCENTS:
        wanted, upto = max(total * percent / tally.PERCENT, 1), 0
        for value, many in ranked:
            upto += many
            if upto >= wanted:
                values.append(float(value))
                break
    return tuple(values)


def _site(simulation: Simulation, arm: Arm, site: str, counts: Counts) -> SiteFound:
    watched, every_min = simulation.trial.watched, float(arm.at_min[1] - arm.at_min[0])
    minutes = partial(_minutes, arm)

    def lasting(places: Whole) -> tuple[float, ...]:
        return tuple(tally.place_of(places, percent) * every_min for percent in PERCENTS)

    spreads = [
        Spread(id="peak", label="peak", unit="ng/mL", values=_values(counts["peak"])),
        Spread(id="peak-at", label="time of peak", unit="min", values=minutes(counts["peak-at"])),
        Spread(id="exposure", label="AUC, all of it", unit="ng h/mL",
               values=_values(counts["exposure"])),
    ]  # fmt: skip
    for place, level in enumerate(watched.above_ng_per_ml):
        spreads.append(
            Spread(id=f"above-{level:g}", label=f"above {level:g} ng/mL", unit="min",
                   values=lasting(counts[f"above-{place}"]))
        )  # fmt: skip
    for place, level in enumerate(watched.below_ng_per_ml):
        spreads.append(
            Spread(id=f"below-{level:g}", label=f"below {level:g} ng/mL from", unit="min",
                   values=minutes(counts[f"below-{place}"]))
        )  # fmt: skip
    if watched.within is not None:
        spreads.append(Spread(id="inside", label="inside the band", unit="min",
                              values=lasting(counts["inside"])))  # fmt: skip
    return SiteFound(
        site=site,
        spreads=tuple(spreads),
        shares=_shares(counts) if watched.within is not None else (),
        levels_ng_per_ml=tuple(
            tuple(tally.quantile(row, percent) for row in counts["levels"]) for percent in PERCENTS
        ),
    )


def _values(counts: Whole) -> tuple[float, ...]:
    return tuple(tally.quantile(counts, percent) for percent in PERCENTS)


def _minutes(arm: Arm, places: Whole) -> tuple[float | None, ...]:
    """The minute of each place; None for the place after the last."""
    at_min: list[float | None] = [*arm.at_min.tolist(), None]
    return tuple(at_min[tally.place_of(places, percent)] for percent in PERCENTS)


def _shares(counts: Counts) -> tuple[Share, ...]:
    """How many leave the band, and how."""
    kinds = (
        ("left", "leave the band"),
        ("too-high", "rise above it"),
        ("not-reached", "never reach it"),
        ("fell", "fall below while the pump runs"),
    )
    return tuple(
        Share(id=id, label=label,
              percent=tally.PERCENT * int(counts[id][1]) / int(counts[id].sum()))
        for id, label in kinds
    )  # fmt: skip


def shown(value: float | None, unit: str, until_min: float = 0.0) -> str:
    """A number for reading: three digits for a level, whole minutes, exact counts."""
    if value is None:
        return f">{until_min:g}"
    if unit in ("min", "vials"):
        return f"{value:g}"
    if unit == "mg":
        return plain(Decimal(str(value)))
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
