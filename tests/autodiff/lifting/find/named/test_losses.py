"""Softmax, cross-entropy and their kin are found however they were written, with the book's gradients."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, dot, exp, leaves, lift, log, log_softmax, logsumexp, sigmoid, softmax, softplus
from autodiff.functions import log1p, logsigmoid, mean, sum
from nn import losses
from tests.autodiff.lifting.find.named.listed import line
from tests.examples import examples
from tests.notation.reader import read

K, N, M = 3, 2, 4  # classes, features, samples
CLASSES = [2, 0, 1, 0]
ONE_HOT = np.eye(K)[CLASSES].T


def by_hand(zs):
    powers = [exp(z) for z in zs]
    total = sum(powers)
    return [p / total for p in powers]


CROSS_ENTROPIES = {
    "log_softmax": lambda z, y: -sum([t * l for t, l in zip(y, log_softmax(z))]),
    "log of softmax": lambda z, y: -dot(y, [log(p) for p in softmax(z)]),
    "by hand": lambda z, y: -dot(y, [log(p) for p in by_hand(z)]),
    "our loss": lambda z, y: losses.cross_entropy(z, list(y)),
}
OF_A_CLASS = {
    "log_softmax": lambda z, k: -log_softmax(z)[k],
    "log of softmax": lambda z, k: -log(softmax(z)[k]),
    "by hand": lambda z, k: -log(by_hand(z)[k]),
    "logsumexp": lambda z, k: logsumexp(z) - z[k],
    "log of a sum": lambda z, k: log(sum([exp(x) for x in z])) - z[k],
    "log of a quotient": lambda z, k: -(z[k] - log(sum([exp(x) for x in z]))),
}


def logits(scale=1.0):
    make = np.random.default_rng(0)
    W, b = leaves("W", scale * make.normal(size=(K, N))), leaves("b", make.normal(size=K))
    X = leaves("X", make.normal(size=(N, M)))
    Z = [[dot(w, x, c) for w, c in zip(W, b)] for x in X.T]
    return Z, {"X": X}, [*W.ravel(), *b]


def agrees(program, loss, params):
    """Loss and gradients of the program, its source, and its listing as read are the scalar engine's."""
    for p in params:
        p.grad = 0.0
    loss.backward()
    data = recorded(program)
    result = program(**data)
    assert result.loss == pytest.approx(loss.data, rel=1e-12)
    namespace = {}
    exec(program.source(), namespace)
    grads = namespace["run"](*program.params.values(), *data.values())[1]
    found = read(str(program), {**program.params, **data}, program.constants)
    for p in params:
        name, index = re.fullmatch(r"(\w+)\[(.*)\]", p.label).groups()
        at = tuple(map(int, index.split(",")))
        for got in (result.grads[name][at], grads[name][at], found.gradient(name)[at]):
            assert got == pytest.approx(p.grad, rel=1e-9, abs=1e-11)


def recorded(program):
    return {leaf.name: program._data(leaf) for leaf in program._leaves if leaf.role == "input"}


@pytest.mark.parametrize("form", CROSS_ENTROPIES)
@pytest.mark.parametrize("given_as", ["inputs", "numbers"])
def test_a_cross_entropy_is_named(form, given_as):
    Z, inputs, params = logits()
    Y = leaves("Y", ONE_HOT) if given_as == "inputs" else ONE_HOT
    loss = mean([CROSS_ENTROPIES[form](z, [*y]) for z, y in zip(Z, Y.T)])
    program = lift(loss, {**inputs, **({"Y": Y} if given_as == "inputs" else {})}, params)
    assert line(program, "P") == "softmax(Z)"
    assert line(program, "J") == "1/m·Σ cross_entropy(P, Y)"
    assert line(program, "dZ") == ("1/m·(P ⊙ Σᵢ Y - Y)" if given_as == "inputs" else "1/m·(P - Y)")
    assert len(re.findall(r"^  .* \+?= ", str(program), re.M)) == 6
    agrees(program, loss, params)


@pytest.mark.parametrize("form", OF_A_CLASS)
def test_a_cross_entropy_of_classes_is_one_of_one_hot_targets(form):
    Z, inputs, params = logits()
    loss = mean([OF_A_CLASS[form](z, k) for z, k in zip(Z, CLASSES)])
    program = lift(loss, inputs, params)
    assert line(program, "J") == "1/m·Σ cross_entropy(P, Y)"
    assert line(program, "dZ") == "1/m·(P - Y)"
    np.testing.assert_array_equal(program.constants["Y"], ONE_HOT)
    agrees(program, loss, params)


def test_a_penalty_stands_beside_it():
    Z, inputs, params = logits()
    loss = mean([-log_softmax(z)[k] for z, k in zip(Z, CLASSES)]) + 0.5 * sum(
        [p * p for p in params[: K * N]]
    )
    program = lift(loss, inputs, params)
    assert line(program, "J") == "1/m·Σ cross_entropy(P, Y) + 1/2·‖W‖²"
    assert line(program, "dW") == "W + dZ·Xᵀ"
    agrees(program, loss, params)


def test_logits_far_apart_keep_their_digits():
    Z, inputs, params = logits(scale=300.0)
    loss = mean([-log_softmax(z)[k] for z, k in zip(Z, CLASSES)])
    program = lift(loss, inputs, params)
    loss.backward()
    result = program(X=recorded(program)["X"])
    assert result.loss == pytest.approx(loss.data, rel=1e-12)
    for p in params[: K * N]:
        assert result.grads["W"].ravel()[params.index(p)] == pytest.approx(p.grad, rel=1e-9, abs=1e-300)


def test_a_softmax_inside_has_the_gradient_of_a_softmax():
    Z, inputs, params = logits()
    loss = mean([dot(softmax(z), [float(i + s) for i in range(K)]) for s, z in enumerate(Z)])
    program = lift(loss, inputs, params)
    assert line(program, "dZ") == "P ⊙ (c - Σᵢ P ⊙ c)"
    agrees(program, loss, params)


def test_what_is_asked_for_stays():
    Z, inputs, params = logits()
    powers = [[exp(x) for x in z] for z in Z]
    for s, row in enumerate(powers):
        for k, power in enumerate(row):
            power.label = f"E[{s},{k}]"
    loss = mean([-log(row[k] / sum(row)) for row, k in zip(powers, CLASSES)])
    program = lift(loss, inputs, params, keep=["E", "dE"])
    loss.backward()
    values = program(X=recorded(program)["X"]).values
    np.testing.assert_allclose(values["E"], [[p.data for p in row] for row in powers], rtol=1e-13)
    assert np.abs(values["dE"]).max() > 0.0


def of_probability(a, y):
    return -(y * log(a) + (1.0 - y) * log(1.0 - a))


def of_odds(e, y):
    return of_probability(e / (1.0 + e), y)


BINARY = {
    "our loss": lambda z, y: losses.binary_cross_entropy([z], [y]),
    "sigmoid": lambda z, y: of_probability(sigmoid(z), y),
    "by hand": lambda z, y: of_probability(1.0 / (1.0 + exp(-z)), y),
    "by hand, the other way": lambda z, y: of_odds(exp(z), y),
    "a power": lambda z, y: of_probability((1.0 + exp(-z)) ** -1, y),
    "softplus": lambda z, y: y * softplus(-z) + (1.0 - y) * softplus(z),
    "logsigmoid": lambda z, y: -(y * logsigmoid(z) + (1.0 - y) * logsigmoid(-z)),
    "log1p": lambda z, y: y * log1p(exp(-z)) + (1.0 - y) * log1p(exp(z)),
}


@pytest.mark.parametrize("form", BINARY)
@pytest.mark.parametrize("given_as", ["inputs", "numbers"])
def test_a_binary_cross_entropy_is_named(form, given_as):
    make = np.random.default_rng(1)
    w, b, X = leaves("w", make.normal(size=N)), leaves("b", [0.25]), leaves("X", make.normal(size=(N, M)))
    y = [1.0, 0.0, 0.0, 1.0]
    Y = leaves("Y", y) if given_as == "inputs" else y
    loss = mean([BINARY[form](dot(w, x, b[0]), t) for x, t in zip(X.T, Y)])
    program = lift(loss, {"X": X, **({"Y": Y} if given_as == "inputs" else {})}, [*w, *b])
    assert re.search(r"J = 1/m·Σ binary_cross_entropy\(\w+, Yᵀ?\)", str(program)), str(program)
    assert re.search(r"dz = 1/m·\(a - Y\)", str(program)), str(program)
    agrees(program, loss, [*w, *b])


@examples(times=1 / 4)
@given(st.data())
def test_losses_of_any_shape_agree(data):
    """Targets that add up to anything, weights of samples, and terms beside."""
    make = np.random.default_rng(data.draw(st.integers(0, 999)))
    k, m = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 4))
    W, X = leaves("W", make.normal(size=(k, 2))), leaves("X", make.normal(size=(2, m)))
    targets = (
        make.uniform(0.0, 1.0, (k, m)) if data.draw(st.booleans()) else np.eye(k)[make.integers(0, k, m)].T
    )
    weights = make.uniform(0.5, 2.0, m) if data.draw(st.booleans()) else np.full(m, 1.0 / m)
    form = CROSS_ENTROPIES[data.draw(st.sampled_from([*CROSS_ENTROPIES]))]
    as_inputs = data.draw(st.booleans())
    Y = leaves("Y", targets) if as_inputs else targets
    Z = [[dot(w, x) for w in W] for x in X.T]
    loss = sum([float(c) * form(z, [*y]) for c, z, y in zip(weights, Z, Y.T)])
    if data.draw(st.booleans()):
        loss = loss + dot([*W.ravel()], [*W.ravel()])
    if isinstance(loss, Value):
        program = lift(loss, {"X": X, **({"Y": Y} if as_inputs else {})}, [*W.ravel()])
        agrees(program, loss, [*W.ravel()])


def test_the_logsumexp_of_a_vector_is_read_by_another_softmax():
    make = np.random.default_rng(0)
    W, x = leaves("W", make.normal(size=(K, N))), leaves("x", make.normal(size=N))
    z = [dot(w, x) for w in W]
    total = logsumexp(z)
    loss = sum([p * p for p in softmax([2.0 * (each - total) for each in z])])
    agrees(lift(loss, {"W": W}, x), loss, [*x])


def test_a_log_softmax_among_other_terms_is_named():
    """As in a mixture of densities."""
    Z, inputs, params = logits()
    shares = [log_softmax(z) for z in Z]
    loss = -mean([logsumexp([l - (x - 1.0) ** 2 for l, x in zip(part, z)]) for part, z in zip(shares, Z)])
    program = lift(loss, inputs, params)
    assert " = log_softmax(Z) " in str(program)
    agrees(program, loss, params)


def test_softplus_by_logaddexp_is_named():
    Z, inputs, params = logits()
    loss = sum([np.logaddexp(0.0, x) for z in Z for x in z])
    program = lift(loss, inputs, params)
    assert line(program, "dZ") == "sigmoid(Z)"
    assert "softplus(Z)" in str(program)
    agrees(program, loss, params)
