"""Optimisers make the steps of their sources, on Values, matrices and lifted programs alike."""

import math

import numpy as np
import pytest

from autodiff import Value
from nn import MLP
from nn.losses import mse
from nn.losses.regularised import RegularisedLoss
from nn.model.module import read
from nn.train.engines import ENGINES
from nn.train.optim import SGD, Adam, AdamW, Constant, Cosine, Step

# Each as here, as PyTorch has it, and where p is after three steps from 1 by the gradients 1, -2, 3.
# fmt: off
SETTINGS = {
    "plain": (lambda rate: SGD(rate), lambda torch, p: torch.optim.SGD(p, 0.1), [0.9, 1.1, 0.8]),
    "momentum": (
        lambda rate: SGD(rate, momentum=0.9),
        lambda torch, p: torch.optim.SGD(p, 0.1, momentum=0.9),
        [0.9, 1.01, 0.809],
    ),
    "nesterov": (
        lambda rate: SGD(rate, momentum=0.9, nesterov=True),
        lambda torch, p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
        [0.81, 1.109, 0.6281],
    ),
    "adam": (
        lambda rate: Adam(rate, beta1=0.8, beta2=0.99),
        lambda torch, p: torch.optim.Adam(p, 0.1, betas=(0.8, 0.99)),
        None,
    ),
    "adamw": (
        lambda rate: AdamW(rate, weight_decay=0.3),
        lambda torch, p: torch.optim.AdamW(p, 0.1, weight_decay=0.3),
        None,
    ),
}
# fmt: on
SCHEDULES = {
    "constant": (Constant(0.1), lambda torch, o: torch.optim.lr_scheduler.ConstantLR(o, 1.0)),
    "step": (Step(0.1, 30, 0.7), lambda torch, o: torch.optim.lr_scheduler.StepLR(o, 30, 0.7)),
    "cosine": (
        Cosine(0.1, 200, 0.01),
        lambda torch, o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 200, 0.01),
    ),
}


def written_out(name, gradients):
    """The steps from 1, on plain numbers, as the sources have them."""
    p, m, v, seen = 1.0, 0.0, 0.0, []
    b1, b2, decay = (0.8, 0.99, 0.0) if name == "adam" else (0.9, 0.999, 0.3)
    for t, g in enumerate(gradients, start=1):
        p *= 1 - 0.1 * decay
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        p -= 0.1 * (m / (1 - b1**t)) / (math.sqrt(v / (1 - b2**t)) + 1e-8)
        seen.append(p)
    return seen


@pytest.mark.parametrize("name", SETTINGS)
def test_the_first_steps_are_those_written_out(name):
    optimizer, p, seen = SETTINGS[name][0](0.1), Value(1.0, "p"), []
    for p.grad in (1.0, -2.0, 3.0):
        optimizer.step([p])
        seen.append(p.data)
    assert seen == pytest.approx(SETTINGS[name][2] or written_out(name, (1.0, -2.0, 3.0)), rel=1e-13)
    assert optimizer.t == 3


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", SETTINGS)
def test_200_steps_are_those_of_pytorch(name, schedule):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}
    theirs = {key: torch.tensor(array, requires_grad=True) for key, array in params.items()}
    optimizer = SETTINGS[name][0](SCHEDULES[schedule][0])
    reference = SETTINGS[name][1](torch, theirs.values())
    scheduler = SCHEDULES[schedule][1](torch, reference)
    for _ in range(200):
        assert optimizer.rate == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)
        for tensor in theirs.values():  # the gradient of Σ log cosh p
            tensor.grad = torch.tanh(tensor.detach())
        optimizer.step(params, {key: np.tanh(array) for key, array in params.items()})
        reference.step()
        scheduler.step()
    for key, array in params.items():
        np.testing.assert_allclose(array, theirs[key].detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", SETTINGS)
def test_values_matrices_and_programs_are_moved_alike(name):
    X, Y = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([[1.0, 0.0]])
    model = MLP(2, [3, 1], seed=3)
    runs = {key: engine(model, RegularisedLoss(mse), X[:, 0], Y[:, 0]) for key, engine in ENGINES.items()}
    optimizers = {key: SETTINGS[name][0](0.1) for key in runs}
    own = SETTINGS[name][0](0.1)
    for _ in range(5):
        for key, run in runs.items():
            optimizers[key].step(run.params, run.run(X, Y).grads)
    same = MLP(2, [3, 1], seed=3)
    for _ in range(5):
        same.zero_grad()
        mse.mean([same(x) for x in X.T], Y.T.tolist()).backward()
        own.step(same)
    for key, array in same.state_dict().items():
        for run in runs.values():
            np.testing.assert_allclose(run.params[key], array, rtol=1e-10)


def test_schedules_are_functions_of_the_steps_made():
    assert [Constant(0.5)(t) for t in (0, 9)] == [0.5, 0.5]
    assert [Step(1.0, 2, 0.5)(t) for t in range(5)] == [1.0, 1.0, 0.5, 0.5, 0.25]
    cosine = Cosine(1.0, 4, 0.2)
    assert [cosine(t) for t in (0, 2, 4, 9)] == pytest.approx([1.0, 0.6, 0.2, 0.2])
    optimizer, p = SGD(lambda t: 1.0 / (t + 1)), Value(0.0, "p")
    p.grad = 1.0
    for _ in range(3):
        optimizer.step([p])
    assert p.data == pytest.approx(-(1 + 1 / 2 + 1 / 3))


def test_a_state_moves_an_optimiser_into_another():
    params = {"p": np.array([1.0, 2.0])}
    one, other = Adam(0.1), Adam(0.1)
    one.step(params, {"p": np.array([0.3, -4.0])})
    state = one.state_dict()
    copy = {"p": params["p"].copy()}
    one.step(params, {"p": np.array([1.0, 1.0])})
    other.load_state_dict(state)
    other.step(copy, {"p": np.array([1.0, 1.0])})
    assert copy["p"].tolist() == params["p"].tolist()
    assert other.t == one.t == 2


def test_values_without_labels_are_moved_too():
    values = [Value(1.0), Value(-2.0)]
    values[0].grad, values[1].grad = 3.0, 4.0
    SGD(0.1).step(values)
    assert read(np.array(values), "data").tolist() == pytest.approx([0.7, -2.4])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0), "a learning rate is a positive number, got 0"),
        (lambda: Adam(math.nan), "a learning rate is a positive number, got nan"),
        (lambda: SGD(Constant(-1.0)), "a schedule starts with a positive learning rate, got -1.0"),
        (lambda: SGD(0.1, momentum=1.0), "momentum is at least 0 and below 1, got 1.0"),
        (lambda: SGD(0.1, nesterov=True), "give a momentum such as 0.9"),
        (lambda: Adam(0.1, beta2=1.5), "beta2 is at least 0 and below 1, got 1.5"),
        (lambda: Adam(0.1, epsilon=0), "epsilon is a small positive number, got 0"),
        (lambda: AdamW(0.1, weight_decay=-1), "weight_decay is 0 or more, got -1"),
        (lambda: SGD(0.1).step({"W1": np.ones(2)}), "every array needs its gradient; W1 is missing"),
    ],
)
def test_settings_without_meaning_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_an_optimiser_that_trained_another_model_is_refused():
    optimizer = Adam(0.1)
    optimizer.step({"W1": np.ones((2, 2))}, {"W1": np.ones((2, 2))})
    with pytest.raises(ValueError, match=r"a model whose W1 has shape \(2, 2\), not \(3,\); make a new one"):
        optimizer.step({"W1": np.ones(3)}, {"W1": np.ones(3)})


def test_a_step_moves_values_in_nested_dicts_and_lists():
    w, b = Value(2.0, "w"), [Value(1.0, "b[0]"), Value(-1.0, "b[1]")]
    (w * b[0] + b[1]).backward()
    SGD(0.5).step({"w": w, "rest": {"b": b}})
    assert [each.data for each in (w, *b)] == [1.5, 0.0, -1.5]
    with pytest.raises(TypeError, match=r"a step moves leaf Values, got 1\.0"):
        SGD(0.5).step({"w": 1.0})
