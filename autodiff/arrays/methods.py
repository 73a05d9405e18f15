"""The methods of Array, and what NumPy asks Arrays and Values for: installed when the room is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.arrays.array import Array, Mask, boxed, values
from autodiff.arrays.dispatch import array_function, array_ufunc
from autodiff.arrays.indexing import assign, element_or_view
from autodiff.arrays.refusals import REFUSED, refusal
from autodiff.arrays.table import FUNCTIONS, Supported
from autodiff.engine.value import Value

__all__: list[str] = []


def _of_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """``A.sum(axis=0)`` as ``np.sum(A, axis=0)``."""

    def method(self: Array, *args: Any, **options: Any) -> Any:
        return function(self, *args, **options)

    return method


def _refused(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Any, **options: Any) -> Any:
        raise refusal(f"np.{name}")

    return method


def _astype(self: Array, dtype: Any, *args: Any, **options: Any) -> Any:
    """A copy, for Values are float64; a mask gives any kind; for bool the mask is ``A != 0``."""
    kind = np.dtype(dtype).kind
    if isinstance(self, Mask) and kind in "biufO":
        return self.copy() if kind == "b" else self.copy().view(Array)
    if kind in "fO":
        return self.copy()
    if kind == "b":
        return self != 0
    raise TypeError(
        f"astype({np.dtype(dtype)}) would round the numbers and leave the graph; take A.data.astype(...) "
        "if that is meant"
    )


def _without_axis(name: str) -> Callable[..., Any]:
    """A method of NumPy's whose result is a Value where no axis is left."""
    plain_method = getattr(np.ndarray, name)

    def method(self: Array, *args: Any, **options: Any) -> Any:
        result = plain_method(self, *args, **options)
        return result if result.ndim else result.item()

    return method


def _fill(self: Array, value: Any) -> None:
    """Put a number or a Value into all places."""
    self[...] = value


def _put(self: Array, indices: Any, given: Any, mode: Any = "raise") -> None:
    """Put numbers or Values into places of the flat Array."""
    np.ndarray.put(self, indices, values(given), mode)


_NO_NUMBERS = ("tobytes", "tofile", "byteswap")


def _no_numbers(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Any, **options: Any) -> Any:
        raise TypeError(f"an Array holds Values, not bytes of numbers; take A.data.{name}(...)")

    return method


_METHODS: dict[str, Callable[..., Any]] = {
    entry.name.removeprefix("np."): _of_function(function)
    for function, entry in FUNCTIONS.items()
    if callable(getattr(np.ndarray, entry.name.removeprefix("np."), None)) and "moved" not in entry.records
}
_METHODS |= {name: _refused(name) for name in REFUSED if hasattr(np.ndarray, name)}
_METHODS |= {name: _no_numbers(name) for name in _NO_NUMBERS}
_METHODS |= {name: _without_axis(name) for name in ("reshape", "squeeze")}
_METHODS |= {
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    "__getitem__": element_or_view,
    "__setitem__": assign,
    "astype": _astype,
    "fill": _fill,
    "put": _put,
}
for _name, _method in _METHODS.items():
    setattr(Array, _name, _method)
for _name in ("__array_ufunc__", "__array_function__"):
    setattr(Value, _name, _METHODS[_name])


def _of_value(entry: Supported) -> Callable[[Value], Any]:
    """What NumPy's own loop over objects asks a Value for, in arrays that are no Arrays."""

    def method(self: Value) -> Any:
        return entry.record(self)

    method.__name__, method.__doc__ = entry.name.removeprefix("np."), f"``{entry.name}`` of this Value."
    return method


for _function, _entry in FUNCTIONS.items():
    if isinstance(_function, np.ufunc) and _function.nin == 1 and not hasattr(Value, _function.__name__):
        setattr(Value, _function.__name__, _of_value(_entry))


def _of_scalar(name: str) -> Callable[..., Any]:
    """What the method of a ``np.float64`` does: that of an Array without axes."""

    def method(self: Value, *args: Any, **options: Any) -> Any:
        result = getattr(boxed(self).view(Array), name)(*args, **options)
        return result.item() if isinstance(result, Array) and not result.ndim else result

    method.__name__, method.__doc__ = name, f"As ``np.float64.{name}``, of this Value."
    return method


for _name in (*_METHODS, "copy", "flatten", "ravel", "tolist", "transpose"):
    if not _name.startswith("_") and hasattr(np.float64, _name) and not hasattr(Value, _name):
        setattr(Value, _name, _of_scalar(_name))
Value.T = property(lambda self: self)  # type: ignore[attr-defined]
