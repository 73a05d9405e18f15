"""Calls of the functions in the table: drawn by their signatures, and for some as is written here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autodiff.arrays import Supported

Body = Callable[..., Any]
Drawn = tuple[Body, list[tuple[int, ...]]]
"""What is called, and the shapes of the arrays it is called with."""

SIZES = st.integers(1, 3)
SHAPES = st.lists(SIZES, min_size=1, max_size=3).map(tuple)
SQUARES = st.tuples(st.lists(SIZES, max_size=1).map(tuple), SIZES).map(
    lambda drawn: (*drawn[0], drawn[1], drawn[1])
)


def drawn_call(draw: Any, entry: Supported) -> Drawn:
    """A call of the entry's function, in the same words for floats and for Arrays."""
    name = entry.name.removeprefix("np.")
    if name in SPECIAL:
        return SPECIAL[name](draw, entry.function)
    if isinstance(entry.function, np.ufunc):
        shape = draw(SHAPES)
        return entry.function, [
            shape,
            *(
                draw(st.sampled_from([shape, shape[1:], (*shape[:-1], 1)]))
                for _ in range(entry.function.nin - 1)
            ),
        ]
    parameters = inspect.signature(entry.record).parameters.values()
    required = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    shape = draw(SHAPES)
    options = {p.name: draw(OPTIONS[p.name](len(shape))) for p in parameters if p.name in OPTIONS}
    return lambda *arrays: entry.function(*arrays, **options), [shape] * len(required)


OPTIONS: dict[str, Callable[[int], st.SearchStrategy[Any]]] = {
    "axis": lambda ndim: st.none() | st.integers(-ndim, ndim - 1),
    "keepdims": lambda ndim: st.booleans(),
}


def _fixed(*shapes: tuple[int, ...], **options: Any) -> Callable[[Any, Body], Drawn]:
    return lambda draw, f: (lambda *arrays: f(*arrays, **options), [*shapes])


def _among(*calls: Callable[[Any, Body], Drawn]) -> Callable[[Any, Body], Drawn]:
    return lambda draw, f: draw(st.sampled_from(calls))(draw, f)


def _with(*rest: Any, shape: tuple[int, ...] = (2, 3), **options: Any) -> Callable[[Any, Body], Drawn]:
    """The function of one array and of plain arguments."""
    return lambda draw, f: (lambda a: f(a, *rest, **options), [shape])


def _list(*shapes: tuple[int, ...], **options: Any) -> Callable[[Any, Body], Drawn]:
    """The function of a list of arrays."""
    return lambda draw, f: (lambda *arrays: f([*arrays], **options), [*shapes])


def _of_masks(draw: Any, f: Body) -> Drawn:
    shape = draw(SHAPES)
    count = f.nin  # type: ignore[attr-defined]
    return lambda *arrays: f(*(a > 0.3 for a in arrays)), [shape] * count


def _reduction(draw: Any, f: Body) -> Drawn:
    shape = draw(SHAPES)
    axes = st.sets(st.integers(0, len(shape) - 1), min_size=1).map(tuple)
    options = {"axis": draw(st.none() | axes), "keepdims": draw(st.booleans())}
    selected = draw(st.sampled_from(["all", "plain", "recorded"]))
    if selected == "all" or "where" not in inspect.signature(f).parameters:
        return lambda a: f(a, **options), [shape]
    mask = np.indices(shape).sum(axis=0) % 2 == 0  # of each row and column at least the first
    if "initial" in inspect.signature(f).parameters:
        options["initial"] = 1
    elif not all(length > 1 for length in shape):
        mask = np.ones(shape, dtype=bool)
    if selected == "plain" or f.__name__.startswith("nan"):  # these do not ask a mask who it is
        return lambda a: f(a, **options, where=mask), [shape]
    return lambda a, b: f(a, **options, where=(b > 0.4) | mask), [shape, shape]


def _variance(draw: Any, f: Body) -> Drawn:
    axis = draw(st.sampled_from([None, 0, 1, (0, 1)]))
    where = draw(st.sampled_from([True, np.array([[True, True, False]] * 2)]))
    if axis == 0:
        where = True  # of one column nothing would be left
    return lambda a: f(a, axis=axis, ddof=1, where=where), [(2, 3)]


def _norm(draw: Any, f: Body) -> Drawn:
    ord, axis = draw(
        st.sampled_from(
            [
                (None, None),
                (None, 1),
                (1, 0),
                (2, 1),
                (3, 0),
                (np.inf, 1),
                (-np.inf, 0),
                (1, (0, 1)),
                ("fro", (0, 1)),
                (np.inf, (0, 1)),
                (-1, (1, 0)),
            ]
        )
    )
    return lambda a: f(a, ord=ord, axis=axis, keepdims=axis == 1), [(2, 3)]


def _average(draw: Any, f: Body) -> Drawn:
    return draw(
        st.sampled_from(
            [
                (lambda a: f(a), [(2, 3)]),
                (lambda a: f(a, axis=1, returned=True), [(2, 3)]),
                (lambda a, w: f(a, weights=w), [(2, 3), (2, 3)]),
                (lambda a, w: f(a, axis=1, weights=w), [(2, 3), (3,)]),
                (lambda a, w: f(a, axis=1, weights=w, returned=True), [(2, 3), (3,)]),
            ]
        )
    )


def _einsum(draw: Any, f: Body) -> Drawn:
    subscripts, shapes = draw(
        st.sampled_from(
            [
                ("ij,jk->ik", [(2, 3), (3, 2)]),
                ("ij,jk", [(2, 3), (3, 2)]),
                ("i,i", [(3,), (3,)]),
                ("ij->ji", [(2, 3)]),
                ("ii->i", [(3, 3)]),
                ("ii", [(3, 3)]),
                ("ij->", [(2, 3)]),
                ("ij,j->i", [(2, 3), (3,)]),
                ("nij,njk->nik", [(2, 2, 3), (2, 3, 1)]),
                ("i,j->ij", [(2,), (3,)]),
                ("ij,ij->i", [(2, 3), (2, 3)]),
                ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 2)]),
                ("...ij,...jk->...ik", [(2, 2, 3), (3, 2)]),
                ("bqd,bkd->bqk", [(2, 2, 3), (2, 3, 3)]),
                ("i,ij,j", [(2,), (2, 3), (3,)]),
                ("ij,kj->k", [(2, 3), (2, 3)]),
            ]
        )
    )
    return lambda *arrays: f(subscripts, *arrays), shapes


def _tensordot(draw: Any, f: Body) -> Drawn:
    axes, shapes = draw(
        st.sampled_from(
            [
                (1, [(2, 3), (3, 2)]),
                (2, [(2, 3), (2, 3)]),
                (0, [(2,), (3,)]),
                (([0], [1]), [(2, 3), (3, 2)]),
                (([1, 0], [0, 1]), [(2, 3), (3, 2)]),
                ((-1, 0), [(2, 3), (3, 2)]),
            ]
        )
    )
    return lambda a, b: f(a, b, axes=axes), shapes


def _with_diagonal(draw: Any, f: Body) -> Drawn:
    """Square matrices that are far from singular."""
    shape = draw(SQUARES)
    far = 3.0 * np.eye(shape[-1])[:: draw(st.sampled_from([1, -1]))]  # the other one needs its rows exchanged
    return lambda a: f(a + far), [shape]


def _solve(draw: Any, f: Body) -> Drawn:
    n = draw(SIZES)
    far = 3.0 * np.eye(n)[::-1]
    return lambda a, b: f(a + far, b), [(n, n), draw(st.sampled_from([(n,), (n, 2)]))]


_products = _among(
    *(_fixed(*shapes) for shapes in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2))])
)
_stacked = _among(
    _products, _fixed((2, 2, 3), (3, 2)), _fixed((2, 3), (2, 3, 1)), _fixed((2, 1, 2, 3), (2, 3, 2))
)
GRID = [-1.0, 0.1, 0.4, 2.0]

SPECIAL: dict[str, Callable[[Any, Body], Drawn]] = {
    **dict.fromkeys(
        ["sum", "mean", "prod", "max", "min", "nansum", "nanmean", "nanprod", "nanmax", "nanmin"], _reduction
    ),
    **dict.fromkeys(["any", "all", "count_nonzero"], lambda draw, f: (lambda a: f(a > 0.4), [draw(SHAPES)])),
    **dict.fromkeys(["var", "std", "nanvar", "nanstd"], _variance),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor", "invert"], _of_masks),
    **dict.fromkeys(
        ["concatenate", "concat", "vstack"], _among(_list((2, 3), (1, 3)), _list((2, 3), (2, 3)))
    ),
    **dict.fromkeys(
        ["stack", "hstack", "dstack", "column_stack"],
        _among(_list((2, 3), (2, 3)), _fixed((2, 3)), _fixed((3,))),
    ),
    **dict.fromkeys(
        ["diff"],
        _among(
            _with(), _with(n=2), _with(axis=0), _with(prepend=0.5), _with(axis=0, append=[[1.0, 2.0, 3.0]])
        ),
    ),
    **dict.fromkeys(["trapezoid", "trapz"], _among(_with(), _with(dx=0.5, axis=0), _with([0.0, 1.0, 1.5]))),
    **dict.fromkeys(
        ["convolve", "correlate"],
        _among(
            *(_fixed((4,), (3,), mode=mode) for mode in ("full", "same", "valid")),
            _fixed((3,), (2,), mode="full"),
        ),
    ),
    **dict.fromkeys(["linalg.det", "linalg.slogdet", "linalg.inv"], _with_diagonal),
    **dict.fromkeys(["isclose", "allclose", "array_equal"], _fixed((2, 3), (2, 3))),
    **dict.fromkeys(["split", "array_split"], _with(3, axis=1)),
    "ediff1d": _among(_with(), _with(to_end=0.5, to_begin=[1.0, 2.0])),
    "gradient": _among(_with(axis=1), _with(0.5), _with(0.5, 2.0), _with(shape=(4,))),
    "polyval": _among(_with(0.7, shape=(3,)), _with([0.7, 2.0], shape=(3,)), _fixed((3,), (2, 2))),
    "bincount": _among(
        *(lambda draw, f, n=n: (lambda a: f([0, 2, 2], weights=a, minlength=n), [(3,)]) for n in (0, 5))
    ),
    "corrcoef": _among(_fixed((2, 3)), _fixed((3,), (3,)), _with(rowvar=False, shape=(3, 2))),
    "matvec": _among(_fixed((2, 3), (3,)), _fixed((2, 2, 3), (3,))),
    "vecmat": _among(_fixed((3,), (3, 2)), _fixed((2, 3), (3, 2))),
    "linalg.vector_norm": _among(
        _with(), _with(axis=1, keepdims=True), _with(ord=1), _with(axis=(0, 2), shape=(2, 2, 3))
    ),
    "linalg.matrix_norm": _among(_with(), _with(keepdims=True, ord=1)),
    "linalg.vecdot": _among(_fixed((3,), (3,)), _fixed((2, 3), (2, 3))),
    "linalg.matmul": _among(_fixed((2, 3), (3, 2)), _fixed((2, 2, 3), (3, 2))),
    "linalg.outer": _fixed((2,), (3,)),
    "linalg.tensordot": _tensordot,
    "linalg.cross": _fixed((2, 3), (2, 3)),
    **dict.fromkeys(["diag", "tril", "triu"], _among(_with(1), _with(-1))),
    **dict.fromkeys(["atleast_1d", "atleast_2d", "atleast_3d"], _fixed((2,))),
    **dict.fromkeys(["broadcast_arrays"], _fixed((2, 3), (3,))),
    "append": _fixed((2,), (3,)),
    "average": _average,
    "argsort": _with(axis=1),
    "block": _list((2,), (3,)),
    "broadcast_to": _with((2, 2, 3)),
    "choose": lambda draw, f: (lambda a, b: f(np.array([0, 1, 1]), [a, b]), [(3,), (3,)]),
    "clip": _among(_with(0.2, 0.6), _with(None, 0.5), _fixed((2, 3), (3,), (1,))),
    "cov": _among(_fixed((2, 3)), _fixed((3,), (3,)), _with(rowvar=False), _with(bias=True), _with(ddof=0)),
    "cross": _fixed((2, 3), (2, 3)),
    "delete": _with(1, axis=1),
    "diagflat": _fixed((2,)),
    "diagonal": _with(axis1=1, axis2=0),
    "dot": _among(_products, _fixed((2, 2, 3), (3,)), _fixed((2, 2, 3), (2, 3, 2)), _fixed((2, 3), ())),
    "diag_indices_from": _fixed((3, 3)),
    **dict.fromkeys(["tril_indices_from", "triu_indices_from"], _among(_fixed((2, 3)), _with(1))),
    "dsplit": _with(3, shape=(1, 2, 3)),
    "einsum": _einsum,
    "expand_dims": _with(1),
    "flip": _with(1),
    "full_like": _with(2.0),
    "empty_like": lambda draw, f: (lambda a: f(a).shape, [(2, 3)]),
    **dict.fromkeys(["fliplr", "flipud", "rot90"], _with()),
    "hsplit": _with(3),
    "inner": _among(_fixed((3,), (3,)), _fixed((2, 3), (1, 3))),
    "insert": _with(1, 0.5, axis=1),
    "interp": lambda draw, f: (lambda x, fp: f(x, GRID, fp), [(5,), (4,)]),
    "kron": _among(_fixed((2,), (3,)), _fixed((2, 3), (1, 2)), _fixed((2,), (2, 2))),
    "linalg.norm": _norm,
    "linalg.cholesky": lambda draw, f: (lambda a: f(a @ a.T + np.eye(3)), [(3, 3)]),
    "lib.stride_tricks.sliding_window_view": _among(_with(2, shape=(4,)), _with((2, 2)), _with(2, axis=1)),
    "linalg.solve": _solve,
    "linalg.matrix_power": _among(_with(3, shape=(2, 2)), _with(0, shape=(2, 2, 2))),
    "linalg.multi_dot": _among(_list((2, 3), (3, 2), (2,)), _list((3,), (3, 2), (2, 4), (4, 1))),
    "matmul": _stacked,
    "may_share_memory": _fixed((2,), (2,)),
    "matrix_transpose": _fixed((2, 3)),
    "meshgrid": _fixed((2,), (3,)),
    "moveaxis": _with(0, -1),
    "pad": _among(
        _with(1),
        _with(((0, 1), (2, 0)), constant_values=2.0),
        _with(1, mode="edge"),
        _with(1, mode="reflect"),
    ),
    "repeat": _with(2, axis=1),
    "reshape": _among(_with((3, 2)), _with(-1)),
    "resize": _with((3, 3)),
    "roll": _with(1, axis=1),
    "rollaxis": _with(1),
    "select": lambda draw, f: (lambda a, b: f([a > 0.5, b > 0.5], [a * b, a], 2.0), [(2, 3), (2, 3)]),
    "shares_memory": _fixed((2,), (2,)),
    "size": _fixed((2, 3)),
    "squeeze": _with(shape=(2, 1, 3)),
    "swapaxes": _with(0, 1),
    "take": _with([0, 2, 2], axis=1),
    "take_along_axis": _with(np.array([[0, 2], [1, 1]]), 1),
    "tensordot": _tensordot,
    "tile": _with((2, 1)),
    "trace": _among(_fixed((3, 3)), _with(1), _with(0, 1, 2, shape=(2, 3, 3))),
    "transpose": _among(_fixed((2, 3)), _with((1, 0))),
    "permute_dims": _with((1, 0)),
    "unstack": _fixed((2, 3)),
    "vdot": _fixed((2, 3), (2, 3)),
    "vecdot": _among(_fixed((3,), (3,)), _fixed((2, 3), (3,))),
    "vsplit": _with(2),
    "where": _among(
        lambda draw, f: (lambda a, b: f(a > b, a, b * b), [(2, 3), (2, 3)]),
        lambda draw, f: (lambda a, b: f((a > 0.3) & (b < 0.8), 0.0, a * b), [(2, 3), (3,)]),
        lambda draw, f: (lambda a, b: f(np.array([True, False, True]), a, b), [(2, 3), (3,)]),
    ),
}
