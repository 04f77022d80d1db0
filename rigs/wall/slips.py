"""Every slip of a hand: one key, a comma, another unit, another field, another vial.

Texts in, texts out; what a slip means is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from numpy.random import Generator

from tests.core.oracle import Order
from tests.core.oracle_text import UNITS

KEYS = "0123456789.,-e "
BESIDE = {"0": "1.", "1": "02", "2": "13", "3": "24", "4": "35", "5": "46", "6": "57", "7": "68",
          "8": "79", "9": "80", ".": ",0"}  # fmt: skip
KG_PER_LB = Decimal("0.45359237")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One mutant: what sort of slip, in which field, and the order as it was then typed."""

    kind: str
    field: str
    typed: Order


def slips(order: Order, chance: Generator) -> Iterator[Slip]:
    """Every slip on every typed text of an order, each mutant once."""
    seen: set[tuple[str, str]] = set()
    for field, text in texts(order).items():
        for kind, changed in (
            *_keys(text),
            *_forms(text),
            *_relabels(text),
            *_of_field(field, text),
        ):
            if changed != text and (field, changed) not in seen:
                seen.add((field, changed))
                yield Slip(kind=kind, field=field, typed=with_text(order, field, changed))
    yield from _old_weights(order, chance)
    yield from _swapped_fields(order)


def texts(order: Order) -> dict[str, str]:
    """What was typed, by field."""
    return {"weight": order.weight, "vial": order.vial, "final": order.final, **order.given}


def with_text(order: Order, field: str, text: str) -> Order:
    """The order with one text changed."""
    match field:
        case "weight":
            return replace(order, weight=text)
        case "vial":
            return replace(order, vial=text)
        case "final":
            return replace(order, final=text)
        case _:
            return replace(order, given={**order.given, field: text})


def _keys(text: str) -> Iterator[tuple[str, str]]:
    """Every single-key edit: insert, delete, double, swap with the next, hit the key beside."""
    for at in range(len(text) + 1):
        for key in KEYS:
            yield "insert", text[:at] + key + text[at:]
    for at, key in enumerate(text):
        yield "double", text[:at] + key + text[at:]
        yield "delete", text[:at] + text[at + 1 :]
        yield "swap", text[:at] + text[at + 1 : at + 2] + key + text[at + 2 :]
        for other in BESIDE.get(key, ""):
            yield "key-beside", text[:at] + other + text[at + 1 :]


def _forms(text: str) -> Iterator[tuple[str, str]]:
    """Decimal commas and grouping marks, then 21 odd forms that some readers of numbers accept."""
    number, unit = text.split(" ", 1)
    whole, _, decimals = number.partition(".")
    yield "comma", f"{whole},{decimals or '0'} {unit}"
    for mark in (",", ".", " ", "'", "\u2009", "\u066b"):
        yield "grouping", f"{number}{mark}000 {unit}"
        yield "grouping", f"1{mark}{whole.zfill(3)} {unit}"
    arabic = "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in number)
    full = "".join(chr(0xFF10 + int(c)) if c.isdigit() else c for c in number)
    odd = (
        f"1_0 {unit}", f"{number}_ {unit}", f"{full} {unit}", f"{arabic} {unit}", f"1e2 {unit}",
        f"{number}e0 {unit}", f"1e400 {unit}", "NaN", f"nan {unit}", f"inf {unit}",
        f"-{number} {unit}",
        f"+{number} {unit}", f".{whole} {unit}", f"{whole}. {unit}", f"0{number} {unit}",
        f"0x{whole} {unit}", f"{number}\u00a0{unit}", f"{number}\t{unit}", f"{text}\n",
        f"{number} {unit} {unit}", f"\u200b{text}",
    )  # fmt: skip
    for form in odd:
        yield "odd-form", form
    yield "trailing-zero", f"{whole}.{decimals}0 {unit}"


def _relabels(text: str) -> Iterator[tuple[str, str]]:
    """The number with every other unit, with none, and with capitals changed."""
    number, unit = text.split(" ", 1)
    for other in UNITS:
        yield "relabel", f"{number} {other}"
    yield "no-unit", number
    yield "unit-case", f"{number} {unit.upper()}"
    yield "unit-case", f"{number} {unit.title()}"


def _of_field(field: str, text: str) -> Iterator[tuple[str, str]]:
    """Pounds for kilograms and back, another vial, another final concentration."""
    number = Decimal(text.split(" ", 1)[0])
    if field == "weight":
        pounds, stones = number / KG_PER_LB, number * KG_PER_LB
        yield "pounds-as-kg", f"{pounds:.1f} kg"
        yield "kg-as-pounds", f"{number} lb"
        yield "kg-as-pounds", f"{stones:.1f} kg"
        yield "in-pounds", f"{pounds:.1f} lb"
    if field == "vial":
        for strength in ("10", "20", "50", "100", "200"):
            yield "vial-swap", f"{strength} mg/mL"
    if field == "final":
        for strength in ("1", "2", "3", "4.8", "5", "10", "20", "50", "100"):
            yield "final-swap", f"{strength} mg/mL"


def _old_weights(order: Order, chance: Generator) -> Iterator[Slip]:
    """The weight of an earlier visit, or one that was guessed."""
    kg = Decimal(order.weight.split(" ")[0])
    for _ in range(4):
        factor = Decimal(f"{chance.uniform(0.65, 1.5):.3f}")
        text = f"{(kg * factor).quantize(Decimal('0.1'))} kg"
        yield Slip(kind="old-weight", field="weight", typed=replace(order, weight=text))


def _swapped_fields(order: Order) -> Iterator[Slip]:
    """Two texts typed in each other's place, and two numbers under each other's units."""
    typed = texts(order)
    names = list(typed)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            swapped = with_text(with_text(order, one, typed[other]), other, typed[one])
            yield Slip(kind="field-swap", field=f"{one}/{other}", typed=swapped)
            (a, unit_a), (b, unit_b) = typed[one].split(" ", 1), typed[other].split(" ", 1)
            numbers = with_text(with_text(order, one, f"{b} {unit_a}"), other, f"{a} {unit_b}")
            yield Slip(kind="number-swap", field=f"{one}/{other}", typed=numbers)
