"""Where a formula of a backward pass can be wrong, and what a mistake there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autodiff.lifting.formula import Block
from nn.judging.lifted_backward import Change, LiftedBackward, Share

__all__ = ["FormulaEdit", "Place", "places", "target"]


@dataclass(frozen=True)
class Place:
    """Where a formula of the backward pass can be wrong.

    Attributes:
        shares: the numbers of shares, if it is not all of a cotangent.
        block: the number of the block whose cotangent gets wrong.
        of: the number of the formula whose shares they are.
    """

    block: int
    shares: tuple[int, ...] = ()
    of: int = -1


@dataclass(frozen=True)
class FormulaEdit:
    """A mistake.

    Attributes:
        name: in a few words.
        text: in a sentence.
        made: what it gives in place of the share or the cotangent.
        added: whether that comes on top, with a factor that is to be found.
    """

    name: str
    text: str
    made: Change
    added: bool = False


def places(lifted: LiftedBackward) -> Iterator[Place]:
    """All places, in the order of the backward pass."""
    blocks = {block: i for i, block in enumerate(lifted.plan.blocks)}
    for formula in lifted.backward:
        if formula.block not in lifted.plan.needs:
            continue
        yield Place(blocks[formula.block])
        groups: dict[Block, list[int]] = {}
        for number, share in enumerate(lifted.shares):
            if share.formula is formula and share.access.block is not None:
                groups.setdefault(share.access.block, []).append(number)
        for block, group in groups.items():
            yield Place(blocks[block], tuple(group), lifted.index(formula))
    for block in lifted.plan.wanted:
        yield Place(blocks[block])


def target(share: Share) -> str:
    """The cotangent that a share is given to, as messages speak of it."""
    return f"d{share.access.block.name}" if share.access.block is not None else "the gradient"
