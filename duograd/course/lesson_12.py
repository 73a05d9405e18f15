"""Lesson 12: a GPT from scalars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Array, grad, leaves, softmax
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same

__all__ = [
    "columns_that_learn",
    "count",
    "knows_nothing",
    "norm_backward",
    "predictions_that_change",
    "share_of_the_first",
    "ten_times_as_large",
    "weight_of_a_question",
    "window",
]

Floats = npt.NDArray[np.float64]

LETTERS = 27  # the end is one of them
LETTERS_TRIED, PLACES_TRIED = (53, 59, 61, 67, 71, 73), (37, 41, 43, 47)
NAME = "anna"
END = "the end forgotten"
AHEAD = "looks ahead"
EPSILON = 1e-5


@guess
def weight_of_a_question() -> Question:
    """The sum of the first column of Y, for the name of the lesson."""
    questions = len(NAME) + 1
    return (
        1 / questions,
        "Each of the questions has an equal part in the mean, and the end is asked for, too.",
        [
            Meaning(1 / len(NAME), END, "After the last letter the end has to be predicted."),
            Meaning(1.0, "mean forgotten", "So it would be if the losses were added, and not averaged."),
            Meaning(1 / 16, "empty places counted", "Columns behind the end ask nothing."),
            Meaning(0.0, "no answer", "The name begins with a letter, and to predict it is a question."),
        ],
    )


@guess
def ten_times_as_large() -> Question:
    """How much rms_norm(10·x) is larger than rms_norm(x)."""
    return (
        1.0,
        "The root of the mean of the squares is ten times as large, too.",
        [
            Meaning(10.0, "norm held fixed", "What it is divided by is made of the same numbers."),
            Meaning(0.1, "norm squared", "The mean of squares is 100 times as large. And its root?"),
            Meaning(math.sqrt(10.0), "root taken twice", "By the root of the squares, not of the numbers."),
        ],
    )


@guess
def share_of_the_first() -> Question:
    """What a softmax over one key gives it."""
    return (
        1.0,
        "Shares sum to 1, and there is one: it finds its own value, whatever it asks.",
        [
            Meaning(0.0, "nobody to look at", "Its own key is in the list when it looks."),
            Meaning(0.5, "one too many", "There is no second key in the list."),
            Meaning(1 / 16, AHEAD, "The other places have not been gone through yet."),
        ],
    )


@guess
def knows_nothing() -> Question:
    """The cross-entropy of equal probabilities."""
    return (
        math.log(LETTERS),
        "-log of a 27th, for each question, and so in the mean.",
        [
            Meaning(math.log(LETTERS - 1), END, "The end has a probability, too."),
            Meaning(1 / LETTERS, "probability for its log", "The loss is -log of that probability."),
            Meaning(-math.log(LETTERS), "the sign", "-log of a number below 1 is positive."),
            Meaning(math.log2(LETTERS), "in bits", "That is in bits; ours is the natural logarithm."),
            Meaning(
                5 * math.log(LETTERS), "mean forgotten", "The loss of a name is the mean over its questions."
            ),
            Meaning(0.0, "loss of the sure", "So it would be for one who is always sure and right."),
        ],
    )


@guess
def predictions_that_change() -> Question:
    """How many of anna's predictions change if the last letter does."""
    return (
        1,
        "Only the last position has seen it: it goes in there, and nobody before looks ahead.",
        [
            Meaning(5, AHEAD, "The others would have to see a letter that comes after them."),
            Meaning(
                0, "an answer for a question", "It answers the fourth question, and goes into the fifth."
            ),
            Meaning(2, "an answer for a question", "What is right for the fourth is another; what it says?"),
        ],
    )


@guess
def columns_that_learn() -> Question:
    """How many columns of E anna reads."""
    return (
        len({*NAME}) + 1,
        "Those of a, of n, and of the end, which begins the name.",
        [
            Meaning(len({*NAME}), END, "What is the first letter predicted from?"),
            Meaning(len(NAME), "letters counted twice", "Both n read the same column, and both a."),
            Meaning(
                len(NAME) + 1,
                "letters counted twice",
                "Five columns of X go in, and some are the same.",
            ),
            Meaning(LETTERS, "zeros teach", "A column that is multiplied by 0 does not move the loss."),
        ],
    )


@exercise(
    "x goes into y by two ways: itself, and through the root r that all of them are divided by.",
    "∂yᵢ/∂xⱼ is 1/r for i = j, less xᵢ·xⱼ/(n·r³) for all i and j.",
    "dx = (dy - y·mean(y·dy)) / r with r = √(mean(x²) + ε).",
)
def norm_backward(backward: Callable[[Floats, Floats], Any]) -> str:
    """The gradient through RMS norm, of columns of several lengths."""
    rng = np.random.default_rng()
    for n in (3, 8, 1, 5):
        x, dy = rng.normal(size=(2, n)) * np.array([[0.02], [1.0]])  # so small that ε counts
        found = backward(x.copy(), dy.copy())
        values = leaves("x", x)
        r = ((values * values).sum() / n + EPSILON) ** 0.5
        right = np.array(grad((values / r * dy).sum(), list(values)))
        if same(found, right):
            continue
        if np.shape(found) != (n,):
            raise NotYet(f"Return {n} numbers for {n}; yours have the shape {np.shape(found)}.", "shape")
        root = np.sqrt((x * x).mean() + EPSILON)
        y, bare = x / root, np.sqrt((x * x).mean())
        for name, text, wrong in (
            ("norm held fixed", "The root moves with x, too.", dy / root),
            ("sum for mean", "Of y·dy it is the mean.", (dy - y * (y * dy).sum()) / root),
            ("sign", "The way through the root takes away.", (dy + y * (y * dy).mean()) / root),
            ("not divided", "All of it is divided by r.", dy - y * (y * dy).mean()),
            ("x for y", "Take the column after the norm.", (dy - x * (x * dy).mean()) / root),
            ("ε forgotten", "Right, but for the ε under the root.",
             (dy - x / bare * (x / bare * dy).mean()) / bare),
        ):  # fmt: skip
            if same(found, wrong):
                raise NotYet(text, name)
        raise NotYet(f"Of {n} numbers the first should be {right[0]:.6g}, yours is {np.ravel(found)[0]:.6g}.")
    return "What points along the column is taken away."


@exercise(
    "Which elements of a list are its last few?",
    "keys[-window:] are the last ones, or all. The values go with them.",
    "Cut both lists, then do as look_back does: the shares are to sum to 1 over those that are seen.",
)
def window(look: Callable[[Array, Array, Array, int], Sequence[Any]]) -> str:
    """Attention over the last few positions."""
    rng = np.random.default_rng()
    for t, d, seen in ((6, 2, 3), (5, 4, 1), (4, 3, 4), (3, 2, 9), (7, 3, 2)):
        first, more = max(0, t - seen), max(0, t - seen - 1)
        q, k, v = rng.normal(size=d), rng.normal(size=(t, d)), rng.normal(size=(t, d))
        answered = look(leaves("q", q), leaves("k", k), leaves("v", v), seen)
        found = np.array([getattr(each, "data", each) for each in answered], dtype=np.float64)
        if found.shape != (d,):
            raise NotYet(f"Of values of {d} numbers, {d} numbers are found, not {len(found)}.", "shape")
        if same(found, _found(q, k[first:], v[first:])):
            continue
        shares = _shares(q, k)
        for name, text, wrong in (
            ("first for last", "Those are the first positions.", _found(q, k[:seen], v[:seen])),
            ("own position left out", "Its own position is one of them.",
             _found(q, k[:-1][-seen:], v[:-1][-seen:])),
            ("one too few", "That is one position too few.", _found(q, k[first + 1 :], v[first + 1 :])),
            ("one too many", "That is one position too many.", _found(q, k[more:], v[more:])),
            ("cut after the softmax", "The shares of those that are seen do not sum to 1.",
             shares[first:] @ v[first:]),
            ("values not cut", "The keys are the last ones, the values the first.",
             _shares(q, k[first:]) @ v[: t - first]),
            ("all are seen", "All positions are looked at.", shares @ v),
            ("not scaled", "The scores are divided by √d.", _found(q * math.sqrt(d), k[first:], v[first:])),
            ("keys for values", "It is the values that are mixed.", _found(q, k[first:], k[first:])),
        ):  # fmt: skip
            if same(found, wrong):
                raise NotYet(text, name)
        raise NotYet(f"With {t} positions and a window of {seen} something else is found.")
    return "So do models that read whole books."


@exercise(
    "Go through the matrices of the lesson, one by one. There are nine.",
    "Heads share the columns of the four square matrices; they have none of their own.",
    "width·letters twice, width·places, four times width², and two layers of 4·width².",
)
def count(parameters: Callable[[int, int, int, int], float]) -> str:
    """The number of parameters, for several sizes."""
    rng = np.random.default_rng()
    for _ in range(4):
        # Prime numbers, larger than any n, so that no two mistakes come to the same number.
        heads, letters, places = (
            int(rng.integers(2, 5)),
            int(rng.choice(LETTERS_TRIED)),
            int(rng.choice(PLACES_TRIED)),
        )
        n = heads * int(rng.integers(3, 9))
        tables, square, layers = n * letters + n * places, 4 * n * n, 8 * n * n
        right = tables + square + layers + n * letters
        found = parameters(n, heads, letters, places)
        if same(found, right):
            continue
        for name, text, wrong in (
            ("a matrix for each head", "Heads share the matrices.", right + (heads - 1) * square),
            ("heads not shared", "Four heads of a fourth make one matrix, not a fourth.",
             right - square + square / heads),
            ("biases", "This network has no biases.", right + 9 * n),
            ("biases", "This network has no biases.", right + 5 * n + letters),
            ("last matrix forgotten", "What makes the predictions is a matrix, too.", right - n * letters),
            ("places forgotten", "Places have a table, too.", right - n * places),
            ("one of two layers", "There are two layers, there and back.", right - layers / 2),
            ("layers not wide", "Between the layers there are four times as many numbers.",
             right - layers + 2 * n * n),
            ("a square matrix forgotten", "Queries, keys, values, and what is found: four.", right - n * n),
        ):  # fmt: skip
            if same(found, wrong):
                raise NotYet(text, name)
        raise NotYet(f"For the sizes {n}, {heads}, {letters}, {places} it is {right:,}, not {found:,}.")
    return f"With the sizes of the lesson it is {parameters(16, 4, LETTERS, 16):,}, the {4192:,} of microgpt."


def _shares(q: Floats, k: Floats) -> Floats:
    scores = [float(each) for each in k @ q / math.sqrt(len(q))]
    return np.array(softmax(scores), dtype=np.float64)


def _found(q: Floats, k: Floats, v: Floats) -> Floats:
    """What one head finds."""
    return np.asarray(_shares(q, k) @ v if len(k) else np.zeros(len(q)))
