"""What a lifted program consists of: blocks of numbers, and formulas that fill them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import Op
from autodiff.formulas.expr import Expr, symbol
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.things import Reciprocal, Thing

__all__ = [
    "PLACES",
    "Access",
    "Block",
    "Formula",
    "Segment",
    "Series",
    "access",
    "blocks_read",
    "is_steep",
    "squeezed",
]

PLACES = (-1.0, 0.0, 0.5, 1.0)
"""Where slopes of elementary functions are infinite, and an exponent below 1."""


def squeezed(dims: tuple[int, ...]) -> tuple[int, ...]:
    """Without a trailing axis of length 1."""
    return dims[:-1] if len(dims) > 1 and dims[-1] == 1 else dims


@dataclass(eq=False)
class Series:
    """The blocks that the steps of a loop fill at one place, as parts of one array.

    Attributes:
        symbol: the name of the array.
        dims: the shape of each part.
        first: the number of the first part, 0 for what a state is before step 1.
        state: whether a step reads the part of the one before.
        blocks: the parts.
    """

    symbol: str
    dims: tuple[int, ...]
    first: int
    state: bool
    blocks: list[Block] = field(default_factory=list)


@dataclass(eq=False)
class Block:
    """An array: a run of positions in one of the program's two buffers.

    Attributes:
        start: its first position.
        dims: its shape, without the sample axis.
        varies: whether it lies in the buffer that has a sample axis.
        role: ``"parameter"``, ``"input"``, ``"constant"`` or ``"formula"``.
        name: what people call it: the label of a parameter, ``W1``, or, once all formulas are found,
            what ``block_names`` calls it, ``Z1``.
        symbol: the name as a word of Python, unlike all others; empty for what is not listed.
        one_hot: whether each row, along the last axis, is known to be 1 in one place and 0 elsewhere.
        series: the array of which it is a part, in a plan that is read.
        step: its number there.
    """

    start: int
    dims: tuple[int, ...]
    varies: bool
    role: str
    name: str = ""
    symbol: str = ""
    one_hot: bool = False
    series: Series | None = None
    step: int = 0

    @property
    def size(self) -> int:
        return math.prod(self.dims)

    @property
    def shape(self) -> tuple[int, ...]:
        """What people see of ``dims``: one sample's column is a vector."""
        return squeezed(self.dims) if self.varies and self.role == "formula" else self.dims


@dataclass(frozen=True, eq=False)
class Access:
    """Which positions of a buffer an operand reads, as an array of positions of some shape.

    An affine pattern, position = offset + Σ strideₐ·indexₐ, is a strided view; stride 0 is a
    broadcast. Anything else is a gather by ``index``.

    Attributes:
        shape: shape of the operand, without the sample axis.
        varies: which buffer.
        block: the block all positions lie in, or None if they spread over several.
        offset, strides: of the affine pattern; strides is None for a gather.
        index: positions, of this shape, of a gather.
    """

    shape: tuple[int, ...]
    varies: bool
    block: Block | None
    offset: int = 0
    strides: tuple[int, ...] | None = None
    index: Ints | None = None

    @property
    def positions(self) -> Ints:
        """The positions themselves, of ``shape``."""
        if self.index is not None:
            return self.index
        positions = np.array(self.offset)
        for n, stride in zip(self.shape, self.strides or ()):
            positions = positions[..., None] + stride * np.arange(n)
        return positions

    @property
    def size(self) -> int:
        """Number of elements read, repetitions included."""
        return math.prod(self.shape)

    @cached_property
    def injective(self) -> bool:
        """Whether no position is read twice."""
        return self._steps_over_itself or len(np.unique(self.positions)) == self.size

    @property
    def _steps_over_itself(self) -> bool:
        """Whether each stride is longer than the way that shorter ones lead: nothing is read twice."""
        if self.strides is None:
            return False
        reach = 0
        for stride, n in sorted((abs(s), n) for s, n in zip(self.strides, self.shape) if n > 1):
            if stride <= reach:
                return False
            reach += stride * (n - 1)
        return True

    @property
    def whole(self) -> Block | None:
        """The block, if every position of it is read."""
        if self.block is None or self.size < self.block.size:
            return None
        distinct = self.size if self.injective else len(np.unique(self.positions))
        return self.block if distinct == self.block.size else None

    def without(self, axes: list[int]) -> Access:
        """This access at index 0 of some axes, which are dropped."""
        keep = [axis for axis in range(len(self.shape)) if axis not in axes]
        return Access(
            tuple(self.shape[axis] for axis in keep),
            self.varies,
            self.block,
            self.offset,
            None if self.strides is None else tuple(self.strides[axis] for axis in keep),
            None
            if self.index is None
            else self.index[tuple(0 if a in axes else slice(None) for a in range(len(self.shape)))],
        )


@dataclass(frozen=True, eq=False)
class Segment:
    """Some of a sum's terms, all of one kind, with d the dims of the formula's block.

    ``matmul``: out[.., j, s] += c·Σₜ x[.., j, t]·z[.., s, t]; if d has one axis, j, there is one s.
    ``rows``: out[d] += Σₜ c·x[d, t]·z[d, t], without the axis t if there is one term, without z
    in terms of one factor; c may be an array of x's shape.
    ``ragged``: the same for sums of different lengths, the terms of all laid end to end, x (E,);
    ``owner`` (E,) says which sum each belongs to.
    """

    kind: str
    x: Access
    z: Access | None
    coefficient: float | Floats = 1.0
    owner: Ints | None = None

    @property
    def factors(self) -> tuple[Access, ...]:
        """What a term multiplies: one number, or two."""
        return (self.x,) if self.z is None else (self.x, self.z)

    @property
    def varies(self) -> bool:
        """Whether a factor has a sample axis."""
        return self.x.varies or (self.z is not None and self.z.varies)


_OPERANDS = (symbol("x"), symbol("z"))


@dataclass(frozen=True, eq=False)
class Formula:
    """One line of the program: an elementwise operation, a reduction of segments, or a named thing.

    The reduction is ``"add"``, which adds the constant ``bias`` too, or ``"maximum"``, ``"minimum"`` or
    ``"hypot"``, which no gradient passes but as a thing's. ``nodes`` are the tape's nodes that it computes.

    A thing of the ``operands``, such as their softmax over some of their ``axes``, times ``scale``,
    is computed by ``steps``, formulas of the other kinds, the last of which fills its block; none of
    their blocks is read elsewhere, but by steps. Gradients are those of the thing; they may read what
    steps have computed, ``inner``. ``numbers`` are what else stands in its call, as the ε of a norm.
    """

    block: Block
    op: Op | None = None
    operands: tuple[Access, ...] = ()
    segments: tuple[Segment, ...] = ()
    bias: float | Floats = 0.0
    reduction: str = "add"
    nodes: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    thing: Thing | None = None
    axes: tuple[int, ...] = ()
    scale: float = 1.0
    inner: tuple[Access, ...] = ()
    numbers: tuple[float, ...] = ()
    steps: tuple[Formula, ...] = ()

    def forward(self, namespace: Any) -> Any:
        """The row's forward rule on the symbols x and z of a namespace of expressions."""
        assert self.op is not None
        return self.op.forward(namespace, *_OPERANDS[: self.op.arity])

    def partials(self, namespace: Any) -> tuple[Any, ...]:
        """∂out/∂operand by the row's rule: numbers, or expressions in x, z and the output y."""
        assert self.op is not None
        return self.op.partials(namespace, *_OPERANDS[: self.op.arity], symbol("y"))

    def shares(self, namespace: Any, d: Expr, of_steps: bool = False) -> tuple[Expr | None, ...]:
        """Of a thing, for each operand the share of its cotangent d, in x0, x1, … for what its rule takes,
        and its value y. With ``of_steps`` what the steps have computed stands for itself."""
        assert self.thing is not None
        letters = [*map(symbol, self.letters)]
        given, inner = letters[: len(self.operands)], letters[len(self.operands) :]
        turned = of_steps and self.thing.inverse
        taken = map(Reciprocal, inner) if turned else inner
        return self.thing.shares(namespace, *given, *taken, symbol("y"), d)

    @property
    def letters(self) -> list[str]:
        """By which a thing's rule knows its operands, and what its steps have computed."""
        return [f"x{i}" for i in range(len(self.operands) + len(self.inner))]

    @property
    def in_columns(self) -> bool:
        """Whether a thing of matrices is one for all samples, whose vectors are the columns of a matrix."""
        return self.block.varies and len(self.block.dims) == 1 and not self.operands[0].varies

    @property
    def has_product(self) -> bool:
        """Whether a segment is a matrix product."""
        return any(segment.kind == "matmul" for segment in self.segments)

    @property
    def accesses(self) -> list[Access]:
        """Every operand that is read."""
        return [*self.operands, *(factor for segment in self.segments for factor in segment.factors)]


def access(positions: Ints, varies: bool, blocks: Sequence[Block], block_of: npt.NDArray[Any]) -> Access:
    """The simplest Access to ``positions``; ``block_of`` says for each in which of ``blocks`` it is."""
    shape = positions.shape
    where = block_of[positions]
    block = blocks[where.flat[0]] if where.size and (where == where.flat[0]).all() else None
    if positions.size == 0:
        return Access(shape, varies, block, 0, (0,) * len(shape))
    offset = int(positions.flat[0])
    strides = tuple(
        int(positions[tuple(int(axis == other) for other in range(len(shape)))]) - offset if length > 1 else 0
        for axis, length in enumerate(shape)
    )
    affine = Access(shape, varies, block, offset, strides)
    if (affine.positions == positions).all():
        return affine
    return Access(shape, varies, block, index=positions)


def blocks_read(access: Access, blocks: Sequence[Block]) -> list[Block]:
    """The blocks that an access reads from."""
    if access.block is not None:
        return [access.block]
    there = [block for block in blocks if block.varies == access.varies and block.size]
    there.sort(key=lambda block: block.start)
    where = np.searchsorted([block.start for block in there], access.positions.ravel(), side="right") - 1
    return [there[i] for i in np.unique(where)]


def is_steep(op: Op, *operands: npt.ArrayLike) -> bool:
    """Whether a row has an infinite slope where its value is finite, as √x at 0, for some of these operands:
    vectors of numbers, each tried with each."""
    at = np.meshgrid(*operands)
    with np.errstate(all="ignore"):
        y = op.forward(ARRAYS, *at)
        slopes = op.partials(ARRAYS, *at, y)
        return any(bool((np.isfinite(y) & ~np.isfinite(slope)).any()) for slope in slopes)
