"""Pieces of programs as strangers write them: values and gradients of HIPS autograd, one graph."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from autodiff import Array, Value, leaves, topological_order
from autodiff.engine.choices import recording

PIECES = {
    "layernorm": """
mu = A.mean(-1, keepdims=True)
sd = A.std(-1, keepdims=True)
out = ((A - mu) / (sd + 1e-5) * B[0]).sum()
""",
    "attention": """
s = A @ A.T / np.sqrt(A.shape[-1])
s = np.where(np.tril(np.ones((3, 3))) == 0, -1e9, s)
e = np.exp(s - s.max(axis=-1, keepdims=True))
p = e / e.sum(axis=-1, keepdims=True)
out = np.sum((p @ A * 2) ** 2)
""",
    "conv": """
out = 0.0
K = B[:2, :2]
for i in range(A.shape[0] - 1):
    for j in range(A.shape[1] - 1):
        out = out + np.tanh(np.sum(A[i:i+2, j:j+2] * K))
""",
    "maxpool": """
x = np.reshape(np.concatenate([A, A[:1]], axis=0), (2, 2, 2, 2))
out = np.sum(np.max(np.max(x, axis=1), axis=2) ** 2)
""",
    "rnn": """
h = np.zeros(4)
for t in range(3):
    h = np.tanh(A[t] + h @ B)
out = np.sum(h * h)
""",
    "huber": """
r = A - B[:3]
a = np.abs(r)
out = np.mean(np.where(a < 1.0, 0.5 * r ** 2, a - 0.5))
""",
    "leaky": """
Z = A @ B
out = np.sum(np.maximum(0.01 * Z, Z)) + np.sum(np.clip(Z, -1, 1)) + np.minimum(Z, 0).sum()
""",
    "elu": """
Z = A @ B
out = np.sum(np.where(Z > 0, Z, np.exp(np.minimum(Z, 0)) - 1))
""",
    "logsumexp": """
m = np.max(A, axis=1)
out = np.sum(m + np.log(np.sum(np.exp(A - m[:, None]), axis=1)))
""",
    "cosine": """
n = A / np.sqrt(np.sum(A ** 2, axis=1, keepdims=True))
out = np.sum(np.triu(n @ n.T, 1))
""",
    "gauss nll": """
C = B @ B.T + 4 * np.eye(4)
d = A[0] - A[1]
out = 0.5 * np.dot(d, np.linalg.solve(C, d)) + 0.5 * np.log(np.linalg.det(C))
""",
    "inv": """
C = B @ B.T + 4 * np.eye(4)
out = np.trace(np.linalg.inv(C) @ B)
""",
    "mixture": """
lp = -0.5 * ((A[:, None, :] - B[None, :, :]) ** 2).sum(-1)
out = np.sum(np.log(np.mean(np.exp(lp), axis=1)))
""",
    "poly": """
x = np.linspace(-1, 1, 5)
V = np.stack([x ** k for k in range(4)], axis=1)
out = np.sum((V @ A[0] - np.sin(x)) ** 2)
""",
    "einsum": """
out = np.einsum('ij,jk,lk->il', A, B, A).sum() + np.einsum('ij,ij->', A, A) + np.trace(B @ B)
""",
    "dropout": """
m = (np.arange(12).reshape(3, 4) % 3 > 0) / 0.7
out = np.sum(np.maximum(A * m @ B, 0))
""",
    "dynamics": """
x, v = A[0], A[1]
for _ in range(4):
    a = -x / (np.sum(x ** 2) + 0.1) ** 1.5
    v = v + 0.1 * a
    x = x + 0.1 * v
out = np.sum(x) + np.sum(v ** 2)
""",
    "tensordot": """
out = np.sum(np.tensordot(A, B, axes=([1], [0])) * np.outer(A[:, 0], B[0]))
""",
    "cumsum": """
out = np.sum(np.cumsum(A, axis=0) * np.cumsum(A, axis=1)) + np.prod(1 + A ** 2)
""",
    "fancy": """
i = np.array([0, 2, 1, 0]); j = np.array([3, 1, 1, 3])
out = np.sum(A[i, j] ** 2) + np.sum(A[i][:, j] * 0.5) + np.sum(A[np.array([True, False, True])])
""",
    "split": """
a, b = np.split(A, 2, axis=1)
out = np.sum(a * b) + np.sum(np.vstack([a, b]) ** 2) + np.sum(np.hstack([a, b])[:, ::-1] * B[:3])
""",
    "stack values": """
s = np.array([np.sum(A[i] * B[i]) for i in range(3)])
out = np.sum(np.exp(-s ** 2))
""",
    "sigmoid mix": """
g = 1.0 / (1.0 + np.exp(-A))
out = np.mean(g * np.tanh(A) + (1 - g) * np.sin(A)) + np.logaddexp(A, B[:3]).sum()
""",
    "mask sum": """
out = np.sum(A[1:] * (A[:-1] > 0)) + np.sum((A > 0) * 1.0) + np.sum(np.abs(A))
""",
    "std": """
out = np.std(A) + np.var(B, axis=0, ddof=1).sum() + np.sum(np.std(A, axis=1))
""",
    "roll": """
lap = np.roll(A, 1, axis=1) + np.roll(A, -1, axis=1) - 2 * A
out = np.sum(lap ** 2) + np.sum(np.pad(A, 1, mode='constant')[1:, 1:] ** 2)
out = out + np.sum(np.repeat(A, 2, axis=0) * np.tile(A, (2, 1)))
""",
    "norm pow": """
out = np.linalg.norm(A) ** 2 + np.sqrt(np.sum(A ** 2)) + np.sum(np.abs(A) ** 1.5) + np.sum(2.0 ** A)
""",
    "diff": """
out = np.sum(np.abs(np.diff(A, axis=1))) + np.sum(np.diff(A, axis=0) ** 2)
""",
}
"""Each computes ``out`` from A of shape (3, 4) and B of shape (4, 4)."""

EXCHANGES = {"gauss nll", "inv"}  # rows in an elimination, which is no choice: lifted, it is one operation


def run(piece, numpy, A, B):
    names = {"np": numpy, "A": A, "B": B}
    exec(PIECES[piece], names)
    return names["out"]


@pytest.mark.parametrize("piece", PIECES)
def test_values_and_gradients_are_those_of_hips_autograd(piece):
    graphs = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))
        A, B = leaves("A", a), leaves("B", b)
        with recording() as choices:
            out = run(piece, np, A, B)
        assert not choices
        out.backward()
        assert out.data == pytest.approx(run(piece, anp, a, b), rel=1e-11)
        slopes = autograd.grad(lambda pair: run(piece, anp, *pair))((a, b))
        for array, slope in zip((A, B), slopes):
            np.testing.assert_allclose(array.grad, slope, rtol=1e-8, atol=1e-10)
        order = topological_order(out)
        place = {node: i for i, node in enumerate(order)}
        graphs.append([(node.op, *(place[each] for each in node.operands)) for node in order])
    assert piece in EXCHANGES or graphs[0] == graphs[1] == graphs[2]


@pytest.mark.parametrize(
    "join",
    [
        lambda s, v: np.concatenate([[s], v]),
        lambda s, v: np.concatenate([v, [s, 2.0]]),
        lambda s, v: np.vstack([[s, 1.0], v]),
        lambda s, v: np.append(v, [s]),
        lambda s, v: np.array([[s], [1.0]]) * v,
    ],
)
def test_lists_of_values_beside_an_array_are_joined_to_it(join):
    s, v = Value(0.5), Array([1.0, 2.0])
    joined = join(s, v)
    assert type(joined) is Array
    np.testing.assert_array_equal(joined.data, join(0.5, np.array([1.0, 2.0])))
    np.sum(joined).backward()
    assert s.grad > 0.0 and v.grad.all()
