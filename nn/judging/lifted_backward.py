"""The backward pass of their forward pass, share by share, so that a single share can be another one.

Their forward pass is recorded and lifted to formulas. Each formula hands its operands their shares of its
cotangent: of Z = W·X + b, W gets dZ·Xᵀ, X gets Wᵀ·dZ, b gets dZ. Here these shares are computed one by one,
so that one of them, or a whole cotangent, can be replaced by what a mistake would give; what comes later
in the backward pass then follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autodiff.arrays import leaves
from autodiff.engine.value import Value
from autodiff.lifting.arguments import Leaf
from autodiff.lifting.entry import lift_leaves
from autodiff.lifting.find.gradients import needing_gradient
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.plan import Plan
from autodiff.lifting.program import Program
from autodiff.lifting.record import Ints
from autodiff.lifting.rolled.gates import with_gates
from autodiff.lifting.write.listing import Listing
from nn.judging.passes import Floats
from nn.judging.shares import Share, evaluated, left_factor, shares_of, spread
from nn.judging.taping import graph
from nn.judging.ways import Way

__all__ = ["Change", "Flow", "LiftedBackward", "Unmakeable", "atoms", "lifted_backward", "right_share"]


Change = Callable[["Flow"], Floats | None]
"""What a mistake gives in place of a share or a cotangent; None where it cannot be made."""


class LiftedBackward:
    """The backward pass of one example.

    Args:
        program: of their forward pass.
        inputs: its inputs, by name.
        layer: whether its root is Σ dout ⊙ out.
        in_steps: take norms step by step, and not each as a whole.

    Attributes:
        values: of all blocks, by position.
        shares: in the order of the backward pass.
        right: the cotangents, by position.
        first: the same of the first example.
        samples: their number; 1.0 where it is not known.
        has_norms: whether it can be taken in more steps.
        lines: what the right cotangents are, by the names of their blocks, as ``dZ1 = …``.
        gates: what parts of arrays are called there, and their positions.
    """

    def __init__(
        self, program: Program, inputs: Mapping[str, Floats], layer: bool = False, in_steps: bool = False
    ) -> None:
        self.plan = _in_steps(program.plan) if in_steps else program.plan
        self.layer, self.has_norms = layer, any(formula.inner for formula in program.plan.formulas)
        program(**inputs)
        self.values: Floats = np.array(program.run_for(1).buffers.values[0], dtype=np.float64)
        for name, array in inputs.items():  # a run may have read them where they are
            block = next(each for each in self.plan.with_role("input") if each.name == name)
            self.values[block.start : block.start + block.size] = np.ravel(array)
        listing = Listing(program.plan, len(program))
        self.lines = {line.target.removeprefix("d"): line.text for line in listing.backward}
        self.gates = self._gates()
        self.backward = [*self.plan.formulas][::-1]
        self.shares = [
            replace(share, to=self.name(share.access))
            for formula in self.backward
            if formula.block in self.plan.needs
            for share in shares_of(formula)
            if self.plan.needs.intersection(self.plan.blocks_read(share.access))
        ]
        self.first = self
        self.samples = 1.0
        of_blocks = [*(formula.block for formula in self.backward), *self.plan.with_role("parameter")]
        self._when = {block: number for number, block in enumerate(of_blocks)}
        self._goes_to = [frozenset(self.plan.blocks_read(share.access)) for share in self.shares]
        self._read: dict[int, Floats] = {}
        self._after: dict[frozenset[int | Block], After] = {}
        self.everything = After(frozenset(range(len(self.shares))), (), self._steps(range(len(self.shares))))
        self._right = Flow(self, {})
        self.right = self._right.cotangents
        self._write_relu_as_usual()

    def _gates(self) -> dict[str, Ints]:
        """The first of them is called as the whole array is, where the listing never has that: A_0 here."""
        gated, _, where = with_gates(self.plan)
        new = [each for each in gated.blocks if not each.varies and each.start >= self.plan.sizes[False]]
        both = {block.name for block in self.plan.blocks} & {gate.name for gate in new}
        if both:
            first = re.compile(rf"\b(d?)({'|'.join(map(re.escape, both))})\b")
            called = {first.sub(r"\1\2_0", name): text for name, text in self.lines.items()}
            self.lines = {name: first.sub(r"\1\2_0", text) for name, text in called.items()}
        return {
            f"{gate.name}_0" if gate.name in both else gate.name: where[
                gate.start : gate.start + gate.size
            ].reshape(gate.dims)
            for gate in new
        }

    def _write_relu_as_usual(self) -> None:
        """The line of relu, whose slope is a step or that of a maximum, with Z > 0 in it."""
        for formula in self.plan.formulas:
            names = {each.block.symbol for each in formula.operands if each.block is not None}
            if formula.op is not None and formula.op.name in ("relu", "maximum", "at_least"):
                above = f"d{formula.block.symbol}"
                for name in names:
                    if self.lines.get(name, "").startswith(f"d{name} = {above} ⊙ "):
                        self.lines[name] = f"d{name} = {above} ⊙ ({name} > 0)"

    def block(self, buffer: Floats, block: Block) -> Floats:
        """A whole block of a buffer."""
        return buffer[block.start : block.start + block.size].reshape(block.dims)

    def name(self, access: Access) -> str:
        """What an operand is called: a gate, if it is all of one, and else the block; "" for several."""
        if access.block is None:
            return ""
        read = np.unique(access.positions)
        of_gates = (name for name, positions in self.gates.items() if np.array_equal(read, positions.ravel()))
        return next(of_gates, access.block.name)

    def like_gate(self, gate: str) -> dict[str, Ints]:
        """The positions of all other arrays and gates of a gate's shape; none if it is no gate."""
        if gate not in self.gates:
            return {}
        blocks = (each for each in self.plan.blocks if each.role != "constant" and each.name)
        arrays = {each.name: each.start + np.arange(each.size).reshape(each.dims) for each in blocks}
        shape = self.gates[gate].shape
        return {n: at for n, at in {**arrays, **self.gates}.items() if n != gate and at.shape == shape}

    def index(self, formula: Formula) -> int:
        """The number of a formula."""
        return next(i for i, each in enumerate(self.plan.formulas) if each is formula)

    def is_like(self, other: LiftedBackward) -> bool:
        """Whether it has the same formulas as that of another example, with other numbers."""
        return self._structure() == other._structure()

    def _structure(self) -> list[Any]:
        blocks = {block: i for i, block in enumerate(self.plan.blocks)}
        shares = [
            (share.kind, share.access.shape, blocks.get(share.access.block) if share.access.block else None)
            for share in self.shares
        ]
        return [[(block.name, block.dims) for block in self.plan.blocks], shares]

    def parts(self, block: Block) -> list[Ints]:
        """The elements of a block that a formula reads, where it does not read all of them."""
        read = [
            np.unique(access.positions) - block.start
            for formula in self.plan.formulas
            for access in formula.accesses
            if access.block is block
        ]
        return [*{tuple(each.tolist()): each for each in read if 0 < len(each) < block.size}.values()]

    def reached(self, place: int | Block) -> set[str]:
        """The parameters whose cotangents depend on a share, by its number, or on a cotangent."""
        if isinstance(place, Block):
            ahead, start = {place}, 0
        else:
            ahead, start = {*self.plan.blocks_read(self.shares[place].access)}, place
        for share in self.shares[start:]:
            if share.formula.block in ahead:
                ahead.update(self.plan.blocks_read(share.access))
        return {block.name for block in ahead if block.role == "parameter"}

    def flow(self, changes: Mapping[int | Block, Change] | None = None, like: Flow | None = None) -> Flow:
        """The backward pass, with changes of shares, by their numbers, and of cotangents, by their blocks.

        Args:
            like: the same with some of these changes; the right one if nothing is said.
        """
        return Flow(self, changes or {}, like or self._right)

    def after(self, changed: frozenset[int | Block]) -> After:
        """What depends on changes at these places."""
        if changed not in self._after:
            other = {each for each in changed if isinstance(each, Block)}
            computed: set[int] = set()
            for number, share in enumerate(self.shares):
                if number in changed or share.formula.block in other:
                    computed.add(number)
                    other |= self._goes_to[number]
            together = [blocks for blocks in self._goes_to if len(blocks) > 1]
            while any(blocks & other and not blocks <= other for blocks in together):
                other.update(*(blocks for blocks in together if blocks & other))
            added = [number for number, blocks in enumerate(self._goes_to) if blocks & other]
            self._after[changed] = After(frozenset(computed), tuple(other), self._steps(added))
        return self._after[changed]

    def _steps(self, numbers: Iterable[int]) -> list[tuple[Formula, list[int]]]:
        """The formulas in the order of the backward pass, with those of their shares that are wanted."""
        of_formula: dict[int, list[int]] = {id(formula): [] for formula in self.backward}
        for number in numbers:
            of_formula[id(self.shares[number].formula)].append(number)
        return [(formula, of_formula[id(formula)]) for formula in self.backward]

    def when(self, block: Block) -> int:
        """At which step of the backward pass the cotangent of a block is complete."""
        return self._when.get(block, len(self._when))

    def read(self, access: Access) -> Floats:
        """The values of an operand, not to be written to."""
        found = self._read.get(id(access))
        if found is None:
            found = self._read[id(access)] = np.array(self.values[access.positions])
            found.flags.writeable = False
        return found


@dataclass(frozen=True)
class After:
    """What depends on changes of a backward pass.

    Attributes:
        computed: the shares that do, by their numbers.
        other: the blocks whose cotangents do, and those that share a cotangent's place with them.
        steps: the formulas, and which of their shares are added to these blocks.
    """

    computed: frozenset[int]
    other: Sequence[Block]
    steps: Sequence[tuple[Formula, Sequence[int]]]


class Flow:
    """One backward pass, from the loss on.

    Args:
        like: the same pass with some of the changes: what does not depend on the others is that one's.

    Attributes:
        cotangents: of all blocks, by position.
        shares: all of them, by their numbers.
        formula, share, d: what is computed at present: whose cotangent d, or share of it.
        now: the cotangent or the share as it would be right.
        work: how many shares were computed.
    """

    def __init__(
        self, of: LiftedBackward, changes: Mapping[int | Block, Change], like: Flow | None = None
    ) -> None:
        self.of, self.changes = of, changes
        if like is None:
            after = of.everything
            self.cotangents = np.zeros(len(of.values))
            self.shares: list[Floats] = [self.cotangents] * len(of.shares)
            of.block(self.cotangents, of.plan.root)[...] = 1.0
        else:
            known = like.changes
            after = of.after(frozenset(key for key, each in changes.items() if known.get(key) is not each))
            self.cotangents, self.shares = like.cotangents.copy(), [*like.shares]
            for block in after.other:
                of.block(self.cotangents, block)[...] = float(block is of.plan.root)
        self.work = len(after.computed)
        with np.errstate(all="ignore"):
            for self._step, (formula, numbers) in enumerate(after.steps):
                self.formula = formula
                self.d = of.block(self.cotangents, formula.block)
                if formula.block in changes and (like is None or formula.block in after.other):
                    self._change(formula.block)
                for number in numbers:
                    if number in after.computed:
                        self.shares[number] = self._share(number)
                    np.add.at(self.cotangents, of.shares[number].access.positions, self.shares[number])
            for self._step, block in enumerate(of.plan.with_role("parameter"), len(of.backward)):
                if block in changes and (like is None or block in after.other):
                    self._change(block)

    def _share(self, number: int) -> Floats:
        self.share = self.of.shares[number]
        self.now = right_share(self, self.share)
        return _made(self.changes[number], self) if number in self.changes else self.now

    def _change(self, block: Block) -> None:
        whole = self.of.block(self.cotangents, block)
        self.now = whole.copy()
        whole[...] = _made(self.changes[block], self)

    def is_complete(self, block: Block) -> bool:
        """Whether the cotangent of a block has been computed."""
        return self.of.when(block) <= self._step

    def read(self, access: Access) -> Floats:
        """The values of an operand."""
        return self.of.read(access)

    def value(self, block: Block) -> Floats:
        """The values of a block."""
        return self.of.block(self.of.values, block)

    def cotangent(self, block: Block) -> Floats:
        """The cotangent of a block, as far as it has been computed."""
        return self.of.block(self.cotangents, block)

    @property
    def grads(self) -> dict[str, Floats]:
        """By the names of the parameters."""
        return {block.name: self.cotangent(block) for block in self.of.plan.with_role("parameter")}


class Unmakeable(Exception):
    """An edit that cannot be made here."""


def _made(change: Change, flow: Flow) -> Floats:
    made = change(flow)
    if made is None:
        raise Unmakeable
    return np.broadcast_to(made, flow.now.shape)


def _in_steps(plan: Plan) -> Plan:
    """A plan with the steps of norms in place of them."""
    formulas = [
        step for formula in plan.formulas for step in (formula.steps if formula.inner else (formula,))
    ]
    for number, formula in enumerate(formulas, 1):
        if formula.block.name.startswith("a step of"):
            formula.block.name = f"step{number}"
    return replace(plan, formulas=formulas, needs=needing_gradient(formulas, plan.blocks, plan.wanted))


def atoms(flow: Flow, formula: Formula) -> dict[str, Any]:
    """What the symbols of a rule stand for."""
    read = (*formula.operands, *formula.inner)
    found: dict[str, Any] = {x: flow.read(access) for x, access in zip(formula.letters, read)}
    y, d = flow.value(formula.block), formula.scale * flow.d
    if formula.thing is not None and formula.block.dims not in ((), formula.operands[0].shape):
        y, d = np.expand_dims(y, formula.axes), np.expand_dims(d, formula.axes)
    return found | {"y": y, "d": d}


def right_share(flow: Flow, share: Share) -> Floats:
    """A share as it should be, of the shape of its access."""
    if share.rule is not None:
        made = evaluated(share.rule, atoms(flow, share.formula), share.formula.axes)
        return np.broadcast_to(made, share.access.shape)
    assert share.segment is not None
    if share.kind == "product":
        assert share.other is not None
        d = left_factor(flow.d, share)
        return np.asarray(share.segment.coefficient * (d @ flow.read(share.other)))
    d = spread(flow.d, share)
    made = share.segment.coefficient * d
    if share.other is not None:
        made = made * flow.read(share.other)
    if share.other is not None and share.segment.z is share.segment.x:
        made = 2.0 * made
    return np.broadcast_to(made, share.access.shape)


def lifted_backward(
    way: Way,
    arguments: Mapping[str, Any],
    wrt: Sequence[str],
    dout: Floats,
    called: str = "dout",
    in_steps: bool = False,
) -> LiftedBackward:
    """The backward pass of their forward pass for these arguments.

    Args:
        wrt: what gradients are of interest.
        dout: the cotangent of the output of a layer, and what it is called.
        in_steps: take norms step by step.

    Raises:
        Exception: whatever it is, where the forward pass cannot be recorded and lifted.
    """
    found, outputs = graph(way, arguments)
    names = [*wrt, *(name for name in found if name not in wrt)]
    roles = {name: "parameter" if name in wrt else "input" for name in names}
    places = [Leaf(name, found[name], roles[name]) for name in names]
    if way.layer:
        weights = np.asarray(leaves(called, np.reshape(dout, outputs.shape)))
        places.append(Leaf(called, weights, "input"))
        pairs = zip(weights.ravel().tolist(), outputs.ravel().tolist())
        loss: Value = sum((w * y for w, y in pairs), Value(0.0))
    else:
        loss = outputs.item()
    loss = loss if loss.op else loss * 1.0
    program = lift_leaves(loss, places, [])
    given = {
        leaf.name: np.array([v.data for v in leaf.values.ravel().tolist()]).reshape(leaf.values.shape)
        for leaf in places
        if leaf.role == "input"
    }
    return LiftedBackward(program, given, way.layer, in_steps)
