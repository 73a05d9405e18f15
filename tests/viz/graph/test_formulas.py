"""A graph folded by its formulas: each scalar in one card, and on each card what the program computes."""

import numpy as np
import pytest

from autodiff import Value, lift
from benchmarks.graphs import attention
from benchmarks.suite import PROGRAMS
from viz.graph.formulas import fold_by_formulas
from viz.graph.programs import target_name
from viz.graph.structure import find_structure

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_scalar_is_in_one_card_and_the_numbers_are_those_of_the_program(name):
    case = PROGRAMS[name]
    data = case.data()
    loss, made = case.record(data)
    params = [value for each in case.params for value in made[each].ravel()]
    structure = find_structure([loss], params)
    folding = fold_by_formulas(structure)
    cards, values = folding.cards, folding.values
    assert set(folding.of) == set(structure.order) and set(folding.of.values()) <= set(range(len(cards)))
    first = len(cards) - len(folding.program.forward)
    lines = folding.program.forward
    names = [target_name(card.formula) for card in cards[first:]]
    assert names == [target_name(line.text) for line in lines]
    inputs = {each: made[each] for each in case.inputs}
    known = {block.symbol for block in folding.program.blocks}  # a listing takes some apart
    single = [n for n, line in zip(names, lines) if not line.ranges and n in known and names.count(n) == 1]
    program = lift(loss, inputs, params, keep=single)
    kept = program(**{each: data[each] for each in case.inputs}).values
    for card, line, nodes in zip(cards[first:], lines, values[first:], strict=True):
        name = target_name(line.text)
        if name in kept and len(nodes) == kept[name].size:
            found = np.array([node.data for node in nodes])
            np.testing.assert_allclose(found, kept[name].ravel(), rtol=1e-10, atol=1e-13)
            assert card.formula == line.in_text
    assert values[-1] == [loss]


def test_a_block_of_attention_is_as_many_cards_as_its_listing_has_arrays_and_lines():
    graph = attention((3,), vocabulary=5, width=4, heads=1, hidden=4)
    folding = fold_by_formulas(find_structure([graph.loss], graph.params))
    program = folding.program
    arrays = sum(block.role in ("parameter", "input") for block in program.blocks)
    assert len(folding.cards) == arrays + len(program.constants) + len(program.forward)
    assert {"P", "J"} <= {target_name(card.formula) for card in folding.cards if card.formula}
    assert len(folding.of) > 15 * len(folding.cards)
    assert any(name.endswith("[0,1]") for name in folding.names.values())


def test_leaves_without_names_are_one_vector():
    w = [Value(0.1 * k) for k in range(6)]
    loss = sum((a * b).tanh() for a, b in zip(w[:3], w[3:]))
    folding = fold_by_formulas(find_structure([loss]))
    assert [card.title for card in folding.cards if card.kind == "parameter"] == ["params"]
