"""Generated data lie where their rule says, and what is learnt from them is real."""

import math

import mpmath
import numpy as np
import pytest

from nn import MLP, MatrixMLP, datasets, fit, optim
from nn.datasets import GENERATORS
from nn.probability import kl_divergence

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", GENERATORS)
def test_columns_are_samples_and_the_seed_decides_them(name):
    data = GENERATORS[name](31, seed=4)
    assert (data.name, len(data)) == (name, 31)
    assert data.X.shape == (len(data.features), 31)
    assert data.y.shape == (31,)
    assert np.isfinite(data.X).all()
    again, other = GENERATORS[name](31, seed=4), GENERATORS[name](31, seed=5)
    assert (again.X == data.X).all()
    assert (again.y == data.y).all()
    assert not (other.X == data.X).any()
    if data.classes:
        assert sorted(set(data.y.tolist())) == list(range(len(data.classes)))


@pytest.mark.parametrize("name", sorted(GENERATORS.keys() - {"blobs", "sine"}))
def test_classes_take_turns_and_noise_is_the_deviation_of_the_points(name):
    clean, noisy = (GENERATORS[name](6000, noise=noise, seed=1) for noise in (0.0, 0.3))
    K = len(clean.classes)
    assert clean.y.tolist() == [s % K for s in range(6000)]
    assert (noisy.y == clean.y).all()
    shift = noisy.X - clean.X
    assert abs(shift.mean()) < 0.02
    assert shift.std() == pytest.approx(0.3, rel=0.03)


def test_moons_are_half_circles():
    data = datasets.moons(500, noise=0.0)
    for k, (centre, side) in enumerate(((np.array([[0.0], [0.0]]), 1.0), (np.array([[1.0], [0.5]]), -1.0))):
        arrow = data.X[:, data.y == k] - centre
        np.testing.assert_allclose(np.hypot(*arrow), 1.0, rtol=1e-12)
        assert (side * arrow[1] >= 0.0).all()
        assert abs(arrow[0].mean()) < 0.15


def test_circles_and_spirals_have_their_radii_and_angles():
    data = datasets.circles(500, noise=0.0)
    np.testing.assert_allclose(np.hypot(*data.X), np.where(data.y == 0, 0.5, 1.0), rtol=1e-12)
    assert np.abs(data.X.mean(axis=1)).max() < 0.1
    data = datasets.spirals(500, noise=0.0, arms=3, turns=1.5)
    radius = np.hypot(*data.X)
    arm = (np.arctan2(data.X[1], data.X[0]) / (2 * math.pi) - 1.5 * radius) * 3
    np.testing.assert_allclose(np.cos(2 * math.pi * (arm - data.y) / 3), 1.0, rtol=1e-12)
    assert radius.min() < 0.05 < 0.95 < radius.max() <= 1.0


def test_xor_is_told_by_the_product_of_the_coordinates():
    data = datasets.xor(500)
    assert ((data.X[0] * data.X[1] < 0.0) == (data.y == 1)).all()
    assert np.abs(data.X).max() <= 1.0
    assert np.abs(data.X.mean(axis=1)).max() < 0.1


def test_blobs_and_sine_are_drawn_from_the_truth_they_name():
    data, truth = datasets.blobs(20_000, noise=0.4, classes=4), datasets.blobs_truth(0.4, 4)
    right = truth.posterior(data.X).argmax(axis=0) == data.y
    error = truth.bayes_error()
    assert 1.0 - right.mean() == pytest.approx(error.value, abs=0.01)
    np.testing.assert_allclose(data.X[:, data.y == 1].mean(axis=1), [0.0, 1.0], atol=0.03)
    data, truth = datasets.sine(20_000, noise=0.2), datasets.sine_truth(0.2)
    assert np.mean((data.y - truth.posterior(data.X).mean) ** 2) == pytest.approx(
        truth.bayes_error().value, rel=0.05
    )
    assert truth.posterior([[math.pi / 2]]).mean.tolist() == [1.0]


@pytest.mark.parametrize(
    ("generator", "truth", "noise"),
    [
        (datasets.circles, datasets.circles_truth, 0.15),
        (datasets.circles, datasets.circles_truth, 0.8),
        (datasets.xor, datasets.xor_truth, 0.2),
        (datasets.xor, datasets.xor_truth, 1.5),
    ],
)
def test_the_truth_of_circles_and_xor_is_a_distribution_and_the_one_that_is_sampled(generator, truth, noise):
    truth, h = truth(noise), 0.025 * max(1.0, noise)
    x = np.arange(-300, 300) * h + h / 2
    X = np.array(np.meshgrid(x, x)).reshape(2, -1)
    logs = truth.log_joint(X)
    joint = np.exp(logs)
    np.testing.assert_allclose(joint.sum(axis=1) * h * h, [0.5, 0.5], rtol=1e-9)
    error = truth.bayes_error()
    assert error == (pytest.approx(joint.min(axis=0).sum() * h * h, rel=1e-3), 0.0)
    for points, y in (truth.sample(20_000, seed=1), (generator(20_000, noise).X, np.arange(20_000) % 2)):
        mistakes = truth.posterior(points).argmax(axis=0) != y
        assert mistakes.mean() == pytest.approx(error.value, abs=0.012)
        entropy = -(joint * logs).sum() * h * h
        assert -truth.log_prob(points, y).mean() == pytest.approx(entropy, abs=0.03)


@pytest.mark.parametrize("noise", [0.01, 0.04, 0.05, 0.3])
def test_the_density_around_circles_is_the_mean_of_those_around_their_points(noise):
    X = np.array([[0.0, 0.0, 0.3, 1.0, -3.0, 40.0], [0.0, 0.74, 0.4, 0.1, -2.0, 9.0]])
    angle = 2 * math.pi * np.arange(20_000) / 20_000
    around = np.array([np.cos(angle), np.sin(angle)])
    for k, radius in enumerate((0.5, 1.0)):
        square = ((X[:, :, None] - radius * around[:, None]) ** 2).sum(axis=0)
        expected = np.logaddexp.reduce(-square / (2 * noise**2), axis=1) - math.log(len(angle))
        expected -= math.log(2 * 2 * math.pi * noise**2)
        given = datasets.circles_truth(noise).log_prob(X, np.full(6, k))
        np.testing.assert_allclose(given, expected, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_the_density_around_xor_is_exact_far_out_too(noise):
    X = [[0.5, -0.2, 0.0, 1.2, 1.38, 9.0], [0.3, 0.1, 0.7, -3.0, 0.9, -8.0]]
    with mpmath.workdps(50):
        sigma = mpmath.mpf(noise)

        def a(x):
            out = abs(x - 0.5)  # a is even around ½; this side is the one where both tails are small
            return mpmath.ncdf((0.5 - out) / sigma) - mpmath.ncdf((-0.5 - out) / sigma)

        points = [tuple(map(mpmath.mpf, point)) for point in zip(*X, strict=True)]
        expected = [
            [float(mpmath.log((a(x) * a(side * y) + a(-x) * a(-side * y)) / 4)) for x, y in points]
            for side in (1, -1)
        ]
    np.testing.assert_allclose(datasets.xor_truth(noise).log_joint(X), expected, rtol=1e-12, atol=1e-12)


def test_xor_without_noise_is_known_from_the_signs():
    truth, X = datasets.xor_truth(), [[0.5, -0.5, -0.5, 3.0, 0.0], [0.5, 0.5, -0.1, -2.0, 1.0]]
    assert truth.posterior(X).tolist() == [[1.0, 0.0, 1.0, 0.0, 0.5], [0.0, 1.0, 0.0, 1.0, 0.5]]
    assert np.exp(truth.log_marginal(X)).tolist()[:4] == [pytest.approx(0.25)] * 3 + [0.0]
    assert truth.bayes_error() == (0.0, 0.0)


def test_yin_yang_is_the_sign():
    data = datasets.yin_yang(3000)
    radius, (x, y) = np.hypot(*data.X), data.X
    assert radius.max() <= 2.0
    dot = np.minimum(np.hypot(x - 1.0, y), np.hypot(x + 1.0, y)) < 0.4
    assert (dot == (data.y == 2)).all()
    # Turned by half, yin becomes yang; on the axis they meet in half circles.
    turned = datasets.generators._region(-data.X)
    assert (turned == np.array([1, 0, 2])[data.y]).all()
    points = np.array(
        [[0.0, 1.9], [0.0, -1.9], [-1.0, -0.9], [-1.0, 0.6], [1.0, 0.9], [1.0, 0.0], [2.1, 0.0]]
    )
    assert datasets.generators._region(points.T).tolist() == [0, 1, 0, 0, 1, 2, -1]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: datasets.moons(0), "whole number, 1 or more, got 0"),
        (lambda: datasets.moons(2.5), "got 2.5"),
        (lambda: datasets.xor(10, noise=-0.1), "noise is a standard deviation, 0 or more, got -0.1"),
        (lambda: datasets.xor(10, noise=math.nan), "got nan"),
        (lambda: datasets.spirals(10, arms=1), "two arms or more"),
        (lambda: datasets.blobs(10, noise=0.0), "noise above 0"),
        (lambda: datasets.blobs(10, classes=1), "blobs are two or more"),
        (lambda: datasets.sine(10, noise=0.0), "noise is a positive number"),
        (lambda: datasets.circles_truth(0.0), "noise is above 0"),
        (lambda: datasets.xor_truth(-1.0), "noise is a standard deviation, 0 or more, got -1.0"),
        (lambda: datasets.circles_truth().posterior([[0.0]]), r"X has shape \(2, m\)"),
    ],
)
def test_what_cannot_be_generated_is_refused(act, said):
    with pytest.raises(ValueError, match=said):
        act()


# Learning


def test_a_network_predicts_cars_better_than_least_squares():
    cars = datasets.load("cars")
    assert (cars.X.shape, cars.classes, cars.target) == ((8, 392), (), "miles_per_gallon")
    for seed in range(3):
        train, test = datasets.split(cars, test=0.25, seed=seed)
        X, fresh = datasets.standardise(train.X), datasets.standardise(test.X, train.X)
        y, truth = datasets.standardise(train.y[None]), datasets.standardise(test.y[None], train.y[None])
        line = np.linalg.lstsq(np.vstack([X, np.ones(len(train))]).T, y[0], rcond=None)[0]
        least_squares = np.mean((line[:-1] @ fresh + line[-1] - truth[0]) ** 2)
        model = MLP(8, [8, 1], seed=0)
        fit(model, X, y, optimizer=optim.Adam(0.01), epochs=300, engine="matrix", l2=1e-3)
        learnt = MatrixMLP.from_scalar(model).forward(fresh).A[2]
        assert np.mean((learnt - truth) ** 2) < 0.85 * least_squares


def test_a_network_learns_the_mean_and_the_noise_of_a_sine():
    data, truth = datasets.sine(1000, noise=0.2, seed=1), datasets.sine_truth(0.2)
    model = MLP(1, [10, 2], seed=0)
    fit(model, data.X, data.y, loss="gaussian_nll", optimizer=optim.Adam(0.02), epochs=600, engine="matrix")
    x = np.linspace(-3.0, 3.0, 50)[None]
    mean, log_variance = MatrixMLP.from_scalar(model).forward(x).A[2]
    assert np.sqrt(np.mean((mean - truth.posterior(x).mean) ** 2)) < 0.05
    assert np.exp(log_variance).mean() == pytest.approx(0.04, rel=0.15)


def test_a_network_learns_the_posterior_of_blobs():
    data, truth = datasets.blobs(5000, noise=0.5, seed=1), datasets.blobs_truth(0.5)
    model = MLP(2, [8, 3], seed=0)
    fit(model, data.X, data.y, loss="cross_entropy", optimizer=optim.Adam(0.02), epochs=300, engine="matrix")
    fresh = datasets.blobs(5000, noise=0.5, seed=2).X
    assert kl_divergence(truth.posterior(fresh), MatrixMLP.from_scalar(model).predict_proba(fresh)) < 0.01


class XorShift:
    """The random numbers of micrograd's course: xorshift64*, as floats of 24 bits."""

    def __init__(self, state):
        self.state = state

    def uniform(self, low, high):
        for shift in (12, -25, 27):
            self.state ^= (self.state >> shift if shift > 0 else self.state << -shift) & (2**64 - 1)
        bits = (self.state * 0x2545F4914F6CDD1D >> 32) & (2**32 - 1)
        return low + (high - low) * (bits >> 8) / 2**24


def test_yin_yang_is_learnt_as_in_the_course_of_micrograd():
    """Its data, initial weights and optimiser: github.com/EurekaLabsAI/micrograd, micrograd.py with
    ``num_steps = 100``. The loss to reach is that of PyTorch at the last of these steps."""
    rng, m = XorShift(42), 100
    X, y = np.empty((2, m)), np.arange(m) % 3
    for s in range(m):
        while True:
            X[:, s] = [(rng.uniform(0.0, 1.0) / 0.5 - 1.0) * 2.0 for _ in range(2)]
            if datasets.generators._region(X[:, s : s + 1])[0] == y[s]:
                break
    model = MLP(2, [8, 3])
    weights = {
        f"W{l}": [[rng.uniform(-1.0, 1.0) / math.sqrt(n) for _ in range(n)] for _ in range(size)]
        for l, (n, size) in enumerate(((2, 8), (8, 3)), start=1)
    }
    model.load_state_dict({**model.state_dict(), **weights})
    adamw = optim.AdamW(0.1, beta2=0.95, weight_decay=1e-4)
    history = fit(model, X[:, :80], y[:80], loss="cross_entropy", optimizer=adamw, epochs=100)
    assert history.train_loss[0] == pytest.approx(1.012215282650, rel=1e-11)
    assert history.train_loss[-1] == pytest.approx(0.039060911135, rel=1e-6)


def test_yin_yang_is_learnt_whatever_the_seed():
    reached = []
    for seed in range(5):
        data = datasets.yin_yang(80, seed=seed)
        adamw = optim.AdamW(0.1, beta2=0.95, weight_decay=1e-4)
        model = MLP(2, [8, 3], seed=seed)
        history = fit(
            model, data.X, data.y, loss="cross_entropy", optimizer=adamw, epochs=100, engine="matrix"
        )
        reached.append(history.train_loss[-1])
    assert max(reached) < 0.3
