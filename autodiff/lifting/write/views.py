"""Views: the plain ways in which an array, or a part of it, is read, in NumPy and as the notation has it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from autodiff.lifting.block_names import with_below
from autodiff.lifting.formula import Block
from autodiff.lifting.record import Ints
from autodiff.lifting.write.algebra import weighted
from autodiff.lifting.write.rendered import Rendered, Shape

__all__ = ["FEW", "View", "broadcasts", "index_text", "seen", "summed", "views_of"]

FEW = 6  # numbers of an array that are shown


def index_text(positions: Ints, is_vector: bool) -> str:
    """Positions in a vector to read, ``[3 … 5]`` or ``[(1, 3, 3)]``, counted from 1; empty if they are
    many, or in no vector."""
    flat = positions.ravel() + 1
    if not is_vector or not flat.size:
        return ""
    if flat.size == 1:
        return f"[{flat[0]}]"
    if (np.diff(flat) == 1).all():
        return f"[{flat[0]} … {flat[-1]}]"
    return f"[({', '.join(map(str, flat))})]" if flat.size <= FEW else ""


def broadcasts(places: Ints, positions: Ints) -> bool:
    """Whether places are these positions, which may be alike along some axes."""
    try:
        return bool((np.broadcast_to(places, positions.shape) == positions).all())
    except ValueError:
        return False


class View(NamedTuple):
    """A plain view of an array.

    Attributes:
        code: in NumPy, what stands behind the name.
        subscripts: in the text, likewise.
        turned: whether the text is the transpose of that. A vector that runs along a row is a row in the
            text, even where NumPy has no need of that.
        places: where its elements lie.
        flat: whether it has all elements as one row.
    """

    code: str
    subscripts: str
    turned: bool
    places: Ints
    flat: bool = False


def seen(word: Rendered, view: View, shape: Shape) -> Rendered:
    """A view, of this shape, of an array, or of what is written in its place."""
    if word.scaled is not None:
        return weighted(word.scaled[0], seen(word.scaled[1], view, shape))
    code = word.closed().numpy + view.code if view.code else word.numpy
    if math.prod(n for n in word.shape if isinstance(n, int)) == 1:
        return word._replace(numpy=code, shape=shape) if view.code else word  # a number, however it is shaped
    if view.flat:
        return word.reshaped(shape)
    if view.subscripts:
        word = word.closed()
        inside = view.subscripts[1:-1].replace("…", r"\dots")
        word = word._replace(text=word.text + view.subscripts, latex=with_below(word.latex, inside))
    return (word.turned if view.turned else word)._replace(numpy=code, shape=shape)


def views_of(block: Block, shape: Shape, positions: Ints) -> Iterator[View]:
    """The plain views of an array, of this shape, that begin where ``positions`` do."""
    yield from _whole_rows(block, shape, int(positions.flat[0]))
    yield from _part_of_a_row(block, positions)
    yield from _parts(block, positions)
    yield from _runs(block, positions)


def _part_of_a_row(block: Block, positions: Ints) -> Iterator[View]:
    """From one element to another of a row of a matrix as a vector, and of a column likewise."""
    if block.varies or len(block.dims) != 2 or positions.ndim != 1 or len(positions) < 2:
        return
    places = block.start + np.arange(block.size).reshape(block.dims)
    i, j = (int(n) for n in np.unravel_index(int(positions[0]) - block.start, block.dims))
    n = len(positions)
    row, column = places[i, j : j + n], places[i : i + n, j]
    if len(row) == n < block.dims[1]:
        yield View(f"[{i}, {j}:{j + n}]", f"[{i + 1},{j + 1} … {j + n}]", True, row)
    if len(column) == n < block.dims[0]:
        yield View(f"[{i}:{i + n}, {j}]", f"[{i + 1} … {i + n},{j + 1}]", False, column)


def _parts(block: Block, positions: Ints) -> Iterator[View]:
    """The rows from one to another of a matrix, and the columns likewise, as they lie and turned."""
    if block.varies or len(block.dims) != 2 or positions.ndim != 2:
        return
    places = block.start + np.arange(block.size).reshape(block.dims)
    i, j = (int(n) for n in np.unravel_index(int(positions.flat[0]) - block.start, block.dims))
    for turned, (rows, columns) in ((False, positions.shape), (True, positions.shape[::-1])):
        part = places[i : i + rows, j : j + columns]
        if part.shape != (rows, columns) or 1 in part.shape or part.size == block.size:
            continue
        ends = ((i, i + rows, block.dims[0]), (j, j + columns, block.dims[1]))
        code = ", ".join(":" if n == end - begin else f"{begin}:{end}" for begin, end, n in ends)
        words = ",".join(":" if n == end - begin else f"{begin + 1} … {end}" for begin, end, n in ends)
        yield View(f"[{code}]{'.T' * turned}", f"[{words}]", turned, part.T if turned else part)


def _runs(block: Block, positions: Ints) -> Iterator[View]:
    """A part of a vector that goes with each row of a matrix, or with each column."""
    if block.varies or len(block.dims) != 1 or positions.ndim != 2:
        return
    first = int(positions.flat[0]) - block.start
    for length, code in ((positions.shape[1], ""), (positions.shape[0], "[:, None]")):
        end = first + length
        if 1 < length < block.size and end <= block.size:
            part = block.start + np.arange(first, end)
            yield View(
                f"[{first}:{end}]{code}", f"[{first + 1} … {end}]", False, part[:, None] if code else part
            )


def _whole_rows(block: Block, shape: Shape, first: int) -> Iterator[View]:
    """Plain views of a block that begin at position ``first``."""
    dims = tuple(n for n in shape if isinstance(n, int))
    places = block.start + np.arange(block.size).reshape(dims)
    yield View("", "", False, places)
    if len(dims) > 1:
        yield View(".reshape(-1)", "", False, places.reshape(-1), flat=True)
    corner = np.unravel_index(first - block.start, dims) if dims else ()
    for fixed in product((False, True), repeat=len(dims)):
        index = tuple(int(i) if fix else slice(None) for i, fix in zip(corner, fixed))
        part = np.asarray(places[index])
        code, subscripts = "", ""
        if any(fixed):
            code = f"[{', '.join(str(i) if isinstance(i, int) else ':' for i in index)}]"
            counted = [str(i + 1) if isinstance(i, int) else ":" for i in index] + [":"] * ("m" in shape)
            subscripts = f"[{','.join(counted)}]"
        # In the text a row of a matrix is a row; where it serves as a vector it is turned.
        is_row = fixed == (True, False) and "m" not in shape
        if any(fixed):
            yield View(code, subscripts, is_row, part)
        if part.ndim == 2 and "m" not in shape:
            yield View(f"{code}.T", subscripts, True, part.T)
        if part.ndim == 1:
            yield View(f"{code}[:, None]", subscripts, is_row, part[:, None])
            yield View(f"{code}[None]", subscripts, not is_row, part[None])


def summed(positions: Ints) -> tuple[Ints, list[int]]:
    """Positions without the axes along which they repeat, and those axes."""
    over = [
        axis
        for axis, length in enumerate(positions.shape)
        if length > 1 and (positions == positions.take([0], axis)).all()
    ]
    kept = tuple(0 if axis in over else slice(None) for axis in range(positions.ndim))
    return np.asarray(positions[kept]), over
