"""Buffers: the memory of a program for one number of samples."""

from __future__ import annotations

import numpy as np

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
        self._views: dict[tuple[int, int, tuple[int, ...], tuple[int, ...]], Array] = {}

    def tail(self, varies: bool) -> tuple[int, ...]:
        """The sample axis of what varies, nothing of what does not."""
        return (self.m,) if varies else ()

    def block(self, buffers: tuple[Array, Array], block: Block) -> Array:
        """A whole block, of shape dims, then the sample axis."""
        strides, size = [], 1
        for n in reversed(block.dims):
            strides.append(size)
            size *= n
        return self._strided(buffers[block.varies], block.start, block.dims, tuple(reversed(strides)))

    def view(self, buffers: tuple[Array, Array], access: Access) -> Array:
        """The strided view that an affine access is."""
        assert access.strides is not None
        return self._strided(buffers[access.varies], access.offset, access.shape, access.strides)

    def _strided(self, buffer: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> Array:
        """One view of a place, whoever asks: code that names few arrays is quick."""
        key = (id(buffer), offset, shape, strides)
        if key not in self._views:
            unit, *sample = buffer.strides
            self._views[key] = np.ndarray(
                shape + buffer.shape[1:],
                buffer.dtype,
                buffer,
                offset * unit,
                (*(s * unit for s in strides), *sample),
            )
        return self._views[key]


def in_order_of(whole: Array, place: Array) -> list[int] | None:
    """How to transpose ``place``, all of ``whole`` in another order of its axes, to have its order;
    None if it takes more, as where an axis runs backwards, or if doing so to a broadcast array would
    copy it."""
    if any(stride < 0 and n > 1 for stride, n in zip(place.strides, place.shape)):
        return None
    axes = sorted(range(place.ndim), key=lambda axis: (-place.strides[axis], -place.shape[axis]))
    long = [n for n in np.transpose(place, axes).shape if n > 1]
    return axes if long == [n for n in whole.shape if n > 1] else None
