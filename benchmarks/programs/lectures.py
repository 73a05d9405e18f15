"""Ten short programs in the way of notebooks about micrograd.

Each takes the class and gives numbers: losses, gradients, and what else it prints. What such notebooks do
with the inside of nodes they do here: read ``_prev`` and ``_op``, set ``_backward``, call it node by node.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

__all__ = ["LECTURES"]

Points = list[tuple[list[float], float]]


def hand_written_tanh(Value: Any, x: Any) -> Any:
    """tanh as one node, as the lecture adds it."""
    t = (math.exp(2 * x.data) - 1) / (math.exp(2 * x.data) + 1)
    out = Value(t, (x,), "tanh")

    def back() -> None:
        x.grad += (1 - t**2) * out.grad

    out._backward = back
    return out


def one_neuron(Value: Any) -> tuple[dict[str, Any], Any]:
    """A neuron of two inputs, each node under a name."""
    named = {
        "x1": Value(2.0, label="x1"),
        "x2": Value(0.0, label="x2"),
        "w1": Value(-3.0, label="w1"),
        "w2": Value(1.0, label="w2"),
        "b": Value(6.881373587019543, label="b"),
    }
    named["x1w1"] = named["x1"] * named["w1"]
    named["x2w2"] = named["x2"] * named["w2"]
    named["both"] = named["x1w1"] + named["x2w2"]
    named["n"] = named["both"] + named["b"]
    for name in ("x1w1", "x2w2", "both", "n"):
        named[name].label = name
    return named, hand_written_tanh(Value, named["n"])


def node_by_node(Value: Any) -> list[float]:
    """``_backward`` of each node called by hand, from the output down."""
    named, o = one_neuron(Value)
    o.grad = 1.0
    o._backward()
    for name in ("n", "b", "both", "x2w2", "x1w1"):
        named[name]._backward()
    return [o.data, *(named[name].grad for name in named)]


def by_topological_order(Value: Any) -> list[float]:
    """The order built from ``_prev`` in the notebook itself, and walked backwards."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0 + 10.0 / 8.0 * f
    order: list[Any] = []
    seen = set()

    def build(node: Any) -> None:
        if node not in seen:
            seen.add(node)
            for child in node._prev:
                build(child)
            order.append(node)

    build(g)
    g.grad = 1.0
    for node in reversed(order):
        node._backward()
    return [g.data, a.grad, b.grad, e.grad, c.grad]


def drawn(Value: Any) -> list[str]:
    """The picture that such notebooks draw, as the sorted lines of a DOT file."""
    _, o = one_neuron(Value)
    o.backward()
    nodes, edges = set(), set()

    def trace(node: Any) -> None:
        if node not in nodes:
            nodes.add(node)
            for child in node._prev:
                edges.add((child, node))
                trace(child)

    trace(o)
    lines = [f"{{ {n.label} | data {n.data:.4f} | grad {n.grad:.4f} }}" for n in nodes]
    lines += [f"{n._op} -> {n.label}" for n in nodes if n._op]
    lines += [f"{n1.label} -> {n2.label} {n2._op}" for n1, n2 in edges]
    return sorted(lines)


def taken_apart(Value: Any) -> list[float]:
    """tanh by exp, division and subtraction gives what the one node gives."""
    named, o = one_neuron(Value)
    e = (2 * named["n"]).exp()
    other = (e - 1) / (e + 1)
    other.backward()
    apart = [named[name].grad for name in ("x1", "w1", "x2", "w2")]
    return [other.data, o.data, *apart]


def slopes_by_differences(Value: Any) -> list[float]:
    """The slope by a small h beside the gradient."""
    h = 1e-4

    def L(**moved: float) -> Any:
        at = {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}
        nodes = {name: Value(x + moved.get(name, 0.0), label=name) for name, x in at.items()}
        out = (nodes["a"] * nodes["b"] + nodes["c"]) * nodes["f"]
        out.backward()
        return out, nodes

    out, nodes = L()
    results = [out.data]
    for name in nodes:
        by_h = (L(**{name: h})[0].data - L(**{name: -h})[0].data) / (2 * h)
        results += [nodes[name].grad, round(by_h - nodes[name].grad, 6)]
    return results


class Network:
    """Layers of neurons, with tanh as the lecture writes it."""

    def __init__(self, Value: Any, sizes: list[int], rng: random.Random, act: Callable[[Any], Any]) -> None:
        self.act = act
        self.layers = [
            [[Value(rng.uniform(-1, 1)) for _ in range(n + 1)] for _ in range(m)] for n, m in pairwise(sizes)
        ]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [self.act(sum((w * xi for w, xi in zip(neuron, x)), neuron[-1])) for neuron in layer]
        return x[0] if len(x) == 1 else x

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for neuron in layer for p in neuron]


def four_points(Value: Any) -> list[float]:
    """The lecture's last cells: a small network, four points, descent by hand."""
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    network = Network(Value, [3, 4, 4, 1], random.Random(0), lambda z: hand_written_tanh(Value, z))
    losses = []
    for _ in range(5):
        loss = sum((network(x) - y) ** 2 for x, y in zip(xs, ys))
        for p in network.parameters():
            p.grad = 0.0
        loss.backward()
        for p in network.parameters():
            p.data += -0.1 * p.grad
        losses.append(loss.data)
    return losses


def own_sigmoid(Value: Any) -> list[float]:
    """A class of one's own with a sigmoid, on the exclusive or."""

    class Mine(Value):  # type: ignore[misc]
        def sigmoid(self) -> Any:
            s = 1 / (1 + math.exp(-self.data))
            out = Mine(s, (self,), "sigmoid")

            def back() -> None:
                self.grad += s * (1 - s) * out.grad

            out._backward = back
            return out

    def act(z: Any) -> Any:
        return (z if isinstance(z, Mine) else own(z)).sigmoid()

    def own(z: Any) -> Any:
        """A node that only hands on: micrograd's operators give its own class."""
        out = Mine(z.data, (z,), "same")

        def back() -> None:
            z.grad += out.grad

        out._backward = back
        return out

    network = Network(Mine, [2, 3, 1], random.Random(1), act)
    losses = []
    for _ in range(4):
        points = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]
        loss = sum((network([Mine(xi) for xi in x]) - y) ** 2 for x, y in points) * 0.25
        loss.backward()
        for p in network.parameters():
            p.data -= 2.0 * p.grad
            p.grad = 0.0
        losses.append(loss.data)
    return losses


def moons(rng: random.Random, many: int) -> Points:
    """Two half circles that reach into each other."""
    points: Points = []
    for i in range(many):
        t, y = rng.uniform(0, math.pi), 1.0 if i % 2 else -1.0
        x = [math.cos(t), math.sin(t)] if i % 2 else [1 - math.cos(t), 0.5 - math.sin(t)]
        points.append(([xi + rng.gauss(0, 0.1) for xi in x], y))
    return points


def hinge_on_moons(Value: Any) -> list[float]:
    """The demo: a margin loss with a penalty, a learning rate that falls, and the share that is right."""
    rng = random.Random(2)
    network = Network(Value, [2, 6, 6, 1], rng, lambda z: z.relu())
    network.act = lambda z: z.relu() - 0.1 * (-z).relu()
    results = []
    for k in range(3):
        batch = moons(rng, 12)
        scores = [network([Value(xi) for xi in x]) for x, _ in batch]
        margins = [(1 + -y * score).relu() for score, (_, y) in zip(scores, batch)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in network.parameters())
        right = [(y > 0) == (score.data > 0) for score, (_, y) in zip(scores, batch)]
        for p in network.parameters():
            p.grad = 0
        loss.backward()
        for p in network.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        results += [loss.data, sum(right) / len(right)]
    return results


def momentum(Value: Any) -> list[float]:
    """Things attached to nodes: a velocity for every parameter."""
    params = [Value(x) for x in (1.5, -0.7, 0.3)]
    for p in params:
        p.velocity = 0.0
    losses = []
    for _ in range(6):
        a, b, c = params
        loss = (a * b - c) ** 2 + (a - 1) ** 2 + (b * c + 0.5).tanh()
        loss.backward()
        for p in params:
            p.velocity = 0.8 * p.velocity - 0.1 * p.grad
            p.data += p.velocity
            p.grad = 0.0
        losses.append(loss.data)
    return losses


def many_operands(Value: Any) -> list[float]:
    """One node for a whole sum of products, and one for a softmax's logarithm, each with its closure."""

    def dot(ws: list[Any], xs: list[Any]) -> Any:
        out = Value(sum(w.data * x.data for w, x in zip(ws, xs)), (*ws, *xs), "dot")

        def back() -> None:
            for w, x in zip(ws, xs):
                w.grad += x.data * out.grad
                x.grad += w.data * out.grad

        out._backward = back
        return out

    def log_softmax(logits: list[Any], i: int) -> Any:
        powers = [math.exp(logit.data) for logit in logits]
        shares = [power / sum(powers) for power in powers]
        out = Value(math.log(shares[i]), logits, "log softmax")

        def back() -> None:
            for j, logit in enumerate(logits):
                logit.grad += ((i == j) - shares[j]) * out.grad

        out._backward = back
        return out

    rng = random.Random(3)
    rows = [[Value(rng.gauss(0, 0.5)) for _ in range(4)] for _ in range(3)]
    x = [Value(rng.gauss(0, 1)) for _ in range(4)]
    losses = []
    for _ in range(3):
        logits = [dot(row, [xi.tanh() for xi in x]) for row in rows]
        loss = -log_softmax(logits, 1) + 0.1 * dot(x, x)
        loss.backward()
        losses.append(loss.data)
        for p in [*x, *(w for row in rows for w in row)]:
            losses.append(p.grad)
            p.data -= 0.5 * p.grad
            p.grad = 0.0
    return losses


LECTURES: dict[str, Callable[[Any], list[Any]]] = {
    each.__name__: each
    for each in (
        node_by_node,
        by_topological_order,
        drawn,
        taken_apart,
        slopes_by_differences,
        four_points,
        own_sigmoid,
        hinge_on_moons,
        momentum,
        many_operands,
    )
}
"""Name: the program, which takes the class and gives its results."""
