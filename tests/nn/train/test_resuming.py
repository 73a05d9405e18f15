"""Any run, cut anywhere and resumed any number of times, ends in the same bits as the one that was not cut.

``pytest tests/nn/train/test_resuming.py --hypothesis-profile=many`` makes hundreds of cuts.
"""

import signal
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import MLP, CheckpointError, Diverged, fit, load_model
from nn.train.engines import ENGINES, MatrixEngine
from nn.train.optim import OPTIMIZERS, SCHEDULES, SGD, Adam, ReduceLROnPlateau, schedule_named
from tests.examples import examples

pytestmark = pytest.mark.long

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 13))
CLASSES = (X[0] + 0.7 * RNG.normal(size=13) > 0).astype(int)


class Counter:
    """A callback with a state, which ends training after so many epochs."""

    def __init__(self, last):
        self.last, self.seen = last, []

    def __call__(self, history):
        self.seen.append(history.train_loss[-1])
        return len(self.seen) >= self.last

    def state_dict(self):
        return {"seen": self.seen}

    def load_state_dict(self, state):
        self.seen = list(state["seen"])


class Cut(Exception):
    pass


class Engine:
    """An engine that cuts the run in one of its passes: by Ctrl-C, which saves, or by an error."""

    def __init__(self, kind, cut, how):
        self.kind, self.cut, self.how, self.made = kind, cut, how, 0

    def __call__(self, *arguments):
        runner = self.kind(*arguments)
        run = runner.run

        def step(*batch):
            self.made += 1
            if self.made == self.cut:
                if self.how == "kill":
                    raise Cut
                signal.raise_signal(signal.SIGINT)
            return run(*batch)

        runner.run = step
        return runner


def run(settings, engine="matrix", cut=0, how="", **options):
    """Train once; the model and the history, which is None if it was killed."""
    model, kind = MLP(2, [3, 2], seed=1), ENGINES[engine]
    made = {key: settings[key] and settings[key]() for key in ("optimizer", "callback")}
    ENGINES[engine] = Engine(kind, cut, how)
    try:
        history = fit(model, X, CLASSES, engine=engine, **(settings | made | options))
    except Cut:
        history = None
    finally:
        ENGINES[engine] = kind
    return model, history, made["callback"]


def optimizer(name, schedule, clipped):
    rate = 3.0 * OPTIMIZERS[name].rate
    return OPTIMIZERS[name].make(
        schedule_named(schedule, rate, 30), **({"clip_norm": 0.5} if clipped else {})
    )


@st.composite
def trainings(draw):
    """Settings of a training, with everything that may have a state."""
    name, schedule = draw(st.sampled_from(sorted(OPTIMIZERS))), draw(st.sampled_from(sorted(SCHEDULES)))
    return {
        "loss": "cross_entropy",
        "optimizer": partial(optimizer, name, schedule, draw(st.booleans())),
        "epochs": draw(st.integers(1, 7)),
        "batch_size": draw(st.sampled_from([2, 5, None])),
        "validation": draw(st.sampled_from([None, 0.2])),
        "patience": draw(st.sampled_from([None, 1, 2, 4])),
        "restarts": draw(st.integers(0, 2)),
        "class_weight": draw(st.sampled_from([None, "balanced"])),
        "metrics": draw(st.sampled_from([None, ["f1", "auc"]])),
        "callback": draw(st.sampled_from([None, partial(Counter, 5)])),
        "l2": draw(st.sampled_from([0.0, 0.01])),
        "record": draw(st.sampled_from([(), ("gradient_norms",)])),
    }


def same(one, other):
    return all(np.array_equal(each, other[name]) for name, each in one.items()) and one.keys() == other.keys()


def without_time(history):
    """What it holds but the time, as text: nan, as of a metric without meaning, is like nan there."""
    return repr({key: each for key, each in vars(history).items() if key != "seconds"})


@examples(times=1 / 2)
@given(settings=trainings(), data=st.data())
def test_a_run_that_is_cut_anywhere_ends_as_the_one_that_is_not(tmp_path_factory, settings, data):
    folder = tmp_path_factory.mktemp("run")
    whole, expected, counted = run(settings, save=folder / "whole.npz")
    path = folder / "run.npz"
    for _ in range(data.draw(st.integers(1, 4))):
        cut = data.draw(st.integers(1, expected.steps + 1))
        run(settings, cut=cut, how=data.draw(st.sampled_from(["kill", "signal"])), save=path, resume=True)
    for _ in range(2):  # the second time there is nothing left to do
        model, history, callback = run(settings, save=path, resume=True)
        assert same(model.state_dict(), whole.state_dict())
        assert without_time(history) == without_time(expected)
        assert callback is None or callback.seen == counted.seen
        assert same(load_model(path)[0].state_dict(), whole.state_dict())


@pytest.mark.parametrize("engine", ENGINES)
def test_weighted_samples_are_gone_on_with_in_every_engine(tmp_path, engine):
    settings = {
        "loss": "cross_entropy",
        "optimizer": partial(Adam, 0.1),
        "callback": None,
        "sample_weight": RNG.random(13),
        "epochs": 3,
        "batch_size": 4,
    }
    whole, expected, _ = run(settings, engine)
    for cut in (1, 4, 6, 9):
        run(settings, engine, cut, "signal", save=tmp_path / f"{cut}.npz")
        model, history, _ = run(settings, engine, resume=tmp_path / f"{cut}.npz")
        assert same(model.state_dict(), whole.state_dict())
        assert without_time(history) == without_time(expected)


def test_a_run_that_goes_back_goes_back_alike_when_it_is_resumed(tmp_path):
    """The first loss counts, which is that of a batch before the cut; so does how much slower it is."""
    settings = {
        "loss": "mse",
        "optimizer": partial(SGD, 40.0),
        "callback": None,
        "restarts": 3,
        "epochs": 6,
        "batch_size": 4,
    }
    model = partial(MLP, 2, [3, 1], "linear", seed=1)
    whole, path = model(), tmp_path / "run.npz"
    made = {key: each for key, each in settings.items() if key != "optimizer"}
    expected = fit(whole, X, CLASSES, optimizer=SGD(40.0), engine="matrix", **made)
    assert 1 <= len(expected.restarts) <= 3 and expected.epochs == 6
    for cut in range(1, expected.steps + 1):
        path.unlink(missing_ok=True)
        ENGINES["matrix"] = Engine(MatrixEngine, cut, "signal")
        try:
            fit(model(), X, CLASSES, optimizer=SGD(40.0), engine="matrix", save=path, **made)
        finally:
            ENGINES["matrix"] = MatrixEngine
        again = model()
        history = fit(again, X, CLASSES, optimizer=SGD(40.0), engine="matrix", resume=path, **made)
        assert same(again.state_dict(), whole.state_dict()), cut
        assert without_time(history) == without_time(expected)


def test_a_run_that_went_back_often_enough_diverges():
    with pytest.raises(Diverged) as gave_up:
        fit(MLP(2, [3, 1], "linear"), X, CLASSES, optimizer=SGD(1e9), restarts=2, epochs=5)
    assert len(gave_up.value.history.restarts) == 2
    assert gave_up.value.rate == pytest.approx(1e7)
    with pytest.raises(ValueError, match="restarts is a whole number, 0 or more, got -1"):
        fit(MLP(2, [3, 1]), X, CLASSES, restarts=-1)


def test_a_training_that_has_ended_says_so_and_changes_nothing(tmp_path, capsys):
    path = tmp_path / "run.npz"
    settings = {"loss": "cross_entropy", "epochs": 40, "validation": 0.3, "patience": 2, "save": path}
    expected = fit(MLP(2, [3, 2], seed=1), X, CLASSES, optimizer=SGD(2.0), **settings)
    assert expected.epochs < 40 and expected.stopped
    before = path.read_bytes()
    model = MLP(2, [3, 2], seed=8)
    history = fit(model, X, CLASSES, optimizer=SGD(2.0), resume=True, **settings)
    assert path.read_bytes() == before
    assert without_time(history) == without_time(expected)
    said = f"run.npz holds a training that has ended, after {expected.epochs} epochs; nothing changed"
    assert said in capsys.readouterr().out
    assert fit(model, X, CLASSES, optimizer=SGD(2.0), resume=True, **(settings | {"patience": 4})).epochs > (
        expected.epochs
    )


def test_with_patience_the_best_weights_are_left_however_training_ends():
    model, seen = MLP(2, [3, 2], seed=1), []
    options = {"loss": "cross_entropy", "validation": 0.3, "patience": 50, "epochs": 30}
    history = fit(model, X, CLASSES, optimizer=SGD(3.0), callback=seen.append, **options)
    assert history.epochs == 30 > history.best_epoch and history.stopped == ""
    alone = MLP(2, [3, 2], seed=1)
    options |= {"epochs": history.best_epoch, "patience": None}
    fit(alone, X, CLASSES, optimizer=SGD(3.0), **options)
    assert same(model.state_dict(), alone.state_dict())
    assert len(seen) == 30


def test_resuming_needs_a_file_to_be_named_and_none_to_exist(tmp_path):
    with pytest.raises(ValueError, match="resume=True goes on from the file of save, so it needs one"):
        fit(MLP(2, [3, 1]), X, CLASSES, resume=True)
    history = fit(MLP(2, [3, 1]), X, CLASSES, epochs=2, resume=True, save=tmp_path / "new.npz")
    assert history.epochs == 2
    for folder in (tmp_path, tmp_path / "missing" / "new.npz"):
        with pytest.raises(OSError):
            fit(MLP(2, [3, 1]), X, CLASSES, epochs=2, save=folder, callback=lambda history: 1 / 0)


def test_callbacks_are_checked_by_name_and_metrics_too(tmp_path):
    path = tmp_path / "run.npz"
    fit(MLP(2, [3, 1]), X, CLASSES, epochs=1, save=path, callback=Counter(9), metrics="r2")
    for options in ({"callback": print, "metrics": "r2"}, {"callback": Counter(9), "metrics": "rmse"}):
        with pytest.raises(CheckpointError, match=r"is of training with (callback|metrics) "):
            fit(MLP(2, [3, 1]), X, CLASSES, epochs=2, resume=path, **options)
    with pytest.raises(TypeError, match="callback is a function of the history, got 3"):
        fit(MLP(2, [3, 1]), X, CLASSES, callback=3)


def test_a_callback_ends_training_and_a_schedule_sees_the_losses():
    schedule, losses = ReduceLROnPlateau(0.5, patience=0), []
    schedule.observe = losses.append
    history = fit(MLP(2, [3, 1], seed=1), X, CLASSES, optimizer=SGD(schedule), epochs=9, callback=Counter(4))
    assert history.epochs == 4 and history.stopped.startswith(
        "stopped by the callback after epoch 4; the weights"
    )
    assert losses == history.train_loss
