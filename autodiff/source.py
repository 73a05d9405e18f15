"""What source code printed by ``Expr.numpy`` and ``Expr.javascript`` needs to run.

Both languages get the table's composite functions from the rows themselves: ``sigmoid`` is its
row's forward rule, applied to symbols and printed.
"""

from __future__ import annotations

import inspect
import re
import textwrap

import numpy as np

from autodiff.notation import CODE, Expr, as_expr, symbol
from autodiff.numeric import ARRAYS
from autodiff.ops import OPS, Op
from autodiff.printing import INFIX

__all__ = ["javascript_prelude", "javascript_rows", "numpy_prelude"]


def numpy_prelude(code: str) -> str:
    """The imports and definitions that ``code``, printed by ``Expr.numpy``, needs to run.

    >>> print(numpy_prelude("relu(x)"))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def relu(x):
        return np.maximum(x, 0.0)
    <BLANKLINE>
    """
    definitions: dict[str, str] = {}
    pending = _called(code)
    while pending:
        name = pending.pop()
        definition = "" if name in definitions else _numpy_definition(name)
        if definition:
            definitions[name] = definition
            pending += _called(definition)
    body = "".join(f"\n\n{definitions[name]}" for name in sorted(definitions))
    return ("import math\n\n" if "math." in body else "") + f"import numpy as np\n{body}"


def _called(code: str) -> list[str]:
    """Names of the functions called in ``code``, those of modules left out."""
    return re.findall(r"(?<![\w.])\w+(?=\()", code)


def _numpy_definition(name: str) -> str:
    """The source of one of the array namespace's own functions, or of a composite row."""
    function = inspect.getattr_static(ARRAYS, name, None)
    if isinstance(function, staticmethod):
        source = textwrap.dedent(inspect.getsource(function.__func__))
        return re.sub(r"@staticmethod\n|: Any| -> Any", "", source)
    if name in OPS and not isinstance(function, np.ufunc):
        operands = ", ".join(_operands(OPS[name]))
        return f"def {name}({operands}):\n    return {_forward(OPS[name]).numpy()}\n"
    return ""


def _operands(op: Op) -> list[str]:
    return ["x", "z"][: op.arity]


def _forward(op: Op) -> Expr:
    return as_expr(op.forward(CODE, *map(symbol, _operands(op))))


def javascript_prelude() -> str:
    """JavaScript source of ``m``: all of ``Math``, what it lacks, and the composite rows."""
    native = {*INFIX, *vars(type(ARRAYS))}
    composite = [
        f"m.{name} = ({', '.join(_operands(op))}) => {_forward(op).javascript()};"
        for name, op in OPS.items()
        if name not in native
    ]
    return "\n".join([_JAVASCRIPT, *composite, ""])


def javascript_rows() -> str:
    """JavaScript source of the whole table, to stand after ``javascript_prelude()``.

    It defines ``rows``, an object that has for each name ``forward``, from operands to y, and
    ``partials``, from operands and y to the array of ∂y/∂operand.
    """
    lines = []
    for name, op in OPS.items():
        operands = _operands(op)
        partials = op.partials(CODE, *map(symbol, operands), symbol("y"))
        lines += [
            f"  {name}: {{",
            f"    forward: ({', '.join(operands)}) => {_forward(op).javascript()},",
            f"    partials: ({', '.join([*operands, 'y'])}) => "
            f"[{', '.join(as_expr(each).javascript() for each in partials)}],",
            "  },",
        ]
    return "\n".join(["const rows = {", *lines, "};", ""])


_JAVASCRIPT = """\
const m = Object.assign(Object.create(Math), {
  maximum: (x, z) => x > z ? x : z,
  minimum: (x, z) => x < z ? x : z,
  step: x => x > 0 ? 1 : 0,
  choose: (c, a, b) => c > 0 ? a : b,
  xlogy: (y, x) => y === 0 ? 0 : y * Math.log(x),
  xpow: (c, x, z) => c === 0 ? 0 : c * Math.pow(x, z),
  // Abramowitz & Stegun 7.1.6, a series of positive terms, and 7.1.14, a continued fraction.
  erf: x => {
    if (Math.abs(x) > 2) return x > 0 ? 1 - m.erfc(x) : m.erfc(-x) - 1;
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  },
  erfc: x => {
    if (x < 2) return 1 - m.erf(x);
    let tail = x;
    for (let n = 100; n > 0; n--) tail = x + n / 2 / tail;
    return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
  },
});"""
