"""What every rig shares: its arguments, one JSON line for each trial, one closing line.

A rig is a module with a generator of trials and, below it,
`if __name__ == "__main__": sys.exit(run("dose-wall", trials, trials_by_default=100_000))`.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(".rigs")
Trial = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a rig was called: equal seeds and counts make equal trials.

    control: run the weakened build, which must let some trial fail; a rig that cannot fail shows
    nothing.
    """

    seed: int
    trials: int
    control: bool


def run(
    name: str,
    trials: Callable[[Asked], Iterable[Trial]],
    *,
    trials_by_default: int,
    argv: Sequence[str] | None = None,
    folder: Path = FOLDER,
) -> int:
    """Run all trials, write them down, close with `NAME: held/total`; 0 only where every one held.

    Each trial is a mapping that JSON can write, with `held` true or false. No trial at all is 1.
    """
    asked = read_arguments(name, trials_by_default, argv)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{'-control' if asked.control else ''}-seed-{asked.seed}.jsonl"
    held = total = 0
    with path.open("w", encoding="utf-8") as lines:
        for trial in trials(asked):
            # Exactly true: a rig that answers with another truthy value has not decided.
            held += trial["held"] is True
            total += 1
            lines.write(json.dumps(trial, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"Trials: {path}")
    print(f"{name}: {held}/{total}", flush=True)
    return 0 if total and held == total else 1


def read_arguments(name: str, trials_by_default: int, argv: Sequence[str] | None = None) -> Asked:
    """The call of a rig, from the command line unless given; a malformed one exits with 2."""
    parser = argparse.ArgumentParser(prog=f"./dev rig {name}", allow_abbrev=False)
    parser.add_argument("--seed", type=int, default=1, help="equal seeds make equal trials")
    parser.add_argument("--trials", type=_count, default=trials_by_default, metavar="N")
    parser.add_argument("--control", action="store_true", help="run the weakened build; must fail")
    call = parser.parse_args(argv)
    return Asked(seed=call.seed, trials=call.trials, control=call.control)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no count of trials; write one, such as 1000")
    return int(text)
