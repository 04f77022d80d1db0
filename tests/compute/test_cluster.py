"""A Dask cluster gives what one process gives; a dead scheduler is said within seconds."""

import socket
from functools import partial
from operator import mul
from time import monotonic

import pytest

from quietdrip.compute import trial_run
from quietdrip.compute.run import Cluster, Here, PlaceFailed, run
from tests.sheets.simulated import asked

distributed = pytest.importorskip("distributed", reason="Dask is not installed")


@pytest.mark.filterwarnings("ignore")
def test_a_real_local_cluster_gives_the_same_bytes_as_this_process() -> None:
    made = asked(people=40, weights="70-71")
    alone = trial_run.to_the_end(made.trial, Here())
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        far = Cluster(address=cluster.scheduler_address)
        assert list(run(partial(mul, 2), range(5), far)) == [0, 2, 4, 6, 8]
        there = trial_run.to_the_end(made.trial, far)

    assert {n: c.tobytes() for n, c in alone.items()} == {n: c.tobytes() for n, c in there.items()}


@pytest.mark.filterwarnings("ignore")
def test_a_dead_scheduler_is_one_sentence_within_seconds() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = monotonic()

    with pytest.raises(PlaceFailed, match=f"No Dask scheduler answers at tcp://127.0.0.1:{port};"):
        list(run(partial(mul, 2), range(2), Cluster(address=f"tcp://127.0.0.1:{port}")))

    assert monotonic() - began < 15
