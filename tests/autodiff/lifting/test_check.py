"""Every program is held to the graph it was found in, and one that is wrong is not handed out."""

import numpy as np
import pytest

from autodiff import (
    DomainError,
    LiftError,
    Value,
    abs,
    dot,
    exp,
    leaves,
    lift,
    log,
    logsumexp,
    relu,
    sin,
    softmax,
    softplus,
    sqrt,
    step,
    sum,
    tanh,
)
from autodiff.lifting.compile import cotangents
from autodiff.lifting.find import fold
from autodiff.lifting.interpret import Interpreter, Schedule
from autodiff.lifting.interpret_narrow import NarrowInterpreter
from autodiff.lifting.record import record_graph
from nn import MLP


def loss_of_everything():
    """A graph with most kinds of rows, and its parameters."""
    w = leaves("w", [0.3, -0.4, 1.5])
    x = leaves("x", [[1.0, 2.0, -0.5], [0.25, 0.0, 3.0]])
    z = x @ w
    h = tanh(z) * softplus(z) + relu(w[0] - z) / (2.0 + exp(-z))
    parameters = [*w, *x.ravel()]
    return logsumexp(list(h)) + sqrt(1.0 + dot(w, w[::-1]) ** 2) + softmax(list(w))[1] + log(
        2.0 + sin(z[0])
    ), parameters


@pytest.mark.parametrize("kind", [Interpreter, NarrowInterpreter])
def test_a_tape_is_run_as_the_graph_was(kind):
    loss, parameters = loss_of_everything()
    tape = record_graph(loss)
    interpreter = kind(tape)
    values = tape.data.copy()
    interpreter.forward(values)
    np.testing.assert_allclose(values, tape.data, rtol=1e-14)
    np.testing.assert_allclose(interpreter.recomputed(tape.data), tape.data, rtol=1e-14)
    loss.backward()
    cotangents = interpreter.backward(tape.data)
    expected = [p.grad for p in parameters]
    np.testing.assert_allclose(
        [cotangents[tape.ids[p]] for p in parameters], expected, rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("kind", [Interpreter, NarrowInterpreter])
def test_a_tape_is_run_on_several_samples_at_once(kind):
    loss, parameters = loss_of_everything()
    tape = record_graph(loss)
    interpreter = kind(tape)
    values = np.repeat(tape.data[:, None], 3, axis=1)
    ids = [tape.ids[p] for p in parameters]
    values[ids] += 0.1 * np.arange(3)
    interpreter.forward(values)
    cotangents = interpreter.backward(values)
    for column in range(3):
        alone = values[:, column].copy()
        interpreter.forward(alone)
        np.testing.assert_allclose(values[:, column], alone, rtol=1e-15)
        np.testing.assert_allclose(cotangents[:, column], interpreter.backward(alone), rtol=1e-13, atol=1e-16)


def test_both_interpreters_bound_errors_alike():
    loss, _ = loss_of_everything()
    tape = record_graph(loss)
    wide, narrow = Interpreter(tape), NarrowInterpreter(tape)
    unit = 2.0**-53
    errors = wide.forward_errors(tape.data, unit)
    np.testing.assert_allclose(narrow.forward_errors(tape.data, unit), errors, rtol=1e-3)
    doubts = wide.backward_errors(tape.data, errors, unit)
    np.testing.assert_allclose(narrow.backward_errors(tape.data, errors, unit), doubts, rtol=1e-3)


def sums(x):
    """Sums of several lengths: with differences, read on the way, of equal terms, one in another."""
    long = sum([v * w for v, w in zip(x, x[::-1])]) + x[0] - x[1] + x[1]
    read = x[0] + x[1] - x[2]
    again = read - x[3]
    twice = x[4] + x[4] + x[4] + again
    inside = again + (x[0] + long - tanh(again)) - (x[1] + x[2] + 0.5) * twice
    masked = 1.0 - step(x[0]) * sqrt(relu(x[0])) - step(x[2]) + read
    return inside - long * 0.5 + masked - read + sum([x[k] - x[k + 1] for k in range(4)])


@pytest.mark.parametrize("seed", range(4))
def test_sums_that_are_run_at_once_are_those_of_one_addition_after_the_other(seed):
    x = leaves("x", np.random.default_rng(seed).normal(size=5))
    tape = record_graph(sums(list(x)))
    wide, narrow = Interpreter(tape), NarrowInterpreter(tape)
    values = np.repeat(tape.data[:, None], 2, axis=1)
    values[[tape.ids[v] for v in x], 1] += 0.25
    for interpreter in (wide, narrow):
        moved = values.copy()
        interpreter.forward(moved)
        np.testing.assert_allclose(moved[:, 0], tape.data, rtol=1e-14)
        np.testing.assert_allclose(interpreter.recomputed(moved), moved, rtol=1e-14)
    for method in (lambda i, v: i.backward(v), lambda i, v: i.backward(v, unsigned=True)):
        np.testing.assert_allclose(method(wide, moved), method(narrow, moved), rtol=1e-12, atol=1e-15)
    with np.errstate(all="ignore"):
        by_rule = [each.backward_by_rule(moved) for each in (wide, narrow)]
        np.testing.assert_allclose(*by_rule, rtol=1e-12, atol=1e-15)
        errors = wide.forward_errors(moved, 2.0**-53)
        np.testing.assert_allclose(errors, narrow.forward_errors(moved, 2.0**-53), rtol=1e-3)
        doubts = [each.backward_errors(moved, errors, 2.0**-53) for each in (wide, narrow)]
        np.testing.assert_allclose(*doubts, rtol=1e-3)


def test_the_additions_of_a_long_sum_take_no_levels_of_their_own():
    x = leaves("x", np.arange(1.0, 1001.0))
    y = sum([v * v for v in x])
    steps = Schedule(record_graph(y)).steps()
    assert [each.nodes.shape for each in steps] == [(1000,), (1, 999)]


@pytest.mark.parametrize("kind", [Interpreter, NarrowInterpreter])
def test_bounds_follow_the_conditioning(kind):
    x = Value(0.7, "x")
    well, ill = record_graph(sin(x) + 1.0), record_graph((1e9 * x).sin())
    for tape, least, most in ((well, 1e-17, 2e-15), (ill, 1e-8, 1e-6)):
        error = kind(tape).forward_errors(tape.data, 2.0**-53)[-1]
        assert least < error < most
    cancelled = record_graph((x + 1e16) - 1e16)
    assert kind(cancelled).forward_errors(cancelled.data, 2.0**-53)[-1] > 0.3


@pytest.mark.parametrize("kind", [Interpreter, NarrowInterpreter])
def test_a_kink_within_its_error_may_have_either_slope(kind):
    x = Value(0.1, "x")
    at_the_kink = record_graph(((x * 3.0) - 0.3).relu())  # 5.6e-17, less than what rounding does to it
    away = record_graph(((x * 3.0) + 0.3).relu())
    for tape, least, most in ((at_the_kink, 2.9, 3.1), (away, 0.0, 1e-12)):
        interpreter = kind(tape)
        errors = interpreter.forward_errors(tape.data, 2.0**-53)
        doubts = interpreter.backward_errors(tape.data, errors, 2.0**-53)
        assert least <= doubts[tape.ids[x]] <= most


READS = {
    "reversed": lambda x, y, A, B: dot(x, y[::-1]),
    "reversed twice": lambda x, y, A, B: dot(x[::-1], y[::-1]) + x[0],
    "rows flipped": lambda x, y, A, B: sum((A * B[::-1]).ravel()),
    "columns flipped": lambda x, y, A, B: sum((A * B[:, ::-1]).ravel()),
    "both flipped": lambda x, y, A, B: sum((A * np.flip(B)).ravel()),
    "rotated": lambda x, y, A, B: sum((A * np.rot90(B)).ravel()),
    "rotated half": lambda x, y, A, B: sum((A * np.rot90(B, 2)).ravel()),
    "transposed": lambda x, y, A, B: sum((A * B.T).ravel()),
    "rolled": lambda x, y, A, B: dot(x, np.roll(y, 1)),
    "flipped product": lambda x, y, A, B: sum(tanh(A[::-1] @ B[:, ::-1]).ravel()),
    "strided": lambda x, y, A, B: dot(A.ravel()[::2], B.ravel()[::-2]) if A.size > 1 else A[0, 0] * B[0, 0],
}


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("read", READS)
def test_an_array_read_in_another_order(read, n, agrees):
    rng = np.random.default_rng(n)
    x, y = leaves("x", rng.normal(size=n)), leaves("y", rng.normal(size=n))
    A, B = leaves("A", rng.normal(size=(n, n))), leaves("B", rng.normal(size=(n, n)))
    loss = READS[read](x, y, A, B)
    parameters = [*x, *y, *A.ravel(), *B.ravel()]
    agrees(lift(loss, params=parameters), loss, parameters)


def test_a_wrong_gradient_is_not_handed_out(monkeypatch):
    """The fault of old: a cotangent taken over without regard to its direction."""

    def whatever_the_direction(whole, place):
        return list(range(place.ndim))

    monkeypatch.setattr(cotangents, "in_order_of", whatever_the_direction)
    x, y = leaves("x", [1.0, 2.0]), leaves("y", [3.0, 5.0])
    with pytest.raises(LiftError, match=r"gives ∂loss/∂[xy]\[0\] = .* where the graph gives"):
        lift(dot(x, y[::-1]), params=[*x, *y])


def test_a_wrong_loss_is_not_handed_out(monkeypatch):
    right = fold.fold_sums

    def biased(tape, kind, alone):
        folded = right(tape, kind, alone)
        folded.bias[...] += 1e-9
        return folded

    monkeypatch.setattr("autodiff.lifting.find.pipeline.fold_sums", biased)
    x = leaves("x", [1.0, 2.0])
    with pytest.raises(LiftError, match="gives loss = "):
        lift(dot(x, x), params=[*x])


def test_a_program_that_is_right_at_the_recorded_point_only_is_not_handed_out(monkeypatch):
    """As if an input had been taken for a constant: loss and gradient are right until it moves."""
    right = fold.fold_sums

    def frozen(tape, kind, alone):
        return right(tape, np.where(kind == 2, fold.CONSTANT, kind), alone)

    monkeypatch.setattr("autodiff.lifting.find.pipeline.fold_sums", frozen)
    w, x = Value(2.0, "w"), Value(3.0, "x")
    with pytest.raises(LiftError, match="gives loss = "):
        lift((w * x) ** 2, inputs={"x": x}, params=[w])


def test_programs_are_checked_at_two_points():
    loss, parameters = loss_of_everything()
    assert lift(loss, params=parameters).points == 2


def test_where_no_second_point_lies_in_the_domain_one_is_enough():
    # A graph that overflows as soon as x grows at all, or falls out of the domain when it shrinks.
    x = Value(1.0, "x")
    assert lift(sqrt(x - 1.0) + log(2.0 - x), params=[x]).points in (1, 2)
    edge = sqrt(x - 1.0) + sqrt(1.0 - x) + x
    assert lift(edge, params=[x]).points == 1


def test_a_program_says_what_it_was_not_checked_for():
    x = Value(1.0, "x")
    assert "checked at the recorded point only" in str(lift(sqrt(x - 1.0) + sqrt(1.0 - x) + x, params=[x]))
    assert "checked" not in str(lift(x * x, params=[x]))


@pytest.mark.parametrize("many", [1, 40])
def test_kinks_within_rounding_are_counted(many):
    x = leaves("x", [0.7] * many)
    smooth = sum(tanh(x) * softplus(x - 0.7) * sin(x))
    at = smooth + sum(relu(x + 0.1 - 0.8)) + sum(abs(x - x))
    program = lift(at, params=[*x])
    assert program.kinks == 2 * many
    assert f"{2 * many} operations have kinks within rounding" in str(program)
    away = lift(smooth + sum(relu(x - 0.5)) + sum(abs(x + 1.0)), params=[*x])
    assert away.kinks == 0
    assert "kink" not in str(away)


def test_a_check_leaves_the_parameters_as_they_were():
    model = MLP(2, [3, 1], seed=0)
    x = leaves("x", [0.5, -1.0])
    before = model.state_dict()
    program = lift(model(x)[0], inputs={"x": x}, params=model, batch=True)
    for name, array in before.items():
        assert (program.params[name] == array).all()


def test_changed_data_is_named():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    loss = (w * x) ** 2
    w.data = 5.0
    with pytest.raises(
        LiftError, match=r"mul\(w=5.0, x=3.0\) is 15.0, but 6.0 was recorded: data was changed"
    ):
        lift(loss, params=[w])


def test_changed_data_is_named_where_it_is_0():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    loss = (w * x) ** 2
    w.data = 0.0
    with pytest.raises(LiftError, match=r"mul\(w=0.0, x=3.0\) is 0.0, but 6.0 was recorded"):
        lift(loss, params=[w])


def chain(n):
    x = Value(0.7, "x")
    y = x
    for _ in range(n):
        y = y + x
    return y, x


CONDITIONED = {
    "cancelling": lambda x: (x + 1e16) - 1e16,
    "a fast sine": lambda x: (1e9 * x).sin(),
    "a fit that has converged": lambda x: ((x - 0.7000000001) ** 2 + (2.0 * x - 1.4) ** 2) / 2.0,
    "no residual": lambda x: (x - 0.7) ** 2,
    "an absolute residual": lambda x: abs(3.0 * x - 2.1),
    "log cosh of nearly nothing": lambda x: (x - 0.7 + 1e-9).cosh().log(),
    "relu of nothing": lambda x: (x - x).relu() + x,
    "relu of a sum that cancels": lambda x: (x + 0.1 - 0.8).relu() + x,
}


@pytest.mark.parametrize("case", CONDITIONED)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_ill_conditioned_graphs_are_lifted(case, dtype):
    x = Value(0.7, "x")
    loss = CONDITIONED[case](x)
    program = lift(loss, params=[x], dtype=dtype)
    if dtype == "float64":
        assert program().loss == pytest.approx(loss.data, rel=1e-6, abs=2.0)
    assert np.isfinite(program().grads["x"])


def test_a_chain_of_additions_is_lifted_though_rounding_adds_up():
    y, x = chain(20_000)
    program = lift(y, params=[x])
    assert len(program) == 1
    assert program().loss == pytest.approx(20_001 * 0.7, rel=1e-10)
    assert program().grads["x"] == 20_001.0


MASKED = {
    "two equal numbers": lambda x: logsumexp([*x, 7.0, 7.0]),
    "a causal mask": lambda x: sum(softmax([*x, -1e9, -1e9])[:2] * np.array([1.0, 2.0])),
    "equal Values": lambda x: logsumexp([*x, Value(0.5), Value(0.5), Value(0.5)]),
    "masked by adding": lambda x: softmax(x + np.array([0.0, -1e9]))[0] + x[1],
}


@pytest.mark.parametrize("case", MASKED)
def test_numbers_among_the_operands_of_a_softmax(case, agrees):
    x = leaves("x", [0.5, -0.25])
    loss = MASKED[case](x)
    agrees(lift(loss, params=[*x]), loss, [*x])


REORDERED = {
    "halves": (1e308, lambda x: (x / 2.0 + x / 2.0) * 1e-300),
    "twice a large sum": (1e308, lambda x: 2.0 * (1e307 - x / 1e3)),
    "variance of equal numbers": (
        1.0,
        lambda x: sqrt((x * x + x * x + x * x) / 3.0 - ((x + x + x) / 3.0) ** 2),
    ),
    "arc cosine of a unit vector": (1.0, lambda x: (x * x + sqrt(1.0 - x * x) ** 2).acos()),
}


@pytest.mark.parametrize("case", REORDERED)
def test_what_the_graph_computes_the_program_computes(case):
    scale, f = REORDERED[case]
    computed = 0
    for share in np.random.default_rng(0).uniform(0.1, 0.95, size=40):
        x = Value(scale * share, "x")
        try:
            loss = f(x)
        except DomainError:
            continue
        computed += 1
        assert lift(loss, params=[x])().loss == pytest.approx(loss.data, rel=1e-6, abs=1e-7)
    assert computed > 10


def test_constants_alone_have_a_source():
    x = Value(0.7, "x")
    for loss in (0.0 * x + 2.0, (x - x) * 3.0 + 1.0, x**0 + 0.25):
        names = {}
        exec(lift(loss, params=[x]).source(), names)
        value, grads = names["run"](np.array(0.7))
        assert value == pytest.approx(loss.data)
        assert float(grads["x"]) == 0.0


def test_a_slope_that_overflows_is_infinite_as_in_the_graph():
    a = Value(0.5, "a")
    loss = 1e200 * (1e200 * (1e-300 * a)) + a
    program = lift(loss, params=[a])
    loss.backward()
    assert a.grad == float("inf")
    assert program().grads["a"] == float("inf")
    assert program().loss == pytest.approx(5e99)
