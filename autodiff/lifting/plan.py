"""Plan: all that was found in a graph. What compiles a program and what writes it down work from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autodiff.lifting.formula import Access, Block, Formula, blocks_read
from autodiff.lifting.record import Floats

__all__ = ["Plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """The formulas of a program, and where their numbers lie.

    Attributes:
        formulas: in the order in which they run; the last fills the root's block.
        blocks: the constants' block, those of parameters and inputs, then one for each formula.
        constants: the numbers of the constants' block.
        sizes: number of positions of the buffer without and of the one with a sample axis.
        wanted: the blocks whose gradients were asked for.
        needs: the blocks whose cotangents are computed for that.
        operations: number of scalar operations in the recorded graph.
    """

    formulas: Sequence[Formula]
    blocks: Sequence[Block]
    constants: Floats
    sizes: tuple[int, int]
    wanted: Sequence[Block]
    needs: frozenset[Block]
    operations: int

    @property
    def root(self) -> Block:
        """The block of the loss."""
        return self.formulas[-1].block

    def with_role(self, *roles: str) -> list[Block]:
        """The blocks that are ``"parameter"``, ``"input"``, ..., in order."""
        return [block for block in self.blocks if block.role in roles]

    def blocks_read(self, access: Access) -> list[Block]:
        """The blocks that an access reads from."""
        return blocks_read(access, self.blocks)

    def block_at(self, position: int, varies: bool) -> Block:
        """The block in which a position of a buffer lies."""
        return next(
            block
            for block in self.blocks
            if block.varies == varies and block.start <= position < block.start + block.size
        )
