"""The address of a card: what was typed, as names and texts, in and out. Nothing is repaired."""

import shlex
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from django.http import QueryDict

from quietdrip.core.prescription import Asked
from quietdrip.core.reasons import Refusal, refuse, together

PROTOCOL, SHOWN_FOR, PAPER, CONFIRM = "protocol", "for", "paper", "confirm-"
TYPED = (
    "weight",
    "vial",
    "final",
    "syringe",
    "pump",
    "diluent",
    "start",
    "ideal-weight",
    "adjusted-weight",
    "dosing-weight",
    "last-weight",
)
NO_FIELDS = (PROTOCOL, SHOWN_FOR, PAPER, *TYPED)


def asked(query: QueryDict) -> Asked:
    """What was typed. A name that is none of ours is a field of the protocol: the core knows it.

    A field typed while another protocol was shown (`for`) was meant for that one and is left out.
    """
    filled = {name: text for name, text in query.items() if isinstance(text, str) and text}
    known = {name.replace("-", "_"): filled.get(name, "") for name in TYPED}
    confirmed = {
        name.removeprefix(CONFIRM): text
        for name, text in filled.items()
        if name.startswith(CONFIRM)
    }
    given = {
        name: text
        for name, text in filled.items()
        if name not in NO_FIELDS and not name.startswith(CONFIRM)
    }
    if query.get(SHOWN_FOR, query.get(PROTOCOL)) != query.get(PROTOCOL):
        given = {}
        confirmed = {name: text for name, text in confirmed.items() if name in TYPED}
    return Asked(**known, given=given, confirmed=confirmed)


def given_twice(query: QueryDict) -> Refusal | None:
    """A refusal for each name that was given more than once, for nobody knows which was meant."""
    refusals = [
        refuse("given-twice", f"{name} is given {len(texts)} times; give it once.", field=name)
        for name, texts in query.lists()
        if len(texts) > 1
    ]
    return together(*refusals) if refusals else None


def address(protocol_id: str, asked: Asked) -> str:
    """The query that asks the same again."""
    named = [(PROTOCOL, protocol_id), *_typed(asked), *asked.given.items()]
    confirmed = [(f"{CONFIRM}{name}", text) for name, text in asked.confirmed.items()]
    return urlencode([*named, *confirmed])


def command(protocol_id: str, asked: Asked) -> str:
    """The command line that gives the same card."""
    words = ["quietdrip", "card", protocol_id]
    for name, text in _typed(asked):
        words += [f"--{name}", text]
    return shlex.join(
        [*words, *_pairs("--set", asked.given), *_pairs("--confirm", asked.confirmed)]
    )


def _pairs(option: str, texts: Mapping[str, str]) -> Iterable[str]:
    for name, text in texts.items():
        yield from (option, f"{name}={text}")


def _typed(asked: Asked) -> Iterable[tuple[str, str]]:
    for name in TYPED:
        text: str = getattr(asked, name.replace("-", "_"))
        if text:
            yield name, text
