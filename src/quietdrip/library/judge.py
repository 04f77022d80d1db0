"""The judge: reads every entry again without trust, computes it another way, and reports.

What is wrong must be mended before anything is planned; what is doubtful is for a reviewer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

from quietdrip.core.equipment import Shelf
from quietdrip.core.limits import Bounds
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Refusal
from quietdrip.library import (
    browse,
    packaged,
    read,
    read_models,
    read_monitoring,
    read_prediction,
    read_reference,
    read_shelf,
    references,
)
from quietdrip.library.browse import Written
from quietdrip.library.entry import EntryError
from quietdrip.library.judge_cards import WEIGHTS_KG, Bench, Trial, written_limits
from quietdrip.library.judge_facts import doubtful, wrong, wrong_limits, wrong_protocol

WIDTH = 80
READERS: dict[str, Callable[[str, str], object]] = {
    "vial": read_shelf.vial,
    "diluent": read_shelf.diluent,
    "strength": read_shelf.strength,
    "syringe": read_shelf.syringe,
    "pump": read_shelf.pump,
    "shelf": read_shelf.shelf,
    "prediction": read_prediction.prediction,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the judge found: sentences, and how much was looked at."""

    wrong: tuple[str, ...]
    doubtful: tuple[str, ...]
    entries: int
    drafts: int
    cards: int
    refused: int

    @property
    def text(self) -> str:
        """The report for a terminal, 80 columns wide."""
        weights = ", ".join(str(each) for each in WEIGHTS_KG[:-1])
        lines = [
            f"{self.entries} entries read; {self.cards} cards computed a second way, at {weights} "
            f"and {WEIGHTS_KG[-1]} kg, and {self.refused} refusals asked for a reason.",
            f"{self.drafts} entries are drafts that nobody has reviewed.",
        ]
        for heading, found in (("Doubtful", self.doubtful), ("Wrong", self.wrong)):
            lines += ["", f"{heading}: {len(found) or 'nothing'}"]
            lines += [f"- {each}" for each in found]
        indents = {"- ": "  "}
        return "\n".join(
            part
            for line in lines
            for part in wrap(line, WIDTH, subsequent_indent=indents.get(line[:2], "")) or [""]
        )


def judge(site: Path | None = None) -> Report:
    """Judges every entry of the library, and the site's own where a folder is given."""
    mistakes: list[str] = list(_unsealed())
    doubts: list[str] = []
    known = _references(mistakes)
    ids = browse.all_ids(site)
    entries = []
    for path in _paths(site):
        found = browse.written_at(path, site)
        if isinstance(found, Refusal):
            mistakes.append(found.says)
            continue
        entries.append(found)
        faults = [*_unreadable(found, site), *wrong(found, known)]
        if found.kind == "protocol" and not faults:
            faults += wrong_protocol(found, ids)
        mistakes += [f"{path}: {fault}" for fault in faults]
        doubts += [f"{path}: {doubt}" for doubt in doubtful(found)]
    mistakes += _twice(site)
    trials = _cards(entries, site, mistakes)
    return Report(
        wrong=tuple(mistakes),
        doubtful=tuple(doubts),
        entries=len(entries),
        drafts=sum(entry.values.get("status") == "draft" for entry in entries),
        cards=sum(trial.made for trial in trials),
        refused=sum(not trial.made for trial in trials),
    )


def _paths(site: Path | None) -> tuple[str, ...]:
    loose = [f"{each}.toml" for each in browse.LOOSE]
    folders = [f"{folder}/{i}.toml" for folder in browse.FOLDERS for i in browse.ids(folder, site)]
    return (*folders, *loose)


def _unsealed() -> Iterator[str]:
    """The manifest against the files: changed, added and missing ones."""
    sealed = set(packaged.manifest().items())
    there = {
        (path, sha256) for sha256, path in (r.split("  ", 1) for r in packaged.seal().splitlines())
    }
    for path in sorted({path for path, _ in sealed ^ there}):
        yield f"{path}: it is not the file that was sealed; review it and seal the library again."


def _references(mistakes: list[str]) -> frozenset[str]:
    found, text = references.references(), packaged.text_of(references.FILE)
    if isinstance(found, Refusal) or isinstance(text, Refusal):
        mistakes.append(f"{references.FILE} cannot be read.")
        return frozenset()
    keys = references.keys(text[0])
    twice = sorted({key for key in keys if keys.count(key) > 1})
    mistakes += [f"{references.FILE}: {key} stands twice." for key in twice]
    return frozenset(found)


def _unreadable(entry: Written, site: Path | None) -> Iterator[str]:
    """What the reader itself says of an entry; a reference entry has a reader of its own."""
    try:
        if entry.kind == "protocol":
            found: object = read.protocol(entry.entry_id, site)
        elif entry.kind == "model":
            found = _model(entry)
        elif entry.kind == "limits":
            found = read.bounds(site)
        elif entry.kind in READERS:
            found = READERS[entry.kind](entry.path, entry.text)
        elif entry.values.get("kind") == "profile":
            found = read_monitoring.profile(entry.path, entry.text)
        else:
            found = read_reference.reference(entry.path, entry.text)
    except EntryError as fault:
        yield str(fault).removeprefix(f"{entry.path}: ")
        return
    if isinstance(found, Refusal):
        yield found.says.removeprefix(f"{entry.path}: ")


def _model(entry: Written) -> object:
    if entry.values.get("kind") == "pk":
        return read_models.model(entry.entry_id)
    return read_models.facts(entry.entry_id)


def _twice(site: Path | None) -> Iterator[str]:
    """One id in two folders, or two things on the shelf that a name cannot tell apart."""
    ids = [i for folder in browse.FOLDERS for i in browse.ids(folder, site)] + [*browse.LOOSE]
    for each in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"{each}: two entries have this id."
    shelf = read.shelf(site)
    if isinstance(shelf, Refusal):
        return
    sizes = {
        "vials of": [vial.strength_mg_per_ml for vial in shelf.vials],
        "final concentrations of": [strength.mg_per_ml for strength in shelf.strengths],
    }
    for what, listed in sizes.items():
        for size in sorted({each for each in listed if listed.count(each) > 1}):
            yield f"shelf.toml: two {what} {size} mg/mL cannot be told apart by strength."


def _cards(entries: list[Written], site: Path | None, mistakes: list[str]) -> tuple[Trial, ...]:
    """The trial cards of all protocols; none where shelf or bounds cannot be read."""
    shelf, bounds, limits = read.shelf(site), read.bounds(site), written_limits(site)
    for part in (shelf, bounds, limits):
        if isinstance(part, Refusal):
            mistakes.append(part.says)
    if not (isinstance(shelf, Shelf) and isinstance(bounds, Bounds)) or isinstance(limits, Refusal):
        return ()
    mistakes += [f"limits.toml: {fault}" for fault in wrong_limits(limits)]
    bench = Bench(shelf=shelf, bounds=bounds, limits=limits["limit"], guards=limits["guard"])
    trials: list[Trial] = []
    for entry in entries:
        protocol = read.protocol(entry.entry_id, site) if entry.kind == "protocol" else None
        if isinstance(protocol, Protocol):
            values: dict[str, Any] = entry.values
            trials += bench.trials(protocol, values)
    mistakes += [fault for trial in trials for fault in trial.faults]
    return tuple(trials)
