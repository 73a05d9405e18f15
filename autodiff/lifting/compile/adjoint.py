"""Adjoint: the backward pass over formulas, as calls on preallocated arrays.

In reverse order each formula hands its operands their shares of its cotangent dOut: of a matrix
product dX = dOut·Z and dZ = dOutᵀ·X, of an elementwise operation dOut ⊙ ∂/∂x by the row's own
rule. What no gradient was asked for gets no code. How shares are added up is in ``cotangents``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.formulas.expr import Expr, symbol
from autodiff.lifting.compile.cotangents import Cotangents, Share
from autodiff.lifting.compile.elementary import ELEMENTARY, Array, in_common
from autodiff.lifting.compile.emit import Forward
from autodiff.lifting.compile.evaluation import evaluate
from autodiff.lifting.compile.writer import Operand
from autodiff.lifting.formula import Formula, Segment
from autodiff.lifting.plan import Plan

__all__ = ["Backward"]


class Backward:
    """Writes the backward pass."""

    def __init__(self, forward: Forward, plan: Plan) -> None:
        self.forward, self.writer, self.buffers = forward, forward.writer, forward.buffers
        self.plan = plan
        self.cotangents = Cotangents(self.writer, self.buffers, plan)

    def formula(self, formula: Formula) -> None:
        """Write the shares that the formula's operands get."""
        d: Any = self.cotangents.of(formula.block)
        if d is None or formula.block not in self.plan.needs:
            return
        if formula.thing is not None:
            self._thing_shares(formula, d)
            return
        if formula.op is None:
            if isinstance(d, np.ndarray) and not d.flags.c_contiguous and formula.has_product:
                self.cotangents.finish(formula.block)
                d = self.cotangents.array(formula.block)
            for segment in formula.segments:
                share = self._matmul if segment.kind == "matmul" else self._terms
                if formula.block.varies and segment.z is not None and not segment.varies:
                    share(segment, self._over_samples(d), formula.block.dims, False)
                else:
                    share(segment, d, formula.block.dims, formula.block.varies)
            return
        varies = formula.block.varies
        values = {name: self.forward.operand(each, varies) for name, each in zip("xz", formula.operands)}
        values["y"] = self.buffers.block(self.buffers.values, formula.block)
        values["d"] = d
        factor = Expr(d) if isinstance(d, float) else symbol("d")
        shape = formula.block.dims + self.buffers.tail(varies)
        # This cotangent has served when the one operand has got its share, which may take its place.
        spare = d if formula.op.arity == 1 and self.cotangents.may_change(formula.block) else None
        shares = [
            (access, factor * partial)
            for access, partial in zip(formula.operands, formula.partials(ELEMENTARY))
            if partial and self.cotangents.is_needed(access)
        ]
        rooms: dict[str, Array] = {}
        if len(shares) == 2:  # what both take is computed once
            (x, dx), (z, dz) = shares
            parts, dx, dz = in_common(dx, dz)
            shares = [(x, dx), (z, dz)]
            for name, part in parts.items():
                rooms[name] = self.writer.scratch(shape)
                values[name] = evaluate(self.writer, part, values, rooms[name])
        for access, expr in shares:
            self.cotangents.give(access, shape, self._evaluated(expr, values), spare)
            rooms.pop(str(expr.head), None)  # a share that is such a part may stay where it is
        self.writer.release(*rooms.values())

    def _thing_shares(self, formula: Formula, d: Any) -> None:
        """The shares that the operands of a thing get by its rule."""
        block, varies = formula.block, formula.block.varies
        dims = formula.operands[0].shape
        assert formula.thing is not None
        if formula.thing.of_matrices:
            self._shares_of_matrices(formula)
            return
        if isinstance(d, float) and block.dims == dims:
            self.cotangents.finish(block)
            d = self.cotangents.array(block)
        read = (*formula.operands, *formula.inner)
        values = {x: self.forward.operand(each, varies) for x, each in zip(formula.letters, read)}
        values["y"] = self.buffers.block(self.buffers.values, block)
        values["d"] = d
        if 0 < len(block.dims) < len(dims):
            for name in {"y", "d"} if isinstance(d, np.ndarray) else {"y"}:
                values[name] = np.expand_dims(values[name], formula.axes)
        cotangent = Expr(d * formula.scale) if isinstance(d, float) else formula.scale * symbol("d")
        shares = formula.shares(ELEMENTARY, cotangent, of_steps=True)
        for access, share in zip(formula.operands, shares):
            if share is not None:
                tail = self.buffers.tail(varies)
                self.cotangents.give(access, dims + tail, self._evaluated(share, values, formula.axes))

    def _shares_of_matrices(self, formula: Formula) -> None:
        """The shares by a rule of matrices."""
        block = formula.block
        self.cotangents.finish(block)
        y, d = self.buffers.block(self.buffers.values, block), self.cotangents.array(block)
        matrices = self.forward.matrices(formula, y=y, d=d)
        for access, share in zip(formula.operands, formula.shares(ELEMENTARY, symbol("d"))):
            if share is not None:

                def fill(out: Array, share: Expr = share) -> Array:
                    matrices.write(share, out)
                    return out

                tail = self.buffers.tail(access.varies or matrices.varies)
                self.cotangents.give(access, access.shape + tail, fill)

    def _evaluated(self, expr: Expr, values: dict[str, Any], axes: tuple[int, ...] = ()) -> Share:
        return lambda out: evaluate(self.writer, expr, values, out, axes)

    def _over_samples(self, d: Operand) -> Operand:
        """The sum of a cotangent over the samples."""
        if not isinstance(d, np.ndarray):
            return d * self.buffers.m
        return self.cotangents.sum(d, [d.ndim - 1], np.empty(d.shape[:-1], self.writer.dtype))

    def _terms(self, segment: Segment, d: Any, dims: tuple[int, ...], varies: bool) -> None:
        """dx = c·dOut·z and dz = c·dOut·x, term by term. Each term of a sum gets the sum's cotangent: it is
        spread over the terms (d, T) by a broadcast, or for sums of different lengths by their owners."""
        if isinstance(d, np.ndarray):
            if segment.owner is not None:
                spread = np.empty(segment.owner.shape + d.shape[1:], self.writer.dtype)
                self.writer.call(np.ndarray.take, d, segment.owner, axis=0, out=spread, mode="clip")
                d = spread
            elif len(segment.x.shape) > len(dims):
                d = np.expand_dims(d, len(dims))
        c: Any = segment.coefficient
        if isinstance(c, np.ndarray) and varies:
            c = c[..., None]
        x = self.forward.operand(segment.x, varies)
        z = 1.0 if segment.z is None else self.forward.operand(segment.z, varies)
        shape = segment.x.shape + self.buffers.tail(varies)
        if segment.z is segment.x:
            self.cotangents.give(segment.x, shape, self._times(d, 2.0 * c, x))
            return
        self.cotangents.give(segment.x, shape, self._times(d, c, z))
        if segment.z is not None:
            self.cotangents.give(segment.z, shape, self._times(d, c, x))

    def _times(self, *factors: Operand) -> Share:
        """The product of the factors; numbers among them are multiplied beforehand."""
        arrays = [factor for factor in factors if isinstance(factor, np.ndarray)]
        scale = math.prod(factor for factor in factors if not isinstance(factor, np.ndarray))

        def share(out: Array) -> Operand:
            if not arrays:
                return float(scale)
            result, *others = [*arrays, scale] if scale != 1.0 else arrays
            for left, each in zip(range(len(others) - 1, -1, -1), others):
                product = self.writer.scratch(out.shape) if left and out.size == 1 else out
                self.writer.call(np.multiply, result, each, out=product)
                result = product
            return result

        return share

    def _matmul(self, segment: Segment, d: Any, dims: tuple[int, ...], varies: bool) -> None:
        """dX[j, t] = Σₛ dOut[j, s]·Z[s, t] and dZ[s, t] = Σⱼ dOut[j, s]·X[j, t], stacked and over samples.

        For Out = X·Zᵀ with X = [1 -2; ½ 1], Z = [2 1; 1 3] and dOut = [¼ 0; ¼ ¼] these are
        dX = dOut·Z = [½ ¼; ¾ 1] and dZ = dOutᵀ·X = [⅜ -¼; ⅛ ¼].
        """
        x, z = segment.x, segment.z
        assert z is not None
        tail = self.buffers.tail(varies)
        room = None
        if not isinstance(d, np.ndarray) or segment.coefficient != 1.0:
            room = self.writer.scratch(dims + tail)
            if isinstance(d, np.ndarray):
                self.writer.call(np.multiply, d, segment.coefficient, out=room)
            else:
                self.writer.call(np.copyto, room, d * segment.coefficient)
            d = room
        X, Z = self.forward.operand(x), self.forward.operand(z)
        if d.ndim == 1:  # of a matrix and a vector
            d = d[:, None]
        if not varies:
            self.cotangents.give(x, x.shape, self._product(d, Z))
            self.cotangents.give(z, z.shape, self._product(np.swapaxes(d, -1, -2), X))
        elif not x.varies:
            flat = d.reshape(*d.shape[:-2], -1)
            self.cotangents.give(
                x, x.shape, self._product(flat, np.swapaxes(self.forward.columns(z), -1, -2))
            )
            self.cotangents.give(z, z.shape + tail, self._column_share(np.swapaxes(X, -1, -2), flat))
        elif not z.varies:
            self.cotangents.give(x, x.shape + tail, self._product(np.swapaxes(Z, -1, -2)[..., None, :, :], d))
            self.cotangents.give(z, z.shape, self._einsum("...jsm,...jtm->...st", d, X))
        else:
            self.cotangents.give(x, x.shape + tail, self._einsum("...jsm,...stm->...jtm", d, Z))
            self.cotangents.give(z, z.shape + tail, self._einsum("...jsm,...jtm->...stm", d, X))
        if room is not None:
            self.writer.release(room)

    def _product(self, a: Array, b: Array) -> Share:
        return lambda out: self.writer.product(a, b, out)

    def _einsum(self, subscripts: str, a: Array, b: Array) -> Share:
        def share(out: Array) -> Operand:
            self.writer.call(np.einsum, subscripts, a, b, out=out)
            return out

        return share

    def _column_share(self, a: Array, b: Array) -> Share:
        """a·b as (.., T, S·m), seen as (.., S, T, m)."""

        def share(out: Array) -> Operand:
            swapped = np.moveaxis(out, -3, -2)
            flat = swapped.reshape(*swapped.shape[:-2], -1)
            if np.shares_memory(flat, out):
                self.writer.product(a, b, flat)
                return out
            room = np.empty(swapped.shape, self.writer.dtype)
            self.writer.product(a, b, room.reshape(flat.shape))
            return np.moveaxis(room, -2, -3)

        return share
