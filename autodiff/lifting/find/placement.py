"""Placement: where every number of a program lies.

A buffer is one long row of numbers; there are two, without and with a sample axis. A *block* is a
run of positions in one of them. For a 2×2 matrix W, a vector x of two, and the constant 0.5:

    constants  W                        x
    0          1      2      3      4   5    6        position
    0.5        W[0,0] W[0,1] W[1,0] …   x[0] x[1]     what lies there

A group of units gets the next free block, its elements in the order chosen by ``recognise``; from
then on an operand is known by its position, and a pattern of positions is an ``Access``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.lifting.find.fold import Folded
from autodiff.lifting.find.roles import CONSTANT, Bools
from autodiff.lifting.formula import Access, Block, access
from autodiff.lifting.record import Floats, Ints, Tape

__all__ = ["Leaves", "Placement"]


@dataclass(frozen=True)
class Leaves:
    """The leaf arrays of a program.

    Attributes:
        blocks: ``blocks[k]`` is the block of the leaves of kind k; ``blocks[0]`` of the constants.
        nodes: ``nodes[k]`` are the tape ids of its elements, -1 for those the graph does not use.
        constants: the values of ``blocks[0]``, sorted by their bits.
    """

    blocks: Sequence[Block]
    nodes: Sequence[Ints]
    constants: Floats

    @staticmethod
    def distinct(constants: Floats) -> Floats:
        """The different ones among some constants, sorted by their bits."""
        return np.unique(_bits(constants)).view(np.float64)


class Placement:
    """The blocks so far, and where each node's value lies.

    Attributes:
        blocks: of the leaf arrays, and of the formulas so far.
        position: (N,) where each node's value lies in its buffer, -1 if it has no place yet.
        varies: (N,) in which buffer.
        sizes: number of positions of the buffer without and of the one with a sample axis.
        constants: the values of ``blocks[0]``.
        values: those of the blocks of plain numbers.
    """

    def __init__(self, tape: Tape, folded: Folded, varies: Bools, leaves: Leaves) -> None:
        self.varies, self.constants = varies, leaves.constants
        self.blocks = list(leaves.blocks)
        self.position = np.full(len(tape), -1)
        self.sizes = [0, 0]
        self.values: dict[Block, Floats] = {}
        capacity = 2 * len(folded.units) + sum(block.size for block in self.blocks)
        self._block_at = [np.full(capacity, -1), np.full(capacity, -1)]  # number of the block, by position
        for number, (block, nodes) in enumerate(zip(leaves.blocks, leaves.nodes)):
            self._reserve(block, number)
            used = nodes >= 0
            self.position[nodes[used]] = block.start + np.flatnonzero(used)
        fixed = folded.kind == CONSTANT
        self.position[fixed] = self.constant(tape.data[fixed])

    def _reserve(self, block: Block, number: int) -> None:
        buffer = int(block.varies)
        end = block.start + block.size
        self.sizes[buffer] = max(self.sizes[buffer], end)
        if end > len(self._block_at[buffer]):  # both, for places of both are looked up in one step
            self._block_at = [np.pad(each, (0, end), constant_values=-1) for each in self._block_at]
        self._block_at[buffer][block.start : end] = number

    def constant(self, values: Any) -> Ints:
        """Positions of constants; of values that no formula reads, any position."""
        place: Ints = np.searchsorted(_bits(self.constants), _bits(values))
        return self.blocks[0].start + np.minimum(place, len(self.constants) - 1)

    def numbers(self, name: str, values: Floats) -> Access:
        """An array of plain numbers as a block of its own, which is called ``name`` in the program."""
        block = Block(self.sizes[False], values.shape, False, "numbers", name)
        self._reserve(block, len(self.blocks))
        self.blocks.append(block)
        self.values[block] = values
        return self.access(block.start + np.arange(block.size).reshape(block.dims), False)

    def new_block(self, dims: tuple[int, ...], varies: bool) -> Block:
        """A block of a formula at the end of its buffer."""
        block = Block(self.sizes[varies], dims, varies, "formula")
        self._reserve(block, len(self.blocks))
        self.blocks.append(block)
        return block

    def put(self, block: Block, instead: Block | None = None) -> None:
        """A block where there is room already, perhaps in place of another in the list of blocks."""
        if instead is None:
            self._reserve(block, len(self.blocks))
            self.blocks.append(block)
        else:
            number = self.blocks.index(instead)
            self._reserve(block, number)
            self.blocks[number] = block

    def place(self, nodes: Ints, dims: tuple[int, ...]) -> Block:
        """A new block for ``nodes``, which are in the order of its elements."""
        block = self.new_block(dims, bool(self.varies[nodes[0]]))
        assert block.size == len(nodes)
        self.position[nodes] = block.start + np.arange(len(nodes))
        return block

    def access(self, positions: Ints, varies: bool) -> Access:
        """The simplest description of some positions in one of the buffers."""
        return access(positions, varies, self.blocks, self._block_at[varies])

    def block_at(self, position: int, varies: bool) -> Block:
        """The block in which a position lies."""
        return self.blocks[int(self._block_at[varies][position])]

    def are_numbers(self, positions: Ints, varies: bool) -> bool:
        """Whether what lies at positions of one array are plain numbers."""
        return not varies and self.block_at(int(positions.flat[0]), False) is self.blocks[0]

    def number_of_block(self, nodes: Ints) -> Ints:
        """For each node the number of the block in which its value lies."""
        static, varying = (table[self.position[nodes]] for table in self._block_at)
        numbers: Ints = np.where(self.varies[nodes], varying, static)
        return numbers


def _bits(values: Any) -> Ints:
    """Floats as integers that tell 0.0 from -0.0."""
    return np.ascontiguousarray(values, dtype=np.float64).view(np.int64)
