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

from autodiff.engine.ops import OPS
from nn import MLP, CheckpointError, fit, load_model, save_model
from nn.model.activations import ACTIVATIONS, Activation
from nn.train.checkpoint import FORMAT, Checkpoint
from nn.train.engines import ENGINES
from nn.train.optim import SGD, Adam, AdamW, Cosine

pytestmark = pytest.mark.long

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


JSON = [None, True, -1, 0, 3, 1.5, float("inf"), 10**400, "", "tanh", [], [0], [[]], {}, {"a": []}]


def places(thing, path=()):
    """The way to every part of a JSON description, itself included."""
    yield path
    items = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, part in items:
        yield from places(part, (*path, key))


def put(thing, path, other):
    """A copy with the part at this place replaced; or left out, if ``other`` is the class ``object``."""
    if not path:
        return other
    copy = thing.copy()
    if other is object and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = put(copy[path[0]], path[1:], other)
    return copy


def readers(path):
    """Reading a checkpoint as a model, and going on from it."""
    yield lambda: load_model(path)
    yield lambda: train(MLP(2, [3, 2], seed=7), Adam(0.05), epochs=3, resume=path)


def test_any_description_is_read_or_refused_with_one_error(saved):
    """Each part of the description as each kind of JSON, and left out, with a digest that is right."""
    whole = Checkpoint.read(saved)
    refusals = 0
    for place in places(whole.about):
        for other in [*JSON, *([object] if place else [])]:
            about = put(dict(whole.about), place, other)
            written = json.dumps(about)
            arrays = {"about": np.array(written), "digest": np.array(whole._digest(written))}
            np.savez(saved, **arrays, **whole.arrays)
            for read in readers(saved):
                try:
                    read()
                except CheckpointError as error:
                    refusals += 1
                    assert str(saved) in str(error)
    assert refusals > 300


def test_any_array_is_read_or_refused_with_one_error(saved):
    whole = Checkpoint.read(saved)
    for name, array in whole.arrays.items():
        for other in (
            None,
            array[..., None],
            array.astype(complex) + 1j,
            array.astype(np.float32),
            np.full_like(array, np.nan),
            np.array("text"),
            np.array([], dtype=float),
            np.array(array.tolist(), dtype=str),
        ):
            others = {key: each for key, each in whole.arrays.items() if key != name or other is not None}
            Checkpoint(others | ({} if other is None else {name: other}), whole.about).write(saved)
            refusals = 0
            for read in readers(saved):
                try:
                    read()
                except CheckpointError:
                    refusals += 1
            assert refusals or name.startswith("history/"), (name, other)


def test_a_forged_size_takes_no_memory(saved):
    whole = saved.read_bytes()
    for shape in (b"(999999999, 9999)", b"(99, 2)", b"(1,)", b"()"):
        forged = whole.replace(b"'shape': (3, 2), }" + b" " * 20, (b"'shape': " + shape + b", }").ljust(38))
        assert forged != whole and len(forged) == len(whole)
        saved.write_bytes(forged)
        refused(saved, "is not a checkpoint, or not a whole one")


def test_renamed_arrays_are_refused(saved):
    with np.load(saved) as file:
        arrays = dict(file)
    for old, new in (("params/W1", "params/W1x"), ("best/b1", "best/b0"), ("optimizer/t", "optimizer/u")):
        np.savez(saved, **{new if name == old else name: array for name, array in arrays.items()})
        refused(saved, "was changed after it was written")
    order = sorted(name for name in arrays if name not in ("about", "digest"))
    assert order == sorted(order, key=lambda name: {"params/W1": "params/W1x"}.get(name, name))


def test_metrics_of_any_name_are_saved_and_gone_on_with(tmp_path):
    names = ["a/b", "x.npy", "Größe [cm]", "about", "../up", "loss ", "file", "self"]
    metrics = {name: lambda A, Y, k=k: 1000.0 + k for k, name in enumerate(names)}
    path = tmp_path / "run.npz"
    whole = train(MLP(2, [3, 2], seed=1), Adam(0.05), epochs=3, metrics=metrics)
    train(MLP(2, [3, 2], seed=1), Adam(0.05), epochs=2, metrics=metrics, save=path)
    history = train(MLP(2, [3, 2], seed=1), Adam(0.05), epochs=3, metrics=metrics, resume=path)
    assert history.curves() == whole.curves()


def test_a_resumed_run_keeps_the_best_weights_of_before(tmp_path):
    """The best epoch lies before the stop, and patience brings its weights back after it."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(2, 12)), rng.normal(size=12)  # nothing to be learnt
    options = {"batch_size": 4, "validation": (X, np.zeros(X.shape[1])), "engine": "matrix"}

    def run(epochs, **more):
        model = MLP(2, [20, 1], seed=1)
        return model, fit(model, *noise, optimizer=SGD(0.3), epochs=epochs, **options, **more)

    whole, expected = run(200, patience=5)
    stop = expected.best_epoch + 2
    run(stop, save=tmp_path / "run.npz")
    model, history = run(200, patience=5, resume=tmp_path / "run.npz")
    assert history.curves() == expected.curves() and history.epochs > stop > history.best_epoch
    assert same(model.state_dict(), whole.state_dict())


def test_the_activations_of_layers_are_saved_one_by_one(tmp_path):
    model = MLP(2, [3, 4, 3, 2], "tanh", "softmax", seed=3)
    model.layers[1].activation = "relu"
    model.layers[2].activation = ACTIVATIONS["sigmoid"]
    save_model(model, tmp_path / "model.npz")
    loaded, _ = load_model(tmp_path / "model.npz")
    names = [layer.activation.name for layer in loaded.layers]
    assert names == ["tanh", "relu", "sigmoid", "softmax"]
    assert [a.data for a in loaded([0.3, -0.4])] == [a.data for a in model([0.3, -0.4])]
    assert repr(loaded) == repr(model)
    own = Activation("tanh", OPS["relu"])
    model.layers[0].activation = own
    with pytest.raises(ValueError, match="that of layer 1 is not the 'tanh' of the library; give it another"):
        save_model(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="give it another name"):
        train(MLP(2, [3, 2], own), Adam(0.05), epochs=1, save=tmp_path / "run.npz")


def test_an_activation_of_ones_own_is_given_by_the_reader(tmp_path):
    own = Activation("own relu", OPS["relu"])
    model = MLP(2, [3, 2], own, seed=3)
    save_model(model, tmp_path / "model.npz")
    with pytest.raises(CheckpointError, match=r"no activation 'own relu'; .*If it is your own, pass custom="):
        load_model(tmp_path / "model.npz")
    loaded, _ = load_model(tmp_path / "model.npz", custom={"own relu": own})
    assert [a.data for a in loaded([0.3, -0.4])] == [a.data for a in model([0.3, -0.4])]
    train(model, Adam(0.05), epochs=2, save=tmp_path / "run.npz")
    history = train(MLP(2, [3, 2], own), Adam(0.05), epochs=3, resume=tmp_path / "run.npz")
    assert history.epochs == 3


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


def test_python_objects_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        Checkpoint({"params/W1": np.array([Boom()], dtype=object)}, {"format": FORMAT}).write(
            tmp_path / "new.npz"
        )
    assert not list(tmp_path.iterdir())


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
    for _ in range(4):
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
