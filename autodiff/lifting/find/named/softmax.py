"""Softmax: exponentials divided by their sum, the logarithm of either, and what is made with them.

From

    xᵢ - cᵢ - log(exp(xᵢ - c)/S) = log S   and   exp(xᵢ - c)/Σₖ exp(xₖ - c) = exp(xᵢ)/Σₖ exp(xₖ)

follow what the formulas around a sum S of exponentials are:

    exp(x - c)/S                   the softmax P of x
    (x - c) - log S, log P         its logarithm
    c + log S                      logsumexp(x)
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.cross_entropy import name_pick, one_hot, read_sum
from autodiff.lifting.find.named.exponentials import Softmax, softmax_with
from autodiff.lifting.find.named.formulary import Formulary, is_whole
from autodiff.lifting.find.named.picks import Pick, picked_logarithms
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Ints
from autodiff.lifting.things import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX

__all__ = ["name_softmaxes"]


NO_NODES: Ints = np.empty(0, dtype=np.intp)


def name_softmaxes(formulary: Formulary) -> None:
    """Name every softmax of a program, and what is made with it."""
    for totals in list(formulary.formulas):
        softmax = softmax_with(totals, formulary)
        if softmax is not None:
            _name_all(softmax, formulary)


def _name_all(softmax: Softmax, formulary: Formulary) -> None:
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
    _read_powers(softmax, formulary)
    _compute_picks(softmax, formulary)
    for formula in list(formulary.formulas):
        if formula.op is None and formula.reduction == "add" and formula.block not in softmax.logarithms:
            read_sum(softmax, formula, formulary)
    for block, which in softmax.logarithms.items():
        if block.dims == softmax.dims and (which == np.arange(softmax.size)).all():
            formulary.name(
                formulary.made[block], LOG_SOFTMAX, [softmax.x, softmax.shares(formulary)], softmax.axes
            )
        elif _picks_one_each(softmax, block.dims, which):
            targets = one_hot(softmax, which, formulary)
            _name_opposite(softmax, formulary.made[block], targets, formulary)
    for block, pick in softmax.picks.items():
        if block.dims == softmax.totals.block.dims and (pick.columns == np.arange(block.size)).all():
            name_pick(softmax, formulary.made[block], pick, -1.0, formulary)


def _picks_one_each(softmax: Softmax, dims: tuple[int, ...], which: Ints) -> bool:
    """Whether what has these dims is log Pₖ of each column for one k, as log p[range(m), y] of classes y."""
    totals = softmax.totals.block
    lies_alike = dims == totals.dims and len(which) == totals.size
    return lies_alike and bool((softmax.column[which] == np.arange(totals.size)).all())


def _read_powers(softmax: Softmax, formulary: Formulary) -> None:
    """Let exp(log P) be P itself."""
    for formula in list(formulary.formulas):
        operand = formula.operands[0] if formula.op is OPS["exp"] else None
        which = softmax.logarithms.get(operand.block) if operand and operand.block else None
        block = formula.block
        in_order = (
            which is not None and block.dims == softmax.dims and np.array_equal(which, np.arange(block.size))
        )
        if operand is None or operand.block is None or not in_order or not is_whole(operand, operand.block):
            continue
        if not block.varies and block not in formulary.held:
            formulary.move(block, softmax.shares(formulary).positions.ravel())


def _compute_picks(softmax: Softmax, formulary: Formulary) -> None:
    """Let log Pₖ of each column for one k be a formula of its own, where a sum reads it among all of log P
    and does more than to add it up: log P[range(m), a] ⊙ R of actions a, or log P[range(m), a] - q."""
    known: dict[tuple[Block, bytes], Block] = {}
    for block in [f.block for f in formulary.formulas if f.op is None and f.reduction == "add"]:
        for segment in formulary.made[block].segments:
            if segment.kind == "rows" and (segment.z is not None or block.dims):
                x, z = (_picked(softmax, access, known, formulary) for access in (segment.x, segment.z))
                if x is not segment.x or z is not segment.z:
                    assert x is not None
                    formulary.read_instead(formulary.made[block], [segment], replace(segment, x=x, z=z))


def _picked(
    softmax: Softmax, access: Access | None, known: dict[tuple[Block, bytes], Block], formulary: Formulary
) -> Access | None:
    """What reads log Pₖ of each column from a formula of its own, if the access reads it among others."""
    block = access.block if access is not None else None
    if access is None or block is None or block not in softmax.logarithms or not access.injective:
        return access
    which = softmax.logarithms[block][access.positions.ravel() - block.start]
    if block.dims != softmax.dims or not _picks_one_each(softmax, access.shape, which):
        return access
    key = block, which.tobytes()
    if key not in known:
        known[key] = formulary.places.new_block(access.shape, block.varies)
        formulary.insert_after(Formula(known[key], segments=(Segment("rows", access, None),)), block)
        softmax.logarithms[known[key]] = which
    return formulary.whole(known[key])


def _name_opposite(softmax: Softmax, formula: Formula, pick: Pick, formulary: Formulary) -> None:
    """Let log Pₖ of each column be -1 times the cross-entropy, where more is done with it than to add it up
    in a cross-entropy of all."""
    block = formula.block
    readers = [f for f in formulary.formulas if any(block in formulary.blocks_read(a) for a in f.accesses)]
    if all(reader.block in formulary.things for reader in readers):
        return
    logarithm = replace(formula, block=formulary.places.new_block(block.dims, block.varies), nodes=NO_NODES)
    opposite = formulary.places.new_block(block.dims, block.varies)
    negated, back = (
        Formula(to, segments=(Segment("rows", formulary.whole(of), None, -1.0),))
        for to, of in ((opposite, logarithm.block), (block, opposite))
    )
    formulary.insert_before(logarithm, formula)
    formulary.insert_before(negated, formula)
    formulary.replace(formula, replace(back, nodes=formula.nodes))
    name_pick(softmax, negated, pick, 1.0, formulary)


def _read_quotient(softmax: Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a quotient is the softmax, or some elements of it."""
    which = softmax.elements(formula.operands[0], softmax.powers.block)
    if which is None or not softmax.of_columns(formula.operands[1], softmax.totals.block, which):
        return
    if formula.block.dims == softmax.dims and (which == np.arange(softmax.size)).all() and softmax.P is None:
        formulary.name(formula, SOFTMAX, [softmax.x], softmax.axes)
        softmax.P = formula.block
    readers = [f for f in formulary.formulas if any(a.block is formula.block for a in f.accesses)]
    for reader in readers:
        if reader.op is OPS["log"] and is_whole(reader.operands[0], formula.block):
            softmax.logarithms[reader.block] = which
    others = any(reader.block not in softmax.logarithms for reader in readers)
    if others and formula.block is not softmax.P and _picks_one_each(softmax, formula.block.dims, which):
        pick = _pick(softmax, which, formulary)
        formulary.replace(formula, replace(pick, block=formula.block, nodes=formula.nodes))


def _pick(softmax: Softmax, which: Ints, formulary: Formulary) -> Formula:
    """Pₖ of each column as Σ P ⊙ Y with one-hot Y, for which no table of places is read."""
    dims = softmax.totals.block.dims
    by_column = np.argsort(softmax.column, kind="stable").reshape(*dims, -1)
    targets, shares = one_hot(softmax, which, formulary), softmax.shares(formulary)
    x, z = (
        formulary.places.access(positions[by_column], varies)
        for positions, varies in (
            (shares.positions.ravel(), shares.varies),
            (targets.targets, targets.varies),
        )
    )
    return Formula(softmax.totals.block, segments=(Segment("rows", x, z),))


def _read_logarithm(softmax: Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a logarithm is log S, and, where nothing was subtracted, so logsumexp(x)."""
    totals = softmax.totals.block
    if not is_whole(formula.operands[0], totals) or formula.block.dims != totals.dims:
        return
    softmax.log_totals = formula.block
    if softmax.shift is None:
        formulary.name(formula, LOGSUMEXP, [softmax.x, softmax.shares(formulary)], softmax.axes)


def _read_difference(softmax: Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a difference is (x - c) - log S, or a sum has that of all x and other terms."""
    if softmax.log_totals is None or softmax.below is None:
        return
    dims = formula.block.dims
    plain = [s for s in formula.segments if s.kind == "rows" and s.z is None and s.x.shape == dims]
    for first, second in permutations(plain, 2):
        which = softmax.elements(first.x, softmax.below)
        signs = np.all(first.coefficient == 1.0) and np.all(second.coefficient == -1.0)
        if which is None or not signs or not softmax.of_columns(second.x, softmax.log_totals, which):
            continue
        if dims == softmax.dims and (which == np.arange(softmax.size)).all():
            softmax.logarithms[formulary.split(formula, [first, second]).block] = which
        elif len(formula.segments) == 2 and not np.any(formula.bias):
            softmax.logarithms[formula.block] = which
        return
