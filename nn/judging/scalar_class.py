"""``check_scalar``: the judge for a scalar class of your own, such as micrograd's ``Value``.

Small expressions are computed and differentiated by it and by ``autodiff``. Where gradients differ,
the known mistakes are made, one after the other, in a backward pass over the right graph; the one
that gives the same numbers is named.
"""

from __future__ import annotations

import io
import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff import Value, topological_order
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS, Op
from nn.diagnosing.mistakes import BY_OUTPUT

__all__ = ["Finding", "ScalarReport", "check_scalar"]

CLOSE = 1e-9
# Where every operation has a value, or one of these has, away from kinks.
POINTS = ((0.6, 1.7), (1.3, 0.4), (-0.7, 2.0))

Graph = Callable[..., Any]


@dataclass(frozen=True)
class Finding:
    """What was found about one operation.

    Attributes:
        operation: its name in the table of operations.
        tried: number of expressions.
        problem: what is wrong first, ``""`` if nothing is.
        why: the mistake that gives the same numbers, ``""`` if no known one does.
    """

    operation: str
    tried: int
    problem: str = ""
    why: str = ""


@dataclass(frozen=True)
class Case:
    """One expression at one point.

    Attributes:
        given: what it is, for people.
        root, leaves: of the right graph, differentiated.
        slopes: the gradients that the class gave for the leaves.
    """

    given: str
    root: Value
    leaves: list[Value]
    slopes: list[float]

    @property
    def wrong(self) -> list[int]:
        """The leaves whose gradients are wrong."""
        return [i for i, leaf in enumerate(self.leaves) if not _close(self.slopes[i], leaf.grad)]


@dataclass(frozen=True)
class ScalarReport:
    """The result of ``check_scalar``: true if all is right; print it to see the table."""

    name: str
    findings: list[Finding]

    def __bool__(self) -> bool:
        return not any(each.problem for each in self.findings)

    def __rich__(self) -> RenderableType:
        table = Table(title=self.name, title_style="bold", title_justify="left", box=box.SIMPLE_HEAD)
        for header in ("operation", "expressions", "verdict", "probably"):
            table.add_column(header, justify="right" if header == "expressions" else "left")
        for each in self.findings:
            verdict = Text(f"✗ {each.problem}", "red") if each.problem else Text("✓", "green")
            why = each.why or ("no mistake that has a name gives these numbers" if each.problem else "")
            table.add_row(each.operation, str(each.tried), verdict, why)
        missing = [name for name in OPS if name not in {each.operation for each in self.findings}]
        return Group(table, Text(f"not there, so not tried: {', '.join(missing)}", "dim"))

    def __str__(self) -> str:
        console = Console(file=io.StringIO(), width=120, color_system=None, force_jupyter=False)
        console.print(self)
        return console.file.getvalue().rstrip()  # type: ignore[attr-defined, no-any-return]


def check_scalar(kind: Callable[[float], Any]) -> ScalarReport:
    """Check a scalar class of your own through the operations of the table that it has.

    Args:
        kind: makes a node from a number; nodes have ``data``, ``grad`` and ``backward()``, operators
            such as ``+``, and methods such as ``tanh()``.

    Raises:
        TypeError: if it is not such a class.

    >>> bool(check_scalar(Value))
    True
    """
    name = getattr(kind, "__name__", repr(kind))
    try:
        missing = [each for each in ("data", "grad", "backward") if not hasattr(kind(1.0), each)]
    except Exception as error:
        raise TypeError(f"{name}(1.0) is to make a node, but raised {error!r}") from error
    if missing:
        raise TypeError(f"a node has data, grad and backward(), but {name}(1.0) has no {', '.join(missing)}")
    alone = {name for name, op in OPS.items() if (found := _check(kind, op, {name})) and found.problem}
    findings = [found for name, op in OPS.items() if (found := _check(kind, op, set(OPS) - alone | {name}))]
    if not findings:
        raise TypeError(f"{name} has no operation of the table, such as + or tanh()")
    return ScalarReport(name, findings)


def _check(kind: Callable[[float], Any], op: Op, using: set[str]) -> Finding | None:
    """Try one operation in all expressions of these operations, so that it is not blamed for the
    mistakes of others; None if the class does not have it."""
    cases: list[Case] = []
    for text, graph in _graphs(op):
        for point in POINTS:
            leaves = [Value(x, "xz"[i]) for i, x in enumerate(point)]
            theirs = [kind(x) for x in point]
            try:
                root = graph(*leaves)
                root.backward()
            except ArithmeticError:
                continue
            if not {node.op for node in topological_order(root) if node.op} <= using:
                break
            if not all(math.isfinite(leaf.grad) for leaf in leaves):
                continue
            try:
                result = graph(*theirs)
            except Exception:  # it has no such operation, or not in this form
                break
            given = f"{text} at x = {point[0]}" + (f", z = {point[1]}" if "z" in text else "")
            data = getattr(result, "data", result)
            if not _close(data, root.data):
                return Finding(op.name, len(cases) + 1, f"{given} is {_shown(data)}, not {root.data:.6g}")
            try:
                result.backward()
            except Exception as error:
                return Finding(op.name, len(cases) + 1, f"backward of {given} raised {error!r:.60}")
            cases.append(Case(given, root, leaves, [_number(leaf.grad) for leaf in theirs]))
    wrong = [case for case in cases if case.wrong]
    if not wrong:
        return Finding(op.name, len(cases)) if cases else None
    i = wrong[0].wrong[0]
    expected, found = wrong[0].leaves[i].grad, wrong[0].slopes[i]
    problem = f"in {wrong[0].given}, the gradient of {'xz'[i]} is {found:.6g}, not {expected:.6g}"
    return Finding(op.name, len(cases), problem, _why(op, cases))


def _graphs(op: Op) -> Iterator[tuple[str, Graph]]:
    """Expressions with the operation: alone, inside others, and with operands used twice."""
    f = getattr(operator, op.notation.operator, lambda x, *z: getattr(x, op.name)(*z))
    infix = op.notation.infix
    if op.arity - len(op.defaults) == 1:
        call = infix.template if infix else f"{op.name}({{}})"
        yield call.format("x"), lambda x, z: f(x)
        yield f"{call.format('x')} * 3", lambda x, z: f(x) * 3.0
        yield f"y + y*y with y = {call.format('x')}", lambda x, z: (lambda y: y + y * y)(f(x))
        yield f"x * {call.format('x')}", lambda x, z: x * f(x)
        return
    pair = infix.template if infix else f"{op.name}({{}}, {{}})"
    yield pair.format("x", "z"), lambda x, z: f(x, z)
    yield pair.format("x", "x"), lambda x, z: f(x, x)
    yield pair.format("x", "3"), lambda x, z: f(x, 3.0)
    if infix:
        yield pair.format("3", "x"), lambda x, z: f(3.0, x)
    yield f"({pair.format('x', 'z')}) * 3", lambda x, z: f(x, z) * 3.0
    yield f"y + y*y with y = {pair.format('x', 'z')}", lambda x, z: (lambda y: y + y * y)(f(x, z))
    yield f"({pair.format('x', 'z')}) * x", lambda x, z: f(x, z) * x


# Mistakes, each as a backward pass that makes it: from the root to the gradients of all nodes.

Partials = Callable[[Value], Sequence[float]]
Pass = Callable[[Value, str, Partials], dict[Value, float]]
Put = Callable[[float, float, float], float]


def _swept(root: Value, op: str, partials: Partials, put: Put, turned: bool = False) -> dict[Value, float]:
    """Reverse topological order. In nodes of ``op``, ``put`` makes an operand's new gradient from
    the old one, cotangent times local derivative, and local derivative; others add."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    grads[root] = 1.0
    for node in reversed(topological_order(root)):
        pairs = list(zip(node.operands, partials(node), strict=True))
        for operand, local in reversed(pairs) if turned else pairs:
            old, part = grads[operand], grads[node] * local
            grads[operand] = put(old, part, local) if node.op == op else old + part
    return grads


def _right(root: Value, op: str, partials: Partials) -> dict[Value, float]:
    return _swept(root, op, partials, lambda old, part, local: old + part)


def _overwritten(root: Value, op: str, partials: Partials) -> dict[Value, float]:
    return _swept(root, op, partials, lambda old, part, local: part)


def _overwritten_turned(root: Value, op: str, partials: Partials) -> dict[Value, float]:
    return _swept(root, op, partials, lambda old, part, local: part, turned=True)


def _unchained(root: Value, op: str, partials: Partials) -> dict[Value, float]:
    return _swept(root, op, partials, lambda old, part, local: old + local)


def _visited(root: Value, partials: Partials, once: bool) -> dict[Value, float]:
    """Depth first instead of in topological order; each node once, or once for every path."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    grads[root] = 1.0
    seen = set()

    def visit(node: Value) -> None:
        if once and node in seen:
            return
        seen.add(node)
        for operand, local in zip(node.operands, partials(node), strict=True):
            grads[operand] += grads[node] * local
        for operand in node.operands:
            visit(operand)

    visit(root)
    return grads


PASSES: dict[str, tuple[Pass, ...]] = {
    "the gradient is overwritten: add to grad with += instead of =": (_overwritten, _overwritten_turned),
    "the chain rule is not followed: multiply the local derivative by out.grad": (_unchained,),
    "nodes are visited once for every path: visit each once, in reverse topological order": (
        lambda root, op, partials: _visited(root, partials, once=False),
    ),
    "a node passes on its gradient before it has all of it: use reverse topological order": (
        lambda root, op, partials: _visited(root, partials, once=True),
    ),
}


def _operands(node: Value) -> list[float]:
    return [operand.data for operand in node.operands]


def _exponent(node: Value) -> list[float]:
    z = node.operands[1].data
    return [z * node.data, node.local_derivatives[1]]


# What the operation itself might pass on instead of its local derivatives.
LOCALS: dict[str, Partials] = {
    "the sign of the local derivative is flipped": lambda node: [-d for d in node.local_derivatives],
    "the local derivative is forgotten": lambda node: [1.0] * len(node.operands),
    "the second operand gets no gradient": lambda node: [
        d if i == 0 else 0.0 for i, d in enumerate(node.local_derivatives)
    ],
    "the first operand gets no gradient": lambda node: [0.0, *node.local_derivatives[1:]],
    "the local derivatives of the operands are swapped": lambda node: node.local_derivatives[::-1],
    "the sign of the second operand's derivative is flipped": lambda node: [
        d if i == 0 else -d for i, d in enumerate(node.local_derivatives)
    ],
    "the derivative is taken at the output instead of the input": lambda node: OPS[node.op].partials(
        FLOATS, node.data, *_operands(node)[1:], OPS[node.op].forward(FLOATS, node.data, *_operands(node)[1:])
    ),
    "the derivative is taken at the input instead of the output": lambda node: (
        [BY_OUTPUT[node.op](node.operands[0].data)]  # type: ignore[arg-type, list-item]
        if node.op in BY_OUTPUT
        else OPS[node.op].partials(FLOATS, *_operands(node), node.operands[0].data)
    ),
    "the exponent is not lowered by 1": _exponent,
}


def _why(op: Op, cases: list[Case]) -> str:
    """The mistake that reproduces all gradients, the right ones too."""
    # 3 + x may be recorded as x + 3, so it is looked at only if nothing else is wrong.
    plain = [case for case in cases if not case.given.startswith("3")]
    cases = plain if any(case.wrong for case in plain) else cases
    for name, wrong in LOCALS.items():

        def partials(node: Value, wrong: Partials = wrong) -> Sequence[float]:
            return wrong(node) if node.op == op.name else node.local_derivatives

        if all(_reproduced((_right,), op, partials, case) for case in cases):
            return name
    for name, passes in PASSES.items():
        if all(_reproduced(passes, op, lambda node: node.local_derivatives, case) for case in cases):
            return name
    return ""


def _reproduced(passes: Sequence[Pass], op: Op, partials: Partials, case: Case) -> bool:
    for backward in passes:
        try:
            grads = backward(case.root, op.name, partials)
        except (ArithmeticError, ValueError, IndexError):  # this operation cannot make this mistake
            continue
        if all(_close(slope, grads.get(leaf, 0.0)) for slope, leaf in zip(case.slopes, case.leaves)):
            return True
    return False


def _shown(data: Any) -> str:
    return f"{data:.6g}" if isinstance(data, float) else f"{data!r:.30}"


def _number(given: Any) -> float:
    """A gradient as a float; None, where a class starts with that, is 0."""
    return 0.0 if given is None else float(given)


def _close(found: Any, expected: float) -> bool:
    try:
        return math.isclose(float(found), expected, rel_tol=CLOSE, abs_tol=CLOSE)
    except (TypeError, ValueError):
        return False
