"""Group: units of one signature that can be computed together become one formula.

Two units have one signature if they apply the same operation and their operands are of the same
classes: constants, elements of the same named array, or computed. Level by level is not enough:
where one sample's path is longer than another's (causal attention, sequences of different
lengths) equal things lie on different levels. So this is list scheduling by critical path: of the
signatures that have units ready, the one with a unit farthest from the root goes first, with
everything of that signature that is ready; what lies nearer to the root waits for its like.

Compare: Neubig, Goldberg & Dyer, On-the-fly operation batching in dynamic computation graphs
(2017), arXiv:1705.07860, who choose by average depth.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.lift.fold import APPLY, COMPUTED, Folded
from autodiff.lift.record import Ints, Tape

__all__ = ["Grouped", "group", "mix"]

ABSENT = -9  # the class of an operand that is not there
VARYING = -2  # the class of what is computed from a batched input


@dataclass(frozen=True)
class Grouped:
    """The units in groups, in an order in which they can be computed.

    Attributes:
        groups: per group, positions in ``folded.units``, ascending.
        varies: (N,) whether a node depends on a batched input, so that it has a value a sample.
        operand_class: (N,) ``kind`` of each node, with ``VARYING`` apart from ``COMPUTED``.
    """

    groups: list[Ints]
    varies: np.ndarray[Any, np.dtype[np.bool_]]
    operand_class: Ints


def group(tape: Tape, folded: Folded, batched: set[int]) -> Grouped:
    """Group the units. ``batched`` holds the kinds of the leaf arrays that have a sample axis."""
    depth, height, varies = _levels(tape, folded, batched)
    operand_class = np.where(varies & (folded.kind == COMPUTED), VARYING, folded.kind)
    signature = _signatures(tape, folded, operand_class)
    place = mix(depth[folded.units] * len(tape) + height[folded.units]) ^ signature
    _, fine = np.unique(place, return_inverse=True)
    return Grouped(_schedule(tape, folded, fine, height, signature), varies, operand_class)


def _levels(tape: Tape, folded: Folded, batched: set[int]) -> tuple[Ints, Ints, Any]:
    """For each node the largest number of units on a path from a leaf to it, and from it to the
    root, and whether it varies from sample to sample."""
    n = len(tape)
    unit = np.zeros(n, dtype=np.int64)
    unit[folded.units] = 1
    depth = unit.tolist()
    height = unit.tolist()
    kind = folded.kind.tolist()
    varies = [k in batched for k in kind]
    computed = np.flatnonzero(folded.kind == COMPUTED)
    edges = list(zip(computed.tolist(), tape.a[computed].tolist(), tape.b[computed].tolist()))
    for i, a, b in edges:
        below = depth[a]
        if b >= 0 and depth[b] > below:
            below = depth[b]
        depth[i] += below
        varies[i] = varies[a] or (b >= 0 and varies[b])
    above = [0] * n
    for i, a, b in reversed(edges):
        height[i] += above[i]
        if height[i] > above[a]:
            above[a] = height[i]
        if b >= 0 and height[i] > above[b]:
            above[b] = height[i]
    return np.array(depth), np.array(height), np.array(varies)


def _signatures(tape: Tape, folded: Folded, operand_class: Ints) -> Ints:
    """A number per unit, equal for units that one formula can compute.

    For a sum: which pairs of classes its products have, and how many terms of each; among
    computed operands only whether it is one or several, so that ragged sums stay together.
    """
    span = int(operand_class.max()) - ABSENT + 1
    units = folded.units
    a, b = tape.a[units], tape.b[units]
    class_b = np.where(b >= 0, operand_class[b], ABSENT)
    applied = (tape.op[units] * span + operand_class[a] - ABSENT) * span + class_b - ABSENT
    signature = mix(applied)

    class_x = operand_class[folded.x]
    class_z = np.where(folded.z >= 0, operand_class[folded.z], ABSENT)
    low, high = np.minimum(class_x, class_z), np.maximum(class_x, class_z)
    pair = (low - ABSENT) * span + high - ABSENT
    keys, counts = np.unique(folded.owner * span * span + pair, return_counts=True)
    owner, pair = np.divmod(keys, span * span)
    named = (pair % span + ABSENT) > 0
    tokens = mix(pair * (2 * len(tape)) + np.where(named, counts, np.minimum(counts, 2)))
    # A sum without terms looks the same whether its value may vary or not, so that is said, too.
    varying = operand_class[units] == VARYING
    reductions = mix(-1 - 4 * folded.reduction - 2 * varying - (folded.bias != 0.0))
    with np.errstate(over="ignore"):
        np.add.at(reductions, owner, tokens)
    return np.where(folded.reduction == APPLY, signature, reductions)


def mix(keys: Ints) -> Ints:
    """Scatter integers over 64 bits (the finaliser of splitmix64), so that sums of them differ."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (z ^ (z >> np.uint64(31))).astype(np.int64)


def _schedule(tape: Tape, folded: Folded, fine: Ints, height: Ints, signature: Ints) -> list[Ints]:
    """Merge fine groups, units of one signature on one level, as they become ready."""
    units = folded.units
    count = int(fine.max()) + 1 if len(fine) else 0
    members = np.split(np.argsort(fine, kind="stable"), np.cumsum(np.bincount(fine, minlength=count))[:-1])
    first = np.array([each[0] for each in members], dtype=np.int64)
    sign = signature[first].tolist()
    level = height[units[first]].tolist()

    unit_of = np.full(len(tape), -1)
    unit_of[units] = np.arange(len(units))
    apply = np.flatnonzero(folded.reduction == APPLY)
    to = np.concatenate([folded.owner, folded.owner, apply, apply])
    operand = np.concatenate([folded.x, folded.z, tape.a[units[apply]], tape.b[units[apply]]])
    source = np.where(operand >= 0, unit_of[operand], -1)
    edges = (
        np.unique(fine[source[source >= 0]] * count + fine[to[source >= 0]]) if count else np.empty(0, int)
    )
    waits = np.bincount(edges % max(count, 1), minlength=count).tolist()
    starts = np.searchsorted(edges, np.arange(count + 1) * count).tolist()
    targets = (edges % max(count, 1)).tolist()

    ready: dict[int, list[int]] = {}
    heap: list[tuple[int, int]] = []

    def release(g: int) -> None:
        waiting = ready.setdefault(sign[g], [])
        if not waiting or level[g] > max(level[each] for each in waiting):
            heapq.heappush(heap, (-level[g], sign[g]))
        waiting.append(g)

    for g in range(count):
        if not waits[g]:
            release(g)
    merged: list[Ints] = []
    while heap:
        now = ready.pop(heapq.heappop(heap)[1], [])
        if not now:
            continue  # it went when a higher unit of its signature was met
        merged.append(np.sort(np.concatenate([members[g] for g in now])))
        for g in now:
            for target in targets[starts[g] : starts[g + 1]]:
                waits[target] -= 1
                if not waits[target]:
                    release(target)
    return merged
