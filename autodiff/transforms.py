"""Derivatives as results of their own: grad, jacobian, hessian, jvp, vjp, hvp.

``Value.backward()`` writes into the graph; the transforms here only read it. A Value given as
an input counts as a variable of its own, whether it is a leaf or not. Handed a Python function
instead of a Value they give the function that computes the derivative (``autodiff.functional``).

There is no ``no_grad()`` as in PyTorch: a flag would be looked at in every operation, or be shared by
threads. For a prediction without a graph take the ``data`` of the inputs (plain floats record
nothing), ``detach`` what is to count as a constant, and write ``p.data -= 0.1 * p.grad`` for an update.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np

from autodiff.arrays import Array
from autodiff.engine.errors import DomainError
from autodiff.engine.exact import check_unchanged, cotangents_by_rule, flat_edges, tangents_by_rule
from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value, as_value
from autodiff.functional import applied
from autodiff.nesting import flat_values, mapped
from autodiff.recording import Derivative, recorded, recorded_partials

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "pull", "value_and_grad", "vjp"]

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Function = Callable[..., Any]


@overload
def grad(output: Value, inputs: Value, create_graph: Literal[False] = False) -> float: ...
@overload
def grad(output: Value, inputs: Value, create_graph: Literal[True]) -> Value: ...
@overload
def grad(output: Value, inputs: Iterable[Value], create_graph: Literal[False] = False) -> list[float]: ...
@overload
def grad(output: Value, inputs: Iterable[Value], create_graph: Literal[True]) -> list[Value]: ...
@overload
def grad(output: Value, inputs: Any, create_graph: bool = False) -> Any: ...
@overload
def grad(output: Function, inputs: int | tuple[int, ...] = 0, *, argnums: Any = None) -> Function: ...
def grad(output: Any, inputs: Any = None, create_graph: bool = False, *, argnums: Any = None) -> Any:
    """∂output/∂input for each input, by one reverse pass; every ``.grad`` stays as it was.

    Args:
        output: the Value to differentiate; or a function that gives one, for the function that
            computes its gradient: ``grad(f)(x)``, ``grad(f, argnums=(0, 1))(x, y)``.
        inputs: Values, leaves or not; for a single Value the result is single too, for nested dicts
            and lists nested likewise.
        create_graph: give Values instead of floats. They are computed by a graph of their own,
            from the rules of the table, so they can be drawn, lifted and differentiated again.
        argnums: by which of the function's arguments, 0 if nothing is said.

    Returns:
        One derivative per input, in order; 0.0 for an input that the output does not depend on.
        nan only where the chain rule has no answer, such as 0·∞ for 0·√x at 0.

    Raises:
        TypeError: if the output or an input is not a Value.
        DomainError: with ``create_graph``, where a derivative is not finite.
        ValueError: with ``create_graph``, if ``data`` of the graph was changed after it was recorded.

    >>> x = Value(2.0, "x")
    >>> y = x**3
    >>> grad(y, x), grad(grad(y, x, create_graph=True), x)
    (12.0, 12.0)
    >>> grad(lambda x, y: x * y, argnums=1)(2.0, 3.0)
    2.0
    """
    if _is_function(output):
        value_and_slopes = value_and_grad(output, _argnums(inputs, argnums))
        return lambda *args, **options: value_and_slopes(*args, **options)[1]
    if inputs is None:
        raise TypeError("grad(output, inputs) differentiates by inputs: name a Value, or a list of them")
    wanted = flat_values(inputs)
    gradient = pull(output, wanted, _on_the_way(topological_order(output), wanted), create_graph)
    return _like(inputs, [as_value(each) for each in gradient] if create_graph else gradient)


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that gives ``(f(*args), gradient)``, both as floats; as Values for arguments that are, and
    inside a function that is differentiated or lifted itself, ``grad(grad(f))``.

    The gradient is by the argument of number ``argnums``, of its shape: a number for a number, an
    array for an array, dicts and lists for such. For several numbers it is a tuple.

    >>> value_and_grad(lambda w: w["a"] * w["b"])({"a": 2.0, "b": 5.0})
    (10.0, {'a': 5.0, 'b': 2.0})
    """

    def both(*args: Any, **options: Any) -> tuple[Any, Any]:
        call = applied(f, args, argnums, options)
        if call.recorded:
            return call.output, call.like(_recorded_slopes(call.output, call.values))
        return call.output.data, call.like(grad(call.output, call.values))

    return both


def jacobian(outputs: Any, inputs: Any = None, *, argnums: Any = None) -> Any:
    """∂outputs[i]/∂inputs[j], an array of shape ``(len(outputs), len(inputs))``.

    A single Value counts as a list of one, nested lists and dicts in their order. For a function
    first, as in ``grad``, the function that computes the array. One reverse pass per output, over an
    order found once. Raises TypeError as ``grad`` does.

    >>> jacobian(lambda v: [v[0] * v[1], v[0]])([2.0, 3.0]).tolist()
    [[3.0, 2.0], [1.0, 0.0]]
    """
    if _is_function(outputs):
        return _of_arguments(jacobian, outputs, _argnums(inputs, argnums))
    rows, columns = flat_values(outputs), flat_values(inputs)
    path = _on_the_way(topological_order(*rows), columns)
    derivatives = [pull(row, columns, path) for row in rows]
    return np.array(derivatives, dtype=np.float64).reshape(len(rows), len(columns))


def hessian(output: Any, inputs: Any = None, *, argnums: Any = None) -> Any:
    """∂²output/∂inputs[i]∂inputs[j], an array of shape ``(len(inputs), len(inputs))``.

    The Jacobian of the recorded gradient. Inputs and functions as for ``jacobian``.

    Raises:
        DomainError: where a first derivative is not finite.
        ValueError: if ``data`` of the graph was changed after it was recorded.

    >>> x = Value(3.0)
    >>> hessian(x**3, x).tolist(), hessian(lambda x: x**3)(3.0).tolist()
    ([[18.0]], [[18.0]])
    """
    if _is_function(output):
        return _of_arguments(hessian, output, _argnums(inputs, argnums))
    wanted = flat_values(inputs)
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

    >>> x, y = Value(2.0), Value(3.0)
    >>> jvp(x * y, {x: 1.0, y: 10.0})
    23.0
    """
    if isinstance(outputs, Value):
        return jvp([outputs], tangents)[0]
    ends = flat_values(outputs)
    moved = {node: float(speed) for node, speed in zip(flat_values(list(tangents)), tangents.values())}
    path = _on_the_way(topological_order(*ends), moved)
    speeds = dict(moved)
    for node in path:
        speed = speeds.get(node, 0.0)
        for operand, local in zip(node.operands, node.local_derivatives, strict=True):
            if operand in speeds:
                speed += local * speeds[operand]
        speeds[node] = speed
    if any(math.isnan(speeds.get(end, 0.0)) for end in ends):
        speeds = tangents_by_rule(path, moved)
    return [speeds.get(end, 0.0) for end in ends]


def vjp(outputs: Any, inputs: Any, cotangents: Any) -> Any:
    """Σᵢ cotangents[i] · ∂outputs[i]/∂input for each input: one reverse pass for all the outputs.

    Args:
        outputs: a Value, or nested lists and dicts of them.
        inputs: as for ``grad``, whose shape the result has.
        cotangents: a number per output, or a number for a single one.

    Raises:
        ValueError: if there is not one number per output.

    >>> x, y = Value(2.0), Value(3.0)
    >>> vjp([x * y, x], [x, y], [1.0, 10.0])
    [13.0, 2.0]
    """
    ends, wanted = flat_values(outputs), flat_values(inputs)
    weights = [float(weight) for weight in np.ravel(cotangents)]
    if len(weights) != len(ends):
        raise ValueError(f"vjp() needs a number per output, got {len(weights)} for {len(ends)} outputs")
    total = [0.0] * len(wanted)
    if ends:
        weighted = sum((end * weight for end, weight in zip(ends, weights)), start=as_value(0.0))
        total = grad(weighted, wanted)
    return _like(inputs, total)


def hvp(output: Any, inputs: Any = None, vector: Any = None, *, argnums: Any = None) -> Any:
    """The Hessian times a vector, Σⱼ ∂²output/∂inputs[i]∂inputs[j] · vector[j], without the Hessian.

    Forward over reverse: the speed of the recorded gradient while the inputs move along the
    vector (Pearlmutter 1994, Fast Exact Multiplication by the Hessian).

    Args:
        output, inputs: as for ``grad``; the result has the shape of the inputs. Of a function f
            ``hvp(f)(x, vector)`` takes the vector behind f's own arguments.
        vector: a number per input, in lists or arrays; a number for a single input.

    Raises:
        ValueError: if there is not one number in the vector per input.

    >>> x, y = Value(2.0), Value(3.0)
    >>> hvp(x * x * y, [x, y], [1.0, 0.0])
    [6.0, 4.0]
    """
    if _is_function(output):
        chosen = _argnums(inputs, argnums)

        def product(*args: Any, **options: Any) -> Any:
            call = applied(output, args[:-1], chosen, options)
            if call.recorded:
                slopes = _recorded_slopes(call.output, call.values)
                along: list[Any] = []
                mapped(along.append, args[-1])
                speed = sum((g * v for g, v in zip(slopes, along, strict=True)), start=as_value(0.0))
                return call.like(_recorded_slopes(speed, call.values))
            return call.like(hvp(call.output, call.values, args[-1]))

        return product
    wanted = flat_values(inputs)
    numbers = _numbers(vector)
    if len(numbers) != len(wanted):
        raise ValueError(f"hvp() needs a number per input, got {len(numbers)} for {len(wanted)} inputs")
    speeds: dict[Value, float] = {}
    for node, speed in zip(wanted, numbers, strict=True):
        speeds[node] = speeds.get(node, 0.0) + speed
    return _like(inputs, jvp(grad(output, wanted, create_graph=True), speeds))


def _is_function(argument: Any) -> bool:
    return callable(argument) and not isinstance(argument, Value)


def _argnums(inputs: Any, argnums: Any) -> Any:
    return argnums if argnums is not None else inputs if inputs is not None else 0


def _of_arguments(transform: Function, f: Function, argnums: Any) -> Function:
    """The function that applies a transform to the outputs of f and to its arguments."""

    def matrix(*args: Any, **options: Any) -> Any:
        call = applied(f, args, argnums, options)
        if call.recorded:
            of_jacobian = transform is jacobian
            rows = call.outputs if of_jacobian else _recorded_slopes(call.output, call.values)
            table = [_recorded_slopes(row, call.values) for row in rows]
            return Array(table).reshape(len(rows), len(call.values))
        return transform(call.outputs if transform is jacobian else call.output, call.values)

    return matrix


def _recorded_slopes(output: Value, values: Sequence[Value]) -> list[Value]:
    """∂output/∂value for each, as Values."""
    return [as_value(each) for each in grad(output, [*values], create_graph=True)]


def _numbers(vector: Any) -> list[float]:
    """The numbers of nested dicts, lists and arrays, in order."""
    numbers: list[float] = []
    mapped(lambda number: numbers.append(float(number)), vector)
    return numbers


def _like(inputs: Any, derivatives: list[Any]) -> Any:
    """Derivatives in the shape of the inputs: single for a single one, nested for nested ones, else a
    list."""
    if isinstance(inputs, Value):
        return derivatives[0]
    containers = (Mapping, list, tuple, np.ndarray)
    nested = isinstance(inputs, Mapping) or (
        isinstance(inputs, containers) and any(isinstance(part, containers) for part in inputs)
    )
    rest = iter(derivatives)
    return mapped(lambda _: next(rest), inputs) if nested else derivatives


def _on_the_way(order: Iterable[Value], inputs: Iterable[Value], exact: bool = False) -> dict[Value, None]:
    """Those nodes of a topological order that are an input or depend on one, in that order.

    With ``exact``, a node does not depend on an operand along a flat edge.
    """
    wanted = set(inputs)
    path: dict[Value, None] = {}
    for node in order:
        flat = flat_edges(node) if exact else (False, False)
        depends = (operand in path and not none for operand, none in zip(node.operands, flat))
        if node in wanted or any(depends):
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
    if create_graph:
        check_unchanged(path)
        try:
            return _recorded_pull(output, inputs, path)
        except DomainError:
            # Perhaps of an edge that nothing comes through. Without flat edges the graph is one for
            # data on this side of the kinks.
            return _recorded_pull(output, inputs, _on_the_way(path, inputs, exact=True), exact=True)
    cotangents = {output: 1.0}
    for node in reversed(path):
        if node in cotangents:
            for operand, local in zip(node.operands, node.local_derivatives, strict=True):
                if operand in path:
                    cotangents[operand] = cotangents.get(operand, 0.0) + cotangents[node] * local
    gradient = [cotangents.get(leaf, 0.0) for leaf in inputs]
    if any(map(math.isnan, gradient)):
        cotangents = cotangents_by_rule(output, path)
        gradient = [cotangents.get(leaf, 0.0) for leaf in inputs]
    return gradient


def _recorded_pull(
    output: Value, inputs: Sequence[Value], path: dict[Value, None], exact: bool = False
) -> list[Derivative]:
    """The same as what records itself; with ``exact``, flat edges left out."""
    cotangents: dict[Value, Derivative] = {output: 1.0}
    for node in reversed(path):
        if node not in cotangents:
            continue
        flat = flat_edges(node) if exact else (False, False)
        for operand, partial, is_flat in zip(node.operands, recorded_partials(node), flat):
            if operand not in path or is_flat:
                continue
            slope = recorded(partial, node)
            if isinstance(slope, float) and slope == 0.0:
                continue  # a row that is flat by its rule, such as detach: nothing to record
            part = _times(cotangents[node], slope)
            cotangents[operand] = _plus(cotangents[operand], part) if operand in cotangents else part
    return [cotangents.get(leaf, 0.0) for leaf in inputs]


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
