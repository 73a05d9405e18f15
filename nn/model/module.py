"""``Module``: something with parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Value
from autodiff.labels import element, gather

__all__ = ["Array", "Module", "as_floats", "read", "write"]

Array = npt.NDArray[np.float64]


class Module:
    """Base class of neurons, layers and networks, and of whatever you build from Values.

    Its parameters are the leaf Values among its attributes, also those inside lists, tuples,
    dicts and arrays, and the parameters of the Modules found there.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0, "slope"), Value(0.0, "offset")
    >>> Line().named_parameters()
    [('slope', Value(2.0, grad=0.0, label='slope')), ('offset', Value(0.0, grad=0.0, label='offset'))]
    """

    def parameters(self) -> list[Value]:
        """The parameters, each once, in the order in which the attributes were made."""
        found: dict[Value, None] = {}
        _collect(vars(self), found)
        return list(found)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The parameters with their labels, such as ``W1[0,2]``; without one, ``params[i]``."""
        return [
            (element(name, index), value)
            for name, array in gather(self.parameters()).items()
            for index, value in np.ndenumerate(array)
        ]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0.0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Array]:
        """A copy of the parameters' data as arrays by name: ``W1`` of shape (m₁, n), ``b1`` of
        shape (m₁,), and so on, as the labels say."""
        return {name: read(array, "data") for name, array in gather(self.parameters()).items()}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Set the parameters' data to what ``state_dict`` of a model of this shape returned.

        Raises:
            TypeError: for what holds no real numbers.
            ValueError: for a missing or unknown name, a shape that does not fit, or a number
                that is not finite. Nothing is changed then.
        """
        arrays = gather(self.parameters())
        missing, unknown = arrays.keys() - state.keys(), state.keys() - arrays.keys()
        if missing or unknown:
            wrong = [
                f"{names} {kind}"
                for kind, names in (("missing", sorted(missing)), ("unknown", sorted(unknown)))
                if names
            ]
            raise ValueError(f"this state belongs to another model: {', '.join(wrong)}")
        loaded = {}
        for name, array in arrays.items():
            loaded[name] = as_floats(state[name], name)
            if loaded[name].shape != array.shape:
                raise ValueError(f"{name} has shape {array.shape} here, got {loaded[name].shape}")
            if not np.isfinite(loaded[name]).all():
                raise ValueError(f"{name} holds a number that is not finite")
        for name, array in arrays.items():
            write(array, "data", loaded[name])


def as_floats(numbers: npt.ArrayLike, name: str) -> Array:
    """An array of real numbers as floats; what ``name`` is to hold.

    Raises:
        TypeError: for complex numbers, text, what is no array, or a mask, whose other half would be lost in
            silence.
        ValueError: for rows of different lengths.
    """
    array = np.asanyarray(numbers)
    if np.ma.is_masked(array):
        raise TypeError(f"{name} holds masked numbers; leave these samples out, or fill them in")
    if array.dtype.kind == "O" and array.ndim == 0 and not hasattr(numbers, "__float__"):
        raise TypeError(f"{name} holds real numbers, got a {type(numbers).__name__}; load_frame reads frames")
    if array.dtype.kind not in "biufO":
        raise TypeError(f"{name} holds real numbers, got an array of {array.dtype}")
    return np.asarray(array, dtype=np.float64)


def read(values: npt.NDArray[np.object_], attribute: str) -> Array:
    """The floats ``data`` or ``grad`` of an array of Values."""
    return np.array([getattr(value, attribute) for value in values.flat]).reshape(values.shape)


def write(values: npt.NDArray[np.object_], attribute: str, numbers: Array) -> None:
    """Set ``data`` or ``grad`` of an array of Values."""
    for value, number in zip(values.flat, numbers.flat, strict=True):
        setattr(value, attribute, float(number))


def _collect(thing: Any, found: dict[Value, None]) -> None:
    if isinstance(thing, Value):
        if not thing.op:
            found[thing] = None
    elif isinstance(thing, Module):
        found.update(dict.fromkeys(thing.parameters()))
    elif isinstance(thing, Mapping):
        _collect(tuple(thing.values()), found)
    elif isinstance(thing, (list, tuple)) or (isinstance(thing, np.ndarray) and thing.dtype == object):
        for each in thing:
            if each.__class__ is Value and not each.op:  # most of them: a call costs far more
                found[each] = None
            else:
                _collect(each, found)
