"""Steps that learn from one sample after the other, and such that only look as if they did."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

PENALISED = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(40, 2))
y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
rows, lam, eta = len(X), 0.01, 0.05
A, a = rng.normal(size=(2, 4)), np.zeros((1, 4))
B, b = rng.normal(size=(4, 3)), np.zeros((1, 3))
for turn in range(500):
    h = np.tanh(X @ A + a)
    s = np.exp(h @ B + b)
    p = s / s.sum(axis=1, keepdims=True)
    d3 = p
    d3[range(rows), y] -= 1
    dB = h.T @ d3 + lam * B
    db = d3.sum(axis=0, keepdims=True)
    d2 = (d3 @ B.T) * (1 - h ** 2)
    dA = X.T @ d2 + lam * A
    A += -eta * dA
    a += -eta * d2.sum(axis=0)
    B += -eta * dB
    b += -eta * db
"""
ONE_NUMBER = """
import numpy as np
class Softmax:
    def __init__(self, size, nodes):
        self.w, self.b = np.random.randn(size, nodes) / size, np.zeros(nodes)
    def forward(self, x):
        self.x, self.t = x, x @ self.w + self.b
        e = np.exp(self.t)
        return e / e.sum()
    def backprop(self, d_out, rate):
        for i, g in enumerate(d_out):
            if g == 0:
                continue
            e = np.exp(self.t)
            s = e.sum()
            d_t = -e[i] * e / s ** 2
            d_t[i] = e[i] * (s - e[i]) / s ** 2
            d_t = g * d_t
            d_x = self.w @ d_t
            self.w -= rate * np.outer(self.x, d_t)
            self.b -= rate * d_t
            return d_x
"""


def judge(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(text)
    return judge_file(path)


def test_what_is_right_of_one_sample_alone_is_wrong(tmp_path):
    """``p[:, y] -= 1`` is right of a single sample, and this step learns from all of them at once."""
    verdict = judge(tmp_path, PENALISED.replace("d3[range(rows), y]", "d3[:, y]"))
    assert {row.outcome for row in verdict} == {"wrong"}
    assert {row.name for row in verdict} == {"d3[:, y] for d3[range(len(y)), y]"}
    assert [row.line for row in verdict if not row.follows] == [14]


def test_a_penalty_is_one_beside_another_mistake_too(tmp_path):
    """A matrix whose gradient has another mistake does not make the other one's penalty a mistake."""
    verdict = judge(tmp_path, PENALISED.replace(" * (1 - h ** 2)", ""))
    assert {row.on: row.outcome for row in verdict} == {
        "A": "wrong",
        "a": "wrong",
        "B": "right",
        "b": "right",
    }
    assert {row.name for row in verdict if not row.right} == {"tanh′ missing"}


def test_a_cotangent_that_is_read_at_one_place(tmp_path):
    """Code that leaves out zeros and ends with the first other number is for one such number."""
    verdict = judge(tmp_path, ONE_NUMBER)
    assert verdict, verdict
    assert any("d_out" in note and "one alone" in note for note in verdict.notes)


def test_how_code_is_spaced_changes_no_verdict(tmp_path):
    dense = ONE_NUMBER.replace("if g == 0:\n                continue", "if g==0: continue")
    assert dense != ONE_NUMBER
    for sign in "*-/,":
        dense = dense.replace(f" {sign} ", sign).replace(f"{sign} ", sign)
    assert judge(tmp_path, dense), dense


def test_that_zeros_are_left_out_has_to_be_said(tmp_path):
    """Else a pass that ends with the first number is wrong, and none of it is right."""
    verdict = judge(tmp_path, ONE_NUMBER.replace("== 0:", "== 7:"))
    assert not any(row.right for row in verdict), verdict


def test_the_loss_that_a_loop_computes_is_the_one_that_it_learns(tmp_path):
    """Steps along the gradient of another loss than the one that is written are wrong; a penalty that the
    loss which is shown lacks is no mistake."""
    shown = "    loss = -np.log(p[range(rows), y]).sum()\n    d3 = p\n"
    text = PENALISED.replace("    d3 = p\n", shown)
    right = judge(tmp_path, text)
    assert right, right
    assert any("what is called a loss" in note for note in right.notes)
    of_squares = text.replace("    dB =", "    d3 = d3 * p * (1 - p)\n    dB =")
    assert not any(row.right for row in judge(tmp_path, of_squares))
