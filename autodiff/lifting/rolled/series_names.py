"""Names of series: what the arrays of a loop are called, and its index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from autodiff.lifting.block_names import BlockNames
from autodiff.lifting.formula import Block, Formula, Series

__all__ = ["name_series"]

LETTERS = "tsruvkpqwxyz"  # of indices; before them l for layers


def name_series(
    blocks: Sequence[Block],
    formulas: Sequence[Formula],
    loops: Sequence[Sequence[Series]],
    layered: Sequence[bool],
) -> list[str]:
    """Name the series of loops: a state after the array that it starts with, ``X`` where that is x; else H
    if a matrix is multiplied with it, and C if none is; what is no state as the first of it was called.

    Returns:
        The letter of each loop's index.
    """
    names = BlockNames()
    for block in blocks:
        if block.symbol and block.role != "formula":
            names.leaf(block.symbol)
            names.leaf(block.series.symbol if block.series else block.symbol)
        elif block.symbol and block.series is None:
            names.leaf(block.symbol)
    multiplied = {
        access.block.series
        for formula in formulas
        for segment in formula.segments
        for access in (segment.x, segment.z)
        if segment.kind == "matmul" and access and access.block and access.block.series
    }
    starts = {f.block.series: f for f in formulas if f.block.series and f.block.step == 0}
    for loop, of_layers in zip(loops, layered):
        products = [series.symbol for series in loop if series.symbol[:2].lower() == "z_"]
        stem = products[0][1:] if len(products) == 1 else None
        for series in loop:
            alone = re.sub(r"(_\d+)+$", "", series.symbol)[1:] == stem
            wishes = _wishes(series, starts.get(series), series in multiplied, alone)
            if of_layers:  # Z[l] for Z1, Z2, …
                wishes = chain([re.sub(r"[\d_]+$", "", series.symbol)], wishes)
            series.symbol = next(wish for wish in wishes if names.take(wish))
            for block in series.blocks:
                block.name = block.symbol = f"{series.symbol}_{block.step}"
    letters = ["l" * of_layers + LETTERS for of_layers in layered]
    return [next(letter for letter in some if names.take(letter)) for some in letters]


def _wishes(series: Series, start: Formula | None, multiplied: bool, alone: bool) -> Iterator[str]:
    """Names for a series, the best first; z for z_U, where it is the only one of its kind, and a for a_U."""
    if series.state:
        begun = start.segments[0].x.block if start is not None and start.segments else None
        if begun is not None and begun.role != "formula" and len(begun.symbol) == 1:
            yield begun.symbol.upper()
        yield "H" if multiplied else "C"
    plain = re.sub(r"(_\d+)+$", "", series.symbol)
    if alone:
        yield plain[0]
        yield from (f"{plain[0]}_{number}" for number in range(2, 10**6))
    if re.fullmatch(r"v\d+", plain):
        yield from (f"v{number}" for number in range(1, 10**6))
    yield plain
    yield from (f"{plain}_{number}" for number in range(2, 10**6))
