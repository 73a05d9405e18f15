"""Parts: what is done with some elements of a matrix is done with all, and sums leave out what is no part.

    margins = np.maximum(0, s - correct[:, None] + 1)
    margins[np.arange(N), y] = 0

has relu(S - c + 1) of every element but one a row. Of all of them it is a formula on the matrix, and the sum
that follows takes them with weights of which some are 0. Only operations that have a finite value and slope
wherever they are asked are completed so, for nothing may fail where nothing was computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

import numpy as np

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import Op
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.one_hot import is_table, pick_by_one_hot
from autodiff.lifting.find.named.whole import Whole
from autodiff.lifting.find.orient import oriented
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.record import Ints

__all__ = ["complete_parts", "is_total"]

MOST = 4  # elements of a matrix for each that is read; of more, a table of places is quicker
ANYWHERE = (-1e3, -20.0, -1.0, -0.5, 0.0, 0.5, 1.0, 20.0, 1e3)
"""Operands of which an operation that is completed has finite values and slopes."""


def complete_parts(formulary: Formulary) -> None:
    """Complete operations on parts of matrices, and pick by one-hot matrices, where tables of places go."""
    before = _tables(formulary)
    if not before:
        return
    was = formulary.state
    for block in [formula.block for formula in formulary.formulas]:
        formula = formulary.made[block]
        if block in formulary.held or block in formulary.things:
            continue
        if _is_elementwise(formula):
            _complete(formula, formulary)
        elif _is_product(formula):
            _complete_product(formula, formulary)
        elif formula.op is None and block.dims != ():
            _complete_lines(formula, formulary)
    pick_by_one_hot(formulary)
    if _tables(formulary) >= before:
        formulary.state = was


def _tables(formulary: Formulary) -> int:
    """How many operands are read by a table of places, but by sums over everything."""
    formulas = (formula for formula in formulary.formulas if formula.block.dims != ())
    return sum(is_table(access) for formula in formulas for access in formula.accesses)


def _is_elementwise(formula: Formula) -> bool:
    """Whether a formula has one number of each operand for each of its own, and may be computed anywhere."""
    dims = formula.block.dims
    if formula.block.size < 2 or formula.block.varies or formula.thing:
        return False
    if formula.op is not None:
        return is_total(formula.op)
    return formula.reduction == "add" and all(
        segment.kind == "rows" and segment.x.shape == dims for segment in formula.segments
    )


@cache
def is_total(op: Op) -> bool:
    """Whether an operation has a finite value and finite slopes wherever it is asked."""
    at = np.meshgrid(*[np.array(ANYWHERE)] * op.arity)
    with np.errstate(all="ignore"):
        y = op.forward(ARRAYS, *at)
        found = (y, *op.partials(ARRAYS, *at, y))
    return all(bool(np.isfinite(each).all()) for each in found)


def _complete(formula: Formula, formulary: Formulary) -> None:
    """Compute a formula for all of the matrix of which it reads a part, if what else it reads goes along."""
    for part in formula.accesses:
        block = part.block
        if not _is_part(part):
            continue
        assert block is not None
        at = np.unravel_index(part.positions.ravel() - block.start, block.dims)
        whole = Whole(block.dims, at, formulary)
        made = {each: whole.access(each) for each in formula.accesses}
        if all(each is not None for each in made.values()):
            _replace(formula, whole, {each: new for each, new in made.items() if new}, formulary)
            return


def _is_part(access: Access) -> bool:
    """Whether an access reads enough of a matrix, by a table of places, none of them twice."""
    block = access.block
    return (
        is_table(access)
        and block is not None
        and not block.varies
        and len(block.dims) > 1
        and block.size <= MOST * access.size
        and access.injective
    )


def _is_product(formula: Formula) -> bool:
    """Whether a formula has as many products for each of its numbers, and perhaps single terms."""
    dims = formula.block.dims
    if formula.block.size < 2 or formula.block.varies or formula.op is not None or formula.reduction != "add":
        return False
    several = [segment for segment in formula.segments if segment.x.shape != dims]
    return (
        len(several) == 1
        and several[0].z is not None
        and all(segment.kind == "rows" for segment in formula.segments)
        and isinstance(several[0].coefficient, float)
        and all(is_table(each) and not each.varies for each in several[0].factors)
    )


def _complete_product(formula: Formula, formulary: Formulary) -> None:
    """Compute all products of rows and columns of which a formula has some."""
    size, places = formula.block.size, formulary.places
    (product,) = (each for each in formula.segments if each.x.shape != formula.block.dims)
    assert product.z is not None
    tables: list[Ints] = []
    at: list[Ints] = []
    for access in product.factors:
        rows, which = np.unique(access.positions.reshape(size, -1), axis=0, return_inverse=True)
        tables.append(rows)
        at.append(which.ravel())
    if 1 in map(len, tables) or not size < len(tables[0]) * len(tables[1]) <= MOST * size:
        return
    if _is_turned(tables[0], tables[1], places):
        tables, at = tables[::-1], at[::-1]
    sides = [places.access(rows, False) for rows in tables]
    dims = tuple(map(len, tables))
    if any(map(is_table, sides)):
        return
    whole = Whole(dims, tuple(at), formulary)
    if len(np.unique(np.ravel_multi_index(whole.at, dims))) < size:
        return
    others = [each for segment in formula.segments if segment is not product for each in segment.factors]
    made = {each: whole.access(each) for each in others}
    if all(each is not None for each in made.values()):
        matmul = Segment("matmul", sides[0], sides[1], product.coefficient)
        _replace(
            formula, whole, {each: new for each, new in made.items() if new}, formulary, {product: matmul}
        )


def _is_turned(x: Ints, z: Ints, places: Placement) -> bool:
    """Whether a product of rows of positions lies as z·xᵀ in its writer's layout."""
    J, S = len(x), len(z)
    _, order = oriented(np.repeat(x, S, axis=0), np.tile(z, (J, 1)), (J, S), np.arange(J * S), [], places)
    return bool((np.diff(order) != 1).any())


def _replace(
    formula: Formula,
    whole: Whole,
    made: dict[Access, Access],
    formulary: Formulary,
    products: Mapping[Segment, Segment] = MappingProxyType({}),
) -> None:
    """Another formula, of all of the matrix, in place of one.

    Args:
        made: its accesses anew.
        products: its products anew.
    """

    def numbers(given: object) -> object:
        return whole.spread(given.ravel()) if isinstance(given, np.ndarray) else given

    segments = tuple(
        products[each]
        if each in products
        else Segment(each.kind, made[each.x], made[each.z] if each.z else None, numbers(each.coefficient))  # type: ignore[arg-type]
        for each in formula.segments
    )
    block = formulary.places.new_block(whole.dims, False)
    local = np.ravel_multi_index(whole.at, whole.dims)
    nodes = np.full(block.size, -1)
    if len(formula.nodes):
        nodes[local] = formula.nodes
    operands = tuple(made[each] for each in formula.operands)
    new = Formula(block, formula.op, operands, segments, numbers(formula.bias), nodes=nodes)  # type: ignore[arg-type]
    formulary.insert_before(new, formula)
    formulary.move(formula.block, block.start + local)


def _complete_lines(formula: Formula, formulary: Formulary) -> None:
    """Let sums over a part of each line of a matrix take all of it, with weights."""
    if formula.reduction != "add" or formula.thing or formula.block.varies:
        return
    made = {segment: _lines(segment, formula.block, formulary) for segment in formula.segments}
    if any(made.values()):
        segments = tuple(made[segment] or segment for segment in formula.segments)
        formulary.replace(formula, replace(formula, segments=segments))


def _lines(segment: Segment, sums: Block, formulary: Formulary) -> Segment | None:
    """The segment that takes all of each line, where it takes a part."""
    block, count = segment.x.block, segment.x.size
    if segment.kind == "matmul" or segment.x.shape == sums.dims or not _is_part(segment.x) or block is None:
        return None
    owner = np.repeat(np.arange(sums.size), count // sums.size) if segment.owner is None else segment.owner
    at = np.unravel_index(segment.x.positions.ravel() - block.start, block.dims)
    whole = Whole(block.dims, at, formulary)
    order = whole.lines(owner, sums.size)
    z = whole.access(segment.z) if segment.z is not None and order is not None else None
    if order is None or (z is None and segment.z is not None):
        return None
    shape = (*sums.dims, order.shape[1])
    places = formulary.places
    x = places.access((block.start + order).reshape(shape), False)
    c = np.broadcast_to(segment.coefficient, segment.x.shape).ravel()
    weights = whole.spread(c).ravel()[order].reshape(shape)
    if z is None:
        return Segment("rows", x, places.numbers("c", weights))
    return Segment("rows", x, places.access(z.positions.ravel()[order].reshape(shape), False), weights)
