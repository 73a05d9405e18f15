"""Run on 8 devices by test_devices.py, in a process of its own; prints what it found as JSON.

How many devices a processor counts as must be said before JAX starts.
"""

import json
from functools import partial

import jax
import numpy as np

from nn import MLP, fit, losses, optim
from nn.losses.regularised import RegularisedLoss
from nn.train.devices import JaxEngine
from nn.train.optim import OPTIMIZERS
from nn.train.traffic import collectives, on_paper

RNG = np.random.default_rng(5)
X = RNG.normal(size=(4, 103))
CLASSES = (X[0] * X[1] > 0).astype(int) + (X[2] > 0.5)
NUMBERS = np.sin(X[:2]) + 0.1 * X[2:]


def far(found, expected):
    """How far numbers are from those expected, in units of the largest of these."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    return float(np.max(np.abs(found - expected)) / max(np.max(np.abs(expected)), 1e-300))


def wide():
    """A step of MLP(256, [256, 256, 10]) on 4,096 samples, on one device, on eight, on a grid."""
    X, Y = RNG.normal(size=(256, 4096)), losses.cross_entropy.from_classes(RNG.integers(0, 10, 4096), 10)
    model = MLP(256, [256, 256, 10], seed=0)
    found, one = {}, None
    for devices in (1, 8, (4, 2)):
        engine = JaxEngine(
            model, RegularisedLoss.of("cross_entropy", 0.01), X[:, 0], Y[:, 0], devices=devices
        )
        done = engine.run(X, Y)
        one = one or done
        sent = [
            (each.kind, sorted(each.shapes), each.size, each.devices)
            for each in collectives(engine.compiled_step(X, Y))
        ]
        apart = {name: far(done.grads[name], grad) for name, grad in one.grads.items()}
        found[str(devices)] = {
            "sent": sent,
            "apart": {"J": abs(done.J - one.J), "A": far(done.A, one.A), **apart},
        }
    return {"parameters": {name: grad.shape for name, grad in one.grads.items()}, **found}


def sent():
    """Bytes by the number of devices that add them up, read off compiled steps and computed on paper."""
    networks = {
        "deep": ([6, 8, 5, 12, 4, 3], (2, 4)),
        "partly split": ([6, 7, 5, 12, 3], (4, 2)),
        "alone": ([6, 8, 3], (1, 8)),
        "one layer": ([6, 3], (8, 1)),
    }
    found = {}
    for name, (sizes, grid) in networks.items():
        X, Y = RNG.normal(size=(6, 64)), RNG.normal(size=(sizes[-1], 64))
        model = MLP(6, sizes[1:], seed=0)
        engine = JaxEngine(model, RegularisedLoss.of("mse", 0.0), X[:, 0], Y[:, 0], devices=grid)
        both = collectives(engine.compiled_step(X, Y)), on_paper(sizes, 64, *grid)
        found[name] = [
            {D: sum(each.size for each in sums if each.devices == D) for D in grid if D > 1} for sums in both
        ]
    return found


def trained(engine, devices, sizes, Y, optimizer, **settings):
    """The curves and the weights of a training."""
    model = MLP(4, sizes, activation=settings.pop("activation", "tanh"), seed=1)
    made = {
        "optimizer": optimizer(),
        "epochs": 4,
        "batch_size": 20,
        "validation": 0.2,
        "record": "gradient_norms",
    }
    history = fit(model, X[:, : Y.shape[-1]], Y, engine=engine, devices=devices, **{**made, **settings})
    return {**history.curves(), **history.gradient_norms, **model.state_dict()}


def trainings():
    """How far trainings on devices are from those of the matrix engine."""
    adam = partial(optim.Adam, 0.01)
    classes = partial(trained, sizes=[8, 3], Y=CLASSES, loss="cross_entropy", l2=0.01)
    numbers = partial(trained, sizes=[6, 2], Y=NUMBERS)
    runs = {
        "one device": partial(classes, devices=1, optimizer=adam),
        "three": partial(classes, devices=3, optimizer=adam),
        "all, some of JAX's own": partial(classes, devices=jax.devices()[3:5], optimizer=adam),
        "a grid": partial(classes, devices=(2, 4), optimizer=adam),
        "a grid, equal layers": partial(numbers, sizes=[4] * 5 + [2], devices=(2, 4), optimizer=adam),
        "more devices than samples": partial(
            numbers, Y=NUMBERS[:, :5], devices=8, optimizer=adam, validation=None
        ),
        "all samples at once": partial(numbers, devices=8, optimizer=adam, batch_size=None),
        "weights of classes, metrics": partial(
            classes,
            devices=8,
            optimizer=adam,
            class_weight="balanced",
            metrics=["balanced_accuracy"],
            clip_norm=0.5,
        ),
        "weights of samples, of which some are 0": partial(
            numbers, devices=8, optimizer=adam, validation=None, sample_weight=np.arange(103.0) % 3
        ),
        "smoothed labels": partial(
            classes, devices=8, optimizer=adam, loss=losses.CrossEntropy(label_smoothing=0.1)
        ),
        "softmax and squares": partial(
            classes, devices=8, optimizer=adam, loss="mse", Y=np.eye(3)[CLASSES].T
        ),
        "a function as activation": partial(
            numbers, devices=8, optimizer=adam, activation=lambda z: z * z.sigmoid()
        ),
        "a function as loss": partial(
            numbers, devices=8, optimizer=adam, loss=lambda a, y: (a[0] - y[0]) ** 2 + abs(a[1] - y[1])
        ),
        "a restart": partial(numbers, devices=8, optimizer=partial(optim.SGD, 60.0), restarts=3),
        **{
            f"optimiser {name}": partial(
                numbers, devices=8, optimizer=partial(choice.make, choice.rate), validation=None
            )
            for name, choice in OPTIMIZERS.items()
        },
    }
    apart = {}
    for name, run in runs.items():
        found, expected = run("jax"), run("matrix", devices=None)
        assert found.keys() == expected.keys()
        apart[name] = max(far(found[key], expected[key]) for key in expected)
    return apart


if __name__ == "__main__":
    print(json.dumps({"wide": wide(), "sent": sent(), "trainings": trainings()}))
