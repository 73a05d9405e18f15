"""Python's syntax trees, as far as sources of programs need them."""

from __future__ import annotations

import ast
import re

__all__ = ["arguments_of", "as_value", "called", "function_of", "has_floats", "is_number", "parsed"]


def parsed(text: str) -> ast.expr:
    """An expression's tree."""
    return ast.parse(text, mode="eval").body


def called(node: ast.Call) -> str:
    """The name of the NumPy function that is called, or ``""``."""
    name = ast.unparse(node.func) if isinstance(node.func, ast.Attribute) else ""
    return name.removeprefix("np.") if re.fullmatch(r"np(\.\w+)+", name) else ""


def is_number(node: ast.expr) -> bool:
    """Whether it is made of numbers alone; m is one."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("inf", "nan")
    if isinstance(node, ast.BinOp):
        return is_number(node.left) and is_number(node.right)
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id == "m")


def has_floats(node: ast.expr) -> bool:
    """Whether there are numbers in it that are not whole, or infinite."""
    return any(
        is_number(each) if isinstance(each, ast.Attribute) else isinstance(getattr(each, "value", 0), float)
        for each in ast.walk(node)
    )


def arguments_of(node: ast.FunctionDef) -> list[str]:
    """The names of a function's arguments."""
    return [argument.arg for argument in node.args.args]


def function_of(text: str) -> ast.FunctionDef:
    """The one function that a text defines."""
    (node,) = ast.parse(text).body
    assert isinstance(node, ast.FunctionDef)
    return node


def as_value(index: ast.expr) -> ast.expr:
    """What stands in brackets, as an argument."""
    if isinstance(index, ast.Tuple):
        return ast.Tuple([as_value(each) for each in index.elts])
    if isinstance(index, ast.Slice):
        ends = [each or ast.Constant(None) for each in (index.lower, index.upper)]
        return ast.Call(ast.Name("slice"), [*ends, *([index.step] if index.step else [])], [])
    return index
