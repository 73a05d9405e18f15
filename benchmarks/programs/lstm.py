"""Long short-term memory: three gates and a cell, taught to remember the first number of a sequence."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

HIDDEN, LENGTH, BATCH = 5, 5, 2
GATES = ("input", "forget", "output", "candidate")
STEP, MOMENTUM = 0.2, 0.8


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(2)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.uniform(-0.4, 0.4)) for _ in range(columns)] for _ in range(rows)]

    by_gate = {gate: matrix(HIDDEN, HIDDEN + 2) for gate in GATES}  # the state, the number, a bias
    head = matrix(1, HIDDEN)[0]
    params = [p for rows in by_gate.values() for row in rows for p in row] + head
    velocity = [0.0] * len(params)

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + (-x).exp())

    def tanh(x: Any) -> Any:
        return 2 * sigmoid(2 * x) - 1

    def gate(name: str, given: list[Any]) -> list[Any]:
        squash = tanh if name == "candidate" else sigmoid
        return [squash(sum(w * g for w, g in zip(row, given))) for row in by_gate[name]]

    def cell(x: float, hidden: list[Any], memory: list[Any]) -> tuple[list[Any], list[Any]]:
        given = [*hidden, Value(x), Value(1.0)]
        let_in, keep, let_out, new = (gate(name, given) for name in GATES)
        memory = [k * m + i * n for k, m, i, n in zip(keep, memory, let_in, new)]
        return [o * tanh(m) for o, m in zip(let_out, memory)], memory

    def recalled(sequence: list[float]) -> Any:
        hidden = [Value(0.0) for _ in range(HIDDEN)]
        memory = [Value(0.0) for _ in range(HIDDEN)]
        for x in sequence:
            hidden, memory = cell(x, hidden, memory)
        return sum(w * h for w, h in zip(head, hidden))

    for _ in range(steps):
        batch = [[rng.uniform(-1, 1) for _ in range(LENGTH)] for _ in range(BATCH)]
        errors = [(recalled(sequence) - sequence[0]) ** 2 for sequence in batch]
        loss = sum(errors) / len(errors)
        yield loss, params
        loss.backward()
        norm = sum(p.grad**2 for p in params) ** 0.5
        scale = min(1.0, 1.0 / norm) if norm > 0 else 1.0
        for i, p in enumerate(params):
            velocity[i] = MOMENTUM * velocity[i] - STEP * scale * p.grad
            p.data += velocity[i]
            p.grad = 0
