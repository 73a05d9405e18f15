"""Training on devices is the same training, whatever they are; a missing JAX is said to be missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autodiff import BranchError
from nn import MLP, fit, optim
from nn.train.devices import ENGINE_NAMES, split_layers
from nn.train.engines import ENGINES
from nn.train.traffic import collectives

X = np.random.default_rng(3).normal(size=(2, 21))
NUMBERS = np.sin(X[:1])

needs_jax = pytest.mark.usefixtures("jax_as_it_is")


@pytest.fixture(scope="module")
def found(jax_as_it_is):
    """What eight_devices.py found in a process whose processor counts as 8 devices."""
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    root = Path(__file__).parents[3]
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-W", "error", Path(__file__).with_name("eight_devices.py")],
        env={**os.environ, **flags, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@needs_jax
@pytest.mark.parametrize("devices", ["8", "(4, 2)"])
def test_eight_devices_have_the_loss_and_gradients_of_one(found, devices):
    apart = found["wide"][devices]["apart"]
    assert apart.keys() >= {"J", "A", "W1", "b1", "W2", "b2", "W3", "b3"}
    assert max(apart.values()) <= 1e-12


@needs_jax
def test_a_step_is_one_sum_over_devices_of_the_loss_and_all_gradients_and_no_samples_are_sent(found):
    wide = found["wide"]
    shapes = sorted([[], *wide["parameters"].values()])
    numbers = sum(int(np.prod(shape)) for shape in shapes)
    assert wide["1"]["sent"] == []
    assert wide["8"]["sent"] == [["all-reduce", shapes, 8 * numbers, 8]]


@needs_jax
def test_of_a_grid_the_halves_of_a_layer_are_added_up_once_and_gradients_of_half_a_layer_are_sent(found):
    sums, gradients = found["wide"]["(4, 2)"]["sent"]
    penalties = [[], []]  # of W1 and W2
    assert sums == [
        "all-reduce",
        [*penalties, [256, 1024]],
        8 * (2 + 256 * 1024),
        2,
    ]  # Z2 of a quarter of the samples
    shapes = sorted([[], [128, 256], [128], [256, 128], [256], [10, 256], [10]])
    assert gradients[:2] == ["all-reduce", shapes] and gradients[3] == 4


@needs_jax
def test_what_a_step_sends_is_what_was_computed_on_paper(found):
    assert len(found["sent"]) == 4
    for read, computed in found["sent"].values():
        assert read == computed and all(read.values())


@needs_jax
def test_trainings_have_the_history_and_the_weights_of_the_matrix_engine(found):
    apart = found["trainings"]
    assert len(apart) > 20
    assert {name: far for name, far in apart.items() if not far <= 1e-9} == {}


@needs_jax
def test_a_training_goes_on_on_devices_and_off_them(tmp_path):
    def go_on(epochs, **engine):
        file = tmp_path / "training.npz"
        model = MLP(2, [4, 1], seed=1)
        settings = {"optimizer": optim.Adam(0.01), "epochs": epochs, "batch_size": 8}
        return fit(model, X, NUMBERS, **settings, **engine, save=file, resume=True).train_loss

    (tmp_path / "whole").mkdir()
    whole = fit(MLP(2, [4, 1], seed=1), X, NUMBERS, optimizer=optim.Adam(0.01), epochs=6, batch_size=8)
    go_on(2, engine="matrix")
    go_on(4, engine="jax")
    np.testing.assert_allclose(go_on(6, engine="lifted"), whole.train_loss, rtol=1e-12)


def test_jax_computes_in_float64_and_keeps_its_settings(jax_as_it_is):
    jax = jax_as_it_is
    before = jax.config.jax_enable_x64
    fit(MLP(2, [1]), X.astype(np.float32), NUMBERS, epochs=1, engine="jax")
    assert jax.config.jax_enable_x64 == before
    assert jax.numpy.ones(1).dtype == (np.float64 if before else np.float32)


@needs_jax
def test_what_devices_cannot_say_is_said_by_the_program():
    def bent(z):
        return z if z > 0 else 0.1 * z

    with pytest.raises(BranchError, match="decided by '>'"):
        fit(MLP(2, [4, 1], activation=bent), X, NUMBERS, engine="jax")


@needs_jax
def test_outputs_on_held_out_samples_are_those_of_the_model_where_its_formulas_do_not_hold():
    """A branch that is the same for all samples learnt from, and another for those held out."""

    def bent(z):
        return z if z > 0 else 0.1 * z

    histories = []
    for engine in ("matrix", "jax"):
        model = MLP(1, [1], activation=bent, output=bent, seed=0)
        up = np.abs(X[:1]) * np.sign(model([1.0])[0].data)
        settings = {"optimizer": optim.SGD(1e-3), "epochs": 1, "engine": engine}
        histories.append(fit(model, up, np.abs(NUMBERS), validation=(-up, np.abs(NUMBERS)), **settings))
    first, second = (history.validation_loss for history in histories)
    np.testing.assert_allclose(second, first, rtol=1e-12)


@needs_jax
@pytest.mark.parametrize(
    ("devices", "error", "says"),
    [
        (0, ValueError, "devices is how many"),
        (-1, ValueError, "devices is how many"),
        (True, TypeError, "devices is how many"),
        (2.0, TypeError, "devices is how many"),
        ("2", TypeError, "devices is how many"),
        ((2,), TypeError, "devices is how many"),
        ([], TypeError, "devices is how many"),
        ((1, 0), ValueError, "devices is how many"),
        (10**6, ValueError, "JAX sees"),
        ((1, 10**6), ValueError, "JAX sees"),
    ],
)
def test_devices_that_there_are_not(devices, error, says):
    model = MLP(2, [1])
    before = model.state_dict()
    with pytest.raises(error, match=says):
        fit(model, X, NUMBERS, engine="jax", devices=devices)
    assert all((array == before[name]).all() for name, array in model.state_dict().items())


def test_a_missing_jax_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)  # as if it were not installed
    with pytest.raises(ImportError, match=r"pip install 'duograd\[jax\]'"):
        fit(MLP(2, [1]), X, NUMBERS, engine="jax")


@pytest.mark.parametrize("engine", ENGINES)
def test_other_engines_have_no_devices(engine):
    with pytest.raises(ValueError, match="engine='jax'"):
        fit(MLP(2, [1]), X, NUMBERS, engine=engine, devices=2)


def test_an_unknown_engine_is_told_all_there_are():
    with pytest.raises(ValueError, match=", ".join(ENGINE_NAMES)):
        fit(MLP(2, [1]), X, NUMBERS, engine="tpu")


def test_layers_are_split_in_pairs_that_the_parts_divide():
    rows, columns = ("weights", None), (None, "weights")
    assert split_layers([5, 8, 6, 8, 3], 4) == {
        "W1": rows,
        "b1": ("weights",),
        "W2": columns,
        "W3": rows,
        "b3": ("weights",),
        "W4": columns,
    }
    assert split_layers([5, 7, 6, 8, 3], 4).keys() == {"W3", "b3", "W4"}
    assert split_layers([5, 8], 1) == {}
    for sizes in ([8, 8], [8, 7, 8]):
        with pytest.raises(ValueError, match="divide none"):
            split_layers(sizes, 2)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "%a.1 = f32[4,2]{1,0} all-reduce(%x), replica_groups={{0,1,2},{3,4,5}}, to_apply=%s",
            ("all-reduce", 32, 3),
        ),
        (
            "ROOT %a = f64[] all-reduce-start(%x), replica_groups=[2,4]<=[8], to_apply=%s",
            ("all-reduce", 8, 4),
        ),
        (
            "%g = (bf16[2,3]{1,0}, bf16[8,3]{1,0}) all-gather-start(%x), replica_groups=[1,4]<=[4]",
            ("all-gather", 48, 4),
        ),
        (
            "%a = s32[2]{0} all-reduce(%x), replica_groups=mesh['a'=4,'b'=2], device_ids=([4,2]T(1,0)) {'b'}",
            ("all-reduce", 8, 2),
        ),
        (
            "%p = f64[5]{0} collective-permute(%x), source_target_pairs={{0,1},{1,2},{2,0}}",
            ("collective-permute", 40, 3),
        ),
        (
            "%s = pred[10]{0} reduce-scatter(%x), replica_groups=mesh['a'=4,'b'=2] {'a','b'}, dimensions={0}",
            ("reduce-scatter", 10, 8),
        ),
    ],
)
def test_what_is_sent_is_read_in_every_way_that_xla_writes_it(line, expected):
    (found,) = collectives(f"  {line}\n  %other = f64[3]{{0}} add(%all-reduce.1, %y)\n")
    assert (found.kind, found.size, found.devices) == expected


def test_a_group_that_cannot_be_read_is_no_group_of_one():
    with pytest.raises(ValueError, match="not known here"):
        collectives("%a = f64[] all-reduce(%x), replica_groups=mesh['a'=8] {'a':(2)2}, to_apply=%s")


def test_a_ring_sends_what_its_steps_send():
    """Each device passes on a D-th, D - 1 times to add up and D - 1 times to tell all."""
    for D in (2, 3, 8):
        hlo = f"%a = f64[{24}]{{0}} KIND(%x), replica_groups=[1,{D}]<=[{D}]"
        steps = {"all-reduce": 2 * (D - 1), "all-gather": D - 1, "all-to-all": D - 1}
        for kind, number in steps.items():
            (found,) = collectives(hlo.replace("KIND", kind))
            assert found.sent() == pytest.approx(number * 24 * 8 / D)
            assert found.sent(64) > found.sent()
        (scattered,) = collectives(hlo.replace("KIND", "reduce-scatter"))
        assert scattered.sent() == pytest.approx((D - 1) * 24 * 8)
