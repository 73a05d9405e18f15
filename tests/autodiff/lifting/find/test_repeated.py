"""Equal terms of one sum become one, and every Σ runs over what its operand shows."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, dot, grad, leaves, lift, logsumexp, maximum
from autodiff.functions import sum

NAMES = ("u", "v", "w")
COEFFICIENTS = (1.0, -1.0, 2.0, 0.25)


def line(program, target):
    """What the listing says of one array."""
    return re.search(rf"^  {target} = (.*?)  +\(", str(program), re.M)[1]


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_count_is_part_of_the_formula(count):
    w = Value(0.7, "w")
    program = lift(sum([w] * count), params=[w])
    assert line(program, "J") == f"{count}·w"
    assert line(program, "dw") == f"{count}"
    assert line(lift(sum([w * w for _ in range(count)]), params=[w]), "J") == f"{count}·w²"


def test_a_count_is_part_of_the_formula_of_every_element():
    v = leaves("v", [1.0, 2.0, 3.0])
    program = lift(sum([(x + x + x).tanh() for x in v]), params=list(v))
    assert line(program, "J") == "Σ tanh(3·v)"
    assert line(program, "dv") == "3·(1 - tanh(3·v)²)"


def test_what_is_the_same_for_all_terms_is_counted():
    v, w = leaves("v", [1.0, 2.0, 3.0]), Value(0.7, "w")
    program = lift(sum([x + w for x in v]), params=[*v, w])
    assert line(program, "J") == "Σ v + 3·w"
    assert line(program, "dw") == "3"


def test_what_is_the_same_for_all_samples_is_counted():
    w, x = Value(0.7, "w"), Value(0.5, "x")
    program = lift(w.exp() + x.sin() + w, {"x": x}, [w], batch=True)
    assert line(program, "J") == "v1 + 1/m·Σ sin(x) + w"
    assert line(program, "dw") == "1 + v1"
    result = program(x=np.array([0.1, 0.2, 0.3]))
    assert result.grads["w"].item() == pytest.approx(np.exp(0.7) + 1.0)
    namespace = {}
    exec(program.source(), namespace)
    loss, grads = namespace["run"](program.params["w"], np.array([0.1, 0.2, 0.3]))
    assert loss == pytest.approx(result.loss)
    assert grads["w"] == pytest.approx(result.grads["w"])


TERMS = st.lists(
    st.tuples(st.sampled_from(COEFFICIENTS), st.sampled_from(NAMES), st.sampled_from(("", *NAMES))),
    min_size=1,
    max_size=12,
)


@given(TERMS)
def test_a_sum_can_be_read_without_guessing_a_count(terms):
    """The text of the loss and of its gradients, computed as it stands, is what the graph gives."""
    values = {name: Value(x, name) for name, x in zip(NAMES, (0.7, -1.25, 3.0))}
    J = sum([c * (values[x] * values[z] if z else values[x]) for c, x, z in terms])
    if not J.op:
        J = J * 1.0
    used = sorted({name for _, x, z in terms for name in (x, z) if name})
    program = lift(J, params=[values[name] for name in used])
    text = str(program)
    assert "Σ" not in text
    numbers = {name: value.data for name, value in values.items()}
    for statement in re.findall(r"^  (\S+ \+?= .*?)  +\(", text, re.M):
        exec(statement.replace("·", "*").replace("⊙", "*").replace("²", "**2"), numbers)
    assert numbers["J"] == pytest.approx(J.data, abs=1e-12)
    slopes = grad(J, [values[name] for name in used])
    assert [numbers.get(f"d{name}", 0.0) for name in used] == pytest.approx(slopes, abs=1e-12)
    result = program()
    assert [result.grads[name].item() for name in used] == pytest.approx(slopes, abs=1e-12)


def test_equal_terms_that_cancel_stay():
    """0·√x has a slope of nan at 0; √x − √x, too."""
    w = Value(0.5, "w")
    root = w.sqrt()
    assert line(lift(root - root + w, params=[w]), "J").count("v1") == 2


def test_coefficients_that_are_finite_one_by_one_stay():
    w = Value(1e-5, "w")
    program = lift(1e308 * w + 1e308 * w, params=[w])
    assert program().loss == pytest.approx(2e303)


def test_the_largest_of_equal_values_is_taken_once():
    w, v = Value(0.7, "w"), Value(0.5, "v")
    program = lift(logsumexp([w, w, v]), params=[w, v])
    assert "max(w, v)" in str(program) or "max(v, w)" in str(program)
    assert program().loss == pytest.approx(np.log(2 * np.exp(0.7) + np.exp(0.5)))


def test_sums_of_one_group_keep_one_form():
    """A moving sum that repeats the first element at the edge stays one formula."""
    x = leaves("x", [1.0, 2.0, 3.0, 4.0, 5.0])
    padded = [x[0], *x, x[4]]
    program = lift(sum([sum(padded[i : i + 3]).sin() for i in range(5)]), params=list(x))
    assert len(program.formulas) == 3
    everywhere = [sum([x[i], x[i], x[(i + 1) % 5]]).sin() for i in range(5)]
    assert "2·" in line(lift(sum(everywhere), params=list(x)), "v1")


def test_terms_are_told_apart_by_both_factors_in_either_order():
    a, b = Value(0.5, "a"), Value(0.25, "b")
    assert line(lift(a * b + b * a + a * a + b, params=[a, b]), "J") == "2·a·b + a² + b"


@pytest.mark.parametrize("rows", [1, 3])
def test_weights_of_equal_terms_add_up(rows):
    w, X = leaves("w", [0.5, -1.0, 2.0]), np.round(np.sin(np.arange(6.0 * rows)).reshape(rows, 6), 2)
    outputs = [dot([*w, *w], row.tolist()).tanh() for row in X]
    program = lift(sum(outputs), params=list(w))
    folded = X[:, :3] + X[:, 3:]
    assert program().loss == pytest.approx(np.tanh(folded @ [0.5, -1.0, 2.0]).sum())


def test_kept_maxima_do_not_fold():
    w, v = Value(0.7, "w"), Value(0.5, "v")
    program = lift(maximum(w, v) + maximum(w, v), params=[w, v])
    assert program().loss == 1.4
