"""Reads: while a function is recorded, what takes a number out of its graph is seen.

``v.data`` is noted as a choice, for what Python makes of the number no program knows; ``v == 0`` means the
numbers, as it does for floats, and is a choice, too; a number turned to text, as by ``print``, is noted as
such. All of that holds in the thread that records; other threads go on as ever.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import currentframe
from typing import Any

import numpy as np

from autodiff.arrays import Array
from autodiff.engine.choices import Site, note, user_site
from autodiff.engine.errors import DomainError
from autodiff.engine.value import Value, as_value
from autodiff.lifting.guards import place
from autodiff.staging.kinds import attribute, is_double

__all__ = ["unrepeatable", "watched"]

_HERE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_NUMPY = os.path.dirname(np.__file__) + os.sep


class _ThisThread(threading.local):
    reasons: list[str] | None = None


_this_thread = _ThisThread()
_switching = threading.Lock()
_watching = 0
_before: dict[tuple[type, str], Any] = {}


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note what leaves the graph inside; gives a list of what no choice expresses."""
    global _watching
    outer = _this_thread.reasons
    reasons: list[str] = []
    with _switching:
        if not _watching:
            _switch_on()
        _watching += 1
    _this_thread.reasons = reasons
    try:
        yield reasons
    finally:
        _this_thread.reasons = outer
        with _switching:
            _watching -= 1
            if not _watching:
                _switch_off()


def unrepeatable(what: str) -> None:
    """Say, if this thread records, that the line of the user's that runs does what no graph repeats."""
    if _this_thread.reasons is not None:
        _this_thread.reasons.append(f"{place(Site(*user_site()))} {what}")


def _switch_on() -> None:
    _replace(Array, "dtype", property(_dtype))
    for kind in (Value, Array):
        _replace(kind, "data", _noting_data(vars(kind)["data"]))
        _replace(kind, "grad", _noting_grad(vars(kind)["grad"]))
        for name in ("__repr__", "__str__", "__format__"):
            _replace(kind, name, _noting_text(getattr(kind, name)))
    _replace(Value, "item", _itself_or(Value.item))
    _replace(Value, "__eq__", _equal)
    _replace(Value, "__ne__", _different)
    _replace(Value, "__hash__", _hash)
    _replace(Value, "__copy__", _itself_or(_plain_copy))
    _replace(Value, "__deepcopy__", _itself_or(Value.__deepcopy__))
    _replace(Value, "__reduce_ex__", _refusing_pickle(Value.__reduce_ex__))
    _replace(DomainError, "__init__", _outside)


def _replace(kind: type, name: str, new: Any) -> None:
    _before[kind, name] = vars(kind).get(name)
    setattr(kind, name, new)


def _switch_off() -> None:
    for (kind, name), old in _before.items():
        if old is None:
            delattr(kind, name)
        else:
            setattr(kind, name, old)
    _before.clear()


def _by_library(*others: str) -> bool:
    """Whether this library asks, or what lies in other folders, and no one who uses it; the frames of this
    module aside, and those of what stands for ``getattr``."""
    frame = currentframe()
    while frame is not None and (frame.f_code.co_filename == __file__ or frame.f_code is attribute.__code__):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith((_HERE, *others))


def _dtype(self: Array) -> np.dtype[Any]:
    """That of the numbers; NumPy and this library find objects."""
    asked: np.dtype[Any] = np.ndarray.dtype.__get__(self)
    if _this_thread.reasons is None or _by_library(_NUMPY) or asked.kind != "O":
        return asked
    if not is_double():
        raise TypeError(
            "what dtype an array has is not known while a function is recorded that got float32, for it is "
            "recorded in float64; pass array.astype(float)"
        )
    return np.dtype(np.float64)


def _noting_data(old: property) -> property:
    def data(self: Any) -> Any:
        assert old.fget is not None
        numbers = old.fget(self)
        if _this_thread.reasons is not None and not _by_library():
            for value in [self] if isinstance(self, Value) else self.ravel().tolist():
                note("data", (value, as_value(_number(value))), True)
        return numbers

    def changed(self: Any, data: Any) -> None:
        if _this_thread.reasons is not None and not _by_library():
            unrepeatable("assigns to .data")
        assert old.fset is not None
        old.fset(self, data)

    return property(data, changed, doc=old.__doc__)


def _noting_grad(old: property) -> property:
    def grad(self: Any) -> Any:
        assert old.fget is not None
        if _this_thread.reasons is not None and not _by_library():
            unrepeatable("reads .grad")
        return old.fget(self)

    return property(grad, old.fset, doc=old.__doc__)


def _noting_text(old: Callable[..., str]) -> Callable[..., str]:
    def text(self: Any, *spec: str) -> str:
        if _this_thread.reasons is not None and not _by_library():
            unrepeatable("turns a number to text, as print does")
        return old(self, *spec)

    return text


def _number(value: Value) -> float:
    """Its data, unseen."""
    unseen: property = _before[Value, "data"]
    assert unseen.fget is not None
    number: float = unseen.fget(value)
    return number


def _equal(self: Value, other: Any) -> Any:
    if _this_thread.reasons is None or _by_library():
        return self is other or NotImplemented
    try:
        number = as_value(other)
    except (TypeError, ValueError):
        return NotImplemented
    if number is NotImplemented:
        return NotImplemented
    outcome = _number(self) == _number(number)
    note("==", (self, number), outcome)
    return outcome


def _different(self: Value, other: Any) -> Any:
    equal = _equal(self, other)
    return equal if equal is NotImplemented else not equal


def _hash(self: Value) -> int:
    if _this_thread.reasons is not None and not _by_library():
        raise TypeError(
            "a Value is found in a set or dict by identity, not by its number; where the number is meant, "
            "take v.data"
        )
    return object.__hash__(self)


def _plain_copy(value: Value) -> Any:
    make, parts, state = value.__reduce_ex__(4)
    twin = make(*parts)
    vars(twin).update(state or {})
    return twin


def _itself_or(old: Callable[..., Any]) -> Callable[..., Any]:
    def copied(self: Value, *memo: Any) -> Any:
        """Itself: a copy would be a leaf of its own, of which nobody asks the gradient, and a plain number
        would have left the graph."""
        return old(self, *memo) if _this_thread.reasons is None else self

    return copied


def _refusing_pickle(old: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(self: Value, protocol: Any) -> Any:
        if _this_thread.reasons is not None:
            raise TypeError("a pickled Value would come back as a leaf of its own; take the Value itself")
        return old(self, protocol)

    return reduced


def _outside(self: DomainError, *args: Any) -> None:
    """An error that the function may catch, and then do something else."""
    unrepeatable("leaves a domain, and the error is caught")
    super(DomainError, self).__init__(*args)
