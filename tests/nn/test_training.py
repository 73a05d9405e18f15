"""fit learns, the same with every engine, and refuses what makes no sense."""

import numpy as np
import pytest

from nn import MLP, fit
from nn.engines import ENGINES
from nn.losses import LOSSES
from nn.optim import SGD

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 21))
CLASSES = (X[0] * X[1] > 0).astype(int)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_engine_has_the_same_history_and_weights(loss):
    runs = []
    for engine in ENGINES:
        model = MLP(2, [4, LOSSES[loss].outputs(2)], seed=1)
        Y = LOSSES[loss].from_classes(CLASSES, 2)
        held_out = X[:, :5], Y[:, :5]
        history = fit(
            model, X, Y, loss=loss, l2=0.01, epochs=4, batch_size=8, engine=engine, validation=held_out
        )
        runs.append((vars(history), model.state_dict()))
    (history, weights), *others = runs
    assert [len(numbers) for numbers in history.values()] == [4] * 4
    for other_history, other_weights in others:
        for name, numbers in history.items():
            np.testing.assert_allclose(other_history[name], numbers, rtol=1e-12)
        for name, array in weights.items():
            np.testing.assert_allclose(other_weights[name], array, rtol=1e-11, atol=1e-14)


def test_a_step_of_full_batch_training_is_gradient_descent_on_the_mean_loss():
    model, same = MLP(2, [3, 1], seed=2), MLP(2, [3, 1], seed=2)
    y = np.sin(X[:1])
    history = fit(model, X, y, epochs=1, optimizer=SGD(0.5))
    J = LOSSES["mse"].mean([same(x) for x in X.T], y.T.tolist())
    J.backward()
    assert history.train_loss == [pytest.approx(J.data, rel=1e-14)]
    for after, before in zip(model.parameters(), same.parameters(), strict=True):
        assert after.data == pytest.approx(before.data - 0.5 * before.grad, rel=1e-12)


def test_training_learns_what_a_line_cannot_tell_apart():
    model = MLP(2, [8, 2], seed=0)
    history = fit(
        model, X, CLASSES, loss="cross_entropy", epochs=150, batch_size=7, optimizer=SGD(0.3), engine="matrix"
    )
    assert history.train_accuracy[-1] == 1.0
    assert history.train_loss[-1] < 0.2 * history.train_loss[0]


def test_every_sample_is_seen_once_an_epoch_in_an_order_of_the_seed(monkeypatch):
    seen = []

    class Engine(ENGINES["matrix"]):
        def run(self, X, Y):
            seen.append(X[0].tolist())
            return super().run(X, Y)

    monkeypatch.setitem(ENGINES, "matrix", Engine)

    def run(seed):
        seen.clear()
        numbers = np.arange(7.0)
        fit(MLP(1, [1]), numbers[None], numbers, epochs=2, batch_size=3, engine="matrix", seed=seed)
        return [list(batch) for batch in seen]

    first = run(0)
    assert [len(batch) for batch in first] == [3, 3, 1, 3, 3, 1]
    for epoch in (first[:3], first[3:]):
        assert sorted(number for batch in epoch for number in batch) == list(range(7))
    assert first[:3] != first[3:]
    assert run(0) == first != run(1)


def test_accuracy_is_measured_where_targets_are_classes_and_only_there():
    history = fit(MLP(2, [1]), X, np.sin(X[0]), epochs=2)
    assert (len(history.train_loss), history.train_accuracy, history.validation_loss) == (2, [], [])
    history = fit(MLP(2, [1]), X, CLASSES, loss="mse", epochs=2)
    assert len(history.train_accuracy) == 2
    assert fit(MLP(2, [1]), X, CLASSES, epochs=0).train_loss == []


def test_the_progress_bar_shows_epochs_and_loss(capsys):
    history = fit(MLP(2, [1]), X, CLASSES, epochs=3, progress=True)
    out = capsys.readouterr().out
    assert "3/3 epochs" in out
    assert f"loss {history.train_loss[-1]:.4f}" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "epochs is a whole number, 0 or more, got -1"),
        ({"epochs": 1.5}, "got 1.5"),
        ({"batch_size": 0}, "batch_size is at least 1, got 0"),
        ({"engine": "scalars"}, "no engine 'scalars'; did you mean 'scalar'"),
        ({"loss": "cross_entropy"}, "needs an output for each of two or more classes"),
        ({"X": X.T}, r"X has shape \(2, m\), .*; its transpose fits: pass X\.T"),
        ({"Y": CLASSES[:5]}, r"Y has shape \(1, 21\), columns are samples, got \(5,\)"),
        ({"validation": (X.T, CLASSES)}, r"X has shape \(2, m\)"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(options, message):
    model = MLP(2, [3, 1])
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        fit(model, **({"X": X, "Y": CLASSES} | options))
    assert all((each == before[name]).all() for name, each in model.state_dict().items())
