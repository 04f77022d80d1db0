"""A virtual trial gives the same bytes on any number of workers, and after it was interrupted."""

import csv
import gzip
import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from quietdrip.compute import kept, parts, trial_run
from quietdrip.compute.kept import Kept
from quietdrip.compute.run import Here, Pool
from quietdrip.core.pkpd import tally
from quietdrip.core.pkpd import trial as trials
from quietdrip.core.pkpd.tally import Counts
from quietdrip.sheets.simulate import Simulation
from quietdrip.sheets.simulate_files import files
from quietdrip.sheets.simulate_found import found
from tests.sheets.simulated import asked

THREE_CHUNKS = 2 * trials.CHUNK + 100


class Stopped(Exception):
    """What a test stops the work with."""


def three_chunks() -> Simulation:
    return asked(people=THREE_CHUNKS, weights="70-71", below=("50 ng/mL",))


def stop_after(chunks: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done == chunks:
            raise Stopped

    return tell


def same(one: Counts, other: Counts) -> bool:
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


def test_one_worker_two_workers_and_an_interrupted_run_give_the_same_bytes(tmp_path: Path) -> None:
    made = three_chunks()
    alone = trial_run.to_the_end(made.trial, Here())
    assert same(alone, trial_run.to_the_end(made.trial, Pool(workers=2)))

    before = kept.opened(tmp_path, made.told)
    assert isinstance(before, Kept)
    with pytest.raises(Stopped):
        trial_run.to_the_end(made.trial, Here(), tmp_path, before, tell=stop_after(2))
    again = kept.opened(tmp_path, made.told)
    assert isinstance(again, Kept)
    assert 0 < again.done < 3
    resumed = trial_run.to_the_end(made.trial, Here(), tmp_path, again)

    assert same(alone, resumed)
    assert files(found(made, alone)) == files(found(made, resumed))


def test_a_finished_run_is_read_back_without_being_run_again(tmp_path: Path) -> None:
    made = asked(people=20)
    kept.opened(tmp_path, made.told)
    first = trial_run.to_the_end(made.trial, Here(), tmp_path)
    heard: list[int] = []
    before = kept.opened(tmp_path, made.told)
    assert isinstance(before, Kept)

    again = trial_run.to_the_end(made.trial, Here(), tmp_path, before, tell=heard.append)

    assert heard == [1]
    assert same(first, again)


def test_the_counts_are_as_large_for_many_people_as_for_few() -> None:
    few, many = asked(people=10).trial, asked(people=2000).trial

    assert {n: c.shape for n, c in trials.chunk(few, 0).items()} == {
        n: c.shape for n, c in trials.chunk(many, 0).items()
    }


def test_every_level_is_written_once_as_csv(tmp_path: Path) -> None:
    made = asked(people=5, weights="70-71")
    counts = parts.chunk_with_every_level(made.trial, tmp_path, "csv", 0)
    text = gzip.decompress((tmp_path / "levels" / "000000.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))

    assert same(counts, trials.chunk(made.trial, 0))
    assert len(rows) == 5 * made.trial.arms[0].at_min.size
    assert sorted({int(row["person"]) for row in rows}) == [0, 1, 2, 3, 4]
    highest = max(float(row["plasma_ng_per_ml"]) for row in rows)
    bins = np.flatnonzero(counts["0/ketamine/peak"])
    assert bins[-1] == tally.bins_of(np.array([highest]))[0]


@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_parquet_holds_what_csv_holds(tmp_path: Path) -> None:
    from pyarrow import parquet

    made = asked(people=5, weights="70-71")
    parts.chunk_with_every_level(made.trial, tmp_path, "csv", 0)
    parts.chunk_with_every_level(made.trial, tmp_path, "parquet", 0)
    text = gzip.decompress((tmp_path / "levels" / "000000.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    table = parquet.read_table(tmp_path / "levels" / "000000.parquet").to_pydict()

    assert list(table) == list(rows[0])
    for name, column in table.items():
        assert [str(value) for value in column] == [row[name] for row in rows]
