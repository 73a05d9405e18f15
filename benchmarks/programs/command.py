"""Programs in the way of microgpt's family, on a tuple engine and, the class exchanged, on Value.

The programs are those of the tests, in sizes as they are published. Time is that of the process, of whole
training steps; both take turns, and what is compared is the quickest of their turns. A short program is run
many times in a turn, as rows are, since its first run after a pause takes twice as long.
"""

from __future__ import annotations

import argparse
import gc
import time
import timeit
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from autodiff import Value, topological_order
from autodiff.engine.ops import OPS
from benchmarks.programs import PROGRAMS, closures, gpt, tuples
from benchmarks.programs.lectures import LECTURES
from benchmarks.programs.rows import TEXTBOOK, operation
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
    "GPT": {"SIZES": gpt.PUBLISHED},
}
"""Constants of the programs, for about 10,000 to 50,000 nodes a step."""


TURN = 0.02
"""Seconds that a turn of a program takes at least."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks programs``."""
    parser.add_argument("--rounds", type=int, default=5, help="turns of each class (default: 5)")
    parser.add_argument("--steps", type=int, default=3, help="training steps in a turn (default: 3)")


@tuples.deep_recursion()
def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
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


BESIDE_NUMBERS: Mapping[str, Callable[[Any], Any]] = {
    "x + 1.0": lambda x: x + 1.0,
    "2 * x": lambda x: 2 * x,
    "1 - x": lambda x: 1 - x,
    "1 / x": lambda x: 1 / x,
    "x**2": lambda x: x**2,
    "x**-0.5": lambda x: x**-0.5,
}
PLACES: Mapping[str, tuple[float, ...]] = {"acosh": (1.7,), "pow": (0.3,), "xlogy": (0.3,)}
"""Where a row is not defined at the usual places, 0.3 and -0.6."""


def _operations(console: Console, rounds: int) -> list[Row]:
    """A single operation, without what is done with its result, in nanoseconds."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("operation", "theirs, ns", "ours, ns", "ours / theirs"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    rows = []
    how = (
        "The quickest of turns of 5,000, the loop included, the collector off; the mean of two places. "
        "Theirs is a textbook's formula in a tuple engine, the quickest there is, also where ours needs a "
        "longer one to keep its digits: 1/(1 + exp(-x)) beside a sigmoid that does not overflow."
    )
    for name, (theirs, ours) in _ways().items():
        best = [0.0, 0.0]
        places = [x for x in PLACES.get(name, (0.3, -0.6)) if x > 0.0 or name not in POSITIVE]
        for x in places:
            for i, (kind, way) in enumerate(((tuples.Scalar, theirs), (Value, ours))):
                operands = [kind(x), kind(0.7)][: _many(name)]
                timer = timeit.Timer(partial(way, *operands), timer=time.process_time)
                best[i] += min(timer.repeat(rounds, 5_000)) / 5_000 / len(places)
        table.add_row(name, *(f"{each * 1e9:.0f}" for each in best), f"{best[1] / best[0]:.2f}")
        for contestant, seconds in zip(("own engine", "duograd"), best, strict=True):
            rows.append(Row.alone("programs", name, contestant, "time", "s", seconds, how))
    console.print(table)
    console.print(how, style="dim")
    return rows


POSITIVE = {"sqrt", "log", "log2", "log10", "x**-0.5"}


def _ways() -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    """Name of an operation: how it is done in a tuple engine, and here."""
    alone = {name: (operation(name), vars(Value)[name]) for name in TEXTBOOK}
    return alone | {name: (way, way) for name, way in BESIDE_NUMBERS.items()}


def _many(name: str) -> int:
    """How many operands of an operation are Values."""
    return OPS[name].arity - len(OPS[name].defaults) if name in OPS else 1


def _compared(
    table: Table, title: str, nodes: str, work: Callable[[Any], Any], theirs: Any, options: argparse.Namespace
) -> list[Row]:
    times: dict[Any, list[float]] = {theirs: [], Value: []}
    start = time.process_time()
    work(theirs)
    runs = 1 + int(TURN / (time.process_time() - start))
    for _ in range(options.rounds):
        for kind, taken in times.items():
            gc.collect()
            start = time.process_time()
            for _ in range(runs):
                work(kind)
            taken.append((time.process_time() - start) / runs)
    peer, ours = min(times[theirs]), min(times[Value])
    table.add_row(title, nodes, f"{peer * 1e3:.1f}", f"{ours * 1e3:.1f}", f"{peer / ours:.2f}")
    how = (__doc__ or "").partition("\n\n")[2]
    case = f"{title}, {options.steps} steps" if nodes else title
    return [
        Row.alone("programs", case, name, "time", "s", seconds, how)
        for name, seconds in (("own engine", peer), ("duograd", ours))
    ]
