"""Emit: formulas become calls on preallocated arrays, one block filled after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.formulas.expr import symbol
from autodiff.lifting.compile.buffers import Buffers
from autodiff.lifting.compile.elementary import ELEMENTARY, Array
from autodiff.lifting.compile.evaluation import evaluate
from autodiff.lifting.compile.matrices import Matrices
from autodiff.lifting.compile.writer import SHARED_OUT, Operand, Writer
from autodiff.lifting.formula import Access, Block, Formula, Segment

__all__ = ["Forward"]

NEUTRAL: dict[Any, float] = {np.add: 0.0, np.maximum: -math.inf, np.minimum: math.inf, np.hypot: 0.0}


class Forward:
    """Writes the forward pass, and keeps the operands it has read for the backward pass."""

    def __init__(self, writer: Writer, buffers: Buffers) -> None:
        self.writer, self.buffers = writer, buffers
        self._operands: dict[Access, Operand] = {}
        self._columns: dict[Access, Array] = {}
        self._watched: set[Segment] = set()

    def operand(self, access: Access, varies: bool = False) -> Any:
        """What an access reads: a view, a gathered copy, or a number where all are the same.

        With ``varies``, a static array gets a sample axis of length 1 to go with those that vary.
        """
        if access not in self._operands:
            self._operands[access] = self._read(access)
        operand = self._operands[access]
        if varies and not access.varies and isinstance(operand, np.ndarray):
            return operand[..., None]
        return operand

    def _read(self, access: Access) -> Operand:
        if access.block is not None and access.block.role == "constant":
            positions = access.positions
            values: Array = self.buffers.values[0][positions]
            same = values.size > 0 and (positions == positions.flat[0]).all()
            return float(values.flat[0]) if same else values
        if access.strides is not None:
            return self.buffers.view(self.buffers.values, access)
        out = np.empty(access.shape + self.buffers.tail(access.varies), self.writer.dtype)
        source = self.buffers.values[access.varies]
        self.writer.call(np.ndarray.take, source, access.index, axis=0, out=out, mode="clip")
        return out

    def columns(self, access: Access) -> Array:
        """A varying matmul operand (.., S, T, m) as matrices (.., T, S·m), kept once copied."""
        if access not in self._columns:
            array = np.moveaxis(self.operand(access), -2, -3)
            flat = array.reshape(*array.shape[:-2], -1)
            if not np.shares_memory(flat, array):
                copy = np.empty(array.shape, self.writer.dtype)
                self.writer.call(np.copyto, copy, array)
                flat = copy.reshape(flat.shape)
            self._columns[access] = flat
        return self._columns[access]

    def formula(self, formula: Formula) -> None:
        """Write the calls that fill the formula's block."""
        out = self.buffers.block(self.buffers.values, formula.block)
        if formula.thing is not None and formula.thing.of_matrices:
            value = formula.thing.of_matrices(*map(symbol, formula.letters))
            self.matrices(formula).write(value, out)
            return
        if formula.reduction != "add":
            self._reduced(formula, out)
            return
        if formula.op is None:
            self._sum(formula, out)
            return
        varies = formula.block.varies
        values = {name: self.operand(each, varies) for name, each in zip("xz", formula.operands)}
        result = evaluate(self.writer, formula.forward(ELEMENTARY), values, out)
        if result is not out:
            self.writer.call(np.copyto, out, result)

    def matrices(self, formula: Formula, **more: Array) -> Matrices:
        """What writes expressions of a formula's operands, and of arrays of its block's shape."""
        varying = formula.block.varies and not formula.in_columns
        values = {name: (array, varying) for name, array in more.items()}
        for letter, access in zip(formula.letters, formula.operands):
            operand = self.operand(access)
            filled = operand if isinstance(operand, np.ndarray) else np.full(access.shape, operand)
            values[letter] = filled, access.varies and varying
        return Matrices(self.writer, values, varying)

    def caught(self, formulas: Sequence[Formula]) -> set[Block]:
        """The blocks in which a number that is not finite is sure to make a watched number or the
        result so, since only sums and products lie between."""
        caught = {formulas[-1].block}
        sums = (formula for formula in reversed(formulas) if formula.reduction == "add")
        for formula in sums:
            for segment in formula.segments:
                if formula.block in caught or segment in self._watched:
                    read = [segment.x.whole, segment.z.whole if segment.z else None]
                    caught.update(block for block in read if block is not None)
        return caught

    def _sum(self, formula: Formula, out: Array) -> None:
        """out = bias + Σ coefficient·segment, with what has to be computed first."""
        varies = formula.block.varies
        bias = formula.bias
        biased = isinstance(bias, np.ndarray) or bias != 0.0
        total: Any = None
        scale = 1.0
        left = len(formula.segments) + biased  # that write the sum so far
        for segment in sorted(formula.segments, key=lambda s: s.kind == "rows" and s.z is None):
            left -= 1
            weighted = isinstance(segment.coefficient, np.ndarray)
            c: Any = 1.0 if weighted else segment.coefficient
            if total is None:
                so_far = self._so_far(out, left or c != 1.0)
                total, scale = self._segment(segment, so_far, varies), c
                continue
            room, so_far = self.writer.scratch(out.shape), self._so_far(out, left)
            self._combine(total, scale, self._segment(segment, room, varies), c, so_far)
            self.writer.release(room)
            total, scale = so_far, 1.0
        if biased:
            bias = bias[..., None] if varies and isinstance(bias, np.ndarray) else bias
            if total is None:
                self.writer.call(np.copyto, out, bias)
            else:
                self._combine(bias, 1.0, total, scale, out)
        elif total is None:
            self.writer.call(np.copyto, out, 0.0)
        elif scale != 1.0:
            self.writer.call(np.multiply, total, scale, out=out)
        elif total is not out:
            self.writer.call(np.copyto, out, total)

    def _so_far(self, out: Array, goes_on: float) -> Array:
        """Where a sum is written that goes on: one number not at its place, as it would be slow to add to."""
        return self.writer.scratch(out.shape) if goes_on and out.size == 1 else out

    def _reduced(self, formula: Formula, out: Array) -> None:
        """out = the largest or smallest of all segments' terms, or the root of the sum of their squares."""
        function: np.ufunc = getattr(np, formula.reduction)
        varies = formula.block.varies
        for number, segment in enumerate(formula.segments):
            x = self.operand(segment.x, varies)
            if not isinstance(x, np.ndarray) or (varies and not segment.x.varies):
                x = np.broadcast_to(x, segment.x.shape + self.buffers.tail(varies))
            if segment.owner is not None:
                target = self.writer.scratch(out.shape)
                self._reduceat(function, x, segment.owner, target)
                if number:
                    self.writer.call(function, out, target, out=out)
                else:
                    self.writer.call(np.copyto, out, target)
                self.writer.release(target)
                continue
            target = out
            if len(segment.x.shape) > len(formula.block.dims):
                target = self.writer.scratch(out.shape) if number else out
                self.writer.call(function.reduce, x, axis=-2 if varies else -1, out=target)
                x = target
            if number:
                self.writer.call(function, out, x, out=out)
            elif x is not out:
                self.writer.call(np.copyto, out, x)

    def _combine(self, a: Operand, p: float, b: Operand, q: float, out: Array) -> None:
        """out = p·a + q·b. Either operand may be ``out`` itself."""
        call = self.writer.call
        if abs(q) != 1.0:
            room = self.writer.scratch(out.shape)
            call(np.multiply, b, q, out=room)
            self._combine(a, p, room, 1.0, out)
            self.writer.release(room)
        elif p == 1.0:
            call(np.add if q == 1.0 else np.subtract, a, b, out=out)
        elif p == -1.0 and q == 1.0:
            call(np.subtract, b, a, out=out)
        else:
            room = self.writer.scratch(out.shape)
            call(np.multiply, a, p, out=room)
            self._combine(room, 1.0, b, q, out)
            self.writer.release(room)

    def _segment(self, segment: Segment, out: Array, varies: bool) -> Operand:
        """The sum of a segment's terms without a scalar coefficient: in ``out``, or as it lies."""
        if varies and not segment.varies:
            once = self._segment(segment, np.empty(out.shape[:-1], self.writer.dtype), False)
            return once[..., None] if isinstance(once, np.ndarray) else once
        if segment.kind == "matmul":
            result = self._matmul(segment, out)
            if out.size * segment.x.shape[-1] > SHARED_OUT or (
                segment.x.varies and segment.z and segment.z.varies
            ):
                self.writer.watch(result)
                self._watched.add(segment)
            return result
        x = self.operand(segment.x, varies)
        z = None if segment.z is None else self.operand(segment.z, varies)
        weights: Any = None
        if isinstance(segment.coefficient, np.ndarray):
            weights = segment.coefficient[..., None] if varies else segment.coefficient
        if segment.kind == "ragged":
            return self._ragged(segment, x, z, weights, out)
        factors = [factor for factor in (x, z, weights) if factor is not None]
        terms = len(segment.x.shape) - (out.ndim - varies)
        if not terms:
            return self._times(factors, out)
        return self._rows(factors, segment.x.shape, out, varies)

    def _times(self, factors: list[Operand], out: Array) -> Operand:
        """The product of the factors, element by element."""
        if len(factors) == 1:
            return factors[0]
        self.writer.call(np.multiply, *factors[:2], out=out)
        for factor in factors[2:]:
            self.writer.call(np.multiply, out, factor, out=out)
        return out

    def _rows(self, factors: list[Any], shape: tuple[int, ...], out: Array, varies: bool) -> Operand:
        """out[d] = Σₜ of the product of the factors, each of ``shape`` (d, T)."""
        T = shape[-1]
        arrays = all(isinstance(factor, np.ndarray) for factor in factors)
        if not varies and arrays and len(factors) <= 2:
            x, z = factors if len(factors) == 2 else (factors[0], np.ones(T, self.writer.dtype))
            if out.size == 1:
                self.writer.call(np.dot, x.reshape(T), z.reshape(T), out=out.reshape(()))
            else:
                self.writer.call(np.vecdot, x, z, out=out)
            return out
        tail = out.shape[-1:] if varies else ()
        room = self.writer.scratch(shape + tail)
        terms: Any = self._times(factors, room)
        if np.shape(terms) != room.shape:
            self.writer.call(np.copyto, room, terms)
            terms = room
        self.writer.call(np.add.reduce, terms, axis=-2 if varies else -1, out=out)
        self.writer.release(room)
        return out

    def _ragged(self, segment: Segment, x: Any, z: Any, weights: Any, out: Array) -> Array:
        owner = segment.owner
        assert owner is not None
        room = self.writer.scratch(owner.shape + out.shape[1:])
        terms = self._times([factor for factor in (x, z, weights) if factor is not None], room)
        if not isinstance(terms, np.ndarray) or terms.shape != room.shape:
            self.writer.call(np.copyto, room, terms)
            terms = room
        self._reduceat(np.add, terms, owner, out)
        self.writer.release(room)
        return out

    def _reduceat(self, function: np.ufunc, terms: Array, owner: Array, out: Array) -> None:
        """Reduce the terms of each owner; an owner without terms gets the function's neutral number."""
        present, starts = np.unique(owner, return_index=True)
        if len(present) == len(out):
            self.writer.call(function.reduceat, terms, starts, axis=0, out=out)
            return
        part = self.writer.scratch((len(present), *out.shape[1:]))
        self.writer.call(function.reduceat, terms, starts, axis=0, out=part)
        self.writer.call(np.copyto, out, NEUTRAL[function])
        self.writer.call(assign, out, present, part)
        self.writer.release(part)

    def _matmul(self, segment: Segment, out: Array) -> Array:
        """out[.., j, s] = Σₜ x[.., j, t]·z[.., s, t], with a sample axis on either or both."""
        assert segment.z is not None
        if out.ndim == 1:  # of a matrix and a vector
            self._matmul(segment, out[:, None])
            return out
        x = self.operand(segment.x)
        if not segment.z.varies:
            z = self.operand(segment.z)
            if not segment.x.varies:
                return self.writer.product(x, np.swapaxes(z, -1, -2), out)
            return self.writer.product(z[..., None, :, :], x, out)
        if not segment.x.varies:
            flat = out.reshape(*out.shape[:-2], -1)
            self.writer.product(x, self.columns(segment.z), flat)
            return out
        self.writer.call(np.einsum, "...jtm,...stm->...jsm", x, self.operand(segment.z), out=out)
        return out


def assign(target: Array, rows: Array, values: Array) -> None:
    """target[rows] = values."""
    target[rows] = values
