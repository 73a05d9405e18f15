"""What an expression may hold, for whoever reads one: the functions that can be called, and the limits."""

from __future__ import annotations

import inspect

from autodiff import functions
from autodiff.engine.ops import OPS

__all__ = ["BRACKET", "MAX_DEPTH", "MAX_LENGTH", "function_names", "operands_taken"]

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 1_000  # so deep Python's parser can go on the small stack of a thread
BRACKET = 10  # how many operators one bracket is as deep as, to that parser


def function_names() -> list[str]:
    """The names that can be called. The other functions take sequences or conditions."""
    return [*OPS, "clip"]


def operands_taken(name: str) -> tuple[int, int]:
    """How many operands a function takes at least, and at most.

    >>> operands_taken("leaky_relu"), operands_taken("clip")
    ((1, 2), (3, 3))
    """
    if name not in OPS:
        return (len(inspect.signature(getattr(functions, name)).parameters),) * 2
    return OPS[name].arity - len(OPS[name].defaults), OPS[name].arity
