"""Whether a step learns from one sample after the other, or from all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.edits import one_sample
from nn.judging.roles import is_data
from nn.judging.ways import Way

__all__ = ["learns_one_by_one"]

ORDERS = ((0, 1), (1, 0), (0,), (1,), (0, 0), (1, 1))  # a shuffle, or samples that are drawn
SAME = 1e-9  # of the largest change: what is one step for both differs by the learning rate


def learns_one_by_one(way: Way, arguments: Mapping[str, Any], m: int) -> bool:
    """Whether a step with two samples is a step with one of them and then one with the other, in any order,
    or with one that it draws: then what is right of one sample is right of all.

    Args:
        way: whose gradients are the change of its weights.
        arguments: of m samples, with the weights among them.
    """
    pair = _samples_at(arguments, m, (m - 2, m - 1))
    wanted = _changed(way, pair)
    every = [np.abs(each) for each in wanted.values()]
    largest = max((float(np.max(each, initial=0.0)) for each in every if each.size), default=0.0)
    if not 0.0 < largest < np.inf:
        return False
    alone = [_samples_at(arguments, m, (i,)) for i in (m - 2, m - 1)]
    for order in ORDERS:
        found = dict.fromkeys(wanted, np.zeros(()))
        weights = {name: pair[name] for name in wanted}
        for i in order:  # a step may be too long, and the next one go beyond all numbers
            step = _changed(way, {**alone[i], **weights})
            found = {name: found[name] + step[name] for name in wanted}
            weights = {name: weights[name] - step[name] for name in wanted}
        if all(_is_near(found[name], wanted[name], SAME * largest) for name in wanted):
            return True
    return False


def _is_near(one: Any, other: Any, allowed: float) -> bool:
    same = np.shape(one) == np.shape(other) and np.isfinite(one).all() and np.isfinite(other).all()
    return bool(same and np.all(np.abs(one - other) <= allowed))


def _samples_at(arguments: Mapping[str, Any], m: int, places: Sequence[int]) -> dict[str, Any]:
    """The arguments with data of some of m samples alone."""
    if len(places) == 1 and places[0] == m - 1:
        return one_sample(arguments, m)
    short = dict(arguments)
    for name, each in arguments.items():
        if is_data(name) and isinstance(each, np.ndarray) and each.ndim:
            short[name] = np.take(each, places, axis=0 if each.shape[0] == m else -1)
    return short


def _changed(way: Way, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a step takes from each of the weights."""
    ran = way.run(arguments, 1.0)
    return {str(name): np.asarray(each) for name, each in (ran.returned or {}).items()}
