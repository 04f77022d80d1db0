"""How long one card takes from the shell, as a ratio to Python starting NumPy: at most 3.

The two take turns in one run, so what else the machine does falls on both. Figures go to stdout;
the exit status is 1 where the ratio is above the limit. `python benchmarks/card.py [ROUNDS]`.
"""

import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

AT_MOST = 3.0
ROUNDS = 20
BIN = Path(sys.executable).parent
COMMANDS = {
    "python -c 'import numpy'": (sys.executable, "-c", "import numpy"),
    "quietdrip card": (
        str(BIN / "quietdrip"), "card", "mood-single-05-40", "--weight", "70 kg",
        "--vial", "50 mg/mL", "--final", "1 mg/mL", "--pump", "generic-0.1",
    ),
    "quietdrip --help": (str(BIN / "quietdrip"), "--help"),
    "python -c pass": (sys.executable, "-c", "pass"),
}  # fmt: skip


def main(rounds: int) -> int:
    """Time all commands in turn and print one JSON object; milliseconds of wall time."""
    for command in COMMANDS.values():
        seconds(command)  # fills the caches of files and bytecode
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command) * 1000)
    medians = {name: statistics.median(each) for name, each in times.items()}
    numpy, card, *_ = medians.values()
    figures = {
        "rounds": rounds,
        "python": platform.python_version(),
        "median_ms": {name: round(value, 1) for name, value in medians.items()},
        "fastest_ms": {name: round(min(each), 1) for name, each in times.items()},
        "card_to_numpy": round(card / numpy, 2),
        "at_most": AT_MOST,
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0 if card / numpy <= AT_MOST else 1


def seconds(command: tuple[str, ...]) -> float:
    """Wall time of one run, which must succeed."""
    began = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return perf_counter() - began


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS))
