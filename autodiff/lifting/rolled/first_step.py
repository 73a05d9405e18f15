"""First step: the step before the first that was found, where a state is a constant or a given array.

In the first step of H[t] = tanh(W·H[t-1] + b) the state may be a constant 0, so that the graph has folded
W·H[0] to terms 0·W, or a given array x. The formulas before a loop are the loop's own if there is an H[0]
with which the loop's would give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from autodiff.lifting.formula import Block
from autodiff.lifting.rolled.forms import Form
from autodiff.lifting.rolled.loop import Loop
from autodiff.lifting.rolled.matching import Matching

__all__ = ["with_first_step"]


def with_first_step(loop: Loop, forms: Mapping[Block, Form]) -> Loop:
    """The loop with a step more before its first, if there is one.

    Args:
        loop: of which a state may be what another formula gives.
        forms: of the formulas that are in no loop, by the block that they fill.
    """
    matching = Matching(loop, forms)
    begun = {block.start: block for block in forms}
    for place, start in loop.starts.items():
        block = None if start.positions is None else begun.get(int(start.positions[0]))
        if block is None or not start.is_all_of(block) or not matching.fills(place, block):
            return loop
    matching.look_for_others()
    starts = {place: matching.states.start(place) for place in loop.starts}
    known = {place: start for place, start in starts.items() if start is not None}
    first = [matching.made.get(place) for place in range(len(loop.body))]
    whole = all(block or place in matching.folded for place, block in enumerate(first))
    if len(known) < len(starts) or not whole or loop.fixed & {*first}:
        return loop
    return replace(loop, origin=loop.origin + 1, filled=[first, *loop.filled], starts=known)
