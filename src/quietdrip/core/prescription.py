"""The door: what somebody typed for a card becomes a prescription, or every reason why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeVar

from quietdrip.core.equipment import Diluent, Pump, Shelf, Strength, Syringe, Vial
from quietdrip.core.protocol import Field, Protocol, fields
from quietdrip.core.reasons import Reason, Refusal, refuse, together
from quietdrip.core.units import Kind, Quantity, mg_per_ml, ml, parse_as, plain

WeightKind = Literal["actual", "ideal", "adjusted"]
T = TypeVar("T")
Listed = TypeVar("Listed", Pump, Diluent)
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed, as text, empty where nothing was; `given` and `confirmed` by field name."""

    weight: str
    vial: str
    final: str = ""
    syringe: str = ""
    pump: str = ""
    diluent: str = ""
    ideal_weight: str = ""
    adjusted_weight: str = ""
    dosing_weight: str = ""
    last_weight: str = ""
    start: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The weights of a patient and which of them a person chose for dosing; empty: nobody did."""

    actual: Quantity
    ideal: Quantity | None = None
    adjusted: Quantity | None = None
    last: Quantity | None = None
    chosen: WeightKind | Literal[""] = ""

    @property
    def known(self) -> dict[WeightKind, Quantity]:
        """The weights that were given, by kind."""
        named: tuple[tuple[WeightKind, Quantity | None], ...] = (
            ("actual", self.actual),
            ("ideal", self.ideal),
            ("adjusted", self.adjusted),
        )
        return {kind: weight for kind, weight in named if weight is not None}

    @property
    def typed(self) -> dict[str, Quantity]:
        """Every weight that was typed, the last visit's too, by the name of its field."""
        named = {"weight" if k == "actual" else f"{k}-weight": w for k, w in self.known.items()}
        return named if self.last is None else {**named, "last-weight": self.last}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """Everything a card is computed from. `chosen` says what was picked because nobody named it."""

    protocol: Protocol
    weights: Weights
    given: Mapping[str, Quantity]
    confirmed: Mapping[str, Quantity]
    vial: Vial
    strength: Strength
    syringe: Syringe | None
    pump: Pump
    diluent: Diluent
    start_clock_min: int | None = None
    notes: tuple[Reason, ...] = ()


def prescribe(protocol: Protocol, shelf: Shelf, asked: Asked) -> Prescription | Refusal:
    """The prescription the texts state, or a refusal with a reason for each text at fault."""
    weights = _weights(asked)
    given = _given(protocol, asked.given)
    confirmed = _given(protocol, asked.confirmed, weight_too=True)
    vial = _pick_vial(shelf, asked.vial)
    strength = _pick_strength(shelf, asked.final, vial)
    syringe = _pick_syringe(shelf, asked.syringe)
    pump = _pick(shelf.pumps, asked.pump, "pump", shelf.pumps[0])
    diluent = _pick(shelf.diluents, asked.diluent, "diluent", shelf.diluents[0])
    start = _clock(asked.start)
    parts = (weights, given, confirmed, vial, strength, syringe, pump, diluent, start)
    refusals = [part for part in parts if isinstance(part, Refusal)]
    if refusals:
        return together(*refusals)
    return Prescription(
        protocol=protocol,
        weights=_sure(weights),
        given=_sure(given),
        confirmed=_sure(confirmed),
        vial=_sure(vial),
        strength=_sure(strength),
        syringe=_sure(syringe),
        pump=_sure(pump),
        diluent=_sure(diluent),
        start_clock_min=_sure(start),
        notes=(
            *_trailing_zeros(_sure(given), asked.final),
            *_picked(asked, _sure(strength), shelf),
        ),
    )


def _weights(asked: Asked) -> Weights | Refusal:
    texts = {
        "weight": asked.weight,
        "ideal-weight": asked.ideal_weight,
        "adjusted-weight": asked.adjusted_weight,
        "last-weight": asked.last_weight,
    }
    read: dict[str, Quantity] = {}
    refusals: list[Refusal] = []
    for name, text in texts.items():
        if text or name == "weight":
            quantity = parse_as(text, (Kind.WEIGHT,), name)
            if isinstance(quantity, Refusal):
                refusals.append(quantity)
            else:
                read[name] = quantity
    if asked.dosing_weight not in ("", "actual", "ideal", "adjusted"):
        says = f"'{asked.dosing_weight}' is no dosing weight; choose actual, ideal or adjusted."
        refusals.append(refuse("dosing-weight-unknown", says, field="dosing-weight"))
    if refusals:
        return together(*refusals)
    return Weights(
        actual=read["weight"],
        ideal=read.get("ideal-weight"),
        adjusted=read.get("adjusted-weight"),
        last=read.get("last-weight"),
        chosen=asked.dosing_weight,  # type: ignore[arg-type]  # checked above
    )


def _given(
    protocol: Protocol, texts: Mapping[str, str], *, weight_too: bool = False
) -> dict[str, Quantity] | Refusal:
    known: dict[str, Field] = {each.name: each for each in fields(protocol)}
    read: dict[str, Quantity] = {}
    refusals: list[Refusal] = []
    for name, text in texts.items():
        kinds = known[name].kinds if name in known else ()
        if weight_too and name == "weight":
            kinds = (Kind.WEIGHT,)
        if not kinds:
            refusals.append(_no_such_field(protocol, name, tuple(known)))
            continue
        quantity = parse_as(text, kinds, name)
        if isinstance(quantity, Refusal):
            refusals.append(quantity)
        else:
            read[name] = quantity
    return together(*refusals) if refusals else read


def _no_such_field(protocol: Protocol, name: str, known: tuple[str, ...]) -> Refusal:
    has = f"it has {', '.join(known)}" if known else "it has none that can be given"
    return refuse("field-unknown", f"{protocol.id} has no field '{name}'; {has}.", field=name)


def _pick_vial(shelf: Shelf, text: str) -> Vial | Refusal:
    by_id = {vial.id: vial for vial in shelf.vials}
    if text in by_id:
        return by_id[text]
    quantity = parse_as(text, (Kind.STRENGTH,), "vial")
    if isinstance(quantity, Refusal):
        return quantity
    for vial in shelf.vials:
        if Fraction(vial.strength_mg_per_ml) == mg_per_ml(quantity):
            return vial
    have = ", ".join(f"{plain(vial.strength_mg_per_ml)} mg/mL" for vial in shelf.vials)
    return refuse(
        "vial-unknown", f"No vial of {text} is on the list; there are {have}.", field="vial"
    )


def _pick_strength(shelf: Shelf, text: str, vial: Vial | Refusal) -> Strength | Refusal:
    if not text:
        if isinstance(vial, Refusal):
            return shelf.strengths[0]
        return _first_makeable(shelf, vial)
    return signed_strength(shelf, text, None if isinstance(vial, Refusal) else vial)


def signed_strength(shelf: Shelf, text: str, vial: Vial | None = None) -> Strength | Refusal:
    """The final concentration a text names, if it is on the signed list."""
    quantity = parse_as(text, (Kind.STRENGTH,), "final")
    if isinstance(quantity, Refusal):
        return quantity
    for strength in shelf.strengths:
        if Fraction(strength.mg_per_ml) == mg_per_ml(quantity):
            return strength
    if vial is not None and mg_per_ml(quantity) > vial.strongest_iv_mg_per_ml:
        return above_strongest(vial)
    return refuse(
        "final-not-signed",
        f"A final concentration of {text} is not on the signed list; it holds {_signed(shelf)}.",
        field="final",
    )


def _first_makeable(shelf: Shelf, vial: Vial) -> Strength | Refusal:
    """The first signed strength this vial can give; a vial not to be diluted gives only its own."""
    for strength in shelf.strengths:
        same = strength.mg_per_ml == vial.strength_mg_per_ml
        if same or (vial.may_dilute and strength.mg_per_ml < vial.strength_mg_per_ml):
            return strength
    return refuse(
        "final-not-signed",
        f"{vial.title} gives none of the signed concentrations ({_signed(shelf)}).",
        field="final",
    )


def above_strongest(vial: Vial) -> Refusal:
    """Why a strong vial may not be given as it is."""
    return refuse(
        "undiluted-strong-vial",
        f"{vial.title}: at most {plain(vial.strongest_iv_mg_per_ml)} mg/mL of it may go into a "
        f"vein. {vial.says}",
        field="final",
        source=vial.source,
    )


def _signed(shelf: Shelf) -> str:
    return ", ".join(f"{plain(strength.mg_per_ml)} mg/mL" for strength in shelf.strengths)


def _pick_syringe(shelf: Shelf, text: str) -> Syringe | Refusal | None:
    if not text:
        return None
    quantity = parse_as(text, (Kind.VOLUME,), "syringe")
    if isinstance(quantity, Refusal):
        return quantity
    for syringe in shelf.syringes:
        if Fraction(syringe.volume_ml) == ml(quantity):
            return syringe
    have = ", ".join(f"{plain(syringe.volume_ml)} mL" for syringe in shelf.syringes)
    says = f"No syringe of {text} is on the list; there are {have}."
    return refuse("syringe-unknown", says, field="syringe")


def _pick(on_list: tuple[Listed, ...], id: str, what: str, first: Listed) -> Listed | Refusal:
    return listed(on_list, id, what) if id else first


def listed(on_list: tuple[Listed, ...], id: str, what: str) -> Listed | Refusal:
    """The pump or diluent of this id, if it is on the list."""
    for each in on_list:
        if each.id == id:
            return each
    have = ", ".join(each.id for each in on_list)
    return refuse(
        f"{what}-unknown", f"No {what} '{id}' is on the list; there are {have}.", field=what
    )


def _clock(text: str) -> int | Refusal | None:
    if not text:
        return None
    match = CLOCK.fullmatch(text)
    if match is None:
        says = f"'{text}' is no time of day; write hours and minutes, such as 09:00."
        return refuse("start-not-a-time", says, field="start")
    return int(match[1]) * 60 + int(match[2])


def _trailing_zeros(given: Mapping[str, Quantity], final: str) -> tuple[Reason, ...]:
    typed = {name: each.text for name, each in given.items() if each.trailing_zero}
    strength = parse_as(final, (Kind.STRENGTH,), "final") if final else None
    if isinstance(strength, Quantity) and strength.trailing_zero:
        typed["final"] = final
    return tuple(
        Reason(
            id="trailing-zero",
            kind="warning",
            field=name,
            says=f"'{text}' ends in a zero after the point: with the point missed it reads ten "
            "times as much. Write it without the zero.",
            needs="the value read again",
            source=("hz-03",),
        )
        for name, text in typed.items()
    )


def _picked(asked: Asked, strength: Strength, shelf: Shelf) -> tuple[Reason, ...]:
    """What was not named and so taken from the head of the list, said aloud."""
    notes = []
    if not asked.final:
        notes.append(
            ("final", f"No final concentration was named: {plain(strength.mg_per_ml)} mg/mL is the "
             "first on the signed list that this vial gives.")
        )  # fmt: skip
    if not asked.pump:
        notes.append(
            ("pump", f"No pump was named: rates are cut to the steps of {shelf.pumps[0].id}. "
             "Name yours to see what it can be set to.")
        )  # fmt: skip
    return tuple(
        Reason(id=f"{name}-not-named", kind="note", field=name, says=says) for name, says in notes
    )


def _sure(value: T | Refusal) -> T:
    assert not isinstance(value, Refusal)
    return value
