"""The page of virtual trials: protocols side by side on the same people. Nothing is kept.

It runs while the reader waits, so it takes only as many people as answer in about a second.
"""

from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from quietdrip.core.pkpd.tally import Counts, added
from quietdrip.core.pkpd.trial import Trial, chunk
from quietdrip.core.reasons import Reason, Refusal, refuse
from quietdrip.library import read, read_models
from quietdrip.sheets import plot
from quietdrip.sheets.simulate import Simulation, simulation
from quietdrip.sheets.simulate_files import drawing
from quietdrip.sheets.simulate_found import Found, found
from quietdrip.sheets.simulate_text import NOT_MEASURED, command, table
from quietdrip.sheets.simulate_typed import Question
from quietdrip.web import query

PROTOCOLS = ("protocol-1", "protocol-2", "protocol-3")
TEXTS = ("model", "weights", "ages", "vial", "final", "within", "after")
LEVELS_AT_MOST = 10_000_000
"""People times minutes looked at; about a second of one core."""
PEOPLE, REFUSED = "2000", 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing to choose and whether it is chosen."""

    value: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was typed, and what came of it: tables and a drawing, or the sentences why not."""

    typed: dict[str, str]
    protocols: tuple[tuple[str, str, tuple[Choice, ...]], ...]
    models: tuple[Choice, ...]
    refused: tuple[Reason, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drawn: SafeString | None = None
    says: tuple[str, ...] = ()
    command: str = ""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """GET /simulate: the form and, once protocols are chosen, the trial; 422 where refused."""
    typed = {name: text for name, text in request.GET.items() if isinstance(text, str)}
    twice = query.given_twice(request.GET)
    if twice is not None:
        return _page(request, _shown(typed, twice))
    if not any(typed.get(name) for name in PROTOCOLS):
        return _page(request, _shown(typed, None))
    return _page(request, _shown(typed, _answer(typed)))


def _answer(typed: dict[str, str]) -> Found | Refusal:
    question = _question(typed)
    made = question if isinstance(question, Refusal) else simulation(
        question, settings.QUIETDRIP_SITE
    )  # fmt: skip
    if isinstance(made, Refusal):
        return made
    return _too_many(made) or found(made, _counts(made.trial))


def _question(typed: dict[str, str]) -> Question | Refusal:
    people, seed = typed.get("people", PEOPLE), typed.get("seed") or "1"
    for name, text in (("people", people), ("seed", seed)):
        if not (text.isascii() and text.isdecimal()):
            says = f"'{text}' is no number of {name}; write a whole number, such as {PEOPLE}."
            return refuse(f"{name}-malformed", says, field=name)
    given = [line.strip() for line in typed.get("set", "").splitlines() if line.strip()]
    loose = next((line for line in given if "=" not in line.strip("=")), None)
    if loose is not None:
        says = f"'{loose}' is no FIELD=VALUE; write one a line, such as rate=25 mg/h."
        return refuse("set-malformed", says, field="set")
    pairs = [line.partition("=") for line in given]
    return Question(
        protocols=tuple(typed[name] for name in PROTOCOLS if typed.get(name)),
        people=int(people),
        seed=int(seed),
        given=tuple((field, value) for field, _, value in pairs),
        above=_levels(typed, "above"),
        below=_levels(typed, "below"),
        **{name: typed.get(name, "") for name in TEXTS},
    )


def _levels(typed: dict[str, str], name: str) -> tuple[str, ...]:
    return (typed[name],) if typed.get(name) else ()


def _too_many(made: Simulation) -> Refusal | None:
    """A page answers at once or not at all; the command line takes any number."""
    minutes = sum(arm.at_min.size for arm in made.trial.arms)
    most = LEVELS_AT_MOST // minutes
    if made.trial.crowd.count <= most:
        return None
    says = (
        f"{made.trial.crowd.count:,} people are more than this page computes while you wait; ask "
        f"for at most {most:,} of these protocols, or run on the command line: {command(made)}"
    )
    return refuse("people-too-many", says, field="people")


def _counts(trial: Trial) -> Counts:
    counts: Counts = {}
    for number in range(trial.chunks):
        counts = added(counts, chunk(trial, number))
    return counts


def _shown(typed: dict[str, str], answer: Found | Refusal | None) -> Shown:
    ids = read.protocol_ids(settings.QUIETDRIP_SITE)
    protocols = tuple(
        (name, label, tuple(Choice(value=id, chosen=typed.get(name) == id) for id in ids))
        for name, label in zip(PROTOCOLS, ("Protocol", "Beside it", "And"), strict=True)
    )
    models = tuple(
        Choice(value=id, chosen=typed.get("model") == id)
        for id in read_models.model_ids()
        if not isinstance(read_models.model(id), Refusal)
    )
    blank = Shown(typed={"people": PEOPLE, **typed}, protocols=protocols, models=models)
    match answer:
        case None:
            return blank
        case Refusal(reasons=reasons):
            return Shown(typed=blank.typed, protocols=protocols, models=models, refused=reasons)
    rows = tuple((label, tuple(cells)) for label, cells in table(answer.arms))
    return Shown(
        typed=blank.typed,
        protocols=protocols,
        models=models,
        head=tuple(arm.protocol for arm in answer.arms),
        rows=rows,
        # Made by our own sheet, which writes every text from outside as text.
        drawn=mark_safe(plot.svg(replace(drawing(answer), foot=(NOT_MEASURED,)))),  # noqa: S308
        says=(answer.simulation.vial_says, *answer.simulation.says, NOT_MEASURED),
        command=command(answer.simulation),
    )


def _page(request: HttpRequest, shown: Shown) -> HttpResponse:
    status = REFUSED if shown.refused else 200
    return render(request, "quietdrip/simulate.html", {"shown": shown}, status=status)
