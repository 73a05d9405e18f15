"""Lesson 10: how a machine finds the formulas."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from autodiff import Value, leaves, lift, tanh
from autodiff.lifting import Program
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from nn.model.module import Array

__all__ = [
    "different_lefts",
    "formulas_forward",
    "lines",
    "lines_for_fifty",
    "neurons_in_the_product",
    "product",
    "regression",
    "second_program",
    "terms_of_a_sum",
]

NEURONS, INPUTS, SAMPLES = 4, 3, 5


def lines(program: Program) -> int:
    """The lines of a listing under forward and backward."""
    return _forward(program) + sum(
        " = " in line for line in str(program).partition("backward")[2].splitlines()
    )


@guess
def formulas_forward() -> Question:
    """The formulas of a network of two layers, and its loss."""
    return (
        _forward(_network(SAMPLES)),
        "Z, A, the errors, and J.",
        [
            Meaning(248, "nodes for formulas", "So many nodes there are. Alike ones become one array."),
            Meaning(SAMPLES, "samples for formulas", "Samples are columns of one array."),
            Meaning(NEURONS * SAMPLES, "neurons for formulas", "Neurons are rows of one array."),
            Meaning(2, "layers alone", "Each layer has a sum and an activation, and then comes the loss."),
            Meaning(1, "layers alone", "There is a tanh between two sums: one formula cannot be all of it."),
        ],
    )


@guess
def terms_of_a_sum() -> Question:
    """The terms of a neuron's sum."""
    return (
        INPUTS + 1,
        "Three products and the bias.",
        [
            Meaning(INPUTS, "the bias forgotten", "The loop begins with z = b[i]."),
            Meaning(INPUTS - 1, "additions for terms", "Those would be the additions, without the bias."),
            Meaning(2 * INPUTS, "factors for terms", "A product is one term."),
            Meaning(2 * INPUTS + 1, "factors for terms", "A product is one term."),
        ],
    )


@guess
def different_lefts() -> Question:
    """The number of different rows of W among twenty sums."""
    return (
        NEURONS,
        "A left is a neuron's row of weights, the same for each sample.",
        [
            Meaning(
                NEURONS * SAMPLES, "sums for lefts", "So many sums there are; each row occurs in several."
            ),
            Meaning(SAMPLES, "rights for lefts", "So many rights there are."),
            Meaning(NEURONS * INPUTS, "weights for rows", "A left is a whole row of weights."),
            Meaning(INPUTS, "weights for rows", "So many weights has one left."),
        ],
    )


@guess
def neurons_in_the_product() -> Question:
    """For how many neurons a product is found if one has a weight less."""
    return (
        NEURONS - 1,
        "Those that are alike. The odd one is computed as it stands.",
        [
            Meaning(0, "all or nothing", "What is alike is still alike. Group the others."),
            Meaning(
                NEURONS, "a zero for what is missing", "Nobody has put a zero there: the term does not exist."
            ),
            Meaning(1, "the odd one", "The odd one has no other to be multiplied with."),
        ],
    )


@guess
def lines_for_fifty() -> Question:
    """The lines of the listing for fifty samples."""
    return (
        lines(_network(50)),
        "The number of samples is a width, and not a line.",
        [
            Meaning(100, "samples for lines", "More columns, and no more formulas."),
            Meaning(55, "samples for lines", "More columns, and no more formulas."),
            Meaning(50, "samples for lines", "More columns, and no more formulas."),
        ],
    )


@exercise(
    "Count the lefts, the rights and the pairs.",
    "As many pairs as lefts times rights is not enough: one may be there twice.",
    "len(pairs) == len(set(pairs)) == len(lefts) * len(rights).",
)
def product(test: Callable[[Sequence[tuple[Hashable, Hashable]]], Any]) -> str:
    """A test for products, on pairs drawn at random."""
    rng = np.random.default_rng()
    n, m = 3, int(rng.integers(4, 7))
    pairs = [(f"row {i}", f"column {s}") for i in range(n) for s in range(m)]
    pairs = [pairs[k] for k in rng.permutation(len(pairs))]
    shorter = [pair for pair in pairs if pair[0] != "row 0"]
    cases = [
        (pairs, True, "every left meets every right, in some order", "order taken for pattern"),
        (shorter, True, "two rows less", "one size alone"),
        (pairs[:1], True, "a single pair, which is an inner product", "one size alone"),
        (pairs[1:], False, "a pair is missing", "missing not seen"),
        ([*pairs, pairs[0]], False, "a pair is there twice", "repeated not seen"),
        ([*pairs[1:], pairs[1]], False, "one is missing and another is there twice", "repeated not seen"),
    ]
    wrong = [case for case in cases if bool(test(case[0])) != case[1]]
    if not wrong:
        return f"In all {len(cases)} cases."
    if len(wrong) == 3 and len({right for _, right, _, _ in wrong}) == 1:
        raise NotYet(f"It always says {not wrong[0][1]}.", "always the same")
    _, right, what, name = wrong[0]
    raise NotYet(f"Here {what}, so the answer is {right}.", name)


@exercise(
    "Three loops, as in scalar_loss, without tanh.",
    "z of neuron i and sample s is the sum over j of W[i, j]·X[j, s].",
    "Add (z - Y[i, s])² up over i and s, and divide by the number of samples.",
)
def regression(build: Callable[[Any, Any, Any], Value]) -> str:
    """A loss in which W·X is found."""
    found = _lifted(build, (2, 3), "W·X", lambda w, x: w @ x)
    return f"Found is\n{found}"


@exercise(
    "Which index of W does the sum run over?",
    "It runs over the first index: down a column.",
    "z of output i and sample s is the sum over j of W[j, i]·X[j, s].",
)
def second_program(build: Callable[[Any, Any, Any], Value]) -> str:
    """A loss in which Wᵀ·X is found."""
    found = _lifted(build, (3, 2), "Wᵀ·X", lambda w, x: w.T @ x)
    return f"Found is\n{found}"


def _lifted(
    build: Callable[[Any, Any, Any], Value],
    shape: tuple[int, int],
    formula: str,
    multiply: Callable[[Array, Array], Array],
) -> Program:
    """The program of a loss, if it has the right value and the right product.

    Raises:
        NotYet: if not.
    """
    rng, m = np.random.default_rng(), 6
    w, x, y = rng.normal(size=shape), rng.normal(size=(3, m)), rng.normal(size=(2, m))
    W, X, Y = leaves("W", w), leaves("X", x), leaves("Y", y)
    J = build(W, X, Y)
    if not isinstance(J, Value):
        raise NotYet(f"Return one Value, not {type(J).__name__}.", "returns no Value")
    errors = multiply(w, x) - y
    squares = float((errors**2).sum())
    if not same(J.data, squares / m):
        for name, text, wrong in (
            ("1/m missing", "The mean over the samples.", squares),
            (
                "mean over all numbers",
                "The mean over the samples, and the sum over the outputs.",
                squares / errors.size,
            ),
            ("half of it", "There is no ½ in this loss.", squares / m / 2),
            ("not squared", "The errors are squared.", float(errors.sum()) / m),
            ("squared too late", "Square each error, and add up then.", float(errors.sum()) ** 2 / m),
            ("absolute for squared", "The errors are squared.", float(np.abs(errors).sum()) / m),
            ("one output", "There are two outputs.", float((errors[0] ** 2).sum()) / m),
            ("the last sample alone", "Add up: += for =.", float((errors[:, -1] ** 2).sum()) / m),
            ("a sign", "The errors are differences.", float(((multiply(w, x) + y) ** 2).sum()) / m),
            (
                "tanh too much",
                "Linear regression has no tanh.",
                float(((tanh(multiply(w, x)) - y) ** 2).sum()) / m,
            ),
        ):
            if same(J.data, wrong):
                raise NotYet(text, name)
        raise NotYet(f"Your loss is {J.data:.6g}, the formula says {squares / m:.6g}.")
    found = lift(J, inputs={"X": X, "Y": Y}, params=list(W.ravel()))
    if formula not in str(found):
        raise NotYet(f"The number is right, but no {formula} was found:\n{found}", "no product")
    return found


def _forward(program: Program) -> int:
    forward = str(program).partition("forward")[2].partition("backward")[0]
    return sum(" = " in line for line in forward.splitlines())


def _network(samples: int) -> Program:
    """The program of the lesson's network."""
    rng = np.random.default_rng(0)
    W, b = leaves("W", rng.normal(size=(NEURONS, INPUTS))), leaves("b", rng.normal(size=NEURONS))
    V = leaves("V", rng.normal(size=NEURONS))
    X, Y = leaves("X", rng.normal(size=(INPUTS, samples))), leaves("Y", rng.normal(size=samples))
    J = ((V @ tanh(W @ X + b[:, None]) - Y) ** 2).sum() / samples
    return lift(J, inputs={"X": X, "Y": Y}, params=[*W.ravel(), *b, *V])
