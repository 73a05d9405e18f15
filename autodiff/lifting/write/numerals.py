"""Numerals: numbers as a reader would write them, and as NumPy source."""

from __future__ import annotations

import math
from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from autodiff.formulas.printing import short
from autodiff.lifting.record import Floats
from autodiff.lifting.write.closed_forms import Form, closed_form, divided, fraction

__all__ = ["ROUNDINGS", "Factor", "digits", "numeral", "over_samples", "shortened"]

MEANT = 8  # digits of a number that others are roundings away from
SHORT = 13  # likewise, of numbers in arrays
ROUNDINGS = 4  # units in the last place
ENDLESS = 15  # digits of a number whose decimals do not end
SMALL = 10_000  # two numbers of a fraction times each other, from which others are roundings away
EIGHTHS = (2, 4, 8)
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
        numpy = numeral(self.value)[1]
        if not self.plain:
            numpy = f"{numpy} / m" if self.number is None else numeral(self.number)[1]
        sign = "-" if math.copysign(1.0, self.value) < 0.0 else ""
        return sign + self.form.text, numpy, sign + self.form.latex

    @property
    def form(self) -> Form:
        """How it is written without its sign."""
        value = abs(_meant(self.value))
        parts = self._parts(value)
        form = fraction(parts) if parts else _unsigned(value)
        if self.plain:
            return form
        d, typeset = ("√d", r"\sqrt{d}") if self.root else ("m", "m")
        if form.above and form.below:
            return divided(form.above, (f"{form.below[0]}·{d}", f"{form.below[1]} {typeset}"))
        return divided((form.text, form.latex), (d, typeset))

    def _parts(self, value: float) -> Fraction | None:
        """The fraction that a number is written as although its decimals end: a share, halves to eighths."""
        if value.is_integer() or not math.isfinite(value):
            return None
        parts = Fraction(value).limit_denominator(1_000_000)
        is_eighths = value < 1.0 and parts.denominator in EIGHTHS
        return parts if (self.share or is_eighths) and float(parts) == value else None


def over_samples(c: float, m: int, lengths: Collection[int]) -> Factor | None:
    """0.01/m, if that is a coefficient whose decimals do not end; unless it may be one over some other length
    times m, as the mean of all that m samples have is.

    >>> over_samples(0.01 / 7, 7, {7, 10}).numeral()[0], over_samples(0.1 / 7, 7, {7, 10})
    ('0.01/m', None)
    >>> over_samples(0.01 * (1 / 6), 6, {6}).numeral()[0]  # twice rounded
    '0.01/m'
    """
    above = float(f"{c * m:.2g}")
    if len(repr(abs(c))) < ENDLESS or not 0.0 < abs(above) < 1.0:
        return None
    if abs(above / m - c) > math.ulp(c):
        return None
    means = {round(share / abs(above)) for share in (1.0, 0.5)}
    return None if means & {*lengths} else Factor(above, True, c)


def shortened(numbers: Floats) -> Floats:
    """The numbers of a few digits from which some are a rounding or two away."""
    flat = [float(f"{number:.{SHORT}g}") for number in numbers.ravel().tolist()]
    return np.array(flat).reshape(numbers.shape)


def digits(numbers: Floats) -> int:
    """How many characters numbers have together as Python writes them."""
    return sum(len(repr(number)) for number in numbers.ravel().tolist())


def numeral(value: float) -> tuple[str, str, str]:
    """A number in plain text, in NumPy source and in LaTeX, as short as reads back.

    A fraction stands only for a number that was meant as one, and whose decimals go on and on.

    >>> [numeral(value)[0] for value in (6.0, -1e9, 0.05, 1 / 30, -2 / 3, 0.1 + 0.2, 3.0**-0.5)]
    ['6', '-1e9', '0.05', '1/30', '-2/3', '0.30000000000000004', '1/√3']
    """
    value = float(value)
    sign = "-" if math.copysign(1.0, value) < 0.0 else ""
    form = _unsigned(abs(value))
    numpy = repr(abs(value)) if math.isfinite(value) else f"np.{abs(value)}"
    return sign + form.text, sign + numpy, sign + form.latex


def _unsigned(value: float) -> Form:
    """A number that is not negative."""
    if not math.isfinite(value):
        return Form(f"{value}", r"\infty" if math.isinf(value) else r"\mathrm{nan}")
    if form := closed_form(value):
        return form
    if parts := _fraction(value):
        return fraction(parts)
    text = short(value)
    digits = text.rstrip("0")
    if text.isdecimal() and digits and len(text) - len(digits) >= ZEROS:
        text = f"{digits[0]}{'.' * (len(digits) > 1)}{digits[1:]}e{len(text) - 1}"
    mantissa, _, exponent = text.partition("e")
    if not exponent:
        return Form(text, text)
    power = f"10^{{{int(exponent)}}}"
    latex = power if mantissa == "1" else rf"{mantissa} \cdot {power}"
    return Form(f"{mantissa}e{int(exponent)}", latex)


def _meant(value: float) -> float:
    """The number of a few decimals from which this one is a rounding or two away."""
    if not math.isfinite(value):
        return value
    few = float(f"{value:.{MEANT}g}")
    return few if abs(few - value) <= ROUNDINGS * math.ulp(value) else value


def _fraction(value: float) -> Fraction | None:
    """The fraction that a number was meant to be: one over a whole number, such as a mean over 30
    takes, or one of two small numbers; unless its decimals end soon."""
    if not 1e-6 < value < 1000.0:
        return None
    fraction = Fraction(value).limit_denominator(1_000_000)
    p, q = fraction.numerator, fraction.denominator
    digits = len(Decimal(repr(value)).normalize().as_tuple().digits)
    endless = p * q <= SMALL and digits >= ENDLESS and 10**ENDLESS % q > 0
    rounded = ROUNDINGS * math.ulp(value) if endless else 0.0
    if q == 1 or abs(p / q - value) > rounded:
        return None
    is_share = p == 1 and q > 10 and digits > 2
    return fraction if is_share or (p * q <= 1_000_000 and digits > 12) else None
