"""Softmax: exponentials divided by their sum, the logarithm of either, and what is made with them.

From

    xᵢ - cᵢ - log(exp(xᵢ - c)/S) = log S   and   exp(xᵢ - c)/Σₖ exp(xₖ - c) = exp(xᵢ)/Σₖ exp(xₖ)

follow what the formulas around a sum S of exponentials are:

    exp(x - c)/S                   the softmax P of x
    (x - c) - log S, log P         its logarithm
    c + log S                      logsumexp(x)
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.cross_entropy import name_pick, read_sum
from autodiff.lifting.find.named.exponentials import Softmax, softmax_with
from autodiff.lifting.find.named.formulary import Formulary, is_whole
from autodiff.lifting.find.named.picks import picked_logarithms
from autodiff.lifting.formula import Formula
from autodiff.lifting.things import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX

__all__ = ["name_softmaxes"]


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
    for formula in list(formulary.formulas):
        if formula.op is None and formula.reduction == "add" and formula.block not in softmax.logarithms:
            read_sum(softmax, formula, formulary)
    for block, which in softmax.logarithms.items():
        if block.dims == softmax.dims and (which == np.arange(softmax.size)).all():
            formulary.name(
                formulary.made[block], LOG_SOFTMAX, [softmax.x, softmax.shares(formulary)], softmax.axes
            )
    for block, pick in softmax.picks.items():
        if block.dims == softmax.totals.block.dims and (pick.columns == np.arange(block.size)).all():
            name_pick(softmax, formulary.made[block], pick, -1.0, formulary)


def _read_quotient(softmax: Softmax, formula: Formula, formulary: Formulary) -> None:
    """See whether a quotient is the softmax, or some elements of it."""
    which = softmax.elements(formula.operands[0], softmax.powers.block)
    if which is None or not softmax.of_columns(formula.operands[1], softmax.totals.block, which):
        return
    if formula.block.dims == softmax.dims and (which == np.arange(softmax.size)).all() and softmax.P is None:
        formulary.name(formula, SOFTMAX, [softmax.x], softmax.axes)
        softmax.P = formula.block
    for reader in formulary.formulas:
        if reader.op is OPS["log"] and is_whole(reader.operands[0], formula.block):
            softmax.logarithms[reader.block] = which


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
