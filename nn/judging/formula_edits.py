"""Mistakes in a backward pass as edits of one of its formulas, simple ones first.

Each edit changes one share of a cotangent, or a whole cotangent, of the lifted backward pass: another
operand of fitting shape, another slope, a sum over other places. ``search`` tries them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from autodiff.lifting.formula import Block
from autodiff.lifting.record import Ints
from nn.judging.joint_edits import SLOPES, joint_edits
from nn.judging.lifted_backward import Change, Flow, LiftedBackward
from nn.judging.other_arrays import Other, others
from nn.judging.passes import Floats
from nn.judging.places import FormulaEdit, Place, target
from nn.judging.product_edits import one_alone, product_edits, term_edits
from nn.judging.roles import is_target
from nn.judging.rule_edits import rule_edits
from nn.judging.slopes import slopes

__all__ = ["edits_of"]


def edits_of(lifted: LiftedBackward, place: Place) -> Iterator[FormulaEdit]:
    """The edits at one place."""
    if place.kind:
        edits = [*joint_edits(lifted, place)]
        yield from edits
        for part in _common_parts(lifted, place):
            for each in edits:
                yield replace(each, each=tuple(_in_part(made, part) for made in each.each), rank=1)
    elif not place.shares:
        yield from _cotangent_edits(lifted, lifted.plan.blocks[place.block])
    elif len(place.shares) == 1:
        share = lifted.shares[place.shares[0]]
        of_kind = {"rule": rule_edits, "product": product_edits, "terms": term_edits}[share.kind]
        edits = [*of_kind(lifted, share)]
        for last in (True, False):
            which = "last" if last else "first"
            text = f"In {target(share)} only the {which} of what is to be added up is left: += for ="
            edits.append(FormulaEdit("= for +=", text, one_alone(last)))
        yield from edits
        if share.kind == "rule" and share.access.shape == share.formula.block.dims:
            for part in lifted.parts(share.formula.block):
                for each in edits:
                    if each.rank == 0:
                        yield replace(each, made=_in_part(each.made, part), rank=1)


def _common_parts(lifted: LiftedBackward, place: Place) -> list[Ints]:
    """The elements of each block, in shares of slopes, that a formula reads where it does not read all of
    them: those of one gate at all steps."""
    shares = [lifted.shares[number] for number in place.shares]
    if place.kind != SLOPES or len({share.formula.block.dims for share in shares}) != 1:
        return []
    if any(share.access.shape != share.formula.block.dims for share in shares):
        return []
    return max((lifted.parts(share.formula.block) for share in shares), key=len)


def _in_part(made: Change, part: Ints) -> Change:
    """The change at those elements alone that one formula reads."""

    def partly(flow: Flow) -> Floats | None:
        changed = made(flow)
        if changed is None:
            return None
        found = flow.now.copy()
        found.reshape(-1)[part] = np.broadcast_to(changed, found.shape).reshape(-1)[part]
        return found

    return partly


def _cotangent_edits(lifted: LiftedBackward, block: Block) -> Iterator[FormulaEdit]:
    name, dims = f"d{block.name}", block.dims
    if len(dims) == 2 and dims[0] == dims[1] > 1:
        yield FormulaEdit("transposed", f"{name} is transposed", lambda flow: flow.now.T)
    for formula in lifted.plan.formulas:
        if formula.operands and formula.operands[0].shape == dims:
            for what, slope in slopes(lifted, formula):
                yield FormulaEdit(
                    f"{what} too much",
                    f"{name} is multiplied by {what}, which has no place there",
                    _times(slope),
                    rank=1,
                )
    if block.role == "parameter" and block.size > 1:
        text = f"{name} is one sum over all numbers that should stand in it"
        yield FormulaEdit("a sum over all", text, _sum, scaled=True, rank=1)
    yield from _differences(lifted, block)
    for other in others(lifted, block, True):
        what = other.name(lifted)
        made = _replaced(other, dims)
        of = lifted.plan.blocks[other.number]
        if other.cotangent and of.role == block.role == "parameter" and not other.turned:
            yield FormulaEdit(f"gradient of {of.name}", f"It is the gradient by {of.name}", made, rank=2)
            continue
        yield FormulaEdit(f"{what} for {name}", f"{what} stands for {name}", made, scaled=True, rank=2)
    for other in others(lifted, block, True):
        if not other.turned:
            what = other.name(lifted)
            yield FormulaEdit(
                f"⊙ {what} too much",
                f"{name} is multiplied by {what}, which has no place there",
                _multiplied(other, dims),
                rank=2,
            )


def _differences(lifted: LiftedBackward, block: Block) -> Iterator[FormulaEdit]:
    """A prediction less a target, in place of the derivative of another loss."""
    blocks = [*lifted.plan.blocks]
    fitting = [other for other in others(lifted, block, True) if not other.cotangent and not other.turned]
    targets = [each for each in fitting if is_target(blocks[each.number].name)]
    mine = Other(blocks.index(block))
    for wanted in targets:
        for other in (mine, *fitting):
            if other is not wanted and blocks[other.number].role == "formula":
                what = f"{other.name(lifted)} - {wanted.name(lifted)}"
                yield FormulaEdit(
                    f"{what} for d{block.name}",
                    f"d{block.name} is {what}: the derivative of another loss, or by another quantity",
                    _difference(other, wanted, block.dims),
                    scaled=True,
                    rank=1,
                )


def _sum(flow: Flow) -> Floats:
    return np.full(flow.now.shape, flow.now.sum())


def _difference(a: Other, b: Other, dims: tuple[int, ...]) -> Change:
    return lambda flow: a.read(flow, dims) - b.read(flow, dims)


def _times(slope: Callable[[Flow], Floats]) -> Change:
    return lambda flow: flow.now * slope(flow)


def _replaced(other: Other, dims: tuple[int, ...]) -> Change:
    return lambda flow: other.read(flow, dims)


def _multiplied(other: Other, dims: tuple[int, ...]) -> Change:
    return lambda flow: flow.now * other.read(flow, dims)
