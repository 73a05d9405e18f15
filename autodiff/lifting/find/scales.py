"""Scales: a number that multiplies a factor of a product becomes the product's coefficient.

    1.2 * B[j][i] * y[j]                    is 1.2·(B·y), and not (1.2·B)·y

A program that writes its factors in a row multiplies the number by the first. Left there it would be an
array of its own, as large as B, and no matter to a reader. Numbers that differ from product to product,
weights of samples or a mask, stay where they are: what they make is an array of its own, indeed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.find.fold import APPLY, Folded
from autodiff.lifting.find.roles import Bools
from autodiff.lifting.record import Ints, Tape

__all__ = ["merge_scales"]


MODERATE = 37.0  # log₂ of a number that may be multiplied with others beforehand


def merge_scales(tape: Tape, folded: Folded, read: Ints) -> Folded:
    """``folded`` without the units that are a number times one node and that only products read.

    Args:
        read: ids of nodes that are read from outside, which stay.
    """
    while True:
        merged = _merged_once(tape, folded, read)
        if merged is folded:
            return folded
        folded = merged


def _merged_once(tape: Tape, folded: Folded, read: Ints) -> Folded:
    goes, term_of = _scaling(tape, folded, read)
    if not goes.any():
        return folded
    unit_of = np.full(len(tape), -1)
    unit_of[folded.units] = np.arange(len(folded.units))
    x, z, coefficient = folded.x.copy(), folded.z.copy(), folded.coefficient.copy()
    for factor, other in ((x, folded.z), (z, folded.x)):
        unit = np.where(factor >= 0, unit_of[factor], -1)
        at = np.flatnonzero((unit >= 0) & (other >= 0))
        at = at[goes[unit[at]]]
        inner = term_of[unit[at]]
        factor[at] = folded.x[inner]
        coefficient[at] *= folded.coefficient[inner]
    kept = ~goes
    terms = kept[folded.owner]
    return replace(
        folded,
        units=folded.units[kept],
        reduction=folded.reduction[kept],
        bias=folded.bias[kept],
        adds=folded.adds[kept],
        owner=(np.cumsum(kept) - 1)[folded.owner[terms]],
        x=x[terms],
        z=z[terms],
        coefficient=coefficient[terms],
    )


def _scaling(tape: Tape, folded: Folded, read: Ints) -> tuple[Bools, Ints]:
    """(U,) whether a unit is a number times one node that goes into the products that read it, and which
    of the terms is its only one."""
    units, count = folded.units, len(folded.units)
    terms = np.bincount(folded.owner, minlength=count)
    term_of = np.zeros(count, dtype=np.int64)
    term_of[folded.owner] = np.arange(len(folded.owner))
    single = (folded.reduction == 0) & (terms == 1) & ~folded.adds
    if not single.any():
        return single, term_of
    c, inner = folded.coefficient[term_of], folded.x[term_of]
    with np.errstate(divide="ignore"):
        moderate = np.abs(np.log2(np.abs(c))) < MODERATE
    scaling = single & (folded.z[term_of] < 0) & ~np.isin(units, read)
    goes = scaling & (np.abs(c) != 1.0) & moderate
    goes[-1:] = False
    if not goes.any():
        return goes, term_of
    compared = goes | (scaling & (c == 0.0))  # 0 of a mask: what it is in goes nowhere

    unit_of = np.full(len(tape), -1)
    unit_of[units] = np.arange(count)
    applied = units[folded.reduction == APPLY]
    alone = folded.x[folded.z < 0]  # what is read, but by no product
    for nodes in (tape.a[applied], tape.b[applied], alone):
        outside = unit_of[nodes[nodes >= 0]]
        goes[outside[outside >= 0]] = False

    # Who multiplies what by which number: one number for all of a kind, or it is an array's.
    factor = np.concatenate([folded.x, folded.z])
    other = np.concatenate([folded.z, folded.x])
    both = np.flatnonzero((factor >= 0) & (other >= 0))
    unit = unit_of[factor[both]]
    both, unit = both[unit >= 0], unit[unit >= 0]
    both, unit = both[compared[unit]], unit[compared[unit]]
    low = int(folded.kind.min())
    span = int(folded.kind.max()) - low + 1
    kind = (folded.kind[inner[unit]] - low) * span + folded.kind[other[both]] - low
    _, first, which = np.unique(kind, return_index=True, return_inverse=True)
    differ = np.bincount(which, c[unit] != c[unit[first[which]]], len(first)) > 0.0
    goes[unit[differ[which]]] = False
    return goes, term_of
