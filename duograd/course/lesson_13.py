"""Lesson 13: joint data, features, and the kernel view."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autodiff import softmax
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from nn import MLP, MatrixMLP
from nn.model.module import Array

__all__ = [
    "change_of_outputs",
    "conditional",
    "features_of_rings",
    "kernel",
    "logits_plus_five",
    "numbers_it_looks_at",
    "rain_from_clouds",
    "shape_of_a_kernel",
]

JOINT = np.array([[0.45, 0.05], [0.20, 0.30]])
POINTS = 200


@guess
def rain_from_clouds() -> Question:
    """P(rain | clouds), from the table of the lesson."""
    rain = JOINT[1, 1]
    return (
        rain / JOINT[1].sum(),
        "Among the mornings with clouds, and not among all.",
        [
            Meaning(
                rain, "joint for conditional", "That is how often both come. How often among the clouds?"
            ),
            Meaning(rain / JOINT[:, 1].sum(), "the other condition", "That is P(clouds | rain)."),
            Meaning(JOINT[:, 1].sum(), "the condition ignored", "That is P(rain), whatever the sky."),
            Meaning(JOINT[1].sum(), "the condition itself", "That is P(clouds)."),
        ],
    )


@guess
def logits_plus_five() -> Question:
    """What softmax makes of logits that all grow alike."""
    z = np.array([[2.0], [1.0], [-1.0]])
    unchanged = np.allclose(softmax(z), softmax(z + 5.0))
    return (
        "nothing" if unchanged else "all grow",
        "Each exponential is e⁵ times as large, above and below the line.",
        [
            Meaning("all grow", "probabilities that all grow", "They sum up to 1: not all can grow."),
            Meaning("more even", "differences lost", "The differences of the logits are as before."),
        ],
    )


@guess
def numbers_it_looks_at() -> Question:
    """The number of features of MLP(2, [8, 8, 2])."""
    twin = MatrixMLP.from_scalar(MLP(2, [8, 8, 2]))
    return (
        len(twin.features(np.zeros((2, 1)))),
        "The activations of the layer before.",
        [
            Meaning(2, "inputs for features", "Those are the inputs, which it never sees, or its outputs."),
            Meaning(16, "all hidden neurons", "It sees the layer right before it, and no other."),
            Meaning(10, "all before it", "It sees the layer right before it, and no other."),
            Meaning(18, "all before it", "It sees the layer right before it, and no other."),
        ],
    )


@guess
def shape_of_a_kernel() -> Question:
    """The shape of the kernels of 200 points with each other."""
    twin = MatrixMLP.from_scalar(MLP(2, [8, 8, 2]))
    shape = twin.feature_kernel(np.zeros((2, POINTS))).shape
    return (
        shape,
        "A number for each pair of points.",
        [
            Meaning(
                (8, 8),
                "features for points",
                "That is a number for each pair of features. A kernel compares points.",
            ),
            Meaning(
                (8, POINTS), "features for kernels", "Those are the features. A kernel compares two points."
            ),
            Meaning(
                (POINTS, 8), "features for kernels", "Those are the features. A kernel compares two points."
            ),
            Meaning((2, 2), "classes for points", "A kernel knows nothing of classes."),
        ],
    )


@guess
def features_of_rings() -> Question:
    """What becomes of the features of two classes."""
    return (
        "apart",
        "A linear classifier separates them only if they lie apart, so the layers before see to that.",
        [
            Meaning("together", "features for mistakes", "Then no linear classifier could tell them apart."),
            Meaning("as before", "the last layer alone learns", "All layers learn: dA reaches them."),
        ],
    )


@exercise(
    "Each row of the result sums up to 1.",
    "P(x) is the sum of a row.",
    "joint / joint.sum(axis=1, keepdims=True).",
)
def conditional(table: Callable[[Array], Array]) -> str:
    """P(y|x) from P(x, y), for tables drawn at random."""
    rng = np.random.default_rng()
    for values in (4, 3):
        shape = (3, values)
        joint = rng.uniform(0.1, 1.0, shape)
        joint /= joint.sum()
        answer, rows, columns = table(joint.copy()), joint.sum(axis=1), joint.sum(axis=0)
        right = joint / rows[:, None]
        if same(answer, right):
            continue
        for name, text, wrong in (
            ("the other condition", "That is P(x|y): columns sum up to 1.", joint / columns),
            ("joint for conditional", "That is P(x, y) itself.", joint / joint.sum()),
            (
                "rows and columns mixed",
                "Sums of rows are divided out of rows.",
                joint / rows if values == 3 else None,
            ),
            ("transposed", "A row for each x, as in the table given.", right.T),
            ("P(x) for P(y|x)", "That is P(x), or P(y).", rows),
            ("P(x) for P(y|x)", "That is P(x), or P(y).", columns),
            ("a product for a quotient", "P(y|x)·P(x) = P(x, y): divide.", joint * rows[:, None]),
            (
                "divided by the largest",
                "Probabilities sum up to 1.",
                joint / joint.max(axis=1, keepdims=True),
            ),
        ):
            if wrong is not None and same(answer, wrong):
                raise NotYet(text, name)
        if np.shape(answer) != shape:
            raise NotYet(f"The result has the shape of the table, {shape}.", "another shape")
        raise NotYet("The first row should be " + ", ".join(f"{each:.3f}" for each in right[0]) + ".")
    return "Each row is divided by how often it comes."


@exercise(
    "An inner product for each pair of columns.",
    "A matrix product takes rows of its left factor.",
    "Fᵀ·G.",
)
def kernel(table: Callable[[Array, Array], Array]) -> str:
    """Inner products of columns, and that they are those of a network."""
    rng = np.random.default_rng()
    F, G = rng.normal(size=(4, 6)), rng.normal(size=(4, 5))
    answer = table(F, G)
    lengths = np.linalg.norm(F, axis=0)[:, None] * np.linalg.norm(G, axis=0)
    if not same(answer, F.T @ G):
        squares = (F[:, :, None] - G[:, None, :]) ** 2
        for name, text, wrong in (
            ("transposed", "Rows belong to F, columns to G.", G.T @ F),
            ("the angle", "Without dividing by the lengths: that is the kernel itself.", F.T @ G / lengths),
            ("a distance", "An inner product, and not a distance.", squares.sum(axis=0)),
            ("a distance", "An inner product, and not a distance.", np.sqrt(squares.sum(axis=0))),
            ("a mean", "A sum over the features.", F.T @ G / len(F)),
        ):
            if same(answer, wrong):
                raise NotYet(text, name)
        if np.shape(answer) != (6, 5):
            raise NotYet(f"For 6 and 5 points it has shape (6, 5), not {np.shape(answer)}.", "another shape")
        raise NotYet(f"Entry (0, 0) is {F[:, 0] @ G[:, 0]:.4f}, you have {np.asarray(answer)[0, 0]:.4f}.")
    twin, X = MatrixMLP.from_scalar(MLP(2, [5, 3], activation="tanh", seed=1)), rng.normal(size=(2, 4))
    assert same(table(twin.features(X), twin.features(X)), twin.feature_kernel(X))
    return "As feature_kernel has it."


@exercise(
    "dW = dZ·φ(X)ᵀ and db are what is learnt; what do they do at another point?",
    "ΔW·φ(x′) is a sum of kernels; Δb is the same for all points.",
    "-η·dZ·(k + 1).",
)
def change_of_outputs(change: Callable[[Array, Array, float], Array]) -> str:
    """What a step of the last layer does to outputs, against a step that is made."""
    rng = np.random.default_rng()
    eta, W, b = 0.3, rng.normal(size=(2, 4)), rng.normal(size=(2, 1))
    F, G, dZ = rng.normal(size=(4, 6)), rng.normal(size=(4, 5)), rng.normal(size=(2, 6))
    step_W, step_b = -eta * dZ @ F.T, -eta * dZ.sum(axis=1, keepdims=True)
    made = ((W + step_W) @ G + b + step_b) - (W @ G + b)
    k = F.T @ G
    answer = change(dZ, k, eta)
    if same(answer, made):
        return "At any point, from the kernel alone."
    for name, text, wrong in (
        ("the bias forgotten", "The bias learns, too, and it is everybody's.", step_W @ G),
        ("uphill", "A step goes against the gradient.", -made),
        ("no learning rate", "The step is η times the gradient.", made / eta),
        ("1/m twice", "dZ has the 1/m of the mean already.", made / 6),
        ("the bias alone", "The weights learn, too.", step_b + 0.0 * made),
        ("the bias once", "The bias learns from every sample: the 1 belongs into the sum.", step_W @ G - eta),
    ):
        if same(answer, wrong):
            raise NotYet(text, name)
    if np.shape(answer) != made.shape:
        raise NotYet(
            f"It has a row for each output and a column for each point, {made.shape}.", "another shape"
        )
    raise NotYet(f"Entry (0, 0) is {made[0, 0]:.4f}, you have {np.asarray(answer)[0, 0]:.4f}.")
