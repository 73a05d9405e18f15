"""Rows of one's own, added from outside."""

import copy
import math
import pickle
import re
from pathlib import Path

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import autodiff
from autodiff import (
    Value,
    explain,
    expression,
    functions,
    grad,
    gradcheck,
    hessian,
    jvp,
    leaves,
    lift,
    operation,
)
from autodiff.engine.ops import OPS
from autodiff.formulas.expr import Expr, symbol
from nn import MLP
from viz import draw, explore

CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def softsign():
    """CONTRIBUTING's own."""
    section = CONTRIBUTING.partition("## Define an operation outside the library\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    names = {}
    exec(code, names)
    with names["softsign"] as made:
        yield made


def by_hips(x):
    return x / (1.0 + anp.abs(x))


def test_it_is_a_function_and_a_method_with_derivatives_of_any_order(softsign):
    for number in (-3.0, -0.5, 0.25, 2.0):
        x = Value(number, "x")
        slope = autograd.grad(by_hips)
        assert softsign(x).data == x.softsign().data == softsign(number) == by_hips(number)
        assert grad(softsign(x), x) == pytest.approx(slope(number), rel=1e-12)
        first = grad(softsign(x), x, create_graph=True)
        second = grad(first, x, create_graph=True)
        assert second.data == pytest.approx(autograd.grad(slope)(number), rel=1e-12)
        assert grad(second, x) == pytest.approx(autograd.grad(autograd.grad(slope))(number), rel=1e-12)
        assert hessian(x.softsign(), [x])[0, 0] == pytest.approx(second.data, rel=1e-14)
        assert jvp(softsign(x), {x: 2.0}) == pytest.approx(2.0 * slope(number), rel=1e-12)
    X = np.array([[1.0, -3.0]])
    np.testing.assert_array_equal(softsign(X), by_hips(X))
    assert [each.data for each in softsign(leaves("X", X)).ravel()] == [0.5, -0.75]
    assert gradcheck(softsign, [0.3]) and "∂y/∂x" in softsign.__doc__


def test_everything_that_reads_the_table_knows_it(softsign, tmp_path):
    x = Value(0.5, "x")
    y = softsign(x) * 2.0
    assert "softsign(x)" in str(explain(y, wrt=x)) and "softsign" in draw(y).source
    explore(y, tmp_path / "page.html")
    assert "softsign: {" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert expression("softsign(x) + 1", x=3.0).data == 1.75
    assert MLP(1, [2, 1], activation="softsign", seed=0)([1.0])[0].op == "add"
    assert autodiff.functions.softsign(1.0) == 0.5


def test_it_is_lifted_and_survives_pickles(softsign):
    W, X = leaves("W", [[1.0, -2.0], [0.5, 1.0]]), leaves("X", [[2.0, 1.0], [1.0, 3.0]])
    program = lift(functions.sum([softsign(v) for v in (W @ X).ravel()]), {"X": X}, [*W.ravel()])
    assert "softsign(Z)" in str(program)
    data = np.array([[0.3, -1.0], [2.0, 0.1]])

    def loss(w):
        return anp.sum(by_hips(anp.dot(w, data)))

    weights = program.params["W"]
    for each in (program, pickle.loads(pickle.dumps(program)), copy.deepcopy(program)):
        result = each(X=data)
        assert result.loss == pytest.approx(loss(weights), rel=1e-13)
        np.testing.assert_allclose(result.grads["W"], autograd.grad(loss)(weights), rtol=1e-12)
    names = {}
    exec(program.source(), names)
    assert names["run"](weights, data)[0] == pytest.approx(loss(weights), rel=1e-13)
    twin = pickle.loads(pickle.dumps(softsign))
    assert twin.row is softsign.row and twin(1.0) == 0.5
    y = copy.deepcopy(softsign(W[0, 0]) * 2.0)
    y.backward()
    assert y.operands[0].op == "softsign" and y.operands[0].operands[0].grad == 0.5


def test_two_operands_defaults_and_notation():
    made = operation(
        "soft_threshold",
        lambda m, x, z: m.sign(x) * m.relu(m.abs(x) - z),
        lambda m, x, z, y: (m.step(m.abs(x) - z), -m.sign(x) * m.step(m.abs(x) - z)),
        symbol="S",
        latex=r"S_{{}}\left({}\right)",
        defaults=[0.25],
        at=[(1.3, 0.2), (-1.1, 0.4), (0.1, 0.5)],
    )
    with made:
        x, z = Value(1.5, "x"), Value(0.5, "z")
        assert made(x).data == x.soft_threshold().data == 1.25
        assert grad(made(x, z), [x, z]) == [1.0, -1.0]
        assert "S" in draw(made(x, z)).source
        assert Expr("soft_threshold", (symbol("x"), symbol("z"))).latex() == r"S_{x}\left(z\right)"
        W = leaves("W", [1.0, -2.0, 0.3])
        assert lift(functions.sum([made(w, 0.5) for w in W]), params=W)().loss == -1.0


def test_it_can_be_removed_and_defined_again(softsign):
    x = Value(1.0, "x")
    W = leaves("W", [1.0, -3.0])
    program = lift(functions.sum([softsign(w) for w in W]), params=W)
    assert operation("softsign", softsign.row.forward, softsign.row.partials).row is softsign.row
    softsign.remove()
    softsign.remove()
    assert "softsign" not in OPS and not hasattr(Value, "softsign") and not hasattr(functions, "softsign")
    with operation("softsign", lambda m, x: 2.0 * m.tanh(x), lambda m, x, y: 2.0 * m.sech(x) ** 2):
        assert x.softsign().data == 2.0 * math.tanh(1.0)
        again = lift(functions.sum([w.softsign() for w in W]), params=W)
        assert again().loss == pytest.approx(2.0 * math.tanh(1.0) - 2.0 * math.tanh(3.0))
        assert program().loss == -0.25  # by the rule it was recorded with
    assert program().loss == -0.25 and again().loss != -0.25


@pytest.mark.parametrize(
    "use",
    [
        lambda x, y: grad(y, [x], create_graph=True),
        lambda x, y: explain(y, wrt=x),
        lambda x, y: lift(y, params=[x]),
        lambda x, y: draw(y),
    ],
)
def test_a_graph_whose_row_was_removed_says_so(use):
    with operation("gone", lambda m, x: x + m.sin(x), lambda m, x, y: 1.0 + m.cos(x)) as gone:
        x = Value(1.0, "x")
        y = 2.0 * gone(x)
    assert grad(y, x) == 2.0 * (1.0 + math.cos(1.0))
    with pytest.raises(LookupError, match=r"no operation 'gone' .* was removed"):
        use(x, y)


def test_the_same_cell_may_be_run_again():
    first = operation("cell", lambda m, x: x * x, lambda m, x, y: 2.0 * x)
    with operation("cell", lambda m, x: x * x, lambda m, x, y: 2.0 * x) as second:
        assert second.row is first.row
        with pytest.raises(ValueError, match=r"with other rules; take it away first: cell\.remove\(\)"):
            operation("cell", lambda m, x: x * x * x, lambda m, x, y: 3.0 * x * x)


def exp(m, x):
    return m.exp(x)


def slope(m, x, y):
    return y


def out_of_reach(m, x):
    return m.log(x - 100.0)


REFUSED = {
    "a row": (("tanh", exp, slope), "has an operation 'tanh' already"),
    "a primitive": (("choose", exp, slope), "has an operation 'choose' already"),
    "a function": (("softmax", exp, slope), "'softmax' is the name of something else"),
    "an attribute": (("data", exp, slope), "'data' is the name of something else"),
    "no name": (("soft sign", exp, slope), "got 'soft sign'"),
    "a keyword": (("lambda", exp, slope), "got 'lambda'"),
    "a slope": (("tanh_slope", exp, slope), "would be taken for the slope of 'tanh'"),
    "two slopes": (("f", exp, lambda m, x, y: (y, y)), "one operand, and partials gives 2"),
    "one slope": (("f", lambda m, x, z: x * z, lambda m, x, z, y: z), r"a pair, \(∂y/∂x, ∂y/∂z\)"),
    "no slope": (("f", exp, lambda m, x, y: None), "partials gives None"),
    "None": (("f", lambda m, x, z: x, lambda m, x, z, y: (1.0, None)), r"always 0 is 0\.0"),
    "no m": (("f", lambda x: x, slope), "takes m and then one operand or two"),
    "three": (("f", lambda m, x, z, w: x, slope), "takes m and then one operand or two"),
    "no y": (("f", exp, lambda m, x: x), r"partials takes \(m, x, y\)"),
    "no function": (("f", exp, 2.0), r"are functions, got 2\.0"),
    "no return": (("f", lambda m, x: None, slope), "forward gives None"),
    "math": (("f", lambda m, x: math.exp(x), slope), r"m\.exp\(x\) for math\.exp\(x\)"),
    "abs": (("f", lambda m, x: abs(x), slope), r"m\.abs\(x\) for abs\(x\)"),
    "if": (("f", lambda m, x: x if x > 0 else 0.0, slope), r"in place of if"),
    "unknown": (("f", lambda m, x: m.exq(x), slope), "did you mean 'exp'"),
    "wrong": (("f", exp, lambda m, x, y: 2.0 * y), "one of the two rules is wrong"),
    "domain": (("f", out_of_reach, lambda m, x, y: 1.0 / (x - 100.0)), "it is defined at 0; name points"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_row_is_refused_and_leaves_nothing_behind(case):
    arguments, message = REFUSED[case]
    before, names = dict(OPS), {*vars(functions)}
    with pytest.raises((TypeError, ValueError), match=message):
        operation(*arguments)
    assert before == OPS and names == {*vars(functions)} and not hasattr(Value, "f")


def test_points_may_be_said():
    with operation("f", out_of_reach, lambda m, x, y: 1.0 / (x - 100.0), at=[101.5, 103.0]) as f:
        assert f(101.0) == 0.0
    with pytest.raises(ValueError, match=r"has 1 operand\(s\), got at=\(1\.0, 2\.0\)"):
        operation("f", exp, slope, at=[(1.0, 2.0)])
    with pytest.raises(ValueError, match=r"a place {} for each of 1"):
        operation("f", exp, slope, latex="f")


def test_a_rule_that_depends_on_more_than_its_operands_is_refused():
    numbers = iter(range(10**6))
    before = dict(OPS)
    with pytest.raises(ValueError, match=r"rules is wrong|depends on nothing else|tell nothing"):
        operation("f", lambda m, x: x * (1.0 + 1e-3 * next(numbers)), lambda m, x, y: y / x)
    assert before == OPS
