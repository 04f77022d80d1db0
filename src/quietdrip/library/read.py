"""The library's door: TOML to core values, one file at a time, or one sentence that says why not.

`site` is a folder laid out like the library. Its signed protocols replace or add, its signed
limits only tighten, its signed shelf narrows or adds strengths, syringes and pumps.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from quietdrip.core.equipment import Shelf
from quietdrip.core.limits import Bounds, Limit, tighten
from quietdrip.core.protocol import Monitoring, Protocol
from quietdrip.core.reasons import Refusal, refuse, together
from quietdrip.core.units import Kind
from quietdrip.library import (
    packaged,
    read_limits,
    read_monitoring,
    read_protocol,
    read_shelf,
    sign,
)
from quietdrip.library.entry import EntryError, refusal

T = TypeVar("T")
SITE_ADDS = ("strengths", "syringes", "pumps")


def protocol_ids(site: Path | None = None) -> tuple[str, ...]:
    """The ids of all protocols, the site's own among them."""
    own = [file.stem for file in (site / "protocols").glob("*.toml")] if site else []
    return tuple(sorted({*packaged.ids("protocols"), *own}))


def protocol(protocol_id: str, site: Path | None = None) -> Protocol | Refusal:
    """One protocol with its monitoring, or a refusal; an unknown id names the nearest ones."""
    known = protocol_ids(site)
    if protocol_id not in known:
        return unknown("protocol", protocol_id, known)
    path = f"protocols/{protocol_id}.toml"
    found = text_of(path, site)
    if isinstance(found, Refusal):
        return found
    text, sha256 = found
    try:
        return read_protocol.protocol(path, text, sha256, _profile)
    except EntryError as bad:
        return refusal(bad)


def shelf(site: Path | None = None) -> Shelf | Refusal:
    """What a card may be made with, in the order it is listed."""
    found = text_of("shelf.toml", site)
    if isinstance(found, Refusal):
        return found
    try:
        listed = read_shelf.shelf("shelf.toml", found[0])
        ids = {key: listed.texts(key) for key in read_shelf.LISTS}
        return Shelf(
            vials=_all("vials", ids, read_shelf.vial, site),
            diluents=_all("diluents", ids, read_shelf.diluent, site),
            strengths=_all("strengths", ids, read_shelf.strength, site),
            syringes=_all("syringes", ids, read_shelf.syringe, site),
            pumps=_all("pumps", ids, read_shelf.pump, site),
            draw_step_ml=listed.decimal("draw_step", Kind.VOLUME),
        )
    except EntryError as bad:
        return refusal(bad)


def bounds(site: Path | None = None) -> Bounds | Refusal:
    """The library's limits, guards and tolerances, tightened by the site's where it has any."""
    ours = text_of("limits.toml", None)
    if isinstance(ours, Refusal):
        return ours
    try:
        read = read_limits.bounds("limits.toml", ours[0])
        theirs = text_of("limits.toml", site)
        if isinstance(theirs, Refusal):
            return theirs
        if site is None or not (site / "limits.toml").is_file():
            return read
        return _tightened(read, read_limits.additions("limits.toml", theirs[0]))
    except EntryError as bad:
        return refusal(bad)


def unknown(what: str, asked: str, known: tuple[str, ...]) -> Refusal:
    """No such id, with the ones that look most like it."""
    from difflib import get_close_matches  # slow to import and only needed here

    near = get_close_matches(asked, known, n=3, cutoff=0.5)
    near += [each for each in known if asked and each.startswith(asked) and each not in near]
    hint = (
        f"nearest are {', '.join(near[:3])}" if near else "`quietdrip library list` names them all"
    )
    return refuse(f"{what}-unknown", f"There is no {what} '{asked}'; {hint}.", field=what)


def text_of(path: str, site: Path | None) -> tuple[str, str] | Refusal:
    """Text and fingerprint of a file: the site's where it has one and it is signed, else ours."""
    if site is None:
        return packaged.text_of(path)
    if not site.is_dir():
        return refuse(
            "site-missing", f"There is no folder {site} with a site's library.", field="site"
        )
    file = site / path
    if not file.is_file():
        return packaged.text_of(path)
    signed = _signatures(site)
    if isinstance(signed, Refusal):
        return signed
    content = file.read_bytes()
    sha256 = packaged.fingerprint(content)
    no = sign.unsigned(path, sha256, signed)
    if no is not None:
        return no
    try:
        return content.decode("utf-8"), sha256
    except UnicodeDecodeError:
        return refuse("library-entry-bad", f"{path}: it is not text in UTF-8.", field=path)


def _signatures(site: Path) -> tuple[sign.Signature, ...] | Refusal:
    file = site / sign.FILE
    try:
        return sign.signatures(file.read_text(encoding="utf-8")) if file.is_file() else ()
    except UnicodeDecodeError:
        says = f"{sign.FILE} is not UTF-8 text; write it again as UTF-8."
        return refuse("signatures-bad", says, field=sign.FILE)


def _profile(profile_id: str) -> Monitoring:
    """The profile comes from the package: a site changes monitoring by a protocol of its own."""
    path = f"monitoring/{profile_id}.toml"
    found = text_of(path, None)
    if isinstance(found, Refusal):
        raise EntryError("borrowed: monitoring", found.says)
    return read_monitoring.profile(path, found[0])


def _all(
    folder: str,
    ids: dict[str, tuple[str, ...]],
    read_one: Callable[[str, str], T],
    site: Path | None,
) -> tuple[T, ...]:
    read = []
    for entry_id in ids[folder]:
        path = f"{folder}/{entry_id}.toml"
        _site_may_hold(path, folder, entry_id, site)
        found = text_of(path, site)
        if isinstance(found, Refusal):
            raise EntryError(f"shelf.toml: {folder}", found.says)
        read.append(read_one(path, found[0]))
    return tuple(read)


def _site_may_hold(path: str, folder: str, entry_id: str, site: Path | None) -> None:
    """A site adds equipment; it never replaces what the library knows, nor adds a vial."""
    if site is None or not (site / path).is_file():
        return
    if folder not in SITE_ADDS:
        raise EntryError(path, f"a site adds {', '.join(SITE_ADDS)}, not {folder}.")
    if entry_id in packaged.ids(folder):
        raise EntryError(
            path, "the library has this id; a site's own entry needs an id of its own."
        )


def _tightened(ours: Bounds, site: read_limits.Additions) -> Bounds | Refusal:
    theirs = {limit.id: limit for limit in site.limits}
    merged = [
        tighten(each, theirs.pop(each.id)) if each.id in theirs else each for each in ours.limits
    ]
    refusals = [each for each in merged if isinstance(each, Refusal)]
    if refusals:
        return together(*refusals)
    limits = tuple(each for each in merged if isinstance(each, Limit))
    return replace(ours, limits=(*limits, *theirs.values()), guards=(*ours.guards, *site.guards))
