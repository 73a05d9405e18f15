"""Models written in scalars: every program, batched or not, and its source agree with the graph."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import functions, lift
from benchmarks import graphs

pytestmark = pytest.mark.long

MODELS = {
    "MLP, hinge loss": lambda: graphs.mlp((2, 16, 16, 1), 20),
    "MLP, cross-entropy": lambda: graphs.mlp((5, 8, 3), 7, "tanh"),
    "logistic regression": lambda: graphs.logistic(15),
    "convolution": graphs.convolution,
    "RNN": graphs.rnn,
    "GRU": graphs.gru,
    "batch norm": graphs.batch_norm,
    "attention": lambda: graphs.attention((5, 3, 4), vocabulary=9, width=8, heads=2, hidden=12),
}
ONE_SAMPLE = {
    "MLP, hinge loss": lambda: graphs.mlp((2, 16, 16, 1), 1),
    "MLP, cross-entropy": lambda: graphs.mlp((5, 8, 3), 1, "tanh"),
    "logistic regression": lambda: graphs.logistic(1),
    "convolution": lambda: graphs.convolution(1, 6),
    "RNN": lambda: graphs.rnn(5, 4, 1),
    "GRU": lambda: graphs.gru(3, 4, 1),
    "attention": lambda: graphs.attention((4,), vocabulary=7, width=8, heads=2, hidden=12),
}


@pytest.mark.parametrize("wrt_inputs", [False, True])
@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_models_agree_with_the_graph(agrees, make, wrt_inputs):
    graph = make()
    program = lift(graph.loss, graph.inputs, graph.params, wrt_inputs=wrt_inputs)
    # The bias before batch normalisation has a gradient of zero, up to rounding.
    scale = 1e-3 if make is graphs.batch_norm else 0.0
    result = agrees(program, graph.loss, graph.params, graph.inputs, scale=scale)
    assert (set(graph.inputs) <= set(result.grads)) == wrt_inputs


@given(
    sizes=st.lists(st.integers(1, 7), min_size=2, max_size=4),
    m=st.integers(1, 6),
    activation=st.sampled_from(["relu", "tanh", "sigmoid", "softplus", "gelu", "silu", "sin"]),
    seed=st.integers(0, 100),
)
def test_networks_of_any_shape_agree_with_the_graph(agrees, sizes, m, activation, seed):
    graph = graphs.mlp(tuple(sizes), m, activation, seed)
    program = lift(graph.loss, graph.inputs, graph.params, wrt_inputs=True)
    agrees(program, graph.loss, graph.params, graph.inputs, scale=1e-3)


@pytest.mark.parametrize("make", ONE_SAMPLE.values(), ids=ONE_SAMPLE)
def test_a_batch_gives_the_mean_of_its_samples(make, run_source):
    graph = make()
    batched = lift(graph.loss, graph.inputs, graph.params, batch=True, wrt_inputs=True)
    single = lift(graph.loss, graph.inputs, graph.params, wrt_inputs=True)
    rng = np.random.default_rng(0)
    m = 6
    data = {name: rng.standard_normal((*array.shape, m)) for name, array in graph.data().items()}
    result = batched(**data)
    each = [single(**{name: array[..., s] for name, array in data.items()}) for s in range(m)]
    assert result.loss == pytest.approx(np.mean([r.loss for r in each]), rel=1e-12)
    for name, grad in result.grads.items():
        if name in data:  # the gradient of the mean, of each sample's own input
            expected = np.stack([r.grads[name] for r in each], axis=-1) / m
        else:
            expected = np.mean([r.grads[name] for r in each], axis=0)
        assert np.abs(grad - expected).max() <= 1e-11 * np.abs(expected).max(), name

    loss, grads = run_source(batched, **data)
    assert loss == pytest.approx(result.loss, rel=1e-12)
    assert list(grads) == list(result.grads)
    for name, grad in result.grads.items():
        assert grads[name].shape == grad.shape
        assert np.abs(grads[name] - grad).max() <= 1e-11 * np.abs(grad).max(), name


@pytest.mark.parametrize("make", ONE_SAMPLE.values(), ids=ONE_SAMPLE)
def test_a_repeated_batch_repeats_bit_for_bit(make):
    graph = make()
    program = lift(graph.loss, graph.inputs, graph.params, batch=True, wrt_inputs=True)
    rng = np.random.default_rng(1)
    first, other = (
        {name: rng.standard_normal((*array.shape, m)) for name, array in graph.data().items()} for m in (5, 3)
    )
    once = program(**first)
    kept = {name: grad.copy() for name, grad in once.grads.items()}
    program(**other)
    again = program(**first)
    assert again.loss == once.loss
    for name in kept:
        assert np.array_equal(again.grads[name], kept[name])
        assert np.array_equal(once.grads[name], kept[name])  # results are the caller's to keep


@pytest.mark.parametrize("name", ["MLP, hinge loss", "attention"])
def test_source_runs_in_a_fresh_interpreter(name, tmp_path):
    graph = MODELS[name]()
    program = lift(graph.loss, graph.inputs, graph.params)
    data = graph.data()
    result = program(**data)
    np.savez(tmp_path / "arrays.npz", *program.params.values(), *data.values())
    script = tmp_path / "program.py"
    script.write_text(
        program.source()
        + "\n\narrays = np.load('arrays.npz')\nloss, grads = run(*(arrays[n] for n in arrays.files))\n"
        + "import sys\nassert 'autodiff' not in sys.modules\nnp.savez('out.npz', loss=loss, **grads)\n",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, "-I", "-W", "error", script], cwd=tmp_path, check=True, timeout=60)
    with np.load(tmp_path / "out.npz") as found:
        assert found["loss"] == pytest.approx(result.loss, rel=1e-13)
        for key, grad in result.grads.items():
            assert np.allclose(found[key], grad, rtol=1e-12, atol=1e-14 * np.abs(grad).max())


@pytest.mark.parametrize("make", [MODELS[name] for name in ("MLP, cross-entropy", "RNN", "convolution")])
def test_single_precision_agrees_to_its_digits(make):
    graph = make()
    data = graph.data()
    double = lift(graph.loss, graph.inputs, graph.params)(**data)
    program = lift(graph.loss, graph.inputs, graph.params, dtype=np.float32)
    single = program(**data)
    assert single.loss == pytest.approx(double.loss, rel=1e-5)
    assert all(array.dtype == np.float32 for array in program.params.values())
    for name, grad in single.grads.items():
        assert grad.dtype == np.float32
        assert np.abs(grad - double.grads[name]).max() <= 2e-5 * np.abs(double.grads[name]).max()


def test_every_batch_size_and_single_precision_together():
    graph = graphs.attention((3,), vocabulary=5, width=4, heads=2, hidden=6)
    program = lift(graph.loss, graph.inputs, graph.params, batch=True, dtype=np.float32)
    double = lift(graph.loss, graph.inputs, graph.params, batch=True)
    data = {name: np.repeat(array[..., None], 3, axis=-1) for name, array in graph.data().items()}
    expected = double(**data)
    for name, grad in program(**data).grads.items():
        assert np.abs(grad - expected.grads[name]).max() <= 1e-4 * max(
            np.abs(expected.grads[name]).max(), 1e-3
        )


def test_a_penalty_on_the_weights_joins_any_loss(agrees):
    graph = graphs.mlp((3, 5, 2), 4, "sigmoid")
    loss = graph.loss + 0.01 * functions.sum([p * p for p in graph.params])
    program = lift(loss, graph.inputs, graph.params)
    agrees(program, loss, graph.params, graph.inputs)
