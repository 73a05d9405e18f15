"""A loss is one formula for Values and arrays, and a derivative that must fit it."""

import math

import numpy as np
import pytest
from mpmath import mp, mpf

from autodiff import Value
from nn.losses import (
    LOSSES,
    binary_cross_entropy,
    cross_entropy,
    gaussian_nll,
    hinge,
    loss_named,
    mae,
    mse,
    one_hot,
)

pytestmark = pytest.mark.long

K, M = 3, 7


def batch(loss, K=K, seed=0):
    """Outputs that belong to K targets, and these."""
    rng = np.random.default_rng(seed)
    return rng.normal(scale=3.0, size=(loss.outputs(K), M)), loss.from_classes(rng.integers(0, K, M), K)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_one_formula_for_values_and_arrays_and_the_derivative_of_it(loss):
    A, Y = batch(loss)
    nodes = [[Value(a) for a in column] for column in A.T]
    J = loss.mean(nodes, Y.T.tolist())
    assert J.data == pytest.approx(loss.J(A, Y), rel=1e-14)
    J.backward()
    grads = np.array([[a.grad for a in column] for column in nodes]).T
    np.testing.assert_allclose(loss.dA(A, Y), grads, rtol=1e-13, atol=1e-17)
    h = 1e-6
    for index in np.ndindex(A.shape):
        moved = np.zeros_like(A)
        moved[index] = h
        slope = (loss.J(A + moved, Y) - loss.J(A - moved, Y)) / (2 * h)
        assert loss.dA(A, Y)[index] == pytest.approx(slope, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 30.0])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_J_and_its_derivative_are_no_larger_than_what_they_are_added_up_from(loss, scale):
    A, Y = batch(loss)
    A, Y = scale * A, (loss.from_classes(np.zeros(M, int), K) if scale < 1.0 else Y)
    J, terms = loss.magnitude(A, Y, np.abs(A))
    assert abs(loss.J(A, Y)) <= J
    assert np.all(terms >= np.abs(loss.derivative(A, Y)))


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_J_is_the_mean_over_the_samples(loss):
    A, Y = batch(loss)
    each = [loss([Value(x) for x in a], y.tolist()).data for a, y in zip(A.T, Y.T, strict=True)]
    assert loss.J(A, Y) == pytest.approx(math.fsum(each) / M, rel=1e-14)
    # Samples that are there twice change neither J nor the sum of dA.
    A2, Y2 = np.hstack([A, A]), np.hstack([Y, Y])
    assert loss.J(A2, Y2) == pytest.approx(loss.J(A, Y), rel=1e-14)
    np.testing.assert_allclose(loss.dA(A2, Y2)[:, :M] * 2, loss.dA(A, Y), rtol=1e-14)


def test_values_from_the_definitions():
    a = [Value(0.5), Value(-1.0)]
    assert mse(a, [1.0, 1.0]).data == pytest.approx((0.25 + 4.0) / 2)
    assert mae(a, [1.0, 1.0]).data == pytest.approx((0.5 + 2.0) / 2)
    assert hinge(a, [1.0, 1.0]).data == pytest.approx((0.5 + 2.0) / 2)
    p = [1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(1.0))]
    expected = -(math.log(p[0]) + math.log(1 - p[1])) / 2
    assert binary_cross_entropy(a, [1.0, 0.0]).data == pytest.approx(expected)
    expected = -math.log(math.exp(0.5) / (math.exp(0.5) + math.exp(-1.0)))
    assert cross_entropy(a, [1.0, 0.0]).data == cross_entropy(a, 0).data == pytest.approx(expected)
    assert cross_entropy(a, np.int64(1)).data == cross_entropy(a, [0, 1]).data
    variance = math.exp(-1.0)
    density = math.exp(-((0.5 - 2.0) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)
    assert gaussian_nll(a, [2.0]).data == pytest.approx(-math.log(density))


def test_means_and_log_variances_belong_to_the_targets_in_halves():
    A = np.array([[0.2, 1.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 2.0]])
    Y = gaussian_nll.targets([[0.0, 1.0], [1.0, 0.0]], 4, 2)
    each = [gaussian_nll.J(A[k::2], Y[k : k + 1]) for k in range(2)]
    assert gaussian_nll.J(A, Y) == pytest.approx(sum(each) / 2)
    assert gaussian_nll.decide(A).tolist() == [1, 0]
    assert (gaussian_nll.rows(4), gaussian_nll.outputs(2)) == (2, 4)
    assert gaussian_nll.targets([5.0, 6.0], 2, 2).shape == (1, 2)


@pytest.mark.parametrize("a", [800.0, -800.0])
def test_losses_of_logits_are_stable(a):
    logit, other = Value(a), Value(0.0)
    L = binary_cross_entropy([logit], [0.0])
    L.backward()
    assert (L.data, logit.grad) == ((800.0, 1.0) if a > 0 else (0.0, 0.0))
    logit.grad = 0.0
    L = cross_entropy([logit, other], 1)
    L.backward()
    assert (L.data, logit.grad) == ((800.0, 1.0) if a > 0 else (0.0, 0.0))


ENDS = [0.0, 5e-324, 1.0, 36.0, 40.0, 710.0, 745.2, 1e10, 1e10 + 1e-6, 1e154, 8.9e307]
ENDS += [-a for a in ENDS]


def gradients(loss, a, y):
    """L and ∂L/∂a on Values, and the matrix derivative, which is to be the same."""
    nodes = [Value(each) for each in a]
    L = loss(nodes, y)
    L.backward()
    A, Y = np.array(a)[:, None], np.array(y)[:, None]
    assert loss.J(A, Y) == pytest.approx(L.data, rel=1e-15)
    assert loss.dA(A, Y)[:, 0].tolist() == pytest.approx([node.grad for node in nodes], rel=1e-14, abs=5e-324)
    return L.data, [node.grad for node in nodes]


@pytest.mark.parametrize("y", [0.0, 1.0, 0.25])
def test_binary_cross_entropy_is_right_to_the_ends_of_the_range(y):
    for a in ENDS:
        L, (slope,) = gradients(binary_cross_entropy, [a], [y])
        with mp.workprec(2300):  # digits enough for 1 beside exp(-745)
            e = mp.exp(-abs(mpf(a)))
            either = mp.log1p(e)
            expected = mpf(y) * (either + max(-mpf(a), 0)) + (1 - mpf(y)) * (either + max(mpf(a), 0))
            sigma = 1 / (1 + e) if a >= 0 else e / (1 + e)
            assert pytest.approx(float(expected), rel=4e-16, abs=5e-324) == L, a
            assert slope == pytest.approx(float(sigma - mpf(y)), rel=1e-15, abs=1e-323), a


@pytest.mark.parametrize("y", [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.25, 0.25, 0.5]])
@pytest.mark.parametrize("a", ENDS)
def test_cross_entropy_is_right_to_the_ends_of_the_range(a, y):
    for b in ENDS:
        logits = [a, b, a]
        L, slopes = gradients(cross_entropy, logits, y)
        with mp.workprec(2300):
            shifted = [mpf(each) - max(a, b) for each in logits]
            powers = [mp.exp(each) for each in shifted]
            total = mp.fsum(powers)
            expected = -mp.fsum(mpf(t) * (each - mp.log(total)) for t, each in zip(y, shifted, strict=True))
            # A difference of logits is rounded before it is looked at.
            rounding = float(mp.fsum(mpf(t) * abs(each) for t, each in zip(y, shifted, strict=True)) / 2**53)
            assert pytest.approx(float(expected), rel=1e-15, abs=rounding + 5e-324) == L, b
            exact = [float(power / total - mpf(t)) for t, power in zip(y, powers, strict=True)]
        assert slopes == pytest.approx(exact, rel=1e-13, abs=2.0**-52), b


@pytest.mark.parametrize("loss", [binary_cross_entropy, mae, hinge], ids=lambda loss: loss.name)
def test_a_mean_is_found_where_the_sum_would_overflow(loss):
    a = [-1.5e308, -1.4e308, -1.6e308]
    y = [1.0, 1.0, 1.0]
    L, slopes = gradients(loss, a, y)
    assert pytest.approx(1.5e308, rel=1e-15) == L
    assert slopes == pytest.approx([-1 / 3] * 3, rel=1e-15)
    A, Y = np.array([a]), np.array([y])
    assert loss.J(A, Y) == pytest.approx(1.5e308, rel=1e-15)
    J = loss.mean([[Value(each)] for each in a], [[1.0]] * 3)
    assert J.data == pytest.approx(1.5e308, rel=1e-15)


def test_probabilities_that_add_up_to_nearly_1_have_the_same_slopes_in_both_forms():
    y = np.array([[1.0], [2.0], [3.0]]) / 6 * (1 + 4e-10)
    cross_entropy.check(y)
    gradients(cross_entropy, [0.5, -1.0, 2.0], y[:, 0].tolist())


def test_binary_cross_entropy_keeps_its_slope_where_sigmoid_rounds_to_its_target():
    logit = Value(40.0)
    binary_cross_entropy([logit], [1.0]).backward()
    assert logit.grad == pytest.approx(-math.exp(-40.0), rel=1e-12)
    assert binary_cross_entropy.dA(np.array([[40.0]]), np.array([[1.0]])).item() == logit.grad


def test_class_targets_and_decisions():
    assert one_hot([2, 0], 3).tolist() == [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    classes = np.array([0, 1, 1, 0])
    for loss in LOSSES.values():
        if loss is gaussian_nll:
            continue
        for k in (2, 3) if loss.two_outputs else (1, 2, 3):
            Y = loss.from_classes(classes, k)
            assert Y.shape == (k, 4)
            assert loss.to_classes(Y).tolist() == classes.tolist()
            assert loss.targets(Y, k, 4).tolist() == Y.tolist()
            assert loss.accuracy(Y if k > 1 else 3.0 * Y - 1.0, Y) == 1.0
    assert mse.decide(np.array([[0.4, 0.6]])).tolist() == [0, 1]
    assert binary_cross_entropy.decide(np.array([[-0.1, 0.1]])).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("loss", "Y", "k", "message"),
    [
        (mse, np.zeros((4, 2)), 2, r"Y has shape \(2, 4\), .* got \(4, 2\); its transpose fits: pass Y\.T"),
        (mse, np.zeros(4), 2, r"Y has shape \(2, 4\)"),
        (mse, [0.0, np.nan, 0.0, 0.0], 1, "a target is not finite"),
        (cross_entropy, [0, 1, 2, 3], 3, "from 0 to 2, one a sample; got 3.0"),
        (cross_entropy, [0, 1, 0.5, 1], 3, "whole numbers from 0 to 2.*got 0.5"),
        (cross_entropy, [0, 1, -1, 1], 3, "got -1"),
        (cross_entropy, np.full((3, 4), 0.5), 3, r"add up to 1, got \[0.5, 0.5, 0.5\] in column 0"),
        (cross_entropy, [0, 0, 0, 0], 1, "needs an output for each of two or more classes, got 1"),
        (gaussian_nll, [0, 0, 0, 0], 3, "a mean and a log-variance for each target, got 3 outputs"),
        (gaussian_nll, np.zeros((4, 4)), 4, r"Y has shape \(2, 4\)"),
        (hinge, [0, 1, 1, 0], 1, "hinge takes targets -1 and 1, got 0"),
        (binary_cross_entropy, [0, 1, 2, 0], 1, "from 0 to 1, got 2"),
    ],
)
def test_targets_without_meaning_are_refused(loss, Y, k, message):
    with pytest.raises(ValueError, match=message):
        loss.targets(Y, k, 4)


def test_targets_that_are_no_numbers_are_refused():
    with pytest.raises(TypeError, match="targets are numbers, got \\['setosa'\\]; number classes as 0, 1, 2"):
        cross_entropy.targets(["setosa", "virginica"], 2, 2)
    with pytest.raises(ValueError, match="pairs outputs and targets, got 1 and 2"):
        mse([Value(1.0)], [1.0, 2.0])


def test_an_unknown_loss_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match="no loss 'crossentropy'; did you mean 'cross_entropy'"):
        loss_named("crossentropy")
