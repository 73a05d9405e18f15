"""Lesson 9: what a loss says about the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autodiff import Value, grad, leaves, log, softmax
from duograd.course.answers import Meaning, NotYet, Question, accept, exercise, guess, same
from nn import judge, losses
from nn.model.module import Array

__all__ = [
    "best_constants",
    "best_log_variance",
    "dZ_of_cross_entropy",
    "far_away",
    "lowest_loss",
    "more_probable",
    "signs_of_pulls",
    "sum_of_pulls",
]


@guess
def more_probable() -> Question:
    """Which of two bets makes heads, heads, tails more probable."""
    bets = (0.5, 0.9)
    return (
        max(bets, key=lambda p: p * p * (1 - p)),
        "0.5·0.5·0.5 = 0.125 against 0.9·0.9·0.1 = 0.081: who is sure pays for a single surprise.",
        [
            Meaning(
                0.9, "surprises for free", "Two of three were heads. But what does it give to the third?"
            ),
            Meaning(
                0.5 * 0.5 * 0.5,
                "a probability for a bet",
                "That is the probability. Whose bet makes it larger?",
            ),
        ],
    )


@guess
def signs_of_pulls() -> Question:
    """The signs of the gradients of logits 2, 1, -1, when class 1 came."""
    slopes = _pulls()
    return (
        "".join("+" if slope > 0 else "-" for slope in slopes),
        "A step goes against the gradient: the class that came is pulled up, all others are pulled down.",
        [
            Meaning("-+-", "uphill", "So the logits should move. The gradient points the other way."),
            Meaning("++-", "the sign of the logit", "Those are the signs of the logits."),
            Meaning("+-0", "others left alone", "The third class has got some probability, too."),
            Meaning("---", "every class up", "Probabilities sum up to 1: not all can grow."),
            Meaning("0-0", "others left alone", "What the others get is lost for the class that came."),
        ],
    )


@guess
def sum_of_pulls() -> Question:
    """The sum of the gradients of the logits."""
    return (
        round(sum(_pulls()), 12),
        "Adding the same number to all logits changes nothing, so J does not react to it.",
        [
            Meaning(
                1.0,
                "the class that came forgotten",
                "That is the sum of the probabilities. And the class that came?",
            ),
            Meaning(-1.0, "the others forgotten", "That is the class that came alone."),
        ],
    )


@guess
def lowest_loss() -> Question:
    """How low a loss can go on new samples."""
    return (
        "above",
        "An x there comes with one class today and with another tomorrow: nobody can be sure.",
        [
            Meaning(
                "0",
                "everything can be learnt",
                "Then it would give probability 1 to what comes. Does x tell?",
            ),
            Meaning(
                0, "everything can be learnt", "Then it would give probability 1 to what comes. Does x tell?"
            ),
            Meaning("below", "less than nothing", "A probability is at most 1, so -log P is at least 0."),
        ],
    )


@guess
def far_away() -> Question:
    """How a classifier bets far from everything it has seen."""
    return (
        "one",
        "Out there tanh is saturated, and the features are those of some edge of the data. It bets as it "
        "does there, and cannot say: I do not know.",
        [
            Meaning("a third", "not knowing for not sure", "That would be wise. But who has told it to be?"),
            Meaning(1 / 3, "not knowing for not sure", "That would be wise. But who has told it to be?"),
        ],
    )


@exercise(
    "A square pulls the harder the further away; an absolute error always pulls alike.",
    "Set the derivative to zero: the errors sum up to 0; as many targets are above as below.",
    "The mean, and the median.",
)
def best_constants(answer: Sequence[float]) -> str:
    """The best constants by two losses: whatever is near is worse."""
    targets = np.array([[1.0, 2.0, 3.0, 4.0, 100.0]])
    by_mse, by_mae = (float(each) for each in answer)
    mean, median = float(targets.mean()), float(np.median(targets))
    if same((by_mse, by_mae), (median, mean)):
        raise NotYet("Those are the right numbers in the other order.", "swapped")
    for loss, c in ((losses.mse, by_mse), (losses.mae, by_mae)):
        here = loss.J(np.full((1, 5), c), targets)
        for other in (c - 0.01, c + 0.01):
            if loss.J(np.full((1, 5), other), targets) < here:
                name = {
                    median: "the median for the mean",
                    mean: "the mean for the median",
                    2.5: "the outlier left out",
                    50.5: "the middle of the range",
                }.get(c, "")
                raise NotYet(f"By the {loss.name}, {other:g} is better than {c:g}.", name)
    return "One listens to every target, the other does not mind how far away one is."


@exercise(
    "Softmax goes column by column, and J is a mean.",
    "Probabilities, less 1 for the class that came.",
    "(P - Y)/m, where P is the softmax of each column.",
)
def dZ_of_cross_entropy(rule: Callable[[Array, Array], Array]) -> str:
    """dZ of softmax with the mean cross-entropy, by the judge."""
    rng = np.random.default_rng()
    Y = losses.one_hot(rng.integers(0, 3, 5), 3)

    def cross_entropy(Z: Array, Y: Array) -> Any:
        P = np.exp(Z) / np.exp(Z).sum(axis=0)
        return -(Y * log(P)).sum() / Z.shape[1]

    def gradient(Z: Array, Y: Array) -> dict[str, Array]:
        return {"Z": rule(Z, Y)}

    Z = rng.normal(size=(3, 5))
    answer, P = rule(Z, Y), np.array(softmax(Z))
    rows = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    for name, text, wrong in (
        (
            "softmax along the other axis",
            "Each column is a sample, and its probabilities sum up to 1.",
            (rows - Y) / 5,
        ),
        ("softmax over all", "Each column is a sample of its own.", (np.exp(Z) / np.exp(Z).sum() - Y) / 5),
        ("Z for P", "Logits are no probabilities yet.", (Z - Y) / 5),
        ("mean over all numbers", "m is the number of samples.", (P - Y) / Z.size),
        (
            "the derivative by P",
            "That is the derivative by P. By Z there is the Jacobian of softmax, too.",
            -Y / P / 5,
        ),
        ("the diagonal of the Jacobian", "Each P depends on every z of its column.", -Y * (1 - P) / 5),
        ("sign flipped", "P - Y, not Y - P.", (Y - P) / 5),
        ("1/m missing", "J is a mean: it is 5 times too large, and there are 5 samples.", P - Y),
    ):
        if same(answer, wrong):
            raise NotYet(text, name)
    accept(judge(cross_entropy, gradient, Z=Z, Y=Y), ["Z"])
    return "Probabilities less what came, over m."


@exercise(
    "Differentiate by s, and set to zero.",
    "½·(1 - e⁻ˢ·mean of the squares) = 0.",
    "s = log of the mean of the squared errors.",
)
def best_log_variance(best_s: Callable[[Array], float]) -> str:
    """The best log-variance for errors drawn at random, by the slope of the loss."""
    rng = np.random.default_rng()
    for size in (5, 8):
        errors = rng.normal(scale=2.0, size=size) + 1.0
        answer = float(best_s(errors))
        s = Value(answer, "s")
        slope = grad(sum(0.5 * (s + e * e * (-s).exp()) for e in errors.tolist()) / size, s)
        if abs(slope) < 1e-9:
            continue
        squares = float(np.mean(errors**2))
        for name, text, wrong in (
            ("σ for log σ²", "s is a logarithm.", np.sqrt(squares)),
            ("σ² for log σ²", "s is a logarithm.", squares),
            (
                "log σ for log σ²",
                "s is the logarithm of the variance, and not of the deviation.",
                np.log(squares) / 2,
            ),
            (
                "about its own mean",
                "The errors are what they are: their mean is not taken off.",
                np.log(errors.var()),
            ),
            (
                "about its own mean",
                "The errors are what they are: their mean is not taken off.",
                np.log(errors.std()),
            ),
            ("sum for mean", "The mean of the squares.", np.log(np.sum(errors**2))),
            ("a sign", "Large errors mean a large variance.", -np.log(squares)),
            ("absolute for squared", "The mean of the squares.", np.log(np.mean(np.abs(errors)))),
        ):
            if same(answer, wrong):
                raise NotYet(text, name)
        way = "smaller" if slope > 0 else "larger"
        raise NotYet(f"At s = {answer:.4f} the slope is {slope:.4f}: s should be {way}.")
    return "The best variance to state is the one that the errors have."


def _pulls() -> list[float]:
    z = leaves("z", [2.0, 1.0, -1.0]).tolist()
    J = losses.cross_entropy(z, [0.0, 1.0, 0.0])
    slopes: list[float] = grad(J, z)
    return slopes
