"""House: no kept file names this machine, a package registry or work left undone."""

import re

import pytest

from tests.house.tree import ROOT, kept_files, kept_texts, shown

# Written in pieces, so that this file does not name what it forbids.
REGISTRIES = [".".join(words) for words in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"),
    ("yarnpkg", "com"), ("deb", "debian", "org"), ("pkg", "dev"),
)]  # fmt: skip
MACHINE = re.compile(r"(?<![\w.}\])-])/(?:root|work|tmp|opt/pypi|home/\w+)(?:/|\b(?=[\s\"'`]))")
UNDONE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
FRAGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(added|changed|fixed|clinical)\.md")


def test_no_kept_file_names_a_package_registry() -> None:
    naming = {
        f"{shown(path)}: {host}"
        for path, text in kept_texts()
        for host in REGISTRIES
        if host in text
    }

    assert naming == set()


def test_no_kept_file_names_a_path_of_this_machine() -> None:
    naming = {
        f"{shown(path)}: {found[0]}"
        for path, text in kept_texts()
        if (found := MACHINE.search(text)) and path.name != "LICENSE"
    }

    assert naming == set()


@pytest.mark.parametrize("place", ["tmp", "root", "work"])
def test_the_search_for_paths_of_a_machine_finds_one(place: str) -> None:
    assert MACHINE.search(f'open("/{place}/file")')
    assert not MACHINE.search(f"https://example.org/{place}/file")


def test_no_kept_file_leaves_work_undone() -> None:
    undone = {shown(path) for path, text in kept_texts() if UNDONE.search(text)}

    assert undone == set()


def test_no_kept_file_was_made_by_the_build() -> None:
    built = {
        shown(path)
        for path in kept_files()
        if path.suffix in {".woff2", ".ttf", ".map", ".pyc"} or "node_modules" in path.parts
    }

    assert built == set()


def test_every_kept_text_ends_with_one_line_end() -> None:
    ragged = {
        shown(path)
        for path, text in kept_texts()
        if text and (not text.endswith("\n") or text.endswith("\n\n"))
    }

    assert ragged == set()


def test_every_locked_package_has_its_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        entries = re.split(r"^(?=\S)", text, flags=re.M)
        packages = [entry for entry in entries if "==" in entry.partition("\n")[0]]

        assert packages
        assert [p.partition("\n")[0] for p in packages if "--hash=sha256:" not in p] == []


def test_changelog_fragments_are_well_formed() -> None:
    fragments = [p for p in (ROOT / "changelog.d").iterdir() if p.name != "README.md"]
    wrong = {p.name for p in fragments if not FRAGMENT.fullmatch(p.name)}
    empty = {p.name for p in fragments if not p.read_text().strip()}
    unheld = {p.name for p in fragments if ".clinical." in p.name and "HZ-" not in p.read_text()}

    assert (wrong, empty, unheld) == (set(), set(), set())
