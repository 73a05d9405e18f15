"""What an expression may hold, for whoever reads one: functions, the signs of print, and the limits."""

from __future__ import annotations

import inspect

from autodiff import functions
from autodiff.engine.ops import OPS

__all__ = ["BRACKET", "INSTEAD", "MAX_DEPTH", "MAX_LENGTH", "PRINTED", "function_names", "operands_taken"]

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 1_000  # so deep Python's parser can go on the small stack of a thread
BRACKET = 10  # how many operators one bracket is as deep as, to that parser
PRINTED = dict.fromkeys("·⋅∙×∗", "*") | dict.fromkeys("−–", "-") | {"÷": "/"}  # signs on paper, and as typed
INSTEAD = {  # what is written here in place of names and signs of paper
    "e^": "exp(x)",
    "ln": "log(x)",
    "lg": "log10(x)",
    "σ": "sigmoid(x)",
    "arcsin": "asin(x)",
    "arccos": "acos(x)",
    "arctan": "atan(x)",
    "sgn": "sign(x)",
    "softmax": "exp(x1)/(exp(x1) + exp(x2))",
    "sum": "x1 + x2",
    "mean": "(x1 + x2)/2",
    "Σ": "x1 + x2",
    "∑": "x1 + x2",
    "√": "sqrt(x)",
    "|": "abs(x)",
    "@": "w1*x1 + w2*x2",
}


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
