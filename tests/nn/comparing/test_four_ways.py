"""compare finds every mistake that is planted, and none where there is none."""

import csv
import io
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nn import MLP, Comparison, MatrixMLP, compare
from nn.losses import LOSSES
from nn.losses.regression import MSE
from nn.model.activations import ACTIVATIONS, Activation
from nn.model.matrix import Gradients
from tests.examples import examples

pytestmark = pytest.mark.long

RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 5))
MODELS = {
    "square": (MLP(3, [3, 3, 3], seed=1), RNG.normal(size=(3, 5))),
    "other": (MLP(3, [4, 2], "sigmoid", "tanh", seed=2), RNG.normal(size=(2, 5))),
}


@pytest.fixture(params=MODELS)
def problem(request):
    return MODELS[request.param]


def test_every_quantity_of_every_layer_is_compared_in_order_of_computation(problem):
    model, Y = problem
    comparison = compare(model, X, Y)
    assert comparison
    L = len(model.layers)
    forward = [f"{name}{l}" for l in range(1, L + 1) for name in ("Z", "A")]
    backward = [f"{name}{l}" for l in range(L, 0, -1) for name in ("dA", "dZ", "dW", "db")]
    assert [row.quantity for row in comparison.rows] == [*forward, "J", *backward, "dX"]
    shapes = {row.quantity: row.shape for row in comparison.rows}
    sizes, m = model.sizes, X.shape[1]
    for l in range(1, L + 1):
        assert shapes[f"Z{l}"] == shapes[f"A{l}"] == shapes[f"dZ{l}"] == shapes[f"dA{l}"] == (sizes[l], m)
        assert shapes[f"dW{l}"] == (sizes[l], sizes[l - 1])
        assert shapes[f"db{l}"] == (sizes[l], 1)
    assert shapes["dX"] == (sizes[0], m)
    assert 0.0 < comparison.max_abs_error < 1e-14


def test_the_lifted_program_is_compared_in_all_but_the_gradient_of_its_inputs(problem):
    model, Y = problem
    comparison = compare(model, X, Y)
    L = len(model.layers)
    assert [row.quantity for row in comparison.rows if "lifted" not in row.columns] == ["dX"]
    result = comparison.program(X=X + 1.0, Y=Y)
    for l in range(1, L + 1):
        moved = next(row for row in compare(model, X + 1.0, Y).rows if row.quantity == f"dW{l}")
        np.testing.assert_allclose(result.grads[f"W{l}"], moved.values["scalar"], rtol=1e-12)
    for l in range(1, L + 1):
        assert f"  dW{l} = dZ{l}·{f'A{l - 1}' if l > 1 else 'X'}ᵀ" in str(comparison.program)
    assert "dX" not in str(comparison.program)  # nothing is computed that nobody needs


def test_finite_differences_measure_every_gradient(problem):
    model, Y = problem
    for row in compare(model, X, Y).rows:
        if row.quantity.startswith("d"):
            np.testing.assert_allclose(row.slopes.central, row.values["scalar"], rtol=0.0, atol=1e-9)
            assert row.slopes.central.shape == row.shape
        else:
            assert row.slopes is None


@examples(times=1 / 2)
@given(st.data())
def test_a_right_network_is_never_blamed(data):
    loss = LOSSES[data.draw(st.sampled_from(sorted(LOSSES)))]
    inner, output = (data.draw(st.sampled_from(sorted(ACTIVATIONS))) for _ in range(2))
    sizes = data.draw(st.lists(st.integers(1 + (inner == "softmax"), 5), max_size=2))
    rows = data.draw(st.integers(1 + (loss.two_outputs or output == "softmax"), 4))
    seed = data.draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    model = MLP(data.draw(st.integers(1, 4)), [*sizes, loss.outputs(rows)], inner, output, seed=seed)
    m = data.draw(st.integers(1, 6))
    Y = loss.from_classes(rng.integers(0, 2, m), rows)
    l2 = data.draw(st.sampled_from([0.0, 0.2]))
    comparison = compare(model, rng.normal(scale=3.0, size=(model.sizes[0], m)), Y, loss, l2=l2)
    assert comparison.agrees, comparison


def test_a_network_that_fits_its_data_is_not_blamed_for_what_cancels():
    model = MLP(3, [4, 3], seed=5)
    for scale in (1.0, 30.0):  # probabilities that round to 0 and 1
        model.load_state_dict({name: scale * each for name, each in model.state_dict().items()})
        classes = model.predict_proba(X).argmax(axis=0)
        assert compare(model, X[:, :1], classes[:1], "cross_entropy")
    outputs = MatrixMLP.from_scalar(model).forward(X).A[2]
    assert compare(model, X, np.nextafter(outputs, 9.0), "mse")


def test_slopes_too_small_to_be_measured_are_no_mistake():
    # J is ½·log 2π, next to which outputs of 1e-15 round away when one is moved.
    model = MLP(1, [2], output="erfc")
    model.load_state_dict({"W1": [[0.0], [0.0]], "b1": [6.0, 7.0]})
    assert compare(model, [[1.0]], [[0.0]], "gaussian_nll")


def test_the_model_and_its_gradients_stay_as_they_are(problem):
    model, Y = problem
    for number, parameter in enumerate(model.parameters()):
        parameter.grad = float(number)
    before = model.state_dict()
    compare(model, X, Y)
    assert [p.grad for p in model.parameters()] == list(range(len(model.parameters())))
    assert all((each == before[name]).all() for name, each in model.state_dict().items())


def test_two_threads_may_compare_one_network_at_once():
    model, Y = MODELS["other"]
    results = []
    threads = [threading.Thread(target=lambda: results.append(compare(model, X, Y))) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that they take turns within a pass
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        sys.setswitchinterval(interval)
    assert len(results) == 4 and all(results)


# Mistakes in a backward pass, planted in the layer l, and the first quantity that is wrong then.


def planted(mistake, l):
    """A backward pass that is right but for ``mistake(twin, cache, grads, l)``, made before what follows."""

    def backward(twin, cache, dA):
        grads = Gradients(dZ={}, dW={}, db={}, dA={twin.L: dA})
        for k in range(twin.L, 0, -1):
            grads.dZ[k] = grads.dA[k] * twin.g[k].derivative(cache.Z[k], cache.A[k])
            if k == l:
                mistake(twin, cache, grads, l, "dZ")
            grads.dW[k] = grads.dZ[k] @ cache.A[k - 1].T
            grads.db[k] = grads.dZ[k].sum(axis=1, keepdims=True)
            grads.dA[k - 1] = twin.W[k].T @ grads.dZ[k]
            if k == l:
                mistake(twin, cache, grads, l, "rest")
        return grads

    return backward


def derivative_forgotten(twin, cache, grads, l, when):
    if when == "dZ":
        grads.dZ[l] = grads.dA[l].copy()
    return f"dZ{l}"


def sign_flipped(twin, cache, grads, l, when):
    if when == "rest":
        grads.dW[l] *= -1.0
    return f"dW{l}"


def weights_transposed(twin, cache, grads, l, when):
    if when == "rest":
        grads.dA[l - 1] = twin.W[l] @ grads.dZ[l]
    return f"dA{l - 1}" if l > 1 else "dX"


def gradient_transposed(twin, cache, grads, l, when):
    if when == "rest":
        grads.dW[l] = grads.dW[l].T
    return f"dW{l}"


def mean_taken_twice(twin, cache, grads, l, when):
    if when == "rest":
        grads.db[l] /= grads.dZ[l].shape[1]
    return f"db{l}"


MISTAKES = [derivative_forgotten, sign_flipped, gradient_transposed, mean_taken_twice, weights_transposed]
FITTING = [
    (mistake, which)
    for mistake in MISTAKES
    for which in MODELS
    if which == "square" or mistake is not weights_transposed
]


@pytest.mark.parametrize("l", [1, 2])
@pytest.mark.parametrize(("mistake", "which"), FITTING)
def test_a_mistake_is_found_and_its_quantity_named(mistake, which, l):
    model, Y = MODELS[which]
    comparison = compare(model, X, Y, backward=planted(mistake, l))
    assert not comparison
    row, difference = comparison.first_difference
    assert row.quantity == mistake(None, None, None, l, "name")
    assert difference.column == "yours"
    text = str(comparison)
    assert f"First difference, in order of computation: {row.quantity} = {row.formula}." in text
    assert difference.at in text
    assert "✗ yours" in text
    if mistake is gradient_transposed and which == "other":
        assert f"shape {row.shape[::-1]}" in text


def test_what_a_backward_pass_of_your_own_raises_says_that_it_is_yours():
    model, Y = MODELS["other"]
    with pytest.raises(ValueError, match=r"your backward pass raised ValueError: matmul"):
        compare(model, X, Y, backward=planted(weights_transposed, 1))


@pytest.mark.parametrize("name", ["dZ2", "dW2", "db2", "dA1", "dZ1", "dW1", "db1"])
def test_one_element_that_is_off_by_a_millionth_is_named(problem, name):
    model, Y = problem

    def backward(twin, cache, dA):
        grads = twin.backward(cache, dA)
        array = getattr(grads, name[:2])[int(name[2])]
        array[1, array.shape[1] - 1] += 1e-6
        return grads

    comparison = compare(model, X, Y, backward=backward)
    row, difference = comparison.first_difference
    last = row.shape[1] - 1
    assert difference.at == (f"{name}[1]" if name.startswith("db") else f"{name}[1,{last}]")
    assert difference.absolute == pytest.approx(1e-6, rel=1e-6)
    others = [each for each in comparison.rows if each is not row]
    assert all(each.agrees for each in others)


def test_a_part_of_a_backward_pass_is_enough():
    model, Y = MODELS["square"]
    comparison = compare(
        model, X, Y, backward=lambda twin, cache, dA: replace(twin.backward(cache, dA), dA={}, dZ={}, db={})
    )
    assert comparison
    assert [row.quantity for row in comparison.rows if "yours" in row.columns] == ["dW3", "dW2", "dW1"]


# Mistakes in the library's own formulas: the matrix side against the other two.


def test_a_wrong_forward_formula_is_found(problem, monkeypatch):
    model, Y = problem
    right = MatrixMLP.forward

    def forward(self, X):
        cache = right(self, X)
        cache.Z[2][1, 3] += 1e-6
        return cache

    monkeypatch.setattr(MatrixMLP, "forward", forward)
    row, difference = compare(model, X, Y).first_difference
    assert (row.quantity, difference.at, difference.column) == ("Z2", "Z2[1,3]", "matrix")


def test_weights_transposed_in_the_forward_pass_are_found(monkeypatch):
    right = MatrixMLP.from_scalar

    def from_scalar(model):
        twin = right(model)
        twin.W[2] = twin.W[2].T
        return twin

    monkeypatch.setattr(MatrixMLP, "from_scalar", from_scalar)
    model, Y = MODELS["square"]
    row, difference = compare(model, X, Y).first_difference
    assert (row.quantity, difference.column) == ("Z2", "matrix")


def test_a_forgotten_1_over_m_is_found(problem, monkeypatch):
    model, Y = problem
    monkeypatch.setattr(MSE, "dA", lambda self, A, Y: self.derivative(A, Y))
    comparison = compare(model, X, Y)
    row, difference = comparison.first_difference
    assert (row.quantity, difference.column) == (f"dA{len(model.layers)}", "matrix")
    assert not any(row.agrees for row in comparison.rows if row.quantity.startswith("d"))


def test_a_rule_that_is_wrong_on_both_sides_is_found_by_finite_differences(problem):
    model, Y = problem
    tanh = ACTIVATIONS["tanh"].op
    wrong = Activation("tanh", replace(tanh, partials=lambda m, x, y: (1.0 - y,)))
    row, _ = compare(MLP(3, list(model.sizes[1:]), wrong, seed=1), X, Y).first_difference
    assert row.quantity == f"dZ{len(model.layers) - 1}"
    assert row.difference("matrix").agrees
    assert not row.difference("numeric").agrees
    assert not row.difference("lifted").agrees  # lift has the table's rule


def test_a_penalty_and_softmax_are_part_of_what_is_compared():
    model = MLP(3, [4, 2], output="softmax", seed=4)
    Y = np.eye(2)[:, [0, 1, 1, 0, 1]]
    text = str(comparison := compare(model, X, Y, l2=0.5))
    assert comparison
    assert "J = mean loss + λ/2·ΣW²" in text
    for formula in ("A2 = softmax(Z2)", "dZ2 = Jᵀ·dA2 of softmax", "dW1 = dZ1·Xᵀ + λ·W1"):
        assert formula in text
    assert ", mse, l2=0.5, 5 samples" in text
    without = {row.quantity: row.values["scalar"] for row in compare(model, X, Y).rows}
    for row in comparison.rows:
        added = 0.5 * model.state_dict()[row.quantity[1:]] if row.quantity in ("dW1", "dW2") else 0.0
        if row.quantity != "J":
            np.testing.assert_allclose(row.values["scalar"], without[row.quantity] + added, rtol=1e-12)
    with pytest.raises(ValueError, match="l2 is the strength of the penalty on weights, 0 or more, got -1"):
        compare(model, X, Y, l2=-1)


def test_a_kink_is_not_taken_for_a_mistake():
    # z = 1e-7 lies nearer to the kink of relu than the step of the finite difference.
    model = MLP(1, [1, 1], "relu")
    model.load_state_dict({"W1": [[1.0]], "b1": [0.0], "W2": [[1.0]], "b2": [0.0]})
    comparison = compare(model, [[1e-7]], [[1.0]])
    assert comparison
    kinks = [row.quantity for row in comparison.rows if row.slopes and row.slopes.kinks.any()]
    assert kinks == ["dZ1", "db1", "dX"]  # W1 is multiplied by so small an x that it never gets there
    assert "3 of them meet a kink" in str(comparison)
    comparison = compare(model, [[0.5]], [[1.0]])
    assert not any(row.slopes.kinks.any() for row in comparison.rows if row.slopes)
    # At a kink, conventions add up to what is no slope at all: relu(z) - relu(-z) is z.
    model = MLP(1, [2, 1], "relu")
    model.load_state_dict({"W1": [[1.0], [-1.0]], "b1": [0.0, 0.0], "W2": [[1.0, -1.0]], "b2": [0.0]})
    assert compare(model, [[0.0]], [[1.0]])


def test_numbers_that_are_not_finite_never_agree(problem):
    model, Y = problem

    def backward(twin, cache, dA):
        grads = twin.backward(cache, dA)
        grads.dW[1][0, 1] = np.nan
        return grads

    _, difference = compare(model, X, Y, backward=backward).first_difference
    assert difference.at == "dW1[0,1]"


def test_the_csv_file_holds_every_element(problem, tmp_path):
    model, Y = problem
    comparison = compare(model, X, Y)
    with comparison.to_csv(tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(row.values["scalar"].size for row in comparison.rows)
    by_element = {line["element"]: line for line in lines}
    for row in comparison.rows:
        for index, scalar in np.ndenumerate(row.values["scalar"]):
            line = by_element[row.label(index)]
            assert float(line["scalar"]) == scalar
            assert float(line["matrix"]) == row.values["matrix"][index]
            assert float(line["matrix difference"]) == abs(row.values["matrix"][index] - scalar)
            assert (line["numeric"] == "") == (row.slopes is None)
    assert float(by_element["dW1[2,1]"]["scalar"]) == comparison.rows[-3].values["scalar"][2, 1]


def test_the_page_and_the_notebook_show_the_table(problem, tmp_path):
    comparison = compare(*problem[:1], X, problem[1])
    page = comparison.to_html(tmp_path / "table.html").read_text(encoding="utf-8")
    for text in (page, comparison._repr_html_(), str(comparison)):
        assert "dW2 = dZ2·A1ᵀ" in text
        assert "quantities agree" in text
    assert page.startswith("<!DOCTYPE html>")
    # Columns stay under each other whatever font the notebook has for text.
    assert all("monospace" in html for html in (page, comparison._repr_html_()))


def test_the_table_fits_a_terminal_of_80_columns():
    model = MLP(4, [8, 3])
    comparison = compare(model, RNG.normal(size=(4, 30)), RNG.integers(0, 3, 30), "cross_entropy")
    assert isinstance(comparison, Comparison)
    console = Console(file=io.StringIO(), width=80)
    console.print(comparison.table())
    lines = console.file.getvalue().splitlines()
    whole = [line for line in lines if line.rstrip().endswith("✓") and " = " in line]
    assert len(whole) == len(comparison.rows)
    assert len(lines) == len(whole) + 3  # title, header and the line under it


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X.T, MODELS["other"][1]), r"X has shape \(3, m\), .*, got \(5, 3\); its transpose fits"),
        ((X, MODELS["other"][1].T), r"Y has shape \(2, 5\), .*, got \(5, 2\); its transpose fits"),
        ((X, MODELS["other"][1], "msee"), "no loss 'msee'; did you mean 'mse'"),
    ],
)
def test_data_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        compare(MODELS["other"][0], *arguments)


def test_a_comparison_shows_its_table_at_the_prompt():
    comparison = compare(MLP(2, [2, 1]), [[0.5], [1.0]], [1.0])
    assert repr(comparison) == str(comparison)
    assert "agree" in repr(comparison)
