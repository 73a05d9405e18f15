"""What is changed in place after a view of it was taken, of labels and by labels, is as in NumPy."""

import numpy as np
import pytest

from autodiff import lifted

PICKED = [
    "row = S[y[0]]; row -= 1.0; row *= row",
    "for t in y: row = S[t]; row[0] = row[1] * 2.0",
    "column = S[:, y[1] % 3]; column[column < 0] = 0",
    "turned = S[y[0]].reshape(3, 1); turned += 1.0",
    "np.exp(S[y[2]], out=S[y[2]])",
    "S[y[0]].fill(2.0)",
    "row = S[y[0]]; S[0] = S[1] * 3.0; S *= 2.0; S[3] = row",
    "S[y[0]] -= 1.0; S[y[1]] *= S[y[2]]",
    "t = S[y[0]]; S[y[0]] = S[y[1]]; S[y[1]] = t",
    "k = y[0]; t = S[k]; t += 1.0; S[0, 0] = S.sum(); S[k] = t; t *= 2.0; S[0] = 5.0; S[1] = t",
    "T = S[y]; T += 1.0; S[0, 0] += T.sum()",
    "np.add.at(S, y, np.ones((3, 3))); np.add.at(S, (y, 0), S[0]); np.multiply.at(S, (y, 1), 2.0)",
]
"""Rows and columns of an array of Values, picked by labels: programs of S (4, 3) and of labels y (3,) < 4."""

LABELS = [
    "y += 1; y %= 4",
    "z = y[:2]; z[0] = 0",
    "z = y[:2]; y[0] = 0; S[z, 0] *= 2.0",
    "z = y.reshape(3, 1); z[:] = 2",
    "z = y[1:]; z[z > 1] = 0",
    "z = y[1:]; z += 1; z %= 4",
    "np.add(y, 1, out=y); np.minimum(y, 3, out=y)",
    "np.clip(y, 1, 2, out=y)",
    "y.sort(); S *= y[0]",
    "z = y.copy(); z.fill(1); y[0] = 3; np.put(z, [0], [2]); S[z] *= 3.0",
    "y.ravel()[0] = 1; y.flatten()[1] = 0; y.T[2] = 2; y.flat[1] = 3",
    "Y = np.stack([y, y]); row = Y[0]; row[1] = 0; Y[1] += 1; Y %= 4; S[Y[0]] += S[Y[1]].mean()",
    "z = np.asarray(y); z[0] = 2; np.array(y)[1] = 0",
    "halves = np.split(y[:2], 2); halves[0][0] = 3; np.expand_dims(y, 0)[0, 1] = 1",
    "z = np.array(y > 1, dtype=float); S[0, 0] *= (z + z).sum()",
    "S *= np.size(y) * np.ndim(y) * len(y) * y.nbytes",
    "np.negative(y - 4, out=y); y[y == 4] = 0",
]
"""Changes of the labels themselves."""


def function(program):
    names = {"np": np, "__name__": "program"}
    exec(f"def f(S, y):\n    {program}\n    return (S * S * S).sum() + (S[y, [0, 1, 2]] ** 2).sum()", names)
    return names["f"]


@pytest.mark.parametrize("program", PICKED + LABELS)
def test_views_share_what_is_changed(program):
    f, rng = function(program), np.random.default_rng(len(program))
    fast = lifted(f)
    for _ in range(4):
        S, y = rng.normal(size=(4, 3)), rng.integers(0, 4, size=3)
        value, grads = fast.value_and_grad(S, y)
        assert value == pytest.approx(f(S.copy(), y.copy()), rel=1e-12)
        direction = rng.normal(size=S.shape)
        ends = [f(S + h * direction, y.copy()) for h in (1e-6, -1e-6)]
        assert np.sum(grads["S"] * direction) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-5)
    if program in LABELS:
        assert fast.recordings == 1


def test_pairs_of_labels_may_be_of_different_ranges():
    @lifted
    def squares(U, V, pairs, ratings):
        return sum((r - U[u] @ V[i]) ** 2 for (u, i), r in zip(pairs, ratings))

    rng = np.random.default_rng(0)
    U, V, ratings = rng.normal(size=(9, 2)), rng.normal(size=(3, 2)), rng.normal(size=4)
    for _ in range(3):
        pairs = np.stack([rng.integers(3, 9, 4), rng.integers(0, 3, 4)], axis=1)
        right = np.sum((ratings - np.sum(U[pairs[:, 0]] * V[pairs[:, 1]], axis=1)) ** 2)
        assert squares(U, V, pairs, ratings) == pytest.approx(right, rel=1e-12)
    assert squares.recordings == 1
    with pytest.raises(IndexError, match="pairs holds 3, which is no index of an axis of length 3"):
        squares(U, V, pairs + [[0, 3 - pairs[0, 1]]] * 1, ratings)
