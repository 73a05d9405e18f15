"""The formulas of a program while things are looked for in them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autodiff.lifting.find.named.moving import in_one_piece, with_accesses
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Access, Block, Formula, Segment, blocks_read
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.things import Thing

__all__ = ["NEAR", "Formulary", "Term", "is_whole"]

NEAR = 1e-13  # how far sums of numbers that are equal may be apart, relatively


@dataclass(frozen=True)
class Term:
    """A segment of a sum that is read term by term: Σₜ coefficient·x·z.

    Attributes:
        segment: as it stands in the formula.
        x: positions of the first factor, laid out (size of the block, T).
        coefficient: (size of the block, T); times the second factor, where that is a plain number.
        plain: whether the second factor is a plain number, or there is none.
    """

    segment: Segment
    x: Ints
    coefficient: Floats
    plain: bool


class Formulary:
    """Formulas in the order in which they run, and the things that some of them compute.

    Args:
        formulas: as they were recognised.
        places: of their numbers.
        needs: the blocks whose cotangents are asked for.
        held: blocks that cannot become steps, since somebody asks for them or their cotangents.
    """

    def __init__(
        self,
        formulas: Sequence[Formula],
        places: Placement,
        needs: Collection[Block],
        held: Collection[Block],
    ) -> None:
        self.formulas = list(formulas)
        self.places, self.needs, self.held = places, needs, held
        self.made = {formula.block: formula for formula in formulas}  # by the block they fill
        self.things: dict[Block, Formula] = {}  # by the block that a thing's last step fills

    @property
    def state(self) -> tuple[list[Formula], dict[Block, Formula], dict[Block, Formula]]:
        """What has been found so far; what is assigned is taken up again."""
        return [*self.formulas], {**self.made}, {**self.things}

    @state.setter
    def state(self, state: tuple[list[Formula], dict[Block, Formula], dict[Block, Formula]]) -> None:
        self.formulas, self.made, self.things = state

    def filling(self, access: Access) -> Formula | None:
        """The formula whose block an access reads just as it lies."""
        block = access.block
        formula = self.made.get(block) if block is not None else None
        return formula if formula is not None and is_whole(access, formula.block) else None

    def name(
        self,
        formula: Formula,
        thing: Thing,
        operands: Sequence[Access],
        axes: tuple[int, ...],
        scale: float = 1.0,
        inner: Sequence[Access] = (),
        numbers: tuple[float, ...] = (),
    ) -> None:
        """Say that what ``formula`` computes is a thing of these operands."""
        self.things[formula.block] = Formula(
            formula.block,
            operands=tuple(operands),
            nodes=formula.nodes,
            thing=thing,
            axes=axes,
            scale=scale,
            inner=tuple(inner),
            numbers=numbers,
        )

    def number(self, access: Access) -> float | None:
        """The number that is read, if it is one of the constants."""
        if access.block is None or access.block.role != "constant":
            return None
        values = self.places.constants[access.positions - access.block.start]
        return float(values.flat[0]) if values.size and (values == values.flat[0]).all() else None

    def insert_after(self, formula: Formula, block: Block) -> None:
        """A further formula, to run right after the one that fills ``block``."""
        self.formulas.insert(1 + self.formulas.index(self.made[block]), formula)
        self.made[formula.block] = formula

    def insert_before(self, formula: Formula, other: Formula) -> None:
        """A further formula, to run right before another."""
        self.formulas.insert(self.formulas.index(other), formula)
        self.made[formula.block] = formula

    def insert_first(self, formula: Formula) -> None:
        """A further formula, to run before all others."""
        self.formulas.insert(0, formula)
        self.made[formula.block] = formula

    def split(self, formula: Formula, segments: Sequence[Segment]) -> Formula:
        """Compute some segments of a sum by a formula of their own, which it then reads; if they are
        all there is of it, that is the formula itself."""
        rest = _without(formula.segments, segments)
        if not rest and not np.any(formula.bias):
            return formula
        block = self.places.new_block(formula.block.dims, formula.block.varies)
        part = Formula(block, segments=tuple(segments))
        self.formulas.insert(self.formulas.index(formula), part)
        self.made[block] = part
        self.read_instead(formula, segments, Segment("rows", self.whole(block), None))
        return part

    def read_instead(self, formula: Formula, segments: Sequence[Segment], segment: Segment) -> None:
        """Let a sum have one segment in place of others."""
        self.replace(formula, replace(formula, segments=(segment, *_without(formula.segments, segments))))

    def join(self, part: Formula) -> None:
        """Let a sum that alone reads all of a sum of one term, as it lies, have that term itself."""
        readers = [f for f in self.formulas if any(part.block in self.blocks_read(a) for a in f.accesses)]
        if len(readers) != 1 or part.block in self.held or readers[0].block in self.things:
            return
        (reader,) = readers
        (term,) = part.segments
        for segment in reader.segments if reader.op is None and reader.reduction == "add" else ():
            plain = segment.kind == "rows" and segment.z is None and isinstance(segment.coefficient, float)
            if plain and segment.x.shape == reader.block.dims and is_whole(segment.x, part.block):
                joined = replace(term, coefficient=segment.coefficient * term.coefficient)
                self.read_instead(reader, [segment], joined)
                return

    def move(self, block: Block, positions: Ints) -> None:
        """Let everything read other positions in place of a block without samples, which is gone then."""

        def anew(access: Access) -> Access:
            if access.varies or access.block not in (block, None):
                return access
            old = np.array(access.positions)
            here = (old >= block.start) & (old < block.start + block.size)
            new = old.copy()
            new[here] = positions[old[here] - block.start]
            return self.places.access(new, False)

        self.formulas.remove(self.made.pop(block))
        for formula in list(self.formulas):
            self.replace(formula, in_one_piece(with_accesses(formula, anew), self.places))
        self.things = {key: with_accesses(thing, anew) for key, thing in self.things.items()}

    def replace(self, old: Formula, new: Formula) -> None:
        """Another formula that fills the same block."""
        if old is not new:
            self.formulas[self.formulas.index(old)] = self.made[new.block] = new

    def whole(self, block: Block) -> Access:
        """All of a block as it lies."""
        return self.places.access(block.start + np.arange(block.size).reshape(block.dims), block.varies)

    def numbers(self, access: Access) -> Floats | None:
        """The plain numbers that an access reads, if it does that."""
        constants = self.places.blocks[0]
        if access.block is not constants:
            return None
        found: Floats = self.places.constants[access.positions - constants.start]
        return found

    def terms(self, formula: Formula) -> list[Term]:
        """The segments of a sum that are read term by term, each sum having as many as the next."""
        found = []
        size = formula.block.size
        for segment in formula.segments:
            if segment.kind == "rows" and segment.x.size:
                x = segment.x.positions.reshape(size, -1)
                numbers = self.numbers(segment.z) if segment.z is not None else None
                weights = segment.coefficient if numbers is None else segment.coefficient * numbers
                coefficient = np.broadcast_to(weights, segment.x.shape).reshape(x.shape)
                found.append(Term(segment, x, coefficient, segment.z is None or numbers is not None))
        return found

    def written(self) -> set[Block]:
        """The blocks that have a line of their own, and are no steps of a thing."""
        book = {formula.block: self.things.get(formula.block, formula) for formula in self.formulas}
        return self._read_by({self.formulas[-1].block, *self.held}, book)

    def result(self, as_step: Callable[[Formula], Formula]) -> list[Formula]:
        """The formulas to be read and differentiated, things with their steps; ``as_step`` says how a
        formula is computed whose own derivative nobody asks for."""
        self.things = {b: thing for b, thing in self.things.items() if not self._hides_what_is_held(thing)}
        if not self.things:
            return self.formulas
        book = {formula.block: self.things.get(formula.block, formula) for formula in self.formulas}
        wanted = self.written()
        inside = {each.block: as_step(each) for each in self.formulas if each.block not in wanted}
        waiting = {each.block: each for each in self.formulas if each.block in wanted}
        lines: list[Formula] = []

        def write(formula: Formula) -> None:
            """The line of a formula, after those of what it reads; a thing may read what is found later."""
            del waiting[formula.block]
            line = book[formula.block]
            inner = steps_of(formula) if line is not formula else []
            for block in self._blocks_read(line, formula, *inner):
                if block in waiting:
                    write(waiting[block])
            if line is not formula:
                steps = steps_of(formula)
                for step in steps:
                    del inside[step.block]
                line = replace(line, steps=(*steps, formula))
            lines.append(line)

        def steps_of(formula: Formula) -> list[Formula]:
            """What a thing takes besides the lines there are, and no thing before it took."""
            needed = self._read_by({formula.block}, {**inside, formula.block: formula})
            return [each for each in inside.values() if each.block in needed]

        for formula in self.formulas:
            if formula.block in waiting:
                write(formula)
        return lines

    def _blocks_read(self, *formulas: Formula) -> list[Block]:
        return [block for formula in formulas for a in formula.accesses for block in self.blocks_read(a)]

    def blocks_read(self, access: Access) -> list[Block]:
        """The blocks that an access reads from."""
        return blocks_read(access, self.places.blocks)

    def _hides_what_is_held(self, thing: Formula) -> bool:
        """Whether a thing's derivative goes past a block that is asked for."""
        ends = {block for access in thing.operands for block in blocks_read(access, self.places.blocks)}
        between = {block: formula for block, formula in self.made.items() if block not in ends}
        return any(block in self.held for block in self._read_by({thing.block}, between) - {thing.block})

    def _read_by(self, blocks: set[Block], formulas: dict[Block, Formula]) -> set[Block]:
        """These blocks and all that those formulas read for them."""
        found: set[Block] = set()
        waiting = [*blocks]
        while waiting:
            block = waiting.pop()
            if block in formulas and block not in found:
                found.add(block)
                waiting += self._blocks_read(formulas[block])
        return found


def _without(segments: Sequence[Segment], others: Sequence[Segment]) -> tuple[Segment, ...]:
    return tuple(each for each in segments if all(each is not other for other in others))


def is_whole(access: Access, block: Block) -> bool:
    """Whether an access reads all of a block, as it lies."""
    return (
        access.block is block
        and access.shape == block.dims
        and bool((access.positions.ravel() == block.start + np.arange(block.size)).all())
    )
