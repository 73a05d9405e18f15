"""Lifted programs and lifting against another version of the library, a checkout beside this one."""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.lift import ONE_THREAD
from benchmarks.results import Row, rows_of
from benchmarks.timing import Spread

__all__ = ["add_arguments", "run"]

HERE = Path(__file__).parents[2]
TURN = 5e-3  # seconds
PROCESS = (  # the benchmarks of this checkout, the library of either
    "import sys; sys.path.insert(0, sys.argv[1]); import benchmarks; sys.path[0] = sys.argv[2]; "
    "from benchmarks.against.contestant import serve; serve()"
)
HOW = (
    "Each version has a process with one thread. In each round both take a turn of about 5 ms, or one call, "
    "in random order, in time of the processor, after a fifth as many calls that warm caches. Ratio: this "
    "version to the other in the same round, median of the rounds (95 % interval of the median, by ranks)."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks against``."""
    parser.add_argument("checkout", type=Path, help="folder of the other version, as of `git worktree add`")
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of names of programs; default: all")
    parser.add_argument("--rounds", type=int, default=60, help="turns of each (default: %(default)s)")
    parser.add_argument("--what", choices=["run", "lift", "both"], default="both", help="default: both")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    other = options.checkout.resolve()
    if not (other / "autodiff" / "__init__.py").is_file():
        raise SystemExit(f"error: {str(options.checkout)!r} is no checkout: it has no folder autodiff")
    rows: list[Row] = []
    with _process(HERE) as ours, _process(other) as theirs:
        for what, names in ours.ask("names").items():
            table = Table(title={"run": "A run: loss and all gradients", "lift": "Lifting"}[what], box=None)
            for heading in ("", "µs here", "µs there", "ratio", "95 %"):
                table.add_column(heading, justify="right" if heading else "left", no_wrap=bool(heading))
            for name in names if options.what in (what, "both") else ():
                if not options.names or any(part.lower() in name.lower() for part in options.names):
                    rows += _compared(what, name, ours, theirs, options, table)
            if table.row_count:
                console.print(table)
    console.print(f"{HOW}\n")
    return rows


class _Version:
    """A version of the library in its process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *question: Any) -> Any:
        """The answer to a question of ``contestant``."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(question), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("error: a version could not be started; what it says is above")
        return json.loads(line)


@contextmanager
def _process(checkout: Path) -> Iterator[_Version]:
    command = [sys.executable, "-c", PROCESS, str(HERE), str(checkout)]
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": "", "PYTHONSAFEPATH": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as process:
        yield _Version(process)
        assert process.stdin is not None
        process.stdin.close()


def _compared(
    what: str, name: str, ours: _Version, theirs: _Version, options: argparse.Namespace, table: Table
) -> list[Row]:
    """One program: its rows; a line of the table says the same, or why there is nothing to compare."""
    first = [version.ask(what, name, 1) for version in (ours, theirs)]
    for each in first:
        if isinstance(each, str):
            table.add_row(name, each)
            return []
    calls = max(1, round(TURN / max(ours.ask(what, name, 3), 1e-7)))
    order = [0, 1]
    shuffle = random.Random(0).shuffle
    taken: list[list[float]] = [[], []]
    for _ in range(options.rounds):
        shuffle(order)
        for which in order:
            taken[which].append((ours, theirs)[which].ask(what, name, calls))
    ratio = of_median([a / b for a, b in zip(*taken, strict=True)])
    here, there = map(Spread.of, taken)
    cells = [f"{each.median * 1e6:,.1f}" for each in (here, there)]
    table.add_row(name, *cells, f"{ratio.median:.3f}", f"{ratio.low:.3f} – {ratio.high:.3f}")
    found = {
        "this version": {"seconds": here, "ratio": ratio},
        "the other": {"seconds": there, "ratio": Spread(1.0, 1.0, 1.0)},
    }
    return rows_of("against", f"{what}: {name}", found, "the other", HOW)


def of_median(samples: Sequence[float]) -> Spread:
    """The median, and a 95 % interval of it by ranks: of n samples about n/2 ± √n of them lie within it."""
    ranked = sorted(samples)
    n = len(ranked)
    off = 0.98 * math.sqrt(n)
    low, high = math.floor(n / 2 - off), math.ceil(n / 2 + off)
    return Spread(statistics.median(ranked), ranked[max(0, low)], ranked[min(n - 1, high)])
