"""The functions of the table, and a few built from them, for floats, Values and arrays.

Each function gives back the kind it was given: a float for numbers, a Value where a Value is
among the operands, a float array for float arrays, an object array for arrays of Values; lists
count as arrays. Numbers must be finite, ints such as a float holds, and results too: what leaves a
domain or overflows raises DomainError, which names the element.

* ``rows``      a function for every row of ``autodiff.engine.ops.OPS``: ``exp``, ``tanh``, ``maximum``, …
* ``sums``      sums, products, means, ``dot``, and the choices ``where`` and ``clip``
* ``extremes``  ``max``, ``min`` and ``norm`` of many
* ``stable``    ``logsumexp``, ``softmax``, ``log_softmax``
* ``dispatch``  how a row is applied to each kind of operand
* ``stubs``     writes what type checkers and editors know of the rows

The reductions, ``sum`` to ``log_softmax``, go along the first axis, as Python's own ``sum`` does:
for a 2-D array whose columns are samples they give one result per sample. ``sum(W.flat)`` takes
all elements.

The room may import ``engine`` and ``formulas``.
"""

from autodiff.functions import rows
from autodiff.functions.extremes import max, min, norm
from autodiff.functions.rows import *  # noqa: F403
from autodiff.functions.stable import log_softmax, logsumexp, softmax
from autodiff.functions.sums import clip, dot, mean, prod, sum, where

__all__ = [
    "clip",
    "dot",
    "log_softmax",
    "logsumexp",
    "max",
    "mean",
    "min",
    "norm",
    "prod",
    "softmax",
    "sum",
    "where",
]
__all__ += rows.__all__
