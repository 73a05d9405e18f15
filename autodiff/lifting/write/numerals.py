"""Numerals: numbers as a reader would write them, and as NumPy source."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from autodiff.formulas.printing import short

__all__ = ["Factor", "numeral"]

DIGITS = 15  # of a number that may be a root
MEANT = 8  # digits of a number that others are roundings away from
ROUNDINGS = 4  # units in the last place
ZEROS = 6  # at the end of a whole number, from which it is written with an exponent


class Factor(NamedTuple):
    """A number, or one over which the number of samples stands, 2/m, or the root of a width, 1/√d.

    Attributes:
        value: the number, or what is divided by m or √d.
        samples: whether it is divided by m.
        number: what it is in the source, where m or d is known.
        share: whether it is written as a fraction, since it is one over a number of elements.
        root: whether it is divided by √d.
    """

    value: float
    samples: bool = False
    number: float | None = None
    share: bool = False
    root: bool = False

    def times(self, other: Factor) -> Factor:
        """The product of two, of which one at most is divided by m or √d."""
        samples, root = self.samples or other.samples, self.root or other.root
        known = [each.known for each in (self, other)]
        number = math.prod(known) if (samples or root) and None not in known else None  # type: ignore[arg-type]
        if number is not None and ((samples and root) or (self.root and other.root)):
            return Factor(number)
        value = self.value * other.value
        return Factor(value, samples, number, (self.share or other.share) and not value.is_integer(), root)

    @property
    def known(self) -> float | None:
        """The number itself, if it does not depend on an m that is not known."""
        return self.value if self.plain else self.number

    @property
    def plain(self) -> bool:
        """Whether it is just a number."""
        return not (self.samples or self.root)

    def numeral(self) -> tuple[str, str, str]:
        """In plain text and in LaTeX as it was meant, 0.01 for 0.1·0.1, and in NumPy source to the last bit.

        >>> Factor(2.0, samples=True, number=0.5).numeral(), Factor(-1.0, samples=True).numeral()
        (('2/m', '0.5', '\\\\tfrac{2}{m}'), ('-1/m', '-1.0 / m', '-\\\\tfrac{1}{m}'))
        >>> [factor.numeral()[0] for factor in (Factor(0.5), Factor(0.025, share=True), Factor(0.5, True))]
        ['1/2', '1/40', '1/(2·m)']
        >>> Factor(0.1 * 0.1).numeral()[:2]
        ('0.01', '0.010000000000000002')
        """
        text, _, latex = numeral(_meant(self.value))
        numpy = numeral(self.value)[1]
        fraction = self._fraction
        sign = "-" if text.startswith("-") else ""
        if self.plain:
            if fraction is None:
                return text, numpy, latex
            p, q = abs(fraction.numerator), fraction.denominator
            return f"{sign}{p}/{q}", numpy, rf"{sign}\tfrac{{{p}}}{{{q}}}"
        numpy = f"{numpy} / m" if self.number is None else numeral(self.number)[1]
        above, below, typeset = text.removeprefix("-"), *(("√d", r"\sqrt{d}") if self.root else ("m", "m"))
        latex = latex.removeprefix("-")
        if fraction is not None:
            above = latex = f"{abs(fraction.numerator)}"
            below, typeset = f"({fraction.denominator}·{below})", rf"{fraction.denominator} {typeset}"
        return f"{sign}{above}/{below}", numpy, rf"{sign}\tfrac{{{latex}}}{{{typeset}}}"

    @property
    def _fraction(self) -> Fraction | None:
        """The fraction that it is written as, if it is no whole number."""
        if not (self.share or abs(self.value) == 0.5) or self.value.is_integer():
            return None
        fraction = Fraction(self.value).limit_denominator(1_000_000)
        return fraction if fraction.numerator / fraction.denominator == self.value else None


def numeral(value: float) -> tuple[str, str, str]:
    """A number in plain text, in NumPy source and in LaTeX, as short as reads back.

    A fraction stands only for a number that was meant as one, and whose decimals go on and on.

    >>> [numeral(value)[0] for value in (6.0, -1e9, 0.05, 1 / 30, -2 / 3, 0.1 + 0.2, 3.0**-0.5)]
    ['6', '-1e9', '0.05', '1/30', '-2/3', '0.30000000000000004', '1/√3']
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
    root = _of_normal(value) or _root(value)
    if root:
        return root
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


def _meant(value: float) -> float:
    """The number of a few decimals from which this one is a rounding or two away."""
    if not math.isfinite(value):
        return value
    few = float(f"{value:.{MEANT}g}")
    return few if abs(few - value) <= ROUNDINGS * math.ulp(value) else value


def _of_normal(value: float) -> tuple[str, str] | None:
    """n/2·ln 2π, if that is what a number is up to rounding: what n normal densities add to a likelihood.

    >>> [numeral(n / 2 * math.log(2 * math.pi))[0] for n in (1, 2, 3)]
    ['1/2·ln 2π', 'ln 2π', '3/2·ln 2π']
    """
    n = round(min(2.0 * value / math.log(2.0 * math.pi), 1e6))  # which no huge number overflows
    if not 1 <= n <= 1000 or abs(n / 2.0 * math.log(2.0 * math.pi) - value) > ROUNDINGS * math.ulp(value):
        return None
    half = Fraction(n, 2)
    if half == 1:
        return "ln 2π", r"\ln 2\pi"
    before = f"{half}" if half.denominator == 1 else rf"\tfrac{{{n}}}{{2}}"
    return f"{half}·ln 2π", rf"{before} \, \ln 2\pi"


def _root(value: float) -> tuple[str, str] | None:
    """√n, 1/√n or ln n of a whole number n, if that is what a number is to the last digit."""
    if not 1e-3 < value < 100.0 or len(repr(value)) < DIGITS:
        return None
    n = round(value * value)
    if value == math.sqrt(n) and math.isqrt(n) ** 2 != n:
        return f"√{n}", rf"\sqrt{{{n}}}"
    n = round(1.0 / value**2)
    if math.isqrt(n) ** 2 != n and value in (1.0 / math.sqrt(n), math.sqrt(1.0 / n), n**-0.5):
        return f"1/√{n}", rf"\tfrac{{1}}{{\sqrt{{{n}}}}}"
    n = round(math.exp(value))
    return (f"ln {n}", rf"\ln {n}") if 1 < n <= 10 and value == math.log(n) else None


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
