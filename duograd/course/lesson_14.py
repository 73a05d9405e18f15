"""Lesson 14: a layer of one's own, judged in its own notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autodiff import Value, explain, leaves, sqrt
from duograd.course.answers import Meaning, NotYet, Question, accept, exercise, guess
from nn import judge
from nn.model.module import Array

__all__ = [
    "all_shifted",
    "batchnorm",
    "constants_are_seen",
    "own_layer",
    "shape_of_dgamma",
    "softmax",
    "ways_through_a_normalisation",
]

# A layer that does nothing would be right whatever it is.
LEAST_NUMBERS = 4


@guess
def shape_of_dgamma() -> Question:
    """The shape of the gradient of a scale of three features."""
    gamma = np.ones(3)
    return (
        gamma.shape,
        "A gradient has the shape of what it is the gradient by.",
        [
            Meaning(
                (4, 3), "a sum missing", "That is a contribution of each sample. gamma is the same for all."
            ),
            Meaning(
                (4,),
                "summed over the other axis",
                "gamma has a number for each feature, not for each sample.",
            ),
            Meaning((1, 3), "another shape", "gamma has one axis."),
            Meaning((3, 3), "a matrix for a scale", "No feature is mixed with another here."),
        ],
    )


@guess
def all_shifted() -> Question:
    """What normalised numbers do if all of them are shifted."""
    x = np.array([1.0, 2.0, 4.0])
    change = _normalised(x + 1.0) - _normalised(x)
    return (
        round(float(np.abs(change).max()), 9),
        "The mean moves along, and is taken off.",
        [
            Meaning(1.0, "the mean for a constant", "The mean is computed from x: it moves, too."),
            Meaning(
                round(float(1.0 / x.std()), 9),
                "the mean for a constant",
                "The mean is computed from x: it moves, too.",
            ),
            Meaning(1 / 3, "the mean alone", "Each mean moves by 1, and so does each x."),
        ],
    )


@guess
def ways_through_a_normalisation() -> Question:
    """Whether x₀ reaches the first output along more than two ways."""
    x = leaves("x", [1.0, 2.0, 4.0]).tolist()
    mean = sum(x) / 3
    variance = sum((each - mean) ** 2 for each in x) / 3
    first: Value = (x[0] - mean) / sqrt(variance)
    count = explain(first, wrt=x[0]).count
    return (
        "more" if count > 2 else ("one", "two")[count - 1],
        "The mean stands in the variance as well, in each of its terms.",
        [
            Meaning(
                "one", "mean and variance for constants", "x₀ is in the mean, and the mean is in everything."
            ),
            Meaning("two", "the variance for a constant", "Directly and through the mean. And the variance?"),
        ],
    )


@guess
def constants_are_seen() -> Question:
    """Whether a backward pass that takes mean and variance for constants is refused."""
    rng = np.random.default_rng(0)
    seen = not judge(
        _batchnorm_forward,
        lambda dout, cache: (dout * cache[1] / cache[2], (dout * cache[0]).sum(axis=0), dout.sum(axis=0)),
        x=rng.normal(size=(6, 3)),
        gamma=rng.normal(size=3),
        beta=rng.normal(size=3),
    )
    return (
        "yes" if seen else "no",
        "It differentiates the forward pass, and there mean and variance depend on x.",
        [
            Meaning(
                "no", "the judge believes the cache", "It differentiates the forward pass, not the cache."
            ),
        ],
    )


@exercise(
    "mean and variance depend on x: two more terms.",
    "The sum of dx over the samples has to be 0, and so has the sum of dx·xhat, nearly.",
    "g = dout·gamma; dx = (g - mean(g) - xhat·mean(g·xhat))/sigma, means over the samples.",
)
def batchnorm(backward: Callable[[Array, tuple[Array, Array, Array]], Any]) -> str:
    """A backward pass of batch normalisation, by the judge."""
    rng = np.random.default_rng()
    x, gamma, beta = rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=3)
    out, cache = _batchnorm_forward(x, gamma, beta)
    dout = rng.normal(size=out.shape)
    found = backward(dout, cache)  # without the judge, what it raises is explained at its own line
    dbeta = found[2] if isinstance(found, (tuple, list)) and len(found) == 3 else dout
    if np.shape(dbeta) == (3,) and np.allclose(dbeta, dout.mean(axis=0)):
        raise NotYet("gamma and beta are used by every sample: add up, and do not average.", "mean for sum")

    def batchnorm_backward(dout: Array, cache: tuple[Array, Array, Array]) -> Any:
        return backward(dout, cache)

    accept(judge(_batchnorm_forward, batchnorm_backward, x=x, gamma=gamma, beta=beta), ["x", "gamma", "beta"])
    return "All three, and the hardest of the known layers is behind you."


@exercise(
    "Each p of a row depends on every z of that row.",
    "∂p_i/∂z_k = p_i·([i = k] - p_k).",
    "dz = p ⊙ (dp - row sums of dp ⊙ p).",
)
def softmax(backward: Callable[[Array, Array], Array]) -> str:
    """A backward pass of softmax, by the judge."""
    rng = np.random.default_rng()

    def softmax_forward(z: Array) -> tuple[Array, Array]:
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return p, p

    def softmax_backward(dp: Array, p: Array) -> Array:
        return backward(dp, p)

    z = rng.normal(size=(4, 3))
    p, dp = softmax_forward(z)[0], rng.normal(size=z.shape)
    found = backward(dp, p)
    for name, text, wrong in (
        ("summed over the other axis", "A row is a softmax; sum along it.", p * (dp - (dp * p).sum(axis=0))),
        ("the sum not weighted", "The sum is of dp ⊙ p.", p * (dp - dp.sum(axis=1, keepdims=True))),
    ):
        if np.shape(found) == z.shape and np.allclose(found, wrong):
            raise NotYet(text, name)
    accept(judge(softmax_forward, softmax_backward, z=z), ["z"])
    return "The Jacobian of each row, without writing it down."


@exercise(
    "Begin with a layer of the list, and a small example.",
    "Write the forward pass in simple steps; go back through them, and add up what is used twice.",
    "judge(my_forward, my_backward, **example).hint(1) says where it is wrong, 2 of what kind, 3 all.",
)
def own_layer(forward: Callable[..., Any], backward: Callable[..., Any], example: Mapping[str, Any]) -> str:
    """A layer of the reader's, by the judge, in its own notation."""
    given: dict[str, Any] = {name: np.asarray(each, dtype=np.float64) for name, each in example.items()}
    result = forward(**given)
    out = np.asarray(result[0] if isinstance(result, tuple) else result, dtype=np.float64)
    if sum(each.size for each in given.values()) < LEAST_NUMBERS:
        raise NotYet(f"An example with {LEAST_NUMBERS} numbers at least.", "too small an example")
    for name, each in given.items():
        moved = forward(**{**given, name: each + np.random.default_rng().normal(size=each.shape)})
        if np.array_equal(np.asarray(moved[0] if isinstance(moved, tuple) else moved), out):
            raise NotYet(f"{name} does not reach the output.", "an argument without effect")
    verdict = judge(forward, backward, **given)
    accept(verdict, [*given])
    return f"{', '.join(given)}: {verdict.truth}"


def _normalised(x: Array) -> Array:
    return np.asarray((x - x.mean()) / x.std())


def _batchnorm_forward(x: Array, gamma: Array, beta: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    sigma = np.sqrt(x.var(axis=0) + 1e-5)
    xhat = (x - x.mean(axis=0)) / sigma
    return gamma * xhat + beta, (xhat, gamma, sigma)
