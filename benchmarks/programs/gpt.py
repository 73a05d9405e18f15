"""A transformer over letters, in the size and the way of A. Karpathy's microgpt (2026): a word a step, Adam.

One position after the other: each is embedded, normalised, looks back at the keys and values of those before
it with several heads, and goes through two layers. The words are names of plants.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

WIDTH, HEADS, LONGEST, LAYERS = 8, 2, 8, 1
PLANTS = """
anemone aster azalea begonia bluebell camellia carnation clover columbine cornflower crocus cyclamen daffodil
dahlia daisy edelweiss forsythia foxglove freesia fuchsia gentian geranium gladiolus heather hibiscus hyacinth
iris jasmine larkspur lavender lilac lily lotus lupin magnolia marigold mimosa narcissus oleander orchid pansy
peony petunia poppy primrose rose saffron snowdrop sunflower tulip verbena violet
"""
WORDS = PLANTS.split()
RATE, FIRST, SECOND, TINY = 0.01, 0.85, 0.99, 1e-8


def train(Value: Any, steps: int = 3) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(11)
    letters = sorted({*"".join(WORDS)})
    end = len(letters)  # a word begins and ends with it

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]

    shapes = {"letter": (end + 1, WIDTH), "place": (LONGEST, WIDTH), "head": (end + 1, WIDTH)}
    for layer in range(LAYERS):
        shapes |= {f"{layer}.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value", "out")}
        shapes |= {f"{layer}.wide": (4 * WIDTH, WIDTH), f"{layer}.narrow": (WIDTH, 4 * WIDTH)}
    weights = {name: matrix(*shape) for name, shape in shapes.items()}
    params = [p for rows in weights.values() for row in rows for p in row]
    first, second = [0.0] * len(params), [0.0] * len(params)

    def linear(name: str, x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in weights[name]]

    def softmax(logits: list[Any]) -> list[Any]:
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        total = sum(powers)
        return [power / total for power in powers]

    def norm(x: list[Any]) -> list[Any]:
        scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
        return [xi * scale for xi in x]

    def attention(layer: int, x: list[Any], keys: list[Any], values: list[Any]) -> list[Any]:
        query = linear(f"{layer}.query", x)
        keys.append(linear(f"{layer}.key", x))
        values.append(linear(f"{layer}.value", x))
        size, found = WIDTH // HEADS, []
        for begin in range(0, WIDTH, size):
            part = slice(begin, begin + size)
            scores = [sum(q * k for q, k in zip(query[part], key[part])) / size**0.5 for key in keys]
            shares = softmax(scores)
            found += [sum(s * v[j] for s, v in zip(shares, values)) for j in range(begin, begin + size)]
        return linear(f"{layer}.out", found)

    def logits(letter: int, place: int, memory: list[tuple[list[Any], list[Any]]]) -> list[Any]:
        x = norm([a + b for a, b in zip(weights["letter"][letter], weights["place"][place])])
        for layer, (keys, values) in enumerate(memory):
            x = [a + b for a, b in zip(x, attention(layer, norm(x), keys, values))]
            wide = [z.relu() for z in linear(f"{layer}.wide", norm(x))]
            x = [a + b for a, b in zip(x, linear(f"{layer}.narrow", wide))]
        return linear("head", x)

    for step in range(steps):
        word = [end, *map(letters.index, WORDS[(7 * step) % len(WORDS)]), end][: LONGEST + 1]
        memory: list[tuple[list[Any], list[Any]]] = [([], []) for _ in range(LAYERS)]
        losses = []
        for place, (letter, target) in enumerate(pairwise(word)):
            losses.append(-softmax(logits(letter, place, memory))[target].log())
        loss = sum(losses) * (1 / len(losses))
        yield loss, params
        loss.backward()
        rate = RATE * (1 - step / steps)
        for i, p in enumerate(params):
            first[i] = FIRST * first[i] + (1 - FIRST) * p.grad
            second[i] = SECOND * second[i] + (1 - SECOND) * p.grad**2
            mean, spread = first[i] / (1 - FIRST ** (step + 1)), second[i] / (1 - SECOND ** (step + 1))
            p.data -= rate * mean / (spread**0.5 + TINY)
            p.grad = 0
