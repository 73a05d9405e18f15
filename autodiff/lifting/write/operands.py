"""Operands: the arrays that formulas read, each as an expression in three languages.

An operand that is no plain view of one array is written exactly only in NumPy, by an array of
positions; the text to read shows which array it picks from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from autodiff.lifting.block_names import latex_name
from autodiff.lifting.formula import Access, Block, Segment, squeezed
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Ints
from autodiff.lifting.write.rendered import Rendered, Shape, number

__all__ = ["SOMEWHERE", "Operands", "index_text", "samples"]

FEW = 6  # numbers of an array that are shown


def samples(varies: bool) -> tuple[str, ...]:
    """The sample axis of what varies."""
    return ("m",) if varies else ()


class Operands:
    """Writes the operands of a program's formulas.

    Attributes:
        plan: of the program.
        stored: by name, the literals of the arrays that the NumPy lines refer to.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stored: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def shape(self, block: Block) -> Shape:
        """The shape of a block's array in the source; m is the number of samples."""
        return (*block.shape, *samples(block.varies))

    def name(self, block: Block, prefix: str = "") -> Rendered:
        """The block's name, or with prefix ``d`` that of its cotangent."""
        word = prefix + block.symbol
        return Rendered(word, word, latex_name(word), self.shape(block))

    def operand(self, access: Access, context: Block) -> Rendered:
        """An operand of an elementwise formula or of a row of terms, to broadcast in ``context``."""
        written = self.array(access, squeezed(access.shape) if context.varies else access.shape)
        if context.varies and not access.varies and written.number is None:
            return written.in_numpy("#[..., None]", (*written.shape, 1))
        return written

    def array(self, access: Access, shape: tuple[int, ...], exact: bool = False) -> Rendered:
        """The array an access reads; if not ``exact``, perhaps one that broadcasts to its ``shape``."""
        positions = access.positions.reshape(shape)
        block = access.block
        if block is not None and block.role == "constant":
            return self._constant(positions - block.start, exact)
        if block is not None and positions.size:
            view = self.view(block, positions, exact)
            if view:
                return view
        return self._picked(access, positions)

    def view(self, block: Block, positions: Ints, exact: bool) -> Rendered | None:
        """A plain view of a block's array that reads these positions, if there is one."""
        word = self.name(block)
        for text, latex, places in _views(block, self.shape(block), int(positions.flat[0])):
            if exact and places.shape != positions.shape:
                continue
            if not _broadcasts(places, positions):
                continue
            shown = text
            for part, instead in (("[:, None]", ""), ("[None]", ""), (".reshape(-1)", ""), (".T", "ᵀ")):
                shown = shown.replace(part, instead)
            if block.varies:
                text = text.replace("(-1)", "(-1, m)")
            shape = (*places.shape, *samples(block.varies))
            return Rendered(word.text + shown, word.numpy + text, latex.replace("#", word.latex), shape)
        return None

    def _picked(self, access: Access, positions: Ints) -> Rendered:
        """An access by an array of positions in one block, or in several laid end to end."""
        parts, local = [], np.empty(positions.shape, np.int64)
        before = 0
        for block in self.plan.blocks_read(access):
            here = (positions >= block.start) & (positions < block.start + block.size)
            if block.role == "constant":
                read, where = np.unique(positions[here], return_inverse=True)
                part, size = self._constant(read - block.start, exact=True), len(read)
            else:
                where, size = positions[here] - block.start, block.size
                word = self.name(block)
                tail = ", m" if access.varies else ""
                part = word if len(block.dims) == 1 else word.in_numpy(f"#.reshape(-1{tail})", word.shape)
            local[here] = before + where
            before += size
            parts.append(part)
        shape = (*positions.shape, *samples(access.varies))
        source, text, latex = parts[0].numpy, parts[0].text, parts[0].latex
        if len(parts) > 1:
            source = f"np.concatenate([{', '.join(part.numpy for part in parts)}])"
            text = f"[{'; '.join(part.text for part in parts)}]"
            latex = rf"\left[{'; '.join(part.latex for part in parts)}\right]"
            if np.array_equal(local, np.arange(before)):
                return Rendered(text, source, latex, shape)
        places = index_text(local, is_vector=len(parts) == 1 and len(parts[0].shape) == 1 + access.varies)
        return Rendered(
            f"{text}{places or '[…]'}",
            f"{source}[{self.store(local)}]",
            f"{latex}{places or SOMEWHERE}",
            shape,
        )

    def _constant(self, which: Ints, exact: bool = False) -> Rendered:
        """An array of constants, by their numbers; if not ``exact``, as small as broadcasting allows."""
        if not exact:
            for axis in range(which.ndim):
                first = which.take([0], axis) if which.shape[axis] else which
                which = first if (which == first).all() else which
            if which.size == 1:
                return number(self.plan.constants[which.flat[0]])
        return self.numbers(self.plan.constants[which])

    def numbers(self, values: Any) -> Rendered:
        """An array of numbers; a few are shown."""
        text = f"[{' '.join(number(v).text for v in values.ravel())}]" if values.size <= FEW else "c"
        return Rendered(text, self.store(values), text, values.shape)

    def store(self, values: Any) -> str:
        """The name in the source of an array of positions or numbers."""
        literal = f"np.array({values.tolist()})" if values.size else f"np.zeros({values.shape}, int)"
        literal = re.sub(r"\b(inf|nan)\b", r"np.\1", literal)
        if literal not in self._names:
            self._names[literal] = word = f"i{len(self.stored) + 1}"
            self.stored[word] = literal
        return self._names[literal]

    def weights(self, values: Any, block: Block) -> Rendered:
        """Numbers, one for each element or term of a block's sums."""
        at_elements = block.varies and values.ndim == len(block.dims)
        written = self.numbers(values.reshape(squeezed(values.shape)) if at_elements else values)
        return written.in_numpy("#[..., None]", (*written.shape, 1)) if block.varies else written

    def plain(self, segment: Segment, block: Block) -> bool:
        """Whether a product is one of two matrices, or of a matrix and every sample's vector."""
        x, z = segment.x, segment.z
        assert z is not None
        return len(block.dims) == 2 and (not block.varies or (not x.varies and z.varies and z.shape[0] == 1))

    def factor(self, access: Access) -> Rendered:
        """A matrix operand; of one column of samples (1, T, m) the vectors (T, m)."""
        return self.array(access, access.shape[1:] if access.varies else access.shape, exact=True)

    def einsum(
        self,
        block: Block,
        a: tuple[str, Access | Rendered],
        b: tuple[str, Access],
        out: str,
        summed: bool = False,
    ) -> Rendered:
        """A stacked product, or one over samples; the first operand may be the cotangent as written."""
        batch = "b" * (len(block.dims) - 2)
        written, letters = [], []
        sizes: dict[str, int | str] = {}
        for axes, operand in (a, b):
            if isinstance(operand, Access):
                operand = self.array(operand, operand.shape, exact=True)
            letters.append(batch + axes + "m" * (operand.shape[-1] == "m"))
            sizes.update(zip(letters[-1], operand.shape))
            written.append(operand)
        result = batch + out + "m" * (not summed and "m" in sizes)
        both = written[0].dot(written[1])
        numpy = f'np.einsum("{",".join(letters)}->{result}", {written[0].numpy}, {written[1].numpy})'
        shape = tuple(sizes[letter] for letter in result)
        return Rendered(both.text, numpy, both.latex, shape, both.binds)


SOMEWHERE = r"[\cdot]"  # an index too long to print, in LaTeX


def index_text(positions: Ints, is_vector: bool) -> str:
    """Positions in a vector to read, ``[2:5]`` or ``[0 2 2]``; empty if they are many, or in no vector."""
    flat = positions.ravel()
    if not is_vector or not flat.size:
        return ""
    if flat.size > 1 and (np.diff(flat) == 1).all():
        return f"[{flat[0]}:{flat[-1] + 1}]"
    return f"[{' '.join(map(str, flat))}]" if flat.size <= FEW else ""


def _broadcasts(places: Ints, positions: Ints) -> bool:
    try:
        return bool((np.broadcast_to(places, positions.shape) == positions).all())
    except ValueError:
        return False


def _views(block: Block, shape: Shape, first: int) -> Iterator[tuple[str, str, Ints]]:
    """Plain views of a block that begin at position ``first``: in NumPy, in LaTeX, and where they lie."""
    dims = tuple(n for n in shape if isinstance(n, int))
    places = block.start + np.arange(block.size).reshape(dims)
    if len(dims) > 1:
        yield ".reshape(-1)", "#", places.reshape(-1)
    corner = np.unravel_index(first - block.start, dims) if dims else ()
    for fixed in product((False, True), repeat=len(dims)):
        index = tuple(int(i) if fix else slice(None) for i, fix in zip(corner, fixed))
        part = places[index]
        inside = ", ".join(str(i) if isinstance(i, int) else ":" for i in index)
        text = f"[{inside}]" if any(fixed) else ""
        latex = "#" + (f"_{{{inside}}}" if any(fixed) else "")
        yield text, latex, np.asarray(part)
        if part.ndim == 2 and "m" not in shape:
            yield f"{text}.T", f"{{{latex}}}^T", part.T
        if part.ndim == 1:
            yield f"{text}[:, None]", latex, part[:, None]
            yield f"{text}[None]", latex, part[None]
