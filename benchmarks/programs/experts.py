"""A mixture of experts: a router sends each sample to its two likeliest networks, and has to spread them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

INPUTS, HIDDEN, EXPERTS, CHOSEN, BATCH = 3, 4, 4, 2, 5
STEP, BALANCE = 0.1, 0.02


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(6)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.5)) for _ in range(columns)] for _ in range(rows)]

    router = matrix(EXPERTS, INPUTS)
    experts = [(matrix(HIDDEN, INPUTS), matrix(1, HIDDEN)) for _ in range(EXPERTS)]
    params = [p for row in router for p in row]
    params += [p for expert in experts for rows in expert for row in rows for p in row]

    def linear(rows: list[list[Any]], x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in rows]

    def softmax(logits: list[Any]) -> list[Any]:
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def log(p: Any) -> Any:
        q = max(p.data, 1e-10)
        return Value(math.log(q), (p,), (1 / q,))

    def answer(expert: int, x: list[Any]) -> Any:
        into, out = experts[expert]
        return linear(out, [h.relu() for h in linear(into, x)])[0]

    def mixed(x: list[Any]) -> tuple[Any, list[Any]]:
        gates = softmax(linear(router, x))
        best = sorted(range(EXPERTS), key=lambda e: -gates[e].data)[:CHOSEN]
        total = sum(gates[e] for e in best)
        return sum(gates[e] / total * answer(e, x) for e in best), gates

    for _ in range(steps):
        errors, loads = [], [0.0] * EXPERTS
        for _ in range(BATCH):
            x = [rng.uniform(-1, 1) for _ in range(INPUTS)]
            y, gates = mixed([Value(xi) for xi in x])
            errors.append((y - abs(x[0]) * x[1] - math.sin(3 * x[2])) ** 2)
            loads = [load + gate for load, gate in zip(loads, gates)]
        shares = [load / BATCH for load in loads]
        entropy = -sum(share * log(share) for share in shares)
        loss = sum(errors) / BATCH + BALANCE * (math.log(EXPERTS) - entropy)
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad
            p.grad = 0
