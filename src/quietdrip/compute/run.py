"""One function: a task for each of many numbers, its results in order, wherever it runs.

What a task gives must depend on its number alone; then the place changes nothing but the time.
"""

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Found = TypeVar("Found", covariant=True)
AHEAD = 2
"""Tasks in hand for each worker: enough to keep it busy, few enough to keep memory flat."""
CONNECT_S, LISTEN_S = 3, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """This very process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """So many processes of this machine."""

    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A Dask scheduler that already runs, such as `tcp://10.0.0.5:8786`."""

    address: str


Place = Here | Pool | Cluster


class PlaceFailed(Exception):
    """The work cannot run, or cannot go on, where it was meant to; the sentence says why."""


class _Waiting(Protocol[Found]):
    """A result that is not there yet."""

    def result(self) -> Found:
        """Wait for it."""


def run(task: Callable[[int], T], numbers: Sequence[int], place: Place) -> Iterator[T]:
    """The result of each number, in order. PlaceFailed where the place does not answer."""
    match place:
        case Here():
            yield from map(task, numbers)
        case Pool(workers=workers):
            yield from _pool(task, numbers, workers)
        case Cluster(address=address):
            yield from _cluster(task, numbers, address)


def usual_workers() -> int:
    """As many processes as this one may use cores."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _in_order(
    submit: Callable[[int], _Waiting[T]], numbers: Sequence[int], ahead: int
) -> Iterator[T]:
    waiting: deque[_Waiting[T]] = deque()
    for number in numbers:
        if len(waiting) == ahead:
            yield waiting.popleft().result()
        waiting.append(submit(number))
    while waiting:
        yield waiting.popleft().result()


def _pool(task: Callable[[int], T], numbers: Sequence[int], workers: int) -> Iterator[T]:
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=fresh, initializer=_leave_with_the_parent)

    def submit(number: int) -> Future[T]:
        return pool.submit(task, number)

    try:
        yield from _in_order(submit, numbers, AHEAD * workers)
    except BrokenProcessPool:
        raise PlaceFailed(
            "A worker process was ended from outside, as when memory runs out; run it again with "
            "fewer --workers."
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_with_the_parent() -> None:
    """A worker whose parent was killed would wait for work for ever; it leaves instead.

    Ctrl-C reaches the workers too; the parent answers for all.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _cluster(task: Callable[[int], T], numbers: Sequence[int], address: str) -> Iterator[T]:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise PlaceFailed(
            "Dask is not installed here; install quietdrip[cluster], or leave --cluster out."
        ) from None
    _hush()
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as fault:
        raise PlaceFailed(_no_scheduler(address)) from fault
    try:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise PlaceFailed(
                f"The scheduler at {address} has no workers; start one and run again."
            )
        ahead = AHEAD * sum(client.nthreads().values())
        yield from _in_order(lambda number: _Far(client, task, number, address), numbers, ahead)
    finally:
        client.close(timeout=CONNECT_S)


def _hush() -> None:
    """What Dask would log of a lost line is said by PlaceFailed, once and in a sentence."""
    loud = ("distributed", "tornado", "asyncio")
    for name in [each for each in logging.root.manager.loggerDict if each.split(".")[0] in loud]:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False


class _Far:
    """A result that a Dask worker makes; it notices when the scheduler goes away."""

    def __init__(self, client: Any, task: Callable[[int], Any], number: int, address: str) -> None:
        self._client, self._address = client, address
        self._future = client.submit(task, number, pure=False)

    def result(self) -> Any:
        """Wait for it; PlaceFailed where the scheduler or its workers are gone."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed import TimeoutError as TookLong

        while True:
            try:
                return self._future.result(timeout=LISTEN_S)
            except TookLong:
                if self._client.status != "running":
                    raise PlaceFailed(_no_scheduler(self._address)) from None
            except KilledWorker as fault:
                raise PlaceFailed(
                    f"Workers of the cluster at {self._address} keep being ended, as when memory "
                    "runs out; give them more, then run the same command again."
                ) from fault
            except (CancelledError, OSError) as fault:
                raise PlaceFailed(
                    f"The cluster at {self._address} went away while it worked; start it again, "
                    "then run the same command."
                ) from fault


def _no_scheduler(address: str) -> str:
    return (
        f"No Dask scheduler answers at {address}; start one there, such as `dask scheduler`, or "
        "leave --cluster out."
    )
