"""What a file says of a network is read to the letter, or refused for the first thing that is wrong."""

import numpy as np
import pytest

from nn import MLP, CheckpointError, load_model, save_model
from nn.train.checkpoint import FORMAT, Checkpoint

SIZES, NAMES = [2, 3, 1], ["tanh", "linear"]
ARRAYS = {
    "params/W1": np.arange(6.0).reshape(3, 2),
    "params/b1": np.arange(3.0),
    "params/W2": np.arange(3.0)[None],
    "params/b2": np.ones(1),
}


def loaded(path, arrays=ARRAYS, **about):
    described = {"format": FORMAT, "sizes": SIZES, "activations": NAMES, "kept": "params", "notes": {}}
    Checkpoint(arrays, described | about).write(path)
    return load_model(path)


def test_the_network_is_the_one_described(tmp_path):
    model, notes = loaded(tmp_path / "a.npz", notes={"why": [1, None]})
    assert (list(model.sizes), notes) == (SIZES, {"why": [1, None]})
    assert [layer.activation.name for layer in model.layers] == NAMES
    for name, array in model.state_dict().items():
        assert np.array_equal(array, ARRAYS[f"params/{name}"])
    best = {name.replace("params", "best"): 2.0 * array for name, array in ARRAYS.items()}
    model, _ = loaded(tmp_path / "b.npz", ARRAYS | best, kept="best")
    assert np.array_equal(model.state_dict()["W1"], 2.0 * ARRAYS["params/W1"])


def test_arrays_that_lie_by_columns_are_read_as_they_are(tmp_path):
    turned = {name: np.asfortranarray(array) for name, array in ARRAYS.items()}
    model, _ = loaded(tmp_path / "a.npz", turned)
    assert np.array_equal(model.state_dict()["W1"], ARRAYS["params/W1"])


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"sizes": [2]}, r"sizes are two or more whole numbers from 1 on, got \[2\]"),
        ({"sizes": []}, r"sizes are two or more whole numbers from 1 on, got \[\]"),
        ({"sizes": [2, 0, 1]}, r"sizes are two or more whole numbers from 1 on, got \[2, 0, 1\]"),
        ({"sizes": [2, -3, 1]}, "sizes are two or more whole numbers"),
        ({"sizes": [2, 3.0, 1]}, "sizes are two or more whole numbers"),
        ({"sizes": [2, True, 1]}, "sizes are two or more whole numbers"),
        ({"sizes": [2, "3", 1]}, "sizes are two or more whole numbers"),
        ({"activations": ["tanh"]}, "there are 2 layers, but 1 activations"),
        ({"activations": ["tanh"] * 3}, "there are 2 layers, but 3 activations"),
        ({"activations": ["tanh", "tahn"]}, "no activation 'tahn'; did you mean 'tanh'"),
        ({"kept": "worst"}, "kept is 'params' or 'best', got 'worst'"),
        ({"kept": "best"}, r"the arrays of 'best' have not the shapes of a network of sizes \[2, 3, 1\]"),
        (
            {"sizes": [3, 2, 1]},
            r"the arrays of 'params' have not the shapes of a network of sizes \[3, 2, 1\]",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, about, message):
    with pytest.raises(CheckpointError, match=f"holds no network of this library: .*{message}"):
        loaded(tmp_path / "a.npz", **about)


def test_floats_of_another_precision_are_refused(tmp_path):
    arrays = ARRAYS | {"params/b2": np.ones(1, dtype=np.float32)}
    with pytest.raises(CheckpointError, match="the arrays of 'params' do not hold floats of 64 bits"):
        loaded(tmp_path / "a.npz", arrays)
    with pytest.raises(CheckpointError, match="have not the shapes"):
        loaded(tmp_path / "a.npz", {**ARRAYS, "params/W3": np.ones((1, 1))})


def test_the_smallest_network_of_all_is_saved_and_loaded(tmp_path):
    model = MLP(1, [1], output="relu", seed=1)
    save_model(model, tmp_path / "a.npz")
    assert repr(load_model(tmp_path / "a.npz")[0]) == repr(model)
