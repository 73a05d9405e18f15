"""The arguments of ``lift`` and of a program, checked, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.errors import did_you_mean
from autodiff.engine.value import Value
from autodiff.labels import ValueArray, element, gather
from autodiff.nesting import flat_values

__all__ = ["Leaf", "cast", "check_one_hot", "checked_arrays", "leaf_arrays", "real_numbers"]


@dataclass(frozen=True)
class Leaf:
    """A named array of leaf Values; ``role`` is ``"parameter"`` or ``"input"``.

    ``one_hot`` says that in every run one number of each row, along the last axis, is 1 and the others are 0.
    """

    name: str
    values: ValueArray
    role: str
    one_hot: bool = False


def leaf_arrays(inputs: Mapping[str, Any], params: Any) -> list[Leaf]:
    """The leaf arrays of a graph, parameters first.

    Raises:
        TypeError: for what is not a Value, or not a mapping of names to Values.
        ValueError: for a Value that is no leaf or has two places, for two arrays of one name, for
            nested lists of uneven lengths, and if there are no parameters.
    """
    if not isinstance(inputs, Mapping):
        raise TypeError(f"inputs maps names to Values, as in {{'X': X}}; got {type(inputs).__name__}")
    values = flat_values(params, "params holds leaf Values")
    if not values:
        raise ValueError("there are no parameters to differentiate by; pass a model or leaf Values as params")
    leaves = [Leaf(name, array, "parameter") for name, array in gather(values).items()]
    for name, nested in inputs.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of an input is text, got {name!r}")
        leaves.append(Leaf(name, _value_array(name, nested), "input"))
    _check_places(leaves)
    return leaves


def _value_array(name: str, nested: Any) -> ValueArray:
    array = np.array(nested, dtype=object)
    if all(isinstance(value, Value) for value in array.ravel().tolist()):
        return array
    for index in np.ndindex(array.shape):
        value = array[index]
        if isinstance(value, (list, tuple)):
            raise ValueError(
                f"the lists of input {name!r} have different lengths; pass one of shape (rows, columns)"
            )
        if not isinstance(value, Value):
            place = element(name, index)
            raise TypeError(
                f"input {name!r} holds the leaf Values that the graph was built from, "
                f"but {place} is {value!r:.40}; record the loss with X = autodiff.leaves({name!r}, data)"
            )
    return array


def _check_places(arrays: list[Leaf]) -> None:
    """Every Value is a leaf and has one place; every array has a name of its own."""
    names: set[str] = set()
    for leaf in arrays:
        if leaf.name in names:
            raise ValueError(f"two arrays are called {leaf.name!r}; give the input another name")
        names.add(leaf.name)
    values = [value for leaf in arrays for value in leaf.values.ravel().tolist()]
    if len({*values}) == len(values) and not any(map(attrgetter("op"), values)):
        return
    place_of: dict[Value, str] = {}
    for leaf in arrays:
        for index in np.ndindex(leaf.values.shape):
            value: Any = leaf.values[index]
            place = f"{leaf.role} {element(leaf.name, index)}"
            if value.op:
                raise ValueError(
                    f"{place} is not a leaf but the result of {value.op!r}; "
                    "pass the Values that it was computed from"
                )
            if value in place_of:
                raise ValueError(
                    f"one Value is both {place_of[value]} and {place}; it can have one place only"
                )
            place_of[value] = place


def checked_arrays(
    shapes: Mapping[str, tuple[int, ...]],
    inputs: Mapping[str, npt.ArrayLike],
    batch: bool,
    dtype: npt.DTypeLike,
) -> dict[str, npt.NDArray[Any]]:
    """A program's inputs as arrays of ``dtype``; with ``batch`` each has a trailing sample axis.

    Raises:
        TypeError: for unknown and missing names, and for what is not numbers.
        ValueError: for a shape that does not fit, for different numbers of samples, and for none.
    """
    for name in inputs:
        if name not in shapes:
            hint = did_you_mean(name, shapes) or f"its inputs are {', '.join(shapes) or 'none'}"
            raise TypeError(f"the program has no input {name!r}; {hint}")
    arrays = {}
    samples: dict[str, int] = {}
    for name, shape in shapes.items():
        if name not in inputs:
            raise TypeError(f"input {name!r} is missing; pass {name}=array of shape {_shown(shape, batch)}")
        array = real_numbers(f"input {name!r}", inputs[name], dtype)
        if (array.shape[:-1] if batch and array.ndim else array.shape) != shape or (batch and not array.ndim):
            raise ValueError(_misfit(name, shape, array.shape, batch))
        if batch:
            samples[name] = array.shape[-1]
        arrays[name] = array
    if len(set(samples.values())) > 1:
        counts = ", ".join(f"{name} has {m}" for name, m in samples.items())
        raise ValueError(f"the inputs have different numbers of samples on their last axis: {counts}")
    if 0 in samples.values():
        raise ValueError("the batch is empty; the mean loss of no samples is not defined")
    return arrays


def check_one_hot(inputs: Mapping[str, npt.ArrayLike], names: Sequence[str]) -> None:
    """Raises ValueError if one of these inputs has a row, along its last axis, that is not 1 in one place and
    0 elsewhere: gradients such as P - Y hold for such targets."""
    for name in names:
        if name in inputs:
            array = np.asarray(inputs[name])
            ones = array == 1
            one_each = ones.any(axis=-1)
            if not (one_each.all() and np.count_nonzero(ones) == np.count_nonzero(array) == one_each.size):
                raise ValueError(
                    f"input {name!r} is one-hot, each row has one 1 and else 0, for it stands for an index "
                    "of the recorded function; lift a graph with targets of its own to use other targets"
                )


def real_numbers(what: str, numbers: npt.ArrayLike, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """``numbers`` as an array of ``dtype``; ``what`` they are for is said in errors.

    Raises:
        TypeError, ValueError: for what is not real numbers, or too large for ``dtype``.
    """
    try:
        array = np.asarray(numbers)
    except ValueError as error:  # nested lists of different lengths
        raise ValueError(f"{what} is no array of numbers: {error}") from None
    if array.dtype.kind not in "buif":
        raise TypeError(f"{what} takes real numbers, got {numbers!r:.60}")
    return cast(array, dtype, what)


def cast(array: npt.NDArray[Any], dtype: npt.DTypeLike, what: str) -> npt.NDArray[Any]:
    """``array`` with another dtype. Raises ValueError if a number of it is too large for that."""
    if array.dtype == dtype:
        return array
    try:
        with np.errstate(over="raise"):
            return array.astype(dtype)
    except FloatingPointError:
        raise ValueError(f"{what} is too large for {np.dtype(dtype)}; use float64") from None


def _shown(shape: tuple[int, ...], batch: bool) -> str:
    inside = ", ".join([*map(str, shape), *(["m"] if batch else [])])
    return f"({inside},)" if len(shape) + batch == 1 else f"({inside})"


def _misfit(name: str, shape: tuple[int, ...], got: tuple[int, ...], batch: bool) -> str:
    message = f"input {name!r} has shape {_shown(shape, batch)}, got {got}"
    if batch and got == shape:
        return f"{message}; the last axis is the sample axis: pass {name}[..., None] for one sample"
    turned = got[::-1]
    if (turned[:-1] if batch else turned) == shape and len(got) > 1:
        return f"{message}; columns are samples: the transpose {name}.T fits"
    return message
