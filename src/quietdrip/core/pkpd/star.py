"""The modes of a body whose states exchange in a tree, for a whole population at once.

Every mammillary model is such a tree. Scaled by the square roots of its two-way flows its matrix is
symmetric, so its modes are real, orthogonal and three times cheaper than in general; an effect
site adds one mode in closed form. What is no tree goes the general way of `modal`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from quietdrip.core.pkpd import modal
from quietdrip.core.pkpd.individual import Floats, Linear
from quietdrip.core.pkpd.modal import AMPLIFIED_AT_MOST, Modes
from quietdrip.core.pkpd.model import EFFECT


def upstream(linear: Linear, outputs: Sequence[str]) -> Linear:
    """The same levels of these outputs, without the states that never flow back into them.

    What a metabolite does is not felt by its parent, so it need not be solved for the parent.
    """
    rows = [linear.outputs.index(output) for output in outputs]
    levels = linear.levels_ng_per_ml_per_mg[..., rows, :]
    read = np.flatnonzero(np.any(_over_people(levels != 0), axis=0))
    flowing = _over_people(linear.flows_per_min > 0)
    wanted = _reaching(flowing, read)
    return replace(
        linear,
        states=tuple(linear.states[index] for index in wanted),
        outputs=tuple(outputs),
        flows_per_min=linear.flows_per_min[..., wanted, :][..., wanted],
        into=linear.into[wanted],
        levels_ng_per_ml_per_mg=levels[..., wanted],
    )


def modes_of(linear: Linear) -> Modes:
    """The modes of one person or many; the cheap way for a tree, else the general one."""
    effect = linear.states[-1] == EFFECT
    body = linear.flows_per_min[..., :-1, :-1] if effect else linear.flows_per_min
    tree = exchanges(_over_people(body > 0))
    if tree is None:
        return modal.modes_of(linear)
    scales = _scales(body, tree)
    rates_per_min, shapes = np.linalg.eigh(_symmetric(body))
    n = body.shape[-1]
    into = _row(scales * linear.into[:n], shapes)
    back = shapes / scales[..., :, None]
    levels = linear.levels_ng_per_ml_per_mg[..., :n] @ back
    if effect:
        return _with_effect(linear, rates_per_min, into, back, levels)
    return Modes(
        rates_per_min=rates_per_min,
        into=into,
        levels_ng_per_ml_per_mg=levels,
        apart=np.ones(rates_per_min.shape[:-1], dtype=bool),
    )


def _with_effect(
    linear: Linear, rates_per_min: Floats, into: Floats, back: Floats, levels: Floats
) -> Modes:
    """Each mode i feeds the effect site by k / (rate_i + ke0); one more mode fades with ke0."""
    feeds_per_min = linear.flows_per_min[..., -1, :-1]
    ke0_per_min = -linear.flows_per_min[..., -1, -1]
    gaps_per_min = rates_per_min + ke0_per_min[..., None]
    apart = np.abs(gaps_per_min).min(axis=-1) * AMPLIFIED_AT_MOST > ke0_per_min
    # Whose delay meets a phase of the plasma goes the plain way; any gap keeps the numbers finite.
    safe_per_min = np.where(apart[..., None], gaps_per_min, 1)
    fed = _row(feeds_per_min, back) / safe_per_min
    reads = linear.levels_ng_per_ml_per_mg[..., -1:]
    return Modes(
        rates_per_min=np.concatenate([rates_per_min, -ke0_per_min[..., None]], axis=-1),
        into=np.concatenate([into, -(fed * into).sum(axis=-1, keepdims=True)], axis=-1),
        levels_ng_per_ml_per_mg=np.concatenate(
            [levels + reads * fed[..., None, :], reads], axis=-1
        ),
        apart=apart,
    )


def _row(vector: Floats, matrix: Floats) -> Floats:
    """A row times a matrix, person by person."""
    found: Floats = (vector[..., None, :] @ matrix)[..., 0, :]
    return found


def _over_people(pattern: modal.Mask) -> modal.Mask:
    """Where anyone of the population has it."""
    anyone: modal.Mask = np.logical_or.reduce(pattern.reshape(-1, *pattern.shape[-2:]), axis=0)
    return anyone


def _reaching(flowing: modal.Mask, read: Iterable[int]) -> list[int]:
    """The states that are read, and all that flow into them, in order."""
    wanted = set(read)
    while more := {int(i) for to in wanted for i in np.flatnonzero(flowing[to])} - wanted:
        wanted |= more
    return sorted(wanted)


def exchanges(flowing: modal.Mask) -> list[tuple[int, int]] | None:
    """The exchanges from the first state outwards; None where the states form no tree."""
    if not np.array_equal(flowing, flowing.T):
        return None
    found: list[tuple[int, int]] = []
    reached = {0}
    for near in (queue := [0]):
        for far in map(int, np.flatnonzero(flowing[:, near])):
            if far not in reached:
                reached.add(far)
                queue.append(far)
                found.append((near, far))
    whole = len(reached) == len(flowing) and 2 * len(found) == int(flowing.sum())
    return found if whole else None


def _scales(body: Floats, tree: Sequence[tuple[int, int]]) -> Floats:
    """By what each state is scaled, (..., n), so that what flows both ways flows equally."""
    scales = np.ones(body.shape[:-1])
    for near, far in tree:
        ratio = body[..., near, far] / body[..., far, near]
        scales[..., far] = scales[..., near] * np.sqrt(ratio)
    return scales


def _symmetric(body: Floats) -> Floats:
    """The scaled matrix: square roots of two-way flows beside the same diagonal."""
    across = np.maximum(body, 0)
    symmetric: Floats = np.sqrt(across * np.swapaxes(across, -1, -2))
    own = np.arange(body.shape[-1])
    symmetric[..., own, own] = body[..., own, own]
    return symmetric
