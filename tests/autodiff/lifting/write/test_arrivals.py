"""The source keeps cotangents from flat edges as the program does, for arrays of any layout, and says
nothing of it where it cannot matter."""

import numpy as np
import pytest

from autodiff import abs, exp, grad, leaves, lift, maximum, minimum, relu, sqrt, step, sum

MIXED = [[-1.0, 4.0, 0.0], [0.25, -2.0, 1.0]]  # on both sides of the kinks, and at them
ROOTS = [[0.0, 4.0, 0.25], [0.0, 0.0, 9.0]]


def mixture(x, w):
    """Two products with w; at the place of an infinite slope the weights decide what is flat."""
    return maximum(sqrt(x) @ w.T, 1.0) - minimum(w @ sqrt(x).T, 0.5).T


def scattered(x, w):
    roots = sqrt(x).ravel()
    parts = [maximum(roots[i] * w[0, 0], 1.0) for i in (0, 2, 0, 5, 4)]
    return np.array([sum(parts[:2]), sum(parts[2:]), relu(roots[3] - 1.0), roots[2]])


PROGRAMS = {
    "the steep row nearer to the loss": (lambda x, w: sqrt(relu(x)) + w * x, MIXED),
    "a product between": (lambda x, w: sqrt(maximum(x, 0.0) * 2.0 + 0.0 * w) + w, MIXED),
    "a mask": (lambda x, w: sqrt(step(x) * abs(x)) + x, MIXED),
    "the steep row farther from the loss": (lambda x, w: maximum(sqrt(x), 1.0) + x, ROOTS),
    "a mask before": (lambda x, w: step(x) * sqrt(x) + x * w, ROOTS),
    "rows between": (lambda x, w: maximum(exp(3.0 * sqrt(x)) - 2.0, 1.0) + w * x, ROOTS),
    "matrix products": (mixture, ROOTS),
    "single elements": (scattered, ROOTS),
    "steep on both sides": (lambda x, w: sqrt(maximum(sqrt(x) - 1.0, 0.0)) + w * x, ROOTS),
    "a difference between": (lambda x, w: maximum(sqrt(x**2) - 0.1, 0.5) * w, MIXED),
    "used twice": (lambda x, w: maximum(sqrt(x), 1.0) * w + minimum(sqrt(x), 0.25), ROOTS),
}


def run(program, *arrays):
    namespace = {}
    exec(program.source(), namespace)
    with np.errstate(all="ignore"):
        return namespace["run"](*arrays)[1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_source_follows_the_rule_of_flat_edges(name):
    function, data = PROGRAMS[name]
    x, w = leaves("x", data), leaves("w", [[1.0, -0.5, 2.0], [0.0, 0.75, -1.0]])
    loss = sum(function(x, w).ravel())
    program = lift(loss, params=[*x.ravel(), *w.ravel()])
    grads = run(program, *program.params.values())
    for array, label in ((x, "x"), (w, "w")):
        np.testing.assert_allclose(grads[label].ravel(), grad(loss, [*array.ravel()]), rtol=1e-12)


@pytest.mark.parametrize(
    "name", ["the steep row nearer to the loss", "used twice", "a mask before", "vectors"]
)
def test_and_so_it_does_for_samples(name):
    def products(x, w):
        return maximum(w @ sqrt(x), 1.0)

    function = products if name == "vectors" else PROGRAMS[name][0]
    samples = np.array([[0.0, 4.0, 0.25, 0.0], [1.0, 0.0, 0.0, 0.0], [0.5, 9.0, 2.0, 0.0]])
    x, w = leaves("x", samples[:, 0]), leaves("w", [[1.0, -0.5, 2.0], [0.0, 0.75, -1.0]])
    loss = sum(function(x, w if name == "vectors" else w[0]).ravel())
    program = lift(loss, inputs={"x": x}, params=[*w.ravel()], batch=True, wrt_inputs=True)
    grads, expected = run(program, program.params["w"], samples), program(x=samples).grads
    for label, right in expected.items():
        np.testing.assert_allclose(grads[label], right, rtol=1e-12, err_msg=label)


def test_ordinary_programs_say_nothing_of_it():
    x, w = leaves("x", ROOTS), leaves("w", [[1.0, -0.5, 2.0], [0.0, 0.75, -1.0]])
    loss = sum((relu(x @ w.T) ** 2).ravel()) + sum((sqrt(x) * w).ravel())
    source = lift(loss, params=[*x.ravel(), *w.ravel()]).source()
    assert "where" not in source and "arrived" not in source
