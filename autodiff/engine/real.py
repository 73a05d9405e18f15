"""What counts as a number: ints, floats, NumPy's scalars and arrays of shape (); and no Value."""

from __future__ import annotations

import linecache
import math
import re
from typing import Any, NoReturn

import numpy as np

from autodiff.engine.choices import user_site
from autodiff.engine.errors import DomainError, not_a_number
from autodiff.engine.ops import OPS

__all__ = ["NoPlainNumber", "Number", "NumberToCome", "real_number"]

Number = int | float | np.number[Any] | np.ndarray[Any, Any]


def real_number(data: Any, finite: bool = True) -> float:
    """``data`` as a Python float.

    Args:
        data: an int, float, NumPy scalar or 0-d array.
        finite: refuse inf and nan, and ints that no float holds exactly (every int up to 2**53 is
            held). A gradient may be all of these.

    Raises:
        TypeError: for what is not one real number.
        DomainError: for inf and nan.
        ValueError: for an int that no float holds exactly.
    """
    if isinstance(data, np.generic) or (isinstance(data, np.ndarray) and data.ndim == 0):
        data = data.item()
    if not isinstance(data, (int, float, np.floating)):  # np.longdouble is its own item
        raise TypeError(not_a_number(data))
    try:
        number = float(data)
    except OverflowError:
        number = math.inf if data > 0 else -math.inf
    if not finite:
        return number
    if not math.isfinite(number):
        score = ", or a score by -1e9" if number == -math.inf else ""
        raise DomainError(
            f"a Value holds a finite number, got {data!s:.40}; mask or clean such data first{score}"
        )
    if isinstance(data, int) and int(number) != data:
        raise ValueError(
            f"no float holds the int {data} exactly; pass float({data}) if the rounded {number!r} is meant"
        )
    return number


class NumberToCome:
    """A base of what stands for numbers that are known in each call of a lifted function.

    Where a single one meets a Value it becomes one, ``value()``; several, with an ``ndim`` above 0, are
    ``values()``, and answer for NumPy's functions and as indices themselves.
    """

    __slots__ = ()

    ndim: int
    dtype: Any

    def known(self) -> Any:
        """The numbers of the call that is recorded, which then have to be the same in others."""
        raise NotImplementedError

    def value(self) -> Any:
        """The single number as a Value."""
        raise NotImplementedError

    def values(self) -> Any:
        """The numbers as an Array of Values."""
        raise NotImplementedError

    def picked(self, array: Any, index: Any) -> Any:
        """``array[index]``, where these are in the index."""
        raise NotImplementedError

    def put(self, array: Any, index: Any, given: Any) -> None:
        """``array[index] = given``, where these are in the index."""
        raise NotImplementedError


class NoPlainNumber:
    """A base of Value: what would make a plain number of it refuses to.

    ``math.sin(v)`` asks for ``float(v)``; with a number in its place the result would have left the graph in
    silence, and no gradient would come back. So the number has to be asked for, as ``v.data``.
    """

    __slots__ = ()

    def __float__(self) -> NoReturn:
        line = _line()
        stored = re.search(r"([A-Za-z_][\w.]*)\[[^=]*\]\s*[-+*/]?=(?!=)", line)
        if stored and not re.search(r"\b(math\.|float\()", line):
            raise _is_stored(stored[1])
        raise _leaves_the_graph("float(v), which math.sin(v) and storing v in a float array call too,")

    def __int__(self) -> NoReturn:
        raise _leaves_the_graph("int(v)")

    def __trunc__(self) -> NoReturn:
        raise _leaves_the_graph("math.trunc(v)")

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise _leaves_the_graph("round(v)")

    def item(self) -> NoReturn:
        raise _leaves_the_graph("v.item()")

    def __mod__(self, other: Any) -> NoReturn:
        raise _leaves_the_graph("v % n")

    def __floordiv__(self, other: Any) -> NoReturn:
        raise _leaves_the_graph("v // n")

    def __divmod__(self, other: Any) -> NoReturn:
        raise _leaves_the_graph("divmod(v, n)")

    __rmod__, __rfloordiv__, __rdivmod__ = __mod__, __floordiv__, __divmod__


def _is_stored(array: str) -> TypeError:
    return TypeError(
        f"{array} is an array of plain numbers, and a Value stored there would leave the graph: no gradient "
        f"would come back. Make it an array of Values first, {array} = autodiff.Array({array}); under "
        "@autodiff.lifted np.zeros and its kind give such arrays"
    )


def _leaves_the_graph(call: str) -> TypeError:
    called = [name for name in re.findall(r"\b(?:math|np|numpy)\.(\w+)\(", _line()) if name in OPS]
    instead = f"autodiff.{called[0]}(v)" if called else "functions of autodiff, such as autodiff.sin(v),"
    return TypeError(
        f"{call} would leave the graph, and no gradient would come back: use v.data where v's number is "
        f"meant, and {instead} for what has a gradient"
    )


def _line() -> str:
    """The line of the user's program that is running."""
    return linecache.getline(*user_site())
