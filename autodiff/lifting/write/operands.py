"""Operands: the arrays that formulas read, each as an expression in three languages.

An operand that is no plain view of one array is written exactly only in NumPy, by an array of
positions; the text to read shows which array it picks from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autodiff.formulas.expr import CODE, Expr
from autodiff.lifting.block_names import latex_name
from autodiff.lifting.formula import Access, Block, Formula, Segment, squeezed
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.write.algebra import number
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.rendered import Rendered, Shape
from autodiff.lifting.write.stacks import Stack, Stacks

__all__ = ["FEW", "SOMEWHERE", "Operands", "index_text", "samples"]

FEW = 6  # numbers of an array that are shown


def samples(varies: bool) -> tuple[str, ...]:
    """The sample axis of what varies."""
    return ("m",) if varies else ()


class Operands:
    """Writes the operands of a program's formulas.

    Attributes:
        plan: of the program.
        stored: by name, the literals of the arrays that the NumPy lines refer to.
        constants: by name, the arrays of plain numbers that the text refers to.
        losses: the formulas of the loss: the last, and things that it adds up and nobody else reads.
        stacks: parts of series that are read as one array.
        inline: what is written in place of a block, where it has no line of its own.
        passing: the blocks that are to have none.
        samples: m, if the loss says by its factor that it is a mean over so many.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stored: dict[str, str] = {block.symbol: _literal(n) for block, n in plan.numbers.items()}
        read = {access.block for formula in plan.formulas for access in formula.accesses}
        self.constants = {block.symbol: each for block, each in plan.numbers.items() if block in read}
        self._names: dict[str, str] = {}
        self.stacks = Stacks(plan)
        self.losses = losses(plan)
        self.inline: dict[Block, Rendered] = {}
        self.passing = passing(plan, self.losses)
        self.samples = number_of_samples(self.losses)

    def coefficient(self, c: float, block: Block, of: Access) -> Factor:
        """A coefficient of a formula that fills ``block``; of the loss, if it takes the mean of something
        that has m samples, as one over m."""
        times_m = c * (self.samples or 0)
        sizes = {*of.shape, *(of.block.dims if of.block is not None else ())}
        if block in self.losses and self.samples in sizes and abs(times_m) in (1.0, 0.5):
            return Factor(times_m, True, c)
        is_mean = block in self.losses and abs(c) < 1.0 and abs(c) * of.size == 1.0
        return Factor(c, share=is_mean)

    def shape(self, block: Block) -> Shape:
        """The shape of a block's array in the source; m is the number of samples."""
        return (*block.shape, *samples(block.varies))

    def name(self, block: Block, prefix: str = "") -> Rendered:
        """The block's name, or with prefix ``d`` that of its cotangent."""
        if block in self.inline and not prefix:
            return self.inline[block]
        if block.series is not None:
            return self._part(block, prefix, block.series.symbol)
        word = prefix + block.symbol
        return Rendered(word, word, prefix + latex_name(block.symbol), self.shape(block))

    def _part(self, block: Block, prefix: str, symbol: str) -> Rendered:
        """A part of a series, or several."""
        word, latex, shape = prefix + symbol, prefix + latex_name(symbol), self.shape(block)
        if not isinstance(block, Stack):
            part = f"{word}[{block.step}]"
            return Rendered(part, part, f"{{{latex}}}_{{{block.step}}}", shape)
        code = f"{word}[{block.step}:{block.last + 1}]"
        if block.is_all(cotangent=bool(prefix)):
            return Rendered(word, code, latex, shape)
        below = block.subscripts[1:-1].replace("…", r"\dots")
        return Rendered(word + block.subscripts, code, f"{{{latex}}}_{{{below}}}", shape)

    def operand(self, access: Access, context: Block) -> Rendered:
        """An operand of an elementwise formula or of a row of terms, to broadcast in ``context``."""
        written = self.array(access, squeezed(access.shape) if context.varies else access.shape)
        if context.varies and not access.varies and written.number is None:
            return written.in_numpy("#[..., None]", (*written.shape, 1))
        return written

    def array(self, access: Access, shape: tuple[int, ...], exact: bool = False) -> Rendered:
        """The array an access reads; if not ``exact``, perhaps one that broadcasts to its ``shape``."""
        positions = access.positions.reshape(shape)
        block = access.block or self.stacks.of(access)
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
        for view in (*_views(block, self.shape(block), int(positions.flat[0])), *_parts(block, positions)):
            if exact and view.places.shape != positions.shape:
                continue
            if view.subscripts and isinstance(block, Stack) and not block.is_all(cotangent=False):
                continue
            if not _broadcasts(view.places, positions):
                continue
            shape = (*view.places.shape, *samples(block.varies))
            if block.size == 1:  # a number, however it is shaped
                return word if not view.code else word._replace(numpy=word.numpy + view.code, shape=shape)
            if view.flat:
                return word.reshaped(shape)
            inside = view.subscripts[1:-1].replace("…", r"\dots")
            below = f"_{{{inside}}}" if view.subscripts else ""
            latex = f"{{{word.latex}}}" if below and "_" in word.latex else word.latex
            written = word._replace(text=word.text + view.subscripts, latex=latex + below)
            return (written.turned if view.turned else written)._replace(
                numpy=word.numpy + view.code, shape=shape
            )
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
                flat: Shape = (block.size, *samples(access.varies))
                part = word if word.shape == flat else word.reshaped(flat)
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
        picked = Rendered(
            f"{text}{places or '[…]'}",
            f"{source}[{self.store(local)}]",
            f"{latex}{places or SOMEWHERE}",
            shape,
        )
        is_row = bool(places) and positions.ndim == 2 and len(positions) == 1
        return picked.turned if is_row else picked

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
        if 1 < values.size <= FEW and values.ndim in (1, 2):
            rows = values[:, None] if values.ndim == 1 else values
            text = f"[{'; '.join(', '.join(number(v).text for v in row) for row in rows)}]"
            return Rendered(text, self.store(values), rf"\left{text[:-1]}\right]", values.shape)
        return self.named(values)

    def _constant_named(self, values: Any, wish: str = "c") -> str:
        """The name of an array of numbers, ``c`` or ``c_2``, …"""
        literal = _literal(values)
        if self._names.get(literal) not in self.constants:
            taken = {block.symbol for block in self.plan.blocks} | {*self.stored, "m"}
            free = (f"{wish}_{i}" if i else wish for i in (0, *range(2, len(taken) + 3)))
            self._names[literal] = word = next(each for each in free if each not in taken)
            self.stored[word] = literal
            self.constants[word] = values
        return self._names[literal]

    def named(self, values: Any, wish: str = "c") -> Rendered:
        """An array of numbers by its name, to have subscripts, or to be one."""
        word = self._constant_named(values, wish)
        return Rendered(word, word, latex_name(word), values.shape)

    def store(self, values: Any) -> str:
        """The name in the source of an array of positions or numbers."""
        literal = _literal(values)
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
        """Whether a product is one of two matrices, or of a matrix and a vector, or every sample's vector."""
        x, z = segment.x, segment.z
        assert z is not None
        return len(block.dims) <= 2 and (not block.varies or (not x.varies and z.varies and z.shape[0] == 1))

    def factors(self, segment: Segment, block: Block) -> tuple[Rendered, Rendered]:
        """A and B of a plain product A·B; of one column of samples (1, T, m) the vectors (T, m)."""
        x, z = segment.x, segment.z
        assert z is not None
        left, right = (
            self.array(each, each.shape[1:] if each.varies else each.shape, exact=True) for each in (x, z)
        )
        if len(block.dims) == 1:
            return left, self.array(z, z.shape[1:], exact=True)
        return left, right if z.varies else right.T

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


def losses(plan: Plan) -> dict[Block, Formula]:
    """The formula of the loss, and the things it adds up that nobody else reads."""
    root = plan.formulas[-1]
    found = {root.block: root}
    if root.op is not None or root.block.varies:
        return found
    readers = Counter(block for f in plan.formulas for a in f.accesses for block in plan.blocks_read(a))
    for formula in plan.formulas:
        block = formula.block
        added = any(
            s.x.block is block and s.z is None and np.all(s.coefficient == 1.0) for s in root.segments
        )
        if formula.thing and block.dims == () and added and readers[block] == 1:
            found[block] = formula
    return found


def passing(plan: Plan, found: Mapping[Block, Formula]) -> set[Block]:
    """The blocks that need no line: parts of the loss, and what has no name of its own: functions that it
    adds up and whose slope does not depend on what they give, as in Σ relu(s), and multiples of arrays that
    get no cotangent."""
    root = plan.formulas[-1]
    short = {block for block in found if block is not root.block}
    added = {f.block: f for f in plan.formulas[:-1] if _is_added_up(f, root) or _is_multiple(f, plan)}
    if not added:
        return short
    asked = {block for kept in plan.all_kept for block in kept.blocks}
    asked |= {b for guard in plan.guards for a in (guard.left, guard.right) for b in plan.blocks_read(a)}
    for formula in plan.formulas:
        for access in formula.accesses:
            for block in plan.blocks_read(access):
                inside = block in added and added[block].op is not None and formula is not root
                if inside or access.whole is not block:
                    asked.add(block)
    nameless = {block for block in added if re.fullmatch(r"v\d+", block.symbol) and block.series is None}
    return short | nameless - asked


def _is_added_up(formula: Formula, root: Formula) -> bool:
    """Whether a loss adds up a function of something whose slope does not depend on what it gives."""
    if formula.op is None or root.op is not None or any(s.kind != "rows" for s in root.segments):
        return False
    slopes = [each for each in formula.partials(CODE) if isinstance(each, Expr)]
    mine = [s for s in root.segments if formula.block in (s.x.block, s.z.block if s.z else None)]
    return not any("y" in str(slope) for slope in slopes) and all(s.z is None for s in mine)


def _is_multiple(formula: Formula, plan: Plan) -> bool:
    """Whether a formula is c·A of an array as it stands, and gets no cotangent."""
    if formula.op is not None or formula.thing or len(formula.segments) != 1 or formula.reduction != "add":
        return False
    (segment,) = formula.segments
    plain = segment.kind == "rows" and segment.z is None and isinstance(segment.coefficient, float)
    is_array = segment.x.whole is not None and segment.x.whole.dims == formula.block.dims
    return plain and is_array and not np.any(formula.bias) and formula.block not in plan.needs


def number_of_samples(formulas: Mapping[Block, Formula]) -> int | None:
    """m, where a loss is a sum over samples times 1/m, or half of that; columns are samples, or else
    rows."""
    if any(block.varies for block in formulas):
        return None
    factors: list[tuple[Access, float | Floats]] = []
    for formula in formulas.values():
        factors += [(segment.x, segment.coefficient) for segment in formula.segments]
        factors += [(access, formula.scale) for access in formula.operands[:1] if formula.thing]
    for access, c in factors:
        lengths = (access.block.dims if access.block else access.shape) or (1,)
        for n in (lengths[-1], lengths[0]):
            if n > 2 and isinstance(c, float) and abs(c * n) in (1.0, 0.5):
                return n
    return None


def _literal(values: Any) -> str:
    literal = f"np.array({values.tolist()})" if values.size else f"np.zeros({values.shape}, int)"
    return re.sub(r"\b(inf|nan)\b", r"np.\1", literal)


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


def _broadcasts(places: Ints, positions: Ints) -> bool:
    try:
        return bool((np.broadcast_to(places, positions.shape) == positions).all())
    except ValueError:
        return False


class _View(NamedTuple):
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


def _parts(block: Block, positions: Ints) -> Iterator[_View]:
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
        yield _View(f"[{code}]{'.T' * turned}", f"[{words}]", turned, part.T if turned else part)


def _views(block: Block, shape: Shape, first: int) -> Iterator[_View]:
    """Plain views of a block that begin at position ``first``."""
    dims = tuple(n for n in shape if isinstance(n, int))
    places = block.start + np.arange(block.size).reshape(dims)
    yield _View("", "", False, places)
    if len(dims) > 1:
        yield _View(".reshape(-1)", "", False, places.reshape(-1), flat=True)
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
            yield _View(code, subscripts, is_row, part)
        if part.ndim == 2 and "m" not in shape:
            yield _View(f"{code}.T", subscripts, True, part.T)
        if part.ndim == 1:
            yield _View(f"{code}[:, None]", subscripts, is_row, part[:, None])
            yield _View(f"{code}[None]", subscripts, not is_row, part[None])
