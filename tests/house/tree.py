"""The tree as the house tests read it: its Python modules, its tracked files."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src/quietdrip"
CORE = SOURCE / "core"


def modules(folder: Path = SOURCE) -> list[Path]:
    """Every Python module below a folder, in order."""
    return sorted(folder.rglob("*.py"))


def parsed(module: Path) -> ast.Module:
    """A module as its syntax tree."""
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def shown(path: Path) -> str:
    """A path as one writes it from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def kept_files() -> list[Path]:
    """Every file that git tracks or would; without git, every file outside ignored folders."""
    asked = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return sorted(path for path in _walk(ROOT) if path.is_file())
    return sorted(
        path for name in set(answer.stdout.split("\0")) if (path := ROOT / name).is_file()
    )


def kept_texts() -> Iterator[tuple[Path, str]]:
    """Every kept file that is text, with its content."""
    for path in kept_files():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _walk(folder: Path) -> Iterator[Path]:
    made = {"node_modules", "static", "fonts", "dist", "__pycache__", "built.json"}
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name not in (".ci", ".gitignore", ".npmrc")
        if path.name in made or hidden:
            continue
        yield path
        if path.is_dir():
            yield from _walk(path)
