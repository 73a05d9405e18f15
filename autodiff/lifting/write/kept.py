"""Kept: what a listing shows with other axes than it has, a run gives back as the listing shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.plan import Kept, Part, Plan
from autodiff.lifting.rolled import roll
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular import RegularFormulas

__all__ = ["as_shown"]


def as_shown(plan: Plan) -> Plan:
    """The plan, whose kept arrays have the axes of the listing: of a convolution images, channels, places."""
    if not any(_by_its_name(kept) for kept in plan.kept):
        return plan
    rolled = roll(plan)
    axes = RegularFormulas(Operands(rolled.plan)).axes
    kept = []
    for array in plan.kept:
        (block,) = array.blocks if len(array.blocks) == 1 else (None,)
        shown = axes.get(rolled.blocks[block]) if block is not None and _by_its_name(array) else None
        if block is not None and shown is not None:
            shape = tuple(axis.length for axis in shown)
            order = sum(axis.step * at for axis, at in zip(shown, np.indices(shape))).ravel()
            part = Part(np.arange(block.size), block.start + order, block.varies)
            array = replace(array, shape=shape, parts=(part,), nodes=array.nodes[order])
        kept.append(array)
    return replace(plan, kept=kept)


def _by_its_name(kept: Kept) -> bool:
    """Whether it is a formula\'s array, by the name in the listing."""
    return any(
        block.role == "formula" and kept.name.removeprefix("d" if kept.cotangent else "") == block.symbol
        for block in kept.blocks
    )
