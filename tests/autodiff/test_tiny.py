"""The engine and the network on one page are those of the library, on random graphs."""

import inspect
import operator
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autodiff
from autodiff import tiny
from autodiff.fast import switch_off, switch_on
from nn import MLP

# What both have: two operands that are Values, or one and a number.
OPERATIONS = {
    "mul": operator.mul,
    "add": operator.add,
    "sub": operator.sub,
    "scaled": lambda x, _: 0.5 * x,
    "shifted": lambda x, _: 2.0 + x,
    "square": lambda x, _: x**2,
    "exp": lambda x, _: x.tanh().exp(),
    "tanh": lambda x, _: x.tanh(),
}
steps = st.lists(
    st.tuples(st.sampled_from([*OPERATIONS]), st.integers(0, 99), st.integers(0, 99)), max_size=30
)
leaves = st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=4)


def run(Value, data, program):
    """The leaves, and the sum of all results, each squeezed so that no graph overflows."""
    nodes = [Value(x) for x in data]
    pool = list(nodes)
    for name, i, j in program:
        # the latest results are the likeliest operands
        a, b = (pool[len(pool) - 1 - k % len(pool)] for k in (i, j))
        result = OPERATIONS[name](a, b)
        pool.append(result.tanh() if abs(result.data) > 3.0 else result)
    output = pool[0]
    for each in pool[1:]:
        output = output + each
    return nodes, output


@pytest.fixture(params=[switch_off, switch_on], ids=["plain", "fast"], scope="module")
def _version(request):
    request.param()
    yield
    switch_on()


@pytest.mark.usefixtures("_version")
@given(leaves, steps)
@example([0.5, -1.0], [("mul", 0, 0), ("mul", 0, 1), ("add", 0, 0)])
def test_the_real_engine_is_the_tiny_one(data, program):
    tiny_leaves, tiny_output = run(tiny.Value, data, program)
    real_leaves, real_output = run(autodiff.Value, data, program)
    assert real_output.data == tiny_output.data
    for _ in range(2):  # the second time, leaves add up and other nodes do not
        tiny_output.backward()
        real_output.backward()
    order = tiny.topological_order(tiny_output)
    scale = 1.0 + sum(abs(node.grad) for node in order)
    for ours, theirs in zip(real_leaves, tiny_leaves, strict=True):
        assert ours.grad == pytest.approx(theirs.grad, rel=1e-12, abs=1e-13 * scale)


@given(leaves, steps)
def test_they_visit_a_graph_in_the_same_order(data, program):
    without_sub = [
        step for step in program if step[0] not in {"sub", "square"}
    ]  # one node more, one operand less
    tiny_order = tiny.topological_order(run(tiny.Value, data, without_sub)[1])
    real_order = autodiff.topological_order(run(autodiff.Value, data, without_sub)[1])
    assert [node.data for node in tiny_order] == [node.data for node in real_order]


def test_a_leaf_and_a_long_chain():
    x = tiny.Value(2.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0
    y = x
    for _ in range(50_000):
        y = y + 1.0
    y.backward()
    assert (y.data, x.grad) == (50_002.0, 3.0)


def test_the_real_network_is_the_tiny_one():
    random.seed(0)
    small = tiny.MLP([2, 3, 2])
    real = MLP(2, [3, 2], activation="tanh", output="linear")
    assert len(small.parameters()) == len(real.parameters()) == 17
    by_label = {p.label: p for p in real.parameters()}
    pairs = []
    for number, layer in enumerate(small.layers, 1):
        for i, (weights, bias) in enumerate(layer):
            pairs += [(by_label[f"W{number}[{i},{j}]"], w) for j, w in enumerate(weights)]
            pairs.append((by_label[f"b{number}[{i}]"], bias))
    for theirs, ours in pairs:
        theirs.data = ours.data
    for model, Value in ((small, tiny.Value), (real, autodiff.Value)):
        first, second = model([Value(0.5), Value(-1.0)])
        ((first - 1.0) ** 2 + second * first).backward()
    for theirs, ours in pairs:
        assert theirs.grad == pytest.approx(ours.grad, rel=1e-12, abs=1e-14)


def test_it_fits_on_a_page_and_needs_nothing():
    lines = inspect.getsource(tiny).splitlines()
    assert len(lines) <= 90
    imports = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imports == {"__future__", "math", "random", "itertools"}
