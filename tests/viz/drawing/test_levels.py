"""Pictures of networks and programs: boxes, and cards for neurons, layers and formulas."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from autodiff import Value, dot, lift, topological_order
from autodiff.arrays import leaves
from nn import MLP
from nn.losses import LOSSES, cross_entropy, mse
from tests.viz.drawing.reading import cards, edges, loss_of, neuron, parsed, texts
from viz import draw


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
    expected = {"Z1 = W1·A0 + b1", "A1 = tanh(Z1)", "Z2 = W2·A1 + b2"}
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
        "Z1 = W1·A0 + b1": "(8, 5)",
        "A1 = tanh(Z1)": "(8, 5)",
        "W2": "(3, 8)",
        "b2": "(3, 1)",
        "Z2 = W2·A1 + b2": "(3, 5)",
    }
    assert {("W1", "Z1 = W1·A0 + b1"), ("Z1 = W1·A0 + b1", "A1 = tanh(Z1)")} <= edges(picture)
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
    hidden = [f"a1[{i}] = tanh(W1[{i}]·A0 + b1[{i}])" for i in range(3)]
    output = "z2[0] = W2[0]·A1 + b2[0]"
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
    assert {"Z1 = W1·A0", "H1 = σ, ×", "Z2 = W2·H1"} <= formulas


def test_a_penalty_on_weights_is_not_part_of_a_layer():
    model = MLP(2, [2, 1], seed=0)
    J = loss_of(model, 2) + sum(w * w for w in model.parameters()) * 0.1
    formulas = {card[0] for card in cards(draw(J, level="layer"))}
    assert {"Z1 = W1·A0 + b1", "A1 = tanh(Z1)", "Z2 = W2·A1 + b2"} <= formulas


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
    assert any(each.endswith("= W2[0]·A1 + b2[0]" if level == "neuron" else "= W2·A1 + b2") for each in drawn)


def test_a_neuron_shows_its_output_also_where_a_penalty_reads_its_weights():
    model = MLP(2, [2, 1], seed=0)
    J = loss_of(model, 1) + sum(w * w for w in model.weights()) * 0.1
    drawn = {card[0]: card[1:] for card in cards(draw(J, level="neuron"))}
    a = next(node for node in topological_order(J) if node.op == "tanh")
    assert drawn["a1[0] = tanh(W1[0]·A0 + b1[0])"][:2] == ["data", f"{a.data:.4f}"]


@pytest.mark.parametrize("level", FOLDED)
def test_an_output_that_is_negated_has_no_activation(level):
    (z,) = MLP(2, [1], seed=0)([1.0, -2.0])
    formula = "Z1 = W1·A0 + b1" if level == "layer" else "z1[0] = W1[0]·A0 + b1[0]"
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
    assert drawn["Z1 = W1·A0 + b1"][:2] == ["shape", "(3, m)"]
    assert "data" not in drawn["Z1 = W1·A0 + b1"]
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
    shapes = {card[0].partition(" = ")[0]: card[2] for card in cards(draw(program)) if len(card) > 2}
    assert (shapes["x"], shapes["Z1"], shapes["W1"]) == ("(2, m)", "(1, m)", "(1, 2)")


@pytest.mark.parametrize("arguments", [{"level": "scalar"}, {"x": [1.0]}, {"gradient_width": True}])
def test_what_a_program_has_not_is_refused(arguments):
    w = Value(1.0, "w")
    with pytest.raises(ValueError, match="a program"):
        draw(lift(w * w, params=[w]), **arguments)


# Cutting
