"""Recognise: the groups of units become formulas on arrays, one after the other, and get their places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.lifting.find.apart import Apart
from autodiff.lifting.find.draft import Draft, Drafts, uniform
from autodiff.lifting.find.fold import APPLY, SOLVE, Folded
from autodiff.lifting.find.group import Grouped
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.find.roles import REDUCTIONS
from autodiff.lifting.find.solving import solving_formulas
from autodiff.lifting.formula import Formula, Segment
from autodiff.lifting.record import ROWS, Floats, Tape

__all__ = ["recognise_formulas"]


def recognise_formulas(tape: Tape, folded: Folded, grouped: Grouped, placement: Placement) -> list[Formula]:
    """Turn every group of units into one formula, or two, and give it a place.

    Returns the formulas in the order in which they run.
    """
    formulas: list[Formula] = []
    for draft in Apart(folded, placement, Drafts(tape, folded, placement)).drafts(grouped.groups):
        reduction = folded.reduction[draft.units[0]]
        if reduction == APPLY:
            formulas.append(_application(draft, tape, folded, placement))
        elif reduction == SOLVE:
            formulas += solving_formulas(draft.units, tape, folded, placement)
        else:
            formulas += _reduction(draft, folded, placement)
    return formulas


def _application(draft: Draft, tape: Tape, folded: Folded, places: Placement) -> Formula:
    """The formula of a group of elementwise operations."""
    nodes = folded.units[draft.units]
    block = places.place(nodes, draft.dims)
    return Formula(block, ROWS[tape.op[nodes[0]]], draft.operands, nodes=nodes)


def _reduction(draft: Draft, folded: Folded, places: Placement) -> list[Formula]:
    """The formula of a group of sums, or of largest or smallest values; two if the sums are
    scaled each by a number of its own."""
    if draft.scale is None:
        return [_filled(draft, folded, places)]
    inner = places.new_block(draft.dims, bool(places.varies[folded.units[draft.units[0]]]))
    filled = _filled(draft, folded, places)
    unscaled = places.access(inner.start + np.arange(inner.size).reshape(draft.dims), inner.varies)
    factors = places.access(places.constant(draft.scale.ravel()).reshape(draft.dims), False)
    inside, outside = _shared_bias(filled.bias, draft.scale)
    outer = replace(filled, segments=(Segment("rows", unscaled, factors),), bias=outside)
    return [Formula(inner, segments=draft.segments, bias=inside), outer]


def _filled(draft: Draft, folded: Folded, places: Placement) -> Formula:
    """The formula of sums, as they are drafted."""
    nodes = folded.units[draft.units]
    bias = uniform(folded.bias[draft.units].reshape(draft.dims))
    kind = REDUCTIONS[folded.reduction[draft.units[0]]]
    block = places.place(nodes, draft.dims)
    return Formula(block, segments=draft.segments, bias=bias, reduction=kind, nodes=nodes)


def _shared_bias(bias: float | Floats, scale: Floats) -> tuple[float | Floats, float | Floats]:
    """The constants b and B of scale·(Σ + b) + B for those of scale·Σ + bias: those of (A - 3) ⊙ M
    and (A - Y) ⊙ M for a number or a mask M; what is multiplied by 0 has any."""
    there = scale != 0.0
    b = np.divide(bias, scale, out=np.zeros(scale.shape), where=there)
    alike, masks = (bool((each[there] == each[there][0]).all()) for each in (b, scale))
    if not np.any(bias) or not (alike or masks) or (b * scale != bias).any():
        return 0.0, bias
    return (float(b[there][0]) if alike else b), 0.0
