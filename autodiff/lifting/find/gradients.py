"""Gradients: which blocks' cotangents have to be computed for the gradients that were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autodiff.formulas.expr import CODE, symbol
from autodiff.lifting.formula import Access, Block, Formula, blocks_read

__all__ = ["needing_gradient"]


def needing_gradient(
    formulas: Iterable[Formula], blocks: Sequence[Block], wanted: Iterable[Block]
) -> frozenset[Block]:
    """The wanted blocks and the formulas' blocks that depend on them."""
    needs = set(wanted)
    for formula in formulas:
        if any(block in needs for access in _passing(formula) for block in blocks_read(access, blocks)):
            needs.add(formula.block)
    return frozenset(needs)


def _passing(formula: Formula) -> Sequence[Access]:
    """The operands that get a share of the formula's cotangent; none do of a largest or smallest value,
    and not one whose partial is 0 everywhere."""
    if formula.thing is not None:
        shares = formula.shares(CODE, symbol("d"))
        return [access for access, share in zip(formula.operands, shares) if share is not None]
    if formula.op is None:
        return formula.accesses if formula.reduction not in ("maximum", "minimum") else ()
    partials = formula.partials(CODE)
    return [access for access, partial in zip(formula.operands, partials) if partial]
