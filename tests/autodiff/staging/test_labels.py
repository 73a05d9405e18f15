"""Integer arguments: one-hot inputs where they index, numbers where they count, and else the very numbers."""

from itertools import pairwise

import numpy as np
import pytest

from autodiff import lifted


def integers(high, *shape):
    return lambda rng: rng.integers(0, high, size=shape)


def floats(*shape):
    return lambda rng: rng.normal(size=shape)


USES = {
    "rows": (lambda y, S: S[y].sum(axis=1)[0] * S[y][1, 2], integers(4, 3), floats(4, 3), 1),
    "elements": (lambda y, S: (S[np.arange(3), y] ** 2).sum(), integers(3, 3), floats(4, 3), 1),
    "two at once": (lambda y, S: S[y[:-1], y[1:]].sum(), integers(3, 4), floats(3, 3), 1),
    "from the end": (lambda y, S: S[y - 1].sum() + S[-y].sum(), integers(3, 3), floats(4, 3), 1),
    "behind an ellipsis": (lambda y, S: S[..., y].sum() + S[:, y][1, 0], integers(3, 2), floats(4, 3), 1),
    "a new axis": (lambda y, S: (S[y[:, None], np.arange(3)] ** 3).sum(), integers(4, 2), floats(4, 3), 1),
    "take": (lambda y, S: np.take(S, y, axis=1).sum() + np.take(S, y)[0], integers(3, 2), floats(4, 3), 1),
    "along an axis": (
        lambda y, S: np.take_along_axis(S, y[:, None], axis=1).sum(), integers(3, 4), floats(4, 3), 1,
    ),
    "a permutation": (lambda p, x: (x[p] * np.arange(4)).sum(), lambda rng: rng.permutation(4), floats(4), 1),
    "assigned": (lambda y, S: _set_to(S, y).sum(), integers(3, 4), floats(4, 3), 1),
    "rows of eye": (lambda y, S: np.sum(np.eye(3)[y] * S), integers(3, 4), floats(4, 3), 1),
    "ones put into zeros": (lambda y, S: np.sum(_one_hot(y) * S), integers(3, 4), floats(4, 3), 1),
    "one by one": (lambda y, S: sum(S[t, 0] * S[t].sum() for t in y), integers(4, 3), floats(4, 3), 1),
    "pairs": (lambda y, S: sum(S[a] @ S[b] for a, b in pairwise(y)), integers(4, 3), floats(4, 3), 1),
    "slices": (lambda y, S: sum(S[a] @ S[b] for a, b in zip(y[1:], y)), integers(4, 3), floats(4, 3), 1),
    "equal to a class": (
        lambda y, S: sum(np.sum((y == k) * S[:, k]) for k in range(3)), integers(3, 4), floats(4, 3), 1,
    ),
    "where": (lambda y, x: np.where(y > 1, x, x * x).sum(), integers(3, 4), floats(4), 1),
    "signs": (lambda y, x: np.log(1 + np.exp(-(2 * y - 1) * x)).mean(), integers(2, 4), floats(4), 1),
    "targets": (lambda y, x: ((x - y) ** 2).sum() + x @ y + y.mean() * x[0], integers(5, 4), floats(4), 1),
    "single numbers": (
        lambda y, x: sum(a * k + (1 - k) * a**2 for a, k in zip(x, y)), integers(2, 4), floats(4), 1,
    ),
    "counts": (lambda y, x: (np.bincount(y, minlength=3) * x).sum(), integers(3, 6), floats(3), 1),
    "as floats": (lambda y, x: (y.astype(float) / 2 * x).sum(), integers(3, 4), floats(4), 1),
    "a bool mask": (lambda y, x: (x * (y > 0)).sum() + x[0] * (y > 0).sum(), integers(2, 4), floats(4), 1),
    "lists": (lambda y, x: sum(x[k] for k in y.tolist()), integers(4, 3), floats(4), 1),
    "a length": (lambda k, x: x[: k[0]].sum(), integers(3, 1), floats(4), 3),
    "a range": (lambda k, x: sum(x[i] for i in range(k[0] + 1)), integers(3, 1), floats(4), 3),
    "a decision": (lambda k, x: x[0] if k[0] == 1 else x[1], integers(3, 1), floats(4), 2),
    "a selection": (lambda y, x: x[y > 0].prod(), integers(2, 2), floats(2), 4),
    "how many differ": (lambda y, x: len(np.unique(y)) * x.sum(), integers(2, 2), floats(2), 2),
    "a key": (lambda k, x: {0: 1.0, 1: 2.0, 2: 4.0}[int(k[0])] * x[0], integers(3, 1), floats(2), 3),
    "text": (lambda k, x: {"0": 1.0, "1": 2.0, "2": 4.0}[str(k[0])] * x[0], integers(3, 1), floats(2), 3),
}  # fmt: skip


def _set_to(S, y):
    S[np.arange(4), y] -= 1.0
    S[y[0], 0] = S[0, 0] * 2.0
    return S * S


def _one_hot(y):
    Y = np.zeros((4, 3))
    for i in range(4):
        Y[i, y[i]] = 1
    return Y


@pytest.mark.parametrize("use", USES)
def test_integers_are_what_they_are_in_every_call(use):
    function, first, second, recordings = USES[use]
    fast = lifted(function)
    rng = np.random.default_rng(len(use))
    for _ in range(8):
        y, x = first(rng), second(rng)
        value, grads = fast.value_and_grad(y, x)
        assert value == pytest.approx(float(function(y, x.copy())), rel=1e-12, abs=1e-12)
        (name,) = grads
        for at in np.ndindex(x.shape):
            ends = []
            for h in (1e-6, -1e-6):
                moved = x.copy()
                moved[at] += h
                ends.append(float(function(y, moved)))
            assert grads[name][at] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-6)
    assert fast.recordings <= recordings


def test_a_single_integer_of_numpy_is_a_label_and_one_of_python_is_static():
    @lifted
    def f(x, k):
        return x[k] * 2.0

    x = np.array([1.0, 2.0, 3.0])
    assert [f(x, k) for k in np.arange(3)] == [2.0, 4.0, 6.0]
    assert f.recordings == 1
    assert [f(x, k) for k in range(3)] == [2.0, 4.0, 6.0]
    assert f.recordings == 4


def test_lists_of_tokens_are_lists_of_labels():
    @lifted
    def f(E, tokens):
        return sum(E[a] @ E[b] for a, b in zip(tokens, [*tokens[1:], 0]))

    E = np.arange(8.0).reshape(4, 2)
    for tokens in ([1, 2, 3], [3, 0, 0], [2, 2, 1]):
        assert f(E, tokens) == sum(E[a] @ E[b] for a, b in zip(tokens, [*tokens[1:], 0]))
    assert f.recordings == 1
    f(E, [1, 2])
    assert f.recordings == 2


def test_an_index_that_there_is_not_is_an_error_in_every_call():
    @lifted
    def f(x, y):
        return x[y].sum()

    assert f(np.ones(3), np.array([0, -3])) == 2.0
    for wrong in (3, -4):
        with pytest.raises(IndexError, match=f"y holds {wrong}, which is no index of an axis of length 3"):
            f(np.ones(3), np.array([0, wrong]))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, bool])
def test_integers_of_any_size_compute_as_numpy_does(dtype):
    def f(y, x):
        return (x * (y + y)).sum() + (x * (y * y)).sum()

    fast = lifted(f)
    for numbers in ([1, 0, 1], [0, 1, 1], [100, 1, 90]):
        y = np.array(numbers).astype(dtype)
        assert fast(y, np.ones(3)) == f(y, np.ones(3))


def test_inputs_are_listed_with_names_of_their_own():
    @lifted
    def f(x, y, x_onehot):
        return (x[y] * x_onehot).sum() + x[y[0] + 0 * y[1]] + (x * y).sum()

    x, y = np.array([1.0, 2.0]), np.array([1, 0])
    assert f(x, y, x) == 2.0 + 2.0 + 2.0 + 1.0
    inputs = [block.name for block in f.program.plan.with_role("input")]
    assert len({*inputs}) == len(inputs)
    assert {"Y", "y"} <= {*inputs}
