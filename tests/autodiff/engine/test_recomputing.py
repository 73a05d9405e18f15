"""A graph computed anew in place is the graph that is recorded at those numbers."""

import numpy as np
import pytest

from autodiff import DomainError, Value, dot, grad, topological_order
from autodiff.engine.ops import OPS
from autodiff.engine.recomputing import recompute
from autodiff.engine.value import record

pytestmark = pytest.mark.usefixtures("version")


def drawn(op, rng):
    """Operands at which a row is defined, kinks and jumps among them."""
    while True:
        draw = rng.choice([0.3, 1.0, 3.0]) * rng.normal(size=op.arity)
        operands = [float(x) for x in (np.round(draw) if rng.random() < 0.2 else draw)]
        try:
            record(op, *map(Value, operands))
        except DomainError:
            continue
        return operands


def told(y):
    """All numbers of a graph, as text, in which nan equals nan."""
    return [repr((node.data, node.local_derivatives)) for node in topological_order(y)]


@pytest.mark.parametrize("name", OPS)
def test_each_row_at_other_numbers(name):
    op, rng = OPS[name], np.random.default_rng(0)
    leaves = [Value(x) for x in drawn(op, rng)]
    y = record(op, *leaves)
    order = topological_order(y)
    for _ in range(20):
        for leaf, x in zip(leaves, drawn(op, rng)):
            leaf.data = x
        recompute(order)
        assert told(y) == told(record(op, *(Value(leaf.data) for leaf in leaves)))


def formula(w, x):
    return (2.0 / (1.0 + dot(w, x, 0.5).exp()) + x[0] ** 2 - 3 * w[1]).relu() * x[1]


def test_folded_sums_and_numbers_in_them_follow():
    w, x = ([Value(each) for each in row] for row in ([0.5, -1.0], [2.0, 0.25]))
    y = formula(w, x)
    order = topological_order(y)
    for row, data in zip((w, x), ([-0.7, -2.0], [1.5, -3.0])):
        for leaf, each in zip(row, data):
            leaf.data = each
    recompute(order)
    again = [[Value(each.data) for each in row] for row in (w, x)]
    expected = formula(*again)
    assert told(y) == told(expected)
    assert grad(y, [*w, *x]) == grad(expected, [*again[0], *again[1]])


def test_where_an_operation_is_not_defined_nothing_changes():
    x = Value(2.0, "x")
    y = (x * 3.0).exp() + x.log()
    order = topological_order(y)
    before = [repr((node.data, node.local_derivatives)) for node in order if node.op]
    for outside, why in ((-1.0, "log.* domain"), (1e3, "exp.* overflows")):
        x.data = outside
        with pytest.raises(DomainError, match=why):
            recompute(order)
        assert [repr((node.data, node.local_derivatives)) for node in order if node.op] == before


def test_a_node_made_by_hand_has_no_rule():
    x = Value(2.0, "x")
    y = Value(4.0, (x,), (4.0,)) + x
    x.data = 3.0
    with pytest.raises(ValueError, match="made by hand, with no rule"):
        recompute(topological_order(y))
    assert y.data == 6.0
