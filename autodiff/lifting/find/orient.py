"""Orient: whether a product lies as A·B or as its transpose, Bᵀ·Aᵀ, as its writer had it.

A graph of scalars does not say which way its writer laid an array out. But his parameters and inputs lie
as he laid them out, and nobody transposes without need: of X·W and Wᵀ·Xᵀ the first is his. Where both
take as many transposes, as X·Wᵀ and W·Xᵀ do, samples stay where they are in the data, along rows or along
columns; and where that does not tell, results lie in the order in which he asked for them. A matrix times a
vector is a vector, and a vector times a vector a number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autodiff.lifting.find.pairing import Dims
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.record import Ints

__all__ = ["oriented"]


def oriented(
    x: Ints, z: Ints, dims: Dims, order: Ints, beside: Sequence[Ints], places: Placement
) -> tuple[Dims, Ints]:
    """The layout of a group of products.

    Args:
        x, z: (n, T) positions of the factors of each.
        dims, order: the layout (.., J, S) that pairs rows of x and of z.
        beside: (n,) positions of what is read once for each, such as a term that is added.
        places: where all positions are.

    Returns:
        dims (.., J, S) or (.., S, J), (J,) if there is a vector, or () of two, and the order.
    """
    *_, J, S = dims
    first = order.reshape(-1, J, S)[0]
    left, right = x[first[:, 0]], z[first[0]]  # (J, T) and (S, T)
    turned = (*dims[:-2], S, J), np.swapaxes(order.reshape(dims), -1, -2).ravel()
    vectors = [_is_vector(rows, places) for rows in (left, right)]
    if len(dims) == 2 and any(vectors):
        return (() if all(vectors) else (max(J, S),)), order
    lie = [_along_rows(rows, places) for rows in (left, right)]
    cost = 2.0 * (lie[1] - lie[0])
    cost += sum(_turns(positions[order].reshape(dims), places) for positions in beside)
    cost = cost or _by_samples(left, right, places)
    if cost > 0 or (cost == 0 and (np.diff(turned[1]) > 0).all()):
        return turned
    return dims, order


def _is_vector(rows: Ints, places: Placement) -> bool:
    """Whether a factor with one row is a vector, and no matrix of one row or column."""
    if len(rows) > 1:
        return False
    block = places.block_at(int(rows[0, 0]), False)
    return not (len(block.dims) > 1 and 1 in block.dims and block.size == rows.shape[1])


def _along_rows(rows: Ints, places: Placement) -> float:
    """1 if rows of positions run along the rows of an array, 0 if along its columns; numbers lie anyhow."""
    if places.are_numbers(rows, False):
        return 0.5
    if len(rows) == 1 and places.block_at(int(rows[0, 0]), False).dims == (rows.shape[1], 1):
        return 0.0
    if (np.diff(rows, axis=1) == 1).all():
        return 1.0
    return 0.0 if len(rows) > 1 and (np.diff(rows, axis=0) == 1).all() else 0.5


def _turns(positions: Ints, places: Placement) -> int:
    """1 if reading a whole array at these positions takes a transpose, -1 if reading their transpose does."""
    block = places.block_at(int(positions.flat[0]), False)
    if positions.ndim != 2 or 1 in positions.shape or block.size != positions.size:
        return 0
    whole = block.start + np.arange(block.size)
    if np.array_equal(positions.ravel(), whole):
        return -1
    return int(np.array_equal(positions.T.ravel(), whole))


def _by_samples(left: Ints, right: Ints, places: Placement) -> float:
    """Of a parameter and an array of data: positive if the data's own axis would come first in the
    transpose alone, and does come first in the data, or the other way round."""
    blocks = [places.block_at(int(rows[0, 0]), False) for rows in (left, right)]
    is_weight = [block.role == "parameter" for block in blocks]
    if is_weight[0] == is_weight[1]:
        return 0.0
    samples_lead = _along_rows(right if is_weight[0] else left, places) - 0.5
    return samples_lead if is_weight[0] else -samples_lead
