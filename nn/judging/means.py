"""Where a file takes the mean over its samples: in its loss or in its layers, and once only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nn.judging.conventions import OVER_M
from nn.judging.returned import parts
from nn.judging.roles import is_target, role_of
from nn.judging.verdict import Verdict
from nn.judging.ways import Way

__all__ = ["is_taken_twice", "where_the_mean_is"]


def where_the_mean_is(way: Way, arguments: Mapping[str, Any], verdict: Verdict) -> str:
    """Where the mean over the samples is: "layer" if the gradients by the parameters of a layer are over
    their number, and the one by its input is not; "none" if none of them is; "loss" if the gradient of a loss
    by predictions is that of a mean; "" for all else, and for what is wrong."""
    if any(note.startswith(OVER_M) for note in verdict.notes):
        return "layer"
    if not all(each.right for each in verdict.findings):
        return ""
    if way.layer:
        return "none" if way.quantities is not None and len(verdict.findings) > 1 else ""
    targets = [name for name in arguments if is_target(name) or role_of(name) == "target"]
    judged = [each.quantity for each in verdict.findings]
    arrays = [name for name, each in arguments.items() if np.ndim(each)]
    alone = len(judged) == 1 == len(targets) and {*arrays} == {*judged, *targets} and judged != targets
    return "loss" if alone and _is_of_a_mean(way, arguments) else ""


def _is_of_a_mean(way: Way, arguments: Mapping[str, Any]) -> bool:
    """Whether the gradient is half as large where each sample is there twice."""
    arrays = {name: each for name, each in arguments.items() if isinstance(each, np.ndarray) and each.ndim}
    for axis in (0, -1):
        twice = {name: np.concatenate([each, each], axis) for name, each in arrays.items()}
        try:
            (once,), (both,) = (
                [np.asarray(each, float) for each in parts(way.run({**arguments, **given}).returned).values()]
                for given in ({}, twice)
            )
        except Exception:  # it does not take these
            continue
        if np.shape(both) == np.shape(np.concatenate([once, once], axis)) and once.any():
            return bool(np.allclose(2.0 * both, np.concatenate([once, once], axis), rtol=1e-5))
    return False


def is_taken_twice(places: Iterable[str]) -> bool:
    """Whether layers take a mean that the loss of the same file has taken, or that others of its layers, with
    which they stand in a row, do not take.

    >>> is_taken_twice(["layer", "layer", ""]), is_taken_twice(["layer", "loss"])
    (False, True)
    """
    found = {*places}
    return "layer" in found and bool(found & {"loss", "none"})
