"""Fair clocks: contestants that do the same work take turns in one process, collector on."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["Contestant", "Spread", "Step", "collector_time", "interleave", "take_turn"]


@dataclass(frozen=True)
class Contestant:
    """One way to do a piece of work.

    Attributes:
        name: as tables show it.
        forward: builds the graph of the loss and returns it.
        backward: differentiates what ``forward`` returned.
        gradients: the derivatives by every parameter that ``backward`` found, in an order that
            is the same for all contestants; sets them to zero.
        keeps_graph: whether ``forward`` returns the graph. If not, it does all the work, and is
            so slow that a single step has to do.
    """

    name: str
    forward: Callable[[], Any]
    backward: Callable[[Any], Any]
    gradients: Callable[[], list[float]]
    keeps_graph: bool = True


@dataclass(frozen=True)
class Step:
    """Seconds of one step: build the graph, differentiate it, let go of it."""

    forward: float
    backward: float
    drop: float

    @property
    def both(self) -> float:
        """Seconds of forward and backward."""
        return self.forward + self.backward


@dataclass(frozen=True)
class Spread:
    """The median of a quantity and how far its samples lie apart."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """The spread of at least one sample."""
        return cls(statistics.median(samples), min(samples), max(samples))


def take_turn(contestant: Contestant, steps: int) -> list[Step]:
    """``steps`` steps in a row, as a training loop takes them.

    The heap is collected before the turn, outside the clock: nobody pays for garbage that
    another left. Within the turn the collector runs as Python has it, on everybody's own account.

    Raises:
        RuntimeError: if the garbage collector is off.
    """
    if not gc.isenabled():
        raise RuntimeError("the garbage collector is off; these measurements are taken with it on")
    gc.collect()
    taken = []
    for _ in range(steps):
        start = time.perf_counter()
        loss = contestant.forward()
        built = time.perf_counter()
        contestant.backward(loss)
        differentiated = time.perf_counter()
        del loss
        dropped = time.perf_counter()
        taken.append(Step(built - start, differentiated - built, dropped - differentiated))
    return taken


def interleave(contestants: Sequence[Contestant], rounds: int, steps: int) -> dict[str, list[list[Step]]]:
    """The turns of each contestant by name: one in each round, in a new random order each time."""
    order = list(contestants)
    shuffle = random.Random(0).shuffle
    turns: dict[str, list[list[Step]]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds):
        shuffle(order)
        for contestant in order:
            if contestant.keeps_graph:
                turns[contestant.name].append(take_turn(contestant, steps))
            elif number == 0:
                turns[contestant.name].append(take_turn(contestant, 1))
    return turns


@contextmanager
def collector_time() -> Iterator[list[float]]:
    """A list that holds the seconds of every garbage collection within the block."""
    seconds: list[float] = []
    started = 0.0

    def note(phase: str, _: dict[str, int]) -> None:
        nonlocal started
        if phase == "start":
            started = time.perf_counter()
        else:
            seconds.append(time.perf_counter() - started)

    gc.callbacks.append(note)
    try:
        yield seconds
    finally:
        gc.callbacks.remove(note)
