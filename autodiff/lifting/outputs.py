"""Several outputs of one graph: an array of them, and a cotangent for each.

A program computes the gradients of one number. For outputs y that is Σ cotangents ⊙ y, where the
cotangents are an input like any other: with these as the loss's weights, its gradients are the
vector-Jacobian product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays import leaves
from autodiff.engine.value import Value
from autodiff.labels import ValueArray
from autodiff.lifting.arguments import Leaf, real_numbers

__all__ = ["Outputs", "weighted_sum"]


@dataclass(frozen=True)
class Outputs:
    """The outputs of a graph.

    Attributes:
        values: the Values, in an array.
        cotangents: the name of the input that holds a cotangent for each.
        batch: whether inputs have a trailing axis of m samples.
    """

    values: ValueArray
    cotangents: str
    batch: bool

    def shape(self, inputs: Mapping[str, Any]) -> tuple[int, ...]:
        """Of the outputs for such inputs."""
        first = next((array for name, array in inputs.items() if name != self.cotangents), 0.0)
        return self.values.shape + (np.shape(first)[-1:] if self.batch else ())

    def with_ones(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The inputs, with a cotangent of 1 for each output if none are among them."""
        if self.cotangents in inputs:
            return inputs
        return {**inputs, self.cotangents: np.ones(self.shape(inputs))}

    def with_cotangents(self, inputs: Mapping[str, Any], cotangents: npt.ArrayLike) -> Mapping[str, Any]:
        """The inputs and cotangents by which the program's loss is Σ cotangents ⊙ outputs; of a batch,
        where that is a mean over the samples, their sum.

        Raises:
            TypeError, ValueError: for cotangents that are not numbers in the shape of the outputs.
        """
        numbers = real_numbers("the array of cotangents", cotangents, np.float64)
        shape = self.shape(inputs)
        if numbers.shape != shape:
            raise ValueError(f"the outputs have shape {shape}, so their cotangents do; got {numbers.shape}")
        samples = shape[-1] if len(shape) > self.values.ndim else 1
        return {**inputs, self.cotangents: numbers * samples}


def weighted_sum(outputs: Any, arrays: Sequence[Leaf], batch: bool) -> tuple[Value, Outputs, Leaf]:
    """The sum of several outputs, in nested lists or an array, with cotangents as weights: that Value,
    the outputs, and the leaves of the cotangents, whose name is not one of ``arrays``.

    Raises:
        TypeError: for what is not a Value.
        ValueError: for lists of different lengths, and for none.
    """
    values = _value_array(outputs)
    name = "cotangents"
    while any(leaf.name == name for leaf in arrays):
        name += "_"
    weights = leaves(name, np.ones(values.shape))
    products = [weight * y for weight, y in zip(weights.ravel().tolist(), values.ravel().tolist())]
    total: Value = sum(products[1:], products[0])
    return total, Outputs(values, name, batch), Leaf(name, weights, "input")


def _value_array(outputs: Any) -> ValueArray:
    array = np.array(outputs, dtype=object)
    if not array.size:
        raise ValueError("there is nothing to lift: pass a loss, or the outputs of a graph")
    for index in np.ndindex(array.shape):
        if isinstance(array[index], (list, tuple)):
            raise ValueError("the lists of outputs have different lengths; pass one of shape (rows, columns)")
        if not isinstance(array[index], Value):
            raise TypeError(
                "lift() takes the Value at the root of a graph, "
                f"got {array[index]!r:.60}; several outputs go in lists or an array"
            )
    return array
