"""``python -m autodiff "tanh(w*x + b)" w=0.5 x=2 b=1``: an expression, its gradients, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from autodiff.engine.errors import DomainError
from autodiff.engine.value import Value
from autodiff.explaining.explain import explain
from autodiff.parsing import ExpressionError, expression, variables, words
from autodiff.transforms import grad, hessian

EXAMPLES = """\
examples:
  python -m autodiff "tanh(w*x + b)" w=0.5 x=2 b=1
  python -m autodiff "x*y + sin(x)" x=1 y=2 --wrt x
  python -m autodiff "x**3 / y" x=2 y=5 --order 2
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m autodiff",
        description="Compute an expression and its gradients, and explain them by the chain rule.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("expression", help="arithmetic and functions of the table, in quotes")
    parser.add_argument("variables", nargs="*", metavar="NAME=NUMBER", help="a value for each name in it")
    parser.add_argument("--wrt", metavar="NAME", help="explain this gradient path by path")
    parser.add_argument("--order", type=int, choices=(1, 2), default=1, help="2 prints the Hessian too")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 after a message on stderr if the input is not usable."""
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_intermixed_args(words(given))
    try:
        _report(options.expression.strip(), variables(options.variables), options.wrt, options.order)
    except (ExpressionError, DomainError) as error:
        print(f"autodiff: {error}", file=sys.stderr)
        return 2
    return 0


def _report(source: str, leaves: dict[str, Value], wrt: str | None, order: int) -> None:
    y = expression(source, **leaves)
    if wrt is not None and wrt not in leaves:
        raise ExpressionError(f"--wrt is to be one of the variables, got {wrt!r}")
    if y.op and "y" not in leaves:
        y.label = "y"
    inputs = list(leaves.values())
    second = hessian(y, inputs).tolist() if order == 2 else []
    explanation = explain(y) if wrt is None else explain(y, wrt=leaves[wrt])
    print(f"{source} = {y.data!r}\n")
    if inputs:
        rows = [[leaf.data, slope] for leaf, slope in zip(inputs, grad(y, inputs), strict=True)]
        _print_table("gradients", list(leaves), ["value", "gradient"], rows)
    if order == 2:
        _print_table("Hessian", list(leaves), list(leaves), second)
    print(explanation)


def _print_table(title: str, names: list[str], columns: list[str], rows: list[list[float]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in ["", *columns]:
        table.add_column(column, justify="right", overflow="fold")
    for name, row in zip(names, rows, strict=True):
        table.add_row(name, *map(repr, row))
    Console().print(table)
    print()
