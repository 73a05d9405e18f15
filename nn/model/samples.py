"""Batches: arrays of shape (n, m) whose columns are the m samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autodiff.labels import element
from nn.model.module import Array, as_floats

__all__ = ["as_batch"]


def as_batch(X: npt.ArrayLike, n: int, name: str = "X") -> Array:
    """X as a float array of shape (n, m), whose columns are samples.

    Raises:
        TypeError: if it does not hold numbers.
        ValueError: for another shape, or numbers that are not finite.
    """
    try:
        array = as_floats(X, name)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} is an array of numbers of shape ({n}, m); {error}") from None
    if array.ndim != 2 or array.shape[0] != n or array.shape[1] == 0:
        hint = ""
        if array.ndim == 2 and array.shape[1] == n:
            hint = f"; its transpose fits: pass {name}.T"
        elif array.shape == (n,):
            hint = f"; for one sample pass {name}.reshape(-1, 1)"
        raise ValueError(f"{name} has shape ({n}, m), columns are samples, got {array.shape}{hint}")
    if not np.isfinite(array).all():
        index = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(f"{element(name, index)} is {array[index]}; every number must be finite")
    return array
