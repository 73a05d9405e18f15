"""Pictures are tested by what they contain: the DOT is read back with Graphviz's own parser."""

from __future__ import annotations

import html
import re
from collections import Counter

import numpy as np
import pygraphviz
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, dot, grad, lift, topological_order
from autodiff.engine.ops import OPS
from autodiff.labels import leaves
from nn import MLP
from nn.losses import LOSSES, cross_entropy, mse
from viz import draw

HOSTILE = ['say "hi"', "back\\N \\G \\l", "{a|b}", "<b>&amp;</b>", "</script><script>", "경사", "2\nrows"]


def parsed(picture):
    """Keep the result: pygraphviz's nodes, edges and subgraphs do not outlive their graph."""
    return pygraphviz.AGraph(string=picture.source)


def texts(node):
    """What a reader sees in a node: the text of its label, without markup."""
    runs = re.findall(r"[^<>]+(?=<|$)", node.attr["label"])
    return [html.unescape(run).replace("\\\\", "\\").strip() for run in runs if run.strip()]


def cards(picture):
    """Each card's texts: its title or formula, then name, number, name, number …"""
    return [each for node, each in shown(picture).items() if node.startswith("v")]


def shown(picture):
    """Node -> its texts."""
    graph = parsed(picture)
    return {str(node): texts(node) for node in graph.nodes()}


def edges(picture):
    """Edges of a folded picture, between the first texts of cards."""
    graph = parsed(picture)
    return {tuple(texts(graph.get_node(end))[0] for end in edge) for edge in graph.edges()}


def caption(picture):
    graph = parsed(picture)
    label = dict(graph.graph_attr).get("label") or ""
    return re.sub(r"<[^>]*>", "", label.replace("<BR/>", " / "))


def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    y = (w * x + b).tanh()
    y.label = "y"
    y.backward()
    return y


def loss_of(model, m, loss=mse, seed=0):
    """J of a network on m random samples, differentiated."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(model.sizes[0], m))
    Y = loss.from_classes(rng.integers(0, max(model.sizes[-1], 2), m), loss.rows(model.sizes[-1]))
    J = loss.mean([model(x) for x in leaves("X", X).T.tolist()], leaves("Y", Y).T.tolist())
    J.label = "J"
    J.backward()
    return J


# Scalars


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


def test_local_derivatives_are_written_on_the_edges_on_request():
    y = neuron()
    graph = parsed(draw(y, local_derivatives=True))
    labels = sorted(texts(edge)[0] for edge in graph.edges() if edge.attr["label"])
    assert labels == ["∂ 0.0707", "∂ 0.5000", "∂ 1.0000", "∂ 1.0000", "∂ 2.0000"]
    plain = parsed(draw(y))
    assert not any(edge.attr["label"] for edge in plain.edges())


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


def test_several_outputs_share_one_picture():
    x = Value(0.5, "x")
    graph = parsed(draw([x.sin(), x.cos()]))
    assert [node.attr["peripheries"] for node in graph.nodes()].count("2") == 2
    assert sum(texts(node)[0] == "x" for node in graph.nodes()) == 1


# Boxes


def test_boxes_hold_what_belongs_to_a_neuron_and_a_layer():
    x = leaves("x", [1.0, -2.0]).tolist()
    y = (MLP(2, [3, 1], seed=0)(x)[0] - Value(1.0, "y[0]")) ** 2
    graph = parsed(draw(y))
    boxes = {each.name: each for each in graph.subgraphs()}
    assert set(boxes) == {"cluster_layer1", "cluster_layer2"}
    neurons = {each.name: each for each in boxes["cluster_layer1"].subgraphs()}
    assert set(neurons) == {f"cluster_layer1_neuron{i}" for i in range(3)}
    assert neurons["cluster_layer1_neuron1"].graph_attr["label"] == "neuron 1"
    inside = Counter(texts(graph.get_node(node))[0] for node in neurons["cluster_layer1_neuron1"].nodes())
    assert {"W1[1,0]", "W1[1,1]", "b1[1]"} <= set(inside)
    assert (inside["×"], inside["+"], inside["tanh"]) == (2, 2, 1)
    output = {texts(graph.get_node(node))[0] for node in boxes["cluster_layer2"].nodes()}
    assert "W2[0,2]" in output
    assert not output & {"y[0]", "−", "^"}


def test_samples_have_boxes_and_parameters_are_shared():
    graph = parsed(draw(loss_of(MLP(2, [2, 1], seed=0), 3)))
    boxes = {each.name: each for each in graph.subgraphs()}
    assert set(boxes) == {"cluster_layer1", "cluster_layer2", *(f"cluster_sample{s}" for s in range(3))}
    for s in range(3):
        inside = Counter(texts(graph.get_node(node))[0] for node in boxes[f"cluster_sample{s}"].nodes())
        assert {f"X[0,{s}]", f"X[1,{s}]", f"Y[0,{s}]"} <= set(inside)
        assert not any(text.startswith(("W", "b")) for text in inside)
        assert inside["tanh"] == 2
    parameters = [texts(graph.get_node(node))[0] for node in boxes["cluster_layer1"].nodes()]
    assert sorted(parameters) == ["W1[0,0]", "W1[0,1]", "W1[1,0]", "W1[1,1]", "b1[0]", "b1[1]"]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
@pytest.mark.parametrize("output", ["linear", "tanh", "leaky_relu"])
def test_a_loss_is_not_taken_for_an_activation(loss, output):
    model = MLP(2, [3, 2], activation="tanh", output=output, seed=1)
    formulas = {card[0] for card in cards(draw(loss_of(model, 2, loss), level="layer"))}
    expected = {"Z1 = W1 @ A0 + b1", "A1 = tanh(Z1)", "Z2 = W2 @ A1 + b2"}
    if output != "linear":
        expected.add(f"A2 = {output}(Z2)")
    assert {each for each in formulas if " = " in each} == {*expected, "A0 = X"}


# Folding


def test_a_layer_is_its_formula_with_shapes():
    picture = draw(loss_of(MLP(4, [8, 3], seed=0), 5, cross_entropy), level="layer")
    shapes = {card[0]: card[2] for card in cards(picture) if card[1] == "shape"}
    assert shapes == {
        "A0 = X": "(4, 5)",
        "Y": "(3, 5)",
        "W1": "(8, 4)",
        "b1": "(8, 1)",
        "Z1 = W1 @ A0 + b1": "(8, 5)",
        "A1 = tanh(Z1)": "(8, 5)",
        "W2": "(3, 8)",
        "b2": "(3, 1)",
        "Z2 = W2 @ A1 + b2": "(3, 5)",
    }
    assert {("W1", "Z1 = W1 @ A0 + b1"), ("Z1 = W1 @ A0 + b1", "A1 = tanh(Z1)")} <= edges(picture)
    assert len(edges(picture)) == 9
    graph = parsed(picture)
    assert {each.name for each in graph.subgraphs()} == {"cluster_layer1", "cluster_layer2"}


def test_folded_cards_say_the_range_of_data_and_gradients_and_how_many_nodes_they_stand_for():
    J = loss_of(MLP(2, [3, 1], seed=0), 4)
    drawn = {card[0]: card for card in cards(draw(J, level="layer"))}
    weights = [node for node in topological_order(J) if node.label.startswith("W1")]
    for name, attribute in (("data", "data"), ("grad", "grad")):
        numbers = [getattr(weight, attribute) for weight in weights]
        low, high = drawn["W1"][drawn["W1"].index(name) + 1].split("…")
        assert (float(low), float(high)) == pytest.approx((min(numbers), max(numbers)), abs=1e-4)
    total = sum(int(card[card.index("nodes") + 1]) for card in drawn.values() if "nodes" in card)
    assert total == sum(bool(node.op) for node in topological_order(J)) + 1  # 1 constant, the 1/m


def test_a_neuron_is_a_card_fed_by_the_whole_layer_before_it():
    picture = draw(loss_of(MLP(2, [3, 1], seed=0), 1), level="neuron")
    hidden = [f"a1[{i}] = tanh(W1[{i}] @ A0 + b1[{i}])" for i in range(3)]
    output = "z2[0] = W2[0] @ A1 + b2[0]"
    others = {"A0[0] = X[0]", "A0[1] = X[1]", "Y[0]", "−, ×"}
    assert {card[0] for card in cards(picture)} == {output, *hidden, *others}
    expected = {(f"A0[{j}] = X[{j}]", each) for j in range(2) for each in hidden}
    expected |= {(each, output) for each in hidden} | {(output, "−, ×"), ("Y[0]", "−, ×")}
    assert edges(picture) == expected


def test_what_lies_between_layers_has_a_card_of_its_own():
    x = leaves("x", [1.0, -2.0]).tolist()
    first = [dot(leaves(f"W1[{i}]", [1, 2]).tolist(), x) for i in range(2)]
    for i, row in enumerate(first):
        for j, node in enumerate(n for n in topological_order(row) if n.label.startswith("W1")):
            node.label = f"W1[{i},{j}]"
    hidden = [z * z.sigmoid() for z in first]
    y = dot([Value(1.0, "W2[0,0]"), Value(2.0, "W2[0,1]")], hidden)
    formulas = {card[0] for card in cards(draw(y, level="layer"))}
    assert {"Z1 = W1 @ A0", "H1 = σ, ×", "Z2 = W2 @ H1"} <= formulas


def test_a_penalty_on_weights_is_not_part_of_a_layer():
    model = MLP(2, [2, 1], seed=0)
    J = loss_of(model, 2) + sum(w * w for w in model.parameters()) * 0.1
    formulas = {card[0] for card in cards(draw(J, level="layer"))}
    assert {"Z1 = W1 @ A0 + b1", "A1 = tanh(Z1)", "Z2 = W2 @ A1 + b2"} <= formulas


FOLDED = ["neuron", "layer"]


@pytest.mark.parametrize("level", FOLDED)
@pytest.mark.parametrize("labels", [["W1[0]", "b1[0]"], ["W1[0,0]", "W1[0,1]", "b1[0]"], ["b3[2]"]])
def test_parameters_that_no_neuron_uses_are_arrays(labels, level):
    J = sum(p * p for p in [Value(1.0 + i, label) for i, label in enumerate(labels)])
    drawn = [card[0] for card in cards(draw(J, level=level))]
    array_or_row = r"\w+(\[\d+)?" if level == "neuron" else r"\w+"
    assert {re.match(array_or_row, label)[0] + "]" * (level == "neuron") for label in labels} <= set(drawn)


@pytest.mark.parametrize("level", FOLDED)
def test_a_parameter_of_an_unused_layer_does_not_disturb_the_others(level):
    model = MLP(2, [2, 1], seed=0)
    J = loss_of(model, 1) + Value(3.0, "W7[1,0]") ** 2
    drawn = [card[0] for card in cards(draw(J, level=level))]
    assert {"W7[1]" if level == "neuron" else "W7"} <= set(drawn)
    assert any(
        each.endswith("= W2[0] @ A1 + b2[0]" if level == "neuron" else "= W2 @ A1 + b2") for each in drawn
    )


def test_a_neuron_shows_its_output_also_where_a_penalty_reads_its_weights():
    model = MLP(2, [2, 1], seed=0)
    J = loss_of(model, 1) + sum(w * w for w in model.weights()) * 0.1
    drawn = {card[0]: card[1:] for card in cards(draw(J, level="neuron"))}
    a = next(node for node in topological_order(J) if node.op == "tanh")
    assert drawn["a1[0] = tanh(W1[0] @ A0 + b1[0])"][:2] == ["data", f"{a.data:.4f}"]


@pytest.mark.parametrize("level", FOLDED)
def test_an_output_that_is_negated_has_no_activation(level):
    (z,) = MLP(2, [1], seed=0)([1.0, -2.0])
    formula = "Z1 = W1 @ A0 + b1" if level == "layer" else "z1[0] = W1[0] @ A0 + b1[0]"
    drawn = [card[0] for card in cards(draw(-z, level=level))]
    assert formula in drawn and not any("neg(" in each for each in drawn)


def test_a_graph_without_layers_folds_by_what_it_is_computed_from():
    expected = {("w", "×"), ("x", "×"), ("×", "+, tanh"), ("b", "+, tanh")}
    assert edges(draw(neuron(), level="layer")) == expected


# Models


def test_a_model_is_drawn_from_its_parameters_alone():
    picture = draw(MLP(2, [3, 1], seed=0))
    drawn = {card[0]: card[1:] for card in cards(picture)}
    assert drawn["A0 = x"] == ["shape", "(2, m)"]
    assert drawn["Z1 = W1 @ A0 + b1"][:2] == ["shape", "(3, m)"]
    assert "data" not in drawn["Z1 = W1 @ A0 + b1"]
    assert "data" in drawn["W1"]


@pytest.mark.parametrize("level", ["scalar", "neuron", "layer"])
def test_a_model_runs_on_a_sample_if_one_is_given(level):
    model = MLP(2, [3, 1], seed=0)
    (output,) = model([1.0, -2.0])
    picture = draw(model, x=[1.0, -2.0], level=level)
    assert f"{output.data:.4f}" in [text for card in cards(picture) for text in card]


def test_layers_and_neurons_are_models_too():
    model = MLP(2, [3, 1], seed=0)
    assert "A1 = tanh(Z1)" in [card[0] for card in cards(draw(model.layers[0]))]
    assert "A1 = tanh(Z1)" in [card[0] for card in cards(draw(model.layers[0].neurons[0]))]


# Lifted programs


def test_a_program_is_drawn_by_its_formulas():
    model, X = MLP(2, [3, 1], seed=0), leaves("X", np.ones((2, 4)))
    J = mse.mean([model(x) for x in X.T.tolist()], [[1.0]] * 4)
    program = lift(J, inputs={"X": X}, params=model)
    picture = draw(program)
    drawn = {card[0]: card[1:] for card in cards(picture)}
    assert set(drawn) == {"X", *program.params, *map(program.line, range(len(program.formulas)))}
    assert drawn["W1"][:3] == ["shape", "(3, 2)", "data"]
    assert drawn["X"] == ["shape", "(2, 4)"]
    lines = {line.partition(" = ")[0]: line for line in drawn}
    into = {tail for tail, head in edges(picture) if head == lines["Z1"]}
    assert into == {"W1", "X", "b1"}
    assert (lines["Z1"], lines["A1"]) in edges(picture)
    graph = parsed(picture)
    assert {each.name for each in graph.subgraphs()} == {"cluster_layer1", "cluster_layer2"}


def test_the_samples_of_a_program_on_batches_are_any_number():
    model, x = MLP(2, [1], seed=0), leaves("x", [1.0, 2.0])
    program = lift(model(x)[0] ** 2, inputs={"x": x}, params=model, batch=True)
    shapes = {card[0].partition(" = ")[0]: card[2] for card in cards(draw(program))}
    assert (shapes["x"], shapes["Z1"], shapes["W1"]) == ("(2, m)", "(1, m)", "(1, 2)")


@pytest.mark.parametrize("arguments", [{"level": "scalar"}, {"x": [1.0]}, {"gradient_width": True}])
def test_what_a_program_has_not_is_refused(arguments):
    w = Value(1.0, "w")
    with pytest.raises(ValueError, match="a program"):
        draw(lift(w * w, params=[w]), **arguments)


# Cutting


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
        ({"level": "layers"}, "level is one of 'scalar', 'neuron', 'layer'; got 'layers'"),
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
