"""Gradients held against finite differences, which know nothing of any derivative rule."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rich.table import Table

from autodiff.console import as_text
from autodiff.engine.value import Number, Value
from autodiff.transforms import grad

__all__ = ["Difference", "GradCheck", "central_difference", "gradcheck"]

EPSILON = sys.float_info.epsilon
STEP = EPSILON ** (1 / 3)


def central_difference(f: Callable[[float], float], x: float, step: float | None = None) -> float:
    """(f(x + h) - f(x - h)) / 2h, which misses f'(x) by about h²/6·f'''(x) + ε·f(x)/h.

    Args:
        f: any function of a float.
        x: where to take the slope.
        step: h; by default ε^(1/3) · max(1, |x|), which balances the two errors for a function
            whose size and curvature are about 1 (Nocedal & Wright 2006, section 8.1).
    """
    h = STEP * max(1.0, abs(x)) if step is None else step
    above, below = x + h, x - h
    return (f(above) - f(below)) / (above - below)


@dataclass(frozen=True)
class Difference:
    """One input's derivative, by the table of operations and by a central difference.

    Attributes:
        label: of the input, or its position among the inputs.
        value: of the input.
        analytic: ∂f/∂input by ``grad``.
        numeric: the same by a central difference, of ``step`` h.
        agrees: whether they differ by no more than the tolerances allow.
    """

    label: str
    value: float
    analytic: float
    numeric: float
    step: float
    agrees: bool

    @property
    def absolute(self) -> float:
        """|analytic - numeric|"""
        return abs(self.analytic - self.numeric)

    @property
    def relative(self) -> float:
        """The absolute difference, divided by the larger of the two; 0.0 where both are 0."""
        larger = max(abs(self.analytic), abs(self.numeric))
        return self.absolute / larger if larger else self.absolute


@dataclass(frozen=True)
class GradCheck:
    """What ``gradcheck`` found, one row per input. True if every row agrees; prints as a table."""

    rows: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return all(row.agrees for row in self.rows)

    def __rich__(self) -> Table:
        wrong = sum(not row.agrees for row in self.rows)
        verdict = f"{wrong} of {len(self.rows)} derivatives differ" if wrong else "all derivatives agree"
        table = Table("input", title=f"gradcheck: {verdict}", title_justify="left")
        for title in ("value", "analytic", "numeric", "absolute", "relative", "step"):
            table.add_column(title, justify="right")
        table.add_column("")
        for row in self.rows:
            numbers = (row.value, row.analytic, row.numeric)
            sizes = (row.absolute, row.relative, row.step)
            cells = [f"{number:.10g}" for number in numbers] + [f"{size:.1e}" for size in sizes]
            table.add_row(row.label, *cells, "ok" if row.agrees else "differs")
        return table

    def __str__(self) -> str:
        return as_text(self, width=160)

    __repr__ = __str__


def gradcheck(
    f: Callable[..., Value], inputs: Sequence[Value | Number], rtol: float = 1e-6, atol: float = 0.0
) -> GradCheck:
    """Compare the gradient of ``f(*inputs)`` with central differences, input by input.

    The data of one input after the other is moved and put back, so ``f`` may use its arguments
    or close over the inputs, as the loss of a model does over its parameters. Each input gets a
    step that suits it: of many, the one at which a smaller step changes the slope least.

    At a kink (``relu`` at 0) the two differ: the difference sees the mean of both sides.

    Args:
        f: returns the Value to differentiate, the same for the same data.
        inputs: leaf Values, or numbers, which become Values.
        rtol: the allowed difference, relative to the derivative.
        atol: an allowed difference on top of that, and of what rounding does to the numeric one.

    Raises:
        TypeError: if f does not return a Value.
        ValueError: if f has no finite value on both sides of an input.

    >>> bool(gradcheck(lambda x, y: x * y.exp(), [2.0, 0.5]))
    True
    """
    values = [each if isinstance(each, Value) else Value(each) for each in inputs]
    output = f(*values)
    if not isinstance(output, Value):
        kind = type(output).__name__
        raise TypeError(f"gradcheck() needs f to return a Value, got {kind}; .data cuts the graph")
    rows = []
    for i, (value, analytic) in enumerate(zip(values, grad(output, values), strict=True)):
        label = value.label or f"input {i}"
        numeric, step, error = _slope(partial(_moved, f, values, value), value.data, label)
        allowed = rtol * max(abs(analytic), abs(numeric)) + atol + 10.0 * error
        agrees = abs(analytic - numeric) <= allowed
        rows.append(Difference(label, value.data, analytic, numeric, step, agrees))
    return GradCheck(tuple(rows))


def _moved(f: Callable[..., Value], values: list[Value], value: Value, x: float) -> float:
    """The data of ``f(*values)`` while one of them holds x."""
    kept = value.data
    value.data = x
    try:
        return f(*values).data
    finally:
        value.data = kept


def _slope(f: Callable[[float], float], x: float, label: str) -> tuple[float, float, float]:
    """The most trustworthy central difference, its step and its likely error.

    The steps tried go down from a tenth of the size of x. The error of each is taken to be the
    change since the step before, which shows the curvature, plus the rounding of f. Steps that
    leave the domain of f are passed over.
    """
    found = []
    previous = math.nan
    for k in range(24):
        step = 0.1 * max(1.0, abs(x)) / 4**k
        try:
            above, below = f(x + step), f(x - step)
        except (ValueError, ArithmeticError):
            continue
        slope = (above - below) / ((x + step) - (x - step))
        error = abs(slope - previous) + EPSILON * max(abs(above), abs(below)) / step
        previous = slope
        if math.isfinite(error):
            found.append((error, slope, step))
    if not found:
        raise ValueError(f"gradcheck() found no finite f on both sides of {label} = {x!r}")
    error, slope, step = min(found)
    return slope, step, error
