"""However leaves are called and combined, every level has a card for every node."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value
from viz import draw
from viz.graph.cards import scalar_cards
from viz.graph.fold import folded_cards
from viz.graph.structure import find_structure

LABELS = [
    "W1[0,0]",
    "W1[0,1]",
    "W1[1,0]",
    "W2[0,0]",
    "W1[0]",
    "b1[0]",
    "b1",
    "b2[0]",
    "W0[0]",
    "x[0]",
    "X[0,1]",
    "w",
    "",
]
STEPS = st.lists(st.tuples(st.sampled_from("+*-~t"), st.integers(0), st.integers(0)), min_size=1, max_size=14)


def graph(labels: list[str], steps: list[tuple[str, int, int]]) -> list[Value]:
    """Leaves of these labels, and what each step makes of two nodes before it."""
    nodes = [Value(0.5 + i, label) for i, label in enumerate(labels)]
    for operator, i, j in steps:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        made = {"+": lambda a, b: a + b, "*": lambda a, b: a * b, "-": lambda a, b: a - b}
        nodes.append(-a if operator == "~" else a.tanh() if operator == "t" else made[operator](a, b))
    return nodes


@given(st.lists(st.sampled_from(LABELS), min_size=1, max_size=6), STEPS, st.integers(1, 3))
def test_every_node_is_on_one_card_and_edges_lead_from_card_to_card(
    labels: list[str], steps: list[tuple[str, int, int]], outputs: int
) -> None:
    ends = graph(labels, steps)[-outputs:]
    structure = find_structure(ends)
    for cards, index in (
        scalar_cards(structure),
        folded_cards(structure),
        folded_cards(structure, by_neuron=True),
    ):
        assert set(index) == set(structure.order)
        assert set(index.values()) == set(range(len(cards)))
        assert sum(card.folded for card in cards) == len(structure.order)
        for i, card in enumerate(cards):
            sources = [edge.operand for edge in card.edges]
            used = {
                index[operand] for node in structure.order if index[node] == i for operand in node.operands
            }
            assert set(sources) - {i} == used - {i}
            assert all(index[value] == i for value in card.values) and card.values
    for level in ("scalar", "neuron", "layer"):
        assert draw(ends, level=level).source.startswith("digraph")
