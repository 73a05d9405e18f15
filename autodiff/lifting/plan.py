"""Plan: all that was found in a graph. What compiles a program and what writes it down work from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from autodiff.engine.choices import Site
from autodiff.lifting.formula import Access, Block, Formula, blocks_read
from autodiff.lifting.record import Floats, Ints

__all__ = ["Guard", "Kept", "Part", "Plan"]


class Part(NamedTuple):
    """Elements ``places`` of a kept array, as if it were one row, lie at ``positions`` of the buffer
    that ``varies`` or not."""

    places: Ints
    positions: Ints
    varies: bool


@dataclass(frozen=True, eq=False)
class Kept:
    """An array inside a program that every run gives back.

    Attributes:
        name: by which it was asked for.
        shape: without the sample axis.
        cotangent: whether it holds cotangents, or values.
        parts: where its elements lie; two if only some have a sample axis.
        blocks: in which.
        nodes: (size,) the tape's ids of its elements, -1 for those that the graph does not have.
    """

    name: str
    shape: tuple[int, ...]
    cotangent: bool
    parts: tuple[Part, ...]
    blocks: frozenset[Block]
    nodes: Ints

    def called(self, name: str, cotangent: bool = False) -> Kept:
        """The same under another name, or the cotangents of it."""
        return replace(self, name=name, cotangent=cotangent)

    @property
    def varies(self) -> bool:
        """Whether it has a sample axis."""
        return any(part.varies for part in self.parts)


@dataclass(frozen=True, eq=False)
class Guard:
    """Comparisons of one relation, of what two accesses of one shape read.

    Attributes:
        relation: ``">"``, ``"!="``, ``"=="`` or ``"≈"``.
        left, right: what is compared, element by element.
        outcome: how it has to come out, in the shape of the accesses.
        sites: the lines of source that decided by it.
    """

    relation: str
    left: Access
    right: Access
    outcome: npt.NDArray[np.bool_]
    sites: Sequence[Site]


@dataclass(frozen=True, eq=False)
class Plan:
    """The formulas of a program, and where their numbers lie.

    Attributes:
        formulas: what is read and differentiated, in order; the last fills the root's block.
        blocks: the constants' block, those of parameters and inputs, then one for each formula.
        constants: the numbers of the constants' block.
        sizes: number of positions of the buffer without and of the one with a sample axis.
        wanted: the blocks whose gradients were asked for.
        needs: the blocks whose cotangents are computed for that.
        operations: number of scalar operations in the recorded graph.
        numbers: the values of the blocks that are arrays of plain numbers.
        kept: the arrays that a run gives back besides.
        outputs: the array of outputs, if the graph has several.
        guards: comparisons that have to come out as they did when the graph was recorded.
        by_hand: which rows the nodes made by hand were found to be, in words.
    """

    formulas: Sequence[Formula]
    blocks: Sequence[Block]
    constants: Floats
    sizes: tuple[int, int]
    wanted: Sequence[Block]
    needs: frozenset[Block]
    operations: int
    numbers: Mapping[Block, Floats]
    kept: Sequence[Kept] = ()
    outputs: Kept | None = None
    guards: Sequence[Guard] = ()
    by_hand: Sequence[str] = ()

    @property
    def all_kept(self) -> list[Kept]:
        """The arrays that were asked for, and the outputs."""
        return [*self.kept, *([self.outputs] if self.outputs else [])]

    @property
    def steps(self) -> list[Formula]:
        """What runs: the formulas, and the steps of those that are named things."""
        return [step for formula in self.formulas for step in formula.steps or (formula,)]

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

    @property
    def block_of(self) -> list[Ints]:
        """For the positions of each buffer, in which of the blocks they lie; -1 for none."""
        found = [np.full(size, -1) for size in self.sizes]
        for number, block in enumerate(self.blocks):
            found[block.varies][block.start : block.start + block.size] = number
        return found

    def block_at(self, position: int, varies: bool) -> Block:
        """The block in which a position of a buffer lies."""
        return next(
            block
            for block in self.blocks
            if block.varies == varies and block.start <= position < block.start + block.size
        )
