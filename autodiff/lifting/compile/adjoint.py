"""Adjoint: the backward pass over formulas, as calls on preallocated arrays.

In reverse order each formula hands its operands their shares of its cotangent dOut: of a matrix
product dX = dOut·Z and dZ = dOutᵀ·X, of an elementwise operation dOut ⊙ ∂/∂x by the row's own
rule. The first share that covers a block is written, later ones are added; an operand that was
broadcast sums its share, a gathered one scatters it. What no gradient was asked for gets no code.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.formulas.expr import Expr, symbol
from autodiff.lifting.compile.buffers import in_order_of
from autodiff.lifting.compile.elementary import ELEMENTARY, Array
from autodiff.lifting.compile.emit import Forward
from autodiff.lifting.compile.evaluation import evaluate
from autodiff.lifting.compile.scattering import scatter
from autodiff.lifting.compile.writer import THREADED, Operand
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.plan import Plan

__all__ = ["Backward"]

Share = Callable[[Array], Operand]  # computes into the array it is given, or returns what holds it


class Backward:
    """Writes the backward pass."""

    def __init__(self, forward: Forward, plan: Plan) -> None:
        self.forward, self.writer, self.buffers = forward, forward.writer, forward.buffers
        self.plan = plan
        # What is known of each block's cotangent: a number all its elements share, another array
        # that it equals, or None if it has been written to its place. A block that is not here has
        # been given nothing yet.
        self.state: dict[Block, Operand | None] = {}
        self._kept = {block for kept in plan.kept if kept.cotangent for block in kept.blocks}

    def cotangent(self, block: Block) -> Operand | None:
        """dOut of a block, None if nothing was given to it."""
        if block not in self.state:
            return None
        known = self.state[block]
        return self._array(block) if known is None else known

    def finish(self, block: Block) -> None:
        """Write a cotangent that is known otherwise to its place."""
        known = self.state.get(block)
        if known is not None:
            self.writer.call(np.copyto, self._array(block), known)
            self.state[block] = None

    def finish_all(self) -> None:
        """Write the cotangents that are wanted or kept to their places."""
        for block in (*self.plan.wanted, *sorted(self._kept, key=lambda block: block.start)):
            self.finish(block)

    def _array(self, block: Block) -> Array:
        return self.buffers.block(self.buffers.cotangents, block)

    def formula(self, formula: Formula) -> None:
        """Write the shares that the formula's operands get."""
        d: Any = self.cotangent(formula.block)
        if d is None or formula.block not in self.plan.needs:
            return
        if formula.thing is not None:
            self._thing_shares(formula, d)
            return
        if formula.op is None:
            if isinstance(d, np.ndarray) and not d.flags.c_contiguous and formula.has_product:
                self.finish(formula.block)
                d = self._array(formula.block)
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
        served = self.state[formula.block] is None and formula.block not in self._kept
        spare = d if served and formula.op.arity == 1 else None
        for access, partial in zip(formula.operands, formula.partials(ELEMENTARY)):
            if partial:
                self._give(access, shape, self._evaluated(factor * partial, values), spare)

    def _thing_shares(self, formula: Formula, d: Any) -> None:
        """The shares that the operands of a thing get by its rule."""
        block, varies = formula.block, formula.block.varies
        dims = formula.operands[0].shape
        if isinstance(d, float) and block.dims == dims:
            self.finish(block)
            d = self._array(block)
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
                self._give(access, dims + tail, self._evaluated(share, values, formula.axes))

    def _evaluated(self, expr: Expr, values: dict[str, Any], axes: tuple[int, ...] = ()) -> Share:
        return lambda out: evaluate(self.writer, expr, values, out, axes)

    def _over_samples(self, d: Operand) -> Operand:
        """The sum of a cotangent over the samples."""
        if not isinstance(d, np.ndarray):
            return d * self.buffers.m
        return self._sum(d, [d.ndim - 1], np.empty(d.shape[:-1], self.writer.dtype))

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
            self._give(segment.x, shape, self._times(d, 2.0 * c, x))
            return
        self._give(segment.x, shape, self._times(d, c, z))
        if segment.z is not None:
            self._give(segment.z, shape, self._times(d, c, x))

    def _times(self, *factors: Operand) -> Share:
        """The product of the factors; numbers among them are multiplied beforehand."""
        arrays = [factor for factor in factors if isinstance(factor, np.ndarray)]
        scale = math.prod(factor for factor in factors if not isinstance(factor, np.ndarray))

        def share(out: Array) -> Operand:
            if not arrays:
                return float(scale)
            result, *others = arrays
            for each in [*others, scale] if scale != 1.0 else others:
                self.writer.call(np.multiply, result, each, out=out)
                result = out
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
            self._give(x, x.shape, self._product(d, Z))
            self._give(z, z.shape, self._product(np.swapaxes(d, -1, -2), X))
        elif not x.varies:
            flat = d.reshape(*d.shape[:-2], -1)
            self._give(x, x.shape, self._product(flat, np.swapaxes(self.forward.columns(z), -1, -2)))
            self._give(z, z.shape + tail, self._column_share(np.swapaxes(X, -1, -2), flat))
        elif not z.varies:
            self._give(x, x.shape + tail, self._product(np.swapaxes(Z, -1, -2)[..., None, :, :], d))
            self._give(z, z.shape, self._einsum("...jsm,...jtm->...st", d, X))
        else:
            self._give(x, x.shape + tail, self._einsum("...jsm,...stm->...jtm", d, Z))
            self._give(z, z.shape + tail, self._einsum("...jsm,...jtm->...stm", d, X))
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

    def _give(self, access: Access, shape: tuple[int, ...], share: Share, spare: Array | None = None) -> None:
        """Add a share of ``shape`` to the cotangents of the positions that ``access`` reads; a
        first share may be left in ``spare``.

        Over axes along which the operand was broadcast the share is summed; so is the sample
        axis, if there is one here and the operand has none. Of Z = W·X + b with dZ = [¼ 0; ¼ ¼] the
        bias was read with strides (1, 0), the same for both samples, so db = [¼, ½].

        A share that is the first and covers its block is computed where it belongs, or, if it is
        there already under another name, only noted; others are computed elsewhere and added.
        """
        if not any(block in self.plan.needs for block in self.plan.blocks_read(access)):
            return
        over = [axis for axis, s in enumerate(access.strides or ()) if s == 0 and access.shape[axis] > 1]
        target = access.without(over)
        if len(shape) > len(access.shape) and not access.varies:
            over.append(len(shape) - 1)
        place = None  # the cotangents that get a share, if they are a view
        if target.strides is not None and target.injective:
            place = self.buffers.view(self.buffers.cotangents, target)
        block = access.block
        if place is not None and block is not None and target.size == block.size and block not in self.state:
            self._give_first(block, place, shape, over, share, spare)
        else:
            self._initialise(access)
            self._add(target, place, shape, over, share)

    def _give_first(
        self,
        block: Block,
        place: Array,
        shape: tuple[int, ...],
        over: list[int],
        share: Share,
        spare: Array | None,
    ) -> None:
        """The first share of a whole block, whose elements ``place`` has in the order of the share."""
        if over:
            room = self.writer.scratch(shape)
            self._sum(self._filled(share, room), over, place)
            self.writer.release(room)
            self.state[block] = None
            return
        whole = self._array(block)
        as_block = in_order_of(whole, place)
        result = share(spare if spare is not None and place.strides == whole.strides else place)
        if result is place:
            self.state[block] = None
        elif not isinstance(result, np.ndarray):
            self.state[block] = result
        elif as_block is not None:
            # Another cotangent, or values: neither changes any more in this pass.
            known = np.transpose(np.broadcast_to(result, place.shape), as_block)
            self.state[block] = known.reshape(whole.shape)
        else:
            self.writer.call(np.copyto, place, result)
            self.state[block] = None

    def _add(
        self, target: Access, place: Array | None, shape: tuple[int, ...], over: list[int], share: Share
    ) -> None:
        """A further share, added at the positions of ``target``, to ``place`` if that is a view of them."""
        room = self.writer.scratch(shape)
        result = self._filled(share, room)
        if over:
            rest = tuple(n for axis, n in enumerate(shape) if axis not in over)
            result = self._sum(result, over, np.empty(rest, self.writer.dtype))
        if place is None:
            scatter(self.writer, self.buffers.cotangents[target.varies], target, result)
        else:
            self.writer.call(np.add, place, result, out=place)
        self.writer.release(room)

    def _filled(self, share: Share, room: Array) -> Array:
        """A share as an array of the shape of ``room``: there, or what holds it."""
        result = share(room)
        if isinstance(result, np.ndarray) and result.shape == room.shape:
            return result
        self.writer.call(np.copyto, room, result)
        return room

    def _initialise(self, access: Access) -> None:
        """Make the cotangents of every block that ``access`` reads ready to be added to."""
        for block in self.plan.blocks_read(access):
            self.state.setdefault(block, 0.0)
            self.finish(block)

    def _sum(self, array: Array, over: list[int], out: Array) -> Array:
        """The sum over some axes, which are dropped, into ``out``."""
        rank = array.ndim
        flat = array.reshape(-1, math.prod(array.shape[axis] for axis in over))
        last = over == list(range(rank - len(over), rank))
        if last and np.shares_memory(flat, array) and out.flags.c_contiguous:
            # A product with ones is a row sum, and a quicker call than a reduction; row by row where
            # BLAS would share it out among threads.
            product = np.dot if array.size < THREADED else np.vecdot
            ones = np.ones(flat.shape[1], self.writer.dtype)
            self.writer.call(product, flat, ones, out=out.reshape(-1))
        else:
            self.writer.call(np.add.reduce, array, axis=tuple(over), out=out)
        return out
