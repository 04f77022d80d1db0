"""The dose wall: every slip of a hand against the grammar, the limits and the second look.

True orders are changed one slip at a time. An oracle that shares no code with the package works
out what would reach the patient: a slip that would harm must be stopped, one that would not must
give a card. `--control` runs a build that repairs what is typed and has no second look; it fails.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from fractions import Fraction
from unittest.mock import patch

import numpy as np

from quietdrip.core import prescription
from quietdrip.core.card import Card
from quietdrip.core.check import check, read_back
from quietdrip.core.dosing import plan
from quietdrip.core.equipment import Shelf
from quietdrip.core.limits import Bounds
from quietdrip.core.prescription import Asked, Prescription, prescribe
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import Kind, Quantity, parse_as
from quietdrip.library import read
from rigs import frame
from rigs.wall import repairing
from rigs.wall.orders import RANDOM_PLANS, SHELF, TrueOrder, second_typing, true_orders
from rigs.wall.slips import Slip, slips, texts
from tests.core import oracle, oracle_text

OFF_BY = Fraction(1, 10)  # harmful: more off than this in milligrams or in the highest rate
SET_OFF_BY = Fraction(1, 20)  # the same for what a pump was set to
AGREES_BY = Fraction(1, 50)
WRONGLY_REFUSED = Fraction(1, 100)
SETTINGS = 40  # pump settings read back for each true order
ALL = 1_000_000
NO_CARD = ("malformed", "wrong-unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The package with its own library; the control has no second look."""

    protocols: Mapping[str, Protocol]
    shelf: Shelf
    bounds: Bounds
    second_look: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What a mutant met: refused, asked-back, re-entry or nothing, with the reasons' ids."""

    by: str
    why: tuple[str, ...] = ()
    stored_wrong: bool = False


def trials(asked: frame.Asked) -> Iterator[frame.Trial]:
    """One line for each mutant and one for the share of harmless ones refused; prints a summary."""
    counts: Counter[str] = Counter()
    human: Counter[str] = Counter()
    repair = patch.object(prescription, "parse_as", repairing.parse_as)
    with repair if asked.control else nullcontext():
        for trial in _mutants(asked, _build(second_look=not asked.control)):
            counts[f"{trial['class']}: {trial['by']}"] += 1
            counts["stored other than typed"] += "stored_wrong" in trial
            if trial["class"] == "harmful" and trial["by"] == "re-entry":
                human[str(trial["kind"])] += 1
            yield trial
    yield _share_wrongly_refused(counts)
    for title, rows in (("What met them", counts), ("Stopped only by the second look", human)):
        print(f"\n{title}")
        for name, number in sorted(rows.items()):
            print(f"  {number:>8}  {name}")
    print()


def _build(*, second_look: bool) -> Build:
    shelf, bounds = read.shelf(), read.bounds()
    assert isinstance(shelf, Shelf), shelf
    assert isinstance(bounds, Bounds), bounds
    protocols = {}
    for id in read.protocol_ids():
        protocol = read.protocol(id)
        assert isinstance(protocol, Protocol), protocol
        protocols[id] = protocol
    return Build(protocols=protocols, shelf=shelf, bounds=bounds, second_look=second_look)


def _mutants(asked: frame.Asked, build: Build) -> Iterator[dict[str, object]]:
    """An equal share of slips and of pump settings from each true order, at most all of them."""
    share = -(-asked.trials // (RANDOM_PLANS + 3))
    for place, true in enumerate(true_orders(asked.seed)):
        yield _judged(true, Slip(kind="none", field="", typed=true.order), build)
        chance = np.random.default_rng([asked.seed, place])
        made = list(slips(true.order, chance))
        settings = max(2, min(SETTINGS, share // 8))
        if share - settings < len(made):
            chosen = chance.permutation(len(made))[: max(1, share - settings)]
            made = [made[which] for which in sorted(chosen)]
        for slip in made:
            yield _judged(true, slip, build)
        yield from _settings_read_back(true, build, chance, settings)


def _judged(true: TrueOrder, slip: Slip, build: Build) -> dict[str, object]:
    kind = _class(true, slip)
    met = _met(true, slip, build)
    held = {
        "malformed": met.by == "refused",
        "forbidden": met.by in ("refused", "asked-back"),
        "harmful": met.by in ("refused", "asked-back", "re-entry"),
        "no effect": True,
        "harmless": True,  # their share is judged at the end
        "true": met.by == "nothing",
    }[kind]
    changed = {
        name: text for name, text in texts(slip.typed).items() if texts(true.order)[name] != text
    }
    trial: dict[str, object] = {
        "order": true.name,
        "kind": slip.kind,
        "typed": changed,
        "class": kind,
        "by": met.by,
        "held": held and not met.stored_wrong,
    }
    if met.why and kind != "malformed":
        trial["why"] = met.why
    if met.stored_wrong:
        trial["stored_wrong"] = True
    return trial


def _class(true: TrueOrder, slip: Slip) -> str:
    """What the mutant is, by the oracle alone.

    `no effect` is a value more than a tenth off that by chance changes nothing here, such as an
    increment that a ceiling cuts anyway: neither a card nor a question back would be wrong.
    """
    if slip.kind == "none":
        return "true"
    worked = oracle.work_out(slip.typed, SHELF)
    if isinstance(worked, oracle.No):
        return "malformed" if worked.why in NO_CARD else "forbidden"
    if _harms(true, slip, worked):
        return "harmful"
    meant, typed = texts(true.order), texts(slip.typed)
    far = any(_far(oracle_text.sure(meant[name]), oracle_text.sure(typed[name])) for name in meant)
    return "no effect" if far else "harmless"


def _far(meant: oracle_text.Amount, typed: oracle_text.Amount) -> bool:
    return meant.measures != typed.measures or abs(typed.size - meant.size) > meant.size * OFF_BY


def _harms(true: TrueOrder, slip: Slip, worked: oracle.Worked) -> bool:
    """Whether bolus, total or highest rate would be off by more than a tenth, or a cap passed.

    The vial in the hand and the syringe on the pump are the true ones, whatever was typed: drug is
    drawn from the true vial, and a syringe labelled with the true final strength holds that.
    """
    conc = _in_hand(true, slip, worked)
    mg, true_mg = worked.delivered_mg * conc, true.worked.delivered_mg
    peak = (
        max((p.ml_per_h for p in worked.pieces), default=Fraction(0)) * _strength(slip.typed) * conc
    )
    bolus = worked.bolus_ml * _strength(slip.typed) * conc
    off = (
        abs(mg - true_mg) > true_mg * OFF_BY
        or abs(peak - true.worked.peak_mg_per_h) > true.worked.peak_mg_per_h * OFF_BY
        or abs(bolus - true.worked.bolus_mg) > true.worked.bolus_mg * OFF_BY
    )
    return off or any(
        peak / true.worked.weight_kg >= oracle_text.sure(limit["limit"]).size
        for limit in SHELF.limits
        if limit["kind"] == "hard" and limit["measure"] == "rate"
    )


def _in_hand(true: TrueOrder, slip: Slip, worked: oracle.Worked) -> Fraction:
    """The true strength in the syringe as a part of the one the card was typed for."""
    typed_final, true_final = _strength(slip.typed), _strength(true.order)
    if typed_final != true_final:
        return true_final / typed_final
    return oracle_text.sure(true.order.vial).size / oracle_text.sure(slip.typed.vial).size


def _strength(order: oracle.Order) -> Fraction:
    return oracle_text.sure(order.final).size


def _met(true: TrueOrder, slip: Slip, build: Build) -> Met:
    """The way of a mutant through the package: the door, the plan, the second look."""
    order = slip.typed
    asked = Asked(
        weight=order.weight, vial=order.vial, final=order.final, pump=order.pump, given=order.given,
        last_weight=order.last_weight,
    )  # fmt: skip
    ready = prescribe(build.protocols[true.entry_id], build.shelf, asked)
    if isinstance(ready, Refusal):
        return _refused(ready)
    wrong = _stored_wrong(ready, order)
    card = plan(ready, build.shelf, build.bounds)
    if isinstance(card, Refusal):
        return _refused(card, stored_wrong=wrong)
    differs = _second_look(true, card, build)
    if differs is not None:
        why = tuple(sorted({reason.field for reason in differs.reasons}))
        return Met(by="re-entry", why=why, stored_wrong=wrong)
    return Met(by="nothing", stored_wrong=wrong)


def _second_look(true: TrueOrder, card: Card, build: Build) -> Refusal | None:
    """The blind re-entry by somebody who reads drug and strength off the vial that lies there."""
    if not build.second_look:
        return None
    strength = oracle_text.sure(true.order.vial).size
    drug = next(v.drug for v in build.shelf.vials if v.strength_mg_per_ml == strength)
    return check(card, drug, second_typing(true), build.bounds)


def _refused(refusal: Refusal, *, stored_wrong: bool = False) -> Met:
    only_asked = all(reason.kind == "asked-back" for reason in refusal.reasons)
    why = tuple(sorted({reason.id for reason in refusal.reasons}))
    return Met(by="asked-back" if only_asked else "refused", why=why, stored_wrong=stored_wrong)


def _stored_wrong(ready: Prescription, order: oracle.Order) -> bool:
    """Whether any value was stored as something else than the text states, read independently."""
    stored = {
        "weight": ready.weights.actual.canonical,
        "vial": Fraction(ready.vial.strength_mg_per_ml),
        "final": Fraction(ready.strength.mg_per_ml),
        **{name: quantity.canonical for name, quantity in ready.given.items()},
    }
    for name, text in texts(order).items():
        amount = oracle_text.read(text)
        if amount is None or amount.size != stored[name]:
            return True
    return False


def _settings_read_back(
    true: TrueOrder, build: Build, chance: np.random.Generator, count: int
) -> Iterator[dict[str, object]]:
    """Numbers of the card in each other's fields of the pump, and in their own."""
    first = true.worked.pieces[0]
    right = (first.ml_per_h, first.ml_per_h * first.for_min / 60, first.for_min)
    pool = (*right, first.mg_per_h, true.worked.total_mg, true.worked.final_ml, first.for_min / 60,
            right[0] * 10, right[0] / 10, right[1] * 10, _strength(true.order))  # fmt: skip
    card = _card(true, build)
    for number in range(count):
        chosen = (
            right
            if number == 0
            else tuple(pool[place] for place in chance.integers(len(pool), size=3))
        )
        kind = "true" if number == 0 else _class_of_setting(chosen, right)
        shown = tuple(
            f"{float(round(size, 3)):.3f}".rstrip("0").rstrip(".") + unit
            for size, unit in zip(chosen, (" mL/h", " mL", " min"), strict=True)
        )
        by = _read_back(card, shown, build)
        yield {
            "order": true.name,
            "kind": "pump-setting",
            "typed": shown,
            "class": kind,
            "by": by,
            "held": kind == "between" or by == ("read-back" if kind == "harmful" else "nothing"),
        }


def _class_of_setting(chosen: tuple[Fraction, ...], right: tuple[Fraction, ...]) -> str:
    """Harmful over a twentieth off, harmless within a fiftieth of all and of each other."""
    off = max(abs(a - b) / b for a, b in zip(chosen, right, strict=True))
    rate_ml_per_h, volume_ml, over_min = chosen
    apart = abs(rate_ml_per_h * over_min / 60 - volume_ml) / volume_ml
    if off > SET_OFF_BY:
        return "harmful"
    return "right" if max(off, apart) <= AGREES_BY else "between"


def _card(true: TrueOrder, build: Build) -> Card:
    order = true.order
    asked = Asked(
        weight=order.weight, vial=order.vial, final=order.final, pump=order.pump, given=order.given
    )
    ready = prescribe(build.protocols[true.entry_id], build.shelf, asked)
    assert isinstance(ready, Prescription), ready
    card = plan(ready, build.shelf, build.bounds)
    assert isinstance(card, Card), card
    return card


def _read_back(card: Card, shown: tuple[str, ...], build: Build) -> str:
    read = [
        parse_as(text, (kind,), "pump")
        for text, kind in zip(shown, (Kind.FLOW, Kind.VOLUME, Kind.TIME), strict=True)
    ]
    rate, volume, over = read
    if not (
        isinstance(rate, Quantity) and isinstance(volume, Quantity) and isinstance(over, Quantity)
    ):
        return "read-back"
    if not build.second_look:
        return "nothing"
    return "nothing" if read_back(card, rate, volume, over, build.bounds) is None else "read-back"


def _share_wrongly_refused(counts: Counter[str]) -> frame.Trial:
    """The closing trial: how many harmless mutants gave no card."""
    wrongly = counts["harmless: refused"] + counts["harmless: asked-back"]
    harmless = sum(number for name, number in counts.items() if name.startswith("harmless"))
    share = Fraction(wrongly, harmless or 1)
    print(
        f"\nHarmless mutants that got no card: {wrongly} of {harmless} ({float(share) * 100:.2f} %)"
    )
    return {
        "kind": "harmless-wrongly-refused",
        "class": "share",
        "by": f"{wrongly}/{harmless}",
        "held": share <= WRONGLY_REFUSED,
    }


if __name__ == "__main__":
    sys.exit(frame.run("dose-wall", trials, trials_by_default=ALL))
