"""The calculation against a second one that shares no code with it, over the whole library."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from quietdrip.core.card import Card
from quietdrip.core.dosing import plan
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.reasons import Refusal
from quietdrip.library import read
from tests.core import oracle
from tests.core.made import LIBRARY

ENTRIES, SHELF = oracle.library(LIBRARY)
STARTABLE = sorted(id for id, e in ENTRIES.items() if e["activation"] != "reference-only")
WEIGHTS = (
    "30",
    "37.5",
    "45",
    "50",
    "61.3",
    "70",
    "71.4",
    "71.5",
    "88.8",
    "100",
    "133.7",
    "166",
    "200",
)
VIALS = ("10 mg/mL", "50 mg/mL", "100 mg/mL")
FINALS = ("1 mg/mL", "2 mg/mL", "5 mg/mL", "10 mg/mL", "50 mg/mL", "3 mg/mL")
CUT = Fraction(1, 1000)  # the card shows three decimals, cut; eight for what was ordered
FINE = Fraction(1, 10**8)
# What a prescriber may give where the source leaves a field open: low, middle, high.
OPEN = {
    "dose": ("0.2 mg/kg", "0.5 mg/kg", "80 mg"),
    "rate": ("10 mg/h", "0.3 mg/kg/h", "50 mg/h"),
    "start-rate": ("10 mg/h", "0.1 mg/kg/h", "25 mg/h"),
    "increment": ("5 mg/h", "0.05 mg/kg/h", "7.5 mg/h"),
    "every": ("60 min", "6 h", "1 d"),
    "max-rate": ("20 mg/h", "0.35 mg/kg/h", "40 mg/h"),
    "over": ("40 min", "100 min", "4 h"),
    "day": ("1 d", "2 d", "3 d"),
}


def fillings(entry: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Three ways to give what an entry leaves open, and one more where it may be climbed."""
    dose = entry["dose"]
    shape = {
        "total": ("dose", "over"),
        "constant": ("rate", "over"),
        "steps": ("start-rate", "increment", "every", "max-rate", "over"),
        "days": ("day",),
    }[dose["shape"]]
    for place in range(3):
        yield {
            name: _pick(dose.get(oracle.KEY_OF.get(name, name), {}), name, place)
            for name in shape
            if name == "day" or "is" not in dose.get(oracle.KEY_OF.get(name, name), {})
        }
    if dose.get("or_steps"):
        yield {"start-rate": "10 mg/h", "increment": "10 mg/h", "every": "60 min"}
        yield {**OPEN_CLIMB, "max-rate": "35 mg/h"}


OPEN_CLIMB = {"start-rate": "15 mg/h", "increment": "10 mg/h", "every": "1 h"}


def _pick(stated: Mapping[str, str] | list[Any], name: str, place: int) -> str:
    if isinstance(stated, list):
        return OPEN[name][place]
    low, high = stated.get("at_least"), stated.get("at_most")
    return (
        ((low, low or high, high)[place] or OPEN[name][place]) if low or high else OPEN[name][place]
    )


def orders(id: str) -> Iterator[oracle.Order]:
    """Every weight, vial, strength and pump, and every way to fill the entry."""
    for weight, vial, final, pump in product(WEIGHTS, VIALS, FINALS, SHELF.pumps):
        for given in fillings(ENTRIES[id]):
            yield oracle.Order(
                entry=ENTRIES[id],
                weight=f"{weight} kg",
                vial=vial,
                final=final,
                pump=pump,
                given=given,
            )


@pytest.fixture(scope="module")
def known() -> tuple[Any, Any]:
    shelf, bounds = read.shelf(), read.bounds()
    assert not isinstance(shelf, Refusal), shelf.says
    assert not isinstance(bounds, Refusal), bounds.says
    return shelf, bounds


@pytest.mark.parametrize("id", STARTABLE)
def test_both_calculators_agree_on_every_card_and_on_every_refusal(
    id: str, known: tuple[Any, Any]
) -> None:
    protocol = read.protocol(id)
    assert not isinstance(protocol, Refusal), protocol.says
    cards = 0
    for place, order in enumerate(orders(id)):
        # Eleven divides none of the counts, so every pair of weight, vial, final and pump is met.
        if place % 11 != len(id) % 11:
            continue
        prescription = prescribe(protocol, known[0], asked_of(order))
        ours = prescription if isinstance(prescription, Refusal) else plan(prescription, *known)
        theirs = oracle.work_out(order, SHELF)
        agree(order, ours, theirs)
        cards += isinstance(ours, Card)
    assert cards > 20


def asked_of(order: oracle.Order) -> Asked:
    """The order as typed, each value typed a second time so that nothing is asked back."""
    return Asked(
        weight=order.weight,
        vial=order.vial,
        final=order.final,
        pump=order.pump,
        last_weight=order.last_weight,
        syringe=order.syringe,
        given=order.given,
        confirmed=order.given,
    )


def agree(order: oracle.Order, ours: Card | Refusal, theirs: oracle.Worked | oracle.No) -> None:
    """The card says what the oracle worked out, or both refuse."""
    if isinstance(theirs, oracle.No):
        assert isinstance(ours, Refusal), (order, theirs)
        return
    assert isinstance(ours, Card), (order, ours)
    for name, shown, exact, within in numbers(ours, theirs):
        assert 0 <= exact - Fraction(shown) < within, (name, shown, exact, order)
    assert [s.rate_ml_per_h for s in ours.steps] == [p.ml_per_h for p in theirs.pieces], order
    assert ours.draw_up.vials == theirs.vials, order
    hits = {r.id for r in ours.warnings} & {limit["id"] for limit in SHELF.limits}
    assert hits == theirs.hits, order
    assert ("rate-cap" in {r.id for r in ours.warnings}) == theirs.capped, order


def numbers(ours: Card, theirs: oracle.Worked) -> Iterator[tuple[str, Decimal, Fraction, Fraction]]:
    """Each number of the card with the exact one and how much may be cut off it."""
    recipe = ours.draw_up
    yield "weight", ours.weight_kg, theirs.weight_kg, FINE
    yield "total", ours.total_mg, theirs.total_mg, FINE
    yield "delivered", ours.delivered.total_mg, theirs.delivered_mg, CUT
    yield "drug", recipe.drug_ml, theirs.drug_ml, CUT
    yield "final", recipe.final_volume_ml, theirs.final_ml, CUT
    # What stays over is shown so that it and the delivered milligrams sum to the prepared ones.
    yield "residual", -recipe.residual_mg, -theirs.residual_mg, CUT
    yield "waste", recipe.waste_mg, theirs.waste_mg, CUT
    assert len(ours.steps) == len(theirs.pieces)
    for step, piece in zip(ours.steps, theirs.pieces, strict=True):
        yield "start", step.start_min, piece.start_min, CUT
        yield "for", step.for_min, piece.for_min, CUT
        yield "rate", step.rate_mg_per_h, piece.mg_per_h, FINE
    assert len(recipe.fillings) == len(theirs.syringes_ml)
    for filling, volume_ml in zip(recipe.fillings, theirs.syringes_ml, strict=True):
        yield "syringe", filling.volume_ml, volume_ml, CUT


def test_the_oracle_itself_says_35_mg_and_52_5_ml_per_h() -> None:
    worked = oracle.work_out(
        oracle.Order(
            entry=ENTRIES["mood-single-05-40"],
            weight="70 kg",
            vial="50 mg/mL",
            final="1 mg/mL",
            pump="generic-0.01",
        ),
        SHELF,
    )

    assert isinstance(worked, oracle.Worked)
    assert worked.total_mg == 35
    assert worked.pieces[0].ml_per_h == Fraction("52.5")
