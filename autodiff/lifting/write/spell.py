"""Spell: each formula of a program as a line in three languages.

An operand that is no plain view of one array is spelled exactly only in NumPy, by an array of
positions; the text to read shows which array it picks from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autodiff.lifting.compile.adjoint import blocks_read
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Ints
from autodiff.lifting.write.spelling import (
    Shape,
    Spelling,
    applied,
    broadcast,
    latex_name,
    number,
    plus,
    times,
    weighted,
)

__all__ = ["Line", "Speller", "samples", "squeezed"]


class Line(NamedTuple):
    """One assignment to ``target``, of ``shape``, in the three languages."""

    target: str
    shape: Shape
    text: str
    numpy: str
    latex: str


def samples(varies: bool) -> tuple[str, ...]:
    """The sample axis of what varies."""
    return ("m",) if varies else ()


def squeezed(dims: tuple[int, ...]) -> tuple[int, ...]:
    """Without a trailing axis of length 1: one sample's column is a vector."""
    return dims[:-1] if len(dims) > 1 and dims[-1] == 1 else dims


@dataclass
class Speller:
    """Spells the formulas of a program.

    Attributes:
        blocks: all its blocks.
        constants: the values of the block of constants.
        stored: by name, the literals of the arrays that the NumPy lines refer to.
    """

    blocks: Sequence[Block]
    constants: Any
    stored: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def shape(self, block: Block) -> Shape:
        """The shape of a block's array in the source; m is the number of samples."""
        dims = squeezed(block.dims) if block.varies and block.role == "formula" else block.dims
        return (*dims, *samples(block.varies))

    def name(self, block: Block, prefix: str = "") -> Spelling:
        """The block's name, or with prefix ``d`` that of its cotangent."""
        word = prefix + block.symbol
        return Spelling(word, word, latex_name(word), self.shape(block))

    def formula(self, formula: Formula) -> Line:
        """The line that fills the formula's block."""
        value = self._elementwise(formula) if formula.op is not None else self._reduction(formula)
        return self.line(self.name(formula.block), " = ", value.filled(self.shape(formula.block)))

    def line(self, target: Spelling, sign: str, value: Spelling) -> Line:
        """The assignment ``target = value`` or ``target += value``."""
        return Line(
            target.numpy,
            target.shape,
            f"{target.text}{sign}{value.text}",
            f"{target.numpy}{sign}{value.numpy}",
            f"{target.latex} &{sign.strip()} {value.latex}",
        )

    # Operands

    def operand(self, access: Access, context: Block) -> Spelling:
        """An operand of an elementwise formula or of a row of terms, to broadcast in ``context``."""
        spelled = self.array(access, squeezed(access.shape) if context.varies else access.shape)
        if context.varies and not access.varies and spelled.number is None:
            return spelled.in_numpy("#[..., None]", (*spelled.shape, 1))
        return spelled

    def array(self, access: Access, shape: tuple[int, ...], exact: bool = False) -> Spelling:
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

    def view(self, block: Block, positions: Ints, exact: bool) -> Spelling | None:
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
            return Spelling(word.text + shown, word.numpy + text, latex.replace("#", word.latex), shape)
        return None

    def _picked(self, access: Access, positions: Ints) -> Spelling:
        """An access by an array of positions."""
        there = blocks_read(access, self.blocks)
        tail = ", m" if access.varies else ""
        flat = [f"{block.symbol}.reshape(-1{tail})" for block in there]
        source = flat[0] if len(flat) == 1 else f"np.concatenate([{', '.join(flat)}])"
        names = ",".join(block.symbol for block in there)
        index = self.store(_local(positions, there))
        latex = ",".join(latex_name(block.symbol) for block in there)
        shape = (*positions.shape, *samples(access.varies))
        return Spelling(f"{names}[…]", f"{source}[{index}]", rf"{latex}[\cdot]", shape)

    def _constant(self, which: Ints, exact: bool = False) -> Spelling:
        """An array of constants, by their numbers; if not ``exact``, as small as broadcasting allows."""
        if not exact:
            for axis in range(which.ndim):
                first = which.take([0], axis) if which.shape[axis] else which
                which = first if (which == first).all() else which
            if which.size == 1:
                return number(self.constants[which.flat[0]])
        return self.numbers(self.constants[which])

    def numbers(self, values: Any) -> Spelling:
        """An array of numbers; a few are shown."""
        text = f"[{' '.join(number(v).text for v in values.ravel())}]" if values.size <= 6 else "c"
        return Spelling(text, self.store(values), text, values.shape)

    def store(self, values: Any) -> str:
        """The name in the source of an array of positions or numbers."""
        literal = f"np.array({values.tolist()})" if values.size else f"np.zeros({values.shape}, int)"
        if literal not in self._names:
            self._names[literal] = word = f"i{len(self.stored) + 1}"
            self.stored[word] = literal
        return self._names[literal]

    # Formulas

    def _elementwise(self, formula: Formula) -> Spelling:
        assert formula.op is not None
        row = formula.op.name
        spelled = [self.operand(each, formula.block) for each in formula.operands]
        return applied(lambda m, *operands: getattr(m, row)(*operands), spelled)

    def _reduction(self, formula: Formula) -> Spelling:
        total: Spelling | None = None
        for segment in formula.segments:
            term = self._segment(segment, formula)
            if formula.reduction == "add":
                total = plus(total, term)
            elif total is None:
                total = term
            else:
                short = formula.reduction[:3]
                total = Spelling(
                    f"{short}({total.text}, {term.text})",
                    f"np.{formula.reduction}({total.numpy}, {term.numpy})",
                    rf"\{short}\left({total.latex}, {term.latex}\right)",
                    broadcast(total.shape, term.shape),
                )
        bias: Any = formula.bias
        if isinstance(bias, np.ndarray):
            return plus(total, self.weights(bias, formula.block))
        if total is None:
            return number(bias)
        if not bias:
            return total
        constant = number(bias)
        return plus(constant, total) if total.text.startswith("-") else plus(total, constant)

    def _segment(self, segment: Segment, formula: Formula) -> Spelling:
        block = formula.block
        if block.varies and segment.z is not None and not segment.varies:
            once = replace(formula, block=replace(block, varies=False))
            term = self._segment(segment, once).filled(block.dims).reshaped(squeezed(block.dims))
            return term.in_numpy("#[..., None]", (*term.shape, 1))
        if segment.kind == "matmul":
            assert isinstance(segment.coefficient, float)
            return weighted(segment.coefficient, self._matmul(segment, block))
        term = self._term(segment, block)
        short = "Σ" if formula.reduction == "add" else formula.reduction[:3]
        latex = r"\sum" if formula.reduction == "add" else rf"\{short}"
        tail = samples(block.varies)
        if segment.owner is not None:
            term = term.filled((*segment.owner.shape, *tail))
            start = {"add": "0.0", "maximum": "-np.inf", "minimum": "np.inf"}[formula.reduction]
            operands = f"np.{formula.reduction}, {start}, #, {self.store(segment.owner)}, {block.size}"
            return term.around(f"{short}ᵣ #", f"reduce_at({operands})", f"{latex} #", (block.size, *tail))
        if len(segment.x.shape) > len(block.dims):
            full = term.filled((*segment.x.shape, *tail))
            method = "sum" if formula.reduction == "add" else short
            axis = -2 if block.varies else -1
            shape: Shape = (*block.dims, *tail)
            sign = "" if not block.dims else "ₜ"
            total = full.around(f"{short}{sign} #", f"#.{method}(axis={axis})", f"{latex}_t #", shape)
            c = segment.coefficient if isinstance(segment.coefficient, float) else 1.0
            return weighted(c, total).reshaped(self.shape(block))
        return term

    def _term(self, segment: Segment, block: Block) -> Spelling:
        """c·x·z of a segment that is read term by term; a number c stays outside a sum over terms."""
        summed = segment.owner is None and len(segment.x.shape) > len(block.dims)
        term = self.operand(segment.x, block)
        if segment.z is not None:
            term = times(term, self.operand(segment.z, block))
        c = segment.coefficient
        if isinstance(c, np.ndarray):
            return times(term, self.weights(c, block))
        return term if summed else weighted(c, term)

    def weights(self, values: Any, block: Block) -> Spelling:
        """Numbers, one for each element or term of a block's sums."""
        at_elements = block.varies and values.ndim == len(block.dims)
        spelled = self.numbers(values.reshape(squeezed(values.shape)) if at_elements else values)
        return spelled.in_numpy("#[..., None]", (*spelled.shape, 1)) if block.varies else spelled

    def _matmul(self, segment: Segment, block: Block) -> Spelling:
        x, z = segment.x, segment.z
        assert z is not None
        if self.plain(segment, block):
            return self.factor(x).dot(self.factor(z) if z.varies else self.factor(z).T)
        return self.einsum(block, ("jt", x), ("st", z), "js").reshaped(self.shape(block))

    def plain(self, segment: Segment, block: Block) -> bool:
        """Whether a product is one of two matrices, or of a matrix and every sample's vector."""
        x, z = segment.x, segment.z
        assert z is not None
        return len(block.dims) == 2 and (not block.varies or (not x.varies and z.varies and z.shape[0] == 1))

    def factor(self, access: Access) -> Spelling:
        """A matrix operand; of one column of samples (1, T, m) the vectors (T, m)."""
        return self.array(access, access.shape[1:] if access.varies else access.shape, exact=True)

    def einsum(
        self,
        block: Block,
        a: tuple[str, Access | Spelling],
        b: tuple[str, Access],
        out: str,
        summed: bool = False,
    ) -> Spelling:
        """A stacked product, or one over samples; the first operand may be the cotangent's spelling."""
        batch = "b" * (len(block.dims) - 2)
        spelled, letters = [], []
        sizes: dict[str, int | str] = {}
        for axes, operand in (a, b):
            if isinstance(operand, Access):
                operand = self.array(operand, operand.shape, exact=True)
            letters.append(batch + axes + "m" * (operand.shape[-1] == "m"))
            sizes.update(zip(letters[-1], operand.shape))
            spelled.append(operand)
        result = batch + out + "m" * (not summed and "m" in sizes)
        both = spelled[0].dot(spelled[1])
        numpy = f'np.einsum("{",".join(letters)}->{result}", {spelled[0].numpy}, {spelled[1].numpy})'
        shape = tuple(sizes[letter] for letter in result)
        return Spelling(both.text, numpy, both.latex, shape, both.binds)


def _broadcasts(places: Ints, positions: Ints) -> bool:
    try:
        return bool((np.broadcast_to(places, positions.shape) == positions).all())
    except ValueError:
        return False


def _local(positions: Ints, there: Sequence[Block]) -> Ints:
    """Positions in a buffer as positions in these blocks' arrays laid end to end."""
    starts = np.array([block.start for block in there])
    before = np.cumsum([0, *(block.size for block in there[:-1])])
    which = np.searchsorted(starts, positions, side="right") - 1
    local: Ints = positions - starts[which] + before[which]
    return local


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
