"""Data of which the truth is known: drawn by a rule, m samples at a time.

Where p(y|x) is known too, ``circles_truth`` and its like in ``nn.datasets.true_distributions`` give it.

Each generator is called ``f(m, noise=..., seed=...)``; the same seed gives the same samples.
Classes take turns, sample s being of class s mod K, so that any part of the data holds them alike.
Where noise moves the points, it is the standard deviation of each coordinate's shift, and the
class is that of the point before.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nn.datasets.dataset import Dataset
from nn.datasets.true_distributions import blobs_truth, circle_points, sine_truth, xor_points
from nn.model.module import Array
from nn.probability.joint import check_samples

__all__ = ["GENERATORS", "blobs", "circles", "moons", "sine", "spirals", "xor", "yin_yang"]


def moons(m: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two half circles of radius 1 that reach into each other: the upper one around (0, 0), the
    lower one around (1, 1/2).

    >>> moons(100).classes
    ('upper', 'lower')
    """
    rng, y = _begin(m, noise, seed, 2)
    angle = rng.uniform(0.0, math.pi, m)
    side = 1.0 - 2.0 * y  # 1 for the upper moon, -1 for the lower
    X = np.array([y + side * np.cos(angle), 0.5 * y + side * np.sin(angle)])
    return _points("moons", X, y, ("upper", "lower"), noise, rng)


def circles(m: int = 200, noise: float = 0.05, seed: int = 0) -> Dataset:
    """A circle of radius 1/2 inside one of radius 1.

    >>> circles(100).classes
    ('inner', 'outer')
    """
    rng, y = _begin(m, noise, seed, 2)
    return _points("circles", circle_points(y, rng), y, ("inner", "outer"), noise, rng)


def spirals(m: int = 300, noise: float = 0.02, seed: int = 0, arms: int = 2, turns: float = 1.0) -> Dataset:
    """Arms that wind around the origin: at radius r from 0 to 1 arm k is at the angle
    2π·(turns·r + k/arms).

    >>> spirals(90, arms=3).classes
    ('arm 0', 'arm 1', 'arm 2')
    """
    if arms < 2 or not 0.0 < turns < math.inf:
        raise ValueError(f"spirals have two arms or more, and turn; got arms={arms!r} and turns={turns!r}")
    rng, y = _begin(m, noise, seed, arms)
    radius = rng.uniform(0.0, 1.0, m)
    angle = 2.0 * math.pi * (turns * radius + y / arms)
    X = radius * np.array([np.cos(angle), np.sin(angle)])
    return _points("spirals", X, y, tuple(f"arm {k}" for k in range(arms)), noise, rng)


def xor(m: int = 200, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Points of the square from -1 to 1, of class "same" or "different" by the signs of their two
    coordinates: no straight line tells these apart.

    >>> xor(4).y
    array([0, 1, 0, 1])
    """
    rng, y = _begin(m, noise, seed, 2)
    return _points("xor", xor_points(y, rng), y, ("same", "different"), noise, rng)


def blobs(m: int = 200, noise: float = 0.5, seed: int = 0, classes: int = 3) -> Dataset:
    """Samples of ``blobs_truth``: the one generator whose classes are drawn, and do not take turns.

    >>> blobs(30).X.shape
    (2, 30)
    """
    X, y = blobs_truth(noise, classes).sample(m, seed)
    return Dataset("blobs", X, y, ("x1", "x2"), "class", tuple(f"blob {k}" for k in range(classes)))


def sine(m: int = 100, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Samples of ``sine_truth``: a regression.

    >>> data = sine(50)
    >>> data.X.shape, data.classes
    ((1, 50), ())
    """
    X, y = sine_truth(noise).sample(m, seed)
    return Dataset("sine", X, y, ("x",), "y")


def yin_yang(m: int = 300, noise: float = 0.0, seed: int = 0) -> Dataset:
    """The yin-yang sign, a disc of radius 2: its halves "yin" and "yang", and a "dot" in each.

    The dots have radius 0.4 around (-1, 0) and (1, 0). Points are uniform within each class.

    Source: Kriener, Göltz & Petrovici, The Yin-Yang dataset (2022), arXiv:2102.08211; in
    proportions the same, centred, and of the size that micrograd's course gives it.

    >>> yin_yang(60).classes
    ('yin', 'yang', 'dot')
    """
    rng, y = _begin(m, noise, seed, 3)
    X = np.empty((2, m))
    wanted = np.arange(m)
    while len(wanted):  # draw from the square until each point lies in its class
        X[:, wanted] = rng.uniform(-2.0, 2.0, (2, len(wanted)))
        wanted = wanted[_region(X[:, wanted]) != y[wanted]]
    return _points("yin_yang", X, y, ("yin", "yang", "dot"), noise, rng)


def _region(X: Array) -> npt.NDArray[np.intp]:
    """0, 1 or 2 for points in yin, yang or a dot, and -1 outside the disc."""
    left, right = np.hypot(X[0] + 1.0, X[1]), np.hypot(X[0] - 1.0, X[1])
    # Yin is the upper half with the left half-disc added below, and the right one taken away.
    yin = (left <= 1.0) | ((X[1] > 0.0) & (right > 1.0))
    classes = np.where(np.minimum(left, right) < 0.4, 2, np.where(yin, 0, 1))
    return np.where(np.hypot(*X) > 2.0, -1, classes)


def _begin(m: int, noise: float, seed: int, K: int) -> tuple[np.random.Generator, npt.NDArray[np.intp]]:
    """The source of chance, and the classes in turn."""
    check_samples(m)
    if not 0.0 <= noise < math.inf:
        raise ValueError(f"noise is a standard deviation, 0 or more, got {noise!r}")
    return np.random.default_rng(seed), np.arange(m) % K


def _points(
    name: str,
    X: Array,
    y: npt.NDArray[np.intp],
    classes: tuple[str, ...],
    noise: float,
    rng: np.random.Generator,
) -> Dataset:
    return Dataset(name, X + noise * rng.normal(size=X.shape), y, ("x1", "x2"), "class", classes)


GENERATORS: dict[str, Callable[..., Dataset]] = {
    each.__name__: each for each in (moons, circles, spirals, xor, blobs, sine, yin_yang)
}
