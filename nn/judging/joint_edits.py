"""Mistakes that are made in each layer, or at each step, alike: a wrong slope, an index that is one off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from autodiff.formulas.expr import symbol
from autodiff.lifting.formula import Access, Block, Formula
from nn.judging.expression_edits import variants
from nn.judging.lifted_backward import Change, Flow, LiftedBackward, atoms
from nn.judging.passes import Floats
from nn.judging.places import FormulaEdit, Place
from nn.judging.product_edits import product_with, term_with
from nn.judging.rule_edits import by_rule, usual_slope_edits
from nn.judging.shares import Share, evaluated, left_factor
from nn.judging.slopes import function_name, operand_of, substituted

__all__ = ["SLOPES", "joint_edits", "joint_places"]

SLOPES, WEIGHTS, ONWARD, BIASES = "slopes", "weights", "onward", "biases"
SIGNED, STEPS, TIME, FACTORS = "signed", "steps", "time", "factors"


GENERAL = {"x0": symbol("Z"), "y": symbol("A"), "d": symbol("dA")}
"""How messages speak of what all layers have."""


def joint_places(lifted: LiftedBackward) -> Iterator[Place]:
    """Shares that are of one kind, of each kind of which there are several."""
    groups: dict[tuple[str, object], list[int]] = {}
    for number, share in enumerate(lifted.shares):
        for kind, key in _kinds(lifted, share):
            groups.setdefault((kind, key), []).append(number)
    seen: set[tuple[str, tuple[int, ...]]] = set()
    for (kind, _), numbers in groups.items():
        for some in (numbers, numbers[1:]):
            if len(some) < (1 if kind == SLOPES and some is not numbers else 2):
                continue
            block = lifted.shares[some[0]].access.block
            if block is not None and (kind, tuple(some)) not in seen:
                seen.add((kind, tuple(some)))
                yield Place(_number(lifted, block), tuple(some), kind=kind)
    yield from _through_all_steps(lifted, groups)
    signed = [n for n, share in enumerate(lifted.shares) if _signs(lifted, share) - {0.0}]
    blocks = [block for n in signed if (block := lifted.shares[n].access.block) is not None]
    if blocks and {-1.0, 1.0} <= set().union(*(_signs(lifted, lifted.shares[n]) for n in signed)):
        yield Place(_number(lifted, blocks[0]), tuple(signed), kind=SIGNED)
    for block in lifted.plan.wanted:
        if len(block.dims) == 2 and block.dims[0] == block.dims[1] and len(_steps(lifted, block)) > 1:
            yield Place(_number(lifted, block), kind=STEPS)


def _signs(lifted: LiftedBackward, share: Share) -> set[float]:
    """Of the numbers by which it adds to a sum."""
    if share.kind != "terms" or share.segment is None:
        return set()
    return set(np.unique(np.sign(_added_by(share, lifted.read))).tolist())


def _added_by(share: Share, read: Callable[[Access], Floats]) -> Floats:
    """By which numbers a share adds to a sum: its coefficients, times the numbers that no variable has a part
    in, such as those that stand for the labels."""
    assert share.segment is not None
    coefficients = np.asarray(share.segment.coefficient, dtype=float)
    other = share.other
    if other is not None and other.block is not None and other.block.role == "numbers":
        return coefficients * read(other)
    return coefficients


def _steps(lifted: LiftedBackward, block: Block) -> list[Formula]:
    """The formulas that read a block, an elementwise function of which there is."""
    reading = [f for f in lifted.backward if any(access.block is block for access in f.accesses)]
    return [
        f for f in reading if f.block.dims[:1] == block.dims[:1] and _activation(lifted, f.block) is not None
    ]


def _kinds(lifted: LiftedBackward, share: Share) -> Iterator[tuple[str, object]]:
    block = share.access.block
    if block is None or (lifted.layer and share.formula.block is lifted.plan.root):
        return
    if share.kind == "rule" and operand_of(share.formula) >= 0:
        yield SLOPES, function_name(share.formula)
    elif share.kind == "product" and share.other is not None and block.role == "parameter":
        yield WEIGHTS, ""
        yield WEIGHTS, block
    elif share.kind == "product" and share.other is not None:
        yield ONWARD, ""
        yield ONWARD, share.other.block
    elif share.kind == "terms" and share.other is None and block.role == "parameter":
        yield BIASES, ""
    elif share.kind == "terms" and share.other is not None:
        before = next((f for f in lifted.plan.formulas if f.block is block), None)
        if before is not None and _form(before) == _form(share.formula):  # a cell, less what it forgets
            yield TIME, _form(before)
        else:
            yield FACTORS, (_form(share.formula), (share.access.positions - block.start).tobytes())


def _form(formula: Formula) -> tuple[object, ...]:
    """What formulas of the same kind, one after the other, have in common."""
    return formula.op, formula.thing, formula.block.dims, len(formula.segments), len(formula.accesses)


def _through_all_steps(
    lifted: LiftedBackward, groups: Mapping[tuple[str, object], Sequence[int]]
) -> Iterator[Place]:
    """What steps hand back both through weights and through a cell."""
    cells = [n for (kind, _), numbers in groups.items() if kind == TIME for n in numbers]
    for (kind, of), numbers in groups.items():
        block = lifted.shares[numbers[0]].access.block
        if kind == ONWARD and of and cells and block is not None:
            yield Place(_number(lifted, block), tuple(sorted({*numbers, *cells})), kind=TIME)


def joint_edits(lifted: LiftedBackward, place: Place) -> Iterator[FormulaEdit]:
    """The edits of all shares of a kind at once."""
    shares = [lifted.shares[number] for number in place.shares]
    if place.kind == SLOPES:
        yield from _slope_edits(lifted, shares)
        return
    if place.kind == TIME:
        yield _through_time(shares)
        return
    if place.kind == FACTORS:
        name = shares[0].other.block.name if shares[0].other and shares[0].other.block else "a factor"
        text = f"d{shares[0].to} is not multiplied by {name}, at any step"
        yield FormulaEdit(f"{name} missing", text, _handed_on, each=tuple(_handed_on for _ in shares))
        return
    if place.kind == STEPS:
        text = "At each step what that gives stands where what it takes should be"
        yield FormulaEdit("the output for the input of a step", text, _of_outputs(place.block))
        return
    if place.kind == SIGNED:
        for sign, name in ((1.0, "subtracted"), (-1.0, "added")):
            text = f"What is {name} in the loss is missing in the gradient"
            each = tuple(_of_sign(sign) for _ in shares)
            yield FormulaEdit(f"what is {name} missing", text, each[0], each=each)
        return
    with_other = term_with if place.kind == BIASES else product_with
    activations = [_activation(lifted, share.formula.block) for share in shares]
    if all(each is not None for each in activations):
        numbers = [_number(lifted, each) for each in activations]
        text = "In each layer, or step, the cotangent of the activation's output stands for that of its input"
        each = tuple(with_other(d=_cotangent(number)) for number in numbers)
        yield FormulaEdit("dA for dZ", text, each[0], each=each)
        if place.kind == WEIGHTS:
            text = "In each layer, or step, what that gives stands where what it takes should be"
            each = tuple(with_other(other=_value(number)) for number in numbers)
            yield FormulaEdit("the output for the input of a layer", text, each[0], each=each)
    if place.kind == ONWARD:
        what = {share.other.block.name for share in shares if share.other and share.other.block}
        if len(what) == 1:
            yield _through_time(shares)
        name = what.pop() if len(what) == 1 else "W"
        text = f"What is handed on is not multiplied by {name}"
        yield FormulaEdit(f"{name} missing", text, _handed_on, each=tuple(_handed_on for _ in shares))
        each = tuple(_turned for _ in shares)
        text = f"{name} is not transposed, and should be, or the other way round"
        yield FormulaEdit(f"{name} transposed", text, _turned, each=each)


def _activation(lifted: LiftedBackward, block: Block) -> Block | None:
    """What an elementwise function makes of a block."""
    found = [
        formula.block
        for formula in lifted.plan.formulas
        if (formula.op is not None or (formula.thing is not None and len(formula.operands) == 1))
        and any(access.block is block for access in formula.operands)
        and formula.block.dims == block.dims
    ]
    return found[0] if len(found) == 1 else None


def _number(lifted: LiftedBackward, block: Block | None) -> int:
    return next(i for i, each in enumerate(lifted.plan.blocks) if each is block)


def _of_outputs(number: int) -> Change:
    """Σ dZ·Aᵀ over the steps, where A = g(Z)."""

    def made(flow: Flow) -> Floats | None:
        block = flow.of.plan.blocks[number]
        found = np.zeros(block.dims)
        for formula in _steps(flow.of, block):
            after = _activation(flow.of, formula.block)
            if after is None or len(after.dims) > 2:
                return None
            d, a = (_columns(each) for each in (flow.cotangent(formula.block), flow.value(after)))
            found = found + d @ a.T
        return found

    return made


def _columns(array: Floats) -> Floats:
    return array[:, None] if array.ndim == 1 else array


def _of_sign(sign: float) -> Change:
    """The share with those of its terms alone that are added by numbers of a sign."""

    def made(flow: Flow) -> Floats:
        kept = np.sign(_added_by(flow.share, flow.read)) == sign
        return np.where(np.broadcast_to(kept, flow.now.shape), flow.now, 0.0)

    return made


def _cotangent(number: int) -> Callable[[Flow], Floats]:
    return lambda flow: flow.cotangent(flow.of.plan.blocks[number])


def _value(number: int) -> Callable[[Flow], Floats]:
    return lambda flow: flow.value(flow.of.plan.blocks[number])


def _handed_on(flow: Flow) -> Floats | None:
    d = left_factor(flow.d, flow.share)
    return d if d.shape == flow.share.access.shape else None


def _turned(flow: Flow) -> Floats | None:
    block = flow.share.other.block if flow.share.other is not None else None
    if block is None or len(block.dims) != 2 or block.dims[0] != block.dims[1]:
        return None
    return product_with(other=lambda flow: flow.value(_block_of(flow)).T)(flow)


def _block_of(flow: Flow) -> Block:
    """The block of the other factor of a share."""
    assert flow.share.other is not None and flow.share.other.block is not None
    return flow.share.other.block


def _through_time(shares: Sequence[Share]) -> FormulaEdit:
    text = "What a step hands back to the step before it is left out: add it to what comes from above"
    each = tuple(_nothing for _ in shares)
    return FormulaEdit("the gradient through time missing", text, _nothing, each=each)


def _nothing(flow: Flow) -> Floats:
    return np.zeros_like(flow.now)


def _slope_edits(lifted: LiftedBackward, shares: Sequence[Share]) -> Iterator[FormulaEdit]:
    """The same mistake with each slope; or each taken at the next, or the one before."""
    of_each = [[*usual_slope_edits(share, generally=True)] for share in shares]
    if len({len(each) for each in of_each}) == 1:
        for alike in zip(*of_each):
            text = f"In each layer, {alike[0].text}"
            yield FormulaEdit(alike[0].name, text, alike[0].made, each=tuple(e.made for e in alike))
    rules = [share.rule for share in shares if share.rule and len(share.formula.operands) == 1]
    for alike in zip(*map(variants, rules if len(rules) == len(shares) else ())):
        old, new = (substituted(each, GENERAL).text().replace("**2", "²") for each in alike[0][:2])
        text = f"In each layer there is {new} where {old} should be, of its input Z and its output A"
        each = tuple(by_rule(changed) for _, _, changed in alike)
        yield FormulaEdit(f"{new} for {old}", text, each[0], each=each)
    formulas = [f for f in lifted.backward if _is_like(f, shares[0].formula)]
    at = [formulas.index(share.formula) for share in shares]
    f = function_name(shares[0].formula)
    for step, where in ((-1, "after"), (1, "before")):
        if all(0 <= i + step < len(formulas) for i in at):
            each = tuple(_at_layer(lifted.index(formulas[i + step]), share) for i, share in zip(at, shares))
            text = f"In each layer {f}′ is taken of the layer {where} it"
            yield FormulaEdit(f"{f}′ of the layer {where}", text, each[0], each=each)


def _is_like(formula: Formula, other: Formula) -> bool:
    named = formula.op is not None or formula.thing is not None
    return named and bool(formula.operands) and function_name(formula) == function_name(other)


def _at_layer(number: int, share: Share) -> Change:
    """The share with the slope of another formula."""
    rule = share.rule
    assert rule is not None

    def made(flow: Flow) -> Floats | None:
        there = flow.of.plan.formulas[number]
        values = atoms(flow, flow.formula)
        other = {x: flow.read(access) for x, access in zip(there.letters, there.operands)}
        other["y"] = flow.value(there.block)
        if other["y"].shape != np.shape(values["y"]):
            return None
        return np.asarray(evaluated(rule, values | other, flow.formula.axes))

    return made
