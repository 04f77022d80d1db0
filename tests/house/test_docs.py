"""House: the documents are true. The map names what stands, hazards name tests that exist."""

import ast
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house.tree import ROOT, kept_files, modules, parsed, shown

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
TREE_LINE = re.compile(r"^(?P<indent> *)(?P<path>[\w./*-]+)(?: .*)?$")


def test_the_map_names_every_package_and_module_that_stands() -> None:
    standing = {
        shown(module.parent if module.name == "__init__.py" else module) for module in modules()
    }

    assert standing - set(mapped()) == set()


def test_the_map_names_nothing_that_does_not_stand() -> None:
    built = ("src/quietdrip/web/static", "src/quietdrip/sheets/fonts")
    absent = {path for path in mapped() if not path.startswith(built) and not any(ROOT.glob(path))}

    assert absent == set()


def test_a_tree_in_a_document_is_read_by_its_indents() -> None:
    drawn = "src/\n  a/          a room\n    b.py      a module\n  c.py\ndev         the commands\n"

    assert list(paths_of(drawn)) == ["src", "src/a", "src/a/b.py", "src/c.py", "dev"]


def test_every_hazard_is_whole_and_has_an_id_of_its_own() -> None:
    whole = {"id", "slug", "area", "hazard", "control", "tests"}
    ids = [hazard.get("id", "") for hazard in hazards()]

    assert [h.get("id") for h in hazards() if not whole <= set(h)] == []
    assert [name for name in ids if not re.fullmatch(r"HZ-\d{2,3}", name)] == []
    assert len(ids) == len(set(ids))
    assert ids


def test_every_hazard_names_tests_that_exist() -> None:
    missing = {
        f"{hazard['id']}: {test}"
        for hazard in hazards()
        for test in hazard["tests"]
        if not exists(test)
    }
    unheld = {hazard["id"] for hazard in hazards() if not hazard["tests"]}

    assert missing == set()
    assert unheld == set()


@pytest.mark.parametrize(
    "name",
    ["tests/house/test_docs.py::test_no_such_thing", "tests/nowhere.py::test_a", "test_docs"],
)
def test_a_hazard_cannot_lean_on_a_test_that_is_not_there(name: str) -> None:
    assert not exists(name)


def test_the_readme_shows_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()

    assert "./dev demo" in readme
    assert "./dev test" in readme


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = {
        f"{shown(page)}: {link}"
        for page in kept_files()
        if page.suffix == ".md"
        for link in LINK.findall(page.read_text())
        if not (page.parent / link).exists()
    }

    assert broken == set()


def test_every_decision_has_a_number_a_context_a_decision_and_consequences() -> None:
    pages = sorted(DOCS.glob("decisions/[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    short = {
        shown(page)
        for page in pages
        for part in ("Context", "Decision", "Consequences")
        if part not in page.read_text()
    }

    assert numbers == list(range(1, len(pages) + 1))
    assert short == set()


def mapped() -> list[str]:
    """Every path that the tree in docs/map.md names."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", (DOCS / "map.md").read_text(), re.M | re.S)
    return [path for block in fenced for path in paths_of(block)]


def paths_of(drawn: str) -> Iterator[str]:
    """Full paths from a tree drawn by indents: one path a line, then what it is for."""
    above: list[tuple[int, str]] = []
    for line in drawn.splitlines():
        found = TREE_LINE.match(line)
        if not found:
            continue
        indent = len(found["indent"])
        above = [(depth, path) for depth, path in above if depth < indent]
        parent = f"{above[-1][1]}/" if above else ""
        path = parent + found["path"].rstrip("/")
        # Only a folder, written with its slash, can hold what is indented below it.
        if found["path"].endswith("/"):
            above.append((indent, path))
        elif above and indent > above[-1][0] + 4:
            continue  # the second line of a description
        yield path


def hazards() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((DOCS / "hazards.toml").read_text())["hazard"]
    return found


def exists(test: str) -> bool:
    """Whether `tests/…/test_x.py::test_name` is a function that stands there."""
    name, _, function = test.partition("::")
    path = ROOT / name
    if not function or not path.is_file():
        return False
    wanted = function.partition("[")[0].rpartition("::")[2]
    return any(
        isinstance(node, ast.FunctionDef) and node.name == wanted for node in ast.walk(parsed(path))
    )
