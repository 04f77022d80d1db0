"""A folder that remembers a run: what it is, and how far it came. Killed at any moment, it goes on.

One file holds the counts of the first so many chunks; it is replaced as a whole or not at all.
"""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quietdrip.core.pkpd.tally import Counts
from quietdrip.core.reasons import Refusal, refuse

WHAT, HOW_FAR, DONE = "run.json", "counts.npz", "chunks-done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How many chunks are counted, and their counts."""

    done: int
    counts: Counts


def opened(folder: Path, told: str) -> Kept | Refusal:
    """What the folder holds of this very run; a Refusal where it is of another or unusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        what = folder / WHAT
        if not what.exists():
            if any(not file.name.endswith(".part") for file in folder.iterdir()):
                return refuse(
                    "folder-not-empty",
                    f"{folder} holds other files; name an empty or a new folder with --out.",
                )
            written(what, told.encode())
            return Kept(done=0, counts={})
        if what.read_text(encoding="utf-8") != told:
            return refuse(
                "folder-of-another-run",
                f"{folder} holds another run (its {WHAT} says which); name another folder with "
                "--out, or ask for the same run again.",
            )
        return _kept(folder)
    except OSError as fault:
        return refuse(
            "folder-unusable",
            f"{folder} cannot be used: {fault.strerror}. Name another folder with --out.",
        )


def keep(folder: Path, kept: Kept) -> None:
    """Replace what the folder remembers; OSError where the disk does not take it."""
    file = folder / f"{HOW_FAR}.part"
    with file.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **{DONE: np.array(kept.done)}, **kept.counts)
        out.flush()
        os.fsync(out.fileno())
    file.replace(folder / HOW_FAR)


def written(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


def _kept(folder: Path) -> Kept | Refusal:
    file = folder / HOW_FAR
    if not file.exists():
        return Kept(done=0, counts={})
    try:
        with np.load(file, allow_pickle=False) as found:
            counts = {name: found[name] for name in found.files if name != DONE}
            return Kept(done=int(found[DONE]), counts=counts)
    except (ValueError, KeyError, zipfile.BadZipFile):
        return refuse(
            "folder-spoilt",
            f"{file} is spoilt; remove the folder and run again from the beginning.",
        )
