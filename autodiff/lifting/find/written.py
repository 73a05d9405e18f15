"""Written: formulas, and the terms of each sum, in the order in which the writer had them.

Of the first element of each array the graph tells it: the tape has the operands of a node from left to
right, and before the node. So X + V·A does not become V·A + X, and S is computed before Q if it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Block, Formula, Segment, blocks_read
from autodiff.lifting.record import LEAF, Tape

__all__ = ["as_written"]

FAR = 500  # nodes of a sum that are looked at

Place = tuple[bool, int]  # a buffer, and a position in it


def as_written(formulas: Sequence[Formula], tape: Tape, places: Placement) -> list[Formula]:
    """The formulas in the writer's order, as far as what each reads lets them, and their sums likewise."""
    return [_with_terms_in_order(formula, tape, places) for formula in _in_order(formulas, places)]


def _in_order(formulas: Sequence[Formula], places: Placement) -> list[Formula]:
    """Each formula after those that it reads, and of those that could be next the one written first."""
    # What a step of a thing has computed may be read by steps of another.
    number = {each.block: i for i, formula in enumerate(formulas) for each in (formula, *formula.steps)}
    reads = [{number[b] for b in _read(each, places) if b in number} - {i} for i, each in enumerate(formulas)]
    first = [float(each.nodes.min()) if len(each.nodes) else -1.0 for each in formulas]
    readers: list[list[int]] = [[] for _ in formulas]
    for i, read in enumerate(reads):
        for j in read:
            readers[j].append(i)
    for i in reversed(range(len(formulas))):
        if first[i] < 0.0:  # computed for the sake of what reads it
            first[i] = min((first[j] for j in readers[i]), default=0.0)
    waits = [len(read) for read in reads]
    ready: list[tuple[float, int]] = []
    for i, waiting in enumerate(waits):
        if not waiting:
            heappush(ready, (first[i], i))
    found: list[Formula] = []
    while ready:
        _, i = heappop(ready)
        found.append(formulas[i])
        for j in readers[i]:
            waits[j] -= 1
            if not waits[j]:
                heappush(ready, (first[j], j))
    return found


def _read(formula: Formula, places: Placement) -> set[Block]:
    """The blocks that a formula or one of its steps reads."""
    accesses = [access for each in (formula, *formula.steps) for access in each.accesses]
    return {block for access in accesses for block in blocks_read(access, places.blocks)}


def _with_terms_in_order(formula: Formula, tape: Tape, places: Placement) -> Formula:
    """The formula with the segments of its sum in the order of their terms in the graph."""
    segments = formula.segments
    if len(segments) < 2 or not len(formula.nodes) or formula.reduction != "add":
        return formula
    number: dict[tuple[Place, ...], int] = {}
    for i, segment in enumerate(segments):
        if segment.kind == "ragged":
            return formula
        for factors in _first_terms(segment, formula.block):
            number[tuple(sorted(factors))] = i
    rank: dict[int, int] = {}
    for term in _terms_below(int(formula.nodes[0]), tape, places, number):
        rank.setdefault(number[term], len(rank))
        if len(rank) == len(segments):
            order = sorted(range(len(segments)), key=rank.__getitem__)
            return replace(formula, segments=tuple(_biases_last([segments[i] for i in order])))
    return formula


def _biases_last(segments: list[Segment]) -> list[Segment]:
    """A bias after the last product, as everybody writes it: a scalar program of W·x + b may begin with b."""
    products = [i for i, segment in enumerate(segments) if segment.kind == "matmul"]
    if not products:
        return segments
    head, tail = segments[: products[-1]], segments[products[-1] :]
    biases = [each for each in head if each.z is None and each.x.block and each.x.block.role == "parameter"]
    return [*(each for each in head if each not in biases), tail[0], *biases, *tail[1:]]


def _first_terms(segment: Segment, block: Block) -> Iterator[list[Place]]:
    """Where the factors of the terms lie that the first element of a block adds up."""
    elements = 1 if segment.kind == "matmul" else block.size
    tables = []
    for access in (segment.x, segment.z):
        if access is not None:
            rows = access.size // access.shape[-1] if segment.kind == "matmul" else elements
            tables.append((access.varies, access.positions.reshape(rows, -1)[0].tolist()))
    for factors in zip(*(positions for _, positions in tables)):
        yield [(varies, position) for (varies, _), position in zip(tables, factors)]


def _terms_below(
    node: int, tape: Tape, places: Placement, known: dict[tuple[Place, ...], int]
) -> Iterator[tuple[Place, ...]]:
    """The known terms of the sum that a node is, from left to right."""

    def place(of: int) -> Place:
        return bool(places.varies[of]), int(places.position[of])

    waiting, looked = [node], 0
    while waiting and looked < FAR:
        now, looked = waiting.pop(), looked + 1
        alone = (place(now),)
        operands = [i for i in (int(tape.a[now]), int(tape.b[now])) if i >= 0]
        both = tuple(sorted(map(place, operands)))
        if now != node and alone in known:
            yield alone
        elif len(both) == 2 and both in known:
            yield both
        elif tape.op[now] != LEAF:
            waiting += reversed(operands)
