"""Drawing: pictures of larger and larger graphs, against plain Graphviz nodes for everything."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import graphviz
from rich.console import Console

from autodiff import Value, topological_order
from benchmarks.contest import HOW, compared
from benchmarks.results import Row, rows_of
from nn import MLP
from viz import draw, explore, render
from viz.layout.process import to_bytes

__all__ = ["add_arguments", "run"]

OURS, PLAIN = "render, every scalar", "plain Graphviz nodes"
FOLDED, PAGE = "folded to layers", "explorer page"
FILES = {OURS: "graph.svg", PLAIN: "plain.svg", FOLDED: "layers.svg", PAGE: "explorer.html"}
WIDTHS = (2, 8, 16)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks draw``."""
    parser.add_argument("--rounds", type=int, default=3, help="turns of every contestant (default: 3)")
    parser.add_argument(
        "--widths", type=int, nargs="+", default=WIDTHS, help="of the two inner layers (default: %(default)s)"
    )


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    how = (
        "From a graph to a file. A plain Graphviz node for every Value and one for every operation is how "
        f"micrograd draws; that graph and the scalars are laid out by the same Graphviz. {HOW}"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for width in options.widths:
            model = MLP(2, [width, width, 1], seed=0)
            y = model([0.5, -1.0])[0]
            y.backward()
            case = f"MLP(2, [{width}, {width}, 1]), {len(topological_order(y)):,} nodes"
            found = compared(case, contestants(model, y, Path(folder)), OURS, options.rounds, console)
            rows += rows_of("draw", case, found, OURS, how)
            for contestant, file in FILES.items():
                size = Path(folder, file).stat().st_size
                rows.append(Row.alone("draw", case, contestant, "size of the file", "bytes", size, how))
                console.print(f"{contestant}: {size:,} bytes", style="dim")
    console.print(how, style="dim")
    return rows


def contestants(model: MLP, y: Value, folder: Path) -> dict[str, Callable[[], object]]:
    """Ways to make a picture or a page of a network and its output."""
    return {
        OURS: partial(render, y, folder / FILES[OURS]),
        PLAIN: lambda: (folder / FILES[PLAIN]).write_bytes(to_bytes(plain(y), "svg")),
        FOLDED: lambda: render(draw(model, level="layer"), folder / FILES[FOLDED]),
        PAGE: partial(explore, y, folder / FILES[PAGE]),
    }


def plain(y: Value) -> graphviz.Digraph:
    """A node for every Value, and one for every operation before it."""
    picture = graphviz.Digraph(graph_attr={"rankdir": "LR"}, node_attr={"shape": "record"})
    for node in topological_order(y):
        name = str(id(node))
        picture.node(name, f"{{ data {node.data:.4f} | grad {node.grad:.4f} }}")
        if node.op:
            picture.node(f"{name}op", node.op, shape="ellipse")
            picture.edge(f"{name}op", name)
            for operand in node.operands:
                picture.edge(str(id(operand)), f"{name}op")
    return picture
