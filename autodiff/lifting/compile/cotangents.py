"""Cotangents: what is known of each array's, and how shares are added to them.

The first share that covers a block is written, later ones are added; an operand that was broadcast sums its
share, a gathered one scatters it. A cotangent that is one number, or equal to another array, is only noted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.lifting.compile.buffers import Buffers, in_order_of
from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.compile.scattering import scatter
from autodiff.lifting.compile.writer import THREADED, Operand, Writer
from autodiff.lifting.formula import Access, Block
from autodiff.lifting.plan import Plan

__all__ = ["Cotangents", "Share"]

Share = Callable[[Array], Operand]  # computes into the array it is given, or returns what holds it


class Cotangents:
    """Writes the code that adds up the cotangents of each block."""

    def __init__(self, writer: Writer, buffers: Buffers, plan: Plan) -> None:
        self.writer, self.buffers, self.plan = writer, buffers, plan
        # What is known of each block's cotangent: a number all its elements share, another array
        # that it equals, or None if it has been written to its place. A block that is not here has
        # been given nothing yet.
        self._state: dict[Block, Operand | None] = {}
        self._kept = {block for kept in plan.kept if kept.cotangent for block in kept.blocks}

    def start(self, block: Block, number: float) -> None:
        """Let all elements of a block's cotangent be a number."""
        self._state[block] = number

    def of(self, block: Block) -> Operand | None:
        """dOut of a block, None if nothing was given to it."""
        if block not in self._state:
            return None
        known = self._state[block]
        return self.array(block) if known is None else known

    def finish(self, block: Block) -> None:
        """Write a cotangent that is known otherwise to its place."""
        known = self._state.get(block)
        if known is not None:
            self.writer.call(np.copyto, self.array(block), known)
            self._state[block] = None

    def finish_all(self) -> None:
        """Write the cotangents that are wanted or kept to their places."""
        for block in (*self.plan.wanted, *sorted(self._kept, key=lambda block: block.start)):
            self.finish(block)

    def array(self, block: Block) -> Array:
        """The place of a block's cotangent."""
        return self.buffers.block(self.buffers.cotangents, block)

    def may_change(self, block: Block) -> bool:
        """Whether a block's cotangent lies at its place, and nobody reads it when operands have theirs."""
        return self._state[block] is None and block not in self._kept and self.array(block).size > 1

    def is_needed(self, access: Access) -> bool:
        """Whether a gradient is asked for of something that is read."""
        return any(block in self.plan.needs for block in self.plan.blocks_read(access))

    def give(self, access: Access, shape: tuple[int, ...], share: Share, spare: Array | None = None) -> None:
        """Add a share of ``shape`` to the cotangents of the positions that ``access`` reads; a
        first share may be left in ``spare``.

        Over axes along which the operand was broadcast the share is summed; so is the sample
        axis, if there is one here and the operand has none. Of Z = W·X + b with dZ = [¼ 0; ¼ ¼] the
        bias was read with strides (1, 0), the same for both samples, so db = [¼, ½].

        A share that is the first and covers its block is computed where it belongs, or, if it is
        there already under another name, only noted; others are computed elsewhere and added.
        """
        if not self.is_needed(access):
            return
        over = [axis for axis, s in enumerate(access.strides or ()) if s == 0 and access.shape[axis] > 1]
        target = access.without(over)
        if len(shape) > len(access.shape) and not access.varies:
            over.append(len(shape) - 1)
        place = None  # the cotangents that get a share, if they are a view
        if target.strides is not None and target.injective:
            place = self.buffers.view(self.buffers.cotangents, target)
        block = access.block
        if place is None or block is None or target.size < block.size:
            self._initialise(access)
            self._add(target, place, shape, over, share)
        elif block in self._state:
            self._give_further(block, place, shape, over, share)
        else:
            self._give_first(block, place, shape, over, share, spare)

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
            self.sum(self._filled(share, room), over, place)
            self.writer.release(room)
            self._state[block] = None
            return
        whole = self.array(block)
        as_block = in_order_of(whole, place)
        result = share(spare if spare is not None and place.strides == whole.strides else place)
        if result is place:
            self._state[block] = None
        elif not isinstance(result, np.ndarray):
            self._state[block] = result
        elif as_block is not None:
            # Another cotangent, or values: neither changes any more in this pass.
            known = np.transpose(np.broadcast_to(result, place.shape), as_block)
            self._state[block] = known.reshape(whole.shape)
        else:
            self.writer.call(np.copyto, place, result)
            self._state[block] = None

    def _give_further(
        self, block: Block, place: Array, shape: tuple[int, ...], over: list[int], share: Share
    ) -> None:
        """A further share of a whole block; what is known of it otherwise need not be written to its place
        before, and one number goes to and fro, as it is slow to add to one in its own place."""
        whole = self.array(block)
        if place.strides != whole.strides and whole.size > 1:
            self.finish(block)
        known = self._state[block]
        before: Any = known.reshape(place.shape) if isinstance(known, np.ndarray) else known
        after = place
        if known is None:
            before = place
            after = np.empty(place.shape, self.writer.dtype) if whole.size == 1 else place
        result, room = self._summed(shape, over, share, place)
        self.writer.call(np.add, before, result, out=after)
        self.writer.release(room)
        self._state[block] = None if after is place else after.reshape(whole.shape)

    def _add(
        self, target: Access, place: Array | None, shape: tuple[int, ...], over: list[int], share: Share
    ) -> None:
        """A share added at the positions of ``target``, to ``place`` if that is a view of them."""
        result, room = self._summed(shape, over, share, place)
        if place is None:
            scatter(self.writer, self.buffers.cotangents[target.varies], target, result)
        else:
            self.writer.call(np.add, place, result, out=place)
        self.writer.release(room)

    def _summed(
        self, shape: tuple[int, ...], over: list[int], share: Share, place: Array | None
    ) -> tuple[Array, Array]:
        """A share with its sums taken, and the scratch array that it may lie in; in memory in the order of
        the place that it goes to."""
        if over or place is None:
            room = self.writer.scratch(shape)
            result = self._filled(share, room)
            if over:
                rest = tuple(n for axis, n in enumerate(shape) if axis not in over)
                result = self.sum(result, over, np.empty(rest, self.writer.dtype))
            return result, room
        axes = sorted(range(place.ndim), key=lambda axis: -abs(place.strides[axis]) * (place.shape[axis] > 1))
        room = self.writer.scratch(tuple(shape[axis] for axis in axes))
        return self._filled(share, np.transpose(room, np.argsort(axes))), room

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
            self._state.setdefault(block, 0.0)
            self.finish(block)

    def sum(self, array: Array, over: list[int], out: Array) -> Array:
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
