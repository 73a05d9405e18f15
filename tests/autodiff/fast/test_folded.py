"""``dot`` keeps its sum of products in one object; whoever looks finds the nodes it stands for."""

import sys
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, dot, topological_order

numbers = st.floats(-10.0, 10.0)


def written_out(ws, xs, start=None):
    total = start
    for w, x in zip(ws, xs, strict=True):
        total = w * x if total is None else total + w * x
    return total


def listed(*outputs):
    """Everything a graph says of itself, with places in the order for operands."""
    order = topological_order(*outputs)
    place = {node: k for k, node in enumerate(order)}
    return [
        (node.op, node.data, node.grad, node.local_derivatives, [place[each] for each in node.operands])
        for node in order
    ]


def layers(combine, weights, inputs, start):
    """Two layers that share weights and inputs, so nodes feed several sums and sums feed sums."""
    hidden = [combine(weights[k:] + weights[:k], inputs, start).tanh() for k in range(len(weights))]
    mixed = combine(hidden, weights, hidden[0])
    return combine([mixed, *hidden], [*hidden, mixed])


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=5), numbers)
def test_it_is_the_graph_of_multiplications_and_additions(pairs, start):
    graphs = []
    for combine in (dot, written_out):
        weights, inputs = ([Value(number) for number in column] for column in zip(*pairs, strict=True))
        output = layers(combine, weights, inputs, Value(start))
        output.backward()
        graphs.append(listed(output))
    folded, plain = graphs
    for node, expected in zip(folded, plain, strict=True):
        assert node[:2] + node[3:] == expected[:2] + expected[3:]
        assert node[2] == pytest.approx(expected[2], rel=1e-13, abs=1e-13)  # added in another order


def test_it_is_one_node_until_its_operands_are_asked_for():
    weight, number, bias = Value(2.0), Value(3.0), Value(1.0)

    output = dot([weight] * 4, [number] * 4, bias)
    output.backward()
    assert output.terms[0] == [bias, *[weight, number] * 4]
    assert [each.op for each in output.operands] == ["add", "mul"]
    assert output.terms is None
    made = [weakref.ref(node) for node in topological_order(output) if node.op]
    assert len(made) == 8
    del output
    assert [node() for node in made] == [None] * 8


def test_looking_later_shows_the_numbers_of_the_forward_pass():
    weights, inputs, bias = [Value(2.0), Value(-1.0)], [Value(3.0), Value(5.0)], Value(7.0)
    output = dot(weights, inputs, bias)
    for leaf in (*weights, *inputs, bias):
        leaf.data = 100.0
    nodes = [node for node in topological_order(output) if node.operands]
    assert [node.op for node in nodes] == ["mul", "add", "mul", "add"]
    assert [node.data for node in nodes] == [6.0, 13.0, -5.0, 8.0]
    assert [node.local_derivatives for node in nodes[::2]] == [(3.0, 2.0), (5.0, -1.0)]


def test_gradients_agree_before_and_after_looking():
    weights = [Value(0.3 * k - 1.0) for k in range(6)]
    output = layers(dot, weights, [Value(0.1 * k) for k in range(6)], Value(0.5))
    output.backward()
    first = [weight.grad for weight in weights]
    topological_order(output)
    output.backward()
    assert [weight.grad for weight in weights] == pytest.approx([2.0 * grad for grad in first], rel=1e-14)


def at_once(*tasks):
    """Run each task in a thread of its own, all starting together and taking turns at every step."""
    together = threading.Barrier(len(tasks))

    def start(task):
        together.wait()
        task()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=start, args=(task,)) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)


def test_threads_that_look_at_once_find_the_same_nodes():
    outputs = [dot([Value(1.0)] * 30, [Value(2.0)] * 30, Value(0.0)) for _ in range(20)]
    found = []

    def look():
        found.append([output.operands for output in outputs])

    at_once(look, look, look, look)
    assert found == [found[0]] * 4


def test_a_pass_is_right_while_another_thread_looks():
    weights = [Value(0.1 * k) for k in range(5)]
    outputs = [layers(dot, weights, [Value(1.0)] * 5, Value(0.5)) for _ in range(40)]

    def differentiate():
        for output in outputs:
            output.backward()

    def look():
        for output in reversed(outputs):
            topological_order(output)

    differentiate()
    expected = [2.0 * weight.grad for weight in weights]
    at_once(differentiate, look)
    assert [weight.grad for weight in weights] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("ws", "xs", "message"),
    [
        ([1.0, 1e200], [1.0, 1e200], r"mul\(1e\+200, 1e\+200\) overflows"),
        ([1.0, 1.0], [1.7e308, 1.7e308], r"add\(1.7e\+308, 1.7e\+308\) overflows"),
        ([1e200, -1e200], [1e200, 1e200], r"mul\(1e\+200, 1e\+200\) overflows"),
    ],
)
def test_the_first_overflow_is_named(ws, xs, message):
    with pytest.raises(OverflowError, match=message):
        dot([Value(w) for w in ws], xs, Value(0.0))
