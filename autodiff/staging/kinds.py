"""Kinds: what a recorded number says when it is asked for its type.

Without recording it is a float, if Python computed it, or a ``np.float64``, if NumPy did. A Value does not
tell which; so ``isinstance(x, float)``, which holds for both, is answered, and what is true of one of the two
only is refused, but for an argument of the call itself, of which it is known.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff.arrays import Array
from autodiff.engine.value import Value
from autodiff.staging.labels import Labels

__all__ = ["STAND_INS", "attribute", "given_kinds", "is_double", "lent_to", "recording_here", "subdtype"]


class _Given(threading.local):
    kinds: Mapping[int, type] | None = None
    double = True
    asked: set[str]


_given = _Given()


@contextmanager
def given_kinds(kinds: Mapping[int, type], double: bool) -> Iterator[set[str]]:
    """While a call is recorded: the types that its numbers had, by the ids of their Values, and whether all
    its float arrays are float64. Gives what of this was asked for."""
    before = _given.__dict__.copy()
    _given.kinds, _given.double, _given.asked = kinds, double, set()
    try:
        yield _given.asked
    finally:
        _given.__dict__.clear()
        _given.__dict__.update(before)


def is_double() -> bool:
    """Whether every array of floats of the call that is recorded is float64."""
    if _given.kinds is not None:
        _given.asked.add("dtype")
    return _given.double


def recording_here() -> bool:
    """Whether this thread records a function."""
    return _given.kinds is not None


def _unknown(what: str) -> TypeError:
    return TypeError(
        f"{what} is not known while a function is recorded: a number may be a float, or a np.float64 that "
        "NumPy computed; write isinstance(x, (float, np.floating)), which holds for both"
    )


class _Kind(type):
    """The type of ``Float``: what ``float`` is to those who call it, ask for it, or compare with it."""

    def __call__(cls, *number: Any) -> Any:
        if number and isinstance(number[0], (Array, Value)):
            return number[0].item() if isinstance(number[0], Array) else number[0]
        return float(*number)

    def __instancecheck__(cls, thing: Any) -> bool:
        if isinstance(thing, Value):
            kind = _kind(thing)
            return kind is None or issubclass(kind, float)
        return isinstance(thing, float)

    def __subclasscheck__(cls, kind: type) -> bool:
        return kind is Number or issubclass(kind, float)

    def __eq__(cls, other: object) -> bool:
        return NotImplemented if other is Number else other is float or other is cls

    def __hash__(cls) -> int:
        return hash(float)


class Float(float, metaclass=_Kind):
    """``float`` for functions that are recorded: ``float(np.squeeze(cost))`` stays in the graph."""

    dtype = np.dtype(float)  # what ``np.zeros(3, dtype=float)`` and ``astype(float)`` ask a type for


Float.__name__ = "float"


class _Unknown(type):
    """The type of ``Number``."""

    def __call__(cls, *number: Any) -> Any:
        return Float(*number)

    def __eq__(cls, other: object) -> bool:
        if other is not cls and other in (Float, np.float64):
            raise _unknown("whether the type of a number is float")
        return other is cls

    def __hash__(cls) -> int:
        if recording_here():
            raise _unknown("the type of a number")
        return type.__hash__(cls)

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        if recording_here():
            raise _unknown("the name of the type of a number")
        return "Number"


class Number(metaclass=_Unknown):
    """What ``type(x)`` is for a recorded number of which it is not known."""


def _kind(value: Value) -> type | None:
    """The type that a number had as an argument of the call."""
    kind = _given.kinds.get(id(value)) if _given.kinds is not None else None
    if kind is not None:
        _given.asked.add("type")
    return kind


def type_of(thing: Any) -> Any:
    """``type`` of what stands for a thing."""
    if not recording_here():
        return type(thing)
    if isinstance(thing, Value):
        kind = _kind(thing)
        return Number if kind is None else kind
    if isinstance(thing, Array):
        return np.ndarray
    if isinstance(thing, Labels):
        return np.ndarray if thing.ndim else type(thing.now[()])
    return type(thing)


class _Type(type):
    """The type of what ``type`` is to those who call it, or ask for it."""

    def __call__(cls, *args: Any, **options: Any) -> Any:
        return type_of(*args) if len(args) == 1 else type(*args, **options)

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, type)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, type)


class Type(type, metaclass=_Type):
    """``type`` for functions that are recorded."""


def is_instance(thing: Any, kinds: Any) -> bool:
    """``isinstance``, for which a Value is a number, and labels are integers or arrays of them."""
    if not recording_here():
        return isinstance(thing, kinds)
    if isinstance(thing, Value):
        kind = _kind(thing)
        if issubclass(type(thing), kinds):
            return True
        return issubclass(kind, kinds) if kind is not None else is_subclass(Number, kinds)
    if isinstance(thing, kinds):
        return True
    if isinstance(thing, Labels):
        return isinstance(thing.now if thing.ndim else thing.now[()], kinds)
    return False


def is_subclass(kind: Any, kinds: Any) -> bool:
    """``issubclass``, for the type of a recorded number, too."""
    if kind is not Number:
        return issubclass(kind, kinds)
    answers = {issubclass(each, kinds) for each in (float, np.float64)}
    if len(answers) > 1:
        raise _unknown(f"whether a number is a {getattr(kinds, '__name__', kinds)}")
    return answers.pop()


OF_SCALARS = {name for name in dir(np.float64) if not hasattr(float, name)} - {"data"}
"""What NumPy's numbers have, and Python's have not; ``data`` is asked of Values."""


def has_attribute(thing: Any, name: str) -> bool:
    """``hasattr``, for which a Value has what both kinds of number have, and what is a Value's alone."""
    if not recording_here() or not isinstance(thing, Value):
        return hasattr(thing, name)
    if name not in OF_SCALARS and hasattr(thing, name):
        return True
    kinds = [_kind(thing)] if _kind(thing) else [float, np.float64]
    answers = {hasattr(kind, name) for kind in kinds}
    if len(answers) > 1:
        raise _unknown(f"whether a number has {name!r}")
    return answers.pop()


def attribute(thing: Any, name: str, *default: Any) -> Any:
    """``getattr``, which gives the default where a number has no such attribute."""
    if default and isinstance(thing, Value) and name in OF_SCALARS and recording_here():
        return getattr(thing, name) if has_attribute(thing, name) else default[0]
    return getattr(thing, name, *default)


def subdtype(kind: Any, kinds: Any) -> bool:
    """``np.issubdtype``, for the type of a recorded number, too."""
    return bool(np.issubdtype(np.float64 if kind is Number or kind is Float else kind, kinds))


STAND_INS: dict[str, Any] = {
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "hasattr": has_attribute,
    "getattr": attribute,
    "float": Float,
    "type": Type,
}
"""The builtins that a function which is recorded finds by these names."""

EVERYWHERE = ("isinstance", "issubclass", "hasattr", "getattr", "type")
"""Those that its module holds meanwhile, for methods and what is called out of containers, too: they are the
builtins themselves to a thread that does not record."""

_lending = threading.Lock()
_lent: dict[int, int] = {}  # how many recordings use a module's names, by its id
_owned: dict[int, dict[str, Any]] = {}  # what the names stand for else


@contextmanager
def lent_to(modules: Iterable[dict[str, Any]], others: Mapping[int, Any]) -> Iterator[None]:
    """Let these modules, given by their names, have the stand-ins for a while.

    Args:
        modules: the names of each.
        others: what else stands for something that they hold, by the identity of that; to a thread that does
            not record it has to be the same.
    """
    modules = [*modules]
    with _lending:
        for names in modules:
            if not _lent.get(id(names)):
                held = {name: thing for name, thing in names.items() if id(thing) in others}
                _owned[id(names)] = held
                names.update({name: STAND_INS[name] for name in EVERYWHERE if name not in names})
                names.update({name: others[id(thing)] for name, thing in held.items()})
            _lent[id(names)] = _lent.get(id(names), 0) + 1
    try:
        yield
    finally:
        with _lending:
            for names in modules:
                _lent[id(names)] -= 1
                if not _lent[id(names)]:
                    del _lent[id(names)]
                    for name in EVERYWHERE:
                        if names.get(name) is STAND_INS[name]:
                            del names[name]
                    for name, thing in _owned.pop(id(names)).items():
                        if names.get(name) is others[id(thing)]:
                            names[name] = thing
