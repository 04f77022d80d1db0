"""`quietdrip simulate` as a person meets it: killed, resumed, compared, and told what is wrong."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from quietdrip.cli import main
from quietdrip.core.pkpd.trial import CHUNK
from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged

MOOD, MODEL = "mood-single-05-40", "kamp_2020_racemic"
COMMAND = [sys.executable, "-c", "import sys; from quietdrip.cli import main; sys.exit(main())"]
LARGE = ("simulate", MOOD, "--people", "90000", "--weights", "60-62", "--below", "50 ng/mL")
Say = pytest.CaptureFixture[str]


def simulate(*more: str) -> list[str]:
    return ["simulate", MOOD, "--people", "20", "--weights", "70-71", "--workers", "1", *more]


def the_files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_killed_at_any_moment_and_run_again_it_ends_in_the_same_bytes(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run([*COMMAND, *LARGE, "--workers", "1", "--out", whole], check=True,
                   capture_output=True)  # fmt: skip
    with subprocess.Popen(
        [*COMMAND, *LARGE, "--workers", "2", "--out", broken], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as killed:  # fmt: skip
        give_up_at = monotonic() + 60
        while not (broken / "counts.npz").exists() and monotonic() < give_up_at:
            sleep(0.005)
        os.kill(killed.pid, signal.SIGKILL)
    assert not (broken / "result.json").exists()
    assert np.load(broken / "counts.npz")["chunks-done"] < 90_000 / CHUNK

    subprocess.run([*COMMAND, *LARGE, "--workers", "2", "--out", broken], check=True,
                   capture_output=True)  # fmt: skip

    assert the_files(broken) == the_files(whole)


def test_the_answer_is_printed_as_text_and_as_json(capsys: Say) -> None:
    assert main(simulate()) == 0
    text = capsys.readouterr()
    assert main(simulate("--json")) == 0
    told = json.loads(capsys.readouterr().out)

    assert "20 people, 70 to 71 kg" in text.out
    assert told["run"]["people"] == 20
    assert text.err == ""


def test_a_finished_folder_answers_again(tmp_path: Path, capsys: Say) -> None:
    assert main(simulate("--out", str(tmp_path))) == 0
    first = capsys.readouterr().out
    assert main(simulate("--out", str(tmp_path))) == 0

    assert capsys.readouterr().out == first


def test_a_folder_of_another_run_is_refused(tmp_path: Path, capsys: Say) -> None:
    assert main(simulate("--out", str(tmp_path))) == 0
    capsys.readouterr()
    assert main(simulate("--out", str(tmp_path), "--seed", "2")) == 3

    assert "holds another run" in one_sentence(capsys)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, capsys: Say) -> None:
    (tmp_path / "file").write_text("")
    assert main(simulate("--out", str(tmp_path / "file" / "out"))) == 3

    assert "cannot be used: Not a directory." in one_sentence(capsys)


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        ("--people 0 --weights 70-71", 3, "0 people were asked for; ask for at least one."),
        ("--people 20 --weights 60to110", 3, "'60to110' is no range of weights"),
        ("--people 20 --weights 70-71 --workers 0", 2, "--workers 0: it takes at least one."),
        ("--people 20 --weights 70-71 --every-level", 2, "--every-level needs a folder"),
        ("--people 20 --weights 70-71 --set rate=1 --set rate=2", 2, "--set rate is given twice"),
    ],
)
def test_each_wrong_call_is_one_sentence(typed: str, code: int, sentence: str, capsys: Say) -> None:
    assert main(["simulate", MOOD, *typed.split()]) == code

    assert sentence in one_sentence(capsys)


@pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is not installed")
@pytest.mark.filterwarnings("ignore")
def test_a_dead_scheduler_is_one_sentence(capsys: Say) -> None:
    typed = simulate("--cluster", "tcp://127.0.0.1:9")
    typed = [part for part in typed if part not in ("--workers", "1")]
    assert main(typed) == 1

    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ('typical = "84 L/h"', 'typical = "84"', "unit"),
        ('typical = "84 L/h"', 'typical = "-84 L/h"', "-84 L/h"),
        ('{ from = "central", to = "out", clearance = "CL", volume = "V1" },', "", ""),
    ],
    ids=["a missing unit", "a negative clearance", "a cycle without elimination"],
)
def test_a_model_that_cannot_be_run_is_one_sentence(
    before: str, after: str, word: str, capsys: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed: Callable[[str], tuple[str, str] | Refusal] = packaged.text_of

    def spoilt(path: str) -> tuple[str, str] | Refusal:
        found = sealed(path)
        if isinstance(found, Refusal) or path != f"models/{MODEL}.toml":
            return found
        assert before in found[0]
        return found[0].replace(before, after), found[1]

    monkeypatch.setattr(packaged, "text_of", spoilt)

    assert main(simulate("--model", MODEL)) == 3
    says = one_sentence(capsys)
    assert MODEL in says
    assert word in says


def one_sentence(capsys: Say) -> str:
    """What was said on standard error; exactly one line, and nothing on standard output."""
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1, said.err
    return said.err
