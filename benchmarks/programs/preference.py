"""Direct preference optimisation: of two short answers the better is to become the likelier.

Source of the loss: Rafailov et al., Direct Preference Optimization (2023), equation 7.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

TOKENS, WIDTH, LENGTH, PAIRS = 5, 4, 4, 2
BETA, STEP = 0.5, 0.2


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(7)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.6)) for _ in range(columns)] for _ in range(rows)]

    embedding, mixing, head = matrix(TOKENS, WIDTH), matrix(WIDTH, WIDTH), matrix(TOKENS, WIDTH)
    params = [p for rows in (embedding, mixing, head) for row in rows for p in row]
    reference = [[[p.data for p in row] for row in rows] for rows in (embedding, mixing, head)]

    def linear(rows: Any, x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in rows]

    def probabilities(logits: list[Any]) -> list[Any]:
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def log(p: Any) -> Any:
        q = max(p.data, 1e-12)
        return Value(math.log(q), (p,), (1 / q,))

    def likelihood(answer: list[int]) -> Any:
        total = Value(0.0)
        state = [Value(0.0) for _ in range(WIDTH)]
        for now, following in pairwise(answer):
            state = [s + e for s, e in zip(linear(mixing, state), embedding[now])]
            total = total + log(probabilities(linear(head, [s.relu() for s in state]))[following])
        return total

    def likelihood_before(answer: list[int]) -> float:
        """The same by the weights that training starts from, in floats."""
        total, state = 0.0, [0.0] * WIDTH
        for now, following in pairwise(answer):
            state = [s + e for s, e in zip(linear(reference[1], state), reference[0][now])]
            logits = linear(reference[2], [max(0.0, s) for s in state])
            powers = [math.exp(logit - max(logits)) for logit in logits]
            total += math.log(powers[following] / sum(powers))
        return total

    def gain(answer: list[int]) -> Any:
        return likelihood(answer) - likelihood_before(answer)

    for _ in range(steps):
        losses = []
        for _ in range(PAIRS):
            better = sorted(rng.randrange(TOKENS) for _ in range(LENGTH))
            worse = sorted(better, reverse=True)
            margin = BETA * (gain(better) - gain(worse))
            losses.append(-log(1 / (1 + (-margin).exp())))
        loss = sum(losses) / PAIRS
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad
            p.grad = 0
