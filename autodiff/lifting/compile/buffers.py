"""Buffers: the memory of a program for one number of samples."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.formula import Access, Block

__all__ = ["Buffers", "in_order_of"]


class Buffers:
    """The numbers of a program for m samples.

    What depends on a batched input varies: it has a sample axis, its buffers are (N', m). The
    rest is static, with buffers (N,); without batched inputs that is everything.

    Attributes:
        values, cotangents: each a pair (static, varying).
        m: number of samples.
    """

    def __init__(self, static: Array, sizes: tuple[int, int], m: int) -> None:
        self.m = m
        self.values = (static, np.zeros((sizes[1], m), static.dtype))
        self.cotangents = (np.zeros(sizes[0], static.dtype), np.zeros((sizes[1], m), static.dtype))

    def tail(self, varies: bool) -> tuple[int, ...]:
        """The sample axis of what varies, nothing of what does not."""
        return (self.m,) if varies else ()

    def block(self, buffers: tuple[Array, Array], block: Block) -> Array:
        """A whole block, of shape dims, then the sample axis."""
        run = buffers[block.varies][block.start : block.start + block.size]
        return run.reshape(block.dims + self.tail(block.varies))

    def view(self, buffers: tuple[Array, Array], access: Access) -> Array:
        """The strided view that an affine access is."""
        assert access.strides is not None
        buffer = buffers[access.varies]
        unit, *sample = buffer.strides
        strides = (*(s * unit for s in access.strides), *sample)
        return as_strided(buffer[access.offset :], access.shape + buffer.shape[1:], strides)


def in_order_of(whole: Array, place: Array) -> list[int] | None:
    """How to transpose ``place``, all of ``whole`` in another order of its axes, to have its order;
    None if it takes more, as where an axis runs backwards, or if doing so to a broadcast array would
    copy it."""
    if any(stride < 0 and n > 1 for stride, n in zip(place.strides, place.shape)):
        return None
    axes = sorted(range(place.ndim), key=lambda axis: (-place.strides[axis], -place.shape[axis]))
    long = [n for n in np.transpose(place, axes).shape if n > 1]
    return axes if long == [n for n in whole.shape if n > 1] else None
