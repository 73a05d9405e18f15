"""A GPT written in scalars, trained as microgpt is: 1,000 names, one a step, eagerly, lifted, and on JAX.

The network has microgpt's structure and sizes (A. Karpathy, 2026), in words of our own, and its optimiser.
One program serves words of any length: its letters are one-hot columns, of which those behind the end of a
word count for nothing.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from autodiff import Value, leaves, lift
from autodiff.lifting import Program
from benchmarks.programs import gpt, tuples
from benchmarks.results import Row, rows_of
from benchmarks.timing import Spread
from nn import optim
from nn.datasets import first_names

__all__ = ["add_arguments", "run"]

Array = npt.NDArray[np.float64]
Training = Callable[[Sequence[str], int], Iterator[float]]  # words, steps: the loss before each step

STEPS = 1_000
ALIKE = 20  # steps whose losses are compared
LIFTED = "lifted"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HOW = (
    "A step: a name's loss, its gradients and Adam, in double precision. Time is that of the process with "
    "all its threads, contestants in random order in each round; medians, lowest to highest, ratios "
    "within a round. The scalar engines take {sample} of the {steps:,} steps, of names spread evenly over "
    "them and other ones in each round; what they would take for all is extrapolated. The others take "
    "all. The tuple engine is in the way of microgpt's own class: two tuples a node. The garbage "
    "collector runs as Python has it; before a turn the heap is collected outside the clock, and what "
    "libraries keep there is frozen. Losses of the first {alike} steps agree to 1e-9."
)
EXTRAPOLATED = "{} (extrapolated)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks microgpt``."""
    parser.add_argument("--rounds", type=int, default=5, help="trainings of each (default: 5)")
    parser.add_argument("--steps", type=int, default=STEPS, help="of a training (default: 1,000)")
    parser.add_argument("--sample", type=int, default=25, help="steps of scalar engines (default: 25)")
    parser.add_argument("--skip", nargs="*", choices=["jax"], default=[], help="peers to leave out")


@tuples.deep_recursion()
def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows.

    Raises:
        RuntimeError: if the losses of the first steps differ by more than 1e-9.
    """
    words = first_names()
    random.Random(0).shuffle(words)
    words = words[: options.steps]
    scalar: dict[str, Training] = {"tuple engine": of_scalars(tuples.Scalar), "eager": of_scalars(Value)}
    whole: dict[str, Training] = {LIFTED: lifted}
    if "jax" not in options.skip:
        try:
            import jax  # noqa: F401  (an extra: the peer may not be there)

            whole["JAX jit"] = on_jax
        except ImportError as error:
            console.print(f"JAX is left out: {error}. The extra 'jax' installs it.")
    agree({**scalar, **whole}, words, min(ALIKE, options.steps))

    ends: dict[str, list[float]] = {name: [] for name in (*scalar, *whole)}
    each: dict[str, list[float]] = {name: [] for name in ends}
    shuffle, order = random.Random(0).shuffle, [*ends]
    with young_heap():
        for number in range(options.rounds):
            shuffle(order)
            for name in order:
                if name in scalar:
                    apart = max(1, len(words) // options.sample)
                    some = words[number % apart :: apart][: options.sample]
                    _, seconds = timed(scalar[name], some)
                    each[name].append(seconds / len(some))
                    ends[name].append(seconds / len(some) * len(words))
                else:
                    first, seconds = timed(whole[name], words)
                    each[name].append((seconds - first) / max(1, len(words) - 1))
                    ends[name].append(seconds)

    how = HOW.format(sample=options.sample, steps=len(words), alike=ALIKE)
    named = {EXTRAPOLATED.format(name) if name in scalar else name: taken for name, taken in ends.items()}
    kinds = {
        f"{len(words):,} steps, with recording, lifting and compiling": named,
        "a step, once its program exists": each,
    }
    rows = []
    for case, times in kinds.items():
        found = {name: against(taken, times[LIFTED]) for name, taken in times.items()}
        console.print(table(case, found))
        rows += rows_of("microgpt", case, found, LIFTED, how)
    console.print(how, style="dim")
    return rows


@contextmanager
def young_heap() -> Iterator[None]:
    """No collection within the block looks at what was there before it."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def timed(training: Training, words: Sequence[str]) -> tuple[float, float]:
    """Seconds of the process until the second step begins, and until all are done."""
    gc.collect()
    start = time.process_time()
    losses = training(words, len(words))
    next(losses)
    next(losses, None)
    first = time.process_time() - start
    for _ in losses:
        pass
    return first, time.process_time() - start


def against(times: Sequence[float], reference: Sequence[float]) -> dict[str, Spread]:
    """The ``seconds`` of a contestant, and their ``ratio`` to those of another in the same rounds."""
    ratios = [a / b for a, b in zip(times, reference, strict=True)]
    return {"seconds": Spread.of(times), "ratio": Spread.of(ratios)}


def table(case: str, found: dict[str, dict[str, Spread]]) -> Table:
    """The times and ratios of a case."""
    shown = Table(title=case, title_justify="left")
    for heading in ("", "s", f"ratio to {LIFTED}"):
        shown.add_column(heading, justify="right" if heading else "left")
    for name, spreads in found.items():
        cells = (f"{s.median:,.4g} ({s.low:,.4g} – {s.high:,.4g})" for s in spreads.values())
        shown.add_row(name, *cells)
    return shown


def agree(trainings: dict[str, Training], words: Sequence[str], steps: int) -> None:
    """Raise RuntimeError unless all have the same losses in their first steps."""
    losses = {
        name: np.array([*islice(training(words, len(words)), steps)]) for name, training in trainings.items()
    }
    for name, found in losses.items():
        if np.abs(found - losses[LIFTED]).max() > 1e-9:
            raise RuntimeError(f"{name} trains to other losses than {LIFTED}")


def of_scalars(kind: Any) -> Training:
    """Training on a class of scalars, a graph a step."""

    def training(words: Sequence[str], steps: int) -> Iterator[float]:
        for loss, _ in gpt.train(kind, steps, words, gpt.PUBLISHED, LETTERS):
            yield loss.data

    return training


def lifted(words: Sequence[str], steps: int) -> Iterator[float]:
    """Training by the program that is found in the graph of one word."""
    program = found_program()
    adam = optim.Adam(lambda t: rate(t, steps), gpt.FIRST, gpt.SECOND, gpt.TINY)
    for step in range(steps):
        X, Y = columns(words[step % len(words)])
        result = program(X=X, Y=Y)
        yield result.loss
        adam.step(program.params, result.grads)


def on_jax(words: Sequence[str], steps: int) -> Iterator[float]:
    """The same, with the program, the gradients and Adam compiled by JAX."""
    import jax

    jax.config.update("jax_enable_x64", True)
    program = found_program()
    f = program.to("jax")

    def update(t: Any, params: Any, mean: Any, square: Any, inputs: Any) -> Any:
        loss, grads = f(params, inputs)
        mean = jax.tree.map(lambda m, g: gpt.FIRST * m + (1 - gpt.FIRST) * g, mean, grads)
        square = jax.tree.map(lambda v, g: gpt.SECOND * v + (1 - gpt.SECOND) * g * g, square, grads)
        first, second = 1 - gpt.FIRST ** (t + 1), 1 - gpt.SECOND ** (t + 1)

        def moved(p: Any, m: Any, v: Any) -> Any:
            return p - rate(t, steps) * (m / first) / ((v / second) ** 0.5 + gpt.TINY)

        return loss, jax.tree.map(moved, params, mean, square), mean, square

    compiled = jax.jit(update)
    params = dict(program.params)
    mean = square = jax.tree.map(np.zeros_like, params)
    for step in range(steps):
        X, Y = columns(words[step % len(words)])
        loss, params, mean, square = compiled(float(step), params, mean, square, {"X": X, "Y": Y})
        yield float(loss)


def rate(step: Any, steps: int) -> Any:
    """The learning rate of a step, which falls to 0."""
    return gpt.RATE * (1 - step / steps)


def found_program() -> Program:
    """The formulas that are in the graph of a word as long as any may be."""
    W = {
        name: leaves(name, numbers) for name, numbers in gpt.weights(len(LETTERS) + 1, gpt.PUBLISHED).items()
    }
    X, Y = (leaves(name, numbers) for name, numbers in zip("XY", columns("a" * gpt.PUBLISHED.longest)))
    embedded = (gpt.linear(W["letter"].T, x) for x in X.T)
    shares = gpt.next_letters(W, embedded, gpt.PUBLISHED)
    losses = [-(y * share.log()) for ys, ps in zip(Y.T, shares) for y, share in zip(ys, ps)]
    return lift(sum(losses), {"X": X, "Y": Y}, [p for matrix in W.values() for p in matrix.flat])


def columns(word: str) -> tuple[Array, Array]:
    """Of n letters of a word, and of those that follow them, one-hot columns; the latter are divided by n, so
    that the sum of all is their mean. Columns behind the end are 0."""
    letters = gpt.tokens(word, LETTERS, gpt.PUBLISHED)
    X, Y = np.zeros((2, len(LETTERS) + 1, gpt.PUBLISHED.longest))
    n = len(letters) - 1
    X[letters[:-1], range(n)] = 1.0
    Y[letters[1:], range(n)] = 1.0 / n
    return X, Y
