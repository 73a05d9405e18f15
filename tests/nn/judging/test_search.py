"""The search for a mistake: what it computes anew, and that no clock decides what it finds."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from nn import judge
from nn.judging import search
from nn.judging.formula_edits import edits_of
from nn.judging.joint_edits import joint_places
from nn.judging.lifted_backward import Flow, Unmakeable, lifted_backward
from nn.judging.passes import pass_of
from nn.judging.places import places

RNG = np.random.default_rng(4)


def network(W1, b1, W2, b2, X, Y):
    """Three units a layer, so that much fits in the place of much else."""
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    loss = np.sum((A2 - Y) ** 2) / (2 * m)
    dA2 = (A2 - Y) / m
    dZ2 = dA2 * A2 * (1 - A2)
    dZ1 = W2.T @ dA2 * (1 - A1**2)
    db1, db2 = (each.sum(axis=1, keepdims=True) for each in (dZ1, dZ2))
    return loss, {"W1": dZ1 @ X.T, "b1": db1, "W2": dZ2 @ A1.T, "b2": db2}


def recurrent(Wx, Wh, b, X):
    """The same weights at each step."""
    h = np.zeros(Wh.shape[0])
    for x in X:
        h = np.tanh(Wx @ x + Wh @ h + b)
    return np.sum(h**2), {}


SQUARE = {"W1": (3, 3), "b1": (3, 1), "W2": (3, 3), "b2": (3, 1), "X": (3, 3), "Y": (3, 3)}
STEPS = {"Wx": (3, 3), "Wh": (3, 3), "b": (3,), "X": (3, 3)}


def normal(shapes):
    return {name: RNG.normal(size=shape) for name, shape in shapes.items()}


@pytest.mark.parametrize(("function", "shapes"), [(network, SQUARE), (recurrent, STEPS)])
def test_what_a_change_does_not_reach_is_as_it_was(function, shapes):
    """Each edit by itself, and on top of another one, against the pass computed from its beginning."""
    arguments = normal(shapes)
    way, flat = pass_of([function], arguments)
    names = [name for name in shapes if name not in ("X", "Y")]
    lifted = lifted_backward(way, flat, names, np.ones(()))
    tried = less = 0
    before = None
    for place in itertools.chain(places(lifted), joint_places(lifted)):
        keys = place.shares or (lifted.plan.blocks[place.block],)
        for edit in edits_of(lifted, place):
            changes = dict(zip(keys, edit.each or (edit.made,)))
            both = changes if before is None else {**before.changes, **changes}
            try:
                whole = Flow(lifted, both)
            except (Unmakeable, ValueError, IndexError) as error:
                with pytest.raises(type(error)):
                    lifted.flow(both, before)
                continue
            again = lifted.flow(both, before)
            np.testing.assert_allclose(again.cotangents, whole.cotangents, rtol=1e-12, atol=1e-12)
            tried, less = tried + 1, less + (again.work < whole.work)
            if tried % 20 == 0:
                before = Flow(lifted, changes)
    assert tried > 100 and less > tried / 2


def test_a_machine_that_has_little_time_finds_the_same(monkeypatch):
    """Seconds pass while it searches."""
    slow = itertools.count(0.0, 0.02)
    arguments = normal({**SQUARE, "W1": (3, 4), "X": (4, 5), "Y": (3, 5)})
    expected = judge(network, **arguments)
    monkeypatch.setattr(search, "time", SimpleNamespace(process_time=lambda: next(slow)))
    found = judge(network, **arguments)
    assert next(slow) > 2.0
    assert [each.name for each in found.findings] == [each.name for each in expected.findings]
    assert all(each.name for each in found.findings if not each.right)
