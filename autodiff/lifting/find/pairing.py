"""Pairing: the numerical patterns that make a group of sums a matrix product."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.lifting.find.hashing import mix
from autodiff.lifting.record import Ints

__all__ = ["Dims", "pair_rows", "row_scale"]

Dims = tuple[int, ...]


def pair_rows(x: Ints, z: Ints, numbers: bool = False) -> tuple[Dims, Ints] | None:
    """See whether the rows of x (n, T) and z (n, T) pair up completely, at once or in blocks.

    For W·X of 2×2 matrices, with W at positions 0 to 3 and the columns of X at 6, 8 and 7, 9:

        sum  x    z        row of x   row of z
        0    0 1  6 8      0          0
        1    2 3  6 8      1          0
        2    0 1  7 9      0          1
        3    2 3  7 9      1          1

    J = 2 different rows of x and S = 2 of z make 2·2 = 4 pairs, and every pair occurs once. So the
    sums are the elements of a matrix, in the order 0, 2, 1, 3.

    Rows follow each other as they lie; where z are plain ``numbers``, which lie by their size, its rows
    follow each other as the sums come.

    Returns dims ``(J, S)`` or ``(blocks, J, S)`` and the order of the n rows that lays them out
    so; or None, also where each row of x meets just one of z, which needs no product.
    """
    n = len(x)
    j, rows = _distinct(x)
    s, columns = _distinct(z)
    if len(np.unique(j * len(columns) + s)) < n:  # the same sum more than once
        s, columns = _copies_apart(j * len(columns) + s, s, z)
    rank = _rank_by_turn(s) if numbers else _rank(columns)
    if n == 1 or n == len(rows) * len(columns):
        return (len(rows), len(columns)), np.lexsort((rank[s], _rank(rows)[j]))
    return _in_blocks(j, s, rows, rank)


def _copies_apart(pairs: Ints, s: Ints, z: Ints) -> tuple[Ints, Ints]:
    """The rows of z with the copies of a sum as rows of their own, so that no pair occurs twice: of
    equal samples, each is a column of the product."""
    n = len(pairs)
    order = np.argsort(pairs, kind="stable")
    ordered = pairs[order]
    copy = np.empty(n, dtype=np.int64)
    copy[order] = np.arange(n) - np.searchsorted(ordered, ordered)
    _, first, s = np.unique(s * n + copy, return_index=True, return_inverse=True)
    return s, z[first]


def _in_blocks(j: Ints, s: Ints, rows: Ints, rank: Ints) -> tuple[Dims, Ints] | None:
    """See whether rows (J, T) and S columns, of which ``rank`` says how they follow each other, fall into
    complete blocks of one size, where sum i is the pair j[i], s[i].

    Rows that meet the same columns are in one block. If rows 0 and 1 each meet columns 0 and 1, and
    rows 2 and 3 each meet columns 2 and 3, these are two products of 2×2 results, a stack.
    """
    J, S = len(rows), len(rank)
    meets = np.zeros(J, dtype=np.int64)  # a number for each set of columns
    with np.errstate(over="ignore"):
        np.add.at(meets, j, mix(s))
    _, block_of_row = np.unique(meets, return_inverse=True)
    blocks = int(block_of_row.max()) + 1
    if blocks == 1 or J == S == blocks or J % blocks or S % blocks or len(j) * blocks != J * S:
        return None
    block = block_of_row[j]
    block_of_column = np.unique(block * S + s) // S
    if len(block_of_column) != S:
        return None
    if (np.bincount(block_of_row) != J // blocks).any() or (
        np.bincount(block_of_column) != S // blocks
    ).any():
        return None
    lead = np.full(blocks, np.iinfo(np.int64).max)
    np.minimum.at(lead, block_of_row, rows[:, 0])
    order = np.lexsort((rank[s], _rank(rows)[j], _rank(lead[:, None])[block]))
    return (blocks, J // blocks, S // blocks), order


def _distinct(rows: Ints) -> tuple[Ints, Ints]:
    """For each row the number of its equal among the distinct rows, and those: of the rows
    (0 1), (2 3), (0 1) the numbers 0, 1, 0, or 1, 0, 1, and the two distinct ones."""
    if rows.shape[1] == 1:
        values, inverse = np.unique(rows[:, 0], return_inverse=True)
        return inverse, values[:, None]
    with np.errstate(over="ignore"):
        keys = (mix(rows) * mix(np.arange(rows.shape[1]) + 1)).sum(axis=1)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return inverse, rows[first]


def _rank(rows: Ints) -> Ints:
    """The rank of each row by its first element."""
    rank = np.empty(len(rows), dtype=np.int64)
    rank[np.argsort(rows[:, 0], kind="stable")] = np.arange(len(rows))
    return rank


def _rank_by_turn(s: Ints) -> Ints:
    """The rank of each number in s, from 0 on, by where it comes first."""
    _, first = np.unique(s, return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank


def row_scale(coefficient: Any, pair: Ints) -> tuple[Any, Any] | None:
    """Coefficients (n, T) as scale (n,) times rows that are all alike (n, T), if they are such.

    Labels, weights of samples and the like that are plain numbers in a graph scale each sum by
    another number. Taken out, they leave the same sum for all: of 2·u + 4·v and 3·u' + 6·v' the
    scales are 4 and 6, and both rows 0.5, 1. Rows may differ by what rounding the products of scale
    and row makes of them, and by no more, or the program would compute with other numbers.

    Args:
        coefficient: (n, T).
        pair: (n, T) what each term multiplies; terms of a sum stand in any order.
    """
    if coefficient.shape[1] == 1 or (coefficient == coefficient[0]).all():
        return None
    order = np.argsort(pair, axis=1, kind="stable")
    ordered = np.take_along_axis(coefficient, order, axis=1)
    first = int(np.argmax(ordered.any(axis=1)))  # those before it are 0 times a row, whatever that is
    largest = int(np.argmax(np.abs(ordered[first])))
    scale = ordered[:, largest]
    if (scale == scale[0]).all():
        return None
    row = ordered[first] / scale[first]
    if not np.allclose(ordered, scale[:, None] * row, rtol=1e-15, atol=0.0):
        return None
    alike = np.empty_like(coefficient)
    np.put_along_axis(alike, order, np.broadcast_to(row, ordered.shape), axis=1)
    return scale, alike
