"""Why the core says no, or says yes with a word of warning.

A refusal is a value, not an exception: whoever asked has to show it.
"""

from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["refused", "asked-back", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One sentence a clinician can act on, with the entry it stands on.

    `kind` says what it does: `refused` has no way through with these values, `asked-back` is
    accepted once the value is typed again, `warning` needs what `needs` says, `note` only informs.
    `source` is a key of the reference list, or empty where the reason is arithmetic or grammar.
    """

    id: str
    says: str
    kind: Kind = "refused"
    field: str = ""
    source: tuple[str, ...] = ()
    confidence: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The core's no, with every reason it found; `warnings` are what else it would have said."""

    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...] = ()

    @property
    def says(self) -> str:
        """All sentences, one a line."""
        return "\n".join(reason.says for reason in self.reasons)


def refuse(id: str, says: str, *, field: str = "", source: tuple[str, ...] = ()) -> Refusal:
    """A refusal with one reason."""
    return Refusal(reasons=(Reason(id=id, says=says, field=field, source=source),))


def for_field(refusal: Refusal, field: str) -> Refusal:
    """The same refusal, each reason naming the field it belongs to."""
    return replace(
        refusal, reasons=tuple(replace(reason, field=field) for reason in refusal.reasons)
    )


def together(*refusals: Refusal) -> Refusal:
    """One refusal that says everything the given ones say."""
    return Refusal(reasons=tuple(reason for refusal in refusals for reason in refusal.reasons))
