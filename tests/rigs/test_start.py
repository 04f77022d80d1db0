"""What starting the program loads; how long it takes is measured in benchmarks/card.py."""

import subprocess
import sys

import pytest

from quietdrip.cli import main

HEAVY = ("numpy", "django", "typst", "scipy")


def loaded(*arguments: str) -> set[str]:
    """The heavy packages in memory after the command line has run."""
    script = (
        "import sys\n"
        "from quietdrip.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit:\n"
        "    pass\n"
        "print('LOADED', *sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(run.stdout.splitlines()[-1].split(" ")[1:]) & set(HEAVY)


@pytest.mark.parametrize("arguments", [["--help"], ["card", "--help"], ["--version"], ["card"]])
def test_help_and_a_malformed_call_load_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(*arguments) == set()


def test_a_refused_weight_is_refused_without_loading_pages_or_printing() -> None:
    refused = loaded("card", "mood-single-05-40", "--weight", "70", "--vial", "50 mg/mL")

    assert refused <= {"numpy"}


@pytest.mark.parametrize("option", ["--weight", "--vial", "--final", "--pump", "--last-weight"])
def test_an_option_typed_twice_is_malformed_and_neither_value_is_taken(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["card", "mood-single-05-40", "--weight", "70 kg", "--vial", "50 mg/mL"]

    with pytest.raises(SystemExit) as end:
        main([*call, option, "1 mg/mL", option, "10 mg/mL"])
    assert end.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{option} is given twice" in shown.err
