"""Two adversaries: one makes points from noise, the other tells them from points on a circle."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

NOISE, WIDTH, BATCH = 2, 6, 4
STEP = 0.1


def train(Value: Any, steps: int = 2) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each half step, before it is taken, and the parameters that it moves."""
    rng = random.Random(4)

    def layer(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.5)) for _ in range(columns + 1)] for _ in range(rows)]

    generator = [layer(WIDTH, NOISE), layer(2, WIDTH)]
    critic = [layer(WIDTH, 2), layer(WIDTH, WIDTH), layer(1, WIDTH)]

    def leaves(network: list[list[list[Any]]]) -> list[Any]:
        return [p for rows in network for row in rows for p in row]

    def run(network: list[list[list[Any]]], x: list[Any]) -> list[Any]:
        for number, rows in enumerate(network, 1):
            x = [sum((w * xi for w, xi in zip(row, x)), row[-1]) for row in rows]
            if number < len(network):
                x = [z.relu() + 0.1 * (z - z.relu()) for z in x]  # a tenth of the slope on the other side
        return x

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + (-x).exp())

    def log(p: Any) -> Any:
        q = min(max(p.data, 1e-9), 1.0)
        return Value(math.log(q), (p,), (1 / q,))

    def believed(point: list[Any]) -> Any:
        return sigmoid(run(critic, point)[0])

    def circle() -> list[Any]:
        angle = rng.uniform(0, 2 * math.pi)
        return [Value(math.cos(angle)), Value(math.sin(angle))]

    def made() -> list[Any]:
        return run(generator, [Value(rng.gauss(0, 1)) for _ in range(NOISE)])

    def descend(params: list[Any]) -> None:
        for p in params:
            p.data -= STEP * p.grad
        for p in (*leaves(generator), *leaves(critic)):
            p.grad = 0

    for _ in range(steps):
        real = [-log(believed(circle())) for _ in range(BATCH)]
        forged = [-log(1 - believed(made())) for _ in range(BATCH)]
        loss = (sum(real) + sum(forged)) / (2 * BATCH)
        yield loss, leaves(critic)
        loss.backward()
        descend(leaves(critic))
        loss = sum(-log(believed(made())) for _ in range(BATCH)) / BATCH
        yield loss, leaves(generator)
        loss.backward()
        descend(leaves(generator))
