"""Equal: units that do the same to the same operands become one, and so what is computed from them.

    Z.mean(axis=0) and Z.var(axis=0)        take the same mean twice
    H·P·Hᵀ + R and H·P                      the same product

A program that names no intermediate records it again at every use. Equal are nodes, never numbers: of
samples that are plain numbers two may be equal by chance, and are two all the same. So sums with constants
and with weights stay apart, unless all of their kind have the same: 1e-5 under every root is no chance, nor
is a product with a matrix of numbers that is there twice, row by row. The factors of a product stand in
their order, so that A·Aᵀ stays a product of matrices and is not cut to its upper half. Where a slope is
infinite two cotangents are not what their sum is (∞ - ∞ and 0·∞), so that roots stay apart, too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from autodiff.lifting.find.fold import APPLY, SOLVE, Folded
from autodiff.lifting.find.hashing import mix
from autodiff.lifting.find.roles import Bools
from autodiff.lifting.formula import PLACES, is_steep
from autodiff.lifting.record import ROWS, Ints, Tape

__all__ = ["merge_equal"]


def merge_equal(tape: Tape, folded: Folded, read: Ints) -> tuple[Tape, Folded]:
    """Tape and units in which of equal units the first is read and the others are gone.

    Args:
        read: ids of nodes that are read from outside, which stay.
    """
    units = folded.units
    stays = np.isin(units, read)
    stays[-1:] = True
    stays |= _are_steep(tape, folded) | (folded.reduction == SOLVE)
    numbered = _have_numbers(folded) & ~_alike(folded)
    stands = np.arange(len(tape))  # for each node the one that is read in its place
    while True:
        _, first, same, count = np.unique(_keys(tape, folded, stands), True, True, True)
        apart = numbered & ~_repeated(folded, stands, numbered, count[same])
        new = np.where(stays | apart, units, units[first[same]])
        if (stands[units] == new).all():
            break
        stands[units] = new
    kept = stands[units] == units
    if kept.all():
        return tape, folded
    terms = kept[folded.owner]
    solutions = (replace(each, A=stands[each.A], B=stands[each.B]) for each in tape.solutions)
    new_tape = replace(tape, a=_read(stands, tape.a), b=_read(stands, tape.b), solutions=tuple(solutions))
    return new_tape, replace(
        folded,
        units=units[kept],
        reduction=folded.reduction[kept],
        bias=folded.bias[kept],
        adds=folded.adds[kept],
        owner=(np.cumsum(kept) - 1)[folded.owner[terms]],
        x=_read(stands, folded.x[terms]),
        z=_read(stands, folded.z[terms]),
        coefficient=folded.coefficient[terms],
    )


def _have_numbers(folded: Folded) -> Bools:
    """Whether each unit is a sum that adds a constant or weighs its terms, by more than their sign or, as
    a mean does, by one number for all."""
    size = np.abs(folded.coefficient)
    count = np.bincount(folded.owner, minlength=len(folded.units))
    mean = np.bincount(folded.owner, size, len(folded.units)) / np.maximum(count, 1)
    weighs = (size != 1.0) & ((size != mean[folded.owner]) | (count[folded.owner] == 1))
    return folded.adds | (np.bincount(folded.owner, weighs, len(folded.units)) > 0.0)


def _alike(folded: Folded) -> Bools:
    """Whether all sums of a unit's kind have the numbers that it has, one for all its terms; of one kind
    are sums of as many terms, each with factors of the same arrays."""
    kinds = 3 * mix(_kind(folded, folded.x)) + mix(_kind(folded, folded.z))
    numbers = mix(folded.bias.view(np.int64))
    kind = 7 * folded.adds.astype(np.int64)
    with np.errstate(over="ignore"):
        np.add.at(kind, folded.owner, mix(kinds))
        np.add.at(numbers, folded.owner, mix(kinds + 11 * mix(folded.coefficient.view(np.int64))))
    _, first, which = np.unique(kind, return_index=True, return_inverse=True)
    largest = np.zeros(len(kind))
    np.maximum.at(largest, folded.owner, np.abs(folded.coefficient))
    several = np.bincount(folded.owner, np.abs(folded.coefficient) != largest[folded.owner], len(kind)) > 0.0
    differ = np.bincount(which, several | (numbers != numbers[first[which]]), len(first)) > 0.0
    return ~differ[which]


def _repeated(folded: Folded, stands: Ints, numbered: Bools, count: Ints) -> Bools:
    """Whether each sum with numbers is one of several equal ones, as are all, and as many, that read the same
    nodes as it: a product with a matrix of numbers that is written twice, H·P.

    Args:
        numbered: whether each unit is a sum with numbers.
        count: how many units are equal to each.
    """
    read = np.zeros(len(count), dtype=np.int64)
    with np.errstate(over="ignore"):
        np.add.at(read, folded.owner, mix(3 * mix(_read(stands, folded.x)) + mix(_read(stands, folded.z))))
    _, which = np.unique(np.where(numbered, read, np.arange(len(count))), return_inverse=True)
    most, least = np.zeros(len(count), dtype=np.int64), np.full(len(count), len(count))
    np.maximum.at(most, which, count)
    np.minimum.at(least, which, count)
    repeated: Bools = numbered & ((most == least) & (most > 1))[which]
    return repeated


def _kind(folded: Folded, nodes: Ints) -> Ints:
    return np.where(nodes >= 0, folded.kind[nodes], -2)


def _are_steep(tape: Tape, folded: Folded) -> Bools:
    """Whether each unit is an operation with infinite slopes."""
    op = tape.op[folded.units]
    codes = [code for code in np.unique(op).tolist() if _is_steep(code)]
    steep: Bools = (folded.reduction == APPLY) & np.isin(op, codes)
    return steep


@cache
def _is_steep(code: int) -> bool:
    return is_steep(ROWS[code], *[PLACES] * ROWS[code].arity)


def _read(stands: Ints, operands: Ints) -> Ints:
    return np.where(operands >= 0, stands[operands], -1)


def _keys(tape: Tape, folded: Folded, stands: Ints) -> Ints:
    """A number per unit, equal for equal units: of an operation scattered from its row and operands, of a
    sum the total of what its terms are scattered to, whatever their order."""
    units = folded.units
    with np.errstate(over="ignore"):
        operands = 3 * mix(_read(stands, tape.a[units])) + mix(_read(stands, tape.b[units]))
        applied = mix(operands + 5 * mix(tape.op[units]))
        sums = mix(mix(folded.bias.view(np.int64)) + 7 * mix(folded.reduction * 2 + folded.adds))
        factors = 3 * mix(_read(stands, folded.x)) + mix(_read(stands, folded.z))
        np.add.at(sums, folded.owner, mix(factors + 11 * mix(folded.coefficient.view(np.int64))))
    return np.where(folded.reduction == APPLY, applied, sums)
