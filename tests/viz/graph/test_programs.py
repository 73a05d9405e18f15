"""Every formula of a program stands in its picture, where it belongs."""

import re

import numpy as np
import pytest

from autodiff import Value, leaves, lift
from benchmarks.suite import PROGRAMS
from tests.viz.drawing.geometry import crossed, drawn, outside, overlapping
from viz import draw, render
from viz.graph.programs import names_in, program_cards, target_name

pytestmark = pytest.mark.long

SIGN = re.compile(r" \+?= ")


def formula(line):
    return SIGN.split(line, maxsplit=1)[1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_line_stands_on_a_card_or_an_edge_and_nothing_lies_on_anything_else(name):
    case = PROGRAMS[name]
    program = case.lifted(case.data())
    cards, index = program_cards(program)
    headed = [card for card in cards if card.formula]
    assert [card.formula for card in headed] == [line.in_text for line in program.forward]
    assert [card.shape for card in headed] == [line.shape for line in program.forward]
    on_edges = [edge.said for card in cards for edge in card.edges if edge.said]
    on_cards = [formula(line) for card in cards for line in card.gradients]
    of_arrays = [line.text for line in program.backward if target_name(line.text)[1:] in index]
    assert sorted(on_edges + on_cards) == sorted(map(formula, of_arrays))
    for card, line in zip(headed, program.forward, strict=True):
        read = {name for name, place in index.items() if place in {edge.operand for edge in card.edges}}
        assert read == set(names_in(formula(line.text), index))
    picture = draw(program)
    found = drawn(picture)
    assert not [*overlapping(found), *crossed(found), *outside(found)]


def test_a_gradient_stands_on_the_edge_along_which_it_is_handed_back():
    w, x = leaves("w", [0.5, -1.0]), leaves("x", [2.0, 3.0])
    program = lift((w @ x).tanh(), inputs={"x": x}, params=w)
    cards, index = program_cards(program)
    last = program.forward[-1].text
    assert target_name(last) in index
    said = {(cards[edge.operand].title, edge.said) for card in cards for edge in card.edges if edge.said}
    assert {title for title, _ in said} >= {"w"} and "x" not in {title for title, _ in said}


@pytest.mark.parametrize("kind", ["svg", "tex", "mmd"])
def test_formulas_of_gradients_are_in_every_format(tmp_path, kind):
    case = PROGRAMS["network in columns"]
    program = case.lifted(case.data())
    written = render(program, tmp_path / f"program.{kind}").read_text(encoding="utf-8")
    product = {"svg": "∇ W2ᵀ·dZ2", "tex": r"\nabla\; {W^{[2]}}^T \, dZ^{[2]}", "mmd": "∇ W2ᵀ·dZ2"}[kind]
    assert product in written
    without = render(program, tmp_path / f"less.{kind}", show=("name", "op", "shape"))
    assert "nabla" not in without.read_text(encoding="utf-8") and "∇" not in without.read_text("utf-8")


def test_any_graph_is_drawn_as_its_formulas():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    source = draw((w * x + b).tanh(), level="formula").source
    assert "tanh(" in source and "∇" in source
    W, X = leaves("W1", [[0.5, -1.0], [1.0, 2.0]]), leaves("X", [[1.0, 2.0], [3.0, 4.0]])
    J = (np.tanh(W @ X) ** 2).sum()
    picture = draw(J, level="formula", highlight=[(W[0, 0], J)])
    assert {card.title for card in picture.cards} >= {"W1", "X"}
    assert picture.look.lit_edges
    with pytest.raises(ValueError, match="highlight= is to hold Values of this graph"):
        draw(J, level="formula", highlight=[(W @ X)[0, 0]])
    with pytest.raises(ValueError, match="formulas of a program have no size"):
        draw(J, level="formula", gradient_width=True)


def test_names_are_told_from_functions_and_from_what_follows_them():
    known = {"W", "W1", "exp", "dZ", "σ", "H"}
    assert names_in("W1ᵀ·dZ + exp(W²) - σ⁻¹", known) == ["W1", "dZ", "W", "σ"]
    assert names_in("tanh(W·H[t-1] + W1)", known) == ["W", "H", "W1"]
