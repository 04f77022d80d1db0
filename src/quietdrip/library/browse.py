"""Any entry of the library by its id, as it is written: for showing, listing and judging."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from quietdrip.core.reasons import Refusal, refuse
from quietdrip.library import packaged, read

FOLDERS = {
    "protocols": "protocol",
    "vials": "vial",
    "diluents": "diluent",
    "strengths": "strength",
    "syringes": "syringe",
    "pumps": "pump",
    "monitoring": "monitoring",
    "recovery": "recovery",
    "aftercare": "aftercare",
    "models": "model",
}
LOOSE = ("limits", "shelf", "evidence", "ketamine", "dosing-weight", "prediction")

TITLES = {
    "limits": "Limits, expected ranges and tolerances",
    "shelf": "What a card may be made with",
    "prediction": "What a prediction is read with",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as its file states it. `kind` is one word, such as `pump`.

    `ours` is false for an entry of a site.
    """

    kind: str
    path: str
    entry_id: str
    values: dict[str, object]
    text: str
    sha256: str
    ours: bool

    @property
    def title(self) -> str:
        """Its title; equipment without one is named by what it holds."""
        return str(
            self.values.get("title") or self.values.get("volume") or TITLES.get(self.entry_id, "")
        )


def ids(folder: str, site: Path | None = None) -> tuple[str, ...]:
    """The ids of a folder, the site's own among them."""
    own = [file.stem for file in (site / folder).glob("*.toml")] if site else []
    return tuple(sorted({*packaged.ids(folder), *own}))


def all_ids(site: Path | None = None) -> dict[str, str]:
    """The path of every entry by its id."""
    paths = {loose: f"{loose}.toml" for loose in LOOSE}
    for folder in FOLDERS:
        for each in ids(folder, site):
            paths.setdefault(each, f"{folder}/{each}.toml")
    return paths


def written(entry_id: str, site: Path | None = None) -> Written | Refusal:
    """The entry of this id, or a refusal that names the nearest ones."""
    paths = all_ids(site)
    if entry_id not in paths:
        return read.unknown("entry", entry_id, tuple(paths))
    return written_at(paths[entry_id], site)


def written_at(path: str, site: Path | None = None) -> Written | Refusal:
    """The entry of one file; a file that is not TOML is refused."""
    found = read.text_of(path, site)
    if isinstance(found, Refusal):
        return found
    text, sha256 = found
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return refuse("library-entry-bad", f"{path}: it is not TOML: {fault}.", field=path)
    folder, _, name = path.rpartition("/")
    return Written(
        kind=FOLDERS.get(folder, name.removesuffix(".toml")),
        path=path,
        entry_id=name.removesuffix(".toml"),
        values=values,
        text=text,
        sha256=sha256,
        ours=site is None or not (site / path).is_file(),
    )


def sources(values: object) -> tuple[str, ...]:
    """Every reference key an entry stands on, each once, in the order they are written."""
    found: dict[str, None] = {}
    _collect(values, found)
    return tuple(found)


def _collect(value: object, found: dict[str, None]) -> None:
    match value:
        case dict():
            for key, each in value.items():
                if key in ("source", "observation_source") and isinstance(each, list):
                    found.update(dict.fromkeys(map(str, each)))
                else:
                    _collect(each, found)
        case list():
            for each in value:
                _collect(each, found)
        case _:
            pass
