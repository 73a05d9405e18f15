"""The samples that a file keeps at its top level, only a few of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.judging.roles import role_of

__all__ = ["MANY", "fewer_samples"]

MANY = 12  # samples above this are exchanged for a few
FEW = (5, 7, 8, 9, 11, 12)  # how many, of which one is taken that is no other size


def fewer_samples(values: Mapping[str, Any]) -> dict[str, Any]:
    """What changes if a file's inputs and targets, and numbers that count them, are of a few samples: one of
    each class, and others. Both or none of them: what is left of one alone would not fit the other.

    >>> X, y = np.ones((300, 2)), np.arange(300) // 100
    >>> few = fewer_samples({"X": X, "y": y, "num_examples": 300, "rate": 0.1})
    >>> few["X"].shape, few["y"], few["num_examples"], "rate" in few
    ((5, 2), array([0, 1, 2, 0, 2]), 5, False)
    """
    arrays = {n: each for n, each in values.items() if isinstance(each, np.ndarray) and each.ndim in (1, 2)}
    inputs = [each for n, each in arrays.items() if role_of(n) == "input" and each.ndim == 2]
    targets = [each for n, each in arrays.items() if role_of(n) == "target"]
    for x in inputs:
        for axis in (0, -1):
            m = x.shape[axis]
            if m > MANY and any(y.shape[axis] == m for y in targets):
                return _of_few(values, arrays, m, axis)
    return {}


def _of_few(values: Mapping[str, Any], arrays: Mapping[str, Any], m: int, axis: int) -> dict[str, Any]:
    same = {n: a for n, a in arrays.items() if a.shape[axis] == m and role_of(n) in ("input", "target")}
    targets = [a for n, a in same.items() if role_of(n) == "target"]
    of_classes = np.unique(targets[0], axis=axis, return_index=True)[1]
    others = {size for a in same.values() for size in a.shape} - {m}
    few = [n for n in FEW if n not in others]
    count = next((n for n in few if n >= len(of_classes)), few[0])
    spread = np.linspace(0, m - 1, count).astype(int)
    chosen = [*of_classes[:count]]
    chosen += [*spread[:1], *spread[::-1]][: count - len(chosen)]
    made = {n: np.take(a, chosen, axis) for n, a in same.items()}
    made |= {n: _filled(n, a) for n, a in made.items() if not a.any()}
    return made | {n: count for n, each in values.items() if type(each) is int and each == m}


def _filled(name: str, zeros: Any) -> Any:
    """Numbers for what a loop, which was not run, would have filled."""
    if role_of(name) == "target":
        return np.resize(np.array([0, 1]), zeros.shape).astype(zeros.dtype)
    return np.random.default_rng(3).normal(0.0, 0.7, zeros.shape)
