"""Where a line stands: which of its axes are letters, and how what is left of an operand fits in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autodiff.lifting.write.regular.subscripts import Frame, Read, Unwritten
from autodiff.lifting.write.rendered import Index, Rendered

__all__ = ["At", "fitted"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class At:
    """Where a line stands: its axes, and which of them are letters.

    Attributes:
        lengths: of all its axes.
        letters: by axis.
        sums: by axis that is the sum of two others, as that of places which a window reads from several
            of its own, these.
        more: the indices that terms of a sum add, of axes of their own.
        reduced: i and j, where the right side has a sum over rows or columns.
    """

    lengths: Sequence[int]
    letters: Mapping[int, str]
    sums: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    more: list[Index] = field(default_factory=list)
    reduced: list[str] = field(default_factory=list)

    def shape(self, frame: Frame) -> Shape:
        return tuple(1 if axis is None else self.lengths[axis] for axis in (frame.rows, frame.columns))

    def open(self, read: Read) -> set[int]:
        """The axes of an operand that are no letters."""
        return {axis for axis in read.axes if axis not in self.letters}


def fitted(read: Read, frame: Frame, at: At) -> Rendered:
    """An operand in a frame, turned if it has to be.

    Raises:
        Unwritten: if it does not fit.
    """
    written, own = read.written(at.letters, at.lengths)
    if _inside(own, frame):
        return written
    if _inside(own.turned, frame):
        return written.turned._replace(shape=written.shape[::-1])
    raise Unwritten


def _inside(own: Frame, frame: Frame) -> bool:
    return own.rows in (None, frame.rows) and own.columns in (None, frame.columns)
