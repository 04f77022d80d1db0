"""Cards of every startable entry, made by the core and compared with the judge's own sums."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from quietdrip.core.card import Card
from quietdrip.core.dosing import plan
from quietdrip.core.equipment import Pump, Shelf, Strength, Vial
from quietdrip.core.limits import Bounds
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.protocol import OPEN, Protocol, fields
from quietdrip.core.reasons import Refusal
from quietdrip.library import browse
from quietdrip.library.judge_sums import Expected, expected, fillings

WEIGHTS_KG = (40, 70, 120)
SMALLEST = Fraction(1, 10**6)  # mg and mg/h: finer than any number a card shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One card asked for: whether one was made, and where core and judge disagree."""

    made: bool
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all trial cards of one judgement are made with; limits and guards as in the TOML."""

    shelf: Shelf
    bounds: Bounds
    limits: Sequence[Mapping[str, Any]]
    guards: Sequence[Mapping[str, Any]]

    def trials(self, protocol: Protocol, values: Mapping[str, Any]) -> Iterator[Trial]:
        """Cards for each weight and each way to fill what the entry leaves open."""
        if protocol.activation == "reference-only":
            yield self._never_started(protocol)
            return
        try:
            ways = tuple(fillings(values, self.guards))
        except LookupError as missing:
            yield Trial(made=False, faults=(f"{protocol.id}: {missing}.",))
            return
        for weight_kg in WEIGHTS_KG:
            for given in ways:
                yield self._trial(protocol, values, weight_kg, given)

    def _never_started(self, protocol: Protocol) -> Trial:
        found = self._card(protocol, WEIGHTS_KG[0], {})
        as_such = isinstance(found, Refusal) and any(
            r.id == "reference-only" for r in found.reasons
        )
        fault = f"{protocol.id}: it is reference-only and yet not refused as such."
        return Trial(made=isinstance(found, Card), faults=() if as_such else (fault,))

    def _trial(
        self, protocol: Protocol, values: Mapping[str, Any], weight_kg: int, given: dict[str, str]
    ) -> Trial:
        where = f"{protocol.id} at {weight_kg} kg" + "".join(f", {k} {v}" for k, v in given.items())
        sums = expected(values, self.limits, Fraction(weight_kg), given)
        found = self._card(protocol, weight_kg, given)
        if isinstance(found, Card):
            stops = (f"{each} should stop it and does not." for each in sorted(sums.hard))
            faults = (*stops, *_differences(found, sums))
        else:
            faults = self._unfounded(found, sums)
        said = tuple(f"{where}: {fault}" for fault in faults)
        return Trial(made=isinstance(found, Card), faults=said)

    def _unfounded(self, refusal: Refusal, sums: Expected) -> tuple[str, ...]:
        """A refusal for which the judge finds no reason of its own."""
        ids = {reason.id for reason in refusal.reasons}
        if (sums.hard and ids & sums.hard) or (not sums.hard and self._too_coarse(sums)):
            return ()
        return (f"the core refuses ({', '.join(sorted(ids))}); the judge finds no such reason.",)

    def _card(self, protocol: Protocol, weight_kg: int, given: dict[str, str]) -> Card | Refusal:
        vial, strength, pump = self._hands()
        asked = Asked(
            weight=f"{weight_kg} kg",
            vial=vial.id,
            final=f"{strength.mg_per_ml} mg/mL",
            pump=pump.id,
            given=given,
            confirmed={name: given[name] for name in _open(protocol) if name in given},
        )
        prescription = prescribe(protocol, self.shelf, asked)
        if isinstance(prescription, Refusal):
            return prescription
        return plan(prescription, self.shelf, self.bounds)

    def _hands(self) -> tuple[Vial, Strength, Pump]:
        """A vial that may be diluted, the weakest strength and the finest pump of the shelf."""
        vials = [vial for vial in self.shelf.vials if vial.may_dilute] or list(self.shelf.vials)
        weakest = min(self.shelf.strengths, key=lambda each: each.mg_per_ml)
        finest = min(self.shelf.pumps, key=lambda each: each.steps[0].step_ml_per_h)
        return vials[0], weakest, finest

    def _too_coarse(self, sums: Expected) -> bool:
        """Whether the finest pump cannot set one of these rates closely enough, or not at all."""
        _, strength, pump = self._hands()
        worst_percent = Fraction(self.bounds.rounding_at_most_percent)
        for step in sums.steps:
            flow = step.rate_mg_per_h / Fraction(strength.mg_per_ml)
            pitch = Fraction(pump.steps[0].step_ml_per_h)
            set_to = flow // pitch * pitch
            if not Fraction(pump.slowest_ml_per_h) <= set_to <= Fraction(pump.fastest_ml_per_h):
                return True
            if (flow - set_to) / flow * 100 > worst_percent:
                return True
        return False


def written_limits(site: Path | None) -> Mapping[str, Any] | Refusal:
    """Limits and expected ranges as they stand in TOML; a site's own replace and add."""
    ours = browse.written_at("limits.toml")
    if isinstance(ours, Refusal) or site is None or not (site / "limits.toml").is_file():
        return ours if isinstance(ours, Refusal) else ours.values
    theirs = browse.written_at("limits.toml", site)
    if isinstance(theirs, Refusal):
        return theirs
    base: Mapping[str, Any] = ours.values
    more: Mapping[str, Any] = theirs.values
    tightened = {row["id"]: row for row in (*base["limit"], *more.get("limit", ()))}
    return {"limit": [*tightened.values()], "guard": [*base["guard"], *more.get("guard", ())]}


def _differences(card: Card, sums: Expected) -> Iterator[str]:
    """Where a card differs from the judge's sums."""
    if not _near(Fraction(card.total_mg), sums.total_mg):
        yield f"the card orders {card.total_mg} mg, the judge {float(sums.total_mg):.6f} mg."
    ours = [n for s in sums.steps for n in (s.start_min, s.for_min, s.rate_mg_per_h)]
    theirs = [Fraction(n) for s in card.steps for n in (s.start_min, s.for_min, s.rate_mg_per_h)]
    if len(ours) != len(theirs) or not all(map(_near, ours, theirs)):
        yield f"the card has {len(card.steps)} rates, the judge {len(sums.steps)}, and they differ."
    for step in card.steps:
        set_mg_per_h = Fraction(step.rate_ml_per_h) * Fraction(card.concentration_mg_per_ml)
        pitch = Fraction(card.pump.step_at(step.rate_ml_per_h))
        short = Fraction(step.rate_mg_per_h) - set_mg_per_h
        if not -SMALLEST <= short < pitch * Fraction(card.concentration_mg_per_ml) + SMALLEST:
            yield (
                f"{step.rate_ml_per_h} mL/h is not {step.rate_mg_per_h} mg/h cut to a pump's step."
            )
    if card.delivered.total_mg > card.total_mg or card.draw_up.drug_mg < card.delivered.total_mg:
        yield "more is delivered than was ordered or drawn up."
    warned = {reason.id for reason in card.warnings}
    if not sums.soft <= warned:
        yield f"{', '.join(sorted(sums.soft - warned))} should warn and does not."


def _near(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= SMALLEST * 1000


def _open(protocol: Protocol) -> tuple[str, ...]:
    """The fields without bounds: the judge fills them itself, so it also answers for them."""
    return tuple(f.name for f in fields(protocol) if f.stated == OPEN)
