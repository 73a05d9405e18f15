"""``duograd explain "tanh(w*x + b)" w=0.5 x=2 b=1``: an expression, its gradients, and why."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from autodiff import explain, grad, hessian
from duograd.console import Console
from duograd.options import ExpressionOptions, option
from duograd.program import Command, UsageError, explained

__all__ = ["COMMAND"]

EXAMPLES = """\
examples:
  %(prog)s "tanh(w*x + b)" w=0.5 x=2 b=1
  %(prog)s "x*y + sin(x)" x=1 y=2 --wrt x
  %(prog)s "x**3 / y" x=2 y=5 --order 2
"""


@dataclass(frozen=True, kw_only=True)
class ExplainOptions(ExpressionOptions):
    """An expression, and what to say about it."""

    wrt: str | None = option(metavar="NAME", help="explain this gradient path by path")
    order: int = option(type=int, choices=(1, 2), default=1, help="2 prints the Hessian too")


def run(options: ExplainOptions, console: Console) -> int:
    """Print value, gradients, the Hessian if asked for, and the explanation."""
    with explained():
        y, leaves = options.graph()
        if options.wrt is not None and options.wrt not in leaves:
            raise UsageError(f"--wrt is to be one of the variables, got {options.wrt!r}")
        inputs = list(leaves.values())
        second = hessian(y, inputs).tolist() if options.order == 2 else []
        explanation = explain(y) if options.wrt is None else explain(y, wrt=leaves[options.wrt])
    console.print(f"{options.expression.strip()} = {y.data!r}\n", soft_wrap=True)
    if inputs:
        rows = [[leaf.data, slope] for leaf, slope in zip(inputs, grad(y, inputs), strict=True)]
        print_table(console, "gradients", list(leaves), ["value", "gradient"], rows)
    if options.order == 2:
        print_table(console, "Hessian", list(leaves), list(leaves), second)
    console.print(str(explanation), soft_wrap=True)
    return 0


def print_table(
    console: Console, title: str, names: list[str], columns: list[str], rows: list[list[float]]
) -> None:
    """A table of numbers, each written so that it reads back as the same number."""
    table = Table(title=title, title_justify="left")
    for column in ["", *columns]:
        table.add_column(column, justify="right", overflow="fold")
    for name, row in zip(names, rows, strict=True):
        table.add_row(name, *map(repr, row))
    console.print(table)
    console.print()


COMMAND = Command(
    ExplainOptions,
    run,
    "Compute an expression and its gradients, and explain them by the chain rule.",
    EXAMPLES,
)
