"""From a tape to a plan: the leaves get their blocks, then it is folded, grouped and recognised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from autodiff.labels import ValueArray
from autodiff.lifting.arguments import Leaf
from autodiff.lifting.block_names import BlockNames
from autodiff.lifting.find.columns import name_columns
from autodiff.lifting.find.equal import merge_equal
from autodiff.lifting.find.factors import pull_factors
from autodiff.lifting.find.fold import APPLY, Folded, fold_sums
from autodiff.lifting.find.gradients import needing_gradient
from autodiff.lifting.find.group import group_units
from autodiff.lifting.find.guarding import find_guards
from autodiff.lifting.find.keeping import Asked, Places, asked_for, find_kept
from autodiff.lifting.find.largest import with_largest
from autodiff.lifting.find.lengths import with_lengths
from autodiff.lifting.find.named import name_things
from autodiff.lifting.find.placement import Leaves, Placement
from autodiff.lifting.find.recognise import recognise_formulas
from autodiff.lifting.find.repeated import merge_repeated
from autodiff.lifting.find.roles import COMPUTED, CONSTANT
from autodiff.lifting.find.scales import merge_scales
from autodiff.lifting.find.shifts import drop_shifts
from autodiff.lifting.find.written import as_written
from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.guards import Guards
from autodiff.lifting.losses import losses, passing
from autodiff.lifting.outputs import Outputs
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import LEAF, Floats, Ints, Tape
from autodiff.lifting.rolled import blocks_by_step
from autodiff.lifting.through import multiples

__all__ = ["find_formulas", "leaf_nodes"]


def find_formulas(
    tape: Tape,
    leaves: Sequence[Leaf],
    batch: bool,
    wrt_inputs: bool,
    keep: Iterable[str] | Mapping[str, ValueArray] = (),
    outputs: Outputs | None = None,
    guards: Guards | None = None,
) -> Plan:
    """The plan of a program.

    Args:
        tape: the recorded graph.
        leaves: the parameters and inputs.
        batch: whether inputs have a sample axis.
        wrt_inputs: whether gradients by the inputs are wanted, too.
        keep: names of arrays to give back; or the nodes to give back, by name.
        outputs: of which the loss is the sum with weights.
        guards: comparisons that each run has to repeat.

    Raises:
        TypeError, ValueError: if the loss depends on no parameter, and for arrays to
            keep that there are not.
    """
    names = BlockNames()
    blocks, start = _leaf_blocks(leaves, batch, names)
    nodes, kind = leaf_nodes(tape, leaves)
    asked = asked_for(keep, tape)
    values = outputs.values.ravel().tolist() if outputs else []
    output_ids = np.array([tape.ids[value] for value in values], dtype=np.intp)
    read = np.concatenate([output_ids, *(ids.ravel() for ids in asked.labelled.values())])
    if guards is not None:
        read = np.concatenate([read, guards.a, guards.b])
    folded = fold_sums(tape, kind, asked.alone(tape, np.append(read, _read_by_solutions(tape))))
    _check_dependence(folded, nodes, leaves)
    tape, folded = merge_equal(tape, folded, read)
    read = np.append(read, _read_by_solutions(tape))
    folded = drop_shifts(tape, merge_scales(tape, folded, read), read)
    batched = {number for number, block in enumerate(blocks, 1) if block.varies}
    folded = with_lengths(tape, with_largest(tape, folded, read), read)
    grouped = group_units(tape, folded, batched)
    folded = merge_repeated(folded, grouped.groups)
    constants = Leaves.distinct(_constants_read(tape, folded, read))
    fixed = Block(start, constants.shape, False, "constant", "constants")
    placement = Placement(
        tape,
        folded,
        grouped.varies,
        Leaves([fixed, *blocks], [np.empty(0, dtype=np.intp), *nodes], constants),
    )
    formulas = recognise_formulas(tape, folded, grouped, placement)
    held = _held(formulas, asked, read)
    formulas = pull_factors(name_columns(formulas, placement), placement, held)
    by_name = outputs.cotangents if outputs else None
    wanted = [b for b in blocks if b.role == "parameter" or (wrt_inputs and b.name != by_name)]
    needs = needing_gradient(formulas, placement.blocks, wanted)
    formulas = as_written(name_things(formulas, placement, needs, held), tape, placement)
    names.formulas(formulas)
    for block in placement.values:
        block.name = block.symbol = names.leaf(block.name)
    all_blocks, sizes = placement.blocks, (placement.sizes[0], placement.sizes[1])
    operations = int((tape.op != LEAF).sum()) + tape.left_out
    numbers, by_hand = placement.values, tape.by_hand
    needs = needing_gradient(formulas, all_blocks, wanted)
    plan = Plan(formulas, all_blocks, constants, sizes, wanted, needs, operations, numbers, by_hand=by_hand)
    names.renumber(formulas, passing(plan, losses(plan)) | multiples(plan).keys())
    if not (asked.names or outputs or guards):
        return plan
    steps = [step for formula in formulas for step in formula.steps or (formula,)]
    places = Places(tape, folded.kind, all_blocks, nodes, steps, constants)
    by_name_alone = [name for name in asked.names if name not in asked.labelled]
    kept = find_kept(asked, places, blocks_by_step(plan) if by_name_alone else {})
    given = places.of_nodes(output_ids.reshape(outputs.values.shape)) if outputs else None
    found = find_guards(guards, places) if guards else []
    passed = {block for array in kept if array.cotangent for block in array.blocks}
    needs = needing_gradient(formulas, all_blocks, {*wanted, *passed})
    return replace(plan, needs=needs, kept=kept, outputs=given, guards=found)


def _leaf_blocks(leaves: Sequence[Leaf], batch: bool, names: BlockNames) -> tuple[list[Block], int]:
    """A block for each leaf array, and where the next one without samples would begin."""
    blocks: list[Block] = []
    sizes = [0, 0]
    for leaf in leaves:
        varies = batch and leaf.role == "input"
        shape = leaf.values.shape
        symbol = names.leaf(leaf.name)
        blocks.append(Block(sizes[varies], shape, varies, leaf.role, leaf.name, symbol, leaf.one_hot))
        sizes[varies] += leaf.values.size
    return blocks, sizes[False]


def leaf_nodes(tape: Tape, leaves: Sequence[Leaf]) -> tuple[list[Ints], Ints]:
    """The tape ids of the elements of each leaf array, and the kind of every node (see ``Folded``)."""
    kind = np.where(tape.op == LEAF, CONSTANT, COMPUTED)
    nodes = []
    for number, leaf in enumerate(leaves, 1):
        ids = np.array([tape.ids.get(value, -1) for value in leaf.values.ravel().tolist()], dtype=np.intp)
        kind[ids[ids >= 0]] = number
        nodes.append(ids)
    for solution in tape.solutions:
        kind[solution.X[solution.X >= 0]] = COMPUTED
    return nodes, kind


def _read_by_solutions(tape: Tape) -> Ints:
    parts = [ids.ravel() for each in tape.solutions for ids in (each.A, each.B)]
    return np.concatenate([np.empty(0, dtype=np.intp), *parts])


def _held(formulas: Sequence[Formula], asked: Asked, read: Ints) -> set[Block]:
    """The blocks that hold what is read besides, and labelled nodes that are asked for."""
    ids = np.concatenate([read, *(ids.ravel() for ids in asked.labelled.values())])
    return {formula.block for formula in formulas if ids.size and np.isin(formula.nodes, ids).any()}


def _check_dependence(folded: Folded, nodes: Sequence[Ints], leaves: Sequence[Leaf]) -> None:
    """Refuse a loss that depends on no parameter."""
    used = (ids for ids, leaf in zip(nodes, leaves) if leaf.role == "parameter")
    if folded.kind[-1] == COMPUTED and any((ids >= 0).any() for ids in used):
        return
    raise ValueError("the loss does not depend on any parameter; was it computed from these Values?")


def _constants_read(tape: Tape, folded: Folded, asked: Ints) -> Floats:
    """The coefficients, and the constants that formulas read or that are asked for."""
    applied = folded.units[folded.reduction == APPLY]
    read = np.concatenate([tape.a[applied], tape.b[applied], folded.x, folded.z, asked])
    read = read[read >= 0]
    return np.concatenate([tape.data[read[folded.kind[read] == CONSTANT]], folded.coefficient])
