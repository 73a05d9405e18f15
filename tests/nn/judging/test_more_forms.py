"""Files in more of the forms in which people publish them: each as it is right, and with a mistake."""

import pytest

from nn.judging.submitted_file import judge_file

EACH_ITS_LOSS = """
import numpy as np
class Loss:
    def loss(self, y_true, y_pred):
        return NotImplementedError()
    def gradient(self, y, y_pred):
        raise NotImplementedError()
class CrossEntropy(Loss):
    def __init__(self): pass
    def loss(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -y * np.log(p) - (1 - y) * np.log(1 - p)
    def gradient(self, y, p):
        p = np.clip(p, 1e-15, 1 - 1e-15)
        return -(y / p) + (1 - y) / (1 - p)
"""
PENALTY = """
import numpy as np
class Ridge:
    def __init__(self, n_in, n_out, reg=0.0):
        self.params = {"W": 0.01 * np.random.randn(n_in, n_out)}
        self.reg = reg
    def loss(self, X, y=None):
        W, grads = self.params["W"], {}
        error = X @ W - y
        loss = np.sum(error ** 2) / len(X) + 0.5 * self.reg * np.sum(W ** 2)
        grads["W"] = 2 * X.T @ error / len(X)
        grads["W"] += self.reg * W
        return loss, grads
"""
MASK = """
import numpy as np
def loss_and_grad(P, Q, ratings, seen):
    error = (P @ Q.T - ratings) * seen
    count = seen.sum()
    return (error ** 2).sum() / count, 2 * error @ Q / count, 2 * error.T @ P / count
"""
NAMED = """
import numpy as np
def cofi_cost(X, Theta, Y, R, lambda_):
    error = (X @ Theta.T - Y) * R
    J = 0.5 * np.sum(error ** 2) + lambda_ / 2 * (np.sum(X ** 2) + np.sum(Theta ** 2))
    X_grad = error @ Theta + lambda_ * X
    Theta_grad = error.T @ X + lambda_ * Theta
    return J, X_grad, Theta_grad
"""
FORMS = {
    "a loss for each number": (EACH_ITS_LOSS, "-(y / p) + (1 - y)", "-(y / p) - (1 - y)", "p: sign flipped"),
    "a penalty of the constructor": (PENALTY, "+= self.reg * W", "+= 2 * self.reg * W", "W: 0.3·W too much"),
    "a mask": (MASK, "error.T @ P / count", "error.T @ P / len(P)", "Q:"),
    "names of what is returned": (NAMED, "error.T @ X +", "error.T @ X -", "Theta:"),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_right_is_not_accused_and_a_mistake_in_it_is_found(tmp_path, form):
    source, right, wrong, named = FORMS[form]
    file = tmp_path / "theirs.py"
    file.write_text(source)
    verdict = judge_file(file)
    assert verdict, verdict
    assert source.count(right) == 1
    file.write_text(source.replace(right, wrong))
    found = [f"{row.on}: {row.name}" for row in judge_file(file) if not row.right]
    assert len(found) == 1 and named in found[0]
