"""Lifted programs: a training step against NumPy by hand, PyTorch, JAX, micrograd and the scalar engine.

Tables: one training step of three networks, a block of attention, and what lifting itself costs.
Each table of steps is taken with one thread and with as many as the libraries choose.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from autodiff import lift
from autodiff.lifting import Program
from benchmarks import graphs
from benchmarks.contest import HOW, compared
from benchmarks.lifted import CASES, attention, network_program, titled
from benchmarks.networks import Array, Network, Step, contestants
from benchmarks.results import Row, read, rows_of, write

__all__ = ["add_arguments", "run"]

OURS = "lifted"
THREADS = {"one": "one thread", "default": "default threads"}
ONE_THREAD = {
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB", "BLIS")},
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "NPROC": "1",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks lift``."""
    parser.add_argument(
        "--rounds", type=int, default=200, help="turns of every contestant (default: %(default)s)"
    )
    parser.add_argument(
        "--skip",
        nargs="*",
        choices=["pytorch", "jax", "casadi", "micrograd"],
        default=[],
        help="peers to leave out",
    )
    parser.add_argument("--threads", choices=["one", "default", "both"], default="both", help="default: both")
    parser.add_argument(
        "--largest",
        type=int,
        default=2_000_000,
        help="nodes of the largest graph lifted (default: %(default)s)",
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    if options.child:  # the steps only, for the process that started this one
        rows = steps(options, console)
        write(options.child, {}, rows)
        return rows
    rows = []
    for threads in ("one", "default") if options.threads == "both" else (options.threads,):
        console.rule(THREADS[threads])
        rows += in_a_process_of_its_own(options, threads)
    console.rule("lifting")
    return rows + lifting(options.largest, console)


def in_a_process_of_its_own(options: argparse.Namespace, threads: str) -> list[Row]:
    """The tables of steps, measured where libraries find the number of threads as they start."""
    environment = os.environ | (ONE_THREAD if threads == "one" else {})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "results.json")
        command = [
            sys.executable,
            "-m",
            "benchmarks",
            "lift",
            "--child",
            str(path),
            "--rounds",
            str(options.rounds),
        ]
        subprocess.run(
            command + (["--skip", *options.skip] if options.skip else []), env=environment, check=True
        )
        return [replace(row, case=f"{row.case}, {THREADS[threads]}") for row in read(path)[1]]


# Steps


def steps(options: argparse.Namespace, console: Console) -> list[Row]:
    """Every network, and attention."""
    rows = []
    how = f"Loss and all gradients in double precision, one call. {HOW}"
    for sizes, m, activation, batch in CASES:
        network = Network.random(sizes, m, activation)
        entries: dict[str, Step] = {OURS: lifted(network, batch)}
        for name, step in contestants(network, set(options.skip)):
            if isinstance(step, ImportError):
                console.print(f"{name} is left out: {step}")
            else:
                entries[name] = step
        if sizes == CASES[0][0] and activation == "relu" and "micrograd" not in options.skip:
            try:
                entries["micrograd"] = micrograd(network)
            except ImportError as error:
                console.print(f"micrograd is left out: {error}")
        agree(entries)
        title = titled(sizes, m, activation, batch)
        found = compared(title, entries, "NumPy by hand", options.rounds, console)
        rows += rows_of("lift", title, found, "NumPy by hand", how)
    rows += attention_rows(options.rounds, how, console)
    console.print(f"{how}\n")
    return rows


def lifted(network: Network, batch: bool) -> Step:
    """A step of the network written in scalars by ``nn``, and lifted."""
    program, data = network_program(network, batch)
    names = [name for l in range(1, len(network.W) + 1) for name in (f"W{l}", f"b{l}")]

    def step() -> tuple[float, list[Array]]:
        result = program(**data)
        grads = result.grads
        return result.loss, [grads[name] for name in names]

    return step


def micrograd(network: Network) -> Step:
    """micrograd's own engine and networks, on the first case."""
    from benchmarks.peers.micrograd import contestant

    peer = contestant(network.problem())
    shapes = [shape for W, b in zip(network.W, network.b, strict=True) for shape in (W.shape, b.shape)]

    def step() -> tuple[float, list[Array]]:
        loss = peer.forward()
        peer.backward(loss)
        flat = peer.gradients()  # neuron by neuron: its weights, then its bias
        grads = []
        for shape in shapes[::2]:
            rows, columns = shape
            taken = np.array(flat[: rows * (columns + 1)]).reshape(rows, columns + 1)
            grads += [taken[:, :-1], taken[:, -1]]
            flat = flat[rows * (columns + 1) :]
        return loss.data, grads

    return step


def agree(entries: Mapping[str, Step]) -> None:
    """Raise RuntimeError unless all find the same loss and gradients."""
    results = {}
    for name, step in entries.items():
        loss, grads = step()
        results[name] = [np.array([loss]), *grads]
    expected = results[OURS]
    for name, arrays in results.items():
        for a, b in zip(arrays, expected, strict=True):
            if np.abs(a - b).max() > 1e-9 * max(np.abs(b).max(), 1e-3):
                raise RuntimeError(f"{name} computes another loss or other gradients than {OURS}")


def attention_rows(rounds: int, how: str, console: Console) -> list[Row]:
    """A block of attention: the lifted program against the scalar engine, which builds its graph
    and differentiates it in each step."""
    graph, program, data = attention()

    def eager() -> float:
        assert graph.again is not None
        loss = graph.again()
        loss.backward()
        return loss.data

    def replay() -> float:
        return program(**data).loss

    if abs(eager() - replay()) > 1e-12 * abs(eager()):
        raise RuntimeError("the lifted program computes another loss than the scalar engine")
    title = f"attention, vocabulary 27, width 16, 4 heads, 7 positions: {program.operations:,} operations"
    found = compared(title, {OURS: replay, "scalar engine": eager}, OURS, rounds, console)
    return rows_of("lift", title, found, OURS, how)


# Lifting


def lifting(largest: int, console: Console) -> list[Row]:
    """Time and memory of lifting MLP(2, [16, 16, 1]) on more and more samples."""
    table = Table(title="Lifting MLP(2, [16, 16, 1]) on more and more samples")
    for heading in ("nodes", "seconds", "µs a node", "peak bytes a node", "graph, bytes a node"):
        table.add_column(heading, justify="right")
    rows = []
    how = (
        "Fastest of up to 5, self-check included. Peak: what lifting allocates at most, on top of the graph, "
        "as tracemalloc counts it."
    )
    nodes = 65_000
    while nodes <= largest * 1.01:
        samples = max(1, round(nodes / 648))
        graph, held = traced(partial(graphs.mlp, (2, 16, 16, 1), samples))
        program, seconds = lifted_once(graph, repeats=5 if nodes < 500_000 else 2)
        _, peak = traced(partial(lift, graph.loss, graph.inputs, graph.params), peak=True)
        size = program.operations + sum(each.size for each in program.params.values())
        size += sum(np.size(np.array(each, object)) for each in graph.inputs.values())
        case = f"lifting {size:,} nodes"
        for quantity, unit, each in (
            ("time a node", "s", seconds / size),
            ("peak memory a node", "bytes", peak / size),
            ("memory of the graph a node", "bytes", held / size),
        ):
            rows.append(Row.alone("lift", case, OURS, quantity, unit, each, how))
        table.add_row(
            f"{size:,}",
            f"{seconds:.3f}",
            f"{seconds / size * 1e6:.2f}",
            f"{peak / size:.0f}",
            f"{held / size:.0f}",
        )
        del graph, program
        nodes = largest if nodes < largest < 3 * nodes else nodes * 3
    console.print(table)
    console.print(f"{how}\n")
    return rows


def lifted_once(graph: graphs.Graph, repeats: int) -> tuple[Program, float]:
    """The program, and the fewest seconds that lifting took."""
    seconds = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        program = lift(graph.loss, graph.inputs, graph.params)
        seconds.append(time.perf_counter() - start)
    return program, min(seconds)


def traced(build: Callable[[], Any], peak: bool = False) -> tuple[Any, int]:
    """What ``build`` returns, and the bytes that are held afterwards or at most."""
    gc.collect()
    tracemalloc.start()
    result = build()
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, most if peak else held
