"""Exponentials: a softmax as it is found, with what is known of the formulas around it.

What is looked for is a group of sums Sⱼ = Σᵢ exp(xᵢⱼ - cⱼ) that takes every exponential once; the shift c
may be the largest of a column, recorded in whatever way, or not be there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary, is_whole
from autodiff.lifting.find.named.picks import Pick
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.record import Ints
from autodiff.lifting.things import SOFTMAX

__all__ = ["Softmax", "softmax_with"]


@dataclass
class Softmax:
    """The softmax of an array, over some of its axes.

    Attributes:
        x: what it is the softmax of, laid out as the exponentials are.
        below: the block of x - c, or of x if there is no shift c.
        shift: the block of c, and the position in it of the c of each column; None if there is none.
        powers, totals: the formulas of the exponentials, and of their sums.
        axes: over which it runs.
        column: for each exponential, as if they were one row, the number of its sum.
        logarithms: what holds log P for some of its elements: block -> which elements those are.
        log_totals: the block of log S.
        P: its own block, once there is one.
        logsums: the block of logsumexp(x), if that is a formula of its own.
        picks: what holds log Pₖ of each column, for the k of a one-hot input: block -> which those are.
        targets: of cross-entropies, those that are plain numbers, by these.
    """

    x: Access
    below: Block | None
    shift: tuple[Block, Ints] | None
    powers: Formula
    totals: Formula
    axes: tuple[int, ...]
    column: Ints
    logarithms: dict[Block, Ints] = field(default_factory=dict)
    log_totals: Block | None = None
    P: Block | None = None
    logsums: Block | None = None
    picks: dict[Block, Pick] = field(default_factory=dict)
    targets: dict[bytes, Access] = field(default_factory=dict)

    @property
    def dims(self) -> tuple[int, ...]:
        return self.powers.block.dims

    @property
    def size(self) -> int:
        return self.powers.block.size

    def shares(self, formulary: Formulary) -> Access:
        """The softmax itself; if the graph has none, it is computed for the sake of derivatives."""
        if self.P is None:
            powers, totals = self.powers.block, self.totals.block
            column = totals.start + self.column.reshape(self.dims)
            operands = (formulary.whole(powers), formulary.places.access(column, totals.varies))
            block = formulary.places.new_block(self.dims, powers.varies)
            quotient = Formula(block, OPS["div"], operands)
            formulary.insert_after(quotient, totals)
            formulary.name(quotient, SOFTMAX, [self.x], self.axes)
            if powers in formulary.needs:
                formulary.needs = {*formulary.needs, block}
            self.P = block
        return formulary.whole(self.P)

    def elements(self, access: Access, block: Block | None) -> Ints | None:
        """Which elements of a block that is laid out as the softmax an access reads, each at most once."""
        if block is None or access.block is not block or not access.injective:
            return None
        return access.positions.ravel() - block.start

    def of_columns(self, access: Access, block: Block, which: Ints) -> bool:
        """Whether an access reads for each of these elements the number of its column."""
        return access.block is block and bool(
            (access.positions.ravel() - block.start == self.column[which]).all()
        )


def softmax_with(totals: Formula, formulary: Formulary) -> Softmax | None:
    """The softmax whose exponentials ``totals`` adds up, if it does."""
    if totals.op is not None or totals.reduction != "add" or len(totals.segments) != 1 or np.any(totals.bias):
        return None
    (segment,) = totals.segments
    powers = formulary.made.get(segment.x.block) if segment.x.block else None
    plain = segment.kind == "rows" and segment.z is None and np.all(segment.coefficient == 1.0)
    if not plain or powers is None or powers.op is not OPS["exp"] or segment.x.size != powers.block.size:
        return None
    places = segment.x.positions.reshape(totals.block.size, -1) - powers.block.start
    column = np.full(powers.block.size, -1)
    column[places] = np.arange(len(places))[:, None]
    axes = _axes(column.reshape(powers.block.dims), totals.block)
    if places.shape[1] < 2 or (column < 0).any() or axes is None:
        return None
    x = powers.operands[0]
    below = x.block if x.block is not None and is_whole(x, x.block) else None
    formula = formulary.filling(x)
    shift = None
    if formula is not None:
        x, shift = _unshifted(x, formula, column)
    return Softmax(x, below, shift, powers, totals, axes, column)


def _axes(column: Ints, totals: Block) -> tuple[int, ...] | None:
    """The axes along which elements are of one column, if the sums lie as the others do."""
    axes = tuple(
        axis
        for axis, length in enumerate(column.shape)
        if length > 1 and (column == column.take([0], axis)).all()
    )
    first = column[tuple(0 if axis in axes else slice(None) for axis in range(column.ndim))]
    as_they_lie = first.shape == totals.dims or column.ndim == totals.size == 1
    natural = as_they_lie and (first.ravel() == np.arange(first.size)).all()
    return axes if natural else None


def _unshifted(x: Access, below: Formula, column: Ints) -> tuple[Access, tuple[Block, Ints] | None]:
    """Of x - c, where c is one number a column: x, and c."""
    plain = (
        below.op is None and below.reduction == "add" and len(below.segments) == 2 and not np.any(below.bias)
    )
    if plain and all(
        s.kind == "rows" and s.z is None and s.x.shape == below.block.dims for s in below.segments
    ):
        for first, second in (below.segments, below.segments[::-1]):
            if np.all(first.coefficient == 1.0) and np.all(second.coefficient == -1.0) and second.x.block:
                shift = np.zeros(column.max() + 1, dtype=np.int64)
                shift[column] = second.x.positions.ravel()
                if (shift[column] == second.x.positions.ravel()).all():
                    return first.x, (second.x.block, shift)
    return x, None
