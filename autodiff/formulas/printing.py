"""How a tree of functions becomes a line of text, whatever the language.

A *style* is a language: how it writes numbers, symbols and each function. Parentheses stand where
an operand binds less tightly than its place needs: of x·(y + z) the sum does, of x + y·z nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

from autodiff.engine.notation import ANYTHING, AS_A_CALL, ATOM, CALL, CHOICE, TIMES, TO_THE, Form, Notation
from autodiff.engine.ops import OPS

__all__ = ["Piece", "Style", "Tree", "call", "notation_of", "pieced", "printed", "short", "symbol_binding"]


class Tree(Protocol):
    """What can be printed: ``head`` is a number, or the name of a symbol or of a function of ``args``."""

    @property
    def head(self) -> str | float: ...
    @property
    def args(self) -> Sequence[Tree]: ...


class Piece(NamedTuple):
    """The text of an expression, and how tightly it binds (see ``autodiff.engine.notation``)."""

    text: str
    binds: int


@dataclass(frozen=True)
class Style:
    """A language.

    Attributes:
        number, symbol: how it writes these.
        form: how it writes a function, from its name, its notation and its number of operands.
        parentheses: a template.
        squares: whether f(x)·f(x) is written as a square.
    """

    number: Callable[[float], Piece]
    symbol: Callable[[str], Piece]
    form: Callable[[str, Notation, int], Form]
    parentheses: str = "({})"
    squares: bool = False

    def enclosed(self, piece: Piece, need: int) -> str:
        """The text, in parentheses if it binds less tightly than it must."""
        return piece.text if piece.binds >= need else self.parentheses.format(piece.text)


def printed(
    expr: Tree, style: Style, need: int = ANYTHING, atoms: Mapping[str, Piece] = MappingProxyType({})
) -> str:
    """``expr`` in this style, in parentheses where something stands that must bind like ``need``.

    Args:
        expr: the expression.
        style: the language.
        need: ``ANYTHING``, ``SUM``, ``PRODUCT`` … of ``autodiff.engine.notation``.
        atoms: what to write instead of a symbol, and how tightly that binds.

    >>> from autodiff.formulas.expr import symbol
    >>> from autodiff.formulas.styles.text import TEXT
    >>> printed(symbol("a") * symbol("b"), TEXT, atoms={"a": Piece("b + 1", 2)})
    '(b + 1)*b'
    """
    return style.enclosed(pieced(expr, style, atoms), need)


def pieced(expr: Tree, style: Style, atoms: Mapping[str, Piece] = MappingProxyType({})) -> Piece:
    """``expr`` in this style, and how tightly it binds. Without recursion, so that none is too deep."""
    done: dict[Tree, Piece] = {}
    stack = [expr]
    while stack:
        node = stack[-1]
        waiting = [operand for operand in node.args if operand not in done]
        if waiting:
            stack += waiting
        else:
            stack.pop()
            operands = [done[operand] for operand in node.args]
            for operand in node.args:  # a text is kept no longer than it is needed: they get long
                done.pop(operand, None)
            done[node] = _combined(node.head, operands, style, atoms)
    return done[expr]


def _combined(head: str | float, operands: list[Piece], style: Style, atoms: Mapping[str, Piece]) -> Piece:
    """The text of one node from those of its operands."""
    if isinstance(head, float):
        return style.number(head)
    if not operands:
        return atoms[head] if head in atoms else style.symbol(head)
    notation = notation_of(head)
    if style.squares and notation is TIMES and operands[0] == operands[1] and operands[0].binds == CALL:
        notation, operands = TO_THE, [operands[0], style.number(2.0)]
    form = style.form(head, notation, len(operands))
    texts = [style.enclosed(operand, need) for operand, need in zip(operands, form.needs, strict=True)]
    return Piece(form.template.format(*texts), form.binds)


def notation_of(name: str) -> Notation:
    """What the table says of how this function is written."""
    if name in OPS:
        return OPS[name].notation
    return CHOICE if name == "choose" else AS_A_CALL


def call(name: str, arity: int, template: str = "{}({})", separator: str = ", ") -> Form:
    """The form of a call: ``template`` of the name and the operands with ``separator`` between them."""
    return Form(CALL, (ANYTHING,) * arity, template.format(name, separator.join(["{}"] * arity)))


_NAME = re.compile(r"…|∂?\w+(\.\w+|\[[^][]*\]|\([^()]*\))*")  # needs no parentheses: W1[0,2], A.T, ∂y


def symbol_binding(name: str) -> int:
    """How tightly a symbol binds, which may be any text."""
    return ATOM if _NAME.fullmatch(name) else ANYTHING


def short(number: float) -> str:
    """The shortest text that reads back as this number; whole numbers without a point."""
    return repr(number).removesuffix(".0")
