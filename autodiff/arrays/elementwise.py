"""Rules element by element: a row of the table, or a few, for each element of operands that broadcast."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.arrays.array import Array, Mask, finished, values
from autodiff.engine.ops import OPS
from autodiff.engine.value import Value

__all__ = [
    "absolute",
    "add",
    "at_least",
    "at_most",
    "bitwise",
    "compared",
    "each",
    "equal",
    "greater",
    "greater_equal",
    "heaviside",
    "invert",
    "is_condition",
    "is_zero",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "multiply",
    "not_equal",
    "of_masks_too",
    "of_row",
    "off",
    "scaled",
    "subtract",
    "truth",
]

Rule = Callable[..., Any]


def each(rule: Callable[..., Any], arity: int) -> Rule:
    """A function of Values, for arrays of them; a number among its operands is one constant for all."""
    ufunc = np.frompyfunc(rule, arity, 1)

    def function(*operands: Any) -> Any:
        return finished(ufunc(*map(values, operands)))

    return function


def of_row(name: str) -> Rule:
    """The row of that name."""
    op = OPS[name]
    if name == "pow":
        return _power
    infix = getattr(operator, str(op.notation.operator), None) if op.notation.operator else None
    if infix is not None:
        return each(infix, op.arity)
    if op.arity == 1:
        return each(operator.methodcaller(name), 1)
    return each(lambda x, z: getattr(x, name)(z), 2)


def _power(x: Any, z: Any) -> Any:
    """xᶻ, where a number z stays one: its derivative need not be computed."""
    if isinstance(z, (int, float, np.number)):
        exponent = z.item() if isinstance(z, np.number) else z
        return each(lambda base: base**exponent, 1)(x)
    return each(operator.pow, 2)(x, z)


step, multiply, subtract = of_row("step"), of_row("mul"), of_row("sub")
absolute, negative, add = of_row("abs"), of_row("neg"), of_row("add")
at_least, at_most = of_row("at_least"), of_row("at_most")


def is_zero(operand: Any) -> bool:
    """Whether it is the number 0, written down."""
    return isinstance(operand, (bool, int, float, np.number)) and operand == 0


def _difference(x: Any, z: Any) -> Any:
    return x if is_zero(z) else negative(z) if is_zero(x) else subtract(x, z)


def masked(result: Any) -> Any:
    """Zeros and ones as a Mask; a single one stays a Value."""
    return result.view(Mask) if isinstance(result, Array) else result


def off(mask: Any) -> Any:
    """1 where the mask is 0, and else 0; a mask itself, so that an infinite slope behind it counts for
    nothing where it is 0."""
    return masked(step(subtract(1.0, mask)))


def greater(x: Any, z: Any) -> Any:
    """step(x - z)"""
    return masked(step(_difference(x, z)))


def less(x: Any, z: Any) -> Any:
    """step(z - x)"""
    return greater(z, x)


def greater_equal(x: Any, z: Any) -> Any:
    """step(1 - step(z - x))"""
    return off(greater(z, x))


def less_equal(x: Any, z: Any) -> Any:
    """step(1 - step(x - z))"""
    return off(greater(x, z))


def not_equal(x: Any, z: Any) -> Any:
    """step(|x - z|)"""
    return masked(step(absolute(_difference(x, z))))


def equal(x: Any, z: Any) -> Any:
    """step(1 - step(|x - z|))"""
    return off(not_equal(x, z))


def truth(x: Any) -> Any:
    """A Mask of what is not 0: a Mask itself, and the number of a bool."""
    if isinstance(x, Mask) or (isinstance(x, Value) and x.op == "step"):
        return x
    if isinstance(x, (Array, Value)):
        return not_equal(x, 0)
    array = np.asarray(x)
    if array.dtype == object:
        return not_equal(finished(values(array)), 0)
    return masked(finished(values(array != 0)))


def compared(relation: Rule, rule: Rule) -> Rule:
    """A comparison of Arrays by ``rule``; of single Values as Python does it, which decides, a choice."""

    def function(x: Any, z: Any) -> Any:
        if np.ndim(x) or np.ndim(z) or isinstance(x, Array) or isinstance(z, Array):
            return rule(x, z)
        return relation(
            *(each.item() if isinstance(each, (np.generic, np.ndarray)) else each for each in (x, z))
        )

    function.__doc__ = rule.__doc__
    return function


def logical_not(x: Any) -> Any:
    """step(1 - x)"""
    return off(truth(x))


def logical_and(x: Any, z: Any) -> Any:
    """step(x·z)"""
    return masked(step(multiply(truth(x), truth(z))))


def logical_or(x: Any, z: Any) -> Any:
    """step(x + z)"""
    return masked(step(add(truth(x), truth(z))))


def logical_xor(x: Any, z: Any) -> Any:
    """step(|x - z|)"""
    return not_equal(truth(x), truth(z))


def of_masks_too(rule: Rule, among_masks: Rule | None, instead: str = "") -> Rule:
    """Arithmetic, which among masks is what NumPy makes of it among bools, or refuses."""

    def function(*operands: Any) -> Any:
        if not (any(isinstance(each, Mask) for each in operands) and all(map(is_condition, operands))):
            return rule(*operands)
        if among_masks is None:
            raise TypeError(f"NumPy has no such operation among bools, and masks are bools: {instead}")
        return among_masks(*operands)

    return function


def scaled(factor: float) -> Rule:
    """factor·x"""
    return each(lambda x: factor * x, 1)


def heaviside(x1: Any, x2: Any) -> Any:
    """step(x) + step(1 - step(|x|))·h"""
    return add(step(x1), multiply(off(not_equal(x1, 0)), x2))


def bitwise(rule: Rule) -> Rule:
    """``&``, ``|`` and ``^`` of masks."""

    def function(x: Any, z: Any) -> Any:
        for operand in (x, z):
            if not is_condition(operand):
                raise TypeError(
                    "&, | and ^ combine masks, comparisons such as A > 0, and arrays of bools; put each in "
                    "parentheses: (A > 0) & (A < 1)"
                )
        return rule(x, z)

    function.__doc__ = rule.__doc__
    return function


def invert(x: Any) -> Any:
    """step(1 - x)"""
    if not is_condition(x):
        raise TypeError(
            "~ turns a mask around, a comparison such as A > 0; for the negative of numbers write -A"
        )
    return logical_not(x)


def is_condition(x: Any) -> bool:
    """Whether it is a mask, an element of one, or bools."""
    if isinstance(x, Mask) or (isinstance(x, Value) and x.op == "step"):
        return True
    return not isinstance(x, (Array, Value)) and np.asarray(x).dtype == bool
