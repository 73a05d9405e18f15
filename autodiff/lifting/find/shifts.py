"""Shifts: a softmax of x - c is that of x, for any number c that a column has.

    top = max(z.data for z in logits)
    powers = [(z - top).exp() for z in logits]

A program that keeps its exponentials from overflowing like this leaves numbers of the recorded data in the
graph. They say nothing, and stand between what is found and its name; the softmax that is found subtracts
the largest itself. So they go, where no power would overflow without them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.fold import APPLY, Folded
from autodiff.lifting.find.roles import Bools
from autodiff.lifting.record import ROWS, Floats, Ints, Tape

__all__ = ["drop_shifts"]

MODERATE = 300.0  # an exponent that is far from overflow, of its sum, too


def drop_shifts(tape: Tape, folded: Folded, read: Ints) -> Folded:
    """``folded`` without the constants in sums whose exponentials are read by their shares only.

    Args:
        read: ids of nodes that are read from outside, which stay as they are.
    """
    n, units = len(tape), folded.units
    unit_of = np.full(n, -1)
    unit_of[units] = np.arange(len(units))
    applied = units[folded.reduction == APPLY]
    powers = applied[tape.op[applied] == ROWS.index(OPS["exp"])]
    sums = unit_of[tape.a[powers]]
    shifted = (sums >= 0) & folded.adds[sums]
    if not shifted.any():
        return folded
    uses = _uses(tape, folded, applied, read)

    # The total of each power, which is its own where a column has no other.
    is_power = np.zeros(n, dtype=bool)
    is_power[powers] = True
    total, good = _totals(folded, is_power)
    quotients = applied[tape.op[applied] == ROWS.index(OPS["div"])]
    share = is_power[tape.a[quotients]]
    top, bottom = tape.a[quotients[share]], tape.b[quotients[share]]
    alone = top == bottom
    good[top[total[top] != np.where(alone, total[top], bottom)]] = False

    # Nobody else reads a power, a total or a sum.
    as_share = np.bincount(top, minlength=n) + np.bincount(top[alone], minlength=n)
    divides = np.bincount(bottom[~alone], minlength=n)
    added = total[powers] != powers
    fine = (uses[powers] == as_share[powers] + added) & (uses[tape.a[powers]] == 1) & good[powers]
    fine &= ~added | (uses[total[powers]] == divides[total[powers]])
    fine &= np.abs(tape.data[tape.a[powers]] - folded.bias[sums]) < MODERATE
    fine &= (sums >= 0) & _several(folded)[sums]
    goes = _whole_columns(total[powers], folded.bias[sums], fine)
    if (shifted & ~goes).any():
        goes &= folded.bias[sums] != 0.0  # 0 of a row that a mask leaves whole, as it has of others in part

    bias, adds = folded.bias.copy(), folded.adds.copy()
    bias[sums[goes]] = 0.0
    adds[sums[goes]] = False
    return replace(folded, bias=bias, adds=adds)


def _uses(tape: Tape, folded: Folded, applied: Ints, read: Ints) -> Ints:
    """(N,) how often each node is read."""
    nodes = np.concatenate([tape.a[applied], tape.b[applied], folded.x, folded.z, read])
    return np.bincount(nodes[nodes >= 0], minlength=len(tape))


def _totals(folded: Folded, is_power: Bools) -> tuple[Ints, Bools]:
    """(N,) the sum that adds up each power, itself if there is none, and whether it adds up nothing else."""
    owner, x = folded.owner, folded.x
    plain = (folded.z < 0) & (folded.coefficient == 1.0) & is_power[x] & (folded.reduction[owner] == 0)
    count = len(folded.units)
    pure = (np.bincount(owner, ~plain, count) == 0.0) & (folded.bias == 0.0)
    total, good = np.arange(len(is_power)), np.ones(len(is_power), dtype=bool)
    total[x[plain]] = folded.units[owner[plain]]
    good[x[plain]] = pure[owner[plain]]
    return total, good


def _several(folded: Folded) -> Bools:
    """(U,) whether a unit is a sum still, and not another node as it is, without its constant."""
    count = len(folded.units)
    terms = np.bincount(folded.owner, minlength=count)
    single = np.zeros(count, dtype=bool)
    single[folded.owner] = (folded.z < 0) & (folded.coefficient == 1.0)
    several: Bools = (folded.reduction == 0) & ((terms > 1) | ~single)
    return several


def _whole_columns(total: Ints, shift: Floats, fine: Bools) -> Bools:
    """Which powers are of columns that are fine throughout, and have one shift."""
    _, first, column = np.unique(total, return_index=True, return_inverse=True)
    bad = np.bincount(column, ~fine | (shift != shift[first][column]), len(first))
    whole: Bools = bad[column] == 0.0
    return whole
