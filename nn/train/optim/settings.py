"""Numbers that people choose: checked where they come in, and kept as Python's own."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any

__all__ = ["checked_number", "checked_whole"]


def checked_number(
    number: Any, says: str, least: float = 0.0, below: float = math.inf, *, allow_least: bool = True
) -> float:
    """The number as a float, so that one of NumPy's is the same setting as one of Python's.

    Args:
        says: what it is and which it may be, for the message: ``"momentum is at least 0 and below 1"``.

    Raises:
        TypeError: if it is no real number.
        ValueError: if it is below ``least`` or not below ``below``, which infinite numbers and nan never are.
    """
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{says}, got {number!r:.60}")
    compare: Callable[[float, float], bool] = operator.le if allow_least else operator.lt
    if not (compare(least, float(number)) and float(number) < below):
        raise ValueError(f"{says}, got {number!r:.60}")
    return float(number)


def checked_whole(number: Any, says: str, least: int) -> int:
    """The number as an int.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is not whole, or below ``least``.
    """
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{says}, got {number!r:.60}")
    if not float(number).is_integer() or number < least:  # which infinite numbers and nan are not
        raise ValueError(f"{says}, got {number!r:.60}")
    return int(float(number))
