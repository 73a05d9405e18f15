"""Programs in the way of microgpt's family, on a tuple engine and, the class exchanged, on Value.

The programs are those of the tests, in sizes as they are published. Time is that of the process, of whole
training steps; both take turns, and what is compared is the quickest of their turns.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from autodiff import Value, topological_order
from benchmarks.programs import PROGRAMS, closures, tuples
from benchmarks.programs.lectures import LECTURES
from benchmarks.results import Row

__all__ = ["add_arguments", "run"]

PUBLISHED: Mapping[str, Mapping[str, Any]] = {
    "RNN": {"HIDDEN": 24},
    "LSTM": {"HIDDEN": 16, "LENGTH": 8},
    "GRU": {"HIDDEN": 16, "LENGTH": 16},
    "GAN": {"WIDTH": 20, "BATCH": 10},
    "LoRA": {"SIZES": (8, 32, 32, 3), "BATCH": 6},
    "mixture of experts": {"INPUTS": 6, "HIDDEN": 16, "EXPERTS": 6, "BATCH": 30},
    "preference loss": {"WIDTH": 16, "LENGTH": 8, "PAIRS": 4},
    "PPO": {"FEATURES": 6, "HIDDEN": 20, "BATCH": 30},
    "batch normalisation": {"INPUTS": 6, "HIDDEN": 16, "BATCH": 20},
    "ViT block": {"WIDTH": 12, "HEADS": 2},
}
"""Constants of the programs, for about 10,000 to 50,000 nodes a step."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks programs``."""
    parser.add_argument("--rounds", type=int, default=5, help="turns of each class (default: 5)")
    parser.add_argument("--steps", type=int, default=3, help="training steps in a turn (default: 3)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    sys.setrecursionlimit(1_000_000)  # the tuple engine finds its order by recursion
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("program", "nodes", "theirs, ms", "ours, ms", "ratio"):
        table.add_column(heading, justify="left" if heading == "program" else "right")
    rows = []
    for title, train in PROGRAMS.items():
        for name, constant in PUBLISHED[title].items():
            train.__globals__[name] = constant
        loss, _ = next(iter(train(Value)))
        nodes = len(topological_order(loss))
        del loss

        def work(kind: Any, train: Callable[..., Any] = train) -> None:
            for _ in train(kind, options.steps):
                pass

        rows += _compared(table, title, f"{nodes:,}", work, tuples.Scalar, options)
    for title, lecture in LECTURES.items():
        rows += _compared(table, title.replace("_", " "), "", lecture, closures.Scalar, options)
    console.print(table)
    return rows + _operations(console, options.rounds)


OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "x + z": lambda x, z: x + z,
    "x * z": lambda x, z: x * z,
    "x + 1.0": lambda x, z: x + 1.0,
    "2 * x": lambda x, z: 2 * x,
    "x - z": lambda x, z: x - z,
    "x / z": lambda x, z: x / z,
    "-x": lambda x, z: -x,
    "x**2": lambda x, z: x**2,
    "x**-0.5": lambda x, z: x**-0.5,
    "exp": lambda x, z: x.exp(),
    "log": lambda x, z: x.log(),
    "relu": lambda x, z: x.relu(),
}


def _operations(console: Console, rounds: int) -> list[Row]:
    """A single operation, without what is done with its result, in nanoseconds."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("operation", "theirs, ns", "ours, ns", "ours / theirs"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    rows = []
    how = "The quickest of turns of 20,000, the loop included, the collector off."
    for name, operation in OPERATIONS.items():
        best = []
        for kind in (tuples.Scalar, Value):
            timer = timeit.Timer(partial(operation, kind(0.3), kind(0.7)), timer=time.process_time)
            best.append(min(timer.repeat(rounds, 20_000)) / 20_000)
        table.add_row(name, *(f"{each * 1e9:.0f}" for each in best), f"{best[1] / best[0]:.2f}")
        for contestant, seconds in zip(("own engine", "duograd"), best, strict=True):
            rows.append(Row.alone("programs", name, contestant, "time", "s", seconds, how))
    console.print(table)
    return rows


def _compared(
    table: Table, title: str, nodes: str, work: Callable[[Any], Any], theirs: Any, options: argparse.Namespace
) -> list[Row]:
    times: dict[Any, list[float]] = {theirs: [], Value: []}
    for _ in range(options.rounds):
        for kind, taken in times.items():
            gc.collect()
            start = time.process_time()
            work(kind)
            taken.append(time.process_time() - start)
    peer, ours = min(times[theirs]), min(times[Value])
    table.add_row(title, nodes, f"{peer * 1e3:.1f}", f"{ours * 1e3:.1f}", f"{peer / ours:.2f}")
    how = (__doc__ or "").partition("\n\n")[2]
    case = f"{title}, {options.steps} steps" if nodes else title
    return [
        Row.alone("programs", case, name, "time", "s", seconds, how)
        for name, seconds in (("own engine", peer), ("duograd", ours))
    ]
