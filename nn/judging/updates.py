"""Which way a file moves its weights: against the gradients that it computes, or along them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nn.judging.roles import role_of

__all__ = ["direction_in"]

WEIGHT = re.compile(r"(?i)(w|b)(_?\d+|_[a-z]+)?|\w*(weight|bias)\w*|thetas?\d*|param(eter)?s?")


def direction_in(code: str | ast.AST) -> int:
    """-1 if weights are moved by minus a learning rate times something, as in ``w - eta * nw``, 1 if by plus
    that; 0 if there is no such step, or it cannot be told, as where a sign may be flipped on the way."""
    try:
        tree = ast.parse(code) if isinstance(code, str) else code
    except SyntaxError:  # a cell of a notebook may be wrong
        return 0
    found: set[int] = set()
    for scope in _scopes(tree):
        nodes = [each for node in scope for each in ast.walk(node)]
        signs = [sign for node in nodes for sign in _signs(node)]
        is_clear = sum(map(_is_minus, nodes)) == signs.count(-1)
        found |= {*signs} if is_clear or not signs else {-1, 1}
    return found.pop() if len(found) == 1 else 0


def _scopes(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statements of each function, and those at the top level."""
    yield from (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    if isinstance(tree, ast.Module):
        yield [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def _signs(node: ast.AST) -> tuple[int, ...]:
    """Of a step of a weight: both if it may be either; none if it is no step."""
    weight: ast.expr
    if isinstance(node, ast.AugAssign):
        weight, moved = node.target, node.value
    elif isinstance(node, ast.BinOp):
        weight, moved = node.left, node.right
    else:
        return ()
    if not isinstance(node.op, (ast.Add, ast.Sub)) or not WEIGHT.fullmatch(_called(weight)):
        return ()
    product = isinstance(moved, ast.BinOp) and isinstance(moved.op, (ast.Mult, ast.Div))
    if not product or not any(role_of(name) == "rate" for name in _names(moved)):
        return -1, 1
    return (-1,) if isinstance(node.op, ast.Sub) else (1,)


def _is_minus(node: ast.AST) -> bool:
    return isinstance(node, (ast.BinOp, ast.AugAssign, ast.UnaryOp)) and isinstance(
        node.op, (ast.Sub, ast.USub)
    )


def _called(node: ast.AST) -> str:
    """The last name of ``w``, ``self.w``, ``w[i]`` and ``params["w"]``."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _names(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, (ast.Name, ast.Attribute)):
            yield each.id if isinstance(each, ast.Name) else each.attr
