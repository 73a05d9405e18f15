"""Programs of arrays W, X and Y are held to their graph on data that they were not recorded from."""

from itertools import product

import numpy as np

from autodiff import DomainError, leaves, lift
from tests.notation.reader import read
from tests.notation.values import NotationError

TOLERANCE = 1e-11


def data(seed, kind, scale, shape):
    """W (k, n), X (n, m) and Y (k, m), with labels that are one-hot, any between 0 and 1, or 0."""
    k, m, n = shape
    make = np.random.default_rng(seed)
    W, X = make.normal(size=(k, n)), make.normal(size=(n, m))
    W, X = (np.round(W), np.round(X)) if scale == "ties" else (scale * W, X)
    labels = {
        "one-hot": np.eye(k)[:, make.integers(0, k, m)],
        "any": make.uniform(0.1, 0.9, (k, m)),
        "zero": np.zeros((k, m)),
    }
    return {"W": W, "X": X, "Y": labels[kind]}


def recorded(loss, numbers):
    made = {name: leaves(name, array) for name, array in numbers.items()}
    return loss(**made), made


def close(found, right):
    np.testing.assert_allclose(found, right, rtol=0.0, atol=TOLERANCE * max(1.0, np.abs(right).max()))


def right_on_any_data(loss, shape, large=30.0):
    """Numbers, source and listing: for labels that are not one-hot, W·X that is large, and ties in it."""
    for scale in (1.0, large, "ties"):
        try:
            J, made = recorded(loss, data(0, "one-hot", scale, shape))
        except DomainError:
            assert scale == large  # exp without a shift
            continue
        lifted = lift(J, {"X": made["X"], "Y": made["Y"]}, made["W"].ravel().tolist())
        names = {}
        exec(lifted.source(), names)
        for seed, kind in product((1, 2), ("one-hot", "any", "zero")):
            numbers = data(seed, kind, scale, shape)
            try:
                J, made = recorded(loss, numbers)
                J.backward()
            except DomainError:
                continue
            dW = np.vectorize(lambda w: w.grad)(made["W"])
            lifted.params["W"] = numbers["W"]
            result = lifted(X=numbers["X"], Y=numbers["Y"])
            close(result.loss, J.data)
            close(result.grads["W"], dW)
            found, grads = names["run"](**numbers)
            close(found, J.data)
            close(grads["W"], dW)
            if scale == 1.0:
                says_nothing_else(lifted, numbers, J.data, dW)


def says_nothing_else(lifted, numbers, loss, dW):
    """A listing that can be read says what is computed."""
    try:
        found = read(str(lifted), numbers, lifted.constants)
    except NotationError:
        return
    close(found.loss, loss)
    close(found.gradient("W"), dW)
