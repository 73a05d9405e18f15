"""Gates: what is done alike to several parts of an array is done to each, where nobody reads them together.

    I[t] = σ(Z[t][1 … n]),   F[t] = σ(Z[t][n+1 … 2n]),   O[t] = σ(Z[t][2n+1 … 3n])

of an LSTM run as one sigmoid; a reader has three gates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from autodiff.lifting.formula import Access, Block, Formula, access
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Ints
from autodiff.lifting.rolled.apart import rewritten
from autodiff.lifting.things import SIGMOID, SOFTPLUS

__all__ = ["with_gates"]

MOST = 4  # parts of an array


def with_gates(plan: Plan) -> tuple[Plan, Mapping[Block, Block], Ints]:
    """The plan with such parts as arrays, by array that was taken apart its last part, and of each position
    where in the given plan its number stands."""
    asked = {block for kept in plan.all_kept for block in kept.blocks}
    asked |= {b for guard in plan.guards for a in (guard.left, guard.right) for b in plan.blocks_read(a)}
    read: dict[Block, list[Access]] = {}
    for formula in plan.formulas:
        for each in formula.accesses:
            for block in plan.blocks_read(each):
                read.setdefault(block, []).append(each)
    parts = {
        f.block: found
        for f in plan.formulas[:-1]
        if _is_of_one(f) and not f.block.varies and f.block not in asked
        if (found := _parts(f.block, read.get(f.block, [])))
    }
    return _taken_apart(plan, parts)


def _is_of_one(formula: Formula) -> bool:
    """Whether a formula is a function of each element of something that is computed."""
    one = formula.thing in (SIGMOID, SOFTPLUS) or (formula.op is not None and formula.op.arity == 1)
    return one and all(each.block is not None and each.block.role == "formula" for each in formula.operands)


def _parts(block: Block, read: Sequence[Access]) -> list[Ints]:
    """The positions of parts of one length of an array, some rows of it or some columns, of which each access
    reads one; none if they are none."""
    found: dict[tuple[int, ...], Ints] = {}
    for each in read:
        positions = np.unique(each.positions)
        if each.block is not block or len(positions) != each.size or 2 * len(positions) > block.size:
            return []
        found[int(positions[0]), int(positions[-1])] = positions
    parts = [found[ends] for ends in sorted(found)]
    alike = len({len(positions) for positions in parts}) == 1 and len(parts) <= MOST
    if len(parts) < 2 or not alike or sum(map(len, parts)) != block.size:
        return []
    axes = [_axis_of(positions - block.start, block.dims) for positions in parts]
    return parts if len({*axes}) == 1 and axes[0] is not None else []


def _axis_of(local: Ints, dims: tuple[int, ...]) -> int | None:
    """The axis along which places in an array are several in a row, all of all other axes."""
    for axis, at in enumerate(np.unravel_index(local, dims)):
        low, high = int(at.min()), int(at.max())
        if len(local) * dims[axis] == (high - low + 1) * math.prod(dims) and 1 < high - low + 1 < dims[axis]:
            return axis
    return None


def _taken_apart(
    plan: Plan, parts: Mapping[Block, Sequence[Ints]]
) -> tuple[Plan, Mapping[Block, Block], Ints]:
    in_parts = (positions for several in parts.values() for positions in several)
    where = np.concatenate([np.arange(plan.sizes[False]), *in_parts])
    if not parts:
        return plan, {}, where
    taken = {block.symbol for block in plan.blocks}
    start, now, new = plan.sizes[False], np.arange(plan.sizes[False]), dict[Block, list[Block]]()
    for old, several in parts.items():
        new[old] = []
        for n, positions in enumerate(several):
            words = (
                f"{old.symbol}_{count}" if count else old.symbol for count in (n, *range(2, len(taken) + 3))
            )
            name = next(word for word in words if word not in taken or word == old.symbol)
            taken.add(name)
            axis = _axis_of(positions - old.start, old.dims)
            dims = tuple(n // len(several) if i == axis else n for i, n in enumerate(old.dims))
            new[old].append(Block(start, dims, False, "formula", name, name))
            now[positions] = start + np.arange(len(positions))
            start += len(positions)
    blocks = [each for block in plan.blocks for each in new.get(block, [block])]
    block_of = np.full(start, -1)
    for number, block in enumerate(blocks):
        if not block.varies:
            block_of[block.start : block.start + block.size] = number

    def moved(old: Access) -> Access:
        if old.block not in new:
            return old
        return access(now[old.positions], False, blocks, block_of)

    def apart(formula: Formula) -> Iterator[Formula]:
        old = formula.block
        for block, positions in zip(new[old], parts[old]):
            (read,) = formula.operands
            at = read.positions.ravel()[positions - old.start].reshape(block.dims)
            where = access(at if read.block not in new else now[at], read.varies, blocks, block_of)
            nodes = formula.nodes[positions - old.start] if len(formula.nodes) else formula.nodes
            yield replace(formula, block=block, operands=(where,), nodes=nodes)

    formulas: list[Formula] = []
    for formula in plan.formulas:
        if formula.block in new:
            formulas += apart(formula)
        else:
            formulas.append(rewritten(formula, formula.block, moved))
    needs = frozenset(part for block in plan.needs for part in new.get(block, [block]))
    sizes = (start, plan.sizes[True])
    plan = replace(plan, formulas=formulas, blocks=blocks, sizes=sizes, needs=needs)
    return plan, {old: several[-1] for old, several in new.items()}, where
