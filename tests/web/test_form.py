"""What the form asks for, read from protocols alone."""

from quietdrip.core.equipment import Shelf
from quietdrip.core.prescription import Asked
from quietdrip.core.protocol import Protocol
from quietdrip.library import read
from quietdrip.web.catalogue import catalogue
from quietdrip.web.form import Form, form

NOTHING = Asked(weight="", vial="")


def form_of(protocol_id: str, asked: Asked = NOTHING) -> Form:
    """The form of a protocol of the library."""
    protocol, shelf = read.protocol(protocol_id), read.shelf()
    assert isinstance(protocol, Protocol)
    assert isinstance(shelf, Shelf)
    return form(protocol, shelf, asked, ())


def test_a_complete_protocol_asks_for_weight_and_vial_alone() -> None:
    asked = form_of("mood-single-05-40")

    assert [box.name for box in asked.unfilled] == ["weight", "vial"]
    assert asked.stated == (("Dose", "0.5 mg/kg"), ("Time of the infusion", "40 min"))


def test_an_open_protocol_asks_for_what_its_source_leaves_open() -> None:
    asked = form_of("seed-000-hourly-escalation")

    assert [box.name for box in asked.needed] == ["start-rate", "increment", "max-rate"]
    assert all("does not state" in box.hint for box in asked.needed)


def test_a_climb_within_bounds_takes_the_place_of_the_rate() -> None:
    climbing = Asked(weight="70 kg", vial="50 mg/mL", given={"start-rate": "10 mg/h"})

    assert "rate" in [box.name for box in form_of("seed-003-4h-syringe-pump").unfilled]
    assert "rate" not in [
        box.name for box in form_of("seed-003-4h-syringe-pump", climbing).unfilled
    ]


def test_a_course_by_days_offers_each_of_its_days() -> None:
    (day,) = form_of("neuropathic-outpatient-day-steps").needed

    assert day.name == "day"
    assert [option.value for option in day.options][:3] == ["1 d", "2 d", "3 d"]
    assert not any(option.chosen for option in day.options)


def test_the_same_field_of_two_protocols_is_two_boxes() -> None:
    one, other = form_of("seed-003-4h-syringe-pump"), form_of("crps-outpatient-4h-x10")

    assert {box.name for box in one.needed} == {box.name for box in other.needed} == {"rate"}
    assert one.needed[0].key != other.needed[0].key


def test_every_protocol_stands_in_exactly_one_group() -> None:
    listed = [item.protocol.id for group in catalogue(None).groups for item in group.items]

    assert catalogue(None).refusals == ()
    assert sorted(listed) == sorted(read.protocol_ids())


def test_a_protocol_kept_for_reference_is_last_and_gives_nothing_to_fill() -> None:
    last = catalogue(None).groups[-1]

    assert last.title == "Kept for reference, never started"
    assert all(item.gives == () for item in last.items)
    assert {item.protocol.activation for item in last.items} == {"reference-only"}


def test_without_a_protocol_only_weight_and_vial_are_asked() -> None:
    shelf = read.shelf()
    assert isinstance(shelf, Shelf)

    asked = form(None, shelf, NOTHING, ())

    assert [box.name for box in asked.unfilled] == ["weight", "vial"]
    assert asked.needed == asked.optional == ()
