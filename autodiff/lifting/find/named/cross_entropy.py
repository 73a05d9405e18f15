"""Cross-entropy: sums of logarithms of a softmax P with targets t as weights, -Σᵢ tᵢ·log Pᵢ, and logsumexp.

Sums have swallowed other sums (``fold``): where targets are plain numbers, a cross-entropy stands as
Σ α·(x - c) + Σ β·log S with β = -Σᵢ αᵢ in each column, and is that of t = -α.
"""

from __future__ import annotations

import numpy as np

from autodiff.lifting.find.named.exponentials import Softmax
from autodiff.lifting.find.named.formulary import NEAR, Formulary, Term, is_whole
from autodiff.lifting.find.named.picks import Pick, are_one_hot
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.things import (
    CROSS_ENTROPY,
    CROSS_ENTROPY_OF_SHARES,
    ENTROPY,
    FROM_LOGITS,
    LOGSUMEXP,
)

__all__ = ["name_pick", "one_hot", "read_sum"]


def _name_picks(softmax: Softmax, formula: Formula, term: Term, formulary: Formulary) -> None:
    """Name Σ c·log Pₖ over all columns, with the k of a one-hot input in each, if a term is that."""
    block, c = term.segment.x.block, term.coefficient.ravel()
    pick = softmax.picks.get(block) if block is not None else None
    if pick is not None and term.segment.x.whole is block and c.size == len(pick.columns) and np.ptp(c) == 0:
        part = formulary.split(formula, [term.segment])
        name_pick(softmax, part, pick, -float(c[0]), formulary)


def name_pick(softmax: Softmax, formula: Formula, pick: Pick, scale: float, formulary: Formulary) -> None:
    """Name the cross-entropy with one-hot targets, of each column or of all, times ``scale``."""
    t = formulary.places.access(pick.targets.reshape(softmax.dims), pick.varies)
    operands = [softmax.shares(formulary), softmax.x, t]
    formulary.name(formula, CROSS_ENTROPY_OF_SHARES, operands, softmax.axes, scale)


def one_hot(softmax: Softmax, which: Ints, formulary: Formulary) -> Pick:
    """Classes that are plain numbers as one-hot targets, 1 at ``which`` element of each column."""
    numbers = np.zeros(softmax.size)
    numbers[which] = 1.0
    t = _targets(softmax, numbers, formulary)
    return Pick(t.positions.ravel(), t.varies, softmax.column[which])


def _targets(softmax: Softmax, numbers: Floats, formulary: Formulary) -> Access:
    """Targets that are plain numbers; equal ones are made once."""
    key = numbers.tobytes()
    if key not in softmax.targets:
        softmax.targets[key] = formulary.places.numbers("Y", numbers.reshape(softmax.dims))
    return softmax.targets[key]


def read_sum(softmax: Softmax, formula: Formula, formulary: Formulary) -> None:
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


def _name_products(softmax: Softmax, formula: Formula, term: Term, formulary: Formulary) -> None:
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
        operands = [softmax.shares(formulary), softmax.x, t]
        if t.block is None or t.block in formulary.needs:
            operands.append(formulary.whole(logarithm.block))
            if logarithm.block.dims != softmax.dims or (which != np.arange(softmax.size)).any():
                continue
        part = formulary.split(formula, [segment])
        thing = CROSS_ENTROPY
        if are_one_hot(t, softmax.column) and len(operands) == 3:
            thing = CROSS_ENTROPY_OF_SHARES
        elif t.block is not None and t.block is softmax.P and is_whole(t, t.block):
            thing = ENTROPY
        formulary.name(part, thing, operands, softmax.axes, -c)
        return


def _fits(softmax: Softmax, block: Block, element: Ints) -> bool:
    """Whether sums that take these elements one after the other are one for all, or one a column."""
    if block.dims == ():
        return True
    rows = element.reshape(block.size, -1)
    return block.dims == softmax.totals.block.dims and bool(
        (softmax.column[rows] == np.arange(block.size)[:, None]).all()
    )


def _name_weighted(softmax: Softmax, formula: Formula, terms: list[Term], formulary: Formulary) -> None:
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


def _opposite(softmax: Softmax, weights: Floats, beta: Floats) -> bool:
    """Whether beta = -Σ weights in each column."""
    sums, sizes = (np.bincount(softmax.column, each, len(beta)) for each in (weights, np.abs(weights)))
    return bool((np.abs(sums + beta) <= NEAR * (sizes + np.abs(beta))).all())


def _name_cross_entropy(
    softmax: Softmax, formula: Formula, weights: Floats, segments: list[Segment], formulary: Formulary
) -> None:
    """Name Σ weights·log P, the cross-entropy of targets -weights times what they add up to in a column."""
    sums = -np.bincount(softmax.column, weights, softmax.totals.block.size)
    alike = np.allclose(sums, sums[0], rtol=NEAR, atol=0.0) and sums[0] != 0.0
    scale = float(sums[0]) if alike else float(np.abs(weights).max())
    if scale == 0.0:
        return
    t = _targets(softmax, (0.0 - weights) / scale, formulary)
    part = formulary.split(formula, segments)
    thing = CROSS_ENTROPY_OF_SHARES if alike else CROSS_ENTROPY
    formulary.name(part, thing, [softmax.shares(formulary), softmax.x, t], softmax.axes, scale)


def _name_logsumexp_of_each(softmax: Softmax, formula: Formula, formulary: Formulary) -> None:
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
            formulary.name(formula, LOGSUMEXP, [softmax.x, softmax.shares(formulary)], softmax.axes)


def _name_from_logits(
    softmax: Softmax, formula: Formula, c: float, segments: list[Segment], formulary: Formulary
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
            formulary.name(part, FROM_LOGITS, [softmax.shares(formulary), softmax.x, t], softmax.axes, c)
            return True
    return False


def _name_logsumexp_in_a_sum(
    softmax: Softmax, formula: Formula, weights: Floats, segments: list[Segment], formulary: Formulary
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
    formulary.name(lse, LOGSUMEXP, [softmax.x, softmax.shares(formulary)], softmax.axes)
    row = places.access(lse.block.start + np.arange(totals.size), totals.varies)
    read = Segment("rows", row, None, float(weights[0]) if same else weights)
    formulary.read_instead(formula, segments, read)
