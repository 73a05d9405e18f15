"""``lifted``: when it records, what it takes and gives, and when it says that it runs eagerly."""

import copy
import math
import pickle
import random
import threading
from queue import SimpleQueue

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad as autograd_grad

from autodiff import Value, grad, hessian, jacobian, leaves, lifted, value_and_grad
from autodiff.staging import reads

RATE, TABLE = 2.0, np.array([1.0, 2.0, 3.0])


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@lifted
def least_squares(w, X, y):
    """Mean of squares."""
    return np.mean((X @ w - y) ** 2)


def test_it_runs_the_formulas_of_numpy_code(rng):
    fast = lifted(least_squares.__wrapped__)

    def oracle(w, X, y):
        return anp.mean((X @ w - y) ** 2)

    for _ in range(5):
        w, X, y = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4)
        value, grads = fast.value_and_grad(w, X, y)
        assert value == pytest.approx(oracle(w, X, y), rel=1e-12)
        for place, name in enumerate("wXy"):
            np.testing.assert_allclose(grads[name], autograd_grad(oracle, place)(w, X, y), rtol=1e-12)
        assert fast(w, X, y) == value
        np.testing.assert_array_equal(fast.grad(w, X, y, wrt="w")["w"], grads["w"])
    assert fast.recordings == 1
    assert len(fast.program) <= 5 and "Xᵀ" in str(fast.program)
    assert (fast.__name__, fast.__doc__) == ("least_squares", "Mean of squares.")


def test_wrt_says_by_what(rng):
    w, X, y = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4)
    fast = lifted(least_squares.__wrapped__)
    assert [*fast.value_and_grad(w, X, y, wrt=("w", "y"))[1]] == ["w", "y"]
    assert [*fast.program.params] == ["w", "y"]
    assert [*fast.value_and_grad(w, X, y, wrt=["w"])[1]] == [*fast.grad(w, X, y, wrt="w")] == ["w"]
    assert fast.recordings == 1
    with pytest.raises(ValueError, match="no argument 'v' that holds floats"):
        fast.value_and_grad(w, X, y, wrt="v")


def test_arguments_by_position_by_name_and_by_default():
    @lifted
    def f(x, power=2, *rest, scale=1.0, **others):
        return scale * np.sum(x**power) + sum(rest) * others.get("offset", 0.0)

    x = np.array([1.0, 2.0])
    assert f(x) == f(x=x) == f(x, 2) == f(x, power=2) == 5.0
    assert f.recordings == 1
    assert f(x, 3, 10.0, offset=0.5, scale=2.0) == 23.0
    assert f.value_and_grad(x, 3, 10.0, offset=0.5, scale=2.0)[1].keys() == {"x", "rest", "scale", "offset"}
    with pytest.raises(TypeError, match=r"f\(\): missing a required argument: 'x'"):
        f()


def test_nested_parameters_have_gradients_of_their_form(rng):
    @lifted
    def network(params, X):
        h = X
        for W, b in params["layers"]:
            h = np.tanh(h @ W + b)
        return np.mean(h**2) * params["scale"] + sum(params["list"])

    params = {
        "layers": [(rng.normal(size=(3, 4)), np.zeros(4)), (rng.normal(size=(4, 2)), np.ones(2))],
        "scale": 2.0,
        "list": [0.5, 0.25],
        "name": "tanh",
    }
    X = rng.normal(size=(5, 3))
    value, grads = network.value_and_grad(params, X, wrt="params")
    found = grads["params"]
    assert [tuple(each.shape for each in layer) for layer in found["layers"]] == [
        ((3, 4), (4,)),
        ((4, 2), (2,)),
    ]
    assert found["scale"] == pytest.approx((value - 0.75) / 2.0)
    assert found["list"].tolist() == [1.0, 1.0]

    def oracle(W, b):
        return 2.0 * anp.mean(
            anp.tanh(anp.tanh(X @ W + params["layers"][0][1]) @ params["layers"][1][0] + b) ** 2
        )

    W, b = params["layers"][0][0], params["layers"][1][1]
    np.testing.assert_allclose(found["layers"][0][0], autograd_grad(oracle, 0)(W, b), rtol=1e-12)
    np.testing.assert_allclose(found["layers"][1][1], autograd_grad(oracle, 1)(W, b), rtol=1e-12)
    assert {"layers_0_0", "layers_1_1", "scale"} <= network.program.params.keys()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((np.ones(3), 2), (np.ones(4), 2)),
        ((np.ones(3), 2), (np.ones(3), 3)),
        ((np.ones(3), 2), (np.ones(3), True)),
        ((np.ones(3), "a"), (np.ones(3), "b")),
        ((np.ones(3), None), (np.ones((3, 1)), None)),
        (([1.0, 2.0], 1), (np.array([1.0, 2.0]), 1)),
    ],
)
def test_other_shapes_and_other_static_arguments_are_other_recordings(first, second):
    @lifted
    def f(x, k):
        return np.sum(np.array(x)) * (k if isinstance(k, int) else 1.0)

    for args in (first, second, first, second):
        f(*args)
    assert f.recordings == 2


def test_dtypes_of_floats_and_memory_layouts_need_no_other_recording(rng):
    X = rng.normal(size=(4, 3))

    @lifted
    def f(X):
        return np.sum(X[0] * X[1])

    for each in (
        X,
        X.astype(np.float32),
        np.asfortranarray(X),
        X.astype(np.longdouble),
        np.repeat(X, 2, 0)[::2],
    ):
        assert f(each) == pytest.approx(float((each[0] * each[1]).sum()), rel=1e-6)
        assert f.grad(each)["X"].dtype == np.float64
    assert f.recordings == 1


def test_numbers_have_floats_as_gradients():
    @lifted
    def f(a, b):
        return a * b + math.sin(a)

    for a in (2.0, np.float32(1.0), np.array(0.5)):
        value, grads = f.value_and_grad(a, b=3.0)
        assert value == pytest.approx(3.0 * float(a) + math.sin(a))
        assert grads == {"a": pytest.approx(3.0 + math.cos(a)), "b": pytest.approx(float(a))}
        assert {type(each) for each in grads.values()} == {float}
    assert f.recordings == 1


def test_arguments_are_left_alone():
    @lifted
    def f(x, y):
        x -= x.mean()
        x[0] = 5.0
        y[0] = 1
        return (x**2).sum() * y.sum()

    x, y = np.array([1.0, 3.0]), np.array([0, 2])
    for _ in range(3):
        assert f(x, y) == 78.0
    assert (x.tolist(), y.tolist()) == ([1.0, 3.0], [0, 2])


def test_aux_is_given_back(rng):
    @lifted(has_aux=True)
    def f(W, X):
        scores = X @ W
        return np.mean(scores**2), {"scores": scores, "best": np.argmax(scores, axis=1), "name": "linear"}

    for _ in range(3):
        W, X = rng.normal(size=(3, 2)), rng.normal(size=(4, 3))
        (value, aux), grads = f.value_and_grad(W, X, wrt="W")
        np.testing.assert_allclose(aux["scores"], X @ W, rtol=1e-12)
        assert aux["best"].tolist() == np.argmax(X @ W, axis=1).tolist()
        assert value == pytest.approx(np.mean((X @ W) ** 2))
        np.testing.assert_allclose(grads["W"], 0.25 * X.T @ (X @ W), rtol=1e-12)
        only, same = f.grad(W, X, wrt="W")
        np.testing.assert_array_equal(only["W"], grads["W"])
        assert same["name"] == "linear"
        assert f(W, X)[0] == value
    with pytest.raises(TypeError, match="returns \\(loss, aux\\)"):
        lifted(has_aux=True)(lambda x: np.sum(x))(np.ones(2))


def test_arrays_that_are_returned_have_a_vjp(rng):
    @lifted
    def affine(x, w, b):
        return x @ w + b

    @lifted
    def several(x):
        return x * 2.0, {"products": x[0] * x}, 3

    for _ in range(2):
        x, w, b, d = (rng.normal(size=shape) for shape in ((4, 3), (3, 2), 2, (4, 2)))
        np.testing.assert_allclose(affine(x, w, b), x @ w + b, rtol=1e-12)
        grads = affine.vjp(x, w, b)(d)
        np.testing.assert_allclose(grads["x"], d @ w.T, rtol=1e-12)
        np.testing.assert_allclose(grads["w"], x.T @ d, rtol=1e-12)
        np.testing.assert_allclose(grads["b"], d.sum(axis=0), rtol=1e-12)
        double, named, count = several(b)
        assert (double.tolist(), count) == ((2.0 * b).tolist(), 3)
        np.testing.assert_allclose(named["products"], b[0] * b)
        pulled = several.vjp(b)((np.ones(2), {"products": [0.0, 1.0]}, None))
        np.testing.assert_allclose(pulled["x"], [2.0 + b[1], 2.0 + b[0]])
    assert affine.recordings == several.recordings == 1
    with pytest.raises(TypeError, match=r"see \.vjp"):
        affine.value_and_grad(x, w, b)
    with pytest.raises(ValueError, match="8 numbers, got 4"):
        affine.vjp(x, w, b)(np.ones(4))
    assert least_squares.vjp(np.ones(2), np.eye(2), np.zeros(2))(10.0)["w"].tolist() == [10.0, 10.0]


def test_a_graph_that_does_not_reach_an_argument_gives_zeros():
    @lifted
    def f(x, unused):
        return 3.0 if x[0] < 0 else x[0] * x[1]

    for x in ([1.0, 2.0], [-1.0, 2.0], [-3.0, 1.0], [2.0, 5.0]):
        value, grads = f.value_and_grad(np.array(x), np.ones(2))
        assert value == (x[0] * x[1] if x[0] > 0 else 3.0)
        assert grads["x"].tolist() == ([x[1], x[0]] if x[0] > 0 else [0.0, 0.0])
        assert grads["unused"].tolist() == [0.0, 0.0]
    assert f.recordings == 2


def test_many_recordings_end_in_eager_runs_that_say_why():
    @lifted(recordings=3)
    def f(x):
        return sum(a if a > 0 else 2.0 * a for a in x)

    rng = np.random.default_rng(0)
    with pytest.warns(RuntimeWarning, match=r"f runs eagerly from now on: it was recorded 3 times") as said:
        for _ in range(12):
            x = rng.normal(size=6)
            value, grads = f.value_and_grad(x)
            assert value == pytest.approx(np.where(x > 0, x, 2.0 * x).sum())
            assert grads["x"].tolist() == np.where(x > 0, 1.0, 2.0).tolist()
    assert len(said) == 1
    assert said[0].filename == __file__
    assert "line" in str(said[0].message) and "of test_lifted.py decides on numbers" in str(said[0].message)
    assert f.recordings == 3


def global_draws(x):
    return np.sum(x * np.random.rand(2))


def module_draws(x):
    return x[0] * random.random()


def fresh_generator(x):
    return np.sum(x * np.random.default_rng().normal(size=2))


GENERATOR = np.random.default_rng(0)


def captured_generator(x):
    return np.sum(x * (GENERATOR.normal(size=2) > 0.0))


def prints(x):
    total = np.sum(x)
    print(f"{total:.3f}")
    return total


COUNTED: list[int] = []


def appends(x):
    COUNTED.append(1)
    return len(COUNTED) * np.sum(x)


def steps(x):
    x[0].data -= 0.5
    return x[0] * x[1]


def backs(x):
    y = x[0] * x[1]
    y.backward()
    return y * x[0].grad


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (global_draws, "random numbers"),
        (module_draws, "random numbers"),
        (fresh_generator, "draws random numbers without a seed"),
        (captured_generator, "changes something that it reads"),
        (prints, r"line \d+ of test_lifted.py turns a number to text"),
        (appends, "changes something that it reads"),
        (steps, r"assigns to \.data"),
        (backs, r"reads \.grad"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_no_program_repeats_runs_eagerly_and_says_so_once(function, reason, capsys):
    fast = lifted(function)
    with pytest.warns(RuntimeWarning, match=f"{function.__name__} runs eagerly from now on: .*{reason}"):
        fast(np.array([2.0, 3.0]))
    printed = capsys.readouterr().out
    random.seed(1)
    np.random.seed(1)
    values = {fast(np.array([2.0, 3.0])) for _ in range(3)}
    assert len(values) == (1 if function in (prints, steps, backs) else 3)
    assert capsys.readouterr().out == 3 * printed
    with pytest.raises(ValueError, match="has no program; it runs eagerly: "):
        fast.program  # noqa: B018


def test_seeded_random_numbers_are_constants():
    @lifted
    def f(x):
        np.random.seed(3)
        return np.sum(x * np.random.default_rng(0).normal(size=2)) * np.random.rand()

    assert f(np.ones(2)) == f(np.ones(2))
    assert f.recordings == 1


def test_global_assignments_are_made_and_told():
    with pytest.warns(RuntimeWarning, match="assigns to the global CALLS"):
        counts_calls(np.ones(2))
    assert counts_calls(np.ones(2)) == 2.0 * CALLS


CALLS = 0


@lifted
def counts_calls(x):
    global CALLS
    CALLS += 1
    return CALLS * np.sum(x)


def kind_of(x):
    return 2.0 if isinstance(x, float) else 3.0 if isinstance(x, np.ndarray) else 5.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.sum(x) * kind_of(x),
        lambda x: np.sum(x) * kind_of(x[0] if np.ndim(x) else x),
        lambda x: np.sum(x) * (2.0 if np.isscalar(x) else 3.0),
        lambda x: np.sum(copy.deepcopy(x) * copy.copy(x)),
        lambda x: np.sum(np.asarray(x)) + np.sum(np.array([x, x])),
        lambda x: np.sum(np.full(2, x if np.ndim(x) == 0 else x[1])),
        lambda x: np.sum(np.zeros(2, dtype=np.asarray(x).dtype) + x),
        lambda x: math.hypot(np.sum(x), 1.0) + math.fabs(np.sum(x)),
    ],
)
def test_values_pass_for_the_numbers_that_they_are(function):
    fast = lifted(function)
    for x in (1.5, -0.5, np.array([1.0, -2.0]), np.array([-3.0, 0.5])):
        value, grads = fast.value_and_grad(x)
        assert value == pytest.approx(float(function(x)))
        for at in np.ndindex(np.shape(x)):
            step = np.zeros(np.shape(x))
            step[at] = 1e-6
            right = (function(x + step) - function(x - step)) / 2e-6
            assert np.asarray(grads["x"])[at] == pytest.approx(float(right), rel=1e-6, abs=1e-7)
    assert fast.recordings == 2


def test_eager_runs_mean_the_same(capsys):
    @lifted
    def f(x):
        print(x)
        return 5.0 if x == 0 else copy.deepcopy(x) * x

    with pytest.warns(RuntimeWarning, match="turns a number to text"):
        assert f.value_and_grad(3.0) == (9.0, {"x": 6.0})
    assert f.value_and_grad(0.0) == (5.0, {"x": 0.0})
    assert f.value_and_grad(4.0) == (16.0, {"x": 8.0})


def test_an_error_of_the_function_keeps_its_line():
    @lifted
    def f(x):
        if x[0] > 1:
            raise KeyError("mine")
        return np.sum(x)

    assert f(np.array([0.5, 1.0])) == 1.5
    with pytest.raises(KeyError, match="mine") as caught:
        f(np.array([2.0, 1.0]))
    assert caught.traceback[-1].path.name == "test_lifted.py"
    assert 'raise KeyError("mine")' in str(caught.traceback[-1].statement)


def test_a_domain_that_is_left_is_told_at_the_line():
    @lifted
    def f(x):
        return np.sum(np.log(x))

    assert f(np.array([1.0, 1.0])) == 0.0
    with pytest.raises(ValueError, match=r"log\(x\[1\]=-2.0\) is outside the domain of log"):
        f(np.array([1.0, -2.0]))
    with pytest.raises(ValueError, match=r"x\[0\] is nan; it must be finite"):
        lifted(lambda x: np.sum(x))(np.array([np.nan]))
    with pytest.raises(ValueError, match=r"x\[1\] is inf; it must be finite"):
        f(np.array([1.0, np.inf]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lifted(3), "takes a function, got 3"),
        (lambda: lifted(lambda x: (yield x)), "yields"),
        (lambda: lifted(lambda x: None)(np.ones(2)), "was a return forgotten"),
        (lambda: lifted(lambda x: [1.0])(np.ones(2)), "computed from no argument"),
        (lambda: lifted(lambda x: x.sum())(np.ma.masked_array([1.0])), "is a MaskedArray"),
        (lambda: lifted(lambda x: x[0]).value_and_grad(Value(1.0)), "takes numbers and arrays of them"),
    ],
)
def test_what_it_does_not_take(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_without_floats_there_is_no_gradient():
    @lifted
    def f(y):
        return y.sum() * 2

    assert f(np.array([1, 2])) == 6.0
    with pytest.raises(ValueError, match="integer arrays are labels"):
        f.value_and_grad(np.array([1, 2]))


def test_no_call_no_program():
    with pytest.raises(ValueError, match="has not been called yet"):
        lifted(lambda x: x).program  # noqa: B018


def test_with_values_it_records_into_their_graph():
    @lifted
    def f(a, b):
        return math.exp(a) * b

    a = Value(0.5)
    y = f(a, 2.0)
    assert grad(y, a) == pytest.approx(2.0 * math.exp(0.5))
    assert grad(f)(0.5, 2.0) == pytest.approx(2.0 * math.exp(0.5))
    assert value_and_grad(f, (0, 1))(0.0, 3.0) == (3.0, (3.0, 1.0))

    @lifted
    def outer(x):
        return f(x[0], x[1]) * f(x[1], 1.0)

    x = np.array([0.25, 0.5])
    assert outer(x) == pytest.approx(math.exp(0.25) * 0.5 * math.exp(0.5))
    assert outer(x) == outer(x.copy())
    assert outer.recordings == 1
    np.testing.assert_allclose(hessian(outer)(x), hessian(outer.__wrapped__)(x))


def test_functions_in_the_shape_of_jax_take_arrays(rng):
    W, x = rng.normal(size=(2, 3)), rng.normal(size=3)

    def f(W, x):
        return np.maximum(W @ x, 0.0)

    value, gradient = value_and_grad(lambda W: np.sum(f(W, x) ** 2))(W)
    right = 2.0 * np.outer(np.maximum(W @ x, 0.0), x)
    np.testing.assert_allclose(gradient, right, rtol=1e-12)
    assert (type(gradient), value) == (np.ndarray, pytest.approx((np.maximum(W @ x, 0.0) ** 2).sum()))
    np.testing.assert_allclose(jacobian(f, argnums=1)(W, x), W * (W @ x > 0.0)[:, None], rtol=1e-12)
    H = hessian(lambda x: np.sum(np.exp(x) * x))(x)
    np.testing.assert_allclose(H, np.diag((2.0 + x) * np.exp(x)), rtol=1e-12)


def test_a_method_is_lifted_for_each_instance():
    class Model:
        def __init__(self, rate):
            self.rate = rate

        @lifted
        def loss(self, x):
            return self.rate * np.sum(x)

    one, two = Model(1.0), Model(2.0)
    assert (one.loss(np.ones(2)), two.loss(np.ones(2)), one.loss(np.ones(2))) == (2.0, 4.0, 2.0)
    one.rate = 10.0
    assert one.loss.value_and_grad(np.ones(2))[0] == 20.0
    assert (one.loss.recordings, two.loss.recordings) == (2, 1)


class Recurrent:
    """Of a course: arrays of zeros that a method fills."""

    def __init__(self, n):
        self.n = n

    def forward(self, W, xs):
        H = np.zeros((len(xs) + 1, self.n))
        for t in range(len(xs)):
            H[t + 1] = np.tanh(W @ H[t] + xs[t])
        return H


RECURRENT = Recurrent(2)


@pytest.mark.parametrize("net", [lambda: RECURRENT, lambda: Recurrent(2)], ids=["an object", "made inside"])
def test_zeros_that_a_method_fills_take_values(net):
    def loss(W, xs):
        return np.sum(net().forward(W, xs) ** 2)

    W, xs = np.array([[0.5, -1.0], [0.3, 0.2]]), np.array([[1.0, 2.0], [0.5, -0.5], [0.1, 0.0]])
    fast = lifted(loss)
    for scale in (1.0, 0.5):
        value, grads = fast.value_and_grad(W, scale * xs)
        assert value == pytest.approx(loss(W, scale * xs), rel=1e-12)
        step = np.array([[0.0, 1e-6], [0.0, 0.0]])
        slope = (loss(W + step, scale * xs) - loss(W - step, scale * xs)) / 2e-6
        assert grads["W"][0, 1] == pytest.approx(slope, rel=1e-7)
    assert fast.recordings == 1
    assert loss.__globals__["np"] is np
    assert type(np.zeros(2)) is np.ndarray


@pytest.mark.parametrize("dtype", [float, object])
def test_what_lies_in_an_empty_array_is_not_read(dtype, monkeypatch):
    def loss(x):
        rows = np.empty((2, len(x)), dtype=dtype)
        for i in range(2):
            rows[i] = x * x
        return rows.sum()

    plain = np.empty

    def full_of_nan(*args, **options):
        room = plain(*args, **options)
        if room.dtype == float:
            room.fill(np.nan)
        return room

    monkeypatch.setattr(np, "empty", full_of_nan)
    value, grads = lifted(loss).value_and_grad(np.array([1.0, 2.0]))
    assert (value, grads["x"].tolist()) == (10.0, [4.0, 8.0])


def test_what_methods_find_by_the_name_of_numpy_is_numpys_own_in_other_threads():
    made = SimpleQueue()

    def loss(x):
        thread = threading.Thread(target=lambda: made.put(RECURRENT.forward(np.eye(2), np.ones((1, 2)))))
        thread.start()
        thread.join()
        return np.sum(RECURRENT.forward(x, np.ones((1, 2))) ** 2)

    lifted(loss)(np.eye(2))
    elsewhere = [made.get() for _ in range(made.qsize())]
    assert elsewhere and all(type(each) is np.ndarray and each.dtype == float for each in elsewhere)


def test_labels_are_picked_by_what_is_decided():
    """A perceptron: of the samples that are on the wrong side."""

    def loss(w, X, y):
        s = X @ w
        wrong = np.where(s > 0.0, 1.0, -1.0) != y
        return -(y[wrong] * s[wrong]).sum()

    fast = lifted(loss)
    X, w = np.array([[1.0, 2.0], [-1.0, 0.5], [0.5, -2.0]]), np.array([1.0, 0.5])
    for y in (np.array([1, 1, -1]), np.array([-1, 1, 1])):
        value, grads = fast.value_and_grad(w, X, y, wrt="w")
        wrong = np.where(X @ w > 0.0, 1.0, -1.0) != y
        assert value == loss(w, X, y)
        np.testing.assert_allclose(grads["w"], -(y[wrong] @ X[wrong]))


def test_it_is_pickled_by_name_as_a_function_is():
    assert pickle.loads(pickle.dumps(least_squares)) is least_squares
    assert copy.deepcopy(least_squares) is least_squares


def test_single_integers_are_themselves_in_eager_runs():
    @lifted
    def f(x, k):
        print(x)
        return x[k] * {0: 1.0, 1: 2.0}[k]

    with pytest.warns(RuntimeWarning, match="runs eagerly"):
        assert f(np.array([1.0, 2.0]), np.int64(1)) == 4.0
    assert f(np.array([1.0, 2.0]), np.int64(0)) == 1.0


def test_threads_share_a_function():
    @lifted
    def f(x):
        return np.sum(x * x) if x[0] > 0 else np.sum(x)

    wrong = []

    def work(seed):
        rng = np.random.default_rng(seed)
        for _ in range(50):
            x = rng.normal(size=3)
            value, grads = f.value_and_grad(x)
            right = (np.sum(x * x), 2.0 * x) if x[0] > 0 else (np.sum(x), np.ones(3))
            if abs(value - right[0]) > 1e-12 or not np.allclose(grads["x"], right[1], rtol=1e-12):
                wrong.append(x)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert f.recordings == 2


def test_watching_leaves_no_trace_in_other_threads_and_afterwards():
    x = leaves("x", [1.0, 2.0])
    seen = []
    before = {name: vars(Value).get(name) for name in ("data", "grad", "__eq__", "__hash__", "__repr__")}
    with reads.watched() as reasons, pytest.raises(ZeroDivisionError):
        thread = threading.Thread(target=lambda: seen.append((str(x[0]), x[0] == 1.0, hash(x[1]) != 0)))
        thread.start()
        thread.join()
        assert (x[0] == 1.0, reasons) == (True, [])
        str(x[0])
        1 / 0  # noqa: B018
    assert len({*reasons}) == 1
    assert seen == [("Value(1.0, grad=0.0, label='x[0]')", False, True)]
    assert {name: vars(Value).get(name) for name in before} == before


def test_float_of_a_number_stays_in_the_graph_and_is_a_type_all_the_same():
    def cost(w, x):
        kept = np.zeros(2, dtype=float)
        kept[0] = w[0]
        assert isinstance(w[0], float) and not isinstance("1", float)
        squared = np.squeeze(np.dot(w, x) ** 2)
        assert squared.shape == () and squared.item() == squared
        return float(squared.item()) + float("1") + float(np.dot(w[None], x)) * float(kept[0])

    w, x = np.array([1.5, -2.0]), np.array([[0.5], [3.0]])
    value, grads = lifted(cost).value_and_grad(w, x, wrt="w")
    inner = (w @ x).item()
    assert value == pytest.approx(inner**2 + 1.0 + inner * w[0], rel=1e-14)
    expected = (2.0 * inner + w[0]) * x[:, 0] + inner * np.array([1.0, 0.0])
    np.testing.assert_allclose(grads["w"], expected, rtol=1e-13)


@pytest.mark.parametrize(
    "asks",
    [
        lambda x: x[0] * (2.0 if type(x[0]) is float else 3.0),
        lambda x: x[0] * (2.0 if x[0].__class__ is not float else 3.0),
        lambda x: sum([each if type(each) is float else 2.0 * each for each in x]),
    ],
)
def test_a_question_whether_a_type_is_float_is_refused(asks):
    """A Value is none, and ``float`` is another type while it is recorded: either branch could be wrong."""
    with pytest.raises(TypeError, match="isinstance"):
        lifted(asks)(np.ones(2))
