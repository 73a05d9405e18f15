"""Copies and pickles of programs run alike and share nothing with the original."""

import copy
import pickle

import numpy as np
import pytest

from autodiff import lift
from benchmarks import graphs

WAYS = {"deepcopy": copy.deepcopy, "pickle": lambda program: pickle.loads(pickle.dumps(program))}


@pytest.mark.parametrize("copied", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("make", [lambda: graphs.mlp((3, 4, 2), 1, "tanh"), lambda: graphs.gru(2, 3, 1)])
def test_a_copy_runs_alike_and_apart(copied, batch, make):
    graph = make()
    program = lift(graph.loss, graph.inputs, graph.params, batch=batch)
    rng = np.random.default_rng(0)
    tail = (3,) * batch
    data = {
        name: rng.integers(0, 2, (*np.shape(values), *tail)).astype(float)
        for name, values in graph.inputs.items()
    }
    before = program(**data)
    twin = copied(program)
    assert (str(twin), twin.source(), twin.latex(), len(twin)) == (
        str(program),
        program.source(),
        program.latex(),
        len(program),
    )
    result = twin(**data)
    assert result.loss == before.loss
    assert all(np.array_equal(result.grads[name], grad) for name, grad in before.grads.items())

    for array in twin.params.values():
        array += rng.standard_normal(array.shape)
    changed = twin(**data)
    assert changed.loss != before.loss
    assert program(**data).loss == before.loss
    program.params = twin.params
    assert program(**data).loss == changed.loss


@pytest.mark.parametrize("copied", WAYS.values(), ids=WAYS)
def test_a_copy_of_a_program_and_its_model_belong_together(copied):
    graph = graphs.mlp((2, 3, 1), 2)
    program, params = copied((lift(graph.loss, graph.inputs, graph.params), graph.params))
    program.params["W1"] = 0.25
    program.push()
    assert {v.data for v in params if v.label.startswith("W1")} == {0.25}
    assert all(v.data != 0.25 for v in graph.params)
