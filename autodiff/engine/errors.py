"""The engine's errors, and the sentences that messages are made of."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np

__all__ = [
    "DomainError",
    "DomainOverflow",
    "DomainZeroDivision",
    "described",
    "did_you_mean",
    "domain_error",
    "not_a_number",
]


class DomainError(ValueError, ArithmeticError):
    """An operand lies outside the domain of its operation, or the result overflows.

    >>> from autodiff import Value
    >>> Value(0.0, "x").log()
    Traceback (most recent call last):
    autodiff.engine.errors.DomainError: log(x=0.0) is outside the domain of log
    """


class DomainZeroDivision(DomainError, ZeroDivisionError):
    """A DomainError that plain Python would raise as ZeroDivisionError."""


class DomainOverflow(DomainError, OverflowError):
    """A DomainError that plain Python would raise as OverflowError."""


def domain_error(name: str, operands: str, error: Exception) -> DomainError:
    """The DomainError for operation ``name`` on ``operands`` (as text), after Python's ``error``."""
    if isinstance(error, OverflowError):
        return DomainOverflow(f"{name}({operands}) overflows: the result is too large for a float")
    if isinstance(error, ZeroDivisionError):
        return DomainZeroDivision(f"{name}({operands}) divides by zero")
    return DomainError(f"{name}({operands}) is outside the domain of {name}")


def described(*operands: Any) -> str:
    """Values as a message shows them: ``x=-1.0, 2.0``."""
    return ", ".join(f"{node.label}={node.data!r}" if node.label else repr(node.data) for node in operands)


def not_a_number(data: Any) -> str:
    """What to say of ``data`` where one real number is wanted: what it is, and what to do."""
    if isinstance(data, np.ndarray):
        return (
            f"a Value holds one real number, got an array of shape {data.shape} and dtype {data.dtype}; "
            "make one Value per element with autodiff.leaves(name, array), or autodiff.Array(array)"
        )
    hint = {
        str: "convert text with float(...)",
        type(None): "a function that forgot its return gives None",
        complex: "take its .real or .imag",
    }.get(type(data), "pass an int, a float or a NumPy scalar")
    return f"a Value holds one real number, got {data!r:.60} of type {type(data).__name__}; {hint}"


def did_you_mean(name: str, known: Iterable[str], most: int = 1) -> str:
    """``did you mean 'tanh'?``, or ``""`` where no known name is near.

    Upper and lower case count as the same, and so do ``-`` and ``_``.

    Args:
        most: the number of names to suggest at most, the nearest first.

    >>> did_you_mean("Cross-Entropie", ["mse", "cross_entropy"])
    "did you mean 'cross_entropy'?"
    """
    spelt = {_plain(each): each for each in known}
    near = get_close_matches(_plain(name), spelt, most, cutoff=0.5)
    return f"did you mean {' or '.join(repr(spelt[each]) for each in near)}?" if near else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
