"""Labels that place scalars in arrays: the Value labelled ``W1[0,2]`` is element (0, 2) of ``W1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.value import Value

__all__ = ["Place", "ValueArray", "element", "gather"]

ValueArray = npt.NDArray[np.object_]

_ELEMENT = re.compile(r"(.+)\[(\d{1,9}(?:,\d{1,9})*)\]", re.DOTALL)
_OF_A_LAYER = re.compile(r"([^\W\d_]+)(\d{1,9})")


@dataclass(frozen=True)
class Place:
    """Where a scalar stands: ``W1[0,2]`` is row 0, column 2 of the array ``W1``.

    Made once from a label by ``Place.of``; ``label`` is the way back.

    Attributes:
        array: name of the array, or all of a label that names no element.
        index: one number an axis, from 0; empty for an array of shape ().

    >>> place = Place.of("W1[0,2]")
    >>> place, place.letter, place.layer, place.label
    (Place(array='W1', index=(0, 2)), 'W', 1, 'W1[0,2]')
    >>> Place.of("rate"), Place.of("rate").letter, Place.of("rate").layer
    (Place(array='rate', index=()), 'rate', None)
    """

    array: str
    index: tuple[int, ...] = ()

    @classmethod
    def of(cls, label: str) -> Place:
        """The place that a label names; any text is a label."""
        match = _ELEMENT.fullmatch(label)
        return cls(match[1], tuple(map(int, match[2].split(",")))) if match else cls(label)

    @property
    def label(self) -> str:
        """The text that ``of`` reads."""
        return element(self.array, self.index)

    @property
    def letter(self) -> str:
        """The array's name without the number of its layer: ``W`` of ``W1``, ``dW`` of ``dW1``."""
        match = _OF_A_LAYER.fullmatch(self.array)
        return match[1] if match else self.array

    @property
    def layer(self) -> int | None:
        """The number at the end of the array's name: 1 of ``W1``; None where the name is more than
        letters and a number."""
        match = _OF_A_LAYER.fullmatch(self.array)
        return int(match[2]) if match else None


def element(name: str, index: Sequence[int]) -> str:
    """The label of one element; an array of shape () is its own element.

    >>> element("W1", (0, 2)), element("b", ())
    ('W1[0,2]', 'b')
    """
    return f"{name}[{','.join(map(str, index))}]" if index else name


def gather(values: Iterable[Value]) -> dict[str, ValueArray]:
    """The arrays that labels name, in the order in which their names first appear.

    ``NAME[i]`` and ``NAME[i,j]`` are elements of the array NAME; any other label is the name of
    an array of shape (); Values without a label make up one vector, ``params``.

    Raises:
        ValueError: if two Values share a label, or elements of an array are missing.
    """
    arrays: dict[str, dict[tuple[int, ...], Value]] = {}
    unnamed = 0
    for value in values:
        place = Place.of(value.label)
        if not value.label:
            place = Place("params", (unnamed,))
            unnamed += 1
        elements = arrays.setdefault(place.array, {})
        if place.index in elements:
            raise ValueError(f"two Values are labelled {value.label!r}; give each a label of its own")
        elements[place.index] = value
    return {name: _array(name, elements) for name, elements in arrays.items()}


def _array(name: str, elements: dict[tuple[int, ...], Value]) -> ValueArray:
    ranks = {len(index) for index in elements}
    if len(ranks) > 1:
        raise ValueError(f"the labels of {name!r} have different numbers of indices: {sorted(ranks)}")
    shape = tuple(max(axis) + 1 for axis in zip(*elements, strict=True))
    if len(elements) < int(np.prod(shape)):
        missing: Any = next(index for index in np.ndindex(shape) if index not in elements)
        raise ValueError(f"{name!r} has shape {shape} by its labels, but lacks {element(name, missing)!r}")
    array = np.empty(shape, dtype=object)
    for index, value in elements.items():
        array[index] = value
    return array
