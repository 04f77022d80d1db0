"""Signatures of a site's own files: two different people, one of them a prescriber.

A signature is a statement by name over the exact bytes of a file, kept beside it. It shows who
read what; it is no cryptographic proof of who typed it.
"""

import os
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from quietdrip.core.reasons import Refusal, refuse
from quietdrip.library import packaged

Role = Literal["prescriber", "pharmacist", "nurse", "medical-director"]
ROLES: tuple[Role, ...] = get_args(Role)
FILE = "signatures.toml"
KEYS = ("file", "sha256", "name", "role", "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed which bytes of which file, in which role and when."""

    file: str
    sha256: str
    name: str
    role: str
    on: str


def signatures(text: str) -> tuple[Signature, ...] | Refusal:
    """The signatures of a site's `signatures.toml`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return refuse("signatures-bad", f"{FILE} is not TOML: {fault}.", field=FILE)
    rows = values.get("signature", [])
    if set(values) - {"signature"} or not isinstance(rows, list):
        return refuse("signatures-bad", f"{FILE} holds only [[signature]] tables.", field=FILE)
    for row in rows:
        if (
            not isinstance(row, dict)
            or set(row) != set(KEYS)
            or not all(isinstance(row[key], str) for key in KEYS)
        ):
            says = f"Each [[signature]] in {FILE} has the texts {', '.join(KEYS)} and no others."
            return refuse("signatures-bad", says, field=FILE)
    return tuple(Signature(**row) for row in rows)


def unsigned(file: str, sha256: str, signed: tuple[Signature, ...]) -> Refusal | None:
    """None where two different people, one a prescriber, signed exactly these bytes."""
    valid = [each for each in signed if each.file == file and each.sha256 == sha256]
    names = {_same_person(each.name) for each in valid if each.role in ROLES} - {""}
    prescribers = {_same_person(each.name) for each in valid if each.role == "prescriber"} - {""}
    if len(names) >= 2 and prescribers:
        return None
    older = any(each.file == file and each.sha256 != sha256 for each in signed)
    lacks = "it has changed since it was signed" if older and not valid else (
        "no prescriber has signed it" if len(names) >= 2
        else f"{len(names)} of 2 people have signed it"
    )  # fmt: skip
    return refuse(
        "site-unsigned",
        f"The site's {file} counts only when two different people, one of them a prescriber, have "
        f"signed exactly this text; {lacks}.",
        field=file,
    )


def add(text: str, file: str, sha256: str, name: str, role: str, on: date) -> str | Refusal:
    """The text of `signatures.toml` with one more signature."""
    past = signatures(text)
    if isinstance(past, Refusal):
        return past
    if role not in ROLES:
        return refuse("role-unknown", f"'{role}' is no role; {', '.join(ROLES)} are.", field="role")
    plain_name = " ".join(name.split())
    if not plain_name or any(sign in plain_name for sign in '"\\') or not plain_name.isprintable():
        return refuse("name-bad", "Write the name of the person who signs.", field="name")
    again = any(
        each.file == file and each.sha256 == sha256
        and _same_person(each.name) == _same_person(plain_name)
        for each in past
    )  # fmt: skip
    if again:
        return refuse(
            "signed-already", f"{plain_name} has signed this text of {file}.", field="name"
        )
    lines = (
        ("file", file),
        ("sha256", sha256),
        ("name", plain_name),
        ("role", role),
        ("on", str(on)),
    )
    row = "".join(f'{key} = "{value}"\n' for key, value in lines)
    return f"{text.rstrip()}\n\n[[signature]]\n{row}".lstrip()


def write(folder: Path, text: str) -> None:
    """Replaces `signatures.toml` at once: a reader sees the old text or the new, never a part."""
    new = folder / f"{FILE}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / FILE)


def _same_person(name: str) -> str:
    return " ".join(name.casefold().split())


def sign(site: Path, entry: Path, *, by: str, role: str, on: date) -> str | Refusal:
    """Adds a signature over a site's file as it is now; says what is still missing."""
    inside = entry if entry.is_absolute() else site / entry
    file = inside if inside.is_file() else entry
    if not file.is_file() or not file.resolve().is_relative_to(site.resolve()):
        says = f"There is no file {entry} in the site's folder {site}."
        return refuse("site-file-missing", says, field="entry")
    name = file.resolve().relative_to(site.resolve()).as_posix()
    sha256 = packaged.fingerprint(file.read_bytes())
    kept = site / FILE
    text = add(
        kept.read_text(encoding="utf-8") if kept.is_file() else "", name, sha256, by, role, on
    )
    if isinstance(text, Refusal):
        return text
    write(site, text)
    signed = signatures(text)
    missing = signed if isinstance(signed, Refusal) else unsigned(name, sha256, signed)
    return f"{by} ({role}) has signed {name}. {missing.says if missing else 'It counts now.'}"
