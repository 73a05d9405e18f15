"""The mistakes that people make in a scalar class, each as a backward pass that makes it.

A mistake is in the local derivatives of one operation (``LOCALS``), or in how a pass goes through
the graph (``PASSES``). It is named if it gives the same gradients as the class, right ones too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autodiff import Value, topological_order
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS, Op
from nn.diagnosing.mistakes import BY_OUTPUT

__all__ = ["LOCALS", "NO_SEED", "PASSES", "Trial", "close", "mistake_behind", "pass_behind", "swept_again"]

CLOSE = 1e-9


@dataclass(frozen=True)
class Trial:
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
        return [i for i, leaf in enumerate(self.leaves) if not close(self.slopes[i], leaf.grad)]


# A backward pass with a mistake: from the root to the gradients of all nodes.
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


def _in_order(root: Value, op: str, partials: Partials) -> dict[Value, float]:
    """From the leaves on, so that most nodes pass on what they do not have yet."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    grads[root] = 1.0
    for node in topological_order(root):
        for operand, local in zip(node.operands, partials(node), strict=True):
            grads[operand] += grads[node] * local
    return grads


def _operands_once(root: Value, op: str, partials: Partials) -> dict[Value, float]:
    """An operand that stands twice gets the one part only."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    grads[root] = 1.0
    for node in reversed(topological_order(root)):
        for operand, local in dict(zip(node.operands, partials(node), strict=True)).items():
            grads[operand] += grads[node] * local
    return grads


def swept_again(root: Value) -> list[dict[Value, float]]:
    """The gradients after one and after two passes, if inner nodes keep theirs in between."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    found = []
    for _ in range(2):
        grads[root] = 1.0
        for node in reversed(topological_order(root)):
            for operand, local in zip(node.operands, node.local_derivatives, strict=True):
                grads[operand] += grads[node] * local
        found.append(dict(grads))
    return found


NO_SEED = (
    "the seed is missing: the gradient of the output by itself is 1, set it before anything is passed on"
)

PASSES: dict[str, tuple[Pass, ...]] = {
    "the gradient is overwritten: add to grad with += instead of =": (_overwritten, _overwritten_turned),
    "the chain rule is not followed: multiply the local derivative by out.grad": (_unchained,),
    "nodes are visited once for every path: visit each once, in reverse topological order": (
        lambda root, op, partials: _visited(root, partials, once=False),
    ),
    "a node passes on its gradient before it has all of it: use reverse topological order": (
        lambda root, op, partials: _visited(root, partials, once=True),
    ),
    "the order is not reversed: begin at the output, with reversed(order)": (_in_order,),
    "operands are kept in a set, where x * x has one only: keep them in a tuple": (_operands_once,),
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


def mistake_behind(op: Op, cases: list[Trial]) -> str:
    """The mistake that reproduces all gradients, the right ones too."""
    # 3 + x may be recorded as x + 3, so it is looked at only if nothing else is wrong.
    plain = [case for case in cases if not case.given.startswith("3")]
    cases = plain if any(case.wrong for case in plain) else cases
    for name, wrong in LOCALS.items():

        def partials(node: Value, wrong: Partials = wrong) -> Sequence[float]:
            return wrong(node) if node.op == op.name else node.local_derivatives

        if all(_reproduced((_right,), op.name, partials, case) for case in cases):
            return name
    return pass_behind(cases, op.name)


def pass_behind(cases: Sequence[Trial], op: str = "") -> str:
    """The way through the graph that reproduces all gradients, with what may be done in nodes of ``op``."""
    for name, passes in PASSES.items():
        if all(_reproduced(passes, op, lambda node: node.local_derivatives, case) for case in cases):
            return name
    return ""


def _reproduced(passes: Sequence[Pass], op: str, partials: Partials, case: Trial) -> bool:
    for backward in passes:
        try:
            grads = backward(case.root, op, partials)
        except (ArithmeticError, ValueError, IndexError):  # this operation cannot make this mistake
            continue
        if all(close(slope, grads.get(leaf, 0.0)) for slope, leaf in zip(case.slopes, case.leaves)):
            return True
    return False


def close(found: Any, expected: float) -> bool:
    """Whether a number of somebody's is the expected one, but for rounding; what is no number is not."""
    try:
        return math.isclose(float(found), expected, rel_tol=CLOSE, abs_tol=CLOSE)
    except (TypeError, ValueError):
        return False
