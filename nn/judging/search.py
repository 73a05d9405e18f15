"""The mistake behind wrong gradients, searched for over the edits of the right formulas.

The first wrong quantity of the backward pass is blamed; what comes later is right given that. An edit is
the mistake if it gives the numbers of all quantities that are wrong, and leaves those right that are right,
on every example. A factor needs no search: all that comes later is linear in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from autodiff.lifting.formula import Block
from nn.judging.formula_edits import edits_of
from nn.judging.joint_edits import joint_places
from nn.judging.lifted_backward import Change, Flow, LiftedBackward, Unmakeable
from nn.judging.passes import Floats
from nn.judging.places import FormulaEdit, Place, places
from nn.judging.trials import Trial

__all__ = ["Case", "Mistake", "Search"]

WORK = 40_000  # shares of cotangents that are computed, about two seconds: the same on every machine
LONGEST = 30.0  # seconds of the processor, should each share be of many numbers
MOST = 3  # mistakes in one backward pass
RANKS = (0, 1, 2)  # of edits
Grads = Mapping[str, Floats]
Pair = tuple[Grads | None, Grads | None]


@dataclass(frozen=True)
class Case:
    """One example.

    Attributes:
        trial: it.
        lifted: the right backward pass.
        given: what was returned, by quantity.
        agrees: whether numbers by a quantity are those that were returned, to rounding.
    """

    trial: Trial
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
    """A search over the edits of one backward pass, of a limited length.

    Args:
        right: the quantities that are right, and have to stay so.
        factor_name: what a factor is called, and a sentence; None for one that is nothing special.
        work: how many shares may be computed; what is found does not depend on the time that this takes.

    Attributes:
        found: the mistakes so far.
        work: how many shares were computed.
        has_norms: whether norms can be taken in steps.
        order: the quantities, in the order of the backward pass.
    """

    def __init__(
        self,
        cases: Sequence[Case],
        right: Sequence[str],
        factor_name: Callable[[float], tuple[str, str] | None],
        work: int = WORK,
    ) -> None:
        self.cases, self.right, self.factor_name = cases, right, factor_name
        self.work, self._most = 0, work
        self._end = time.process_time() + LONGEST
        lifted = cases[0].lifted
        every = [*places(lifted), *joint_places(lifted)]
        self.places = {place: _reached(lifted, place) for place in every}
        self.has_norms = lifted.has_norms
        self.found: list[Mistake] = []
        self._known: dict[Place, list[FormulaEdit]] = {}
        self._flows: dict[int, Flow | None] = {}
        self._agreeing: dict[tuple[Place, FormulaEdit], frozenset[str]] = {}
        self._numbers: dict[tuple[int, Place, FormulaEdit | None], Grads | None] = {}
        blocks = [block for share in lifted.shares for block in lifted.plan.blocks_read(share.access)]
        reached = [block.name for block in blocks if block.role == "parameter"]
        self.order = [*dict.fromkeys([*reached, *cases[0].given])]

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
            for known in (self._flows, self._agreeing, self._numbers):
                known.clear()
            left = [name for name in left if name not in best.explains]

    def of(self, name: str) -> Mistake | None:
        """The mistake that explains a quantity."""
        return next((each for each in self.found if name in each.explains), None)

    def grads(self, case: Case) -> Grads:
        """The gradients of an example, with the mistakes found so far."""
        grads = self._grads(case.lifted)
        assert grads is not None
        return grads

    def best(self, left: Sequence[str], least: int) -> Mistake | None:
        """The mistake that explains most of what is left, the simplest of these."""
        kept = {*self.right, *(name for each in self.found for name in each.explains)}
        taken = {each.place for each in self.found}
        open_ = [
            (place, frozenset(reached & {*left}))
            for place, reached in self.places.items()
            if reached & {*left} and not reached & kept and place not in taken
        ]
        best: Mistake | None = None
        every: list[Callable[[Place, Sequence[str]], Iterator[Mistake]]]
        every = [partial(self._scaled, forgotten=True), self._scaled]
        every += [partial(self._edited, rank=rank) for rank in RANKS]
        for tries in every:
            for place, names in open_:
                if best is not None and len(names) <= len(best.explains):
                    continue
                for each in tries(place, sorted(names)):
                    if len(each.explains) >= least and (
                        best is None or len(each.explains) > len(best.explains)
                    ):
                        best = each
                        if len(best.explains) == len(names):
                            break
                if self._is_over():
                    return best
        return best

    def _is_over(self) -> bool:
        return self.work > self._most or time.process_time() > self._end

    def _edited(self, place: Place, names: Sequence[str], rank: int) -> Iterator[Mistake]:
        """What gives the numbers of some quantities, of edits of one rank."""
        for edit in self._edits(place):
            if edit.rank != rank:
                continue
            if self._is_over():
                return
            if edit.added or edit.scaled:
                yield from self._with_a_factor(place, edit, names)
                continue
            explains = self._explained(place, edit) & {*names}
            if explains:
                made = edit.each or (edit.made,)
                yield self._mistake(place, edit.name, edit.text, explains, 1.0, made)

    def _edits(self, place: Place) -> list[FormulaEdit]:
        if place not in self._known:
            self._known[place] = [*edits_of(self.cases[0].lifted, place)]
        return self._known[place]

    @property
    def _base(self) -> list[tuple[Place, tuple[Change, ...]]]:
        return [(each.place, each.made) for each in self.found]

    def _explained(self, place: Place, edit: FormulaEdit) -> frozenset[str]:
        """The quantities whose numbers an edit gives, on every example."""
        if (place, edit) not in self._agreeing:
            left = self._open(place)
            for case in self.cases:
                grads = self._grads(case.lifted, place, edit.each or (edit.made,))
                left = {name for name in left if grads is not None and case.agrees(name, grads[name])}
                if not left:
                    break
            self._agreeing[place, edit] = frozenset(left)
        return self._agreeing[place, edit]

    def _open(self, place: Place) -> set[str]:
        """The quantities that a place has to do with, which are wrong, and that nothing explains so far."""
        explained = {name for each in self.found for name in each.explains}
        return (self.places[place] & {*self.cases[0].given}) - explained

    def _scaled(self, place: Place, names: Sequence[str], forgotten: bool = False) -> Iterator[Mistake]:
        """All that is given at a place times a factor; or only where that makes up for one that is there."""
        if place.kind or (forgotten and not self._coefficient(place)):
            return

        def pair(number: int) -> Pair:
            return self._nothing_at(number, place), self._grads(self.cases[number].lifted)

        c = self._factor(pair(0), names)
        if c is None or abs(c - 1.0) < 1e-6:
            return
        c = 0.0 if abs(c) < 1e-6 else c
        if forgotten and abs(c * self._coefficient(place) - 1.0) > 1e-6:
            return
        explains = self._with(pair, names, c)
        named = self.factor_name(c)
        alone = bool(place.shares) and place.of < 0
        if explains and alone and c == 0.0:
            named = "= for +=", "is not added up: of all its parts one is left. Add them up, += for ="
        elif alone:
            return
        if explains and named is not None:
            block = self._called(place)
            text = f"d{block} {named[1]}"
            if block == self.cases[0].lifted.plan.root.name:
                text = f"Each of them {named[1]}"
                if abs(c + 1.0) < 1e-3:
                    text += ", or add it to what it is by: it is the direction of descent"
            elif place.shares and not alone:
                above = self.cases[0].lifted.plan.formulas[place.of].block.name
                text = f"What d{block} gets of d{above} {named[1]}"
                if named[0] == "zero":
                    named = f"the part of d{above} missing", ""
                    text = f"d{block} lacks what comes from d{above}"
                    if above == self.cases[0].lifted.plan.root.name:  # of a layer
                        named = f"the cotangent of {block} missing", ""
                        text = f"d{block} lacks what the layer is given for {block}: add it"
            made = tuple(_times(c) for _ in place.shares or (0,))
            yield self._mistake(place, named[0], text, explains, c, made)

    def _coefficient(self, place: Place) -> float:
        """The factor, other than 1, that a share has in its formula; 0.0 if there is none."""
        lifted = self.cases[0].lifted
        block = lifted.plan.blocks[place.block]
        shares = [lifted.shares[number] for number in place.shares]
        segments = [each.segment for each in shares if each.segment is not None]
        if not place.shares:
            segments = [s for f in lifted.backward if f.block is block for s in f.segments]
        found = {each.coefficient for each in segments if isinstance(each.coefficient, float)}
        c = found.pop() if len(found) == 1 and len(segments) >= 1 else 1.0
        return c if c != 1.0 else 0.0

    def _with_a_factor(self, place: Place, edit: FormulaEdit, names: Sequence[str]) -> Iterator[Mistake]:
        """An edit times a factor, which comes on top of what is right, or takes its place."""

        def made(c: float) -> Change:
            return lambda flow: (flow.now if edit.added else 0.0) + c * _number(edit.made(flow))

        def pair(number: int) -> Pair:
            right = self._grads(self.cases[number].lifted) if edit.added else None
            one = self._open_grads(number, place, edit, (made(1.0),))
            return right or self._nothing_at(number, place), one

        c = self._factor(pair(0), names)
        if c is None or abs(c) < 1e-9:
            return
        if edit.scaled and abs(c - 1.0) > 1e-6 and self.factor_name(c) is None:
            return
        explains = self._with(pair, names, c)
        if explains:
            yield self._mistake(place, edit.name, edit.text, explains, c, (made(c),))

    def _nothing_at(self, number: int, place: Place) -> Grads | None:
        """The gradients of an example if nothing is given at a place."""
        return self._open_grads(number, place, None, tuple(_zero for _ in place.shares or (0,)))

    def _open_grads(
        self, number: int, place: Place, edit: FormulaEdit | None, made: tuple[Change, ...]
    ) -> Grads | None:
        """The gradients of an example that are wrong and that nothing explains so far, with a change that an
        edit makes; they are computed once."""
        key = number, place, edit
        if key not in self._numbers:
            grads = self._grads(self.cases[number].lifted, place, made)
            self._numbers[key] = grads and {name: grads[name].copy() for name in self._open(place)}
        return self._numbers[key]

    def _factor(self, pair: Pair, names: Sequence[str]) -> float | None:
        """The c with given = zero + c·(one - zero) on the first example, by least squares."""
        zero, one = pair
        if zero is None or one is None:
            return None
        given = self.cases[0].given
        for name in names:
            with np.errstate(all="ignore"):  # what a mistake would give need not be finite
                direction, gap = one[name] - zero[name], given[name] - zero[name]
                size = float(np.sum(direction * direction))
            if gap.shape == direction.shape and size > 0.0 and np.isfinite(size):
                c = float(np.sum(direction * gap)) / size
                return c if np.isfinite(c) else None
        return None

    def _with(self, pair: Callable[[int], Pair], names: Sequence[str], c: float) -> frozenset[str]:
        """The quantities whose numbers the factor c gives, on every example."""
        left = [*names]
        for number, case in enumerate(self.cases):
            zero, one = pair(number) if left else (None, None)
            if zero is None or one is None:
                return frozenset()
            with np.errstate(all="ignore"):
                left = [n for n in left if case.agrees(n, zero[n] + c * (one[n] - zero[n]))]
        return frozenset(left)

    def flow(
        self, lifted: LiftedBackward, place: Place | None = None, made: tuple[Change, ...] = ()
    ) -> Flow | None:
        """The backward pass with the mistakes found so far, and another change; None if it cannot be made."""
        changes: dict[int | Block, Change] = {}
        for where, what in (*self._base, *([(place, made)] if place is not None else [])):
            keys: Sequence[int | Block] = where.shares or (lifted.plan.blocks[where.block],)
            changes.update(zip(keys, what))
        try:
            flow = lifted.flow(changes, self._so_far(lifted) if place is not None else None)
        except (Unmakeable, ValueError, IndexError):
            self.work += 1
            return None
        self.work += 1 + flow.work
        return flow

    def _so_far(self, lifted: LiftedBackward) -> Flow | None:
        """The backward pass with the mistakes found so far."""
        if id(lifted) not in self._flows:
            self._flows[id(lifted)] = self.flow(lifted)
        return self._flows[id(lifted)]

    def _grads(
        self, lifted: LiftedBackward, place: Place | None = None, made: tuple[Change, ...] = ()
    ) -> Grads | None:
        flow = self._so_far(lifted) if place is None else self.flow(lifted, place, made)
        return None if flow is None else flow.grads

    def _called(self, place: Place) -> str:
        """The block whose cotangent gets wrong, or the gate that is the part of it to which all shares go."""
        lifted = self.cases[0].lifted
        gates = {lifted.shares[number].to for number in place.shares}
        return gates.pop() if len(gates) == 1 else lifted.plan.blocks[place.block].name

    def _mistake(
        self,
        place: Place,
        name: str,
        text: str,
        explains: frozenset[str],
        factor: float,
        made: tuple[Change, ...],
    ) -> Mistake:
        lifted, block = self.cases[0].lifted, self._called(place)
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
