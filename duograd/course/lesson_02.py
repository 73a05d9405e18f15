"""Lesson 2: where gradients add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autodiff import Value, explain, grad, topological_order
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same

__all__ = [
    "after_two_passes",
    "backward_pass",
    "paths",
    "thousand_ways",
    "used_twice",
    "ways_through_a_cube",
    "ways_through_doublings",
    "without_the_plus",
]

LOST = "a way is lost"
NODES = "nodes for ways"


@guess
def used_twice() -> Question:
    """The gradient of x in x·w + x, at x = 2 and w = 3."""
    x, w = Value(2.0), Value(3.0)
    return (
        grad(x * w + x, x),
        "Both uses count: w through the product, and 1 directly.",
        [
            Meaning(w.data, LOST, "That is what the product contributes. And the other use of x?"),
            Meaning(1.0, LOST, "That is what the direct use contributes. And the product?"),
            Meaning(w.data * 1.0 * x.data, "y for its derivative", "That is x·w, a value and not a rate."),
            Meaning((x * w + x).data, "y for its derivative", "That is y itself, and not how fast it moves."),
            Meaning(5.0, "operands added", "That is x + w. A rate is asked: how far does y move with x?"),
            Meaning((w.data + 1.0) / 2.0, "averaged over the ways", "Two ways do not share one effect."),
        ],
    )


@guess
def ways_through_a_cube() -> Question:
    """The number of ways from x to x·x·x."""
    x = Value(2.0)
    return (
        explain(x * x * x, wrt=x).count,
        "One for each place in which x stands.",
        [
            Meaning(1, NODES, "There is one node x, but it stands in several places."),
            Meaning(2, NODES, "There are two products; count how often x goes into one of them."),
            Meaning(
                12, "y for its derivative", "That is the derivative at 2. How many ways is it the sum of?"
            ),
            Meaning(8, "y for its derivative", "That is the value at 2. How many ways lead there?"),
        ],
    )


@guess
def ways_through_doublings() -> Question:
    """The number of ways after twelve times v + v."""
    start = node = Value(1.0)
    for _ in range(12):
        node = node + node
    return (
        explain(node, wrt=start).count,
        "Each addition offers two ways to go on, so each doubles the number.",
        [
            Meaning(24, NODES, "That is the number of arrows. A way chooses one of two at each addition."),
            Meaning(13, NODES, "That is the number of nodes."),
            Meaning(12, NODES, "That is the number of additions."),
            Meaning(2**11, "one doubling too few", "The first addition doubles, too."),
            Meaning(12**2, "squared for doubled", "Doubling twelve times is not squaring twelve."),
        ],
    )


@guess
def without_the_plus() -> Question:
    """What the engine with = for += says to the gradient of x in x·w + x."""
    x, w = Value(2.0), Value(3.0)
    y = x * w + x
    return (
        _swept(y, adds=False)[x],
        "What arrives last stays, and last comes the product. The direct way is lost.",
        [
            Meaning(
                grad(y, x), "= for +=", "That is the right gradient, the sum of both. Here nothing is added."
            ),
            Meaning(1.0, "order not reversed", "That arrives first, and is overwritten."),
            Meaning(0.0, "zeroed", "Overwriting is not clearing: something stays."),
        ],
    )


@guess
def after_two_passes() -> Question:
    """x.grad after backward() twice."""
    x, w = Value(2.0), Value(3.0)
    y = x * w + x
    y.backward()
    y.backward()
    return (
        x.grad,
        "The second pass adds as much as the first.",
        [
            Meaning(x.grad / 2, "thinks backward() sets grad", "So it would be if each pass began at zero."),
            Meaning(
                (x.grad / 2) ** 2, "multiplied over passes", "Passes are added like ways, not multiplied."
            ),
            Meaning(0.0, "zeroed", "Nobody sets the gradient to zero in between."),
        ],
    )


@exercise(
    "Draw the graph on paper, and follow p with a finger.",
    "p stands in the sum and in the product. Multiply along each way, then add the two.",
    "1·(p·q) through the sum, (p + q)·q through the product.",
)
def paths(answer: tuple[int, float]) -> str:
    """The number of ways, and the gradient, from p to (p + q)·(p·q) at p = 2, q = 3."""
    ways, slope = answer
    p, q = Value(2.0, "p"), Value(3.0, "q")
    found = explain((p + q) * (p * q), wrt=p)
    through_sum, through_product = p.data * q.data, (p.data + q.data) * q.data
    if not same(ways, found.count):
        raise NotYet(f"There are not {ways} ways. In how many operations does p stand?", "ways miscounted")
    for wrong, name, text in (
        (through_sum, LOST, "That is the way through the sum alone."),
        (through_product, LOST, "That is the way through the product alone."),
        (through_sum * through_product, "multiplied over the ways", "Along a way multiply, over ways add."),
        (1.0 * q.data, "slopes multiplied", "(uv)′ is not u′·v′."),
        (1.0 + q.data, "other factor forgotten", "The other factor of the last product is missing."),
        (2 * through_sum + q.data**2 + 1, "derivative by another", "Hold q still."),
        (p.data**2 + 2 * p.data * q.data, "derivative by another", "That is ∂y/∂q."),
    ):  # fmt: skip
        if same(slope, wrong):
            raise NotYet(f"The number of ways is right, the gradient is not. {text}", name)
    if not same(slope, found.gradient):
        raise NotYet("The number of ways is right, the gradient is not. What is each of the two worth?")
    return "One way through the sum, one through the product."


@exercise(
    "What does a sum of two terms do to the number of ways, and what a chain of sums?",
    "u + v has as many ways as u and v together; a number that is used again is shared, not built again.",
    "1000 = 2·2·2·5·5·5. Doubling is v + v, and five times v is (v + v) + (v + v) + v with v + v shared.",
)
def thousand_ways(build: Callable[[Value], Value]) -> str:
    """A graph of at most 20 operations with 1,000 ways from x."""
    x = Value(1.0, "x")
    y = build(x)
    if not isinstance(y, Value):
        raise NotYet(f"Return a Value made from x, not {type(y).__name__}.", "returns no Value")
    order = topological_order(y)
    ways, operations = explain(y, wrt=x).count, sum(node.op != "" for node in order)
    if ways != 1000:
        if ways and grad(y, x) == 1000.0:
            raise NotYet(f"The gradient is 1000, but by {ways:,} ways.", "gradient for ways")
        raise NotYet(f"Your graph has {ways:,} ways.", "ways miscounted")
    if operations > 20:
        raise NotYet(
            f"1,000 ways, but {operations} operations: share what you have built.", "nothing is shared"
        )
    return f"1,000 ways by {operations} operations."


@exercise(
    "Begin with 1.0 for y itself, and go through the order from its end.",
    "Each node passes what it has on to its operands, times its local derivatives; what arrives is added.",
    "For node in reversed(order), each operand: gradient[operand] += gradient[node] * derivative.",
)
def backward_pass(sweep: Callable[[Value], Mapping[Value, float]]) -> str:
    """A backward pass over nodes, on graphs drawn at random."""
    names = getattr(getattr(sweep, "__code__", None), "co_names", ())
    if asked := {"backward", "grad"} & {*names}:
        raise NotYet(
            f"That is the library's own pass, by {asked.pop()}. Go through the nodes yourself.", "not its own"
        )
    rng = np.random.default_rng()
    for _ in range(4):
        y = _random_graph(rng)
        order = topological_order(y)
        found = sweep(y)
        if not isinstance(found, Mapping):
            raise NotYet(f"Return a dict from node to number, not {type(found).__name__}.", "returns no dict")
        missing = [node for node in order if node not in found]
        if missing:
            raise NotYet(f"Your dict has {len(order) - len(missing)} of {len(order)} nodes.", "missing")
        right = dict(zip(order, grad(y, order)))
        if all(same(float(found[node]), right[node]) for node in order):
            continue
        for name, text, swept in (
            ("= for +=", "A contribution is overwritten where it should be added.", _swept(y, adds=False)),
            ("order not reversed", "Nodes pass on before all has arrived.", _swept(y, reverse=False)),
            ("no seed", "∂y/∂y is 1; you begin with 0.", dict.fromkeys(order, 0.0)),
            ("local derivatives alone", "What has arrived at the node is not passed on: multiply by it.",
             _swept(y, chained=False)),
            ("every node 1", "Every node has the gradient 1; the local derivatives are not used.",
             dict.fromkeys(order, 1.0)),
        ):  # fmt: skip
            if all(same(float(found[node]), swept[node]) for node in order):
                raise NotYet(text, name)
        node = next(node for node in order if not same(float(found[node]), right[node]))
        raise NotYet(
            f"For a node {node.label or node.op} it is {right[node]:.6g}, you have {found[node]:.6g}."
        )
    return "That is backpropagation, complete."


def _swept(y: Value, adds: bool = True, reverse: bool = True, chained: bool = True) -> dict[Value, float]:
    """The backward pass, or one with a mistake."""
    order = topological_order(y)
    gradient = dict.fromkeys(order, 0.0)
    gradient[y] = 1.0
    for node in reversed(order) if reverse else order:
        for operand, derivative in zip(node.operands, node.local_derivatives):
            passed = (gradient[node] if chained else 1.0) * derivative
            gradient[operand] = gradient[operand] + passed if adds else passed
    return gradient


def _random_graph(rng: np.random.Generator) -> Value:
    """A graph in which leaves and inner nodes are used more than once."""
    p, q = Value(rng.uniform(0.5, 1.5), "p"), Value(rng.uniform(-1.5, -0.5), "q")
    s = p * q + p
    t = (s * s).tanh() * p
    y = s * q + t * t + t
    s.label, t.label, y.label = "s", "t", "y"
    return y
