"""Entries of the library as plain data: `quietdrip library list --json` and `show ID --json`."""

from pathlib import Path

from quietdrip.core.protocol import Field, Protocol, fields, needed
from quietdrip.core.reasons import Refusal, together
from quietdrip.core.units import UNITS
from quietdrip.library import browse, read, references
from quietdrip.library.browse import Written
from quietdrip.library.references import Reference

LISTED = (
    "vials", "strengths", "syringes", "pumps", "diluents", "monitoring", "recovery", "aftercare",
    "models",
)  # fmt: skip


def list_json(site: Path | None = None) -> dict[str, object]:
    """The same as plain data, a list for each kind of entry."""
    return {
        "schema": "quietdrip-library/1",
        "protocols": [_protocol_line(each, site) for each in browse.ids("protocols", site)],
        **{
            "monitoring_profiles" if folder == "monitoring" else folder: [
                _line(folder, each, site) for each in browse.ids(folder, site)
            ]
            for folder in LISTED
        },
        "also": list(browse.LOOSE),
    }


def show_json(entry_id: str, site: Path | None = None) -> dict[str, object] | Refusal:
    """One entry as plain data; `entry` is the file as written, everything else is read from it."""
    entry, known = browse.written(entry_id, site), references.references()
    if isinstance(entry, Refusal) or isinstance(known, Refusal):
        return together(*(each for each in (entry, known) if isinstance(each, Refusal)))
    told: dict[str, object] = {
        "schema": "quietdrip-entry/1",
        "id": entry.entry_id,
        "kind": entry.kind,
        "version": str(entry.values.get("version", "")),
        "title": entry.title,
        "status": entry.values.get("status"),
    }
    if entry.kind == "protocol":
        found = read.protocol(entry_id, site)
        if isinstance(found, Refusal):
            return found
        told |= _protocol_json(found, entry)
    return {
        **told,
        "sources": [_source_json(key, known) for key in browse.sources(entry.values)],
        "confidence": entry.values.get("confidence"),
        "sha256": entry.sha256,
        "entry": entry.values,
    }


def _protocol_json(protocol: Protocol, entry: Written) -> dict[str, object]:
    return {
        "activation": protocol.activation,
        "startable": protocol.activation != "reference-only",
        "drug": protocol.drug,
        "programmes": list(protocol.programmes),
        "indications": list(protocol.indications),
        "setting": entry.values.get("setting", {}),
        "not_stated": list(needed(protocol)),
        "fields": {each.name: _field_json(each) for each in fields(protocol)},
        "source_is_silent_on": list(protocol.not_stated),
    }


def _field_json(field: Field) -> dict[str, object]:
    stated = field.stated
    units = [unit.name for unit in UNITS.values() if unit.kind in field.kinds]
    told: dict[str, object] = {"units": units, "needed": field.needed}
    if stated.fixed:
        return {**told, "is": stated.fixed.text}
    bounds = {"at_least": stated.at_least, "at_most": stated.at_most}
    return {**told, **{key: bound.text for key, bound in bounds.items() if bound}}


def _source_json(key: str, known: dict[str, Reference]) -> dict[str, str]:
    found = known.get(key)
    if found is None:
        return {
            "key": key,
            "title": "",
            "portion": "not in the reference list",
            "kind": "",
            "url": "",
        }
    return {
        "key": key,
        "title": found.title,
        "portion": found.portion,
        "kind": found.kind,
        "url": found.url,
    }


def _protocol_line(entry_id: str, site: Path | None) -> dict[str, object]:
    found = read.protocol(entry_id, site)
    if isinstance(found, Refusal):
        return {"id": entry_id, "refused": found.says}
    return {
        "id": entry_id,
        "title": found.title,
        "activation": found.activation,
        "startable": found.activation != "reference-only",
        "programmes": list(found.programmes),
        "indications": list(found.indications),
        "not_stated": list(needed(found)),
        "confidence": found.confidence,
        "status": found.status,
        "version": found.version,
        "sha256": found.sha256,
    }


def _line(folder: str, entry_id: str, site: Path | None) -> dict[str, object]:
    found = browse.written_at(f"{folder}/{entry_id}.toml", site)
    if isinstance(found, Refusal):
        return {"id": entry_id, "refused": found.says}
    return {
        "id": entry_id,
        "title": found.title,
        "confidence": found.values.get("confidence"),
        "status": found.values.get("status"),
        "sha256": found.sha256,
    }
