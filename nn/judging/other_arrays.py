"""Arrays that may stand in another's place: of its shape, or of that transposed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autodiff.lifting.formula import Access, Block
from nn.judging.lifted_backward import Flow, LiftedBackward
from nn.judging.passes import Floats

__all__ = ["Other", "others", "through"]


@dataclass(frozen=True)
class Other:
    """An array of the backward pass.

    Attributes:
        number: of its block.
        cotangent: whether it is the block's cotangent, and not its values.
        turned: whether it is transposed.
        stale: whether it is that of the first example.
        gate: the part of it that it is; "" if it is all of it.
    """

    number: int
    cotangent: bool = False
    turned: bool = False
    stale: bool = False
    gate: str = ""

    def name(self, lifted: LiftedBackward) -> str:
        """As messages speak of it."""
        block = lifted.plan.blocks[self.number]
        name = f"{'d' if self.cotangent else ''}{self.gate or block.name}"
        for formula in () if self.cotangent else lifted.plan.formulas:
            if formula.block is block and formula.op is not None and formula.op.mask:
                of = formula.operands[0].block
                name = f"({of.name} > 0)" if of is not None else "a mask"
        return f"{name}{'ᵀ' if self.turned else ''}"

    def read(self, flow: Flow, dims: tuple[int, ...]) -> Floats:
        """Its numbers at present, in the shape ``dims``."""
        lifted = flow.of.first if self.stale else flow.of
        block = lifted.plan.blocks[self.number]
        if not self.cotangent:
            array = lifted.block(lifted.values, block)
        elif flow.is_complete(block):
            array = flow.cotangent(block)
        else:
            array = lifted.block(lifted.right, block)
        if self.gate:
            array = array.ravel()[lifted.gates[self.gate] - block.start]
        return (array.T if self.turned else array).reshape(dims)


def others(lifted: LiftedBackward, block: Block, cotangent: bool) -> Iterator[Other]:
    """What may stand in place of a block's values, or of its cotangent; the likeliest first."""
    if block.size <= 1:
        return
    found = []
    blocks = [*lifted.plan.blocks]
    mine = blocks.index(block)
    for number, other in enumerate(blocks):
        if not other.name or other.role == "constant" or other.name.startswith("a step of"):
            continue
        same = _long(other.dims) == _long(block.dims)
        turned = len(other.dims) == 2 and len(_long(block.dims)) == 2 and other.dims == block.dims[::-1]
        for of_cotangent in (False, True):
            if of_cotangent and other not in lifted.plan.needs:
                continue
            if same and (number, of_cotangent) != (mine, cotangent):
                found.append(Other(number, of_cotangent))
            if turned:
                found.append(Other(number, of_cotangent, turned=True))
        gates = {
            g: at for g, at in lifted.gates.items() if other.start <= at.min() < other.start + other.size
        }
        found += [
            Other(number, cotangent, gate=gate)
            for gate, positions in gates.items()
            if positions.shape == block.dims and (not cotangent or other in lifted.plan.needs)
        ]
    if not cotangent:
        found.append(Other(mine, stale=True))
    yield from sorted(
        found, key=lambda o: (o.stale, o.cotangent != cotangent, o.turned, abs(o.number - mine))
    )


def through(access: Access, whole: Floats) -> Floats:
    """What an access to one block reads, if the block holds these numbers.

    Raises:
        ValueError: if it reads several blocks, so that there is no such edit.
    """
    if access.block is None:
        raise ValueError("it reads several blocks")
    return np.asarray(whole.ravel()[access.positions - access.block.start])


def _long(dims: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in dims if n > 1) or (math.prod(dims),)
