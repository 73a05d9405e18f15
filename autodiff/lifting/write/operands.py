"""Operands: the arrays that formulas read, each as an expression in three languages.

An operand that is no plain view of one array is written exactly only in NumPy, by an array of
positions; the text to read shows which array it picks from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any

import numpy as np

from autodiff.lifting.block_names import latex_name, with_below
from autodiff.lifting.formula import Access, Block, squeezed
from autodiff.lifting.losses import losses, number_of_samples, passing, samples_are_rows, scores
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Ints
from autodiff.lifting.through import multiples
from autodiff.lifting.write.algebra import number, weighted
from autodiff.lifting.write.fills import as_mask
from autodiff.lifting.write.numerals import Factor, digits, numeral, over_samples, shortened
from autodiff.lifting.write.rendered import Rendered, Shape
from autodiff.lifting.write.stacks import Stack, Stacks
from autodiff.lifting.write.symmetric import symmetric_blocks
from autodiff.lifting.write.views import FEW, broadcasts, index_text, seen, views_of

__all__ = ["LIST", "Operands", "samples"]

LIST, MASK, NUMBERS = "I", "M", "c"  # what constants are called: lists of places, zeros and ones, others
PIECES = 8  # views that are written one above the other


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
        lists: those of them that list places by no rule.
        stacks: parts of series that are read as one array.
        inline: what is written in place of a block, where it has no line of its own.
        through: those of them that are multiples of arrays, which get their cotangents.
        passing: the blocks that are to have none.
        rows: whether samples are rows.
        symmetric: the blocks that are their own transposes.
        samples: m, if the loss says by its factor that it is a mean over so many.
        width: d, if scores of an attention are divided by its root.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stored: dict[str, str] = {block.symbol: _literal(n) for block, n in plan.numbers.items()}
        read = {access.block for formula in plan.formulas for access in formula.accesses}
        self.constants = {block.symbol: each for block, each in plan.numbers.items() if block in read}
        self._names: dict[str, str] = {}
        self.lists: set[str] = set()
        self.stacks = Stacks(plan)
        self.losses = losses(plan)
        self.inline: dict[Block, Rendered] = {}
        self.rows = samples_are_rows(plan)
        self.symmetric = symmetric_blocks(plan)
        self.through = multiples(plan)
        self.passing = passing(plan, self.losses) | self.through.keys()
        self._samples = number_of_samples(plan, self.losses)
        self.samples = self._samples.number if self._samples else None
        self._scores = scores(plan)
        self.width = next(iter(self._scores.values()), None)

    def coefficient(self, c: float, block: Block, of: Access) -> Factor:
        """A coefficient of a formula that fills ``block``; of the loss, if it takes the mean of something
        that has m samples, as one over m."""
        if block in self._scores:
            return self.scale(c, block)
        if of.block is not None and of.block.role == "parameter":  # of a penalty
            return self._over_samples(c) or Factor(c)
        times_m = c * (self.samples or 0)
        sizes = {*of.shape, *(of.block.dims if of.block is not None else ())}
        several, arrays = (self._samples.number > 2, self._samples.arrays) if self._samples else (False, ())
        of_samples = (several and self.samples in sizes) or of.block in arrays
        if block in self.losses and of_samples and abs(times_m) in (1.0, 0.5):
            return Factor(times_m, True, c)
        is_mean = block in self.losses and abs(c) < 1.0 and abs(c) * of.size == 1.0
        over_samples = self._over_samples(c) if block in self.losses and of_samples and not is_mean else None
        return over_samples or Factor(c, share=is_mean)

    def _over_samples(self, c: float) -> Factor | None:
        return over_samples(c, self.samples or 0, {n for block in self.plan.blocks for n in block.dims})

    def scale(self, c: float, block: Block) -> Factor:
        """A coefficient of a matrix product; of scores, as one over the root of their width."""
        d = self._scores.get(block)
        return Factor(1.0, number=c, root=True) if d and math.isclose(c, d**-0.5) else Factor(c)

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
        shape = squeezed(access.shape) if context.varies else access.shape
        whole = access.block is self.plan.blocks[0] and context in self.losses
        if whole:
            with self.trial():
                named = self.array(access, shape)
                whole = named.is_name and named.shape == shape
        if whole and access.block is not None:
            places = access.positions.reshape(shape) - access.block.start
            written = self._multiple(self.plan.constants[places], of_loss=True)
        else:
            written = self.array(access, shape)
        if context in self._scores and access.block is self.plan.blocks[0] and written.scaled is not None:
            written = weighted(self.scale(written.scaled[0].value, context), written.scaled[1])
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
        for view in views_of(block, self.shape(block), positions):
            if exact and view.places.shape != positions.shape:
                continue
            if view.subscripts and isinstance(block, Stack) and not block.is_all(cotangent=False):
                continue
            if not broadcasts(view.places, positions):
                continue
            if not view.subscripts and not view.flat and block in self.symmetric:
                both = seen(word, view._replace(turned=False), view.places.shape)
                return both._replace(before=both)
            return seen(word, view, (*view.places.shape, *samples(block.varies)))
        return self._steps(block, positions) if isinstance(block, Stack) and not block.varies else None

    def _steps(self, stack: Stack, positions: Ints) -> Rendered | None:
        """Steps of a series in another order than theirs, ``H[(5, 4, 3),:]``."""
        local = positions - stack.start
        size = stack.size // len(stack.parts)
        if (
            local.ndim != 2
            or not np.array_equal(local, local[:, :1] + np.arange(size))
            or (local[:, 0] % size).any()
        ):
            return None
        steps = local[:, 0] // size
        word, series = self.name(stack), stack.series
        assert series is not None
        where = index_text(steps + stack.step - 1, is_vector=True) or self.listed(steps + stack.step - 1)
        latex = f"{{{latex_name(series.symbol)}}}_{{{where[1:-1]},:}}"
        code = f"{word.numpy}[{self.store(steps)}]"
        return Rendered(f"{series.symbol}{where[:-1]},:]", code, latex, positions.shape)

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
        only = parts[0].closed()
        source, text, latex = only.numpy, only.text, only.latex
        if len(parts) > 1:
            source = f"np.concatenate([{', '.join(part.numpy for part in parts)}])"
            text = f"[{'; '.join(part.text for part in parts)}]"
            latex = rf"\left[{'; '.join(part.latex for part in parts)}\right]"
            if np.array_equal(local, np.arange(before)):
                return Rendered(text, source, latex, shape)
        elif block.role != "constant" and np.array_equal(local.ravel(), np.arange(before)):
            return self.name(block).reshaped(shape)
        code = f"{source}[{self.store(local)}]"
        pieces = self._pieces(access, positions)
        if pieces:
            text = f"[{'; '.join(piece.text for piece in pieces)}]"
            latex = rf"\left[{'; '.join(piece.latex for piece in pieces)}\right]"
            return Rendered(text, code, latex, shape)
        is_vector = len(parts) > 1 or len(parts[0].shape) == 1 + access.varies
        places = index_text(local, is_vector) or self.listed(local)
        places = f"{places[:-1]},:]" if access.varies else places
        latex = with_below(latex, places[1:-1].replace("…", r"\dots"))
        picked = Rendered(text + places, code, latex, (local.size, *shape[local.ndim :]))
        if positions.ndim == 2 and len(positions) == 1:
            return picked.turned._replace(numpy=code, shape=shape)
        return picked.reshaped(shape)._replace(numpy=code)

    def _pieces(self, access: Access, positions: Ints) -> list[Rendered]:
        """Plain views of which, one above the other, an array is made; none if they are many, or one."""
        if not 1 <= positions.ndim <= 2 or access.varies or not positions.size:
            return []
        found: list[Rendered] = []
        done = 0
        while done < len(positions) and len(found) < PIECES:
            block = self.plan.block_at(int(positions[done].flat[0]), access.varies)
            steps = np.diff(positions[done:], axis=0)
            inside = (positions[done:] >= block.start) & (positions[done:] < block.start + block.size)
            alike = np.array([bool(row.all()) for row in inside])
            alike[2:] &= np.array([bool((row == steps[0]).all()) for row in steps[1:]], dtype=bool)
            most = len(alike) if alike.all() else int(np.argmin(alike))
            for length in {most: None, 1: None} if most else ():
                view = self._piece(block, positions[done : done + length])
                if view is not None:
                    found.append(view)
                    done += length
                    break
            else:
                return []
        return found if done == len(positions) and len(found) > 1 else []

    def _piece(self, block: Block, positions: Ints) -> Rendered | None:
        if block.role == "constant":
            return self._constant(positions - block.start, exact=True)
        return self.view(block, positions, exact=True)

    @contextmanager
    def trial(self) -> Iterator[None]:
        """What is written inside is not kept, and names that are given there are free again."""
        stored, constants, names, lists = self.stored, self.constants, self._names, self.lists
        self.stored, self.constants = copy(stored), copy(constants)
        self._names, self.lists = copy(names), copy(lists)
        yield
        self.stored, self.constants, self._names, self.lists = stored, constants, names, lists

    def listed(self, local: Ints) -> str:
        """The subscript that lists places in a vector, by the name of a constant that holds them."""
        name = self.named((local.ravel() + 1).astype(np.float64), LIST).text
        self.lists.add(name)
        return f"[{name}]"

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
            seen = [[number(v).text for v in row] for row in rows + 0.0]  # of -0 and 0 one
            if any("." in each for row in seen for each in row):  # then no halves and quarters beside
                seen = [[numeral(v)[0] for v in row] for row in rows + 0.0]
            text = f"[{'; '.join(map(', '.join, seen))}]"
            return Rendered(text, self.store(values), rf"\left{text[:-1]}\right]", values.shape)
        scaled = as_mask(values)
        return self.named(values) if scaled is None else weighted(scaled[0], self.named(scaled[1]))

    def _multiple(self, values: Any, of_loss: bool) -> Rendered:
        """Numbers that are added, or stand in the loss, as a multiple of others with fewer digits: 1/m of y
        of y/m, and -1 where all are negative."""
        factor, m = Factor(1.0), self.samples or 0
        if values.size <= FEW or as_mask(values) is not None:
            return self.numbers(values)
        if of_loss and m > 2 and m in values.shape:
            times_m = shortened(values * m)
            if np.allclose(times_m / m, values, rtol=1e-15, atol=0.0) and digits(times_m) < digits(values):
                factor, values = Factor(1.0, True, 1.0 / m), times_m
        if (values <= 0.0).all():
            factor, values = factor.times(Factor(-1.0)), 0.0 - values
        return weighted(factor, self.named(values))

    def _constant_named(self, values: Any, wish: str = NUMBERS) -> str:
        """The name of an array of numbers, ``c`` or ``c_2``, …"""
        literal = _literal(values)
        if self._names.get(literal) not in self.constants:
            taken = {block.symbol for block in self.plan.blocks} | {*self.stored, "m"}
            free = (f"{wish}_{i}" if i else wish for i in (0, *range(2, len(taken) + 3)))
            self._names[literal] = word = next(each for each in free if each not in taken)
            self.stored[word] = literal
            self.constants[word] = values
        return self._names[literal]

    def named(self, values: Any, wish: str = "") -> Rendered:
        """An array of numbers by its name, to have subscripts, or to be one; of zeros and ones, a mask's."""
        wish = wish or (MASK if np.isin(values, (0.0, 1.0)).all() else NUMBERS)
        word = self._constant_named(values, wish)
        return Rendered(word, word, latex_name(word), values.shape)

    def in_order(self, words: Sequence[str]) -> dict[str, str]:
        """New names, by the old ones, for constants without one of their own, so that of those among the
        words of a text none is left out; lists of places in their order there. They have them here; the
        source may call them otherwise."""
        taken = {block.symbol for block in self.plan.blocks}
        new: dict[str, str] = {}
        for wish in (MASK, NUMBERS, LIST):
            known = {name for name in self.constants if re.fullmatch(rf"{wish}(_\d+)?", name)} - taken
            mine = [word for word in dict.fromkeys(words) if word in known]
            mine = mine if wish == LIST else [name for name in self.constants if name in mine]
            free = (f"{wish}_{i}" if i else wish for i in (0, *range(2, len(mine) + len(taken) + 2)))
            new |= dict(zip(mine, (word for word in free if word not in taken)))
        others = [name for name in self.constants if name not in new]
        self.constants = {new.get(name, name): self.constants[name] for name in (*others, *new)}
        return {old: name for old, name in new.items() if old != name}

    def store(self, values: Any) -> str:
        """The name in the source of an array of positions or numbers."""
        literal = _literal(values)
        if literal not in self._names:
            self._names[literal] = word = f"i{len(self.stored) + 1}"
            self.stored[word] = literal
        return self._names[literal]

    def weights(self, values: Any, block: Block, added: bool = False) -> Rendered:
        """Numbers, one for each element or term of a block's sums, with which these are multiplied, or that
        are added."""
        at_elements = block.varies and values.ndim == len(block.dims)
        values = values.reshape(squeezed(values.shape)) if at_elements else values
        of_loss = block in self.losses
        written = self._multiple(values, of_loss) if added or of_loss else self.numbers(values)
        return written.in_numpy("#[..., None]", (*written.shape, 1)) if block.varies else written


def _literal(values: Any) -> str:
    literal = f"np.array({values.tolist()})" if values.size else f"np.zeros({values.shape}, int)"
    return re.sub(r"\b(inf|nan)\b", r"np.\1", literal)
