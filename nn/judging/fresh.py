"""Fresh examples: random arguments of the same kind as those that were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.judging.roles import is_target

__all__ = ["fresh", "near", "wide"]


def fresh(arguments: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Other arrays of the same shapes, dtypes, integer ranges, signs and kinds; all else stays the same.

    One-hot and other rows that add up to 1, masks and targets in whole numbers have their rows and columns
    exchanged at random, so that they stay what they are.
    """
    return {
        name: _other(name, each, rng) if isinstance(each, np.ndarray) else each
        for name, each in arguments.items()
    }


def wide(arguments: Mapping[str, Any], rng: np.random.Generator, by: float) -> dict[str, Any]:
    """Random arguments with floats that are so many times larger, of either sign, but targets and what has to
    stay as it is: for functions that decide by the size of numbers."""
    return {
        name: np.asarray(by * each * rng.choice((-1.0, 1.0), each.shape), dtype=each.dtype)
        if isinstance(each, np.ndarray)
        and each.dtype.kind == "f"
        and not is_target(name)
        and not {*np.unique(each).tolist()} <= {-1.0, 0.0, 1.0}
        else each
        for name, each in fresh(arguments, rng).items()
    }


def near(arguments: Mapping[str, Any], rng: np.random.Generator, by: float = 0.1) -> dict[str, Any]:
    """Float arrays moved by a tenth, zeros left: for functions that take only numbers like those given."""
    return {
        name: (each * rng.uniform(1.0 - by, 1.0 + by, each.shape)).astype(each.dtype)
        if isinstance(each, np.ndarray) and each.dtype.kind == "f" and not _is_kept(name, each)
        else each
        for name, each in arguments.items()
    }


def _other(name: str, array: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    if not array.size or array.dtype.kind not in "biuf":
        return array
    if array.dtype.kind == "b":
        return _exchanged(array, rng)
    low, high = array.min(), array.max()
    if array.dtype.kind in "iu":
        return rng.integers(low, high, array.shape, dtype=array.dtype, endpoint=True)
    if _is_kept(name, array):
        return _exchanged(array, rng)
    if low == high:
        drawn = rng.normal(0.0, 0.5, array.shape) if low == 0 else low * rng.uniform(0.5, 1.5, array.shape)
    elif low >= 0 or high <= 0:
        drawn = rng.uniform(low, high, array.shape)
    else:
        drawn = rng.normal(array.mean(), array.std(), array.shape)
    return np.asarray(drawn, dtype=array.dtype)


def _is_kept(name: str, array: npt.NDArray[Any]) -> bool:
    """Whether the numbers are of a kind that random ones would not be."""
    values = np.unique(array)
    if len(values) == 1:
        return False
    if set(values.tolist()) <= {-1.0, 0.0, 1.0} or (len(values) == 2 and 0 in values):
        return True
    if is_target(name) and bool(np.all(values == np.round(values))):
        return True
    if array.ndim != 2 or float(values[0]) < 0:
        return False
    return any(np.allclose(array.sum(axis=axis), 1.0, rtol=1e-5) for axis in (0, 1))


def _exchanged(array: npt.NDArray[Any], rng: np.random.Generator) -> npt.NDArray[Any]:
    for axis in range(array.ndim):
        array = rng.permutation(array, axis=axis)
    return array
