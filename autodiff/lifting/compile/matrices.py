"""Matrices: expressions of matrices become calls, for one matrix, a stack of them, or one for each sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autodiff.formulas.expr import Expr
from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.compile.writer import Writer

__all__ = ["Matrices"]


class Matrices:
    """Writes the calls that compute expressions of matrices, in which equal parts are one.

    Args:
        writer: of the code.
        values: what symbols stand for, and whether that varies; samples are its last axis then.
        varies: whether results do.
    """

    def __init__(self, writer: Writer, values: Mapping[str, tuple[Array, bool]], varies: bool) -> None:
        self.writer, self.varies = writer, varies
        self._done: dict[Expr, Array] = {}
        self._values = {name: _as_matrix(array, varies) for name, (array, varies) in values.items()}

    def write(self, expr: Expr, out: Array) -> None:
        """``out = expr``."""
        target = _as_matrix(out, self.varies)
        negative = expr.head == "neg"
        if negative:
            expr = expr.args[0]
        value = self._of(expr, target if target.flags.c_contiguous else None)
        if negative:
            self.writer.call(np.negative, value, out=target)
        elif value is not target:
            self.writer.call(np.copyto, target, value)

    def _of(self, expr: Expr, target: Array | None = None) -> Array:
        if not expr.args:
            assert isinstance(expr.head, str)
            return self._values[expr.head]
        if expr not in self._done:
            operands = [self._of(each) for each in expr.args]
            if expr.head == "turned":
                return np.swapaxes(operands[0], -1, -2)
            self._done[expr] = self._call(_FUNCTIONS[str(expr.head)], operands, target)
        return self._done[expr]

    def _call(self, function: Callable[..., Any], operands: list[Array], target: Array | None) -> Array:
        shapes = [each.shape for each in operands]
        lead = np.broadcast_shapes(*(shape[:-2] for shape in shapes))
        shape = (*lead, shapes[0][-2], shapes[-1][-1])
        out = target if target is not None and target.shape == shape else np.empty(shape, self.writer.dtype)
        self.writer.call(function, *operands, out=out)
        return out


def _as_matrix(array: Array, varies: bool) -> Array:
    """A view of an array as matrices, in front of which samples are."""
    if varies:
        array = np.moveaxis(array, -1, 0)
    return array[..., None] if array.ndim - varies == 1 else array


def _solve(a: Array, b: Array, out: Array) -> None:
    """out = a⁻¹·b; nan if a is singular. Of that and of an overflow NumPy is told by an invalid operation."""
    try:
        out[...] = np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        out[...] = np.nan
    if not np.isfinite(out).all():
        np.subtract(np.inf, np.inf)


def _inverse(a: Array, out: Array) -> None:
    """out = a⁻¹, likewise."""
    _solve(a, np.eye(a.shape[-1], dtype=out.dtype), out)


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "product": np.matmul,
    "solved": _solve,
    "inverse": _inverse,
}
