"""Objects whose weights another method makes than the constructor, before they are used.

This module imports nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.judging.binding import required
from nn.judging.roles import role_of

__all__ = ["initialized"]

_METHOD = r"_?(init|initiali[sz]e|build|setup)(_?(weights|params|parameters|layer))?"
_OPTIMIZER = r"(\w+_)?(optimi[sz]er|optim|opt)"
_SHAPE = r"_?(input|in)_?(shape|size|dim)"


class _Descent:
    """An optimizer that steps against the gradient by all of it, so that a step shows it."""

    def update(self, w: Any, gradient: Any, *_: Any) -> Any:
        """The weights after a step."""
        return w - np.asarray(gradient)


def initialized(thing: Any, arguments: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """An object after the method that makes its weights, if they are None until then and it takes nothing but
    an optimizer and the shape of an input, with the arguments that are not among these; else both as they
    were."""
    method = next((name for name in dir(type(thing)) if re.fullmatch(_METHOD, name)), "")
    attributes = getattr(thing, "__dict__", {})
    if not method or all(each is not None for each in attributes.values()):
        return thing, arguments
    data = [each for name, each in arguments.items() if role_of(name) == "input" and np.ndim(each) > 1]
    shape = np.shape(data[0])[1:] if data else ()
    other = copy.deepcopy(thing)
    for name, each in vars(other).items():
        if each is None and re.fullmatch(_SHAPE, name):
            setattr(other, name, shape if "shape" in name else shape[-1] if shape else None)
    given = {
        name: _Descent() if re.fullmatch(_OPTIMIZER, name) else shape
        for name in required(getattr(other, method)) or ()
        if re.fullmatch(f"{_OPTIMIZER}|{_SHAPE}", name)
    }
    with contextlib.suppress(Exception):  # then it takes something else
        getattr(other, method)(**given)
        empty = {name for name, each in attributes.items() if each is None}
        left = {n: each for n, each in arguments.items() if n not in empty or getattr(other, n) is None}
        return other, left
    return thing, arguments
