"""Every path from an input to an output, and the sum of the products of local derivatives along them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape

from autodiff.engine.graph import topological_order
from autodiff.engine.notation import PRODUCT
from autodiff.engine.value import Value
from autodiff.explaining.phrases import (
    ELLIPSIS,
    aligned,
    counted,
    definition,
    equation,
    product,
    rounded,
    shortened,
    table,
)
from autodiff.explaining.search import Walk, count, edges_between, largest
from autodiff.formulas.expr import Expr
from autodiff.formulas.names import Names
from autodiff.formulas.printing import printed
from autodiff.formulas.styles.latex import LATEX
from autodiff.transforms import grad

__all__ = ["Path", "Paths", "paths_between"]


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

    def products(self) -> list[Expr]:
        """That product three times: as derivatives, as numbers, and as one number."""
        derivatives, factors = (shortened(items, ELLIPSIS) for items in (self.derivatives, self.factors))
        numbers = [item if isinstance(item, Expr) else rounded(item) for item in factors]
        return [product(derivatives), product(numbers), rounded(self.product)]


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
        """The sum as an ``aligned`` block, without dollar signs:
        ∂y/∂a = the products along the paths = those in numbers = the gradient."""
        left_out = self.count - len(self.paths)
        rest = [rf"\left(\text{{{counted(left_out)} more}}\right)"] if left_out else []
        sums = [
            " \\\\\n&\\quad + ".join([*(printed(term, LATEX, PRODUCT) for term in terms), *rest])
            for terms in list(zip(*(path.products() for path in self.paths), strict=True))[:2]
        ]
        sides = [*sums, rounded(self.gradient).latex()]
        left = self.names.gradient(self.output, self.input).latex()
        return aligned([f"{left} &= {sides[0]}", *(f"&= {side}" for side in sides[1:])])

    def __str__(self) -> str:
        """The paths, their sum beside the gradient, and what the names stand for."""
        lines = [self._headline(), ""]
        for i, path in enumerate(self.paths, 1):
            chain = " ← ".join(shortened([self.names[node] for node in path.nodes], "…"))
            lines += [f"{f'{i}.':3} {chain}", f"    {equation(path.products())}"]
        if self.paths:
            sums = self._sums()
            width = max(len(title) for title, _ in sums)
            lines += ["", *(f"{title:{width}}  {number}" for title, number in sums)]
            lines += ["", "where", *(f"    {line}" for line in self._definitions())]
        return "\n".join(lines).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """A row for each path, with formulas in MathML."""
        rows = [
            [
                " ← ".join(shortened([self.names.expr(node).mathml() for node in path.nodes], "…")),
                *(side.mathml() for side in path.products()),
            ]
            for path in self.paths
        ]
        foot = "".join(
            f'<tr><th colspan="3" style="text-align: right">{title}</th><td>{number}</td></tr>'
            for title, number in self._sums()
        )
        titles = ["path", "local derivatives", "in numbers", "product"]
        where = f"<p>where {escape(', '.join(self._definitions()))}</p>" if rows else ""
        return f"<p>{escape(self._headline())}</p>{table(titles, rows, foot) if rows else ''}{where}"

    def _headline(self) -> str:
        output, input = self.names[self.output], self.names[self.input]
        gradient = f"{self.names.gradient(self.output, self.input)} = {rounded(self.gradient)}"
        if not self.count:
            return f"{output} does not depend on {input}: no path leads there, so {gradient}"
        if self.count == 1:
            return f"{gradient} is the product of the local derivatives along the only path:"
        shown = f"; the {len(self.paths)} largest:" if len(self.paths) < self.count else ":"
        return f"{gradient} is the sum over {counted(self.count)} paths of the products along them{shown}"

    def _sums(self) -> list[tuple[str, str]]:
        """The rows under the paths: their sum, what is left out, the gradient."""
        gradient = ("gradient", rounded(self.gradient).text())
        if len(self.paths) == self.count:
            return [("sum of the paths", rounded(self.total).text()), gradient]
        rest = self.gradient - self.total
        others = (f"the other {counted(self.count - len(self.paths))}", rounded(rest).text())
        return [(f"sum of these {len(self.paths)}", rounded(self.total).text()), others, gradient]

    def _definitions(self) -> list[str]:
        """What the nodes on the paths are, and the operands that formulas there may mention."""
        on_paths = {node for path in self.paths for node in shortened(path.nodes, self.output)}
        mentioned = on_paths.union(*(node.operands for node in on_paths if node is not self.input))
        nodes = [n for n in self.names.order if n in mentioned and not self.names.is_constant(n)]
        return [definition(self.names, node) for node in nodes]


def paths_between(output: Value, wrt: Value, limit: int) -> Paths:
    """The paths from ``wrt`` to ``output``, at most ``limit`` of them; raises as ``explain`` does."""
    order = topological_order(output)
    if not isinstance(wrt, Value):
        raise TypeError(f"wrt is the Value to differentiate by, got {wrt!r:.60} of type {type(wrt).__name__}")
    if limit < 0:
        raise ValueError(f"limit is the most paths to list, got {limit}")
    # wrt may be none of the nodes: then there is no path, and still a name to call it by.
    names = Names(order if wrt in set(order) else [wrt, *order], [wrt])
    edges = edges_between(order, wrt)
    number = count(edges, output)
    paths = [_path(walk, wrt, names) for walk in largest(edges, output, wrt, min(number, limit))]
    paths.sort(key=lambda path: -abs(path.product))
    return Paths(output, wrt, number, tuple(paths), grad(output, wrt), names)


def _path(walk: Walk, wrt: Value, names: Names) -> Path:
    return Path(
        nodes=(*(node for node, _ in walk), wrt),
        derivatives=tuple(names.partials(node)[place] for node, place in walk),
        factors=tuple(node.local_derivatives[place] for node, place in walk),
    )
