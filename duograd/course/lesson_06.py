"""Lesson 6: dA, and why W is transposed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autodiff import jacobian, leaves
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from duograd.course.network import Backward, Network, Run, drawn, judge_backward, verdict_on
from duograd.course.rules import judge_dA
from nn import Layer
from nn.judging.verdict import Verdict
from nn.model.module import Array

__all__ = [
    "backward",
    "dA",
    "da_by_hand",
    "formulas_that_change",
    "in_a_network",
    "one_element",
    "shape_of_dA",
    "ways_out",
    "what_the_trap_spoils",
    "where_they_stand",
]

W = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
ROW = "a row for a column"


@guess
def ways_out() -> Question:
    """The number of z that an output of the layer before goes into."""
    a = leaves("a", [0.5, -1.0])
    return (
        int(np.count_nonzero(jacobian(Layer(W, activation="linear").z(list(a)), a)[:, 1])),
        "Every neuron of the layer looks at it.",
        [
            Meaning(
                1, "an output for a weight", "So it was for a weight. An output is looked at by every neuron."
            ),
            Meaning(2, "inputs for neurons", "There are two outputs of the layer before, and three neurons."),
            Meaning(6, "all arrows", "So many arrows there are in all. How many begin at a₁?"),
        ],
    )


@guess
def where_they_stand() -> Question:
    """Where in W the factors on the ways out of an input stand."""
    return (
        "column 1",
        "A row is what comes into a neuron, a column is what goes out of an input.",
        [
            Meaning(
                "row 1", ROW, "Row 1 is what comes into neuron 1: two numbers, and there are three factors."
            ),
            Meaning("column 0", "another index", "Column 0 is what goes out of a₀."),
        ],
    )


@guess
def shape_of_dA() -> Question:
    """The shape of Wᵀ·dZ."""
    shape = (W.T @ np.ones((3, 4))).shape
    return (
        shape,
        "That of A, as a gradient has to be.",
        [
            Meaning(shape[::-1], "transposed", "A column a sample, as everywhere."),
            Meaning((3, 4), "the shape of dZ", "That is dZ. The layer before has two outputs."),
            Meaning((2, 1), "one sample", "That is one sample's."),
            Meaning((2, 3), "the shape of Wᵀ", "That is Wᵀ. Multiply it with dZ."),
            Meaning((3, 2), "the shape of W", "That is W. A gradient by A has the shape of A."),
        ],
    )


@guess
def what_the_trap_spoils() -> Question:
    """Which gradients are wrong if square W are not transposed, in layers of 3, 3 and 1."""
    return (
        {"W1"},
        "dA of layer 2 is made with W3, which is not square. W2 makes dA of layer 1, and that spoils W1. The "
        "first W makes no dA that anybody needs.",
        [
            Meaning({"W1", "W2"}, "off by a layer", "W of a layer makes dA of the layer before it."),
            Meaning({"W1", "b1"}, "biases, too", "b1 is wrong as well, but only the W are asked for."),
            Meaning({"W2"}, "off by a layer", "With W2 comes dA of layer 1. What is computed from that?"),
            Meaning({"W1", "W2", "W3"}, "everything spoilt", "dW3 is made before any W is used."),
            Meaning({"W3"}, "forward for backward", "Errors go down, from the loss to the first layer."),
        ],
    )


def in_a_network(rule: Callable[[Array, Array], Array]) -> Verdict:
    """The judge's verdict on a backward pass with this rule for dA, in layers of 3, 3 and 1 for 3 inputs."""

    def sweep(twin: Network, cache: Run, dA: Array) -> dict[str, Array]:
        grads = {}
        for l in range(twin.L, 0, -1):
            dZ = dA * (1 - cache.A[l] ** 2) if l < twin.L else dA
            grads[f"dW{l}"], grads[f"db{l}"] = dZ @ cache.A[l - 1].T, dZ.sum(axis=1, keepdims=True)
            dA = rule(twin.W[l], dZ)
        return grads

    return verdict_on(sweep, drawn((3, 3, 3, 1), 4, np.random.default_rng(0)))


@guess
def formulas_that_change() -> Question:
    """How many formulas of the backward pass depend on the loss."""
    return (
        1,
        "Only the first, dA of the last layer. The others know the network, and not the loss.",
        [
            Meaning(4, "the loss everywhere", "Where does the loss stand in dW = dZ·Aᵀ?"),
            Meaning(2, "the loss everywhere", "dZ is made from dA and the activation."),
            Meaning(3, "the loss everywhere", "Where does the loss stand in dW = dZ·Aᵀ?"),
            Meaning(0, "the loss nowhere", "Something has to say which outputs are better."),
        ],
    )


@exercise(
    "For which index is the sum, and which stays?",
    "a_i goes into each z_j with the factor W_ji: its row is j, its column i.",
    "The sum over j of dz[j]·W[j, i].",
)
def one_element(element: Callable[[Array, Array, int], float]) -> str:
    """∂J/∂aᵢ from W and dz, held to a scalar graph with a square W."""
    rng = np.random.default_rng()
    for neurons, inputs in ((3, 3), (4, 2)):
        W, dz = rng.normal(size=(neurons, inputs)), rng.normal(size=neurons)
        a = leaves("a", rng.normal(size=inputs))
        weighted = [z * factor for z, factor in zip(Layer(W, activation="linear").z(list(a)), dz.tolist())]
        J = sum(weighted[1:], start=weighted[0])
        J.backward()
        given = [element(W, dz, i) for i in range(inputs)]
        if np.size(given[0]) > 1:
            text = f"One number is asked for, and yours has shape {np.shape(given[0])}: add up the products."
            raise NotYet(text, "sum missing")
        answers = [float(each) for each in given]
        if same(answers, a.grad):
            continue
        square = W[:inputs]
        for name, text, wrong in (
            (ROW, "Your index i counts neurons: W[i] is what comes into neuron i.", square @ dz[:inputs]),
            ("one way for all", "a_i goes into every z, not into z_i alone.", np.diag(square) * dz[:inputs]),
            ("dz forgotten", "Each factor is multiplied by what arrives at its z.", W.sum(axis=0)),
            ("W forgotten", "Each dz is multiplied by the factor on the way.", np.full(inputs, dz.sum())),
            ("mean for sum", "Contributions are added, not averaged.", W.T @ dz / neurons),
            ("the last way alone", "Add up: += for =.", W[-1] * dz[-1]),
        ):
            if same(answers, wrong):
                raise NotYet(text, name)
        raise NotYet(f"For i = 0 the graph says {a.grad[0]:.5g}, and you have {answers[0]:.5g}.")
    return "The sum is over what the input goes into."


@exercise(
    "Go down a column of W.",
    "da_0 is column 0 of W times dz, number by number, added up.",
    "1·2 + 0·1 + 3·(-1), and 2·2 + (-1)·1 + ½·(-1).",
)
def da_by_hand(answer: Sequence[float]) -> str:
    """Wᵀ·dz for dz = (2, 1, -1), by the graph of a layer."""
    dz = [2.0, 1.0, -1.0]
    a = leaves("a", [0.0, 0.0])
    z = Layer(W, activation="linear").z(list(a))
    (z[0] * dz[0] + z[1] * dz[1] + z[2] * dz[2]).backward()
    right = a.grad
    if same(np.ravel(answer), right):
        return "One sum down each column."
    if np.size(answer) == 3:
        raise NotYet("There are two inputs, so two numbers: go down columns, not along rows.", ROW)
    for name, text, wrong in (
        ("swapped", "Those are the right numbers in the other order.", right[::-1]),
        ("a sign", "The last dz is negative.", np.abs(W).T @ np.abs(dz)),
        ("a sign", "The last dz is negative.", W.T @ np.abs(dz)),
        ("a sign", "W has a negative number, too.", np.abs(W).T @ dz),
        ("dz forgotten", "Each number of a column is multiplied by its dz.", W.sum(axis=0)),
    ):
        if same(np.ravel(answer), wrong):
            raise NotYet(text, name)
    if np.shape(answer) != (2,):
        raise NotYet("There are two inputs, so two numbers.", "another shape")
    i = 0 if not same(answer[0], right[0]) else 1
    raise NotYet(f"Look at da[{i}] again; its column of W is {W[:, i]}.")


@exercise(
    "Each input collects along its column.",
    "A matrix product takes rows of its left factor: turn columns into rows.",
    "dA = Wᵀ·dZ.",
)
def dA(rule: Callable[[Array, Array], Array]) -> str:
    """The rule for dA of the layer before, by the judge."""
    judge_dA(rule)
    return "In a layer drawn at random, and in one with a square W."


@exercise(
    "One round of a loop is one layer, and the last layer comes first.",
    "dZ from dA, then dW and db from dZ, then dA for the next round.",
    "for l in range(twin.L, 0, -1): dZ = dA ⊙ g′, dW = dZ·A[l-1]ᵀ, db = row sums of dZ, dA = W[l]ᵀ·dZ.",
)
def backward(sweep: Backward) -> str:
    """A whole backward pass, by the judge."""
    judge_backward(sweep)
    return "You have written backpropagation in matrices."
