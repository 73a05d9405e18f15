"""Programs of strangers: what is printed of each, how fast it runs, what others make of it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from autodiff import Program
from benchmarks.results import Row
from benchmarks.suite import PROGRAMS
from benchmarks.suite.case import Array, Case
from benchmarks.suite.peers import PEERS
from benchmarks.timing import Spread

__all__ = ["add_arguments", "run"]

HOW = (
    "Scalars: operations of the graph. Lines: of the listing, forward + backward, and of the book's. Left: "
    "gathers, operands that are read by a table of places. Error: the largest difference from the gradient "
    "of the graph, relative to the largest element of each array, or 1. Time: a step, loss and all "
    "gradients, in units of the one written by hand in NumPy; processor time of turns of about 2 ms, one "
    "after the other in each round, median of the ratios. Peers: instructions or equations of the loss with "
    "its gradient, made of the same graph of scalars."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks suite``."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of names of programs; default: all")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each (default: %(default)s)")
    parser.add_argument("--skip", nargs="*", choices=["casadi", "jax"], default=[], help="peers to leave out")
    parser.add_argument("--show", action="store_true", help="print each listing, and the book's below it")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    peers = {name: count for name, count in PEERS.items() if name.lower() not in options.skip}
    rows: list[Row] = []
    missing: dict[str, ImportError] = {}
    for through in ("arrays", "scalars"):
        table = Table(title=f"Programs written in {through}", box=None)
        table.add_column("")  # names wrap where a terminal is narrow, numbers do not
        for heading in ("scalars", "lines", "book", "left", "error", "time", *peers):
            table.add_column(heading, justify="right", no_wrap=True)
        for case in PROGRAMS.values():
            asked = not options.names or any(part.lower() in case.name.lower() for part in options.names)
            if case.through == through and asked:
                found, cells = measured(case, options, peers, missing, console)
                rows += found
                table.add_row(case.name, *cells)
        if table.row_count:
            console.print(table)
    for peer, why in missing.items():
        console.print(f"{peer} is left out: {why}")
    console.print(f"{HOW}\n")
    return rows


def measured(
    case: Case,
    options: argparse.Namespace,
    peers: dict[str, Callable[..., int]],
    missing: dict[str, ImportError],
    console: Console,
) -> tuple[list[Row], list[str]]:
    """One program: its rows, and the cells of its line in the table."""
    data = case.data()
    program = case.lifted(data)
    if options.show:
        console.print(f"{case.name}\n\n{program}\n\nThe book's:\n\n{case.listing}", markup=False)
    ours, books = lines(str(program)), lines(case.listing)
    off = error(program, case, data)
    left = gathers(program)
    ratio = timed(program, case, data, options.rounds)
    made = dict(counted(case, data, peers, missing))
    counts = {"scalar operations": program.operations, "lines": sum(ours), "gathers": left, "error": off}
    rows = [Row.alone("suite", case.name, "lifted", what, "", count, HOW) for what, count in counts.items()]
    rows += [Row.alone("suite", case.name, "book", "lines", "", sum(books), HOW)]
    rows += [
        Row.alone("suite", case.name, peer, "operations", "", count, HOW) for peer, count in made.items()
    ]
    rows.append(Row.alone("suite", case.name, "lifted", "time by that of NumPy by hand", "", ratio, HOW))
    both = ["+".join(map(str, counted)) for counted in (ours, books)]
    cells = [f"{program.operations:,}", *both, str(left), f"{off:.0e}", f"{ratio.median:.2f}"]
    return rows, cells + [f"{made[peer]:,}" if peer in made else "–" for peer in peers]


def lines(listing: str) -> tuple[int, int]:
    """How many formulas a listing has, forward and backward."""
    body = listing.partition("\nforward\n")[2]
    parts = body.partition("\nbackward\n")[::2]
    forward, backward = (sum(line.startswith("  ") for line in part.split("\n")) for part in parts)
    return forward, backward


def gathers(program: Program) -> int:
    """Operands that are read by a table of places, as no rule gives them."""
    return len(program.obstacles)


def error(program: Program, case: Case, data: dict[str, Array]) -> float:
    """How far the program's gradients are from those of the graph."""
    loss, made = case.record(data)
    loss.backward()
    result = program(**{name: data[name] for name in case.inputs})
    differences = [abs(result.loss - loss.data) / max(1.0, abs(loss.data))]
    for name in case.params:
        right = np.vectorize(lambda value: value.grad)(made[name])
        differences.append(np.abs(result.grads[name] - right).max() / max(1.0, np.abs(right).max()))
    return float(max(differences))


def timed(program: Program, case: Case, data: dict[str, Array], rounds: int) -> Spread:
    """The program's time by that of NumPy by hand, in rounds in which each has a turn."""
    inputs = {name: data[name] for name in case.inputs}
    steps: list[Callable[[], Any]] = [lambda: program(**inputs).grads, lambda: case.by_hand(**data)]
    calls = [max(1, round(2e-3 / turn(step, 3))) for step in steps]
    taken = [[turn(step, count) for step, count in zip(steps, calls)] for _ in range(rounds)]
    return Spread.of([ours / by_hand for ours, by_hand in taken])


def turn(step: Callable[[], Any], calls: int) -> float:
    """Seconds of the processor a call, after one that warms caches."""
    step()
    start = time.process_time()
    for _ in range(calls):
        step()
    return (time.process_time() - start) / calls


def counted(
    case: Case,
    data: dict[str, Array],
    peers: dict[str, Callable[..., int]],
    missing: dict[str, ImportError],
) -> Iterator[tuple[str, int]]:
    """What each peer makes of the graph; who is not installed goes into ``missing``."""
    loss, made = case.record(data)
    params, inputs = (
        [value for name in names for value in made[name].ravel().tolist()]
        for names in (case.params, case.inputs)
    )
    for name, count in peers.items():
        if name not in missing:
            try:
                yield name, count(loss, params, inputs)
            except ImportError as why:
                missing[name] = why
