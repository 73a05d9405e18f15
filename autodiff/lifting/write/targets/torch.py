"""NumPy source as PyTorch writes it, without a change in place, so that autograd and ``vmap`` can follow."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import ClassVar

from autodiff.lifting.write.targets.spelling import REDUCE_AT, Spelling
from autodiff.lifting.write.targets.syntax import called, is_number, parsed

__all__ = ["Torch"]

KEYWORDS = {"axis": "dim", "keepdims": "keepdim"}


class Torch(Spelling):
    """Arrays are made like an argument, in its type and on its device."""

    module = "torch"
    imports: ClassVar[Mapping[str, str]] = {r"\bmath\.": "import math\n", "": "import torch"}
    names: ClassVar[Mapping[str, str]] = {"concatenate": "cat", "power": "pow", "max": "amax", "min": "amin"}
    functions: ClassVar[Mapping[str, str]] = {
        "add_at": '''
def add_at(rows, index, values):
    """The rows with values added at some of them, which may repeat."""
    return rows.index_put((index,), values, accumulate=True)
''',
        "reduce_at": REDUCE_AT,
        "erf": "def erf(x):\n    return torch.special.erf(x)",
        "erfc": "def erfc(x):\n    return torch.special.erfc(x)",
        "put": '''
def put(x, index, values):
    """x with values at an index, as another array."""
    places = torch.arange(x.numel(), device=x.device).reshape(x.shape)[index]
    values = values.broadcast_to(places.shape).reshape((-1,))
    return x.reshape((-1,)).index_put((places.reshape((-1,)),), values).reshape(x.shape)
''',
    }

    def table(self, node: ast.Assign) -> str:
        """Places are whole numbers; other numbers are kept exactly, until the arguments' type is known."""
        name, value = ast.unparse(node.targets[0]), node.value
        assert isinstance(value, ast.Call)
        if called(value) == "zeros":
            return f"{name} = torch.zeros({ast.unparse(value.args[0])}, dtype=torch.int64)"
        literal = ast.unparse(value.args[0]).replace("np.", "torch.")
        wide = ", dtype=torch.float64" if name in self.numbers else ""
        return f"{name} = torch.tensor({literal}{wide})"

    def typed(self, node: ast.Name) -> ast.expr:
        return parsed(f"{node.id}.to({self.like})")

    def made(self, kind: str, node: ast.Call) -> ast.expr:
        size = 2 if kind == "full" else 1
        operands = [self.visit(each) for each in node.args[:size]]
        if node.args[size:] and ast.unparse(node.args[size]) == "bool":
            call = self.call(kind, *operands)
            call.keywords = [
                ast.keyword("dtype", parsed("torch.bool")),
                ast.keyword("device", parsed(f"{self.like}.device")),
            ]
            return call
        return ast.Call(ast.Attribute(ast.Name(self.like), f"new_{kind}"), operands, [])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Attribute):  # the program's own functions keep NumPy's words
            for keyword in node.keywords:
                keyword.arg = KEYWORDS.get(keyword.arg or "", keyword.arg)
        return super().visit_Call(node)

    def method_max(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Attribute)
        node.func.attr = f"a{node.func.attr}"
        return node

    method_min = method_max

    def method_var(self, node: ast.Call) -> ast.expr:
        node.keywords.append(ast.keyword("correction", ast.Constant(0)))
        return node

    def call_arange(self, node: ast.Call) -> ast.expr:
        call = self.call("arange", *node.args)
        call.keywords = [ast.keyword("device", parsed(f"{self.like}.device"))]
        return call

    def call_cbrt(self, node: ast.Call) -> ast.expr:
        (x,) = map(ast.unparse, node.args)
        return parsed(f"torch.sign({x}) * abs({x}) ** (1.0 / 3.0)")

    def call_heaviside(self, node: ast.Call) -> ast.expr:
        x = ast.unparse(node.args[0])
        return parsed(f"({x} > 0.0).to({self.like}.dtype)")

    def call_maximum(self, node: ast.Call) -> ast.expr:
        """relu with relu'(0) = 0, which a maximum would split."""
        if ast.unparse(node.args[1]) == "0.0":
            return self.call("relu", node.args[0])
        return self._of_arrays(node)

    def call_where(self, node: ast.Call) -> ast.expr:
        condition, a, b = node.args
        if is_number(a) and is_number(b):
            a = self.array(a)
        return self.call("where", condition, a, b)

    def _of_arrays(self, node: ast.Call) -> ast.expr:
        """A call that takes no plain numbers."""
        node.args = [self.array(each) for each in node.args]
        return node

    call_minimum = call_copysign = call_hypot = call_arctan2 = call_fmod = _of_arrays
