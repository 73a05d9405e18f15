"""What the tests of lifting share: comparisons of a program with the graph it came from."""

import numpy as np
import pytest

from autodiff import Value, topological_order
from autodiff.labels import gather


def _data(values):
    return np.vectorize(lambda node: node.data, otypes=[float])(np.array(values, dtype=object))


def _eager_gradients(root, arrays):
    """∂root/∂array by name, from the scalar engine."""
    for node in topological_order(root):
        node.grad = 0.0
    for array in arrays.values():
        for value in array.ravel():
            value.grad = 0.0
    root.backward()
    return {
        name: np.vectorize(lambda v: v.grad, otypes=[float])(array).reshape(array.shape)
        for name, array in arrays.items()
    }


@pytest.fixture(scope="session")
def agrees():
    """Assert that a program gives the graph's loss and gradients, and so does its source.

    The tolerance is relative to the largest gradient of the same array, or with ``scale`` to that
    number if it is larger; for the loss to its own size, or 1 if that is larger.
    """

    def check(program, root, params, inputs=None, tolerance=1e-11, scale=0.0, source=True):
        inputs = {name: np.array(values, dtype=object) for name, values in (inputs or {}).items()}
        result = program(**{name: _data(values) for name, values in inputs.items()})
        assert abs(result.loss - root.data) <= tolerance * max(1.0, abs(root.data))
        expected = _eager_gradients(root, {**gather(params), **inputs})
        assert set(gather(params)) <= set(result.grads) <= set(expected)
        for name, grad in result.grads.items():
            assert grad.shape == expected[name].shape
            size = max(scale, np.abs(expected[name]).max(initial=0.0))
            assert np.abs(grad - expected[name]).max(initial=0.0) <= tolerance * size, name
        if source:
            loss, grads = run_source(program, **{name: _data(values) for name, values in inputs.items()})
            assert abs(loss - result.loss) <= tolerance * max(1.0, abs(loss))
            assert list(grads) == list(result.grads)
            for name, grad in result.grads.items():
                size = max(scale, np.abs(grad).max(initial=0.0))
                assert grads[name].shape == grad.shape
                assert np.abs(grad - grads[name]).max(initial=0.0) <= tolerance * size, name
        return result

    return check


def run_source(program, **inputs):
    """Execute the program's source, which must need nothing but NumPy."""
    namespace = {}
    exec(compile(program.source(), "<source>", "exec"), namespace)
    arrays = [np.array(inputs[name], dtype=float) for name in inputs]
    return namespace["run"](*program.params.values(), *arrays)


@pytest.fixture(name="run_source", scope="session")
def _run_source():
    return run_source


@pytest.fixture(scope="session")
def vector():
    """Makes leaf Values labelled ``name[i]``."""

    def make(name, numbers):
        return [Value(float(x), f"{name}[{i}]") for i, x in enumerate(numbers)]

    return make


@pytest.fixture(scope="session")
def matrix():
    """Makes rows of leaf Values labelled ``name[i,j]``, of random numbers."""
    rng = np.random.default_rng(0)

    def make(name, rows, columns, label=True):
        numbers = rng.standard_normal((rows, columns))
        return [
            [Value(float(x), f"{name}[{i},{j}]" if label else "") for j, x in enumerate(row)]
            for i, row in enumerate(numbers)
        ]

    return make
