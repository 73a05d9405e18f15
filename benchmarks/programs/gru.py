"""A gated recurrent unit that predicts the next number of two sines, with Adam."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

HIDDEN, LENGTH = 5, 8
RATE, BETA1, BETA2, SMALL = 0.05, 0.85, 0.99, 1e-8


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(3)

    def matrix(rows: int, columns: int, size: float = 0.4) -> list[list[Any]]:
        return [[Value(rng.gauss(0, size)) for _ in range(columns)] for _ in range(rows)]

    update, reset, new = (matrix(HIDDEN, HIDDEN + 1) for _ in range(3))
    biases = matrix(3, HIDDEN, 0.1)
    readout = matrix(1, HIDDEN)[0]
    layers = [update, reset, new, biases, [readout]]
    params = [p for layer in layers for row in layer for p in row]
    first = [0.0] * len(params)
    second = [0.0] * len(params)

    def sigmoid(x: Any) -> Any:
        return (1 + (-x).exp()) ** -1

    def tanh(x: Any) -> Any:
        up, down = x.exp(), (-x).exp()
        return (up - down) / (up + down)

    def affine(rows: list[list[Any]], bias: list[Any], given: list[Any]) -> list[Any]:
        return [sum(w * g for w, g in zip(row, given)) + b for row, b in zip(rows, bias)]

    def unit(x: float, hidden: list[Any]) -> list[Any]:
        given = [*hidden, Value(x)]
        z = [sigmoid(a) for a in affine(update, biases[0], given)]
        r = [sigmoid(a) for a in affine(reset, biases[1], given)]
        partly = [ri * hi for ri, hi in zip(r, hidden)]
        h = [tanh(a) for a in affine(new, biases[2], [*partly, Value(x)])]
        return [(1 - zi) * old + zi * ne for zi, old, ne in zip(z, hidden, h)]

    def wave(start: float) -> list[float]:
        return [0.6 * math.sin(start + 0.5 * t) + 0.3 * math.sin(1.3 * t) for t in range(LENGTH + 1)]

    for number in range(1, steps + 1):
        numbers = wave(rng.uniform(0, 6))
        hidden = [Value(0.0) for _ in range(HIDDEN)]
        errors = []
        for x, following in pairwise(numbers):
            hidden = unit(x, hidden)
            predicted = sum(w * h for w, h in zip(readout, hidden))
            errors.append((predicted - following) ** 2)
        loss = sum(errors) / LENGTH
        yield loss, params
        loss.backward()
        for i, p in enumerate(params):
            first[i] = BETA1 * first[i] + (1 - BETA1) * p.grad
            second[i] = BETA2 * second[i] + (1 - BETA2) * p.grad**2
            corrected = first[i] / (1 - BETA1**number), second[i] / (1 - BETA2**number)
            p.data -= RATE * corrected[0] / (corrected[1] ** 0.5 + SMALL)
            p.grad = 0
