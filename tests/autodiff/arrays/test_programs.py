"""Programs as a course or a forum has them: recorded as they stand, lifted, and right for other batches."""

import numpy as np
import pytest

from autodiff import leaves, lift, lifted

N, D, H, C = 6, 4, 5, 3
LABELS = np.array([0, 2, 1, 1, 0, 2])


def gradients_of_softmax(Z, y):
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.log(P[np.arange(len(y)), y]).mean()
    P[np.arange(len(y)), y] -= 1.0
    return loss, P / len(y)


def two_layers(W1, b1, W2, b2, X):
    """The program at the head, as it stands."""
    y = LABELS
    h = np.maximum(0, X @ W1 + b1)
    s = h @ W2 + b2
    s -= s.max(axis=1, keepdims=True)
    p = np.exp(s)
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(N), y]).mean() + 0.05 * np.sum(W1 * W1)


def two_layers_by_hand(W1, b1, W2, b2, X):
    Z1 = X @ W1 + b1
    A1 = np.maximum(Z1, 0.0)
    loss, dZ2 = gradients_of_softmax(A1 @ W2 + b2, LABELS)
    dZ1 = (dZ2 @ W2.T) * (Z1 > 0)
    grads = {"W2": A1.T @ dZ2, "b2": dZ2.sum(0), "W1": X.T @ dZ1 + 0.1 * W1, "b1": dZ1.sum(0)}
    return loss + 0.05 * np.sum(W1**2), grads


def two_layers_by_dot(W1, b1, W2, b2, X):
    Z = np.add(np.dot(X, W1), b1)
    A = np.where(Z > 0, Z, 0)
    S = A.dot(W2) + b2
    log_p = S - np.log(np.exp(S).sum(axis=-1))[:, None]
    return -log_p[range(N), LABELS].sum() / N + 0.05 * np.square(W1).sum()


def two_layers_by_einsum(W1, b1, W2, b2, X):
    Z = np.einsum("nd,dh->nh", X, W1) + b1[None]
    A = (Z > 0) * Z
    S = np.einsum("nh,hc->nc", A, W2) + b2[None]
    log_p = S - np.logaddexp.reduce(S, axis=1, keepdims=True)
    return -np.einsum("nc,nc->", np.eye(C)[LABELS], log_p) / N + 0.05 * np.einsum("ij,ij", W1, W1)


def two_layers_by_loops(W1, b1, W2, b2, X):
    loss = 0.0
    for n in range(len(X)):
        hidden = np.zeros_like(b1)
        for j in range(H):
            total = b1[j]
            for d in range(D):
                total = total + X[n, d] * W1[d, j]
            hidden[j] = np.maximum(total, 0.0)
        scores = [b2[c] + sum(hidden[j] * W2[j, c] for j in range(H)) for c in range(C)]
        partition = sum(np.exp(s) for s in scores)
        loss = loss - (scores[LABELS[n]] - np.log(partition)) / N
    for d in range(D):
        for j in range(H):
            loss = loss + 0.05 * W1[d, j] ** 2
    return loss


def logistic_regression(w, b, X):
    t = (LABELS > 0).astype(float)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)) + 0.5 * np.dot(w, w)


def logistic_regression_by_hand(w, b, X):
    t = (LABELS > 0).astype(float)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)) + 0.5 * w @ w
    return loss, {"w": X.T @ (p - t) / N + w, "b": np.mean(p - t)}


def svm(W, X):
    scores = X.dot(W)
    correct = scores[np.arange(N), LABELS][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(N), LABELS] = 0
    return margins.sum() / N + 0.1 * np.sum(W * W)


def svm_by_hand(W, X):
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(N), LABELS][:, None] + 1)
    margins[np.arange(N), LABELS] = 0
    mask = (margins > 0).astype(float)
    mask[np.arange(N), LABELS] = -mask.sum(axis=1)
    return margins.sum() / N + 0.1 * np.sum(W * W), {"W": X.T @ mask / N + 0.2 * W}


def batch_normalisation(W, gamma, beta, X):
    Z = X @ W
    mu, var = Z.mean(axis=0), Z.var(axis=0)
    normal = (Z - mu) / np.sqrt(var + 1e-5)
    return np.mean((gamma * normal + beta - 1.0) ** 2)


def batch_normalisation_by_hand(W, gamma, beta, X):
    Z = X @ W
    inverse = 1.0 / np.sqrt(Z.var(axis=0) + 1e-5)
    normal = (Z - Z.mean(axis=0)) * inverse
    out = gamma * normal + beta
    dout = 2.0 * (out - 1.0) / out.size
    dn = dout * gamma
    dZ = inverse / N * (N * dn - dn.sum(0) - normal * (dn * normal).sum(0))
    return np.mean((out - 1.0) ** 2), {"gamma": (dout * normal).sum(0), "beta": dout.sum(0), "W": X.T @ dZ}


def kernel_regression(c, X):
    """Nadaraya and Watson's, each sample from the others, with a bandwidth for each column."""
    scaled = X * c
    d2 = ((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2)
    K = np.exp(-d2) * (1 - np.eye(N))
    prediction = K @ LABELS / K.sum(axis=1)
    return np.mean((prediction - LABELS) ** 2)


def kernel_regression_by_hand(c, X):
    D2 = (X[:, None, :] - X[None, :, :]) ** 2
    K = np.exp(-D2 @ c**2) * (1 - np.eye(N))
    total = K.sum(axis=1)
    error = K @ LABELS / total - LABELS
    dprediction = 2.0 * error / N
    dK = dprediction[:, None] * (LABELS[None] - (error + LABELS)[:, None]) / total[:, None]
    return np.mean(error**2), {"c": np.einsum("ij,ijd->d", dK * K, -D2) * 2.0 * c}


def kalman_step(x, L, Z):
    """Predict and correct; the covariance is L·Lᵀ."""
    F, Hm = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.5, 1.0]])
    P = F @ (L @ L.T) @ F.T + 0.01 * np.eye(2)
    S = Hm @ P @ Hm.T + 0.1 * np.eye(2)
    K = np.linalg.solve(S, Hm @ P).T
    innovation = Z - Hm @ (F @ x)
    corrected = F @ x + K @ innovation
    return np.sum(corrected**2) + innovation @ np.linalg.solve(S, innovation)


def kalman_step_by_hand(x, L, Z):
    F, Hm = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.5, 1.0]])
    P = F @ (L @ L.T) @ F.T + 0.01 * np.eye(2)
    inverse = np.linalg.inv(Hm @ P @ Hm.T + 0.1 * np.eye(2))
    K = P @ Hm.T @ inverse
    e = Z - Hm @ F @ x
    corrected = F @ x + K @ e
    dc = 2.0 * corrected
    de = K.T @ dc + 2.0 * inverse @ e
    dK = np.outer(dc, e)
    dinverse = (P @ Hm.T).T @ dK + np.outer(e, e)
    dS = -inverse.T @ dinverse @ inverse.T
    dP = (dK @ inverse.T) @ Hm + Hm.T @ dS @ Hm
    dM = F.T @ dP @ F
    return np.sum(corrected**2) + e @ inverse @ e, {"x": F.T @ dc - F.T @ Hm.T @ de, "L": (dM + dM.T) @ L}


NET = {"W1": (D, H), "b1": (H,), "W2": (H, C), "b2": (C,)}
PROGRAMS = {
    "two layers, @": (two_layers, two_layers_by_hand, NET, (N, D)),
    "two layers, np.dot": (two_layers_by_dot, two_layers_by_hand, NET, (N, D)),
    "two layers, einsum": (two_layers_by_einsum, two_layers_by_hand, NET, (N, D)),
    "two layers, loops": (two_layers_by_loops, two_layers_by_hand, NET, (N, D)),
    "logistic regression": (logistic_regression, logistic_regression_by_hand, {"w": (D,), "b": ()}, (N, D)),
    "SVM": (svm, svm_by_hand, {"W": (D, C)}, (N, D)),
    "batch normalisation": (
        batch_normalisation,
        batch_normalisation_by_hand,
        {"W": (D, H), "gamma": (H,), "beta": (H,)},
        (N, D),
    ),
    "kernel regression": (kernel_regression, kernel_regression_by_hand, {"c": (D,)}, (N, D)),
    "Kalman step": (kalman_step, kalman_step_by_hand, {"x": (2,), "L": (2, 2)}, (2,)),
}


MOST = 20
"""Array operations of a program, with its gradients."""


def gathers(program):
    """How many operands that are no constants are read by a table of places in a run."""
    read = [access for step in program.plan.steps for access in step.accesses if access.strides is None]
    return len([access for access in read if access.block is None or access.block.role != "constant"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_recorded_as_it_stands_and_right_for_other_batches(name):
    loss, by_hand, shapes, batch = PROGRAMS[name]
    rng = np.random.default_rng(0)
    numbers = {each: rng.normal(size=shape) for each, shape in shapes.items()}
    if "L" in numbers:
        numbers["L"] += 2.0 * np.eye(2)  # a covariance
    X = rng.normal(size=batch)
    params = {each: leaves(each, data) for each, data in numbers.items()}

    constant = loss(**params, **{"Z" if "L" in params else "X": X})  # the batch as floats
    expected, slopes = by_hand(**numbers, **{"Z" if "L" in params else "X": X})
    assert constant.data == pytest.approx(expected, rel=1e-12)
    constant.backward()
    for each, slope in slopes.items():
        np.testing.assert_allclose(params[each].grad, slope, rtol=1e-11, atol=1e-13)

    data = "Z" if "L" in params else "X"
    inputs = {data: leaves(data, X)}
    program = lift(
        loss(**params, **inputs), inputs, [value for array in params.values() for value in array.flat]
    )
    assert len(program) <= MOST
    assert gathers(program) == 0
    for _ in range(10):
        X = rng.normal(size=batch)
        result = program(**{data: X})
        expected, slopes = by_hand(**numbers, **{data: X})
        assert result.loss == pytest.approx(expected, rel=1e-12)
        for each, slope in slopes.items():
            np.testing.assert_allclose(result.grads[each], slope, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_one_recording_of_a_lifted_function_that_reads_its_labels(name):
    loss, by_hand, shapes, batch = PROGRAMS[name]
    rng = np.random.default_rng(1)
    numbers = {each: rng.normal(size=shape) for each, shape in shapes.items()}
    if "L" in numbers:
        numbers["L"] += 2.0 * np.eye(2)
    data = "Z" if "L" in numbers else "X"
    fast = lifted(loss)
    for _ in range(10):
        X = rng.normal(size=batch)
        value, grads = fast.value_and_grad(**numbers, **{data: X}, wrt=tuple(numbers))
        expected, slopes = by_hand(**numbers, **{data: X})
        assert value == pytest.approx(expected, rel=1e-12)
        for each, slope in slopes.items():
            np.testing.assert_allclose(grads[each], slope, rtol=1e-11, atol=1e-12)
    assert fast.recordings == 1
    assert len(fast.program) <= MOST
    assert gathers(fast.program) == 0
