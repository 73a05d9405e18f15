"""Keeping: which arrays inside a program are to be given back by every run, and where they lie.

People name them by the labels of nodes, ``Z1[0,1]`` for an element of Z1, or as the listing calls
them; ``dZ1`` is the cotangent of Z1. A labelled node is not folded into the sum that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from autodiff.engine.errors import did_you_mean
from autodiff.labels import Place, ValueArray, gather
from autodiff.lifting.find.roles import CONSTANT, Bools
from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.plan import Kept, Part
from autodiff.lifting.record import Floats, Ints, Tape

__all__ = ["Asked", "Places", "asked_for", "find_kept"]


@dataclass(frozen=True)
class Asked:
    """What was asked for, before formulas are found.

    Attributes:
        names: of arrays to keep.
        labelled: name -> the tape's ids of the nodes that are labelled as its elements, in its shape.
        known: all names that labels of the graph's nodes give.
    """

    names: Sequence[str] = ()
    labelled: Mapping[str, Ints] = field(default_factory=dict)
    known: Iterable[str] = ()

    def alone(self, tape: Tape, outputs: Ints) -> Bools | None:
        """(N,) whether each node must be computed by itself; None if no one must."""
        ids = [outputs, *(ids.ravel() for ids in self.labelled.values())]
        return np.isin(np.arange(len(tape)), np.concatenate(ids)) if any(map(len, ids)) else None


def asked_for(names: Iterable[str] | Mapping[str, ValueArray], tape: Tape) -> Asked:
    """The nodes that ``names`` label in the graph of ``tape``, or that they are mapped to.

    Raises:
        TypeError: if ``names`` are not names.
        ValueError: for two nodes of one label, and for arrays that lack elements.
    """
    if isinstance(names, Mapping):
        ids = {name: [tape.ids[value] for value in nodes.ravel().tolist()] for name, nodes in names.items()}
        shaped = {name: np.array(ids[name], np.intp).reshape(nodes.shape) for name, nodes in names.items()}
        return Asked([*names], shaped)
    if isinstance(names, str):
        raise TypeError(f"keep is a list of names, as in keep=[{names!r}]")
    names = list(dict.fromkeys(names))
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"keep holds names, such as 'Z1' or 'dZ1', got {name!r:.60}")
    if not names:
        return Asked()
    wanted = {*names, *(name[1:] for name in names if name.startswith("d"))}
    nodes = [value for value in tape.ids if value.op and value.label]
    arrays = gather(value for value in nodes if Place.of(value.label).array in wanted)
    labelled = {
        name: np.array([tape.ids[value] for value in array.ravel().tolist()]).reshape(array.shape)
        for name, array in arrays.items()
    }
    return Asked(names, labelled, {Place.of(value.label).array for value in nodes})


class Places:
    """Where the tape's nodes lie in a program's buffers.

    Args:
        tape: of the program.
        kind: (N,) of each node, see ``Folded``.
        blocks: all, the constants' first.
        leaf_ids: the ids of the elements of each leaf array, in the order of the blocks after that.
        formulas: of the program.
        constants: the numbers of the constants' block.

    Attributes:
        blocks: as given.
        position: (N,) where each node's value lies, -1 where it has no place.
        varies: (N,) in which of the two buffers.
    """

    def __init__(
        self,
        tape: Tape,
        kind: Ints,
        blocks: Sequence[Block],
        leaf_ids: Sequence[Ints],
        formulas: Sequence[Formula],
        constants: Floats,
    ) -> None:
        self.blocks = blocks
        self.ids: dict[Block, Ints] = dict(zip(blocks[1:], leaf_ids))
        self.ids.update((formula.block, formula.nodes) for formula in formulas if len(formula.nodes))
        self.position = np.full(len(tape), -1)
        self.varies = np.zeros(len(tape), dtype=bool)
        for block, ids in self.ids.items():
            there = ids >= 0
            self.position[ids[there]] = block.start + np.flatnonzero(there)
            self.varies[ids[there]] = block.varies
        fixed = np.flatnonzero(kind == CONSTANT)
        where = {number: place for place, number in enumerate(constants.tolist(), blocks[0].start)}
        self.position[fixed] = [where.get(number, -1) for number in tape.data[fixed].tolist()]

    def block_numbers(self, ids: Ints) -> Ints:
        """For each of some nodes the number of its block in ``blocks``."""
        position, varies = self.position[ids], self.varies[ids]
        numbers = np.full(ids.shape, -1)
        for number, block in enumerate(self.blocks):
            here = (position >= block.start) & (position < block.start + block.size)
            numbers[here & (varies == block.varies)] = number
        return numbers

    def of_block(self, block: Block) -> Kept:
        """All of a block."""
        positions = block.start + np.arange(block.size)
        ids = self.ids.get(block, np.full(block.size, -1))
        part = Part(np.arange(block.size), positions, block.varies)
        return Kept("", block.shape, False, (part,), frozenset({block}), ids)

    def of_blocks(self, blocks: Sequence[Block]) -> Kept:
        """All of some blocks of one shape, one after the other."""
        ids = np.concatenate([self.ids.get(block, np.full(block.size, -1)) for block in blocks])
        positions = np.concatenate([block.start + np.arange(block.size) for block in blocks])
        part = Part(np.arange(len(positions)), positions, blocks[0].varies)
        return Kept("", (len(blocks), *blocks[0].shape), False, (part,), frozenset(blocks), ids)

    def of_nodes(self, ids: Ints) -> Kept:
        """Nodes that may lie anywhere, in the shape of ``ids``."""
        flat = ids.ravel()
        position, varies = self.position[flat], self.varies[flat]
        parts, blocks = [], set()
        for side in (False, True):
            places = np.flatnonzero(varies == side)
            if places.size:
                parts.append(Part(places, position[places], side))
            for block in self.blocks:
                inside = (position[places] >= block.start) & (position[places] < block.start + block.size)
                if block.varies == side and inside.any():
                    blocks.add(block)
        return Kept("", ids.shape, False, tuple(parts), frozenset(blocks), flat)


def find_kept(asked: Asked, places: Places, series: Mapping[str, Sequence[Block | None]]) -> list[Kept]:
    """Where the arrays that were asked for lie.

    Args:
        asked: what was asked for.
        places: of the program.
        series: by the name of what the steps of a loop fill, the block of each step.

    Raises:
        ValueError: for a name that there is not, and for the cotangent of what has none.
    """
    leaves = {block.name: block for block in places.blocks if block.role in ("parameter", "input")}
    listed = {block.symbol: block for block in places.blocks if block.symbol}

    def of(name: str) -> Kept | None:
        if name in leaves:
            return places.of_block(leaves[name])
        if name in asked.labelled:
            return places.of_nodes(asked.labelled[name])
        if name in series:
            return places.of_blocks(_whole(name, series[name]))
        return places.of_block(listed[name]) if name in listed else None

    kept = []
    for name in asked.names:
        values = of(name)
        cotangents = of(name[1:]) if values is None and name.startswith("d") else None
        if values is not None:
            kept.append(values.called(name))
        elif cotangents is not None:
            _check_cotangents(name, cotangents)
            kept.append(cotangents.called(name, cotangent=True))
        else:
            known = {*leaves, *asked.known, *series, *listed}
            hint = did_you_mean(name, [*known, *(f"d{each}" for each in known)])
            raise ValueError(
                f"there is no array {name!r} to keep; "
                + (
                    hint
                    or "print(program) lists the names, and labels of nodes, such as 'Z1[0,1]', give others"
                )
            )
    return kept


def _whole(name: str, steps: Sequence[Block | None]) -> list[Block]:
    """The blocks of all steps."""
    missing = [number for number, block in enumerate(steps, 1) if block is None]
    if missing:
        raise ValueError(
            f"{name}[{missing[0]}] is computed together with other numbers, so {name!r} cannot be kept; "
            "give its nodes labels to keep it"
        )
    return [block for block in steps if block is not None]


def _check_cotangents(name: str, kept: Kept) -> None:
    if any(block.role in ("constant", "numbers") for block in kept.blocks):
        raise ValueError(f"{name[1:]!r} depends on no parameter and no input, so {name!r} is not computed")
    if len(kept.parts) > 1:
        raise ValueError(
            f"some elements of {name[1:]!r} have a value for each sample and some have one for all, "
            f"so {name!r} is no array; give them labels of different arrays"
        )
