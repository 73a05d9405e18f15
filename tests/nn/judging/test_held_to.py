"""What predictions are held to without a target's name: nobody learns it, and the rest has to be right."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

MASKED = """
import numpy as np

def masked_mse(W, X, R, seen):
    err = (X.dot(W) - R) * seen
    return np.sum(err ** 2) / seen.sum()

def masked_mse_grad(W, X, R, seen):
    err = (X.dot(W) - R) * seen
    return 2 * X.T.dot(err) / seen.sum()
"""
BOTH = """
import numpy as np

def masked_mse(W, X, R, seen):
    return 0.5 * np.sum((X @ W.T - R) ** 2 * seen)

def masked_mse_grad(W, X, R, seen):
    err = (X @ W.T - R) * seen
    dW = err.T @ X
    dX = err @ W
    return dW, dX
"""
SQUARES = """
import numpy as np

def loss(x, A, b):
    r = A @ x - b
    return 0.5 * r @ r

def gradient(x, A, b):
    return A.T @ (A @ x - b)
"""
FACTORS = """
import numpy as np

def cost(U, V, A):
    D = U.dot(V.T) - A
    return (D ** 2).mean()

def cost_grad(U, V, A):
    D = 2 * (U.dot(V.T) - A) / A.size
    return D.dot(V), D.T.dot(U)
"""
DESIGN = """
import numpy as np

def loss_fn(weights, design, observations):
    return np.mean((design @ weights - observations) ** 2)

def loss_gradient(weights, design, observations):
    residual = design @ weights - observations
    return 2 * design.T @ residual / residual.size
"""
RECURRENT = """
import numpy as np

def loss(W, R, X, y):
    return 0.5 * np.sum((np.tanh(X @ W) @ R - y) ** 2)

def loss_grad(W, R, X, y):
    h = np.tanh(X @ W)
    e = h @ R - y
    return X.T @ (e @ R.T * (1 - h ** 2)), h.T @ e
"""


@pytest.mark.parametrize("text", [MASKED, BOTH, SQUARES, FACTORS, DESIGN, RECURRENT])
def test_right_ones_are_not_told_that_its_gradient_is_missing(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(text)
    assert judge_file(path), judge_file(path)


@pytest.mark.parametrize(
    "text, old, new, names",
    [
        (MASKED, "return 2 *", "return", {"W": "half of it"}),
        (BOTH, "dX = err @ W", "dX = -err @ W", {"X": "sign flipped"}),
        (SQUARES, "A.T @ (A", "A @ (A", {"x": ""}),
        (FACTORS, "2 * (U", "(U", {"U": "half of it", "V": "half of it"}),
        (
            RECURRENT,
            "return X.T @ (e @ R.T * (1 - h ** 2)), h.T @ e",
            "return X.T @ (e @ R.T * (1 - h ** 2))",
            None,
        ),
    ],
)
def test_wrong_ones_are(tmp_path, text, old, new, names):
    path = tmp_path / "theirs.py"
    assert old in text
    path.write_text(text.replace(old, new))
    found = {row.on: row.name for row in judge_file(path) if not row.right}
    assert found == ({"R": "missing"} if names is None else names)
