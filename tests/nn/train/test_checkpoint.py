"""Checkpoints are whole or refused, and a resumed training ends as one that was never stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nn import MLP, CheckpointError, fit, load_model, save_model
from nn.train.checkpoint import FORMAT, Checkpoint
from nn.train.engines import ENGINES
from nn.train.optim import SGD, Adam, AdamW, Cosine

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 11))
CLASSES = (X[0] > X[1]).astype(int)
OPTIMIZERS = {
    "sgd": lambda: SGD(0.2),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "adam": lambda: AdamW(Cosine(0.05, 12)),
}


def train(model, optimizer, epochs=4, **options):
    settings = {"loss": "cross_entropy", "batch_size": 4, "validation": 0.2, "l2": 0.01, "engine": "matrix"}
    return fit(model, X, CLASSES, optimizer=optimizer, epochs=epochs, **(settings | options))


def same(one, other):
    return all(np.array_equal(each, other[name]) for name, each in one.items()) and one.keys() == other.keys()


@pytest.fixture
def stop_after(monkeypatch):
    """Press Ctrl-C in the step with that number."""

    def stop_after(engine, step):
        kind = ENGINES[engine]

        class Stopping(kind):
            made = 0

            def run(self, X, Y):
                self.made += 1
                if self.made == step:
                    signal.raise_signal(signal.SIGINT)
                return super().run(X, Y)

        monkeypatch.setitem(ENGINES, engine, Stopping)
        return lambda: monkeypatch.setitem(ENGINES, engine, kind)

    return stop_after


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_stopped_at_any_step_ends_in_the_same_weights(engine, optimizer, tmp_path, stop_after):
    whole = MLP(2, [3, 2], seed=1)
    expected = train(whole, OPTIMIZERS[optimizer](), engine=engine)
    for step in range(1, expected.steps, 1 if optimizer == "adam" else 5):
        path, go_on = tmp_path / f"{step}.npz", stop_after(engine, step)
        history = train(MLP(2, [3, 2], seed=1), OPTIMIZERS[optimizer](), engine=engine, save=path)
        assert history.steps == step
        go_on()
        model = MLP(2, [3, 2], seed=9)  # another seed, since the weights are in the file
        history = train(model, OPTIMIZERS[optimizer](), engine=engine, resume=path)
        assert same(model.state_dict(), whole.state_dict())
        assert history.curves() == expected.curves()
        assert (history.steps, history.stopped) == (expected.steps, "")


def test_a_finished_run_goes_on_for_more_epochs(tmp_path):
    whole, model = MLP(2, [3, 2], seed=1), MLP(2, [3, 2], seed=1)
    expected = train(whole, Adam(0.05), epochs=5)
    train(model, Adam(0.05), epochs=2, save=tmp_path / "run.npz")
    history = train(model, Adam(0.05), epochs=5, resume=tmp_path / "run.npz", save=tmp_path / "run.npz")
    assert same(model.state_dict(), whole.state_dict())
    assert history.curves() == expected.curves()
    loaded, notes = load_model(tmp_path / "run.npz")
    assert same(loaded.state_dict(), whole.state_dict())
    assert (repr(loaded), notes) == (repr(whole), {})


def test_the_model_in_the_file_of_a_stopped_run_has_the_best_weights(tmp_path, stop_after):
    stop_after("matrix", 8)
    model = MLP(2, [3, 2], seed=1)
    train(model, Adam(0.05), save=tmp_path / "run.npz")
    assert same(load_model(tmp_path / "run.npz")[0].state_dict(), model.state_dict())


def test_a_model_and_notes_are_saved_and_loaded(tmp_path):
    model = MLP(3, [4, 2], "relu", "softmax", seed=3)
    save_model(model, tmp_path / "model.npz", {"classes": ["no", "yes"], "mean": [0.1, 0.2]})
    loaded, notes = load_model(tmp_path / "model.npz")
    assert notes == {"classes": ["no", "yes"], "mean": [0.1, 0.2]}
    assert repr(loaded) == repr(model)
    assert same(loaded.state_dict(), model.state_dict())
    with pytest.raises(CheckpointError, match="holds a network, no training to go on with"):
        train(MLP(2, [3, 2]), Adam(), resume=tmp_path / "model.npz")


def refused(path, message, optimizer=None, sizes=(3, 2), **options):
    """Resuming raises, and neither the model nor the optimiser nor the file has changed."""
    model, optimizer = MLP(2, list(sizes), seed=7), optimizer or Adam(0.05)
    weights, content = model.state_dict(), path.read_bytes()
    with pytest.raises(CheckpointError, match=message):
        train(model, optimizer, resume=path, save=path, **options)
    assert same(model.state_dict(), weights)
    assert (optimizer.t, optimizer.memory) == (0, {})
    assert path.read_bytes() == content


@pytest.fixture
def saved(tmp_path):
    train(MLP(2, [3, 2], seed=1), Adam(0.05), epochs=2, save=tmp_path / "run.npz")
    return tmp_path / "run.npz"


def test_a_checkpoint_of_another_training_is_refused(saved):
    refused(saved, r"of training with sizes \[2, 3, 2\], not \[2, 5, 2\]", sizes=(5, 2))
    refused(saved, "of training with optimizer 'Adam.*0.05.*', not 'Adam.*0.06", Adam(0.06))
    refused(saved, "of training with l2 0.01, not 0.02", l2=0.02)
    refused(saved, "of training with batch_size 4, not 3", batch_size=3)
    refused(saved, "of training with seed 0, not 1", seed=1, validation=None)
    refused(saved, "is of other training data", validation=0.4, seed=0, batch_size=4)


def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(saved):
    whole = saved.read_bytes()
    for length in (0, 1, 10, 100, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        saved.write_bytes(whole[:length])
        refused(saved, "is not a checkpoint, or not a whole one: .*; nothing was loaded")
    with pytest.raises(FileNotFoundError):
        train(MLP(2, [3, 2]), Adam(), resume=saved.with_name("other.npz"))


def test_a_file_with_a_changed_byte_is_refused(saved):
    whole = saved.read_bytes()
    with zipfile.ZipFile(saved) as archive:
        info = archive.getinfo("params/W1.npy")
    place = info.header_offset + 30 + len(info.filename) + info.file_size - 3
    for at in (place, *np.linspace(0, len(whole) - 1, 40, dtype=int)):
        changed = bytearray(whole)
        changed[at] ^= 1
        saved.write_bytes(bytes(changed))
        model = MLP(2, [3, 2], seed=7)
        before = model.state_dict()
        try:
            Checkpoint.read(saved)
        except CheckpointError:
            with pytest.raises(CheckpointError):
                train(model, Adam(0.05), resume=saved)
            assert same(model.state_dict(), before)
        else:  # a byte of the container that carries nothing, such as a date
            saved.write_bytes(whole)
            assert at != place


def test_an_edited_file_is_refused(saved):
    with np.load(saved) as file:
        arrays = dict(file)
    for change in (
        {"params/W1": arrays["params/W1"] + 1e-9},
        {"about": np.array(str(arrays["about"]).replace('"seed": 0', '"seed": 1'))},
        {"extra": np.zeros(3)},
    ):
        np.savez(saved, **(arrays | change))
        refused(saved, "was changed after it was written")
    np.savez(saved, **{name: each for name, each in arrays.items() if name != "digest"})
    refused(saved, "is not a checkpoint, or not a whole one")
    np.savez(saved, W1=np.zeros(3))
    refused(saved, "is not a checkpoint")


def test_an_edited_file_with_a_digest_of_its_own_is_refused_too(saved):
    found = Checkpoint.read(saved)
    for name, array in (
        ("params/W1", np.zeros((2, 2))),
        ("optimizer/mean W1", np.zeros(3)),
        ("run/A", np.zeros((2, 2))),
    ):
        Checkpoint({**found.arrays, name: array}, found.about).write(saved)
        refused(saved, "holds arrays of other shapes than this network")
    Checkpoint({"params/W1": np.zeros(2)}, {"format": FORMAT, "kept": "params"}).write(saved)
    with pytest.raises(CheckpointError, match="holds no network of this library"):
        load_model(saved)


class Boom:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


def test_a_file_with_python_objects_is_refused_and_runs_nothing(saved, monkeypatch):
    monkeypatch.chdir(saved.parent)
    with np.load(saved) as file:
        arrays = dict(file)
    np.savez(saved, **(arrays | {"params/W1": np.array([Boom()], dtype=object)}))
    refused(saved, "it holds Python objects, which might run code when loaded")
    np.save(saved.with_name("one.npy"), np.array([Boom()], dtype=object))
    refused(saved.with_name("one.npy"), "it has not the form of an .npz file")
    assert not Path("unpickled").exists()


WRITER = """
import sys, numpy as np
from nn.train.checkpoint import FORMAT, Checkpoint
n = 0
while True:
    Checkpoint({"params/W": np.full((100, 100), float(n))}, {"format": FORMAT, "n": n}).write(sys.argv[1])
    print("written", flush=True) if not n else None
    n += 1
"""


def test_a_kill_at_any_moment_leaves_a_whole_checkpoint(tmp_path):
    path = tmp_path / "run.npz"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    rng = np.random.default_rng()
    seen = set()
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
            assert writer.stdout.readline() == b"written\n"
            time.sleep(rng.uniform(0.0, 0.05))
            writer.kill()
        found = Checkpoint.read(path)
        assert (found.arrays["params/W"] == found.about["n"]).all()
        seen.add(found.about["n"])
    assert max(seen) > 0


def test_a_file_that_cannot_be_written_leaves_the_old_one(saved, monkeypatch):
    before = saved.read_bytes()
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        save_model(MLP(2, [3, 2]), saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_the_description_is_readable_by_other_programs(saved):
    with np.load(saved) as file:
        about = json.loads(str(file["about"]))
        assert file["params/W1"].shape == (3, 2)
    assert about["sizes"] == [2, 3, 2]
    assert about["activations"] == ["tanh", "linear"]
    assert about["optimizer"].startswith("Adam(learning_rate=0.05, ")
