"""Slopes of elementwise functions, and how messages speak of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.formulas.expr import Expr, as_expr, symbol
from autodiff.formulas.textbook import TEXTBOOK
from autodiff.lifting.formula import Formula
from autodiff.lifting.things import SIGMOID, SOFTMAX
from nn.judging.lifted_backward import Flow, LiftedBackward
from nn.judging.passes import Floats
from nn.judging.shares import evaluated, in_terms_of_value

__all__ = [
    "ACTIVATIONS",
    "function_name",
    "named",
    "operand_of",
    "slope_at_output",
    "slopes",
    "substituted",
]

ACTIVATIONS = ("sigmoid", "tanh", "relu")
"""Those that are taken for one another."""


def operand_of(formula: Formula) -> int:
    """Which operand of a formula is none of the constants, where there is only one; else -1."""
    found = [i for i, a in enumerate(formula.operands) if a.block is None or a.block.role != "constant"]
    return found[0] if len(found) == 1 else -1


def function_name(formula: Formula) -> str:
    """What an elementwise function is called."""
    if formula.thing is not None:
        return formula.thing.name
    assert formula.op is not None
    return "relu" if formula.op.name in ("maximum", "at_least") else formula.op.name


def substituted(expr: Expr, new: Mapping[str, Expr]) -> Expr:
    """An expression with others in place of symbols, all at once."""
    if not expr.args:
        return new.get(str(expr.head), expr)
    return Expr(expr.head, tuple(substituted(each, new) for each in expr.args))


def slope_at_output(name: str) -> Expr:
    """The slope of a function of the table as a textbook writes it, in terms of its value y, and, if it
    needs it, of x0."""
    x, y = symbol("x0"), symbol("y")
    return in_terms_of_value(as_expr(OPS[name].partials(TEXTBOOK, x, y)[0]), name, ["x0"])


def named(lifted: LiftedBackward, formula: Formula, expr: Expr) -> str:
    """An expression with the names of blocks."""
    names = {"y": symbol(formula.block.name), "d": symbol(f"d{formula.block.name}")}
    for i, access in enumerate(formula.operands):
        block = access.block
        name = block.name if block is not None and block.role != "constant" else "…"
        if block is not None and block.role == "constant":
            numbers = np.unique(lifted.values[access.positions])
            name = f"{numbers[0]:g}" if len(numbers) == 1 else "Y"
        names[f"x{i}"] = symbol(name)
    names |= {x: symbol("s") for x in formula.letters[len(formula.operands) :]}
    text = substituted(expr, names).text()
    return text.replace("**2", "²").replace("*", "·").replace("total(", "Σ(").replace("average(", "mean(")


def slopes(lifted: LiftedBackward, formula: Formula) -> Iterator[tuple[str, Callable[[Flow], Floats]]]:
    """The slope of an elementwise function of one operand, by its name; of softmax the diagonal of it."""
    i = operand_of(formula)
    if i < 0 or formula.block.dims != formula.operands[i].shape:
        return
    if formula.thing in (SIGMOID, SOFTMAX):
        slope = slope_at_output("sigmoid")
    elif formula.op is not None:
        x = [symbol(f"x{k}") for k in range(len(formula.operands))]
        partial = as_expr(formula.op.partials(TEXTBOOK, *x, symbol("y"))[i])
        slope = in_terms_of_value(partial, formula.op.name, formula.letters)
    else:
        return
    block = formula.operands[i].block
    name = f"{function_name(formula)}′({block.name if block is not None else '…'})"
    number = lifted.index(formula)

    def values(flow: Flow) -> Floats:
        mine = flow.of.plan.formulas[number]
        found = {f"x{k}": flow.read(access) for k, access in enumerate(mine.operands)}
        return np.asarray(evaluated(slope, found | {"y": flow.value(mine.block)}, mine.axes))

    yield name, values
