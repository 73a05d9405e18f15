"""Record: the tape says what the graph is, folded sums included."""

import numpy as np
import pytest

from autodiff import Value, dot, topological_order
from autodiff.lifting.record import LEAF, ROWS, record_graph


def rows(tape):
    """A tape as text, an operand by its index."""
    shown = []
    for op, a, b in zip(tape.op, tape.a, tape.b):
        shown.append("" if op == LEAF else f"{ROWS[op].name} {a}" + (f" {b}" if b >= 0 else ""))
    return shown


def test_nodes_come_after_their_operands():
    x, z = Value(2.0), Value(3.0)
    tape = record_graph((x * z).tanh() + x)
    assert rows(tape) == ["", "", "mul 0 1", "tanh 2", "add 3 0"]
    assert tape.data.tolist() == [2.0, 3.0, 6.0, np.tanh(6.0), np.tanh(6.0) + 2.0]
    assert (tape.ids[x], tape.ids[z], len(tape)) == (0, 1, 5)


def test_a_leaf_is_a_tape_of_one_node():
    assert rows(record_graph(Value(1.0))) == [""]


def folded():
    w, x = [Value(0.5), Value(-1.5)], [Value(3.0), Value(0.25)]
    inner = dot(w, [each.exp() for each in x], Value(1.0))
    return dot([inner, w[0]], [inner, x[1]], inner.sin())


def test_a_folded_sum_is_recorded_as_the_nodes_it_stands_for_and_stays_folded():
    root = folded()
    tape = record_graph(root)
    assert root.terms is not None
    unfolded = record_graph(topological_order(root)[-1])
    assert root.terms is None

    def described(tape):  # the order may differ, what each node computes may not
        found = []
        for op, a, b, data in zip(tape.op, tape.a, tape.b, tape.data):
            found.append((int(op), *(found[i] if i >= 0 else () for i in (a, b)), float(data)))
        return found

    assert described(tape)[-1] == described(unfolded)[-1]
    assert sorted(map(repr, described(tape))) == sorted(map(repr, described(unfolded)))


@pytest.mark.parametrize("first", ["deep", "shared"])
def test_a_node_that_waits_twice_is_numbered_once(first):
    x = Value(0.5)
    shared = x.exp()
    deep = dot([shared, x], [shared.sin(), x], shared.tanh())
    pair = [deep, shared] if first == "deep" else [shared, deep]
    tape = record_graph(dot(pair, pair[::-1], deep))
    assert sum(row.startswith("exp") for row in rows(tape)) == 1
    assert all(tape.a < np.arange(len(tape))) and all(tape.b < np.arange(len(tape)))


def test_a_chain_of_any_depth_is_recorded():
    y = x = Value(1.0)
    for _ in range(50_000):
        y = (y * x).detach()
    assert len(record_graph(y)) == 100_001
