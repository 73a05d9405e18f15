"""How NumPy comes to the table: the two protocols, for Arrays and for Values, and the methods of Array."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from autodiff.arrays import choosing
from autodiff.arrays.array import Array, finished, plain, values
from autodiff.arrays.hiding import completed
from autodiff.arrays.reductions import accumulated, folded
from autodiff.arrays.refusals import refusal
from autodiff.arrays.table import FUNCTIONS, Supported
from autodiff.engine.real import NumberToCome
from autodiff.engine.value import Value
from autodiff.functions import logsumexp

__all__ = ["array_function", "array_ufunc", "call"]


def array_ufunc(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """What ``__array_ufunc__`` answers for Arrays and Values: what the table says of the function.

    Raises:
        TypeError: for a function that is not in the table, for options that it does not have there, and
            where the result would go into an array of floats.
    """
    if any(isinstance(each, NumberToCome) for each in inputs):
        return NotImplemented
    (target,) = options.pop("out", None) or (None,)
    if target is not None and ufunc is np.matmul:
        options.pop("axes", None)  # A @= B says which, as they always are
    name = f"np.{ufunc.__name__}"
    if method == "__call__" and options.get("where", True) is not True:
        return _where_a_mask_holds(name, ufunc, inputs, options, target)
    result = _ufunc_result(ufunc, method, inputs, options)
    return result if target is None else _kept(result, target, name)


def _where_a_mask_holds(
    name: str, ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any], target: Any
) -> Any:
    """The function where ``where=`` holds, and elsewhere what ``out=`` has. Behind a mask that is recorded
    operands are 1, so that 0/0 is not computed there, nor its slope."""
    mask = options.pop("where")
    if ufunc.signature is not None:
        raise TypeError(
            f"{name} goes by rows and columns, and has no where=: choose from its result by np.where"
        )
    if target is None:
        raise TypeError(
            f"{name}(..., where=mask) leaves the other places without numbers: say which they have, for "
            f"instance {name}(..., out=np.zeros_like(A), where=mask)"
        )
    if not choosing.is_recorded(mask):
        chosen = np.broadcast_to(np.asarray(mask, dtype=bool), np.shape(target))
        operands = [finished(np.broadcast_to(values(each), chosen.shape)[chosen]) for each in inputs]
        result = values(target).copy()
        result[chosen] = values(call(_entry(ufunc), operands, options))
        return _kept(result, target, name)
    operands = [choosing.where(mask, each, 1.0) for each in inputs]
    return _kept(choosing.where(mask, call(_entry(ufunc), operands, options), target), target, name)


def _ufunc_result(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if method == "__call__":
        if ufunc not in FUNCTIONS and ufunc.types and set(ufunc.types[0]) <= set("O->"):  # of np.frompyfunc
            return _by_python(ufunc, *inputs)
        return call(_entry(ufunc), inputs, options)
    if method == "reduce" and ufunc in _REDUCTIONS:
        array, *rest = inputs
        return call(_entry(_REDUCTIONS[ufunc]), (array,), {"axis": rest[0] if rest else 0} | options)
    name = f"np.{ufunc.__name__}.{method}"
    if ufunc not in FUNCTIONS or ufunc.nin != 2 or ufunc.signature is not None:
        raise refusal(name)
    rule = FUNCTIONS[ufunc].record
    if method == "reduce":
        fold = logsumexp if ufunc is np.logaddexp else _fold(rule)
        return _bound(name, lambda array, axis=0, keepdims=False: folded(fold, array, axis, keepdims))(
            *inputs, **options
        )
    if method == "accumulate":
        return _bound(name, lambda array, axis=0: accumulated(rule, array, axis))(*inputs, **options)
    if method == "outer":
        x, z = map(values, inputs)
        return rule(finished(x.reshape(x.shape + (1,) * z.ndim)), finished(z))
    if method == "at":
        _add_at(name, rule, *inputs)
        return None
    raise refusal(name)


_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_or: np.any,
    np.logical_and: np.all,
}


def _fold(rule: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    def fold(line: list[Any]) -> Any:
        first, *rest = line
        for each in rest:
            first = rule(first, each)
        return first

    return fold


def _add_at(name: str, rule: Callable[..., Any], target: Any, index: Any, *operands: Any) -> None:
    """For each index in turn, also for one that comes twice."""
    if not isinstance(target, Array):
        raise _into_floats(name, target)
    places = np.arange(target.size).reshape(target.shape)[index]
    flat = plain(target)
    others = [np.broadcast_to(values(each), places.shape).ravel().tolist() for each in operands]
    for i, place in enumerate(places.ravel().tolist()):
        at = np.unravel_index(place, target.shape)
        flat[at] = rule(flat[at], *(each[i] for each in others))


def _by_python(ufunc: np.ufunc, *inputs: Any) -> Any:
    """A function of Python's, element by element."""
    result = ufunc(*(values(each) if isinstance(each, (Array, Value)) else each for each in inputs))
    return tuple(map(_of_objects, result)) if isinstance(result, tuple) else _of_objects(result)


def _of_objects(result: Any) -> Any:
    if (
        isinstance(result, np.ndarray)
        and result.size
        and all(isinstance(each, Value) for each in result.flat)
    ):
        return finished(result)
    return result


def array_function(self: Any, function: Callable[..., Any], types: Any, args: Any, options: Any) -> Any:
    """What ``__array_function__`` answers for Arrays and Values, as ``array_ufunc``."""
    for each in (*args, *options.values()):
        if isinstance(each, NumberToCome):
            return each.__array_function__(function, types, args, options)  # type: ignore[attr-defined]
    if any(issubclass(kind, NumberToCome) for kind in types):
        return NotImplemented
    options = dict(options)
    if function in _IN_PLACE:
        return _bound(_name(function), _IN_PLACE[function])(*args, **options)
    out = options.pop("out", None)
    result = call(_entry(function), args, options)
    return result if out is None else _kept(result, out, _name(function))


def _copy_to(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    _kept(src if where is True else choosing.where(where, src, dst), dst, "np.copyto")


def _put_mask(a: Any, mask: Any, values: Any) -> None:
    if not isinstance(a, Array):
        raise _into_floats("np.putmask", a)
    _kept(choosing.where(mask, np.resize(values, a.shape), a), a, "np.putmask")


def _place(arr: Any, mask: Any, vals: Any) -> None:
    if not isinstance(arr, Array):
        raise _into_floats("np.place", arr)
    if np.size(vals) == 1:
        _put_mask(arr, mask, vals)
    elif choosing.is_recorded(mask):
        raise TypeError(
            "np.place by a recorded mask takes one number: how many places it chooses depends on data"
        )
    else:
        chosen = np.asarray(mask, dtype=bool)
        arr[chosen] = np.resize(vals, np.count_nonzero(chosen))


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    if wrap:
        raise TypeError("np.fill_diagonal of an Array has no wrap=True")
    a[np.diag_indices(min(a.shape), a.ndim)] = val


_IN_PLACE: dict[Callable[..., Any], Callable[..., None]] = {
    np.copyto: _copy_to,
    np.fill_diagonal: _fill_diagonal,
    np.place: _place,
    np.putmask: _put_mask,
}
"""What writes into an Array and returns nothing."""


def call(entry: Supported, args: Any, options: dict[str, Any]) -> Any:
    """The entry's record, after options that say what is so anyway are dropped."""
    for each in args:
        if each.__class__ is Array and each.hides:
            completed(each)
    needed = {name: each for name, each in options.items() if not _is_as_always(name, each)}
    return _bound(entry.name, entry.record)(*args, **needed)


def _is_as_always(name: str, option: Any) -> bool:
    """Whether an option says what holds for Arrays anyway."""
    if name == "dtype" and option is not None:
        return np.dtype(option) in map(np.dtype, (float, object, bool))  # bool is what any and all ask for
    return name == "optimize" or (name in _AS_ALWAYS and option is _AS_ALWAYS[name])


_AS_ALWAYS: dict[str, Any] = {
    "dtype": None,
    "where": True,
    "casting": "same_kind",
    "order": "K",
    "subok": True,
}


def _bound(name: str, record: Callable[..., Any]) -> Callable[..., Any]:
    """``record``, which says what it takes where it is called otherwise."""

    def checked(*args: Any, **options: Any) -> Any:
        try:
            return record(*args, **options)
        except TypeError:
            signature = _signature(record)
            try:
                signature.bind(*args, **options)
            except TypeError as error:
                raise TypeError(f"{name} of an Array takes {signature}: {error}") from None
            raise

    return checked


@cache
def _signature(record: Callable[..., Any]) -> inspect.Signature:
    plain_signature = inspect.signature(record)
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in plain_signature.parameters.values()]
    return inspect.Signature(bare)


def _kept(result: Any, target: Any, name: str) -> Any:
    """Write a result into the array that was meant to take it."""
    if not isinstance(target, np.ndarray) or target.dtype != object:
        raise _into_floats(name, target)
    target[...] = values(result)
    return target


def _into_floats(name: str, target: Any) -> TypeError:
    kind = f"an array of dtype {target.dtype}" if isinstance(target, np.ndarray) else type(target).__name__
    return TypeError(
        f"{name} would put Values into {kind}, which holds plain numbers: write "
        "F = F * A instead of F *= A, or make the array one of Values first, F = autodiff.Array(F)"
    )


def _entry(function: Callable[..., Any]) -> Supported:
    if function in FUNCTIONS:
        return FUNCTIONS[function]
    raise refusal(_name(function))


def _name(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np')}.{getattr(function, '__name__', function)}"
