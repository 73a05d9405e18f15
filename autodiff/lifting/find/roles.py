"""Roles: what each operation of a graph is to a sum, read off the table's own rules.

3·x, x - z and x + z are linear, x·z is a product, x² is the product x·x, max(x, z) may be the largest of
more, and x/4 is the coefficient ¼. Nothing here knows a name of an operation: a row is linear because its
derivatives are numbers, and a product because they are the other factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import Op
from autodiff.formulas.expr import CODE, Expr, symbol
from autodiff.lifting.record import LEAF, ROWS, Floats, Ints, Tape

__all__ = ["COMPUTED", "CONSTANT", "REDUCTIONS", "Bools", "Roles", "mark_constants", "roles_of"]

Bools = npt.NDArray[np.bool_]

CONSTANT, COMPUTED = 0, -1
REDUCTIONS = ("add", "maximum", "minimum", "largest", "smallest", "hypot")
"""How a unit's terms are put together, by number; no gradient passes a maximum or minimum, to a largest or
smallest it goes, and to the root of a sum of squares."""


@dataclass(frozen=True)
class _Shape:
    """What kind of operation a row is, as far as folding goes."""

    linear: tuple[float, ...] | None = None  # y = p·x + q·z with constant p, q
    product: bool = False  # y = x·z
    power: bool = False  # y = xᶻ, so z = 2 makes a product x·x
    scale: bool = False  # y = f(z)·x, so a constant z makes a coefficient f(z)
    extremum: str = ""  # y = max(x, z) or min(x, z)
    detached: bool = False  # y = x, and no gradient passes


@cache
def _shape(op: Op) -> _Shape:
    x, z, y = symbol("x"), symbol("z"), symbol("y")
    operands = (x, z)[: op.arity]
    partials = op.partials(CODE, *operands, y)
    if op.linear:
        return _Shape(linear=op.linear)
    if not any(isinstance(partial, Expr) for partial in partials):
        return _Shape(detached=op.forward(CODE, *operands) is x)
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
    return expr.head in names or any(_mentions(operand, names) for operand in expr.args)


@dataclass(frozen=True)
class Roles:
    """What each of N nodes does with its operands a and b.

    Attributes:
        b: (N,) the tape's b; for squares, which are products, the same as a.
        linear: (N,) whether it is ca·a + cb·b.
        product: (N,) whether it is a·b.
        detached: (N,) whether it is a, and no gradient passes.
        extremum: (N,) index into ``REDUCTIONS`` of the largest or smallest of a and b, else 0.
        ca, cb: (N,) coefficients.
    """

    b: Ints
    linear: Bools
    product: Bools
    detached: Bools
    extremum: Ints
    ca: Floats
    cb: Floats


def roles_of(tape: Tape, kind: Ints) -> Roles:
    """The roles of the nodes of ``tape``, of which ``kind`` (N,) says what each is: see ``Folded``."""
    n = len(tape)
    a, b, data = tape.a, tape.b, tape.data
    computed = kind == COMPUTED
    op = np.where(computed, tape.op, LEAF)
    constant = kind == CONSTANT
    linear, product, detached = (np.zeros(n, dtype=bool) for _ in range(3))
    extremum = np.zeros(n, dtype=np.int64)
    ca, cb = np.zeros(n), np.zeros(n)
    for code in np.flatnonzero(np.bincount(op - LEAF, minlength=len(ROWS) + 1)[1:]).tolist():
        shape = _shape(ROWS[code])
        rows = np.flatnonzero(op == code)
        if shape.linear:
            linear[rows] = True
            ca[rows] = shape.linear[0]
            cb[rows] = shape.linear[-1] if ROWS[code].arity == 2 else 0.0
        detached[rows] = shape.detached
        if shape.extremum:
            extremum[rows] = REDUCTIONS.index(shape.extremum)
        if shape.power:
            squares = rows[constant[b[rows]] & (data[b[rows]] == 2.0)]
            product[squares] = True
            b = b.copy()
            b[squares] = a[squares]
        by_a, by_b = constant[a[rows]], constant[b[rows]]
        if shape.product:
            product[rows[~by_a & ~by_b]] = True
            linear[rows[by_a]] = True
            cb[rows[by_a]] = data[a[rows[by_a]]]
        if shape.scale:
            scaled = rows[by_b]
            values, where = np.unique(data[b[scaled]], return_inverse=True)
            factors = [ROWS[code].partials(FLOATS, 0.0, z, 0.0)[0] for z in values.tolist()]
            factor = np.array(factors, dtype=np.float64)[where]
            finite = np.isfinite(factor)
            linear[scaled[finite]] = True
            ca[scaled[finite]] = factor[finite]
    return Roles(b, linear, product, detached, extremum, ca, cb)


def mark_constants(tape: Tape, kind: Ints) -> Ints:
    """``kind`` with every node that depends on constants only marked as a constant itself."""
    constant = kind == CONSTANT
    a, b = tape.a, tape.b
    if not (constant[a] & (constant[b] | (b < 0)) & (a >= 0)).any():
        return kind
    known = constant.tolist()
    for i, (p, q) in enumerate(zip(a.tolist(), b.tolist())):
        if p >= 0:
            known[i] = known[p] and (q < 0 or known[q])
    return np.where(known, CONSTANT, kind)
