"""Lesson 11: second derivatives, and gradients as graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff import Value, explain, grad, hessian
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from nn.model.module import Array

__all__ = [
    "border_of_descent",
    "hessian_by_hand",
    "newton",
    "newton_on_a_saddle",
    "numbers_of_a_hessian",
    "sensitivity_of_a_sensitivity",
    "ways_to_a_slope",
]


@guess
def ways_to_a_slope() -> Question:
    """The ways from x to the derivative of x·x·x."""
    x = Value(2.0)
    return (
        explain(grad(x * x * x, x, create_graph=True), wrt=x).count,
        "Three places for the first derivative, two for the second.",
        [
            Meaning(3, "one derivative", "So many products there are, and each has two factors x."),
            Meaning(2, "one product", "So many in one of the three products."),
            Meaning(9, "three again", "In each product one factor is left out: two are there."),
            Meaning(12, "y″ for its ways", "That is 6x at 2. How many ways is it the sum of?"),
        ],
    )


@guess
def sensitivity_of_a_sensitivity() -> Question:
    """Whether ∂a/∂w of a neuron grows with x."""
    w, x, b = Value(0.5), Value(2.0), Value(-0.5)
    mixed = float(hessian((w * x + b).tanh(), [w, x])[0, 1])
    return (
        "grows" if mixed > 0 else "falls",
        f"But barely: the factor x wins over the saturation, by {mixed:.2f}.",
        [
            Meaning(
                "falls",
                "saturation alone",
                "The neuron saturates, but x is a factor, too. Which one wins here?",
            ),
            Meaning("neither", "no mixed derivative", "x occurs in ∂a/∂w, in two places."),
        ],
    )


@guess
def newton_on_a_saddle() -> Question:
    """Where a step of Newton's method leads from (3, 2) on p² - q²."""
    theta = [Value(3.0), Value(2.0)]
    p, q = theta
    f = p * p - q * q
    there = np.array([3.0, 2.0]) - np.linalg.solve(hessian(f, theta), grad(f, theta))
    return (
        tuple(there.tolist()),
        "To the saddle, where the slope is zero, although f falls along q without an end.",
        [
            Meaning(
                (0.0, 4.0), "downhill along q", "So it would be if the step went down. It goes to slope zero."
            ),
            Meaning((-3.0, 6.0), "no inverse", "That is θ - ∇f. The step is made with H⁻¹."),
            Meaning((-3.0, -2.0), "twice the step", "H has 2 on its diagonal, as the gradient has."),
            Meaning((3.0, 2.0), "no step", "The slope there is not zero."),
        ],
    )


@guess
def numbers_of_a_hessian() -> Question:
    """The second derivatives of 2,410 parameters."""
    n = 2410
    return (
        n * n,
        "5.8 million; for a million parameters it would be 10¹².",
        [
            Meaning(n, "the diagonal alone", "Each first derivative has one by each parameter."),
            Meaning(2 * n, "one more for each", "Each first derivative has one by each parameter."),
            Meaning(
                n * (n + 1) // 2, "each pair once", "So many different ones, since H is symmetric. In all?"
            ),
            Meaning(n * (n - 1) // 2, "each pair once", "Those are the different ones off the diagonal."),
        ],
    )


@exercise(
    "Two first derivatives, and each of them by x and by y.",
    "f_x = 2xy, f_y = x² + 3y².",
    "[[2y, 2x], [2x, 6y]].",
)
def hessian_by_hand(answer: Array) -> str:
    """The Hessian of x²y + y³ at (1, 2)."""
    x, y = Value(1.0, "x"), Value(2.0, "y")
    f = x * x * y + y * y * y
    right = hessian(f, [x, y])
    if np.shape(answer) != (2, 2):
        raise NotYet(
            f"Two variables have a Hessian of shape (2, 2), not {np.shape(answer)}.", "another shape"
        )
    given = np.asarray(answer, dtype=np.float64)
    if same(given, right):
        return "All four, and symmetric."
    slopes = np.array(grad(f, [x, y]))
    for name, text, wrong in (
        ("mixed ones forgotten", "f_x depends on y, too.", np.diag(np.diag(right))),
        (
            "first derivatives",
            "Those are the first derivatives; differentiate them once more.",
            np.diag(slopes),
        ),
        (
            "first derivatives multiplied",
            "A second derivative is no product of first ones.",
            np.outer(slopes, slopes),
        ),
        ("rows swapped", "The rows are in the other order.", right[::-1]),
        ("at (2, 1)", "x is 1, and y is 2.", np.array([[2.0, 4.0], [4.0, 6.0]])),
    ):
        if same(given, wrong):
            raise NotYet(text, name)
    if given[0, 1] != given[1, 0]:
        raise NotYet("In which order one differentiates does not matter.", "not symmetric")
    i, j = np.argwhere(~np.isclose(given, right))[0]
    raise NotYet(f"Look at ∂²f/∂{'xy'[i]}∂{'xy'[j]} again; it is not {given[i, j]:g}.")


@exercise(
    "You need f′ and f″ at x; grad gives either.",
    "grad(f(x), x, create_graph=True) is f′ as a Value.",
    "number - f′/f″.",
)
def newton(step: Callable[[Callable[[Value], Value], float], float]) -> str:
    """A step of Newton's method, on a parabola and on exp(x) - kx."""
    rng = np.random.default_rng()
    lowest, k, start = (float(each) for each in rng.uniform([1.0, 2.0, 4.0], [2.0, 3.0, 6.0]))

    def parabola(x: Value) -> Value:
        return 3.0 * (x - lowest) ** 2 + 1.0

    found = float(step(parabola, start))
    slope, value = 6.0 * (start - lowest), 3.0 * (start - lowest) ** 2 + 1.0
    if not same(found, lowest):
        for name, text, wrong in (
            ("f for f′", "That finds a zero of f. Here f′ has to vanish.", start - value / slope),
            ("f″ forgotten", "That is gradient descent with η = 1.", start - slope),
            ("a sign", "The step goes against f′/f″.", start + slope / 6.0),
            ("the other way round", "f′ stands above, f″ below.", start - 6.0 / slope),
            ("half a step", "f″ of (x - c)² is 2, and not 1.", start - slope / 12.0),
            ("the step alone", "Where does it arrive?", slope / 6.0),
            ("the step alone", "Where does it arrive?", -slope / 6.0),
        ):
            if same(found, wrong):
                raise NotYet(text, name)
        raise NotYet(
            f"3(x - {lowest:.3f})² + 1 is a parabola; one step from {start:.3f} came to {found:.4g}."
        )
    number = 1.0
    for _ in range(7):
        number = float(step(lambda x: x.exp() - k * x, number))
    if not same(number, float(np.log(k))):
        raise NotYet(
            f"exp(x) - {k:.3f}x is lowest at {np.log(k):.6f}; seven steps came to {number:.6f}.",
            "parabola alone",
        )
    return "One step on a parabola; seven on exp(x) - kx, to nine digits."


@exercise(
    "np.linalg.eigvalsh of a Hessian gives its eigenvalues.",
    "|1 - ηλ| has to be below 1 for every eigenvalue λ.",
    "2/λ of the largest λ of [[1, 2], [2, 9]].",
)
def border_of_descent(border: float) -> str:
    """The largest learning rate on a bowl, by descents on both sides of it."""
    eta = float(border)
    below, above = _left_over(0.99 * eta), _left_over(1.01 * eta)
    if eta > 0 and below < 1.0 < above:
        return f"{below:.1e} from the goal on one side, {above:.1e} on the other."
    eigenvalues = np.linalg.eigvalsh(np.array([[1.0, 2.0], [2.0, 9.0]]))
    for name, text, wrong in (
        (
            "1/λ for 2/λ",
            "Up to 1/λ it comes without jumping over; beyond, it jumps, and still comes closer.",
            1 / eigenvalues[1],
        ),
        (
            "the smallest eigenvalue",
            "Every direction has to come to rest, the steepest, too.",
            2 / eigenvalues[0],
        ),
        ("the diagonal for eigenvalues", "The steepest direction lies askew between p and q.", 2 / 9.0),
        ("λ for 2/λ", "The steeper, the smaller the step.", eigenvalues[1]),
        ("the trace", "The sum of the eigenvalues is not the largest.", 2 / 10.0),
    ):
        if np.isclose(eta, wrong, rtol=1e-3):
            raise NotYet(text, name)
    if below >= 1.0:
        raise NotYet(f"One percent below {eta:.4g} it runs away already.", "too large")
    raise NotYet(f"One percent above {eta:.4g} it still comes to rest.", "too small")


def _left_over(eta: float) -> float:
    """The distance from the lowest point after 1,000 steps from (1, 1)."""
    H = np.array([[1.0, 2.0], [2.0, 9.0]])
    point: Any = np.array([1.0, 1.0])
    for _ in range(1000):
        point = point - eta * H @ point
        if abs(point).max() > 1e6:
            break
    return float(np.linalg.norm(point))
