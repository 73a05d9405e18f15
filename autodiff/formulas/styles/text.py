"""Plain text in Python's syntax, which ``autodiff.parsing`` reads back, but for a choice by sign."""

from __future__ import annotations

from autodiff.engine.notation import ATOM, Form, Notation
from autodiff.formulas.printing import Piece, Style, call, short, symbol_binding

__all__ = ["TEXT"]


def _form(name: str, notation: Notation, arity: int) -> Form:
    return notation.text or call(name, arity)


TEXT = Style(
    number=lambda number: Piece(short(number), ATOM),
    symbol=lambda name: Piece(name, symbol_binding(name)),
    form=_form,
    squares=True,
)
