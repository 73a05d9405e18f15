"""A program refuses the data for which the Python that recorded it would have gone another way."""

import copy
import pickle
import re
import sys

import numpy as np
import pytest

from autodiff import BranchError, Value, dot, leaves, lift, relu
from autodiff.engine import choices
from autodiff.lifting.guards import place


def line():
    return sys._getframe(1).f_lineno


def numbers(values):
    return np.array([value.data for value in values.ravel()]).reshape(values.shape)


def network(W, b, x):
    """One layer with relu by hand, which drops what it does not choose."""
    hidden = [dot(row, x) + bias for row, bias in zip(W, b)]
    return [z if z > 0 else 0.0 for z in hidden]


@pytest.fixture
def layer():
    rng = np.random.default_rng(3)
    W, b = leaves("W", rng.normal(size=(3, 2))), leaves("b", rng.normal(size=3))
    X = leaves("X", rng.normal(size=(2, 4)))
    terms = [a * a for x in X.T for a in network(W, b, x)]
    return W, b, X, sum(terms, Value(0.0))


def reference(W, b, X):
    """Loss and gradients of the layer, by hand."""
    Z = W @ X + b[:, None]
    A = np.maximum(Z, 0.0)
    return (A * A).sum(), {"W": 2.0 * A @ X.T, "b": 2.0 * A.sum(axis=1)}


def test_a_run_gives_the_right_gradients_or_none(layer):
    W, b, X, loss = layer
    program = lift(loss, {"X": X}, [*W.ravel(), *b])
    rng = np.random.default_rng(0)
    refused = 0
    recorded = numbers(W) @ numbers(X) + numbers(b)[:, None] > 0.0
    for _ in range(50):
        data = numbers(X) + 0.3 * rng.normal(size=X.shape)
        same = np.array_equal(numbers(W) @ data + numbers(b)[:, None] > 0.0, recorded)
        if not same:
            refused += 1
            with pytest.raises(BranchError, match=r"`return \[z if z > 0 else 0\.0 for z in hidden\]`"):
                program(X=data)
            continue
        result = program(X=data)
        right, grads = reference(numbers(W), numbers(b), data)
        assert result.loss == pytest.approx(right, rel=1e-12)
        for name, grad in grads.items():
            np.testing.assert_allclose(result.grads[name], grad, rtol=1e-12, atol=1e-13)
    assert 5 < refused < 45


def test_parameters_count_as_well_as_inputs(layer):
    W, b, X, loss = layer
    program = lift(loss, {"X": X}, [*W.ravel(), *b])
    program.params["b"] = [100.0, 100.0, 100.0]
    with pytest.raises(BranchError):
        program(X=numbers(X))
    program.pull()
    assert program(X=numbers(X)).loss == pytest.approx(loss.data)


def test_the_message_shows_the_comparison_its_line_and_what_to_use():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    y = -w * x if x < 1 else w * x
    program = lift(y, {"x": x}, [w])
    assert program(x=1.5).loss == 4.5
    with pytest.raises(BranchError) as caught:
        program(x=-1.0)
    message = str(caught.value)
    source = "y = -w * x if x < 1 else w * x"
    assert message.startswith(f"line {line() - 7} of test_guards.py, `{source}`, decided by '<'")
    assert "x=2.0 < 1.0 was false" in message and "x=-1.0 < 1.0 is true" in message
    for operation in ("relu", "maximum", "abs", "where", "@lifted"):
        assert operation in message


@pytest.mark.parametrize(
    ("decide", "then", "now"),
    [
        (lambda a, b: a < b, "a=1.0 < b=2.0 was true", "a=5.0 < b=2.0 is false"),
        (lambda a, b: a <= b, "a=1.0 <= b=2.0 was true", "a=5.0 <= b=2.0 is false"),
        (lambda a, b: a > b, "a=1.0 > b=2.0 was false", "a=5.0 > b=2.0 is true"),
        (lambda a, b: a >= b, "a=1.0 >= b=2.0 was false", "a=5.0 >= b=2.0 is true"),
        (lambda a, b: a >= 1, "a=1.0 >= 1.0 was true", "a=0.5 >= 1.0 is false"),
        (lambda a, b: bool(a), "a=1.0 != 0.0 was true", "a=0.0 != 0.0 is false"),
    ],
)
def test_every_comparison_is_told_as_it_was_written(decide, then, now):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    decide(a, b)
    program = lift(a * b, {"a": a}, [b])
    with pytest.raises(BranchError) as caught:
        program(a=float(re.search(r"a=(\S+)", now)[1]))
    assert then in str(caught.value) and now in str(caught.value)


def test_a_tie_keeps_its_side():
    x, w = Value(1.0, "x"), Value(2.0, "w")
    y = w * x if x >= 1.0 else w
    program = lift(y, {"x": x}, [w])
    assert program(x=1.0).loss == 2.0
    with pytest.raises(BranchError):
        program(x=np.nextafter(1.0, 0.0))


@pytest.mark.parametrize("choose", [max, min, sorted])
def test_pythons_own_functions_choose_by_comparing(choose):
    x, w = leaves("x", [1.0, 3.0, 2.0]), Value(2.0, "w")
    chosen = choose(x.tolist())
    loss = w * (chosen[1] if choose is sorted else chosen)
    program = lift(loss, {"x": x}, [w])
    assert program(x=[1.5, 4.0, 2.5]).grads["w"] == {max: 4.0, min: 1.5, sorted: 2.5}[choose]
    with pytest.raises(BranchError):
        program(x=[9.0, 1.0, -2.0])


def test_a_choice_on_the_loss_itself_is_one():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = w * x
    loss = -y if y < 0 else y
    with pytest.raises(BranchError):
        lift(loss, {"x": x}, [w])(x=-1.0)
    z = 2.0 * (w * x)
    half = 0.5 * z
    loss = half if z * 1.0 > 1.0 else z  # the comparison is of what was made of what becomes the loss
    assert loss is half
    with pytest.raises(BranchError):
        lift(half, {"x": x}, [w])(x=-1.0)
    y = w * x
    assert 3.0 * y > 1.0  # and here of what was made of the loss
    program = lift(y, {"x": x}, [w])
    assert program(x=5.0).grads["w"] == 5.0
    with pytest.raises(BranchError):
        program(x=-1.0)


def test_without_strict_it_is_a_warning_at_the_callers_line():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    y = w * x if x > 0 else -w * x
    program = lift(y, {"x": x}, [w], strict=False)
    with pytest.warns(RuntimeWarning, match="was true") as caught:
        result = program(x=-1.0)
    assert (result.loss, result.grads["w"]) == (-3.0, -1.0)
    assert caught[0].filename == __file__


def test_in_a_batch_every_sample_is_looked_at():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    y = w * x if x > w * 0.5 else -w * x
    program = lift(y, {"x": x}, [w], batch=True)
    assert program(x=[2.0, 3.0, 4.0]).loss == 9.0
    with pytest.raises(BranchError, match="in sample 2"):
        program(x=[2.0, 3.0, 1.0])


def test_choices_on_what_no_run_changes_are_no_guards():
    w, c = Value(3.0, "w"), Value(1.0, "c")
    y = w * c if c > 0 else w
    assert "guards" not in str(lift(y, params=[w]))


def test_choices_made_before_data_changed_are_no_guards():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    old = w * x
    assert old > 5.0 and x > 0.0
    w.data = 1.0
    program = lift(w * x, {"x": x}, [w])
    assert str(program).count("line") == 1  # that x > 0 is as true as it was
    assert program(x=0.5).loss == 0.5


def test_one_wrong_way_is_not_mistaken_for_rounding():
    """0.1 + 0.2 > 0.3 is true in floats, in the order of the graph."""
    x, w = leaves("x", [0.1, 0.2]), Value(1.0, "w")
    total = x[0] + x[1]
    loss = w * total if total > 0.3 else w
    program = lift(loss, {"x": x}, [w])
    assert program(x=[0.1, 0.2]).loss == 0.1 + 0.2
    with pytest.raises(BranchError):
        program(x=[0.15, 0.15])


def test_a_branch_is_told_before_the_domain_that_it_kept_away():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    y = w * x.log() if x > 0 else w
    with pytest.raises(BranchError):
        lift(y, {"x": x}, [w])(x=-1.0)
    with pytest.raises(ValueError, match="must be finite"):
        lift(y, {"x": x}, [w])(x=np.nan)


def test_the_listing_and_the_source_say_what_is_guarded(layer):
    W, b, X, loss = layer
    program = lift(loss, {"X": X}, [*W.ravel(), *b])
    (text,) = re.findall(r"\nguards\n((?:  .*\n)+)", str(program))
    count = int((numbers(W) @ numbers(X) + numbers(b)[:, None] > 0.0).sum())
    assert re.fullmatch(rf"  Z > 0 for the {count} of 12 recorded so +line \d+ of test_guards.py\n", text)
    names = {}
    exec(program.source(), names)
    found, grads = names["run"](numbers(W), numbers(b), numbers(X))
    assert found == pytest.approx(loss.data, rel=1e-13)
    np.testing.assert_allclose(grads["W"], program(X=numbers(X)).grads["W"], rtol=1e-13)
    with pytest.raises(ValueError, match=r"line \d+ of test_guards.py would decide otherwise"):
        names["run"](numbers(W), numbers(b), -numbers(X))


@pytest.mark.parametrize("outcome", [True, False])
def test_the_source_of_a_batch_guards_every_sample(outcome):
    w, x = leaves("w", [1.0, 2.0]), leaves("x", [1.0, 1.0])
    z, other = dot(w, x), w[0] * w[1]
    assert (z > other) is True and (z < 0.5) is False and (other > z) is False
    program = lift(z * z, {"x": x}, w, batch=True)
    names = {}
    exec(program.source(), names)
    X = np.ones((2, 3))
    assert names["run"](np.array([1.0, 2.0]), X)[0] == program(x=X).loss == 9.0
    X[:, 1] = 0.0 if outcome else 0.6
    with pytest.raises(ValueError, match="would decide otherwise"):
        names["run"](np.array([1.0, 2.0]), X)
    with pytest.raises(BranchError, match="in sample 1"):
        program(x=X)


@pytest.mark.parametrize("way", [copy.deepcopy, lambda program: pickle.loads(pickle.dumps(program))])
def test_a_copy_is_guarded_too(layer, way):
    W, b, X, loss = layer
    twin = way(lift(loss, {"X": X}, [*W.ravel(), *b]))
    assert twin(X=numbers(X)).loss == pytest.approx(loss.data)
    with pytest.raises(BranchError):
        twin(X=-numbers(X))


def test_guards_of_several_outputs():
    w, x = leaves("w", [1.0, 2.0]), Value(2.0, "x")
    ys = [each * x if each * x > 0 else each for each in w]
    program = lift(ys, {"x": x}, w)
    assert program(x=3.0).outputs.tolist() == [3.0, 6.0]
    with pytest.raises(BranchError):
        program.vjp([1.0, 0.0], x=-1.0)


def test_large_inputs_that_are_read_where_they_are_are_guarded():
    w, X = Value(0.5, "w"), leaves("X", np.linspace(1.0, 2.0, 2000))
    loss = sum([w * x if x > 0 else w for x in X], Value(0.0))
    program = lift(loss, {"X": X}, [w])
    data = np.linspace(1.0, 2.0, 2000)
    assert program(X=data).loss == pytest.approx(0.5 * data.sum())
    data[1234] = -3.0
    with pytest.raises(BranchError, match=re.escape("X[1234]=-3.0 > 0.0 is false")):
        program(X=data)


def test_a_forgotten_choice_is_told(monkeypatch):
    monkeypatch.setattr(choices, "MANY", 10)
    w = Value(1.0, "w")
    for i in range(100):
        assert w * float(i) >= 0.0
    with pytest.warns(RuntimeWarning, match="older ones are forgotten"):
        lift(w * 2.0, params=[w])


def test_operations_need_no_guard():
    w, x = Value(3.0, "w"), Value(2.0, "x")
    program = lift(relu(w * x), {"x": x}, [w])
    assert "guards" not in str(program)
    assert program(x=-1.0).loss == 0.0


def test_a_place_is_a_line_of_a_file():
    x, w = Value(1.0, "x"), Value(1.0, "w")
    assert x > 0
    program = lift(w * x, {"x": x}, [w])
    (guard,) = program.plan.guards
    (site,) = guard.sites
    assert place(site) == f"line {line() - 4} of test_guards.py"
