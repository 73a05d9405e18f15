"""What LaTeX and MathML make of a symbol's name and of a number: subscripts, Greek letters, powers of ten."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from autodiff.formulas.printing import short
from autodiff.labels import Place

__all__ = ["GREEK", "Parts", "parts", "scientific"]


class Parts(NamedTuple):
    """A name as it is typeset: base, subscript and superscript."""

    base: str
    subscript: str
    superscript: str


def parts(name: str) -> Parts:
    """The parts of a name.

    >>> parts("x1"), parts("x_max"), parts("W1[0,2]")
    (Parts(base='x', subscript='1', superscript=''), Parts(base='x', subscript='max', superscript=''), \
Parts(base='W', subscript='0,2', superscript='[1]'))
    """
    place = Place.of(name)
    index = ",".join(map(str, place.index))
    if place.layer is not None:
        number = place.array.removeprefix(place.letter)
        return Parts(place.letter, index, f"[{number}]") if index else Parts(place.letter, number, "")
    match = re.fullmatch(r"([^\W\d_]+)(?:_(\w+))?", place.array)
    if match is None:
        return Parts(name, "", "")
    base, word = match.groups()
    return Parts(base, ",".join(filter(None, (word, index))), "")


def _greek_name(letter: str) -> str:
    _, size, _, name = unicodedata.name(letter).replace("LAMDA", "LAMBDA").split()
    return name.lower() if size == "SMALL" else name.title()


GREEK = {_greek_name(letter): letter for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"}


def scientific(number: float) -> tuple[str, str]:
    """Mantissa and exponent: 1e-05 -> "", "-5"; 0.5 -> "0.5", ""."""
    mantissa, _, exponent = short(number).partition("e")
    return ("" if exponent and mantissa == "1" else mantissa), exponent and str(int(exponent))
