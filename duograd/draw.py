"""``duograd draw "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.svg``: a picture of an expression."""

from __future__ import annotations

from dataclasses import dataclass

from duograd.console import Console
from duograd.options import ExpressionOptions, option
from duograd.program import Command, UsageError, explained
from viz import GraphvizError, draw, render, summary
from viz.drawing import DIRECTIONS, LEVELS
from viz.rendering import FORMATS

__all__ = ["COMMAND"]

EXAMPLES = """\
examples:
  %(prog)s "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.svg
  %(prog)s "x*y + sin(x)" x=1 y=2 --local-derivatives -o slopes.png
  %(prog)s "(w*x - y)**2" w=1 x=2 y=3 --params w --gradient-width -o loss.pdf
"""


def names(word: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in word.split(",") if name.strip()]


@dataclass(frozen=True, kw_only=True)
class DrawOptions(ExpressionOptions):
    """An expression, and how to draw it: the options of ``viz.draw``."""

    out: str = option(
        "-o", default="graph.svg", metavar="FILE", help=f"one of {', '.join(FORMATS)} (%(default)s)"
    )
    level: str = option(choices=LEVELS, default="scalar", help="fold the graph (%(default)s)")
    direction: str = option(
        choices=DIRECTIONS, default="LR", help="where the output is: left to right (LR), …"
    )
    precision: int = option(
        type=int, default=4, metavar="DIGITS", help="digits after the point (%(default)s)"
    )
    params: list[str] = option(type=names, default="", metavar="NAME,…", help="names to draw as parameters")
    depth: int | None = option(type=int, metavar="N", help="go only so many operations back")
    max_nodes: int = option(
        type=int, default=2500, metavar="N", help="show at most so many values (%(default)s)"
    )
    local_derivatives: bool = option(action="store_true", help="write them on the edges")
    gradient_width: bool = option(action="store_true", help="edges the wider the larger the gradient")


def run(options: DrawOptions, console: Console) -> int:
    """Draw the graph of an expression after a backward pass."""
    with explained(GraphvizError):
        y, leaves = options.graph()
        unknown = [name for name in options.params if name not in leaves]
        if unknown:
            raise UsageError(f"--params names variables of the expression, got {unknown[0]!r}")
        y.backward()
        picture = draw(
            y,
            level=options.level,
            direction=options.direction,
            precision=options.precision,
            params=[leaves[name] for name in options.params],
            depth=options.depth,
            max_nodes=options.max_nodes,
            local_derivatives=options.local_derivatives,
            gradient_width=options.gradient_width,
        )
        console.print(f"wrote {render(picture, options.out)}: {summary(y)}", soft_wrap=True)
    return 0


COMMAND = Command(
    DrawOptions, run, "Draw the computation graph of an expression, with data and gradients.", EXAMPLES
)
