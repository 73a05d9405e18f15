"""A small number that keeps a logarithm finite is no mistake, and is told."""

from nn.judging.submitted_file import judge_file

KEPT_FINITE = """
import numpy as np

def logistic_loss(w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    loss = -np.sum(y * np.log(p + 1e-7) + (1 - y) * np.log(1 - p + 1e-7))
    dw = X.T @ (p - y)
    return loss, dw
"""


def test_a_table_says_what_is_right_but_for_a_small_number(tmp_path):
    path = tmp_path / "kept_finite.py"
    path.write_text(KEPT_FINITE)
    verdict = judge_file(path)
    assert verdict and {row.text[:31] for row in verdict} == {"right, but for a small number t"}
