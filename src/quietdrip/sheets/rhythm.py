"""What is due, gathered for reading: equal tasks on one line with the rhythm of their times."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from quietdrip.core.card import Card, Due
from quietdrip.sheets.card_json import clock
from quietdrip.sheets.wording import from_until, span

RUN = 3  # so many equal gaps' ends make a rhythm
SLACK_MIN = 1  # whole minutes cut from exact times may differ by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One task with all its times. `more` counts the times that the line leaves out."""

    when: str
    clock: str
    what: str
    condition: str
    kind: str
    more: int
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Times from first to last, `every_min` apart; a single time has no rhythm."""

    first_min: Decimal
    last_min: Decimal
    every_min: Decimal | None

    @property
    def says(self) -> str:
        """`every 15 min, 15 min to 4 h`, or `40 min`."""
        if self.every_min is None:
            return span(self.first_min)
        return f"every {span(self.every_min)}, {from_until(self.first_min, self.last_min)}"


def rows(card: Card, most: int, leave_out: Sequence[str] = ()) -> tuple[Row, ...]:
    """The card's tasks in order of their first time, each with at most so many stretches of times."""
    gathered: dict[tuple[object, ...], list[Due]] = {}
    for due in card.due:
        if due.kind not in leave_out:
            key = (due.kind, due.what, due.condition, due.source, due.confidence)
            gathered.setdefault(key, []).append(due)
    return tuple(_row(card, dues, most) for dues in gathered.values())


def runs(times_min: Sequence[Decimal]) -> tuple[Run, ...]:
    """Times in order, told as stretches of equal distance where three or more have it."""
    found: list[Run] = []
    left = list(times_min)
    while left:
        taken = _equal_gaps(left)
        every = left[1] - left[0] if taken >= RUN else None
        count = taken if every is not None else 1
        found.append(Run(first_min=left[0], last_min=left[count - 1], every_min=every))
        left = left[count:]
    return tuple(found)


def _equal_gaps(times_min: Sequence[Decimal]) -> int:
    """How many of the first times lie equally far apart."""
    if len(times_min) < RUN:
        return 1
    gap = times_min[1] - times_min[0]
    count = 2
    for before, after in pairwise(times_min[1:]):
        if abs(after - before - gap) > _slack(gap):
            break
        count += 1
    return count


def _slack(gap_min: Decimal) -> int:
    return SLACK_MIN if gap_min > 2 * SLACK_MIN else 0


def _row(card: Card, dues: Sequence[Due], most: int) -> Row:
    first = dues[0]
    times = sorted({due.at_min for due in dues if due.at_min is not None})
    when, more = _times_say(card, times, most)
    return Row(
        when=when,
        clock=_clock(card, times),
        what=first.what,
        condition=first.condition,
        kind=first.kind,
        more=more,
        source=first.source,
        confidence=first.confidence,
    )


def _times_say(card: Card, times_min: Sequence[Decimal], most: int) -> tuple[str, int]:
    """The times in words, and how many are left out."""
    if not times_min:
        return "", 0
    offsets = _after_each_step(card, times_min)
    if offsets:
        listed = " and ".join(span(offset).removesuffix(" min") for offset in offsets)
        return f"{listed} min after each rate change", 0
    stretches = runs(times_min)
    shown = stretches[:most]
    left = sum(1 for at_min in times_min if at_min > shown[-1].last_min)
    return "; ".join(run.says for run in shown), left


def _after_each_step(card: Card, times_min: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The minutes after every step at which something is due, if exactly those times are meant."""
    if len(card.steps) < 2:
        return ()
    first, *_ = card.steps
    offsets = tuple(at for at in times_min if at <= first.for_min)
    meant = {
        step.start_min + offset
        for step in card.steps
        for offset in offsets
        if offset <= step.for_min and step.start_min + offset <= card.over_min
    }
    return offsets if meant == set(times_min) and len(offsets) < len(times_min) else ()


def _clock(card: Card, times_min: Sequence[Decimal]) -> str:
    if not times_min or card.start_clock_min is None:
        return ""
    first = clock(card.start_clock_min, times_min[0])
    last = clock(card.start_clock_min, times_min[-1])
    return first if first == last else f"{first} to {last}"
