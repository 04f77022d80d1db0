"""What is due when, from the start of the pump: one function for card, board and alarms."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from quietdrip.core.card import Due, Filling, Step
from quietdrip.core.protocol import Monitoring, Observations, Premedication, Protocol
from quietdrip.core.protocol import Steps as StepShape
from quietdrip.core.units import plain

NOT_STATED = "not stated"


def timeline(
    protocol: Protocol, steps: Sequence[Step], fillings: Sequence[Filling], over_min: Decimal
) -> tuple[Due, ...]:
    """Everything due, in order of time; what has no stated time comes first with `at_min` None.

    Times are minutes from the start of the pump. Observations after the end have no stated number,
    so one line says their rhythm.
    """
    due = (
        *_premedication(protocol),
        *_before(protocol.monitoring),
        Due(at_min=Decimal(0), kind="start", what=_start_text(steps)),
        *_step_ups(protocol, steps),
        *_syringe_changes(fillings),
        *_observed(protocol, steps, over_min),
        Due(
            at_min=over_min, kind="end", what="Infusion ends: stop time, volume left, line flushed"
        ),
        *_recovery(protocol, over_min),
    )
    return tuple(sorted(due, key=lambda each: (each.at_min is not None, each.at_min or 0)))


def ready_min(protocol: Protocol, over_min: Decimal) -> Decimal | None:
    """The earliest minute somebody may be ready by the clock alone; None where none is stated."""
    minimum_min = protocol.recovery.minimum_min
    return None if minimum_min is None else over_min + minimum_min


def _start_text(steps: Sequence[Step]) -> str:
    if not steps:
        return "Bolus"
    return f"Start at {plain(steps[0].rate_ml_per_h)} mL/h ({_cut(steps[0].rate_mg_per_h)} mg/h)"


def _cut(value: Decimal) -> str:
    """A number as the card shows it: cut to three decimals."""
    return plain(Fraction(value))


def _premedication(protocol: Protocol) -> Iterable[Due]:
    if not protocol.premedication_stated:
        yield Due(at_min=None, kind="premedication", what=f"Premedication: {NOT_STATED}")
    for drug in protocol.premedication:
        yield Due(
            at_min=None,
            kind="premedication",
            what=_drug_says(drug),
            source=drug.source or protocol.source,
        )


def _drug_says(drug: Premedication) -> str:
    if drug.need == "none":
        return f"Premedication: {drug.drug}"
    timing = f", {drug.timing}" if drug.timing else ""
    return f"{drug.drug} ({drug.need}), dose {drug.dose or NOT_STATED}{timing}"


def _before(profile: Monitoring | None) -> Iterable[Due]:
    if profile is None:
        yield Due(at_min=None, kind="observe", what=f"Intervals of observation: {NOT_STATED}")
        return
    if profile.before:
        yield Due(
            at_min=Decimal(0),
            kind="before",
            what=f"Before the start: {', '.join(profile.before)}",
            source=profile.source,
            confidence=profile.confidence,
        )
    if profile.continuous:
        yield Due(
            at_min=Decimal(0),
            kind="observe",
            what=f"Throughout: {', '.join(profile.continuous)}",
            source=profile.source,
            confidence=profile.confidence,
        )


def _step_ups(protocol: Protocol, steps: Sequence[Step]) -> Iterable[Due]:
    infusion = protocol.infusion
    stated = infusion.advance if isinstance(infusion, StepShape) else ""
    for before, step in pairwise(steps):
        yield Due(
            at_min=step.start_min,
            kind="step-up",
            what=(
                f"Decide: {plain(before.rate_ml_per_h)} to {plain(step.rate_ml_per_h)} mL/h "
                f"({_cut(step.rate_mg_per_h)} mg/h)"
            ),
            condition=f"a person steps up, with observations in range; condition of the "
            f"protocol: {stated or NOT_STATED}",
            source=protocol.source,
        )


def _syringe_changes(fillings: Sequence[Filling]) -> Iterable[Due]:
    for filling in fillings[1:]:
        yield Due(
            at_min=filling.from_min,
            kind="syringe",
            what=f"Change to syringe {filling.number} of {len(fillings)}",
        )


def _observed(protocol: Protocol, steps: Sequence[Step], over_min: Decimal) -> Iterable[Due]:
    for rhythm in protocol.monitoring.observations if protocol.monitoring else ():
        for at_min in _times(rhythm, steps, over_min):
            yield Due(
                at_min=at_min,
                kind="observe",
                what=", ".join(rhythm.what),
                source=rhythm.source,
                confidence=rhythm.confidence,
            )
        if rhythm.after == "end" and rhythm.every_min:
            yield Due(
                at_min=over_min,
                kind="recovery",
                what=f"{', '.join(rhythm.what)} every {rhythm.every_min} min until ready to leave",
                source=rhythm.source,
                confidence=rhythm.confidence,
            )


def _times(rhythm: Observations, steps: Sequence[Step], over_min: Decimal) -> Iterable[Decimal]:
    """The minutes at which a set is due while the pump runs, or at its stated times."""
    if rhythm.after == "each-rate-change":
        for step in steps:
            yield from (
                step.start_min + after
                for after in rhythm.at_min
                if after <= step.for_min and step.start_min + after <= over_min
            )
    elif rhythm.at_min:
        yield from (Decimal(at) for at in rhythm.at_min)
    elif rhythm.every_min and not rhythm.after:
        until = over_min if rhythm.until_min is None else min(over_min, Decimal(rhythm.until_min))
        at = Decimal(rhythm.from_min + rhythm.every_min)
        while at <= until:
            yield at
            at += rhythm.every_min


def _recovery(protocol: Protocol, over_min: Decimal) -> Iterable[Due]:
    recovery, ready = protocol.recovery, ready_min(protocol, over_min)
    if ready is None:
        yield Due(
            at_min=None,
            kind="ready",
            what=f"Shortest recovery: {recovery.says or NOT_STATED}",
            source=recovery.source or protocol.source,
            confidence=recovery.confidence,
        )
        return
    yield Due(
        at_min=ready,
        kind="ready",
        what=f"Earliest ready: {recovery.minimum_min} min after the end, and every criterion met",
        source=recovery.source or protocol.source,
        confidence=recovery.confidence,
    )
