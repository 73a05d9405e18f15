"""Answer: what a call gives, and how one graph gives it for the call that recorded it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.value import Value, as_value
from autodiff.lifting import Program
from autodiff.lifting.guards import place
from autodiff.staging.recording import Graph, Recording, Returned
from autodiff.transforms import grad, vjp

__all__ = ["Answer", "differentiated", "name_of", "returned"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What a call gives: the loss, gradients by the names of float arrays, what else was returned, and the
    recording and the program that gave it."""

    loss: float
    grads: Mapping[str, Floats]
    others: Any
    by: tuple[Recording, Program] | None = None


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function, for messages."""
    return getattr(function, "__name__", type(function).__name__)


def returned(function: Callable[..., Any], graph: Graph, has_aux: bool) -> tuple[Value | None, Any]:
    """The loss that a function returned, and what else; without a loss, all that it did.

    Raises:
        TypeError: if nothing of it was computed from Values, and for a loss that is no number.
    """
    name, result = name_of(function), graph.result
    number = result[0] if has_aux and isinstance(result, tuple) and result else result
    read = next((choice.site for choice in graph.choices if choice.kind == "data"), None)
    if read is not None and isinstance(number, (int, float, np.number)):
        raise TypeError(
            f"{name} returned the plain number {number!r}, after {place(read)} read .data, which leaves the "
            "graph: no gradient would come back; return the Value itself"
        )
    if has_aux:
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(f"{name} has has_aux=True, so it returns (loss, aux), got {result!r:.60}")
        loss = _one_number(result[0])
        if loss is None:
            raise TypeError(f"the loss of {name} is one number, got {type(result[0]).__name__}")
        return loss, result[1]
    loss = _one_number(result) if not isinstance(result, np.ndarray) else None
    if loss is not None:
        return loss, None
    if not Returned(result).values.size:
        raise TypeError(
            f"{name} returned {result!r:.60}, which was computed from no argument: was a return forgotten? "
            ".data cuts the graph"
        )
    return None, result


def _one_number(loss: Any) -> Value | None:
    if isinstance(loss, np.ndarray) and loss.size == 1:
        loss = loss.item()
    return as_value(loss) if isinstance(loss, (Value, int, float, np.number)) else None


def differentiated(graph: Graph, loss: Value | None, others: Any, wrt: tuple[str, ...], dout: Any) -> Answer:
    """What a graph gives for its own data; ``dout`` are cotangents of what the function returned."""
    found = Returned(others)
    inputs = [value for name in wrt for value in np.asarray(graph.leaves[name]).ravel().tolist()]
    if loss is not None:
        scale = 1.0 if dout is None else float(dout)
        slopes = [scale * slope for slope in grad(loss, inputs)]
    else:
        weights = np.ones(len(found.values)) if dout is None else found.cotangents(dout)
        slopes = vjp(found.values.tolist(), inputs, weights)
    rest = iter(slopes)
    shapes = {name: graph.leaves[name].shape for name in wrt}
    grads = {name: np.array([next(rest) for _ in np.ndindex(s)]).reshape(s) for name, s in shapes.items()}
    numbers = [value.data for value in found.values.tolist()]
    return Answer(0.0 if loss is None else loss.data, grads, found.rebuilt(numbers))
