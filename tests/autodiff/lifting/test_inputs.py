"""Inputs of programs: how they may lie in memory, and that none passes that is not finite."""

import numpy as np
import pytest

from autodiff import Value, exp, lift
from autodiff.functions import sum
from benchmarks import graphs


@pytest.fixture(scope="module")
def wide():
    """A layer of 80 units on 70 inputs, whose arrays are too large to copy, from one sample's graph."""
    graph = graphs.mlp((70, 80, 3), 1, "tanh")
    inputs = {name: np.array(values, object)[:, 0] for name, values in graph.inputs.items()}
    return lift(graph.loss, inputs, graph.params, batch=True)


@pytest.fixture
def wide_data():
    rng = np.random.default_rng(0)
    return {"X": rng.standard_normal((70, 64)), "Y": np.eye(3)[:, rng.integers(3, size=64)]}


def test_large_arrays_are_the_callers_to_keep(wide, wide_data):
    before = wide_data["X"].copy()
    first = wide(**wide_data)
    kept = {name: slope.copy() for name, slope in first.grads.items()}
    second = wide(X=-wide_data["X"], Y=wide_data["Y"])
    assert np.array_equal(wide_data["X"], before)
    for name, slope in first.grads.items():
        assert np.array_equal(slope, kept[name])
        assert not np.shares_memory(slope, second.grads[name])
    assert not np.array_equal(second.grads["W1"], kept["W1"])


def test_large_inputs_may_lie_in_memory_as_they_like(wide, wide_data):
    X, Y = wide_data["X"], wide_data["Y"]
    expected = wide(X=X, Y=Y)
    spread = np.zeros((140, 64))
    spread[::2] = X
    for other in (np.asfortranarray(X), spread[::2], X.tolist(), X.T.copy().T):
        result = wide(X=other, Y=Y)
        assert result.loss == pytest.approx(expected.loss, rel=1e-14)
        assert np.allclose(result.grads["W1"], expected.grads["W1"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("shape", [(2, 3), (64, 32)])
@pytest.mark.parametrize("wrong", [np.inf, -np.inf, np.nan])
def test_no_element_of_a_batch_that_is_not_finite_passes_unseen(shape, wrong):
    graph = graphs.mlp((shape[0], 4, 3), 1)
    X, Y = ([row[0] for row in graph.inputs[name]] for name in "XY")
    program = lift(graph.loss, {"X": X, "Y": Y}, graph.params, batch=True)
    data = {"X": np.ones(shape), "Y": np.ones((3, shape[1]))}
    program(**data)
    for name, array in data.items():
        for i, s in {(0, 0), (len(array) - 1, shape[1] - 1), (1, 2)}:
            poisoned = array.copy()
            poisoned[i, s] = wrong
            with pytest.raises(ValueError, match=rf"input {name}\[{i},{s}\] is {wrong}"):
                program(**{**data, name: poisoned})


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(
    "hide",
    [
        lambda w, x: (-(w * x)).relu(),
        lambda w, x: (w * x).tanh(),
        lambda w, x: w / x,
        lambda w, x: exp(-w * x),
        lambda w, x: (w * x + 1.0).minimum(2.0),
        lambda w, x: (w * sum([x, x, x])).sigmoid(),
    ],
)
def test_an_infinite_input_is_refused_where_an_operation_would_hide_it(hide, batch):
    w, x = Value(0.5, "w"), [Value(1.0), Value(2.0)]
    program = lift(sum([hide(w, each) for each in x]), {"x": x}, [w], batch=batch)
    good, bad = np.ones((2, 3) if batch else 2), np.ones((2, 3) if batch else 2)
    bad[1] = np.inf
    program(x=good)
    with pytest.raises(ValueError, match=r"input x\[1.*\] is inf"):
        program(x=bad)


def test_small_inputs_may_lie_in_memory_as_they_like_and_have_no_axis():
    graph = graphs.mlp((2, 3, 2), 4, "tanh")
    program = lift(graph.loss, graph.inputs, graph.params)
    data = graph.data()
    expected = program(**data)
    for other in (np.asfortranarray(data["Y"]), np.repeat(data["Y"], 2, axis=0)[::2], data["Y"].tolist()):
        result = program(X=data["X"], Y=other)
        assert result.loss == expected.loss
        assert np.array_equal(result.grads["W1"], expected.grads["W1"])
    w, x = Value(0.5, "w"), Value(1.0)
    assert lift(w * x, {"x": x}, [w])(x=np.array(3.0)).loss == 1.5


def test_large_inputs_are_checked_too(wide, wide_data):
    X, Y = wide_data["X"], wide_data["Y"]
    X[3, 5] = np.inf
    with pytest.raises(ValueError, match=r"input X\[3,5\] is inf"):
        wide(X=X, Y=Y)
    X[3, 5] = 1e308
    before = wide.params["W1"].copy()
    wide.params["W1"][...] *= 1e10
    with pytest.raises(OverflowError, match=r"Z1\[\d+,0,5\].*in formula 1: Z1 = W1·X \+ b1"):
        wide(X=X, Y=Y)
    wide.params["W1"] = before
    X[3, 5] = 1e200  # whose square overflows, which is no error
    assert np.isfinite(wide(X=X, Y=Y).loss)


def test_what_has_another_shape_is_told_which_would_fit():
    w, X = Value(0.5, "w"), [[Value(0.1 * i + j) for j in range(3)] for i in range(2)]
    loss = sum([(w * x).tanh() for row in X for x in row])
    program = lift(loss, {"X": X}, [w], batch=True)
    with pytest.raises(
        ValueError, match=r"has shape \(2, 3, m\), got \(5, 3, 2\); .* the transpose X\.T fits"
    ):
        program(X=np.ones((5, 3, 2)))
    with pytest.raises(ValueError, match=r"got \(2, 3\); .* pass X\[\.\.\., None\] for one sample"):
        program(X=np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"got \(3, 2, 5\)$"):
        program(X=np.ones((3, 2, 5)))
    program = lift(loss, {"X": X}, [w])
    with pytest.raises(ValueError, match=r"has shape \(2, 3\), got \(3, 2\); .* the transpose X\.T fits"):
        program(X=np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"input 'X' is no array of numbers: .*inhomogeneous"):
        program(X=[[1.0, 2.0, 3.0], [4.0]])
