"""House: `./dev` says what it can do, rigs close honestly, and no test leaves this machine."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rigs.frame import Asked, Trial, run
from tests.conftest import NetworkUsed
from tests.house.tree import ROOT

COMMANDS = ("setup", "demo", "test", "check", "rig", "lock")


def dev(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "dev"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_dev_lists_its_commands() -> None:
    for words in ([], ["--help"]):
        answer = dev(*words)

        assert answer.returncode == 0
        assert [name for name in COMMANDS if f"./dev {name}" not in answer.stdout] == []


def test_an_unknown_command_is_a_malformed_call() -> None:
    answer = dev("fly")

    assert answer.returncode == 2
    assert "'fly'" in answer.stdout


def test_an_unknown_rig_is_answered_with_the_rigs_there_are() -> None:
    for words in (["rig", "no-such-rig"], ["rig"], ["rig", "frame"]):
        answer = dev(*words)

        assert answer.returncode == 2
        assert "dose-wall" in answer.stdout
        assert len(answer.stdout.splitlines()) == 1


def test_dev_is_short_and_needs_the_standard_library_only() -> None:
    text = (ROOT / "dev").read_text()
    imported = {line.split()[1].partition(".")[0] for line in text.splitlines() if
                line.startswith(("import ", "from "))}  # fmt: skip

    assert imported <= sys.stdlib_module_names
    assert len(text.splitlines()) <= 200


def coins(asked: Asked) -> Iterator[Trial]:
    for number in range(asked.trials):
        yield {"trial": number, "seed": asked.seed, "held": not asked.control or number > 0}


def test_a_rig_writes_one_line_for_each_trial_and_closes_with_how_many_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run("coins", coins, trials_by_default=5, argv=["--seed", "7"], folder=tmp_path)

    lines = (tmp_path / "coins-seed-7.jsonl").read_text().splitlines()
    assert status == 0
    assert [json.loads(line)["trial"] for line in lines] == [0, 1, 2, 3, 4]
    assert capsys.readouterr().out.splitlines()[-1] == "coins: 5/5"


def test_a_rig_with_one_trial_lost_does_not_exit_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--control", "--trials", "3"]

    assert run("coins", coins, trials_by_default=5, argv=arguments, folder=tmp_path) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "coins: 2/3"


def test_a_rig_that_tried_nothing_has_shown_nothing(tmp_path: Path) -> None:
    assert run("none", lambda asked: (), trials_by_default=5, argv=[], folder=tmp_path) == 1


@pytest.mark.parametrize("words", [["--trials", "0"], ["--trials", "-3"], ["--tria", "3"]])
def test_a_malformed_call_of_a_rig_exits_with_2(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        run("coins", coins, trials_by_default=5, argv=words, folder=tmp_path)

    assert left.value.code == 2


def test_the_network_is_off_in_tests() -> None:
    with pytest.raises(NetworkUsed), socket.socket() as line:
        line.connect(("192.0.2.1", 80))  # a documentation address: it belongs to nobody
    with pytest.raises(NetworkUsed):
        socket.getaddrinfo("example.org", 443)


def test_this_machine_can_speak_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname(), timeout=5).close()
