"""NumPy source by the Python array API standard, for the namespace of whatever arrays it is given."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autodiff.lifting.write.targets.spelling import REDUCE_AT, Spelling
from autodiff.lifting.write.targets.syntax import called, parsed

__all__ = ["ArrayApi"]


class ArrayApi(Spelling):
    """There are functions in place of methods, whole numbers for every axis, and no change in place.

    Source: https://data-apis.org/array-api/2024.12/
    """

    module = "xp"
    imports: ClassVar[Mapping[str, str]] = {r"\bmath\.": "import math"}
    keeps_tables = False
    names: ClassVar[Mapping[str, str]] = {
        **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
        "concatenate": "concat",
        "power": "pow",
        "array": "asarray",
    }
    functions: ClassVar[Mapping[str, str]] = {
        "add_at": '''
def add_at(rows, index, values):
    """The rows with values added at some of them, which may repeat."""
    here = np.arange(rows.shape[0])[:, None] == index
    here = here.reshape((*here.shape, *(1 for _ in rows.shape[1:])))
    return rows + np.where(here, values[None, ...], 0.0).sum(axis=1)
''',
        "reduce_at": REDUCE_AT,
        "erf": '''
def erf(x):
    """Abramowitz & Stegun 7.1.6 near 0, a series of positive terms, and 1 - erfc(x) beyond."""
    near = np.minimum(np.absolute(x), 2.0)
    term = near
    total = near
    for n in range(1, 60):
        term = term * (2.0 * near * near / (2 * n + 1))
        total = total + term
    inside = 1.1283791670955126 * np.exp(-near * near) * total
    return np.sign(x) * np.where(np.absolute(x) > 2.0, 1.0 - erfc_tail(np.absolute(x)), inside)
''',
        "erfc": '''
def erfc(x):
    """1 - erf(x), without the digits that this loses for a large x."""
    return np.where(x > 2.0, erfc_tail(x), 1.0 - erf(x))
''',
        "erfc_tail": '''
def erfc_tail(x):
    """Abramowitz & Stegun 7.1.14, a continued fraction, for x ≥ 2."""
    x = np.maximum(x, 2.0)
    tail = x
    for n in range(100, 0, -1):
        tail = x + 0.5 * n / tail
    return np.exp(-x * x) * 0.5641895835477563 / tail
''',
        "einsum": '''
def einsum(subscripts, *operands):
    """The products of the operands, summed over the letters that stand before the arrow only."""
    given, wanted = subscripts.split("->")
    letters = wanted + "".join(sorted({*given} - {*wanted, ","}))
    product = 1.0
    for axes, x in zip(given.split(","), operands):
        x = np.permute_dims(x, tuple(sorted(range(x.ndim), key=lambda i: letters.index(axes[i]))))
        sizes = iter(x.shape)
        product = product * x.reshape(tuple(next(sizes) if letter in axes else 1 for letter in letters))
    return product.sum(axis=tuple(range(len(wanted), len(letters))))
''',
        "put": '''
def put(x, index, values):
    """x with values at an index, as another array."""
    flat = x.reshape((-1,))
    numbers = np.arange(flat.shape[0])
    places = numbers.reshape(x.shape)[index]
    values = np.broadcast_to(values, places.shape).reshape((-1,))
    here = numbers[:, None] == places.reshape((1, -1))
    there = np.where(here, values[None, :], 0.0).sum(axis=1)
    return np.where(np.any(here, axis=1), there, flat).reshape(x.shape)
''',
        "take": '''
def take(x, places):
    """The rows of x at places, in their shape."""
    rows = np.take(x, places.reshape((-1,)), axis=0)
    return rows.reshape((*places.shape, *x.shape[1:]))
''',
    }

    def opening(self, node: ast.FunctionDef, tables: Sequence[ast.Assign]) -> list[ast.stmt]:
        """The namespace of the arguments, and the tables, which are arrays of its own."""
        like = "operands[0]" if node.name == "einsum" else self.like
        lines: list[ast.stmt] = [*ast.parse(f"xp = {like}.__array_namespace__()").body]
        for table in tables:
            assert isinstance(table.value, ast.Call)
            values = ast.unparse(table.value.args[0]).replace("np.", "xp.")
            name = ast.unparse(table.targets[0])
            kind = f", dtype={self.like}.dtype" if name in self.numbers else ""
            made = f"xp.asarray({values}{kind})"
            if called(table.value) == "zeros":
                made = f"xp.zeros({values}, dtype=xp.int64)"
            lines += ast.parse(f"{name} = {made}").body
        return lines

    def made(self, kind: str, node: ast.Call) -> ast.expr:
        size = 2 if kind == "full" else 1
        call = self.call(kind, *map(self.visit, node.args[:size]))
        named = f"xp.{ast.unparse(node.args[size])}" if node.args[size:] else f"{self.like}.dtype"
        call.keywords = [ast.keyword("dtype", parsed(named))]
        return call

    def replaced(self, whole: ast.expr, index: ast.expr, value: ast.expr, how: str) -> ast.expr:
        changed = super().replaced(whole, index, value, how)
        assert isinstance(changed, ast.Call)
        if not isinstance(changed.args[1], ast.Tuple):
            changed.args[1] = ast.Tuple([changed.args[1], ast.Constant(...)])
        else:
            changed.args[1].elts.append(ast.Constant(...))
        return changed

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Every axis is named, by an ellipsis if need be; an array of places is a call."""
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            return node
        if isinstance(node.value, ast.Name) and node.value.id in ("axes", *self.lists):
            return node
        value = self.visit(node.value)
        if isinstance(node.slice, ast.Name) and node.slice.id in self.tables:
            return ast.Call(ast.Name("take"), [value, node.slice], [])
        if isinstance(node.slice, ast.Name) and node.slice.id == "index":
            return ast.Subscript(value, node.slice)
        given = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not any(isinstance(each, ast.Constant) and each.value is ... for each in given):
            given = [*given, ast.Constant(...)]
        return ast.Subscript(value, ast.Tuple(given))

    def _function(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Attribute)
        call = self.call(node.func.attr, node.func.value, *node.args)
        call.keywords = node.keywords
        return call

    method_sum = method_mean = method_max = method_min = method_var = method_reshape = _function

    def call_einsum(self, node: ast.Call) -> ast.expr:
        return ast.Call(ast.Name("einsum"), node.args, [])

    def call_outer(self, node: ast.Call) -> ast.expr:
        a, b = node.args
        column = self.call("reshape", a, parsed("(-1, 1)"))
        return ast.BinOp(column, ast.Mult(), self.call("reshape", b, parsed("(1, -1)")))

    def call_squeeze(self, node: ast.Call) -> ast.expr:
        return self.call("squeeze", *node.args)

    def call_tril(self, node: ast.Call) -> ast.expr:
        call = self.call("tril", node.args[0])
        call.keywords = [ast.keyword("k", each) for each in node.args[1:]]
        return call

    def call_cbrt(self, node: ast.Call) -> ast.expr:
        (x,) = map(ast.unparse, node.args)
        return parsed(f"xp.sign({x}) * abs({x}) ** (1.0 / 3.0)")

    def call_heaviside(self, node: ast.Call) -> ast.expr:
        return parsed(f"xp.astype({ast.unparse(node.args[0])} > 0.0, {self.like}.dtype)")

    def call_fmod(self, node: ast.Call) -> ast.expr:
        """x - z·trunc(x/z), which is exact for the 2 that the table's rules ask for."""
        x, z = map(ast.unparse, node.args)
        return parsed(f"{x} - {z} * xp.trunc({x} / {z})")
