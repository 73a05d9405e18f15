"""Shares: what each operand of a formula gets of the formula's cotangent, read off the formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.formulas.expr import Expr, as_expr, symbol
from autodiff.formulas.textbook import TEXTBOOK
from autodiff.lifting.compile.elementary import array_function
from autodiff.lifting.formula import Access, Formula, Segment
from nn.judging.passes import Floats

__all__ = ["Share", "evaluated", "in_terms_of_value", "left_factor", "shares_of", "spread"]


@dataclass(frozen=True, eq=False)
class Share:
    """What an operand of a formula gets of the formula's cotangent d.

    Attributes:
        formula: whose cotangent it is a share of.
        access: where it goes.
        to: what that is called: the block, or the gate that is a part of it; "" if it goes to several blocks.
        kind: ``"product"``: d·other; ``"terms"``: d ⊙ other, or d; ``"rule"``: by the row of the formula.
        other: the other factor.
        segment: of the formula, but where it goes by a rule.
        rule: the share in the symbols x0, x1, …, y and d.
        left: whether the operand is the left one of a product.
    """

    formula: Formula
    access: Access
    kind: str
    to: str = ""
    other: Access | None = None
    segment: Segment | None = None
    rule: Expr | None = None
    left: bool = True


def shares_of(formula: Formula) -> Iterator[Share]:
    """The shares of a formula's cotangent."""
    if formula.thing is not None or formula.op is not None:
        for access, rule in zip(formula.operands, _rules(formula)):
            if rule is not None:
                yield Share(formula, access, "rule", rule=rule)
    for segment in formula.segments:
        kind = "product" if segment.kind == "matmul" else "terms"
        yield Share(formula, segment.x, kind, other=segment.z, segment=segment)
        if segment.z is not None and segment.z is not segment.x:
            yield Share(formula, segment.z, kind, other=segment.x, segment=segment, left=False)


def _rules(formula: Formula) -> list[Expr | None]:
    """The shares of the operands in a textbook's form, with y for what the formula computes."""
    x = [*map(symbol, formula.letters)]
    y, d = symbol("y"), symbol("d")
    if formula.thing is not None:
        shares = formula.shares(TEXTBOOK, d, of_steps=True)
        return [None if e is None else in_terms_of_value(e, formula.thing.name, ["x0"]) for e in shares]
    assert formula.op is not None
    partials = [as_expr(each) for each in formula.op.partials(TEXTBOOK, *x, y)]
    name = formula.op.name
    return [None if p.head == 0.0 else d * in_terms_of_value(p, name, formula.letters) for p in partials]


def in_terms_of_value(expr: Expr, function: str, of: Sequence[str]) -> Expr:
    """An expression with y in place of the call of a function of these symbols."""
    if expr.head == function and [each.head for each in expr.args] == [*of]:
        return symbol("y")
    return Expr(expr.head, tuple(in_terms_of_value(each, function, of) for each in expr.args))


def evaluated(expr: Expr, values: Mapping[str, Any], axes: Sequence[int] = ()) -> Any:
    """An expression whose symbols stand for arrays; a total, or an average, is one over the axes."""
    if isinstance(expr.head, float):
        return expr.head
    if not expr.args:
        return values[expr.head]
    operands = [evaluated(each, values, axes) for each in expr.args]
    if expr.head in ("total", "average"):
        reduce = np.sum if expr.head == "total" else np.mean
        return reduce(operands[0], axis=tuple(axes), keepdims=True)
    return array_function(expr.head)(*operands)


def left_factor(d: Floats, share: Share) -> Floats:
    """The cotangent of a product as a matrix, transposed for the operand that is transposed there."""
    d = d[:, None] if d.ndim == 1 else d  # of a matrix and a vector
    return d if share.left else np.swapaxes(d, -1, -2)


def spread(d: Floats, share: Share) -> Floats:
    """The cotangent of a sum, as each of its terms gets it."""
    assert share.segment is not None
    if share.segment.owner is not None:
        return np.asarray(d.ravel()[share.segment.owner])
    return d[..., None] if len(share.access.shape) > d.ndim else d
