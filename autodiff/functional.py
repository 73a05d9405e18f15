"""Calls of a Python function with Values in place of some of its arguments."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from autodiff.engine.choices import is_recording
from autodiff.engine.value import Value, as_value
from autodiff.nesting import flat_values, mapped

__all__ = ["Call", "applied"]


@dataclass(frozen=True)
class Call:
    """What a function gave for arguments that are leaves of a graph, or stand in one for Values.

    Attributes:
        function: its name, for messages.
        result: what it gave.
        arguments: those to differentiate by, as they were given.
        values: the Values that stood for their numbers, in order.
        several: whether ``argnums`` named several arguments.
        recorded: whether derivatives have to be Values, since somebody may differentiate them: for arguments
            that are Values, and inside a function that is differentiated or lifted itself.
    """

    function: str
    result: Any
    arguments: list[Any]
    values: list[Value]
    several: bool
    recorded: bool

    @property
    def output(self) -> Value:
        """The result, if it is one number.

        Raises:
            TypeError: if it is not.
        """
        if isinstance(self.result, (Value, int, float, np.number)):
            return as_value(self.result)
        kind = type(self.result).__name__
        raise TypeError(
            f"{self.function} has to return one Value to be differentiated, got {kind}; jacobian() takes "
            "functions of several results, and .data or a forgotten return cuts the graph"
        )

    @property
    def outputs(self) -> list[Value]:
        """All the results, in order."""
        return flat_values(mapped(as_value, self.result))

    def like(self, derivatives: Sequence[float | Value]) -> Any:
        """Derivatives by ``values`` in the shape of the arguments: an array for an array, and so on."""
        rest = iter(derivatives)
        shaped = tuple(mapped(lambda _: next(rest), argument) for argument in self.arguments)
        return shaped if self.several else shaped[0]


def applied(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: int | Sequence[int],
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Call:
    """``f(*args, **options)`` with new leaves for the numbers in the arguments of numbers ``argnums``, and
    nodes of their own for the Values there.

    Raises:
        TypeError: if there is no argument of such a number.
    """
    name = getattr(f, "__name__", type(f).__name__)
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    values: list[Value] = []

    def leaf(number: Any) -> Value:
        value = number * 1.0 if isinstance(number, Value) else Value(number)
        values.append(value)
        return value

    outer = getattr(_this_thread, "inside", False)
    inside = outer or is_recording() or any(map(_holds_values, (*args, *options.values())))
    changed = list(args)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise TypeError(f"{name} was called with {len(args)} arguments, there is no argnums={number}")
        changed[number] = mapped(leaf, args[number])
    _this_thread.inside = True
    try:
        result = f(*changed, **options)
    finally:
        _this_thread.inside = outer
    arguments = [args[number] for number in numbers]
    return Call(name, result, arguments, values, not isinstance(argnums, int), inside)


_this_thread = threading.local()


def _holds_values(argument: Any) -> bool:
    """Whether there is a Value in nested dicts, lists, tuples and arrays."""
    if isinstance(argument, Mapping):
        return any(map(_holds_values, argument.values()))
    if isinstance(argument, (list, tuple)):
        return any(map(_holds_values, argument))
    if isinstance(argument, np.ndarray):
        return argument.dtype == object and any(isinstance(each, Value) for each in argument.flat)
    return isinstance(argument, Value)
