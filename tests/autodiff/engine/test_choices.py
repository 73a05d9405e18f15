"""What Python decides on recorded numbers is noted at leaves, and nothing else keeps the notes alive."""

import copy
import gc
import operator
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest

from autodiff import Value, dot, leaves
from autodiff.engine import choices
from autodiff.engine.choices import choices_at, note, recording


def line():
    return sys._getframe(1).f_lineno


@pytest.mark.parametrize(
    ("kind", "function"),
    [("<", operator.lt), ("<=", operator.le), (">", operator.gt), (">=", operator.ge)],
)
@pytest.mark.parametrize("numbers", [(1.0, 2.0), (2.0, 1.0), (2.0, 2.0)])
def test_a_comparison_is_noted_with_outcome_and_line(kind, function, numbers):
    a, b = map(Value, numbers)
    outcome = function(a * 1, b * 1)
    assert outcome == function(*numbers)
    ((choice,), dropped) = choices_at([a])
    assert (choice.kind, choice.outcome, choice.site) == (kind, outcome, (__file__, line() - 3))
    assert [value.data for value in choice.values] == list(numbers)
    assert choices_at([b]) == ([choice], False)
    assert not dropped


def test_truth_is_noted():
    a = Value(0.0)
    assert not a
    ((choice,), _) = choices_at([a])
    assert (choice.kind, choice.outcome) == ("bool", False)


def test_a_number_that_was_compared_with_is_found_from_the_value():
    x = Value(3.0, "x")
    y = 0.0 if x * x < 2 else x  # the product is in no graph
    assert y is x
    ((choice,), _) = choices_at([x])
    assert (choice.kind, [v.data for v in choice.values], choice.outcome) == ("<", [9.0, 2.0], False)


@pytest.mark.parametrize(
    ("kind", "values", "outcome"),
    [
        ("<", (1.0, 2.0), True),
        ("<=", (2.0, 2.0), True),
        (">=", (1.0, 2.0), False),
        ("==", (1.0, 1.0), True),
        ("bool", (0.0,), False),
        ("argmax", (1.0, 7.0, 7.0, 2.0), 1),
        ("argmin", (3.0, -1.0, -1.0), 1),
        ("argsort", (2.0, 1.0, 2.0, 0.0), (3, 1, 0, 2)),
    ],
)
def test_a_choice_holds_until_its_outcome_would_be_another(kind, values, outcome):
    nodes = tuple(map(Value, values))
    with recording() as noted:
        note(kind, nodes, outcome)
    (choice,) = noted
    assert choice.holds()
    if kind == "bool":
        nodes[0].data = 1.0
    elif kind in ("argmax", "argmin", "argsort", "=="):
        nodes[-1].data += 100.0 if kind != "argmin" else -100.0
    else:
        nodes[1].data -= 100.0
        nodes[0].data += 0.0 if kind != ">=" else 100.0
    assert not choice.holds()


def test_the_comparisons_of_a_choice_decide_it():
    rng = np.random.default_rng(0)
    for _ in range(50):
        data = rng.integers(0, 4, size=5).astype(float)
        nodes = tuple(map(Value, data))
        found = {
            "argmax": int(np.argmax(data)),
            "argmin": int(np.argmin(data)),
            "argsort": tuple(np.argsort(data, kind="stable").tolist()),
        }
        with recording() as noted:
            for kind, outcome in found.items():
                note(kind, nodes, outcome)
        assert all(choice.holds() for choice in noted)
        for node, number in zip(nodes, rng.integers(0, 4, size=5).astype(float)):
            node.data = number
        now = np.array([node.data for node in nodes])
        holds = {choice.kind: choice.holds() for choice in noted}
        assert holds == {
            "argmax": np.argmax(now) == found["argmax"],
            "argmin": np.argmin(now) == found["argmin"],
            "argsort": tuple(np.argsort(now, kind="stable").tolist()) == found["argsort"],
        }


def test_a_loop_that_compares_the_same_keeps_one_note():
    x, y = Value(1.0), Value(2.0)
    for _ in range(100):
        assert x < y and x < 3.0
    assert len(vars(x)["_choices"]) == 2


def test_training_that_compares_its_loss_keeps_no_old_graph():
    w, x = leaves("w", [0.5, -0.5]), leaves("x", [1.0, 2.0])
    gone = []
    best = 1e9
    for _ in range(20):
        loss = (dot(w, x) - 3.0) ** 2
        if loss < best:
            best = loss.data
        loss.backward()
        for each in w:
            each.data -= 0.01 * each.grad
            each.grad = 0.0
        gone.append(weakref.ref(loss))
    del loss
    gc.collect()
    assert sum(ref() is not None for ref in gone) <= 1


def test_comparing_many_graphs_of_unchanged_leaves_keeps_a_bounded_number_of_nodes(monkeypatch):
    monkeypatch.setattr(choices, "MANY", 1000)
    w = Value(0.5)
    gone = []
    for i in range(300):
        score = dot([w] * 20, [float(i)] * 20)
        assert score >= 0.0
        gone.append(weakref.ref(score))
    gc.collect()
    assert 2 <= sum(ref() is not None for ref in gone) <= 100
    assert choices_at([w])[1]


def test_a_dropped_graph_is_freed_although_it_was_compared():
    x = Value(2.0)
    y = x * x
    assert y > 1
    gone = weakref.ref(y)
    del x, y
    gc.collect()
    assert gone() is None


def test_changed_data_make_a_choice_void():
    x = Value(1.0)
    assert x > 0
    x.data = 2.0
    assert choices_at([x]) == ([], False)


def test_a_folded_sum_stays_folded_when_it_is_compared():
    w, x = leaves("w", [1.0, 2.0]), leaves("x", [3.0, 4.0])
    total = dot(w, x)
    assert total > 0
    assert total.terms is not None
    assert choices_at(w[:1])[0] == choices_at(x[1:])[0] != []


def test_nodes_made_by_hand_are_compared_as_others():
    x = Value(2.0)
    assert Value(4.0, (x, x), (2.0, 2.0)) > 0
    assert Value(1.0, (x,), "half").tanh() < 1.0
    assert [choice.kind for choice in choices_at([x])[0]] == [">", "<"]


def test_copies_and_pickles_leave_the_notes_behind():
    x = Value(1.0, "x")
    assert x > 0
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert choices_at([twin]) == ([], False)


def test_recording_takes_the_choices_of_its_thread_alone():
    x = Value(1.0)

    def elsewhere():
        assert x < 5.0

    with recording() as noted:
        assert x > 0.0
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        with recording() as inner:
            assert x > -1.0
    assert [choice.values[1].data for choice in noted] == [0.0]
    assert [choice.values[1].data for choice in inner] == [-1.0]
    assert [choice.values[1].data for choice in choices_at([x])[0]] == [5.0]


def test_many_threads_note_on_one_leaf():
    x = Value(1.0)
    threads = [
        threading.Thread(target=lambda i=i: [x > float(k) for k in range(100 * i, 100 * i + 100)])
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(choices_at([x])[0]) == 400


def test_a_choice_in_the_library_is_the_callers():
    values = leaves("v", [3.0, 1.0, 2.0])
    ordered = np.sort(np.array(values))
    assert [value.data for value in ordered] == [1.0, 2.0, 3.0]
    found, _ = choices_at(values)
    assert {choice.site for choice in found} == {(__file__, line() - 3)}
