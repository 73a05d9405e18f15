"""Mistakes in shares of products and sums: another operand, ⊙ for a product, another axis, one summand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from autodiff.lifting.formula import Block
from autodiff.lifting.record import Ints
from nn.judging.lifted_backward import Change, Flow, LiftedBackward
from nn.judging.other_arrays import Other, others, through
from nn.judging.passes import Floats
from nn.judging.places import FormulaEdit, target
from nn.judging.shares import Share, left_factor, spread

__all__ = ["one_alone", "product_edits", "product_with", "term_edits", "term_with"]


def product_edits(lifted: LiftedBackward, share: Share) -> Iterator[FormulaEdit]:
    """The edits of a share that is a product of matrices."""
    name, block = target(share), share.formula.block
    assert share.other is not None
    of = share.other.block
    if _is_square(share.access.shape):
        yield FormulaEdit("transposed", f"{name} is transposed", lambda flow: np.swapaxes(flow.now, -1, -2))
    if _is_square(block.dims):
        text = f"d{block.name} in {name} is transposed, and should not be, or the other way round"
        yield FormulaEdit(f"d{block.name} transposed in {name}", text, product_with(d=lambda flow: flow.d.T))
    if of is not None and _is_square(of.dims):
        text = f"{of.name} in {name} is not transposed, and should be, or the other way round"
        made = product_with(other=lambda flow: flow.value(_of(flow)).T)
        yield FormulaEdit(f"{of.name} transposed in {name}", text, made)
    for turned in (False, True):
        yield FormulaEdit(
            "⊙ for a product", f"{name} is a product of matrices, and not ⊙", _elementwise(turned)
        )
    if of is not None:
        yield from _other_factors(lifted, share, of)
    for other in others(lifted, block, True):
        yield _instead(
            name, other.name(lifted), f"d{block.name}", product_with(d=_reading(other, block.dims))
        )
    text = f"{name} is what one of the summands gives alone: add them up, += for ="
    for summand in (-1, 0):
        alone = product_with(summand=summand)
        yield FormulaEdit("= for +=", text, alone)
        yield FormulaEdit("= for +=", text, one_alone(summand == -1, alone))


def _is_square(dims: tuple[int, ...]) -> bool:
    return len(dims) == 2 and dims[0] == dims[1] > 1


def _instead(of: str, what: str, right: str, made: Change) -> FormulaEdit:
    text = f"{of} is computed with {what} where {right} should be"
    return FormulaEdit(f"{what} for {right}", text, made, rank=1)


def _other_factors(lifted: LiftedBackward, share: Share, of: Block) -> Iterator[FormulaEdit]:
    """Another array in the place of the block ``of``."""
    name, factor = target(share), product_with if share.kind == "product" else term_with
    assert share.other is not None
    right = lifted.name(share.other)
    for what, positions in lifted.like_gate(right).items():
        yield _instead(name, what, right, factor(other=_at_positions(positions)))
    for other in others(lifted, of, False):
        what = f"{of.name} of an earlier call" if other.stale else other.name(lifted)
        yield _instead(name, what, of.name, factor(other=_reading(other, of.dims)))
    for axes in ((), *((axis,) for axis in range(len(of.dims)))):
        if of.size > 1 and max(of.dims) > 1:
            text = f"In {name}, {of.name} is the wrong way round"
            yield FormulaEdit(f"{of.name} flipped", text, factor(other=_flipped(axes)), rank=1)
    if of.role == "parameter" and share.kind == "product":
        yield FormulaEdit(
            f"{of.name} already updated",
            f"{name} is computed with {of.name} after its update: first all gradients, then all updates",
            _updated,
            added=True,
        )


def _of(flow: Flow) -> Block:
    assert flow.share.other is not None and flow.share.other.block is not None
    return flow.share.other.block


def _flipped(axes: tuple[int, ...]) -> Callable[[Flow], Floats]:
    """The other factor the other way round along some axes, or along all."""
    return lambda flow: np.flip(flow.value(_of(flow)), axes or None)


def _at_positions(positions: Ints) -> Callable[[Flow], Floats]:
    """The block of the other factor, in which numbers from elsewhere stand where the share reads it."""

    def read(flow: Flow) -> Floats:
        block, access = _of(flow), flow.share.other
        assert access is not None
        whole = flow.value(block).copy()
        whole.reshape(-1)[access.positions.ravel() - block.start] = flow.of.values[positions].ravel()
        return whole

    return read


def _reading(other: Other, dims: tuple[int, ...]) -> Callable[[Flow], Floats]:
    return lambda flow: other.read(flow, dims)


def product_with(
    d: Callable[[Flow], Floats] | None = None,
    other: Callable[[Flow], Floats] | None = None,
    summand: int | None = None,
) -> Change:
    """The share with another d, other numbers in the block of the other factor, or one summand alone."""

    def made(flow: Flow) -> Floats:
        share = flow.share
        assert share.segment is not None and share.other is not None
        left = left_factor(flow.d if d is None else d(flow), share)
        right = flow.read(share.other) if other is None else through(share.other, other(flow))
        if summand is not None:
            left, right = left[..., [summand]], right[..., [summand], :]
        return np.asarray(share.segment.coefficient * (left @ right))

    return made


def _elementwise(turned: bool) -> Change:
    def made(flow: Flow) -> Floats | None:
        share = flow.share
        assert share.other is not None
        left = left_factor(flow.d, share)
        right = flow.read(share.other)
        right = np.swapaxes(right, -1, -2) if turned else right
        try:
            found = left * right
        except ValueError:
            return None
        return found if found.shape == share.access.shape else None

    return made


def _updated(flow: Flow) -> Floats:
    """The share that comes on top if the other factor had been moved by its gradient."""
    block = _of(flow)
    return product_with(other=lambda flow: -flow.of.block(flow.of.right, block))(flow)  # type: ignore[return-value]


def term_edits(lifted: LiftedBackward, share: Share) -> Iterator[FormulaEdit]:
    """The edits of a share that is the cotangent of a sum, by itself or times another factor."""
    name, block, segment = target(share), share.formula.block, share.segment
    of = share.other.block if share.other is not None else None
    assert segment is not None
    if share.other is not None and segment.z is not segment.x:
        what = lifted.name(share.other) if of is not None and of.role != "constant" else "a factor"
        if any(
            formula.block is of and formula.op is not None and formula.op.mask for formula in lifted.backward
        ):
            what = "the mask"
        yield FormulaEdit(f"{what} missing", f"{name} is not multiplied by {what}", term_with(without=True))
    if of is not None and of.role != "constant":
        yield from _other_factors(lifted, share, of)
    broadcast = share.access.block is not None and share.access.size > share.access.block.size
    if broadcast:
        yield FormulaEdit("a sum over all", f"{name} is one sum over all of d{block.name}", _total)
        if _is_square(share.access.shape):
            text = f"{name} is summed over the other axis"
            yield FormulaEdit("summed over the other axis", text, lambda flow: flow.now.T)
    for other in others(lifted, block, True):
        yield _instead(name, other.name(lifted), f"d{block.name}", term_with(d=_reading(other, block.dims)))
    if broadcast and len(block.dims) == 2:
        for other in others(lifted, block, False):
            if not other.turned and not other.stale:
                what = other.name(lifted)
                text = f"{name} has a factor {what}, which has no place there"
                yield FormulaEdit(f"⊙ {what} too much", text, _multipliedterm_with(other, block.dims))


def term_with(
    d: Callable[[Flow], Floats] | None = None,
    other: Callable[[Flow], Floats] | None = None,
    without: bool = False,
) -> Change:
    """The share with another d, other numbers in the block of the other factor, or without it."""

    def made(flow: Flow) -> Floats:
        share = flow.share
        assert share.segment is not None
        found = share.segment.coefficient * spread(flow.d if d is None else d(flow), share)
        if share.other is not None and not without:
            read = flow.read(share.other) if other is None else through(share.other, other(flow))
            found = found * read
            if share.segment.z is share.segment.x:
                found = 2.0 * found
        return np.broadcast_to(found, share.access.shape)

    return made


def _multipliedterm_with(other: Other, dims: tuple[int, ...]) -> Change:
    return term_with(d=lambda flow: flow.d * other.read(flow, dims))


def _total(flow: Flow) -> Floats:
    """All of a share in each place that it is given to."""
    share = flow.share
    assert share.access.block is not None
    return np.full(share.access.shape, flow.now.sum() * share.access.block.size / share.access.size)


def one_alone(last: bool, of: Change | None = None) -> Change:
    """Of all that is added at one place the last, or the first, alone."""
    step = -1 if last else 1

    def made(flow: Flow) -> Floats | None:
        share = flow.now if of is None else of(flow)
        positions = flow.share.access.positions.ravel()[::step]
        _, first = np.unique(positions, return_index=True)
        if len(first) == len(positions) or share is None:
            return None
        kept = np.zeros(len(positions))
        kept[first] = share.ravel()[::step][first]
        return np.asarray(kept[::step].reshape(share.shape))

    return made
