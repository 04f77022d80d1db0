"""Where work runs changes nothing but the time; a place that fails says so in one sentence."""

import os
from functools import partial
from operator import mul

import pytest

from quietdrip.compute.run import Here, PlaceFailed, Pool, run, usual_workers


def leave(number: int) -> int:
    """A worker that is ended from outside at the second number."""
    if number == 1:
        os._exit(9)
    return number


def test_results_come_in_order_here_and_in_a_pool() -> None:
    task, numbers = partial(mul, 3), range(7)

    assert list(run(task, numbers, Here())) == [0, 3, 6, 9, 12, 15, 18]
    assert list(run(task, numbers, Pool(workers=2))) == [0, 3, 6, 9, 12, 15, 18]


def test_a_worker_ended_from_outside_is_said_in_one_sentence() -> None:
    with pytest.raises(PlaceFailed, match="A worker process was ended from outside"):
        list(run(leave, range(3), Pool(workers=1)))


def test_this_machine_has_at_least_one_worker() -> None:
    assert usual_workers() >= 1
