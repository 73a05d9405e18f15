"""Methods: what those of an object ask for and give, a forward pass, a loss, a backward pass or a step.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import copy
import dis
import inspect
import re
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from nn.judging.binding import Bound, bound, required, same_random_numbers
from nn.judging.inside import at, weights_of
from nn.judging.roles import BACKWARD, LOSS, STEP, is_a_loss, method_named, role_of

__all__ = [
    "called",
    "cotangent_left",
    "gives_both",
    "is_an_object",
    "is_bindable",
    "is_cotangent",
    "methods_of",
    "takes_predictions",
]

COTANGENT = re.compile(
    r"_*(d?(out|output|y|z|a|top)_?(g|grads?|gradients?|delta|diff|error)"
    r"|(d|grad|delta|upstream|error|g)_?(out|outputs?|y|z|a|top|next)?)"
)


def is_an_object(thing: Any) -> bool:
    """Whether it is an object with methods that learn, and no function."""
    return hasattr(thing, "__dict__") and bool(method_named((*BACKWARD, *STEP, *LOSS), methods_of(thing)))


def methods_of(thing: Any) -> list[str]:
    """The names of what can be called of an object, and of itself."""
    names = [
        name for name in dir(thing) if callable(getattr(thing, name, None)) and not name.startswith("__")
    ]
    return [*names, "__call__"] if callable(thing) else names


def called(thing: Any, name: str, given: Bound) -> Any:
    """A method, with what it asks for: one epoch, all samples at once."""
    method = getattr(thing, name)
    arguments = bound(method, given)
    for each in inspect.signature(method).parameters.values():
        role = role_of(each.name)
        if role in ("epochs", "batch") and each.name not in arguments and role in given.by_role:
            arguments[each.name] = given.by_role[role]
    return method(**arguments)


def is_bindable(thing: Any, name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a method can do with these arguments, and with what is known by its role."""
    roles = dict.fromkeys(("output", "cache", "rate", "epochs", "batch"))
    try:
        bound(getattr(thing, name), Bound(arguments, roles))
    except (TypeError, ValueError):
        return False
    return True


def gives_both(thing: Any, name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a method gives (loss, gradients)."""
    if not name:
        return False
    try:
        with same_random_numbers(), np.errstate(all="ignore"):
            result = called(copy.deepcopy(thing), name, Bound(copy.deepcopy(dict(arguments)), {}))
    except Exception:  # then it is something else
        return False
    if not isinstance(result, tuple) or len(result) != 2:
        return False
    shapes = [np.shape(at(thing, path)) for path in weights_of(thing).values()]
    alone = np.size(result[0]) == 1 and np.ndim(result[1]) > 0 and shapes == [np.shape(result[1])]
    return alone or any(isinstance(each, (Mapping, list, tuple)) for each in result)


def takes_predictions(thing: Any, method: str) -> bool:
    """Whether a method takes predictions and targets."""
    return bool(method) and is_a_loss(required(getattr(thing, method)) or ())


def is_cotangent(names: Sequence[str], arguments: Mapping[str, Any]) -> bool:
    """Whether what a backward pass takes is a cotangent, and no target or output."""
    others = [name for name in names if role_of(name) not in ("rate", "epochs", "batch", "cache")]
    left = [name for name in others if name not in arguments]
    if any(role_of(name) == "target" for name in names):
        return False
    if len(left) > 1:
        return all(role_of(name) == "cotangent" for name in left)
    return len(left) == 1 and role_of(left[0]) in ("cotangent", "")


def cotangent_left(thing: Any, methods: Mapping[str, str]) -> str:
    """The attribute in which a backward pass without parameters finds its cotangent: it reads it, and its
    class does not write it, or only that there is nothing yet."""
    kinds = [kind for kind in type(thing).__mro__ if kind is not object]
    own = [each for kind in kinds for each in vars(kind).values() if isinstance(each, FunctionType)]
    written = {n for each in own if each.__name__ != "__init__" for n in _attributes(each, "STORE_ATTR")}
    read = _attributes(inspect.unwrap(getattr(type(thing), methods["backward"])), "LOAD_ATTR")
    left = [n for n in read if n not in written and getattr(thing, n, None) is None]
    found = [name for name in dict.fromkeys(left) if COTANGENT.fullmatch(name.lower())]
    return found[0] if len(found) == 1 else ""


def _attributes(function: Any, step: str) -> list[str]:
    """The attributes that a function reads, or writes."""
    code = getattr(function, "__code__", None)
    return [e.argval for e in dis.get_instructions(code) if e.opname == step] if code else []
