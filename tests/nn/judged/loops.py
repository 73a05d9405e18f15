"""Backward passes with loops: over samples, neurons, time steps, windows; every one has a mistake.

Below the line with the mistake stands how it is right. None of this code is anybody's.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logistic_overwritten(w, b, X, y):
    m = len(y)
    cost, dw, db = 0.0, np.zeros_like(w), 0.0
    for i in range(m):
        z = np.dot(w, X[i]) + b
        a = sigmoid(z)
        cost += -(y[i] * np.log(a) + (1 - y[i]) * np.log(1 - a))
        dz = a - y[i]
        dw = X[i] * dz
        # right: dw += X[i] * dz
        db += dz
    return cost / m, dw / m, db / m


def logistic_divided_twice(w, b, X, y):
    m = len(y)
    cost, dw, db = 0.0, np.zeros_like(w), 0.0
    for i in range(m):
        a = sigmoid(np.dot(w, X[i]) + b)
        cost += -(y[i] * np.log(a) + (1 - y[i]) * np.log(1 - a)) / m
        dz = (a - y[i]) / m
        for j in range(len(w)):
            dw[j] += X[i, j] * dz / m
            # right: dw[j] += X[i, j] * dz
        db += dz
    return cost, (dw, db)


def forward_rnn(X, Wx, Wh, Wy, b):
    hs = {-1: np.zeros(Wh.shape[0])}
    for t in range(len(X)):
        hs[t] = np.tanh(Wx @ X[t] + Wh @ hs[t - 1] + b)
    return hs


def rnn_last_step_only(Wx, Wh, Wy, b, X, T):
    hs = forward_rnn(X, Wx, Wh, Wy, b)
    ys = [Wy @ hs[t] for t in range(len(X))]
    loss = 0.5 * sum(np.sum((ys[t] - T[t]) ** 2) for t in range(len(X)))
    dWx, dWh, dWy, db = (np.zeros_like(each) for each in (Wx, Wh, Wy, b))
    dh_next = np.zeros_like(b)
    for t in reversed(range(len(X))):
        dy = ys[t] - T[t]
        dWy += np.outer(dy, hs[t])
        dh = Wy.T @ dy + dh_next
        dz = dh * (1 - hs[t] ** 2)
        dWx += np.outer(dz, X[t])
        dWh = np.outer(dz, hs[t - 1])
        # right: dWh += np.outer(dz, hs[t - 1])
        db += dz
        dh_next = Wh.T @ dz
    return loss, {"Wx": dWx, "Wh": dWh, "Wy": dWy, "b": db}


def rnn_not_through_time(Wx, Wh, Wy, b, X, T):
    hs = forward_rnn(X, Wx, Wh, Wy, b)
    y = Wy @ hs[len(X) - 1]
    loss = 0.5 * np.sum((y - T[-1]) ** 2)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dy = y - T[-1]
    dWy = np.outer(dy, hs[len(X) - 1])
    dh = Wy.T @ dy
    for t in reversed(range(len(X))):
        dz = dh * (1 - hs[t] ** 2)
        dWx += np.outer(dz, X[t])
        dWh += np.outer(dz, hs[t - 1])
        db += dz
        dh = dz
        # right: dh = Wh.T @ dz
    return loss, {"Wx": dWx, "Wh": dWh, "Wy": dWy, "b": db}


def rnn_state_of_the_same_step(Wx, Wh, Wy, b, X, T):
    hs = forward_rnn(X, Wx, Wh, Wy, b)
    ys = [Wy @ hs[t] for t in range(len(X))]
    loss = 0.5 * sum(np.sum((ys[t] - T[t]) ** 2) for t in range(len(X)))
    dWx, dWh, dWy, db = (np.zeros_like(each) for each in (Wx, Wh, Wy, b))
    dh_next = np.zeros_like(b)
    for t in reversed(range(len(X))):
        dy = ys[t] - T[t]
        dWy += np.outer(dy, hs[t])
        dz = (Wy.T @ dy + dh_next) * (1 - hs[t] ** 2)
        dWx += np.outer(dz, X[t])
        dWh += np.outer(dz, hs[t])
        # right: dWh += np.outer(dz, hs[t - 1])
        db += dz
        dh_next = Wh.T @ dz
    return loss, {"Wx": dWx, "Wh": dWh, "Wy": dWy, "b": db}


def svm_correct_class_forgotten(W, X, y):
    dW = np.zeros_like(W)
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    for i in range(N):
        scores = X[i].dot(W)
        for j in range(C):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= 0
                # right: dW[:, y[i]] -= X[i]
    return loss / N, dW / N


def svm_not_divided(W, X, y, reg):
    N = len(X)
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(N), y].reshape(-1, 1) + 1)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * np.sum(W * W)
    binary = np.where(margins > 0, 1.0, 0.0)
    binary[np.arange(N), y] = -binary.sum(axis=1)
    dW = X.T @ binary + 2 * reg * W
    # right: dW = X.T @ binary / N + 2 * reg * W
    return loss, dW


def embedding_overwritten(E, W, words, T):
    h = E[words]
    e = h @ W - T
    loss = 0.5 * np.sum(e * e)
    dh = e @ W.T
    dE = np.zeros_like(E)
    for i, word in enumerate(words):
        dE[word] = dh[i]
        # right: dE[word] += dh[i]
    return loss, {"E": dE, "W": h.T @ e}


def residual_skip_forgotten(W1, W2, X, T):
    """y = x + W2·relu(W1·x), and after it the same once more, column by column."""
    A1 = np.maximum(0, W1 @ X)
    Y1 = X + W2 @ A1
    A2 = np.maximum(0, W1 @ Y1)
    Y2 = Y1 + W2 @ A2
    loss = np.sum((Y2 - T) ** 2) / 2
    dY2 = Y2 - T
    dA2 = W2.T @ dY2 * (A2 > 0)
    dY1 = W1.T @ dA2
    # right: dY1 = dY2 + W1.T @ dA2
    dA1 = W2.T @ dY1 * (A1 > 0)
    return loss, {"dW1": dA2 @ Y1.T + dA1 @ X.T, "dW2": dY2 @ A2.T + dY1 @ A1.T}


def neuron_by_neuron(W1, W2, x, t):
    """One sample, one hidden layer, sums as sums, after a textbook with indices."""
    J, K = W1.shape[0], W2.shape[0]
    hidden = [sigmoid(sum(W1[j, i] * x[i] for i in range(len(x)))) for j in range(J)]
    out = [sigmoid(sum(W2[k, j] * hidden[j] for j in range(J))) for k in range(K)]
    loss = sum((out[k] - t[k]) ** 2 for k in range(K)) / 2
    delta_out = [(out[k] - t[k]) * out[k] * (1 - out[k]) for k in range(K)]
    grad_W1, grad_W2 = np.zeros_like(W1), np.zeros_like(W2)
    for k in range(K):
        for j in range(J):
            grad_W2[k, j] = delta_out[k] * hidden[j]
    for j in range(J):
        error = sum(delta_out[k] * W2[k, j] for k in range(K))
        delta = error * hidden[j]
        # right: delta = error * hidden[j] * (1 - hidden[j])
        for i in range(len(x)):
            grad_W1[j, i] = delta * x[i]
    return loss, [grad_W1, grad_W2]


def convolution_1d_flipped(w, x, t):
    """Valid cross-correlation of a signal; its error is spread back with the filter the wrong way round."""
    n = len(x) - len(w) + 1
    out = np.array([x[i : i + len(w)] @ w for i in range(n)])
    e = out - t
    dw, dx = np.zeros_like(w), np.zeros_like(x)
    for i in range(n):
        dw += e[i] * x[i : i + len(w)]
        dx[i : i + len(w)] += e[i] * w[::-1]
        # right: dx[i : i + len(w)] += e[i] * w
    return 0.5 * np.sum(e**2), {"w": dw, "x": dx}


def line_with_the_wrong_inner_derivative(w, b, x, t):
    m = len(x)
    loss = dw = db = 0.0
    for i in range(m):
        error = t[i] - (w * x[i] + b)
        loss += error**2 / m
        dw += 2 / m * error * x[i]
        # right: dw -= 2 / m * error * x[i]
        db -= 2 / m * error
    return loss, [dw, db]


def deep_with_lists(W1, b1, W2, b2, W3, b3, X, Y):
    """Rows, tanh throughout, half the squares; the index is one off on the way back."""
    Ws, bs = [W1, W2, W3], [b1, b2, b3]
    As = [X]
    for W, b in zip(Ws, bs):
        As.append(np.tanh(As[-1] @ W + b))
    loss = 0.5 * np.sum((As[-1] - Y) ** 2)
    delta = (As[-1] - Y) * (1 - As[-1] ** 2)
    grads = {}
    for layer in (3, 2, 1):
        grads[f"dW{layer}"] = As[layer - 1].T @ delta
        grads[f"db{layer}"] = delta.sum(axis=0)
        if layer > 1:
            delta = delta @ Ws[layer - 1].T * (1 - As[layer] ** 2)
            # right: delta = delta @ Ws[layer - 1].T * (1 - As[layer - 1] ** 2)
    return loss, grads


def variance_without_its_factor(mu, log_sigma, x):
    """Minus the log-likelihood of a normal distribution."""
    sigma = np.exp(log_sigma)
    loss = np.mean(0.5 * ((x - mu) / sigma) ** 2 + log_sigma)
    dmu = np.mean((mu - x) / sigma**2)
    dlog_sigma = np.mean(1 - 0.5 * ((x - mu) / sigma) ** 2)
    # right: dlog_sigma = np.mean(1 - ((x - mu) / sigma) ** 2)
    return loss, dmu, dlog_sigma
