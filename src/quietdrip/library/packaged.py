"""The files of the library as packaged: listed, fingerprinted and read one at a time.

A file that is not exactly what the manifest says is not read at all (HZ-35).
"""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from quietdrip.core.reasons import Refusal, refuse

ROOT = Path(__file__).parent
MANIFEST = "manifest.sha256"


def fingerprint(content: bytes) -> str:
    """The SHA-256 of a file's bytes, in lower-case hex."""
    return sha256(content).hexdigest()


def text_of(path: str) -> tuple[str, str] | Refusal:
    """Text and fingerprint of one packaged file, or a refusal where it is not the sealed one."""
    sealed = _sealed(path)
    file = ROOT / path
    if sealed is None or not file.is_file():
        return refuse("library-file-missing", f"{path} is not in the packaged library.", field=path)
    content = file.read_bytes()
    found = fingerprint(content)
    if found != sealed:
        return refuse(
            "library-changed",
            f"{path} has been changed since the library was sealed (SHA-256 {found[:12]} found, "
            f"{sealed[:12]} sealed); nothing is planned from it. Install the package again.",
            field=path,
        )
    return content.decode("utf-8"), found


def ids(folder: str) -> tuple[str, ...]:
    """The ids of the packaged entries of a folder, in the order of the alphabet."""
    start = f"{folder}/"
    return tuple(sorted(_stem(path, start) for path in manifest() if path.startswith(start)))


def seal() -> str:
    """The text of the manifest for the files as they are: one `<sha256>  <path>` line a file."""
    lines = (f"{fingerprint((ROOT / path).read_bytes())}  {path}\n" for path in _files())
    return "".join(lines)


def write_seal() -> None:
    """Writes the manifest. For whoever changes the library, after review; never at run time."""
    (ROOT / MANIFEST).write_text(seal(), encoding="utf-8")


def _files() -> Iterable[str]:
    found = [*ROOT.rglob("*.toml"), *ROOT.glob("*.bib")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def manifest() -> dict[str, str]:
    """Sealed fingerprint by path; empty where the manifest itself is missing."""
    pairs = (line.split("  ", 1) for line in _sealed_text().splitlines() if "  " in line)
    return {path: sealed for sealed, path in pairs}


def _sealed(path: str) -> str | None:
    """The sealed fingerprint of one file, without taking the whole manifest apart."""
    before, found, _ = _sealed_text().partition(f"  {path}\n")
    return before[before.rfind("\n") + 1 :] if found else None


def _sealed_text() -> str:
    file = ROOT / MANIFEST
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _stem(path: str, start: str) -> str:
    return path[len(start) : -len(".toml")]
