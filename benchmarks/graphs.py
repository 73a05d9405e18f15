"""Models as people write them, one scalar at a time: the graphs that tests lift and benchmarks time.

Each function returns a ``Graph``: the loss, its parameters by name, and its inputs by name.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from autodiff import Value, dot, logsumexp, softmax
from autodiff.functions import mean, sum

__all__ = ["Graph", "attention", "batch_norm", "convolution", "gru", "logistic", "mlp", "rnn"]

Vector = list[Value]
Matrix = list[Vector]


@dataclass
class Graph:
    """A recorded loss with what to differentiate it by and what to feed it.

    ``again`` records the loss once more, from the same leaves.
    """

    loss: Value
    params: list[Value]
    inputs: dict[str, Any] = field(default_factory=dict)
    again: Callable[[], Value] | None = None

    def data(self) -> dict[str, Any]:
        """The inputs' recorded numbers, as arrays of the inputs' shapes."""
        return {
            name: np.vectorize(lambda leaf: leaf.data)(np.array(values, dtype=object))
            for name, values in self.inputs.items()
        }


class Maker:
    """Makes labelled parameters and unlabelled data from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.params: list[Value] = []

    def matrix(self, name: str, rows: int, columns: int) -> Matrix:
        scale = columns**-0.5
        made = [
            [Value(self.random.gauss(0, scale), f"{name}[{i},{j}]") for j in range(columns)]
            for i in range(rows)
        ]
        self.params += [value for row in made for value in row]
        return made

    def vector(self, name: str, size: int, around: float = 0.0) -> Vector:
        made = [Value(around + self.random.gauss(0, 0.1), f"{name}[{i}]") for i in range(size)]
        self.params += made
        return made

    def data(self, *shape: int) -> Any:
        if not shape:
            return Value(self.random.gauss(0, 1))
        return [self.data(*shape[1:]) for _ in range(shape[0])]


def linear(W: Matrix, x: Vector, b: Vector | None = None) -> Vector:
    """W·x + b."""
    return [dot(row, x, None if b is None else b[i]) for i, row in enumerate(W)]


def mlp(sizes: tuple[int, ...], m: int, activation: str = "relu", seed: int = 0) -> Graph:
    """An MLP on m samples; hinge loss for one output, cross-entropy for several.

    X is (n, m); Y is (m,) for the hinge loss, else one-hot (K, m).
    """
    make = Maker(seed)
    layers = [
        (make.matrix(f"W{l}", rows, columns), make.vector(f"b{l}", rows))
        for l, (columns, rows) in enumerate(pairwise(sizes), 1)
    ]
    X = make.data(sizes[0], m)
    K = sizes[-1]
    classes = [make.random.randrange(max(K, 2)) for _ in range(m)]
    if K == 1:
        Y: Any = [Value(2.0 * k - 1.0) for k in classes]
    else:
        Y = [[Value(float(k == each)) for each in classes] for k in range(K)]
    losses = []
    for s in range(m):
        a = [row[s] for row in X]
        for l, (W, b) in enumerate(layers, 1):
            z = linear(W, a, b)
            a = z if l == len(layers) else [getattr(each, activation)() for each in z]
        if K == 1:
            losses.append((1.0 - Y[s] * a[0]).relu())
        else:
            losses.append(logsumexp(a) - dot([row[s] for row in Y], a))
    return Graph(sum(losses) * (1.0 / m), make.params, {"X": X, "Y": Y})


def logistic(m: int, seed: int = 0) -> Graph:
    """Logistic regression on the polynomial features 1, x, x², x³ of X (m,), labels Y (m,) of ±1."""
    make = Maker(seed)
    w = make.vector("w", 4)
    X = make.data(m)
    Y = [Value(make.random.choice((-1.0, 1.0))) for _ in range(m)]
    losses = [(-Y[s] * dot(w, [X[s] ** k for k in range(4)])).softplus() for s in range(m)]
    return Graph(mean(losses), make.params, {"X": X, "Y": Y})


def convolution(m: int = 2, size: int = 8, channels: int = 3, seed: int = 0) -> Graph:
    """Two 3×3 convolutions with shared kernels, relu, and the mean square of what comes out."""
    make = Maker(seed)
    K1, b1 = make.matrix("K1", channels, 9), make.vector("b1", channels)
    K2, b2 = make.matrix("K2", 2, 9 * channels), make.vector("b2", 2)
    X = make.data(m, size, size)

    def apply(K: Matrix, b: Vector, images: list[Matrix]) -> list[Matrix]:
        inner = range(len(images[0]) - 2)
        window = [(i, j) for i in range(3) for j in range(3)]

        def patch(r: int, c: int) -> Vector:
            return [image[r + i][c + j] for image in images for i, j in window]

        return [[[dot(k, patch(r, c), bias).relu() for c in inner] for r in inner] for k, bias in zip(K, b)]

    outputs = [
        v for s in range(m) for plane in apply(K2, b2, apply(K1, b1, [X[s]])) for row in plane for v in row
    ]
    return Graph(mean([v * v for v in outputs]), make.params, {"X": X})


def rnn(steps: int = 12, width: int = 8, m: int = 4, seed: int = 0) -> Graph:
    """An Elman network that reads ``steps`` inputs of size 3 and predicts one number."""
    make = Maker(seed)
    U, W, b = make.matrix("U", width, 3), make.matrix("W", width, width), make.vector("b", width)
    V, c = make.matrix("V", 1, width), make.vector("c", 1)
    X, Y = make.data(m, steps, 3), make.data(m)
    losses = []
    for s in range(m):
        h: Vector | None = None
        for x in X[s]:
            z = linear(U, x, b)
            if h is not None:
                z = [dot(row, h, each) for row, each in zip(W, z)]
            h = [each.tanh() for each in z]
        assert h is not None
        losses.append((linear(V, h, c)[0] - Y[s]) ** 2)
    return Graph(mean(losses), make.params, {"X": X, "Y": Y})


def gru(steps: int = 6, width: int = 5, m: int = 3, seed: int = 0) -> Graph:
    """A gated recurrent unit (Cho et al. 2014, arXiv:1406.1078) on inputs of size 3."""
    make = Maker(seed)
    gates = [
        (make.matrix(f"U{g}", width, 3), make.matrix(f"W{g}", width, width), make.vector(f"b{g}", width))
        for g in "rzh"
    ]
    v = make.vector("v", width)
    X, Y = make.data(m, steps, 3), make.data(m)

    def gate(g: int, x: Vector, h: Vector) -> Vector:
        U, W, b = gates[g]
        return [dot(row, h, each) for row, each in zip(W, linear(U, x, b))]

    losses = []
    for s in range(m):
        h = [Value(0.0) for _ in range(width)]
        for x in X[s]:
            r = [each.sigmoid() for each in gate(0, x, h)]
            z = [each.sigmoid() for each in gate(1, x, h)]
            new = [each.tanh() for each in gate(2, x, [a * b for a, b in zip(r, h)])]
            h = [u * a + (1.0 - u) * b for u, a, b in zip(z, h, new)]
        losses.append((dot(v, h) - Y[s]) ** 2)
    return Graph(mean(losses), make.params, {"X": X, "Y": Y})


def batch_norm(m: int = 10, width: int = 6, seed: int = 0) -> Graph:
    """A layer, batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167), tanh, a sum."""
    make = Maker(seed)
    W, b = make.matrix("W1", width, 4), make.vector("b1", width)
    gamma, beta, v = make.vector("gamma", width, 1.0), make.vector("beta", width), make.vector("v", width)
    X, Y = make.data(4, m), make.data(m)
    Z = [linear(W, [row[s] for row in X], b) for s in range(m)]
    centred = []
    for k in range(width):
        mu = mean([z[k] for z in Z])
        centred.append([z[k] - mu for z in Z])
    scale = [(mean([d * d for d in row]) + 1e-5) ** -0.5 for row in centred]
    losses = []
    for s in range(m):
        a = [(gamma[k] * (centred[k][s] * scale[k]) + beta[k]).tanh() for k in range(width)]
        losses.append((dot(v, a) - Y[s]) ** 2)
    return Graph(mean(losses), make.params, {"X": X, "Y": Y})


def attention(
    lengths: tuple[int, ...] = (7,),
    vocabulary: int = 27,
    width: int = 16,
    heads: int = 4,
    hidden: int = 64,
    seed: int = 0,
) -> Graph:
    """One causal multi-head attention block with RMS norm, an MLP, and next-token cross-entropy.

    For each sequence of ``lengths`` there is an input of one-hot tokens (positions + 1, vocabulary).
    Source: Vaswani et al., Attention is all you need (2017), arXiv:1706.03762.
    """
    make = Maker(seed)
    size = width // heads
    embed, place = make.matrix("embed", width, vocabulary), make.matrix("place", max(lengths), width)
    Q, K, V, O = (make.matrix(name, width, width) for name in ("Q", "K", "V", "O"))
    up, down = make.matrix("up", hidden, width), make.matrix("down", width, hidden)
    head = make.matrix("head", vocabulary, width)

    def norm(x: Vector) -> Vector:
        scale = (mean([each * each for each in x]) + 1e-5) ** -0.5
        return [each * scale for each in x]

    def add(x: Vector, y: Vector) -> Vector:
        return [a + b for a, b in zip(x, y)]

    inputs: dict[str, Any] = {}
    for number, length in enumerate(lengths):
        drawn = [make.random.randrange(vocabulary) for _ in range(length + 1)]
        inputs[f"tokens{number}"] = [[Value(float(k == each)) for k in range(vocabulary)] for each in drawn]

    def block(x: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        """The next position, which sees the keys and values up to its own, which it adds."""
        y = norm(x)
        q = linear(Q, y)
        keys.append(linear(K, y))
        values.append(linear(V, y))
        mixed: Vector = []
        for h in range(heads):
            part = slice(h * size, (h + 1) * size)
            scores = [dot(q[part], k[part]) * size**-0.5 for k in keys]
            weights = softmax(scores)
            mixed += [dot(weights, [v[part][j] for v in values]) for j in range(size)]
        x = add(x, linear(O, mixed))
        return add(x, linear(down, [each.relu() for each in linear(up, norm(x))]))

    def loss() -> Value:
        losses = []
        for tokens in inputs.values():
            keys: list[Vector] = []
            values: list[Vector] = []
            for t in range(len(tokens) - 1):
                x = norm(add(linear(embed, tokens[t]), place[t]))
                logits = linear(head, block(x, keys, values))
                losses.append(logsumexp(logits) - dot(tokens[t + 1], logits))
        return mean(losses)  # type: ignore[no-any-return]

    return Graph(loss(), make.params, inputs, loss)
