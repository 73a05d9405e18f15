"""The ways in which people write a forward and a backward pass as functions, called alike."""

from __future__ import annotations

import copy
import inspect
import linecache
import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Pass", "Ran", "pass_of", "said", "same_random_numbers", "their_line"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ran:
    """What one run gave.

    Attributes:
        out: the loss, or the output of a layer; float64, of any shape.
        returned: the gradients as they were returned.
        changed: arguments that were changed in place.
    """

    out: Floats
    returned: Any
    changed: list[str]


@dataclass(frozen=True)
class Pass:
    """A forward and a backward pass.

    Attributes:
        function: the forward pass, or both.
        backward: the other function, if there is one.
        layer: whether it takes ``(dout, cache)``, and not the arguments of the forward pass.
    """

    function: Callable[..., Any]
    backward: Callable[..., Any] | None
    layer: bool

    @property
    def name(self) -> str:
        """Of the functions, for people."""
        functions = [self.function, *([self.backward] if self.backward else [])]
        return ", ".join(getattr(each, "__name__", type(each).__name__) for each in functions)

    @property
    def cotangent(self) -> str:
        """What the backward pass of a layer calls the cotangent that it is given."""
        parameters = [*inspect.signature(self.backward).parameters] if self.layer and self.backward else []
        return parameters[0] if parameters else "dout"

    def output(self, result: Any) -> Any:
        """The loss or the output, in what the function with the forward pass returned.

        Raises:
            TypeError: for another form of result.
        """
        several = isinstance(result, (tuple, list)) and len(result) >= 2
        if not several and (self.backward is None or self.layer):
            form = "(out, cache)" if self.layer else "(loss, gradients)"
            raise TypeError(f"{said(self.function)} has to return {form}, got {type(result).__name__}")
        out = result[0] if several else result
        if not self.layer and np.size(out) != 1:
            raise TypeError(
                f"{said(self.function)} has to return its loss, one number, got an array of shape "
                f"{np.shape(out)}"
            )
        return out

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The loss or the output alone, from copies of the arguments."""
        with same_random_numbers(), np.errstate(all="ignore"):
            return np.array(self.output(self.function(**copy.deepcopy(dict(arguments)))), dtype=np.float64)

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes, from copies of the arguments; ``dout`` is for layers, of the shape of the output."""
        mine = copy.deepcopy(dict(arguments))
        with same_random_numbers(), np.errstate(all="ignore"):
            result = self.function(**mine)
            out = np.array(self.output(result), dtype=np.float64)
            if self.backward is None:
                returned = result[1] if len(result) == 2 else tuple(result[1:])
            elif self.layer:
                cache = result[1] if len(result) == 2 else tuple(result[1:])
                returned = self.backward(np.array(dout, dtype=np.asarray(result[0]).dtype), cache)
            else:
                returned = self.backward(**mine)
        return Ran(out, copy.deepcopy(returned), [n for n in mine if not _same(mine[n], arguments[n])])


def pass_of(
    function: Callable[..., Any], backward: Callable[..., Any] | None, arguments: Mapping[str, Any]
) -> Pass:
    """Which way of writing it is, by the parameters of the functions.

    Raises:
        TypeError: if they do not take the arguments.
    """
    for each in (function, *([backward] if backward is not None else [])):
        if not callable(each):
            raise TypeError(f"judge() takes functions first, and arrays by name: got {each!r:.60}")
    if not _takes(function, (), arguments):
        raise TypeError(
            f"{said(function)} has the parameters {inspect.signature(function)}, and was given "
            f"{', '.join(arguments) or 'nothing'}: give judge() each of them by its name"
        )
    if backward is None or _takes(backward, (), arguments):
        return Pass(function, backward, False)
    if _takes(backward, (None, None), {}):
        return Pass(function, backward, True)
    raise TypeError(
        f"{said(backward)} has the parameters {inspect.signature(backward)}: it is called as "
        f"backward(dout, cache), or with what the forward pass is given, {', '.join(arguments)}"
    )


def said(function: Callable[..., Any]) -> str:
    """A function, as messages speak of it."""
    return f"{getattr(function, '__name__', type(function).__name__)}()"


def their_line(error: BaseException, way: Pass) -> str:
    """What was raised, with the last line of theirs on the way to it."""
    functions = [inspect.unwrap(each) for each in (way.function, way.backward) if each is not None]
    files = {each.__code__.co_filename for each in functions if hasattr(each, "__code__")}
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename in files]
    raised = f"{type(error).__name__}: {error}"
    if not frames:
        return raised
    number = frames[-1].lineno or 0
    line = linecache.getline(frames[-1].filename, number).strip()
    return f"line {number}, in {frames[-1].name}{f': {line}' if line else ''} raised {raised}"


def _takes(function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*args, **options)
    except TypeError:
        return False
    except ValueError:  # nobody knows its parameters
        return True
    return True


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """While open, the global generators draw what they draw each time; afterwards, what they would have."""
    numpy_state, state = np.random.get_state(), random.getstate()
    np.random.seed(0)
    random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(state)


def _same(one: Any, other: Any) -> bool:
    if isinstance(other, np.ndarray):
        return isinstance(one, np.ndarray) and np.array_equal(one, other, equal_nan=other.dtype.kind in "fc")
    return True
