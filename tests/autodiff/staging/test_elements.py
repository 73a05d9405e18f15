"""Lists and plain arrays that labels index: no new recording for other labels, and what Python would give."""

import functools
import math
from itertools import pairwise

import numpy as np
import pytest

from autodiff import lifted
from autodiff.staging.subscripts import with_subscripts

VOCABULARY, WIDTH, LENGTH = 5, 3, 4
CLASS_WEIGHTS = [1.0, 0.5, 2.0, 1.5, 0.25]
TABLE = np.arange(15.0).reshape(5, 3) / 7.0


def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(row, x)) for row in w]


def language_model(W, y):
    """As microgpt reads its parameters: rows of lists, picked by tokens, and a list of probabilities."""
    state = {"wte": W.tolist(), "head": [[a * 0.5 for a in row] for row in W.tolist()]}
    losses = []
    for token_id, target_id in pairwise(y):
        powers = [math.exp(logit) for logit in linear(state["wte"][token_id], state["head"])]
        probs = [each / sum(powers) for each in powers]
        losses.append(-math.log(probs[target_id]))
    return sum(losses) / len(losses)


def arrays_in_a_list(W, y):
    rows, h = [W[i] * i for i in range(VOCABULARY)], np.zeros(WIDTH)
    for k in y:
        h = np.tanh(h + rows[k])
    return h.sum()


def plain_tables(W, y):
    place = [2, 0, 1, 1, 0][y[0]]
    return (
        sum(CLASS_WEIGHTS[k] * W[k, 1] for k in y) + TABLE[y].sum() * W[0, 0] + TABLE[y[1], 2] * W[1, place]
    )


def tuples_from_the_end(W, y):
    t = (W[0, 0], W[1, 0], 2.0, W[3, 0], W[4, 1])
    inner = functools.partial(lambda k: t[k], y[0])
    return t[-y[0]] * t[y[1] - 1] + [t, t][0][y[2]] ** 2 + inner()


def columns_of_rows(W, y):
    rows = W.tolist()
    return sum([row[y[0] % 3] ** 2 for row in rows]) + (lambda k: rows[k][0])(y[1])


def a_row_that_is_changed(W, y):
    rows = W.tolist()
    row = rows[y[0]]
    row[0] = row[1] * 2.0
    return sum(row[0] ** 2 for row in rows)


def a_list_that_is_changed(W, y):
    rows = W.tolist()
    row = rows[y[0]]
    rows[0][1] = rows[1][1] * 3.0
    return sum(a**2 for a in row)


def counted(W, y):
    counts, table = [0.0] * VOCABULARY, [[0.0] * 2 for _ in range(VOCABULARY)]
    for k in y:
        counts[k] += W[k, 0]
        table[k][1] += W[k, 1]
    return sum(c * c for c in counts) + sum(row[1] ** 2 for row in table)


def grouped(W, y):
    groups = [[] for _ in range(VOCABULARY)]
    for i, k in enumerate(y):
        groups[k].append(W[k, 0] * i)
    return sum(sum(group) ** 2 for group in groups)


def rows_of_a_plain_array(W, y):
    counts = np.zeros((VOCABULARY, 2), dtype=int)
    row = counts[y[0]]
    row += 1
    column = counts[:, y[1] % 2]
    column += 1
    return W[0, 0] * counts[0, 0] + W[1, 1] * counts.sum() + W[2, 0] * counts[1, 1]


def functions_in_a_list(W, y):
    return [np.sin, np.cos, np.tanh, np.exp, abs][y[0]](W[0, 0])


ONE = [language_model, arrays_in_a_list, plain_tables, tuples_from_the_end, columns_of_rows]
SEVERAL = [a_row_that_is_changed, a_list_that_is_changed, counted, grouped, rows_of_a_plain_array]


@pytest.mark.parametrize("function", [*ONE, *SEVERAL, functions_in_a_list])
def test_elements_are_those_of_every_call(function):
    fast, rng = lifted(function), np.random.default_rng(0)
    for _ in range(5):
        W, y = rng.normal(size=(VOCABULARY, WIDTH)), rng.integers(0, VOCABULARY, size=LENGTH)
        value, grads = fast.value_and_grad(W, y)
        assert value == pytest.approx(float(function(W.copy(), y)), rel=1e-12)
        direction = rng.normal(size=W.shape)
        ends = [float(function(W + h * direction, y)) for h in (1e-6, -1e-6)]
        assert np.sum(grads["W"] * direction) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-6)
    if function in ONE:
        assert fast.recordings == 1


def test_an_index_that_a_list_has_not_is_an_error():
    def f(W, y):
        return W.tolist()[y[0]][0]

    with pytest.raises(IndexError, match="y holds 5, which is no index of an axis of length 5"):
        lifted(f)(np.ones((5, 3)), np.array([5]))


def test_code_of_which_there_is_no_source_stays_as_it_is():
    names = {}
    exec("def f(a, k):\n    return a[k]", names)
    assert with_subscripts(names["f"]) is names["f"].__code__
    assert with_subscripts(linear) is linear.__code__  # it has no subscript
    assert with_subscripts(grouped) is not grouped.__code__


def test_the_same_code_in_a_file_is_read_there(tmp_path):
    text = "def g(a, k):\n    return a[k] + 1\n"
    path = tmp_path / "g.py"
    path.write_text(text, encoding="utf-8")
    nowhere, there = {}, {}
    exec(text, nowhere)
    exec(compile(text, path, "exec"), there)
    assert with_subscripts(nowhere["g"]) is nowhere["g"].__code__
    assert with_subscripts(there["g"]).co_filename == str(path)
    assert with_subscripts(there["g"]) is not there["g"].__code__
