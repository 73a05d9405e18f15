"""Given: the integer arguments of a call that is recorded, and what of them a program takes as inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays import Array, leaves

__all__ = ["Fed", "Given", "Numbers", "OtherShape", "Source"]

Numbers = npt.NDArray[Any]


class Given:
    """The integer arguments of the call that is recorded, and what of them the recording uses.

    Attributes:
        fed: inputs of the program that are computed from them in each call.
        fixed: what has to be the same in each call: positions in a source, their numbers, and the line
            that asks.
        shaped: what has to have the same shape in each call, which may depend on the numbers.

    Args:
        taken: names that inputs have already.
    """

    def __init__(self, taken: Sequence[str] = ()) -> None:
        self.fed: list[Fed] = []
        self.fixed: list[tuple[Source, Numbers, Numbers, tuple[str, int]]] = []
        self.shaped: list[Source] = []
        self._names = dict.fromkeys(taken, 1)

    def argument(self, number: int, name: str, data: Numbers) -> Source:
        """What stands for an argument, the ``number``-th of the integer arrays."""
        return Source(self, name, np.array(data), lambda arguments: arguments[number])

    def in_call(self, arguments: Sequence[Numbers]) -> dict[str, Numbers] | None:
        """The inputs of a call with these integer arguments; None if they need another recording."""
        try:
            for source, positions, numbers, _ in self.fixed:
                if not np.array_equal(source.in_call(arguments).ravel()[positions], numbers):
                    return None
            for source in self.shaped:
                source.in_call(arguments)
            inputs = {}
            for each in self.fed:
                inputs[each.name] = each.compute(arguments)
            return inputs
        except (OtherShape, ValueError, IndexError, TypeError):
            return None

    def name(self, name: str) -> str:
        """``name``, or with a number if it is taken."""
        count = self._names[name] = self._names.get(name, 0) + 1
        return name if count == 1 else f"{name}{count}"


class Fed:
    """An input of the program that is computed from a call's integers.

    Attributes:
        name, leaves: of the input.
        one_hot: whether each row is 1 in one place and 0 elsewhere.
        compute: its array, from the integer arguments.
    """

    def __init__(
        self, name: str, values: Array, one_hot: bool, compute: Callable[[Sequence[Numbers]], Numbers]
    ) -> None:
        self.name, self.leaves, self.one_hot, self.compute = name, values, one_hot, compute


class Source:
    """An array of numbers that is known in each call: an integer argument, or what is computed of such.

    Args:
        given: of the recording.
        name: for inputs.
        numbers: in the call that is recorded.
        compute: in another, from its integer arguments.
        recorded: the numbers as Values computed of other inputs, where they need no input of their own.
    """

    def __init__(
        self,
        given: Given,
        name: str,
        numbers: Numbers,
        compute: Callable[[Sequence[Numbers]], Numbers],
        recorded: Callable[[], Any] | None = None,
    ) -> None:
        self.given, self.name, self.numbers, self.compute = given, name, numbers, compute
        self._recorded = recorded
        self._one_hot: dict[int, Array] = {}
        self._values: Array | None = None

    def one_hot(self, count: int) -> Array:
        """(size, count) leaves: 1 in the column of each number, else 0. Of labels y they are called Y.

        Raises:
            IndexError: for a number that is no index of ``count`` things.
        """
        if count not in self._one_hot:
            identity = np.eye(count)
            name = self.name.upper() if re.fullmatch("[a-z]", self.name) else f"{self.name}_onehot"
            self._one_hot[count] = self._feed(
                name, True, lambda numbers: _one_hot(numbers, identity, self.name)
            )
        return self._one_hot[count]

    def values(self) -> Array:
        """(size,) the numbers as Values."""
        if self._values is None and self._recorded is not None:
            self._values = Array(np.ravel(np.asarray(Array(self._recorded()))))
        if self._values is None:
            self._values = self._feed(self.name, False, lambda numbers: numbers.ravel().astype(np.float64))
        return self._values

    def _feed(self, wish: str, one_hot: bool, change: Callable[[Numbers], Numbers]) -> Array:
        name = self.given.name(wish)
        fed = leaves(name, change(self.numbers))
        self.given.fed.append(Fed(name, fed, one_hot, lambda arguments: change(self.in_call(arguments))))
        return fed

    def in_call(self, arguments: Sequence[Numbers]) -> Numbers:
        """The numbers in a call with these integer arguments.

        Raises:
            OtherShape: if they have another shape, for the function may have asked for that.
        """
        numbers = np.asarray(self.compute(arguments))
        if numbers.shape != self.numbers.shape:
            raise OtherShape
        return numbers


class OtherShape(Exception):
    """What is computed of integers has another shape in this call."""


def _one_hot(numbers: Numbers, identity: Numbers, name: str) -> Numbers:
    try:
        return identity.take(numbers if numbers.ndim == 1 else numbers.ravel(), axis=0)
    except IndexError:
        count = len(identity)
        wrong = numbers.max() if numbers.max() >= count else numbers.min()
        raise IndexError(f"{name} holds {wrong}, which is no index of an axis of length {count}") from None
