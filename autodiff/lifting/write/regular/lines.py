"""Lines with indices: the choice of letters for some axes of what a line fills and adds up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from autodiff.lifting.write.regular.at import At
from autodiff.lifting.write.regular.composing import SMALL
from autodiff.lifting.write.regular.subscripts import Frame, Read, Unwritten, reshaped
from autodiff.lifting.write.rendered import Index, Line, Rendered, Shape, assignment

__all__ = ["Compose", "Letters", "Written", "at_letters", "best", "subsets"]

Compose = Callable[[Frame, At], Rendered]
"""Writes the right side of a line in a frame; it may choose among letters for the axes it sums over."""


class Written(NamedTuple):
    """A line: what it fills, the right side, the indices, and the shape of what it fills."""

    target: Rendered
    value: Rendered
    ranges: tuple[Index, ...]
    shape: Shape

    def instead_of(self, line: Line, sign: str) -> Line:
        """A line whose text and LaTeX are these."""
        mine = assignment(self.target, sign, self.value)
        return line._replace(text=mine.text, latex=mine.latex, ranges=self.ranges, shape=self.shape)


@dataclass(frozen=True)
class Letters:
    """The letters of the axes of a line.

    Attributes:
        taken: names that the listing has already.
        own: the axes of the array that the formula fills, in the order in which it is shown.
    """

    taken: frozenset[str]
    own: Sequence[int]

    def of(self, count: int, plain: bool = True, besides: Collection[str] = ()) -> list[str]:
        """A letter for each of ``count`` axes.

        Args:
            count: of axes; those that are not the array's are summed over.
            plain: whether i and j, which number rows and columns at a Σ, may be letters.
            besides: further letters that are taken.
        """
        n = len(self.own)
        own = {1: "i", 2: "ij", 3: "kij", 4: "skij", 5: "tskij"}.get(n, "")
        over = {1: "p", 2: "pr", 3: "lpr"}.get(count - n, "")
        wishes = dict(zip(self.own, own)) | dict(zip(range(n, count), over))
        taken = {*self.taken, *besides, *(() if plain else "ij")}
        found: dict[int, str] = {axis: wish for axis, wish in wishes.items() if wish not in taken}
        free = (letter for letter in "nltshoukvxrpae" if letter not in {*taken, *found.values()})
        return [found[axis] if axis in found else next(free) for axis in range(count)]

    def in_order(self, axes: Iterable[int]) -> list[int]:
        """Axes of the array in the order in which it is shown."""
        return sorted(axes, key=lambda axis: self.own.index(axis) if axis in self.own else len(self.own))


def best(
    target: Read,
    over: Sequence[int],
    lengths: Sequence[int],
    names: Letters,
    compose: Compose,
    sums: Mapping[int, tuple[int, int]] | None = None,
) -> Written:
    """The line with the fewest letters.

    Args:
        target: what it fills.
        over: the axes over which is summed, which are not the target's.
        lengths: of all axes.
        names: of the axes.
        compose: of the right side.
        sums: axes that are the sums of others; see ``At``.

    Raises:
        Unwritten: if there is none.
    """
    mine = names.in_order(target.axes)
    found: list[tuple[int, int, Written]] = []
    for count in (2, 1, 0):
        for opened in combinations(reversed(mine), count):
            closed = [axis for axis in mine if axis not in opened]
            if sums and set(closed) & {*sums}:
                continue
            for written in _tried(target, closed, over, lengths, names, compose, sums or {}):
                letters = 2 * len(written.ranges) - len(closed)
                found.append((letters, len(written.value.text), written))
    if not found:
        raise Unwritten
    return min(found, key=lambda each: each[:2])[2]


def at_letters(
    target: Read, closed: Sequence[int], lengths: Sequence[int], names: Letters, compose: Compose
) -> Written:
    """The line in which just these axes are letters.

    Raises:
        Unwritten: if there is none.
    """
    line = next(_tried(target, closed, (), lengths, names, compose, {}), None)
    if line is None:
        raise Unwritten
    return line


def _tried(
    target: Read,
    closed: Sequence[int],
    over: Sequence[int],
    lengths: Sequence[int],
    names: Letters,
    compose: Compose,
    sums: Mapping[int, tuple[int, int]],
) -> Iterator[Written]:
    """The lines that have these of the target's axes as letters."""
    for named in subsets(over):
        for plain in (True, False):
            letters = names.of(len(lengths) - len(sums), plain)
            at = At(lengths, {axis: letters[axis] for axis in (*closed, *named)}, sums)
            try:
                left, frame = target.written(at.letters, lengths)
                value = compose(frame, at)
                if target.flat is not None:
                    left = target.part(at.letters)
                    value = value if value.shape in ((), (1, 1)) else reshaped(value, target.rest)
            except (Unwritten, StopIteration):
                break
            ranges = [Index(letters[axis], 1, lengths[axis]) for axis in (*closed, *named)]
            if plain and at.reduced and {"i", "j"} & {index.letter for index in ranges}:
                continue
            if any(letters[axis] not in SMALL for axis in named):
                break
            ranges += at.more
            shape: Shape = left.shape
            if "[" not in left.text:
                shape = target.sizes
            elif target.flat is None and frame.columns is None:
                shape = left.shape[: len(frame.axes)]
            yield Written(left, value, tuple(ranges), shape)
            break


def subsets(axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All sets of some axes, small ones first; of many axes, none or all."""
    counts = range(len(axes) + 1) if len(axes) <= 4 else (0, len(axes))
    for count in counts:
        yield from combinations(axes, count)
