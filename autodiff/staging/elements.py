"""Elements of lists and of plain arrays by labels, ``state_dict["wte"][token]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autodiff.arrays import Array
from autodiff.engine.value import Value
from autodiff.staging.given import View
from autodiff.staging.labels import Labels, computed

__all__ = ["ELEMENT", "PLACES", "SUBSCRIPTS"]

ELEMENT, PLACES = "__element__", "__places__"


def element(thing: Any, index: Any) -> Any:
    """``thing[index]``; of a list whose elements are alike, by a label, Σₖ onehot[k]·thing[k]."""
    if isinstance(thing, (list, tuple)) and isinstance(index, Labels) and _counts(index):
        given = index.source.given
        found = _picked(thing, index) if given.pick_views or _are_single(thing) else None
        if found is not None:
            if not _are_single(thing):
                given.views.append(View(thing, found))
            return found
    if type(thing) is np.ndarray and thing.dtype.kind in "biuf" and _copies(thing, index):
        return computed(lambda array, at: array[at], (thing.copy(), index), {})
    return thing[index]


def _counts(label: Labels) -> bool:
    return not label.ndim and label.dtype.kind in "iu"


def _copies(array: Any, index: Any) -> bool:
    """Whether an index has labels, and gives a copy or a number: a view would be changed with its array."""
    parts = index if isinstance(index, tuple) else (index,)
    if not any(isinstance(part, Labels) for part in parts):
        return False
    single = not any(part is None or part is Ellipsis or isinstance(part, slice) for part in parts)
    some = any(isinstance(part, list) or getattr(part, "ndim", 0) for part in parts)
    return some or (single and len(parts) == array.ndim)


def _are_single(parts: Sequence[Any]) -> bool:
    return all(isinstance(part, (Value, int, float)) for part in parts)


def _picked(parts: Sequence[Any], label: Labels) -> Any:
    """The part with the label's number; None of parts that are not of one kind and shape."""
    kinds = {type(part) for part in parts}
    if kinds in ({int}, {float}):
        return computed(lambda array, at: array[at], (np.array(parts), label), {})
    if _are_single(parts) and bool not in kinds and parts:
        return label.picked(Array([*parts]), label)
    if len(kinds) != 1 or len({len(part) if isinstance(part, (list, tuple)) else None for part in parts}) > 1:
        return None
    first = parts[0]
    if isinstance(first, Array):
        alike = len({part.shape for part in parts}) == 1
        return label.picked(Array(np.stack(parts)), label) if alike else None
    if type(first) not in (list, tuple):
        return None
    inner = [_picked([part[place] for part in parts], label) for place in range(len(first))]
    return None if any(each is None for each in inner) else type(first)(inner)


class _Places:
    """``__places__[i, :]`` is the index itself."""

    def __getitem__(self, index: Any) -> Any:
        return index


SUBSCRIPTS: Mapping[str, Any] = {ELEMENT: element, PLACES: _Places()}
"""What subscripts are compiled to, by the names that functions find them by."""
