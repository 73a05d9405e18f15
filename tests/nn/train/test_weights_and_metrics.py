"""Weights of samples and of classes, smoothed labels, losses of one's own and metrics are their definitions,
in every engine, and those of PyTorch and scikit-learn where these are installed."""

import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, exp, maximum
from autodiff import abs as absolute
from nn import MLP, fit, losses
from nn.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, Huber, OwnLoss
from nn.losses.base import evened
from nn.losses.regularised import RegularisedLoss
from nn.model.matrix import MatrixMLP
from nn.train.engines import ENGINES
from nn.train.metrics import METRICS, metrics_named
from nn.train.optim import SGD, Cosine
from tests.examples import examples

try:
    import sklearn.metrics as learn  # of the peers
except ImportError:
    learn = None

RNG = np.random.default_rng(3)
X = RNG.normal(size=(2, 9))
CLASSES = np.array([0, 1, 2, 1, 1, 0, 1, 1, 1])
NUMBERS, SIGNS = RNG.normal(size=(3, 9)), losses.hinge.from_classes(CLASSES, 3)


def gradients(model, objective, X, Y, weights):
    """By every engine."""
    return {
        name: engine(model, objective, X[:, 0], Y[:, 0]).run(X, Y, evened(weights))
        for name, engine in ENGINES.items()
    }


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_the_loss_of_weighted_samples_is_their_weighted_mean_in_every_engine(loss, l2):
    model = MLP(2, [4, loss.outputs(3)], seed=1)
    Y, w = loss.from_classes(CLASSES, 3), RNG.random(9) * 7
    objective = RegularisedLoss(loss, l2, weighted=True)
    single = RegularisedLoss(loss, l2)
    # By its linearity, from runs of one sample each.
    runs = [ENGINES["scalar"](model, single, X[:, 0], Y[:, 0]).run(X[:, [s]], Y[:, [s]]) for s in range(9)]
    share = w / w.sum()
    for run in gradients(model, objective, X, Y, w).values():
        assert pytest.approx(sum(p * each.J for p, each in zip(share, runs)), rel=1e-12) == run.J
        for name, found in run.grads.items():
            expected = sum(p * each.grads[name] for p, each in zip(share, runs))
            np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


def test_weights_are_evened_at_the_ends_of_the_range_too():
    assert evened(np.array([1e308, 1e308, 0.0])).tolist() == [1.5, 1.5, 0.0]
    assert evened(np.array([5e-324, 0.0])).tolist() == [2.0, 0.0]
    assert evened(np.zeros(3)).tolist() == [0.0] * 3


def test_an_epoch_of_weighted_batches_is_the_weighted_mean(capsys):
    w = np.array([0.0, 0.0, 5.0, 1.0, 0.0, 2.0, 0.5, 0.5, 3.0])  # some batches have no weight at all
    model = MLP(2, [3, 3], seed=1)
    A = MatrixMLP.from_scalar(model).forward(X).A[2]
    each = [losses.cross_entropy.J(A[:, [s]], losses.one_hot(CLASSES[[s]], 3)) for s in range(9)]
    options = {"loss": "cross_entropy", "optimizer": SGD(1e-300), "batch_size": 2}
    history = fit(model, X, CLASSES, sample_weight=w, epochs=2, **options)
    assert history.train_loss == pytest.approx([np.average(each, weights=w)] * 2)
    balanced = fit(model, X, CLASSES, class_weight="balanced", epochs=1, **options)
    weights = np.array([9 / (3 * n) for n in (2, 6, 1)])[CLASSES]
    assert balanced.train_loss == pytest.approx([np.average(each, weights=weights)])
    both = fit(model, X, CLASSES, class_weight={1: 0.25}, sample_weight=w, epochs=1, **options)
    assert both.train_loss == pytest.approx([np.average(each, weights=w * np.where(CLASSES == 1, 0.25, 1.0))])
    ε, own = 0.2, np.array([3.0, 0.25, 2.0])  # a sample has the weight of its own class, smoothed or not
    smoothed = CrossEntropy(label_smoothing=ε)
    P = np.exp(A) / np.exp(A).sum(axis=0)
    J = -np.sum(((1 - ε) * losses.one_hot(CLASSES, 3) + ε / 3) * np.log(P), axis=0)
    history = fit(
        model, X, CLASSES, class_weight=dict(enumerate(own)), epochs=1, **(options | {"loss": smoothed})
    )
    assert history.train_loss == pytest.approx([np.average(J, weights=own[CLASSES])])
    held = fit(model, X, CLASSES, class_weight={2: 4}, epochs=1, validation=(X, CLASSES, w), **options)
    assert held.validation_loss == pytest.approx([np.average(each, weights=w * np.where(CLASSES == 2, 4, 1))])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_weight": np.ones(3)}, r"a weight for each of the 9 samples, got shape \(3,\)"),
        ({"sample_weight": -np.ones(9)}, "finite numbers, 0 or more, of which some are more"),
        ({"sample_weight": np.zeros(9)}, "of which some are more"),
        ({"sample_weight": np.full(9, np.nan)}, "finite numbers"),
        ({"sample_weight": np.ma.masked_less(np.arange(9.0), 3.0)}, "sample_weight holds masked numbers"),
        ({"Y": np.ma.masked_equal(CLASSES, 2)}, "targets are masked in part; leave these samples out"),
        ({"Y": np.ma.masked_less(NUMBERS, 0.0), "loss": "mse"}, "targets are masked in part"),
        ({"validation": (X, np.ma.masked_equal(CLASSES, 2))}, "targets are masked in part"),
        ({"X": np.ma.masked_less(X, 0.0)}, "holds masked numbers"),
        ({"sample_weight": ["a"] * 9}, "sample_weight holds real numbers"),
        ({"class_weight": "even"}, "class_weight is 'balanced' or a weight for each class .*, got 'even'"),
        ({"class_weight": [1, 2]}, r"class_weight is 'balanced' .*, got \[1, 2\]"),
        ({"class_weight": {3: 1.0}}, "by their index, from 0 to 2, got 3"),
        ({"class_weight": {0: -1.0}}, "the weight of a class is a finite number, 0 or more, got -1.0"),
        ({"class_weight": {0: 0, 1: 0, 2: 0}}, "leaves no sample a weight above 0"),
        ({"class_weight": "balanced", "loss": "mse", "Y": NUMBERS}, "targets that stand for classes"),
        ({"metrics": "f2"}, "no metric 'f2'; did you mean 'r2'"),
        ({"metrics": "auc", "loss": "mse", "Y": NUMBERS}, "auc is for targets that stand for classes"),
        ({"metrics": "calibration_error", "loss": "hinge", "Y": SIGNS}, "hinge makes none of outputs"),
        ({"validation": "some"}, "validation is a share, or inputs and targets, got 'some'"),
        ({"seed": -1}, "seed is a whole number, 0 or more, got -1"),
        ({"schedule": "cosin"}, "no schedule 'cosin'; did you mean 'cosine'"),
        ({"clip_norm": -1.0}, "clip_norm is a positive number, got -1.0"),
        ({"optimizer": SGD(0.1, clip_value=1.0), "clip_value": 2.0}, "this optimiser clips already"),
        ({"optimizer": SGD(lambda t: 0.1), "schedule": "step"}, "is a schedule already"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(options, message):
    model = MLP(2, [3, 3])
    before = [p.data for p in model.parameters()]
    with pytest.raises((ValueError, TypeError), match=message):
        fit(model, **({"X": X, "Y": CLASSES, "loss": "cross_entropy", "epochs": 1} | options))
    assert [p.data for p in model.parameters()] == before


def test_a_masked_array_without_a_masked_number_is_an_array():
    one, other = MLP(2, [3, 3], seed=1), MLP(2, [3, 3], seed=1)
    options = {"loss": "cross_entropy", "epochs": 2}
    fit(one, X, CLASSES, sample_weight=np.ones(9), **options)
    fit(other, *map(np.ma.asarray, (X, CLASSES)), sample_weight=np.ma.ones(9), **options)
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


def test_clipping_and_schedules_are_options_of_fit_and_of_optimisers_alike():
    one, other = MLP(2, [3, 3], seed=1), MLP(2, [3, 3], seed=1)
    options = {"loss": "cross_entropy", "epochs": 5, "batch_size": 4}
    fit(one, X, CLASSES, optimizer=SGD(0.5, clip_norm=0.1), **options)
    fit(other, X, CLASSES, optimizer=lambda: SGD(0.5), clip_norm=0.1, **options)
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]
    fit(one, X, CLASSES, optimizer=SGD(Cosine(0.3, 15)), **options)
    fit(other, X, CLASSES, optimizer=SGD(0.3), schedule=lambda rate, steps: Cosine(rate, steps), **options)
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]
    assert fit(one, X, CLASSES, optimizer="adam", schedule="one_cycle", **options).epochs == 5


@pytest.mark.parametrize("ε", [0.1, 0.9])
def test_smoothed_labels_are_mixed_with_even_ones(ε):
    A = RNG.normal(size=(3, 9)) * 3
    Y = losses.one_hot(CLASSES, 3)

    def J(A):
        P = anp.exp(A) / anp.sum(anp.exp(A), axis=0)
        return -anp.mean(anp.sum(((1 - ε) * Y + ε / 3) * anp.log(P), axis=0))

    def J2(A):
        P = 1 / (1 + anp.exp(-A))
        smooth = (1 - ε) * Y + ε / 2
        return -anp.mean(smooth * anp.log(P) + (1 - smooth) * anp.log(1 - P))

    for loss, definition in ((CrossEntropy(ε), J), (BinaryCrossEntropy(ε), J2)):
        assert loss.J(A, Y) == pytest.approx(definition(A), rel=1e-12)
        np.testing.assert_allclose(loss.dA(A, Y), grad(definition)(A), rtol=1e-9, atol=1e-13)
        nodes = [[Value(a) for a in column] for column in A.T]
        loss.mean(nodes, Y.T.tolist()).backward()
        np.testing.assert_allclose(np.array([[a.grad for a in c] for c in nodes]).T, loss.dA(A, Y), rtol=1e-9)
    for wrong in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match="label_smoothing is at least 0 and below 1"):
            CrossEntropy(wrong)


def test_huber_is_its_definition_and_its_delta_a_positive_number():
    loss, e = Huber(0.5), np.array([[0.0, 0.3, -0.5, 2.0, -1e200]])
    each = [float(loss.J(e[:, [s]], np.zeros((1, 1)))) for s in range(5)]
    assert each == pytest.approx([0.0, 0.045, 0.125, 0.875, 5e199])
    for wrong in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="delta is a positive number"):
            Huber(wrong)


def own_huber(a, y):
    error = absolute(a[0] - y[0])
    near = error - maximum(error - 1.0, 0.0)
    return near * (error - near * 0.5)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_is_a_loss_in_every_engine(engine):
    y = X[0] * 4 - X[1]
    one, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    fit(one, X, y, loss=own_huber, engine=engine, epochs=5, batch_size=4)
    fit(other, X, y, loss=Huber, engine=engine, epochs=5, batch_size=4)
    assert [p.data for p in one.parameters()] == pytest.approx([p.data for p in other.parameters()], rel=1e-9)


def branching(a, y):
    error = a[0] - y[0]
    return error * error if error.data > 0.0 else exp(-error) - 1.0


def test_a_loss_that_branches_is_never_lifted_in_silence():
    y = X[0] * 4 - X[1]
    one, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    fit(one, X, y, loss=branching, engine="scalar", epochs=3)
    fit(other, X, y, loss=branching, engine="matrix", epochs=3)
    assert [p.data for p in one.parameters()] == pytest.approx([p.data for p in other.parameters()], rel=1e-9)
    with pytest.raises(ValueError, match=r"computes differently from sample to sample\. Use engine='scalar'"):
        fit(one, X, y, loss=branching, engine="lifted", epochs=3)
    with pytest.raises(TypeError, match=r"a loss computes with the outputs it is given, .* returned 1\.0"):
        OwnLoss(lambda a, y: 1.0).J(np.ones((1, 2)), np.ones((1, 2)))


@examples(times=1 / 2)
@given(st.data())
def test_metrics_of_classes_are_their_definitions_and_those_of_scikit_learn(data):
    K, m = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 12))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**20)))
    loss = LOSSES["binary_cross_entropy" if K == 1 else "cross_entropy"]
    A = np.round(rng.normal(size=(K, m)), 1 if K == 1 else 9)  # ties, where no softmax rounds them apart
    y = rng.integers(0, max(K, 2), m)
    Y = loss.from_classes(y, K)
    found = {name: each(A, Y) for name, each in metrics_named(list(METRICS), loss, True).items()}
    told = loss.decide(A)
    of_class = []
    for k in range(max(K, 2)):
        right, are, are_told = sum((y == k) & (told == k)), sum(y == k), sum(told == k)
        p, r = right / are_told if are_told else 0.0, right / are if are else 0.0
        scores = loss_scores(loss, A)[k]
        pairs = [(a > b) + (a == b) / 2 for a in scores[y == k] for b in scores[y != k]]
        of_class.append((p, r, 2 * p * r / (p + r) if p + r else 0.0, np.mean(pairs) if pairs else math.nan))
    table = np.array(of_class)
    expected = table[1] if K <= 2 else table.mean(axis=0)
    given = [found[name] for name in ("precision", "recall", "f1", "auc")]
    np.testing.assert_allclose(given, expected, rtol=1e-12, equal_nan=True)
    assert found["balanced_accuracy"] == pytest.approx(table[np.unique(y), 1].mean())
    if learn and len(np.unique(y)) == max(K, 2):
        average = "binary" if K <= 2 else "macro"
        f1 = learn.f1_score(y, told, average=average, zero_division=0.0)
        scores = loss_scores(loss, A)
        area = learn.roc_auc_score(y, scores[1] if K <= 2 else scores.T, multi_class="ovr")
        assert (found["f1"], found["auc"]) == pytest.approx((f1, area))


def loss_scores(loss, A):
    if loss.name == "binary_cross_entropy":
        p = 1 / (1 + np.exp(-A[0]))
        return np.array([1 - p, p])
    return np.exp(A) / np.exp(A).sum(axis=0)


def test_metrics_of_numbers_are_their_definitions():
    A, Y = RNG.normal(size=(2, 9)), RNG.normal(size=(2, 9))
    metrics = metrics_named(["rmse", "mae", "r2"], losses.mse, False)
    found = {name: each(A, Y) for name, each in metrics.items()}
    assert found["rmse"] == pytest.approx(math.sqrt(np.mean((A - Y) ** 2)))
    assert found["mae"] == pytest.approx(np.mean(abs(A - Y)))
    r2 = [1 - np.sum((A[k] - Y[k]) ** 2) / np.sum((Y[k] - Y[k].mean()) ** 2) for k in range(2)]
    assert found["r2"] == pytest.approx(np.mean(r2))
    constant = metrics_named("r2", losses.mse, False)["r2"](A[:1], np.ones((1, 9)))
    assert math.isnan(constant)


def test_metrics_are_measured_by_name_or_function():
    def largest(A, Y):
        return float(A.max())

    options = {"loss": "cross_entropy", "epochs": 2, "validation": (X, CLASSES)}
    history = fit(MLP(2, [3, 3]), X, CLASSES, metrics=["f1", largest], **options)
    assert list(history.metrics) == ["validation_f1", "validation_largest", "train_f1", "train_largest"]
    history = fit(MLP(2, [3, 3]), X, CLASSES, metrics={"mine": "recall", "top": largest}, **options)
    assert list(history.metrics) == ["validation_mine", "validation_top", "train_mine", "train_top"]


def test_a_constant_number_is_no_class():
    history = fit(MLP(2, [1]), X, np.ones(9), epochs=2, validation=(X, np.ones(9)))
    assert (history.train_accuracy, history.validation_accuracy) == ([], [])
    history = fit(MLP(2, [1]), X, np.ones(9), loss="binary_cross_entropy", epochs=2)
    assert len(history.train_accuracy) == 2


@pytest.mark.parametrize("name", ["weights", "smoothing", "huber"])
def test_losses_are_those_of_pytorch(name, torch):
    A, w = RNG.normal(size=(3, 9)) * 2, np.array([0.5, 2.0, 3.0])
    Y = losses.one_hot(CLASSES, 3)
    a = torch.tensor(A.T.copy(), requires_grad=True)
    if name == "weights":
        theirs = torch.nn.CrossEntropyLoss(weight=torch.tensor(w))(a, torch.tensor(CLASSES))
        loss, weights = losses.cross_entropy, evened(w[CLASSES])
    elif name == "smoothing":
        theirs = torch.nn.CrossEntropyLoss(label_smoothing=0.2)(a, torch.tensor(CLASSES))
        loss, weights = CrossEntropy(label_smoothing=0.2), None
    else:
        theirs = torch.nn.HuberLoss(delta=0.7)(a, torch.tensor(Y.T.copy()))
        loss, weights = Huber(0.7), None
    theirs.backward()
    assert loss.J(A, Y, weights) == pytest.approx(theirs.item(), rel=1e-13)
    np.testing.assert_allclose(loss.dA(A, Y, weights), a.grad.numpy().T, rtol=1e-12, atol=1e-15)
