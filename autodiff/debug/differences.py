"""Gradients held against finite differences, which know nothing of any derivative rule."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

from autodiff.engine.value import Number, Value
from autodiff.nesting import flat_values, mapped
from autodiff.transforms import grad

__all__ = ["Difference", "GradCheck", "central_difference", "gradcheck"]

EPSILON = sys.float_info.epsilon
STEP = EPSILON ** (1 / 3)
SMALL = 1e-6  # an error of a difference that is taken for 0
TINY = sys.float_info.min
NOISE = "rounding of f hides the slope"
CONTRADICTION = "differences of different steps contradict each other: noise, or an oscillation"


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


Outcome = Literal["agrees", "differs", "undecided"]


@dataclass(frozen=True)
class Difference:
    """One input's derivative, by the table of operations and by a central difference.

    Attributes:
        label: of the input, or its position among the inputs.
        value: of the input.
        analytic: ∂f/∂input by ``grad``.
        numeric: the same by a central difference, of ``step`` h.
        error: how far the numeric one may be off, by what it changes from step to step.
        outcome: "agrees", "differs", or "undecided" where the differences cannot tell.
        why: what makes it undecided, else "".
    """

    label: str
    value: float
    analytic: float
    numeric: float
    step: float
    error: float
    outcome: Outcome
    why: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the two were found to be the same."""
        return self.outcome == "agrees"

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
    """What ``gradcheck`` found, one row per input. True only if every row agrees; prints as a table."""

    rows: tuple[Difference, ...]

    # The import of rich waits for a table: it is a seventh of the time that importing autodiff may take.

    @property
    def outcome(self) -> Outcome:
        """ "differs" if a row does, else "undecided" if one is, else "agrees"."""
        outcomes = {row.outcome for row in self.rows}
        return "differs" if "differs" in outcomes else "undecided" if "undecided" in outcomes else "agrees"

    def __bool__(self) -> bool:
        return self.outcome == "agrees"

    def __rich__(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        count = Counter(row.outcome for row in self.rows)
        of = f"of {len(self.rows)} derivatives"
        verdict = "all derivatives agree"
        if count["undecided"]:
            verdict = f"{count['undecided']} {of} undecided"
        if count["differs"]:
            verdict = f"{count['differs']} {of} differ"
        table = Table("input", title=f"gradcheck: {verdict}", title_justify="left")
        for title in ("value", "analytic", "numeric", "absolute", "relative", "step"):
            table.add_column(title, justify="right")
        table.add_column("")
        for row in self.rows:
            numbers = (row.value, row.analytic, row.numeric)
            sizes = (row.absolute, row.relative, row.step)
            cells = [f"{number:.10g}" for number in numbers] + [f"{size:.1e}" for size in sizes]
            said = "ok" if row.agrees else f"undecided: {row.why}" if row.why else "differs"
            table.add_row(Text(row.label), *cells, Text(said))  # a label may look like markup
        return table

    def __str__(self) -> str:
        from autodiff.console import as_text

        return as_text(self, width=160)

    __repr__ = __str__


def gradcheck(
    f: Callable[..., Value], inputs: Sequence[Any], rtol: float = 1e-6, atol: float = 0.0
) -> GradCheck:
    """Compare the gradient of ``f(*inputs)`` with central differences, input by input.

    The data of one input after the other is moved and put back, so ``f`` may use its arguments
    or close over the inputs, as the loss of a model does over its parameters. Each input gets a
    step that suits it: of many, the one at which a smaller step changes the slope least.

    A difference has an error of its own, which is estimated from what it changes from step to step. Where
    that is as large as the derivative, it is "undecided" whether the two agree: rounding noise, an
    oscillation faster than any step resolves, a kink at the input (``relu`` at 0, where the
    difference sees the mean of both sides), or a function that gives other values for the same data.

    Args:
        f: returns the Value to differentiate, the same for the same data.
        inputs: the arguments of f: leaf Values, or numbers, which become Values, also in dicts and lists.
        rtol: the allowed difference, relative to the derivative.
        atol: an allowed difference on top of that, and of what rounding does to the numeric one.

    Raises:
        TypeError: if f does not return a Value.
        ValueError: if f has no finite value on both sides of an input.

    >>> bool(gradcheck(lambda x, y: x * y.exp(), [2.0, 0.5]))
    True
    """
    arguments = mapped(_as_leaf, [*inputs])
    values = flat_values(arguments)
    output = f(*arguments)
    if not isinstance(output, Value):
        kind = type(output).__name__
        raise TypeError(f"gradcheck() needs f to return a Value, got {kind}; .data cuts the graph")
    impure = f(*arguments).data != output.data
    rows = []
    for i, (value, analytic) in enumerate(zip(values, grad(output, values), strict=True)):
        label = value.label or f"input {i}"
        along = partial(_moved, f, arguments, value)
        slopes = _slopes(along, value.data, label)
        best = min(slopes)
        outcome, why = _judged(analytic, slopes, rtol, atol)
        if impure:
            outcome, why = "undecided", "f gives another value for the same data"
        elif outcome != "undecided" and _kink(along, value.data, output.data, analytic, best):
            outcome, why = "undecided", "a kink at the input, the slope is between those of its two sides"
        rows.append(Difference(label, value.data, analytic, best.slope, best.step, best.error, outcome, why))
    return GradCheck(tuple(rows))


class _Slope(NamedTuple):
    """A central difference; the smallest is the one with the smallest error."""

    error: float
    slope: float
    step: float


def _judged(analytic: float, slopes: Sequence[_Slope], rtol: float, atol: float) -> tuple[Outcome, str]:
    """The outcome for one input, by the slopes whose errors are the least in size and in proportion."""
    surest = min(slopes), min(slopes, key=lambda each: each.error / max(abs(each.slope), TINY))
    if not math.isfinite(analytic):
        return "differs" if _resolved(surest[1]) else "undecided", "" if _resolved(surest[1]) else NOISE
    near = [_near(analytic, each, rtol, atol) for each in surest]
    if not any(near):
        others = [each for each in slopes if _resolved(each) and _contradicts(each, surest[0])]
        if any(_near(analytic, each, rtol, atol) for each in others):
            return "undecided", CONTRADICTION
        return "differs", ""
    if not all(near):
        return "undecided", CONTRADICTION
    zero = analytic == 0.0 and surest[0].error <= SMALL
    if zero or _resolved(surest[1]) or 10.0 * surest[0].error <= atol:
        return "agrees", ""
    return "undecided", NOISE


def _near(analytic: float, each: _Slope, rtol: float, atol: float) -> bool:
    larger = max(abs(analytic), abs(each.slope))
    return abs(analytic - each.slope) <= rtol * larger + atol + 10.0 * each.error


def _contradicts(each: _Slope, surest: _Slope) -> bool:
    """Whether two differences are farther apart than their errors, as they are not of a smooth function."""
    return abs(each.slope - surest.slope) > 10.0 * (each.error + surest.error)


def _resolved(each: _Slope) -> bool:
    """Whether the error is small against the slope."""
    return 10.0 * each.error <= 1e-2 * abs(each.slope)


def _kink(f: Callable[[float], float], x: float, y: float, analytic: float, best: _Slope) -> bool:
    """Whether the slopes of the two sides stay apart as the step gets smaller, and ``analytic`` is one of
    them or between them."""
    gaps = []
    for step in (best.step, best.step / 64.0):
        try:
            left, right = (y - f(x - step)) / step, (f(x + step) - y) / step
        except (ValueError, ArithmeticError):
            return False
        gaps.append(abs(right - left))
    room = 1e-6 * abs(right - left)
    between = min(left, right) - room <= analytic <= max(left, right) + room
    seen = gaps[0] > max(20.0 * best.error, 1e-3 * max(abs(left), abs(right)))
    return between and seen and gaps[1] > 0.5 * gaps[0]


def _as_leaf(given: Value | Number) -> Value:
    return given if isinstance(given, Value) else Value(given)


def _moved(f: Callable[..., Value], arguments: Sequence[Any], value: Value, x: float) -> float:
    """The data of ``f(*arguments)`` while a Value among them holds x."""
    kept = value.data
    value.data = x
    try:
        return f(*arguments).data
    finally:
        value.data = kept


def _slopes(f: Callable[[float], float], x: float, label: str) -> list[_Slope]:
    """Central differences, the steps going down from a tenth of 1, or of the size of x; of a tiny x too.

    The error of each is taken to be the change since the step before, which shows the curvature, plus
    the rounding of f. Steps that leave the domain of f are passed over.
    """
    largest = [0.1 * max(1.0, abs(x))]
    if 0.0 < abs(x) < largest[0] / 4**20:
        largest.append(0.1 * abs(x))
    slopes = []
    for first in largest:
        previous = math.nan
        for step in (first / 4**k for k in range(24)):
            if x + step == x - step:
                break
            try:
                above, below = f(x + step), f(x - step)
            except (ValueError, ArithmeticError):
                continue
            slope = (above - below) / ((x + step) - (x - step))
            error = abs(slope - previous) + EPSILON * max(abs(above), abs(below)) / step
            previous = slope
            if math.isfinite(error):
                slopes.append(_Slope(error, slope, step))
    if not slopes:
        raise ValueError(f"gradcheck() found no finite f on both sides of {label} = {x!r}")
    return slopes
