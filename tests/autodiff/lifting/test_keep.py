"""More than a loss: arrays that are kept, several outputs, and their vector-Jacobian products."""

import copy
import pickle
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autodiff import LiftError, Value, dot, grad, leaves, lift
from autodiff.functions import log, maximum, mean, relu, sqrt
from autodiff.lifting.keeping import check_kept
from benchmarks import graphs

pytestmark = pytest.mark.long

M = 4
NAMES = ["z", "hidden", "prediction", "dprediction", "dhidden", "dz", "dX", "dW1", "X", "b1"]


def network(m=None, seed=0):
    """A layer of tanh and a linear one, on samples that are columns or for one sample, with labels
    on everything inside: the loss, the inputs, the parameters, and the outputs."""
    rng = np.random.default_rng(seed)
    W1, b1 = leaves("W1", rng.standard_normal((5, 3))), leaves("b1", rng.standard_normal(5))
    W2 = leaves("W2", rng.standard_normal((2, 5)))
    X = leaves("X", rng.standard_normal((3,) if m is None else (3, m)))
    columns = [("", X)] if m is None else [(f",{s}", x) for s, x in enumerate(X.T)]
    outputs = []
    for s, x in columns:
        z = [dot(w, x) + b for w, b in zip(W1, b1)]
        a = [each.tanh() for each in z]
        y = [dot(v, a) for v in W2]
        for name, nodes in (("z", z), ("hidden", a), ("prediction", y)):
            for i, node in enumerate(nodes):
                node.label = f"{name}[{i}{s}]"
        outputs.append(y)
    loss = mean([(p - 1.0) ** 2 for y in outputs for p in y])
    return loss, {"X": X}, [*W1.ravel(), *b1, *W2.ravel()], np.array(outputs).T


def formulas(params, X):
    """The same network by hand, and its gradients."""
    W1, b1, W2 = params["W1"], params["b1"], params["W2"]
    z = W1 @ X + b1[:, None]
    hidden = np.tanh(z)
    prediction = W2 @ hidden
    dprediction = 2.0 * (prediction - 1.0) / prediction.size
    dhidden = W2.T @ dprediction
    dz = dhidden * (1.0 - hidden**2)
    return {
        "z": z,
        "hidden": hidden,
        "prediction": prediction,
        "dprediction": dprediction,
        "dhidden": dhidden,
        "dz": dz,
        "dX": W1.T @ dz,
        "dW1": dz @ X.T,
        "X": X,
        "b1": b1,
    }


@pytest.mark.parametrize("batch", [False, True])
def test_labels_name_arrays_to_keep(batch):
    X = np.random.default_rng(1).standard_normal((3, M))
    loss, inputs, params, _ = network(None if batch else M)
    program = lift(loss, inputs, params, batch, keep=NAMES)
    result = program(X=X)
    expected = formulas(program.params, X)
    assert list(result.values) == NAMES
    for name, value in result.values.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-12, atol=1e-14, err_msg=name)
    plain = lift(loss, inputs, params, batch)(X=X)
    assert plain.values == {}
    assert plain.loss == pytest.approx(result.loss, rel=1e-14)
    for name, gradient in plain.grads.items():
        np.testing.assert_allclose(gradient, result.grads[name], rtol=1e-11)


@pytest.mark.parametrize("batch", [False, True])
def test_the_listing_names_arrays_to_keep(batch):
    loss, inputs, params, _ = network(None if batch else M)
    X = np.random.default_rng(1).standard_normal((3, M))
    program = lift(loss, inputs, params, batch, keep=["Z1", "dA1", "J", "dJ"])
    values = program(X=X).values
    expected = formulas(program.params, X)
    np.testing.assert_allclose(values["Z1"], expected["z"], rtol=1e-12)
    np.testing.assert_allclose(values["dA1"], expected["dhidden"], rtol=1e-12)
    assert values["J"].shape == values["dJ"].shape == ((M,) if batch else ())
    assert values["J"].mean() == pytest.approx(program(X=X).loss)


@pytest.mark.parametrize(
    "make",
    [
        lambda: graphs.gru(2, 3, 2),
        lambda: graphs.attention((3, 2), vocabulary=5, width=4, heads=2, hidden=6),
        graphs.convolution,
        lambda: graphs.batch_norm(4, 3),
    ],
    ids=["gru", "attention", "convolution", "batch_norm"],
)
def test_every_array_of_a_listing_can_be_kept(make):
    """Its values and cotangents are the graph's, which the check at lifting holds them to; a run on
    other data gives others."""
    graph = make()
    plain = lift(graph.loss, graph.inputs, graph.params)
    symbols = [block.symbol for block in plain.blocks if block.symbol]
    names = [*symbols, *(f"d{block.symbol}" for block in plain.blocks if block in plain.plan.needs)]
    program = lift(graph.loss, graph.inputs, graph.params, keep=names)
    assert str(program) == str(plain)
    data = {k: np.vectorize(lambda v: v.data)(np.array(v, object)) for k, v in graph.inputs.items()}
    result = program(**data)
    assert list(result.values) == names
    for block in plain.plan.wanted:
        np.testing.assert_array_equal(result.values[f"d{block.symbol}"], result.grads[block.name])
    for block in plain.plan.with_role("parameter"):
        np.testing.assert_array_equal(result.values[block.symbol], program.params[block.name])


OPERATIONS = [
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a - 0.5 * b,
    lambda a, b: a * a,
    lambda a, b: a.tanh(),
    lambda a, b: a.sin() * b,
    lambda a, b: (a * b + 3.0).exp() / 50.0,
]


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12)
)
@example([(6, 1, 1), (6, 3, 3), (6, 4, 4), (6, 5, 5), (6, 6, 6)])
@example([(0, 0, 0), (0, 0, 3), (6, 0, 13), (6, 0, 29), (6, 0, 0)])
def test_every_node_of_any_graph_can_be_kept(steps):
    """Values and cotangents of all nodes are those of the scalar engine; nodes from 4 on are left out, as
    powers and exponentials of them would soon overflow."""
    pool = [Value(x, f"w[{i}]") for i, x in enumerate((0.5, -1.25, 0.75))]
    params, inner = list(pool), []
    for operation, i, j in steps:
        node = OPERATIONS[operation](pool[i % len(pool)], pool[j % len(pool)])
        if abs(node.data) >= 4.0:
            continue
        node.label = f"inner[{len(inner)}]"
        pool.append(node)
        inner.append(node)
    loss = mean([node * (i + 1.0) for i, node in enumerate(inner)])
    program = lift(loss, params=params, keep=["inner", "dinner", "dw"])
    values = program().values
    assert values["inner"].tolist() == pytest.approx([node.data for node in inner], rel=1e-12, abs=1e-14)
    for name, nodes in (("dinner", inner), ("dw", params)):
        assert values[name].tolist() == pytest.approx(grad(loss, nodes), rel=1e-10, abs=1e-12)


def test_what_is_kept_is_the_callers():
    loss, inputs, params, _ = network(M)
    program = lift(loss, inputs, params, keep=NAMES)
    X = np.ones((3, M))
    first = program(X=X)
    before = copy.deepcopy(first.values)
    second = program(X=2.0 * X)
    for name, value in first.values.items():
        np.testing.assert_array_equal(value, before[name])
        value[...] = 7.0
    again = program(X=2.0 * X)
    for name, value in second.values.items():
        np.testing.assert_array_equal(value, again.values[name])


@pytest.mark.parametrize("width", [3, 60])
def test_large_inputs_and_gradients_are_kept_from_where_they_lie(width):
    """Large ones are read, or written, without copying if they are not kept."""
    W, X = leaves("W", np.full((width, width), 0.01)), leaves("X", np.full((width, width), 0.5))
    loss = mean([dot(w, x).tanh() for w in W for x in X.T])
    program = lift(loss, {"X": X}, W.ravel(), keep=["X", "dW"])
    data = np.random.default_rng(0).standard_normal((width, width))
    result = program(X=data)
    np.testing.assert_array_equal(result.values["X"], data)
    np.testing.assert_array_equal(result.values["dW"], result.grads["W"])
    np.testing.assert_array_equal(lift(loss, {"X": X}, W.ravel())(X=data).grads["W"], result.grads["W"])


def test_a_run_in_the_recorded_order_keeps_too():
    """The formulas overflow where the graph does not."""
    w, x = Value(1.0, "w"), Value(2.0, "x")
    inner = (w * x - 1.0) * 0.5
    inner.label = "inner"
    outer = sqrt(inner * 2.0 + (x - x * w) * 1e308)
    outer.label = "outer"
    loss = outer + 1.0
    program = lift(loss, {"x": x}, [w], keep=["inner", "outer", "dinner", "douter"])
    for at in (2.0, 1.5):
        values = program(x=at).values
        assert values["inner"] == (at - 1.0) / 2
        assert values["outer"] == np.sqrt(at - 1.0)
        assert values["dinner"] == pytest.approx(1.0 / np.sqrt(at - 1.0))
        assert values["douter"] == 1.0


UNKNOWN = {
    "hiden": "did you mean 'hidden'",
    "dhiden": "did you mean 'dhidden'",
    "Z9": "no array 'Z9'",
    "": "no array ''",
}


@pytest.mark.parametrize(("name", "message"), UNKNOWN.items())
def test_names_that_there_are_not_are_refused(name, message):
    loss, inputs, params, _ = network(M)
    with pytest.raises(ValueError, match=message):
        lift(loss, inputs, params, keep=[name])


def test_what_is_no_list_of_names_is_refused():
    loss, inputs, params, _ = network(M)
    with pytest.raises(TypeError, match=r"keep=\['z'\]"):
        lift(loss, inputs, params, keep="z")
    with pytest.raises(TypeError, match="keep holds names"):
        lift(loss, inputs, params, keep=[3])


def test_two_nodes_of_one_label_are_refused():
    w = Value(0.5, "w")
    a, b = w.exp(), w.sin()
    a.label = b.label = "a"
    with pytest.raises(ValueError, match="'a'"):
        lift(a * b, params=[w], keep=["a"])
    assert lift(a * b, params=[w]).operations == 3


def test_the_cotangent_of_a_constant_is_refused():
    w, c = Value(0.5, "w"), Value(3.0)
    fixed = c * 2.0
    fixed.label = "fixed"
    program = lift(w * fixed, params=[w], keep=["fixed"])
    assert program().values["fixed"] == 6.0
    with pytest.raises(ValueError, match="depends on no parameter"):
        lift(w * fixed, params=[w], keep=["dfixed"])


def test_a_program_that_keeps_the_wrong_numbers_is_not_handed_out():
    loss, inputs, params, _ = network(M)
    program = lift(loss, inputs, params, keep=["z", "dz"])
    arrays = list(program(X=leaf_data(inputs["X"])).values.values())
    check_kept(program.plan.kept, program._recorded, arrays, 2.0**-53)
    for number in range(2):
        wrong = [array.copy() for array in arrays]
        wrong[number][1, 2] *= 1.0 + 1e-9
        with pytest.raises(LiftError, match=rf"{'d' * number}z\[1,2\]"):
            check_kept(program.plan.kept, program._recorded, wrong, 2.0**-53)


def leaf_data(array):
    return np.vectorize(lambda value: value.data, otypes=[float])(array)


# Several outputs


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_several_outputs_and_their_products(batch, copied):
    _, inputs, params, outputs = network(None if batch else M)
    program = copied(lift(outputs[:, 0] if batch else outputs, inputs, params, batch, wrt_inputs=True))
    rng = np.random.default_rng(2)
    X, C = rng.standard_normal((3, M)), rng.standard_normal((2, M))
    result = program(X=X)
    expected = formulas(program.params, X)
    np.testing.assert_allclose(result.outputs, expected["prediction"], rtol=1e-12)
    slope = 1.0 - expected["hidden"] ** 2
    for gradients in (program.vjp(C), program.vjp(C, X=X)):
        dz = (program.params["W2"].T @ C) * slope
        right = {"W1": dz @ X.T, "b1": dz.sum(1), "W2": C @ expected["hidden"].T}
        assert list(gradients) == ["W1", "b1", "W2", "X"]
        for name, value in {**right, "X": program.params["W1"].T @ dz}.items():
            np.testing.assert_allclose(gradients[name], value, rtol=1e-11, atol=1e-13)


def test_the_loss_of_several_outputs_is_their_sum():
    w = Value(0.5, "w")
    result = lift([w * w, w * 3.0], params=[w])()
    assert (result.loss, result.grads["w"].item()) == (1.75, 4.0)
    assert result.outputs.tolist() == [0.25, 1.5]


def test_outputs_may_be_leaves_constants_and_the_same():
    w, x, c = Value(0.5, "w"), Value(0.25), Value(-3.0)
    square = w * w
    nested = [[w, square], [square, c], [c * 2.0, x * w]]
    for batch in (False, True):
        program = lift(nested, {"x": x}, [w], batch)
        at = [2.0, 4.0] if batch else 2.0
        outputs = program(x=at).outputs
        last = np.array([0.5, 0.25, 0.25, -3.0, -6.0, 1.0]).reshape(3, 2)
        np.testing.assert_array_equal(outputs[..., 0] if batch else outputs, last)
        cotangents = np.arange(1.0, 7.0).reshape(3, 2)
        if batch:
            cotangents = np.stack([cotangents, 0.0 * cotangents], -1)
        assert program.vjp(cotangents)["w"] == 1.0 + (2.0 + 3.0) * 1.0 + 6.0 * 2.0


def test_rows_of_a_jacobian():
    v = leaves("v", [0.5, -1.0, 2.0])
    outputs = np.array([v[0] * v[1], v[2].exp(), maximum(v[0], v[2]), relu(v[1])])
    program = lift(outputs, params=v)
    rows = [program.vjp(row)["v"] for row in np.eye(4)]
    np.testing.assert_allclose(rows, [grad(y, list(v)) for y in outputs])


def test_a_program_with_inputs_needs_them_once():
    w, x = Value(0.5, "w"), Value(0.25)
    program = lift([w * x], {"x": x}, [w])
    with pytest.raises(TypeError, match="pass its inputs: x"):
        program.vjp([1.0])
    X = np.array(3.0)
    program(x=X)
    X[...] = 5.0  # the caller's own
    program.params["w"] = 2.0
    assert program.vjp([2.0])["w"] == 6.0


@pytest.mark.parametrize("cotangents", [1.0, [1.0], [[1.0, 2.0]], ["a", "b"], None])
def test_cotangents_that_do_not_fit_are_refused(cotangents):
    w = Value(0.5, "w")
    program = lift([w * w, w * 3.0], params=[w])
    with pytest.raises((TypeError, ValueError), match="cotangents"):
        program.vjp(cotangents)


def test_a_program_of_one_loss_has_no_products():
    w = Value(0.5, "w")
    with pytest.raises(TypeError, match="several outputs"):
        lift(w * w, params=[w]).vjp(1.0)


@pytest.mark.parametrize("outputs", [[], [1.0], [[Value(1.0)], [Value(2.0), Value(3.0)]], "J", None, 2.0])
def test_what_is_no_output_is_refused(outputs):
    with pytest.raises((TypeError, ValueError), match=r"lift|lists"):
        lift(outputs, params=[Value(0.5, "w")])


def test_an_input_called_cotangents_stays_what_it_is():
    w, c = Value(0.5, "w"), Value(0.25)
    program = lift([w * c], {"cotangents": c}, [w])
    assert program(cotangents=3.0).outputs.tolist() == [1.5]
    assert program.vjp([2.0])["w"] == 6.0


def test_outputs_outside_the_domain_say_where():
    w = Value(0.5, "w")
    program = lift([log(w), w * w], params=[w])
    program.params["w"] = -1.0
    with pytest.raises(ValueError, match="log"):
        program()


def test_what_the_steps_of_a_loop_fill_is_kept_as_one_array():
    make = np.random.default_rng(0)
    W, X = leaves("W", make.normal(size=(3, 3))), leaves("X", make.normal(size=(3, 5)))

    def states(W, X, forward):
        h, found = np.zeros(3), []
        for t in range(5):
            h = forward(W @ h + X[:, t])
            found.append(h)
        return found

    loss = (states(W, X, np.tanh)[-1] ** 2).sum()
    program = lift(loss, {"X": X}, W.ravel(), keep=["H", "dH", "z"])
    assert "H[t] = tanh(z[t]),  t = 1 … 5" in str(program)
    numbers = make.normal(size=(3, 5))
    values = program(X=numbers).values
    right = np.array(states(program.params["W"], numbers, np.tanh))
    np.testing.assert_allclose(values["H"], right, rtol=1e-12)
    np.testing.assert_allclose(np.tanh(values["z"]), right, rtol=1e-12)
    np.testing.assert_allclose(values["dH"][-1], 2 * right[-1], rtol=1e-12)
    below = program.params["W"].T @ (values["dH"][-1] * (1 - right[-1] ** 2))
    np.testing.assert_allclose(values["dH"][-2], below, rtol=1e-11)


def test_a_step_that_the_graph_has_folded_is_not_kept():
    make = np.random.default_rng(0)
    W, X = leaves("W", make.normal(size=(3, 3))), leaves("X", make.normal(size=(3, 5)))
    h = np.zeros(3)
    for t in range(5):
        new = np.tanh(W @ h + X[:, t])
        h = (1 - new - X[:, t]) * h + new * new
    loss = h.sum()
    listing = str(lift(loss, {"X": X}, W.ravel()))
    name = re.search(r"(\w+)\[t\] = 1 - ", listing)[1]
    with pytest.raises(ValueError, match=rf"{name}\[1\] is computed together with other numbers"):
        lift(loss, {"X": X}, W.ravel(), keep=[name])
