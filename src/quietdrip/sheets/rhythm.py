"""What is due, gathered for reading: equal tasks on one line with the rhythm of their times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from quietdrip.core.card import Card
from quietdrip.sheets.card_json import clock
from quietdrip.sheets.wording import from_until, span

START = "start"
MERGED = "observe"  # only observations may share a line; any other task keeps its own
RUN = 3  # so many times at equal distance make a rhythm
COARSE_MIN = 2  # above this distance, times cut to whole minutes may be one minute off


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do with all its times in order; no times where none is stated."""

    kind: str
    what: str
    condition: str
    times_min: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A task as it is printed. `more` counts the times that `when` leaves out."""

    kind: str
    what: str
    condition: str
    when: str
    clock: str
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Times from first to last, `every_min` apart; a single time has no rhythm."""

    first_min: Decimal
    last_min: Decimal
    every_min: Decimal | None

    @property
    def says(self) -> str:
        """`every 15 min from 15 min to 4 h`, or `40 min`."""
        if self.every_min is None:
            return span(self.first_min) if self.first_min else START
        return f"every {span(self.every_min)} from {from_until(self.first_min, self.last_min)}"


def rows(card: Card, most: int, leave_out: Sequence[str] = ()) -> tuple[Row, ...]:
    """The card's tasks by first time, each with at most so many stretches of times."""
    return tuple(_row(card, task, most) for task in _merged(_tasks(card, leave_out)))


def runs(times_min: Sequence[Decimal]) -> tuple[Run, ...]:
    """Times in order, told as stretches of equal distance where three or more have it."""
    found: list[Run] = []
    left = list(times_min)
    while left:
        count = _equal_gaps(left)
        every = left[1] - left[0] if count > 1 else None
        found.append(Run(first_min=left[0], last_min=left[count - 1], every_min=every))
        left = left[count:]
    return tuple(found)


def told(times_min: Sequence[Decimal], most: int) -> tuple[str, int]:
    """At most so many stretches of times in words, and how many times they leave out."""
    if not times_min:
        return "", 0
    shown = runs(times_min)[:most]
    left_out = sum(1 for at_min in times_min if at_min > shown[-1].last_min)
    return "; ".join(run.says for run in shown), left_out


def _tasks(card: Card, leave_out: Sequence[str]) -> tuple[Task, ...]:
    """Equal tasks taken together, in the order in which they first come up."""
    times: dict[tuple[str, str, str], set[Decimal]] = {}
    for due in card.due:
        if due.kind not in leave_out:
            found = times.setdefault((due.kind, due.what, due.condition), set())
            found.update(() if due.at_min is None else (due.at_min,))
    return tuple(
        Task(kind=kind, what=what, condition=condition, times_min=tuple(sorted(at)))
        for (kind, what, condition), at in times.items()
    )


def _merged(tasks: Sequence[Task]) -> Iterable[Task]:
    """Observations with the very same times on one line."""
    groups: dict[tuple[object, ...], list[Task]] = {}
    for task in tasks:
        own = "" if task.kind == MERGED and task.times_min else task.what
        groups.setdefault((task.kind, task.condition, task.times_min, own), []).append(task)
    for same in groups.values():
        yield Task(
            kind=same[0].kind,
            what="; ".join(task.what for task in same),
            condition=same[0].condition,
            times_min=same[0].times_min,
        )


def _row(card: Card, task: Task, most: int) -> Row:
    offsets = _after_each_step(card, task.times_min)
    when, more = (_listed(offsets), 0) if offsets else told(task.times_min, most)
    return Row(
        kind=task.kind,
        what=task.what,
        condition=task.condition,
        when=when,
        clock=_clock(card, task.times_min),
        more=more,
    )


def _equal_gaps(times_min: Sequence[Decimal]) -> int:
    """How many of the first times lie equally far apart; one where fewer than three do."""
    if len(times_min) < RUN:
        return 1
    gap = times_min[1] - times_min[0]
    slack = 1 if gap > COARSE_MIN else 0
    count = 2
    for before, after in pairwise(times_min[1:]):
        if abs(after - before - gap) > slack:
            break
        count += 1
    return count if count >= RUN else 1


def _after_each_step(card: Card, times_min: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The minutes after every step at which a task is due, if exactly those times are meant."""
    if len(card.steps) < 2:
        return ()
    offsets = tuple(at for at in times_min if at <= card.steps[0].for_min)
    meant = {
        step.start_min + offset
        for step in card.steps
        for offset in offsets
        if offset <= step.for_min and step.start_min + offset <= card.over_min
    }
    return offsets if meant == set(times_min) and len(offsets) < len(times_min) else ()


def _listed(offsets_min: Sequence[Decimal]) -> str:
    times = " and ".join(span(offset).removesuffix(" min") for offset in offsets_min)
    return f"{times} min after each rate change"


def _clock(card: Card, times_min: Sequence[Decimal]) -> str:
    if not times_min or card.start_clock_min is None:
        return ""
    first = clock(card.start_clock_min, times_min[0])
    last = clock(card.start_clock_min, times_min[-1])
    return first if first == last else f"{first} to {last}"
