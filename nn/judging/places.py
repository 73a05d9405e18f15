"""Where a formula of a backward pass can be wrong, and what a mistake there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autodiff.lifting.formula import Block, Formula
from nn.judging.lifted_backward import Change, LiftedBackward
from nn.judging.shares import Share

__all__ = ["FormulaEdit", "Place", "places", "target"]


@dataclass(frozen=True)
class Place:
    """Where a formula of the backward pass can be wrong.

    Attributes:
        shares: the numbers of shares, if it is not all of a cotangent.
        block: the number of the block whose cotangent gets wrong.
        of: the number of the formula whose shares they are; -1 if they are all but those of one formula.
        kind: what shares of several formulas have in common; "" if they have not.
    """

    block: int
    shares: tuple[int, ...] = ()
    of: int = -1
    kind: str = ""


@dataclass(frozen=True)
class FormulaEdit:
    """A mistake.

    Attributes:
        name: in a few words.
        text: in a sentence.
        made: what it gives in place of the share or the cotangent.
        added: whether that comes on top, with a factor that is to be found.
        scaled: whether a factor that has a name may be before it.
        rank: how far-fetched it is, from 0 to 2.
        each: what it gives in place of each of several shares.
    """

    name: str
    text: str
    made: Change
    added: bool = False
    scaled: bool = False
    rank: int = 0
    each: tuple[Change, ...] = ()


def places(lifted: LiftedBackward) -> Iterator[Place]:
    """All places, in the order of the backward pass."""
    blocks = {block: i for i, block in enumerate(lifted.plan.blocks)}
    groups = _groups(lifted)
    for formula in lifted.backward:
        if formula.block not in lifted.plan.needs:
            continue
        yield Place(blocks[formula.block])
        for block, group in groups.items():
            given = lifted.layer and formula.block is lifted.plan.root  # all there is, unless there is more
            if formula in group and not (given and len(group) == 1):
                yield Place(blocks[block], tuple(group[formula]), lifted.index(formula))
                gates = {lifted.shares[number].to for number in group[formula]}
                for gate in sorted(gates) if len(gates) > 1 else ():
                    part = (number for number in group[formula] if lifted.shares[number].to == gate)
                    yield Place(blocks[block], tuple(part), lifted.index(formula))
    for block in lifted.plan.wanted:
        yield Place(blocks[block])
    for block, group in groups.items():
        if len(group) > 2:
            for kept in ([*group][-1], next(iter(group))):
                dropped = [n for formula, numbers in group.items() if formula is not kept for n in numbers]
                yield Place(blocks[block], tuple(dropped))


def _groups(lifted: LiftedBackward) -> dict[Block, dict[Formula, list[int]]]:
    """The numbers of the shares that a block gets, by the formula that they are of."""
    groups: dict[Block, dict[Formula, list[int]]] = {}
    for number, share in enumerate(lifted.shares):
        if share.access.block is not None:
            groups.setdefault(share.access.block, {}).setdefault(share.formula, []).append(number)
    return groups


def target(share: Share) -> str:
    """The cotangent that a share is given to, as messages speak of it."""
    return f"d{share.to}" if share.to else "the gradient"
