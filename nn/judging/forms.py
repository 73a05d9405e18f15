"""Arguments in containers, a dict of parameters or a list of layers, taken apart into arrays with names.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["Form", "gathered", "spread"]

# As JSON has it: a name of a leaf, {"dict": [[key, form], …]}, {"list": [form, …]} or {"tuple": [form, …]}.
Form = Any


def spread(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Form]:
    """The arguments with the arrays inside containers each under a name of its own, and how they were.

    >>> flat, form = spread({"X": np.ones(2), "parameters": {"W1": np.ones(3)}, "sizes": [1, 2]})
    >>> [*flat], form["dict"][1]
    (['X', 'W1', 'sizes'], ['parameters', {'dict': [['W1', 'W1']]}])
    """
    flat: dict[str, Any] = {}
    form = [[name, _taken(name, value, name, flat)] for name, value in arguments.items()]
    return flat, {"dict": form}


def gathered(form: Form, flat: Mapping[str, Any]) -> Any:
    """What ``spread`` took apart, of new leaves."""
    if isinstance(form, str):
        return flat[form]
    ((kind, parts),) = form.items()
    if kind == "dict":
        return {key: gathered(part, flat) for key, part in parts}
    listed = [gathered(part, flat) for part in parts]
    return tuple(listed) if kind == "tuple" else listed


def _taken(name: str, value: Any, short: str, flat: dict[str, Any]) -> Form:
    if _holds_arrays(value):
        if isinstance(value, Mapping):
            # Inside the dict of all parameters, W1 is a name by itself.
            return {
                "dict": [
                    [
                        key,
                        _taken(
                            f"{name}[{key!r}]", part, key if isinstance(key, str) else f"{name}[{key}]", flat
                        ),
                    ]
                    for key, part in value.items()
                ]
            }
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_taken(f"{name}[{i}]", part, f"{name}[{i}]", flat) for i, part in enumerate(value)]}
    leaf = short if short not in flat else name
    flat[leaf] = value
    return leaf


def _holds_arrays(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(each, np.ndarray) or _holds_arrays(each) for each in value.values())
    return isinstance(value, (list, tuple)) and any(
        isinstance(each, np.ndarray) or _holds_arrays(each) for each in value
    )
