"""Programs that are held to their graph on other data, and what their listings say."""

import re

import numpy as np
import pytest

from autodiff import leaves, lift
from tests.notation.reader import read
from tests.notation.values import NotationError


def line(program, target):
    """The formula of an array."""
    return re.search(rf"^  {re.escape(target)} = (.*?)  +\(", str(program), re.M)[1]


def held(loss, params, inputs, reads=True, scale=1.0):
    """The program of a loss of arrays by name, whose shapes are given; its numbers, those of its source and
    those of its listing are the graph's at other data. A listing that cannot be ``read`` says nothing."""
    make = np.random.default_rng(0)
    shapes = {**params, **inputs}
    program = recorded(
        loss, {name: scale * make.normal(size=shape) for name, shape in shapes.items()}, inputs
    )
    data = {name: make.normal(size=shape) for name, shape in shapes.items()}
    made = {name: leaves(name, array) for name, array in data.items()}
    J = loss(**made)
    J.backward()
    program.params.update({name: data[name] for name in params})
    result = program(**{name: data[name] for name in inputs})
    names = {}
    exec(program.source(), names)
    found = [(result.loss, result.grads), names["run"](**data)]
    try:
        sheet = read(str(program), data, program.constants)
        found.append((sheet.loss, {name: sheet.gradient(name) for name in params}))
    except NotationError:
        assert not reads
    for value, grads in found:
        assert value == pytest.approx(J.data, rel=1e-12)
        for name in params:
            np.testing.assert_allclose(grads[name], made[name].grad, rtol=1e-10, atol=1e-11)
    return program


def recorded(loss, data, inputs):
    """The program of a loss at these numbers."""
    made = {name: leaves(name, array) for name, array in data.items()}
    params = [value for name in data if name not in inputs for value in made[name].ravel()]
    return lift(loss(**made), {name: made[name] for name in inputs}, params)
