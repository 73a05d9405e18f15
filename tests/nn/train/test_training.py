"""fit learns, the same with every engine, and refuses what makes no sense."""

import os
import re
import signal
import threading

import numpy as np
import pytest

import autodiff
from autodiff import softplus
from nn import MLP, Diverged, MatrixMLP, fit
from nn.losses import LOSSES, Loss, mse
from nn.train.engines import ENGINES, MatrixEngine
from nn.train.optim import SGD, Adam, AdamW

pytestmark = pytest.mark.long

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
        runs.append((history.curves(), model.state_dict()))
    (history, weights), *others = runs
    assert {name: len(curve) for name, curve in history.items()} == dict.fromkeys(
        ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"), 4
    )
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


def test_a_share_of_the_samples_is_set_aside_for_validation():
    seen = []

    def look(A, Y):
        seen.append(Y[0].tolist())
        return 0.0

    numbers = np.arange(10.0)
    fit(MLP(1, [1]), numbers[None] / 10, numbers, epochs=1, validation=0.3, metrics={"look": look})
    held_out, trained = seen
    assert (len(held_out), len(trained)) == (3, 7)
    assert sorted(held_out + trained) == numbers.tolist()


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 6])
def test_a_validation_set_may_be_of_few_samples(m):
    """Also of as many as there are words to call it by: inputs and targets, and weights."""
    few = RNG.normal(size=(2, m)), np.arange(m) % 2
    for validation in (few, [*few], (*few, np.arange(1.0, m + 1.0))):
        model = MLP(2, [2], seed=1)
        history = fit(model, X, CLASSES, loss="cross_entropy", epochs=2, validation=validation)
        J = fit(model, *few, loss="cross_entropy", sample_weight=[*validation, None][2], epochs=1).train_loss
        assert history.validation_loss[-1:] == pytest.approx(J, rel=1e-12)
        assert len(history.validation_accuracy) == 2
    for share in (0.1, 0.5, 0.99):
        history = fit(MLP(2, [2]), *few, loss="cross_entropy", epochs=1, validation=share) if m > 1 else None
        assert history is None or len(history.validation_loss) == 1


def test_metrics_of_ones_own_are_measured_on_both_data():
    metrics = {"rmse": lambda A, Y: np.sqrt(np.mean((A - Y) ** 2))}
    history = fit(MLP(2, [1]), X, np.sin(X[0]), epochs=3, validation=0.2, metrics=metrics)
    assert set(history.metrics) == {"train_rmse", "validation_rmse"}
    for data in ("train", "validation"):
        squares = np.square(history.curve(f"{data}_rmse"))
        np.testing.assert_allclose(squares, history.curve(f"{data}_loss"), rtol=1e-12)


def test_a_metric_may_have_any_other_name_that_a_history_uses():
    """Whatever a metric is called, its curve holds its numbers and no other curve does."""
    names = ["epoch", "epochs", "seconds", "steps", "stopped", "metrics", "train", "validation", "train_loss"]
    names += ["validation_loss", "curve", "best_epoch", "a/b", "A", "x.npy", "Größe [cm]", "loss "]
    metrics = {name: lambda A, Y, k=k: 1000.0 + k for k, name in enumerate(names)}
    history = fit(MLP(2, [1]), X, CLASSES, epochs=3, validation=0.3, metrics=metrics)
    assert (len(history.train_loss), len(history.validation_loss), history.epochs) == (3, 3, 3)
    for k, name in enumerate(names):
        for data in ("train", "validation"):
            assert history.curves()[f"{data}_{name}"] == [1000.0 + k] * 3
    own = {name: curve for name, curve in history.curves().items() if name not in history.metrics}
    assert own.keys() == {"train_loss", "train_accuracy", "validation_loss", "validation_accuracy"}
    assert all(number < 1000.0 for curve in own.values() for number in curve)


def test_training_stops_early_with_the_weights_of_the_best_epoch(capsys):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(2, 12)), rng.normal(size=12)  # nothing to be learnt
    options = {"optimizer": SGD(0.3), "batch_size": 4, "validation": (X, np.zeros(21))}
    model = MLP(2, [20, 1], seed=1)
    history = fit(model, *noise, **options, epochs=200, patience=5, progress=True)
    assert history.epochs == history.best_epoch + 5 < 200
    assert history.validation_loss[history.best_epoch - 1] == min(history.validation_loss)
    best = MatrixMLP.from_scalar(model).forward(X).A[2]
    assert mse.J(best, np.zeros((1, 21))) == pytest.approx(min(history.validation_loss), rel=1e-12)
    assert history.stopped in capsys.readouterr().out
    kept = f"the weights of epoch {history.best_epoch} are kept"
    assert f"no lower loss for 5 epochs; {kept}" in history.stopped


def test_a_loss_of_logits_is_refused_where_outputs_are_probabilities():
    model = MLP(2, [2], output="softmax")
    with pytest.raises(ValueError, match=r"cross_entropy takes logits .* use output='linear'"):
        fit(model, X, CLASSES, loss="cross_entropy")
    assert fit(model, X, np.eye(2)[:, CLASSES], loss="mse", epochs=2).train_accuracy


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("activation", "rate"), [("linear", 1e200), ("elu", 30.0), ("linear", 50.0)])
def test_a_diverging_run_keeps_the_last_weights_with_a_finite_loss(engine, activation, rate):
    model = MLP(2, [4, 1], activation, seed=1)
    y = np.sin(X[:1])
    with pytest.raises(Diverged, match=r"Try a smaller learning rate, such as [\d.e+]+$") as caught:
        fit(model, X, y, epochs=300, batch_size=7, optimizer=SGD(rate), engine=engine)
    error = caught.value
    assert f"training diverged in step {error.step} with learning rate {rate:g}: " in str(error)
    assert (error.rate, error.history.steps) == (rate, error.step - 1)
    assert np.isfinite(mse.J(MatrixMLP.from_scalar(model).forward(X).A[2], y))


OPTIMISERS = {
    "SGD": SGD,
    "momentum": lambda rate: SGD(rate, momentum=0.9),
    "Adam": Adam,
    "AdamW": lambda rate: AdamW(rate, weight_decay=0.5),
}


class LogCosh(Loss):
    """Of one's own; 2e overflows before e does."""

    name = "log_cosh"

    def formula(self, a, y):
        return autodiff.sum(
            [softplus(2.0 * e) - e - np.log(2.0) for e in (ak - yk for ak, yk in zip(a, y, strict=True))]
        )

    def derivative(self, A, Y):
        return np.tanh(A - Y)

    def check(self, Y):
        pass


@pytest.mark.parametrize("rate", [1e155, 1.7e308])
@pytest.mark.parametrize("loss", [*LOSSES.values(), LogCosh(), "mse of softmax"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_overflows_training_ends_with_finite_weights(engine, optimiser, loss, rate):
    """A product, a weight, the memory of an optimiser, an output, a term of a loss."""
    output, loss = ("softmax", mse) if loss == "mse of softmax" else ("linear", loss)
    model = MLP(2, [3, loss.outputs(2)], "relu", output, seed=1)
    Y = loss.from_classes(CLASSES, 2)
    optimizer, held_out = OPTIMISERS[optimiser](rate), (X[:, :5], Y[:, :5])
    with pytest.raises(
        Diverged, match=f"Try a smaller learning rate, such as {re.escape(f'{rate / 10:g}')}"
    ) as caught:
        fit(
            model,
            X,
            Y,
            loss=loss,
            epochs=2,
            batch_size=8,
            optimizer=optimizer,
            engine=engine,
            l2=0.1,
            validation=held_out,
        )
    error = caught.value
    assert str(error).startswith(f"training diverged in step {error.step} with learning rate {rate:g}: ")
    assert all(np.isfinite(array).all() for array in model.state_dict().values())
    assert np.isfinite(MatrixMLP.from_scalar(model).forward(X).A[2]).all()


def test_inputs_of_large_numbers_are_to_be_standardised():
    with pytest.raises(Diverged, match="or standardise the inputs, which reach 1e\\+03"):
        fit(MLP(1, [1]), [[1000.0, -500.0]], [1.0, 2.0], epochs=200)


class InterruptAt:
    """An engine that presses Ctrl-C in the steps with these numbers, counted from 1."""

    def __init__(self, engine, *steps):
        self.engine, self.steps, self.made = engine, steps, 0

    def __call__(self, *arguments):
        runner = self.engine(*arguments)
        run = runner.run

        def step(X, Y):
            self.made += 1
            if self.made in self.steps:
                signal.raise_signal(signal.SIGINT)
            return run(X, Y)

        runner.run = step
        return runner


def test_ctrl_c_ends_after_the_step_with_the_best_weights(monkeypatch, capsys):
    monkeypatch.setitem(ENGINES, "matrix", InterruptAt(ENGINES["matrix"], 7))
    before = signal.getsignal(signal.SIGINT)
    model = MLP(2, [3, 1], seed=1)
    history = fit(model, X, CLASSES, epochs=9, batch_size=8, engine="matrix")
    assert (history.steps, history.epochs) == (7, 2)  # of 3 steps an epoch
    assert history.stopped.startswith("stopped by Ctrl-C after step 7; the weights of epoch 2 are kept")
    assert history.stopped in capsys.readouterr().out
    after_two = MLP(2, [3, 1], seed=1)
    fit(after_two, X, CLASSES, epochs=2, batch_size=8, engine="matrix")
    assert all((each == after_two.state_dict()[name]).all() for name, each in model.state_dict().items())
    assert signal.getsignal(signal.SIGINT) is before
    monkeypatch.setitem(ENGINES, "matrix", InterruptAt(MatrixEngine, 1))
    history = fit(model, X, CLASSES, epochs=9, batch_size=8, engine="matrix")
    assert history.stopped == (
        "stopped by Ctrl-C after step 1; no epoch was finished, so the weights are kept as they are"
    )


def test_the_progress_bar_shows_epochs_loss_and_speed(capsys):
    history = fit(MLP(2, [1]), X, CLASSES, epochs=3, progress=True)
    out = capsys.readouterr().out
    assert "3/3 epochs" in out
    assert f"loss {history.train_loss[-1]:.4f}" in out
    assert "samples/s" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "epochs is a whole number, 0 or more, got -1"),
        ({"epochs": 1.5}, "got 1.5"),
        ({"batch_size": 0}, "batch_size is a whole number, 1 or more, got 0"),
        ({"patience": 0}, "patience is a whole number, 1 or more, got 0"),
        ({"metrics": {"loss": mse.J}}, "a history has a curve 'loss' of its own, .* such as 'my_loss'"),
        ({"metrics": {"accuracy": mse.J}}, "a history has a curve 'accuracy' of its own"),
        ({"metrics": {"": mse.J}}, "a metric is called by a word, such as 'rmse', got ''"),
        ({"metrics": {3: mse.J}}, "got 3"),
        ({"l2": -0.1}, "l2 is the strength of the penalty on weights, 0 or more, got -0.1"),
        ({"validation": 1.0}, "a share of the 21 samples, between 0 and 1, got 1.0"),
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


@pytest.mark.parametrize("what", ["network", "optimiser"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_second_training_of_the_same_waits_for_nothing_and_mixes_nothing(engine, what):
    """Started while the first goes on: in a metric, and in another thread."""
    refusals = []

    def second():
        mine = MLP(2, [3, 1], seed=1) if what == "optimiser" else model
        try:
            fit(mine, X, CLASSES, epochs=2, optimizer=optimizer if what == "optimiser" else SGD(0.1))
        except RuntimeError as error:
            refusals.append(str(error))

    def metric(A, Y):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(30)
        second()
        return 0.0

    alone, model = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    fit(alone, X, CLASSES, epochs=3, engine=engine, optimizer=SGD(0.3, momentum=0.9))
    optimizer = SGD(0.3, momentum=0.9)
    fit(model, X, CLASSES, epochs=3, engine=engine, optimizer=optimizer, metrics={"second": metric})
    assert len(refusals) == 6
    assert all(f"this {what} is in another training" in text for text in refusals)
    assert [p.data for p in model.parameters()] == [p.data for p in alone.parameters()]
    fit(model, X, CLASSES, epochs=1, optimizer=optimizer)


def test_a_training_that_failed_leaves_the_network_free():
    model = MLP(2, [3, 1])
    with pytest.raises(Diverged):
        fit(model, X, CLASSES, epochs=300, optimizer=SGD(1e200))
    with pytest.raises(FileNotFoundError):
        fit(model, X, CLASSES, epochs=1, resume="missing.npz")
    assert fit(model, X, CLASSES, epochs=1).epochs == 1


def test_where_no_bar_moves_lines_tell_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr("nn.train.fit_loop.SILENCE", -1e9)
    monkeypatch.setattr("nn.train.fit_loop.REFRESH", 0.0)
    fit(MLP(2, [1]), X, CLASSES, epochs=3, progress=True)
    out = capsys.readouterr().out
    assert all(f"training {epoch}/3 epochs loss " in out for epoch in (1, 2, 3))
    fit(MLP(2, [1]), X, CLASSES, epochs=3)
    assert capsys.readouterr().out == ""


def test_a_training_goes_on_when_nobody_reads_how_far_it_is(monkeypatch):
    """Of a library, which never ends the process it is in."""
    monkeypatch.setattr("nn.train.fit_loop.SILENCE", 0.0)
    reading, writing = os.pipe()
    os.close(reading)
    settings = {"loss": "cross_entropy", "epochs": 5, "engine": "matrix", "progress": True}
    with pytest.raises(BrokenPipeError), open(writing, "w", encoding="utf-8") as output:  # as it is closed
        monkeypatch.setattr("sys.stdout", output)
        history = fit(MLP(2, [3, 2]), X, CLASSES, **settings)
    assert history.epochs == 5


@pytest.mark.parametrize("engine", ["scalar", "matrix", "lifted"])
def test_lengths_of_gradients_are_recorded_before_they_are_clipped(engine):
    X, Y = np.array([[0.5, -1.0, 0.3], [1.0, 2.0, -0.7]]), np.array([[1.0, 0.0, 1.0]])
    model = MLP(2, [3, 1], seed=1)
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward(X)
    right = twin.backward(cache, mse.dA(cache.A[2], Y)).params
    options = {"epochs": 2, "engine": engine, "clip_norm": 1e-3, "record": "gradient_norms"}
    history = fit(model, X, Y, **options)
    assert history.gradient_norms.keys() == right.keys()
    for name, norms in history.gradient_norms.items():
        assert len(norms) == 2
        assert norms[0] == pytest.approx(np.sqrt((right[name] ** 2).sum()), rel=1e-12)
    assert fit(model, X, Y, epochs=1).gradient_norms == {}
    batches = fit(MLP(2, [3, 1], seed=1), X, Y, epochs=1, batch_size=2, record=["gradient_norms"])
    assert all(len(norms) == 1 and norms[0] > 0.0 for norms in batches.gradient_norms.values())
    with pytest.raises(ValueError, match="there is no record 'gradients'; did you mean 'gradient_norms'"):
        fit(model, X, Y, record=["gradients"])
