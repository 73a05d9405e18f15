"""A block of a vision transformer: patches of a small image attend to each other."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

IMAGE, PATCH, WIDTH, HEADS, CLASSES = 4, 2, 4, 2, 2
STEP = 0.1


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(10)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.4)) for _ in range(columns)] for _ in range(rows)]

    tokens = (IMAGE // PATCH) ** 2 + 1
    weights = {
        "patch": matrix(WIDTH, PATCH * PATCH),
        "place": matrix(tokens, WIDTH),
        "class": matrix(1, WIDTH),
        **{name: matrix(WIDTH, WIDTH) for name in ("query", "key", "value", "out")},
        "wide": matrix(2 * WIDTH, WIDTH),
        "narrow": matrix(WIDTH, 2 * WIDTH),
        "head": matrix(CLASSES, WIDTH),
    }
    params = [p for rows in weights.values() for row in rows for p in row]

    def linear(name: str, x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in weights[name]]

    def softmax(logits: list[Any]) -> list[Any]:
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def norm(x: list[Any]) -> list[Any]:
        mean = sum(x) / len(x)
        variance = sum((xi - mean) ** 2 for xi in x) / len(x)
        scale = (variance + 1e-5) ** -0.5
        return [(xi - mean) * scale for xi in x]

    def attention(xs: list[list[Any]]) -> list[list[Any]]:
        queries, keys, values = ([linear(name, x) for x in xs] for name in ("query", "key", "value"))
        size = WIDTH // HEADS
        results = []
        for q in queries:
            joined: list[Any] = []
            for h in range(0, WIDTH, size):
                part = slice(h, h + size)
                scores = [sum(a * b for a, b in zip(q[part], k[part])) / size**0.5 for k in keys]
                shares = softmax(scores)
                joined += [sum(s * v[j] for s, v in zip(shares, values)) for j in range(h, h + size)]
            results.append(linear("out", joined))
        return results

    def block(xs: list[list[Any]]) -> list[list[Any]]:
        attended = attention([norm(x) for x in xs])
        xs = [[a + b for a, b in zip(x, y)] for x, y in zip(xs, attended)]
        wide = [linear("narrow", [z.relu() for z in linear("wide", norm(x))]) for x in xs]
        return [[a + b for a, b in zip(x, y)] for x, y in zip(xs, wide)]

    def classified(image: list[list[float]]) -> list[Any]:
        corners = [(i, j) for i in range(0, IMAGE, PATCH) for j in range(0, IMAGE, PATCH)]
        near = [(a, b) for a in range(PATCH) for b in range(PATCH)]
        patches = [[Value(image[i + a][j + b]) for a, b in near] for i, j in corners]
        xs = [weights["class"][0], *(linear("patch", patch) for patch in patches)]
        xs = [[a + b for a, b in zip(x, place)] for x, place in zip(xs, weights["place"])]
        return softmax(linear("head", norm(block(xs)[0])))

    def log(p: Any) -> Any:
        q = max(p.data, 1e-12)
        return Value(math.log(q), (p,), (1 / q,))

    for number in range(steps):
        losses = []
        for upright in (0, 1):
            at = (number + upright) % IMAGE
            image = [[float((j if upright else i) == at) for j in range(IMAGE)] for i in range(IMAGE)]
            noisy = [[x + rng.gauss(0, 0.1) for x in row] for row in image]
            losses.append(-log(classified(noisy)[upright]))
        loss = sum(losses) / len(losses)
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad
            p.grad = 0
