"""Where NumPy's indices have 32 bits, as in WebAssembly, the same programs are found."""

from dataclasses import replace

import numpy as np
import pytest

from autodiff import Value, leaves, lift
from autodiff.lifting.find import pipeline
from autodiff.lifting.find.repeated import merge_repeated
from nn import MLP, losses

MAKE_INDICES = ("arange", "argsort", "argwhere", "flatnonzero", "lexsort", "nonzero", "searchsorted")


def narrowed(made):
    if isinstance(made, tuple):
        return tuple(map(narrowed, made))
    return made.astype(np.int32) if isinstance(made, np.ndarray) and made.dtype == np.int64 else made


def narrow_but_for_values(unique):
    """``unique``, whose first array are values, and the others places of them."""

    def narrow_unique(*given, **asked):
        made = unique(*given, **asked)
        return (made[0], *narrowed(made[1:])) if isinstance(made, tuple) else made

    return narrow_unique


def of_narrow_terms(folded, groups):
    """``merge_repeated`` of terms that were numbered where indices are narrow."""
    narrow = {name: getattr(folded, name).astype(np.int32) for name in ("owner", "x", "z")}
    return merge_repeated(replace(folded, **narrow), groups)


@pytest.fixture
def narrow(monkeypatch):
    """Let NumPy's functions give indices of 32 bits."""

    def begin():
        monkeypatch.setattr(np, "intp", np.int32)
        for name in MAKE_INDICES:
            wide = getattr(np, name)
            monkeypatch.setattr(np, name, lambda *a, wide=wide, **k: narrowed(wide(*a, **k)))
        monkeypatch.setattr(np, "unique", narrow_but_for_values(np.unique))
        monkeypatch.setattr(pipeline, "merge_repeated", of_narrow_terms)

    return begin


def classifier():
    rng = np.random.default_rng(0)
    model = MLP(3, [4, 3], seed=0)
    X, Y = leaves("X", rng.normal(size=(3, 5))), leaves("Y", np.eye(3)[:, [0, 2, 1, 1, 0]])
    J = losses.cross_entropy.mean([model(x) for x in X.T.tolist()], Y.T.tolist())
    return lift(J, inputs={"X": X, "Y": Y}, params=model)


def recurrence():
    rng = np.random.default_rng(0)
    W, x = leaves("W", rng.normal(size=(3, 3))), leaves("x", rng.normal(size=(6, 3)))
    h = [Value(0.0)] * 3
    for step in x:
        h = [(sum(w * hi for w, hi in zip(row, h)) + xi).tanh() for row, xi in zip(W, step)]
    return lift(sum(hi * hi for hi in h), inputs={"x": x}, params=[*W.ravel()])


def repeated_terms():
    """Some terms come twice, and one connection is left out."""
    rng = np.random.default_rng(0)
    W, x = leaves("W", rng.normal(size=(4, 3))), leaves("x", rng.normal(size=3))
    z = [sum(W[i, j] * x[j] for j in range(3) if (i, j) != (1, 2)) + W[i, 0] * x[0] for i in range(4)]
    return lift(sum(zi.tanh() for zi in z), inputs={"x": x}, params=[*W.ravel()])


@pytest.mark.parametrize("made", [classifier, recurrence, repeated_terms])
def test_a_program_is_the_same_with_indices_of_32_bits(made, narrow):
    wide = made()
    narrow()
    short = made()
    assert np.arange(3).dtype == np.intp == np.int32
    assert str(short) == str(wide)
    inputs = {name: np.full(shape, 0.3) for name, shape in shapes(wide).items()}
    one, other = wide(**inputs), short(**inputs)
    assert one.loss == other.loss
    assert all(np.array_equal(one.grads[name], other.grads[name]) for name in one.grads)


def shapes(program):
    """Those of the inputs, as the listing has them."""
    line = next(line for line in str(program).splitlines() if line.startswith("inputs"))
    parts = line.removeprefix("inputs").replace(")", ");").split(";")
    found = (part.strip(" ,").split(" ", 1) for part in parts if "(" in part)
    return {name: eval(shape) for name, shape in found}
