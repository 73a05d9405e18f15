"""Mistakes in shares that go by a rule: slopes of activations, softmax, the derivative of the loss.

A rule is an expression in the operands x0, x1, …, what is computed of them, y, and the cotangent d.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.formulas.expr import Expr, symbol
from autodiff.lifting.things import SIGMOID, SOFTMAX
from nn.judging.expression_edits import variants
from nn.judging.lifted_backward import Change, Flow, LiftedBackward, atoms
from nn.judging.other_arrays import Other, others, through
from nn.judging.passes import Floats
from nn.judging.places import FormulaEdit, target
from nn.judging.shares import Share, evaluated
from nn.judging.slopes import ACTIVATIONS, function_name, named, operand_of, slope_at_output, substituted

__all__ = ["by_rule", "rule_edits", "usual_slope_edits"]

X, Y, D = symbol("x0"), symbol("y"), symbol("d")


def rule_edits(lifted: LiftedBackward, share: Share) -> Iterator[FormulaEdit]:
    """The edits of a share that goes by a rule."""
    formula, rule = share.formula, share.rule
    assert rule is not None
    if formula.op is not None or formula.thing is SIGMOID:
        yield from usual_slope_edits(share)
    if formula.thing is SOFTMAX:
        yield from _softmax_edits(share, rule)
    if formula.inner:
        yield from _norm_edits(share)
    if formula.thing is not None and len(formula.operands) >= 3:
        yield from _loss_edits(lifted, share)
    of = target(share)
    yield from _mask_edits(lifted, share, rule)
    for old, new, changed in variants(rule):
        yield _instead(of, named(lifted, formula, new), named(lifted, formula, old), by_rule(changed))
    for x in (f"x{i}" for i in range(len(formula.operands))):
        for before, after in ((x, "y"), ("y", x)):
            names = named(lifted, formula, symbol(after)), named(lifted, formula, symbol(before))
            yield _instead(of, *names, by_rule(substituted(rule, {before: symbol(after)})))
    yield from _slopes_of_others(share)
    for other in others(lifted, formula.block, True):
        made = _with_d(other, formula.block.dims, rule)
        yield _instead(of, other.name(lifted), f"d{formula.block.name}", made, rank=1)
    for i, access in enumerate(formula.operands):
        if access.block is not None and access.whole is access.block and access.block.role != "constant":
            for other in others(lifted, access.block, False):
                what = f"{access.block.name} of an earlier call" if other.stale else other.name(lifted)
                yield _instead(of, what, access.block.name, _with_operand(other, i, rule), rank=1)


def _mask_edits(lifted: LiftedBackward, share: Share, rule: Expr) -> Iterator[FormulaEdit]:
    """The mask dropped from a rule d·mask, as of a maximum, which a number of equal ones may divide."""
    product = rule.args[0] if rule.head == "div" else rule
    factors = product.args if product.head == "mul" else ()
    for mask in factors if D.head in [factor.head for factor in factors] else ():
        inner = mask.args[1] if mask.head == "sub" and mask.args[0].head == 1.0 else mask
        if isinstance(inner.head, str) and inner.head in OPS and OPS[inner.head].mask:
            shown = named(lifted, share.formula, mask)
            text = f"{target(share)} is d{share.formula.block.name} as it stands: it lacks the mask {shown}"
            yield FormulaEdit("the mask missing", text, by_rule(D))


def _instead(of: str, what: str, right: str, made: Change, rank: int = 0) -> FormulaEdit:
    text = f"In {of} there is {what} where {right} should be"
    return FormulaEdit(f"{what} for {right}", text, made, rank=rank)


def usual_slope_edits(share: Share, generally: bool = False) -> Iterator[FormulaEdit]:
    """Usual mistakes with the slope of an elementwise function f of one operand, spoken of ``generally``, or
    with the names of arrays."""
    formula, rule = share.formula, share.rule
    i = operand_of(formula)
    if i < 0 or rule is None or rule.head != "mul":
        return
    f, of, x = function_name(formula), target(share), f"x{i}"
    block = formula.operands[i].block
    z, a = (block.name if block is not None else "its input"), formula.block.name
    of_a = f"d{a}"
    if generally:
        z, a, of, of_a = "its input", "its output", "the gradient", "what comes from above"
    operands = [symbol(f"x{k}") for k in range(len(formula.operands))]
    call = Expr(formula.op.name if formula.op is not None else f, tuple(operands))
    slope = substituted(rule, {"d": symbol("one")})
    yield FormulaEdit(f"{f}′ missing", f"{of} lacks {f}′({z}): it is {of_a} as it stands", by_rule(D))
    yield FormulaEdit(f"{f} for {f}′", f"{of} is multiplied by {a}, and not by {f}′({z})", by_rule(D * Y))
    at_output = substituted(rule, {x: Y, "y": substituted(call, {x: Y})})
    yield FormulaEdit(f"{f}′ at {a}", f"{f}′ is taken at {a}, and should be at {z}", by_rule(at_output))
    text = f"{of} is multiplied by {f}({a}), and not by {f}′({z})"
    yield FormulaEdit(f"{f}({a}) for {f}′({z})", text, by_rule(D * substituted(call, {x: Y})))
    given_z = by_rule(substituted(rule, {"y": symbol(x)}))
    yield FormulaEdit(f"{z} for {a} in {f}′", f"{f}′, written in terms of {a}, is given {z}", given_z)
    alone = f"{of} is {f}′({z}) alone: {of_a} is missing"
    yield FormulaEdit(f"{f}′ alone", alone, by_rule(slope), scaled=True)
    yield FormulaEdit(f"1 - {f}′ for {f}′", f"{f}′ is 0 where it should be 1", by_rule(D * (1.0 - slope)))
    for d in (D, D * symbol("m")):  # 1/m may stand elsewhere
        of_d = substituted(call, {x: d})
        text = f"{f} is applied to {of_a}; the chain rule multiplies that by {f}′({z})"
        yield FormulaEdit(f"{f} of the gradient", text, by_rule(of_d), scaled=True)
        yield FormulaEdit(f"{f} of the gradient", text, by_rule(of_d * slope), scaled=True)
        text = f"{f}′ is taken of {of_a}, and should be at {z}"
        for in_x, in_y in ((d, of_d), (d, d)):
            of_gradient = substituted(slope, {x: in_x, "y": in_y})
            yield FormulaEdit(f"{f}′ of the gradient", text, by_rule(of_gradient), scaled=True)
            yield FormulaEdit(f"{f}′ of the gradient", text, by_rule(D * of_gradient))
    yield FormulaEdit(f"{f}′ twice", f"{of} is multiplied by {f}′({z}) twice", by_rule(rule * slope))
    if generally:
        yield from _slopes_of_others(share)


def _softmax_edits(share: Share, rule: Expr) -> Iterator[FormulaEdit]:
    of, name = target(share), share.formula.block.name
    diagonal = "has the diagonal of softmax's Jacobian alone: each output depends on all inputs"
    yield FormulaEdit("softmax′ missing", f"{of} lacks the derivative of softmax", by_rule(D))
    yield FormulaEdit("only the diagonal of the Jacobian", f"{of} {diagonal}", by_rule(D * Y * (1.0 - Y)))
    yield FormulaEdit(
        "softmax for softmax′", f"{of} is d{name} times {name}: the sum is missing", by_rule(D * Y)
    )
    text = f"{of} lacks d{name}, which comes from above"
    yield FormulaEdit("softmax′ alone", text, by_rule(Y * (1.0 - Y)), scaled=True)


def _norm_edits(share: Share) -> Iterator[FormulaEdit]:
    """Parts of (d - mean(d) - y·mean(y ⊙ d))/s that are forgotten, where a norm divides by s."""
    of, s = target(share), symbol(share.formula.letters[-1])
    mean, variance = Expr("average", (D,)), Y * Expr("average", (Y * D,))
    found = (
        ("the parts of mean and variance missing", "the mean and the variance depend on it, too", D),
        ("the part of the variance missing", "the variance depends on it, too", D - mean),
        ("the part of the mean missing", "the mean depends on it, too", D - variance),
    )
    for name, text, made in found:
        for whole in (made / s, made * s, made):
            yield FormulaEdit(name, f"{of} is not all of the gradient: {text}", by_rule(whole))


def _slopes_of_others(share: Share) -> Iterator[FormulaEdit]:
    """The slope of another activation, at its input or in terms of its output."""
    formula = share.formula
    i = operand_of(formula)
    if i < 0 or formula.block.dims != formula.operands[i].shape:
        return
    f, of, x = function_name(formula), target(share), symbol(f"x{i}")
    for g in ACTIVATIONS:
        if g == f:
            continue
        text = f"{of} has the derivative of {g}, and the activation is {f}"
        for value, at in ((Expr(g, (x,)), x), (Y, Y), (Expr(g, (Y,)), Y)):
            slope = substituted(slope_at_output(g), {"y": value, "x0": at})
            yield FormulaEdit(f"{g}′ for {f}′", text, by_rule(D * slope))


def _loss_edits(lifted: LiftedBackward, share: Share) -> Iterator[FormulaEdit]:
    """Usual mistakes with the cotangent of logits, p - t for probabilities p and targets t."""
    formula, of = share.formula, target(share)
    assert formula.thing is not None
    p, t = symbol("x0"), symbol("x2")
    block, binary = formula.operands[0].block, "binary" in formula.thing.name
    name = block.name if block is not None else "the output"
    f, Y = ("sigmoid" if binary else "softmax"), named(lifted, formula, t)
    by_p = (p - t) / (p * (1.0 - p)) if binary else -(t / p)
    text = f"{of} is the derivative by {name}: that of {f} is missing"
    yield FormulaEdit(f"{f}′ missing", text, by_rule(D * by_p))
    text = f"{of} is {name} - {Y}, in which {f}′ is already, and that was multiplied once more"
    yield FormulaEdit(f"{f}′ too much", text, by_rule(D * (p - t) * (p * (1.0 - p))))
    if binary:
        yield FormulaEdit(
            "the derivative of half of the loss",
            f"{of} lacks the part of 1 - {Y}",
            by_rule(D * -(t * (1.0 - p))),
        )
        text = f"In the derivative by {name} the part of 1 - {Y} has the wrong sign"
        other_sign = (-(t / p) - (1.0 - t) / (1.0 - p)) * (p * (1.0 - p))
        yield FormulaEdit("a sign in the derivative of the loss", text, by_rule(D * other_sign))
    else:
        text = f"{of} has the diagonal of softmax's Jacobian alone: each output depends on all inputs"
        yield FormulaEdit("only the diagonal of the Jacobian", text, by_rule(D * -(t * (1.0 - p))))


def by_rule(expr: Expr) -> Change:
    """The share that another rule gives."""

    def made(flow: Flow) -> Floats:
        values = atoms(flow, flow.formula) | {"one": np.float64(1.0), "m": flow.of.samples}
        return np.asarray(evaluated(expr, values, flow.formula.axes))

    return made


def _with_d(other: Other, dims: tuple[int, ...], rule: Expr) -> Change:
    def made(flow: Flow) -> Floats:
        formula = flow.formula
        d = formula.scale * other.read(flow, dims)
        if formula.thing is not None and formula.block.dims not in ((), formula.operands[0].shape):
            d = np.expand_dims(d, formula.axes)
        return np.asarray(evaluated(rule, atoms(flow, formula) | {"d": d}, formula.axes))

    return made


def _with_operand(other: Other, i: int, rule: Expr) -> Change:
    def made(flow: Flow) -> Floats:
        access = flow.formula.operands[i]
        assert access.block is not None
        read = through(access, other.read(flow, access.block.dims))
        values = atoms(flow, flow.formula) | {f"x{i}": read}
        return np.asarray(evaluated(rule, values, flow.formula.axes))

    return made
