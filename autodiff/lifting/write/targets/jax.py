"""NumPy source as JAX writes it, to be traced by ``jit``, ``vmap`` and ``grad``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import ClassVar

from autodiff.lifting.write.targets.spelling import REDUCE_AT, Spelling
from autodiff.lifting.write.targets.syntax import is_number

__all__ = ["Jax"]


class Jax(Spelling):
    """``a[i] = v`` is ``a = a.at[i].set(v)``. Tables of places stay NumPy's, so that they are static."""

    module = "jnp"
    imports: ClassVar[Mapping[str, str]] = {
        r"\bmath\.": "import math\n",
        r"\bjax\.": "import jax",
        r"\bjnp\.": "import jax.numpy as jnp",
        r"\bnp\.": "import numpy as np",
    }
    functions: ClassVar[Mapping[str, str]] = {
        "add_at": '''
def add_at(rows, index, values):
    """The rows with values added at some of them, which may repeat."""
    return rows.at[index].add(values)
''',
        "reduce_at": REDUCE_AT,
        "erf": "def erf(x):\n    return jax.scipy.special.erf(x)",
        "erfc": "def erfc(x):\n    return jax.scipy.special.erfc(x)",
    }

    def replaced(self, whole: ast.expr, index: ast.expr, value: ast.expr, how: str) -> ast.expr:
        at = ast.Subscript(ast.Attribute(whole, "at"), index)
        return ast.Call(ast.Attribute(at, how), [value], [])

    def typed(self, node: ast.Name) -> ast.expr:
        return self.call("asarray", node, self._type())

    def made(self, kind: str, node: ast.Call) -> ast.expr:
        size = 2 if kind == "full" else 1
        given = node.args[size:] or ([self._type()] if self.like else [])
        return self.call(kind, *map(self.visit, node.args[:size]), *given)

    def call_maximum(self, node: ast.Call) -> ast.expr:
        """relu with relu'(0) = 0, which a maximum would split."""
        a, b = node.args
        if is_number(b) and ast.unparse(b) == "0.0":
            return ast.Call(ast.parse("jax.nn.relu", mode="eval").body, [a], [])
        return self.call("maximum", a, b)

    def _type(self) -> ast.expr:
        return ast.Attribute(ast.Name(self.like), "dtype")
