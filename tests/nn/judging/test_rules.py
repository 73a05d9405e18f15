import numpy as np
import pytest

from nn import judge
from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long


def passed_on(dA, Z):
    return dA


def without_last_slope(twin, cache, dA):
    grads = {}
    for l in range(twin.L, 0, -1):
        dZ = dA * (1 - cache.A[l] ** 2) if l < twin.L else dA
        grads[f"dW{l}"], grads[f"db{l}"] = dZ @ cache.A[l - 1].T, dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ
    return grads


@pytest.mark.parametrize(
    "rule",
    [
        lambda dZ, A_before: dZ @ A_before.T,
        lambda A_prev, dz: dz @ A_prev.T,
        lambda dZ: dZ.sum(axis=1, keepdims=True),
        lambda dZ, W: W.T @ dZ,
        lambda dA, Z, A: dA * (1 - A**2),
        lambda dA, Z, A: dA * A * (1 - A),
        lambda dA, Z: dA * (Z > 0),
        lambda dA, Z, A, g: dA * g.derivative(Z, A),
    ],
)
def test_a_rule_is_known_by_what_it_takes(rule):
    assert judge(rule)


@pytest.mark.parametrize(
    ("rule", "options", "name"),
    [
        (lambda dZ, A_before: A_before @ dZ.T, {}, "transposed"),
        (lambda dZ, A: dZ @ A.T / A.shape[1], {}, "1/m twice"),
        (lambda W, dZ: W @ dZ, {}, "W not transposed"),
        (passed_on, {}, "g′ forgotten"),
        (passed_on, {"activation": "sigmoid"}, "g′ forgotten"),
        (lambda dA, Z, A: dA * (1 - Z**2), {"activation": "tanh"}, "g′ taken at Z instead of A"),
        (lambda dA, Z, A: dA * A * (1 - A), {"activation": "relu"}, "sigmoid′ for relu′"),
        (lambda dA, Z, A: dA * (1 - A), {"activation": "tanh"}, "1 - A for 1 - A²"),
        (lambda dZ: dZ.mean(axis=1, keepdims=True), {}, "1/m twice"),
    ],
)
def test_a_wrong_rule_is_one_finding_with_its_mistake_and_hints_say_no_formula(rule, options, name):
    (finding,) = judge(rule, **options).findings
    assert not finding.right
    assert name in finding.name and bool(name) == bool(finding.name)
    where, kind = judge(rule, **options).hint(1), judge(rule, **options).hint(2)
    assert where == f"{finding.quantity} is wrong."
    assert kind.startswith(where) and len(kind) > len(where) and "·" not in kind


def test_the_name_of_a_rule_says_its_activation():
    def dZ_of_sigmoid(d, z, a):
        return d * (1 - a**2)

    assert not judge(dZ_of_sigmoid)
    assert judge(dZ_of_sigmoid, activation="tanh")


def test_what_is_no_array_of_numbers_is_told():
    (finding,) = judge(lambda dZ, A: None).findings
    assert "your dW of layer 3 is an array of numbers, got None" in finding.text


def test_a_factor_that_is_no_size_is_told():
    (finding,) = judge(lambda dZ: dZ.sum(1, keepdims=True) / 4).findings
    assert finding.name == "4 times too small" and "0.25 times the right one" in finding.text


def test_a_backward_pass_has_a_finding_a_gradient_and_is_for_the_layers_that_are_said():
    assert judge(without_last_slope, output="linear")
    verdict = judge(without_last_slope)
    assert [each.quantity for each in verdict.findings] == ["dW1", "dW2", "dW3", "db1", "db2", "db3"]
    assert [each.name for each in verdict.findings if not each.follows] == ["g′ forgotten"]
    assert verdict.hint(1) == "dW3 is wrong. Look at dZ3."
    assert not judge(without_last_slope, output="linear", activation="sigmoid")
    assert judge(lambda twin, cache, dA: twin.backward(cache, dA).dW, loss="mse").findings[0].name == ""


def test_arguments_called_as_settings_go_to_functions_that_take_them():
    def forward(x, activation):
        return (np.tanh(x) if activation == "tanh" else x), x

    def backward(dout, cache):
        return dout * (1 - np.tanh(cache) ** 2)

    assert judge(forward, backward, x=np.array([[0.3, -1.0, 2.0]]), activation="tanh")


def test_rules_in_a_file_are_known_by_a_word_of_their_name_and_what_they_take(tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(
        "def my_dW(dZ, A_before):\n    return A_before @ dZ.T\n\n"
        "def dZ_of_relu(dA, Z):\n    return dA * (Z > 0)\n\n"
        "def update_dW(W, dW, rate):\n    return W - rate * dW\n"
    )
    verdict = judge_file(file)
    assert {(row.judged, row.right, row.name) for row in verdict if "[3, 3, 3]" in row.on} == {
        ("my_dW", False, "transposed"),
        ("dZ_of_relu", True, ""),
    }
    assert {row.judged for row in verdict} == {"my_dW", "dZ_of_relu"}
    assert not judge_file(file, activation="tanh").rows[-1].right
