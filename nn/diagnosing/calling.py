"""Calling a backward pass ``backward(twin, cache, dA)`` and rules such as ``dW(dZ, A)`` by the names of their
parameters.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

__all__ = ["NAMES", "call_backward", "call_rule", "is_backward", "operand_named"]

# What the parameters of a backward pass may be called, in the order in which others are taken.
NAMES = {
    "twin": ("twin", "model", "net", "network", "mlp", "self"),
    "cache": ("cache", "caches", "memory"),
    "dA": ("dA", "dAL", "dA_L", "dout", "grad_output", "dJ_dA", "dY"),
}


def call_backward(backward: Callable[..., Any], twin: Any, cache: Any, dA: Any) -> Any:
    """What it returns; its parameters may stand in any order if their names say what they are."""
    given = {"twin": twin, "cache": cache, "dA": dA}
    found = _by_name(backward)
    return (
        backward(*given.values())
        if found is None
        else backward(**{name: given[what] for name, what in found.items()})
    )


def call_rule(rule: Callable[..., Any], operands: Mapping[str, Any]) -> Any:
    """What a rule returns that takes some of these operands, by name, or else in this order.

    >>> call_rule(lambda A, dZ: (dZ, A), {"dZ": 1, "A": 2})
    (1, 2)
    >>> call_rule(lambda d, a: (d, a), {"dA": 1, "Z": 2, "A": 3})
    (1, 2)
    """
    try:
        parameters = [*inspect.signature(rule).parameters.values()]
    except (TypeError, ValueError):
        return rule(*operands.values())
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return rule(*operands.values())
    plain = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    named = {each.name: operand_named(each.name, operands) for each in plain if each.default is each.empty}
    chosen = [*named.values()]
    if all(each is not None for each in chosen) and len({*chosen}) == len(chosen):
        return rule(*(operands[each] for each in chosen if each is not None))
    return rule(*[*operands.values()][: len(plain)])


def operand_named(name: str, operands: Iterable[str]) -> str | None:
    """Which of the operands a parameter of this name is: A for A_prev, too; an exact name before one in
    another case.

    >>> operand_named("A_prev", ["dZ", "A"]), operand_named("z", ["Z"]), operand_named("x", ["Z"])
    ('A', 'Z', None)
    """
    known = [*operands]
    for each in known:
        if name == each or (each == "A" and name in ("A_prev", "A_before", "A0")):
            return each
    return next((each for each in known if name.lower() == each.lower()), None)


def is_backward(function: Callable[..., Any]) -> bool:
    """Whether the names of its parameters are those of ``backward(twin, cache, dA)``."""
    return _by_name(function) is not None


def _by_name(backward: Callable[..., Any]) -> dict[str, str] | None:
    try:
        parameters = inspect.signature(backward).parameters
    except (TypeError, ValueError):
        return None
    found = {name: what for name in parameters for what, names in NAMES.items() if name in names}
    return found if len(parameters) == 3 == len({*found.values()}) else None
