"""Calls of a Python function with Values in place of some of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.engine.value import Value, as_value
from autodiff.nesting import flat_values, mapped

__all__ = ["Call", "applied"]


@dataclass(frozen=True)
class Call:
    """What a function gave for arguments that are leaves of a graph.

    Attributes:
        function: its name, for messages.
        result: what it gave.
        arguments: those to differentiate by, as they were given.
        values: the leaves that stood for their numbers, in order.
        several: whether ``argnums`` named several arguments.
    """

    function: str
    result: Any
    arguments: list[Any]
    values: list[Value]
    several: bool

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

    def like(self, derivatives: Sequence[float]) -> Any:
        """Derivatives by ``values`` in the shape of the arguments: an array for an array, and so on."""
        rest = iter(derivatives)
        shaped = tuple(mapped(lambda _: next(rest), argument) for argument in self.arguments)
        return shaped if self.several else shaped[0]


def applied(f: Callable[..., Any], args: Sequence[Any], argnums: int | Sequence[int]) -> Call:
    """``f(*args)`` with new leaves for the numbers in the arguments of numbers ``argnums``.

    Raises:
        TypeError: if there is no argument of such a number.
    """
    name = getattr(f, "__name__", type(f).__name__)
    numbers = [argnums] if isinstance(argnums, int) else list(argnums)
    values: list[Value] = []

    def leaf(number: Any) -> Value:
        value = Value(number.data if isinstance(number, Value) else number)
        values.append(value)
        return value

    changed = list(args)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise TypeError(f"{name} was called with {len(args)} arguments, there is no argnums={number}")
        changed[number] = mapped(leaf, args[number])
    return Call(name, f(*changed), [args[n] for n in numbers], values, not isinstance(argnums, int))
