"""A virtual trial from its first chunk to its last, in order, with what was kept taken up again."""

from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic

from quietdrip.compute import kept, parts
from quietdrip.compute.kept import Kept
from quietdrip.compute.parts import Kind
from quietdrip.compute.run import Place, run
from quietdrip.core.pkpd.tally import Counts, added
from quietdrip.core.pkpd.trial import Trial, chunk

KEEP_EVERY_S = 5


def to_the_end(
    trial: Trial,
    place: Place,
    folder: Path | None = None,
    before: Kept | None = None,
    every_level: Kind | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> Counts:
    """The counts of everyone. `tell` hears how many chunks are done; `before` is where to go on.

    With a folder, what is done so far is kept there after the first chunk, so that a folder that
    cannot be written is noticed at once, every few seconds and at the end. PlaceFailed
    where the work cannot go on, OSError where the disk is full; both may be run again.
    """
    start = before or Kept(done=0, counts={})
    done, counts = start.done, start.counts
    tell(done)
    task = partial(chunk, trial)
    if every_level is not None:
        assert folder is not None
        task = partial(parts.chunk_with_every_level, trial, folder, every_level)
    kept_at = -inf
    for found in run(task, range(done, trial.chunks), place):
        done, counts = done + 1, added(counts, found)
        tell(done)
        if folder is not None and (monotonic() - kept_at > KEEP_EVERY_S or done == trial.chunks):
            kept.keep(folder, Kept(done=done, counts=counts))
            kept_at = monotonic()
    return counts
