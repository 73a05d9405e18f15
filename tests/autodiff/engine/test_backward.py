"""The backward pass when others look at the same nodes, or when it is cut short."""

import sys
import threading

import pytest

from autodiff import Value, dot, topological_order

pytestmark = pytest.mark.usefixtures("version")


@pytest.fixture
def eager_switching():
    """Threads take turns after almost every bytecode."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_threads_that_share_intermediate_nodes_do_not_mix_their_cotangents(eager_switching):
    weights = [Value(1.0) for _ in range(50)]
    shared = sum((weight * 2.0 for weight in weights), Value(0.0))
    passes, factors = 150, (1.0, 10.0, 100.0)

    def differentiate(factor):
        output = shared * factor
        for _ in range(passes):
            output.backward()

    threads = [threading.Thread(target=differentiate, args=(factor,)) for factor in factors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {weight.grad for weight in weights} == {passes * 2.0 * sum(factors)}


def test_a_long_chain_needs_no_recursion():
    x = Value(1.5)
    y = x
    for _ in range(20_000):
        y = y * 1.0 + x
    y.backward()
    assert (y.data, x.grad) == (1.5 * 20_001, 20_001.0)


def test_an_operand_used_twice_by_its_consumer_is_counted_twice():
    x = Value(3.0)
    square = x * x
    output = square * square + square  # x⁴ + x²
    output.backward()
    assert (x.grad, square.grad, output.grad) == (4 * 27.0 + 6.0, 19.0, 1.0)


def test_a_second_pass_doubles_leaves_exactly_and_leaves_the_other_nodes_alone():
    leaves = [Value(0.1 * k + 0.7) for k in range(9)]
    hidden = [dot(leaves, [0.3 * k, *leaves[1:]]).tanh() for k in range(4)]
    output = dot(hidden, hidden[::-1]) / leaves[0]
    nodes = [output, *hidden, *leaves]
    output.backward()
    first = {node: node.grad for node in nodes}
    output.backward()
    for node, grad in first.items():
        assert node.grad == (grad if node.op else 2.0 * grad)


def test_an_interrupted_pass_leaves_no_trace():
    class Interrupting(float):
        def __mul__(self, other):
            raise KeyboardInterrupt

        __rmul__ = __mul__

    x, w = Value(2.0), Value(3.0)
    inner = x * w
    output = inner * inner + x
    output.backward()
    expected = (x.grad, w.grad)
    x.grad = w.grad = 0.0
    local, inner._da = inner._da, Interrupting(3.0)
    with pytest.raises(KeyboardInterrupt):
        output.backward()
    assert (x.grad, w.grad) == (0.0, 0.0)
    inner._da = local
    output.backward()
    assert (x.grad, w.grad) == expected


def test_several_outputs_share_one_order():
    a, b = Value(2.0), Value(3.0)
    product = a * b
    above = product + a
    apart = b.exp()
    assert topological_order(above, product, a, apart) == [a, b, product, above, apart]
    assert topological_order() == []
    with pytest.raises(TypeError, match=r"a graph starts at a Value, got 3\.0 of type float"):
        topological_order(above, 3.0)
