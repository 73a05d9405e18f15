"""How an operation is written: what its row says to the printers, the parser and Python's operators.

Most rows say nothing here, and are written as calls of their names: ``hypot(x, z)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import NamedTuple

import numpy as np

__all__ = [
    "ABSOLUTE",
    "ANYTHING",
    "AS_A_CALL",
    "ATOM",
    "CALL",
    "CHOICE",
    "EXPONENTIAL",
    "MINUS",
    "NEGATIVE",
    "OVER",
    "PLUS",
    "POWER",
    "PRODUCT",
    "SIGN",
    "SUM",
    "TIMES",
    "TO_THE",
    "Form",
    "Notation",
    "typeset",
]

# How tightly things bind, the loosest first. A call binds like an atom; it has a number of its own
# because f(x)·f(x) may be printed as a square.
ANYTHING, SIGN, SUM, PRODUCT, POWER, ATOM, CALL = range(7)


class Form(NamedTuple):
    """How an operation is written in one language.

    Attributes:
        binds: how tightly the result binds.
        needs: how tightly each operand must bind to stand without parentheses.
        template: the text, with ``{}`` for each operand.
    """

    binds: int
    needs: tuple[int, ...]
    template: str


@dataclass(frozen=True)
class Notation:
    """How an operation is written where that is not the call of its name.

    Attributes:
        text: in Python's syntax, and so in NumPy's and, but for powers, in JavaScript's.
        latex: in LaTeX.
        mathml: the template of LaTeX in MathML, where it cannot be made from that one.
        operator: its name in Python's module ``operator``, such as "truediv".
        ufunc: what that operator is for arrays.
    """

    text: Form | None = None
    latex: Form | None = None
    mathml: str = ""
    operator: str = ""
    ufunc: np.ufunc | None = None

    @property
    def infix(self) -> Form | None:
        """The text where it is an operator of Python's, which arrays and graphs have as well."""
        return self.text if self.operator else None

    @cached_property
    def sign(self) -> str:
        """That operator's sign, such as ``**``; ``""`` if there is none."""
        return self.infix.template.replace("{}", "").strip() if self.infix else ""


def typeset(latex: str, mathml: str = "") -> Notation:
    """A call whose LaTeX is a template of its own, such as ``\\sqrt{{{}}}``, that encloses its operands."""
    operands = sum(place is not None for _, place, _, _ in Formatter().parse(latex))
    return Notation(latex=Form(CALL, (ANYTHING,) * operands, latex), mathml=mathml)


PLUS = Notation(
    Form(SUM, (SIGN, PRODUCT), "{} + {}"),
    Form(SUM, (SIGN, SUM), "{} + {}"),  # a + (b + c) is a + b + c, on paper
    "{}<mo>+</mo>{}",
    "add",
    np.add,
)
MINUS = Notation(
    Form(SUM, (SIGN, PRODUCT), "{} - {}"),
    Form(SUM, (SIGN, PRODUCT), "{} - {}"),
    "{}<mo>−</mo>{}",
    "sub",
    np.subtract,
)
TIMES = Notation(
    Form(PRODUCT, (PRODUCT, POWER), "{}*{}"),
    Form(PRODUCT, (PRODUCT, PRODUCT), r"{} \cdot {}"),
    "{}<mo>⋅</mo>{}",
    "mul",
    np.multiply,
)
OVER = Notation(
    Form(PRODUCT, (PRODUCT, POWER), "{}/{}"),
    Form(POWER, (ANYTHING, ANYTHING), r"\frac{{{}}}{{{}}}"),
    "<mfrac>{}{}</mfrac>",
    "truediv",
    np.divide,
)
TO_THE = Notation(
    Form(POWER, (ATOM, POWER), "{}**{}"),
    Form(POWER, (ATOM, ANYTHING), "{}^{{{}}}"),
    "<msup>{}{}</msup>",
    "pow",
    np.power,
)
NEGATIVE = Notation(
    Form(SIGN, (PRODUCT,), "-{}"),
    Form(SIGN, (PRODUCT,), "-{}"),
    "<mo>−</mo>{}",
    "neg",
    np.negative,
)
AS_A_CALL = Notation()
ABSOLUTE = Notation(latex=Form(CALL, (ANYTHING,), r"\left|{}\right|"), operator="abs")
EXPONENTIAL = Notation(latex=Form(POWER, (ANYTHING,), "e^{{{}}}"))

CHOICE = Notation(  # a where c > 0, else b: no row, but derivatives are written with it
    Form(ANYTHING, (SIGN, SIGN, ANYTHING), "{1} if {0} > 0 else {2}"),
    Form(
        POWER,
        (SIGN, ANYTHING, ANYTHING),
        r"\begin{{cases}} {1} & {0} > 0 \\ {2} & \text{{otherwise}} \end{{cases}}",
    ),
    "<mo>{{</mo><mtable><mtr><mtd>{1}</mtd><mtd>{0}<mo>&gt;</mo><mn>0</mn></mtd></mtr>"
    "<mtr><mtd>{2}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr></mtable>",
)
