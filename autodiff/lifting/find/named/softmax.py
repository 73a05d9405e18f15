"""Softmax: exponentials divided by their sum, the logarithm of either, and the cross-entropy.

What is looked for is a group of sums Sⱼ = Σᵢ exp(xᵢⱼ - cⱼ) that takes every exponential once; the shift c
may be the largest of a column, recorded in whatever way, or not be there. From

    xᵢ - cᵢ - log(exp(xᵢ - c)/S) = log S   and   exp(xᵢ - c)/Σₖ exp(xₖ - c) = exp(xᵢ)/Σₖ exp(xₖ)

follow what the formulas around it are:

    exp(x - c)/S                   the softmax P of x
    (x - c) - log S, log P         its logarithm
    c + log S                      logsumexp(x)
    -Σᵢ tᵢ·log Pᵢ                  the cross-entropy of P and targets t

Sums have swallowed other sums (``fold``): where targets are plain numbers, the last stands as
Σ α·(x - c) + Σ β·log S with β = -Σᵢ αᵢ in each column, and is the cross-entropy of t = -α.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import NEAR, Formulary, Term, is_whole
from autodiff.lifting.find.named.picks import Pick, are_one_hot, picked_logarithms
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.things import (
    CROSS_ENTROPY,
    CROSS_ENTROPY_OF_SHARES,
    FROM_LOGITS,
    LOG_SOFTMAX,
    LOGSUMEXP,
    SOFTMAX,
)

__all__ = ["name_softmaxes"]


@dataclass
class _Softmax:
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

    @property
    def dims(self) -> tuple[int, ...]:
        return self.powers.block.dims

    @property
    def size(self) -> int:
        return self.powers.block.size


def name_softmaxes(formulary: Formulary) -> None:
    """Name every softmax of a program, and what is made with it."""
    for totals in list(formulary.formulas):
        softmax = _softmax_with(totals, formulary)
        if softmax is not None:
            _name_all(softmax, formulary)


def _softmax_with(totals: Formula, formulary: Formulary) -> _Softmax | None:
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
    return _Softmax(x, below, shift, powers, totals, axes, column)


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


def _name_all(softmax: _Softmax, formulary: Formulary) -> None:
    """Name the softmax, if there is one, its logarithms, and the sums that read them."""
    for formula in list(formulary.formulas):
        if formula.op is OPS["div"]:
            _read_quotient(softmax, formula, formulary)
        elif formula.op is OPS["log"]:
            _read_logarithm(softmax, formula, formulary)
    softmax.picks = picked_logarithms(
        formulary.formulas, softmax.powers.block, softmax.totals.block, softmax.P, softmax.column
    )
    for formula in list(formulary.formulas):
        if formula.op is None and formula.reduction == "add" and formula.thing is None:
            _read_difference(softmax, formula, formulary)
    for formula in list(formulary.formulas):
        if formula.op is None and formula.reduction == "add" and formula.block not in softmax.logarithms:
            _read_sum(softmax, formula, formulary)
    for block, which in softmax.logarithms.items():
        if block.dims == softmax.dims and (which == np.arange(softmax.size)).all():
            formulary.name(
                formulary.made[block], LOG_SOFTMAX, [softmax.x, _P(softmax, formulary)], softmax.axes
            )
    for block, pick in softmax.picks.items():
        if block.dims == softmax.totals.block.dims and (pick.columns == np.arange(block.size)).all():
            _name_pick(softmax, formulary.made[block], pick, -1.0, formulary)


def _P(softmax: _Softmax, formulary: Formulary) -> Access:
    """The softmax itself; if the graph has none, it is computed for the sake of derivatives."""
    if softmax.P is None:
        powers, totals = softmax.powers.block, softmax.totals.block
        column = totals.start + softmax.column.reshape(softmax.dims)
        operands = (formulary.whole(powers), formulary.places.access(column, totals.varies))
        block = formulary.places.new_block(softmax.dims, powers.varies)
        quotient = Formula(block, OPS["div"], operands)
        formulary.insert_after(quotient, totals)
        formulary.name(quotient, SOFTMAX, [softmax.x], softmax.axes)
        softmax.P = block
    return formulary.whole(softmax.P)


def _read_quotient(softmax: _Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a quotient is the softmax, or some elements of it."""
    which = _elements(softmax, formula.operands[0], softmax.powers.block)
    if which is None or not _of_columns(softmax, formula.operands[1], softmax.totals.block, which):
        return
    if formula.block.dims == softmax.dims and (which == np.arange(softmax.size)).all() and softmax.P is None:
        formulary.name(formula, SOFTMAX, [softmax.x], softmax.axes)
        softmax.P = formula.block
    for reader in formulary.formulas:
        if reader.op is OPS["log"] and is_whole(reader.operands[0], formula.block):
            softmax.logarithms[reader.block] = which


def _read_logarithm(softmax: _Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a logarithm is log S, and, where nothing was subtracted, so logsumexp(x)."""
    totals = softmax.totals.block
    if not is_whole(formula.operands[0], totals) or formula.block.dims != totals.dims:
        return
    softmax.log_totals = formula.block
    if softmax.shift is None:
        formulary.name(formula, LOGSUMEXP, [softmax.x, _P(softmax, formulary)], softmax.axes)


def _read_difference(softmax: _Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a difference is (x - c) - log S, or a sum has that of all x and other terms."""
    if softmax.log_totals is None or softmax.below is None:
        return
    dims = formula.block.dims
    plain = [s for s in formula.segments if s.kind == "rows" and s.z is None and s.x.shape == dims]
    for first, second in permutations(plain, 2):
        which = _elements(softmax, first.x, softmax.below)
        signs = np.all(first.coefficient == 1.0) and np.all(second.coefficient == -1.0)
        if which is None or not signs or not _of_columns(softmax, second.x, softmax.log_totals, which):
            continue
        if dims == softmax.dims and (which == np.arange(softmax.size)).all():
            softmax.logarithms[formulary.split(formula, [first, second]).block] = which
        elif len(formula.segments) == 2 and not np.any(formula.bias):
            softmax.logarithms[formula.block] = which
        return


def _name_picks(softmax: _Softmax, formula: Formula, term: Term, formulary: Formulary) -> None:
    """Name Σ c·log Pₖ over all columns, with the k of a one-hot input in each, if a term is that."""
    block, c = term.segment.x.block, term.coefficient.ravel()
    pick = softmax.picks.get(block) if block is not None else None
    if pick is not None and term.segment.x.whole is block and c.size == len(pick.columns) and np.ptp(c) == 0:
        part = formulary.split(formula, [term.segment])
        _name_pick(softmax, part, pick, -float(c[0]), formulary)


def _name_pick(softmax: _Softmax, formula: Formula, pick: Pick, scale: float, formulary: Formulary) -> None:
    """Name the cross-entropy with one-hot targets, of each column or of all, times ``scale``."""
    t = formulary.places.access(pick.targets.reshape(softmax.dims), pick.varies)
    operands = [_P(softmax, formulary), softmax.x, t]
    formulary.name(formula, CROSS_ENTROPY_OF_SHARES, operands, softmax.axes, scale)


def _elements(softmax: _Softmax, access: Access, block: Block | None) -> Ints | None:
    """Which elements of a block that is laid out as the softmax an access reads, each at most once."""
    if block is None or access.block is not block or not access.injective:
        return None
    return access.positions.ravel() - block.start


def _of_columns(softmax: _Softmax, access: Access, block: Block, which: Ints) -> bool:
    """Whether an access reads for each of these elements the number of its column."""
    return access.block is block and bool(
        (access.positions.ravel() - block.start == softmax.column[which]).all()
    )


def _read_sum(softmax: _Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a sum holds a cross-entropy, or logsumexp(x)."""
    terms = formulary.terms(formula)
    for term in terms:
        if not (term.plain and formula.block.dims == ()) and term.segment.z is not None:
            _name_products(softmax, formula, term, formulary)
        elif formula.block.dims == ():
            _name_picks(softmax, formula, term, formulary)
        if formula.block in formulary.things:
            return
        formula = formulary.made[formula.block]
    _name_weighted(softmax, formula, formulary.terms(formula), formulary)


def _name_products(softmax: _Softmax, formula: Formula, term: Term, formulary: Formulary) -> None:
    """Name Σ c·t·log P, with targets t that are no plain numbers, if a term is that."""
    segment = term.segment
    c = segment.coefficient
    assert segment.z is not None
    for logarithm, targets in ((segment.x, segment.z), (segment.z, segment.x)):
        which = softmax.logarithms.get(logarithm.block) if logarithm.block else None
        if (
            which is None
            or logarithm.size != softmax.size
            or not logarithm.injective
            or not isinstance(c, float)
        ):
            continue
        assert logarithm.block is not None
        element = which[logarithm.positions.ravel() - logarithm.block.start]
        if not _fits(softmax, formula.block, element):
            continue
        table = np.empty(softmax.size, dtype=np.int64)
        table[element] = targets.positions.ravel()
        t = formulary.places.access(table.reshape(softmax.dims), targets.varies)
        operands = [_P(softmax, formulary), softmax.x, t]
        if t.block is None or t.block in formulary.needs:
            operands.append(formulary.whole(logarithm.block))
            if logarithm.block.dims != softmax.dims or (which != np.arange(softmax.size)).any():
                continue
        part = formulary.split(formula, [segment])
        thing = CROSS_ENTROPY
        if are_one_hot(t, softmax.column) and len(operands) == 3:
            thing = CROSS_ENTROPY_OF_SHARES
        formulary.name(part, thing, operands, softmax.axes, -c)
        return


def _fits(softmax: _Softmax, block: Block, element: Ints) -> bool:
    """Whether sums that take these elements one after the other are one for all, or one a column."""
    if block.dims == ():
        return True
    rows = element.reshape(block.size, -1)
    return block.dims == softmax.totals.block.dims and bool(
        (softmax.column[rows] == np.arange(block.size)[:, None]).all()
    )


def _name_weighted(softmax: _Softmax, formula: Formula, terms: list[Term], formulary: Formulary) -> None:
    """Name what a sum has of log P with plain numbers as weights, or of logsumexp(x)."""
    if formula.block.dims != ():
        if formula.block.dims == softmax.totals.block.dims:
            _name_logsumexp_of_each(softmax, formula, formulary)
        return
    weights: dict[str, Floats] = {}
    used: dict[str, list[Segment]] = {}

    def collect(what: str, block: Block | None, size: int, which: Ints | None = None) -> None:
        for term in terms:
            if term.plain and block is not None and term.segment.x.block is block:
                local = term.x.ravel() - block.start
                into = weights.setdefault(what, np.zeros(size))
                np.add.at(into, local if which is None else which[local], term.coefficient.ravel())
                used.setdefault(what, []).append(term.segment)

    columns = softmax.totals.block.size
    whole = softmax.x.block is not None and is_whole(softmax.x, softmax.x.block)
    if softmax.logsums is not None and whole:
        collect("logsums", softmax.logsums, columns)
        collect("all of x", softmax.x.block, softmax.size)
        if {"logsums", "all of x"} <= {*weights} and _opposite(
            softmax, weights["all of x"], weights["logsums"]
        ):
            segments = used["logsums"] + used["all of x"]
            _name_cross_entropy(softmax, formula, weights["all of x"], segments, formulary)
            return
    for block, which in softmax.logarithms.items():
        collect("logarithms", block, softmax.size, which)
    if "logarithms" in weights:
        _name_cross_entropy(softmax, formula, weights["logarithms"], used["logarithms"], formulary)
        return
    collect("log totals", softmax.log_totals, columns)
    if "log totals" not in weights:
        return
    beta, segments = weights["log totals"], used["log totals"]
    if softmax.below is not None:
        collect("below", softmax.below, softmax.size)
    if "below" in weights and _opposite(softmax, weights["below"], beta):
        _name_cross_entropy(softmax, formula, weights["below"], segments + used["below"], formulary)
        return
    if softmax.shift is None:
        return
    block, at = softmax.shift
    if len(np.unique(at)) < columns or not is_whole(formulary.whole(block), block):
        return
    column_of = np.full(block.size, -1)
    column_of[at - block.start] = np.arange(columns)
    shifts = [term for term in terms if term.plain and term.segment.x.block is block]
    gamma = np.zeros(columns)
    for term in shifts:
        columns_read = column_of[term.x.ravel() - block.start]
        if (columns_read < 0).any():
            return
        np.add.at(gamma, columns_read, term.coefficient.ravel())
    if not np.allclose(gamma, beta, rtol=NEAR, atol=0.0):
        return
    segments = segments + [term.segment for term in shifts]
    if softmax.x.block is not None and is_whole(softmax.x, softmax.x.block):
        collect("x", softmax.x.block, softmax.size)
    if "x" in weights and _opposite(softmax, weights["x"], beta):
        _name_cross_entropy(softmax, formula, weights["x"], segments + used["x"], formulary)
    else:
        _name_logsumexp_in_a_sum(softmax, formula, beta, segments, formulary)


def _opposite(softmax: _Softmax, weights: Floats, beta: Floats) -> bool:
    """Whether beta = -Σ weights in each column."""
    sums, sizes = (np.bincount(softmax.column, each, len(beta)) for each in (weights, np.abs(weights)))
    return bool((np.abs(sums + beta) <= NEAR * (sizes + np.abs(beta))).all())


def _name_cross_entropy(
    softmax: _Softmax, formula: Formula, weights: Floats, segments: list[Segment], formulary: Formulary
) -> None:
    """Name Σ weights·log P, the cross-entropy of targets -weights times what they add up to in a column."""
    sums = -np.bincount(softmax.column, weights, softmax.totals.block.size)
    alike = np.allclose(sums, sums[0], rtol=NEAR, atol=0.0) and sums[0] != 0.0
    scale = float(sums[0]) if alike else float(np.abs(weights).max())
    if scale == 0.0:
        return
    targets = (0.0 - weights) / scale
    t = formulary.places.numbers("Y", targets.reshape(softmax.dims))
    part = formulary.split(formula, segments)
    thing = CROSS_ENTROPY_OF_SHARES if alike else CROSS_ENTROPY
    formulary.name(part, thing, [_P(softmax, formulary), softmax.x, t], softmax.axes, scale)


def _name_logsumexp_of_each(softmax: _Softmax, formula: Formula, formulary: Formulary) -> None:
    """Name c + log S of each column."""
    if softmax.shift is None or softmax.log_totals is None or np.any(formula.bias):
        return
    block, at = softmax.shift
    if len(formula.segments) != 2 or any(s.kind != "rows" or s.z is not None for s in formula.segments):
        return
    for first, second in (formula.segments, formula.segments[::-1]):
        ones = np.all(first.coefficient == 1.0) and np.all(second.coefficient == 1.0)
        shifts = (
            first.x.block is block and first.x.size == len(at) and (first.x.positions.ravel() == at).all()
        )
        if ones and shifts and is_whole(second.x, softmax.log_totals):
            softmax.logsums = formula.block
            formulary.name(formula, LOGSUMEXP, [softmax.x, _P(softmax, formulary)], softmax.axes)


def _name_from_logits(
    softmax: _Softmax, formula: Formula, c: float, segments: list[Segment], formulary: Formulary
) -> bool:
    """Name c·Σ (logsumexp(x) - Σᵢ tᵢ·xᵢ) as a whole, if there are such targets."""
    for segment in formula.segments:
        if segment.kind != "rows" or segment.z is None or segment.coefficient != -c:
            continue
        for x, targets in ((segment.x, segment.z), (segment.z, segment.x)):
            if x.block is not softmax.x.block or x.size != softmax.size:
                continue
            order = np.argsort(softmax.x.positions, axis=None, kind="stable")
            mine = np.argsort(x.positions, axis=None, kind="stable")
            if (x.positions.ravel()[mine] != softmax.x.positions.ravel()[order]).any():
                continue
            table = np.empty(softmax.size, dtype=np.int64)
            table[order] = targets.positions.ravel()[mine]
            t = formulary.places.access(table.reshape(softmax.dims), targets.varies)
            part = formulary.split(formula, [*segments, segment])
            formulary.name(part, FROM_LOGITS, [_P(softmax, formulary), softmax.x, t], softmax.axes, c)
            return True
    return False


def _name_logsumexp_in_a_sum(
    softmax: _Softmax, formula: Formula, weights: Floats, segments: list[Segment], formulary: Formulary
) -> None:
    """Compute c + log S of each column by a formula of its own, which the sum then reads."""
    assert softmax.shift is not None and softmax.log_totals is not None
    same = bool(np.allclose(weights, weights[0], rtol=NEAR, atol=0.0))
    if same and _name_from_logits(softmax, formula, float(weights[0]), segments, formulary):
        return
    block, at = softmax.shift
    places = formulary.places
    totals = softmax.totals.block
    shift = places.access(at.reshape(totals.dims), block.varies)
    both = (Segment("rows", shift, None), Segment("rows", formulary.whole(softmax.log_totals), None))
    lse = Formula(places.new_block(totals.dims, totals.varies), segments=both)
    formulary.insert_after(lse, softmax.log_totals)
    formulary.name(lse, LOGSUMEXP, [softmax.x, _P(softmax, formulary)], softmax.axes)
    row = places.access(lse.block.start + np.arange(totals.size), totals.varies)
    read = Segment("rows", row, None, float(weights[0]) if same else weights)
    formulary.read_instead(formula, segments, read)
