"""Start: how long it takes to import the packages, and to run the first command, in a fresh process.

A process from its beginning to its end, whose modules were compiled to bytecode by an earlier one, as those
of an installed package are.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.contest import compared
from benchmarks.results import Row, rows_of

__all__ = ["add_arguments", "run"]

ROOT = Path(__file__).parents[1]
CASE = "a fresh process"
NUMPY, AUTODIFF, NN = "import numpy", "import autodiff", "from nn import MLP"
HOW = (
    "Processor time of a process from its beginning to its end, its bytecode made by an earlier one; median "
    "of the turns (lowest – highest), contestants in random order in each round. Ratio: median of those in "
    "the same round."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks start``."""
    parser.add_argument("--imports", action="store_true", help="leave the command out")
    parser.add_argument("--rounds", type=int, default=9, help="turns of the imports (default: 9)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{folder}/bytecode", "PYTHONPATH": str(ROOT)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        commands = {
            **{line: ["-c", line] for line in (NUMPY, AUTODIFF, NN)},
            "python -m nn compare": ["-m", "nn", "compare", "--out", f"{folder}/out"],
        }
        if options.imports:
            del commands["python -m nn compare"]
        steps = {name: process(words, environment) for name, words in commands.items()}
        contest = compared(CASE, steps, NUMPY, options.rounds, console, children)
    rows = rows_of("start", CASE, contest, NUMPY, HOW)
    for name in (AUTODIFF, NN):
        above = contest[name]["above"]
        console.print(f"{name}: {above.median:.3f} s above NumPy ({above.low:.3f} – {above.high:.3f})")
        rows.append(Row.alone("start", CASE, name, "time above import numpy", "s", above, HOW))
    console.print(HOW, style="dim")
    return rows


def children() -> float:
    """Seconds of processor that processes that were started, and have ended, took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(words: list[str], environment: dict[str, str]) -> Callable[[], object]:
    """What runs Python with these words, and raises if that fails."""
    return partial(
        subprocess.run,
        [sys.executable, *words],
        env=environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
