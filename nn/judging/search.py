"""The mistake behind wrong gradients, searched for over the edits of the right formulas.

The first wrong quantity of the backward pass is blamed; what comes later is right given that. An edit is
the mistake if it gives the numbers of all quantities that are wrong, and leaves those right that are right,
on every example. A factor needs no search: all that comes later is linear in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from autodiff.lifting.formula import Block
from nn.judging.formula_edits import edits_of
from nn.judging.lifted_backward import Change, Flow, LiftedBackward, Unmakeable
from nn.judging.passes import Floats
from nn.judging.places import FormulaEdit, Place, places

__all__ = ["Case", "Mistake", "Search"]

BUDGET = 2.0  # seconds
MOST = 3  # mistakes in one backward pass
Grads = Mapping[str, Floats]


@dataclass(frozen=True)
class Case:
    """One example.

    Attributes:
        lifted: the right backward pass.
        given: what was returned, by quantity.
        agrees: whether numbers by a quantity are those that were returned, to rounding.
    """

    lifted: LiftedBackward
    given: Grads
    agrees: Callable[[str, Floats], bool]


@dataclass(frozen=True)
class Mistake:
    """An edit that gives the numbers that were returned.

    Attributes:
        block: whose cotangent is wrong.
        name, text: of the mistake.
        explains: the quantities that are wrong by it.
        factor: by which the edit comes besides; 1.0 for none.
        right: how the cotangent should be, as ``dZ1 = …``; "" if there is no such line.
    """

    block: str
    name: str
    text: str
    explains: frozenset[str]
    factor: float
    right: str
    place: Place = field(repr=False)
    made: tuple[Change, ...] = field(repr=False)


class Search:
    """A search over the edits of one backward pass, for a limited time.

    Args:
        right: the quantities that are right, and have to stay so.
        factor_name: what a factor is called, and a sentence; None for one that is nothing special.

    Attributes:
        found: the mistakes so far.
        order: the quantities, in the order of the backward pass.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        right: Sequence[str],
        factor_name: Callable[[float], tuple[str, str] | None],
        budget: float = BUDGET,
    ) -> None:
        self.cases, self.right, self.factor_name = cases, right, factor_name
        self.until = time.monotonic() + budget
        lifted = cases[0].lifted
        self.places = [(place, _reached(lifted, place)) for place in places(lifted)]
        self.found: list[Mistake] = []
        blocks = [block for share in lifted.shares for block in lifted.plan.blocks_read(share.access)]
        self.order = [*dict.fromkeys(block.name for block in blocks if block.role == "parameter")]

    def explain(self, wrong: Sequence[str], least: int = 1) -> None:
        """Find mistakes until all is explained, or no edit gives the numbers.

        Args:
            wrong: quantities.
            least: how many of them a mistake has to explain.
        """
        left = [*wrong]
        while len(left) >= least and len(self.found) < MOST:
            best = self.best(left, least)
            if best is None:
                break
            self.found.append(best)
            left = [name for name in left if name not in best.explains]

    def of(self, name: str) -> Mistake | None:
        """The mistake that explains a quantity."""
        return next((each for each in self.found if name in each.explains), None)

    def grads(self, number: int) -> Grads:
        """The gradients of an example, with the mistakes found so far."""
        grads = self._grads(self.cases[number].lifted, [(each.place, each.made) for each in self.found])
        assert grads is not None
        return grads

    def best(self, left: Sequence[str], least: int) -> Mistake | None:
        """The mistake that explains most of what is left, the simplest of these."""
        found = self.found
        kept = {*self.right, *(name for each in found for name in each.explains)}
        base = [(each.place, each.made) for each in found]
        best: Mistake | None = None
        for place, reached in self.places:
            if not reached & {*left} or reached & kept or any(place == each.place for each in found):
                continue
            if best is not None and len(reached & {*left}) <= len(best.explains):
                continue
            for each in self._at(place, sorted(reached & {*left}), base):
                if len(each.explains) >= least and (best is None or len(each.explains) > len(best.explains)):
                    best = each
                if best is not None and len(best.explains) == len(reached & {*left}):
                    break
            if time.monotonic() > self.until:
                break
        return best

    def _at(
        self, place: Place, names: Sequence[str], base: Sequence[tuple[Place, tuple[Change, ...]]]
    ) -> Iterator[Mistake]:
        lifted = self.cases[0].lifted
        yield from self._scaled(place, names, base)
        for edit in edits_of(lifted, place):
            if time.monotonic() > self.until:
                return
            if edit.added:
                yield from self._added(place, edit, names, base)
                continue
            explains = self._explained(names, base, place, edit.made)
            if explains:
                yield self._mistake(place, edit.name, edit.text, explains, 1.0, (edit.made,))

    def _explained(
        self,
        names: Sequence[str],
        base: Sequence[tuple[Place, tuple[Change, ...]]],
        place: Place,
        made: Change,
    ) -> frozenset[str]:
        """The quantities whose numbers an edit gives, on every example."""
        left = [*names]
        for case in self.cases:
            grads = self._grads(case.lifted, base, place, (made,))
            if grads is None:
                return frozenset()
            left = [name for name in left if case.agrees(name, grads[name])]
            if not left:
                break
        return frozenset(left)

    def _scaled(
        self, place: Place, names: Sequence[str], base: Sequence[tuple[Place, tuple[Change, ...]]]
    ) -> Iterator[Mistake]:
        """All that is given at a place times a factor."""
        none = tuple(_zero for _ in place.shares or (0,))
        pairs = [
            (self._grads(each.lifted, base, place, none), self._grads(each.lifted, base))
            for each in self.cases
        ]
        c = self._factor(pairs, names)
        if c is None or abs(c - 1.0) < 1e-6:
            return
        explains = self._agreeing(pairs, names, c)
        named = self.factor_name(c)
        if explains and named is not None:
            block = self.cases[0].lifted.plan.blocks[place.block].name
            text = f"d{block} {named[1]}"
            if place.shares:
                above = self.cases[0].lifted.plan.formulas[place.of].block.name
                text = f"what d{block} gets of d{above} {named[1]}"
            made = tuple(_times(c) for _ in place.shares or (0,))
            yield self._mistake(place, named[0], text, explains, c, made)

    def _added(
        self,
        place: Place,
        edit: FormulaEdit,
        names: Sequence[str],
        base: Sequence[tuple[Place, tuple[Change, ...]]],
    ) -> Iterator[Mistake]:
        plus: Change = lambda flow: flow.now + _number(edit.made(flow))  # noqa: E731
        pairs = [
            (self._grads(each.lifted, base), self._grads(each.lifted, base, place, (plus,)))
            for each in self.cases
        ]
        c = self._factor(pairs, names)
        if c is None or abs(c) < 1e-9:
            return
        explains = self._agreeing(pairs, names, c)
        if explains:
            made: Change = lambda flow: flow.now + c * _number(edit.made(flow))  # noqa: E731
            yield self._mistake(place, edit.name, edit.text, explains, c, (made,))

    def _factor(
        self, pairs: Sequence[tuple[Grads | None, Grads | None]], names: Sequence[str]
    ) -> float | None:
        """The c with given = zero + c·(one - zero) on the first example, by least squares."""
        zero, one = pairs[0]
        if zero is None or one is None:
            return None
        given = self.cases[0].given
        for name in names:
            direction, gap = one[name] - zero[name], given[name] - zero[name]
            size = float(np.sum(direction * direction))
            if gap.shape == direction.shape and size > 0.0 and np.isfinite(size):
                c = float(np.sum(direction * gap)) / size
                return c if np.isfinite(c) else None
        return None

    def _agreeing(
        self, pairs: Sequence[tuple[Grads | None, Grads | None]], names: Sequence[str], c: float
    ) -> frozenset[str]:
        left = [*names]
        for case, (zero, one) in zip(self.cases, pairs):
            if zero is None or one is None:
                return frozenset()
            left = [n for n in left if case.agrees(n, zero[n] + c * (one[n] - zero[n]))]
        return frozenset(left)

    def _grads(
        self,
        lifted: LiftedBackward,
        base: Sequence[tuple[Place, tuple[Change, ...]]],
        place: Place | None = None,
        made: tuple[Change, ...] = (),
    ) -> Grads | None:
        changes: dict[int | Block, Change] = {}
        for where, what in (*base, *([(place, made)] if place is not None else [])):
            keys: Sequence[int | Block] = where.shares or (lifted.plan.blocks[where.block],)
            changes.update(zip(keys, what))
        try:
            return lifted.flow(changes).grads
        except (Unmakeable, ValueError, IndexError):
            return None

    def _mistake(
        self,
        place: Place,
        name: str,
        text: str,
        explains: frozenset[str],
        factor: float,
        made: tuple[Change, ...],
    ) -> Mistake:
        lifted = self.cases[0].lifted
        block = lifted.plan.blocks[place.block].name
        return Mistake(block, name, text, explains, factor, lifted.lines.get(block, ""), place, made)


def _reached(lifted: LiftedBackward, place: Place) -> set[str]:
    if not place.shares:
        return lifted.reached(lifted.plan.blocks[place.block])
    return {name for number in place.shares for name in lifted.reached(number)}


def _zero(flow: Flow) -> Floats:
    return np.zeros_like(flow.now)


def _times(c: float) -> Change:
    return lambda flow: c * flow.now


def _number(made: Floats | None) -> Floats:
    if made is None:
        raise Unmakeable
    return made
