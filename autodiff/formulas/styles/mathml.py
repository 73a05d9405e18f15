"""MathML, which browsers show without any library."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from html import escape

from autodiff.engine.notation import ANYTHING, CALL, Form, Notation
from autodiff.formulas.printing import Piece, Style, call
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.symbols import GREEK, parts, scientific

__all__ = ["MATHML"]


def _number(number: float) -> Piece:
    binds = LATEX.number(number).binds
    if not math.isfinite(number):
        return Piece(f"<mi>{'∞' if number > 0.0 else 'nan'}</mi>", binds)
    mantissa, exponent = scientific(number)
    text = f"<mn>{mantissa}</mn>" if mantissa else ""
    if exponent:
        text += f"{text and '<mo>⋅</mo>'}<msup><mn>10</mn><mn>{exponent.replace('-', '−')}</mn></msup>"
    return Piece(f"<mrow>{text}</mrow>" if exponent else text, binds)


def _symbol(name: str) -> Piece:
    return Piece(_symbol_text(name), LATEX.symbol(name).binds)


def _symbol_text(name: str) -> str:
    if name.startswith("∂"):
        return f"<mrow><mo>∂</mo>{_symbol_text(name[1:])}</mrow>"
    base, subscript, superscript = parts(name)
    base = f"<mi>{escape(GREEK.get(base, base))}</mi>"
    if superscript:
        return f"<msubsup>{base}<mn>{subscript}</mn><mn>{superscript}</mn></msubsup>"
    return f"<msub>{base}<mn>{subscript}</mn></msub>" if subscript else base


# A row of their own: brackets grow with what is beside them, and a name may be taller than what is in them.
_BRACKETS = "<mrow><mo>(</mo>{}<mo>)</mo></mrow>"


def _form(name: str, notation: Notation, arity: int) -> Form:
    """The row's own template, else its LaTeX in MathML, else a call."""
    form = LATEX.form(name, notation, arity)
    template = notation.mathml or (notation.latex and _from_latex(form.template, arity))
    if not template:
        template = call(name, arity, f"<mi>{{}}</mi><mo>&#x2061;</mo>{_BRACKETS}", "<mo>,</mo>").template
        form = Form(CALL, (ANYTHING,) * arity, template)
    return form._replace(template=f"<mrow>{template}</mrow>")


_ELEMENTS = (  # of LaTeX and of MathML, the outer ones first
    (r"\\sqrt{{({})}}", r"<msqrt>\1</msqrt>"),
    (r"\\sqrt\[(\d)\]{{({})}}", r"<mroot>\2<mn>\1</mn></mroot>"),
    (r"\\log_(?:{{)?(\d+)(?:}})?", r"<msub><mi>log</mi><mn>\1</mn></msub>"),
    (r"(\w)\^{{({})}}", r"<msup><mi>\1</mi>\2</msup>"),
    (r"\\operatorname{{(\w+)}}", r"<mi>\1</mi>"),
    (r"\\left(\W)", r"<mrow><mo>\1</mo>"),
    (r"\\right(\W)", r"<mo>\1</mo></mrow>"),
    (r", ", r"<mo>,</mo>"),
)


def _from_latex(template: str, arity: int) -> str:
    r"""A template of LaTeX as one of MathML, ``""`` if there is more in it than the table's rows need:
    roots, powers, brackets, commas and commands.

    >>> _from_latex(r"\sigma\left({}\right)", 1)
    '<mi>σ</mi><mrow><mo>(</mo>{}<mo>)</mo></mrow>'
    """
    for pattern, replacement in _ELEMENTS:
        template = re.sub(pattern, replacement, template)
    template = re.sub(
        r"\\([a-zA-Z]+)", lambda command: f"<mi>{GREEK.get(command[1], command[1])}</mi>", template
    )
    try:
        root = ElementTree.fromstring(f"<mrow>{template.format(*['<mi>x</mi>'] * arity)}</mrow>")
    except (ElementTree.ParseError, ValueError, IndexError, KeyError):
        return ""
    loose = [node.text if node.tag == "mrow" else None for node in root.iter()]
    loose += [node.tail for node in root.iter()]
    understood = not any(text and text.strip() for text in loose)
    return template if understood else ""


MATHML = Style(_number, _symbol, _form, _BRACKETS, squares=True)
