"""A monitoring profile's TOML becomes the core's `Monitoring`."""

from typing import Literal, get_args

from quietdrip.core.protocol import TIME, Monitoring, Observations
from quietdrip.core.units import minutes
from quietdrip.library.entry import CONFIDENCES, HEAD, Table, parse

After = Literal["", "each-rate-change", "end"]
AFTERS: tuple[After, ...] = get_args(After)
OBSERVE = ("every", "at", "after", "from", "until", "says", "source", "confidence")


def profile(path: str, text: str) -> Monitoring:
    """The profile of a file."""
    table = parse(path, text).knows(
        (*HEAD, "kind", "title", "observe"), ("before", "continuous", "for", "inherits", "says")
    )
    table.one_of("kind", ("profile",))
    table.texts("says")
    return Monitoring(
        id=table.text("id"),
        title=table.text("title"),
        before=table.texts("before"),
        continuous=table.texts("continuous"),
        observations=observations(table),
        source=table.source,
        confidence=table.confidence,
    )


def observations(table: Table) -> tuple[Observations, ...]:
    """The `[[observe]]` rows of a table; a row without its own source has that of the table."""
    return tuple(_observations(table, row) for row in table.tables("observe"))


def _observations(table: Table, row: Table) -> Observations:
    row.knows(("what",), OBSERVE)
    row.text("says", "")
    every, until = _whole_min(row, "every"), _whole_min(row, "until")
    if every == 0:
        raise row.bad("every", "it must be above zero.")
    return Observations(
        what=row.texts("what", needed=True),
        every_min=every,
        at_min=_times(row),
        after=row.one_of("after", AFTERS, ""),
        from_min=_whole_min(row, "from") or 0,
        until_min=until,
        source=row.texts("source") or table.source,
        confidence=row.one_of("confidence", CONFIDENCES, table.confidence),
    )


def _times(row: Table) -> tuple[int, ...]:
    """Each time of `at`, in whole minutes."""
    singles = (Table(where=f"{row.where}: at", values={"at": each}) for each in row.texts("at"))
    return tuple(time for single in singles if (time := _whole_min(single, "at")) is not None)


def _whole_min(row: Table, key: str) -> int | None:
    quantity = row.quantity_or_none(key, TIME)
    if quantity is None:
        return None
    whole = minutes(quantity)
    if whole.denominator != 1:
        raise row.bad(key, "write whole minutes.")
    return int(whole)
