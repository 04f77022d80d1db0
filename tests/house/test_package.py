"""House: what is shipped is whole, builds from its own sources and asks for what it uses."""

import ast
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import quietdrip
from tests.house.tree import ROOT, SOURCE, modules, parsed

MODULE_OF = {"django-csp": "csp"}
BUILT = {
    "web/static/quietdrip/card.js",
    "web/static/quietdrip/htmx.min.js",
    "web/static/quietdrip/quietdrip.css",
    "web/static/quietdrip/icons.svg",
    "web/static/quietdrip/licenses.txt",
    "web/static/quietdrip/atkinson-hyperlegible-next.woff2",
    "sheets/fonts/atkinson-hyperlegible-next-regular.ttf",
    "sheets/fonts/atkinson-hyperlegible-next-bold.ttf",
}


def build(kind: str, source: Path, out: Path) -> Path:
    """Build a wheel or an sdist with no Node and no npm in reach."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    env = {**os.environ, "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run(
        command, cwd=source, env=env, capture_output=True, text=True, timeout=120
    )
    if answer.returncode != 0:
        pytest.fail(
            f"No {kind} (are the built files older than their sources? ./dev setup):\n"
            + answer.stderr[-2000:]
        )
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel built from this tree."""
    made = build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))
    return set(zipfile.ZipFile(made).namelist())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist built from this tree."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


def test_the_wheel_holds_every_module_and_everything_a_module_reads(wheel_names: set[str]) -> None:
    read = {".py", ".toml", ".bib", ".typ", ".json", ".html", ".txt", ".sha256", ".typed"}
    build_only = {"icons.txt", "built.json"}
    wanted = {
        f"quietdrip/{path.relative_to(SOURCE).as_posix()}"
        for path in SOURCE.rglob("*")
        if (path.suffix in read or path.name == "py.typed") and path.name not in build_only
    }

    assert wanted - wheel_names == set()


def test_the_wheel_holds_the_built_page_and_typefaces(wheel_names: set[str]) -> None:
    assert {f"quietdrip/{name}" for name in BUILT} - wheel_names == set()


def test_the_wheel_holds_no_source_of_the_page_and_no_test(wheel_names: set[str]) -> None:
    unwanted = re.compile(r"\.(ts|mjs|map)$|^(tests|rigs|docs|benchmarks)/|web/css/|__pycache__")

    assert {name for name in wheel_names if unwanted.search(name)} == set()


def test_an_sdist_makes_the_same_wheel_with_no_node(
    sdist: Path, wheel_names: set[str], tmp_path: Path
) -> None:
    with tarfile.open(sdist) as packed:
        # Debian 12's Python 3.11.2 has no filters yet, newer ones warn without.
        packed.extraction_filter = getattr(tarfile, "data_filter", None)
        packed.extractall(tmp_path / "source")  # noqa: S202  # packed by this very test
    (source,) = (tmp_path / "source").iterdir()

    made = build("wheel", source, tmp_path / "wheel")

    assert set(zipfile.ZipFile(made).namelist()) == wheel_names


def test_the_sdist_carries_the_sources_of_what_is_built(sdist: Path) -> None:
    with tarfile.open(sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}

    assert {
        "hatch_build.py",
        "package-lock.json",
        "src/quietdrip/web/build.mjs",
        "src/quietdrip/web/icons.txt",
        "src/quietdrip/web/ts/card.ts",
        "src/quietdrip/web/css/quietdrip.css",
        "LICENSE",
    } <= names


def test_every_runtime_dependency_is_used_and_nothing_else_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    asked = {re.split(r"[<>=\[; ]", line)[0] for line in (*project["dependencies"], *extras)}
    needed = {MODULE_OF.get(name, name) for name in asked}
    own = {"quietdrip", *sys.stdlib_module_names}
    used = {name for module in modules() for name in imported(parsed(module))} - own

    assert used == needed


def test_the_version_is_one_number_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert re.fullmatch(r"\d+\.\d+\.\d+", quietdrip.__version__)
    assert "version" in project["dynamic"]
    assert "version" not in project


def imported(tree: ast.Module) -> Iterator[str]:
    """The first word of every import, at any depth of the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield str(node.module).partition(".")[0]
