"""Joint distributions of known truth, losses as likelihoods, and the kernel of the learnt features."""

import math

import numpy as np
import pytest

from nn import MLP, MatrixMLP, fit, losses, optim
from nn.probability import (
    Bernoulli,
    Categorical,
    GaussianMixture,
    Laplace,
    NoisyFunction,
    Normal,
    calibration,
    kl_divergence,
)

MIXTURE = GaussianMixture(
    [0.4, 0.6], [[-1.0, 0.0], [1.0, 0.5]], [[[1.0, 0.3], [0.3, 0.5]], [[0.6, -0.2], [-0.2, 1.2]]]
)
WAVES = NoisyFunction(lambda X: np.sin(X) + 1.0, lambda X: 0.1 + 0.1 * X**2, -2.0, 1.0)


def grid(low, high, steps):
    """Points in the middle of equal steps, and the length of a step."""
    h = (high - low) / steps
    return low + h * (np.arange(steps) + 0.5), h


# Distributions


@pytest.mark.parametrize(
    ("distribution", "mean", "variance"),
    [
        (lambda m: Normal(np.full((1, m), 0.5), 2.0), 0.5, 2.0),
        (lambda m: Normal(np.full((1, m), -1.0), np.full((1, m), 0.3)), -1.0, 0.3),
        (lambda m: Laplace(np.full((1, m), 0.5), 0.7), 0.5, 2 * 0.7**2),
    ],
)
def test_a_density_integrates_to_1_and_has_its_mean_and_variance(distribution, mean, variance):
    y, h = grid(-40.0, 40.0, 160_000)
    p = np.exp(distribution(len(y)).log_prob(y[None])) * h
    assert p.sum() == pytest.approx(1.0, rel=1e-6)
    assert p @ y == pytest.approx(mean, rel=1e-6)
    assert p @ (y - mean) ** 2 == pytest.approx(variance, rel=1e-6)


def test_probabilities_of_all_outcomes_add_up_to_1_and_are_those_of_the_logits():
    z = np.array([[-800.0, -1.0, 0.0, 3.0]])
    zero, one = (Bernoulli(z).log_prob(np.full((1, 4), y)) for y in (0.0, 1.0))
    np.testing.assert_allclose(np.exp(zero) + np.exp(one), 1.0, rtol=1e-15)
    np.testing.assert_allclose(one - zero, z[0], rtol=1e-14)
    logits = np.random.default_rng(0).normal(scale=5.0, size=(3, 4))
    each = np.array([Categorical(logits).log_prob(np.full(4, k)) for k in range(3)])
    np.testing.assert_allclose(np.exp(each).sum(axis=0), 1.0, rtol=1e-14)
    np.testing.assert_allclose(each[0] - each[2], logits[0] - logits[2], rtol=1e-12)


@pytest.mark.parametrize("K", [1, 3])
@pytest.mark.parametrize("name", sorted(losses.LOSSES.keys() - {"hinge", "huber"}))
def test_a_loss_is_the_negative_log_likelihood_its_docstring_names(name, K):
    """J = -scale · mean log p(y) - constant; K targets, and K classes for the cross-entropy."""
    if name == "cross_entropy" and K == 1:
        K = 2
    loss, rng, m = losses.loss_named(name), np.random.default_rng(K), 50
    A = rng.normal(scale=2.0, size=(loss.outputs(K), m))
    Y = rng.normal(size=(K, m))
    if loss.for_classes:
        Y = rng.integers(0, K, m) if name == "cross_entropy" else rng.integers(0, 2, (K, m))
    distribution, scale, constant = {
        "mse": (lambda: Normal(A, K / 2), 1.0, K / 2 * math.log(math.pi * K)),
        "mae": (lambda: Laplace(A, K), 1.0, K * math.log(2 * K)),
        "binary_cross_entropy": (lambda: Bernoulli(A), 1 / K, 0.0),
        "cross_entropy": (lambda: Categorical(A), 1.0, 0.0),
        "gaussian_nll": (lambda: Normal(A[:K], np.exp(A[K:])), 1 / K, 0.0),
    }[name]
    expected = -scale * distribution().log_prob(Y).mean() - constant
    assert loss.J(A, loss.targets(Y, len(A), m)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: Normal([[0.0]], -1.0), "a variance is positive, got -1.0"),
        (lambda: Laplace([[0.0]], 0.0), "a scale is positive"),
        (lambda: Normal(np.zeros((2, 3))).log_prob(np.zeros((3, 2))), r"got \(2, 3\) and \(3, 2\)"),
        (lambda: Normal([0.0]).log_prob([0.0]), r"targets have shape \(K, m\)"),
        (lambda: Bernoulli([[0.0]]).log_prob([[0.5]]), "an outcome is 0 or 1, got 0.5"),
        (lambda: Categorical([[0.0], [1.0]]).log_prob([2]), "from 0 to 1, got"),
        (lambda: Categorical([[0.0], [1.0]]).log_prob([0, 1]), r"classes \(m,\), got \(2, 1\) and \(2,\)"),
    ],
)
def test_what_has_no_likelihood_is_refused(act, said):
    with pytest.raises(ValueError, match=said):
        act()


# Joint distributions


def test_a_mixture_is_one_distribution_of_points_and_classes():
    x, h = grid(-8.0, 8.0, 320)
    X = np.array(np.meshgrid(x, x)).reshape(2, -1)
    joint = np.array([np.exp(MIXTURE.log_prob(X, np.full(X.shape[1], k))) for k in (0, 1)])
    np.testing.assert_allclose(joint.sum(axis=1) * h * h, MIXTURE.priors, rtol=1e-9)  # marginal of y
    np.testing.assert_allclose(np.exp(MIXTURE.log_marginal(X)), joint.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(MIXTURE.posterior(X) * joint.sum(axis=0), joint, rtol=1e-12)
    for k, p in enumerate(joint):
        p = p * h * h / MIXTURE.priors[k]
        np.testing.assert_allclose(X @ p, MIXTURE.means[k], atol=1e-9)
        centred = X - MIXTURE.means[k][:, None]
        np.testing.assert_allclose((centred * p) @ centred.T, MIXTURE.covariances[k], rtol=1e-7)
    exact = np.minimum(*joint).sum() * h * h  # the mass of the less likely class
    error = MIXTURE.bayes_error(m=20_000)
    assert 0.0 < error.standard_error < 0.002
    assert abs(error.value - exact) < 4 * error.standard_error


def test_samples_of_a_mixture_have_its_shares_means_and_covariances():
    X, y = MIXTURE.sample(50_000, seed=3)
    assert X.shape == (2, 50_000)
    np.testing.assert_allclose(np.bincount(y) / len(y), MIXTURE.priors, atol=0.01)
    for k in (0, 1):
        np.testing.assert_allclose(X[:, y == k].mean(axis=1), MIXTURE.means[k], atol=0.03)
        np.testing.assert_allclose(np.cov(X[:, y == k]), MIXTURE.covariances[k], atol=0.03)
    assert (MIXTURE.sample(50_000, seed=3)[0] == X).all()
    assert not (MIXTURE.sample(50_000, seed=4)[0] == X).all()


@pytest.mark.parametrize(
    "mixture",
    [
        GaussianMixture([0.2, 0.8], [[-1.0], [0.5]], [[2.0]]),
        GaussianMixture([0.5, 0.5], [[0.0], [0.5]], [[[1.0]], [[0.1]]]),  # likeliest in between only
        GaussianMixture([0.1, 0.9], [[0.0], [0.0]], [[[1.0]], [[4.0]]]),  # never likeliest
        GaussianMixture([0.3, 0.3, 0.4], [[-2.0], [2.0], [0.5]], [[[1.0]], [[3.0]], [[0.2]]]),
        GaussianMixture([0.5, 0.5], [[1e8], [1e8 + 3.0]], [[1.0]]),
    ],
)
def test_the_bayes_error_is_exact_for_one_measurement(mixture):
    centre = mixture.means[0, 0]
    x, h = grid(centre - 20.0, centre + 20.0, 400_000)
    joint = np.exp(mixture.log_joint(x[None]))
    exact = (joint.sum(axis=0) - joint.max(axis=0)).sum() * h
    assert mixture.bayes_error() == (pytest.approx(exact, rel=1e-7), 0.0)


def test_the_bayes_error_is_exact_for_two_classes_of_equal_covariance():
    covariance, means = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[0.0, 1.0], [2.0, -1.0]])
    distance = math.sqrt((means[1] - means[0]) @ np.linalg.inv(covariance) @ (means[1] - means[0]))
    expected = 0.5 * math.erfc(distance / 2 / math.sqrt(2))
    pair = GaussianMixture([0.5, 0.5], means, covariance)
    assert pair.bayes_error() == (pytest.approx(expected, rel=1e-12), 0.0)
    same = GaussianMixture([0.2, 0.8], [[1.0, 2.0], [1.0, 2.0]], covariance)
    assert same.bayes_error() == (pytest.approx(0.2, rel=1e-15), 0.0)
    far = GaussianMixture([0.5, 0.5], [[0.0, 0.0], [40.0, 0.0]], np.eye(2))
    assert far.bayes_error().value == pytest.approx(2.7536241186062337e-89, rel=1e-12, abs=0.0)  # Φ(-20)


def test_a_noisy_function_is_one_distribution_of_points_and_numbers():
    (x, dx), (y, dy) = grid(-2.0, 1.0, 60), grid(-6.0, 8.0, 4000)
    X, Y = (each.ravel() for each in np.meshgrid(x, y))
    p = np.exp(WAVES.log_prob(X[None], Y)).reshape(len(y), len(x))
    np.testing.assert_allclose(p.sum(axis=0) * dy, np.exp(WAVES.log_marginal(x[None])), rtol=1e-9)
    assert p.sum() * dx * dy == pytest.approx(1.0, rel=1e-9)
    mean, variance = WAVES.posterior(x[None])
    np.testing.assert_allclose(y @ p / p.sum(axis=0), mean, atol=1e-9)
    np.testing.assert_allclose(
        ((y[:, None] - mean) ** 2 * p).sum(axis=0) / p.sum(axis=0), variance, rtol=1e-7
    )
    assert WAVES.log_marginal([[-2.1, 0.0]]).tolist() == [-math.inf, pytest.approx(-math.log(3.0))]
    X, y = WAVES.sample(20_000, seed=1)
    mean, variance = WAVES.posterior(X)
    z = (y - mean) / np.sqrt(variance)
    assert abs(z.mean()) < 0.03
    assert abs(z.var() - 1.0) < 0.05
    error = WAVES.bayes_error()
    second, fourth = (1.0 + 8.0) / 3 / 3, (1.0 + 32.0) / 5 / 3  # E[x²] and E[x⁴]
    exact = 0.01 * (1.0 + 2.0 * second + fourth)
    assert abs(error.value - exact) < 4 * error.standard_error
    assert NoisyFunction(np.sin, 0.5).bayes_error() == (0.25, 0.0)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: GaussianMixture([0.5, 0.6], [[0.0], [1.0]], [[1.0]]), "add up to 1"),
        (lambda: GaussianMixture([1.0], [[0.0], [1.0]], [[1.0]]), r"got \(1,\) and \(2, 1\)"),
        (lambda: GaussianMixture([0.5, 0.5], [[0.0], [1.0]], [1.0]), r"\(2, 1, 1\) or \(1, 1\), got \(1,\)"),
        (lambda: GaussianMixture([1.0], [[0.0, 0.0]], [[1.0, 0.5], [0.0, 1.0]]), "symmetric"),
        (lambda: GaussianMixture([1.0], [[0.0, 0.0]], [[1.0, 2.0], [2.0, 1.0]]), "positive definite"),
        (lambda: GaussianMixture([1.0], [[math.nan]], [[1.0]]), "means are finite"),
        (lambda: MIXTURE.sample(-1), "whole number, 1 or more, got -1"),
        (lambda: MIXTURE.bayes_error(m=1), "whole number, 2 or more, got 1"),
        (lambda: WAVES.sample(0), "whole number, 1 or more, got 0"),
        (lambda: WAVES.bayes_error(m=1), "whole number, 2 or more, got 1"),
        (lambda: MIXTURE.posterior(np.zeros((3, 2))), r"its transpose fits"),
        (lambda: MIXTURE.log_prob(np.zeros((2, 2)), [0, 2]), "a class from 0 to 1 for each of 2"),
        (lambda: NoisyFunction(np.sin, 0.0), "noise is a positive number"),
        (lambda: NoisyFunction(np.sin, np.sin, 0.0, 6.0).sample(50), "noise is positive everywhere"),
        (lambda: NoisyFunction(np.sin, 0.1, 1.0, 1.0), "low is below that of high"),
        (lambda: NoisyFunction(np.sin, 0.1, [0, 0], [1, 1]).sample(5), r"shape \(5,\), got \(2, 5\)"),
        (lambda: NoisyFunction(np.sin, 0.1).log_prob([[0.0]], [[0.0]]), r"y has shape \(1,\)"),
    ],
)
def test_what_is_no_distribution_is_refused(act, said):
    with pytest.raises(ValueError, match=said):
        act()


# Judging probabilities


def test_calibration_compares_confidence_with_what_came_true():
    P = np.array([[0.9, 0.9, 0.9, 0.9, 0.4], [0.1, 0.1, 0.1, 0.1, 0.6]])
    table = calibration(P, [0, 0, 0, 1, 0], bins=5)
    assert table.counts.tolist() == [0, 0, 0, 1, 4]
    np.testing.assert_allclose(table.confidence, [math.nan] * 3 + [0.6, 0.9])
    np.testing.assert_allclose(table.accuracy, [math.nan] * 3 + [0.0, 0.75])
    assert table.error == pytest.approx((4 * 0.15 + 0.6) / 5)
    assert calibration([[1.0], [0.0]], [0], bins=4).counts.tolist() == [0, 0, 0, 1]
    assert str(table).splitlines()[2] == "0.80 to 1.00        4       0.900     0.750"
    assert table.edges.tolist() == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])


def test_the_exact_posterior_is_calibrated_and_a_sharpened_one_is_not():
    X, y = MIXTURE.sample(40_000, seed=5)
    P = MIXTURE.posterior(X)
    assert calibration(P, y).error < 0.01
    assert calibration(P**3 / (P**3).sum(axis=0), y).error > 0.03


def test_the_divergence_is_what_the_cross_entropy_has_too_much():
    rng = np.random.default_rng(0)
    P, Q = (rng.dirichlet(np.ones(3), 20).T for _ in range(2))
    expected = np.mean(-(P * np.log(Q)).sum(axis=0)) - np.mean(-(P * np.log(P)).sum(axis=0))
    assert kl_divergence(P, Q) == pytest.approx(expected, rel=1e-12)
    assert kl_divergence(P, P) == 0.0
    assert kl_divergence([[0.0], [1.0]], [[0.5], [0.5]]) == pytest.approx(math.log(2.0))
    assert kl_divergence([[0.5], [0.5]], [[0.0], [1.0]]) == math.inf


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: calibration(np.full((2, 3), 0.5), [0, 0]), r"y \(m,\), got \(2, 3\) and \(2,\)"),
        (lambda: calibration(np.full((2, 3), 0.5), [0, 0, 2]), "classes from 0 to 1"),
        (lambda: calibration(np.full((2, 3), 0.5), [0, 0, 1], bins=0), "at least one bin"),
        (lambda: calibration(np.full((2, 3), 0.7), [0, 0, 0]), "add up to 1"),
        (lambda: kl_divergence([[0.5], [0.5]], [[1.5], [-0.5]]), "column of Q"),
        (lambda: kl_divergence([[0.5], [0.5]], [[1.0]]), r"got \(2, 1\) and \(1, 1\)"),
        (lambda: kl_divergence([[math.nan], [1.0]], [[0.5], [0.5]]), "column of P"),
    ],
)
def test_what_are_no_probabilities_is_refused(act, said):
    with pytest.raises(ValueError, match=said):
        act()


@pytest.mark.parametrize(("outputs", "loss"), [(1, "binary_cross_entropy"), (2, "cross_entropy")])
def test_a_network_learns_the_posterior_to_a_hundredth_of_a_nat(outputs, loss):
    X, y = MIXTURE.sample(5000, seed=1)
    model = MLP(2, [12, outputs], seed=0)
    fresh = MIXTURE.sample(20_000, seed=2)[0]
    before = kl_divergence(MIXTURE.posterior(fresh), MatrixMLP.from_scalar(model).predict_proba(fresh))
    fit(model, X, y, loss=loss, optimizer=optim.Adam(optim.Cosine(0.03, 300)), epochs=300, engine="matrix")
    learnt = MatrixMLP.from_scalar(model).predict_proba(fresh)
    assert kl_divergence(MIXTURE.posterior(fresh), learnt) < 0.01 < 0.1 < before


# Features


@pytest.mark.parametrize("sizes", [[3], [4, 2], [5, 4, 1]])
def test_features_are_the_last_hidden_layer_and_their_kernel_its_inner_products(sizes):
    model = MLP(2, sizes, seed=3)
    twin = MatrixMLP.from_scalar(model)
    rng = np.random.default_rng(1)
    X, X2 = rng.normal(size=(2, 5)), rng.normal(size=(2, 3))
    phi = np.array([[a.data for a in model.features(x)] for x in X.T]).T
    np.testing.assert_allclose(twin.features(X), phi, rtol=1e-14)
    outputs = np.array([[a.data for a in model(x)] for x in X.T]).T
    np.testing.assert_allclose(twin.W[twin.L] @ phi + twin.b[twin.L], outputs, rtol=1e-13)
    K = twin.feature_kernel(X, X2)
    assert K.shape == (5, 3)
    other = [a.data for a in model.features(X2[:, 1])]
    assert K[4, 1] == pytest.approx(sum(p * q for p, q in zip(phi[:, 4], other, strict=True)), rel=1e-13)
    np.testing.assert_allclose(model.feature_kernel(X, X2), K, rtol=1e-13)
    own = twin.feature_kernel(X)
    np.testing.assert_allclose(model.feature_kernel(X), own, rtol=1e-13)
    np.testing.assert_array_equal(own, own.T)
    assert np.linalg.eigvalsh(own).min() > -1e-12


@pytest.mark.parametrize("name", ["mse", "cross_entropy"])
def test_a_gradient_step_of_the_last_layer_is_a_step_in_the_kernel_of_the_features(name):
    """ΔZ_L(x') = -η Σₛ dZ_L[:,s]·(k(xₛ, x') + 1)"""
    rng, loss, eta = np.random.default_rng(2), losses.loss_named(name), 0.3
    X, new = rng.normal(size=(2, 7)), rng.normal(size=(2, 4))
    twin = MatrixMLP.from_scalar(MLP(2, [6, 5, 3], seed=4))
    Y = loss.targets(np.eye(3)[rng.integers(0, 3, 7)].T, 3, 7)
    cache, before = twin.forward(X), twin.forward(new).Z[3]
    grads, kernel = twin.backward(cache, loss.dA(cache.A[3], Y)), twin.feature_kernel(X, new)
    last = {key: twin.params[key] for key in ("W3", "b3")}
    optim.SGD(eta).step(last, grads.params)
    change = twin.forward(new).Z[3] - before
    assert np.abs(change).max() > 0.01
    np.testing.assert_allclose(change, -eta * grads.dZ[3] @ (kernel + 1.0), rtol=1e-10, atol=1e-13)
