"""Order: loops and formulas, each after what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.rolled.forms import Form
from autodiff.lifting.rolled.last_step import Rest
from autodiff.lifting.rolled.loop import Loop

__all__ = ["Item", "ordered"]

Item = Loop | Formula


def ordered(
    forms: Sequence[Form], loops: Sequence[Loop], rests: Mapping[Block, tuple[Loop, Rest]]
) -> list[Item] | None:
    """Loops and formulas in an order in which each comes after what it reads, as near to that of the forms
    as can be, and the last formula last; None if there is none."""
    loop_of = {block: loop for loop in loops for block in loop.blocks}
    items: list[Item] = []
    number: dict[Item, int] = {}
    number_of: dict[Block, int] = {}  # of what fills a block
    for form in forms:
        block = form.formula.block
        item = loop_of.get(block, form.formula)
        if item not in number:
            number[item] = len(items)
            items.append(item)
        number_of[block] = number[item]
    before: list[set[int]] = [set() for _ in items]
    for form in forms:
        block = form.formula.block
        read = {number_of[b] for operand in form.operands for b in operand.blocks if b in number_of}
        before[number_of[block]] |= read
        if block in rests:  # what a loop's last step reads has been joined to this
            loop = number[rests[block][0]]
            before[number_of[block]].add(loop)
            before[loop] |= read
    for reader, sources in enumerate(before):
        sources.discard(reader)
    return _sorted(items, before, number_of[forms[-1].formula.block])


def _sorted(items: Sequence[Item], before: list[set[int]], last: int) -> list[Item] | None:
    after: list[list[int]] = [[] for _ in items]
    for reader, sources in enumerate(before):
        for source in sources:
            after[source].append(reader)
    ready = [(n == last, n) for n, sources in enumerate(before) if not sources]
    heapify(ready)
    done: list[Item] = []
    while ready:
        _, n = heappop(ready)
        done.append(items[n])
        for reader in after[n]:
            before[reader].discard(n)
            if not before[reader]:
                heappush(ready, (reader == last, reader))
    return done if len(done) == len(items) else None
