"""A card, or the reasons why there is none, as plain text for a terminal of 80 columns."""

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from textwrap import wrap

from quietdrip.core.card import Card, Step
from quietdrip.core.pkpd.predict import Curve
from quietdrip.core.program import bounds_text
from quietdrip.core.protocol import Field, Protocol, fields
from quietdrip.core.reasons import Reason
from quietdrip.core.units import UNITS
from quietdrip.sheets import wording
from quietdrip.sheets.answer import Answer
from quietdrip.sheets.band import band_says
from quietdrip.sheets.braille import chart, legend
from quietdrip.sheets.card_json import NOT_A_DEVICE
from quietdrip.sheets.rhythm import rows, told
from quietdrip.sheets.wording import number, visible

NARROWEST = 72
INDENT = "  "
STRETCHES = 6  # of times on one line of the clock
FORMULAS = 12
MARKS = {"warning": "!", "refused": "x", "asked-back": "?", "note": "-"}
NO_BREAK = "\u00a0"
GLUE = re.compile(r"(?<=[0-9]) (?=(mg|mL|kg|ng|min|h|d|%)(\b|(?<=%)))")
# One letter for one, so that lines keep their width; any other letter becomes a question mark.
LOOK_ALIKE = str.maketrans("–—‘’“”µμ×…", "--''\"\"uux.")
TIMES_WIDE = 25
Section = tuple[str, Sequence[str]]


def card_text(answer: Answer, width: int = 80, *, ascii_only: bool = False) -> str:
    """The card as lines of at most `width` columns, at least 72; ValueError where there is none."""
    card = answer.card
    if card is None or width < NARROWEST:
        raise ValueError(f"a card and at least {NARROWEST} columns are needed")
    sections: list[Section] = [
        ("SET THE PUMP", _program(card, width)),
        ("DRAW UP", _draw_up(card, width)),
        ("LIMITS AND WARNINGS", _warnings(card.warnings, width)),
        ("WHEN, FROM THE START OF THE PUMP", _clock(card, width)),
    ]
    if answer.curve is not None:
        sections.append(("PREDICTED LEVEL, ng/mL", _curve(answer.curve, answer, width, ascii_only)))
    if card.protocol.not_stated:
        sections.append(("NOT STATED BY THE SOURCE", _not_stated(card.protocol, width)))
    sections.append(("HOW THE NUMBERS CAME ABOUT", _formulas(card, width)))
    sections.append(("STANDS ON", _sources(card, answer, width)))
    head = _head(card.protocol, width)
    return _printed([*head, *_laid_out(sections), "", *_wrapped(NOT_A_DEVICE, width)], ascii_only)


def refusal_text(answer: Answer, width: int = 80, *, ascii_only: bool = False) -> str:
    """Every reason why there is no card, what to type again, and what the protocol leaves open."""
    protocol = answer.protocol
    refused = [reason for reason in answer.refused if reason.kind != "asked-back"]
    doubted = [reason for reason in answer.refused if reason.kind == "asked-back"]
    open_fields = [] if protocol is None else [f for f in fields(protocol) if f.needed]
    lines = _wrapped(f"No card for {answer.protocol_id}.", width)
    sections: list[Section] = []
    if refused:
        sections.append(("REFUSED", _reasons(refused, width)))
    if doubted:
        again = _again(answer, doubted, width)
        sections.append(("ASKED BACK", [*_reasons(doubted, width), *again]))
    if answer.warnings:
        sections.append(("ALSO", _warnings(answer.warnings, width)))
    if open_fields:
        sections.append(("LEFT OPEN BY THE PROTOCOL", _open(open_fields, answer, width)))
    return _printed([*lines, *_laid_out(sections)], ascii_only)


def _laid_out(sections: Iterable[Section]) -> Iterable[str]:
    for title, lines in sections:
        yield from ("", title, *lines)


def _printed(lines: Iterable[str], ascii_only: bool) -> str:
    text = "\n".join(visible(line) for line in lines)
    return text.translate(LOOK_ALIKE).encode("ascii", "replace").decode() if ascii_only else text


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most this width; a number keeps its unit beside it, an id stays whole."""
    glued = GLUE.sub(NO_BREAK, visible(text))
    lines = wrap(glued, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return [line.replace(NO_BREAK, " ") for line in lines] or [first.rstrip()]


def _said(text: str, width: int, mark: str = "") -> list[str]:
    """A sentence in a section, with a mark hanging before it where there is one."""
    first = f"{INDENT}{mark} " if mark else INDENT
    return _wrapped(text, width, first, " " * len(first))


def _head(protocol: Protocol, width: int) -> list[str]:
    draft = "DRAFT, not reviewed; " if protocol.status == "draft" else f"{protocol.status}; "
    return [
        *_wrapped(protocol.title, width),
        *_wrapped(wording.version_says(protocol), width),
        *_wrapped(draft + wording.standing_says(protocol), width),
    ]


def _program(card: Card, width: int) -> list[str]:
    holds = f"{number(card.concentration_mg_per_ml)} mg/mL"
    lines = _said(f"For {wording.weight_says(card)}; the syringe holds {holds}.", width)
    if card.bolus is not None:
        given = (
            f"{number(card.bolus.volume_ml)} mL bolus",
            f"{number(card.bolus.dose_mg)} mg",
            f"{number(card.bolus.dose_mg_per_kg)} mg/kg",
        )
        lines += ["", f"{INDENT}>   {'   '.join(given)}"]
    lines += ["", *_steps(card, width), ""]
    conditions = {due.condition for due in card.due if due.kind == "step-up"}
    for condition in sorted(conditions):
        lines += _said(f"Each step up is a decision: {condition}.", width)
    lines += _said(f"{wording.total_says(card)}. {wording.rounding_says(card)}", width)
    others = wording.other_weights_say(card)
    return [*lines, *(_said(others, width) if others else ())]


def _steps(card: Card, width: int) -> list[str]:
    """One row a step, mL/h first; a row too wide for the terminal puts its times below."""
    table = [_step(card, step, index) for index, step in enumerate(card.steps, 1)]
    wide = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [cell.ljust(wide[column]) for column, cell in enumerate(row)]
        line = f"{INDENT}{'   '.join(cells)}".rstrip()
        if len(line) <= width:
            lines.append(line)
        else:
            times = "   ".join(cell for cell in row[4:] if cell)
            lines.append(f"{INDENT}{'   '.join(cells[:4])}".rstrip())
            lines.append(f"{INDENT}{' ' * (wide[0] + 3)}{times}")
    return lines


def _step(card: Card, step: Step, index: int) -> tuple[str, ...]:
    until_min = step.start_min + step.for_min
    return (
        f"{index}" if len(card.steps) > 1 else ">",
        f"{number(step.rate_ml_per_h)} mL/h",
        f"{number(step.rate_mg_per_h)} mg/h",
        f"{number(step.rate_mg_per_kg_h)} mg/kg/h",
        wording.from_until(step.start_min, until_min),
        wording.clock_from_until(card, step.start_min, until_min),
    )


def _draw_up(card: Card, width: int) -> list[str]:
    recipe = card.draw_up
    lines = [line for sentence in wording.recipe_says(card) for line in _said(sentence, width)]
    when, more = told(wording.syringe_changes_min(recipe), STRETCHES)
    if when:
        lines += _said(f"Change the syringe: {when}{_more(more, 'changes')}.", width)
    if len(recipe.fillings) > 1:
        lines += _said(
            f"In all: {number(recipe.drug_ml)} mL drug and {number(recipe.diluent_ml)} mL diluent, "
            f"{number(recipe.final_volume_ml)} mL.",
            width,
        )
    lines += _said(f"Open {wording.vials_says(recipe)}. {wording.left_over_says(recipe)}", width)
    return lines


def _warnings(reasons: Sequence[Reason], width: int) -> list[str]:
    if not any(reason.kind == "warning" for reason in reasons):
        return [*_said("No soft limit is reached.", width), *_reasons(reasons, width)]
    return _reasons(reasons, width)


def _reasons(reasons: Iterable[Reason], width: int) -> list[str]:
    lines: list[str] = []
    for reason in reasons:
        grounds = wording.grounds(reason.source, reason.confidence)
        field = f"{reason.field}: " if reason.field else ""
        says = f"{field}{reason.says}{f' [{grounds}]' if grounds else ''}"
        lines += _said(says, width, MARKS[reason.kind])
        if reason.needs:
            lines += _wrapped(f"Needs {reason.needs}.", width, " " * 4, " " * 4)
    return lines


def _again(answer: Answer, doubted: Sequence[Reason], width: int) -> list[str]:
    """The very options that confirm what was asked back."""
    typed = {"weight": answer.asked.weight, **answer.asked.given}
    options = [
        f'--confirm {field}="..."'
        for field in dict.fromkeys(reason.field for reason in doubted)
        if field in typed
    ]
    lines = (
        _said(
            "Look again. If it is meant, type the value a second time in place of the dots:", width
        )
        if options
        else []
    )
    return [*lines, *(f"{INDENT}  {option}" for option in options)]


def _open(open_fields: Sequence[Field], answer: Answer, width: int) -> list[str]:
    lines = _said("A prescriber gives these by name, each with its unit:", width)
    for field in open_fields:
        units = ", ".join(_units(field))
        given = answer.asked.given.get(field.name, "")
        says = f"--set {field.name}=...  {bounds_text(field.stated)}; in {units}"
        lines += _wrapped(says + (f"; you gave {given}" if given else ""), width, " " * 4, " " * 8)
    return lines


def _units(field: Field) -> list[str]:
    """The usual units of a field: the canonical one of each of its kinds."""
    return [next(unit.name for unit in UNITS.values() if unit.kind is kind) for kind in field.kinds]


def _clock(card: Card, width: int) -> list[str]:
    """Times left, tasks right, each wrapped in its own column."""
    lines: list[str] = []
    for row in rows(card, STRETCHES, leave_out=("start", "step-up", "syringe")):
        when = f"{row.when}{_more(row.more, 'times')}" or "time not stated"
        times = _wrapped(when, TIMES_WIDE) + (_wrapped(row.clock, TIMES_WIDE) if row.clock else [])
        says = f"{row.what}{f'; {row.condition}' if row.condition else ''}"
        tasks = _wrapped(says, width - TIMES_WIDE - 2 * len(INDENT))
        lines += [
            f"{INDENT}{time:<{TIMES_WIDE}}{INDENT}{task}".rstrip()
            for time, task in zip_longest(times, tasks, fillvalue="")
        ]
    return lines


def _curve(curve: Curve, answer: Answer, width: int, ascii_only: bool) -> list[str]:
    effect = curve.model.effect
    lines = [
        *chart(curve, width, ascii_only=ascii_only),
        f"{INDENT}{legend(curve, ascii_only=ascii_only)}",
        *_said(f"{wording.curve_says(curve)}.", width),
    ]
    if effect is not None and effect.composite:
        lines += _said(f"Effect site: {effect.stands_on}", width)
    for says in band_says(answer.band, answer.spread):
        lines += _said(says, width)
    return lines


def _not_stated(protocol: Protocol, width: int) -> list[str]:
    return [
        *_said("The prescriber settles these:", width),
        *(line for what in protocol.not_stated for line in _said(what, width, "-")),
    ]


def _formulas(card: Card, width: int) -> list[str]:
    lines: list[str] = []
    for formula in card.formulas[:FORMULAS]:
        lines += _wrapped(formula.with_numbers, width, INDENT, INDENT + "    ")
    left = len(card.formulas) - FORMULAS
    return [*lines, *([f"{INDENT}+ {left} more with --json"] if left > 0 else ())]


def _sources(card: Card, answer: Answer, width: int) -> list[str]:
    """Every source the card stands on, by how far it was seen; details by `library show`."""
    found = [(card.protocol.source, card.protocol.confidence)]
    found += [(formula.source, formula.confidence) for formula in card.formulas]
    found += [(due.source, due.confidence) for due in card.due]
    found += [(reason.source, reason.confidence) for reason in card.warnings]
    if answer.curve is not None:
        found.append((answer.curve.model.source, answer.curve.model.confidence))
    by_confidence: dict[str, dict[str, None]] = {}
    for source, confidence in found:
        by_confidence.setdefault(confidence or "not rated", {}).update(dict.fromkeys(source))
    return [
        line
        for confidence, keys in by_confidence.items()
        if keys
        for line in _wrapped(f"{confidence}: {', '.join(keys)}", width, INDENT, INDENT + "    ")
    ]


def _more(count: int, what: str) -> str:
    return f" and {count} more {what}, all with --json" if count else ""
