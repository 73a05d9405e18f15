"""A loop: formulas that repeat, each time with what they gave before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autodiff.lifting.formula import Block
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.rolled.forms import Form

__all__ = ["Loop", "Start"]


@dataclass(frozen=True, eq=False)
class Start:
    """What a state is before the first step: numbers, or what is read at some positions.

    Attributes:
        numbers: (n,) the numbers of its elements; of those that are read, 0.
        positions: (n,) where they are read, or None if all are numbers.
        varies: in which buffer.
    """

    numbers: Floats
    positions: Ints | None = None
    varies: bool = False

    @staticmethod
    def of(block: Block) -> Start:
        """All of an array."""
        return Start(np.zeros(block.size), block.start + np.arange(block.size), block.varies)

    def is_all_of(self, block: Block) -> bool:
        """Whether it is an array, element by element."""
        return (
            self.positions is not None
            and self.varies == block.varies
            and np.array_equal(self.positions, block.start + np.arange(block.size))
        )


@dataclass(frozen=True, eq=False)
class Loop:
    """Steps of equal formulas. The q-th formula of a step fills *place* q.

    Attributes:
        body: the forms of one step.
        origin: which step that is.
        filled: the blocks that each step fills; None for one that the graph has folded away.
        shifts: by place and number of an operand, how much further each step reads in one array.
        before: by block that the body reads of the step before, its place.
        starts: by place, what the first step reads instead.
    """

    body: Sequence[Form]
    origin: int
    filled: Sequence[Sequence[Block | None]]
    shifts: Mapping[tuple[int, int], int]
    before: Mapping[Block, int]
    starts: Mapping[int, Start]

    @property
    def own(self) -> dict[Block, int]:
        """The places of the blocks that the body fills."""
        return {form.formula.block: place for place, form in enumerate(self.body)}

    @property
    def fixed(self) -> set[Block]:
        """What each step reads, neither of itself nor of the one before."""
        read = {block for form in self.body for operand in form.operands for block in operand.blocks}
        return read - self.own.keys() - self.before.keys()

    @property
    def blocks(self) -> list[Block]:
        """All that its steps fill."""
        return [block for step in self.filled for block in step if block is not None]
