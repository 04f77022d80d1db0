"""A second calculator that shares no code with the one under test: texts in, exact fractions out.

It reads the library's files itself, letter by letter, and works a card out the long way, so that
the two can only agree by both being right. Nothing here imports the package.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.core.oracle_text import Amount, read, sure

FIELD_MEASURES = {
    "dose": ("mass", "dose/kg"), "bolus": ("mass", "dose/kg"),
    "rate": ("rate", "rate/kg"), "start-rate": ("rate", "rate/kg"),
    "increment": ("rate", "rate/kg"), "max-rate": ("rate", "rate/kg"),
    "every": ("time",), "over": ("time",), "day": ("time",),
    "weight": ("weight",), "vial": ("strength",), "final": ("strength",),
}  # fmt: skip
KEY_OF = {"start-rate": "start", "max-rate": "ceiling"}
CLIMB = ("start-rate", "increment", "every", "max-rate")


@dataclass(frozen=True)
class Order:
    """What somebody typed for a card, and the library's entry it was typed for."""

    entry: Mapping[str, Any]
    weight: str
    vial: str
    final: str
    pump: str
    given: Mapping[str, str] = field(default_factory=dict)
    syringe: str = ""
    last_weight: str = ""


@dataclass(frozen=True)
class Shelf:
    """The raw files of vials, strengths, syringes and pumps, with limits and tolerances."""

    vials: Sequence[Mapping[str, Any]]
    strengths: Sequence[Fraction]
    syringes: Sequence[Fraction]
    pumps: Mapping[str, Mapping[str, Any]]
    draw_step_ml: Fraction
    limits: Sequence[Mapping[str, Any]]
    weight_kg: tuple[Fraction, Fraction]
    weight_change: Fraction
    rounding_at_most: Fraction


@dataclass(frozen=True)
class Piece:
    """A constant rate: ordered in mg/h, set in mL/h."""

    start_min: Fraction
    for_min: Fraction
    mg_per_h: Fraction
    ml_per_h: Fraction = Fraction(0)


@dataclass(frozen=True)
class Worked:
    """A card, worked out the long way. `hits` are the ids of the limits that bite."""

    weight_kg: Fraction
    bolus_mg: Fraction
    bolus_ml: Fraction
    pieces: tuple[Piece, ...]
    total_mg: Fraction
    delivered_ml: Fraction
    delivered_mg: Fraction
    final_ml: Fraction
    drug_ml: Fraction
    syringes_ml: tuple[Fraction, ...]
    vials: int
    residual_mg: Fraction
    waste_mg: Fraction
    capped: bool
    hits: frozenset[str]

    @property
    def peak_mg_per_h(self) -> Fraction:
        """The highest ordered rate."""
        return max((piece.mg_per_h for piece in self.pieces), default=Fraction(0))


@dataclass(frozen=True)
class No:
    """Why there is no card, in one word or two."""

    why: str


class Stop(Exception):
    """A rule that ends the calculation."""


def library(folder: Path) -> tuple[dict[str, Mapping[str, Any]], Shelf]:
    """Every protocol by its id, and the shelf, read from a library folder."""
    protocols = {path.stem: _toml(path) for path in sorted((folder / "protocols").glob("*.toml"))}
    listed = _toml(folder / "shelf.toml")
    bounds = _toml(folder / "limits.toml")
    limits = bounds["tolerances"]
    shelf = Shelf(
        vials=[_toml(folder / "vials" / f"{id}.toml") for id in listed["vials"]],
        strengths=[_size(folder, "strengths", id, "strength") for id in listed["strengths"]],
        syringes=[_size(folder, "syringes", id, "volume") for id in listed["syringes"]],
        pumps={id: _toml(folder / "pumps" / f"{id}.toml") for id in listed["pumps"]},
        draw_step_ml=sure(listed["draw_step"]).size,
        limits=bounds["limit"],
        weight_kg=(sure(limits["weight"]["at_least"]).size, sure(limits["weight"]["at_most"]).size),
        weight_change=_percent(limits["weight_change"]["is"]),
        rounding_at_most=_percent(limits["rounding"]["refused"]),
    )
    return protocols, shelf


def _toml(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _size(folder: Path, room: str, id: str, key: str) -> Fraction:
    return sure(_toml(folder / room / f"{id}.toml")[key]).size


def _percent(text: str) -> Fraction:
    return Fraction(text.split(" ")[0]) / 100


def work_out(order: Order, shelf: Shelf) -> Worked | No:
    """The card for an order, or why there is none. Weights not typed again count as typed once."""
    try:
        return _work_out(order, shelf)
    except Stop as stop:
        return No(why=str(stop))


def _work_out(order: Order, shelf: Shelf) -> Worked:
    if order.entry["activation"] == "reference-only":
        raise Stop("reference-only")
    kg = _typed(order.weight, "weight").size
    if not shelf.weight_kg[0] <= kg <= shelf.weight_kg[1]:
        raise Stop("weight-range")
    if order.last_weight:
        last = _typed(order.last_weight, "weight").size
        if abs(kg - last) > last * shelf.weight_change:
            raise Stop("weight-changed")
    given = {name: _typed(text, name) for name, text in order.given.items()}
    bolus_mg, pieces, capped = _ordered(order.entry, given, kg)
    vial = _vial(order.vial, shelf)
    mg_per_ml = _final(order.final, vial, shelf)
    pump = shelf.pumps[order.pump]
    pieces = tuple(_on_pump(piece, mg_per_ml, pump, shelf) for piece in pieces)
    total_mg = bolus_mg + sum(p.mg_per_h * p.for_min / 60 for p in pieces)
    hits = frozenset(_hits(order.entry, shelf.limits, bolus_mg, pieces, total_mg, kg))
    if any(limit["kind"] == "hard" and limit["id"] in hits for limit in shelf.limits):
        raise Stop("hard-limit")
    bolus_ml = _down(bolus_mg / mg_per_ml, sure(pump["volume_step"]).size)
    if bolus_mg and bolus_ml * mg_per_ml < bolus_mg * (1 - shelf.rounding_at_most):
        raise Stop("rounding")
    flowed_ml = sum((p.ml_per_h * p.for_min / 60 for p in pieces), Fraction(0))
    mix = sure(vial["strength"]).size / mg_per_ml
    syringes_ml = _filled(total_mg / mg_per_ml, mix, order.syringe, shelf)
    final_ml = sum(syringes_ml, Fraction(0))
    vials = _up(final_ml / mix, sure(vial["volume"]).size) / sure(vial["volume"]).size
    delivered_ml = bolus_ml + flowed_ml
    return Worked(
        weight_kg=kg,
        bolus_mg=bolus_mg,
        bolus_ml=bolus_ml,
        pieces=pieces,
        total_mg=total_mg,
        delivered_ml=delivered_ml,
        delivered_mg=delivered_ml * mg_per_ml,
        final_ml=final_ml,
        drug_ml=final_ml / mix,
        syringes_ml=syringes_ml,
        vials=int(vials),
        residual_mg=(final_ml - delivered_ml) * mg_per_ml,
        waste_mg=vials * sure(vial["content"]).size - final_ml * mg_per_ml,
        capped=capped,
        hits=hits,
    )


def _typed(text: str, name: str) -> Amount:
    amount = read(text)
    if amount is None:
        raise Stop("malformed")
    if amount.measures not in FIELD_MEASURES[name]:
        raise Stop("wrong-unit")
    return amount


def _value(
    stated: Mapping[str, str], given: Mapping[str, Amount], name: str, kg: Fraction
) -> Amount | None:
    """The one value of a field; None where nobody states it."""
    low = stated.get("is") or stated.get("at_least")
    high = stated.get("is") or stated.get("at_most")
    value = given.get(name) or (sure(stated["is"]) if "is" in stated else None)
    if value is None:
        return None
    if value.size == 0:
        raise Stop("zero")
    if low and name != "max-rate" and _for(value, kg) < _for(sure(low), kg):
        raise Stop("outside-protocol")
    if high and _for(value, kg) > _for(sure(high), kg):
        raise Stop("outside-protocol")
    return value


def _for(amount: Amount, kg: Fraction) -> Fraction:
    return amount.size * kg if amount.measures.endswith("/kg") else amount.size


def _ordered(
    entry: Mapping[str, Any], given: Mapping[str, Amount], kg: Fraction
) -> tuple[Fraction, tuple[Piece, ...], bool]:
    """Bolus in mg, ordered pieces, and whether the protocol's cap lowered one of them."""
    dose = entry.get("dose", {})
    shape = dose.get("shape", "")
    climbs = shape == "steps" or (dose.get("or_steps") and any(n in given for n in CLIMB))
    known = _names(shape, bool(dose.get("or_steps")), climbs) | (
        {"bolus"} if "bolus" in entry else set()
    )
    if set(given) - known:
        raise Stop("no-such-field")
    bolus = _needed(entry.get("bolus"), given, "bolus", kg) if "bolus" in entry else Fraction(0)
    if shape == "days":
        number = given["day"].size / 1440 if "day" in given else Fraction(0)
        days = [day for place, day in enumerate(dose["day"], 1) if place == number]
        if not days:
            raise Stop("no-such-day")
        rate, over = sure(days[0]["rate"]["is"]), sure(days[0]["over"]["is"])
        return bolus, *_capped([Piece(Fraction(0), over.size, _for(rate, kg))], days[0].get("cap"))
    over_min = _needed(dose.get("over"), given, "over", kg)
    if shape == "total":
        mg = _needed(dose.get("dose"), given, "dose", kg)
        return bolus, (Piece(Fraction(0), over_min, mg * 60 / over_min),), False
    if climbs:
        return bolus, *_capped(_climb(dose, given, kg, over_min), dose.get("cap"))
    rate_mg = _needed(dose.get("rate"), given, "rate", kg)
    return bolus, *_capped([Piece(Fraction(0), over_min, rate_mg)], dose.get("cap"))


def _names(shape: str, or_steps: bool, climbs: bool) -> set[str]:
    if shape == "days":
        return {"day"}
    if shape == "total":
        return {"dose", "over"}
    if climbs:
        return {*CLIMB, "over"}
    return {"rate", "over"}


def _needed(
    stated: Mapping[str, str] | None, given: Mapping[str, Amount], name: str, kg: Fraction
) -> Fraction:
    value = _value(stated or {}, given, name, kg)
    if value is None:
        raise Stop(f"not-stated-{name}")
    return _for(value, kg)


def _climb(
    dose: Mapping[str, Any], given: Mapping[str, Amount], kg: Fraction, over_min: Fraction
) -> list[Piece]:
    """The staircase, interval by interval, neighbours of one rate joined."""
    shared = dose.get("rate", {}) if dose.get("or_steps") else {}
    start = _needed(dose.get("start", shared), given, "start-rate", kg)
    by = _needed(dose.get("increment"), given, "increment", kg)
    every = _needed(dose.get("every"), given, "every", kg)
    top_text = dose.get("ceiling", shared)
    top = _value(top_text, given, "max-rate", kg)
    if top is None and "at_most" in shared:
        top = sure(shared["at_most"])
    if top is None and not dose.get("or_steps"):
        raise Stop("not-stated-max-rate")
    if top is not None and start > _for(top, kg):
        raise Stop("start-above-ceiling")
    pieces: list[Piece] = []
    for place in range(10_000):
        at = place * every
        if at >= over_min:
            break
        rate = start + place * by
        rate = rate if top is None else min(rate, _for(top, kg))
        pieces.append(Piece(at, min(every, over_min - at), rate))
    return pieces


def _capped(pieces: Sequence[Piece], cap_text: str | None) -> tuple[tuple[Piece, ...], bool]:
    """The pieces under a cap in mg/h, neighbours of one rate joined to one piece."""
    cap = sure(cap_text).size if cap_text else None
    joined: list[Piece] = []
    for piece in pieces:
        rate = piece.mg_per_h if cap is None else min(cap, piece.mg_per_h)
        if joined and joined[-1].mg_per_h == rate:
            last = joined.pop()
            joined.append(Piece(last.start_min, last.for_min + piece.for_min, rate))
        else:
            joined.append(Piece(piece.start_min, piece.for_min, rate))
    return tuple(joined), cap is not None and any(p.mg_per_h > cap for p in pieces)


def _vial(text: str, shelf: Shelf) -> Mapping[str, Any]:
    strength = _typed(text, "vial").size
    for vial in shelf.vials:
        if sure(vial["strength"]).size == strength:
            return vial
    raise Stop("no-such-vial")


def _final(text: str, vial: Mapping[str, Any], shelf: Shelf) -> Fraction:
    mg_per_ml, strength = _typed(text, "final").size, sure(vial["strength"]).size
    if mg_per_ml not in shelf.strengths:
        raise Stop("not-signed")
    if mg_per_ml > strength or mg_per_ml > sure(vial["strongest_iv"]).size:
        raise Stop("too-strong")
    if mg_per_ml < strength and not vial["may_dilute"]:
        raise Stop("not-to-be-diluted")
    return mg_per_ml


def _on_pump(piece: Piece, mg_per_ml: Fraction, pump: Mapping[str, Any], shelf: Shelf) -> Piece:
    exact = piece.mg_per_h / mg_per_ml
    for band in pump["step"]:
        if "below" not in band or exact < sure(band["below"]).size:
            rate = _down(exact, sure(band["step"]).size)
            break
    if rate > sure(pump["fastest"]).size or rate < sure(pump["slowest"]).size:
        raise Stop("pump-range")
    if rate < exact * (1 - shelf.rounding_at_most):
        raise Stop("rounding")
    return Piece(piece.start_min, piece.for_min, piece.mg_per_h, rate)


def _hits(
    entry: Mapping[str, Any],
    limits: Sequence[Mapping[str, Any]],
    bolus_mg: Fraction,
    pieces: Sequence[Piece],
    total_mg: Fraction,
    kg: Fraction,
) -> list[str]:
    sizes = {
        "bolus": bolus_mg / kg,
        "rate": max((p.mg_per_h for p in pieces), default=Fraction(0)) / kg,
        "day": bolus_mg + _most_in_a_day(pieces),
        "dose": total_mg / kg if entry.get("dose", {}).get("shape") == "total" else Fraction(0),
    }
    hits = []
    for limit in limits:
        size, bound = sizes[limit["measure"]], sure(limit["limit"]).size
        here = set(limit["programmes"]) & set(entry["programmes"]) and (
            entry["outpatient"] or not limit.get("outpatient_only")
        )
        if here and (size >= bound if limit["bites"] == "reaching" else size > bound):
            hits.append(limit["id"])
    return hits


def _most_in_a_day(pieces: Sequence[Piece]) -> Fraction:
    """Slides a window of 24 h from one change of rate to the next."""
    changes = [p.start_min for p in pieces] + [p.start_min + p.for_min for p in pieces]
    opens = changes + [at - 1440 for at in changes]
    sums = []
    for open_min in opens:
        inside = Fraction(0)
        for p in pieces:
            since, until = max(p.start_min, open_min), min(p.start_min + p.for_min, open_min + 1440)
            inside += p.mg_per_h * max(Fraction(0), until - since) / 60
        sums.append(inside)
    return max(sums, default=Fraction(0))


def _filled(need_ml: Fraction, mix: Fraction, syringe: str, shelf: Shelf) -> tuple[Fraction, ...]:
    """Volumes of the syringes, each a whole number of drug graduations."""
    grain = shelf.draw_step_ml * mix
    sizes = [sure(syringe).size] if syringe else sorted(shelf.syringes)
    if syringe and sizes[0] not in shelf.syringes:
        raise Stop("no-such-syringe")
    room = [_down(size, grain) for size in sizes]
    holds = next((ml for ml in room if ml >= _up(need_ml, grain)), room[-1])
    if holds == 0:
        raise Stop("syringe-too-small")
    volumes, left = [], need_ml
    while left > 0:
        volumes.append(min(holds, _up(left, grain)))
        left -= holds
    return tuple(volumes)


def _down(value: Fraction, step: Fraction) -> Fraction:
    return value // step * step


def _up(value: Fraction, step: Fraction) -> Fraction:
    return -(-value // step) * step
