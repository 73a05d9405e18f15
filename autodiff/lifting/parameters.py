"""A program's parameters: a mapping of names to arrays that stay where the program reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.lifting.arguments import real_numbers

__all__ = ["Parameters"]

Array = npt.NDArray[Any]


class Parameters(MutableMapping[str, Array]):
    """Name -> array. Whatever is assigned is written into the array of that name, where the next
    run reads it; names are neither added nor removed.

    Raises:
        KeyError: for a name that there is not.
        TypeError: for what is not real numbers, and where a name would be removed.
        ValueError: for a shape that does not fit.
    """

    def __init__(self, arrays: Mapping[str, Array], lock: RLock) -> None:
        self._arrays = dict(arrays)
        self._lock = lock  # held by a run, so that none sees half of what is assigned

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        return repr(self._arrays)

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        self.update({name: values})

    def __delitem__(self, name: str) -> None:
        raise TypeError("a program's parameters cannot be removed; set them to 0.0 instead")

    def __ior__(self, other: Any) -> Parameters:
        self.update(other)
        return self

    def update(self, other: Any = (), /, **arrays: Any) -> None:
        """Write all arrays of a mapping or of pairs, and those passed by name; if one does not fit, none."""
        checked = {name: self._checked(name, values) for name, values in dict(other, **arrays).items()}
        with self._lock:
            for name, values in checked.items():
                self._arrays[name][...] = values

    def _checked(self, name: str, values: npt.ArrayLike) -> Array:
        if name not in self._arrays:
            raise KeyError(f"the program has no parameter {name!r}; it has {', '.join(self._arrays)}")
        array = self._arrays[name]
        numbers = real_numbers(f"parameter {name!r}", values, array.dtype)
        try:
            return np.broadcast_to(numbers, array.shape)
        except ValueError:
            raise ValueError(f"parameter {name!r} has shape {array.shape}, got {numbers.shape}") from None
