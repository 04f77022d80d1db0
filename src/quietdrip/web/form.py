"""What the page asks for: each number to type or thing to choose, with what the core says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quietdrip.core.equipment import Shelf, Vial
from quietdrip.core.prescription import Asked
from quietdrip.core.program import bounds_text
from quietdrip.core.protocol import Constant, Days, Field, Protocol, Steps, fields
from quietdrip.core.reasons import Reason
from quietdrip.core.units import UNITS, Kind, plain

LABELS = {
    "dose": "Dose",
    "over": "Time of the infusion",
    "rate": "Rate",
    "start-rate": "Start rate",
    "increment": "Increment",
    "every": "Step up every",
    "max-rate": "Highest rate",
    "day": "Day of the course",
    "bolus": "Bolus",
}
CLIMB = ("start-rate", "increment", "every", "max-rate")
SMALL = "mcg"  # accepted when typed, not offered: a thousand-fold slip starts with a tap


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to choose, with the text it stands for in the address."""

    value: str
    label: str
    says: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One thing to type or choose. `again` is what was typed the second time, None if not asked.

    `unfilled` is true where it is needed and nothing was given: a blank to fill, not a fault.
    `key` names it on the page; a field of another protocol is another box.
    """

    name: str
    key: str
    label: str
    hint: str
    typed: str
    units: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    reasons: tuple[Reason, ...] = ()
    again: str | None = None
    unfilled: bool = False

    @property
    def tall(self) -> bool:
        """Whether its options say more than their names, so that each needs a line of its own."""
        return any(option.says for option in self.options)

    @property
    def wrong(self) -> bool:
        """Whether the core refuses or doubts what was typed."""
        return any(reason.kind in ("refused", "asked-back") for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Everything the page asks for, in the order in which it is asked."""

    weight: Box
    vial: Box
    needed: tuple[Box, ...]
    optional: tuple[Box, ...]
    stated: tuple[tuple[str, str], ...]
    equipment: tuple[Box, ...]
    weights: tuple[Box, ...]
    start: Box

    @property
    def unfilled(self) -> tuple[Box, ...]:
        """The boxes without which there is no card and which are still empty."""
        return tuple(box for box in (self.weight, self.vial, *self.needed) if box.unfilled)

    @property
    def given(self) -> tuple[Box, ...]:
        """The boxes of the protocol's own fields that a prescriber has filled."""
        return tuple(box for box in (*self.needed, *self.optional) if box.typed)

    @property
    def optional_open(self) -> bool:
        """Whether anything stands in the fields a prescriber may give."""
        return _open(self.optional)

    @property
    def equipment_open(self) -> bool:
        """Whether anything was named or doubted of concentration, syringe, pump or start."""
        return _open((*self.equipment, self.start))

    @property
    def weights_open(self) -> bool:
        """Whether anything stands in the other weights, or one of them must be chosen."""
        return _open(self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What was typed, and what the core said of it, to be looked up by field."""

    asked: Asked
    reasons: tuple[Reason, ...]

    def box(
        self,
        name: str,
        label: str,
        hint: str,
        typed: str,
        *,
        units: tuple[str, ...] = (),
        options: tuple[Option, ...] = (),
        needed: bool = False,
        key: str = "",
    ) -> Box:
        mine = tuple(reason for reason in self.reasons if reason.field == name)
        doubted = any(reason.kind == "asked-back" for reason in mine)
        again = self.asked.confirmed.get(name, "" if doubted else None)
        unfilled = needed and not typed
        said = tuple(reason for reason in mine if not (unfilled and blank(reason)))
        return Box(
            name=name,
            key=key or name,
            label=label,
            hint=hint,
            typed=typed,
            units=units,
            options=options,
            reasons=said,
            again=again,
            unfilled=unfilled,
        )


def _open(boxes: Iterable[Box]) -> bool:
    return any(box.typed or box.wrong for box in boxes)


def blank(reason: Reason) -> bool:
    """Whether a reason only says that something has not been given yet."""
    return reason.id == "quantity-empty" or reason.id.startswith("not-stated-")


def form(protocol: Protocol | None, shelf: Shelf, asked: Asked, reasons: Sequence[Reason]) -> Form:
    """The form for a protocol, or for none yet: then only what every card needs."""
    said = _Said(asked=asked, reasons=tuple(reasons))
    needed, optional, stated = _fields(said, protocol)
    return Form(
        weight=said.box("weight", "Weight", "Measured today, with its unit: kg or lb.",
                        asked.weight, units=_units((Kind.WEIGHT,)), needed=True),
        vial=_vial(said, shelf),
        needed=needed,
        optional=optional,
        stated=stated,
        equipment=tuple(_equipment(said, shelf)),
        weights=tuple(_weights(said)),
        start=said.box("start", "Start of the pump", "Time of day, such as 09:00.", asked.start),
    )  # fmt: skip


def _fields(
    said: _Said, protocol: Protocol | None
) -> tuple[tuple[Box, ...], tuple[Box, ...], tuple[tuple[str, str], ...]]:
    """What a prescriber must give, what one may give, and what the protocol states itself."""
    if protocol is None or protocol.activation == "reference-only":
        return (), (), ()
    asks = fields(protocol)
    extra = [field for field in asks if _optional(protocol, field)]
    needed = [field for field in asks if field.needed and field not in extra]
    climbing = len(extra) > 1 and any(name in said.asked.given for name in CLIMB)
    return (
        tuple(
            _field(said, protocol, f, needed=not (climbing and f.name == "rate")) for f in needed
        ),
        tuple(_field(said, protocol, f, needed=False) for f in extra),
        tuple((LABELS[f.name], bounds_text(f.stated)) for f in asks if f.stated.fixed),
    )


def _optional(protocol: Protocol, field: Field) -> bool:
    """A climb within a rate's bounds, or a ceiling a prescriber may set lower than the protocol."""
    match protocol.infusion:
        case Constant(or_steps=True):
            return field.name in CLIMB
        case Steps():
            return field.name == "max-rate" and not field.needed
        case _:
            return False


def _field(said: _Said, protocol: Protocol, field: Field, *, needed: bool) -> Box:
    typed = said.asked.given.get(field.name, "")
    label, key = LABELS[field.name], f"{protocol.id}-{field.name}"
    if isinstance(protocol.infusion, Days):
        days = tuple(
            Option(value=f"{number} d", label=f"Day {number}", says=bounds_text(block.rate),
                   chosen=typed == f"{number} d")
            for number, block in enumerate(protocol.infusion.blocks, 1)
        )  # fmt: skip
        hint = "The rate differs from day to day."
        return said.box(field.name, label, hint, typed, options=days, needed=needed, key=key)
    stated = bounds_text(field.stated)
    hint = f"{stated[0].upper()}{stated[1:]}; a prescriber chooses."
    if field.stated.fixed:
        hint = f"{stated} by the protocol; a prescriber may set it lower."
    if field.stated.at_least is None and field.stated.at_most is None:
        hint = "The source does not state it; a prescriber gives it."
    units = _units(field.kinds)
    return said.box(field.name, label, hint, typed, units=units, needed=needed, key=key)


def _vial(said: _Said, shelf: Shelf) -> Box:
    strengths = [vial.strength_mg_per_ml for vial in shelf.vials]
    options = tuple(
        Option(
            value=value,
            label=f"{plain(vial.strength_mg_per_ml)} mg/mL",
            says=f"{plain(vial.volume_ml)} mL vial, {plain(vial.content_mg)} mg",
            chosen=said.asked.vial in (value, vial.id),
        )
        for vial in shelf.vials
        for value in (_vial_text(vial, strengths.count(vial.strength_mg_per_ml) > 1),)
    )
    hint = "The strength on the label in your hand."
    return said.box("vial", "Vial", hint, said.asked.vial, options=options, needed=True)


def _vial_text(vial: Vial, shared: bool) -> str:
    """A vial is named by its strength, or by its id where two vials have the same strength."""
    return vial.id if shared else f"{plain(vial.strength_mg_per_ml)} mg/mL"


def _equipment(said: _Said, shelf: Shelf) -> Iterable[Box]:
    asked = said.asked
    finals = [
        (f"{plain(s.mg_per_ml)} mg/mL", f"{plain(s.mg_per_ml)} mg/mL", s.title)
        for s in shelf.strengths
    ]
    syringes = [(text, text, "") for text in (f"{plain(s.volume_ml)} mL" for s in shelf.syringes)]
    lists = (
        ("final", "Final concentration", "Only signed concentrations.", asked.final,
         "First on the list this vial gives", finals),
        ("syringe", "Syringe", "", asked.syringe, "Smallest that holds it", syringes),
        ("pump", "Pump", "Rates are cut to its steps.", asked.pump, "First on the list",
         [(pump.id, pump.title, pump.id) for pump in shelf.pumps]),
        ("diluent", "Diluent", "", asked.diluent, "First on the list",
         [(diluent.id, diluent.title, diluent.id) for diluent in shelf.diluents]),
    )  # fmt: skip
    for name, label, hint, typed, nothing, things in lists:
        options = [
            Option(
                value=value, label=title, says=says, chosen=typed != "" and typed in (value, says)
            )
            for value, title, says in things
        ]
        unnamed = Option(value="", label=f"Not named: {nothing[0].lower()}{nothing[1:]}",
                         chosen=not typed)  # fmt: skip
        yield said.box(name, label, hint, typed, options=(unnamed, *options))


def _weights(said: _Said) -> Iterable[Box]:
    asked, units = said.asked, _units((Kind.WEIGHT,))
    yield said.box("last-weight", "Weight at the last visit", "To catch a slip.",
                   asked.last_weight, units=units)  # fmt: skip
    for kind, typed in (("ideal", asked.ideal_weight), ("adjusted", asked.adjusted_weight)):
        yield said.box(f"{kind}-weight", f"{kind.capitalize()} weight",
                       "Shown beside the actual one.", typed, units=units)  # fmt: skip
    kinds = ("actual", "ideal", "adjusted")
    options = tuple(
        Option(value=kind, label=kind.capitalize(), chosen=asked.dosing_weight == kind)
        for kind in kinds
    )
    hint = "The sources do not say which; a prescriber chooses."
    yield said.box("dosing-weight", "Dose by", hint, asked.dosing_weight, options=options)


def _units(kinds: tuple[Kind, ...]) -> tuple[str, ...]:
    """The units a box offers, in the order of the core's own list."""
    return tuple(name for name, unit in UNITS.items() if unit.kind in kinds and SMALL not in name)
