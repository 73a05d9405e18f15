"""JavaScript source, which ``formulas.preludes`` makes runnable."""

from __future__ import annotations

from autodiff.engine.notation import ATOM, POWER, Form, Notation
from autodiff.formulas.printing import Piece, Style, call, short, symbol_binding

__all__ = ["JAVASCRIPT", "operator_form"]


def operator_form(notation: Notation) -> Form | None:
    """Python's operator where JavaScript has it too: all but powers, for it refuses ``-x ** 2``."""
    return notation.infix if notation.infix and notation.infix.binds < POWER else None


def _form(name: str, notation: Notation, arity: int) -> Form:
    return operator_form(notation) or call(f"m.{name}", arity)


def _number(number: float) -> Piece:
    return Piece({"inf": "Infinity", "nan": "NaN"}.get(str(number), short(number)), ATOM)


JAVASCRIPT = Style(
    number=_number,
    symbol=lambda name: Piece(name, symbol_binding(name)),
    form=_form,
)
