"""A scalar class in larger graphs: a chain of all operations that it has, a deep one, a second pass."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autodiff import Value
from autodiff.engine.ops import OPS
from nn.judging.scalar_mistakes import Trial, close, pass_behind, swept_again

__all__ = ["Finding", "graph_findings"]

DEPTH = 10_000
LARGE = 1000.0
POINT = (0.6, 0.9)


@dataclass(frozen=True)
class Finding:
    """What was found about one operation, or about graphs of several.

    Attributes:
        operation: its name in the table of operations, or what was tried.
        tried: number of expressions.
        problem: what is wrong first, ``""`` if nothing is.
        why: the mistake that gives the same numbers, ``""`` if no known one does.
    """

    operation: str
    tried: int
    problem: str = ""
    why: str = ""

    @property
    def quantity(self) -> str:
        """What it is about, as in the findings of ``judge``."""
        return self.operation

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem

    @property
    def name(self) -> str:
        """The mistake, ``""`` if none is known."""
        return self.why

    @property
    def text(self) -> str:
        """All of it in a sentence or two."""
        if not self.problem:
            return ""
        return f"{self.problem}. Probably: {self.why or 'no mistake that has a name'}"


def graph_findings(kind: Callable[[float], Any], has: Sequence[str]) -> tuple[list[Finding], list[str]]:
    """What is wrong in larger graphs of operations that are right by themselves, and what is worth knowing.

    Args:
        kind: makes a node from a number.
        has: operations of the table.
    """
    findings, notes = [], []
    for check in (_all_operations, _twice, _deep, _large):
        try:
            finding, note = check(kind, has)
        except Exception as error:
            said = getattr(error, "told", f"{type(error).__name__}: {error}")
            finding, note = (
                Finding(check.__name__.strip("_").replace("_", " "), 1, f"it raised {said:.100}"),
                "",
            )
        findings += [finding] if finding else []
        notes += [note] if note else []
    return findings, notes


def _all_operations(kind: Callable[[float], Any], has: Sequence[str]) -> tuple[Finding | None, str]:
    """y = f(y) for every f there is, where x and z come in again and again."""
    if not {"add", "mul"} <= {*has}:
        return None, ""
    leaves = [Value(x, "xz"[i]) for i, x in enumerate(POINT)]
    theirs = [kind(x) for x in POINT]
    right, found, used = leaves[0] * 1.0, theirs[0] * 1.0, []
    for name in has:
        if OPS[name].arity - len(OPS[name].defaults) > 2:
            continue
        try:
            ours = _next(name, right, leaves)
            if not (0.1 < abs(ours.data) < 10.0):
                ours = None
        except ArithmeticError:
            continue
        if ours is None:
            continue
        if name == "pow":  # many have constant exponents only
            right, found = right * right, found * found
        else:
            right, found = ours, _next(name, found, theirs)
        right, found = right * 0.5 + leaves[0] * leaves[1], found * 0.5 + theirs[0] * theirs[1]
        used.append(name)
    right.backward()
    if not close(found.data, right.data):
        return Finding(
            "all in a chain", 1, f"a chain of {', '.join(used)} is {found.data:.6g}, not {right.data:.6g}"
        ), ""
    found.backward()
    case = Trial("a chain", right, leaves, [float(each.grad or 0.0) for each in theirs])
    if not case.wrong:
        return Finding("all in a chain", 1), ""
    i = case.wrong[0]
    numbers = f"the gradient of {'xz'[i]} is {case.slopes[i]:.6g}, not {leaves[i].grad:.6g}"
    said = f"in a chain of {', '.join(used)}, {numbers}"
    return Finding("all in a chain", 1, said, pass_behind([case])), ""


def _next(name: str, y: Any, leaves: Sequence[Any]) -> Any:
    f = getattr(operator, OPS[name].notation.operator, None)
    operands = [y] if OPS[name].arity - len(OPS[name].defaults) == 1 else [y, leaves[1]]
    return f(*operands) if f is not None else getattr(y, name)(*operands[1:])


def _twice(kind: Callable[[float], Any], has: Sequence[str]) -> tuple[Finding | None, str]:
    """backward() on the same graph again: the same gradients, or twice those."""
    if not {"add", "mul"} <= {*has}:
        return None, ""

    def graph(x: Any, z: Any) -> Any:
        y = x * z + x
        return y * y + x

    ours = [Value(x) for x in POINT]
    root = graph(*ours)
    root.backward()
    kept = swept_again(root)[1]
    theirs = [kind(x) for x in POINT]
    result = graph(*theirs)
    result.backward()
    first = [float(each.grad or 0.0) for each in theirs]
    if not all(close(one, leaf.grad) for one, leaf in zip(first, ours)):
        return None, ""  # that is told elsewhere
    result.backward()
    second = [float(each.grad or 0.0) for each in theirs]
    if any(all(close(b, times * a) for a, b in zip(first, second)) for times in (1.0, 2.0)):
        return Finding("backward() twice", 1), ""
    if all(close(b, kept[leaf]) for b, leaf in zip(second, ours)):
        return None, (
            "A second backward() over the same graph gives other gradients: inner nodes keep theirs. Set all "
            "to 0 before."
        )
    numbers = f"is {second[0]:.6g}: it is to be {first[0]:.6g}, or twice that"
    said = f"after a second backward() the gradient of x {numbers}"
    return Finding("backward() twice", 1, said), ""


def _deep(kind: Callable[[float], Any], has: Sequence[str]) -> tuple[Finding | None, str]:
    """A chain of 10,000 nodes."""
    name = next((each for each in ("neg", "tanh", "relu", "exp") if each in has), "")
    if name in ("", "exp") and "add" not in has:
        return None, ""
    what = f"A chain of {DEPTH:,} nodes"
    try:
        x = kind(POINT[0])
        y = _chained(x, name if name not in ("", "exp") else "add", DEPTH)
        y.backward()
        slope = float(x.grad or 0.0)
    except Exception as error:
        said = getattr(error, "told", f"{type(error).__name__}: {error}")
        if "Recursion" not in said:
            return Finding("a deep graph", 1, f"{what} raised {said:.100}"), ""
        return (
            None,
            f"{what} ends in a RecursionError: the order is found by recursion; a loop with a stack has no "
            "such limit.",
        )
    if not math.isfinite(slope) or (name == "neg" and not close(slope, 1.0)):
        return Finding("a deep graph", 1, f"{what} has the gradient {slope:.6g}"), ""
    return Finding("a deep graph", 1), ""


def _chained(x: Any, name: str, times: int) -> Any:
    """The same operation, again and again; nodes that are elsewhere do it there."""
    if hasattr(type(x), "chain"):
        return x.chain(name, times)
    y = x
    for _ in range(times):
        y = y + x if name == "add" else -y if name == "neg" else getattr(y, name)()
    return y


def _large(kind: Callable[[float], Any], has: Sequence[str]) -> tuple[Finding | None, str]:
    """tanh far from 0, where it is flat."""
    if "tanh" not in has:
        return None, ""
    for at in (LARGE, -LARGE):
        x = kind(at)
        try:
            y = x.tanh()
            data = y.data
            y.backward()
            slope = float(x.grad or 0.0)
        except Exception as error:
            said = getattr(error, "told", f"{type(error).__name__}: {error}")
            return (
                None,
                f"tanh({at:g}) raised {said:.100}. It is {math.copysign(1.0, at):g}: math.tanh knows.",
            )
        if not close(data, math.tanh(at)) or not close(slope, 0.0):
            return Finding(
                "tanh far from 0", 2, f"tanh({at:g}) is {data:.6g}, with the slope {slope:.6g}"
            ), ""
    return Finding("tanh far from 0", 2), ""
