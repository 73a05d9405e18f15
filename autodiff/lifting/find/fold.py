"""Fold: additions, multiplications and constant factors become sums of products.

After this stage the graph consists of *units*: a reduction, or one application of an elementwise
operation. Most reductions are sums ``y = k + Σ c·x`` or ``k + Σ c·x·z``: a ``+`` that only another
``+`` consumes has joined it, a ``×`` that only a sum consumes is a term of it; subtraction,
negation and constant factors have become coefficients. Which operations those are is read off the
table's own derivatives. The others are the largest or smallest of several values where no
gradient passes, as in a stable softmax.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.lifting.find.roles import COMPUTED, CONSTANT, Bools, Roles, mark_constants, roles_of
from autodiff.lifting.find.siblings import siblings
from autodiff.lifting.record import LEAF, ROWS, Floats, Ints, Tape

__all__ = ["APPLY", "SOLVE", "Folded", "fold_sums"]

APPLY = -1  # the number of a unit that has no terms
SOLVE = -2  # that of an element of a solution of a linear system
LARGE = 150.0  # log₂ of a factor that is multiplied with others at run time only


@dataclass(frozen=True)
class Folded:
    """Units and terms. A unit has the id of the tape node whose value it is.

    Attributes:
        kind: (N,) ``CONSTANT``, ``COMPUTED``, or the 1-based number of the leaf array a node
            belongs to. What depends on constants only is a constant.
        units: (U,) ids of the units, in topological order.
        reduction: (U,) index into ``REDUCTIONS``, ``APPLY`` for the operation of the tape's row, or
            ``SOLVE``.
        bias: (U,) the constant k of a sum.
        adds: (U,) whether there is such a constant, be it 0: P + 0.01·I adds one to every element.
        owner: (T,) position in ``units`` of the unit a term belongs to, ascending.
        x, z: (T,) ids of a term's factors; z is -1 in a term with one factor.
        coefficient: (T,) c.
    """

    kind: Ints
    units: Ints
    reduction: Ints
    bias: Floats
    adds: Bools
    owner: Ints
    x: Ints
    z: Ints
    coefficient: Floats


def fold_sums(tape: Tape, kind: Ints, alone: Bools | None = None) -> Folded:
    """The units and terms of ``tape``.

    Args:
        tape: the recorded graph.
        kind: (N,) what each leaf is (see ``Folded``).
        alone: (N,) whether a node must be a unit of its own.
    """
    n = len(tape)
    kind = mark_constants(tape, kind)
    roles = roles_of(tape, kind)
    computed = kind == COMPUTED
    uses = np.bincount(tape.a[computed & (tape.a >= 0)], minlength=n)
    uses += np.bincount(roles.b[computed & (roles.b >= 0)], minlength=n)
    if alone is not None:
        uses[alone] += 1  # as if it were read elsewhere, too
    uses[_negated_angles(tape, roles)] += 1  # likewise
    into, step = _absorb(tape, roles, uses)
    apart = siblings(tape, kind, roles, uses == 1, into, uses)
    if apart.any():
        into, step = _absorb(tape, roles, uses + apart)
    chained = _extrema(tape, roles, uses)
    into = np.where(chained == np.arange(n), into, chained)
    absorbed = into != np.arange(n)
    reduced = roles.linear | roles.detached | (absorbed & (roles.extremum > 0))

    units = np.flatnonzero(computed & ~absorbed)
    reduction = np.where((reduced | roles.product)[units], 0, APPLY)
    reduction[tape.op[units] == LEAF] = SOLVE
    top = units[roles.detached[units]]
    first = tape.a[top]
    reduction[roles.detached[units]] = np.where(into[first] == top, roles.extremum[first], 1)
    unit_of = np.full(n, -1)
    unit_of[units] = np.arange(len(units))
    bias, adds, owner, x, z, coefficient = _terms(tape, kind, roles, reduced, absorbed, unit_of[into], step)
    return Folded(kind, units, reduction, bias, adds, owner, x, z, coefficient)


def _negated_angles(tape: Tape, roles: Roles) -> Ints:
    """What is multiplied by a negative number on its way to an arctangent of two numbers, which tells -0
    from 0: at x = z is -(x - z) the number -0, and as one sum, -x + z, it would be 0."""
    angles = np.isin(tape.op, [code for code, row in enumerate(ROWS) if row.name == "atan2"])
    negative = ((roles.ca < 0.0) & (roles.cb == 0.0)) | ((roles.cb < 0.0) & (roles.ca == 0.0))
    found = []
    read = np.append(tape.a[angles], tape.b[angles])
    while (read := np.unique(read[(read >= 0) & roles.linear[read]])).size:
        found.append(read[negative[read]])
        read = np.append(tape.a[read], tape.b[read])
    scaled = np.concatenate([np.empty(0, dtype=np.intp), *found])
    negated: Ints = np.where(roles.ca[scaled] < 0.0, tape.a[scaled], roles.b[scaled])
    return negated


def _absorb(tape: Tape, roles: Roles, uses: Ints) -> tuple[Ints, Floats]:
    """For each node the sum that swallows it, else itself, and its coefficient there.

    A sum swallows the linear nodes and products that nothing else consumes. In (n0·n1 + n3)·0.5,
    the product, the sum, and the root n6 that scales it:

        node   2       4         6
               n0·n1   n2 + n3   0.5·n4
        into   4       6         6        each points to the one that consumes it
        step   1       0.5       1        and has a coefficient there

    Followed to their ends, the pointers say that node 2 and node 4 are in node 6, both times 0.5:
    n6 = 0.5·n0·n1 + 0.5·n3.
    """
    n = len(tape)
    swallowed = (roles.linear | roles.product) & (uses == 1)
    into = np.arange(n)
    step = np.ones(n)
    for operand, factor in ((tape.a, roles.ca), (roles.b, roles.cb)):
        edge = np.flatnonzero(roles.linear & (operand >= 0))
        edge = edge[swallowed[operand[edge]]]
        into[operand[edge]] = edge
        step[operand[edge]] = factor[edge]
    owner, coefficient = _follow(into, step)
    if all(map(_moderate, (coefficient, roles.ca, roles.cb))):
        return owner, coefficient

    # Huge and tiny factors that the graph multiplies one after the other might overflow together:
    # in 1e200·(1e200·(1e-300·w)) no number is too large if w is not. Such chains are cut at each
    # factor, and multiplied at run time as the graph does.
    size = np.maximum(np.maximum(_size(step), _size(roles.ca)), _size(roles.cb))
    owner, total = _follow(into, size, np.add)
    far = np.zeros(n, dtype=bool)
    far[owner[total > 2.0 * LARGE]] = True
    into = np.where(far[owner] & (np.abs(step) != 1.0), np.arange(n), into)
    return _follow(into, np.where(into == np.arange(n), 1.0, step))


def _size(factors: Floats) -> Floats:
    """|log₂|c||, 0 for 0."""
    return np.abs(np.log2(np.where(factors == 0.0, 1.0, np.abs(factors))))


def _moderate(factors: Floats) -> bool:
    """Whether no factor is huge or tiny; 0 is neither."""
    sizes = np.abs(factors)
    return bool(sizes.max() < 2.0**LARGE and np.where(sizes == 0.0, 1.0, sizes).min() > 2.0**-LARGE)


def _follow(into: Ints, step: Floats, combine: np.ufunc = np.multiply) -> tuple[Ints, Floats]:
    """Follow the pointers ``into`` to their ends, and combine the steps on the way, by doubling: a
    chain 0 → 1 → 2 → 3 → 4 takes two rounds, 0 → 2 → 4 and then 0 → 4."""
    into, step = into.copy(), step.copy()
    active = np.flatnonzero(into != np.arange(len(into)))
    while active.size:
        via = into[active]
        further = into[via]
        moves = further != via
        active, via = active[moves], via[moves]
        with np.errstate(all="ignore"):
            step[active] = combine(step[active], step[via])
        into[active] = further[moves]
    return into, step


def _terms(
    tape: Tape, kind: Ints, roles: Roles, reduced: Bools, absorbed: Bools, owner_of: Ints, step: Floats
) -> tuple[Floats, Bools, Ints, Ints, Ints, Floats]:
    """The biases of units and whether they have one, and the owner, factors and coefficient of each term.

    Every edge from a reduction to something not swallowed is a term; a swallowed product gives its
    two factors. Of n8 = (n2 + n5) + n7, where n2 = n0·n1 and n5 = n3·n4 are swallowed, these are the
    edges to n2, n5 and n7, and the terms n0·n1, n3·n4 and n7.
    """
    swallowed = absorbed & reduced
    passed = roles.detached | (roles.extremum > 0)
    bias = np.zeros(int(owner_of.max(initial=-1)) + 1)
    adds = np.zeros(len(bias), dtype=bool)
    parts = []
    for side, (operand, factor) in enumerate(((tape.a, roles.ca), (roles.b, roles.cb))):
        edge = np.flatnonzero(reduced & (operand >= 0))
        edge = edge[~swallowed[operand[edge]]]
        x, owner = operand[edge], owner_of[edge]
        c = np.where(passed[edge], 1.0, step[edge] * factor[edge])
        fixed = (kind[x] == CONSTANT) & roles.linear[edge]
        np.add.at(bias, owner[fixed], c[fixed] * tape.data[x[fixed]])
        adds[owner[fixed & (factor[edge] != 0.0)]] = True  # a constant that multiplies has the factor 0 here
        edge, x, owner, c = edge[~fixed], x[~fixed], owner[~fixed], c[~fixed]
        inner = (absorbed & roles.product)[x]
        z = np.where(inner, roles.b[x], -1)
        parts.append((owner, np.where(inner, tape.a[x], x), z, c, 2 * edge + side))
    alone = np.flatnonzero(roles.product & ~absorbed)
    parts.append((owner_of[alone], tape.a[alone], roles.b[alone], np.ones(len(alone)), 2 * alone))
    owner, x, z, c, key = map(np.concatenate, zip(*parts))
    order = np.lexsort((key, owner))
    return bias, adds, owner[order], x[order], z[order], c[order]


def _extrema(tape: Tape, roles: Roles, uses: Ints) -> Ints:
    """For each maximum or minimum that joins others under a detached node, that node; else itself."""
    extremum, detached = roles.extremum, roles.detached
    into = np.arange(len(tape))
    if not detached.any():
        return into
    for operand in (tape.a, tape.b):
        edge = np.flatnonzero((detached | (extremum > 0)) & (operand >= 0))
        x = operand[edge]
        joins = (extremum[x] > 0) & (uses[x] == 1) & (detached[edge] | (extremum[edge] == extremum[x]))
        into[x[joins]] = edge[joins]
    into, _ = _follow(into, np.ones(len(tape)))
    return np.where(detached[into], into, np.arange(len(tape)))
