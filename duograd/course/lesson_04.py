"""Lesson 4: dW and db."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autodiff import grad, jacobian, leaves
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from duograd.course.rules import judge_db, judge_dW
from nn import Layer
from nn.model.module import Array

__all__ = [
    "a_row_of_db",
    "adds_up_the_samples",
    "column_times_row",
    "dW",
    "dW_by_hand",
    "db",
    "local_derivative_of_a_weight",
    "who_notices",
]

TRANSPOSED = "transposed"
X = (1.0, 0.5, -0.5)


@guess
def who_notices() -> Question:
    """How many z of a layer of two neurons a weight moves."""
    layer = Layer(np.ones((2, 3)), activation="linear")
    slopes = jacobian(layer.z(X), [layer.neurons[1].w[2]])
    return (
        int(np.count_nonzero(slopes)),
        "That of its own neuron. Whatever the weight does to J, it does through that one z.",
        [
            Meaning(2, "every neuron", "The other neuron has weights of its own."),
            Meaning(3, "inputs for neurons", "There are three inputs, and two neurons."),
            Meaning(0, "nobody", "The weight is multiplied by x₂, which is not zero here."),
        ],
    )


@guess
def local_derivative_of_a_weight() -> Question:
    """∂z₁/∂W₁₂ for a sample."""
    layer = Layer(np.full((2, 3), 0.7), activation="linear")
    return (
        grad(layer.z(X)[1], layer.neurons[1].w[2]),
        "x₂, what the weight is multiplied by.",
        [
            Meaning(X[1], "another index", "That is x₁. W₁₂ leads from input 2 to neuron 1."),
            Meaning(X[0], "another index", "That is x₀, or the slope of a sum. What is W₁₂ multiplied by?"),
            Meaning(0.7, "own factor for the other", "The slope of a product by one factor is the other."),
            Meaning("W12", "own factor for the other", "The slope of a product by one factor is the other."),
        ],
    )


@guess
def column_times_row() -> Question:
    """The shape of an outer product."""
    shape = (np.ones((2, 1)) @ np.ones((1, 3))).shape
    return (
        shape,
        "That of W, as a gradient has to be.",
        [
            Meaning(shape[::-1], TRANSPOSED, "The column comes first, and has two rows."),
            Meaning(
                (1, 1), "inner for outer", "A row times a column is one number. This is the other way round."
            ),
            Meaning(
                (2, 1), "inner for outer", "That is the column alone; each of its numbers meets a whole row."
            ),
            Meaning((3, 3), "inner for outer", "Two rows there are, one for each neuron."),
        ],
    )


@guess
def adds_up_the_samples() -> Question:
    """The matrix product that sums over samples."""
    return (
        "dZ @ X.T",
        "The samples are the inner axis: they are summed away.",
        [
            Meaning("X @ dZ.T", TRANSPOSED, "That has the right numbers, and the shape of the transposed W."),
            Meaning("dZ.T @ X", "summed over the other axis", "Its inner axis is neurons against inputs."),
            Meaning(
                "dZ * X", "⊙ for ·", "Two neurons and three inputs do not go together element by element."
            ),
            Meaning("dZ @ X.T / 4", "1/m twice", "The mean has left its 1/m in dZ already."),
            Meaning("dZ @ X", "an error", "Four columns do not go with three rows."),
        ],
    )


@guess
def a_row_of_db() -> Question:
    """The sum of a row of dZ."""
    row = np.array([0.5, -1.0, 0.0, 2.0])
    return (
        row.sum(),
        "All samples use the same bias, so what they say is added.",
        [
            Meaning(row.mean(), "1/m twice", "That is the mean, and the mean of the loss is in dZ already."),
            Meaning(row[-1], "= for +=", "That is the last sample's. All of them count."),
            Meaning(np.abs(row).sum(), "signs lost", "Contributions may cancel."),
            Meaning(1.0, "the local derivative alone", "That is ∂z/∂b. It is multiplied by what arrives."),
            Meaning(0.0, "constant for bias", "A bias is no constant: it is learnt."),
        ],
    )


@exercise(
    "Three neurons, two inputs: three rows of two numbers.",
    "Row i is dz_i times the whole of xᵀ.",
    "dW_ij = dz_i·x_j: 3·(2, -1), 0·(2, -1), -4·(2, -1).",
)
def dW_by_hand(answer: Array) -> str:
    """dW for x = (2, -1) and dz = (3, 0, -4), by the graph of a layer."""
    x, dz = [2.0, -1.0], [3.0, 0.0, -4.0]
    layer = Layer(np.random.default_rng().normal(size=(3, 2)), activation="linear")
    J = sum((z * factor for z, factor in zip(layer.z(x), dz)), start=leaves("J", [0.0])[0])
    J.backward()
    right = np.array([[w.grad for w in neuron.w] for neuron in layer.neurons])
    if same(answer, right):
        return "The neuron whose dz is 0 learns nothing from this sample."
    for name, text, wrong in (
        (TRANSPOSED, "dW has a row for each neuron, as W has.", right.T),
        ("a sign", "Minus times minus is plus, and plus times minus is minus.", np.abs(right)),
        ("x alone", "Each row is x times the dz of its neuron.", np.array([x] * 3)),
        ("sum for product", "dz and x are multiplied.", np.add.outer(dz, x)),
        ("dz alone", "Each dz is multiplied by the input of the weight.", np.array([dz, dz]).T),
    ):
        if same(answer, wrong):
            raise NotYet(text, name)
    if np.shape(answer) != right.shape:
        raise NotYet(f"dW has the shape of W, {right.shape}, yours has {np.shape(answer)}.", "another shape")
    i, j = np.argwhere(~np.isclose(np.asarray(answer, dtype=float), right))[0].tolist()
    if same(np.abs(np.asarray(answer, dtype=float)), np.abs(right)):
        raise NotYet(f"Look at the sign of element ({i}, {j}).", "a sign")
    raise NotYet(f"Look at element ({i}, {j}) again: its dz times its x.")


@exercise(
    "Which of the two has to be transposed for the shape of W to come out?",
    "The samples have to be the inner axis of the product.",
    "dW = dZ·A_beforeᵀ.",
)
def dW(rule: Callable[[Array, Array], Array]) -> str:
    """The rule for dW, by the judge."""
    judge_dW(rule)
    return "In a layer drawn at random, and in one with a square W."


@exercise(
    "b went into every column of Z.",
    "So all samples contribute: a sum along each row.",
    "db = dZ.sum(axis=1, keepdims=True).",
)
def db(rule: Callable[[Array], Array]) -> str:
    """The rule for db, by the judge."""
    judge_db(rule)
    return "A sum along each row, and a column it stays."
