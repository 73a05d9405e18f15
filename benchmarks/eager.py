"""Forward and backward over graphs of scalars: time and memory, against other engines.

Four tables. The work of the first two is the hinge loss of MLP(2, [16, 16, 1]), relu between
its layers, on 100 samples; every contestant computes the same gradients, which is checked first.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from autodiff import Value, topological_order
from benchmarks.problem import SIZES, Problem, mean_hinge_loss
from benchmarks.recording import RECORDED, seconds_an_operation
from benchmarks.results import Row, rows_of
from benchmarks.timing import Contestant, Spread, Step, collector_time, interleave
from nn import MLP

__all__ = ["add_arguments", "run"]

OURS = "duograd"
PEERS = ("operators", "slots", "micrograd", "hips")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks eager``."""
    parser.add_argument("--rounds", type=positive, default=9, help="turns of each contestant (default: 9)")
    parser.add_argument("--steps", type=positive, default=5, help="training steps in a turn (default: 5)")
    parser.add_argument("--samples", type=positive, default=100, help="in the loss (default: 100)")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="default: all")
    parser.add_argument(
        "--largest", type=positive, default=5_000_000, help="nodes of a graph (default: 5000000)"
    )


def positive(text: str) -> int:
    """An int of at least 1, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    problem = Problem.random(options.samples)
    contestants: list[Contestant] = []
    for name in (OURS, *options.peers):
        try:
            contestants.append(importlib.import_module(f"benchmarks.peers.{name}").contestant(problem))
        except ImportError as error:
            console.print(f"Without {name}: {error}. The extra 'bench' installs the peers.")
    check_gradients(contestants)
    nodes = len(topological_order(contestants[0].forward()))
    return [
        *speed(contestants, nodes, options.rounds, options.steps, console),
        *memory(contestants, nodes, console),
        *recording(options.rounds, console),
        *scaling(options.largest, console),
    ]


def check_gradients(contestants: Sequence[Contestant]) -> None:
    """Raise RuntimeError unless all contestants find the gradients that the first one finds."""
    expected: list[float] = []
    for contestant in contestants:
        contestant.backward(contestant.forward())
        found = contestant.gradients()
        expected = expected or found
        if max(abs(a - b) for a, b in zip(expected, found, strict=True)) > 1e-12 * max(map(abs, expected)):
            raise RuntimeError(f"{contestant.name} computes other gradients than {contestants[0].name}")


def speed(
    contestants: Sequence[Contestant], nodes: int, rounds: int, steps: int, console: Console
) -> list[Row]:
    """Seconds per step of each contestant, and how many times those of the first they are."""
    turns = interleave(contestants, rounds, steps)
    ours = turns[contestants[0].name]
    found = {name: spreads(theirs, ours) for name, theirs in turns.items()}
    how = (
        f"A step builds the graph and calls backward. A turn is {steps} steps in a row, as training takes "
        f"them. In each of {rounds} rounds every contestant has a turn, in random order, in one process "
        "(HIPS autograd one step in all). The garbage collector runs as Python has it. Before a turn the "
        "heap is collected outside the clock: nobody pays for another's garbage, but everybody for what "
        "they left in earlier steps. Numbers are medians over turns. Ratio: time of both over that of "
        f"{OURS} in the same round; first: the same for the first steps of turns, which have nothing to "
        "clear up. What other programs on the machine do shows in the range."
    )
    table = _table(
        f"Time of one step, {nodes:,} nodes, in milliseconds",
        *("forward", "backward", "both", "ratio", "range", "first"),
    )
    for contestant in contestants:
        theirs = found[contestant.name]
        ratio = theirs["ratio"]
        table.add_row(
            contestant.name,
            f"{theirs['forward'].median * 1e3:,.1f}" if contestant.keeps_graph else "",
            f"{theirs['backward'].median * 1e3:,.1f}" if contestant.keeps_graph else "",
            f"{theirs['seconds'].median * 1e3:,.1f}",
            f"{ratio.median:.1f}",
            f"{ratio.low:.1f}–{ratio.high:.1f}",
            f"{theirs['ratio of first steps'].median:.1f}",
        )
    _explained(
        console,
        table,
        how,
        f"{OURS} is nn.MLP, whose neurons keep a sum of products in one object until somebody looks at its "
        "nodes; '+ and *' writes neurons as the users of slots and micrograd do, and makes all nodes.",
    )
    case = f"a step of MLP(2, [16, 16, 1]), {nodes:,} nodes"
    return rows_of("eager", case, found, OURS, how) + [
        Row.alone("eager", case, contestant.name, f"time, {part}", "s", found[contestant.name][part], how)
        for contestant in contestants
        if contestant.keeps_graph
        for part in ("forward", "backward", "drop")
    ]


def spreads(theirs: Sequence[Sequence[Step]], ours: Sequence[Sequence[Step]]) -> dict[str, Spread]:
    """Seconds of a step and of its parts over somebody's turns, and the ratios to our turns."""
    rounds = list(zip(theirs, ours, strict=False))
    parts = {
        part: Spread.of([_mean(turn, part) for turn in theirs]) for part in ("forward", "backward", "drop")
    }
    return {
        **parts,
        "seconds": Spread.of([_mean(turn, "both") for turn in theirs]),
        "ratio": Spread.of([_mean(a, "both") / _mean(b, "both") for a, b in rounds]),
        "ratio of first steps": Spread.of([a[0].both / b[0].both for a, b in rounds]),
    }


def _mean(turn: Sequence[Step], part: str) -> float:
    return statistics.fmean(getattr(step, part) for step in turn)


def memory(contestants: Sequence[Contestant], nodes: int, console: Console) -> list[Row]:
    """Bytes per node that a graph holds after its backward pass."""
    results = {}
    for contestant in contestants:
        if contestant.keeps_graph:
            results[contestant.name] = held(contestant) / nodes
    results[f"{OURS}, looked at"] = held(contestants[0], topological_order) / nodes
    table = _table("Memory, bytes per node", "bytes")
    for name, size in results.items():
        table.add_row(name, f"{size:.0f}")
    how = (
        "What tracemalloc counts from before forward to after backward, once the collector has cleared up "
        "what the pass left behind, over the number of nodes. Looked at: after topological_order, which "
        "makes all nodes that were kept as sums. HIPS autograd keeps no graph to be measured."
    )
    _explained(console, table, how)
    return [
        Row.alone("eager", "memory a node", name, "memory", "bytes", size, how)
        for name, size in results.items()
    ]


def recording(rounds: int, console: Console) -> list[Row]:
    """Seconds an operation that NumPy code records through Array, and those of the same one by one."""
    how = (
        f"Processor time over the number of operations in the graph, the fastest of {rounds} recordings, the "
        "collector on. One by one: the same operators between Values, in a list."
    )
    table = _table("Recording through Array, nanoseconds an operation", "Array", "one by one")
    rows = []
    for case, ways in RECORDED.items():
        times = [seconds_an_operation(record, rounds) if record else None for record in ways]
        table.add_row(case, *(f"{each * 1e9:,.0f}" if each else "" for each in times))
        rows += [
            Row.alone("eager", case, way, "time an operation, recorded", "s", seconds, how)
            for way, seconds in zip(("Array", "one by one"), times)
            if seconds
        ]
    _explained(console, table, how)
    return rows


def held(contestant: Contestant, look: Callable[[Any], Any] = lambda loss: None) -> int:
    """Bytes that one graph of the contestant holds after backward, and after ``look`` at it."""
    contestant.backward(contestant.forward())  # what is made once and kept is made here
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        loss = contestant.forward()
        contestant.backward(loss)
        look(loss)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def scaling(largest: int, console: Console) -> list[Row]:
    """Seconds per node of this library, from graphs of a thousand nodes to the largest."""
    rows = []
    parts = ("forward", "backward", "both", "collector", "drop")
    how = (
        "The fastest of at most 50 repeats, of one for the largest; the heap is collected before each. A "
        "chain alternates y·c and y + x; MLP is the network above, on as many samples as give the size. "
        "Collector is its part of both: it visits all living objects again whenever their number has grown "
        "by a quarter, which small graphs never meet."
    )
    table = _table("Time per node, nanoseconds", "nodes", *parts)
    for kind, builder in (("chain", chain), ("MLP", network)):
        size = 1_000
        while size <= largest:
            row = per_node(builder(size), repeats=max(1, min(50, 500_000 // size)))
            case = f"{kind} of {row['nodes']:,} nodes"
            for part in (each for each in parts if row[each]):  # small graphs never meet the collector
                quantity = "time a node" if part == "both" else f"time a node, {part}"
                rows.append(Row.alone("eager", case, OURS, quantity, "s", row[part], how))
            times = [row[part] * 1e9 for part in parts]
            table.add_row(kind, f"{row['nodes']:,}", *(f"{each:,.0f}" for each in times))
            size *= 10 if size < 1_000_000 else 5
        table.add_section()
    _explained(console, table, how)
    return rows


def per_node(build: Callable[[], Value], repeats: int) -> dict[str, Any]:
    """Seconds per node of the fastest of ``repeats`` builds and backward passes."""
    rows = []
    for _ in range(repeats):
        gc.collect()
        with collector_time() as collections:
            start = time.perf_counter()
            output = build()
            built = time.perf_counter()
            output.backward()
            differentiated = time.perf_counter()
        del output
        dropped = time.perf_counter()
        rows.append(
            (
                differentiated - start,
                built - start,
                differentiated - built,
                sum(collections),
                dropped - differentiated,
            )
        )
    nodes = len(topological_order(build()))
    names = ("both", "forward", "backward", "collector", "drop")
    return {"nodes": nodes} | {name: seconds / nodes for name, seconds in zip(names, min(rows), strict=True)}


def chain(nodes: int) -> Callable[[], Value]:
    """y ← y·c + x, over and over."""
    x, c = Value(1.0), Value(0.5)

    def build() -> Value:
        y = x
        for _ in range(nodes // 2):
            y = y * c + x
        return y

    return build


def network(nodes: int) -> Callable[[], Value]:
    """The loss of ``Problem`` on about as many samples as make ``nodes`` nodes."""
    model = MLP(SIZES[0], SIZES[1:], activation="relu")
    problem = Problem.random(samples=max(1, round((nodes - len(model.parameters())) / 648)))

    def build() -> Value:
        return mean_hinge_loss([model(x)[0] for x in problem.X], problem.Y)  # type: ignore[no-any-return]

    return build


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column(no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _explained(console: Console, table: Table, *paragraphs: str) -> None:
    console.print(table)
    for paragraph in paragraphs:
        console.print(paragraph, style="dim")
    console.print()
