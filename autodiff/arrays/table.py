"""The table of NumPy's functions on Arrays, and what each records.

``FUNCTIONS`` is the only list of them. ``dispatch`` takes from it what NumPy and the methods of Array do,
the page "NumPy on Values" of the reference is printed from it, and the tests go through it.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.arrays import (
    calculus,
    choosing,
    decisions,
    elementwise,
    filling,
    linear_algebra,
    products,
    reductions,
    shapes,
)
from autodiff.arrays.elementwise import each, of_masks_too, of_row, scaled
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS

__all__ = ["FUNCTIONS", "Supported"]


@dataclass(frozen=True)
class Supported:
    """One function of NumPy's on Arrays.

    Attributes:
        name: as people write it, ``np.linalg.norm``.
        function: NumPy's own.
        record: what is called in its place.
        records: what the result is made of, a line of the documentation.
        group: heading under which it is listed.
    """

    name: str
    function: Callable[..., Any]
    record: Callable[..., Any]
    records: str
    group: str


Rule = Callable[..., Any] | tuple[Callable[..., Any], str]
"""What is called in place of a function, and, where its docstring does not say it, what that records."""


def _supported(group: str, rules: Mapping[str, Rule]) -> list[Supported]:
    """The entries of a group, by names in NumPy; one that this NumPy does not have is left out."""
    entries = []
    for name, rule in rules.items():
        function = _in_numpy(name)
        record, records = rule if isinstance(rule, tuple) else (rule, _first_line(rule))
        if function is not None:
            entries.append(Supported(f"np.{name}", function, record, records, group))
    return entries


def _in_numpy(name: str) -> Any:
    function: Any = np
    for part in name.split("."):
        function = getattr(function, part, None)
    return function


def _first_line(rule: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(rule) or "").partition("\n\n")[0].split())


def _row(name: str) -> Rule:
    return of_row(name), f"the row ``{name}``"


def _moved(*names: str) -> dict[str, Rule]:
    return {
        name: (shapes.moved(function), "the same Values, moved")
        for name in names
        if (function := _in_numpy(name)) is not None
    }


_ROWS = {
    ufunc.__name__: _row(op.name)
    for op in OPS.values()
    if isinstance(ufunc := getattr(type(ARRAYS), op.name, None), np.ufunc)
}
# fmt: off
_SHAPES = [
    "reshape", "ravel", "transpose", "matrix_transpose", "permute_dims", "swapaxes", "moveaxis", "rollaxis",
    "expand_dims", "squeeze", "concatenate", "concat", "stack", "hstack", "vstack", "dstack",
    "column_stack", "block", "append", "split", "array_split", "hsplit", "vsplit", "dsplit", "unstack",
    "tile", "repeat", "roll", "flip", "fliplr", "flipud", "rot90", "broadcast_to", "broadcast_arrays",
    "diag", "diagonal", "diagflat", "tril", "triu", "take", "take_along_axis", "delete", "insert",
    "atleast_1d", "atleast_2d", "atleast_3d", "meshgrid", "copy", "resize",
    "lib.stride_tricks.sliding_window_view",
]
# fmt: on
LN_2 = 0.6931471805599453

_ENTRIES = [
    *_supported(
        "Element by element",
        _ROWS
        | {
            "add": (of_masks_too(filling.added, elementwise.logical_or), "the row ``add``; of masks, or"),
            "subtract": (
                of_masks_too(of_row("sub"), None, "write a ^ b, or a.astype(float) - b"),
                "the row ``sub``",
            ),
            "multiply": (
                of_masks_too(of_row("mul"), elementwise.logical_and),
                "the row ``mul``; of masks, and",
            ),
            "divide": _row("div"),
            "negative": (
                of_masks_too(of_row("neg"), None, "write ~mask, or -mask.astype(float)"),
                "the row ``neg``",
            ),
            "sinc": _row("sinc"),
            "logaddexp": _row("logaddexp"),
            "fmax": _row("maximum"),
            "fmin": _row("minimum"),
            "fabs": _row("abs"),
            "float_power": _row("pow"),
            "positive": (each(lambda x: x, 1), "the same Values"),
            "conjugate": (each(lambda x: x, 1), "the same Values"),
            "real": (each(lambda x: x, 1), "the same Values"),
            "nan_to_num": (each(lambda x: x, 1), "the same Values, which are finite"),
            "square": (each(lambda x: x * x, 1), "x·x"),
            "reciprocal": (each(lambda x: 1.0 / x, 1), "1/x"),
            "exp2": (each(lambda x: 2.0**x, 1), "2ˣ"),
            "logaddexp2": (
                each(lambda x, z: (x * LN_2).logaddexp(z * LN_2) / LN_2, 2),
                "logaddexp(x·ln 2, z·ln 2) / ln 2",
            ),
            "radians": (scaled(np.pi / 180.0), "π/180·x"),
            "deg2rad": (scaled(np.pi / 180.0), "π/180·x"),
            "degrees": (scaled(180.0 / np.pi), "180/π·x"),
            "rad2deg": (scaled(180.0 / np.pi), "180/π·x"),
            "heaviside": elementwise.heaviside,
            "clip": choosing.clip,
        },
    ),
    *_supported(
        "Comparisons: a mask that is recorded",
        {
            "greater": elementwise.compared(operator.gt, elementwise.greater),
            "less": elementwise.compared(operator.lt, elementwise.less),
            "greater_equal": elementwise.compared(operator.ge, elementwise.greater_equal),
            "less_equal": elementwise.compared(operator.le, elementwise.less_equal),
            "equal": elementwise.compared(operator.eq, elementwise.equal),
            "not_equal": elementwise.compared(operator.ne, elementwise.not_equal),
            "logical_not": elementwise.logical_not,
            "logical_and": elementwise.logical_and,
            "logical_or": elementwise.logical_or,
            "logical_xor": elementwise.logical_xor,
            "invert": elementwise.invert,
            "bitwise_and": elementwise.bitwise(elementwise.logical_and),
            "bitwise_or": elementwise.bitwise(elementwise.logical_or),
            "bitwise_xor": elementwise.bitwise(elementwise.logical_xor),
        },
    ),
    *_supported(
        "Choices that are recorded",
        {"where": choosing.where, "select": choosing.select, "choose": choosing.choose},
    ),
    *_supported(
        "Sums, products, means, extremes",
        {
            "sum": reductions.sum,
            "mean": reductions.mean,
            "average": reductions.average,
            "var": reductions.var,
            "std": reductions.std,
            "prod": reductions.prod,
            "cumsum": reductions.cumsum,
            "cumprod": reductions.cumprod,
            "max": reductions.max,
            "amax": reductions.max,
            "min": reductions.min,
            "amin": reductions.min,
            "ptp": reductions.ptp,
            "trace": reductions.trace,
            "nansum": reductions.sum,
            "nanmean": reductions.mean,
            "nanvar": reductions.var,
            "nanstd": reductions.std,
            "nanprod": reductions.prod,
            "nancumsum": reductions.cumsum,
            "nancumprod": reductions.cumprod,
            "nanmax": reductions.max,
            "nanmin": reductions.min,
        },
    ),
    *_supported(
        "Products of arrays: sums of products, folded as ``autodiff.dot`` folds them",
        {
            "matmul": products.matmul,
            "dot": products.dot,
            "inner": products.inner,
            "outer": products.outer,
            "vdot": products.vdot,
            "vecdot": products.vecdot,
            "tensordot": products.tensordot,
            "einsum": products.einsum,
            "kron": products.kron,
            "matvec": products.matvec,
            "vecmat": products.vecmat,
            "cov": products.cov,
            "corrcoef": products.corrcoef,
            "cross": products.cross,
        },
    ),
    *_supported(
        "Linear algebra of small matrices",
        {
            "linalg.norm": reductions.normed,
            "linalg.vector_norm": reductions.vector_norm,
            "linalg.matrix_norm": reductions.matrix_norm,
            "linalg.vecdot": products.vecdot,
            "linalg.matmul": products.matmul,
            "linalg.outer": products.outer,
            "linalg.tensordot": products.tensordot,
            "linalg.cross": products.cross,
            "linalg.det": linear_algebra.det,
            "linalg.slogdet": linear_algebra.slogdet,
            "linalg.inv": linear_algebra.inv,
            "linalg.solve": linear_algebra.solve,
            "linalg.cholesky": linear_algebra.cholesky,
            "linalg.matrix_power": linear_algebra.matrix_power,
            "linalg.multi_dot": linear_algebra.multi_dot,
        },
    ),
    *_supported(
        "Differences, integrals, interpolation, polynomials, sums by number",
        {
            "diff": calculus.diff,
            "ediff1d": calculus.ediff1d,
            "gradient": calculus.gradient,
            "trapezoid": calculus.trapezoid,
            "trapz": calculus.trapezoid,
            "convolve": calculus.convolve,
            "correlate": calculus.correlate,
            "interp": calculus.interp,
            "polyval": calculus.polyval,
            "bincount": calculus.bincount,
        },
    ),
    *_supported(
        "Shapes: the same Values, moved",
        _moved(*_SHAPES) | {"pad": shapes.pad},
    ),
    *_supported(
        "Constants in the shape of an Array",
        {
            "zeros_like": (shapes.filled(0.0), "constants 0"),
            "ones_like": (shapes.filled(1.0), "constants 1"),
            "empty_like": (shapes.filled(0.0), "constants 0, to be replaced"),
            "full_like": shapes.like,
        },
    ),
    *_supported(
        "Answers, which are not recorded",
        {
            "shape": (lambda a: np.shape(np.asarray(a)), "a tuple of ints"),
            "ndim": (lambda a: np.ndim(np.asarray(a)), "an int"),
            "size": (lambda a, axis=None: np.size(np.asarray(a), axis), "an int"),
            "isfinite": (lambda x: np.ones(np.shape(x), dtype=bool), "True: a Value is finite"),
            "isnan": (lambda x: np.zeros(np.shape(x), dtype=bool), "False: a Value is finite"),
            "isinf": (lambda x: np.zeros(np.shape(x), dtype=bool), "False: a Value is finite"),
            "iscomplexobj": (lambda x: False, "False"),
            "isrealobj": (lambda x: True, "True"),
            "diag_indices_from": (decisions.of_plain(np.diag_indices_from), "arrays of ints"),
            "tril_indices_from": (decisions.of_plain(np.tril_indices_from), "arrays of ints"),
            "triu_indices_from": (decisions.of_plain(np.triu_indices_from), "arrays of ints"),
            "may_share_memory": (decisions.of_plain(np.may_share_memory), "a bool"),
            "shares_memory": (decisions.of_plain(np.shares_memory), "a bool"),
            "array_repr": (lambda arr, *rest: repr(arr), "text"),
            "array_str": (lambda a, *rest: str(a), "text"),
        },
    ),
    *_supported(
        "Choices of Python's, noted as guards",
        {
            "argmax": decisions.argmax,
            "argmin": decisions.argmin,
            "argsort": decisions.argsort,
            "any": decisions.any_of,
            "all": decisions.all_of,
            "nonzero": decisions.nonzero,
            "flatnonzero": decisions.flatnonzero,
            "count_nonzero": decisions.count_nonzero,
            "array_equal": decisions.array_equal,
            "isclose": decisions.isclose,
            "allclose": decisions.allclose,
        },
    ),
]

FUNCTIONS: dict[Callable[..., Any], Supported] = {}
"""NumPy's function: its entry. Two names of one function are one entry, that of the first."""
for _entry in _ENTRIES:
    FUNCTIONS.setdefault(_entry.function, _entry)
