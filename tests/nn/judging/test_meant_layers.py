"""Convolutions, dropout and LSTM steps that are not what they are called; conventions are not blamed."""

import numpy as np
import pytest

from nn.judging.meant_layers import convolution, dropout, lstm

RNG = np.random.default_rng(5)
x, w, b = RNG.normal(size=(2, 3, 5, 4)), RNG.normal(size=(2, 3, 2, 2)), RNG.normal(size=2)
SETTINGS = {"conv_param": {"stride": 2, "pad": 1}}


def convolved(x, w, b, pad, stride):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows, columns = ((n - 2) // stride + 1 for n in x.shape[2:])
    out = np.empty((len(x), len(w), rows, columns))
    for f, i, j in np.ndindex(out.shape[1:]):
        window = x[:, :, i * stride : i * stride + 2, j * stride : j * stride + 2]
        out[:, f, i, j] = (window * w[f]).sum(axis=(1, 2, 3)) + b[f]
    return out


@pytest.mark.parametrize(
    ("out", "name"),
    [
        (convolved(x, w, b, 1, 2), ""),
        (convolved(x, w[:, :, ::-1, ::-1], b, 1, 2), ""),
        (convolved(x, w, b, 0, 2), "padding left out"),
        (convolved(x, w, b, 1, 1), "stride left out"),
        (convolved(x, w, 0 * b, 1, 2), "no bias"),
        (convolved(x, w.transpose(0, 1, 3, 2), b, 1, 2), "kernel transposed"),
    ],
)
def test_convolutions(out, name):
    arrays = {"x": x, "w": w, "b": b}
    assert [found for found, _ in convolution(out, x, arrays, {**arrays, **SETTINGS})] == [name] * bool(name)
    last = {"x": x.transpose(0, 2, 3, 1), "w": w.transpose(2, 3, 1, 0), "b": b}
    found = convolution(out.transpose(0, 2, 3, 1), last["x"], last, {**last, **SETTINGS})
    assert [each for each, _ in found] == [name] * bool(name)


@pytest.mark.parametrize(
    ("power", "name"), [(0, ""), (1, ""), (2, "dropout scaled twice")], ids=["left", "inverted", "twice"]
)
def test_dropout(power, name):
    z = RNG.normal(size=(5, 4))
    out = z * (RNG.uniform(size=z.shape) < 0.7) / 0.7**power
    for settings in ({"keep_prob": 0.7}, {"dropout_param": {"p": 0.3, "mode": "train"}}):
        assert [found for found, _ in dropout(out, z, {"x": z}, settings)] == [name] * bool(name)
    assert not [*dropout(out, z, {"x": z, "mask": z}, {"p": 0.7})]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize(
    ("cell", "candidate", "gate", "name"),
    [
        (np.tanh, np.tanh, sigmoid, ""),
        (lambda c: c, np.tanh, sigmoid, "no activation of the cell"),
        (np.tanh, lambda z: z, sigmoid, "no activation of the candidate"),
        (np.tanh, sigmoid, sigmoid, "sigmoid for tanh"),
        (np.tanh, np.tanh, np.tanh, "tanh for sigmoid"),
        (np.tanh, np.tanh, lambda z: 1 / (1 + np.exp(z)), ""),
    ],
)
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_steps_of_an_lstm(cell, candidate, gate, name, order):
    arrays = {
        "x": RNG.normal(size=(5, 4)),
        "prev_h": RNG.normal(size=(5, 3)),
        "prev_c": RNG.normal(size=(5, 3)),
        "Wx": RNG.normal(size=(4, 12)),
        "Wh": RNG.normal(size=(3, 12)),
        "b": RNG.normal(size=12),
    }
    parts = np.split(arrays["x"] @ arrays["Wx"] + arrays["prev_h"] @ arrays["Wh"] + arrays["b"], 4, axis=1)
    i, f, o = (gate(parts[n]) for n in order[:3])
    c = f * arrays["prev_c"] + i * candidate(parts[order[3]])
    for out in (o * cell(c), np.concatenate([(o * cell(c)).ravel(), c.ravel()])):
        assert [each for each, _ in lstm(out, arrays["x"], arrays, arrays)] == [name] * bool(name)
