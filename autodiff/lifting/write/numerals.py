"""Numerals: numbers as a reader would write them, and as NumPy source."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from autodiff.formulas.printing import short

__all__ = ["numeral"]

ZEROS = 6  # at the end of a whole number, from which it is written with an exponent


def numeral(value: float) -> tuple[str, str, str]:
    """A number in plain text, in NumPy source and in LaTeX, as short as reads back.

    A fraction stands only for a number that was meant as one, and whose decimals go on and on.

    >>> [numeral(value)[0] for value in (6.0, -1e9, 0.05, 1 / 30, -2 / 3, 0.1 + 0.2)]
    ['6', '-1e9', '0.05', '1/30', '-2/3', '0.30000000000000004']
    """
    value = float(value)
    sign = "-" if math.copysign(1.0, value) < 0.0 else ""
    text, latex = _unsigned(abs(value))
    numpy = repr(abs(value)) if math.isfinite(value) else f"np.{abs(value)}"
    return sign + text, sign + numpy, sign + latex


def _unsigned(value: float) -> tuple[str, str]:
    """A number that is not negative, in plain text and in LaTeX."""
    if not math.isfinite(value):
        return f"{value}", r"\infty" if math.isinf(value) else r"\mathrm{nan}"
    fraction = _fraction(value)
    if fraction:
        return f"{fraction}", rf"\tfrac{{{fraction.numerator}}}{{{fraction.denominator}}}"
    text = short(value)
    digits = text.rstrip("0")
    if text.isdecimal() and digits and len(text) - len(digits) >= ZEROS:
        text = f"{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{len(text) - 1}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return text, text
    power = f"10^{{{int(exponent)}}}"
    return f"{mantissa}e{int(exponent)}", power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def _fraction(value: float) -> Fraction | None:
    """The fraction that a number was meant to be: one over a whole number, such as a mean over 30
    takes, or one of two small numbers; unless its decimals end soon."""
    if not 1e-6 < value < 1000.0:
        return None
    fraction = Fraction(value).limit_denominator(1_000_000)
    p, q = fraction.numerator, fraction.denominator
    if q == 1 or p / q != value:
        return None
    digits = len(Decimal(repr(value)).normalize().as_tuple().digits)
    is_share = p == 1 and q > 10 and digits > 2
    return fraction if is_share or (p * q <= 1_000_000 and digits > 12) else None
