"""A folder remembers one run, whole or not at all."""

from pathlib import Path

import numpy as np

from quietdrip.compute.kept import Kept, keep, opened, written
from quietdrip.core.reasons import Refusal

TOLD = '{"run": 1}\n'


def says(found: Kept | Refusal) -> str:
    assert isinstance(found, Refusal)
    return found.says


def test_a_new_folder_begins_at_nothing_and_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "new"
    first = opened(folder, TOLD)
    assert isinstance(first, Kept)
    assert (first.done, first.counts) == (0, {})

    keep(folder, Kept(done=3, counts={"0/ketamine/peak": np.array([1, 2])}))
    again = opened(folder, TOLD)

    assert isinstance(again, Kept)
    assert again.done == 3
    assert again.counts["0/ketamine/peak"].tolist() == [1, 2]


def test_a_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    opened(tmp_path, TOLD)

    assert "holds another run" in says(opened(tmp_path, '{"run": 2}\n'))


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")

    assert "holds other files" in says(opened(tmp_path, TOLD))
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert "cannot be used" in says(opened(tmp_path / "file", TOLD))


def test_a_spoilt_memory_is_refused_not_guessed(tmp_path: Path) -> None:
    opened(tmp_path, TOLD)
    (tmp_path / "counts.npz").write_bytes(b"half of a fi")

    assert "is spoilt" in says(opened(tmp_path, TOLD))


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", b"whole")

    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"whole"
