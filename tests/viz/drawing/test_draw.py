"""Pictures of single Values, what of a graph they show, and what is refused."""

from __future__ import annotations

import operator
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, grad, topological_order
from autodiff.engine.ops import OPS
from nn import MLP
from tests.viz.drawing.reading import caption, cards, loss_of, neuron, parsed, shown, texts
from viz import draw

pytestmark = pytest.mark.long

OPERATORS = {"sub": operator.sub, "div": operator.truediv, "pow": operator.pow}
HOSTILE = ['say "hi"', "back\\N \\G \\l", "{a|b}", "<b>&amp;</b>", "</script><script>", "경사", "2\nrows"]


def test_every_value_is_a_card_with_its_numbers_and_every_operation_a_disc_with_its_symbol():
    y = neuron()
    graph = parsed(draw(y, precision=3))
    shown = [texts(node) for node in graph.nodes()]
    assert ["w", "data", "0.500", "grad", f"{y.operands[0].operands[0].operands[0].grad:.3f}"] in shown
    assert ["y", "data", "0.964", "grad", "1.000"] in shown
    discs = [node for node in graph.nodes() if node.attr["shape"] == "ellipse"]
    assert Counter(node.attr["label"] for node in discs) == Counter("+×") + Counter(["tanh"])
    assert len(graph.nodes()) == 6 + 3
    assert len(graph.edges()) == 5 + 3


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_row_of_the_table_is_drawn_with_its_symbol_and_one_edge_an_operand(op):
    operands = [Value(0.5, "x"), Value(0.25, "z")][: op.arity]
    if op.name == "acosh":
        operands[0].data = 1.5
    graph = parsed(draw(getattr(operands[0], op.name)(*operands[1:])))
    (disc,) = [node for node in graph.nodes() if node.startswith("o")]
    assert texts(disc)[-1 if len(texts(disc)) == 1 else 1] == op.symbol
    assert len(graph.in_edges(disc)) == op.arity
    assert len(graph.out_edges(disc)) == 1


@pytest.mark.parametrize("options", [{}, {"compact": True}, {"direction": "TB"}, {"local_derivatives": True}])
@pytest.mark.parametrize("op", ["sub", "div", "pow", "atan2"])
def test_operands_have_numbers_where_their_order_matters_and_edges_end_there(op, options):
    a, b = Value(1.5, "a"), Value(2.0, "b")
    for x, z in ((a, b), (b, a)):
        picture = draw(getattr(x, op)(z) if op not in OPERATORS else OPERATORS[op](x, z), **options)
        graph = parsed(picture)
        ends = {
            texts(graph.get_node(tail))[0]: edge.attr["headport"]
            for edge in graph.edges()
            for tail in edge[:1]
        }
        assert ends[x.label].startswith("p1") and ends[z.label].startswith("p2")
        (table,) = [node for node in graph.nodes() if 'PORT="p1"' in node.attr["label"]]
        assert [word[0] for word in texts(table) if word[0] in "12" and "." not in word[:2]] == ["1", "2"]
        assert "1, 2: first and second operand, where their order matters" in caption(picture)


def test_nothing_is_said_of_an_order_that_does_not_matter():
    picture = draw((Value(1.0, "a") + Value(2.0, "b")) * 3.0)
    assert "PORT" not in picture.source and caption(picture) == ""


def test_an_operand_used_twice_has_two_edges():
    x = Value(3.0, "x")
    assert draw(x * x).source.count("v0 -> o1") == 2


def test_kinds_of_value_differ_in_shape_not_only_in_colour():
    x, w = Value(1.0, "x"), Value(2.0, "W1[0,0]")
    graph = parsed(draw(w * x + 3.0))
    look = {node.attr["shape"] + node.attr["style"] + str(node.attr["peripheries"]) for node in graph.nodes()}
    assert len(look) == 6  # input, parameter, constant, result, output, operation


def test_leaves_may_be_named_parameters():
    y = neuron()
    w = y.operands[0].operands[0].operands[0]
    graph = parsed(draw(y, params=[w]))
    shapes = {texts(node)[0]: node.attr["shape"] for node in graph.nodes()}
    assert shapes["w"] == "box3d"
    assert shapes["x"] == "box"


def test_local_derivatives_are_written_where_the_edges_end_on_request():
    y = neuron()
    graph = parsed(draw(y, local_derivatives=True))
    labels = sorted(text for node in graph.nodes() for text in texts(node) if text.startswith("∂"))
    assert labels == ["∂ 0.0707", "∂ 0.5000", "∂ 1.0000", "∂ 1.0000", "∂ 2.0000"]
    assert "∂" not in draw(y).source


def test_edges_are_as_wide_as_the_gradient_passed_back_on_request():
    x, z = Value(1.0, "x"), Value(2.0, "z")
    y = x * 3.0 - z * 0.3
    y.backward()
    picture = draw(y, gradient_width=True)
    graph = parsed(picture)
    titles = {node: texts(node)[0] for node in graph.nodes()}
    drawn = {titles[edge[0]]: edge for edge in graph.edges() if titles[edge[0]] in "xz"}
    assert float(drawn["x"].attr["penwidth"]) == 6.0  # 3.0, the largest
    assert float(drawn["z"].attr["penwidth"]) == pytest.approx(0.5 + 5.5 * 0.3 / 3.0, abs=0.01)
    assert drawn["z"].attr["style"] == "dashed"
    assert drawn["x"].attr["style"] != "dashed"
    assert "dashed where it is negative" in caption(picture)


@pytest.mark.parametrize("extreme", [float("inf"), -float("inf"), float("nan"), 1e308, 5e-324])
def test_widths_of_gradients_at_the_ends_of_the_range_are_finite_and_the_others_keep_theirs(extreme):
    w, x, z = Value(1.0, "w"), Value(1.0, "x"), Value(1.0, "z")
    y = w * x + z
    y.grad, y.operands[0].grad, z.grad = 1.0, extreme, 1.0
    picture = draw(y, gradient_width=True)
    graph = parsed(picture)
    widths = [float(edge.attr["penwidth"]) for edge in graph.edges()]
    assert all(0.5 <= width <= 6.0 for width in widths) and max(widths) == 6.0
    said = caption(picture)
    assert ("infinite" in said, "not a number" in said) == (np.isinf(extreme), np.isnan(extreme))
    assert ("dashed" in said) == (extreme < 0.0)
    assert (extreme < 0.0) == any(edge.attr["style"] == "dashed" for edge in graph.edges())
    assert np.isnan(extreme) == any(edge.attr["style"] == "dotted" for edge in graph.edges())


def test_widths_without_gradients_say_what_to_call():
    x = Value(1.0, "x")
    assert "call backward() first" in caption(draw(x * 2.0, gradient_width=True))


@pytest.mark.parametrize(
    ("number", "shown"), {0.3: "0", 0.5: "0", 0.7: "1", 12.6: "13", 3e7: "3e+07"}.items()
)
def test_no_digits_are_whole_numbers(number, shown):
    assert ["x", "data", shown] in cards(draw(Value(number, "x") + 1.0, precision=0))


SHOWN = {-0.0: "0.00", 1e-5: "1.00e-05", -3e7: "-3.00e+07", -12.345: "-12.35"}


@pytest.mark.parametrize(("number", "shown"), SHOWN.items())
def test_numbers_are_shown_at_the_precision_asked_for(number, shown):
    assert shown in [text for card in cards(draw(Value(number, "x") + 1.0, precision=2)) for text in card]


def test_a_gradient_graph_is_drawn_like_any_other():
    x = Value(0.5, "x")
    derivative = grad(x.tanh(), x, create_graph=True)
    drawn = cards(draw(derivative))
    assert len(drawn) == len(topological_order(derivative))
    assert drawn[-1][1] == f"{derivative.data:.4f}"


def test_what_is_not_known_yet_is_not_shown_as_zero():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y = (w * x).relu() - 3.0
    assert "grad" not in draw(y).source
    y.backward()
    y.zero_grad() if hasattr(y, "zero_grad") else None
    assert {card[0]: card[-2:] for card in cards(draw(y))}["w"] == ["grad", "2.0000"]
    dead = (w * -1.0).relu()
    dead.backward()
    shown = {card[0]: card[1:] for card in cards(draw(dead))}
    assert shown["w"] == ["data", "0.5000", "grad", "2.0000"]  # of y: this pass added nothing
    w.grad = 0.0
    dead.backward()
    assert {card[0]: card[1:] for card in cards(draw(dead))}["w"] == ["data", "0.5000", "grad", "0.0000"]


def test_a_part_of_the_graph_that_no_pass_came_to_has_no_gradients():
    x = Value(0.5, "x")
    loss, other = x.sin(), x.cos() * 2.0
    loss.label, other.label = "loss", "other"
    loss.backward()
    shown = {card[0]: card[1:] for card in cards(draw([loss, other]))}
    assert "grad" in shown["loss"] and "grad" in shown["x"]
    assert "grad" not in shown["other"]


def test_constants_have_no_gradient_and_values_without_a_label_do():
    x = Value(-2.0)
    y = x**2
    y.backward()
    assert [card for card in cards(draw(y)) if "grad" not in card] == [["data", "2.0000"]]


def test_several_outputs_share_one_picture():
    x = Value(0.5, "x")
    graph = parsed(draw([x.sin(), x.cos()]))
    assert [node.attr["peripheries"] for node in graph.nodes()].count("2") == 2
    assert sum(texts(node)[0] == "x" for node in graph.nodes()) == 1


# Boxes


def test_depth_goes_that_many_operations_back_and_the_picture_says_what_is_missing():
    picture = draw(neuron(), depth=1)
    assert [card[0] for card in cards(picture)] == ["data", "y"]
    expected = "2 of 6 values shown; 1 result and 3 leaves left out (see depth, around, max_nodes)"
    assert caption(picture) == expected
    assert [each for node, each in shown(picture).items() if node.startswith("before")] == [["… 2 more"]]


def test_around_a_value_shows_what_it_is_made_of_and_what_it_is_used_for():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    product = w * x
    y = ((product + b) * 3.0).tanh()
    picture = draw(y, around=product, depth=1)
    assert [card[0] for card in cards(picture)] == ["w", "x", "data", "data"]
    stubs = [each for node, each in shown(picture).items() if node.startswith(("before", "after"))]
    assert stubs == [["… 1 more"], ["… 1 more"]]


def test_max_nodes_keeps_the_nearest():
    y = Value(0.5, "x")
    for _ in range(50):
        y = y.sin()
    picture = draw(y, max_nodes=10)
    assert len(cards(picture)) == 10
    assert "10 of 51 values shown; 40 results and 1 leaf left out" in caption(picture)
    assert caption(draw(y)) == ""


@pytest.mark.parametrize("level", ["neuron", "layer"])
def test_folded_pictures_are_cut_too(level):
    J = loss_of(MLP(2, [3, 3, 1], seed=0), 2)
    assert len(cards(draw(J, level=level, depth=1))) < len(cards(draw(J, level=level)))
    z = next(node for node in topological_order(J) if node.op == "tanh")
    assert any("tanh" in card[0] for card in cards(draw(J, level=level, around=z, depth=0)))


# Labels


@pytest.mark.parametrize("level", ["scalar", "neuron", "layer"])
@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_stays_text(label, level):
    (title,) = {card[0] for card in cards(draw(Value(1.0, label) * 2.0, level=level))} - {"data", "×"}
    assert title == label.replace("\n", "⏎")


@pytest.mark.parametrize("level", ["scalar", "layer"])
def test_a_long_label_is_shortened_and_its_tooltip_says_more(level):
    graph = parsed(draw(Value(1.0, "a" * 10_000) * 2.0, level=level))
    (node,) = [node for node in graph.nodes() if texts(node)[0] == "a" * 39 + "…"]
    assert "a" * 900 in node.attr["tooltip"]
    assert len(node.attr["tooltip"]) <= 1000


@given(st.text(min_size=1, max_size=12).filter(str.strip), st.sampled_from(["scalar", "neuron", "layer"]))
def test_any_label_can_be_drawn(label, level):
    assert len(cards(draw(Value(1.0, label) + 1.0, level=level))) == (3 if level == "scalar" else 2)


# The rest


@pytest.mark.parametrize("level", ["scalar", "neuron", "layer"])
def test_the_same_graph_gives_the_same_dot(level):
    sources = [draw(loss_of(MLP(2, [3, 1], seed=0), 2), level=level).source for _ in range(2)]
    assert sources[0] == sources[1]


def test_a_graph_of_any_depth_can_be_drawn():
    y = Value(0.5, "x")
    for _ in range(30_000):
        y = y + 1.0
    assert len(cards(draw(y, level="layer"))) == 2
    assert len(cards(draw(y, max_nodes=20))) == 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"level": "layers"}, "level is one of 'scalar', 'neuron', 'layer', 'formula'; got 'layers'"),
        ({"precision": -1}, "precision"),
        ({"max_nodes": 0}, "max_nodes is at least 1"),
        ({"depth": -1}, "depth at least 0"),
        ({"direction": "up"}, "direction is one of 'LR'"),
        ({"x": [1.0]}, "x= is the sample to run a model on"),
        ({"around": Value(1.0)}, "around= is to be a Value of this graph"),
        ({"level": "layer", "local_derivatives": True}, "local derivatives are of scalars"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        draw(neuron(), **arguments)


@pytest.mark.parametrize("given", [3.0, None, "tanh(x)", [], [1.0, 2.0]])
def test_what_is_no_graph_is_refused(given):
    with pytest.raises(TypeError, match="takes a Value, a list of Values, a model or a program, got"):
        draw(given)


def test_nodes_made_by_hand_are_drawn_whatever_is_known_of_them():
    x, z = Value(2.0, "x"), Value(3.0, "z")
    unknown = Value(5.0, (x, z), "-")
    for level in ("scalar", "layer"):
        assert draw(unknown + x, level=level, gradient_width=True).source
    assert 'PORT="p2"' in draw(unknown).source and 'PORT="p2"' not in draw(Value(5.0, (x, z), "+")).source
