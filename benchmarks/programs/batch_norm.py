"""Batch normalisation in scalars: each neuron's numbers are centred and scaled over the samples."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

INPUTS, HIDDEN, CLASSES, BATCH = 3, 6, 3, 6
STEP, SMALL, KEPT = 0.2, 1e-5, 0.9


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(9)

    def matrix(rows: int, columns: int, size: float = 0.5) -> list[list[Any]]:
        return [[Value(rng.gauss(0, size)) for _ in range(columns)] for _ in range(rows)]

    first, second, head = matrix(HIDDEN, INPUTS), matrix(HIDDEN, HIDDEN), matrix(CLASSES, HIDDEN)
    scales = [[Value(1.0) for _ in range(HIDDEN)] for _ in range(2)]
    shifts = [[Value(0.0) for _ in range(HIDDEN)] for _ in range(2)]
    params = [p for rows in (first, second, head, scales, shifts) for row in rows for p in row]
    running = [[(0.0, 1.0)] * HIDDEN for _ in range(2)]

    def linear(rows: list[list[Any]], x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in rows]

    def normalised(layer: int, batch: list[list[Any]]) -> list[list[Any]]:
        columns = []
        for j, column in enumerate(zip(*batch)):
            mean = sum(column) / len(column)
            centred = [z - mean for z in column]
            variance = sum(c * c for c in centred) / len(column)
            factor = (variance + SMALL) ** -0.5
            columns.append([scales[layer][j] * c * factor + shifts[layer][j] for c in centred])
            average, spread = running[layer][j]
            running[layer][j] = (
                KEPT * average + (1 - KEPT) * mean.data,
                KEPT * spread + (1 - KEPT) * variance.data,
            )
        return [list(row) for row in zip(*columns)]

    def log(p: Any) -> Any:
        q = max(p.data, 1e-12)
        return Value(math.log(q), (p,), (1 / q,))

    def cross_entropy(logits: list[Any], target: int) -> Any:
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        return -log(powers[target] / sum(powers))

    for _ in range(steps):
        points = [[rng.uniform(-2, 2) for _ in range(INPUTS)] for _ in range(BATCH)]
        targets = [max(range(CLASSES), key=lambda i: x[i] * (i + 1)) for x in points]
        batch: list[list[Any]] = [[Value(xi) for xi in x] for x in points]
        for layer, rows in enumerate((first, second)):
            batch = normalised(layer, [linear(rows, x) for x in batch])
            batch = [[z.relu() for z in x] for x in batch]
        loss = sum(cross_entropy(linear(head, x), t) for x, t in zip(batch, targets)) / BATCH
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad
            p.grad = 0
