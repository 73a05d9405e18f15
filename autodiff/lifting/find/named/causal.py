"""Causal attention: position t of a sequence attends to the positions 1 … t.

Recorded one position after the other, scores, shares and mixed values are ragged: of T positions there are
T·(T + 1)/2 scores of each head. Completed to squares they are products of matrices,

    S = c·Kᵀ·Q,    P = softmax of S's elements 1 … t in column t, and 0 below,    A = V·P,

as a sum over j ≤ t of V[i,j]·P[j,t] is one over all j where P is 0 below. No other score is looked at: before
the exponential, those below are -∞. Heads of one length whose keys lie in one array are one stack of
matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.mixing import mix_values
from autodiff.lifting.find.named.ragged import RaggedSoftmax, ragged_softmax, terms_of
from autodiff.lifting.formula import Block, Formula, Segment
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.things import CAUSAL_SOFTMAX

__all__ = ["complete_causal"]

MOST = 1000  # heads and sequences that one softmax is taken apart to


@dataclass(frozen=True)
class _Heads:
    """Heads of one length T.

    Attributes:
        keys, queries: (H, T, d) positions.
        elements: (H, T, T) the element of the ragged softmax by head, key and query, -1 below.
    """

    keys: Ints
    queries: Ints
    elements: Ints


def complete_causal(formulary: Formulary) -> None:
    """Complete every causal attention of a program to matrices."""
    for block in [formula.block for formula in formulary.formulas]:
        formula = formulary.made.get(block)
        ragged = ragged_softmax(formula, formulary) if formula is not None else None
        if ragged is not None:
            _complete(ragged, formulary)


def _complete(ragged: RaggedSoftmax, formulary: Formulary) -> None:
    shares = ragged.shares.block
    scores = formulary.made.get(formulary.places.block_at(int(ragged.scores[0]), False))
    if scores is None or scores.block in formulary.held or shares in formulary.held:
        return
    found = _products(ragged, scores)
    if found is None:
        return
    coefficient, x, z = found
    for keys, queries in ((x, z), (z, x)):
        heads = _heads(ragged.column, keys, queries, formulary)
        if heads is not None:
            moved = np.full(shares.size, -1)
            stacks = []
            for each in heads:
                block = _completed(each, coefficient, ragged, scores, formulary)
                stacks.append(block)
                there = each.elements.ravel() >= 0
                moved[each.elements.ravel()[there]] = block.start + np.flatnonzero(there)
            formulary.move(shares, moved)
            mix_values(stacks, formulary)
            return


def _products(ragged: RaggedSoftmax, scores: Formula) -> tuple[float, Ints, Ints] | None:
    """The coefficient and the factors, (E, d) positions, of scores that are products, in the order of the
    shares; of all scores there are."""
    if scores.op is not None or scores.reduction != "add" or len(scores.segments) != 1 or np.any(scores.bias):
        return None
    (segment,) = scores.segments
    terms = terms_of(scores, 0)
    local = ragged.scores - scores.block.start
    if terms is None or not isinstance(segment.coefficient, float) or local.size != scores.block.size:
        return None
    owner, x, z = terms
    if x.size % scores.block.size or (np.bincount(owner) != x.size // scores.block.size).any():
        return None
    order = np.argsort(owner, kind="stable")
    x, z = (each[order].reshape(scores.block.size, -1)[local] for each in (x, z))
    return segment.coefficient, x, z


def _heads(column: Ints, keys: Ints, queries: Ints, formulary: Formulary) -> list[_Heads] | None:
    """The heads, by their length and the block of their keys, if all are causal."""
    query, key = _numbered(queries), _numbered(keys)
    if query is None or key is None or query.max() != column.max():
        return None
    pairs = (np.unique(column * (each.max() + 1) + each).size for each in (query, key))
    if [*pairs] != [column.max() + 1, column.size]:
        return None
    found: dict[tuple[int, Block], list[Ints]] = {}
    component = _components(column, key)
    names = np.unique(component)
    if len(names) > MOST:
        return None
    for name in names:
        members = np.flatnonzero(component == name)
        elements = _causal(members, column, key)
        if elements is None:
            return None
        block = formulary.places.block_at(int(keys[members[0], 0]), False)
        found.setdefault((len(elements), block), []).append(elements)
    heads = []
    for (T, _), several in found.items():
        several.sort(key=lambda elements: tuple(queries[elements[0, 0]]))
        stack = np.stack(several)
        by_key, by_query = stack[:, :, T - 1], stack[:, range(T), range(T)]
        heads.append(_Heads(keys[by_key], queries[by_query], stack))
    return heads


def _numbered(rows: Ints) -> Ints | None:
    """For each row of positions its number among the different ones, told apart by where they begin."""
    _, first, number = np.unique(rows[:, 0], return_index=True, return_inverse=True)
    return number if (rows[first][number] == rows).all() else None


def _components(column: Ints, key: Ints) -> Ints:
    """For each score a number that it shares with all of its column, and with all of its key."""
    component = key.copy()
    while True:
        smallest = np.full(column.max() + 1, len(component))
        np.minimum.at(smallest, column, component)
        by_key = np.full(key.max() + 1, len(component))
        np.minimum.at(by_key, key, smallest[column])
        if (by_key[key] == component).all():
            return component
        component = by_key[key]


def _causal(members: Ints, column: Ints, key: Ints) -> Ints | None:
    """(T, T) the elements of one head by key and query, -1 below, if column t has the keys 1 … t."""
    columns, lengths = np.unique(column[members], return_counts=True)
    T = len(columns)
    keys, counts = np.unique(key[members], return_counts=True)
    if len(keys) != T or (np.sort(lengths) != np.arange(1, T + 1)).any():
        return None
    if (np.sort(counts) != np.arange(1, T + 1)).any():
        return None
    t = lengths[np.searchsorted(columns, column[members])] - 1
    j = T - counts[np.searchsorted(keys, key[members])]
    if (j > t).any():
        return None
    elements = np.full((T, T), -1)
    elements[j, t] = members
    return elements


def _completed(
    heads: _Heads, coefficient: float, ragged: RaggedSoftmax, scores: Formula, formulary: Formulary
) -> Block:
    """The block of a stack of softmaxes, computed before the ragged one; a single one is a matrix."""
    single = len(heads.keys) == 1
    elements = heads.elements[0] if single else heads.elements
    dims, T = elements.shape, elements.shape[-1]
    there = elements >= 0
    places = formulary.places

    def add(formula: Formula) -> Block:
        formulary.insert_before(formula, ragged.shares)
        return formula.block

    def new(dims: tuple[int, ...]) -> Block:
        return places.new_block(dims, False)

    def nodes(formula: Formula, at: Ints) -> Ints:
        return np.where(there, formula.nodes[np.where(there, at[elements], 0)], -1).ravel()

    keys, queries = (each[0] if single else each for each in (heads.keys, heads.queries))
    product = Segment("matmul", places.access(keys, False), places.access(queries, False), coefficient)
    S = new(dims)
    add(Formula(S, segments=(product,), nodes=nodes(scores, ragged.scores - scores.block.start)))
    hidden: Floats = np.where(there, 0.0, -np.inf)
    columns = (*dims[:-2], T)
    below = add(Formula(new(dims), segments=(Segment("rows", formulary.whole(S), None),), bias=hidden))
    if ragged.shifted:
        among = Segment("rows", places.access(np.swapaxes(_positions(below), -1, -2), False), None)
        largest = add(Formula(new(columns), segments=(among,), reduction="maximum"))
        c = places.access(np.broadcast_to(_positions(largest)[..., None, :], dims), False)
        shifted = (Segment("rows", formulary.whole(below), None), Segment("rows", c, None, -1.0))
        below = add(Formula(new(dims), segments=shifted))
    powers = add(Formula(new(dims), OPS["exp"], (formulary.whole(below),)))
    turned = places.access(np.swapaxes(_positions(powers), -1, -2), False)
    totals = add(Formula(new(columns), segments=(Segment("rows", turned, None),)))
    sums = places.access(np.broadcast_to(_positions(totals)[..., None, :], dims), False)
    quotient = Formula(
        new(dims),
        OPS["div"],
        (formulary.whole(powers), sums),
        nodes=nodes(ragged.shares, np.arange(ragged.shares.block.size)),
    )
    add(quotient)
    formulary.name(quotient, CAUSAL_SOFTMAX, [formulary.whole(S)], (len(dims) - 2,))
    return quotient.block


def _positions(block: Block) -> Ints:
    return block.start + np.arange(block.size).reshape(block.dims)
