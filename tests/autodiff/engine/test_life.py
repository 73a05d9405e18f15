"""The life of a graph: made, copied, stored, dropped; deep, shared, and in many threads."""

import copy
import gc
import io
import pickle
import subprocess
import sys
import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest

from autodiff import Value, dot, tanh, topological_order
from autodiff.engine.ops import OPS
from nn import MLP, MatrixMLP
from nn.model.activations import ACTIVATIONS, Activation

pytestmark = pytest.mark.long


def chain(length, start=None):
    node = Value(1.0, "start") if start is None else start
    one = Value(1.0, "one")
    for i in range(length):
        node = node * one if i % 2 else node + one
    return node


def pickled(roots):
    return pickle.loads(pickle.dumps(roots))


def pickled_in_python(roots):
    """By pickle's Python half, which collects a thousand items of a list before it writes them."""
    file = io.BytesIO()
    pickle._Pickler(file).dump(roots)
    file.seek(0)
    return pickle._Unpickler(file).load()


WAYS = pytest.mark.parametrize("way", [copy.deepcopy, pickled, pickled_in_python])


def test_a_chain_of_a_million_operations_lives_and_dies():
    end = chain(1_000_000)
    end.backward()
    start = topological_order(end)[0]
    assert (start.label, start.grad) == ("start", 1.0)
    gone = weakref.ref(end.operands[0])
    del end
    assert gone() is None


@WAYS
def test_a_deep_graph_is_copied_node_by_node(way):
    end = chain(30_000)
    end.backward()
    twin = way(end)
    ours, theirs = topological_order(end), topological_order(twin)
    assert len(ours) == len(theirs) and not set(ours) & set(theirs)
    for node, other in zip(ours, theirs, strict=True):
        assert (node.op, node.data, node.grad, node.label) == (other.op, other.data, other.grad, other.label)
        assert node.local_derivatives == other.local_derivatives
    twin.backward()
    assert theirs[0].grad == 2 * ours[0].grad


@WAYS
def test_shared_nodes_stay_shared_within_and_across_roots(way):
    w, x = Value(2.0, "w"), Value(3.0, "x")
    shared = chain(3_000, start=w * x)
    y1, y2 = tanh(shared) * shared, shared - w
    copies = way({"outputs": [y1, y2, y1], "w": w, "alone": chain(3_000)})
    c1, c2, c3 = copies["outputs"]
    assert c1 is c3 and c1 is not y1
    assert c1.operands[1] is c2.operands[0] is c1.operands[0].operands[0]
    assert c2.operands[1] is copies["w"] is not w
    assert len(topological_order(c1, c2)) == len(topological_order(y1, y2))


@WAYS
def test_labels_and_attributes_survive_even_where_they_point_back(way):
    p = Value(0.5, "p")
    square = p * p
    end = chain(3_000, start=square)
    p.momentum, p.consumer, p.end = [1.5], square, end
    end.notes = {"first": p}
    twin = way(end)
    q = twin.notes["first"]
    assert (q.label, q.momentum) == ("p", [1.5]) and q is topological_order(twin)[0]
    assert q.momentum is not p.momentum
    assert q.end is twin and q.consumer.operands == (q, q)
    assert len(topological_order(twin)) == len(topological_order(end))


@WAYS
def test_a_model_keeps_its_parameters_apart_from_the_original_and_shared_with_its_outputs(way):
    model = MLP(2, [3, 1], seed=0)
    output = model([0.5, -1.0])[0]
    twin, twin_output = way([model, output])
    assert set(twin.parameters()) <= set(topological_order(twin_output))
    assert not set(twin.parameters()) & set(model.parameters())
    assert twin_output.data == output.data == twin([0.5, -1.0])[0].data


def test_a_shallow_copy_shares_its_operands():
    x = Value(2.0, "x")
    y = chain(3_000, start=x)
    y.note = "kept"
    twin = copy.copy(y)
    assert twin is not y and twin.operands == y.operands and (twin.data, twin.note) == (y.data, "kept")
    assert copy.copy(x).label == "x"


def test_a_pickle_that_fails_leaves_no_trace():
    end = chain(3_000)
    middle = topological_order(end)[1_500]
    middle.unpicklable = lambda: None
    for _ in range(2):
        with pytest.raises((pickle.PicklingError, AttributeError)):
            pickle.dumps(end)
    del middle.unpicklable
    assert pickled(end).data == end.data


def test_subclasses_stay_what_they_are():
    assert type(pickled(Marked(1.0, "m"))) is Marked
    assert type(copy.deepcopy([Marked(1.0)])[0]) is Marked


class Marked(Value):
    pass


def test_graphs_are_freed_by_reference_counting_alone():
    gc.collect()
    gc.disable()
    try:
        leaves = [Value(0.1 * k) for k in range(5)]
        output = tanh(dot(leaves, leaves[::-1])) / leaves[1] + leaves[2].exp()
        output.backward()
        pickled(output)
        watched = [weakref.ref(node) for node in topological_order(output, copy.deepcopy(output))]
        del output, leaves
        assert [each() for each in watched] == [None] * len(watched)
        assert gc.collect() == 0
    finally:
        gc.enable()


MEMORY = """
import gc, tracemalloc
from autodiff import topological_order
from nn import MLP

model = MLP(2, [16, 16, 1], activation="relu", seed=0)
model([0.5, -1.0])
gc.collect()
tracemalloc.start()
outputs = [model([0.1 * k, 1.0 - 0.1 * k])[0] for k in range(20)]
size, _ = tracemalloc.get_traced_memory()
print(size / len(set(topological_order(*outputs)) - set(model.parameters())))
"""


def test_a_node_takes_at_most_160_bytes():
    """In a process of its own, since Python makes every Value larger for each name of an attribute
    that any Value was ever given."""
    process = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(process.stdout) <= 160.0


def test_graphs_built_in_eight_threads_at_once_are_right():
    shared = [Value(0.1 * k - 0.35, f"s[{k}]") for k in range(8)]

    def build(seed):
        own = [Value(seed + 0.25 * k) for k in range(8)]
        y = dot(own, shared)
        for _ in range(200):
            y = tanh(dot(own, [y * s for s in shared]) * 0.1) + own[0]
        y.backward()
        return [y.data, *(each.grad for each in own)]

    expected = [build(seed) for seed in range(8)]
    results = [None] * 8

    def work(seed):
        results[seed] = build(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == expected


def doubled(m, x):
    return 2.0 * x


def doubled_partials(m, x, y):
    return (2.0,)


@WAYS
def test_a_row_of_the_table_stays_that_row(way):
    for row in OPS.values():
        assert way([row])[0] is row


@WAYS
def test_a_rule_of_ones_own_is_not_taken_for_the_row_whose_name_it_has(way):
    own = Activation("tanh", replace(OPS["tanh"], forward=doubled, partials=doubled_partials))
    model = MLP(1, [1, 1], activation=own, seed=0)
    (copied,) = way([model])
    assert copied.layers[0].activation.op == own.op != OPS["tanh"]
    copied = MatrixMLP.from_scalar(copied)
    assert (copied.g[1].forward(np.array([[3.0]])), copied.g[2]) == (6.0, ACTIVATIONS["linear"])


def test_a_rule_that_no_file_can_hold_is_refused():
    own = Activation("tanh", replace(OPS["tanh"], forward=lambda m, x: 2.0 * x))
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(MLP(1, [1], output=own))


def test_a_row_that_the_reader_does_not_have_is_named(monkeypatch):
    row = replace(OPS["tanh"], name="softsign")
    monkeypatch.setitem(OPS, "softsign", row)
    written = pickle.dumps(row)
    monkeypatch.delitem(OPS, "softsign")
    with pytest.raises(
        LookupError, match="holds the operation 'softsign', of which the table has no row here"
    ):
        pickle.loads(written)
