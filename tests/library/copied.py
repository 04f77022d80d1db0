"""A copy of the packaged library a test may spoil, and a site's folder a test may sign."""

from datetime import date
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged, sign

DAY = date(2026, 11, 21)
SIGNERS = (("Ada Prescriber", "prescriber"), ("Ben Pharmacist", "pharmacist"))


class Copy:
    """The library's files in a folder of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def edit(self, path: str, old: str, new: str) -> None:
        """Changes one place of a file and seals the library as it then is."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} does not stand in {path}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        packaged.write_seal()

    def add(self, path: str, text: str) -> None:
        """Adds a file and seals the library as it then is."""
        (self.root / path).write_text(text, encoding="utf-8")
        packaged.write_seal()

    def text(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_text(encoding="utf-8")


def copy_of_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """Copies the package's library and makes every reader use the copy."""
    root = folder / "library"
    copytree(packaged.ROOT, root, ignore=ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(packaged, "ROOT", root)
    return Copy(root)


def write_site(site: Path, path: str, text: str) -> None:
    """Writes a site's own file, unsigned."""
    file = site / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def sign_all(site: Path, *paths: str) -> None:
    """Has both signers sign these files as they are."""
    for path in paths:
        for name, role in SIGNERS:
            said = sign.sign(site, Path(path), by=name, role=role, on=DAY)
            assert not isinstance(said, Refusal), said
