"""How templates write numbers, times and icons: as every other sheet does."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from django import template
from django.template import Context
from django.utils.html import format_html

from quietdrip.core.card import Card, Filling, Step
from quietdrip.core.reasons import Refusal
from quietdrip.library.references import Reference, references
from quietdrip.sheets import band, wording
from quietdrip.sheets.answer import Answer
from quietdrip.sheets.card_json import clock
from quietdrip.web.syringe import barrel

register = template.Library()
register.filter("number", wording.number)
register.filter("span", wording.span)
register.filter("recipe_says", wording.recipe_says)
register.filter("vials_says", wording.vials_says)
register.filter("left_over_says", wording.left_over_says)
register.filter("rounding_says", wording.rounding_says)
register.filter("weight_says", wording.weight_says)
register.filter("other_weights_say", wording.other_weights_say)
register.filter("version_says", wording.version_says)
register.filter("standing_says", wording.standing_says)
register.filter("curve_says", wording.curve_says)
register.filter("alike", wording.alike)
register.filter("barrel", barrel)
register.filter("drug_name", wording.drug_name)


@register.filter
def times_of(step: Step) -> str:
    """`0 to 40 min`: from when until when a step runs."""
    return wording.from_until(step.start_min, step.start_min + step.for_min)


@register.filter
def clock_of(step: Step, card: Card) -> str:
    """`09:00 to 09:40`; empty where no start was given."""
    return wording.clock_from_until(card, step.start_min, step.start_min + step.for_min)


@register.filter
def band_says(found: Answer) -> tuple[str, ...]:
    """What the shaded room of the curve is, or why there is none."""
    return band.band_says(found.band, found.spread)


@register.filter
def on_at(filling: Filling, card: Card) -> str:
    """When a syringe is put on: the time of day where the start is known, else since the start."""
    at_min = Decimal(int(filling.from_min))  # early rather than late
    return clock(card.start_clock_min, at_min) or wording.span(at_min)


@register.filter
def titles(keys: Iterable[str]) -> tuple[Reference, ...]:
    """The references behind these keys; a key without one stands for itself."""
    return tuple(_reference(key) for key in keys)


@cache
def _references() -> dict[str, Reference]:
    found = references()
    return {} if isinstance(found, Refusal) else found


def _reference(key: str) -> Reference:
    unknown = Reference(key=key, title=key, portion="", kind="", url="", doi="")
    return _references().get(key, unknown)


@register.simple_tag(takes_context=True)
def icon(context: Context, name: str) -> str:
    """One drawing of the sprite; always beside words, so it is hidden from a screen reader."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', context["icons"], name
    )


@register.inclusion_tag("quietdrip/number.html")
def why(id: str, value: Decimal, unit: str, size: str = "") -> dict[str, object]:
    """A number with its unit that opens how it came about."""
    return {"id": id, "value": wording.number(value), "unit": unit, "size": size}
