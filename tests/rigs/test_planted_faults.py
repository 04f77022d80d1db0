"""A few planted faults; `./dev rig planted-faults` plants them all."""

import pytest

from rigs.planted_faults import FAULTS, NO_FAULT, PACKAGE, Fault, seen_by

QUICK = ("tests/core/test_examples.py",)


@pytest.mark.parametrize("fault", FAULTS[::4], ids=lambda fault: fault.says)
def test_a_planted_fault_makes_a_test_fail(fault: Fault) -> None:
    assert seen_by(fault)


def test_an_unharmed_copy_passes() -> None:
    assert seen_by(NO_FAULT, QUICK) == ""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.says)
def test_each_fault_still_has_the_one_line_it_is_planted_in(fault: Fault) -> None:
    text = (PACKAGE / f"core/{fault.module}.py").read_text(encoding="utf-8")

    assert text.count(fault.right) == 1
    assert len(FAULTS) >= 10
