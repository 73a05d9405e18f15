"""Backward lines: each share of a cotangent as an assignment in three languages, in the order of the
backward pass."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Protocol

import numpy as np

from autodiff.formulas.expr import CODE, Expr, symbol
from autodiff.formulas.textbook import TEXTBOOK, instead
from autodiff.lifting.formula import Access, Block, Formula, Segment, squeezed
from autodiff.lifting.record import Ints
from autodiff.lifting.write.algebra import number, reduced, times, together, weighted
from autodiff.lifting.write.expressions import applied
from autodiff.lifting.write.forward_lines import spread_out
from autodiff.lifting.write.matrices import MatrixFormulas
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.operands import Operands, samples
from autodiff.lifting.write.part_lines import PartLines
from autodiff.lifting.write.products import einsum, factors, is_plain
from autodiff.lifting.write.regular import RegularFormulas, Share
from autodiff.lifting.write.rendered import Line, Rendered, Shape, assignment, shown
from autodiff.lifting.write.thing_shares import thing_shares
from autodiff.lifting.write.views import summed

__all__ = ["BackwardLines", "Guard"]


class Guard(Protocol):
    """Writes the NumPy of a share so that nothing goes along a flat edge; see ``arrivals``."""

    def kept(self, share: Rendered, formula: Formula, i: int) -> Rendered: ...
    def masked(self, share: Rendered, factor: Access, written: Rendered, block: Block) -> Rendered: ...


class BackwardLines:
    """Writes the backward pass: a line for each cotangent, once all its shares are known.

    Attributes:
        reached: the blocks whose cotangents have got a share so far.
        pending: by block, the shares that no line has yet.
        begun: the blocks whose cotangents have a line.
    """

    def __init__(
        self, operands: Operands, guard: Guard | None = None, regular: RegularFormulas | None = None
    ) -> None:
        self.operands, self.plan = operands, operands.plan
        self._regular = regular
        self._parts = PartLines(operands, lambda: regular.taken if regular else frozenset())
        self._waiting: list[Share] = []  # shares in lines with indices, of what is being written in NumPy
        self.needs: Set[Block] = self.plan.needs
        self._guard = guard
        self.reached: set[Block] = {self.plan.root}
        self.pending: dict[Block, list[Rendered]] = {}
        self.begun: set[Block] = set()
        self._numbers: dict[Block, Factor] = {}  # cotangents that are one number, which needs no line
        self._same: dict[Block, Rendered] = {}  # those that are another array
        self._totals: dict[tuple[str, Sequence[int]], Rendered] = {}  # sums that are known; see thing_shares
        # A matrix product needs its cotangent as an array.
        plain = (f for f in self.plan.formulas if f.thing is None or not f.thing.of_matrices)
        plain = (f for f in plain if all(s.kind == "rows" for s in f.segments))
        self._foldable = {formula.block for formula in plain}
        self._inner = {each.block for each in self.plan.formulas if each.block.series is None}
        self._parameters = {"d" + block.symbol for block in self.plan.with_role("parameter")}
        self._readers = Counter(block for formula in self.plan.formulas for block in self._read(formula))
        self._handed_on = {f.block: inner for f in self.plan.formulas if (inner := self._unchanged(f))}

    def _unchanged(self, formula: Formula) -> Block | None:
        """The array that gets the cotangent of a formula as it is, and no other share: Z3 of E = Z3 - Y."""
        reads = self.plan.blocks_read
        needed = [s for s in formula.segments if s.z is not None or not self.needs.isdisjoint(reads(s.x))]
        if formula.op is not None or formula.thing is not None or len(needed) != 1:
            return None
        (s,), block = needed, formula.block
        inner = s.x.whole if s.kind == "rows" and s.z is None and s.owner is None else None
        plain = formula.reduction == "add" and formula.scale == 1.0 and np.all(s.coefficient == 1.0)
        if inner is None or not plain or not {block, inner} <= self._inner or self._readers[inner] != 1:
            return None
        alike = (inner.dims, inner.varies) == (block.dims, block.varies)
        alike = alike and np.array_equal(s.x.positions.ravel(), inner.start + np.arange(inner.size))
        return inner if alike and not re.fullmatch(r"v\d+", inner.symbol) else None

    def _read(self, formula: Formula) -> dict[Block, None]:
        """The blocks that a formula reads, each once."""
        return dict.fromkeys(block for a in formula.accesses for block in self.plan.blocks_read(a))

    def arrays_read(self, access: Access) -> list[Block]:
        """The arrays to whose cotangents an access hands shares."""
        return self.plan.blocks_read(access)

    def is_needed(self, block: Block) -> bool:
        """Whether the cotangent of an array is to be computed."""
        return block in self.needs

    def cotangent(self, block: Block) -> Rendered:
        """dQ of a block; of the loss that is 1, or 1/m for each of m samples."""
        if block is self.plan.root:
            return number(Factor(1.0, samples=block.varies))
        if block in self._numbers:
            return number(self._numbers[block])
        if block in self._same:
            return self._same[block]
        return self.operands.name(block, "d")

    def formula(self, formula: Formula) -> list[Line]:
        """The lines of those operands' cotangents that are complete with this formula's shares; those of
        parameters first."""
        lines: list[Line] = []
        if formula.block in self.plan.needs and formula.block in self.reached:
            shares = self._regular.shares(formula, self.cotangent(formula.block)) if self._regular else None
            self._waiting = shares or []
            lines += self._shares(formula)
        for block in self._read(formula):
            self._readers[block] -= 1
            if not self._readers[block]:
                lines += self._finished(block)
        return sorted(lines, key=lambda line: line.target not in self._parameters)

    def _finished(self, block: Block, more: bool = False) -> Iterator[Line]:
        """The line of a cotangent that has shares without one; whether ``more`` of them will come."""
        shares = self.pending.pop(block, [])
        if not shares:
            return
        target = self.operands.name(self._handed_on.get(block, block), "d")
        if len(shares) == 1 and shares[0].number and not more and block in self._foldable - self.begun:
            self._numbers[block] = shares[0].number
            return
        is_name = len(shares) == 1 and shares[0].is_name and shares[0].shape == target.shape
        if is_name and not more and block in self._inner - self.begun:
            self._same[block] = shares[0]
            return
        value = together([share.filled(target.shape) if share.number is None else share for share in shares])
        value = value.filled(target.shape)
        if block not in self.begun and not more:
            self._note_total(target, value, block)
        line = assignment(target, " += " if block in self.begun else " = ", value)
        if self._regular is not None:
            line = line._replace(shape=self._regular.shape(block, line.shape))
        if block in self.begun:  # Not in place: the right-hand side of an earlier line may be a view.
            line = line._replace(numpy=f"{target.numpy} = {target.numpy} + {value.closed().numpy}")
        self.begun.add(block)
        if block in self._handed_on:
            self._same[block] = target
        yield line

    def _note_total(self, target: Rendered, value: Rendered, block: Block) -> None:
        """Keep that each column of a cotangent adds up to c, where that is c times a softmax."""
        c, array = value.scaled or (1.0, value)
        for formula in self.plan.formulas:
            is_softmax = formula.thing is not None and formula.thing.name == "softmax"
            if is_softmax and formula.block.dims == block.dims and array == self.operands.name(formula.block):
                self._totals[target.text, formula.axes] = number(c)

    def _shares(self, formula: Formula) -> Iterator[Line]:
        block = formula.block
        d = self.cotangent(block)
        if formula.thing is not None and formula.thing.of_matrices:
            yield from self._shares_of_matrices(formula, d)
        elif formula.thing is not None:
            for access, share, shape in thing_shares(formula, d, self.operands, self._totals):
                yield from self._give(access, share, shape)
        if formula.op is not None:
            yield from self._elementwise_shares(formula, d)
        for segment in formula.segments:
            shares = self._matmul_shares if segment.kind == "matmul" else self._term_shares
            if block.varies and segment.z is not None and not segment.varies:
                shape = self.operands.shape(block)
                total = reduced(d, shape, [len(shape) - 1])
                yield from shares(segment, total.reshaped(block.dims), replace(block, varies=False))
            else:
                yield from shares(segment, d, block)

    def _shares_of_matrices(self, formula: Formula, d: Rendered) -> Iterator[Line]:
        """The shares by a rule of matrices, the last operand's first: that of A⁻¹·B to B, once it has a line
        of its own, is part of that to A."""
        written, known = MatrixFormulas(self.operands), {"d": d}
        exprs = formula.shares(TEXTBOOK, symbol("d"))
        for i in reversed(range(len(exprs))):
            access, expr, last = formula.operands[i], exprs[i], exprs[-1]
            assert expr is not None and last is not None
            if "g" in known:
                expr = instead(expr, last, symbol("g"))
            share = written.share(expr, formula, i, known)
            tail = samples(access.varies or (formula.block.varies and not formula.in_columns))
            yield from self._give(access, share, (*access.shape, *tail))
            if i and (inner := self._has_it_alone(access, formula)):
                yield from self._finished(inner)
                known["g"] = self.cotangent(inner)

    def _has_it_alone(self, access: Access, formula: Formula) -> Block | None:
        """The array that an access reads as it lies, if its cotangent is the share that it just got."""
        block = access.block
        if block is None or len(self.pending.get(block, ())) != 1 or block in self.begun or block.series:
            return None
        whole = np.array_equal(access.positions, block.start + np.arange(block.size).reshape(block.dims))
        first = {f"d{a.block.symbol}" for a in formula.operands if a.block} & self._parameters
        waits = first and f"d{block.symbol}" not in self._parameters  # lines of parameters come first
        return block if whole and self._readers[block] == 1 and not waits else None

    def _elementwise_shares(self, formula: Formula, d: Rendered) -> Iterator[Line]:
        row = formula.op
        assert row is not None
        written = [self.operands.operand(access, formula.block) for access in formula.operands]
        written.append(self.operands.name(formula.block))
        for i, (access, partial) in enumerate(zip(formula.operands, formula.partials(CODE))):
            if isinstance(partial, Expr):
                slope = applied(lambda m, *args, i=i: row.partials(m, *args)[i], written, row.name)
                share = times(d, slope)
            elif partial:
                share = weighted(float(partial), d)
            else:
                continue
            kept = self._guard.kept(share, formula, i) if self._guard else share
            yield from self._give(access, kept, self.operands.shape(formula.block))

    def _matmul_shares(self, segment: Segment, d: Rendered, block: Block) -> Iterator[Line]:
        x, z = segment.x, segment.z
        assert z is not None and isinstance(segment.coefficient, float)
        c = self.operands.scale(segment.coefficient, block)
        d = d.filled(self.operands.shape(block)) if d.number is not None else d
        if is_plain(segment, block):
            A, B = factors(self.operands, segment, block)  # dA = d·Bᵀ and dB = Aᵀ·d
            if len(block.dims) == 1:
                yield from self._give(x, weighted(c, d.outer(B)), x.shape)
                yield from self._give(z.without([0]), weighted(c, A.T.dot(d)), z.shape[1:])
                return
            yield from self._give(x, weighted(c, d.dot(B.T)), x.shape)
            turned = weighted(c, A.T.dot(d))
            if z.varies:
                yield from self._give(z, turned, (*z.shape[1:], "m"))
            else:
                yield from self._give(z, weighted(c, d.T.dot(A)), z.shape, turned)
            return
        full = d.reshaped((*block.dims, *samples(block.varies)))
        for access, axes, other, other_axes in ((x, "jt", z, "st"), (z, "st", x, "jt")):
            summed = block.varies and not access.varies
            share = einsum(self.operands, block, ("js", full), (other_axes, other), axes, summed)
            yield from self._give(access, weighted(c, share), (*access.shape, *samples(access.varies)))

    def _term_shares(self, segment: Segment, d: Rendered, block: Block) -> Iterator[Line]:
        tail = samples(block.varies)
        segment = spread_out(segment, block)
        shape: Shape = segment.x.shape
        if segment.owner is not None:
            d = d.filled((block.size, *tail)) if d.number is not None else d
            d = d.in_numpy(f"#[{self.operands.store(segment.owner)}]", (*segment.owner.shape, *tail))
        elif len(shape) > len(block.dims):
            ones = (1,) * (len(shape) - len(block.dims))
            d = d.reshaped((*block.dims, *ones, *tail)) if d.number is None and (block.dims or tail) else d
        elif block.varies:
            shape = squeezed(segment.x.shape)
        c = segment.coefficient
        if isinstance(c, np.ndarray):
            d = times(d, self.operands.weights(c, block))
        else:
            d = weighted(self.operands.coefficient(c, block, segment.x), d)
        if segment.z is segment.x:
            value = weighted(2.0, times(d, self.operands.operand(segment.x, block)))
            yield from self._give(segment.x, value, (*shape, *tail))
            return
        for access, other in ((segment.x, segment.z), (segment.z, segment.x)):
            if access is not None:
                value = d
                if other is not None:
                    factor = self.operands.operand(other, block)
                    value = times(d, factor)
                    if self._guard:
                        value = self._guard.masked(value, other, factor, block)
                yield from self._give(access, value, (*shape, *tail))

    def _give(
        self, access: Access, value: Rendered, shape: Shape, transposed: Rendered | None = None
    ) -> Iterator[Line]:
        """The lines that add ``value``, to be broadcast to ``shape``, to the cotangents of what
        ``access`` reads; ``transposed`` is its transpose, where that reads better."""
        read = self.arrays_read(access)
        there = [block for block in read if self.is_needed(block)]
        if not there:
            return
        if self._waiting:
            yield from self._with_indices(self._waiting.pop(0), self._given(access, value, shape, transposed))
        else:
            yield from self._given(access, value, shape, transposed)

    def _with_indices(self, share: Share, lines: Iterator[Line]) -> Iterator[Line]:
        """A share as a line with indices, and lines that say it in NumPy only."""
        block = share.block
        self._handed_on.pop(block, None)  # lines that add to parts of it call it by its own name
        yield from self._finished(block, more=True)
        sign = " += " if block in self.begun or not share.whole else " = "
        only_numpy = [*lines, *self._finished(block, more=True)]
        yield from (line._replace(text="", latex="") for line in only_numpy)
        whole = self.operands.name(block, "d")
        if share.line is not None:
            yield share.line.instead_of(Line(whole.numpy, (), "", "", ""), sign)

    def _given(
        self, access: Access, value: Rendered, shape: Shape, transposed: Rendered | None = None
    ) -> Iterator[Line]:
        read = self.arrays_read(access)
        there = [block for block in read if self.is_needed(block)]
        positions = access.positions.reshape([n for n in shape if isinstance(n, int)])
        target, over = summed(positions)
        if "m" in shape and not access.varies:
            over.append(positions.ndim)
        left = tuple(n for axis, n in enumerate(shape) if axis not in over)
        value = reduced(value, shape, over)
        block = there[0]
        places = np.arange(block.start, block.start + block.size)
        if value.number is not None and np.array_equal(np.sort(target, axis=None), places):
            self._arrived(block, value)
            return
        small, value = value, value if value.number is not None else value.filled(left)
        if np.array_equal(target.ravel(), places):
            self._arrived(block, value.reshaped(self.operands.shape(block)))
        elif target.ndim == 2 and not access.varies and np.array_equal(target.T.ravel(), places):
            self._arrived(
                block, (transposed or small.T.filled(left[::-1])).reshaped(self.operands.shape(block))
            )
        else:
            for block in there:
                yield from self._scattered(block, len(read) > 1, target, value, small)

    def _arrived(self, block: Block, value: Rendered) -> None:
        """A share of all of a block, or of the array of which that is a multiple without a line."""
        multiple = self.operands.through.get(block)
        if multiple is None or block not in self.operands.inline:
            self._assigned(block, value)
        else:
            self._arrived(multiple.block, weighted(multiple.factor, value))

    def _assigned(self, block: Block, value: Rendered) -> None:
        """A share of all of a block."""
        self.reached.add(block)
        self.pending.setdefault(block, []).append(value)

    def _scattered(
        self, block: Block, several: bool, target: Ints, value: Rendered, small: Rendered
    ) -> Iterator[Line]:
        """The lines that add ``value`` at some positions of a block; it is another, ``small``, broadcast."""
        whole = self.operands.name(block, "d")
        tail = samples(block.varies)
        flat = target.ravel()
        mine = np.flatnonzero((flat >= block.start) & (flat < block.start + block.size))
        rows: Shape = (-1, *tail)
        local = flat[mine] - block.start
        if several:
            if value.number is None:
                value = self._parts.some(self._parts.spread(value, small), mine, (len(flat), *tail))
            if not block.dims and len(mine) > 1:
                dims = value.shape[: len(value.shape) - len(tail)]  # (len(mine),), or some whole rows
                dims = dims if math.prod(dims) == len(mine) else (len(mine),)
                self._assigned(block, reduced(value, (*dims, *tail), range(len(dims))))
                return
            if np.array_equal(local, np.arange(block.size)):
                self._assigned(block, value if value.number is not None else value.reshaped(whole.shape))
                return
        self._handed_on.pop(block, None)  # as above
        yield from self._finished(block, more=True)
        given = rows
        if value.number is not None:  # one for all, whatever the number of samples is
            value, given = value.filled((1,)), (1,) * len(rows) if tail else rows
        if value.shape:
            added = f"{value.closed().numpy}.reshape({shown(given)})"
        else:  # a sum of plain numbers gives no array
            added = f"np.reshape({value.numpy}, {shown(given)})"
        index = self.operands.store(local)
        view = self.operands.view(block, flat[mine] if several else target, exact=True)
        if view is not None:
            line, *more = [self._parts.at_view(block, view, value)]
        else:
            spread = value if several else self._parts.spread(value, small)
            line, *more = self._parts.at_places(block, local, spread)
        start = whole.numpy if block in self.begun else f"np.zeros({shown(whole.shape)})"
        self.reached.add(block)
        self.begun.add(block)
        call = f"add_at({start}.reshape({shown(rows)}), {index}, {added}).reshape({shown(whole.shape)})"
        yield line._replace(numpy=f"{whole.numpy} = {call}")
        yield from (each._replace(numpy="") for each in more)
