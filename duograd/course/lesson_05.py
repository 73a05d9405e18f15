"""Lesson 5: dZ and the element-wise product."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autodiff import Value, grad, jacobian, leaves, relu, sigmoid, softmax, tanh
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from duograd.course.rules import judge_dZ
from nn.model.module import Array

__all__ = [
    "dZ_of_relu",
    "dZ_of_sigmoid",
    "dZ_of_tanh",
    "multiplications_spared",
    "numbers_in_a_jacobian",
    "numbers_in_the_jacobian_of_softmax",
    "saturated",
    "ten_gates",
    "widest_gate",
]

Rule = Callable[[Array, Array, Array], Array]


@guess
def numbers_in_a_jacobian() -> Question:
    """The numbers that are not zero in the Jacobian of three tanh."""
    z = leaves("z", [0.3, -1.2, 2.0])
    return (
        int(np.count_nonzero(jacobian([zi.tanh() for zi in z], z))),
        "The diagonal. Strands that do not meet have no derivative by each other.",
        [
            Meaning(9, "everything meets", "Follow z₀ in the picture: which a does it reach?"),
            Meaning(6, "a triangle", "No number comes after another here; each has its own strand."),
            Meaning(1, "the sum's slope", "There is no sum here: there are three results."),
        ],
    )


@guess
def multiplications_spared() -> Question:
    """Multiplications of a product with a diagonal matrix, less those of ⊙, for 100 neurons."""
    n = 100
    return (
        n * n - n,
        "10,000 against 100.",
        [
            Meaning(n * n, "what remains forgotten", "So many the matrix product has. And ⊙?"),
            Meaning(n, "what remains for what is spared", "So many remain."),
            Meaning(0, "zeros for free", "A matrix product multiplies by zeros, too."),
            Meaning(2 * n, "two lists for a table", "A matrix of 100 × 100 has more numbers than that."),
            Meaning(n - 1, "a row for the matrix", "So many a row."),
        ],
    )


@guess
def widest_gate() -> Question:
    """Where tanh′ is largest, and its value there."""
    points = np.linspace(-3.0, 3.0, 601)
    slopes = [grad(z.tanh(), z) for z in map(Value, points.tolist())]
    at = int(np.argmax(slopes))
    return (
        (round(float(points[at]), 9), slopes[at]),
        "In the middle, where tanh is steepest, everything passes.",
        [
            Meaning((0.0, 0.0), "tanh for tanh′", "That is tanh at 0, and not its slope."),
            Meaning(
                (1.0, 1.0), "tanh for tanh′", "Large a does not mean large slope: there it is getting flat."
            ),
            Meaning((0.0, 0.25), "sigmoid′ for tanh′", "That is the sigmoid."),
            Meaning((0.0, 0.5), "sigmoid for tanh′", "That is the sigmoid at 0, and not its slope."),
        ],
    )


@guess
def saturated() -> Question:
    """Of which size tanh′ is at 5."""
    return (
        "less",
        "1 - 0.9999² is about 0.0002: the neuron is deaf to its gradient.",
        [
            Meaning("a tenth", "saturation underrated", "tanh′ = 1 - tanh². Put 0.9999 in."),
            Meaning("a thousandth", "saturation underrated", "tanh′ = 1 - tanh². Put 0.9999 in."),
        ],
    )


@guess
def numbers_in_the_jacobian_of_softmax() -> Question:
    """The numbers that are not zero in the Jacobian of a softmax of three."""
    z = leaves("z", [0.3, -1.2, 2.0])
    return (
        int(np.count_nonzero(jacobian(softmax(list(z)), z))),
        "All meet in the sum, so each result depends on each z.",
        [
            Meaning(3, "the diagonal of a Jacobian", "So it was for tanh. Here all z meet in a sum."),
            Meaning(6, "the diagonal forgotten", "a₀ depends on its own z₀, too."),
            Meaning(0, "the sum is 1", "The results sum up to 1, but each of them moves."),
        ],
    )


@exercise("tanh′ = 1 - tanh².", "tanh(Z) is A.", "dZ = dA ⊙ (1 - A ⊙ A).")
def dZ_of_tanh(rule: Rule) -> str:
    """The rule for tanh, by the judge."""
    judge_dZ(rule, tanh)
    return "From A alone, dA ⊙ (1 - A ⊙ A): the forward pass has done the work already."


@exercise("σ′ can be said with σ.", "σ′ = σ·(1 - σ).", "dZ = dA ⊙ A ⊙ (1 - A).")
def dZ_of_sigmoid(rule: Rule) -> str:
    """The rule for the sigmoid, by the judge."""
    judge_dZ(rule, sigmoid)
    return "Here, too, A is enough: dA ⊙ A ⊙ (1 - A)."


@exercise(
    "relu′ needs no more than a comparison.",
    "It is 1 where z is positive, and 0 elsewhere.",
    "dZ = dA ⊙ (Z > 0).",
)
def dZ_of_relu(rule: Rule) -> str:
    """The rule for relu, by the judge."""
    judge_dZ(rule, relu)
    return "A gate that is open or shut."


@exercise(
    "In the picture, where is σ′ largest?",
    "σ·(1 - σ) is largest for σ = ½, and ten factors are multiplied.",
    "¼, and (¼)¹⁰.",
)
def ten_gates(answer: tuple[float, float]) -> str:
    """The largest slope of a sigmoid, and a bound for ten of them."""
    one, ten = answer
    largest = max(grad(z.sigmoid(), z) for z in map(Value, np.linspace(-3.0, 3.0, 601).tolist()))
    if not same(one, largest):
        for name, text, wrong in (
            ("sigmoid for sigmoid′", "That is the sigmoid in the middle, and not its slope.", 0.5),
            ("tanh′ for sigmoid′", "That is tanh. The sigmoid is half as high, over twice the width.", 1.0),
        ):
            if same(one, wrong):
                raise NotYet(text, name)
        raise NotYet("The picture says otherwise.")
    if not math.isclose(ten, largest**10, rel_tol=0.01):  # two digits are enough
        if same(ten, 10 * one):
            raise NotYet("One gate is right. Along a way, multiply.", "added along a way")
        if same(ten, one):
            raise NotYet("Each gate takes its part.", "one gate for ten")
        raise NotYet("One gate is right. Ten of them are multiplied.")
    (start,) = leaves("z", [0.0])
    y = start
    for _ in range(10):
        y = y.sigmoid()
    return f"At most {ten:.1e}; from z = 0 the graph has {grad(y, start):.1e}. So gradients vanish."
