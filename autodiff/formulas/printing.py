"""How expressions print: the styles behind ``Expr.text``, ``latex``, ``mathml``, ``numpy`` and
``javascript``.

A *form* says how one function prints: how tightly its result binds, how tightly each operand
must bind to stand without parentheses, and a template with a ``{}`` for each operand. A *style*
gives a form for every function. Rows are printed by what the table says of them: their name,
and their LaTeX if they have one.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from autodiff.engine.numeric import ARRAYS
from autodiff.engine.ops import OPS

if TYPE_CHECKING:
    from autodiff.formulas.expr import Expr

__all__ = ["INFIX", "JAVASCRIPT", "LATEX", "MATHML", "NUMPY", "TEXT", "Form", "Style", "printed"]

# How tightly things bind; calls that are multiplied by themselves may print as squares.
ANYTHING, SIGN, SUM, PRODUCT, POWER, ATOM, CALL = range(7)


class Form(NamedTuple):
    """How a function prints."""

    binds: int
    needs: tuple[int, ...]
    template: str


@dataclass(frozen=True)
class Style:
    """One way to print numbers, symbols, functions of so many operands, and parentheses."""

    number: Callable[[float], tuple[str, int]]
    symbol: Callable[[str], str]
    form: Callable[[str, int], Form]
    parentheses: str = "({})"
    squares: bool = False  # whether f(x)*f(x) prints as a square


def printed(expr: Expr, style: Style, need: int = ANYTHING) -> str:
    """``expr`` in this style, in parentheses where something stands that must bind like ``need``.

    Without recursion, so that no expression is too deep.
    """
    done: dict[Expr, tuple[str, int]] = {}
    stack = [expr]
    while stack:
        node = stack[-1]
        waiting = [each for each in node.args if each not in done]
        if waiting:
            stack += waiting
        else:
            stack.pop()
            operands = [done[each] for each in node.args]
            for each in node.args:  # a text is kept no longer than it is needed: they get long
                done.pop(each, None)
            done[node] = _combined(node.head, operands, style)
    return _enclosed(done[expr], need, style)


def _enclosed(operand: tuple[str, int], need: int, style: Style) -> str:
    text, binds = operand
    return text if binds >= need else style.parentheses.format(text)


def _combined(head: str | float, operands: list[tuple[str, int]], style: Style) -> tuple[str, int]:
    """The text of one node, and how tightly it binds, from those of its operands."""
    if isinstance(head, float):
        return style.number(head)
    if not operands:
        return style.symbol(head), ATOM if _NAME.fullmatch(head) else ANYTHING
    if style.squares and head == "mul" and operands[0] == operands[1] and operands[0][1] == CALL:
        head, operands = "pow", [operands[0], style.number(2.0)]
    binds, needs, template = style.form(head, len(operands))
    texts = [_enclosed(operand, need, style) for operand, need in zip(operands, needs, strict=True)]
    return template.format(*texts), binds


_NAME = re.compile(r"…|∂?\w+(\.\w+|\[[^][]*\]|\([^()]*\))*")  # needs no parentheses: W1[0,2], A.T, ∂y

INFIX = {
    "add": Form(SUM, (SIGN, PRODUCT), "{} + {}"),
    "sub": Form(SUM, (SIGN, PRODUCT), "{} - {}"),
    "mul": Form(PRODUCT, (PRODUCT, POWER), "{}*{}"),
    "div": Form(PRODUCT, (PRODUCT, POWER), "{}/{}"),
    "neg": Form(SIGN, (PRODUCT,), "-{}"),
    "pow": Form(POWER, (ATOM, POWER), "{}**{}"),
}


def _call(name: str, arity: int, template: str = "{}({})", separator: str = ", ") -> Form:
    return Form(CALL, (ANYTHING,) * arity, template.format(name, separator.join(["{}"] * arity)))


def _short(number: float) -> str:
    """The shortest text that reads back as this number; whole numbers without a point."""
    return repr(number).removesuffix(".0")


def _text_form(name: str, arity: int) -> Form:
    if name == "choose":
        return Form(ANYTHING, (SIGN, SIGN, ANYTHING), "{1} if {0} > 0 else {2}")
    return INFIX.get(name) or _call(name, arity)


TEXT = Style(lambda number: (_short(number), ATOM), str, _text_form, squares=True)


def _numpy_form(name: str, arity: int) -> Form:
    function = getattr(type(ARRAYS), name, None)
    if isinstance(function, np.ufunc):
        return _call(f"np.{function.__name__}", arity)
    return INFIX.get(name) or _call(name, arity)


def _numpy_number(number: float) -> tuple[str, int]:
    return (repr(number) if math.isfinite(number) else f"np.{number}"), ATOM


NUMPY = Style(_numpy_number, str, _numpy_form)


def _javascript_form(name: str, arity: int) -> Form:
    infix = None if name == "pow" else INFIX.get(name)  # JavaScript refuses -x ** 2
    return infix or _call(f"m.{name}", arity)


def _javascript_number(number: float) -> tuple[str, int]:
    return {"inf": "Infinity", "nan": "NaN"}.get(str(number), _short(number)), ATOM


JAVASCRIPT = Style(_javascript_number, str, _javascript_form)


def _scientific(number: float) -> tuple[str, str]:
    """Mantissa and exponent: 1e-05 -> "", "-5"; 0.5 -> "0.5", ""."""
    mantissa, _, exponent = _short(number).partition("e")
    return ("" if exponent and mantissa == "1" else mantissa), exponent and str(int(exponent))


def _latex_number(number: float) -> tuple[str, int]:
    if not math.isfinite(number):
        return (r"\infty" if number > 0.0 else r"\mathrm{nan}"), ATOM
    mantissa, exponent = _scientific(number)
    if not exponent:
        return mantissa, ATOM
    power = f"10^{{{exponent}}}"
    return (rf"{mantissa} \cdot {power}", PRODUCT) if mantissa else (power, POWER)


def _parts(name: str) -> tuple[str, str, str]:
    """Base, subscript and superscript: ``x1`` -> x, 1; ``W1[0,2]`` -> W, 0,2, [1]."""
    found = re.fullmatch(r"([^\W\d_]+)(?:_(\w+)|(\d*))(?:\[([\d,\s]+)\])?", name)
    if found is None:
        return name, "", ""
    base, word, number, index = found.groups()
    if number and index:
        return base, index, f"[{number}]"
    return base, ",".join(filter(None, (word, number, index))), ""


def _greek_name(letter: str) -> str:
    _, size, _, name = unicodedata.name(letter).replace("LAMDA", "LAMBDA").split()
    return name.lower() if size == "SMALL" else name.title()


_GREEK = {_greek_name(letter): letter for letter in "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ"}

_LATEX_SPECIAL = str.maketrans(
    {c: "\\" + c for c in "{}$&#%_ "} | {"\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim "}
)


def _upright(text: str) -> str:
    return rf"\mathrm{{{text.translate(_LATEX_SPECIAL)}}}"


def _latex_symbol(name: str) -> str:
    if name.startswith("∂"):
        return rf"\partial {_latex_symbol(name[1:])}"
    if name == "…":
        return r"\cdots"
    base, subscript, superscript = _parts(name)
    if base in _GREEK:
        base = f"\\{base}"
    elif len(base) > 1 or not base.isalpha():
        base = _upright(base)
    if subscript:
        base += f"_{{{subscript if subscript[0].isdigit() else _upright(subscript)}}}"
    return base + (f"^{{{superscript}}}" if superscript else "")


_LATEX_FORMS = INFIX | {
    "add": Form(SUM, (SIGN, SUM), "{} + {}"),  # a + (b + c) is a + b + c, on paper
    "mul": Form(PRODUCT, (PRODUCT, PRODUCT), r"{} \cdot {}"),
    "div": Form(POWER, (ANYTHING, ANYTHING), r"\frac{{{}}}{{{}}}"),
    "pow": Form(POWER, (ATOM, ANYTHING), OPS["pow"].latex),
    "choose": Form(
        POWER,
        (SIGN, ANYTHING, ANYTHING),
        r"\begin{{cases}} {1} & {0} > 0 \\ {2} & \text{{otherwise}} \end{{cases}}",
    ),
}


def _latex_form(name: str, arity: int) -> Form:
    if name in _LATEX_FORMS:
        return _LATEX_FORMS[name]
    template = OPS[name].latex if name in OPS else ""
    if template:
        return Form(POWER if "^" in template else CALL, (ANYTHING,) * arity, template)
    return _call(name.translate(_LATEX_SPECIAL), arity, r"\operatorname{{{{{}}}}}\left({}\right)")


LATEX = Style(_latex_number, _latex_symbol, _latex_form, r"\left({}\right)", squares=True)


def _mathml_symbol(name: str) -> str:
    if name.startswith("∂"):
        return f"<mrow><mo>∂</mo>{_mathml_symbol(name[1:])}</mrow>"
    base, subscript, superscript = _parts(name)
    base = f"<mi>{escape(_GREEK.get(base, base))}</mi>"
    if superscript:
        return f"<msubsup>{base}<mn>{subscript}</mn><mn>{superscript}</mn></msubsup>"
    return f"<msub>{base}<mn>{subscript}</mn></msub>" if subscript else base


_MATHML_TEMPLATES = {
    "add": "{}<mo>+</mo>{}",
    "sub": "{}<mo>−</mo>{}",
    "mul": "{}<mo>⋅</mo>{}",
    "div": "<mfrac>{}{}</mfrac>",
    "neg": "<mo>−</mo>{}",
    "pow": "<msup>{}{}</msup>",
    "choose": "<mo>{{</mo><mtable><mtr><mtd>{1}</mtd><mtd>{0}<mo>&gt;</mo><mn>0</mn></mtd></mtr>"
    "<mtr><mtd>{2}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr></mtable>",
}


def _mathml_form(name: str, arity: int) -> Form:
    binds, needs, latex = _latex_form(name, arity)
    template = _MATHML_TEMPLATES.get(name)
    if template is None and name in OPS and OPS[name].latex:
        template = _mathml_template(latex)
    if template is None:
        call = "<mi>{}</mi><mo>&#x2061;</mo><mo>(</mo>{}<mo>)</mo>"
        template = _call(name, arity, call, "<mo>,</mo>").template
    return Form(binds, needs, f"<mrow>{template}</mrow>")


def _mathml_template(latex: str) -> str:
    """A row's LaTeX template as MathML: roots, powers, brackets, commas and commands."""
    for pattern, replacement in (
        (r"\\sqrt{{({})}}", r"<msqrt>\1</msqrt>"),
        (r"(\w)\^{{({})}}", r"<msup><mi>\1</mi>\2</msup>"),
        (r"\\(?:left|right)(.)", r"<mo>\1</mo>"),
        (r", ", r"<mo>,</mo>"),
    ):
        latex = re.sub(pattern, replacement, latex)
    return re.sub(r"\\(\w+)", lambda command: f"<mi>{_GREEK.get(command[1], command[1])}</mi>", latex)


def _mathml_number(number: float) -> tuple[str, int]:
    binds = _latex_number(number)[1]
    if not math.isfinite(number):
        return f"<mi>{'∞' if number > 0.0 else 'nan'}</mi>", binds
    mantissa, exponent = _scientific(number)
    text = f"<mn>{mantissa}</mn>" if mantissa else ""
    if exponent:
        text += f"{text and '<mo>⋅</mo>'}<msup><mn>10</mn><mn>{exponent.replace('-', '−')}</mn></msup>"
    return f"<mrow>{text}</mrow>" if exponent else text, binds


MATHML = Style(
    _mathml_number, _mathml_symbol, _mathml_form, "<mrow><mo>(</mo>{}<mo>)</mo></mrow>", squares=True
)
