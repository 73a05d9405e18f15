"""``check_scalar``: the judge for a scalar class of your own, such as micrograd's ``Value``.

Small expressions, and then some larger graphs, are computed and differentiated by it and by ``autodiff``.
Where gradients differ, the known mistakes are made, one after the other, in a backward pass over the right
graph; the one that gives the same numbers is named.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff import Value, topological_order
from autodiff.console import as_text
from autodiff.engine.ops import OPS, Op
from nn.judging.scalar_graphs import Finding, graph_findings
from nn.judging.scalar_mistakes import NO_SEED, Trial, close, mistake_behind, pass_behind

__all__ = ["Finding", "ScalarReport", "check_scalar"]

# Where every operation has a value, or one of these has, away from kinks.
POINTS = ((0.6, 1.7), (1.3, 0.4), (-0.7, 2.0))

Graph = Callable[..., Any]


@dataclass(frozen=True)
class ScalarReport:
    """The result of ``check_scalar``: true if all is right; print it to see the table.

    Attributes:
        name: of the class.
        findings: one an operation.
        graphs: of larger graphs and of calling ``backward()`` twice.
        notes: what is worth knowing and no mistake.
    """

    name: str
    findings: list[Finding]
    graphs: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return all(each.right for each in (*self.findings, *self.graphs))

    def __rich__(self) -> RenderableType:
        table = Table(title=self.name, title_style="bold", title_justify="left", box=box.SIMPLE_HEAD)
        for header in ("operation", "expressions", "verdict", "probably"):
            table.add_column(header, justify="right" if header == "expressions" else "left")
        for each in (*self.findings, *self.graphs):
            verdict = Text(f"✗ {each.problem}", "red") if each.problem else Text("✓", "green")
            why = each.why or ("no mistake that has a name gives these numbers" if each.problem else "")
            table.add_row(each.operation, str(each.tried), verdict, Text(why))  # which may name anything
        missing = [name for name in OPS if name not in {each.operation for each in self.findings}]
        lines = [*self.notes, f"not there, so not tried: {', '.join(missing)}"]
        return Group(table, *(Text(line, "dim") for line in lines))

    def __str__(self) -> str:
        return as_text(self)


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
    absent: list[str] = []
    first = {name: _check(kind, op, {name}, absent) for name, op in OPS.items()}
    alone = {name for name, (found, _) in first.items() if found and found.problem}
    tried = {
        name: _check(kind, op, set(OPS) - alone | {name}, []) for name, op in OPS.items() if first[name][0]
    }
    findings = [found for found, _ in tried.values() if found]
    if not findings:
        raise TypeError(f"{name} has no operation of the table, such as + or tanh()")
    slopes = [slope for _, cases in tried.values() for case in cases for slope in case.slopes]
    wrong = [case for found, cases in tried.values() if found and found.problem for case in cases]
    common = pass_behind(wrong) if wrong else ""  # what explains all of them is likelier than one for each
    common = NO_SEED if slopes and not any(slopes) else common
    if common:
        findings = [replace(each, why=common) if each.problem else each for each in findings]
    graphs, notes = graph_findings(kind, [each.operation for each in findings if each.right])
    if absent:
        notes.append(f"These are not there, so not tried: {', '.join(absent)}.")
    return ScalarReport(name, findings, graphs, notes)


def _check(
    kind: Callable[[float], Any], op: Op, using: set[str], absent: list[str]
) -> tuple[Finding | None, list[Trial]]:
    """Try one operation in all expressions of these operations, so that it is not blamed for the
    mistakes of others; None if the class does not have it. Forms of it that it does not have are absent."""
    cases: list[Trial] = []
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
                data = getattr(result, "data", result)
            except Exception:  # it has no such operation, or not in this form
                if cases and text.startswith("3"):
                    absent.append(text)
                break
            given = f"{text} at x = {point[0]}" + (f", z = {point[1]}" if "z" in text else "")
            if not close(data, root.data):
                problem = f"{given} is {_shown(data)}, not {root.data:.6g}"
                return Finding(op.name, len(cases) + 1, problem), cases
            try:
                result.backward()
            except Exception as error:
                problem = f"backward of {given} raised {getattr(error, 'told', repr(error)):.60}"
                return Finding(op.name, len(cases) + 1, problem), cases
            cases.append(Trial(given, root, leaves, [_number(leaf.grad) for leaf in theirs]))
    wrong = [case for case in cases if case.wrong]
    if not wrong:
        return (Finding(op.name, len(cases)) if cases else None), cases
    i = wrong[0].wrong[0]
    expected, found = wrong[0].leaves[i].grad, wrong[0].slopes[i]
    problem = f"in {wrong[0].given}, the gradient of {'xz'[i]} is {found:.6g}, not {expected:.6g}"
    return Finding(op.name, len(cases), problem, mistake_behind(op, cases)), cases


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


def _shown(data: Any) -> str:
    return f"{data:.6g}" if isinstance(data, float) else f"{data!r:.30}"


def _number(given: Any) -> float:
    """A gradient as a float; None, where a class starts with that, is 0."""
    return 0.0 if given is None else float(given)
