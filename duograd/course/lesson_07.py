"""Lesson 7: scalars against matrices, and the clinic."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from autodiff import topological_order
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess
from duograd.course.clinic import PATIENTS, mended
from nn import MLP

__all__ = [
    "clinic",
    "clinic_goes_on",
    "largest_difference",
    "multiplications",
    "multiplications_of_a_flower",
    "order_of_a_sum",
    "step_of_a_difference",
    "wrong_in_layers",
]

Mends: TypeAlias = "Mapping[int, tuple[int, str]]"  # by patients, a line and what has to stand there


@guess
def multiplications_of_a_flower() -> Question:
    """The products of a forward pass of MLP(4, [6, 3])."""
    nodes = topological_order(*MLP(4, [6, 3])([0.5] * 4))
    return (
        [node.op for node in nodes].count("mul"),
        "One for each weight.",
        [
            Meaning(4 * 6 * 3, "layers multiplied", "Layers come one after the other: add their products."),
            Meaning(4 + 6 + 3, "neurons for weights", "Each neuron has a product for each of its inputs."),
            Meaning(6 + 3, "neurons for weights", "Each neuron has a product for each of its inputs."),
            Meaning(4 * 6 + 6 * 3 + 6 + 3, "biases multiplied", "A bias is added, and not multiplied."),
            Meaning(4 * 6, "one layer", "That is the first layer."),
            Meaning(30 * (4 * 6 + 6 * 3), "all samples", "So many for all thirty. One flower is asked for."),
        ],
    )


@guess
def largest_difference() -> Question:
    """Of which size the largest difference between scalars and matrices is."""
    return (
        "1e-16",
        "Of the size of the spacing of floats: both are the same mathematics.",
        [
            Meaning(
                "0", "the same mathematics for the same digits", "The same sums are added in other orders."
            ),
            Meaning("1e-8", "an approximation", "Neither side is an approximation; both follow exact rules."),
            Meaning("1e-3", "an approximation", "Neither side is an approximation; both follow exact rules."),
        ],
    )


@guess
def order_of_a_sum() -> Question:
    """Whether addition of floats is associative."""
    return (
        "no" if (0.1 + 0.2) + 0.3 != 0.1 + (0.2 + 0.3) else "yes",
        "Each addition is rounded.",
        [
            Meaning(
                "yes", "the same mathematics for the same digits", "So it is for numbers. Floats are rounded."
            ),
            Meaning(
                True, "the same mathematics for the same digits", "So it is for numbers. Floats are rounded."
            ),
        ],
    )


@guess
def wrong_in_layers() -> Question:
    """Which gradient of the file layers.py is wrong."""
    return (
        "db",
        "A bias is added to each sample, so what all samples say is added up.",
        [
            Meaning("dx", "layout for a mistake", "Samples are rows there, so W stands on the other side."),
            Meaning(
                "dw", "layout for a mistake", "Samples are rows there, so the first factor is transposed."
            ),
        ],
    )


HINTS = (
    "Look at what is wrong first, from the last layer down: patient(2).hint(1).",
    "Of what kind the mistake is: patient(2).hint(2).",
    "The formulas of lessons 4 to 6: dZ = dA ⊙ g′, dW = dZ·A[l-1]ᵀ, db = row sums of dZ, dA = W[l]ᵀ·dZ.",
)


@exercise(*HINTS)
def clinic(mends: Mends) -> str:
    """Lines that heal the first six broken passes, by the judge."""
    return _healed(mends, list(PATIENTS)[:6])


@exercise(*HINTS)
def clinic_goes_on(mends: Mends) -> str:
    """Lines that heal the other six."""
    return _healed(mends, list(PATIENTS)[6:])


def _healed(mends: Mends, patients: Sequence[int]) -> str:
    for number in sorted(mends):
        line, text = mends[number]
        mended(number, line, text)
    missing = [str(number) for number in patients if number not in mends]
    if missing:
        raise NotYet(f"Healed are {len(mends)}. Still to come: {', '.join(missing)}.", "missing")
    return "All six are healed."


def _weights(sizes: Sequence[int]) -> int:
    return sum(a * b for a, b in pairwise(sizes))


def _miscounted(sizes: Sequence[int]) -> list[tuple[str, str, int]]:
    """Name, explanation and result of each way in which the multiplications are miscounted."""
    right = _weights(sizes)
    return [
        ("layers multiplied", "Layers come one after the other: add their products.", math.prod(sizes)),
        ("biases multiplied", "A bias is added, and not multiplied.", right + sum(sizes[1:])),
        ("one layer forgotten", "The last layer has weights, too.", right - sizes[-1] * sizes[-2]),
        ("one layer forgotten", "The first layer has weights, too.", right - sizes[0] * sizes[1]),
        ("neurons for weights", "Each neuron has a product for each of its inputs.", sum(sizes)),
        ("neurons for weights", "Each neuron has a product for each of its inputs.", sum(sizes[1:])),
        ("squares", "Each layer looks at the one before, not at itself.", sum(n * n for n in sizes)),
        ("twice", "Forward only: the way back has more.", 2 * right),
    ]


def _telling_sizes(rng: np.random.Generator) -> list[int]:
    """Sizes for which each way to miscount gives a number of its own, and none the right one."""
    while True:
        sizes = [int(size) for size in rng.integers(2, 9, 4)]
        counts = [_weights(sizes), *(wrong for _, _, wrong in _miscounted(sizes))]
        if len({*counts}) == len(counts):
            return sizes


@exercise(
    "One multiplication for each weight. How many weights?",
    "A layer of m_l neurons on m_(l-1) inputs has a weight for each pair.",
    "n·m_1 + m_1·m_2 + … + m_(L-1)·m_L.",
)
def multiplications(count: Callable[[Sequence[int]], int]) -> str:
    """The products of a forward pass, counted in the graph."""
    rng = np.random.default_rng()
    for _ in range(4):
        sizes = _telling_sizes(rng)
        nodes = topological_order(*MLP(sizes[0], sizes[1:])([0.5] * sizes[0]))
        right, answer = [node.op for node in nodes].count("mul"), count(sizes)
        if answer == right:
            continue
        for name, text, wrong in _miscounted(sizes):
            if answer == wrong:
                raise NotYet(text, name)
        assert right == _weights(sizes)
        raise NotYet(f"For the sizes {sizes} the graph has {right}, your function says {answer}.")
    return "For four networks drawn at random."


@exercise(
    "Where are h² and 1e-16/h equally small?",
    "h³ = 1e-16.",
    "h = 1e-16^(1/3), about 5e-6.",
)
def step_of_a_difference(step: float) -> str:
    """A step with which a central difference is right to 1e-9."""
    h = float(step)
    if h <= 0.0:
        raise NotYet("A step has a length: a number above 0.", "no step")
    points = np.random.default_rng().uniform(0.9, 1.1, 50)
    errors = np.abs((np.exp(points + h) - np.exp(points - h)) / (2 * h) - np.exp(points))
    if errors.max() > 1e-9:
        name = "too large a step" if h > 1e-16 ** (1 / 3) else "too small a step"
        raise NotYet(f"With h = {h:g} the slope of exp is off by {errors.max():.1e}.", name)
    return f"Off by {errors.max():.1e} at most, in fifty places."
