"""The arguments of a call, taken apart: float arrays, integer arrays, and what is the same for many calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.value import Value

__all__ = ["Binding", "Flat", "Numbers", "flattened", "rebuilt"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """An array among the arguments.

    Attributes:
        name: the argument's, or made of it and the keys and places on the way to it.
        form: ``"array"``, ``"number"``, or ``"list"`` for lists of numbers.
        data: float64, or of an integer or bool dtype.
        argument: the name of the argument that it is, or is in.
        kind: the type that it has, be it of an array's elements or of a number.
    """

    name: str
    form: str
    data: npt.NDArray[Any]
    argument: str
    kind: type


@dataclass
class Flat:
    """The arguments of one call.

    Attributes:
        key: equal for calls that differ in the numbers of arrays only.
        floats, integers: the arrays, in order.
        objects: what is neither number, text nor container, in order.
        values: whether there are Values among them.
    """

    key: list[Hashable] = field(default_factory=list)
    floats: list[Numbers] = field(default_factory=list)
    integers: list[Numbers] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)
    values: bool = False

    @cached_property
    def names(self) -> list[str]:
        """A name of its own for each float array."""
        taken: dict[str, int] = {}
        names = []
        for each in self.floats:
            count = taken[each.name] = taken.get(each.name, 0) + 1
            names.append(each.name if count == 1 else f"{each.name}_{count}")
        return names

    @property
    def kinds(self) -> list[type]:
        """The types that the floats and float arrays have."""
        return [each.kind for each in self.floats]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that hold floats."""
        return tuple(dict.fromkeys(each.argument for each in self.floats))

    def gradients(self, arguments: Mapping[str, Any], wrt: Iterable[str], arrays: Mapping[str, Any]) -> Any:
        """Arrays by name, as the arguments ``wrt`` have them: nested as these are, a float for a number."""
        found = {}
        for argument in wrt:
            own = [name for name, each in zip(self.names, self.floats) if each.argument == argument]
            inside = iter([arrays[name] if arrays[name].ndim else float(arrays[name]) for name in own])
            found[argument] = _put(arguments[argument], inside, repeat(None), as_arrays=True)
        return found


STATIC = (bool, int, str, bytes, complex, type(None), type(Ellipsis), slice, range, np.dtype)


def flattened(arguments: Mapping[str, Any]) -> Flat:
    """The arguments, by name, taken apart."""
    flat = Flat()
    for name, argument in arguments.items():
        _take(flat, argument, name, name)
    return flat


def _take(flat: Flat, value: Any, name: str, argument: str) -> None:
    if isinstance(value, (np.matrix, np.ma.MaskedArray)):
        raise TypeError(
            f"argument {name!r} is a {type(value).__name__}; pass a plain array, np.asarray({name})"
        )
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        if value.ndim:
            _number(flat, value, name, argument, "array", value.dtype.type)
        else:
            _number(flat, value, name, argument, "number", np.ndarray)
    elif isinstance(value, (float, np.floating, np.integer, np.bool_)):
        _number(flat, np.asarray(value), name, argument, "number", type(value))
    elif isinstance(value, Value) or (isinstance(value, np.ndarray) and value.dtype == object):
        flat.values = True
    elif isinstance(value, STATIC):
        flat.key.append((type(value), str(value) if isinstance(value, (slice, range)) else value))
    elif isinstance(value, Mapping):
        flat.key.append((type(value), *value))
        for key, part in value.items():
            _take(flat, part, str(key) if name == argument else f"{name}_{key}", argument)
    elif isinstance(value, (list, tuple)):
        numbers = _listed(value)
        if numbers is not None:
            flat.key.append(_types(value))
            _number(flat, numbers, name, argument, "list", np.float64)
            return
        flat.key.append((type(value), len(value)))
        for place, part in enumerate(value):
            _take(flat, part, f"{name}_{place}", argument)
    else:
        flat.key.append((type(value), id(value)))
        flat.objects.append(value)


def _number(flat: Flat, array: npt.NDArray[Any], name: str, argument: str, form: str, kind: type) -> None:
    is_float = array.dtype.kind == "f"
    flat.key.append((name, form, array.shape, "f" if is_float else array.dtype.str))
    data = array.astype(np.float64, copy=False) if is_float else array
    (flat.floats if is_float else flat.integers).append(Numbers(name, form, data, argument, kind))


def _listed(values: Any) -> npt.NDArray[Any] | None:
    """Nested lists of numbers as an array, if they are of even lengths: of floats, where one is a float."""
    kinds = set(_kinds(values))
    if not kinds or not kinds <= {float, int, np.float64, np.float32, np.int64, np.int32}:
        return None
    try:
        array = np.array(values)
    except ValueError:  # uneven lengths
        return None
    return array if array.size and array.dtype.kind in "fi" else None


def _kinds(values: Any) -> Iterator[type]:
    for each in values:
        if isinstance(each, (list, tuple)):
            yield from _kinds(each)
        else:
            yield type(each)


def _types(values: Any) -> Hashable:
    if not isinstance(values, (list, tuple)):
        return None
    inner = tuple(map(_types, values))
    return (type(values), inner if any(inner) else len(inner))


def rebuilt(arguments: Mapping[str, Any], floats: Iterator[Any], integers: Iterator[Any]) -> dict[str, Any]:
    """The arguments with other things in place of the float and the integer arrays, in order."""
    return {name: _put(argument, floats, integers) for name, argument in arguments.items()}


def _put(value: Any, floats: Iterator[Any], integers: Iterator[Any], as_arrays: bool = False) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return next(floats if value.dtype.kind == "f" else integers)
    if isinstance(value, (float, np.floating)):
        return next(floats)
    if isinstance(value, (np.integer, np.bool_)):
        return next(integers)
    if isinstance(value, STATIC):
        return value
    if isinstance(value, Mapping):
        parts = {key: _put(part, floats, integers, as_arrays) for key, part in value.items()}
        return parts if type(value) is dict else _same_kind(value, parts)
    if isinstance(value, (list, tuple)):
        numbers = _listed(value)
        if numbers is None:
            return _sequence(value, [_put(part, floats, integers, as_arrays) for part in value])
        array = next(floats if numbers.dtype.kind == "f" else integers)
        return array if as_arrays else _relisted(value, array)
    return value


def _same_kind(value: Any, parts: dict[Any, Any]) -> Any:
    try:
        return type(value)(parts)
    except TypeError:
        return parts


def _relisted(like: Any, array: Any) -> Any:
    return _sequence(
        like,
        [
            _relisted(part, array[place]) if isinstance(part, (list, tuple)) else array[place]
            for place, part in enumerate(like)
        ],
    )


def _sequence(like: Any, parts: list[Any]) -> Any:
    return type(like)(*parts) if hasattr(like, "_fields") else type(like)(parts)


class Binding:
    """How a function's arguments get their names.

    Raises:
        TypeError: from ``bind``, as the function itself would.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.signature = inspect.signature(function)
        parameters = self.signature.parameters.values()
        plain = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY}
        self._names = [each.name for each in parameters] if all(p.kind in plain for p in parameters) else None
        others = [each.name for each in parameters if each.kind is inspect.Parameter.VAR_KEYWORD]
        self._others = others[0] if others else None
        self._function = getattr(function, "__name__", type(function).__name__)

    def bind(self, args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, defaults and those of ``**kwargs`` too; those of ``*args`` are a tuple."""
        if self._names is not None and not options and len(args) == len(self._names):
            return dict(zip(self._names, args))
        try:
            bound = self.signature.bind(*args, **options)
        except TypeError as error:
            raise TypeError(f"{self._function}(): {error}") from None
        bound.apply_defaults()
        arguments = dict(bound.arguments)
        others = arguments.pop(self._others) if self._others else {}
        return {**arguments, **others}

    def apply(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Call a function with arguments by name."""
        named = {name: each for name, each in arguments.items() if name in self.signature.parameters}
        if self._others:
            named[self._others] = {name: each for name, each in arguments.items() if name not in named}
        bound = inspect.BoundArguments(self.signature, named)
        return function(*bound.args, **bound.kwargs)
