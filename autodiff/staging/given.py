"""Given: the integer arguments of a call that is recorded, and what of them a program takes as inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import is_not
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays import Array, leaves

__all__ = ["Fed", "Given", "Numbers", "OtherShape", "Source", "View"]

Numbers = npt.NDArray[Any]


class Given:
    """The integer arguments of the call that is recorded, and what of them the recording uses.

    Attributes:
        fed: inputs of the program that are computed from them in each call.
        fixed: what has to be the same in each call: positions in a source, their numbers, and the line
            that asks.
        shaped: what has to have the same shape in each call, which may depend on the numbers.
        views: what was picked where NumPy gives a view, ``row = S[k]``.

    Args:
        taken: names that inputs have already.
        pick_views: whether labels may pick what is a view in NumPy. A pick is none, so where a row or its
            array is changed afterwards, the labels have to be known.
    """

    def __init__(self, taken: Sequence[str] = (), pick_views: bool = True) -> None:
        self.pick_views = pick_views
        self.views: list[View] = []
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

    def any_changed(self) -> bool:
        """Whether a row that was picked, or the array that it was picked of, has been changed since."""
        return any(view.changed() for view in self.views)

    def name(self, name: str) -> str:
        """``name``, or with a number if it is taken."""
        count = self._names[name] = self._names.get(name, 0) + 1
        return name if count == 1 else f"{name}{count}"


class View:
    """A row that was picked, and the array or list that it is of, with their elements as they were."""

    def __init__(self, whole: Any, row: Any) -> None:
        self.whole, self.row = whole, row
        self._before = [*_elements(whole), *_elements(row)]

    def changed(self) -> bool:
        """Whether elements of one have been replaced."""
        now = [*_elements(self.whole), *_elements(self.row)]
        return len(now) != len(self._before) or any(map(is_not, self._before, now))


def _elements(thing: Any) -> Iterator[Any]:
    if isinstance(thing, (list, tuple)):
        for each in thing:
            yield from _elements(each)
    elif isinstance(thing, Array):
        yield from np.asarray(thing).ravel().tolist()
    else:
        yield thing


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
        self._used: dict[int, Numbers] = {}
        self._values: Array | None = None
        self._last: tuple[Sequence[Numbers], Numbers] | None = None

    def one_hot(self, count: int, positions: Numbers) -> Array:
        """(size, count) leaves: 1 in the column of each number, else 0. Of labels y they are called Y. Only
        the numbers at ``positions`` are used: of pairs (user, film) the users may be more than the films.

        Raises:
            IndexError: for a number that is no index of ``count`` things.
        """
        identity = np.eye(count)
        _one_hot(self.numbers.ravel()[positions.ravel()], identity, self.name)
        used = self._used.setdefault(count, np.zeros(self.numbers.size, dtype=bool))
        used[positions.ravel()] = True

        def rows(numbers: Numbers) -> Numbers:
            numbers = numbers.ravel()
            fits = (numbers >= -count) & (numbers < count)
            return _one_hot(numbers if fits.all() else np.where(fits | used, numbers, 0), identity, self.name)

        if count not in self._one_hot:
            name = self.name.upper() if re.fullmatch("[a-z]", self.name) else f"{self.name}_onehot"
            self._one_hot[count] = self._feed(name, True, rows)
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
        last = self._last
        if last is not None and last[0] is arguments:
            return last[1]
        numbers = np.asarray(self.compute(arguments))
        if numbers.shape != self.numbers.shape:
            raise OtherShape
        self._last = arguments, numbers
        return numbers


class OtherShape(Exception):
    """What is computed of integers has another shape in this call."""


def _one_hot(numbers: Numbers, identity: Numbers, name: str) -> Numbers:
    try:
        return identity.take(numbers, axis=0)
    except IndexError:
        count = len(identity)
        wrong = numbers.max() if numbers.max() >= count else numbers.min()
        raise IndexError(f"{name} holds {wrong}, which is no index of an axis of length {count}") from None
