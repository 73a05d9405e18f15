"""A transformer over letters, in the size and the way of A. Karpathy's microgpt (2026): a word a step, Adam.

One position after the other: each is embedded, normalised, looks back at the keys and values of those before
it with several heads, and goes through two layers. The words are names of plants, or those that are given.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FIRST",
    "PUBLISHED",
    "RATE",
    "SECOND",
    "TINY",
    "linear",
    "next_letters",
    "tokens",
    "train",
    "weights",
]

PLANTS = """
anemone aster azalea begonia bluebell camellia carnation clover columbine cornflower crocus cyclamen daffodil
dahlia daisy edelweiss forsythia foxglove freesia fuchsia gentian geranium gladiolus heather hibiscus hyacinth
iris jasmine larkspur lavender lilac lily lotus lupin magnolia marigold mimosa narcissus oleander orchid pansy
peony petunia poppy primrose rose saffron snowdrop sunflower tulip verbena violet
"""
WORDS = PLANTS.split()
LETTERS = sorted({*PLANTS} - {*" \n"})
RATE, FIRST, SECOND, TINY = 0.01, 0.85, 0.99, 1e-8

Vector = list[Any]
Matrix = Iterable[Iterable[Any]]


@dataclass(frozen=True)
class Sizes:
    """How large a transformer is: numbers a position, heads that share them, positions, layers."""

    width: int = 8
    heads: int = 2
    longest: int = 8
    layers: int = 1


SIZES = Sizes()
PUBLISHED = Sizes(width=16, heads=4, longest=16)


def shapes(letters: int, sizes: Sizes) -> dict[str, tuple[int, int]]:
    """The matrices by name, for so many letters, the end of a word among them."""
    n = sizes.width
    found = {"letter": (letters, n), "place": (sizes.longest, n), "head": (letters, n)}
    for layer in range(sizes.layers):
        found |= {f"{name}{layer}": (n, n) for name in ("query", "key", "value", "out")}
        found |= {f"wide{layer}": (4 * n, n), f"narrow{layer}": (n, 4 * n)}
    return found


def weights(letters: int, sizes: Sizes, seed: int = 11) -> dict[str, list[list[float]]]:
    """What training begins with."""
    rng = random.Random(seed)
    return {
        name: [[rng.gauss(0, 0.08) for _ in range(columns)] for _ in range(rows)]
        for name, (rows, columns) in shapes(letters, sizes).items()
    }


def tokens(word: str, letters: Sequence[str], sizes: Sizes) -> list[int]:
    """The numbers of a word's letters between two ends, of one position more than are looked at."""
    end = len(letters)
    return [end, *map(letters.index, word), end][: sizes.longest + 1]


def linear(W: Matrix, x: Iterable[Any]) -> Vector:
    return [sum(w * xi for w, xi in zip(row, x)) for row in W]


def softmax(logits: Vector) -> Vector:
    top = max(logit.data for logit in logits)
    powers = [(logit - top).exp() for logit in logits]
    total = sum(powers)
    return [power / total for power in powers]


def norm(x: Vector) -> Vector:
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def next_letters(W: Mapping[str, Matrix], embedded: Iterable[Vector], sizes: Sizes) -> Iterator[Vector]:
    """For each position how probable each letter is to come next, which only those before it decide."""

    def attention(layer: int, x: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        query = linear(W[f"query{layer}"], x)
        keys.append(linear(W[f"key{layer}"], x))
        values.append(linear(W[f"value{layer}"], x))
        size, found = sizes.width // sizes.heads, []
        for begin in range(0, sizes.width, size):
            part = slice(begin, begin + size)
            scores = [sum(q * k for q, k in zip(query[part], key[part])) / size**0.5 for key in keys]
            shares = softmax(scores)
            found += [sum(s * v[j] for s, v in zip(shares, values)) for j in range(begin, begin + size)]
        return linear(W[f"out{layer}"], found)

    memory: list[tuple[list[Vector], list[Vector]]] = [([], []) for _ in range(sizes.layers)]
    for letter, place in zip(embedded, W["place"]):
        x = norm([a + b for a, b in zip(letter, place)])
        for layer, (keys, values) in enumerate(memory):
            x = [a + b for a, b in zip(x, attention(layer, norm(x), keys, values))]
            wide = [z.relu() for z in linear(W[f"wide{layer}"], norm(x))]
            x = [a + b for a, b in zip(x, linear(W[f"narrow{layer}"], wide))]
        yield softmax(linear(W["head"], x))


def train(
    Value: Any,
    steps: int = 3,
    words: Sequence[str] = WORDS,
    sizes: Sizes | None = None,
    letters: Sequence[str] = LETTERS,
) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters; ``SIZES`` if no others are given."""
    sizes = sizes or SIZES
    W = {
        name: [[Value(x) for x in row] for row in rows]
        for name, rows in weights(len(letters) + 1, sizes).items()
    }
    params = [p for rows in W.values() for row in rows for p in row]
    first, second = [0.0] * len(params), [0.0] * len(params)

    for step in range(steps):
        word = tokens(words[step % len(words)], letters, sizes)
        shares = next_letters(W, (W["letter"][letter] for letter in word[:-1]), sizes)
        losses = [-share[target].log() for share, target in zip(shares, word[1:])]
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
