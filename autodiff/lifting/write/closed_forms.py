"""Closed forms: how a number was computed from a few short ones, √(2/π), 1/0.07, 3/2·ln 2π."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Form", "closed_form", "divided", "fraction"]

DIGITS = 15  # of a number that may have a closed form, as its decimals do not end soon
ROUNDINGS = 4  # units in the last place
SMALL = 32  # the largest numbers beside π
FEW = 5  # decimal digits of what a closed form is multiplied with


class Form(NamedTuple):
    """A number in plain text and in LaTeX.

    Attributes:
        above: of a fraction, in both.
        below: likewise; a product stands here without the parentheses that it has in the text.
    """

    text: str
    latex: str
    above: tuple[str, str] | None = None
    below: tuple[str, str] | None = None


def closed_form(value: float) -> Form | None:
    """How a positive number was computed, if that is what it is up to rounding.

    The forms are few in number, thousands of them for each power of ten where there are 10¹⁵ numbers: that
    one of another origin is taken for one of them does not happen.

    >>> forms = [math.sqrt(2 / math.pi), 0.044715 * math.sqrt(2 / math.pi), 1 / 0.07, 2 * math.pi]
    >>> [closed_form(value).text for value in forms]
    ['√(2/π)', '0.044715·√(2/π)', '1/0.07', '2·π']
    """
    if not 1e-6 < value < 1e6 or len(repr(value)) < DIGITS:
        return None
    for forms in (_of_normals, _roots, _with_pi, _over_decimals, _multiples):
        for form in forms(value):
            return form
    return None


def divided(above: tuple[str, str], below: tuple[str, str]) -> Form:
    """The fraction of two, each in plain text and in LaTeX."""
    text = f"({below[0]})" if "·" in below[0] and not below[0].startswith("√(") else below[0]
    return Form(f"{above[0]}/{text}", rf"\tfrac{{{above[1]}}}{{{below[1]}}}", above, below)


def fraction(of: Fraction) -> Form:
    """A fraction that is positive, in lowest terms, or a whole number."""
    p, q = str(of.numerator), str(of.denominator)
    return Form(p, p) if q == "1" else divided((p, p), (q, q))


def _is(value: float, other: float) -> bool:
    return abs(value - other) <= ROUNDINGS * math.ulp(value)


def _of_normals(value: float) -> Iterator[Form]:
    """n/2·ln 2π: what n normal densities add to a likelihood.

    >>> [closed_form(n / 2 * math.log(2 * math.pi)).text for n in (1, 2, 3)]
    ['1/2·ln 2π', 'ln 2π', '3/2·ln 2π']
    """
    n = round(2.0 * value / math.log(2.0 * math.pi))
    if 1 <= n <= 1000 and _is(value, n / 2.0 * math.log(2.0 * math.pi)):
        half = fraction(Fraction(n, 2))
        before, typeset = ("", "") if n == 2 else (f"{half.text}·", rf"{half.latex} \, ")
        yield Form(f"{before}ln 2π", rf"{typeset}\ln 2\pi")


def _roots(value: float) -> Iterator[Form]:
    """√n, 1/√n or ln n of a whole number n, to the last digit."""
    if not 1e-3 < value < 100.0:
        return
    n = round(value * value)
    if value == math.sqrt(n) and math.isqrt(n) ** 2 != n:
        yield Form(f"√{n}", rf"\sqrt{{{n}}}")
    n = round(1.0 / value**2)
    if math.isqrt(n) ** 2 != n and value in (1.0 / math.sqrt(n), math.sqrt(1.0 / n), n**-0.5):
        yield divided(("1", "1"), (f"√{n}", rf"\sqrt{{{n}}}"))
    n = round(math.exp(min(value, 3.0)))
    if 1 < n <= 10 and value == math.log(n):
        yield Form(f"ln {n}", rf"\ln {n}")


def _with_pi(value: float) -> Iterator[Form]:
    """p/q times or over π, and the root of that, of whole numbers p and q."""
    if (times := _small(value / math.pi)) and _is(value, float(times) * math.pi):
        yield _beside_pi(times, above=True)
    if (over := _small(value * math.pi)) and _is(value, float(over) / math.pi):
        yield _beside_pi(over, above=False)
    square = value * value
    if (times := _small(square / math.pi)) and _is(value, math.sqrt(float(times) * math.pi)):
        yield _rooted(_beside_pi(times, above=True))
    if (over := _small(square * math.pi)) and _is(value, math.sqrt(float(over) / math.pi)):
        yield _rooted(_beside_pi(over, above=False))


def _small(value: float) -> Fraction | None:
    """The fraction of small numbers next to a number."""
    found = Fraction(value).limit_denominator(SMALL)
    return found if 0 < found.numerator <= SMALL else None


def _beside_pi(of: Fraction, above: bool) -> Form:
    """p·π/q, or p/(q·π)."""
    p, q = of.numerator, of.denominator
    before = p if above else q
    with_pi = ("π", r"\pi") if before == 1 else (f"{before}·π", rf"{before} \pi")
    if not above:
        return divided((f"{p}", f"{p}"), with_pi)
    return Form(*with_pi) if q == 1 else divided(with_pi, (f"{q}", f"{q}"))


def _rooted(of: Form) -> Form:
    """The root of a number with π; 1/√π of 1/π, and 2/√π of 4/π."""
    if of.above and of.below and of.above[0].isdecimal():
        p = int(of.above[0])
        root = math.isqrt(p)
        if root**2 == p:
            return divided((f"{root}", f"{root}"), _root_of(*of.below))
    return Form(*_root_of(of.text, of.latex))


def _root_of(text: str, latex: str) -> tuple[str, str]:
    return (f"√{text}" if text == "π" else f"√({text})"), rf"\sqrt{{{latex}}}"


def _over_decimals(value: float) -> Iterator[Form]:
    """1/0.07 or 2/0.07 of what has two digits: a temperature, or the share that a dropout keeps."""
    for above in (1, 2):
        below = Decimal(repr(float(f"{above / value:.2g}"))).normalize()
        exponent = below.as_tuple().exponent
        if isinstance(exponent, int) and exponent < 0 and above / float(below) == value:
            in_lowest_terms = (above / Fraction(below)).numerator == above * 10**-exponent
            if in_lowest_terms and (above == 1 or exponent < -1):
                yield divided((f"{above}", f"{above}"), (f"{below:f}", f"{below:f}"))


def _multiples(value: float) -> Iterator[Form]:
    """A number of few decimals times a root or π: 0.044715·√(2/π)."""
    for base in (math.sqrt(2.0 / math.pi), math.sqrt(0.5 / math.pi), math.pi, math.sqrt(2.0), math.sqrt(3.0)):
        before = float(f"{value / base:.{FEW}g}")
        form = next((found for forms in (_roots, _with_pi) for found in forms(base)), None)
        if form and before != 1.0 and _is(value, before * base) and "e" not in repr(before):
            yield Form(f"{before}·{form.text}", rf"{before} \, {form.latex}")
