"""Running a backward pass that somebody else wrote, whole or rule by rule, on copies of everything."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nn.diagnosing.calling import call_backward, call_rule
from nn.model.matrix import Cache, Gradients, MatrixMLP
from nn.model.module import Array
from nn.registry import entry_named

__all__ = ["Backward", "Rules", "named", "run_backward", "run_rules"]

Backward = Callable[[MatrixMLP, Cache, Array], Gradients | Mapping[str, Any]]
Rules = Mapping[str, Callable[..., Any]]  # "dZ", "dW", "db", "dA"


def run_backward(
    backward: Backward, twin: MatrixMLP, cache: Cache, dA: Array, names: Iterable[str]
) -> dict[str, Array]:
    """What ``backward(twin, cache, dA)`` returns, by the names of quantities.

    Raises:
        ValueError: if it raises anything, or returns something else than gradients.
    """
    copy = MatrixMLP(_copied(twin.W), _copied(twin.b), dict(twin.g))
    try:
        result = call_backward(backward, copy, Cache(_copied(cache.Z), _copied(cache.A)), dA.copy())
    except Exception as error:
        raise ValueError(f"your backward pass raised {_described(error)}") from error
    if isinstance(result, Gradients):
        found: Mapping[str, Any] = named(Cache({}, {}), result)
    elif isinstance(result, Mapping):
        found = {"dX" if name == "dA0" else str(name): array for name, array in result.items()}
    else:
        raise ValueError(
            f"your backward pass returns Gradients, or a dict such as {{'dW1': array}}, got {result!r:.60}"
        )
    for name in found:
        entry_named("quantity to compare", name, dict.fromkeys(names))
    return {name: _numbers(name, array) for name, array in found.items()}


def run_rules(
    rules: Rules, twin: MatrixMLP, cache: Cache, right: Mapping[str, Array]
) -> dict[str, dict[int, Array]]:
    """What each rule gives in each layer, where it is handed the right numbers of all others.

    Raises:
        ValueError: if a rule raises anything, or returns something else than numbers.
    """
    found: dict[str, dict[int, Array]] = {}
    for quantity, rule in rules.items():
        found[quantity] = {}
        for l in range(twin.L, 0, -1):
            dZ, A = right[f"dZ{l}"], cache.A[l - 1]
            of: dict[str, dict[str, Any]] = {
                "dZ": {"dA": right[f"dA{l}"], "Z": cache.Z[l], "A": cache.A[l], "g": twin.g[l]},
                "dW": {"dZ": dZ, "A": A},
                "db": {"dZ": dZ},
                "dA": {"W": twin.W[l], "dZ": dZ},
            }
            operands = of[quantity]
            given = {n: each.copy() if isinstance(each, np.ndarray) else each for n, each in operands.items()}
            try:
                result = call_rule(rule, given)
            except Exception as error:
                what = f"your rule for {quantity} raised, in layer {l}, {_described(error)}"
                raise ValueError(what) from error
            found[quantity][l] = _numbers(f"{quantity} of layer {l}", result)
    return found


def named(cache: Cache, grads: Gradients) -> dict[str, Array]:
    """All quantities by their names: Z1, A1, …, dA1, dZ1, dW1, db1, …, dX."""
    families = {"Z": cache.Z, "A": cache.A, "dA": grads.dA, "dZ": grads.dZ, "dW": grads.dW, "db": grads.db}
    found = {f"{family}{l}": array for family, arrays in families.items() for l, array in arrays.items()}
    if "dA0" in found:
        found["dX"] = found.pop("dA0")
    found.pop("A0", None)
    return found


def _copied(arrays: Mapping[int, Array]) -> dict[int, Array]:
    return {l: array.copy() for l, array in arrays.items()}


def _described(error: Exception) -> str:
    """The error, and the line of the code that raised it."""
    if told := getattr(error, "told", ""):  # it was raised in another process
        return str(told)
    place = traceback.extract_tb(error.__traceback__)[-1]
    line = f' in line {place.lineno}, "{place.line}"' if place.line else ""
    return f"{type(error).__name__}: {error}{line}"


def _numbers(name: str, given: Any) -> Array:
    try:
        if given is not None:  # of which NumPy makes nan
            return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"your {name} is an array of numbers, got {given!r:.60}")
