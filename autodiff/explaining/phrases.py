"""What the texts of paths and of steps have in common: rounded numbers, products with every factor
visible, and the frames of LaTeX and HTML."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from autodiff.engine.value import Value
from autodiff.formulas.expr import Expr, as_expr, symbol
from autodiff.formulas.names import Names

__all__ = [
    "ELLIPSIS",
    "added",
    "aligned",
    "counted",
    "definition",
    "equation",
    "product",
    "rounded",
    "shortened",
    "table",
]

ELLIPSIS = symbol("…")

LONG = 12  # the most nodes or factors of one path to show


def rounded(number: float) -> Expr:
    """The number to six significant digits, or to all digits before the point."""
    whole = 1e6 <= abs(number) < 1e15
    return as_expr(float(f"{number:.0f}" if whole else f"{number:.6g}"))


def counted(count: int) -> str:
    """A count in full up to fifteen digits, else as a power of ten: it may have thousands."""
    if count < 10**15:
        return f"{count:,}"
    shift = count.bit_length() - 53
    exponent = math.log10(count >> shift) + shift * math.log10(2.0)
    mantissa, carry = f"{10.0 ** (exponent % 1.0):.1e}".split("e")
    return f"about {mantissa}·10^{int(exponent) + int(carry)}"


def definition(names: Names, node: Value) -> str:
    """A node's name, its rule and its number: ``v1 = x*x = 9``."""
    sides = [names[node], *([names.definition(node).text()] if node.op else []), rounded(node.data).text()]
    return " = ".join(dict.fromkeys(sides))


def product(factors: Sequence[Expr]) -> Expr:
    """Their product with every factor visible, also those that are 1."""
    return reduce(lambda a, b: Expr("mul", (a, b)), factors or [as_expr(1.0)])


def added(terms: Iterable[Expr]) -> Expr:
    """Their sum with every term visible, also those that are 0."""
    return reduce(lambda a, b: Expr("add", (a, b)), terms)


def shortened(items: Sequence[Any], ellipsis: Any) -> list[Any]:
    """The items, or the first and the last of them."""
    half = LONG // 2
    return [*items] if len(items) <= LONG else [*items[:half], ellipsis, *items[-half:]]


def equation(sides: Iterable[Expr]) -> str:
    """The sides with = between them, equal ones once."""
    return " = ".join(dict.fromkeys(side.text() for side in sides))


def aligned(lines: Iterable[str]) -> str:
    """Lines of LaTeX as a block, aligned at their ``&``."""
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], foot: str = "") -> str:
    """An HTML table; cells and foot are HTML already."""
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"
