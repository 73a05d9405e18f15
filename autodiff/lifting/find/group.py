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

import numpy as np

from autodiff.lifting.find.fold import APPLY, Folded
from autodiff.lifting.find.hashing import mix
from autodiff.lifting.find.roles import COMPUTED, REDUCTIONS, Bools
from autodiff.lifting.record import Ints, Tape

__all__ = ["Grouped", "group_units"]

ABSENT = -9  # the class of an operand that is not there
VARYING = -2  # the class of what is computed from a batched input


@dataclass(frozen=True)
class Grouped:
    """The units in groups, in an order in which they can be computed.

    Attributes:
        groups: per group, positions in ``folded.units``, ascending.
        varies: (N,) whether a unit or leaf depends on a batched input, so that it has a value a
            sample; nodes that are neither do not count.
        operand_class: (N,) ``kind`` of each node, with ``VARYING`` apart from ``COMPUTED``.
    """

    groups: list[Ints]
    varies: Bools
    operand_class: Ints


def group_units(tape: Tape, folded: Folded, batched: set[int]) -> Grouped:
    """Group the units. ``batched`` holds the kinds of the leaf arrays that have a sample axis."""
    source, target, reads_batch = _edges(tape, folded, batched)
    varies = np.isin(folded.kind, list(batched))
    varies[folded.units] = _varying(reads_batch, source, target)
    source, target = _root_last(len(folded.units), source, target)
    depth, height = _levels(len(folded.units), source, target)
    solved = _solved(tape, folded)
    for units in solved:  # a solution is one thing, whichever of its elements is read first
        height[units] = height[units].max()
    operand_class = np.where(varies & (folded.kind == COMPUTED), VARYING, folded.kind)
    signature = _signatures(tape, folded, operand_class)
    for solution, units in zip(tape.solutions, solved):
        signature[units] = mix(signature[units] + len(solution.A))
    place = mix(depth * len(tape) + height) ^ signature
    _, fine = np.unique(place, return_inverse=True)
    groups = _schedule(fine, depth, height, signature, source, target)
    return Grouped(groups, varies, operand_class)


def _edges(tape: Tape, folded: Folded, batched: set[int]) -> tuple[Ints, Ints, Bools]:
    """Which unit reads which, once for each pair in the order of the readers, and for each unit
    whether it reads a batched input.

    Where unit 1 is relu(unit 0), unit 3 is relu(unit 2), and unit 4 their sum, ``source`` is
    0, 2, 1, 3 and ``target`` 1, 3, 4, 4.
    """
    units = folded.units
    unit_of = np.full(len(tape), -1)
    unit_of[units] = np.arange(len(units))
    apply = np.flatnonzero(folded.reduction == APPLY)
    solving, solved = _read_by_solutions(tape)
    reader = np.concatenate([folded.owner, folded.owner, apply, apply, unit_of[solving]])
    operand = np.concatenate([folded.x, folded.z, tape.a[units[apply]], tape.b[units[apply]], solved])
    reader, operand = reader[operand >= 0], operand[operand >= 0]
    reads_batch = np.zeros(len(units), dtype=bool)
    if batched:
        reads_batch[reader[np.isin(folded.kind[operand], list(batched))]] = True
    source = unit_of[operand]
    pairs = np.sort(reader[source >= 0] * len(units) + source[source >= 0])
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    target, source = np.divmod(pairs, max(len(units), 1))
    return source, target, reads_batch


def _read_by_solutions(tape: Tape) -> tuple[Ints, Ints]:
    """The elements of solutions, each as often as it reads something, and what: A, and its column of B."""
    readers, operands = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for solution in tape.solutions:
        for right, column in zip(solution.B.T, solution.X.T):
            read = np.append(solution.A, right)
            there = column[column >= 0]
            readers.append(np.repeat(there, len(read)))
            operands.append(np.tile(read, len(there)))
    return np.concatenate(readers), np.concatenate(operands)


def _solved(tape: Tape, folded: Folded) -> list[Ints]:
    """The units of each solution."""
    unit_of = np.full(len(tape), -1)
    unit_of[folded.units] = np.arange(len(folded.units))
    return [unit_of[solution.X[solution.X >= 0]] for solution in tape.solutions]


def _root_last(count: int, source: Ints, target: Ints) -> tuple[Ints, Ints]:
    """The edges, and for each unit that only a guard reads one to the root, which is to be computed last."""
    read = np.zeros(count, dtype=bool)
    read[source] = True
    ends = np.flatnonzero(~read[:-1])
    return np.append(source, ends), np.append(target, np.full(len(ends), count - 1))


def _levels(count: int, source: Ints, target: Ints) -> tuple[Ints, Ints]:
    """For each unit its depth, the largest number of units on a path from a leaf to it, and its
    height, that from it to the root. In 0 → 1 → 4 ← 3 ← 2 the depths of units 0 to 4 are
    1, 2, 1, 2, 3 and the heights 3, 2, 3, 2, 1."""
    sources, targets = source.tolist(), target.tolist()
    depth, height = [1] * count, [1] * count
    for s, t in zip(sources, targets):
        if depth[s] >= depth[t]:
            depth[t] = depth[s] + 1
    for s, t in zip(reversed(sources), reversed(targets)):
        if height[t] >= height[s]:
            height[s] = height[t] + 1
    return np.array(depth), np.array(height)


def _varying(reads_batch: Bools, source: Ints, target: Ints) -> Bools:
    """Whether each unit depends on a batched input, given whether it reads one."""
    if not reads_batch.any():
        return reads_batch
    varies = reads_batch.tolist()
    for s, t in zip(source.tolist(), target.tolist()):
        if varies[s]:
            varies[t] = True
    return np.array(varies)


def _signatures(tape: Tape, folded: Folded, operand_class: Ints) -> Ints:
    """A number per unit, equal for units that one formula can compute.

    For an operation: which row, and the classes of its operands; relu of something computed.
    For a sum: which pairs of classes its products have, and how many terms of each. Both
    W[0,0]·X[0,0] + W[0,1]·X[1,0] + b[0] and W[1,0]·X[0,1] + W[1,1]·X[1,1] + b[1] have "two of
    (W, X), one of (b)". Among computed operands only whether it is one or several counts, so that
    the ragged sums u0 + u1 and u0 + u1 + u2 stay together.

    A signature is the sum of a scattered number for each such part, which does not depend on
    their order.
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
    reductions = mix(-1 - 4 * folded.reduction - 2 * varying - folded.adds)
    passing = np.flatnonzero(folded.reduction > REDUCTIONS.index("minimum"))  # of as many numbers each
    reductions[passing] += mix(np.bincount(folded.owner, minlength=len(units))[passing])
    with np.errstate(over="ignore"):
        np.add.at(reductions, owner, tokens)
    return np.where(folded.reduction == APPLY, signature, reductions)


def _schedule(
    fine: Ints, depth: Ints, height: Ints, signature: Ints, source: Ints, target: Ints
) -> list[Ints]:
    """Merge fine groups, units of one signature on one level, as they become ready.

    In exp(exp(a)) and exp(b), both followed by tanh, exp(a) and exp(b) lie on different levels
    seen from the root, and on one seen from the leaves. Both are ready at first, the signature of
    exp goes first since exp(a) is farthest from the root, and takes exp(b) along. Then exp(exp(a))
    is ready and higher than tanh(exp(b)), which waits for tanh of it: the groups are
    {exp, exp}, {exp}, {tanh, tanh}.
    """
    count = int(fine.max()) + 1
    members = np.split(np.argsort(fine, kind="stable"), np.cumsum(np.bincount(fine, minlength=count))[:-1])
    first = np.array([units[0] for units in members], dtype=np.int64)
    edges = np.unique(fine[source] * count + fine[target])
    waits = np.bincount(edges % count, minlength=count).tolist()
    starts = np.searchsorted(edges, np.arange(count + 1) * count).tolist()
    targets: list[int] = (edges % count).tolist()

    ready = _Ready(signature[first].tolist(), depth[first].tolist(), height[first].tolist())
    for number, waiting in enumerate(waits):
        if not waiting:
            ready.add(number)
    merged: list[Ints] = []
    while now := ready.next():
        merged.append(np.sort(np.concatenate([members[number] for number in now])))
        for number in now:
            for reader in targets[starts[number] : starts[number + 1]]:
                waits[reader] -= 1
                if not waits[reader]:
                    ready.add(reader)
    return merged


class _Ready:
    """The fine groups whose operands are all computed, by signature; the highest signature comes first.

    Args:
        signature, height: of each fine group.
    """

    def __init__(self, signature: list[int], depth: list[int], height: list[int]) -> None:
        self.signature, self.depth, self.height = signature, depth, height
        self.waiting: dict[int, list[int]] = {}
        self.highest: dict[int, int] = {}
        self.heap: list[tuple[int, int]] = []  # minus the height, and the signature

    def add(self, number: int) -> None:
        """A fine group that has become ready."""
        signature, height = self.signature[number], self.height[number]
        waiting = self.waiting.setdefault(signature, [])
        if not waiting or height > self.highest[signature]:
            self.highest[signature] = height
            heapq.heappush(self.heap, (-height, signature))
        waiting.append(number)

    def next(self) -> list[int]:
        """All that are ready of the signature that goes next; an empty list if nothing is."""
        while self.heap:
            signature = heapq.heappop(self.heap)[1]
            now = self.waiting.pop(signature, [])
            if now:  # else it went when a higher one of its signature was met
                later = self._of_later_steps(now)
                for number in later:
                    self.add(number)
                return [number for number in now if number not in later]
        return []

    def _of_later_steps(self, now: list[int]) -> set[int]:
        """Those that lie farther from the leaves than others and by as much nearer to the root."""
        top = max(now, key=self.height.__getitem__)
        level = self.depth[top] + self.height[top]
        return {
            each
            for each in now
            if self.depth[each] > self.depth[top] and self.depth[each] + self.height[each] == level
        }
