"""judge: families over a dict of parameters, as courses build them step by step; right ones are not blamed,
in float64 and float32, and mistakes get their names."""

import numpy as np
import pytest

from nn import judge

RNG = np.random.default_rng(3)


def normal(*shape):
    return RNG.normal(size=shape)


# 6 samples in columns, 4 features, layers of 3, 5 and 1.
X = normal(4, 6)
Y = np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0]])
DEEP = {
    "W1": normal(3, 4),
    "b1": normal(3, 1),
    "W2": normal(5, 3),
    "b2": normal(5, 1),
    "W3": normal(1, 5),
    "b3": normal(1, 1),
}
TWO = {"W1": normal(3, 4), "b1": normal(3, 1), "W2": normal(1, 3), "b2": normal(1, 1)}


def squash(Z):
    return 1 / (1 + np.exp(-Z)), Z


def rectify(Z):
    return np.maximum(0, Z), Z


def dense(A, W, b):
    return np.dot(W, A) + b, (A, W, b)


def dense_then(A_prev, W, b, activation):
    Z, linear = dense(A_prev, W, b)
    A, kept = squash(Z) if activation == "sigmoid" else rectify(Z)
    return A, (linear, kept)


def deep_forward(X, parameters):
    caches = []
    A = X
    L = len(parameters) // 2
    for l in range(1, L):
        A, cache = dense_then(A, parameters["W" + str(l)], parameters["b" + str(l)], "relu")
        caches.append(cache)
    AL, cache = dense_then(A, parameters["W" + str(L)], parameters["b" + str(L)], "sigmoid")
    caches.append(cache)
    return AL, caches


def cost_of(AL, Y):
    m = Y.shape[1]
    cost = -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m
    return np.squeeze(cost)


def dense_back(dZ, cache, dW_over=1, summed=1):
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    dW = np.dot(dZ, A_prev.T) / m * dW_over
    db = np.sum(dZ, axis=summed, keepdims=True) / m
    return np.dot(W.T, dZ), dW, db


def then_back(dA, cache, activation, **options):
    linear, Z = cache
    if activation == "relu":
        dZ = np.array(dA, copy=True)
        dZ[Z <= 0] = 0
    else:
        s = 1 / (1 + np.exp(-Z))
        dZ = dA * s * (1 - s)
    return dense_back(dZ, linear, **options)


def deep_backward(AL, Y, caches, **options):
    grads = {}
    L = len(caches)
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    grads["dA" + str(L - 1)], grads["dW" + str(L)], grads["db" + str(L)] = then_back(
        dAL, caches[L - 1], "sigmoid", **options
    )
    for l in reversed(range(L - 1)):
        grads["dA" + str(l)], grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = then_back(
            grads["dA" + str(l + 1)], caches[l], "relu", **options
        )
    return grads


def planar_forward(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X + parameters["b1"])
    A2, _ = squash(parameters["W2"] @ A1 + parameters["b2"])
    return A2, {"A1": A1, "A2": A2}


def planar_backward(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(cache["A1"], 2))
    return {
        "dW1": np.dot(dZ1, X.T) / m,
        "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
        "dW2": np.dot(dZ2, cache["A1"].T) / m,
        "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
    }


def penalised_cost(A3, Y, parameters, lambd):
    penalty = sum(np.sum(np.square(each)) for name, each in parameters.items() if name.startswith("W"))
    return cost_of(A3, Y) + lambd / (2 * Y.shape[1]) * penalty


def penalised_forward(X, parameters):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z1 = W1 @ X + b1
    A1 = np.maximum(0, Z1)
    A2 = squash(W2 @ A1 + b2)[0]
    return A2, (Z1, A1, W1, W2, A2)


def penalised_backward(X, Y, cache, lambd):
    Z1, A1, W1, W2, A2 = cache
    m = X.shape[1]
    dZ2 = A2 - Y
    dZ1 = (W2.T @ dZ2) * (Z1 > 0)
    return {
        "dW1": dZ1 @ X.T / m + lambd / m * W1,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m + lambd / m * W2,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }


def one_after_the_other(W1, b1, W2, b2, X):
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    E = np.exp(Z2 - Z2.max(axis=0))
    A2 = E / E.sum(axis=0)
    return Z1, A1, Z2, A2


def no_loss_anywhere(Z1, A1, Z2, A2, W1, W2, X, Y):
    m = X.shape[1]
    hot = np.eye(A2.shape[0])[Y].T
    dZ2 = A2 - hot
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    over = 1 / m
    return (
        over * dZ1.dot(X.T),
        over * np.sum(dZ1, axis=1, keepdims=True),
        over * dZ2.dot(A1.T),
        over * np.sum(dZ2, axis=1, keepdims=True),
    )


def summed_to_a_number(Z1, A1, Z2, A2, W1, W2, X, Y):
    dW1, db1, dW2, db2 = no_loss_anywhere(Z1, A1, Z2, A2, W1, W2, X, Y)
    return dW1, np.full_like(db1, db1.sum()), dW2, db2


def propagate(w, b, X, Y):
    """A course's logistic regression: the gradients first, then the cost."""
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -(1 / m) * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": np.dot(X, (A - Y).T) / m, "db": np.sum(A - Y) / m}, cost


def with_the_output(x, w):
    out = x @ w
    return np.tanh(out), (x, w, np.tanh(out))


def bare(cache, dout):
    x, w, a = cache
    dz = dout * (1 - a**2)
    return dz @ w.T, x.T @ dz


def step_forward(x, prev_h, prev_c, W, U):
    next_h = np.tanh(x @ W + prev_h @ U)
    next_c = prev_c * next_h
    return next_h, next_c, (x, prev_h, prev_c, W, U, next_h)


def step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, W, U, h = cache
    dz = (dnext_h + dnext_c * prev_c) * (1 - h**2)
    return dz @ W.T, dz @ U.T, dnext_c * h, x.T @ dz, prev_h.T @ dz


NOTHING_LOST = {"W1": normal(5, 4), "b1": normal(5, 1), "W2": normal(3, 5), "b2": normal(3, 1)}
CLASSES = np.array([0, 1, 2, 0, 1, 2])
DENSE = {"A_prev": X, "W": normal(3, 4), "b": normal(3, 1), "activation": "relu"}
STEP = {
    "x": normal(4, 3),
    "prev_h": normal(4, 2),
    "prev_c": normal(4, 2),
    "W": normal(3, 2),
    "U": normal(2, 2),
}

RIGHT = {
    "step by step": ((deep_forward, cost_of, deep_backward), {"X": X, "Y": Y, "parameters": DEEP}),
    "planar": ((planar_forward, cost_of, planar_backward), {"X": X, "Y": Y, "parameters": TWO}),
    "penalised": (
        (penalised_forward, penalised_cost, penalised_backward),
        {"X": X, "Y": Y, "parameters": TWO, "lambd": 0.7},
    ),
    "no loss": ((one_after_the_other, no_loss_anywhere), {**NOTHING_LOST, "X": X, "Y": CLASSES}),
    "gradients first": ((propagate,), {"w": normal(4, 1), "b": 0.3, "X": X, "Y": Y}),
    "a layer whose mean is in dW and db": ((dense_then, then_back), DENSE),
    "cache first": ((with_the_output, bare), {"x": normal(5, 3), "w": normal(3, 2)}),
    "two outputs": ((step_forward, step_backward), STEP),
}


def narrow(thing):
    if isinstance(thing, dict):
        return {name: narrow(each) for name, each in thing.items()}
    return thing.astype(np.float32) if isinstance(thing, np.ndarray) and thing.dtype.kind == "f" else thing


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", RIGHT)
def test_right_families_are_not_blamed(case, dtype):
    functions, arguments = RIGHT[case]
    verdict = judge(*functions, **(narrow(arguments) if dtype == "float32" else arguments))
    assert verdict, f"{verdict}"


def of(function, **options):
    return lambda AL, Y, caches: function(AL, Y, caches, **options)


def test_mistakes_in_a_family_get_their_names():
    verdict = judge(deep_forward, cost_of, of(deep_backward, dW_over=2), **RIGHT["step by step"][1])
    assert {each.quantity: each.name for each in verdict.findings} == {
        name: "twice too large" if name[0] == "W" else "" for name in DEEP
    }
    without = lambda *args: {n: g for n, g in deep_backward(*args).items() if n != "db2"}  # noqa: E731
    verdict = judge(
        deep_forward, cost_of, lambda AL, Y, caches: without(AL, Y, caches), **RIGHT["step by step"][1]
    )
    assert [each.quantity for each in verdict.findings if each.name == "missing"] == ["b2"]


def test_a_loss_that_is_not_written_is_found_and_the_rest_is_judged():
    functions, arguments = RIGHT["no loss"]
    verdict = judge(*functions, **arguments)
    assert any("Σ y·log out" in note for note in verdict.notes)
    verdict = judge(one_after_the_other, summed_to_a_number, **arguments)
    assert [each.quantity for each in verdict.findings if not each.right] == ["b1"]


def test_a_mean_in_one_parameter_of_a_layer_only_is_no_convention():
    verdict = judge(
        dense, lambda dZ, cache: dense_back(dZ, cache, dW_over=6), A=X, W=normal(3, 4), b=normal(3, 1)
    )
    assert {each.quantity: each.right for each in verdict.findings} == {"A": True, "W": True, "b": False}


def test_what_a_function_lacks_is_said():
    verdict = judge(deep_forward, cost_of, lambda AL, weights, caches: {}, **RIGHT["step by step"][1])
    assert not verdict
    assert "takes weights" in verdict.findings[0].text


def of_a_tanh_network(cache, dA, twin):
    """In an order of its own."""
    grads = {}
    for l in range(len(twin.W), 0, -1):
        dZ = dA * (1 - cache.A[l] ** 2)
        grads[f"dW{l}"], grads[f"db{l}"] = dZ @ cache.A[l - 1].T, dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ
    return grads


def dW(A, dZ):
    return dZ @ A.T


def test_passes_and_rules_for_networks_of_the_library_are_bound_by_name():
    assert judge(of_a_tanh_network)
    assert judge(dW)
    without = judge(
        lambda twin, cache, dA: {n: g for n, g in of_a_tanh_network(cache, dA, twin).items() if "W" in n}
    )
    assert [(e.quantity, e.name) for e in without.findings if not e.right] == [
        (f"db{l}", "missing") for l in (1, 2, 3)
    ]
    assert not judge(lambda twin, cache, dA: {})
    twice = judge(lambda twin, cache, dA: of_a_tanh_network(cache, -dA, twin))
    assert not twice
    assert "sign flipped" in {each.name for each in twice.findings}
