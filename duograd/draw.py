"""``duograd draw "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.svg``: a picture of an expression."""

from __future__ import annotations

from dataclasses import dataclass

from duograd.console import Console
from duograd.options import ExpressionOptions, option
from duograd.program import Command, UsageError, explained
from viz import GraphvizError, draw, render, summary
from viz.drawing import DIRECTIONS, LEVELS, SHOWN, SIZES
from viz.rendering import FORMATS

__all__ = ["COMMAND"]

EXAMPLES = """\
examples:
  %(prog)s "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.svg
  %(prog)s "x*y + sin(x)" x=1 y=2 --local-derivatives -o slopes.png
  %(prog)s "(w*x - y)**2" w=1 x=2 y=3 --params w --gradient-width -o loss.pdf
  %(prog)s "tanh(w*x + b)" w=0.5 x=2 b=1 --size slide --title "A neuron" -o slide.svg
"""


def names(word: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in word.split(",") if name.strip()]


def size_of(word: str) -> str | tuple[float, ...]:
    """A name, or numbers with a comma between them; ``draw`` says what is wrong with others."""
    try:
        return tuple(map(float, word.split(",")))
    except ValueError:
        return word


@dataclass(frozen=True, kw_only=True)
class DrawOptions(ExpressionOptions):
    """An expression, and how to draw it: the options of ``viz.draw``."""

    out: str = option(
        "-o", default="graph.svg", metavar="FILE", help=f"one of {', '.join(FORMATS)} (%(default)s)"
    )
    dpi: float | None = option(type=float, metavar="DOTS", help="dots per inch of a .png (96)")
    size: str | tuple[float, float] | None = option(
        type=size_of, metavar="NAME|W,H", help=f"room: {', '.join(SIZES)}, or width and height in inches"
    )
    title: str = option(default="", help="a line over the picture")
    show: list[str] | None = option(
        type=names, metavar="WHAT,…", help=f"what cards say: some of {', '.join(SHOWN)}"
    )
    legend: bool = option(action="store_true", help="show what kinds of cards there are")
    level: str = option(choices=LEVELS, default="scalar", help="fold the graph (%(default)s)")
    direction: str | None = option(
        choices=DIRECTIONS, default=None, help="where the output is: left to right (LR), …"
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
            size=options.size,
            title=options.title,
            show=options.show,
            legend=options.legend or None,
        )
        path = render(picture, options.out, dpi=options.dpi)
        console.print(f"wrote {path}: {summary(y)}", soft_wrap=True)
    return 0


COMMAND = Command(
    DrawOptions, run, "Draw the computation graph of an expression, with data and gradients.", EXAMPLES
)
