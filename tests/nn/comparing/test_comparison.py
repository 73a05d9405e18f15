"""A row agrees up to its tolerance and no further, and says where and by how much it does not."""

import csv

import numpy as np
import pytest

from nn import MLP, compare
from nn.comparing.comparison import Comparison, Row
from nn.comparing.differences import Slopes

SCALAR = np.array([[1.0, -2.0], [0.0, 4.0]])


def row(quantity="dW1", scale=8.0, slopes=None, noise=0.0, form_scale=0.0, scalar=SCALAR, **columns):
    values = {"scalar": scalar, "matrix": scalar, **columns}
    return Row(quantity, "dZ1·Xᵀ", scale, values, slopes, noise, form_scale)


def moved(gap, index=(1, 0)):
    """SCALAR with one element that is off by ``gap``."""
    array = SCALAR.copy()
    array[index] += gap
    return array


def slopes(gap, kink=False):
    return Slopes(moved(gap), np.array([[False, False], [kink, False]]))


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("column", "allowed", "options"),
    [
        ("matrix", 8e-12, {}),
        ("lifted", 8e-12, {"form_scale": 100.0}),  # which is of no concern to it
        ("matrix", 8e-12, {"noise": 1.0}),
        ("yours", 1e-10, {"form_scale": 100.0}),
        ("numeric", 8e-5, {"form_scale": 100.0}),
        ("numeric", 8e-5 + 3e-4, {"noise": 3e-4}),
    ],
)
def test_a_column_may_differ_by_so_much_and_not_by_a_little_more(column, allowed, options, sign):
    for gap, agrees in ((0.999 * allowed, True), (1.001 * allowed, False)):
        given = {"slopes": slopes(sign * gap)} if column == "numeric" else {column: moved(sign * gap)}
        assert row(**given, **options).agrees is agrees


def test_a_difference_says_where_it_is_largest():
    difference = row(matrix=moved(0.5) + 0.25 * (SCALAR == 4.0)).difference("matrix")
    assert (difference.column, difference.at, difference.agrees) == ("matrix", "dW1[1,0]", False)
    assert (difference.absolute, difference.relative) == (0.5, 0.5 / 8.0)
    assert (difference.found, difference.expected) == ("0.5", "0")
    bias = row("db2", scalar=SCALAR[:, :1], matrix=SCALAR[:, :1] + [[0.0], [1.0]])
    assert bias.difference("matrix").at == "db2[1]"
    assert row("dA1", yours=moved(1.0, (0, 1))).difference("yours").at == "dA1[0,1]"


def test_where_everything_is_zero_nothing_may_differ():
    zero = np.zeros(3)
    right = row(scale=0.0, scalar=zero)
    assert right.agrees and right.difference("matrix").relative == 0.0
    wrong = row(scale=0.0, scalar=zero, matrix=np.array([0.0, 1e-300, 0.0]))
    assert not wrong.agrees and wrong.difference("matrix").relative == np.inf


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_infinitely_far(number):
    difference = row(yours=moved(number), form_scale=8.0).difference("yours")
    assert (difference.absolute, difference.agrees, difference.at) == (np.inf, False, "dW1[1,0]")


def test_another_shape_is_a_difference_of_its_own():
    difference = row(yours=np.zeros((2, 3))).difference("yours")
    assert (difference.absolute, difference.relative, difference.agrees) == (np.inf, np.inf, False)
    assert (difference.at, difference.found, difference.expected) == ("dW1", "shape (2, 3)", "shape (2, 2)")


def test_slopes_that_meet_a_kink_are_left_out():
    assert row(slopes=slopes(9.0, kink=True)).agrees
    assert not row(slopes=slopes(9.0)).agrees
    difference = row(slopes=Slopes(moved(1.0) + 1e-6, slopes(0.0, kink=True).kinks)).difference("numeric")
    assert difference.absolute == pytest.approx(1e-6)


def compared(*rows):
    """What ``compare`` gives, with these rows."""
    right = compare(MLP(1, [1]), [[0.5]], [[1.0]])
    return Comparison("a title", list(rows), right.program)


def test_the_first_row_and_its_first_column_that_differ_are_named():
    comparison = compared(
        row("Z1"),
        row("dZ1", lifted=SCALAR, yours=moved(1.0), slopes=slopes(0.0), form_scale=8.0),
        row("dW1", matrix=moved(3.0), slopes=slopes(2.0)),
    )
    assert not comparison and not comparison.agrees
    first, difference = comparison.first_difference
    assert (first.quantity, difference.column, difference.at) == ("dZ1", "yours", "dZ1[1,0]")
    assert comparison.verdict() == (
        "First difference, in order of computation: dZ1 = dZ1·Xᵀ. dZ1[1,0] is 1 by your backward pass, "
        "and 0 by the scalar graph."
    )
    assert comparison.max_abs_error == 3.0
    assert comparison.columns == ["matrix", "lifted", "yours", "numeric"]


def test_a_table_has_a_line_for_each_row():
    comparison = compared(
        row("J", scalar=np.array(2.0)),
        row("dZ1", lifted=SCALAR, yours=moved(1.0), form_scale=8.0),
        row("dW1", matrix=moved(2.0), slopes=slopes(4.0)),
        row("db1", scalar=SCALAR[:, :1], slopes=Slopes(SCALAR[:, :1] + 1e-6, np.array([[True], [True]]))),
        row("dA0", matrix=moved(2e-12)),
    )
    lines = [line.split() for line in str(comparison).split("\n")]
    assert lines[0] == ["a", "title"]
    header, shown = lines[1], [line for line in lines if line[1:2] == ["="]]
    assert header == ["quantity", "shape", "count", "abs", "rel", "at", "lifted", "yours", "numeric", "ok"]
    assert [" ".join(line) for line in shown] == [
        "J = dZ1·Xᵀ 1 1 0.0e+00 0.0e+00 ✓",
        "dZ1 = dZ1·Xᵀ 2×2 4 0.0e+00 0.0e+00 dZ1[1,0] 0.0e+00 1.2e-01 ✗ yours",
        "dW1 = dZ1·Xᵀ 2×2 4 2.0e+00 2.5e-01 dW1[1,0] 5.0e-01 ✗ matrix, numeric",
        "db1 = dZ1·Xᵀ 2×1 2 0.0e+00 0.0e+00 0.0e+00 ✓",
        "dA0 = dZ1·Xᵀ 2×2 4 2.0e-12 2.5e-13 dA0[1,0] ✓",
    ]
    text = " ".join(str(comparison).split())
    assert "to be at most 1e-12." in text and "to be at most 1e-05. 2 of them meet a kink" in text
    assert "kink" not in str(compared(row("Z1"), row("dZ1", slopes=slopes(0.0))))
    assert "All 2 quantities agree in all their 8 elements." in str(compared(row("Z1"), row("dZ1")))


def test_a_file_has_a_line_for_each_element(tmp_path):
    comparison = compared(
        row("Z1"),
        row("dZ1", yours=np.zeros((1, 2))),
        row("dW1", yours=moved(-2.0), slopes=slopes(4.0)),
    )
    with comparison.to_csv(tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    kinds = [
        f"{column} {kind}" for column in ("matrix", "yours", "numeric") for kind in ("difference", "relative")
    ]
    assert header == ["quantity", "element", "scalar", "matrix", "yours", "numeric", *kinds]
    assert len(lines) == 12
    assert lines[1] == ["Z1", "Z1[0,1]", "-2.0", "-2.0", "", "", "0.0", "0.0", "", "", "", ""]
    assert lines[6] == ["dZ1", "dZ1[1,0]", "0.0", "0.0", "", "", "0.0", "0.0", "", "", "", ""]
    assert lines[10] == [
        *("dW1", "dW1[1,0]", "0.0", "0.0", "-2.0", "4.0", "0.0", "0.0", "2.0", "0.25", "4.0", "0.5"),
    ]


def test_the_verdict_is_green_or_red():
    green, red = "#008000", "#800000"
    right, wrong = compared(row("Z1"))._repr_html_(), compared(row("Z1", matrix=moved(1.0)))._repr_html_()
    assert green in right and red not in right
    assert red in wrong


# How large the numbers are that a quantity is added up from, worked by hand.


def linear(**backward):
    """x = 3 twice, a₁ = 2x + 1 = 7, a₂ = -3a₁ - 4 = -25, y = 2, so J = (a₂ - y)² = 729, and λ = 0.5."""
    model = MLP(1, [1, 1], "linear", "linear")
    model.load_state_dict({"W1": [[2.0]], "b1": [1.0], "W2": [[-3.0]], "b2": [-4.0]})
    return compare(model, [[3.0, 3.0]], [[2.0, 2.0]], "mse", l2=0.5, **backward)


def test_scales_are_the_formulas_with_absolute_values():
    # z₁: 2·3 + 1 = 7, a₁: 7 + 7, z₂: 3·14 + 4 = 46, a₂: 25 + 46 = 71, ∂J/∂a₂: (2·27 + 2·71)/m = 98.
    penalty = 0.25 * 2.0**2 + 0.25 * 3.0**2
    expected = {
        **{"Z1": 7.0, "A1": 14.0, "Z2": 46.0, "A2": 71.0, "J": 729.0 + 71.0 + 2.0 + penalty},
        **{"dA2": 98.0, "dZ2": 98.0, "dW2": 2 * 98.0 * 14.0 + 0.5 * 3.0, "db2": 2 * 98.0},
        **{"dA1": 3 * 98.0, "dZ1": 294.0, "dW1": 2 * 294.0 * 3.0 + 0.5 * 2.0, "db1": 2 * 294.0},
        "dX": 2 * 294.0,
    }
    comparison = linear()
    assert {row.quantity: row.scale for row in comparison.rows} == expected
    assert {row.quantity: row.form_scale for row in comparison.rows} == expected
    (noise,) = {row.noise for row in comparison.rows}
    assert noise == pytest.approx(1e-9 * expected["J"])
    assert comparison.title.endswith(", mse, l2=0.5, 2 samples")


def test_a_form_of_your_own_may_round_relative_to_1_in_each_slope():
    # As above, with slopes of 1 + 1: a₁: 7 + 2·7 = 21, z₂: 67, a₂: 25 + 2·67 = 159, ∂J/∂a₂: (54 + 318)/m.
    comparison = linear(backward=lambda twin, cache, dA: twin.backward(cache, dA, 0.5))
    forms = {row.quantity: row.form_scale for row in comparison.rows}
    assert comparison
    assert (forms["A1"], forms["Z2"], forms["A2"], forms["dA2"]) == (21.0, 67.0, 159.0, 186.0)
    assert (forms["dZ2"], forms["dW2"], forms["db2"]) == (372.0, 2 * 372.0 * 21.0 + 1.5, 744.0)
    assert (forms["dA1"], forms["dZ1"], forms["dX"]) == (1116.0, 2232.0, 4464.0)
    assert {row.quantity: row.scale for row in comparison.rows} == {
        r.quantity: r.scale for r in linear().rows
    }


def test_every_quantity_states_its_formula():
    assert {row.quantity: row.formula for row in linear().rows} == {
        **{"Z1": "W1·X + b1", "A1": "Z1", "Z2": "W2·A1 + b2", "A2": "Z2", "J": "mean loss + λ/2·ΣW²"},
        **{"dA2": "∂J/∂A2", "dZ2": "dA2", "dW2": "dZ2·A1ᵀ + λ·W2", "db2": "row sums of dZ2"},
        **{"dA1": "W2ᵀ·dZ2", "dZ1": "dA1", "dW1": "dZ1·Xᵀ + λ·W1", "db1": "row sums of dZ1"},
        "dX": "W1ᵀ·dZ1",
    }
    model = MLP(1, [1, 2], "relu", "softmax")
    assert {row.quantity: row.formula for row in compare(model, [[3.0]], [[0.0], [1.0]]).rows} == {
        **{"Z1": "W1·X + b1", "A1": "relu(Z1)", "Z2": "W2·A1 + b2", "A2": "softmax(Z2)", "J": "mean loss"},
        **{"dA2": "∂J/∂A2", "dZ2": "Jᵀ·dA2 of softmax", "dW2": "dZ2·A1ᵀ", "db2": "row sums of dZ2"},
        **{"dA1": "W2ᵀ·dZ2", "dZ1": "dA1 ⊙ relu′(Z1)", "dW1": "dZ1·Xᵀ", "db1": "row sums of dZ1"},
        "dX": "W1ᵀ·dZ1",
    }


def test_a_slope_is_measured_over_the_cube_root_of_epsilon_and_a_jump_of_a_hundredth_is_a_kink():
    step = float(np.cbrt(np.finfo(float).eps))
    model = MLP(1, [1, 1], "relu", "linear")
    for bend, z, kink in ((1.0, 0.9 * step, True), (1.0, 1.1 * step, False)):
        model.load_state_dict({"W1": [[0.0]], "b1": [z], "W2": [[bend]], "b2": [0.0]})
        rows = {row.quantity: row for row in compare(model, [[1.0]], [[5.0]]).rows}
        assert rows["db1"].slopes.kinks.all() == rows["dZ1"].slopes.kinks.all() == kink


@pytest.mark.parametrize("x", [1e6, 1e-6])
def test_a_step_grows_with_the_number_that_is_moved(x):
    model = MLP(1, [1], output="linear")
    model.load_state_dict({"W1": [[1.0]], "b1": [0.0]})
    assert compare(model, [[x]], [[0.0]])


def test_a_kink_of_a_loss_is_one_however_many_outputs_share_it():
    model = MLP(1, [20], output="linear")
    model.load_state_dict({"W1": np.zeros((20, 1)), "b1": np.zeros(20)})
    rows = {row.quantity: row for row in compare(model, [[1.0]], np.zeros((20, 1)), "mae").rows}
    assert rows["dA1"].slopes.kinks.all() and rows["db1"].slopes.kinks.all()
