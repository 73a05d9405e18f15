"""Pictures are tested by what they contain: the DOT is read back with Graphviz's own parser."""

from __future__ import annotations

import html
import re
from collections import Counter

import pygraphviz
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, dot
from autodiff.ops import OPS
from viz import draw

HOSTILE = ['say "hi"', "back\\N \\G \\l", "{a|b}", "<b>&amp;</b>", "</script><script>", "경사", "2\nrows"]


def parsed(picture):
    return pygraphviz.AGraph(string=picture.source)


def texts(node):
    """What a reader sees in a node: the text of its label, without markup."""
    runs = re.findall(r"[^<>]+(?=<|$)", node.attr["label"])
    return [html.unescape(run).replace("\\\\", "\\").strip() for run in runs if run.strip()]


def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    y = (w * x + b).tanh()
    y.label = "y"
    y.backward()
    return y


def layers():
    x = [Value(1.0, "x[0]"), Value(-2.0, "x[1]")]
    hidden = []
    for i in range(3):
        w = [Value(0.1 * (i + j), f"W1[{i},{j}]") for j in range(2)]
        hidden.append(dot(w, x, Value(0.5, f"b1[{i}]")).tanh())
    w = [Value(0.3, f"W2[0,{j}]") for j in range(3)]
    return (dot(w, hidden, Value(0.0, "b2[0]")) - Value(1.0, "y[0]")) ** 2


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
    (disc,) = [node for node in graph.nodes() if node.attr["shape"] == "ellipse"]
    assert disc.attr["label"] == op.symbol
    assert len(graph.in_edges(disc)) == op.arity
    assert len(graph.out_edges(disc)) == 1


def test_an_operand_used_twice_has_two_edges():
    x = Value(3.0, "x")
    picture = draw(x * x)
    assert picture.source.count("v0 -> o1") == 2


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


def test_clusters_hold_what_belongs_to_a_neuron_and_a_layer():
    graph = parsed(draw(layers()))
    clusters = {each.name: each for each in graph.subgraphs()}
    assert set(clusters) == {"cluster_1", "cluster_2"}
    neurons = {each.name: each for each in clusters["cluster_1"].subgraphs()}
    assert set(neurons) == {"cluster_1_0", "cluster_1_1", "cluster_1_2"}
    assert neurons["cluster_1_1"].graph_attr["label"] == "neuron 1"
    inside = [texts(graph.get_node(node))[0] for node in neurons["cluster_1_1"].nodes()]
    assert {"W1[1,0]", "W1[1,1]", "b1[1]"} <= set(inside)
    assert Counter(inside)["×"] == 2
    assert Counter(inside)["+"] == 2
    assert Counter(inside)["tanh"] == 1
    output = [texts(graph.get_node(node))[0] for node in clusters["cluster_2"].nodes()]
    assert "y[0]" not in output
    assert "−" not in output
    assert "W2[0,2]" in output


def test_the_same_graph_gives_the_same_dot():
    assert draw(layers()).source == draw(layers()).source


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_stays_text(label):
    x = Value(1.0, label)
    graph = parsed(draw(x * 2.0))
    assert label.replace("\n", "⏎") in [texts(node)[0] for node in graph.nodes()]


def test_a_long_label_is_shortened():
    graph = parsed(draw(Value(1.0, "a" * 10_000) * 2.0))
    assert any(texts(node)[0] == "a" * 39 + "…" for node in graph.nodes())


@given(st.text(min_size=1, max_size=12).filter(str.strip))
def test_any_label_can_be_drawn(label):
    graph = parsed(draw(Value(1.0, label) + 1.0))
    assert len(graph.nodes()) == 4


SHOWN = {0.0: "0.00", 1e-5: "1.00e-05", -3e7: "-3.00e+07", -12.345: "-12.35"}


@pytest.mark.parametrize(("number", "shown"), SHOWN.items())
def test_numbers_are_shown_at_the_precision_asked_for(number, shown):
    graph = parsed(draw(Value(number, "x") + 1.0, precision=2))
    assert shown in [text for node in graph.nodes() for text in texts(node)]


def test_what_is_no_graph_is_refused():
    with pytest.raises(TypeError, match="a graph starts at a Value, got 3"):
        draw(3.0)
    with pytest.raises(ValueError, match="precision"):
        draw(Value(1.0), precision=-1)
