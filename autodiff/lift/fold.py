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
from typing import Any

import numpy as np

from autodiff.lift.record import LEAF, ROWS, Floats, Ints, Tape
from autodiff.notation import CODE, Expr, symbol
from autodiff.numeric import FLOATS
from autodiff.ops import Op

__all__ = ["APPLY", "COMPUTED", "CONSTANT", "REDUCTIONS", "Folded", "fold"]

CONSTANT, COMPUTED = 0, -1
REDUCTIONS = ("add", "maximum", "minimum")  # how a unit's terms are put together, by number
APPLY = -1  # the number of a unit that has no terms


@dataclass(frozen=True)
class Folded:
    """Units and terms. A unit has the id of the tape node whose value it is.

    Attributes:
        kind: (N,) ``CONSTANT``, ``COMPUTED``, or the 1-based number of the leaf array a node
            belongs to. What depends on constants only is a constant.
        units: (U,) ids of the units, in topological order.
        reduction: (U,) index into ``REDUCTIONS``, or ``APPLY`` for the operation of the tape's row.
        bias: (U,) the constant k of a sum.
        owner: (T,) position in ``units`` of the unit a term belongs to, ascending.
        x, z: (T,) ids of a term's factors; z is -1 in a term with one factor.
        coefficient: (T,) c.
    """

    kind: Ints
    units: Ints
    reduction: Ints
    bias: Floats
    owner: Ints
    x: Ints
    z: Ints
    coefficient: Floats


@dataclass(frozen=True)
class _Shape:
    """What kind of operation a row is, as far as folding goes."""

    linear: tuple[float, ...] | None = None  # y = p·x + q·z with constant p, q
    product: bool = False  # y = x·z
    power: bool = False  # y = xᶻ, so z = 2 makes a product x·x
    scale: bool = False  # y = f(z)·x, so a constant z makes a coefficient f(z)
    extremum: str = ""  # y = max(x, z) or min(x, z)
    held: bool = False  # y = x, and no gradient passes


def _shape(op: Op) -> _Shape:
    x, z, y = symbol("x"), symbol("z"), symbol("y")
    operands = (x, z)[: op.arity]
    partials = op.partials(CODE, *operands, y)
    probes = [(1.25, 0.5), (-0.75, 2.0), (0.0, 3.0)]
    if not any(isinstance(p, Expr) for p in partials):
        expected = [sum(p * v for p, v in zip(partials, probe)) for probe in probes]
        if any(partials) and expected == [op.forward(FLOATS, *probe[: op.arity]) for probe in probes]:
            return _Shape(linear=tuple(map(float, partials)))
        return _Shape(held=op.forward(CODE, *operands) is x)
    if partials == (z, x):
        return _Shape(product=True, scale=True)
    head = op.forward(CODE, *operands).head
    if op.arity == 2 and head in REDUCTIONS:
        return _Shape(extremum=head)
    if head == "pow":
        return _Shape(power=True)
    scale = op.arity == 2 and isinstance(partials[0], Expr) and not _mentions(partials[0], {"x", "y"})
    return _Shape(scale=scale)


def _mentions(expr: Expr, names: set[str]) -> bool:
    return expr.head in names or any(_mentions(each, names) for each in expr.args)


_SHAPES = [_shape(op) for op in ROWS]


def fold(tape: Tape, kind: Ints) -> Folded:
    """The units and terms of ``tape``; ``kind`` (N,) says for each leaf what it is (see ``Folded``)."""
    n = len(tape)
    a, b, data = tape.a, tape.b, tape.data
    kind = _constants(tape, kind)
    op = np.where(kind == COMPUTED, tape.op, LEAF)
    computed = op != LEAF

    # Per node: does it only scale or add its operands, and by how much?
    linear = np.zeros(n, dtype=bool)
    product = np.zeros(n, dtype=bool)
    held = np.zeros(n, dtype=bool)
    extremum = np.zeros(n, dtype=np.int64)
    ca, cb = np.zeros(n), np.zeros(n)
    constant_a = computed & (kind[a] == CONSTANT)
    constant_b = computed & (b >= 0) & (kind[b] == CONSTANT)
    for code, shape in enumerate(_SHAPES):
        rows = op == code
        if shape.linear:
            linear |= rows
            ca[rows] = shape.linear[0]
            cb[rows] = shape.linear[-1] if ROWS[code].arity == 2 else 0.0
        held |= rows & shape.held
        if shape.extremum:
            extremum[rows] = REDUCTIONS.index(shape.extremum)
        if shape.power:
            squares = np.flatnonzero(rows & constant_b & (data[b] == 2.0))
            product[squares] = True
            b = b.copy()
            b[squares] = a[squares]
        if shape.product:
            by_a = rows & constant_a
            product |= rows & ~constant_a & ~constant_b
            linear |= by_a
            cb[by_a] = data[a[by_a]]
        if shape.scale:
            by_b = np.flatnonzero(rows & constant_b)
            values, where = np.unique(data[b[by_b]], return_inverse=True)
            factor = np.array([ROWS[code].partials(FLOATS, 0.0, z, 0.0)[0] for z in values.tolist()])[where]
            by_b, factor = by_b[np.isfinite(factor)], factor[np.isfinite(factor)]
            linear[by_b] = True
            ca[by_b] = factor

    # A sum swallows the linear nodes and products that nothing else consumes. `into` points from
    # each to its consumer; following the pointers to the end by doubling finds the owner and the
    # product of the coefficients on the way in a logarithmic number of steps.
    uses = np.bincount(a[computed], minlength=n) + np.bincount(b[computed & (b >= 0)], minlength=n)
    into = np.arange(n)
    step = np.ones(n)
    for operand, factor in ((a, ca), (b, cb)):
        edge = np.flatnonzero(linear & (operand >= 0))
        edge = edge[(uses[operand[edge]] == 1) & (linear | product)[operand[edge]]]
        into[operand[edge]] = edge
        step[operand[edge]] = factor[edge]
    while (further := into[into] != into).any():
        step = np.where(further, step * step[into], step)
        into = into[into]
    chained = _extrema(tape, extremum, held, uses)
    into = np.where(chained == np.arange(n), into, chained)
    absorbed = into != np.arange(n)
    reduced = linear | held | (absorbed & (extremum > 0))

    units = np.flatnonzero(computed & ~absorbed)
    reduction = np.where((reduced | product)[units], 0, APPLY)
    top = units[held[units]]
    reduction[held[units]] = np.where(into[a[top]] == top, extremum[a[top]], 1)
    ca[held | (extremum > 0)] = cb[extremum > 0] = 1.0
    unit_of = np.full(n, -1)
    unit_of[units] = np.arange(len(units))

    # Every edge from a reduction to something not swallowed is a term; a swallowed product
    # gives its two factors.
    owners, xs, zs, factors, keys = [], [], [], [], []
    bias = np.zeros(len(units))
    for side, (operand, factor) in enumerate(((a, ca), (b, cb))):
        edge = np.flatnonzero(reduced & (operand >= 0))
        edge = edge[~(absorbed & reduced)[operand[edge]]]
        x, owner, c = operand[edge], unit_of[into[edge]], step[edge] * factor[edge]
        fixed = (kind[x] == CONSTANT) & linear[edge]
        np.add.at(bias, owner[fixed], c[fixed] * data[x[fixed]])
        edge, x, owner, c = edge[~fixed], x[~fixed], owner[~fixed], c[~fixed]
        inner = (absorbed & product)[x]
        owners.append(owner)
        xs.append(np.where(inner, a[x], x))
        zs.append(np.where(inner, b[x], -1))
        factors.append(c)
        keys.append(2 * edge + side)
    alone = np.flatnonzero(product & ~absorbed)
    owners.append(unit_of[alone])
    xs.append(a[alone])
    zs.append(b[alone])
    factors.append(np.ones(len(alone)))
    keys.append(2 * alone)
    owner = np.concatenate(owners)
    order = np.lexsort((np.concatenate(keys), owner))
    return Folded(
        kind,
        units,
        reduction,
        bias,
        owner[order],
        np.concatenate(xs)[order],
        np.concatenate(zs)[order],
        np.concatenate(factors)[order],
    )


def _extrema(tape: Tape, extremum: Ints, held: Any, uses: Ints) -> Ints:
    """For each maximum or minimum that joins others under a held node, that node; else itself."""
    n = len(tape)
    into = np.arange(n)
    for operand in (tape.a, tape.b):
        edge = np.flatnonzero((held | (extremum > 0)) & (operand >= 0))
        x = operand[edge]
        joins = (extremum[x] > 0) & (uses[x] == 1) & (held[edge] | (extremum[edge] == extremum[x]))
        into[x[joins]] = edge[joins]
    while (into[into] != into).any():
        into = into[into]
    return np.where(held[into], into, np.arange(n))


def _constants(tape: Tape, kind: Ints) -> Ints:
    """``kind`` with every node that depends on constants only marked as a constant itself."""
    varies = [k != CONSTANT and k != COMPUTED for k in kind.tolist()]
    for i, (a, b) in enumerate(zip(tape.a.tolist(), tape.b.tolist())):
        if a >= 0:
            varies[i] = varies[a] or (b >= 0 and varies[b])
    return np.where(np.array(varies) | (kind > 0), kind, CONSTANT)
