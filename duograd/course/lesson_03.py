"""Lesson 3: a neuron, a layer, and the shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autodiff import Value, grad, jacobian, topological_order
from duograd.course.answers import Meaning, NotYet, Question, accept, exercise, guess, same
from nn import MLP, Layer, MatrixMLP, judge, losses
from nn.model.module import Array

__all__ = [
    "all_shapes",
    "every_sample_twice",
    "forward",
    "multiplications",
    "numbers_of_a_bias",
    "reach_of_a_weight",
    "shape_of_Z",
    "slope_of_a_square",
    "where_it_begins",
]

NEURONS, INPUTS, SAMPLES = 2, 3, 4
W = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])

TRANSPOSED = "transposed"


@guess
def shape_of_Z() -> Question:
    """The shape of W·X."""
    Z = W @ np.ones((INPUTS, SAMPLES))
    return (
        Z.shape,
        "A row for each neuron, a column for each sample. The inputs are summed away.",
        [
            Meaning(Z.shape[::-1], TRANSPOSED, "Rows are neurons here, and columns are samples."),
            Meaning(
                (INPUTS, INPUTS), "inner for outer", "The pair of equal numbers disappears in the product."
            ),
            Meaning(W.shape, "the shape of W", "That is W. Each neuron gives a number for each sample."),
            Meaning(
                (INPUTS, SAMPLES),
                "the shape of X",
                "That is X. How many numbers does a neuron make of a column?",
            ),
            Meaning((NEURONS, 1), "one sample", "That is one sample's. The batch has four."),
        ],
    )


@guess
def multiplications() -> Question:
    """The number of scalar products in W·X."""
    layer = MLP(INPUTS, [NEURONS])
    of_one = [node.op for node in topological_order(*layer([0.5] * INPUTS))].count("mul")
    return (
        of_one * SAMPLES,
        "For each of eight numbers of Z, three.",
        [
            Meaning(NEURONS * SAMPLES, "elements for products", "So many numbers has Z, and each is a sum."),
            Meaning(of_one, "one sample", "So many for one sample. The batch has four."),
            Meaning(INPUTS * SAMPLES, "one neuron", "So many for one neuron. There are two."),
            Meaning(
                NEURONS * SAMPLES * (INPUTS - 1),
                "additions for products",
                "So many additions, without the bias.",
            ),
            Meaning(1, "one product of matrices", "Of numbers, that is, and not of matrices."),
        ],
    )


@guess
def numbers_of_a_bias() -> Question:
    """The number of biases of two neurons, for four samples."""
    return (
        len(Layer(W).named_parameters()) - W.size,
        "One a neuron. It is added to every column: a neuron has the same bias for every sample.",
        [
            Meaning(
                NEURONS * SAMPLES, "a bias for each sample", "A neuron does not know which sample comes."
            ),
            Meaning(
                SAMPLES, "a bias for each sample", "The bias belongs to the neuron, and not to the sample."
            ),
            Meaning(1, "a bias for the layer", "Each neuron has its own."),
            Meaning(NEURONS * INPUTS, "weights for biases", "So many weights there are."),
        ],
    )


@guess
def slope_of_a_square() -> Question:
    """∂J/∂a for a = 4, y = 1 and four samples."""
    a, m = Value(4.0), SAMPLES
    slope = grad((a - 1.0) ** 2 / m, a)
    return (
        slope,
        "2/m times the difference.",
        [
            Meaning(slope * m, "1/m missing", "J is a mean: what does one of four samples count in it?"),
            Meaning(slope / 2, "half of it", "The square has the derivative twice the difference."),
            Meaning(slope * m / 2, "the difference alone", "That is a - y. J is a mean of squares."),
            Meaning(-slope, "sign flipped", "If a is too large and grows, J grows."),
            Meaning(
                (4.0 - 1.0) ** 2 / m, "the value for its derivative", "That is what the sample adds to J."
            ),
            Meaning(
                (4.0 - 1.0) ** 2, "the value for its derivative", "That is the square, and not its slope."
            ),
        ],
    )


@guess
def every_sample_twice() -> Question:
    """What becomes of gradients if each sample is there twice."""
    return (
        "the same",
        "Twice as many terms, each counts half. A gradient of a mean does not grow with the batch.",
        [
            Meaning("doubled", "1/m missing", "So it would be for a sum of losses. J is a mean."),
            Meaning("halved", "1/m twice", "Each term counts half, and how many terms are there?"),
        ],
    )


@exercise(
    "Rows of W are neurons, columns of X are samples.",
    "W of a layer has as many columns as the layer before has neurons.",
    "X: inputs × samples. W[l]: m_l × m_(l-1). b[l]: m_l × 1. Z[l] and A[l]: m_l × samples.",
)
def all_shapes(shapes: Mapping[str, tuple[int, int]]) -> str:
    """The shapes of a network of layers of 8, 5 and 3 for 4 inputs and 10 samples."""
    twin = MatrixMLP.from_scalar(MLP(4, [8, 5, 3]))
    run = twin.forward(np.zeros((4, 10)))
    right = {
        name: array.shape
        for name, array in zip(
            ("X", "W1", "W2", "b3", "Z2", "A3"),
            (run.A[0], twin.W[1], twin.W[2], twin.b[3], run.Z[2], run.A[3]),
        )
    }
    missing = right.keys() - shapes.keys()
    if missing:
        raise NotYet(f"Still to come: {', '.join(sorted(missing))}.", "missing")
    wrong = [name for name in right if not same(tuple(shapes[name]), right[name])]
    if not wrong:
        return "The inner pair of each product disappears, the outer pair remains."
    if all(same(tuple(shapes[name])[::-1], right[name]) for name in wrong):
        raise NotYet(f"{', '.join(wrong)}: the other way round. {all_shapes.hint(1)}", TRANSPOSED)
    if wrong == ["b3"] and tuple(shapes["b3"]) == (3, 10):
        raise NotYet("b3 does not know how many samples there are.", "a bias for each sample")
    if wrong == ["b3"] and tuple(shapes["b3"]) == (3,):
        raise NotYet("b3 is a column, of two dimensions.", "another shape")
    if {*wrong} & {"Z2", "A3"} and all(tuple(shapes[name])[1] != 10 for name in wrong):
        raise NotYet(f"{', '.join(wrong)}: each sample has a column of its own.", "one sample")
    raise NotYet(f"Look at {', '.join(wrong)} again.")


@exercise(
    "Begin with A = X, then Z and A once a layer.",
    "Z is W[l] @ A + b[l]; in the last layer A is Z.",
    "for l in W: Z = W[l] @ A + b[l]; A = np.tanh(Z) if l < len(W) else Z.",
)
def forward(run: Callable[[Any, Any, Array], Array]) -> str:
    """A forward pass, in networks drawn at random."""
    rng = np.random.default_rng()
    for sizes in ([4, 2], [5, 4, 3], [3]):
        W = {l: rng.normal(size=shape) for l, shape in enumerate(zip(sizes, [3, *sizes]), start=1)}
        b = {l: rng.normal(size=(size, 1)) for l, size in enumerate(sizes, start=1)}
        X = rng.normal(size=(3, 6))
        answer, right = run(W, b, X.copy()), _run(W, b, X)
        if same(answer, right):
            continue
        for name, text, wrong in (
            ("tanh in the last layer", "The last layer is linear.", _run(W, b, X, last=True)),
            ("no activation", "Without tanh the layers are one matrix.", _run(W, b, X, hidden=False)),
            ("no bias", "Each neuron adds its bias before tanh.", _run(W, {l: 0.0 * b[l] for l in b}, X)),
            (
                "tanh before the bias",
                "The bias belongs into z, and tanh comes after it.",
                _run(W, b, X, early=True),
            ),
            (TRANSPOSED, "Columns are samples, in the result, too.", right.T),
            (
                "activations not kept",
                "Z of the last layer is to be made of A before it.",
                _run(W, b, X, stop=1),
            ),
        ):
            if same(answer, wrong):
                raise NotYet(text, name)
        if np.shape(answer) != right.shape:
            raise NotYet(f"Your output has shape {np.shape(answer)}, not {right.shape}.", "another shape")
        raise NotYet("The shape is right, the numbers are not. Which layers have a tanh?")
    return "In three networks, to the last column."


@exercise(
    "Whose weight is it, and which input does it multiply?",
    "It sits in row 1 of W, so it goes into row 1 of Z.",
    "Z[1, s] has the term W[1, 2]·X[2, s], for every s.",
)
def reach_of_a_weight(reached: set[tuple[int, int]]) -> str:
    """The elements of Z that W[1, 2] reaches, by the Jacobian."""
    layer = Layer(W, activation="linear")
    weight = layer.neurons[1].w[2]
    X = np.random.default_rng().uniform(0.5, 1.0, (INPUTS, SAMPLES))
    columns = [jacobian(layer.z(sample), [weight])[:, 0] for sample in X.T]
    right = {(i, s) for s, column in enumerate(columns) for i in range(NEURONS) if column[i] != 0.0}
    if same({*map(tuple, reached)}, right):
        return "All of its neuron's row, and nothing else."
    every = {(i, s) for i in range(NEURONS) for s in range(SAMPLES)}
    for name, text, wrong in (
        ("index of W for one of Z", "1 and 2 are its row and its column in W.", [{(1, 2)}]),
        ("one sample", "A batch has more than one sample.", [{(1, s)} for s in range(SAMPLES)]),
        (
            "a column for a row",
            "Its neuron is a row of Z; a column is a sample.",
            [{(0, s), (1, s)} for s in range(4)],
        ),
        ("every neuron", "The other neuron has weights of its own.", [every]),
        (
            "the other neuron",
            "Row 1 is the second, since indices begin at 0.",
            [{(0, s) for s in range(SAMPLES)}],
        ),
        ("counted from 1", "Indices begin at 0.", [{(1, s) for s in range(1, SAMPLES + 1)}]),
    ):
        if {*map(tuple, reached)} in wrong:
            raise NotYet(text, name)
    raise NotYet("Not these. Which elements of Z have the term with this weight?")


@exercise(
    "A_ks stands in one term of the sum only.",
    "The square has the derivative twice what is squared, and the mean keeps its factor.",
    "2/m · (A - Y), where m is the number of columns.",
)
def where_it_begins(rule: Callable[[Array, Array], Array]) -> str:
    """The gradient of the mean squared error by the outputs, by the judge."""
    rng = np.random.default_rng()

    def mse(A: Array, Y: Array) -> Any:
        return ((A - Y) ** 2).sum() / A.shape[1]

    def gradient(A: Array, Y: Array) -> dict[str, Array]:
        return {"A": rule(A, Y)}

    A, Y = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    if same(rule(A.copy(), Y.copy()), 2 / A.shape[0] * (A - Y)):
        raise NotYet("You divide by the number of outputs. J is a mean over samples.", "outputs for samples")
    accept(judge(mse, gradient, A=A, Y=Y), ["A"])
    A, Y = rng.normal(size=(1, 7)), rng.normal(size=(1, 7))
    if not same(rule(A, Y), losses.mse.dA(A, Y)):
        raise NotYet("It is right for three outputs and five samples, and for no other numbers.", "fitted")
    return "2/m times the difference. What comes behind takes the 1/m along."


def _run(
    W: Mapping[int, Array],
    b: Mapping[int, Array],
    X: Array,
    hidden: bool = True,
    last: bool = False,
    early: bool = False,
    stop: int = 0,
) -> Array:
    """The forward pass, or one with a mistake; ``stop`` layers before the last do not hand on their tanh."""
    A = X
    for l in W:
        bends = last if l == len(W) else hidden and l < len(W) - stop
        Z = np.tanh(W[l] @ A) + b[l] if early and bends else W[l] @ A + b[l]
        A = np.tanh(Z) if bends and not early else Z
    return A
