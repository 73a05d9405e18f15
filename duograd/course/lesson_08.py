"""Lesson 8: training, with a backward pass of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from autodiff import Value
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same
from duograd.course.network import Network, Run, drawn, judge_backward, ran, started
from nn import MLP, MatrixMLP, datasets, fit, losses, optim
from nn.losses import Loss
from nn.model.module import Array

__all__ = [
    "gap_after_training",
    "learning_rate",
    "loop_of_scalars",
    "momentum",
    "one_step",
    "own_step",
    "parameters_of_a_reader",
    "steps_of_a_training",
]

UPHILL = "uphill"
ETA = 0.25
WORKS = 3.0  # a learning rate with which iris is learnt, far from the ends of those that do


@guess
def one_step() -> Question:
    """A weight of 1 with the gradient -2 after a step of 0.1."""
    W = {"W": np.array([1.0])}
    optim.SGD(0.1).step(W, {"W": np.array([-2.0])})
    return (
        W["W"].item(),
        "Against the gradient: J falls if the weight grows.",
        [
            Meaning(0.8, UPHILL, "That goes with the gradient, and J grows."),
            Meaning(3.0, "no learning rate", "That is a step of η = 1."),
            Meaning(0.2, "the step for the weight", "That is how far it goes. Where does it arrive?"),
            Meaning(-0.2, "the step for the weight", "That is η times the gradient. Where does it arrive?"),
            Meaning(-1.0, UPHILL, "That goes with the gradient, and with η = 1."),
        ],
    )


@guess
def steps_of_a_training() -> Question:
    """Steps of 40 epochs over 150 samples in batches of 30."""
    return (
        -(-150 // 30) * 40,
        "Five batches an epoch, a step each.",
        [
            Meaning(40, "epochs for steps", "An epoch sees all samples, in five batches with a step each."),
            Meaning(
                150 * 40, "samples for steps", "A step is made after each batch, and not after each sample."
            ),
            Meaning(
                30 * 40, "batch size for batches", "30 is how many samples a batch has. How many batches?"
            ),
            Meaning(5, "one epoch", "That is one epoch."),
        ],
    )


@guess
def gap_after_training() -> Question:
    """Of which size the gap of the engines' losses is."""
    return (
        "1e-14",
        "Descent forgives: from slightly different weights it goes to the same valley.",
        [
            Meaning("1e-6", "errors multiply", "So it would be if each step made the gap larger by a tenth."),
            Meaning("1e-2", "errors multiply", "So it would be if steps threw neighbours apart."),
        ],
    )


@guess
def parameters_of_a_reader() -> Question:
    """The number of parameters of MLP(64, [32, 10])."""
    return (
        len(MLP(64, [32, 10]).parameters()),
        "Two matrices and two biases.",
        [
            Meaning(64 * 32 + 32 * 10, "biases forgotten", "Each neuron has a bias, too."),
            Meaning(64 + 32 + 10, "neurons for weights", "Each neuron has a weight for each of its inputs."),
            Meaning(64 * 32 * 10, "layers multiplied", "Layers come one after the other: add."),
            Meaning(64 * 32 + 32, "one layer", "That is the first layer."),
            Meaning(65 * 32 + 33 * 10 + 64, "inputs have biases", "Inputs have no bias, neurons have."),
        ],
    )


@exercise(
    "Lesson 6's loop, and at the end of each round the weights change.",
    "dA of the next round needs the weights that the forward pass had.",
    "dZ, then dA = W[l]ᵀ·dZ, then W[l] -= η·dZ·A[l-1]ᵀ and b[l] -= η·row sums of dZ.",
)
def own_step(step: Callable[[Network, Run, Array, float], None]) -> str:
    """A training step, by the judge: the gradients are read off the change."""
    rng = np.random.default_rng()
    tried = started(drawn((3, 3, 2), 5, rng))
    found = _read_off(step, *tried)
    late = _read_off(_late_step, *tried)
    if all(same(found[name], late[name]) for name in found):
        raise NotYet(
            "dA is made with weights that have changed already: dA first.", "weights already updated"
        )
    if not any(found[f"db{l}"].any() for l in tried[0].b):
        raise NotYet("The biases stay where they are.", "missing")
    judge_backward(lambda network, run, dA: _read_off(step, network, run, dA))
    iris = datasets.load("iris")
    X, loss = datasets.standardise(iris.X), losses.cross_entropy
    targets = loss.targets(iris.y, 3, len(iris))
    twin = MatrixMLP.from_scalar(
        MLP(4, [6, 3], activation="tanh", seed=int(np.random.default_rng().integers(100)))
    )
    arrays = {**{f"W{l}": twin.W[l] for l in (1, 2)}, **{f"b{l}": twin.b[l] for l in (1, 2)}, "X": X}
    seen = []
    for _ in range(101):
        network, run = ran(arrays)
        seen.append(loss.J(run.A[2], targets))
        step(network, run, loss.dA(run.A[2], targets), ETA)
        for l in (1, 2):
            arrays[f"W{l}"], arrays[f"b{l}"] = network.W[l], network.b[l]
    return f"On 150 irises your step takes J from {seen[0]:.3f} to {seen[-1]:.3f} in a hundred rounds."


@exercise(
    "J, backward, a step for each parameter; and lesson 2 on adding up over time.",
    "backward adds to grad: set it to zero before.",
    "J, J.data into the list, model.zero_grad(), J.backward(), parameter.data -= eta * parameter.grad.",
)
def loop_of_scalars(train: Callable[[MLP, Loss, Array, Array, int, float], list[float]]) -> str:
    """A training loop with scalars, against fit, loss for loss."""
    iris, steps, seed = datasets.load("iris"), 8, int(np.random.default_rng().integers(1000))
    some = slice(0, 150, 10)
    X, loss = datasets.standardise(iris.X)[:, some], losses.cross_entropy
    targets = loss.targets(iris.y[some], 3, X.shape[1])

    def model() -> MLP:
        return MLP(4, [3], seed=seed)

    seen = train(model(), loss, X, targets, steps, ETA)
    if any(isinstance(each, Value) for each in seen):
        raise NotYet(
            "A loss is still a Value, with all of its graph: J.data is its number.", "Values for numbers"
        )
    answer = [float(each) for each in seen]
    if len(answer) != steps:
        raise NotYet(f"{steps} steps have {steps} losses, not {len(answer)}.", "another number of losses")
    right = fit(
        model(),
        X,
        iris.y[some],
        loss="cross_entropy",
        optimizer=optim.SGD(ETA),
        epochs=steps,
        engine="matrix",
    ).train_loss
    if np.allclose(answer, right, rtol=0, atol=1e-9):
        return "Loss for loss as fit has it."
    descended = partial(_descended, MatrixMLP.from_scalar(model()), loss, X, targets, steps)
    for name, text, wrong in (
        ("gradients of earlier steps", "What is in grad when the second step begins? backward adds to it.",
         descended(keep=True)),
        (UPHILL, "J grows: a step goes against the gradient.", descended(eta=-ETA)),
        ("no step", "The parameters stay where they are.", [right[0]] * steps),
        ("the loss after the step", "Each loss belongs to the parameters before the step.",
         [*right[1:], answer[-1]]),
        ("no learning rate", "The step is η times the gradient.", descended(eta=1.0)),
    ):  # fmt: skip
        if np.allclose(answer, wrong, rtol=0, atol=1e-9):
            raise NotYet(text, name)
    first = int(np.argmax(~np.isclose(answer, right, rtol=0, atol=1e-9)))
    raise NotYet(
        f"The loss of step {first} (counting from 0) is off: {answer[first]:.4f} for {right[first]:.4f}."
    )


@exercise(
    "Two lines, and the second uses the first.",
    "The parameter moves by the new velocity.",
    "velocity = beta * velocity - eta * gradient, and parameter + velocity.",
)
def momentum(step: Callable[..., tuple[Array, Array]]) -> str:
    """A step with momentum, for gradients drawn at random."""
    rng = np.random.default_rng()
    p, v, g = rng.normal(size=(3, 2, 2))
    eta, beta = 0.1, 0.9
    found = step(p.copy(), v.copy(), g.copy(), eta, beta)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise NotYet("Return two arrays: the velocity and the parameter.", "another form")
    new = beta * v - eta * g
    if not all(map(same, found, (new, p + new))):
        for name, text, wrong in (
            ("swapped", "First the velocity, then the parameter.", (p + new, new)),
            ("the old velocity", "The parameter moves by the new velocity.", (new, p + v)),
            (UPHILL, "The gradient comes with a minus.", (beta * v + eta * g, p + beta * v + eta * g)),
            ("subtracted twice", "The minus is in the velocity already.", (new, p - new)),
            ("another convention", "Other books have v ← βv + ηg, and p - v. Here v has the minus.",
             (beta * v + eta * g, p - beta * v - eta * g)),
            ("an average for a sum", "Momentum adds up; that is Adam's average.",
             (beta * v - (1 - beta) * g, p + beta * v - (1 - beta) * g)),
            ("another convention", "Other books average gradients, and use η where the parameter moves.",
             (beta * v + (1 - beta) * g, p - eta * (beta * v + (1 - beta) * g))),
            ("no learning rate", "The gradient comes with η.", (beta * v - g, p + beta * v - g)),
            ("no velocity", "That is plain gradient descent.", (-eta * g, p - eta * g)),
            ("no friction", "The old velocity comes with β.", (v - eta * g, p + v - eta * g)),
        ):  # fmt: skip
            if all(map(same, found, wrong)):
                raise NotYet(text, name)
        raise NotYet(f"From p = {p.round(2).tolist()}, v = {v.round(2).tolist()} it goes elsewhere.")
    reference, optimizer = {"W": p.copy()}, optim.SGD(eta, momentum=beta)
    velocity, parameter = np.zeros_like(p), p
    for _ in range(5):
        gradient = rng.normal(size=p.shape)
        velocity, parameter = step(parameter, velocity, gradient, eta, beta)
        optimizer.step(reference, {"W": gradient})
    if not same(parameter, reference["W"]):
        raise NotYet("One step is right, five are not: something is kept from call to call.", "kept")
    return "Five steps as the library makes them."


@exercise(
    "Try some, each three times the one before.",
    "Too small creeps; too large jumps over the valley.",
    "Between 1 and 10.",
)
def learning_rate(rate: float) -> str:
    """A rate with which plain descent comes below 0.1 in 40 epochs."""
    if rate <= 0:
        raise NotYet("A learning rate is a number above 0.", UPHILL)
    end = _after_40(rate)
    if not end < 0.1:
        creeping = rate < WORKS
        raise NotYet(
            f"With {rate:g} it ends at J = {end:.3f}: {'it creeps' if creeping else 'it jumps about'}.",
            "too small a rate" if creeping else "too large a rate",
        )
    return f"J = {end:.4f}. With 0.01 it is {_after_40(0.01):.2f}, with 50 it is {_after_40(50.0):.2f}."


def _after_40(rate: float) -> float:
    iris = datasets.load("iris")
    X = datasets.standardise(iris.X)
    model = MLP(4, [6, 3], seed=0)
    return fit(model, X, iris.y, loss="cross_entropy", optimizer=optim.SGD(rate), epochs=40).train_loss[-1]


def _read_off(step: Callable[..., Any], network: Network, run: Run, dA: Array) -> Mapping[str, Array]:
    """The gradients that a step has gone against."""
    moved = Network(
        {l: W.copy() for l, W in network.W.items()}, {l: b.copy() for l, b in network.b.items()}, network.L
    )
    step(moved, run, dA.copy(), ETA)
    return {
        **{f"dW{l}": (network.W[l] - moved.W[l]) / ETA for l in network.W},
        **{f"db{l}": (network.b[l] - moved.b[l]) / ETA for l in network.b},
    }


def _late_step(twin: Network, cache: Run, dA: Array, eta: float) -> None:
    """A step that changes the weights of a layer before it makes dA with them."""
    for l in range(twin.L, 0, -1):
        dZ = dA * (1 - cache.A[l] ** 2) if l < twin.L else dA
        twin.W[l] = twin.W[l] - eta * dZ @ cache.A[l - 1].T
        twin.b[l] = twin.b[l] - eta * dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ


def _descended(
    twin: MatrixMLP, loss: Loss, X: Array, targets: Array, steps: int, eta: float = ETA, keep: bool = False
) -> list[float]:
    """The losses of gradient descent in a network of one layer; ``keep`` adds up gradients of all steps."""
    W, b = twin.W[1].copy(), twin.b[1].copy()
    dW, db, seen = np.zeros_like(W), np.zeros_like(b), []
    moved = MatrixMLP.from_scalar(MLP(4, [3], seed=0))
    for _ in range(steps):
        moved.W[1][:], moved.b[1][:] = W, b
        cache = moved.forward(X)
        seen.append(loss.J(cache.A[1], targets))
        grads = moved.backward(cache, loss.dA(cache.A[1], targets))
        dW, db = grads.dW[1] + keep * dW, grads.db[1] + keep * db
        W, b = W - eta * dW, b - eta * db
    return seen
