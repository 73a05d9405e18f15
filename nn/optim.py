"""Optimisers: what a step does with the gradients.

One implementation serves the Values of a scalar network and arrays by name alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autodiff import Value
from autodiff.labels import gather
from nn.module import Array, Module, read, write

__all__ = ["SGD", "Optimizer"]


class Optimizer:
    """Base class: a subclass says in ``update`` how far one array moves.

    Args:
        learning_rate: the size of the steps, positive.
    """

    def __init__(self, learning_rate: float) -> None:
        if not 0.0 < learning_rate < float("inf"):
            raise ValueError(f"a learning rate is a positive number, got {learning_rate!r}")
        self.learning_rate = learning_rate

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        """What to add to the parameter ``name``, of its shape."""
        raise NotImplementedError

    def step(
        self,
        parameters: Module | Sequence[Value] | Mapping[str, Array],
        gradients: Mapping[str, Array] | None = None,
    ) -> None:
        """Move the parameters once.

        Args:
            parameters: a model or leaf Values, whose ``grad`` is used; or arrays by name, which
                are changed in place.
            gradients: of the arrays, by the same names and of their shapes.
        """
        if isinstance(parameters, Mapping):
            for name, array in parameters.items():
                array += self.update(name, array, (gradients or {})[name])
            return
        values = gather(parameters.parameters() if isinstance(parameters, Module) else parameters)
        arrays = {name: read(each, "data") for name, each in values.items()}
        self.step(arrays, {name: read(each, "grad") for name, each in values.items()})
        for name, each in values.items():
            write(each, "data", arrays[name])


class SGD(Optimizer):
    """Gradient descent: p ← p - η·∂J/∂p."""

    def __init__(self, learning_rate: float = 0.1) -> None:
        super().__init__(learning_rate)

    def update(self, name: str, parameter: Array, gradient: Array) -> Array:
        return -self.learning_rate * gradient
