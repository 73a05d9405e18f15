"""LaTeX, without dollar signs. ``W1[0,2]`` is typeset as W, layer 1, row 0, column 2."""

from __future__ import annotations

import math

from autodiff.engine.notation import ATOM, POWER, PRODUCT, Form, Notation
from autodiff.formulas.printing import Piece, Style, call, symbol_binding
from autodiff.formulas.styles.symbols import GREEK, parts, scientific

__all__ = ["LATEX"]

_SPECIAL = str.maketrans(
    {c: "\\" + c for c in "{}$&#%_ "} | {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim "}
)


def _number(number: float) -> Piece:
    if not math.isfinite(number):
        return Piece(r"\infty" if number > 0.0 else r"\mathrm{nan}", ATOM)
    mantissa, exponent = scientific(number)
    if not exponent:
        return Piece(mantissa, ATOM)
    power = f"10^{{{exponent}}}"
    return Piece(rf"{mantissa} \cdot {power}", PRODUCT) if mantissa else Piece(power, POWER)


def _upright(text: str) -> str:
    return rf"\mathrm{{{text.translate(_SPECIAL)}}}"


def _symbol(name: str) -> Piece:
    if name.startswith("∂"):
        inner = _symbol(name[1:])
        return Piece(rf"\partial {inner.text}", inner.binds)
    if name == "…":
        return Piece(r"\cdots", ATOM)
    base, subscript, superscript = parts(name)
    if base in GREEK:
        base = f"\\{base}"
    elif len(base) > 1 or not base.isalpha():
        base = _upright(base)
    if subscript:
        base += f"_{{{_below(subscript)}}}"
    if superscript:  # a second one, as in a square, would be an error of LaTeX's
        return Piece(f"{base}^{{{superscript}}}", POWER)
    return Piece(base, symbol_binding(name))


def _below(subscript: str) -> str:
    """A subscript: numbers and single letters are symbols, words stand upright."""
    if subscript in GREEK:
        return f"\\{subscript}"
    is_symbol = subscript[0].isdigit() or (len(subscript) == 1 and subscript.isalpha())
    return subscript if is_symbol else _upright(subscript)


def _form(name: str, notation: Notation, arity: int) -> Form:
    return notation.latex or call(name.translate(_SPECIAL), arity, r"\operatorname{{{{{}}}}}\left({}\right)")


LATEX = Style(_number, _symbol, _form, r"\left({}\right)", squares=True)
