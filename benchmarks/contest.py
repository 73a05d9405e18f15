"""Contests: steps that do the same work, timed in turns, each against one of them in the same round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.timing import Spread

__all__ = ["HOW", "compared"]

HOW = (
    "Median of the turns (lowest – highest), contestants in random order in each round, one process. A turn "
    "is about 5 ms of calls in a row, as training makes them, and at least one call, after about 1 ms of "
    "calls outside the clock that bring back what the others took out of the caches; after a turn of 50 ms "
    "or more, and three at least, no further ones. Ratio: median of those in the same round."
)


def compared(
    title: str,
    entries: Mapping[str, Callable[[], Any]],
    base: str,
    rounds: int,
    console: Console,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, dict[str, Spread]]:
    """The ``seconds`` of each contestant, their ``ratio`` to ``base``, and the seconds they are ``above`` it;
    prints the first two as a table. ``clock`` tells seconds, of the wall if nothing is said."""
    calls = {}
    for name, step in entries.items():
        step()
        start = time.perf_counter()
        step()
        calls[name] = max(1, int(5e-3 / (time.perf_counter() - start)))
    turns: dict[str, list[float]] = {name: [] for name in entries}
    order = list(entries)
    shuffle = random.Random(0).shuffle
    for number in range(rounds):
        shuffle(order)
        for name in order:
            if number < 3 or not turns[name] or turns[name][-1] < 0.05:
                turns[name].append(turn(entries[name], calls[name], clock))
    table = Table(title=title)
    for heading in ("", "µs", f"ratio to {base}"):
        table.add_column(heading, justify="right" if heading else "left")
    results = {}
    for name, times in turns.items():
        spread = Spread.of(times)
        ratio = Spread.of([a / b for a, b in zip(times, turns[base], strict=False)])
        above = Spread.of([a - b for a, b in zip(times, turns[base], strict=False)])
        results[name] = {"seconds": spread, "ratio": ratio, "above": above}
        seconds = " – ".join(f"{each * 1e6:,.1f}" for each in (spread.low, spread.high))
        table.add_row(
            name,
            f"{spread.median * 1e6:,.1f} ({seconds})",
            f"{ratio.median:,.3f} ({ratio.low:,.3f} – {ratio.high:,.3f})",
        )
    console.print(table)
    return results


def turn(step: Callable[[], Any], calls: int, clock: Callable[[], float]) -> float:
    """Seconds a call, after a fifth as many that warm caches."""
    for _ in range(-(-calls // 5)):
        step()
    start = clock()
    for _ in range(calls):
        step()
    return (clock() - start) / calls
