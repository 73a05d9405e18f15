"""Small random arrays for parameters, guessed from their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nn.judging.roles import is_mask, role_of

__all__ = ["Scene", "is_a_share"]

HIDDEN = (4, 3, 7, 8)
WEIGHTS = ("w", "theta", "weights", "weight", "syn", "wt", "omega", "coef", "wi", "kernel", "filters")
BIASES = ("b", "bias", "biases", "intercept")
DATA = ("x", "xt", "x_t", "a", "z", "h", "img", "image", "data", "v", "s", "scores", "logits", "u", "inputs")
STATE = r"prev_h|h_?prev|h0|h|c0|prev_c|c_prev|h_next|state|hidden|a_prev|a0|a_t_?1"


def is_a_share(value: Any) -> bool:
    """Whether numbers are probabilities of several classes, in rows or columns.

    >>> is_a_share(np.array([[0.2, 0.8], [0.5, 0.5]])), is_a_share(np.eye(2)), is_a_share(np.ones(3) / 3)
    (True, False, False)
    """
    if not isinstance(value, np.ndarray) or value.ndim != 2 or not ((value > 0.0) & (value < 1.0)).all():
        return False
    return any(np.allclose(value.sum(axis=axis), 1.0) for axis in (0, 1))


@dataclass(frozen=True)
class Scene:
    """How large arrays are, and how they lie.

    Attributes:
        sizes: of the layers: features, hidden neurons, outputs.
        samples: how many.
        rows: whether these are rows.
        images: whether they are images.
        numbers: whether a bias may be a number.
        steps: whether there is one vector after the other.
        gates: how many lie side by side in the matrices of a recurrent network.
        pooled: whether windows of images do not overlap, so that several of them need larger images.
        normed: whether a bias stands beside a scale, so that it may be as long as the features.
    """

    sizes: tuple[int, ...]
    samples: int
    rows: bool
    images: bool
    numbers: bool
    steps: bool = False
    gates: int = 1
    pooled: bool = False
    normed: bool = False

    @cached_property
    def _rng(self) -> np.random.Generator:
        return np.random.default_rng(0)

    def arrays(self, name: str) -> list[Any]:
        """What an array of this name may be, the likeliest first."""
        features, out = self.sizes[0], self.sizes[-1]
        before = self.sizes[-2]
        numbered = re.fullmatch(r"([A-Za-z_]+?)_?(\d)", name)
        word = (numbered[1] if numbered else name).lower()
        role = role_of(name)
        if numbered and len(word) <= 3 and word[0] in "wb":  # Wg1 and bg1 of a generator
            word = word[0]
        if word in WEIGHTS:
            if numbered:
                return [self._normal(*self._pair(*self._layer(int(numbered[2]))))]
            shapes = [self._pair(*self._layer(1)), (features,), (features, 1)]
            return [self._normal(*each) for each in ([(3, 2, 2, 2), (2, 2, 2, 3)] if self.images else shapes)]
        if word in BIASES:
            k = (
                self._layer(int(numbered[2]))[1]
                if numbered
                else self.sizes[1]
                if len(self.sizes) > 2
                else out
            )
            if self.images:
                return [self._normal(3), self._normal(1, 1, 1, 3), self._normal(3, 1)]
            k = 3 * self.gates if self.gates > 1 else k
            shapes = [(k,), (1, k)] if self.rows else [(k, 1), (k,)]
            single = [np.array(0.2)] if self.numbers and not numbered else []
            of_norm = [self._normal(features)] if self.normed and not numbered and k != features else []
            return [*(self._normal(*each) for each in shapes), *single, *of_norm]
        if word in ("gamma", "beta", "g"):
            k = 2 if self.images else features
            shapes = [(k,), (1, k), (k, 1)] if self.rows else [(k, 1), (k,), (1, k)]
            return [*(self._normal(*each) for each in shapes), self._normal(1, 2, 1, 1)]
        if role == "target":
            return self._targets(out)
        if role == "output" and self.numbers and word not in DATA:
            parts = self._rng.uniform(0.2, 1.0, self._data(out))
            return [parts / parts.sum(axis=1 if self.rows else 0, keepdims=True) if out > 1 else 0.9 * parts]
        if re.fullmatch(r"W_?[fiocgurz]", name):  # a gate, of the state beside the input, or of the input
            return [self._normal(*self._pair(3 + features, 3)), self._normal(*self._pair(features, 3))]
        if re.fullmatch(r"U_?[fiocgurzh]", name):
            return [self._normal(3, 3)]
        if re.fullmatch(r"b_?[fiocgurz]", name):
            return [self._normal(*((3,) if self.rows else (3, 1)))]
        if re.fullmatch(r"W_?x|Wxh|U|W_?xh|W_?ih|Wax", name):
            hidden = before if len(self.sizes) > 2 else 3
            return [self._normal(*self._pair(features, hidden * self.gates))]
        if re.fullmatch(r"W_?h|Whh|V|W_?hh|Waa", name):
            return [self._normal(*self._pair(3, 3 * self.gates)), self._normal(*self._pair(features, 3))]
        if re.fullmatch(r"Wya|Why|W_?hy|Wy", name):
            return [self._normal(*self._pair(3, out))]
        if re.fullmatch(r"b[ahy]", name):
            k = out if name == "by" else 3
            return [self._normal(*((k,) if self.rows else (k, 1))), self._normal(k)]
        if re.fullmatch(STATE, name):
            steps = [self._normal(3, 1), self._normal(3), self._normal(2, 3)] if self.steps else []
            return [self._normal(*self._data(3)), self._normal(*self._data(features)), *steps]
        if re.fullmatch(r"\w+(Vec|Vector|_vec|_vector)", name):
            return [self._normal(features), self._normal(*self._data(features))]
        if re.fullmatch(r"\w+(Vecs|Vectors|_vecs|_vectors)", name):  # of all words, say
            return [self._normal(out, features), self._normal(features, out)]
        if role == "input" or word in DATA:
            images = [self._normal(2, 2, 4, 3), self._normal(2, 4, 3, 2)]
            if self.pooled:
                images = [self._normal(2, 2, 5, 4), self._normal(2, 5, 4, 2)]
            plain = [
                self._normal(*self._data(features)),
                self._normal(*self._data(out)),
                self._normal(features),
                self._normal(features, 1),
                self._normal(2, 5, features),
                0.7,
            ]
            if self.steps:  # one vector, or column, after the other
                plain = [*plain[:1], self._normal(self.samples, features, 1), *plain[1:]]
            return [*images, *plain] if self.images else plain
        if is_mask(word):
            return [each / 0.7 if "drop" in word else each for each in self.masks]
        shapes = [self._pair(features, out), self._data(features), (out,), (features,), (out, 1)]
        return [*(self._normal(*each) for each in shapes), 0.4]

    def dicts(self, keys: Sequence[str]) -> list[Any]:
        """A dict with arrays of these names."""
        found = self._together(keys)
        variants = max(min(len(each), 2) for each in found)
        return [{key: each[min(i, len(each) - 1)] for key, each in zip(keys, found)} for i in range(variants)]

    def lists(self, names: Sequence[str]) -> list[Any]:
        """A list with arrays of these names."""
        return [[*each.values()] for each in self.dicts(names)]

    def _together(self, keys: Sequence[str]) -> list[list[Any]]:
        """What arrays of these names may be, in a network of as many layers as they speak of."""
        numbers = [int(key[-1]) for key in keys if key[-1].isdigit()]
        own = replace(self, sizes=(*HIDDEN[: max(numbers)], self.sizes[-1])) if numbers else self
        if not numbers and any(re.fullmatch("W_?(aa|hh)", key) for key in keys):  # b is of the state
            own = replace(self, sizes=(self.sizes[0], 3, self.sizes[-1]))
        return [own.arrays(key) for key in keys]

    def _layer(self, number: int) -> tuple[int, int]:
        """The sizes before and after layer l; one that is counted from 0 is the first."""
        l = min(max(number, 1), len(self.sizes) - 1)
        return self.sizes[l - 1], self.sizes[l]

    def _targets(self, out: int) -> list[Any]:
        m = self.samples
        if out == 1:
            real = self._rng.uniform(0.1, 0.9, (m, 1))
            binary = (np.arange(m) % 2).astype(float)[:, None]
            columns = [binary, real] if self.rows else [binary.T, real.T]
            return [*columns, binary[:, 0], real[:, 0], 1.0]
        numbers = np.array([3, 0, 5, 1, 1])[:m] % out
        hot = np.eye(out)[numbers]
        columns = [hot[..., None]] if self.steps else []
        return [
            hot if self.rows else hot.T,
            *columns,
            numbers,
            numbers % self.sizes[0],
            self._normal(m),
            numbers[None],
            np.eye(out)[1],
        ]

    @property
    def with_label(self) -> list[Any]:
        """One sample, with a place more at its end, where data have the label."""
        return [self._normal(self.sizes[0] + 1)]

    @property
    def masks(self) -> list[Any]:
        """Ones, and zeros, for the numbers of an input, of an output, and for samples."""
        shapes = self._data(self.sizes[0]), self._data(self.sizes[-1]), (self.samples,)
        return [(self._rng.uniform(size=shape) < 0.7) / 1.0 for shape in dict.fromkeys(shapes)]

    @property
    def labels(self) -> list[Any]:
        """Places, among the inputs as among the outputs: the class or word of each sample, and of one."""
        fewest = min(n for n in (self.sizes[0], self.sizes[-1]) if n > 1)
        places = np.array([3, 0, 2, 1, 1])[: self.samples]
        return [places % fewest, places % 2, 1]

    def _data(self, features: int) -> tuple[int, int]:
        return (self.samples, features) if self.rows else (features, self.samples)

    def _pair(self, before: int, after: int) -> tuple[int, int]:
        return (before, after) if self.rows else (after, before)

    def _normal(self, *shape: int) -> Any:
        return self._rng.normal(0.0, 0.7, shape)
