"""Derivatives of recorded graphs as results of their own: grad, jacobian, hessian, jvp, hvp.

``Value.backward()`` writes into the graph; the transforms here only read it. A Value given as
an input counts as a variable of its own, whether it is a leaf or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np

from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value, as_value
from autodiff.recording import Derivative, recorded, recorded_partials

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "pull"]

Matrix = np.ndarray[Any, np.dtype[np.float64]]


@overload
def grad(output: Value, inputs: Value, create_graph: Literal[False] = False) -> float: ...
@overload
def grad(output: Value, inputs: Value, create_graph: Literal[True]) -> Value: ...
@overload
def grad(output: Value, inputs: Iterable[Value], create_graph: Literal[False] = False) -> list[float]: ...
@overload
def grad(output: Value, inputs: Iterable[Value], create_graph: Literal[True]) -> list[Value]: ...
def grad(output: Value, inputs: Value | Iterable[Value], create_graph: bool = False) -> Any:
    """∂output/∂input for each input, by one reverse pass; every ``.grad`` stays as it was.

    Args:
        output: the Value to differentiate.
        inputs: Values, leaves or not; for a single Value the result is single too.
        create_graph: give Values instead of floats. They are computed by a graph of their own,
            from the rules of the table, so they can be drawn, lifted and differentiated again.

    Returns:
        One derivative per input, in order; 0.0 for an input that the output does not depend on.

    Raises:
        TypeError: if the output or an input is not a Value.
        DomainError: with ``create_graph``, where a derivative is not finite.

    >>> x = Value(2.0, "x")
    >>> y = x**3
    >>> grad(y, x), grad(grad(y, x, create_graph=True), x)
    (12.0, 12.0)
    """
    if isinstance(inputs, Value):
        return grad(output, [inputs], create_graph)[0]  # type: ignore[call-overload]
    wanted = _checked(inputs)
    gradient = pull(output, wanted, _on_the_way(topological_order(output), wanted), create_graph)
    return [as_value(each) for each in gradient] if create_graph else gradient


def jacobian(outputs: Iterable[Value], inputs: Iterable[Value]) -> Matrix:
    """∂outputs[i]/∂inputs[j], an array of shape ``(len(outputs), len(inputs))``.

    One reverse pass per output, over an order found once. Raises TypeError as ``grad`` does.
    """
    rows, columns = _checked(outputs), _checked(inputs)
    path = _on_the_way(topological_order(*rows), columns)
    derivatives = [pull(row, columns, path) for row in rows]
    return np.array(derivatives, dtype=np.float64).reshape(len(rows), len(columns))


def hessian(output: Value, inputs: Iterable[Value]) -> Matrix:
    """∂²output/∂inputs[i]∂inputs[j], an array of shape ``(len(inputs), len(inputs))``.

    The Jacobian of the recorded gradient. Raises as ``grad(create_graph=True)`` does.
    """
    wanted = _checked(inputs)
    return jacobian(grad(output, wanted, create_graph=True), wanted)


@overload
def jvp(outputs: Value, tangents: Mapping[Value, float]) -> float: ...
@overload
def jvp(outputs: Iterable[Value], tangents: Mapping[Value, float]) -> list[float]: ...
def jvp(outputs: Value | Iterable[Value], tangents: Mapping[Value, float]) -> float | list[float]:
    """Σ ∂output/∂input · tangent over the given inputs: how fast the output changes when each
    input moves at the speed of its tangent. Forward mode: one pass, operands first.

    Args:
        outputs: a Value, or several, which then share the pass.
        tangents: the speed of each input, leaf or not; what is not mentioned stands still.

    Raises:
        TypeError: if an output or an input is not a Value.
    """
    if isinstance(outputs, Value):
        return jvp([outputs], tangents)[0]
    ends = _checked(outputs)
    speeds = {node: float(speed) for node, speed in zip(_checked(tangents), tangents.values(), strict=True)}
    for node in _on_the_way(topological_order(*ends), speeds):
        speed = speeds.get(node, 0.0)
        for operand, local in zip(node.operands, node.local_derivatives, strict=True):
            if operand in speeds:
                speed += local * speeds[operand]
        speeds[node] = speed
    return [speeds.get(end, 0.0) for end in ends]


def hvp(output: Value, inputs: Iterable[Value], vector: Sequence[float]) -> list[float]:
    """The Hessian times a vector, Σⱼ ∂²output/∂inputs[i]∂inputs[j] · vector[j], without the Hessian.

    Forward over reverse: the speed of the recorded gradient while the inputs move along the
    vector (Pearlmutter 1994, Fast Exact Multiplication by the Hessian).

    Raises:
        ValueError: if there is not one number in the vector per input.
    """
    wanted = _checked(inputs)
    if len(vector) != len(wanted):
        raise ValueError(f"hvp() needs a number per input, got {len(vector)} for {len(wanted)} inputs")
    speeds: dict[Value, float] = {}
    for node, speed in zip(wanted, vector, strict=True):
        speeds[node] = speeds.get(node, 0.0) + float(speed)
    return jvp(grad(output, wanted, create_graph=True), speeds)


def _checked(values: Iterable[Value]) -> list[Value]:
    found = list(values)
    for each in found:
        if not isinstance(each, Value):
            hint = "; pass the elements, list(array.flat)" if isinstance(each, np.ndarray) else ""
            kind = type(each).__name__
            raise TypeError(f"derivatives are between Values, got {each!r:.60} of type {kind}{hint}")
    return found


def _on_the_way(order: Iterable[Value], inputs: Iterable[Value]) -> dict[Value, None]:
    """Those nodes of a topological order that are an input or depend on one, in that order."""
    wanted = set(inputs)
    path: dict[Value, None] = {}
    for node in order:
        if node in wanted or any(operand in path for operand in node.operands):
            path[node] = None
    return path


def pull(
    output: Value, inputs: Sequence[Value], path: dict[Value, None], create_graph: bool = False
) -> list[Derivative]:
    """Reverse accumulation: ∂output/∂input for each input.

    Args:
        path: the nodes between the inputs and the output, both included, in topological order.
        create_graph: give Values where a derivative depends on data, and else floats.
    """
    cotangents: dict[Value, Derivative] = {output: 1.0}
    for node in reversed(path):
        cotangent = cotangents.get(node)
        if cotangent is None:
            continue
        partials = recorded_partials(node) if create_graph else node.local_derivatives
        for operand, partial in zip(node.operands, partials, strict=True):
            if operand in path:
                if create_graph:
                    partial = recorded(partial, node)
                    if isinstance(partial, float) and partial == 0.0:
                        continue  # a row that is flat by its rule, such as detach: nothing to record
                part = _times(cotangent, partial)
                cotangents[operand] = _plus(cotangents[operand], part) if operand in cotangents else part
    return [cotangents.get(each, 0.0) for each in inputs]


def _times(a: Derivative, b: Derivative) -> Derivative:
    """a·b, without a node for a Value times 1, -1 or 0."""
    for known, other in ((a, b), (b, a)):
        if isinstance(other, Value) and isinstance(known, float) and known in (1.0, -1.0, 0.0):
            return other if known == 1.0 else -other if known == -1.0 else 0.0
    return a * b


def _plus(a: Derivative, b: Derivative) -> Derivative:
    """a + b, without a node for a Value plus 0."""
    for known, other in ((a, b), (b, a)):
        if isinstance(other, Value) and isinstance(known, float) and known == 0.0:
            return other
    return a + b
