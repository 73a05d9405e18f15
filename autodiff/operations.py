"""``operation``: rows of one's own, added to the table from outside.

A row says how a number is computed and what its slopes are, in functions that may be anything: numbers,
arrays, Values, expressions. What is asked of a rule for that is checked here, before anything knows of it.
"""

from __future__ import annotations

import inspect
import keyword
import math
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from autodiff import functions
from autodiff.debug.differences import gradcheck
from autodiff.engine.errors import did_you_mean
from autodiff.engine.methods import give_method
from autodiff.engine.namespaces import ARRAYS, FLOATS, Namespace
from autodiff.engine.notation import AS_A_CALL, typeset
from autodiff.engine.ops import OPS, Op
from autodiff.engine.primitives import PRIMITIVES
from autodiff.engine.tracing import functions_of
from autodiff.engine.value import Value, apply, record
from autodiff.functions.dispatch import apply_row, row_function
from autodiff.transforms import grad

__all__ = ["Operation", "operation"]

Rule = Callable[..., Any]
Point = tuple[float, ...]

# Where a rule is tried, as far as its domain reaches: generic numbers, none of which is a usual kink.
POINTS = (-2.13, -0.71, -0.29, 0.37, 0.83, 1.61, 3.19)
SECOND = (0.47, 1.87, -0.53, 2.71, 0.91, -1.39, 0.23)
NEAR = 2.0**-36


class Operation:
    """A row of one's own, as a function of numbers, Values and arrays; see ``operation``.

    In a ``with`` statement it is in the table until the end of the block.

    Attributes:
        row: what the table holds.
    """

    def __init__(self, row: Op) -> None:
        self.row = row
        self.__name__ = self.__qualname__ = row.name
        self.__doc__ = row_function(row, __name__).__doc__

    def __call__(self, *operands: Any) -> Any:
        return apply_row(self.row, *operands)

    def remove(self) -> None:
        """Take the row out of the table. Graphs and programs that have it keep their numbers and first
        derivatives; what looks a rule up by its name will not find it."""
        if OPS.get(self.row.name) is self.row:
            del OPS[self.row.name]
            delattr(Value, self.row.name)
            delattr(functions, self.row.name)

    def __enter__(self) -> Operation:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<operation {self.row.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Operation, (self.row,)  # a row of the table is pickled by its name


def operation(
    name: str,
    forward: Rule,
    partials: Rule,
    *,
    symbol: str = "",
    latex: str = "",
    defaults: Sequence[float] = (),
    flat: Rule | None = None,
    mask: bool = False,
    at: Iterable[float | Sequence[float]] = (),
) -> Operation:
    """Add a row to the table of operations, and get it as a function.

    From then on it is what the table's own rows are: a function and a method of Values, differentiable any
    number of times, written in formulas, known to ``lift``, ``explain``, pictures and the explorer.

    Args:
        name: of the function and the method.
        forward: ``forward(m, x)`` or ``forward(m, x, z)``, the value y. All functions are taken from m,
            which has those of the table, so that the rule can be applied to floats, arrays, Values and
            expressions: ``m.exp(x)``, and ``m.choose(c, a, b)`` for a where c > 0, else b.
        partials: ``partials(m, x, y)`` or ``partials(m, x, z, y)``, a tuple of the derivatives ∂y/∂x and
            ∂y/∂z, written with m as well. Of one operand it may be the derivative itself.
        symbol: what stands for it in pictures, by default the name.
        latex: how it is typeset, with ``{}`` for each operand; by default as a call.
        defaults: of trailing operands that may be left out.
        flat, mask: see ``autodiff.engine.ops.Op``.
        at: points of its domain, numbers or pairs of them, where the rules are tried; for functions
            that are not defined at usual numbers.

    Raises:
        TypeError: for rules that cannot be applied to all of the above.
        ValueError: for a name that is taken, a wrong number of derivatives, and for derivatives that are
            not those of the value, by finite differences at some points.

    >>> with operation("softsign", lambda m, x: x / (1 + m.abs(x)), lambda m, x, y: (1 - m.abs(y)) ** 2) as f:
    ...     x = Value(1.0, "x")
    ...     f(x), x.softsign().data, f(-3.0)
    (Value(0.5, grad=0.0), 0.5, -0.75)
    """
    known = OPS.get(name)
    if (
        known is not None
        and _same(known.forward, forward)
        and _same(_given(known.partials), _given(partials))
    ):
        return Operation(known)  # as when a cell of a notebook is run again
    _check_name(name)
    arity = _arity(name, forward, partials)
    rule = _as_tuples(name, forward, partials, arity)
    notation = typeset(_escaped(latex, arity)) if latex else AS_A_CALL
    row = Op(name, symbol or name, forward, rule, notation, tuple(map(float, defaults)), flat, mask)
    points = _points(row, at)
    _check_slopes(row, points)
    _check_arrays(row, points)
    new = Operation(row)
    OPS[name] = row
    give_method(Value, row, record, apply)
    setattr(functions, name, new)
    try:
        _check_recorded(row, points)
    except Exception:
        new.remove()
        raise
    return new


def _same(rule: Rule, other: Rule) -> bool:
    """Whether two functions are the same code, with no variables around them."""
    if rule is other:
        return True
    if not isinstance(rule, FunctionType) or not isinstance(other, FunctionType):
        return False
    one, two = rule.__code__, other.__code__
    around = rule.__closure__ or other.__closure__ or rule.__defaults__ or other.__defaults__
    same = (one.co_code, one.co_consts, one.co_names) == (two.co_code, two.co_consts, two.co_names)
    return same and not around


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name[0] == "_":
        raise ValueError(f"an operation's name is that of a function and a method, got {name!r}")
    if name in OPS and isinstance(getattr(functions, name), Operation):
        raise ValueError(
            f"there is an operation {name!r} with other rules; take it away first: {name}.remove()"
        )
    stem = name.removesuffix("_slope")
    if name in {*OPS, *PRIMITIVES} or hasattr(Namespace, name):
        raise ValueError(f"the table has an operation {name!r} already; give this one another name")
    if hasattr(Value, name) or hasattr(functions, name):
        raise ValueError(f"{name!r} is the name of something else that Values or autodiff have; take another")
    if stem in OPS and stem != name:
        raise ValueError(f"{name!r} would be taken for the slope of {stem!r}; give it another name")


def _arity(name: str, forward: Rule, partials: Rule) -> int:
    """The number of operands, by which the parameters of both rules are checked."""
    for rule in (forward, partials):
        if not callable(rule):
            raise TypeError(f"{name}: forward and partials are functions, got {rule!r:.60}")
    arity = len(inspect.signature(forward).parameters) - 1
    if arity not in (1, 2):
        raise TypeError(
            f"{name}: forward takes m and then one operand or two, forward(m, x) or forward(m, x, z); it "
            f"takes {arity + 1} in all"
        )
    wanted = "(m, x, y)" if arity == 1 else "(m, x, z, y)"
    got = len(inspect.signature(partials).parameters)
    if got != arity + 2:
        raise TypeError(f"{name}: partials takes {wanted}, where y is the value; it takes {got} in all")
    return arity


def _as_tuples(name: str, forward: Rule, partials: Rule, arity: int) -> Rule:
    """``partials`` as a rule that gives a tuple, after both rules were tried on operands nobody knows."""
    _traced(name, "forward", forward, arity)
    result = _traced(name, "partials", partials, arity + 1)
    if not isinstance(result, (tuple, list)):
        if arity == 2:
            raise ValueError(f"{name} has two operands, so partials gives a pair, (∂y/∂x, ∂y/∂z)")
        return _Single(partials)
    if len(result) != arity:
        operands = "one operand" if arity == 1 else "two operands"
        raise ValueError(f"{name} has {operands}, and partials gives {len(result)} derivative(s)")
    if any(part is None for part in result):
        raise TypeError(f"{name}: partials gives None for a derivative; one that is always 0 is 0.0")
    return partials


class _Single:
    """A rule of one derivative, without the tuple."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __call__(self, m: Any, x: Any, y: Any) -> tuple[Any]:
        return (self.rule(m, x, y),)


def _given(partials: Rule) -> Rule:
    return partials.rule if isinstance(partials, _Single) else partials


def _traced(name: str, which: str, rule: Rule, operands: int) -> Any:
    try:
        asked, result = functions_of(rule, operands)
    except (TypeError, AttributeError) as error:
        raise TypeError(
            f"{name}: {which} is applied to floats, arrays, Values and expressions alike, so it takes its "
            f"functions from m, m.exp(x) for math.exp(x) and m.abs(x) for abs(x), and chooses by "
            f"m.choose(c, a, b), a where c > 0 else b, in place of if; it raised "
            f"{type(error).__name__}: {error}"
        ) from error
    for function in asked:
        if function not in {*OPS, *PRIMITIVES} and not hasattr(Namespace, function):
            hint = did_you_mean(function, [*OPS, *PRIMITIVES])
            raise TypeError(
                f"{name}: {which} asks for m.{function}, which there is not{'; ' * bool(hint)}{hint}"
            )
    if result is None:
        raise TypeError(f"{name}: {which} gives None; a function that forgot its return gives None")
    return result


def _escaped(latex: str, arity: int) -> str:
    r"""A template with ``{}`` for operands as ``str.format`` wants it: ``\sqrt{{}}`` as ``\sqrt{{{}}}``."""
    if latex.count("{}") != arity:
        raise ValueError(f"latex has a place {{}} for each of {arity} operand(s), got {latex!r}")
    return "{}".join(part.replace("{", "{{").replace("}", "}}") for part in latex.split("{}"))


def _points(row: Op, at: Iterable[float | Sequence[float]]) -> list[Point]:
    """Points of the domain to try the rules at.

    Raises:
        ValueError: where there are less than two.
    """
    said = [tuple(map(float, np.ravel(point))) for point in at]
    for point in said:
        if len(point) != row.arity:
            raise ValueError(f"{row.name} has {row.arity} operand(s), got at={point}")
    usual = [(x,) for x in POINTS] if row.arity == 1 else [*zip(POINTS, SECOND)]
    points = [point for point in said or usual if _is_defined(row, point)]
    if len(points) < len(said) or len(points) < 2:
        where = ", ".join(map(repr, [point[0] if row.arity == 1 else point for point in said or usual]))
        raise ValueError(
            f"{row.name} is tried at two points of its domain or more, and of {where} it is defined at "
            f"{len(points)}; name points where it is, at=[...]"
        )
    return points


def _is_defined(row: Op, point: Point) -> bool:
    try:
        y = row.forward(FLOATS, *point)
        return all(map(math.isfinite, (y, *row.partials(FLOATS, *point, y))))
    except (ValueError, ArithmeticError):
        return False


def _check_slopes(row: Op, points: Sequence[Point]) -> None:
    agreed = 0
    for point in points:
        check = gradcheck(lambda *operands: record(row, *operands), list(point))
        for name, each in zip("xz", check.rows):
            if each.outcome == "differs":
                raise ValueError(
                    f"{row.name}: at {_named(point)} partials gives ∂y/∂{name} = {each.analytic:.10g}, and "
                    f"the values of forward change by {each.numeric:.10g}; one of the two rules is wrong"
                )
            agreed += each.outcome == "agrees"
    if not agreed:
        raise ValueError(f"{row.name}: finite differences tell nothing at any point; name others, at=[...]")


def _check_arrays(row: Op, points: Sequence[Point]) -> None:
    """The rules on arrays give what they give on floats."""
    columns = [np.array(column) for column in zip(*points)]
    try:
        y = row.forward(ARRAYS, *columns)
        together = [y, *row.partials(ARRAYS, *columns, y)]
    except (TypeError, ValueError) as error:
        raise TypeError(f"{row.name}: on arrays its rules raise {type(error).__name__}: {error}") from error
    for i, point in enumerate(points):
        alone = row.forward(FLOATS, *point)
        numbers = [alone, *row.partials(FLOATS, *point, alone)]
        for number, array in zip(numbers, together):
            _check_close(row, point, number, float(np.broadcast_to(array, len(points))[i]), "arrays")


def _check_recorded(row: Op, points: Sequence[Point]) -> None:
    """The derivatives that are recorded as a graph are those of the node."""
    for point in points:
        operands = [Value(x) for x in point]
        y = record(row, *operands)
        for local, recorded in zip(y.local_derivatives, grad(y, operands, create_graph=True)):
            _check_close(row, point, local, recorded.data, "Values")


def _check_close(row: Op, point: Point, number: float, other: float, kind: str) -> None:
    if abs(number - other) > NEAR * max(1.0, abs(number)):
        raise ValueError(
            f"{row.name}: at {_named(point)} its rules give {number!r} for floats and {other!r} for {kind}; "
            "a rule is arithmetic and functions of m, and depends on nothing else"
        )


def _named(point: Point) -> str:
    return ", ".join(f"{name} = {x:g}" for name, x in zip("xz", point))
