"""What the judge asks of a backward pass, however it is written, and wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nn.judging.binding import kept_random_numbers
from nn.judging.in_code import InCode
from nn.judging.passes import Floats, Ran

__all__ = ["LOSSES", "OF_CLASSES", "SQUARES", "Move", "Remembered", "Way", "WithLoss", "key_of", "outputs_at"]

Move = tuple[str, int, float]  # an argument, a place in it, and what stands there instead


class Way(Protocol):
    """A forward and a backward pass, of flat arguments by name."""

    @property
    def name(self) -> str:
        """Of what is judged, for people."""

    @property
    def quantities(self) -> list[str] | None:
        """By what gradients are expected; None if the names of the arguments say it."""

    @property
    def cotangent(self) -> str:
        """What the backward pass of a layer calls the cotangent that it is given."""

    @property
    def layer(self) -> bool:
        """Whether the backward pass takes a cotangent of the output."""

    @property
    def function(self) -> Callable[..., Any]:
        """The forward pass, to be recorded."""

    @property
    def in_code(self) -> InCode:
        """Small numbers in the code, and whether it decides by numbers."""

    def output(self, result: Any) -> Any:
        """The loss or the output in what ``function`` returned."""

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The loss or the output, from copies of the arguments."""

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes, from copies of the arguments."""

    def rate(self) -> float | None:
        """The learning rate with which it steps, where that can be told."""

    def explained(self, error: BaseException) -> str:
        """What was raised, with the line of theirs."""


def outputs_at(way: Way, arguments: Mapping[str, Any], moves: Sequence[Move]) -> list[Floats]:
    """The loss or the output after each of the moves; asked for at once where it runs elsewhere."""
    at_once = getattr(way, "outputs_at", None)
    if at_once is not None:
        return [*at_once(arguments, moves)]
    with kept_random_numbers():
        return [way.forward(each) for each in _moved(arguments, moves)]


def _moved(arguments: Mapping[str, Any], moves: Sequence[Move]) -> Iterator[dict[str, Any]]:
    for name, index, value in moves:
        array = np.array(arguments[name])
        array.flat[index] = value
        yield {**arguments, name: array}


def _squares(out: Any, target: Any) -> Any:
    return ((out - target) ** 2).sum() * 0.5


def _binary(out: Any, target: Any) -> Any:
    return -(target * np.log(out) + (1.0 - target) * np.log(1.0 - out)).sum()


def _classes(out: Any, target: Any) -> Any:
    return -(target * np.log(out)).sum()


SQUARES = "½·Σ(out - y)²"
OF_CLASSES = "-Σ y·log out"

# Losses that a gradient may be of where the code says none, up to a factor.
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    SQUARES: _squares,
    "-Σ(y·log out + (1 - y)·log(1 - out))": _binary,
    OF_CLASSES: _classes,
}


def key_of(arguments: Mapping[str, Any]) -> Hashable:
    """What is equal for equal arguments."""
    return tuple(
        (name, each.dtype.str, each.shape, each.tobytes())
        if isinstance(each, np.ndarray)
        else (name, repr(each))
        for name, each in arguments.items()
    )


class Remembered:
    """A pass that is not asked twice for the same numbers.

    Args:
        way: the pass.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self._known: dict[Hashable, Floats] = {}
        self._at: dict[Hashable, list[Floats]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._way, name)

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The loss or the output."""
        key = key_of(arguments)
        if key not in self._known:
            self._known[key] = self._way.forward(arguments)
        return self._known[key].copy()

    def outputs_at(self, arguments: Mapping[str, Any], moves: Sequence[Move]) -> list[Floats]:
        """The same after moves."""
        key = (key_of(arguments), tuple(moves))
        if key not in self._at:
            self._at[key] = outputs_at(self._way, arguments, moves)
        return self._at[key]


@dataclass(frozen=True)
class WithLoss:
    """A pass whose code has an output and targets, and no loss; with one of the losses that it may be of.

    Attributes:
        inner: the pass.
        loss: a key of ``LOSSES``.
        target: the name of the argument with the targets.
    """

    inner: Way
    loss: str
    target: str

    layer = False
    cotangent = "dout"

    @property
    def quantities(self) -> list[str] | None:
        """Those of the pass."""
        return self.inner.quantities

    @property
    def name(self) -> str:
        """That of the pass."""
        return self.inner.name

    @property
    def in_code(self) -> InCode:
        """What there is in that of the pass."""
        return self.inner.in_code

    @property
    def function(self) -> Callable[..., Any]:
        """The loss as a function of the arguments, to be recorded."""
        return _Composed(self)

    @staticmethod
    def output(result: Any) -> Any:
        """The loss in what ``function`` returned."""
        return result

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The loss."""
        with np.errstate(all="ignore"):
            return np.array(self.of(self.inner.forward(arguments), arguments), dtype=np.float64)

    def outputs_at(self, arguments: Mapping[str, Any], moves: Sequence[Move]) -> list[Floats]:
        """The loss after moves."""
        outs = outputs_at(self.inner, arguments, moves)
        with np.errstate(all="ignore"):
            pairs = zip(outs, _moved(arguments, moves))
            return [np.array(self.of(out, each), dtype=np.float64) for out, each in pairs]

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes."""
        ran = self.inner.run(arguments)
        with np.errstate(all="ignore"):
            return Ran(np.array(self.of(ran.out, arguments)), ran.returned, ran.changed, ran.read)

    def rate(self) -> float | None:
        """That of the pass."""
        return self.inner.rate()

    def explained(self, error: BaseException) -> str:
        """What was raised, with the line of theirs."""
        return self.inner.explained(error)

    def of(self, out: Any, arguments: Mapping[str, Any]) -> Any:
        """The loss of an output."""
        return LOSSES[self.loss](out, _as(np.shape(out), np.asarray(arguments[self.target])))


class _Composed:
    """The loss of a recorded output."""

    def __init__(self, way: WithLoss, function: Callable[..., Any] | None = None) -> None:
        self.way, self._function = way, function or way.inner.function
        self.__name__ = way.name

    def __call__(self, **arguments: Any) -> Any:
        return self.way.of(self.way.inner.output(self._function(**arguments)), arguments)

    def __recorded__(self, of: Callable[[Any], Any]) -> _Composed:
        return _Composed(self.way, of(self._function))


def _as(shape: tuple[int, ...], target: Any) -> Any:
    """Targets in the shape of an output: classes by their numbers become rows or columns with one 1."""
    if target.shape == shape:
        return target
    if target.dtype.kind in "iu" and len(shape) == 2 and target.size in shape:
        by_rows = shape[0] == target.size
        hot = np.eye(shape[1 if by_rows else 0])[target.ravel()]
        return hot if by_rows else hot.T
    if target.T.shape == shape:
        return target.T
    if target.size == np.prod(shape):
        return target.reshape(shape)
    if np.broadcast_shapes(shape, target.shape) != shape:
        raise ValueError(f"targets of shape {target.shape} are no targets of an output of shape {shape}")
    return target
