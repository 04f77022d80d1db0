"""The true orders of the wall: F1, F2, F3 and random plans from the library; each gives a card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from tests.core import oracle

LIBRARY = Path(__file__).parents[2] / "src/quietdrip/library"
ENTRIES, SHELF = oracle.library(LIBRARY)
STARTABLE = sorted(id for id, entry in ENTRIES.items() if entry["activation"] != "reference-only")
RANDOM_PLANS = 300
FINALS = ("1 mg/mL", "2 mg/mL", "5 mg/mL", "10 mg/mL")
NAMES = {
    "total": ("dose", "over"),
    "constant": ("rate", "over"),
    "steps": ("start-rate", "increment", "every", "max-rate", "over"),
    "days": ("day",),
}
# What a prescriber might give where a source leaves a field open; test values.
USUAL: Mapping[str, tuple[str, ...]] = {
    "dose-mood": ("0.3 mg/kg", "0.5 mg/kg", "0.75 mg/kg", "1 mg/kg", "35 mg", "42.5 mg"),
    "dose-pain": ("0.4 mg/kg", "0.8 mg/kg", "1 mg/kg", "50 mg", "59.5 mg"),
    "rate": ("10 mg/h", "12.5 mg/h", "25 mg/h", "40 mg/h", "0.15 mg/kg/h", "0.3 mg/kg/h"),
    "start-rate": ("10 mg/h", "15 mg/h", "0.1 mg/kg/h", "0.15 mg/kg/h"),
    "increment": ("5 mg/h", "10 mg/h", "0.05 mg/kg/h", "0.1 mg/kg/h"),
    "every": ("60 min", "1 h", "6 h", "1 d"),
    "max-rate": ("25 mg/h", "40 mg/h", "50 mg/h", "0.35 mg/kg/h", "0.6 mg/kg/h"),
    "over-mood": ("40 min", "45 min", "60 min", "1 h"),
    "over-pain": ("60 min", "2 h", "4 h", "240 min"),
    "day": ("1 d", "2 d", "3 d"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueOrder:
    """What is meant, what lies ready, and what the oracle works out of it."""

    name: str
    entry_id: str
    order: oracle.Order
    worked: oracle.Worked


def true_orders(seed: int) -> Iterator[TrueOrder]:
    """F1, F2, F3, then 300 random plans; equal seeds give equal orders."""
    yield _true(
        "F1", "mood-single-05-40", {"dose": "0.5 mg/kg", "over": "40 min"}, "50 mg/mL", "1 mg/mL"
    )
    yield _true(
        "F2", "mood-single-05-40", {"dose": "0.5 mg/kg", "over": "40 min"}, "10 mg/mL", "10 mg/mL"
    )
    yield _true("F3", "seed-003-4h-syringe-pump", {"rate": "25 mg/h"}, "50 mg/mL", "1 mg/mL")
    chance = np.random.default_rng(seed)
    made = 0
    while made < RANDOM_PLANS:
        drawn = _drawn(f"R{made + 1}", chance)
        if drawn is not None:
            made += 1
            yield drawn


def _true(name: str, id: str, given: dict[str, str], vial: str, final: str) -> TrueOrder:
    order = oracle.Order(
        entry=ENTRIES[id], weight="70 kg", vial=vial, final=final, pump="generic-0.1", given=given
    )
    worked = oracle.work_out(order, SHELF)
    assert isinstance(worked, oracle.Worked), worked
    return TrueOrder(name=name, entry_id=id, order=order, worked=worked)


def _drawn(name: str, chance: Generator) -> TrueOrder | None:
    """A random plan, or None where the drawn values give no card."""
    id = str(chance.choice(STARTABLE))
    entry = ENTRIES[id]
    tenths = int(chance.integers(400, 1400))
    weight_kg = Fraction(tenths // 10 * 10 if chance.random() < 0.5 else tenths, 10)
    weight = f"{float(weight_kg):g} kg"
    last = (
        f"{float(weight_kg) * chance.uniform(0.97, 1.03):.1f} kg" if chance.random() < 0.5 else ""
    )
    order = oracle.Order(
        entry=entry,
        weight=weight,
        vial=str(chance.choice(["10 mg/mL", "50 mg/mL", "100 mg/mL"])),
        final=str(chance.choice(FINALS)),
        pump=str(chance.choice(list(SHELF.pumps))),
        given=_given(entry, chance),
        last_weight=last,
    )
    worked = oracle.work_out(order, SHELF)
    if isinstance(worked, oracle.No):
        return None
    return TrueOrder(name=name, entry_id=id, order=order, worked=worked)


def _given(entry: Mapping[str, Any], chance: Generator) -> dict[str, str]:
    """Something for every field: what is stated, an end of what is allowed, or a usual value."""
    dose = entry["dose"]
    names = NAMES[dose["shape"]]
    if dose.get("or_steps") and chance.random() < 0.5:
        names = ("start-rate", "increment", "every")
    programme = "mood" if "mood" in entry["programmes"] else "pain"
    given = {}
    for name in names:
        stated = dose.get(oracle.KEY_OF.get(name, name), {})
        ends = (
            [stated[key] for key in ("is", "at_least", "at_most") if key in stated]
            if name != "day"
            else []
        )
        usual = USUAL.get(name) or USUAL[f"{name}-{programme}"]
        given[name] = str(chance.choice(ends if ends else list(usual)))
    return given


def second_typing(true: TrueOrder) -> dict[str, str]:
    """What a second clinician types from the scale, the labels and the order sheet, card unseen."""
    worked = true.worked
    rates = {f"rate-{n}": f"{_text(p.ml_per_h)} mL/h" for n, p in enumerate(worked.pieces, 1)}
    bolus = {"bolus": f"{_text(worked.bolus_mg)} mg"} if worked.bolus_mg else {}
    return {
        "weight": true.order.weight,
        "vial": true.order.vial,
        "drug-volume": f"{_text(worked.drug_ml)} mL",
        "final-volume": f"{_text(worked.final_ml)} mL",
        "total": f"{_text(worked.total_mg)} mg",
        **bolus,
        **rates,
    }


def _text(value: Fraction) -> str:
    """Three decimals, rounded as a person would, without zeros that do not belong."""
    return f"{float(round(value, 3)):.3f}".rstrip("0").rstrip(".")
