"""Optimisers make the steps of their sources, on Values, matrices and lifted programs alike.

The sources are written out below once more, on plain numbers; where PyTorch is installed, its optimisers and
schedules are asked, too.
"""

import math

import numpy as np
import pytest

from autodiff import Value
from nn import MLP
from nn.losses import mse
from nn.losses.regularised import RegularisedLoss
from nn.model.module import read
from nn.train.engines import ENGINES
from nn.train.optim import (
    OPTIMIZERS,
    SCHEDULES,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Constant,
    Cosine,
    OneCycle,
    ReduceLROnPlateau,
    RMSprop,
    Step,
    WarmUp,
    clip,
    optimizer_named,
    schedule_named,
)

# Each as here, and as PyTorch has it.
SETTINGS = {
    "plain": (SGD, {}, "SGD", {}),
    "momentum": (SGD, {"momentum": 0.9}, "SGD", {"momentum": 0.9}),
    "nesterov": (SGD, {"momentum": 0.9, "nesterov": True}, "SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": (Adagrad, {}, "Adagrad", {}),
    "rmsprop": (RMSprop, {"alpha": 0.95}, "RMSprop", {"alpha": 0.95}),
    "rmsprop with momentum": (RMSprop, {"momentum": 0.8}, "RMSprop", {"momentum": 0.8}),
    "rmsprop centered": (RMSprop, {"centered": True}, "RMSprop", {"centered": True}),
    "adam": (Adam, {"beta1": 0.8, "beta2": 0.99}, "Adam", {"betas": (0.8, 0.99)}),
    "adamw": (AdamW, {"weight_decay": 0.3}, "AdamW", {"weight_decay": 0.3}),
}
OPTIONS = {
    "": {},
    "decay": {"weight_decay": 0.2},
    "norm": {"clip_norm": 0.7},
    "value": {"clip_value": 0.4},
    "all": {"weight_decay": 0.1, "clip_norm": 0.9, "clip_value": 0.5},
}
RATE, STEPS = 0.1, 50
PLANS = {  # of the learning rate: as here, and as PyTorch has them
    "constant": (lambda: Constant(RATE), lambda s, o: s.ConstantLR(o, 1.0)),
    "step": (lambda: Step(RATE, 15, 0.7), lambda s, o: s.StepLR(o, 15, 0.7)),
    "cosine": (lambda: Cosine(RATE, STEPS, 0.01), lambda s, o: s.CosineAnnealingLR(o, STEPS, 0.01)),
    "warm-up": (lambda: WarmUp(RATE, 20), lambda s, o: s.LambdaLR(o, lambda t: min(1.0, t / 20))),
    "one cycle": (
        lambda: OneCycle(RATE, STEPS + 1, 0.4, 20.0, 50.0),
        lambda s, o: s.OneCycleLR(
            o, RATE, STEPS + 1, pct_start=0.4, div_factor=20, final_div_factor=50, cycle_momentum=False
        ),
    ),
}


def made(name, rate, **options):
    kind, settings, _, _ = SETTINGS[name]
    return kind(rate, **(settings | options))


def written_out(optimizer, p, gradients, rates, clip_norm=None, clip_value=None):
    """Where the numbers p are after each step, on plain numbers, as the sources have them."""
    s, kind = optimizer, type(optimizer).__name__
    p, kept = list(p), [{} for _ in p]

    def average(memory, what, share, new):
        memory[what] = share * memory.get(what, 0.0) + new
        return memory[what]

    for t, (g, rate) in enumerate(zip(gradients, rates), start=1):
        if clip_value:
            g = [max(-clip_value, min(clip_value, each)) for each in g]
        if clip_norm:
            size = math.sqrt(sum(each**2 for each in g))
            g = [each * clip_norm / (size + 1e-6) if size + 1e-6 > clip_norm else each for each in g]
        for i, (gi, memory) in enumerate(zip(g, kept)):
            if kind == "AdamW":
                p[i] -= rate * s.weight_decay * p[i]
            else:
                gi += s.weight_decay * p[i]
            if kind == "SGD":
                v = average(memory, "v", s.momentum, gi)
                p[i] -= rate * (gi + s.momentum * v if s.nesterov else v)
            elif kind == "Adagrad":
                p[i] -= rate * gi / (math.sqrt(average(memory, "s", 1.0, gi**2)) + 1e-10)
            elif kind == "RMSprop":
                v = average(memory, "v", s.alpha, (1 - s.alpha) * gi**2)
                m = average(memory, "m", s.alpha, (1 - s.alpha) * gi) if s.centered else 0.0
                p[i] -= rate * average(memory, "u", s.momentum, gi / (math.sqrt(v - m**2) + 1e-8))
            else:
                m = average(memory, "m", s.beta1, (1 - s.beta1) * gi) / (1 - s.beta1**t)
                v = average(memory, "v", s.beta2, (1 - s.beta2) * gi**2) / (1 - s.beta2**t)
                p[i] -= rate * m / (math.sqrt(v) + 1e-8)
        yield list(p)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("name", SETTINGS)
def test_the_steps_are_those_written_out(name, options):
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    optimizer = made(name, Step(RATE, 7, 0.5), **OPTIONS[options])
    params = {"W": np.array([1.0, -2.0]), "b": np.array([0.5])}
    clipping = {key: each for key, each in OPTIONS[options].items() if key != "weight_decay"}
    rates = [RATE * 0.5 ** (t // 7) for t in range(20)]
    expected = written_out(optimizer, [1.0, -2.0, 0.5], gradients.tolist(), rates, **clipping)
    for g, after in zip(gradients, expected, strict=True):
        optimizer.step(params, {"W": g[:2], "b": g[2:]})
        assert [*params["W"], *params["b"]] == pytest.approx(after, rel=1e-12, abs=1e-14)
    assert optimizer.t == 20


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("name", SETTINGS)
def test_50_steps_are_those_of_pytorch(name, plan, options, torch):
    rng = np.random.default_rng(0)
    params = {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}
    theirs = {key: torch.tensor(array, requires_grad=True) for key, array in params.items()}
    optimizer = made(name, PLANS[plan][0](), **OPTIONS[options])
    _, _, kind, settings = SETTINGS[name]
    decay = {key: each for key, each in OPTIONS[options].items() if key == "weight_decay"}
    reference = getattr(torch.optim, kind)(theirs.values(), RATE, **(settings | decay))
    scheduler = PLANS[plan][1](torch.optim.lr_scheduler, reference)
    for _ in range(STEPS):
        assert optimizer.rate == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)
        for tensor in theirs.values():  # the gradient of Σ log cosh p
            tensor.grad = torch.tanh(tensor.detach())
        if "clip_value" in OPTIONS[options]:
            torch.nn.utils.clip_grad_value_(theirs.values(), OPTIONS[options]["clip_value"])
        if "clip_norm" in OPTIONS[options]:
            torch.nn.utils.clip_grad_norm_(theirs.values(), OPTIONS[options]["clip_norm"])
        optimizer.step(params, {key: np.tanh(array) for key, array in params.items()})
        reference.step()
        scheduler.step()
    for key, array in params.items():
        np.testing.assert_allclose(array, theirs[key].detach().numpy(), rtol=1e-12, atol=1e-12)


LOSSES_SEEN = [
    3.0,
    2.0,
    2.0,
    1.9999,
    2.1,
    2.0,
    1.0,
    1.0,
    1.0,
    1.0,
    1.0,
    1.0,
    0.99995,
    0.5,
    0.6,
    0.6,
    0.6,
    0.7,
]


def test_a_plateau_lowers_the_rate_as_in_its_definition():
    schedule, seen = ReduceLROnPlateau(1.0, factor=0.5, patience=1, cooldown=1, least=0.2), []
    for loss in LOSSES_SEEN:
        schedule.observe(loss)
        seen.append(schedule(0))
    assert seen == [1.0] * 3 + [0.5] * 5 + [0.25] * 3 + [0.2] * 7


@pytest.mark.parametrize("settings", [{}, {"patience": 2, "cooldown": 2}, {"patience": 0, "threshold": 0.1}])
def test_a_plateau_is_that_of_pytorch(settings, torch):
    reference = torch.optim.SGD([torch.zeros(1)], 1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(reference, factor=0.3, **settings)
    schedule = ReduceLROnPlateau(1.0, factor=0.3, **settings)
    for loss in LOSSES_SEEN * 3:
        schedule.observe(loss)
        scheduler.step(loss)
        assert schedule(0) == pytest.approx(reference.param_groups[0]["lr"], rel=1e-14)


def test_gradients_are_clipped_all_together_and_at_the_ends_of_the_range_too():
    clipped = clip({"a": np.array([3.0]), "b": np.array([[4.0]])}, norm=1.0)
    assert [clipped["a"].item(), clipped["b"].item()] == pytest.approx([0.6, 0.8], rel=1e-6)
    assert clip({"a": np.array([0.3])}, norm=1.0)["a"].tolist() == [0.3]
    huge = clip({"a": np.array([3e300]), "b": np.array([-4e300])}, norm=1.0)
    assert [huge["a"].item(), huge["b"].item()] == pytest.approx([0.6, -0.8])
    assert clip({"a": np.array([5.0, -7.0, 0.5])}, value=2.0)["a"].tolist() == [2.0, -2.0, 0.5]


def test_optimisers_and_schedules_are_found_by_name_or_made_by_a_callable():
    for name, choice in OPTIMIZERS.items():
        assert optimizer_named(name).rate == choice.rate
    for name in SCHEDULES:
        for steps in (0, 1, 5, 1000):
            rates = [schedule_named(name, 0.3, steps)(t) for t in range(steps)]
            assert all(0.0 <= rate <= 0.3 * (1 + 1e-15) for rate in rates)
    own = Adam(0.3)
    assert optimizer_named(own) is own
    assert isinstance(optimizer_named(Adam), Adam)
    assert optimizer_named(lambda: RMSprop(0.2)).rate == 0.2
    assert isinstance(optimizer_named(None), SGD)
    with pytest.raises(ValueError, match="no optimizer 'adm'; did you mean 'adam'"):
        optimizer_named("adm")
    for wrong in (3, lambda: 3):
        with pytest.raises(TypeError, match="optimizer is a name such as 'adam', an optimiser"):
            optimizer_named(wrong)


def test_lr_is_another_name_of_the_learning_rate():
    assert (Adam(lr=0.3).rate, SGD(lr=Cosine(0.2, 5), momentum=0.5).rate) == (0.3, 0.2)
    assert repr(Adam(lr=0.3)) == repr(Adam(0.3)) and not hasattr(Adam(lr=0.3), "lr")
    with pytest.raises(TypeError, match="lr is another name of learning_rate; give one of them"):
        Adam(0.2, lr=0.3)


def test_a_number_of_numpy_is_the_same_setting():
    assert repr(Adam(np.float64(0.05), beta1=np.float32(0.5))) == repr(Adam(0.05, beta1=0.5))
    assert repr(SGD(Step(np.float64(0.5), np.int64(3)))) == repr(SGD(Step(0.5, 3)))


@pytest.mark.parametrize("name", SETTINGS)
def test_values_matrices_and_programs_are_moved_alike(name):
    X, Y = np.array([[0.5, -1.0], [1.5, 0.25]]), np.array([[1.0, 0.0]])
    model = MLP(2, [3, 1], seed=3)
    runs = {key: engine(model, RegularisedLoss(mse), X[:, 0], Y[:, 0]) for key, engine in ENGINES.items()}
    optimizers = {key: made(name, 0.1) for key in runs}
    own = made(name, 0.1)
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
        (lambda: SGD(Constant(-1.0)), "a learning rate is a positive number, got -1.0"),
        (lambda: SGD(lambda t: -1.0), "gives learning rates of 0 or more, got -1.0 after 0 steps"),
        (lambda: SGD(lambda t: math.nan), "got nan after 0 steps"),
        (lambda: SGD(lambda t: "fast"), "got 'fast' after 0 steps"),
        (lambda: Cosine(0.1, 0), "steps is a number of steps, 1 or more, got 0"),
        (lambda: Cosine(0.1, 5, -0.1), "least is a learning rate, 0 or more, got -0.1"),
        (lambda: Step(0.1, 0), "every is a number of steps, 1 or more, got 0"),
        (lambda: Step(0.1, 2, math.inf), "factor is a positive number, got inf"),
        (lambda: WarmUp(0.1, 0), "steps is a number of steps, 1 or more, got 0"),
        (lambda: OneCycle(0.1, 2), "steps is a number of steps, 3 or more, got 2"),
        (lambda: OneCycle(0.1, 3), "rising=0.3 of 3 steps leaves none to rise"),
        (lambda: ReduceLROnPlateau(0.1, factor=1.0), "factor is above 0 and below 1, got 1.0"),
        (lambda: ReduceLROnPlateau(0.1, patience=-1), "patience is a number of epochs, 0 or more, got -1"),
        (lambda: RMSprop(0.1, alpha=1.0), "alpha is at least 0 and below 1, got 1.0"),
        (lambda: Adagrad(0.1, epsilon=-1e-8), "epsilon is a small positive number, got -1e-08"),
        (lambda: SGD(0.1, clip_norm=0.0), "clip_norm is a positive number, got 0.0"),
        (lambda: SGD(0.1, clip_value=math.nan), "clip_value is a positive number, got nan"),
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
