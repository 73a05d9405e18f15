"""Why: what stood in the way where an operand is still picked by a table of places.

An operand is read by rule where its places are regular along some axes, one of them for each step that its
formula takes: rows, columns, windows, every other element. Else it is gathered, and a sentence says which
rows or columns do not go along with the rest, or that none do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.lattice import lattice
from autodiff.lifting.record import Ints
from autodiff.lifting.write.operands import Operands

__all__ = ["obstacles"]

SHOWN = 6  # places that are named
AXES = ("row", "column")


def obstacles(operands: Operands) -> list[str]:
    """A sentence for each operand of a program's formulas that is gathered, in the names of the listing."""
    found = (each for formula in operands.plan.formulas for each in _of_formula(formula, operands))
    return [*dict.fromkeys(found)]


def _of_formula(formula: Formula, operands: Operands) -> Iterator[str]:
    name = _name(formula.block, operands)
    for segment in formula.segments:
        if segment.owner is not None:
            yield _lengths(name, segment, segment.owner)
            continue
        for number, access in enumerate(a for a in (segment.x, segment.z) if a is not None):
            product = segment.kind == "matmul"
            yield from _of_access(name, formula, access, operands, number if product else 0)
    for access in formula.operands:
        yield from _of_access(name, formula, access, operands, 0)


def _name(block: Block, operands: Operands) -> str:
    """What the listing calls an array; of a loop\'s, with the letter t for any step."""
    return f"{block.series.symbol}[t]" if block.series else operands.name(block).text


def _lengths(name: str, segment: Segment, owner: Ints) -> str:
    counts = np.unique(np.bincount(owner)).tolist()
    return f"{name} has sums of different lengths, of {_listed(counts)} terms"


def _of_access(name: str, formula: Formula, access: Access, operands: Operands, side: int) -> Iterator[str]:
    """The sentence of an operand that no rule gives; ``side`` is 1 for the second factor of a product,
    whose first axis is that of the columns."""
    block = access.block
    if access.strides is not None or (block is not None and block.role == "constant"):
        return
    if block is None:
        if operands.stacks.of(access) is None:
            words = [_name(each, operands) for each in operands.plan.blocks_read(access)]
            yield f"{name} reads {_listed([*dict.fromkeys(words)])} together, as if they were one array"
        return
    places = np.unravel_index(access.positions - block.start, block.dims) if block.dims else ()
    if all(_regular(each) for each in places):
        return
    what = _name(block, operands)
    for axis, each in enumerate(places):
        along = next((at for at in range(each.ndim) if not _regular(_line(each, at))), None)
        if along is None:
            continue
        mine = along + side if along < len(formula.block.dims) else None
        yield _sentence(name, formula.block, mine, what, block, axis, _line(each, along))
        return
    yield f"{name} reads {what} in different patterns from one {_part(formula.block, side)} to the next"


def _line(places: Ints, along: int) -> Ints:
    """Places along one axis, at the beginning of all others."""
    return np.moveaxis(places, along, 0).reshape(places.shape[along], -1)[:, 0]


def _regular(places: Ints) -> bool:
    """Whether places are regular along axes into which their axes can be taken apart, independently."""
    lengths: list[int] = []
    for axis in range(places.ndim):
        split = lattice(_line(places, axis)[:, None])
        if split is None:
            return False
        lengths += split
    fine = places.reshape(lengths)
    corner = (0,) * fine.ndim
    steps = [
        int(fine[(*corner[:at], 1, *corner[at + 1 :])] - fine[corner]) if n > 1 else 0
        for at, n in enumerate(fine.shape)
    ]
    grid = np.ix_(*map(np.arange, fine.shape))
    rule = fine[corner] + sum((s * g for s, g in zip(steps, grid)), np.zeros(fine.shape, np.int64))
    return bool((rule == fine).all())


def _sentence(
    name: str, target: Block, mine: int | None, what: str, block: Block, axis: int, places: Ints
) -> str:
    """Who reads what, and who does not go along."""
    theirs = _part(block, axis)
    if mine is None:
        return f"the sums of {name} run over the {theirs}s {_shown(places)} of {what}, which follow no rule"
    ours = _part(target, mine)
    odd = _outliers(places)
    if odd is None:
        return f"the {ours}s of {name} read the {theirs}s {_shown(places)} of {what}, which follow no rule"
    who = f"{ours}{'s' if len(odd) > 1 else ''} {_listed((odd + 1).tolist())} of {name}"
    if len(odd) > 1:
        return f"{who} read other {theirs}s of {what} than the rest"
    return f"{who} reads another {theirs} of {what} than the rest"


def _part(block: Block, axis: int) -> str:
    """What one place along an axis of an array is called."""
    dims = [n for n in block.dims if n > 1]
    if len(dims) < 2:
        return "element"
    return AXES[axis] if len(block.dims) == 2 and axis < 2 else f"part along axis {axis + 1}"


def _outliers(places: Ints) -> Ints | None:
    """Which places are not where the same step leads that most of them take; None if these are many."""
    step = Counter(np.diff(places).tolist()).most_common(1)[0][0]
    first = Counter((places - step * np.arange(len(places))).tolist()).most_common(1)[0][0]
    odd = np.flatnonzero(places != first + step * np.arange(len(places)))
    return odd if len(odd) <= len(places) // 3 else None


def _shown(places: Ints) -> str:
    words = [str(place) for place in (places[:SHOWN] + 1).tolist()]
    return ", ".join(words) + (", …" if len(places) > SHOWN else "")


def _listed(words: Sequence[object]) -> str:
    *rest, last = map(str, words)
    return f"{', '.join(rest)} and {last}" if rest else last
