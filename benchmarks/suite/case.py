"""A program of the suite: as a stranger writes it, by hand in NumPy, and as a book prints it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Program, Value, leaves, lift

__all__ = [
    "Array",
    "Case",
    "Draw",
    "Gradients",
    "between",
    "normal",
    "one_hot",
    "signs",
    "zeros_and_ones",
]

Array = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator], Array]
Gradients = dict[str, Array]

LISTINGS = Path(__file__).with_name("listings")
HEADLINE = "1 scalar operation → 1 array operation\n\n"  # a book counts nothing


@dataclass(frozen=True)
class Case:
    """One program.

    Attributes:
        name: as it is printed; its listing is ``listings/NAME.txt``.
        loss: takes arrays of Values by name, and gives one Value.
        by_hand: takes arrays of numbers by the same names, and gives the loss and the gradients by the
            parameters, written by hand in NumPy.
        params, inputs: name -> how its numbers are drawn.
        through: how the loss is written, in ``"scalars"`` or for ``"arrays"``.
        constants: numbers of the program that its listing refers to, by name.
    """

    name: str
    loss: Callable[..., Value]
    by_hand: Callable[..., tuple[float, Gradients]]
    params: Mapping[str, Draw]
    inputs: Mapping[str, Draw]
    through: str = "scalars"
    constants: Mapping[str, Any] = field(default_factory=dict)

    def data(self, seed: int = 0) -> dict[str, Array]:
        """Numbers for all parameters and inputs, by name."""
        make = np.random.default_rng(seed)
        return {name: draw(make) for name, draw in {**self.params, **self.inputs}.items()}

    def record(self, data: Mapping[str, Array]) -> tuple[Value, dict[str, Any]]:
        """The graph of the loss at these numbers, and its leaves by name."""
        made = {name: leaves(name, numbers) for name, numbers in data.items()}
        return self.loss(**made), made

    def lifted(self, data: Mapping[str, Array]) -> Program:
        """What ``lift`` makes of it."""
        loss, made = self.record(data)
        params = [value for name in self.params for value in made[name].ravel()]
        return lift(loss, {name: made[name] for name in self.inputs}, params)

    @property
    def listing(self) -> str:
        """What a book would print, in the notation of the reference, without the line that counts."""
        path = LISTINGS / f"{re.sub(r'[^a-z0-9]+', '_', self.name.lower())}.txt"
        return path.read_text(encoding="utf-8")


def normal(*shape: int, scale: float = 0.7) -> Draw:
    """Normal numbers."""
    return partial(_normal, shape=shape, scale=scale)


def _normal(make: np.random.Generator, shape: tuple[int, ...], scale: float) -> Array:
    return make.normal(scale=scale, size=shape)


def between(low: float, high: float, *shape: int) -> Draw:
    """Numbers between two."""
    return lambda make: make.uniform(low, high, shape)


def signs(m: int) -> Draw:
    """Labels of -1 and 1."""
    return lambda make: make.choice([-1.0, 1.0], m)


def zeros_and_ones(*shape: int) -> Draw:
    """Labels, or a mask, of 0 and 1."""
    return lambda make: make.choice([0.0, 1.0], shape)


def one_hot(classes: int, m: int) -> Draw:
    """A matrix with one 1 in each of m columns."""
    return lambda make: np.eye(classes)[:, make.integers(0, classes, m)]
