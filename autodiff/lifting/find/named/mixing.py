"""Mixing: what attends by completed softmaxes reads values as a product of matrices, A = V·P.

The sums over j ≤ t of V[i,j]·P[j,t] that a program has, in whatever formulas, are the elements of A; such a
sum with further terms reads A. Formulas that do the same to parts of A are one formula of all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.ragged import terms_of
from autodiff.lifting.formula import Block, Formula, Segment
from autodiff.lifting.record import Ints

__all__ = ["mix_values"]


@dataclass(frozen=True)
class _Sums:
    """Sums over j ≤ t of V[·,j]·P[h,j,t], for a stack P of softmaxes.

    Attributes:
        formula: in which they stand.
        segment: the number of which.
        number: for each sum its element of the formula.
        head, query: h and t of each.
        values: (N, T) the positions of its values by key, -1 below.
    """

    formula: Formula
    segment: int
    number: Ints
    head: Ints
    query: Ints
    values: Ints


def mix_values(stacks: Sequence[Block], formulary: Formulary) -> None:
    """Let all sums of values by completed softmaxes be elements of products of matrices."""
    found = []
    for formula in formulary.formulas:
        for number in range(len(formula.segments)):
            found += _sums(formula, number, stacks)
    products = []
    moved: dict[Block, dict[int, Ints]] = {}  # by the block of a sum and the number of a segment
    for block in stacks:
        mine = [sums for stack, sums in found if stack is block]
        if mine:
            product = _product(block, mine, moved, formulary)
            products += [product] if product is not None else []
    copies = [block for block, segments in moved.items() if _read_products(block, segments, formulary)]
    for block in copies:
        formulary.move(block, moved[block][0])
    for block in products:
        _assemble(block, formulary)


def _sums(formula: Formula, number: int, stacks: Sequence[Block]) -> list[tuple[Block, _Sums]]:
    """The sums of a segment, by the stack of softmaxes that they mix by; none if it has any others."""
    segment = formula.segments[number]
    mixes = segment.z is not None and any(each.block in (*stacks, None) for each in (segment.x, segment.z))
    terms = terms_of(formula, number) if mixes else None
    if terms is None or formula.reduction != "add" or np.any(segment.coefficient != 1.0):
        return []
    owner = terms[0]
    for values, shares in (terms[1:], terms[:0:-1]):
        mixed, found = np.zeros(formula.block.size, dtype=bool), []
        for block in stacks:
            here = (shares >= block.start) & (shares < block.start + block.size)
            sums = _of_stack(formula, number, block, owner[here], values[here], shares[here])
            if sums is not None:
                mixed[sums.number] = True
                found.append((block, sums))
        if mixed.all() and sum(int(np.sum(s.query + 1)) for _, s in found) == owner.size:
            return found
    return []


def _of_stack(
    formula: Formula, segment: int, block: Block, owner: Ints, values: Ints, shares: Ints
) -> _Sums | None:
    """The sums whose terms these are, if each takes all of one column of the stack."""
    if not owner.size:
        return None
    T = block.dims[-1]
    h, j, t = np.unravel_index(shares - block.start, (block.size // T**2, T, T))
    order = np.lexsort((j, owner))
    owner, h, j, t, values = (each[order] for each in (owner, h, j, t, values))
    number, first, row, count = np.unique(owner, return_index=True, return_inverse=True, return_counts=True)
    column = (h == h[first][row]) & (t == t[first][row])
    if not column.all() or (count != t[first] + 1).any() or (j != np.arange(len(j)) - first[row]).any():
        return None
    table = np.full((len(number), T), -1)
    table[row, j] = values
    return _Sums(formula, segment, number, h[first], t[first], table)


def _product(
    block: Block, several: Sequence[_Sums], moved: dict[Block, dict[int, Ints]], formulary: Formulary
) -> Block | None:
    """The block of V·P for a stack P, if these sums are all of its elements; ``moved`` gets to know for
    each segment where in it its sums are."""
    T = block.dims[-1]
    H = block.size // T**2
    head, query, values = (
        np.concatenate([getattr(sums, name) for sums in several]) for name in ("head", "query", "values")
    )
    full = np.flatnonzero(query == T - 1)
    full = full[np.lexsort((values[full, 0], head[full]))]
    I = len(full) // H
    if len(full) != H * I or (head[full] != np.repeat(np.arange(H), I)).any() or len(head) != H * I * T:
        return None
    table = values[full]
    key = head * (values.max() + 1) + values[:, 0]
    known = key[full]
    row = np.minimum(np.searchsorted(known, key), len(known) - 1)
    same = (table[row] == values) | (values < 0)
    if (known[row] != key).any() or not same.all() or len(np.unique(row * T + query)) != len(row):
        return None
    places = formulary.places
    single = len(block.dims) == 2
    positions = block.start + np.arange(block.size).reshape(block.dims)
    V = places.access(table.reshape((I, T) if single else (H, I, T)), False)
    P = places.access(np.swapaxes(positions, -1, -2), False)
    A = places.new_block(V.shape, False)
    at = A.start + row * T + query
    nodes = np.full(A.size, -1)
    done = 0
    for sums in several:
        here = at[done : done + len(sums.number)]
        done += len(sums.number)
        segments = moved.setdefault(sums.formula.block, {})
        segments.setdefault(sums.segment, np.full(sums.formula.block.size, -1))[sums.number] = here
        if len(sums.formula.segments) == 1 and not np.any(sums.formula.bias) and len(sums.formula.nodes):
            nodes[here - A.start] = sums.formula.nodes[sums.number]
    first = min((sums.formula for sums in several), key=formulary.formulas.index)
    formulary.insert_before(Formula(A, segments=(Segment("matmul", V, P),), nodes=nodes), first)
    return A


def _read_products(block: Block, moved: dict[int, Ints], formulary: Formulary) -> bool:
    """Let a sum read elements of products in place of segments; True if its readers may do so, since that is
    all it does."""
    formula = formulary.made[block]
    segments = list(formula.segments)
    for number, positions in moved.items():
        if (positions >= 0).all():
            access = formulary.places.access(positions.reshape(block.dims), False)
            segments[number] = Segment("rows", access, None)
    alone = len(segments) == 1 and not np.any(formula.bias) and block not in formulary.held
    if alone and segments[0] is not formula.segments[0]:
        return True
    formulary.replace(formula, replace(formula, segments=tuple(segments)))
    return False


def _assemble(block: Block, formulary: Formulary) -> None:
    """Let sums that read parts of a block, each once, and other arrays in one way be one sum."""
    parts = [f for f in formulary.formulas if any(block in formulary.blocks_read(a) for a in f.accesses)]
    tables = [_by_array(part, block) for part in parts]
    if any(table is None for table in tables) or any(part.block in formulary.held for part in parts):
        return
    signatures = {tuple(sorted((key[0].start, *key[1:]) for key in table)) for table in tables if table}
    places = np.concatenate([table[block, False, 1.0] for table in tables if table]) - block.start
    if len(signatures) != 1 or not np.array_equal(np.sort(places), np.arange(block.size)):
        return
    segments = []
    assert tables[0] is not None
    for key in tables[0]:
        positions = np.empty(block.size, dtype=np.int64)
        positions[places] = np.concatenate([table[key] for table in tables if table])
        access = formulary.places.access(positions.reshape(block.dims), key[1])
        segments.append(Segment("rows", access, None, key[2]))
    nodes = np.full(block.size, -1)
    if all(len(part.nodes) for part in parts):
        nodes[places] = np.concatenate([part.nodes for part in parts])
    if len(parts) > 1:
        whole = Formula(formulary.places.new_block(block.dims, False), segments=tuple(segments), nodes=nodes)
        formulary.insert_before(whole, max(parts, key=formulary.formulas.index))
        done = 0
        for part in parts:
            formulary.move(part.block, whole.block.start + places[done : done + part.block.size])
            done += part.block.size
    formulary.join(formulary.made[block])


def _by_array(formula: Formula, block: Block) -> dict[tuple[Block, bool, float], Ints] | None:
    """What a sum that reads the block adds up element by element: positions, by array and coefficient."""
    if formula.op is not None or formula.reduction != "add" or np.any(formula.bias) or formula.block.varies:
        return None
    found: dict[tuple[Block, bool, float], Ints] = {}
    for segment in formula.segments:
        c, x = segment.coefficient, segment.x
        if segment.kind == "matmul" or segment.z is not None or x.size != formula.block.size:
            return None
        if isinstance(c, np.ndarray) or x.block is None or (x.block, x.varies, c) in found:
            return None
        if segment.owner is not None and (np.diff(segment.owner) != 1).any():
            return None
        found[x.block, x.varies, c] = x.positions.ravel()
    return found if (block, False, 1.0) in found else None
