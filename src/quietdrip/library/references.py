"""The reference list: what each `source` key stands for and how much of it was seen."""

import re
from dataclasses import dataclass

from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged

FILE = "references.bib"
SITE = "site"
_ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)\s*,\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One source: its title, the portion of it that was seen, what kind it is and where it is."""

    key: str
    title: str
    portion: str
    kind: str
    url: str
    doi: str


SITE_REFERENCE = Reference(
    key=SITE, title="the site's own choice", portion="no published source", kind="site", url="",
    doi="",
)  # fmt: skip


def references() -> dict[str, Reference] | Refusal:
    """Every reference by its key, `site` among them."""
    found = packaged.text_of(FILE)
    if isinstance(found, Refusal):
        return found
    read = (_reference(key, fields) for key, fields in _ENTRY.findall(found[0]))
    return {SITE: SITE_REFERENCE, **{each.key: each for each in read}}


def keys(text: str) -> list[str]:
    """The keys of a reference list in their order; a key that stands twice is here twice."""
    return [key for key, _ in _ENTRY.findall(text)]


def _reference(key: str, text: str) -> Reference:
    fields = {name.lower(): value for name, value in _FIELD.findall(text)}
    return Reference(
        key=key,
        title=fields.get("title", key),
        portion=fields.get("portion", "portion not stated"),
        kind=fields.get("kind", ""),
        url=fields.get("url", ""),
        doi=fields.get("doi", ""),
    )
