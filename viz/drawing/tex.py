r"""Texts of a picture in TeX: labels and formulas as mathematics, everything else as it is read.

A character that TeX has a command for becomes that; others stay, for engines that know them.
"""

from __future__ import annotations

import re

from autodiff.formulas.expr import symbol
from autodiff.labels import Place
from viz.graph.titles import visible

__all__ = ["tex_formula", "tex_label", "tex_text"]

LONGEST = 60

_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_SPECIAL |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
_SIGNS = {
    "−": "-",
    "×": r"\times ",
    "÷": r"\div ",
    "·": r"\cdot ",
    "⊙": r"\odot ",
    "√": r"\surd ",
    "∛": r"\sqrt[3]{\ }",
    "σ": r"\sigma ",
    "π": r"\pi ",
    "Φ": r"\Phi ",
    "φ": r"\varphi ",
    "Σ": r"\sum ",
    "∂": r"\partial ",
    "∇": r"\nabla ",
    "…": r"\ldots ",
    "′": "'",
    "₂": "_2",
    "₁₀": "_{10}",
    "ᵀ": "^T",
    "≥": r"\ge ",
    "≤": r"\le ",
    "½": r"\frac{1}{2}",
    "⏎": r"\hookleftarrow ",
    "∞": r"\infty ",
}
_OF_LAYERS = ("W", "b", "Z", "A", "H")
_SIGN = re.compile("|".join(map(re.escape, sorted(_SIGNS, key=len, reverse=True))))
_NAME = re.compile(r"[^\W\d_]\w*(?:\[\d+(?:,\d+)*\])?(\()?")
_FORMULA = re.compile(r"\$[^$\n]+\$")


def tex_text(text: str) -> str:
    r"""Any text as TeX shows it.

    >>> tex_text("50 % of x_1 × 2")
    '50 \\% of x\\_1 \\ensuremath{\\times }\\ 2'
    """
    shown = "".join(_SPECIAL.get(character, character) for character in visible(text, LONGEST * 20))
    return _SIGN.sub(lambda sign: rf"\ensuremath{{{_SIGNS[sign[0]]}}}", shown).replace("} ", "}\\ ")


def tex_label(label: str) -> str:
    r"""A label as mathematics where it is a name or is written so, and else as text.

    >>> tex_label("W1[0,2]"), tex_label(r"$\sigma$"), tex_label("two words")
    ('$W_{0,2}^{[1]}$', '$\\sigma$', 'two words')
    """
    shown = visible(label, LONGEST)
    name, equals, rest = shown.partition(" = ")
    if equals:
        return f"{tex_label(name)} $=$ {tex_label(rest)}"
    if _FORMULA.search(shown):
        parts = re.split(f"({_FORMULA.pattern})", shown)
        return "".join(part if k % 2 else tex_text(part) for k, part in enumerate(parts))
    place = Place.of(shown)
    is_name = place.array.isascii() and re.fullmatch(r"[A-Za-z]+_?\d*", place.array)
    return f"${_variable(shown)}$" if is_name else tex_text(shown)


def tex_formula(formula: str) -> str:
    r"""A formula of a folded card as mathematics.

    >>> tex_formula("Z1 = W1·A0 + b1"), tex_formula("A1 = tanh(Z1)")
    ('$Z^{[1]} = W^{[1]}\\cdot A^{[0]} + b^{[1]}$', '$A^{[1]} = \\operatorname{tanh}(Z^{[1]})$')
    """
    parts, done = [], 0
    for name in _NAME.finditer(formula):
        parts.append(_signs(formula[done : name.start()]))
        parts.append(_named(name[0]))
        done = name.end()
    return f"${''.join([*parts, _signs(formula[done:])])}$"


def _named(name: str) -> str:
    """A function with the bracket it opens, a sign, or a variable."""
    if name.endswith("("):
        word = name[:-1]
        return f"{_SIGNS[word]}(" if word in _SIGNS else rf"\operatorname{{{_signs(word)}}}("
    if name in _SIGNS:
        return _SIGNS[name]
    if not name.isascii() or (name.isalpha() and len(name) > 1):
        return rf"\mathrm{{{_signs(name)}}}"
    return _variable(name)


def _variable(name: str) -> str:
    """A name as the formulas of a program print it: the number of a layer stands above."""
    place = Place.of(name)
    if place.letter in _OF_LAYERS and place.layer is not None and not place.index:
        return f"{place.letter}^{{[{place.layer}]}}"
    return str(symbol(name).latex())


def _signs(text: str) -> str:
    escaped = "".join(r"\wedge " if each == "^" else _SPECIAL.get(each, each) for each in text)
    return _SIGN.sub(lambda sign: _SIGNS[sign[0]], escaped)
