"""From a volume to give to syringes that can be drawn up: drug, diluent, vials, what stays over."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from quietdrip.core.card import DrawUp, Filling
from quietdrip.core.equipment import Shelf, Strength, Syringe, Vial
from quietdrip.core.prescription import Prescription, above_strongest
from quietdrip.core.reasons import Refusal, refuse
from quietdrip.core.units import MIN_PER_H, ceil_to, plain, shown

MOST_SYRINGES = 1000  # far beyond any infusion; keeps a slip from filling the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A stretch of the pump: its rate as set, and for how long."""

    start_min: Fraction
    for_min: Fraction
    rate_ml_per_h: Fraction


def check_strength(vial: Vial, strength: Strength) -> Refusal | None:
    """None where this final strength may be made from this vial, else why it may not."""
    wanted, has = plain(strength.mg_per_ml), plain(vial.strength_mg_per_ml)
    if strength.mg_per_ml > vial.strength_mg_per_ml:
        says = f"{wanted} mg/mL cannot be made from a vial of {has} mg/mL; choose a stronger vial."
        return refuse("final-above-vial", says, field="final")
    if strength.mg_per_ml > vial.strongest_iv_mg_per_ml:
        return above_strongest(vial)
    if strength.mg_per_ml < vial.strength_mg_per_ml and not vial.may_dilute:
        return refuse(
            "vial-not-to-be-diluted",
            f"The {has} mg/mL strength is not to be diluted. {vial.says} Use it as {has} mg/mL, "
            "or take a stronger vial.",
            field="vial",
            source=vial.source,
        )
    return None


def draw_up(
    need_ml: Fraction,
    delivered_mg: Decimal,
    bolus_ml: Fraction,
    flows: Sequence[Flow],
    prescription: Prescription,
    shelf: Shelf,
) -> DrawUp | Refusal:
    """The recipe for a volume in as many syringes as it takes, each drug volume measurable."""
    vial, strength = prescription.vial, prescription.strength
    mix = Fraction(vial.strength_mg_per_ml) / Fraction(strength.mg_per_ml)
    step_ml = Fraction(shelf.draw_step_ml) * mix
    chosen = prescription.syringe or _smallest_that_holds(ceil_to(need_ml, step_ml), step_ml, shelf)
    holds_ml = Fraction(chosen.volume_ml) // step_ml * step_ml
    if not holds_ml:
        return _too_small(chosen, step_ml)
    if need_ml > holds_ml * MOST_SYRINGES:
        return _too_many(chosen, need_ml)
    volumes = _volumes(need_ml, holds_ml, step_ml)
    times = _change_times(volumes, bolus_ml, flows)
    final_ml = sum(volumes, Fraction(0))
    drug_ml = final_ml / mix
    vials = -(-drug_ml // Fraction(vial.volume_ml))
    prepared_mg = final_ml * Fraction(strength.mg_per_ml)
    residual_mg = shown(prepared_mg) - delivered_mg
    return DrawUp(
        vial=vial,
        diluent=prescription.diluent,
        strength=strength,
        syringe=chosen,
        vials=int(vials),
        drug_ml=shown(drug_ml),
        diluent_ml=shown(final_ml - drug_ml),
        final_volume_ml=shown(final_ml),
        drug_mg=shown(prepared_mg),
        residual_mg=residual_mg,
        residual_ml=shown(Fraction(residual_mg) / Fraction(strength.mg_per_ml)),
        waste_mg=shown(vials * Fraction(vial.content_mg) - prepared_mg),
        fillings=_fillings(volumes, times, mix, Fraction(strength.mg_per_ml)),
    )


def _too_many(syringe: Syringe, need_ml: Fraction) -> Refusal:
    says = (
        f"{plain(need_ml)} mL would take more than {MOST_SYRINGES} syringes of "
        f"{plain(syringe.volume_ml)} mL; check the order."
    )
    return refuse("too-many-syringes", says, field="syringe")


def _too_small(syringe: Syringe, step_ml: Fraction) -> Refusal:
    return refuse(
        "syringe-too-small",
        f"A {plain(syringe.volume_ml)} mL syringe cannot take the smallest volume that can be "
        f"measured ({plain(step_ml)} mL); choose a larger one.",
        field="syringe",
    )


def _smallest_that_holds(volume_ml: Fraction, step_ml: Fraction, shelf: Shelf) -> Syringe:
    """The smallest listed syringe that takes it all, else the largest on the list."""
    by_size = sorted(shelf.syringes, key=lambda syringe: syringe.volume_ml)
    for syringe in by_size:
        if Fraction(syringe.volume_ml) // step_ml * step_ml >= volume_ml:
            return syringe
    return by_size[-1]


def _volumes(need_ml: Fraction, holds_ml: Fraction, step_ml: Fraction) -> tuple[Fraction, ...]:
    """Full syringes, then one with the rest raised to the next measurable volume."""
    full, rest_ml = divmod(need_ml, holds_ml)
    volumes = (holds_ml,) * int(full)
    return (*volumes, ceil_to(rest_ml, step_ml)) if rest_ml else volumes


def _change_times(
    volumes: Sequence[Fraction], bolus_ml: Fraction, flows: Sequence[Flow]
) -> tuple[Fraction, ...]:
    """When each syringe but the last runs empty, then when the infusion ends; minutes."""
    end_min = flows[-1].start_min + flows[-1].for_min if flows else Fraction(0)
    empties, used = [], Fraction(0)
    for volume in volumes[:-1]:
        used += volume
        empties.append(_when_given(used - bolus_ml, flows, end_min))
    return (*empties, end_min)


def _when_given(volume_ml: Fraction, flows: Sequence[Flow], end_min: Fraction) -> Fraction:
    """The minute by which the pump has given this volume; the start where a bolus already had."""
    left = max(volume_ml, Fraction(0))
    for flow in flows:
        gives = flow.rate_ml_per_h * flow.for_min / MIN_PER_H
        if left <= gives:
            return flow.start_min + left * MIN_PER_H / flow.rate_ml_per_h
        left -= gives
    return end_min


def _fillings(
    volumes: Sequence[Fraction], ends: Sequence[Fraction], mix: Fraction, mg_per_ml: Fraction
) -> tuple[Filling, ...]:
    starts = (Fraction(0), *ends[:-1])
    return tuple(
        Filling(
            number=number,
            drug_ml=shown(volume / mix),
            diluent_ml=shown(volume - volume / mix),
            volume_ml=shown(volume),
            drug_mg=shown(volume * mg_per_ml),
            from_min=shown(start),
            until_min=shown(end),
        )
        for number, (volume, start, end) in enumerate(zip(volumes, starts, ends, strict=True), 1)
    )
