"""Lesson 1: one value and the chain rule."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff import Value, grad, topological_order
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from nn.judging.scalar_class import check_scalar

__all__ = [
    "bell_slope",
    "division",
    "nodes_of_a_neuron",
    "rates_of_a_product",
    "runs_for_differences",
    "still_neuron",
    "three_slopes",
    "weight_against_bias",
]

OWN = "own factor for the other"


@guess
def rates_of_a_product() -> Question:
    """The local derivatives of w·x at w = 0.5 and x = 2."""
    w, x = Value(0.5), Value(2.0)
    return (
        (w * x).local_derivatives,
        "The rate by one factor is the other factor.",
        [
            Meaning(
                (w.data, x.data),
                OWN,
                "Those are w and x themselves. Move w a little: what is it multiplied by?",
            ),
            Meaning((1.0, 1.0), "a sum's for a product's", "Those are the rates of a sum."),
            Meaning(x.data + w.data, "one number for two", "There is one rate for each factor."),
        ],
    )


@guess
def runs_for_differences() -> Question:
    """How many runs give the differences for 1,000 inputs."""
    inputs = 1000
    return (
        inputs + 1,
        "One without a change, and one for each input. Central differences would take 2,000.",
        [
            Meaning(
                inputs,
                "the run to compare with forgotten",
                "Each difference needs something to compare with.",
            ),
            Meaning(
                2 * inputs,
                "a second run for each",
                "The run that nothing is moved in serves for all of them.",
            ),
            Meaning(2, "all moved at once", "If all are moved at once, nobody knows which of them it was."),
            Meaning(1, "all moved at once", "If all are moved at once, nobody knows which of them it was."),
        ],
    )


@guess
def weight_against_bias() -> Question:
    """The quotient of the gradients of w and b, at x = 2."""
    w, x, b = Value(0.5), Value(2.0), Value(-0.5)
    dw, db = grad((w * x + b).tanh(), [w, b])
    return (
        dw / db,
        "On the way to w lies one more factor, x. Everything behind it is shared.",
        [
            Meaning(1.0, "a factor forgotten", "b goes into the sum as it is, w only by way of the product."),
            Meaning(1.0 / x.data, "the other way round", "Which of the two has one more factor on its way?"),
            Meaning(dw, "a quotient was asked", "That is ∂a/∂w. How many times ∂a/∂b is it?"),
        ],
    )


@guess
def nodes_of_a_neuron() -> Question:
    """The number of nodes of tanh(w·x + b)."""
    w, x, b = Value(0.5), Value(2.0), Value(-0.5)
    return (
        len(topological_order((w * x + b).tanh())),
        "Three leaves and three operations.",
        [
            Meaning(3, "leaves or operations alone", "There are three leaves, and there are operations."),
            Meaning(4, "leaves or operations alone", "The product, the sum and tanh are a node each."),
            Meaning(
                5,
                "a result forgotten",
                "The product, the sum and tanh are a node each, with three leaves.",
            ),
            Meaning(2, "edges for nodes", "Count numbers, and not arrows."),
        ],
    )


@exercise(
    "What does a sum do with its gradient, and what a product?",
    "The product passes on the other factor; the sum passes on what it gets, to both.",
    "r to p and to q, and p + q to r.",
)
def three_slopes(answers: Sequence[float]) -> str:
    """The derivatives of (p + q)·r by p, q and r, at 1, -4 and 3."""
    p, q, r = Value(1.0, "p"), Value(-4.0, "q"), Value(3.0, "r")
    right = grad((p + q) * r, [p, q, r])
    if np.shape(answers) != (3,):
        raise NotYet("There are three leaves, so three numbers.", "missing")
    for name, text, wrong in (
        ("a sign", "A sum of 1 and -4 is negative.", (right[0], right[1], -right[2])),
        (OWN, "The product passes the other factor on.", ((p + q).data, (p + q).data, r.data)),
        (
            "other factor forgotten",
            "The sum passes on what it gets, and that is not 1.",
            (1.0, 1.0, right[2]),
        ),
        (
            "expanded wrongly",
            "q's own value does not matter for its slope.",
            (r.data, r.data * q.data, right[2]),
        ),
        ("one operand forgotten", "r is multiplied by the whole sum.", (right[0], right[1], p.data)),
    ):
        if same(answers, wrong):
            raise NotYet(text, name)
    for leaf, answer, slope in zip((p, q, r), answers, right):
        if not same(answer, slope):
            raise NotYet(f"Look at ∂y/∂{leaf.label} again.")
    return "The sum passes its gradient on, the product passes on the other factor."


@exercise(
    "The local derivative of w·x by x decides.",
    "∂a/∂x is a product of three factors, and one of them can be made 0.",
    "∂a/∂x = (1 − a²)·1·w.",
)
def still_neuron(weight: float) -> str:
    """The weight with which a neuron does not react to its input."""
    x, b = Value(np.random.default_rng().uniform(1.0, 2.0)), Value(0.1)
    slope = grad((float(weight) * x + b).tanh(), x)
    if slope != 0.0:
        raise NotYet(
            f"With w = {weight} it still reacts: at x = {x.data:.3f} the slope is {slope:.3g}.", "not 0"
        )
    if float(weight) != 0.0:
        raise NotYet("So far out tanh is flat in float numbers, but not for every x and b.", "saturated")
    return "The way from x to a goes through w."


@exercise(
    "A product rule outside, a chain rule inside.",
    "The derivative of exp(-x²) is exp(-x²) times the derivative of -x².",
    "f′(x) = exp(-x²) + x·exp(-x²)·(-2x).",
)
def bell_slope(slope: Callable[[float], float]) -> str:
    """The derivative of x·exp(-x²), at points drawn at random."""
    names = getattr(getattr(slope, "__code__", None), "co_names", ())
    if asked := {"Value", "grad", "backward"} & {*names}:
        raise NotYet(f"That is the library's answer, by {asked.pop()}. Write a formula.", "not its own")
    points = [0.0, *np.random.default_rng().uniform(-2.0, 2.0, 6).tolist()]
    answers, leaves = [float(slope(each)) for each in points], [Value(each) for each in points]
    right = [grad(x * (-x * x).exp(), x) for x in leaves]
    if same(answers, right):
        return "It agrees with the chain rule at every point tried."
    for name, text, wrong in (
        ("product rule forgotten", "x stands in front: there are two terms.", lambda x: _bell(x) * -2 * x),
        ("product rule forgotten", "(uv)′ is not u′·v′.", lambda x: _bell(x) * (-2 * x) * 1.0 * x),
        ("chain rule forgotten", "The slope of -x² is a factor.", lambda x: _bell(x) + x * _bell(x)),
        ("chain rule forgotten", "The exponential depends on x, too.", _bell),
        ("a sign", "The derivative of -x² is negative.", lambda x: (1 + 2 * x * x) * _bell(x)),
        ("exponent misread", "In Python -x**2 is -(x²), but (-x)**2 is x².",
         lambda x: (1 - 2 * x * x) * math.exp(x * x)),
        ("exponent derived to x", "The derivative of x² is 2x.", lambda x: (1 - x * x) * _bell(x)),
    ):  # fmt: skip
        if same(answers, [wrong(x) for x in points]):
            raise NotYet(text, name)
    at = next(k for k in range(len(points)) if not same(answers[k], right[k]))
    raise NotYet(f"At x = {points[at]:.4g} it is {answers[at]:.6g}, and the slope is {right[at]:.6g}.")


@exercise(
    "u/v moves with u and with v, and with v it gets smaller.",
    "u/v is u·v⁻¹: by u it is the other factor, by v it is u times the derivative of v⁻¹.",
    "1/v, and -u/v².",
)
def division(divide: Callable[[Any, Any], Any], kind: Callable[..., Any]) -> str:
    """Division in the engine of the lesson, by the judge of scalar classes."""
    u, v = np.random.default_rng().uniform(0.5, 2.0, 2).tolist()
    made = divide(kind(u), kind(v))
    if not same(getattr(made, "data", None), u / v):
        raise NotYet(f"{u:.3f}/{v:.3f} is {u / v:.3f}, and not {getattr(made, 'data', made)}.", "wrong value")
    rates = getattr(made, "local_derivatives", ())
    for name, text, wrong in (
        ("a sign", "If the divisor grows, the quotient shrinks.", (1 / v, u / v**2)),
        ("a product's for a quotient's", "Those are the rates of u·v.", (v, u)),
        ("the other factor forgotten", "By v it is -1/v², times what stands above.", (1 / v, -1 / v**2)),
        ("derived as if by u", "v⁻¹ has the derivative -v⁻².", (1 / v, 1 / u)),
        ("not squared", "The derivative of v⁻¹ is -v⁻².", (1 / v, -u / v)),
    ):
        if same(rates, wrong):
            raise NotYet(text, name)
    report = check_scalar(kind)
    for each in (*report.findings, *report.graphs):
        if not each.right:
            raise NotYet(f"{each.quantity}: {each.text}", each.name)
    return (
        f"The judge tried {len(report.findings)} operations and larger graphs: your engine is the library's."
    )


def _bell(x: float) -> float:
    return math.exp(-x * x)
