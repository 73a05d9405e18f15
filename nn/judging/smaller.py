"""Objects whose weights are too large to be looked at number by number, with fewer numbers in them.

Each size is exchanged for a small one of its own wherever it stands, in arrays, sizes and lists of sizes, so
that what fitted together still does. This module imports nothing of the library: it is read in the process of
a submission.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from nn.judging.inside import Path, arrays_of, at

__all__ = ["made_smaller", "small_sizes"]

LARGE = 12  # a size above this is exchanged
SMALL = (4, 3, 6, 7, 8, 9, 10, 11)


def small_sizes(sizes: Iterable[int]) -> dict[int, int]:
    """What each size becomes: another small one, but four times where it is four times another.

    >>> small_sizes([784, 30, 10]), small_sizes([50, 200, 27])
    ({784: 4, 30: 3}, {50: 4, 27: 3, 200: 16})
    """
    sizes = [*sizes]
    known = {*sizes}
    large = [n for n in dict.fromkeys(sizes) if n > LARGE]
    free = [n for n in (SMALL if len(large) > 1 else SMALL[1:]) if n not in known]
    fours = [n for n in large if n % 4 == 0 and n // 4 in large]
    chosen = dict(zip([n for n in large if n not in fours], free))
    return chosen | {n: 4 * chosen[n // 4] for n in fours if n // 4 in chosen}


def made_smaller(thing: Any, most: int) -> Any:
    """A copy of an object with small sizes, if it holds more than so many numbers; else itself."""
    arrays = [(path, array) for _, path, array in arrays_of(thing, (), "", set(), 0)]
    floats = [array for _, array in arrays if array.dtype.kind == "f"]
    if sum(array.size for array in floats) <= most:
        return thing
    chosen = small_sizes([n for array in floats for n in array.shape])
    if not chosen:
        return thing
    made = copy.deepcopy(thing)
    for path, array in arrays:
        shape = tuple(chosen.get(n, n) for n in array.shape)
        if shape != array.shape:
            _set(made, path, np.array(array[tuple(slice(n) for n in shape)]))
    _sizes(made, chosen, set())
    return made


def _set(thing: Any, path: Path, value: Any) -> None:
    owner, (kind, key) = at(thing, path[:-1]), path[-1]
    if kind == "attribute":
        setattr(owner, key, value)
    elif not isinstance(owner, tuple):
        owner[key] = value


def _sizes(thing: Any, chosen: dict[int, int], seen: set[int]) -> None:
    """Exchange the sizes that an object and what it holds keep as numbers."""
    if id(thing) in seen or isinstance(thing, (np.ndarray, str, type)):
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        pairs, put = [*thing.items()], thing.__setitem__
    elif isinstance(thing, list):
        pairs, put = [*enumerate(thing)], thing.__setitem__
    elif hasattr(thing, "__dict__") and not callable(getattr(thing, "__code__", None)):
        pairs, put = [*vars(thing).items()], lambda name, value: setattr(thing, name, value)
    else:
        return
    for key, each in pairs:
        if type(each) is int and each in chosen:
            put(key, chosen[each])
        elif type(each) is tuple and any(type(n) is int and n in chosen for n in each):
            put(key, tuple(chosen.get(n, n) if type(n) is int else n for n in each))
        else:
            _sizes(each, chosen, seen)
