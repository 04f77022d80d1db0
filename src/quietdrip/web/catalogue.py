"""All protocols to choose from, grouped for finding; those kept for reference come last."""

from dataclasses import dataclass
from pathlib import Path

from quietdrip.core.protocol import Protocol, needed
from quietdrip.core.reasons import Refusal
from quietdrip.library import read
from quietdrip.web.form import LABELS

GROUPS = {
    ("mood",): "Mood",
    ("pain",): "Pain",
    ("mood", "pain"): "Pain and mood",
    (): "Kept for reference, never started",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A protocol as a line to choose, with the numbers a prescriber must give for it."""

    protocol: Protocol
    gives: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Protocols under one heading."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The groups, and why an entry of the library could not be read."""

    groups: tuple[Group, ...]
    refusals: tuple[Refusal, ...]


def catalogue(site: Path | None) -> Catalogue:
    """Every protocol of the library and the site."""
    found = [read.protocol(id, site) for id in read.protocol_ids(site)]
    items = [_item(each) for each in found if isinstance(each, Protocol)]
    groups = (
        Group(title=title, items=tuple(item for item in items if _group(item.protocol) == key))
        for key, title in GROUPS.items()
    )
    return Catalogue(
        groups=tuple(group for group in groups if group.items),
        refusals=tuple(each for each in found if isinstance(each, Refusal)),
    )


def _item(protocol: Protocol) -> Item:
    names = () if protocol.activation == "reference-only" else needed(protocol)
    return Item(protocol=protocol, gives=tuple(LABELS[name].lower() for name in names))


def _group(protocol: Protocol) -> tuple[str, ...]:
    if protocol.activation == "reference-only":
        return ()
    return tuple(sorted(protocol.programmes))
