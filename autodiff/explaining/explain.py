"""The chain rule at work: every path from an input to an output, or a backward pass step by step."""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, overload

from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value
from autodiff.explaining import wording
from autodiff.formulas.expr import Expr
from autodiff.formulas.names import Names
from autodiff.transforms import grad

__all__ = ["BackwardPass", "Contribution", "Path", "Paths", "Step", "explain"]


@dataclass(frozen=True)
class Path:
    """One way in which an output depends on an input.

    Attributes:
        nodes: the Values on it, from the output to the input.
        derivatives: ∂(node)/∂(next node), one for each node but the last, as expressions.
        factors: the same as numbers.
    """

    nodes: tuple[Value, ...]
    derivatives: tuple[Expr, ...]
    factors: tuple[float, ...]

    @property
    def product(self) -> float:
        """What the path contributes to the gradient: the product of its factors."""
        return math.prod(self.factors)


@dataclass(frozen=True, repr=False)
class Paths:
    """Why ∂output/∂input is what it is: the sum over all paths, of the product along each.

    Prints itself in a terminal and shows itself in a notebook.

    Attributes:
        output, input: the two Values.
        count: how many paths there are.
        paths: all of them, or the largest by |product|; largest first.
        gradient: ∂output/∂input, from one reverse pass that knows nothing of paths.
        names: what the nodes are called.
    """

    output: Value
    input: Value
    count: int
    paths: tuple[Path, ...]
    gradient: float
    names: Names

    @property
    def total(self) -> float:
        """The sum of the products of ``paths``; the gradient, unless some are left out."""
        return sum((path.product for path in self.paths), 0.0)

    @property
    def latex(self) -> str:
        """The sum as an ``aligned`` block, without dollar signs."""
        return wording.paths_latex(self)

    def __str__(self) -> str:
        return wording.paths_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return wording.paths_html(self)


@dataclass(frozen=True)
class Contribution:
    """What a node passes to one of its operands in a backward pass.

    Attributes:
        source, target: the node and the operand.
        gradient: ∂output/∂source.
        derivative, factor: ∂source/∂target, as an expression and as a number.
        amount: the gradient times the factor.
    """

    source: Value
    target: Value
    gradient: float
    derivative: Expr
    factor: float
    amount: float


@dataclass(frozen=True)
class Step:
    """One node's turn in a backward pass.

    Attributes:
        node: whose turn it is.
        received: what has arrived; nothing for the output.
        gradient: the sum of that, which is ∂output/∂node; 1.0 for the output.
        passed: what it passes on, to each operand that is not a constant.
    """

    node: Value
    received: tuple[Contribution, ...]
    gradient: float
    passed: tuple[Contribution, ...]


@dataclass(frozen=True, repr=False)
class BackwardPass:
    """A backward pass, one step per node that is not a constant, the output first.

    Prints itself in a terminal and shows itself in a notebook.
    """

    output: Value
    steps: tuple[Step, ...]
    names: Names

    @property
    def latex(self) -> str:
        """The gradients, one line a node, as an ``aligned`` block without dollar signs."""
        return wording.steps_latex(self)

    def __str__(self) -> str:
        return wording.steps_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return wording.steps_html(self)


@overload
def explain(output: Value, wrt: None = None, limit: int = 20) -> BackwardPass: ...
@overload
def explain(output: Value, wrt: Value, limit: int = 20) -> Paths: ...
def explain(output: Value, wrt: Value | None = None, limit: int = 20) -> BackwardPass | Paths:
    """Where a gradient comes from. No ``.grad`` is read or written.

    With ``wrt``: ∂output/∂wrt = Σ over paths from wrt to output of Π local derivatives along
    the path. Without: the steps of the backward pass, which computes that sum without walking
    a path twice.

    Args:
        output: the Value to explain.
        wrt: the input, a leaf or any other node.
        limit: the most paths to list. There can be exponentially many; they are counted in any
            case, and the largest are found without walking the others.

    Raises:
        TypeError: if ``output`` or ``wrt`` is not a Value.
        ValueError: if ``limit`` is negative.

    >>> x = Value(3.0, "x")
    >>> print(explain(x * x, wrt=x))
    ∂v1/∂x = 6 is the sum over 2 paths of the products along them:
    <BLANKLINE>
    1.  v1 ← x
        x = 3
    2.  v1 ← x
        x = 3
    <BLANKLINE>
    sum of the paths  6
    gradient          6
    <BLANKLINE>
    where
        x = 3
        v1 = x*x = 9
    """
    order = topological_order(output)
    if wrt is None:
        return _backward_pass(output, Names(order))
    if not isinstance(wrt, Value):
        raise TypeError(f"wrt is the Value to differentiate by, got {wrt!r:.60} of type {type(wrt).__name__}")
    if limit < 0:
        raise ValueError(f"limit is the most paths to list, got {limit}")
    # wrt may be none of the nodes: then there is no path, and still a name to call it by.
    names = Names(order if wrt in set(order) else [wrt, *order], [wrt])
    between = _between(order, wrt)
    count = _count(between, output)
    paths = _largest(between, output, wrt, min(count, limit), names)
    return Paths(output, wrt, count, tuple(paths), grad(output, wrt), names)


def _backward_pass(output: Value, names: Names) -> BackwardPass:
    received: dict[Value, list[Contribution]] = {}
    steps = []
    for node in reversed(names.order):
        if names.is_constant(node):
            continue
        arrived = received.pop(node, [])
        gradient = 1.0 if node is output else sum((each.amount for each in arrived), 0.0)
        passed = [
            Contribution(node, operand, gradient, derivative, factor, gradient * factor)
            for operand, derivative, factor in zip(
                node.operands, names.partials(node), node.local_derivatives, strict=True
            )
            if not names.is_constant(operand)
        ]
        for each in passed:
            received.setdefault(each.target, []).append(each)
        steps.append(Step(node, tuple(arrived), gradient, tuple(passed)))
    return BackwardPass(output, tuple(steps), names)


class _Edge(NamedTuple):
    """A node's dependence on one of its operands that lies on a path."""

    place: int  # which of the operands it is
    operand: Value
    size: float  # log |local derivative|


_Edges = dict[Value, list[_Edge]]  # of the nodes between input and output, operands first


def _between(order: Iterable[Value], wrt: Value) -> _Edges:
    edges: _Edges = {}
    for node in order:
        found = [
            _Edge(place, operand, _size(node.local_derivatives[place]))
            for place, operand in enumerate(node.operands)
            if operand in edges
        ]
        if node is wrt:
            edges[node] = []  # what the input depends on itself is no part of a path from it
        elif found:
            edges[node] = found
    return edges


def _size(factor: float) -> float:
    """log |factor|; 0 and what is not finite are far out, where sums still have an order."""
    size = abs(factor)
    return math.log(size) if 0.0 < size < math.inf else -1e9 if size == 0.0 else 1e9


def _count(edges: _Edges, output: Value) -> int:
    """How many paths there are: each node has as many as its operands together."""
    waiting = Counter(edge.operand for found in edges.values() for edge in found)
    counts: dict[Value, int] = {}
    for node, found in edges.items():
        counts[node] = sum(counts[edge.operand] for edge in found) if found else 1
        for edge in found:
            waiting[edge.operand] -= 1
            if not waiting[edge.operand]:  # a count can have as many digits as there are nodes
                del counts[edge.operand]
    return counts.get(output, 0)


_Trail = Any  # None at the output, else (trail to the node before, that node, place of this one)


def _largest(edges: _Edges, output: Value, wrt: Value, k: int, names: Names) -> list[Path]:
    """The k paths of largest |product|, by best-first search from the output.

    A partial path is ranked by the largest product that any completion of it reaches, which
    one pass over the nodes tells exactly. So the first k paths that arrive are the largest, and
    no more than k partial ones need to be kept. Products are compared by their logarithms,
    which do not underflow.
    """
    reach: dict[Value, float] = {}
    for node, found in edges.items():
        reach[node] = max((edge.size + reach[edge.operand] for edge in found), default=0.0)
    frontier: list[tuple[float, int, float, Value, _Trail]] = [(0.0, 0, 0.0, output, None)] if k else []
    made = 0  # orders equals, and keeps the comparison from reaching the Values
    paths: list[Path] = []
    while frontier:
        _, _, size, node, trail = frontier.pop()
        if node is wrt:
            paths.append(_path(wrt, trail, names))
        for edge in edges[node]:
            made += 1
            new = size + edge.size
            entry = (new + reach[edge.operand], -made, new, edge.operand, (trail, node, edge.place))
            bisect.insort(frontier, entry)
        del frontier[: max(0, len(frontier) - (k - len(paths)))]
    return sorted(paths, key=lambda path: -abs(path.product))


def _path(wrt: Value, trail: _Trail, names: Names) -> Path:
    nodes, derivatives, factors = [wrt], [], []
    while trail is not None:
        trail, node, place = trail
        nodes.append(node)
        derivatives.append(names.partials(node)[place])
        factors.append(node.local_derivatives[place])
    return Path(tuple(nodes[::-1]), tuple(derivatives[::-1]), tuple(factors[::-1]))
