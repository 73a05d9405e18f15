"""Low-rank adaptation: a network stays as it is, and two thin matrices beside each of its own learn."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

SIZES = (4, 8, 8, 3)
RANK, ALPHA, BATCH = 2, 4.0, 4
STEP = 0.05


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the adapters' parameters."""
    rng = random.Random(5)

    def numbers(rows: int, columns: int, size: float) -> list[list[float]]:
        return [[rng.gauss(0, size) for _ in range(columns)] for _ in range(rows)]

    def matrix(rows: int, columns: int, size: float) -> list[list[Any]]:
        return [[Value(x) for x in row] for row in numbers(rows, columns, size)]

    shapes = list(zip(SIZES[1:], SIZES))
    frozen = [numbers(rows, columns, columns**-0.5) for rows, columns in shapes]
    down = [matrix(RANK, columns, 0.3) for _, columns in shapes]
    up = [matrix(rows, RANK, 0.1) for rows, _ in shapes]
    params = [p for adapters in (*down, *up) for row in adapters for p in row]

    def linear(rows: Any, x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in rows]

    def adapted(i: int, x: list[Any]) -> list[Any]:
        base = linear(frozen[i], x)
        change = linear(up[i], linear(down[i], x))
        return [b + c * (ALPHA / RANK) for b, c in zip(base, change)]

    def norm(x: list[Any]) -> list[Any]:
        mean = sum(xi * xi for xi in x) / len(x)
        scale = (mean + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    def run(x: list[Any]) -> list[Any]:
        for i in range(len(shapes)):
            x = adapted(i, x)
            if i + 1 < len(shapes):
                x = [z.relu() for z in norm(x)]
        return x

    def cross_entropy(logits: list[Any], target: int) -> Any:
        top = max(logit.data for logit in logits)
        total = sum((logit - top).exp() for logit in logits)
        return total.log() - (logits[target] - top)

    for _ in range(steps):
        losses = []
        for _ in range(BATCH):
            x = [rng.gauss(0, 1) for _ in range(SIZES[0])]
            target = max(range(3), key=lambda i: x[i] - 0.2 * x[3])  # the new task
            losses.append(cross_entropy(run([Value(xi) for xi in x]), target))
        loss = sum(losses) / BATCH
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad + STEP * 1e-3 * p.data
            p.grad = 0
