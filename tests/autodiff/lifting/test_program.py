"""Programs: parameters, inputs, repeated runs, and errors that say what to do."""

import numpy as np
import pytest

from autodiff import DomainError, LiftError, Value, dot, exp, grad, hessian, leaves, lift, log, sqrt
from autodiff.functions import mean, sum
from benchmarks import graphs


@pytest.fixture
def line():
    """The squared error of w·x + b at three points, with its parameters and inputs."""
    w, b = Value(0.5, "w"), Value(-0.25, "b")
    X, Y = leaves("X", [1.0, 2.0, 3.0]), leaves("Y", [1.0, 3.0, 2.0])
    loss = mean([(w * x + b - y) ** 2 for x, y in zip(X, Y)])
    return loss, [w, b], {"X": X, "Y": Y}


def squared_error(w, b, X, Y):
    e = w * X + b - Y
    return np.mean(e**2), np.mean(2 * e * X), np.mean(2 * e)


DATA = {"X": np.array([1.0, -2.0, 4.0]), "Y": np.array([0.5, 0.0, 1.0])}


def test_a_run_gives_the_loss_and_gradients_for_new_data(line):
    loss, params, inputs = line
    result = lift(loss, inputs, params)(**DATA)
    expected = squared_error(0.5, -0.25, **DATA)
    got = (result.loss, result.grads["w"].item(), result.grads["b"].item())
    assert got == pytest.approx(expected, rel=1e-14)
    assert isinstance(result.loss, float)
    assert result.grads["w"].shape == ()


@pytest.mark.parametrize(
    "X", [[1.0, -2.0, 4.0], (1, -2, 4), np.array([1, -2, 4]), np.array([1, -2, 4], "f4")]
)
def test_inputs_are_whatever_numpy_takes_for_numbers(line, X):
    loss, params, inputs = line
    program = lift(loss, inputs, params)
    assert program(X=X, Y=DATA["Y"]).loss == program(**DATA).loss


def test_parameters_are_live(line):
    loss, params, inputs = line
    program = lift(loss, inputs, params)
    program.params["w"][...] = 2.0
    program.params["b"] += 1.25
    expected, *_ = squared_error(2.0, 1.0, **DATA)
    assert program(**DATA).loss == pytest.approx(expected, rel=1e-14)
    program.params["w"] = -1.0  # written into the array, which stays the program's own
    assert program(**DATA).loss == pytest.approx(squared_error(-1.0, 1.0, **DATA)[0], rel=1e-14)
    with pytest.raises(KeyError, match="no parameter 'v'"):
        program.params["v"] = 1.0
    with pytest.raises(TypeError, match="parameters"):
        del program.params["w"]
    assert params[0].data == 0.5  # the Values are untouched until push()


def test_push_and_pull_keep_values_and_program_in_step(line):
    loss, (w, b), inputs = line
    program = lift(loss, inputs, [w, b])
    w.grad = 7.0
    program.push()
    assert w.grad == 7.0  # nothing has run yet
    program.params["w"][...] = 2.0
    result = program(**DATA)
    program.push()
    assert (w.data, b.data) == (2.0, -0.25)
    assert (w.grad, b.grad) == (result.grads["w"], result.grads["b"])
    w.data, b.data = 3.0, 4.0
    program.pull()
    assert (program.params["w"], program.params["b"]) == (3.0, 4.0)


def test_training_by_push_and_by_params_is_the_same(line):
    loss, (w, b), inputs = line
    live, pushed = lift(loss, inputs, [w, b]), lift(loss, inputs, [w, b])
    for _ in range(5):
        result = live(**DATA)
        for name, array in live.params.items():
            array -= 0.1 * result.grads[name]
        pushed(**DATA)
        pushed.push()
        for value in (w, b):
            value.data -= 0.1 * value.grad
        pushed.pull()
    assert {name: array.item() for name, array in live.params.items()} == {"w": w.data, "b": b.data}


def test_inputs_may_be_nested_lists_tuples_or_object_arrays():
    w = [Value(0.5, "w[0]"), Value(2.0, "w[1]")]
    rows = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    loss = sum([dot(w, row) ** 2 for row in rows])
    given = (rows, tuple(map(tuple, rows)), np.array(rows, dtype=object), np.array(rows, dtype=object).T)
    results = []
    for each in given:
        data = np.arange(4.0).reshape(2, 2)
        results.append(lift(loss, {"X": each}, w)(X=data.T if each is given[-1] else data))
    assert len({result.loss for result in results}) == 1


def test_scalars_are_inputs_too():
    w, x = Value(0.5, "w"), Value(2.0)
    program = lift((w * x - 1) ** 2, {"x": x}, [w], wrt_inputs=True)
    result = program(x=np.float64(4.0))
    assert (result.loss, result.grads["w"], result.grads["x"]) == (1.0, 8.0, 1.0)
    assert result.grads["x"].shape == ()


def test_parameters_without_labels_are_one_vector():
    params = [Value(1.0), Value(2.0), Value(3.0)]
    program = lift(dot(params, params), params=params)
    assert program().grads["params"].tolist() == [2.0, 4.0, 6.0]


def test_unused_inputs_and_parameters_get_zeros():
    w, unused = Value(0.5, "w"), [Value(1.0, "u[0]"), Value(1.0, "u[1]")]
    x, idle = Value(2.0), [Value(0.0)] * 0 + [Value(1.0), Value(2.0)]
    for batch in (False, True):
        program = lift(w * x, {"x": x, "idle": idle}, [w, *unused], batch, wrt_inputs=True)
        m = (4,) * batch
        result = program(x=np.ones(m), idle=np.ones((2, *m)))
        assert result.grads["u"].tolist() == [0.0, 0.0]
        assert result.grads["idle"].shape == (2, *m)
        assert not result.grads["idle"].any()
        namespace = {}
        exec(program.source(), namespace)
        _, grads = namespace["run"](*program.params.values(), np.ones(m), np.ones((2, *m)))
        assert {name: grad.shape for name, grad in grads.items()} == {
            name: grad.shape for name, grad in result.grads.items()
        }


def test_an_input_without_elements_is_allowed():
    w = Value(0.5, "w")
    assert lift(w * 2.0, {"none": []}, [w])(none=[]).loss == 1.0


def test_an_input_may_be_called_self():
    w, x = Value(0.5, "w"), Value(2.0)
    assert lift(w * x, {"self": x}, [w])(**{"self": 4.0}).loss == 2.0


def test_graphs_of_gradients_and_curvatures_lift(agrees):
    graph = graphs.mlp((2, 4, 2), 3, "tanh")
    slopes = grad(graph.loss, graph.params, create_graph=True)
    penalty = graph.loss + 0.1 * sum([slope * slope for slope in slopes])
    program = lift(penalty, graph.inputs, graph.params)
    agrees(program, penalty, graph.params, graph.inputs)

    x, z = Value(0.3, "x"), Value(-0.8, "z")
    y = exp(x * z) * (x + z).sin()
    dx, _ = grad(y, [x, z], create_graph=True)
    result = lift(dx, params=[x, z])()
    assert [result.grads["x"].item(), result.grads["z"].item()] == pytest.approx(
        hessian(y, [x, z])[0].tolist(), rel=1e-13
    )


def test_buffers_are_reused_for_a_repeated_number_of_samples():
    graph = graphs.mlp((3, 4, 1), 1)
    program = lift(graph.loss, graph.inputs, graph.params, batch=True)
    rng = np.random.default_rng(0)
    data = {m: {"X": rng.standard_normal((3, 1, m)), "Y": np.ones((1, m))} for m in (8, 3)}
    program(**data[8])
    run = program.run_for(8)
    program(**data[3])
    program(**data[8])
    assert program.run_for(8) is run
    for m in range(1, 40):  # but not kept for every number there ever was
        program(X=np.ones((3, 1, m)), Y=np.ones((1, m)))
    assert len(program._runs) < 20


def test_after_a_run_that_fails_there_is_no_gradient_to_push():
    w, x = Value(0.5, "w"), Value(1.0)
    program = lift(log(w * x), {"x": x}, [w])
    program(x=1.0)
    with pytest.raises(DomainError):
        program(x=-1.0)
    w.grad = 7.0
    program.push()
    assert w.grad == 7.0
    program(x=1.0)
    program.push()
    assert w.grad == 2.0


# Errors of lift()


def test_what_is_no_graph_is_refused():
    with pytest.raises(TypeError, match=r"takes the Value at the root of a graph, got 3\.0"):
        lift(3.0, params=[Value(1.0)])
    with pytest.raises(ValueError, match="float64 or float32, got int64"):
        lift(Value(1.0, "w") * 2, params=[Value(1.0)], dtype=int)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "no parameters to differentiate by"),
        ((), ValueError, "no parameters"),
        ({}, ValueError, "no parameters"),
        ("w", TypeError, "params holds leaf Values, got 'w' of type str"),
        (["w"], TypeError, "params holds leaf Values, got 'w' of type str"),
        ({"w": 1.0}, TypeError, r"params holds leaf Values, got 1\.0 of type float"),
        ([1.0], TypeError, r"params holds leaf Values, got 1\.0 of type float"),
        ([Value(1.0, "elsewhere")], ValueError, "does not depend on any parameter"),
    ],
)
def test_parameters_that_are_none(line, params, error, message):
    loss, _, inputs = line
    with pytest.raises(error, match=message):
        lift(loss, inputs, params)


def test_parameters_in_nested_dicts_and_lists():
    W, b = leaves("W", [[1.0, 2.0], [3.0, 4.0]]), leaves("b", [0.5, -0.5])
    loss = ((W @ b) ** 2).sum() * b[0]
    flat = lift(loss, params=[*W.ravel(), *b])()
    for params in ({"layer": {"W": W, "b": list(b)}}, [W, b], [W.tolist(), tuple(b)]):
        grads = lift(loss, params=params)().grads
        assert list(grads) == ["W", "b"]
        assert all((grads[name] == flat.grads[name]).all() for name in grads)
    w = Value(3.0, "w")
    assert lift(w * w, params=w)().grads["w"] == 6.0


def test_a_root_that_is_a_leaf(line):
    w = Value(1.0, "w")
    program = lift(w, params=[w])
    assert "J = w" in str(program)
    program.params["w"] = 3.0
    assert (program().loss, program().grads["w"]) == (3.0, 1.0)
    with pytest.raises(ValueError, match="does not depend on any parameter"):
        lift(Value(1.0), params=[w])
    with pytest.raises(ValueError, match="does not depend on any parameter"):
        lift(Value(1.0) * 2.0, params=[w])


def test_inputs_that_are_not_leaves(line):
    loss, params, inputs = line
    with pytest.raises(ValueError, match=r"input H\[1\] is not a leaf but the result of 'mul'"):
        lift(loss, {**inputs, "H": [Value(1.0), params[0] * 2]}, params)
    with pytest.raises(ValueError, match=r"parameter params\[0\] is not a leaf but the result of 'mul'"):
        lift(loss, inputs, [params[0] * 2])
    with pytest.raises(TypeError, match=r"record the loss with X = autodiff\.leaves\('X', data\)"):
        lift(loss, {"X": [1.0, 2.0, 3.0]}, params)
    with pytest.raises(ValueError, match="lists of input 'X' have different lengths"):
        lift(loss, {"X": [[Value(1.0), Value(2.0)], [Value(3.0)]]}, params)
    with pytest.raises(TypeError, match="inputs maps names to Values"):
        lift(loss, inputs["X"], params)
    with pytest.raises(TypeError, match="the name of an input is text, got 1"):
        lift(loss, {1: inputs["X"]}, params)


def test_a_value_with_two_places(line):
    loss, (w, b), inputs = line
    with pytest.raises(ValueError, match=r"one Value is both parameter w and input Z\[0\]"):
        lift(loss, {**inputs, "Z": [w]}, [w, b])
    with pytest.raises(ValueError, match=r"both input X\[0\] and input Z"):
        lift(loss, {**inputs, "Z": inputs["X"][0]}, [w, b])
    with pytest.raises(ValueError, match="two arrays are called 'w'"):
        lift(loss, {"w": inputs["X"]}, [w, b])
    with pytest.raises(ValueError, match="two Values are labelled 'w'"):
        lift(loss, inputs, [w, b, Value(1.0, "w")])


def test_a_leaf_changed_after_recording_is_noticed(line):
    loss, params, inputs = line
    params[0].data = 0.75
    with pytest.raises(LiftError, match="build the loss again"):
        lift(loss, inputs, params)


# Errors of a run


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"X": np.ones(3)}, TypeError, r"input 'Y' is missing; pass Y=array of shape \(3,\)"),
        ({**DATA, "x": 1.0}, TypeError, "no input 'x'; did you mean 'X'"),
        ({**DATA, "labels": 1.0}, TypeError, "no input 'labels'; its inputs are X, Y"),
        ({**DATA, "X": "abc"}, TypeError, "takes real numbers, got 'abc'"),
        ({**DATA, "X": [None, 1.0, 2.0]}, TypeError, "takes real numbers"),
        ({**DATA, "X": np.ones(3) * 1j}, TypeError, "takes real numbers"),
        ({**DATA, "X": np.ones(4)}, ValueError, r"has shape \(3,\), got \(4,\)"),
        ({**DATA, "X": np.ones((3, 1))}, ValueError, r"has shape \(3,\), got \(3, 1\)"),
        ({**DATA, "X": [1.0, np.inf, 0.0]}, ValueError, r"X\[1\] is inf"),
        ({**DATA, "Y": [1.0, 2.0, np.nan]}, ValueError, r"Y\[2\] is nan"),
    ],
)
def test_inputs_that_do_not_fit(line, given, error, message):
    loss, params, inputs = line
    with pytest.raises(error, match=message):
        lift(loss, inputs, params)(**given)


def test_a_transpose_that_would_fit_is_named():
    graph = graphs.mlp((2, 3, 1), 4)
    program = lift(graph.loss, graph.inputs, graph.params)
    with pytest.raises(ValueError, match=r"has shape \(2, 4\), got \(4, 2\).*the transpose X\.T fits"):
        program(X=np.ones((4, 2)), Y=np.ones(4))


def test_batches_that_do_not_fit():
    w, x, y = Value(0.5, "w"), [Value(1.0), Value(2.0)], Value(0.0)
    program = lift(w * x[0] + x[1] * y, {"x": x, "y": y}, [w], batch=True)
    with pytest.raises(ValueError, match=r"the inputs have different numbers of samples.*x has 3, y has 4"):
        program(x=np.ones((2, 3)), y=np.ones(4))
    with pytest.raises(ValueError, match="the batch is empty"):
        program(x=np.ones((2, 0)), y=np.ones(0))
    with pytest.raises(ValueError, match=r"pass x\[\.\.\., None\] for one sample"):
        program(x=np.ones(2), y=np.ones(1))
    with pytest.raises(ValueError, match=r"\(2, m\), got \(3, 2\).*the transpose x\.T fits"):
        program(x=np.ones((3, 2)), y=np.ones(3))


# Domain errors


def test_a_domain_error_names_formula_and_operand_and_leaves_parameters_alone():
    w, X = Value(0.5, "w"), leaves("X", [1.0, 2.0])
    loss = sum([log(w * x) for x in X])
    program = lift(loss, {"X": X}, [w])
    before = program.params["w"].copy()
    with pytest.raises(
        DomainError, match=r"log\(.*=-1\.0\) is outside the domain of log; in formula \d: .* = ln\("
    ):
        program(X=[1.0, -2.0])
    assert program.params["w"] == before
    assert program(X=[1.0, 2.0]).loss == pytest.approx(loss.data)


def test_domain_errors_name_the_sample():
    w, x = Value(0.5, "w"), Value(1.0)
    program = lift(w / x, {"x": x}, [w], batch=True)
    with pytest.raises(ZeroDivisionError, match=r"div\(w=0\.5, x\[2\]=0\.0\) divides by zero"):
        program(x=[1.0, 2.0, 0.0])


def test_overflow_is_an_error_even_where_a_later_operation_hides_it():
    w, x = [Value(0.5, "w[0]"), Value(0.5, "w[1]")], [Value(1.0), Value(2.0)]
    loss = dot(w, x).tanh() + dot(w, x)
    for program, given in (
        (lift(dot(w, x).tanh(), {"x": x}, w), [1e308, 1e308]),
        (lift(dot(w, x).sigmoid(), {"x": x}, w, batch=True), [[1e308], [1e308]]),
        (lift(loss, {"x": x}, w), [1e308, 1e308]),
    ):
        program.params["w"][...] = 1e10
        with pytest.raises(OverflowError, match="overflows"):
            program(x=given)


def test_products_of_matrices_are_watched_for_overflow():
    graph = graphs.mlp((3, 4, 4, 1), 5, "tanh")
    program = lift(graph.loss, graph.inputs, graph.params)
    program.params["W1"][...] = 1e200
    with pytest.raises(OverflowError, match=r"Z1\[0,0\].*in formula 1: Z1 = W1·X \+ b1"):
        program(X=np.full((3, 5), 1e200), Y=np.ones(5))


def test_a_slope_at_the_edge_of_a_domain_is_infinite_as_in_the_graph():
    w = Value(0.0, "w")
    result = lift(sqrt(w), params=[w])()
    assert (result.loss, result.grads["w"].item()) == (0.0, np.inf)


def test_numbers_too_large_for_single_precision_are_an_error():
    w, x = Value(0.5, "w"), Value(2.0)
    with pytest.raises(ValueError, match="float32"):
        lift((w * x).minimum(1e300), {"x": x}, [w], dtype=np.float32)
    program = lift(w * x, {"x": x}, [w], dtype=np.float32)
    with pytest.raises(ValueError, match="float32"):
        program(x=1e300)


def test_huge_constants_do_not_overflow_where_the_graph_does_not(agrees):
    w = [Value(1e-300, "w[0]"), Value(1e300, "w[1]")]
    loss = 1e200 * (1e200 * w[0]) * 1e-100 - 1e100 * (1e-200 * (1e-200 * w[1])) / 7.0
    program = lift(loss, params=w)
    agrees(program, loss, w)
