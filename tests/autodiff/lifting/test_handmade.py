"""Nodes made by hand are lifted as the rows that their values and slopes say they are."""

import math

import numpy as np
import pytest

from autodiff import LiftError, Value, functions, leaves, lift, operation
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.engine.value import as_value, record
from viz import explore

ZS = [-1.7, -0.6, 0.2, 0.9, 2.3]


def by_hand(forward, slope, name=""):
    """A function that makes such nodes, at this line: with a closure if they get a name."""

    def function(v):
        if not name:
            return Value(forward(v.data), (v,), (slope(v.data),))
        out = Value(forward(v.data), (v,), name)

        def back():
            v.grad += slope(v.data) * out.grad

        out._backward = back
        return out

    return function


def square_of_sum(function, zs=ZS):
    w, z = leaves("w", [1.0] * len(zs)), leaves("z", zs)
    return functions.sum([function(wi * zi) for wi, zi in zip(w, z)]) ** 2, w, z


def relu(x):
    return max(0.0, x)


KNOWN = {
    "tanh": by_hand(math.tanh, lambda x: 1 - math.tanh(x) ** 2, "tanh"),
    "tanh by exp": by_hand(
        lambda x: (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1), lambda x: 1 - math.tanh(x) ** 2
    ),
    "exp": by_hand(math.exp, math.exp),
    "relu": by_hand(relu, lambda x: float(x > 0)),
    "ReLU": by_hand(relu, lambda x: float(x > 0), "ReLU"),
    "sigmoid": by_hand(
        lambda x: 1 / (1 + math.exp(-x)), lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2, "sig"
    ),
    "x**3": by_hand(lambda x: x**3, lambda x: 3 * x**2),
    "x**2": by_hand(lambda x: x**2, lambda x: 2 * x, "**2"),
    "leaky_relu": by_hand(lambda x: x if x > 0 else 0.01 * x, lambda x: 1.0 if x > 0 else 0.01),
}


@pytest.mark.parametrize("case", KNOWN)
def test_known_functions_are_run_for_other_data(case):
    loss, w, z = square_of_sum(KNOWN[case])
    program = lift(loss, {"z": z}, [*w])
    row = {"tanh by exp": "tanh", "ReLU": "relu"}.get(case, case)
    assert f"is {row}, by 5 values and slopes  (test_handmade.py:" in str(program)
    rng = np.random.default_rng(0)
    for _ in range(3):
        numbers = rng.normal(size=5)
        result = program(z=numbers)
        again, w, _ = square_of_sum(KNOWN[case], numbers.tolist())
        again.backward()
        assert result.loss == pytest.approx(again.data, rel=1e-12)
        np.testing.assert_allclose(result.grads["w"], [each.grad for each in w], rtol=1e-10)


@pytest.mark.parametrize("name", OPS)
def test_every_row_is_found_by_its_numbers(name):
    row = OPS[name]
    points = []
    for x in (1.37, -0.64, 0.21, -1.9, 0.83, 3.1, 1.9)[:: -1 if name == "acosh" else 1]:
        operands = [Value(x), Value(1.7 - 0.3 * x)][: row.arity]
        try:
            points.append((operands, record(row, *operands)))
        except ArithmeticError:
            continue
    made = [Value(y.data, operands, y.local_derivatives) for operands, y in points]
    w = Value(1.0, "w")
    program = lift(functions.sum([node * w for node in made]), params=[w])
    (line,) = [line for line in str(program).splitlines() if " is " in line and "values and slopes" in line]
    found = line.split(" is ")[1].split(",")[0]
    for operands, y in points:
        numbers = [operand.data for operand in operands]
        assert OPS[found].forward(FLOATS, *numbers) == pytest.approx(y.data, rel=1e-9), found


def test_on_one_side_of_a_kink_the_name_decides():
    for name, expected in (("relu", "relu"), ("abs", "abs")):
        loss, w, z = square_of_sum(by_hand(abs, lambda x: 1.0, name), [1.0, 2.0])
        assert f"{name!r} is {expected}" in str(lift(loss, {"z": z}, [*w]))
    for name in ("", "mine"):
        loss, w, z = square_of_sum(by_hand(abs, lambda x: 1.0, name), [1.0, 2.0])
        with pytest.raises(LiftError, match="several rows have its values and slopes, abs, relu"):
            lift(loss, {"z": z}, [*w])


def test_what_is_called_a_row_has_to_be_it():
    loss, w, z = square_of_sum(by_hand(math.tanh, lambda x: 1 - x**2, "tanh"))
    with pytest.raises(LiftError, match=r"'tanh' made by hand at test_handmade\.py:\d+ .* not those of tanh"):
        lift(loss, {"z": z}, [*w])


@pytest.mark.parametrize(
    ("forward", "slope"),
    [
        (lambda x: x * math.tanh(math.log1p(math.exp(x))), lambda x: 1.0),
        (lambda x: max(-1.0, min(1.0, x)), lambda x: float(-1 < x < 1)),
        (lambda x: 5.0 * x, lambda x: 5.0),
        (lambda x: x, lambda x: 1.0),
        (lambda x: math.exp(min(x, 1.0)), lambda x: math.exp(x) if x < 1.0 else 0.0),
    ],
)
def test_what_is_no_row_is_refused_with_its_line(forward, slope):
    loss, w, z = square_of_sum(by_hand(forward, slope, "mish"))
    with pytest.raises(LiftError) as caught:
        lift(loss, {"z": z}, [*w])
    message = str(caught.value)
    assert "the node 'mish' made by hand at test_handmade.py:" in message
    assert 'autodiff.operation("mish", lambda m, x: ..., lambda m, x, y: ...)' in message


def test_an_operation_of_ones_own_is_found():
    def swish2(x):
        return x / (1 + math.exp(-2.0 * x))

    def slope(x):
        s = 1 / (1 + math.exp(-2.0 * x))
        return s + 2.0 * x * s * (1 - s)

    loss, w, z = square_of_sum(by_hand(swish2, slope, "swish2"))
    rules = (
        lambda m, x: x * m.sigmoid(2.0 * x),
        lambda m, x, y: m.sigmoid(2.0 * x) * (1.0 + 2.0 * x * m.sigmoid(-2.0 * x)),
    )
    with operation("swish2", *rules):
        assert "swish2(" in str(lift(loss, {"z": z}, [*w]))


def test_two_operands_and_a_clamped_log():
    def product(a, b):
        return Value(a.data * b.data, (a, b), (b.data, a.data))

    def clamped_log(p):
        return Value(math.log(max(p.data, 1e-10)), (p,), (1 / max(p.data, 1e-10),))

    W, X = leaves("W", [[1.0, -2.0], [0.5, 1.0]]), leaves("X", [[2.0, 1.0, 0.3], [1.0, 3.0, -1.0]])

    def loss_of():
        scores = [[functions.sum([product(w, x) for w, x in zip(row, col)]) for row in W] for col in X.T]
        return -functions.mean([clamped_log(functions.softmax(each)[0]) for each in scores])

    program = lift(loss_of(), {"X": X}, [*W.ravel()])
    assert "W·X" in str(program) and "is log, by 3 values" in str(program)
    other = np.array([[0.1, -1.0, 2.0], [0.4, 0.3, 0.2]])
    for leaf, number in zip(X.ravel(), other.ravel()):
        leaf.data = number
    assert program(X=other).loss == pytest.approx(loss_of().data, rel=1e-12)


def test_changed_data_is_still_seen():
    a = Value(0.5, "a")
    loss = KNOWN["exp"](a) * 3.0
    a.data = 0.6
    with pytest.raises((LiftError, ValueError)):
        lift(loss, params=[a])


def test_a_node_that_nothing_says_the_derivative_of():
    a = Value(0.5, "a")
    with pytest.raises(ValueError, match="nothing says what their gradients get"):
        lift(Value(1.0, (a,), "exp") * 2.0, params=[a])


def test_the_explorer_computes_with_the_rows(tmp_path):
    a = Value(0.5, "a")
    y = KNOWN["tanh"](a) * as_value(2.0)
    page = explore(y, tmp_path / "page.html").read_text(encoding="utf-8")
    assert '"nodes":[[0.5],["tanh",0],[2.0],["mul",1,2]]' in page
    with pytest.raises(LiftError, match="'mish' made by hand"):
        explore(by_hand(lambda x: x + 1.0, lambda x: 1.0, "mish")(a), tmp_path / "none.html")
    assert not (tmp_path / "none.html").exists()
