"""The drawings put numbers where they belong and invent none."""

import re
from decimal import Decimal

from quietdrip.core.card import Card
from quietdrip.core.pkpd.predict import Curve
from quietdrip.core.prescription import Asked
from quietdrip.sheets.answer import answer
from quietdrip.sheets.band import Room
from quietdrip.web.curve import PAPER, drawing
from quietdrip.web.syringe import barrel


def made(protocol_id: str, **typed: str) -> tuple[Card, Curve]:
    """A card with its curve, from the library."""
    given = {name.replace("_", "-"): text for name, text in typed.items()}
    found = answer(protocol_id, Asked(weight="70 kg", vial="50 mg/mL", given=given))
    assert found.card is not None
    assert found.curve is not None
    return found.card, found.curve


def points(path: str) -> list[tuple[float, float]]:
    """The points of a path on the paper."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([^LZ]+)", path)]


def test_the_curve_starts_at_nothing_and_stays_on_the_paper() -> None:
    drawn = drawing(*made("mood-single-05-40"))

    for path in (drawn.plasma, drawn.effect):
        assert points(path)[0] == (0, PAPER)
        assert points(path)[-1][0] == PAPER
        assert all(0 <= x <= PAPER and 0 <= y <= PAPER for x, y in points(path))


def test_the_plasma_is_highest_where_the_infusion_ends() -> None:
    drawn = drawing(*made("mood-single-05-40"))
    highest_x, _ = min(points(drawn.plasma), key=lambda point: point[1])

    assert f"{highest_x / PAPER:.2%}"[:4] == drawn.end.percent[:4]


def test_every_row_of_the_table_is_a_point_of_the_curve() -> None:
    card, curve = made("mood-single-05-40")
    rounded = {f"{level:.0f}" for level in curve.plasma_ng_per_ml}

    assert {row.plasma for row in drawing(card, curve).rows} <= rounded
    assert [row.at for row in drawing(card, curve).rows if row.end] == ["40 min"]


def test_each_change_of_rate_has_its_line() -> None:
    climb = {"start_rate": "10 mg/h", "increment": "10 mg/h", "max_rate": "40 mg/h"}
    drawn = drawing(*made("seed-000-hourly-escalation", **climb))

    # Hours 1, 2 and 3 of the 4 h infusion and the 2 h that are drawn after it.
    assert drawn.changes == ("16.67%", "33.33%", "50.00%")


def around(curve: Curve, share: float) -> Room:
    """A room from `share` below to `share` above the plasma."""
    return Room(
        says=f"{share:.0%} beside",
        share=None,
        low_ng_per_ml=tuple(level * (1 - share) for level in curve.plasma_ng_per_ml),
        high_ng_per_ml=tuple(level * (1 + share) for level in curve.plasma_ng_per_ml),
    )


def test_a_room_is_a_closed_area_that_holds_the_plasma_and_stays_on_the_paper() -> None:
    card, curve = made("mood-single-05-40")
    drawn = drawing(card, curve, (around(curve, 0.9), around(curve, 0.5)))
    line = points(drawn.plasma)

    assert [area.says for area in drawn.areas] == ["90% beside", "50% beside"]
    for area in drawn.areas:
        edge = points(area.path)
        above, below = edge[: len(line)], edge[: len(line) - 1 : -1]
        assert area.path.endswith("Z")
        assert all(0 <= x <= PAPER and 0 <= y <= PAPER for x, y in edge)
        for high, middle, low in zip(above, line, below, strict=True):
            assert high[0] == middle[0] == low[0]
            assert high[1] <= middle[1] <= low[1]


def test_the_axis_rises_to_the_highest_room_and_not_without_one() -> None:
    # The plasma peaks near 250 ng/mL: 300 holds it, and 600 is needed for twice as much.
    card, curve = made("mood-single-05-40")

    assert drawing(card, curve).levels[-1].label == "300"
    assert drawing(card, curve, (around(curve, 1.0),)).levels[-1].label == "600"


def test_a_row_of_the_table_says_from_and_to_what_each_room_reaches() -> None:
    card, curve = made("mood-single-05-40")
    end = next(row for row in drawing(card, curve, (around(curve, 1.0),)).rows if row.end)
    twice = 2 * max(curve.plasma_ng_per_ml)

    assert end.rooms == (f"0 to {twice:.0f}",)
    assert all(row.rooms == () for row in drawing(card, curve).rows)


def test_35_ml_fill_seven_tenths_of_a_50_ml_syringe() -> None:
    card, _ = made("mood-single-05-40")
    drawn = barrel(card)

    assert card.draw_up.syringe.volume_ml == Decimal(50)
    assert drawn.full == "70.00%"
    assert drawn.drug == "1.40%"
    assert drawn.diluent == "68.60%"
