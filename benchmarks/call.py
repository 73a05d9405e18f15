"""Call: what a call of a lifted function costs above a run of its program, as in a loop that trains.

The call looks at its arguments, writes them into the program's arrays, and compares what the function reads
from outside with what it was when it was recorded.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console

from autodiff import lifted
from benchmarks.contest import HOW, compared
from benchmarks.results import Row, rows_of

__all__ = ["add_arguments", "run"]

CASE = "loss and gradients of a network of 4, 8 and 1 on 20 samples, six arrays"
PROGRAM = "its program"
CLOCK = f"Processor time. {HOW}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks call``."""
    parser.add_argument("--rounds", type=int, default=100, help="turns of every contestant (default: 100)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in ((4, 8), (8,), (8, 1), (1,), (20, 4), (20, 1))]
    strength, scale = 0.5, np.array([2.0])

    @lifted
    def loss(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> Any:
        return ((np.tanh(X @ W1 + b1) @ W2 + b2 - y) ** 2).mean()

    @lifted
    def reading(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> Any:
        return strength * ((scale[0] * np.tanh(X @ W1 + b1) @ W2 + b2 - y) ** 2).mean()

    rows = []
    for name, function in (("lifted", loss), ("lifted, reading a number and an array from outside", reading)):
        case = f"{CASE}{name.removeprefix('lifted')}"
        contest = compared(
            case, contestants(function, arrays), PROGRAM, options.rounds, console, time.process_time
        )
        above = contest["lifted"]["above"]
        console.print(f"above the program: {above.median * 1e6:.1f} µs")
        rows += rows_of("call", case, contest, PROGRAM, CLOCK)
        rows.append(Row.alone("call", case, "lifted", "time above the program", "s", above, CLOCK))
    console.print(CLOCK, style="dim")
    return rows


def contestants(function: Any, arrays: list[Any]) -> dict[str, Callable[[], Any]]:
    """A call with its gradients, and a run of the program alone."""
    function.value_and_grad(*arrays)
    program = function.program
    assert not program.plan.with_role("input")  # all are parameters, so a run needs nothing
    return {PROGRAM: program, "lifted": lambda: function.value_and_grad(*arrays)}
