"""Subscripts: where in an array a formula reads, along the axes over which its line runs.

A line of a listing runs over *axes*: those of the array that it fills, and those over which it adds up. A
row i of X is read where the subscript of X's rows is i; a window of it where the subscript of its columns
is j + p - 1. Whatever positions are regular along the axes can be said so, axis by axis of the array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from autodiff.lifting.record import Ints
from autodiff.lifting.write.algebra import number
from autodiff.lifting.write.rendered import Rendered

__all__ = [
    "Axis",
    "Frame",
    "Read",
    "Subscript",
    "Unwritten",
    "coordinates",
    "reshaped",
    "shortened",
    "subscripts",
]


class Unwritten(Exception):
    """There is no way to write something so."""


class Axis(NamedTuple):
    """An axis of an array: its length, and how much further in the buffer a step along it leads."""

    length: int
    step: int


@dataclass(frozen=True)
class Subscript:
    """A place along one axis of an array, counted from 0: first + Σ step·index.

    Attributes:
        first: the place where all axes begin.
        steps: by the number of an axis of the line, those that are not 0; 0 for one along which the places
            follow no rule.
        listed: writes the name of the constant that holds the places along such an axis, counted from 1.
    """

    first: int
    steps: Mapping[int, int]
    listed: Callable[[], Rendered] | None = None

    def text(self, letters: Mapping[int, str], beyond: int = 0) -> str:
        """The subscript, counted from 1, at the letters of axes, ``2i-1``; with another number added."""
        count = 1 + self.first + beyond
        words: list[tuple[int, str]] = []
        for axis, step in self.steps.items():
            if axis in letters and step == 0:
                assert self.listed is not None
                count -= 1 + self.first
                words.append((1, f"{self.listed().text}[{letters[axis]}]"))
            elif axis in letters:
                count -= step
                words.append((step, f"{abs(step) if abs(step) > 1 else ''}{letters[axis]}"))
        words.sort(key=lambda word: word[0] < 0)
        if not words:
            return str(count)
        if words[0][0] < 0:
            return str(count) + "".join(f"-{word}" for _, word in words)
        text = "".join(f"{'-' if step < 0 else '+'}{word}" for step, word in words)[1:]
        return text + (f"{count:+d}" if count else "")


def coordinates(local: Ints, array: Sequence[Axis]) -> list[Ints]:
    """Places in an array as if it were one row, along each of its axes."""
    places = [np.zeros(local.shape, np.int64)] * len(array)
    rest = local
    for at in sorted(range(len(array)), key=lambda i: -array[i].step):
        if array[at].length > 1:
            places[at], rest = np.divmod(rest, array[at].step)
    return places


def subscripts(
    local: Ints, axes: Sequence[int], array: Sequence[Axis], name: Callable[[Ints], Rendered]
) -> tuple[Subscript, ...] | None:
    """The subscript of each axis of an array; None where one depends on several axes together.

    Args:
        local: places in the array as if it were one row, an axis for each of ``axes``.
        axes: the numbers of these in the line.
        array: the axes of the array.
        name: names a constant, which holds places that follow no rule.
    """
    found = []
    for each in coordinates(local, array):
        subscript = _subscript(each, axes, name)
        if subscript is None:
            return None
        found.append(subscript)
    return tuple(found)


def _subscript(places: Ints, axes: Sequence[int], name: Callable[[Ints], Rendered]) -> Subscript | None:
    first = int(places.flat[0])
    rule = np.full(places.shape, first)
    steps: dict[int, int] = {}
    listed: Callable[[], Rendered] | None = None
    for at, (n, axis) in enumerate(zip(places.shape, axes)):
        line = np.moveaxis(places, at, 0).reshape(n, -1)[:, 0] - first
        rule = rule + line.reshape([n if at == other else 1 for other in range(places.ndim)])
        step = int(line[1]) if n > 1 else 0
        if (line == step * np.arange(n)).all():
            steps |= {axis: step} if step else {}
        elif listed is None:
            steps[axis] = 0
            listed = partial(name, line + first + 1)
        else:
            return None
    return Subscript(first, steps, listed) if (rule == places).all() else None


@dataclass(frozen=True)
class Frame:
    """Which axes of a line are not letters but the rows and the columns of a matrix.

    Attributes:
        rows, columns: their numbers; None where there is one row, or one column.
    """

    rows: int | None = None
    columns: int | None = None

    @property
    def axes(self) -> tuple[int, ...]:
        return tuple(axis for axis in (self.rows, self.columns) if axis is not None)

    @property
    def turned(self) -> Frame:
        return Frame(self.columns, self.rows)


@dataclass(frozen=True)
class Read:
    """What a line reads, or fills: part of an array, at the letters of some axes.

    Attributes:
        array: writes its name, in text and LaTeX.
        sizes: its shape.
        places: the subscripts of its axes.
        number: a number that it is instead.
        inline: what is written for all of it; empty if that is the name.
        flat: an axis of the line along which the last axes of the array are read, as one row after the
            other; ``places`` are those of the axes before.
    """

    array: Callable[[], Rendered]
    sizes: tuple[int, ...] = ()
    places: tuple[Subscript, ...] = ()
    number: float | None = None
    flat: int | None = None
    inline: Rendered | None = None

    @property
    def axes(self) -> set[int]:
        """Those of the line on which it depends."""
        return {axis for place in self.places for axis in place.steps} | {*self._flat}

    @property
    def _flat(self) -> tuple[int, ...]:
        return () if self.flat is None else (self.flat,)

    @property
    def rest(self) -> tuple[int, ...]:
        """The lengths of the axes that are read as one."""
        return self.sizes[len(self.places) :]

    def part(self, letters: Mapping[int, str]) -> Rendered:
        """What is read as one row after the other.

        Raises:
            Unwritten: if some of the axes before are no letters, or the row is one.
        """
        if self.flat in letters or any(axis not in letters for place in self.places for axis in place.steps):
            raise Unwritten
        return self.called([place.text(letters) for place in self.places], self.rest)

    def _flattened(self, letters: Mapping[int, str], lengths: Sequence[int]) -> tuple[Rendered, Frame]:
        assert self.flat is not None
        return flattened(self.part(letters), lengths[self.flat]), Frame(self.flat)

    def words(self, letters: Mapping[int, str], lengths: Sequence[int]) -> list[str]:
        """The subscripts at some letters: a place, or from where to where.

        Raises:
            Unwritten: where what lies between is not all read.
        """
        words = []
        for size, place in zip(self.sizes, self.places):
            inside = [axis for axis in place.steps if axis not in letters]
            if place.listed is not None and len(inside) == len(place.steps) == 1:
                words.append(place.listed().text)
                continue
            if any(place.steps[axis] != 1 for axis in inside):
                raise Unwritten
            length = 1 + sum(lengths[axis] - 1 for axis in inside)
            begin, end = place.text(letters), place.text(letters, length - 1)
            whole = length == size and place.first == 0 and len(place.steps) == len(inside)
            words.append(begin if not inside else ":" if whole else f"{begin} … {end}")
        return words

    def called(self, words: Sequence[str], shape: tuple[int, ...]) -> Rendered:
        """The array with subscripts."""
        inside = ",".join(words)
        if not words and self.inline is not None:
            return self.inline._replace(numpy=self.inline.text, shape=shape)
        name = self.array()
        if not words:
            return Rendered(name.text, name.text, name.latex, shape)
        text = f"{name.text}[{inside}]"
        latex = f"{{{name.latex}}}" if "_" in name.latex else name.latex
        below = inside.replace("…", r"\dots")
        return Rendered(text, text, f"{latex}_{{{below}}}", shape)

    def written(self, letters: Mapping[int, str], lengths: Sequence[int]) -> tuple[Rendered, Frame]:
        """At these letters, and how the rest of its axes lie: as rows or as columns.

        Raises:
            Unwritten: where that takes more than two, or steps.
        """
        if self.number is not None:
            return number(self.number), Frame()
        if self.flat is not None:
            return self._flattened(letters, lengths)
        left: list[int] = []
        for place in self.places:
            inside = [axis for axis in place.steps if axis not in letters]
            if len(inside) > 1 or set(inside) & set(left):
                raise Unwritten
            left += inside
        words = self.words(letters, lengths)
        if len(left) > 2:
            raise Unwritten
        words = shortened(words, self.sizes)
        # What runs along the last of several axes, all of which have subscripts, is a row.
        runs = bool(words) and any(axis not in letters for axis in self.places[-1].steps)
        last = runs and len(words) == len(self.sizes) > 1
        row = len(left) == 1 and (last or (not words and len(self.sizes) == 2 and self.sizes[0] == 1))
        frame = Frame(None, left[0]) if row else Frame(*left)
        shape = tuple(1 if axis is None else lengths[axis] for axis in (frame.rows, frame.columns))
        return self.called(words, shape), frame


def flattened(value: Rendered, n: int) -> Rendered:
    """All elements as a column."""
    word = f"reshape({value.text}, {n})"
    return Rendered(word, word, rf"\operatorname{{reshape}}\left({value.latex}, {n}\right)", (n, 1))


def reshaped(value: Rendered, shape: tuple[int, ...]) -> Rendered:
    """The elements of a column in another shape."""
    sizes = ", ".join(map(str, shape))
    word = f"reshape({value.text}, {sizes})"
    return Rendered(word, word, rf"\operatorname{{reshape}}\left({value.latex}, {sizes}\right)", shape)


def shortened(words: list[str], sizes: Sequence[int]) -> list[str]:
    """Without subscripts that need not be written: of a whole array, of what is a number, and at the end of
    what has three axes or more."""
    if all(word == ":" or size == 1 for word, size in zip(words, sizes)):
        return []
    while len(sizes) > 2 and words[-1] == ":":
        words = words[:-1]
    return words
