"""The card page: what was typed goes to the core, what the core says is shown. Nothing is kept."""

from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from quietdrip.core.card import Card
from quietdrip.core.equipment import Shelf
from quietdrip.core.prescription import Asked
from quietdrip.core.reasons import Reason, Refusal
from quietdrip.library import read
from quietdrip.sheets import card_json, rhythm
from quietdrip.sheets.answer import Answer, answer
from quietdrip.sheets.band import rooms
from quietdrip.web import catalogue, query
from quietdrip.web.curve import Drawing, drawing
from quietdrip.web.form import Form, blank, form

NOTHING = Asked(weight="", vial="")
TIMES_IN_A_LINE, SYRINGES_ON_THE_CLOCK = 6, 4
REFUSED, COULD_NOT = 422, 503
PAPERS: tuple[Literal["a4", "letter"], ...] = ("a4", "letter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer in the words and drawings of the page."""

    answer: Answer
    form: Form
    stops: tuple[Reason, ...]
    address: str
    command: str
    warned: int
    due: tuple[rhythm.Row, ...]
    drawing: Drawing | None
    sources: tuple[str, ...]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """GET /: the card is the first page."""
    del request
    return HttpResponseRedirect(reverse("card"))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """GET /card: the form and, once everything needed is given, the card; else what is missing."""
    shelf = read.shelf(settings.QUIETDRIP_SITE)
    if isinstance(shelf, Refusal):
        return render(request, "quietdrip/unreadable.html", {"refusal": shelf}, status=500)
    shown = _shown(_answer(request), shelf)
    if request.headers.get("HX-Request"):
        return render(request, "quietdrip/live.html", {"shown": shown})
    listed = catalogue.catalogue(settings.QUIETDRIP_SITE)
    return render(request, "quietdrip/card.html", {"shown": shown, "catalogue": listed})


@require_safe
def pdf(request: HttpRequest) -> HttpResponse:
    """GET /card.pdf: the same card on one sheet; without a card the sentences why, as text."""
    from quietdrip.sheets import card_pdf  # the typesetter is large; the page needs none

    found = _answer(request)
    asked_for = request.GET.get(query.PAPER, PAPERS[0])
    paper = next((paper for paper in PAPERS if paper == asked_for), None)
    if found.card is None:
        return _sentence(_says(found), REFUSED)
    if paper is None:
        return _sentence(
            f"'{asked_for}' is no paper we print on; write {' or '.join(PAPERS)}.", REFUSED
        )
    try:
        content = card_pdf.pdf_bytes(found, paper)
    except card_pdf.MissingFont as missing:
        return _sentence(str(missing), COULD_NOT)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found.protocol_id}.pdf"'
    return response


@require_safe
def json(request: HttpRequest) -> HttpResponse:
    """GET /card.json: the card or the refusal as data, status 200 or 422."""
    found = _answer(request)
    status = REFUSED if found.card is None else 200
    params = {"indent": 1, "ensure_ascii": False}
    return JsonResponse(card_json.as_json(found), status=status, json_dumps_params=params)


def _answer(request: HttpRequest) -> Answer:
    protocol_id = request.GET.get(query.PROTOCOL, "")
    twice = query.given_twice(request.GET)
    if twice is not None:
        return Answer(protocol_id=protocol_id, asked=NOTHING, refusal=twice)
    asked = query.asked(request.GET)
    if not protocol_id:
        none = Reason(id="protocol-not-chosen", field="protocol", says="Choose a protocol.")
        return Answer(protocol_id="", asked=asked, refusal=Refusal(reasons=(none,)))
    return answer(protocol_id, asked, settings.QUIETDRIP_SITE)


def _sentence(says: str, status: int) -> HttpResponse:
    return HttpResponse(f"{says}\n", content_type="text/plain; charset=utf-8", status=status)


def _says(found: Answer) -> str:
    return "\n".join(reason.says for reason in found.refused)


def _shown(found: Answer, shelf: Shelf) -> Shown:
    asked = form(found.protocol, shelf, found.asked, (*found.refused, *found.warnings))
    unfilled = {"protocol", *(box.name for box in asked.unfilled)}
    return Shown(
        answer=found,
        form=asked,
        stops=tuple(r for r in found.refused if not (r.field in unfilled and _waits(r))),
        address=query.address(found.protocol_id, found.asked),
        command=query.command(found.protocol_id, found.asked),
        warned=sum(reason.kind == "warning" for reason in found.warnings),
        due=_due(found.card) if found.card else (),
        drawing=_drawing(found),
        sources=_sources(found),
    )


def _drawing(found: Answer) -> Drawing | None:
    if found.card is None or found.curve is None:
        return None
    return drawing(found.card, found.curve, rooms(found.band, found.spread))


def _due(card: Card) -> tuple[rhythm.Row, ...]:
    """What is due; many changes of syringe stand in a table of their own."""
    few = len(card.draw_up.fillings) <= SYRINGES_ON_THE_CLOCK
    return rhythm.rows(card, TIMES_IN_A_LINE, () if few else ("syringe",))


def _sources(found: Answer) -> tuple[str, ...]:
    """Every key the shown card or protocol stands on, once, the protocol's own first."""
    keys = [*found.protocol.source] if found.protocol else []
    if found.card is not None:
        card = found.card
        parts = (*(f.source for f in card.formulas), *(d.source for d in card.due))
        keys += [key for part in (*parts, *(w.source for w in card.warnings)) for key in part]
    if found.curve is not None:
        keys += found.curve.model.source
    return tuple(dict.fromkeys(keys))


def _waits(reason: Reason) -> bool:
    """Whether a reason only waits for something to be given; it is no fault yet."""
    return blank(reason) or reason.id == "protocol-not-chosen"
