"""Faults planted one at a time into a copy of the core: the examples and the oracle must see each.

The copy comes first on the path of a test run of its own; without a fault that run passes.
`--control` plants faults that change nothing, which nothing can see, so the rig must fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rigs import frame

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src/quietdrip"
TESTS = ("tests/core/test_examples.py", "tests/core/test_refusals.py", "tests/core/test_oracle.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line of a core module and what a slip of its author might have made of it."""

    says: str
    module: str
    right: str
    wrong: str


FAULTS = (
    Fault(
        says="the pump's rate is rounded up",
        module="dosing",
        right="return floor_to(rate_ml_per_h, pump.step_at(cut))",
        wrong="return floor_to(rate_ml_per_h, pump.step_at(cut)) + pump.step_at(cut)",
    ),
    Fault(
        says="everything cut is cut at two decimals more than the pump's step",
        module="units",
        right="return int(value / Fraction(step)) * step",
        wrong="return int(value / Fraction(step) * 100) * step / 100",
    ),
    Fault(
        says="the cap of a constant rate is dropped",
        module="program",
        right="asked = rate if cap is None else min(rate, cap.canonical)",
        wrong="asked = rate",
    ),
    Fault(
        says="the cap of a climb is dropped",
        module="program",
        right="asked = limited if cap is None else min(limited, cap.canonical)",
        wrong="asked = limited",
    ),
    Fault(
        says="the ceiling of a climb is ignored",
        module="program",
        right="limited = rate if ceiling is None else min(rate, ceiling)",
        wrong="limited = rate",
    ),
    Fault(
        says="the patient's weight is ignored for a dose",
        module="units",
        right="        return quantity.canonical * weight_kg\n    return mg(quantity)",
        wrong="        return quantity.canonical * 70\n    return mg(quantity)",
    ),
    Fault(
        says="mg/h is keyed as mL/h",
        module="dosing",
        right="exact = stretch.rate_mg_per_h / Fraction(prescription.strength.mg_per_ml)",
        wrong="exact = stretch.rate_mg_per_h",
    ),
    Fault(
        says="minutes and hours are mixed up",
        module="units",
        right="MIN_PER_H = 60",
        wrong="MIN_PER_H = 1",
    ),
    Fault(
        says="a limit that bites at its value bites only beyond it",
        module="limits",
        right="return value >= limit if self.reaching else value > limit",
        wrong="return value > limit",
    ),
    Fault(
        says="what stays over is taken the wrong way round",
        module="drawup",
        right="residual_mg = shown(prepared_mg) - delivered_mg",
        wrong="residual_mg = delivered_mg - shown(prepared_mg)",
    ),
    Fault(
        says="pounds are multiplied where they are divided",
        module="units",
        right='_unit("lb", Kind.WEIGHT, KG_PER_LB)',
        wrong='_unit("lb", Kind.WEIGHT, 1 / KG_PER_LB)',
    ),
    Fault(
        says="the strong vial may be given undiluted",
        module="drawup",
        right="if strength.mg_per_ml > vial.strongest_iv_mg_per_ml:",
        wrong="if strength.mg_per_ml > vial.strength_mg_per_ml:",
    ),
    Fault(
        says="the 10 mg/mL vial may be diluted",
        module="drawup",
        right="if strength.mg_per_ml < vial.strength_mg_per_ml and not vial.may_dilute:",
        wrong="if False:",
    ),
    Fault(
        says="limits count the heavier of two weights",
        module="dosing",
        right="lower_kg = min(weight_kg, prescription.weights.actual.canonical)",
        wrong="lower_kg = max(weight_kg, prescription.weights.actual.canonical)",
    ),
    Fault(
        says="a started vial is not counted",
        module="drawup",
        right="vials = -(-drug_ml // Fraction(vial.volume_ml))",
        wrong="vials = drug_ml // Fraction(vial.volume_ml)",
    ),
    Fault(
        says="vial and final strength are swapped in the recipe",
        module="drawup",
        right="mix = Fraction(vial.strength_mg_per_ml) / Fraction(strength.mg_per_ml)",
        wrong="mix = Fraction(strength.mg_per_ml) / Fraction(vial.strength_mg_per_ml)",
    ),
    Fault(
        says="a weight that changed is not asked back",
        module="guard",
        right="if change_percent <= Fraction(bounds.weight_change_percent):",
        wrong="if change_percent >= 0:",
    ),
    Fault(
        says="how coarse a pump may be is not looked at",
        module="dosing",
        right="if short <= Fraction(bounds.rounding_at_most_percent):",
        wrong="if short <= 100:",
    ),
)
NO_FAULT = Fault(says="nothing", module="units", right="MIN_PER_H = 60", wrong="MIN_PER_H = 60  #")


def trials(asked: frame.Asked) -> Iterator[frame.Trial]:
    """First the unharmed copy, which must pass, then each fault, which must not."""
    unharmed = seen_by(NO_FAULT)
    yield {"fault": NO_FAULT.says, "seen_by": unharmed, "held": not unharmed}
    for fault in FAULTS[: asked.trials]:
        planted = NO_FAULT if asked.control else fault
        test = seen_by(planted)
        yield {"fault": fault.says, "module": fault.module, "seen_by": test, "held": bool(test)}


def seen_by(fault: Fault, tests: tuple[str, ...] = TESTS) -> str:
    """The first of the tests that fails on a copy with this fault; empty where none does."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "quietdrip"
        shutil.copytree(
            PACKAGE, copy, ignore=shutil.ignore_patterns("web", "sheets", "__pycache__")
        )
        module = copy / f"core/{fault.module}.py"
        text = module.read_text(encoding="utf-8")
        if text.count(fault.right) != 1:
            raise ValueError(f"core/{fault.module}.py no longer holds: {fault.right}")
        module.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
        return _first_failure(Path(folder), tests)


def _first_failure(path: Path, tests: tuple[str, ...]) -> str:
    """The name of the first failing test with this folder ahead of the installed package."""
    run = subprocess.run(  # noqa: S603 - our own interpreter on our own tests
        [sys.executable, "-m", "pytest", "-x", "-q", "--noconftest", "-p", "no:cacheprovider",
         "-p", "no:xdist", "--tb=no", "-rfE", *tests],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if run.returncode == 0:
        return ""
    marks = ("FAILED ", "ERROR ")
    failed = [line for line in run.stdout.splitlines() if line.startswith(marks)]
    if not failed:
        raise RuntimeError(f"The tests did not run:\n{run.stdout}{run.stderr}")
    return failed[0].split(" ", 1)[1].split(" - ")[0]


if __name__ == "__main__":
    sys.exit(frame.run("planted-faults", trials, trials_by_default=len(FAULTS)))
