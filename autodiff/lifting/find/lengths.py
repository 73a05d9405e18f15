"""Lengths: what ``autodiff.norm`` records becomes one unit.

It records hypotenuses, hypot(hypot(hypot(0, x₁), x₂), x₃) = √(x₁² + x₂² + x₃²). The last of them stays, of
all xᵢ. Lengths that begin alike, as those of a matrix and of its first row do, share hypotenuses, which each
takes for itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.fold import APPLY, Folded
from autodiff.lifting.find.roles import CONSTANT, REDUCTIONS
from autodiff.lifting.record import ROWS, Ints, Tape

__all__ = ["with_lengths"]

LENGTH = REDUCTIONS.index("hypot")
SHARED = 4  # times as many numbers as hypotenuses may be taken at most


def with_lengths(tape: Tape, folded: Folded, read: Ints) -> Folded:
    """``folded`` with one unit for each length of two numbers or more.

    Args:
        read: ids of nodes that are read from outside, which stay as they are.
    """
    hypotenuse = (folded.reduction == APPLY) & (tape.op[folded.units] == ROWS.index(OPS["hypot"]))
    if not hypotenuse.any():
        return folded
    before = _before(tape, folded, folded.units[hypotenuse])
    ends = _ends(tape, folded, before, read)
    legs = _legs(tape, before, ends)
    if not legs:
        return folded
    kept = np.ones(len(folded.units), dtype=bool)
    kept[np.searchsorted(folded.units, [node for node in before if node not in ends])] = False
    units = folded.units[kept]
    lengths = np.searchsorted(units, [*legs])
    reduction = folded.reduction[kept]
    reduction[lengths] = LENGTH
    terms = np.array([leg for each in legs.values() for leg in each])
    owners = np.repeat(lengths, [len(each) for each in legs.values()])
    owner = np.append((np.cumsum(kept) - 1)[folded.owner], owners)
    order = np.argsort(owner, kind="stable")
    return replace(
        folded,
        units=units,
        reduction=reduction,
        bias=folded.bias[kept],
        adds=folded.adds[kept],
        owner=owner[order],
        x=np.append(folded.x, terms)[order],
        z=np.append(folded.z, np.full_like(terms, -1))[order],
        coefficient=np.append(folded.coefficient, np.ones(len(terms)))[order],
    )


def _before(tape: Tape, folded: Folded, nodes: Ints) -> dict[int, int]:
    """For each hypotenuse of a length the one that it prolongs, -1 of the first."""
    before: dict[int, int] = {}
    for node in nodes.tolist():
        first, second = int(tape.a[node]), int(tape.b[node])
        if folded.kind[second] == CONSTANT:  # √(Σ x² + 1) is no length of what else is there
            continue
        if first in before:
            before[node] = first
        elif folded.kind[first] == CONSTANT and tape.data[first] == 0.0:
            before[node] = -1
    return before


def _ends(tape: Tape, folded: Folded, before: dict[int, int], read: Ints) -> set[int]:
    """The hypotenuses that are read by more than those that prolong them."""
    applied = folded.units[folded.reduction == APPLY]
    nodes = np.concatenate([tape.a[applied], tape.b[applied], folded.x, folded.z, read])
    uses = np.bincount(nodes[nodes >= 0], minlength=len(tape))
    prolonged = np.bincount([node for node in before.values() if node >= 0], minlength=len(tape))
    hypotenuses = np.array([*before], dtype=np.int64)
    alone = (prolonged[hypotenuses] == 0) | (uses[hypotenuses] > prolonged[hypotenuses])
    return {*hypotenuses[alone].tolist()}


def _legs(tape: Tape, before: dict[int, int], ends: set[int]) -> dict[int, list[int]]:
    """By length of two numbers or more, of what it is, in order; nothing if that is too much."""
    legs: dict[int, list[int]] = {}
    left = SHARED * len(before)
    for end in sorted(ends):
        node, mine = end, list[int]()
        while node >= 0 and left:
            mine.append(int(tape.b[node]))
            node, left = before[node], left - 1
        if node >= 0:
            return {}
        if len(mine) > 1:
            legs[end] = mine[::-1]
    return legs
