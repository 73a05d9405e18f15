"""What source code printed by ``Expr.numpy`` and ``Expr.javascript`` needs to run.

Both languages get the table's composite functions from the rows themselves: ``sigmoid`` is its
row's forward rule, applied to symbols and printed.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Sequence

import numpy as np

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS, Op
from autodiff.engine.primitives import PRIMITIVES
from autodiff.formulas.expr import CODE, Expr, as_expr, symbol
from autodiff.formulas.styles.javascript import operator_form

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
        parts, (y,) = _named_parts([_forward(OPS[name])])
        lines = [f"    {part} = {expr.numpy()}\n" for part, expr in parts]
        return f"def {name}({', '.join(_operands(OPS[name]))}):\n{''.join(lines)}    return {y.numpy()}\n"
    return ""


def _operands(op: Op) -> list[str]:
    return ["x", "z"][: op.arity]


def _forward(op: Op) -> Expr:
    return as_expr(op.forward(CODE, *map(symbol, _operands(op))))


def _partials(op: Op) -> list[Expr]:
    return [*map(as_expr, op.partials(CODE, *map(symbol, _operands(op)), symbol("y")))]


def _named_parts(results: Sequence[Expr]) -> tuple[list[tuple[str, Expr]], list[Expr]]:
    """The parts that a rule uses more than once, each under a name, and the results by them."""
    order: dict[Expr, None] = {}
    uses = Counter(results)
    stack = [*results]
    while stack:
        expr = stack[-1]
        waiting = [operand for operand in expr.args if operand not in order]
        stack += waiting
        if not waiting and stack.pop() not in order:
            order[expr] = None
            uses.update(expr.args)
    parts: list[tuple[str, Expr]] = []
    written: dict[Expr, Expr] = {}
    for expr in order:
        written[expr] = Expr(expr.head, tuple(written[operand] for operand in expr.args))
        if expr.args and uses[expr] > 1:
            parts.append((f"t{len(parts) + 1}", written[expr]))
            written[expr] = symbol(parts[-1][0])
    return parts, [written[result] for result in results]


def javascript_prelude() -> str:
    """JavaScript source of ``m``: all of ``Math``, what it lacks, and the composite rows."""
    composite = [
        f"m.{name} = {_arrow(_operands(op), [_forward(op)], '{}')};"
        for name, op in OPS.items()
        if name not in PRIMITIVES and not operator_form(op.notation)
    ]
    return "\n".join([_JAVASCRIPT, *composite, ""])


def javascript_rows() -> str:
    """JavaScript source of the whole table, to stand after ``javascript_prelude()``.

    It defines ``rows``, an object that has for each name ``forward``, from operands to y, and
    ``partials``, from operands and y to the array of ∂y/∂operand.
    """
    lines = []
    for name, op in OPS.items():
        forward = _arrow(_operands(op), [_forward(op)], "{}")
        partials = _arrow([*_operands(op), "y"], _partials(op), "[{}]")
        rules = textwrap.indent(f"forward: {forward},\npartials: {partials},", "    ")
        lines += [f"  {name}: {{", rules, "  },"]
    return "\n".join(["const rows = {", *lines, "};", ""])


def _arrow(operands: Sequence[str], results: Sequence[Expr], template: str) -> str:
    """A JavaScript function of the operands."""
    parts, results = _named_parts(results)
    body = template.format(", ".join(result.javascript() for result in results))
    if parts:
        lines = [f"  const {name} = {expr.javascript()};" for name, expr in parts]
        body = "\n".join(["{", *lines, f"  return {body};", "}"])
    return f"({', '.join(operands)}) => {body}"


_JAVASCRIPT = """\
const m = Object.assign(Object.create(Math), {
  maximum: (x, z) => x > z ? x : z,
  minimum: (x, z) => x < z ? x : z,
  step: x => x > 0 ? 1 : 0,
  choose: (c, a, b) => c > 0 ? a : b,
  xlogy: (y, x) => y === 0 ? 0 : y * Math.log(x),
  power_slope: (x, z) => z === 0 ? 0 : z * Math.pow(x, z - 1),
  sin_pi: x => {
    const r = Math.abs(x % 2), s = r > 1 ? r - 2 : r;
    return Math.sign(x) * Math.sin(Math.PI * (Math.abs(s) > 0.5 ? Math.sign(s) - s : s));
  },
  cos_pi: x => m.sin_pi(0.5 - Math.abs(Math.abs(x % 2) > 1 ? 2 - Math.abs(x % 2) : x % 2)),
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
