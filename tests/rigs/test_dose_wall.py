"""A short seeded dose wall; `./dev rig dose-wall` runs all of it."""

import json
from collections import Counter
from pathlib import Path

import pytest

from rigs import frame
from rigs.dose_wall import trials

SHORT = ["--trials", "3000", "--seed", "7"]


def written_in(folder: Path) -> list[dict[str, object]]:
    (file,) = folder.iterdir()
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    folder = tmp_path_factory.mktemp("wall")
    status = frame.run("dose-wall", trials, trials_by_default=1, argv=SHORT, folder=folder)
    assert status == 0
    return written_in(folder)


def test_every_harmful_slip_is_stopped_and_nothing_is_stored_other_than_typed(
    lines: list[dict[str, object]],
) -> None:
    met = Counter((line["class"], line["by"]) for line in lines)

    assert (
        met["harmful", "nothing"] == met["malformed", "nothing"] == met["forbidden", "nothing"] == 0
    )
    assert sum(met[c, by] for c, by in met if c == "harmful") > 150
    assert sum(met[c, by] for c, by in met if c == "malformed") > 1000
    assert not any("stored_wrong" in line for line in lines)


def test_every_true_order_gives_its_card_and_every_right_setting_agrees(
    lines: list[dict[str, object]],
) -> None:
    met = {line["by"] for line in lines if line["class"] in ("true", "right")}

    assert met == {"nothing"}
    assert sum(line["class"] == "true" for line in lines) == 2 * 303


def test_a_build_that_repairs_what_is_typed_and_looks_once_fails_the_wall(tmp_path: Path) -> None:
    weakened = ["--trials", "1500", "--seed", "7", "--control"]

    assert frame.run("dose-wall", trials, trials_by_default=1, argv=weakened, folder=tmp_path) == 1
    fallen = Counter(line["class"] for line in written_in(tmp_path) if not line["held"])
    assert fallen["malformed"] > 300
    assert fallen["harmful"] > 100
