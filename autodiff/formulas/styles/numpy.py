"""NumPy source, which ``formulas.preludes`` makes runnable."""

from __future__ import annotations

import math

import numpy as np

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.notation import ATOM, Form, Notation
from autodiff.formulas.printing import Piece, Style, call, symbol_binding

__all__ = ["NUMPY"]


def _form(name: str, notation: Notation, arity: int) -> Form:
    function = getattr(type(ARRAYS), name, None)
    if isinstance(function, np.ufunc):
        return call(f"np.{function.__name__}", arity)
    return notation.infix or call(name, arity)


def _number(number: float) -> Piece:
    return Piece(repr(number) if math.isfinite(number) else f"np.{number}", ATOM)


NUMPY = Style(
    number=_number,
    symbol=lambda name: Piece(name, symbol_binding(name)),
    form=_form,
)
