"""A safe parser: the text ``tanh(w*x + b)`` becomes a graph of Values.

The text is never run. Python's own parser makes a syntax tree of it, and what is not on a short
list of allowed nodes is refused: arithmetic, numbers, names, and calls of the table's functions.
"""

from __future__ import annotations

import ast
import keyword
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Mapping

from autodiff import functions
from autodiff.engine.errors import DomainError, did_you_mean
from autodiff.engine.notation import Form
from autodiff.engine.ops import OPS
from autodiff.engine.value import Operand, Value
from autodiff.grammar import (
    BRACKET,
    INSTEAD,
    MAX_DEPTH,
    MAX_LENGTH,
    PRINTED,
    function_names,
    operands_taken,
)

__all__ = ["ExpressionError", "expression"]

WINDOW = 72  # how much of a long text an error shows


def _written_with(infix: Form) -> type[ast.AST]:
    """What Python's parser calls the operator of a form."""
    tree = ast.parse(infix.template.format("x", "z"), mode="eval").body
    assert isinstance(tree, (ast.BinOp, ast.UnaryOp))
    return type(tree.op)


_NOTATIONS = [op.notation for op in OPS.values()]
_OPERATORS: dict[type[ast.AST], Callable[..., Value]] = {ast.UAdd: operator.pos} | {
    _written_with(notation.infix): getattr(operator, notation.operator)
    for notation in _NOTATIONS
    if notation.infix
}
_SIGNS = [*dict.fromkeys(notation.sign for notation in _NOTATIONS if notation.sign)]


class ExpressionError(ValueError):
    """A text that is not an expression, or variables that do not fit it.

    Attributes:
        reason: what is wrong.
        start, end: the offending part of the text; both None if it is not in the text.

    >>> expression("w*x +")
    Traceback (most recent call last):
    autodiff.parsing.ExpressionError: the expression ends too early
        w*x +
             ^
    """

    def __init__(
        self, reason: str, source: str = "", start: int | None = None, end: int | None = None
    ) -> None:
        self.reason = reason
        self.start, self.end = start, end
        super().__init__(reason if start is None else f"{reason}\n{_pointed_at(source, start, end)}")


def _pointed_at(source: str, start: int, end: int | None) -> str:
    """The text, or what is around the place if it is long, and a line of carets under it."""
    end = max(start + 1, end or 0)
    first = max(0, min(start - WINDOW // 2, len(source) - WINDOW))
    shown = "".join(c if c.isprintable() else " " for c in source[first : first + WINDOW])
    before = "…" if first else ""
    after = "…" if first + WINDOW < len(source) else ""
    carets = "^" * min(end - start, WINDOW - (start - first))
    return f"    {before}{shown}{after}\n    {' ' * (start - first + len(before))}{carets}"


def expression(source: str, /, **variables: Operand) -> Value:
    """The value of an expression, as the output of a graph.

    Allowed are numbers, names, ``+ - * / **``, parentheses, and calls of the functions that
    the table of operations has, such as ``tanh(x)`` and ``maximum(x, 0)``, and ``clip``. The signs of
    print, as in ``w·x − b``, are read as those.

    Args:
        source: the expression, at most 10,000 characters.
        variables: for each name in it a number, which becomes a leaf of that label, or a Value.

    Raises:
        ExpressionError: with a caret under the offending place, for anything that is not
            allowed, for a name without a value, and for a value without a name in the text.
        DomainError: where the values lie outside the domain of an operation.
        TypeError: if the source is not text.

    >>> y = expression("tanh(w*x + b)", w=0.5, x=2, b=1)
    >>> y.op, y.data
    ('tanh', 0.9640275800758169)
    >>> expression("w.real", w=1)
    Traceback (most recent call last):
        ...
    autodiff.parsing.ExpressionError: an attribute is not allowed in an expression
        w.real
        ^^^^^^
    """
    if not isinstance(source, str):
        raise TypeError(f"an expression is text, got {source!r:.60} of type {type(source).__name__}")
    text = _checked(source)
    nodes = _nodes(text)
    leaves = {name: _leaf(name, value) for name, value in variables.items()}
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in leaves:
            raise _refusal(text, node, _no_value(node.id, leaves))
    for name in leaves:
        if name not in used:
            raise ExpressionError(f"a value is given for {name!r}, which the expression does not contain")
    return _evaluated(text, nodes, leaves)


_TOKEN = re.compile(r"\d[\d_.]*([eE][-+]?\d+)?|(?P<word>[^\W\d]\w*)|\*\*|\S")
_MARKS = {"'": "text", '"': "text", "#": "a comment", "\\": "a backslash"}


def _checked(source: str) -> str:
    """The source on one line, if nothing in it is beyond what Python's parser may be given."""
    if len(source) > MAX_LENGTH:
        reason = f"an expression has at most {MAX_LENGTH:,} characters, this one has {len(source):,}"
        raise ExpressionError(reason, source, MAX_LENGTH)
    depth = 0
    levels = [0]  # operators since the last comma, in each open bracket
    for match in _TOKEN.finditer(source):
        token = match[0]
        if token in "([{":
            levels.append(0)
            depth += BRACKET
        elif token in ")]}" and len(levels) > 1:
            depth -= BRACKET + levels.pop()
        elif token == ",":
            depth -= levels[-1]
            levels[-1] = 0
        elif keyword.iskeyword(token):
            raise ExpressionError(f"{token!r} is not allowed in an expression", source, *match.span())
        elif token in _MARKS:
            raise ExpressionError(f"{_MARKS[token]} is not allowed in an expression", source, *match.span())
        elif not token[0].isdigit() and not match["word"]:
            levels[-1] += 1
            depth += 1
        if depth > MAX_DEPTH:
            reason = "there are too many operators in a row, or brackets in each other, up to here"
            raise ExpressionError(reason, source, *match.span())
    return re.sub(r"\s", " ", source).translate({ord(sign): typed for sign, typed in PRINTED.items()})


def _parsed(text: str) -> ast.expr:
    indent = len(text) - len(text.lstrip())
    if indent == len(text):
        raise ExpressionError("the expression is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's remarks on style, such as 1if
            return ast.parse(text[indent:], mode="eval").body
    except SyntaxError as error:
        if not error.offset and error.msg == "invalid syntax":  # how Python says that more has to follow
            raise ExpressionError("the expression ends too early", text, len(text.rstrip())) from None
        start = indent + min(error.offset or 1, len(text) - indent) - 1
        raise ExpressionError(f"this is not an expression: {error.msg}", text, start) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"this is not an expression: {error}", text, indent) from None


def _refusal(text: str, node: ast.expr, reason: str) -> ExpressionError:
    """The error that points at a node. Python counts its place in bytes, without the indent."""
    stripped = text.lstrip()
    start, end = (
        len(stripped.encode()[:offset].decode()) for offset in (node.col_offset, node.end_col_offset)
    )
    indent = len(text) - len(stripped)
    return ExpressionError(reason, text, indent + start, indent + end)


def _nodes(text: str) -> list[ast.expr]:
    """The allowed nodes of the syntax tree, each before its operands; anything else is refused."""
    nodes: list[ast.expr] = []
    pending = [_parsed(text)]
    while pending:
        node = pending.pop()
        reason = _objection(node)
        if reason:
            # A function's name says where a wrong call is, however long its operands are.
            place = node.func if isinstance(node, ast.Call) else node
            raise _refusal(text, place, reason)
        nodes.append(node)
        pending += reversed(_operands(node))
    return nodes


def _operands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand] if _number(node) is None else []
    return node.args if isinstance(node, ast.Call) else []


def _number(node: ast.expr) -> int | float | None:
    """The number that is written there, with its sign, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _number(node.operand) if isinstance(node.operand, ast.Constant) else None
        return None if number is None else -number
    written = node.value if isinstance(node, ast.Constant) else None
    return written if isinstance(written, (int, float)) and not isinstance(written, bool) else None


def _objection(node: ast.expr) -> str:
    """Why this node is not allowed, or ``""``."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        if type(node.op) in _OPERATORS:
            return ""
        hint = "; a power is written x**2" if isinstance(node.op, ast.BitXor) else ""
        return f"the operators of an expression are {' '.join(_SIGNS[:-1])} and {_SIGNS[-1]}{hint}"
    if isinstance(node, ast.Constant):
        return f"{node.value!r:.40} is not a real number" if _number(node) is None else ""
    if isinstance(node, ast.Name):
        return "names with two underscores are not allowed" if "__" in node.id else ""
    if isinstance(node, ast.Call):
        return _objection_to_call(node)
    return f"{_NOT_ALLOWED.get(type(node), type(node).__name__)} is not allowed in an expression"


_NOT_ALLOWED = {
    ast.Attribute: "an attribute",
    ast.Compare: "a comparison",
    ast.Dict: "a dictionary",
    ast.List: "a list",
    ast.NamedExpr: "an assignment",
    ast.Set: "a set",
    ast.Starred: "a starred operand",
    ast.Subscript: "a subscript",
    ast.Tuple: "a list of expressions",
}


def _objection_to_call(call: ast.Call) -> str:
    if not isinstance(call.func, ast.Name):
        return "only functions that have a name can be called"
    name = call.func.id
    if name not in function_names():
        hint = f"; write {INSTEAD[name]}" if name in INSTEAD else _suggestion(name, function_names())
        return f"there is no function {name!r}{hint}"
    if call.keywords:
        return f"{name}() takes its operands without names"
    least, most = operands_taken(name)
    if not least <= len(call.args) <= most:
        takes = f"{least} or {most}" if least < most else f"{most}"
        return f"{name}() takes {takes} operand{'s' * (most > 1)}, got {len(call.args)}"
    return ""


def _leaf(name: str, value: Operand) -> Value:
    if "__" in name:
        raise ExpressionError(f"names with two underscores are not allowed, got {name!r}")
    try:
        return value if isinstance(value, Value) else Value(value, name)
    except (TypeError, ValueError) as error:
        raise ExpressionError(f"{name}: {error}") from None


def _no_value(name: str, leaves: Mapping[str, Value]) -> str:
    if name in function_names():
        return f"{name} is a function; call it, {name}(x), or give a value, {name}=..."
    return f"no value is given for {name!r}{_suggestion(name, leaves)}"


def _suggestion(name: str, known: Iterable[str]) -> str:
    question = did_you_mean(name, known, most=2)
    return f"; {question}" if question else ""


def _evaluated(text: str, nodes: list[ast.expr], leaves: Mapping[str, Value]) -> Value:
    values: dict[ast.expr, Value] = {}
    constants: set[ast.expr] = set()
    for node in reversed(nodes):
        operands = _operands(node)
        if not isinstance(node, ast.Name) and all(operand in constants for operand in operands):
            constants.add(node)
        try:
            values[node] = _value(node, [values[operand] for operand in operands], leaves)
        except ValueError as error:
            # What fails whatever the variables are, such as 9**9**9, is a fault of the text.
            if isinstance(error, DomainError) and node not in constants:
                raise
            raise _refusal(text, node, str(error)) from None
    return values[nodes[0]]


def _value(node: ast.expr, operands: list[Value], leaves: Mapping[str, Value]) -> Value:
    rule: Callable[..., Value]
    number = _number(node)
    if number is not None:
        return Value(number)
    if isinstance(node, ast.Name):
        return leaves[node.id]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        rule = getattr(functions, node.func.id)
    elif isinstance(node, (ast.BinOp, ast.UnaryOp)):
        rule = _OPERATORS[type(node.op)]
    return rule(*operands)
