"""A signature says who read exactly which text; the list is replaced whole or not at all."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quietdrip.core.reasons import Refusal
from quietdrip.library import sign
from tests.library.copied import DAY, write_site

FILE = "protocols/ours.toml"
SHA = "a" * 64


def add(text: str, name: str = "Ada Lovelace", role: str = "prescriber") -> str:
    found = sign.add(text, FILE, SHA, name, role, DAY)
    assert not isinstance(found, Refusal), found
    return found


def test_a_signature_holds_file_fingerprint_name_role_and_day() -> None:
    (row,) = tomllib.loads(add(""))["signature"]

    assert row == {
        "file": FILE,
        "sha256": SHA,
        "name": "Ada Lovelace",
        "role": "prescriber",
        "on": "2026-11-21",
    }


def test_earlier_signatures_stay_as_they_were() -> None:
    one = add("")
    two = add(one, "Ben", "pharmacist")

    assert two.startswith(one.rstrip())
    assert [row["name"] for row in tomllib.loads(two)["signature"]] == ["Ada Lovelace", "Ben"]


@pytest.mark.parametrize(
    ("name", "role", "says"),
    [
        ("", "prescriber", "Write the name"),
        ("   ", "prescriber", "Write the name"),
        ('Ada"\nrole = "x', "prescriber", "Write the name"),
        ("Ada\\", "prescriber", "Write the name"),
        ("Ada", "owner", "'owner' is no role"),
    ],
)
def test_a_name_or_role_that_is_none_is_refused(name: str, role: str, says: str) -> None:
    found = sign.add("", FILE, SHA, name, role, DAY)
    assert isinstance(found, Refusal)

    assert says in found.says


def test_nobody_signs_the_same_text_twice() -> None:
    found = sign.add(add(""), FILE, SHA, "ada  lovelace", "nurse", DAY)
    assert isinstance(found, Refusal)

    assert "has signed this text" in found.says


def test_signing_a_spoilt_list_is_refused() -> None:
    assert isinstance(sign.add("[[", FILE, SHA, "Ada", "prescriber", DAY), Refusal)


@given(st.text(max_size=40))
def test_a_name_is_kept_as_written_or_refused(name: str) -> None:
    found = sign.add("", FILE, SHA, name, "prescriber", DAY)

    if isinstance(found, str):
        (row,) = tomllib.loads(found)["signature"]
        assert row["name"] == " ".join(name.split())


def test_what_is_missing_is_said_until_it_counts(tmp_path: Path) -> None:
    write_site(tmp_path, FILE, "x = 1\n")
    first = sign.sign(tmp_path, Path(FILE), by="Ben", role="pharmacist", on=DAY)
    second = sign.sign(tmp_path, tmp_path / FILE, by="Ada", role="prescriber", on=DAY)

    assert "1 of 2 people" in str(first)
    assert "It counts now" in str(second)


def test_only_a_file_inside_the_site_s_folder_is_signed(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_site(site, FILE, "x = 1\n")
    write_site(tmp_path, "outside.toml", "x = 1\n")
    for path in ("protocols/none.toml", "../outside.toml", str(tmp_path / "outside.toml")):
        found = sign.sign(site, Path(path), by="Ada", role="prescriber", on=DAY)
        assert isinstance(found, Refusal)
    assert not (site / sign.FILE).exists()


def test_writing_leaves_nothing_but_the_list(tmp_path: Path) -> None:
    sign.write(tmp_path, add(""))

    assert [path.name for path in tmp_path.iterdir()] == [sign.FILE]
