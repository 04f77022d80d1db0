"""`quietdrip simulate`: protocols side by side on the same virtual people."""

import argparse
import json
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from quietdrip.commands.options import Once, add_site, pair
from quietdrip.commands.predict import COULD_NOT, MALFORMED, REFUSED, say, speaks_unicode

if TYPE_CHECKING:
    from quietdrip.compute.kept import Kept
    from quietdrip.compute.run import Place
    from quietdrip.core.pkpd.tally import Counts
    from quietdrip.core.reasons import Refusal
    from quietdrip.sheets.simulate import Simulation
    from quietdrip.sheets.simulate_typed import Question

WHAT = (
    "Gives each virtual person of the trial what the real card of their weight gives, under every "
    "protocol, and says how levels, doses, vials and waste come out. The same seed gives the same "
    "numbers on any number of workers. With --out it can be killed and run again: it goes on where "
    "it was."
)
BAR, EVERY_S, PLAIN_EVERY_S = 30, 0.2, 10


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command with everything that may be typed after it."""
    simulate = commands.add_parser(
        "simulate",
        help="a virtual trial: protocols on the same virtual people",
        description=WHAT,
        allow_abbrev=False,
    )
    simulate.set_defaults(run=run)
    simulate.add_argument("protocols", nargs="+", metavar="PROTOCOL", help="ids of protocols")
    simulate.add_argument(
        "--people",
        required=True,
        action=Once,
        type=int,
        metavar="N",
        help="how many virtual people",
    )
    for name, meta, says in (
        ("model", "ID", "the model; the card's own where none is named"),
        ("weights", "KG-KG", "whole kilograms, '60-110'; the model's own people where none is"),
        ("ages", "YEARS-YEARS", "'18-65'; without it no age effect is applied"),
        ("vial", "STRENGTH", "'50 mg/mL', or a vial's id; the first on the list"),
        ("final", "STRENGTH", "final concentration from the signed list"),
        ("pump", "ID", "pump from the list"),
        ("within", "LEVELS", "a band you choose, '50 ng/mL to 150 ng/mL'"),
        ("after", "TIME", "how long people are looked at after the end, '2 h'"),
    ):
        simulate.add_argument(f"--{name}", default="", action=Once, metavar=meta, help=says)
    _add_repeated(simulate)
    simulate.add_argument(
        "--seed",
        default=1,
        action=Once,
        type=int,
        metavar="N",
        help="whom to draw; 1 where none is",
    )
    _add_where(simulate)


def _add_repeated(simulate: argparse.ArgumentParser) -> None:
    """What may be typed more than once."""
    simulate.add_argument(
        "--set", action="append", default=[], type=pair, dest="given", metavar="FIELD=VALUE",
        help="for every protocol that has the field, or PROTOCOL:FIELD=VALUE; may be repeated",
    )  # fmt: skip
    for name, says in (("above", "count the minutes above"), ("below", "from when below")):
        simulate.add_argument(
            f"--{name}", action="append", default=[], metavar="LEVEL",
            help=f"{says} a level you choose, '100 ng/mL'; may be repeated",
        )  # fmt: skip


def _add_where(simulate: argparse.ArgumentParser) -> None:
    """Where the work runs and where its answer goes."""
    where = simulate.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes; one for each core")
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, 'tcp://host:8786'")
    simulate.add_argument("--out", type=Path, metavar="DIR", help="keep files and progress there")
    simulate.add_argument(
        "--every-level", action="store_true", help="also every level of everybody, into --out"
    )
    simulate.add_argument("--json", action="store_true", help="print JSON (quietdrip-simulate/1)")
    add_site(simulate)


def run(call: argparse.Namespace) -> int:
    """Answer one call and give its exit code."""
    if call.workers is not None and call.workers < 1:
        return say(f"--workers {call.workers}: it takes at least one.", MALFORMED)
    if call.every_level and call.out is None:
        return say("--every-level needs a folder; name one with --out.", MALFORMED)
    fields = [field for field, _ in call.given]
    twice = next((field for field in fields if fields.count(field) > 1), "")
    if twice:
        return say(f"--set {twice} is given twice; give each field once.", MALFORMED)
    from quietdrip.core.reasons import Refusal
    from quietdrip.sheets.simulate import simulation

    asked = simulation(_question(call), call.site)
    if isinstance(asked, Refusal):
        return _refused(call, asked)
    before = _before(call, asked)
    if isinstance(before, Refusal):
        return _refused(call, before)
    return _run(call, asked, before)


def _question(call: argparse.Namespace) -> "Question":
    from quietdrip.sheets.simulate_typed import Question

    return Question(
        protocols=tuple(call.protocols),
        people=call.people,
        seed=call.seed,
        model=call.model,
        weights=call.weights,
        ages=call.ages,
        vial=call.vial,
        final=call.final,
        pump=call.pump,
        given=tuple(call.given),
        above=tuple(call.above),
        below=tuple(call.below),
        within=call.within,
        after=call.after,
    )


def _before(call: argparse.Namespace, asked: "Simulation") -> "Kept | Refusal | None":
    """What the folder holds of this run, or nothing where there is no folder."""
    if call.out is None:
        return None
    from quietdrip.compute import kept, parts

    every = f"every level: {parts.kind_here()}\n" if call.every_level else ""
    return kept.opened(call.out, asked.told + every)


def _run(call: argparse.Namespace, asked: "Simulation", before: "Kept | None") -> int:
    from quietdrip.compute import parts
    from quietdrip.compute.run import PlaceFailed
    from quietdrip.compute.trial_run import to_the_end

    progress = Progress(asked.trial.chunks, asked.trial.crowd.count, len(asked.trial.arms))
    kind = parts.kind_here() if call.every_level else None
    try:
        counts = to_the_end(asked.trial, _place(call, asked), call.out, before, kind, progress.tell)
        progress.end()
        return _shown(call, asked, counts)
    except PlaceFailed as fault:
        progress.end()
        return say(f"{fault}{_goes_on(call)}", COULD_NOT)
    except OSError as fault:
        progress.end()
        says = f"{call.out} could not be written: {fault.strerror or fault}.{_goes_on(call)}"
        return say(says, COULD_NOT)
    except KeyboardInterrupt:
        progress.end()
        return say(f"Stopped.{_goes_on(call)}", COULD_NOT)


def _goes_on(call: argparse.Namespace) -> str:
    return "" if call.out is None else " What is done is kept; the same command goes on from there."


def _place(call: argparse.Namespace, asked: "Simulation") -> "Place":
    from quietdrip.compute.run import Cluster, Here, Pool, usual_workers

    if call.cluster:
        return Cluster(address=call.cluster)
    workers = min(call.workers or usual_workers(), asked.trial.chunks)
    return Here() if workers == 1 else Pool(workers=workers)


def _shown(call: argparse.Namespace, asked: "Simulation", counts: "Counts") -> int:
    """Write the files, print the answer."""
    from quietdrip.sheets.simulate_files import as_json, files
    from quietdrip.sheets.simulate_found import found

    result = found(asked, counts)
    if call.out is not None:
        from quietdrip.compute.kept import written

        for name, content in files(result).items():
            written(call.out / name, content)
    if call.json:
        print(json.dumps(as_json(result), indent=1, ensure_ascii=False, allow_nan=False))
        return 0
    from quietdrip.sheets.simulate_text import as_text

    print(as_text(result, ascii_only=not speaks_unicode()))
    if call.out is not None:
        print(f"Files are in {call.out}.")
    return 0


def _refused(call: argparse.Namespace, why: "Refusal") -> int:
    if call.json:
        print(json.dumps({"refused": [{"id": r.id, "says": r.says} for r in why.reasons]}))
        return REFUSED
    return say(why.says, REFUSED)


class Progress:
    """How far the work is, on standard error: a bar for a person, a line now and then for a log."""

    def __init__(self, chunks: int, people: int, protocols: int) -> None:
        self._chunks, self._people, self._protocols = chunks, people, protocols
        self._bar = sys.stderr.isatty()
        self._began, self._first, self._said = monotonic(), 0, 0.0

    def tell(self, done: int) -> None:
        """So many chunks are done."""
        now = monotonic()
        if not self._said:
            self._began, self._first, self._said = now, done, now
            return
        due = now - self._said >= (EVERY_S if self._bar else PLAIN_EVERY_S)
        if due or (self._bar and done == self._chunks):
            self._said = now
            self._write(done, now - self._began)

    def end(self) -> None:
        """Leave the bar's line."""
        if self._bar:
            print(file=sys.stderr)

    def _write(self, done: int, spent_s: float) -> None:
        each = self._people * self._protocols / self._chunks
        rate = (done - self._first) * each / max(spent_s, 1e-9)
        left_s = (self._chunks - done) * each / max(rate, 1e-9)
        share = done / self._chunks
        says = f"{share:4.0%}  {rate:,.0f} infusions a second, {_spoken(left_s)} left"
        if self._bar:
            full = round(share * BAR)
            print(f"\r[{'=' * full}{' ' * (BAR - full)}] {says}   ", end="", file=sys.stderr)
        else:
            print(f"quietdrip: {says}", file=sys.stderr)
        sys.stderr.flush()


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
