"""The packaged library is exactly what was sealed, or nothing is planned from it (HZ-35)."""

from pathlib import Path

import pytest

from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged, read, read_models
from tests.library.copied import Copy, copy_of_library

FLIPPED = (
    "protocols/mood-single-05-40.toml",
    "monitoring/mood-40-60.toml",
    "shelf.toml",
    "vials/ketamine-100.toml",
    "strengths/1-mg-per-ml.toml",
    "pumps/generic-0.01.toml",
    "limits.toml",
    "models/kamp_2020_racemic.toml",
)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    return copy_of_library(tmp_path, monkeypatch)


def everything() -> list[object]:
    return [
        read.protocol("mood-single-05-40"),
        read.shelf(),
        read.bounds(),
        read_models.model("kamp_2020_racemic"),
    ]


def test_the_manifest_is_current() -> None:
    manifest = packaged.ROOT / packaged.MANIFEST

    assert manifest.read_text(encoding="utf-8") == packaged.seal()


def test_the_untouched_copy_is_read(library: Copy) -> None:
    assert not any(isinstance(found, Refusal) for found in everything())


@pytest.mark.parametrize("path", FLIPPED)
def test_a_flip_of_any_one_byte_is_refused(library: Copy, path: str) -> None:
    file = library.root / path
    sealed = file.read_bytes()
    places = range(0, len(sealed), max(1, len(sealed) // 20))
    for place in (*places, len(sealed) - 1):
        spoilt = bytearray(sealed)
        spoilt[place] ^= 1 << (place % 8)
        file.write_bytes(spoilt)
        refused = [found for found in everything() if isinstance(found, Refusal)]
        assert len(refused) == 1, place
        assert f"{path} has been changed since the library was sealed" in refused[0].says


def test_a_byte_flipped_in_the_manifest_refuses_the_file_it_speaks_of(library: Copy) -> None:
    manifest = library.root / packaged.MANIFEST
    line = next(row for row in manifest.read_text().splitlines() if "mood-single" in row)
    manifest.write_text(manifest.read_text().replace(line, "0" * 64 + line[64:]))

    assert isinstance(read.protocol("mood-single-05-40"), Refusal)


def test_a_file_longer_or_shorter_by_a_byte_is_refused(library: Copy) -> None:
    file = library.root / "limits.toml"
    sealed = file.read_bytes()
    for spoilt in (sealed + b"\n", sealed[:-1], b""):
        file.write_bytes(spoilt)
        assert isinstance(read.bounds(), Refusal)


def test_an_entry_that_was_never_sealed_does_not_exist(library: Copy) -> None:
    text = library.text("protocols/mood-single-05-40.toml")
    (library.root / "protocols/mood-mine.toml").write_text(text)

    assert "mood-mine" not in read.protocol_ids()
    assert isinstance(read.protocol("mood-mine"), Refusal)


def test_without_a_manifest_nothing_can_be_planned(library: Copy) -> None:
    (library.root / packaged.MANIFEST).unlink()

    assert all(isinstance(found, Refusal) for found in everything())
    assert read.protocol_ids() == ()
