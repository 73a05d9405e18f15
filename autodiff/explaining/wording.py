"""How ``explain`` puts its results: as text for terminals, as LaTeX, as HTML for notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import reduce
from html import escape
from typing import TYPE_CHECKING, Any

from autodiff.engine.notation import ANYTHING, PRODUCT
from autodiff.engine.value import Value
from autodiff.formulas.expr import Expr, as_expr, symbol
from autodiff.formulas.names import Names
from autodiff.formulas.printing import printed
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.text import TEXT

if TYPE_CHECKING:
    from autodiff.explaining.explain import BackwardPass, Contribution, Path, Paths

__all__ = ["paths_html", "paths_latex", "paths_text", "rounded", "steps_html", "steps_latex", "steps_text"]

ELLIPSIS = symbol("…")

LONG = 12  # the most nodes or factors of one path to show
MANY = 200  # the most steps to show


def rounded(number: float) -> Expr:
    """The number to six significant digits, or to all digits before the point."""
    whole = 1e6 <= abs(number) < 1e15
    return as_expr(float(f"{number:.0f}" if whole else f"{number:.6g}"))


def paths_text(found: Paths) -> str:
    """The paths, their sum beside the gradient, and what the names stand for."""
    lines = [_headline(found), ""]
    for i, path in enumerate(found.paths, 1):
        chain = " ← ".join(_shortened([found.names[node] for node in path.nodes], "…"))
        lines += [f"{f'{i}.':3} {chain}", f"    {_equation(_products(path))}"]
    if found.paths:
        sums = _sums(found)
        width = max(len(title) for title, _ in sums)
        lines += ["", *(f"{title:{width}}  {number}" for title, number in sums)]
        lines += ["", "where", *(f"    {each}" for each in _definitions(found))]
    return "\n".join(lines).rstrip()


def paths_latex(found: Paths) -> str:
    """∂y/∂a = the products along the paths = those in numbers = the gradient."""
    left_out = found.count - len(found.paths)
    rest = [rf"\left(\text{{{_counted(left_out)} more}}\right)"] if left_out else []
    sums = [
        " \\\\\n&\\quad + ".join([*(printed(term, LATEX, PRODUCT) for term in terms), *rest])
        for terms in list(zip(*map(_products, found.paths), strict=True))[:2]
    ]
    sides = [*sums, rounded(found.gradient).latex()]
    left = found.names.gradient(found.output, found.input).latex()
    return _aligned([f"{left} &= {sides[0]}", *(f"&= {side}" for side in sides[1:])])


def paths_html(found: Paths) -> str:
    """A row for each path, with formulas in MathML."""
    rows = [
        [" ← ".join(_shortened([found.names.expr(node).mathml() for node in path.nodes], "…"))]
        + [each.mathml() for each in _products(path)]
        for path in found.paths
    ]
    foot = "".join(
        f'<tr><th colspan="3" style="text-align: right">{title}</th><td>{number}</td></tr>'
        for title, number in _sums(found)
    )
    table = _table(["path", "local derivatives", "in numbers", "product"], rows, foot) if rows else ""
    where = f"<p>where {escape(', '.join(_definitions(found)))}</p>" if rows else ""
    return f"<p>{escape(_headline(found))}</p>{table}{where}"


def steps_text(found: BackwardPass) -> str:
    """Each node's turn: what it is, what arrived from whom, what it passes on."""
    lines = [_introduction(found)]
    for i, step in enumerate(found.steps[:MANY], 1):
        need = PRODUCT if len(step.received) > 1 else ANYTHING
        parts = [
            f"{printed(rounded(each.amount), TEXT, need)} from {found.names[each.source]}"
            for each in step.received
        ]
        total = [] if len(parts) == 1 else [rounded(step.gradient).text()]
        arrived = ([" + ".join(parts)] if parts else []) + total
        gradient = found.names.gradient(found.output, step.node).text()
        lines += ["", f"{f'{i}.':3} {_definition(found.names, step.node)}"]
        lines += [f"    {' = '.join([gradient, *arrived])}"]
        lines += [
            f"    passes to {found.names[each.target]}: {_equation(_passed(found, each))}"
            for each in step.passed
        ]
    return "\n".join([*lines, "", _left_out(found)]).rstrip()


def steps_latex(found: BackwardPass) -> str:
    """One line a node: ∂y/∂node = Σ ∂y/∂source · ∂source/∂node = that in numbers = the sum."""
    lines = []
    for step in found.steps[:MANY]:
        terms = list(zip(*(_passed(found, each) for each in step.received), strict=True))[:2]
        sides = [*map(_sum, terms), rounded(step.gradient)]
        gradient = found.names.gradient(found.output, step.node).latex()
        lines.append(f"{gradient} &= {' = '.join(each.latex() for each in sides)}")
    return _aligned(lines)


def steps_html(found: BackwardPass) -> str:
    """A row for each node, with formulas in MathML."""
    name = found.names.expr
    rows = [
        [
            escape(_definition(found.names, step.node)),
            "<br>".join(
                f"{rounded(each.amount).mathml()} from {name(each.source).mathml()}" for each in step.received
            ),
            rounded(step.gradient).mathml(),
            "<br>".join(
                f"to {name(each.target).mathml()}: "
                + " = ".join(side.mathml() for side in _passed(found, each))
                for each in step.passed
            ),
        ]
        for step in found.steps[:MANY]
    ]
    table = _table(["node", "arrives", "gradient", "passes on"], rows)
    return f"<p>{escape(_introduction(found))}</p>{table}{_left_out(found)}"


def _headline(found: Paths) -> str:
    output, input = found.names[found.output], found.names[found.input]
    gradient = f"{found.names.gradient(found.output, found.input)} = {rounded(found.gradient)}"
    if not found.count:
        return f"{output} does not depend on {input}: no path leads there, so {gradient}"
    if found.count == 1:
        return f"{gradient} is the product of the local derivatives along the only path:"
    shown = f"; the {len(found.paths)} largest:" if len(found.paths) < found.count else ":"
    return f"{gradient} is the sum over {_counted(found.count)} paths of the products along them{shown}"


def _introduction(found: BackwardPass) -> str:
    output = found.names[found.output]
    return f"The backward pass from {output}: each node passes on its gradient times the local derivative."


def _left_out(found: BackwardPass) -> str:
    rest = len(found.steps) - MANY
    return f"… and {_counted(rest)} more steps, all of them in .steps" if rest > 0 else ""


def _sums(found: Paths) -> list[tuple[str, str]]:
    """The rows under the paths: their sum, what is left out, the gradient."""
    gradient = ("gradient", rounded(found.gradient).text())
    if len(found.paths) == found.count:
        return [("sum of the paths", rounded(found.total).text()), gradient]
    rest = found.gradient - found.total
    others = (f"the other {_counted(found.count - len(found.paths))}", rounded(rest).text())
    return [(f"sum of these {len(found.paths)}", rounded(found.total).text()), others, gradient]


def _counted(count: int) -> str:
    """A count in full up to fifteen digits, else as a power of ten: it may have thousands."""
    if count < 10**15:
        return f"{count:,}"
    shift = count.bit_length() - 53
    exponent = math.log10(count >> shift) + shift * math.log10(2.0)
    mantissa, carry = f"{10.0 ** (exponent % 1.0):.1e}".split("e")
    return f"about {mantissa}·10^{int(exponent) + int(carry)}"


def _definitions(found: Paths) -> list[str]:
    """What the nodes on the paths are, and the operands that formulas there may mention."""
    on_paths = {node for path in found.paths for node in _shortened(path.nodes, found.output)}
    mentioned = on_paths.union(*(node.operands for node in on_paths if node is not found.input))
    nodes = [node for node in found.names.order if node in mentioned and not found.names.is_constant(node)]
    return [_definition(found.names, node) for node in nodes]


def _definition(names: Names, node: Value) -> str:
    sides = [names[node], *([names.definition(node).text()] if node.op else []), rounded(node.data).text()]
    return " = ".join(dict.fromkeys(sides))


def _products(path: Path) -> list[Expr]:
    """The product along a path three times: as derivatives, as numbers, and as one number."""
    derivatives, factors = (_shortened(each, ELLIPSIS) for each in (path.derivatives, path.factors))
    numbers = [each if each is ELLIPSIS else rounded(each) for each in factors]
    return [_product(derivatives), _product(numbers), rounded(path.product)]


def _passed(found: BackwardPass, each: Contribution) -> list[Expr]:
    """The same for what a node passes on: its gradient times a local derivative."""
    gradient = found.names.gradient(found.output, each.source)
    numbers = [rounded(each.gradient), rounded(each.factor)]
    return [_product([gradient, each.derivative]), _product(numbers), rounded(each.amount)]


def _product(factors: Sequence[Expr]) -> Expr:
    """Their product with every factor visible, also those that are 1."""
    return reduce(lambda a, b: Expr("mul", (a, b)), factors or [as_expr(1.0)])


def _sum(terms: Iterable[Expr]) -> Expr:
    return reduce(lambda a, b: Expr("add", (a, b)), terms)


def _shortened(items: Sequence[Any], ellipsis: Any) -> list[Any]:
    """The items, or the first and the last of them."""
    half = LONG // 2
    return [*items] if len(items) <= LONG else [*items[:half], ellipsis, *items[-half:]]


def _equation(sides: Iterable[Expr]) -> str:
    return " = ".join(dict.fromkeys(side.text() for side in sides))


def _aligned(lines: Iterable[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]], foot: str = "") -> str:
    head = "".join(f"<th>{title}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"
