"""Picks: sums that take one element of each column of a softmax, by an input that is known to be one-hot.

Of Σᵢ tᵢ·pᵢ, where one tᵢ is 1 and the others are 0, the logarithm is log pₖ = Σᵢ tᵢ·log pᵢ, for that one k.
So -log Σᵢ tᵢ·pᵢ is the cross-entropy of p and t, as -log(p[range(m), y]) is for classes y.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import is_whole
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.record import Ints

__all__ = ["Pick", "are_one_hot", "picked_logarithms"]


def are_one_hot(targets: Access, column: Ints) -> bool:
    """Whether targets, laid out as a softmax, are a row of a one-hot input in each of its columns."""
    if targets.block is None or not targets.block.one_hot:
        return False
    length = targets.block.dims[-1]
    row, within = np.divmod(targets.positions.ravel() - targets.block.start, length)
    rows, counts = np.unique(np.stack([column, row]), axis=1, return_counts=True)
    return len(np.unique(rows[0])) == rows.shape[1] and bool(
        (counts == length).all() and len(np.unique(column * length + within)) == len(column)
    )


@dataclass(frozen=True)
class Pick:
    """What a block has of each column of a softmax.

    Attributes:
        targets: for each element of the softmax, as if they were one row, the position of its target.
        varies: in which buffer the targets lie.
        columns: for each element of the block, the column that it is picked from; each column once.
    """

    targets: Ints
    varies: bool
    columns: Ints


def picked_logarithms(
    formulas: Iterable[Formula], powers: Block, totals: Block, shares: Block | None, column: Ints
) -> dict[Block, Pick]:
    """What holds log Σ t·P, or log((Σ t·exp(x - c))/S): block -> the pick.

    Args:
        formulas: in the order in which they run.
        powers, totals, shares: the blocks of exp(x - c), of their sums S, and of P, if there is one.
        column: for each element of the softmax the number of its column.
    """
    of_powers: dict[Block | None, Pick] = {}
    of_shares: dict[Block | None, Pick] = {}
    logarithms: dict[Block, Pick] = {}
    for formula in formulas:
        if formula.op is None:
            for source, picks in ((powers, of_powers), (shares, of_shares)):
                pick = _pick_of(formula, source, column) if source is not None else None
                if pick is not None:
                    picks[formula.block] = pick
        elif formula.op is OPS["div"]:
            above, below = formula.operands
            pick = of_powers.get(_whole(above))
            if pick is None or below.block is not totals:
                continue
            if np.array_equal(below.positions.ravel() - totals.start, pick.columns):
                of_shares[formula.block] = pick
        elif formula.op is OPS["log"]:
            pick = of_shares.get(_whole(formula.operands[0]))
            if pick is not None:
                logarithms[formula.block] = pick
    return logarithms


def _whole(access: Access) -> Block | None:
    """The block that is read just as it lies."""
    return access.block if access.block is not None and is_whole(access, access.block) else None


def _pick_of(formula: Formula, source: Block, column: Ints) -> Pick | None:
    """What a sum picks of a block that is laid out as a softmax, if that is all it does.

    Args:
        formula: the sum.
        source: of the elements that it picks from.
        column: for each of them the number of its column.
    """
    if formula.op is not None or formula.reduction != "add" or len(formula.segments) != 1:
        return None
    (segment,) = formula.segments
    in_rows = segment.kind == "rows" or (segment.kind == "matmul" and formula.block.size == 1)
    if not in_rows or segment.z is None or np.any(formula.bias) or not np.all(segment.coefficient == 1.0):
        return None
    for elements, targets in ((segment.x, segment.z), (segment.z, segment.x)):
        if elements.block is source and targets.block is not None and targets.block.one_hot:
            pick = _pick(elements, targets, column, formula.block.size)
            if pick is not None:
                return pick
    return None


def _pick(elements: Access, targets: Access, column: Ints, count: int) -> Pick | None:
    """The pick of ``count`` columns, if each sum takes a whole column, and a whole row of the targets."""
    assert elements.block is not None and targets.block is not None
    taken = elements.positions.reshape(count, -1) - elements.block.start
    hot = targets.positions.reshape(count, -1)
    length = targets.block.dims[-1]
    row = (hot[:, 0] - targets.block.start) // length
    whole = np.sort(hot, axis=1) == (targets.block.start + row * length)[:, None] + np.arange(length)
    columns = column[taken[:, 0]]
    if (
        hot.shape[1] != length
        or not whole.all()
        or (column[taken] != columns[:, None]).any()
        or len(np.unique(columns)) != count
        or len(np.unique(taken)) != taken.size
        or taken.size != len(column)
    ):
        return None
    table = np.empty(len(column), dtype=np.int64)
    table[taken] = hot
    return Pick(table, targets.varies, columns)
