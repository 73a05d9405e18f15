"""``python -m viz draw "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.svg``: a picture of an expression."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from autodiff.parsing import expression, variables, words
from duograd.explore import run as explore
from viz.drawing import DIRECTIONS, LEVELS, draw
from viz.notebook import summary
from viz.rendering import FORMATS, GraphvizError, render

__all__ = ["main"]

EXAMPLES = """\
examples:
  python -m viz draw "tanh(w*x + b)" w=0.5 x=2 b=1 -o neuron.svg
  python -m viz draw "x*y + sin(x)" x=1 y=2 --local-derivatives -o slopes.png
  python -m viz draw "(w*x - y)**2" w=1 x=2 y=3 --params w --gradient-width -o loss.pdf
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0, or 2 after a message on stderr if it could not be carried out."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="python -m viz", description="Pictures of computation graphs.")
    listed = "\n".join(f"  {name:8} {run.__doc__}" for name, run in COMMANDS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"commands (each has its own --help):\n{listed}"
    parser.add_argument("command", choices=COMMANDS, metavar="command", help=" or ".join(COMMANDS))
    command = parser.parse_args(given[:1]).command
    try:
        COMMANDS[command](given[1:])
    except (ValueError, OSError, GraphvizError) as error:
        print(f"viz: {error}", file=sys.stderr)
        return 2
    return 0


def _drawing() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m viz draw",
        description="Draw the computation graph of an expression, with data and gradients.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("expression", help="arithmetic and functions of the table, in quotes")
    add("variables", nargs="*", metavar="NAME=NUMBER", help="a value for each name in it")
    add("-o", "--out", default="graph.svg", metavar="FILE", help=f"one of {', '.join(FORMATS)} (graph.svg)")
    add("--level", choices=LEVELS, default="scalar", help="fold the graph (scalar)")
    add("--direction", choices=DIRECTIONS, default="LR", help="where the output is: left to right (LR), …")
    add("--precision", type=int, default=4, metavar="DIGITS", help="digits after the point (4)")
    add("--params", default="", metavar="NAME,…", help="names to draw as parameters")
    add("--depth", type=int, metavar="N", help="go only so many operations back")
    add("--max-nodes", type=int, default=2500, metavar="N", help="show at most so many values (2500)")
    add("--local-derivatives", action="store_true", help="write them on the edges")
    add("--gradient-width", action="store_true", help="edges the wider the larger the gradient")
    return parser


def _draw(arguments: Sequence[str]) -> None:
    """draw an expression's graph, with data and gradients"""
    options = _drawing().parse_intermixed_args(words(arguments))
    leaves = variables(options.variables)
    y = expression(options.expression.strip(), **leaves)
    names = [name.strip() for name in options.params.split(",") if name.strip()]
    unknown = [name for name in names if name not in leaves]
    if unknown:
        raise ValueError(f"--params names variables of the expression, got {unknown[0]!r}")
    if y.op and "y" not in leaves:
        y.label = "y"
    y.backward()
    picture = draw(
        y,
        level=options.level,
        direction=options.direction,
        precision=options.precision,
        params=[leaves[name] for name in names],
        depth=options.depth,
        max_nodes=options.max_nodes,
        local_derivatives=options.local_derivatives,
        gradient_width=options.gradient_width,
    )
    print(f"wrote {render(picture, options.out)}: {summary(y)}")


COMMANDS: dict[str, Callable[[Sequence[str]], None]] = {"draw": _draw, "explore": explore}
