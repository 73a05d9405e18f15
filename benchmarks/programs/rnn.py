"""A recurrent network that learns to spell: one hidden state, a softmax over letters, plain descent."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

WORDS = ["anna", "nina", "hanna", "ian", "aina"]
LETTERS = sorted({letter for word in WORDS for letter in word})
END = len(LETTERS)  # starts and ends a word
SIZE, HIDDEN, STEP = len(LETTERS) + 1, 6, 0.3


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(1)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.3)) for _ in range(columns)] for _ in range(rows)]

    weights = {
        "letter": matrix(SIZE, HIDDEN),
        "hidden": matrix(HIDDEN, HIDDEN),
        "out": matrix(SIZE, HIDDEN),
        "bias": matrix(1, HIDDEN),
    }
    params = [p for rows in weights.values() for row in rows for p in row]

    def tanh(x: Any) -> Any:
        e = (x * 2).exp()
        return (e - 1) / (e + 1)

    def linear(rows: list[list[Any]], x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in rows]

    def softmax(logits: list[Any]) -> list[Any]:
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def log(p: Any) -> Any:
        q = max(p.data, 1e-12)  # a probability of 0 costs much, and not infinitely much
        return Value(math.log(q), (p,), (1 / q,))

    def step(letter: int, hidden: list[Any]) -> list[Any]:
        before = linear(weights["hidden"], hidden)
        entered = weights["letter"][letter]
        return [tanh(a + b + c) for a, b, c in zip(entered, before, weights["bias"][0])]

    def spelling(word: str) -> Any:
        letters = [END, *(LETTERS.index(letter) for letter in word), END]
        hidden = [Value(0.0) for _ in range(HIDDEN)]
        losses = []
        for now, following in pairwise(letters):
            hidden = step(now, hidden)
            losses.append(-log(softmax(linear(weights["out"], hidden))[following]))
        return sum(losses) * (1 / len(losses))

    for number in range(steps):
        batch = [WORDS[(2 * number + i) % len(WORDS)] for i in range(2)]
        loss = sum(spelling(word) for word in batch) * (1 / len(batch))
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad
            p.grad = 0
