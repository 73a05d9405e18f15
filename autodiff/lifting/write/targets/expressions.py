"""Expressions: NumPy calls, names and attributes as another array library writes them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import ClassVar

from autodiff.lifting.write.targets.syntax import called, is_number

__all__ = ["Expressions"]

COMPARISONS = {
    "greater": ast.Gt,
    "greater_equal": ast.GtE,
    "less": ast.Lt,
    "less_equal": ast.LtE,
    "equal": ast.Eq,
    "not_equal": ast.NotEq,
}


class Expressions(ast.NodeTransformer):
    """Rewrites expressions for one target.

    Attributes:
        module: what the target's functions are called by.
        names: NumPy's names that the target has another for; the others are the same.
    """

    module: ClassVar[str]
    names: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.pointwise: set[str] = set()  # functions of arrays alone, to which a number is handed as one
        self.numbers: set[str] = set()  # tables of numbers, whose type is that of the arguments
        self.in_row = False

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.typed(node) if node.id in self.numbers else node

    def typed(self, node: ast.Name) -> ast.expr:
        """A table of numbers in the arguments' type."""
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "np":
            return self.call_name(node.attr)
        node.value = self.visit(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = called(node)
        if name.endswith(".reduce"):
            return self.folded(name.removesuffix(".reduce"), node)
        if name == "array" and not isinstance(node.args[0], (ast.List, ast.Constant)):
            return self.array(self.visit(node.args[0]))
        if name in ("zeros", "ones", "full"):
            return self.made(name, node)
        own = getattr(self, f"call_{name}", None) if name else None
        if own is None and isinstance(node.func, ast.Attribute) and not name:
            own = getattr(self, f"method_{node.func.attr}", None)
        function = node.func
        if isinstance(function, ast.Name) and function.id == "reduce_at":
            kind = called(ast.Call(node.args[0], [], []))
            node.args[0] = self.reduction(kind)
            node.args[1:] = [self.visit(each) for each in node.args[1:]]
            return node
        self.generic_visit(node)
        if isinstance(function, ast.Name) and function.id in self.pointwise:
            node.args = [self.array(each) for each in node.args]
        if own is not None:
            return own(node)  # type: ignore[no-any-return]
        if name in COMPARISONS:
            a, b = node.args
            return ast.Compare(a, [COMPARISONS[name]()], [b])
        return node

    def folded(self, function: str, node: ast.Call) -> ast.expr:
        """Several arrays added up, or the largest of them."""
        (broadcast,) = node.args
        assert isinstance(broadcast, ast.Call)
        (listed,) = broadcast.args
        total, *rest = [self.array(self.visit(each)) for each in getattr(listed, "elts", [])]
        if function == "add":
            return ast.Call(ast.Name("sum"), [ast.List([total, *rest])], [])
        for each in rest:
            total = self.call(self.names.get(function, function), total, each)
        return total

    def reduction(self, function: str) -> ast.expr:
        """The function that reduces along an axis by ``np.add``, ``np.maximum`` or ``np.minimum``."""
        return self.call_name({"add": "sum", "maximum": "max", "minimum": "min"}[function])

    def call_isclose(self, node: ast.Call) -> ast.expr:
        a, b = map(ast.unparse, node.args)
        near = ast.unparse(node.keywords[0].value)
        return ast.parse(f"abs({a} - ({b})) <= {near} * abs({b})", mode="eval").body

    def call_absolute(self, node: ast.Call) -> ast.expr:
        """Inside of a row |x| is -x at 0, as where it chooses by x > 0, so that libraries find its slope."""
        (x,) = node.args
        if self.in_row and not is_number(x):
            return self.call(
                "where", ast.Compare(x, [ast.Gt()], [ast.Constant(0.0)]), x, ast.UnaryOp(ast.USub(), x)
            )
        return ast.Call(ast.Name("abs"), [x], [])

    call_abs = call_absolute

    def method_item(self, node: ast.Call) -> ast.expr:
        """A loss stays an array, that can be traced."""
        assert isinstance(node.func, ast.Attribute)
        return node.func.value

    def made(self, kind: str, node: ast.Call) -> ast.expr:
        """Zeros, ones or a number, in a shape, and in the arguments' type if none is named."""
        raise NotImplementedError

    def array(self, value: ast.expr) -> ast.expr:
        """A value as an array: what is a number becomes one."""
        if not is_number(value):
            return value
        call = ast.Call(ast.Name("full"), [ast.Tuple([]), value], [])
        return self.made("full", call)

    def call(self, name: str, *operands: ast.expr) -> ast.Call:
        """A call of one of the target's functions."""
        return ast.Call(self.call_name(name), [*operands], [])

    def call_name(self, name: str) -> ast.expr:
        """One of the target's functions, by NumPy's name."""
        return ast.Attribute(ast.Name(self.module), self.names.get(name, name))
