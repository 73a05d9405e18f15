"""Forward lines: each formula of a program as an assignment in three languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff.engine.notation import ATOM
from autodiff.formulas.expr import CODE, Expr, symbol
from autodiff.formulas.textbook import TEXTBOOK
from autodiff.lifting.formula import Access, Block, Formula, Segment, squeezed
from autodiff.lifting.things import DISTANCES, LENGTH, LOGSUMEXP, PROPORTIONS, Thing
from autodiff.lifting.write.algebra import (
    BELOW,
    LETTERS,
    joined,
    number,
    plus,
    quotient,
    reduced,
    squared,
    times,
    weighted,
)
from autodiff.lifting.write.expressions import applied, composed
from autodiff.lifting.write.extremes import as_computed, is_extreme
from autodiff.lifting.write.fills import fill_of
from autodiff.lifting.write.matrices import MatrixFormulas
from autodiff.lifting.write.numerals import Factor
from autodiff.lifting.write.operands import Operands, samples
from autodiff.lifting.write.products import einsum, factors, is_plain, vectors_of
from autodiff.lifting.write.regular import RegularFormulas
from autodiff.lifting.write.rendered import Index, Line, Rendered, Shape, assignment

__all__ = ["ForwardLines", "spelt_within", "spread_out", "total_with_a_line"]

PER_SAMPLE = Factor(1.0, samples=True)


class ForwardLines:
    """Writes the forward pass."""

    def __init__(self, operands: Operands, regular: RegularFormulas) -> None:
        self.operands, self._regular = operands, regular

    def formula(self, formula: Formula) -> Line:
        """The line that fills the formula's block."""
        if formula.thing is not None and formula.thing.causal:
            return self._causal(formula)
        value = self._value(formula)
        target = self.operands.name(formula.block)
        if formula.block in self.operands.passing and value.shape == target.shape:
            self.operands.inline[formula.block] = value
        line = assignment(target, " = ", value.filled(target.shape))
        with_indices = self._regular.forward(formula)
        if formula.block in self._regular.silent:
            line = line._replace(text="", latex="")
        elif with_indices is not None:
            line = with_indices.instead_of(line, " = ")
        else:
            line = line._replace(shape=self._regular.shape(formula.block, line.shape))
        if formula.block is not self.operands.plan.root or not formula.block.varies:
            return line
        # The source computes the loss of each sample, and its mean at the end; the text says the mean.
        mean = assignment(target, " = ", self._mean(formula, value))
        return mean._replace(numpy=line.numpy, shape=())

    def _causal(self, formula: Formula) -> Line:
        """Column by column the softmax of its upper part, head by head if there are several."""
        *heads, T, _ = formula.block.dims
        target, x = (
            self.operands.name(formula.block),
            self.operands.operand(formula.operands[0], formula.block),
        )
        places, spots = (f"{'h,' * len(heads)}{upper},t" for upper in ("1 … t", r"1 \dots t"))
        P, S = (f"{{{each.latex}}}_{{{spots}}}" for each in (target, x))
        return Line(
            target.numpy,
            ("t",),
            f"{target.text}[{places}] = softmax({x.text}[{places}])",
            f"{target.numpy} = causal_softmax({x.numpy})",
            rf"{P} &= \operatorname{{softmax}}\left({S}\right)",
            (*(Index("h", 1, H) for H in heads), Index("t", 1, T)),
        )

    def _value(self, formula: Formula) -> Rendered:
        if formula.thing in DISTANCES:
            return self._distances(formula)
        if is_extreme(formula):
            return self._reduction(as_computed(formula))
        if formula.thing is not None and formula.thing.of_matrices:
            return MatrixFormulas(self.operands).value(formula)
        if formula.thing is not None:
            return self._thing(formula)
        return self._elementwise(formula) if formula.op is not None else self._reduction(formula)

    def _mean(self, formula: Formula, value: Rendered) -> Rendered:
        """The mean of a loss over the samples."""
        if formula.op is not None or formula.thing is not None:
            return weighted(PER_SAMPLE, reduced(value, value.filled(("m",)).shape, [0]))
        total: Rendered | None = None
        for segment in formula.segments:
            if segment.varies and segment.owner is None:
                term = self._term(segment, formula.block)
                shape: Shape = (*segment.x.shape, "m")
                c = segment.coefficient if isinstance(segment.coefficient, float) else 1.0
                mean = weighted(PER_SAMPLE, weighted(c, reduced(term, shape, range(len(shape)))))
            else:
                mean = self._segment(segment, formula)
            total = plus(total, mean)
        assert not isinstance(formula.bias, np.ndarray)
        return total if total and not formula.bias else plus(total, number(formula.bias))

    def _thing(self, formula: Formula) -> Rendered:
        """A thing as a call of its function; of what that gives the sum, if the block is a number."""
        dims, tail = formula.operands[0].shape, samples(formula.block.varies)
        whole: Shape = (*(squeezed(dims) if tail else dims), *tail)
        operands = [self.operands.operand(each, formula.block).filled(whole) for each in formula.operands]
        scale = self.operands.coefficient(formula.scale, formula.block, formula.operands[0])
        assert formula.thing is not None
        return weighted(scale, self._call(formula, formula.thing, operands, whole))

    def _call(self, formula: Formula, thing: Thing, operands: Sequence[Rendered], whole: Shape) -> Rendered:
        """The call of a thing's function on arrays of one shape."""
        tail, axes = samples(formula.block.varies), formula.axes
        if thing is LENGTH:
            squares = reduced(times(operands[0], operands[0]), whole, axes)
            root = composed(TEXTBOOK.sqrt(symbol("x")), {"x": squares})
            return root._replace(
                numpy=f"norm({operands[0].numpy}, axis={axes if len(axes) > 1 else axes[0]})", code=ATOM
            )
        named = thing.name and (not thing.spelt or (len(axes) == 1 and len(whole) <= 2))
        spelt = spelled(formula, operands) if thing.spelt else None
        if (total := total_with_a_line(formula, self.operands)) is not None:
            spelt = quotient(operands[0], total.over(whole))
        if spelt and not named:
            return spelt
        # Functions of a vector take each column; a reduction to a number has to say so.
        says = axes == (1,) or (thing.name in (LOGSUMEXP.name, "var") and axes == (0,))
        letter = LETTERS[axes[0]] if len(whole) == 2 and says else ""
        numbers = [number(each) for each in formula.numbers]
        text = ", ".join([*(operands[i].text for i in thing.written), *(each.text for each in numbers)])
        latex = ", ".join([*(operands[i].latex for i in thing.written), *(each.latex for each in numbers)])
        code = ", ".join([*(operands[i].numpy for i in thing.coded), *(each.numpy for each in numbers)])
        along = f", axis={axes[0] if len(axes) == 1 else axes}" if axes else ""
        word = thing.name
        if thing.name == "layer_norm" and bool(letter) is not self.operands.rows:
            word, letter = "batch_norm", "i" if self.operands.rows else ""
        name, below = word.replace("_", "-"), f"_{{{letter}}}" if letter else ""
        latex_name = {"ln": r"\ln", "sigmoid": r"\sigma"}.get(word, rf"\operatorname{{{name}}}")
        call = Rendered(
            f"{word}{BELOW[letter] if letter else ''}({text})",
            f"{thing.code or thing.name}({code}{along})",
            rf"{latex_name}{below}\left({latex}\right)",
        )
        if formula.block.dims == formula.operands[0].shape:
            return call._replace(shape=whole)
        rest: Shape = tuple(n for axis, n in enumerate(whole) if axis not in axes)
        call = call._replace(shape=rest)
        if not formula.block.dims:
            return reduced(call, rest, range(len(rest) - len(tail)))
        return call.turned if len(rest) == 1 and axes == (0,) else call  # of each column a row

    def _distances(self, formula: Formula) -> Rendered:
        """The table of squared distances, as the source has it."""
        x, z = (self.operands.array(each, each.shape, exact=True) for each in vectors_of(formula))
        call = f"squared_distances({x.numpy}, {z.numpy})"
        latex = rf"\operatorname{{squared\_distances}}\left({x.latex}, {z.latex}\right)"
        written = Rendered(f"squared_distances({x.text}, {z.text})", call, latex, formula.block.dims)
        return weighted(self.operands.coefficient(formula.scale, formula.block, formula.operands[0]), written)

    def _elementwise(self, formula: Formula) -> Rendered:
        assert formula.op is not None
        row = formula.op.name
        written = [self.operands.operand(access, formula.block) for access in formula.operands]
        return applied(lambda m, *operands: getattr(m, row)(*operands), written)

    def _reduction(self, formula: Formula) -> Rendered:
        fill = fill_of(formula, self.operands.plan)
        if fill is not None:
            mask = self.operands.weights(fill.kept, formula.block)
            scale = self.operands.scale(fill.scale, formula.block)
            return fill.written(mask, self.operands.operand(fill.x, formula.block), scale)
        terms = [self._segment(segment, formula) for segment in formula.segments]
        total = joined(terms, formula.reduction)
        bias: Any = formula.bias
        if isinstance(bias, np.ndarray):
            return plus(total, self.operands.weights(bias, formula.block, added=True))
        if total is None:
            return number(bias)
        if not bias:
            return total
        constant = number(bias)
        return plus(constant, total) if total.text.startswith("-") else plus(total, constant)

    def _segment(self, segment: Segment, formula: Formula) -> Rendered:
        block = formula.block
        if block.varies and segment.z is not None and not segment.varies:
            once = replace(formula, block=replace(block, varies=False))
            term = self._segment(segment, once).filled(block.dims).reshaped(squeezed(block.dims))
            return term.in_numpy("#[..., None]", (*term.shape, 1))
        if segment.kind == "matmul":
            assert isinstance(segment.coefficient, float)
            return weighted(self.operands.scale(segment.coefficient, block), self._matmul(segment, block))
        short = "Σ" if formula.reduction == "add" else formula.reduction[:3]
        latex = r"\sum" if formula.reduction == "add" else rf"\{short}"
        tail = samples(block.varies)
        if segment.owner is not None:
            term = self._term(segment, block).filled((*segment.owner.shape, *tail))
            start = {"add": "0.0", "maximum": "-np.inf", "minimum": "np.inf"}[formula.reduction]
            operands = f"np.{formula.reduction}, {start}, {term.numpy}, {self.operands.store(segment.owner)}"
            a = term.closed()
            return Rendered(
                f"{short}ᵣ {a.text}",
                f"reduce_at({operands}, {block.size})",
                f"{latex} {a.latex}",
                (block.size, *tail),
            )
        segment = spread_out(segment, block)
        term = self._term(segment, block)
        if len(segment.x.shape) > len(block.dims):
            axes = range(len(block.dims), len(segment.x.shape))
            total = reduced(term, (*segment.x.shape, *tail), [*axes], formula.reduction)
            c = segment.coefficient if isinstance(segment.coefficient, float) else 1.0
            count = math.prod(segment.x.shape[axis] for axis in axes)
            if c * count == 1.0 and block.dims and (total.before or total).reaches:
                mean = reduced(term, (*segment.x.shape, *tail), [*axes], "mean")
                return mean.filled((*block.dims, *tail)).reshaped(self.operands.shape(block))
            total = weighted(self.operands.coefficient(c, block, segment.x), total)
            return total.filled((*block.dims, *tail)).reshaped(self.operands.shape(block))
        return term

    def _term(self, segment: Segment, block: Block) -> Rendered:
        """c·x·z of a segment that is read term by term; a number c stays outside a sum over terms."""
        summed = segment.owner is None and len(segment.x.shape) > len(block.dims)
        term = self.operands.operand(segment.x, block)
        if segment.z is segment.x:
            term = squared(term) if term.number is None else times(term, term)
        elif segment.z is not None:
            term = times(term, self.operands.operand(segment.z, block))
        c = segment.coefficient
        if isinstance(c, np.ndarray):
            return times(term, self.operands.weights(c, block))
        return term if summed else weighted(self.operands.coefficient(c, block, segment.x), term)

    def _matmul(self, segment: Segment, block: Block) -> Rendered:
        x, z = segment.x, segment.z
        assert z is not None
        if is_plain(segment, block):
            a, b = factors(self.operands, segment, block)
            return a.dot(b)
        return einsum(self.operands, block, ("jt", x), ("st", z), "js").reshaped(self.operands.shape(block))


def spelled(formula: Formula, operands: Sequence[Rendered]) -> Rendered:
    """A thing by operations."""
    assert formula.thing is not None and formula.thing.spelt is not None
    return _by_rule(formula.thing.spelt, formula, operands)


def spelt_within(formula: Formula, operands: Sequence[Rendered]) -> list[Rendered]:
    """What the steps of a thing compute and its rule takes, if there is that, by operations."""
    within = formula.thing.within if formula.thing else None
    return [_by_rule(within, formula, operands)] if within and formula.inner else []


def total_with_a_line(formula: Formula, operands: Operands) -> Rendered | None:
    """The sum of which proportions are taken, by its name, if it has a line of its own."""
    if formula.thing is not PROPORTIONS:
        return None
    (total,) = formula.inner
    has_line = any(each.block is total.block for each in operands.plan.formulas)
    return operands.operand(total, formula.block) if has_line else None


def _by_rule(rule: Callable[..., Expr], formula: Formula, operands: Sequence[Rendered]) -> Rendered:
    """A rule of a thing's operands and numbers, to read and as source."""
    letters = [symbol(letter) for letter in formula.letters[: len(operands)]]
    atoms = dict(zip(formula.letters, operands))
    reading, code = (
        composed(rule(m, *letters, *formula.numbers), atoms, formula.axes) for m in (TEXTBOOK, CODE)
    )
    return reading._replace(numpy=code.numpy, code=code.code)


def spread_out(segment: Segment, block: Block) -> Segment:
    """A sum over all of some array, laid out as that array is: of a matrix, not of it as one row."""
    whole = next(
        (
            access.block
            for access in (segment.x, segment.z)
            if access and access.block and access.block.role != "constant" and _in_order(access)
        ),
        None,
    )
    one_row = not block.dims and len(segment.x.shape) == 1 and segment.owner is None
    if not one_row or whole is None or len(whole.shape) < 2 or whole.shape[-1] == 1:
        return segment
    c = segment.coefficient
    x = _laid_out(segment.x, whole.shape)
    z = x if segment.z is segment.x else segment.z and _laid_out(segment.z, whole.shape)
    return replace(segment, x=x, z=z, coefficient=c.reshape(whole.shape) if isinstance(c, np.ndarray) else c)


def _in_order(access: Access) -> bool:
    assert access.block is not None
    block = access.block
    places = block.start + np.arange(block.size)
    return access.size == block.size and bool((access.positions.ravel() == places).all())


def _laid_out(access: Access, dims: tuple[int, ...]) -> Access:
    """The same positions, one row of them, in another shape."""
    return Access(dims, access.varies, access.block, index=access.positions.reshape(dims))
