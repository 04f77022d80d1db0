"""A model's library entry as a value, or a refusal that names the file, the key and what is wrong.

One file is read for one model. Nothing is repaired, and a key that is not known is refused.
"""

import tomllib
from difflib import get_close_matches
from typing import Any

from quietdrip.core.pkpd.model import EFFECT, OUT, Drug, Model, Site
from quietdrip.core.reasons import Refusal, refuse
from quietdrip.library import packaged
from quietdrip.library.model_parts import Known, c50s, effect_site, flows, outputs, parameters
from quietdrip.library.model_scatter import residuals, variability
from quietdrip.library.model_table import EntryError, Table

FOLDER = "models"
KINDS = ("pk", "pk-facts", "pd", "pd-facts", "performance")
STATUSES = ("draft", "reviewed", "retired")
READ_BY_CLINICIANS = (
    "version",
    "reviewed",
    "facts",
    "seen_in",
    "reproduction",
    "evaluation",
    "scaling_says",
    "output_says",
    "doi_says",
    "pmcid",
    "evidence",
    "constraints",
)
"""Keys of an entry that a clinician reads and no calculation uses."""


def model_ids() -> tuple[str, ...]:
    """The ids of all entries, models and facts about them, in the order of the alphabet."""
    return packaged.ids(FOLDER)


def model(model_id: str) -> Model | Refusal:
    """The model of this id, or a refusal that says in one sentence why it cannot be run."""
    found = _text(model_id)
    return found if isinstance(found, Refusal) else model_in(model_id, found)


def model_in(model_id: str, text: str) -> Model | Refusal:
    """The model an entry's text states; a plan that kept the text is replayed through this."""
    try:
        entry = _entry(model_id, text)
        if entry.text("kind") != "pk":
            title = entry.text("title")
            return refuse(
                "model-is-facts", f"{title} ({model_id}) states facts; it has no flows to run."
            )
        return _model(entry)
    except EntryError as fault:
        return refuse("model-entry-wrong", f"{fault}")


def facts(entry_id: str) -> dict[str, Any] | Refusal:
    """Everything an entry states, as it stands in its file; quantities are texts with units."""
    found = _text(entry_id)
    if isinstance(found, Refusal):
        return found
    try:
        entry = _entry(entry_id, found)
        if entry.text("kind") not in KINDS:
            raise entry.fault("kind", f"write one of {', '.join(KINDS)}.")
        _cited(entry)
    except EntryError as fault:
        return refuse("model-entry-wrong", f"{fault}")
    return entry.entries


def _text(entry_id: str) -> str | Refusal:
    """The sealed text of an entry; an id that is not listed never becomes a path."""
    ids = model_ids()
    if entry_id not in ids:
        near = ", ".join(get_close_matches(entry_id, ids) or ids)
        return refuse("model-unknown", f"There is no model '{entry_id}'; there is {near}.")
    found = packaged.text_of(f"{FOLDER}/{entry_id}.toml")
    return found if isinstance(found, Refusal) else found[0]


def _entry(entry_id: str, text: str) -> Table:
    try:
        entry = Table(place=f"{entry_id}.toml: ", entries=tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        raise EntryError(f"{entry_id}.toml: this is not TOML: {fault}.") from None
    if entry.text("id") != entry_id:
        raise entry.fault("id", f"'{entry.text('id')}' is not the name of the file.")
    return entry


def _model(entry: Table) -> Model:
    known = Known(states=_states(entry), parameters=parameters(entry))
    drug, levels = entry.one_of("drug", Drug), outputs(entry, known)
    weight_kg, age_y = _valid(entry, "weight", "kg"), _valid(entry, "age", "y")
    found = Model(
        id=entry.text("id"),
        title=entry.text("title"),
        role=entry.text_or_none("role"),
        drug=drug,
        drug_says=entry.text_or_none("drug_says"),
        site=entry.one_of("site", Site),
        site_says=entry.text_or_none("site_says"),
        structure=entry.text("structure"),
        states=known.states,
        dose_into=known.state(entry, "dose_into"),
        parameters=tuple(known.parameters.values()),
        flows=flows(entry, known),
        outputs=levels,
        effect=effect_site(entry, known, levels),
        c50s=c50s(entry, drug, levels),
        variability=variability(entry, known),
        residuals=residuals(entry, levels),
        population=entry.text("population"),
        weight_from_kg=weight_kg[0],
        weight_to_kg=weight_kg[1],
        age_from_y=age_y[0],
        age_to_y=age_y[1],
        warnings=_warnings(entry),
        citation=entry.text("citation"),
        doi=entry.text_or_none("doi"),
        source=_cited(entry),
        confidence=entry.text("confidence"),
        confidence_says=entry.text_or_none("confidence_says"),
    )
    _runs(entry, found, known)
    _nothing_else(entry)
    return found


def _valid(entry: Table, name: str, unit: str) -> tuple[float | None, float | None]:
    """The range of weight or age a model was made from; None where it is not stated."""
    valid = entry.table("valid")
    valid.aside("weight", "age")
    valid.closed()
    bounds = valid.table(name)
    if not bounds.entries:
        return None, None
    found = bounds.in_unit("at_least", unit), bounds.in_unit("at_most", unit)
    bounds.closed()
    if found[0] > found[1]:
        raise bounds.fault("at_least", f"this is above at_most, {found[1]:g} {unit}.")
    return found


def _states(entry: Table) -> tuple[str, ...]:
    states = entry.texts("states")
    if not states or len(set(states)) < len(states) or {OUT, EFFECT} & set(states):
        raise entry.fault("states", f"name each state once; none is called {OUT} or {EFFECT}.")
    return states


def _cited(entry: Table) -> tuple[str, ...]:
    source = entry.texts("source")
    if not source:
        raise entry.fault("source", "an entry without a citation is not used; name its source.")
    return source


def _warnings(entry: Table) -> tuple[str, ...]:
    """Everything that speaks against the entry, the gravest first."""
    alone = (entry.text_or_none(key) for key in ("caution", "trap", "valid_for"))
    return (*filter(None, alone), *entry.texts("conflicts"), *_not_applied(entry))


def _not_applied(entry: Table) -> tuple[str, ...]:
    """What is known to change a parameter and is not asked about a person here."""
    found = []
    for table in entry.tables("not_applied"):
        found.append(f"Not applied to {table.text('parameter')}: {table.text('says')}.")
        table.closed()
    return tuple(found)


def _runs(entry: Table, found: Model, known: Known) -> None:
    """EntryError where drug would never leave, never arrive, or a parameter does nothing."""
    to_out = _reached({OUT}, [(flow.to, flow.origin) for flow in found.flows])
    for state in found.states:
        if state not in to_out:
            raise entry.fault("flows", f"what is in {state} never leaves; some flow must lead out.")
    from_dose = _reached({found.dose_into}, [(flow.origin, flow.to) for flow in found.flows])
    for state in found.states:
        if state not in from_dose:
            raise entry.fault("flows", f"no dose ever reaches {state}.")
    for name in sorted(known.parameters.keys() - known.used):
        raise entry.fault("parameters", f"{name} is used nowhere.")


def _reached(start: set[str], steps: list[tuple[str, str]]) -> set[str]:
    """Everything that can be reached from the start along the steps."""
    reached = set(start)
    while more := {to for origin, to in steps if origin in reached} - reached:
        reached |= more
    return reached


def _nothing_else(entry: Table) -> None:
    if entry.text("status") not in STATUSES:
        raise entry.fault("status", f"write one of {', '.join(STATUSES)}.")
    entry.aside(*READ_BY_CLINICIANS)
    entry.closed()
