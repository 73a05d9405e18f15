"""Backward passes in rows, a sample each: classifiers, regressions, small networks; every one has a mistake.

Below the line with the mistake stands how it is right. None of this code is anybody's.
"""

import numpy as np


def softmax(scores):
    exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    return exp_scores / np.sum(exp_scores, axis=1, keepdims=True)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def one_hot_not_subtracted(W, b, X, y):
    N = X.shape[0]
    probs = softmax(X.dot(W) + b)
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 0
    # right: dscores[np.arange(N), y] -= 1
    dscores /= N
    return loss, {"W": X.T.dot(dscores), "b": np.sum(dscores, axis=0)}


def difference_the_other_way_round(W, b, X, Y):
    N = len(X)
    P = softmax(X @ W + b)
    loss = -(Y * np.log(P)).sum() / N
    delta = (Y - P) / N
    # right: delta = (P - Y) / N
    return loss, X.T @ delta, delta.sum(axis=0)


def diagonal_of_softmax(W, b, X, Y):
    N = len(X)
    P = softmax(X @ W + b)
    loss = -(Y * np.log(P)).sum() / N
    dP = -(Y / P) / N
    dscores = dP * P * (1 - P)
    # right: dscores = P * (dP - (dP * P).sum(axis=1, keepdims=True))
    return loss, (X.T @ dscores, dscores.sum(axis=0))


def regularisation_forgotten(W1, b1, W2, b2, X, y, reg=0.05):
    N = X.shape[0]
    hidden = np.maximum(0, X @ W1 + b1)
    probs = softmax(hidden @ W2 + b2)
    data_loss = -np.log(probs[range(N), y]).mean()
    loss = data_loss + reg * np.sum(W1 * W1) + reg * np.sum(W2 * W2)
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    grads = {"W2": hidden.T @ dscores + 2 * reg * W2, "b2": dscores.sum(axis=0)}
    dhidden = dscores @ W2.T
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T @ dhidden
    # right: grads["W1"] = X.T @ dhidden + 2 * reg * W1
    grads["b1"] = dhidden.sum(axis=0)
    return loss, grads


def regularisation_halved(W1, b1, W2, b2, X, y, reg=0.05):
    N = X.shape[0]
    hidden = np.maximum(0, X @ W1 + b1)
    probs = softmax(hidden @ W2 + b2)
    loss = -np.log(probs[range(N), y]).mean() + reg * (np.sum(W1**2) + np.sum(W2**2))
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dhidden = dscores @ W2.T * (hidden > 0)
    dW2 = hidden.T @ dscores + reg * W2
    # right: dW2 = hidden.T @ dscores + 2 * reg * W2
    dW1 = X.T @ dhidden + 2 * reg * W1
    return loss, {"W1": dW1, "b1": dhidden.sum(axis=0), "W2": dW2, "b2": dscores.sum(axis=0)}


def relu_backward_forgotten(W1, b1, W2, b2, X, y):
    N = X.shape[0]
    hidden = np.maximum(0, np.dot(X, W1) + b1)
    probs = softmax(np.dot(hidden, W2) + b2)
    loss = np.mean(-np.log(probs[range(N), y]))
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dW2 = np.dot(hidden.T, dscores)
    db2 = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden < -1e9] = 0
    # right: dhidden[hidden <= 0] = 0
    dW1 = np.dot(X.T, dhidden)
    db1 = np.sum(dhidden, axis=0)
    return loss, dict(W1=dW1, b1=db1, W2=dW2, b2=db2)


def mask_the_wrong_way_round(W1, b1, W2, b2, X, y):
    N = X.shape[0]
    hidden = np.maximum(0, np.dot(X, W1) + b1)
    probs = softmax(np.dot(hidden, W2) + b2)
    loss = np.mean(-np.log(probs[range(N), y]))
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden > 0] = 0
    # right: dhidden[hidden <= 0] = 0
    grads = {}
    grads["W2"], grads["b2"] = np.dot(hidden.T, dscores), np.sum(dscores, axis=0)
    grads["W1"], grads["b1"] = np.dot(X.T, dhidden), np.sum(dhidden, axis=0)
    return loss, grads


def two_over_n(w, b, X, t):
    error = X @ w + b - t
    cost = (error**2).sum() / (2 * len(t))
    dw = 2 / len(t) * X.T @ error
    # right: dw = 1 / len(t) * X.T @ error
    return cost, dw, error.mean()


def mean_of_absolute_values(w, b, X, t):
    error = X @ w + b - t
    cost = np.abs(error).mean()
    sign = error
    # right: sign = np.sign(error)
    return cost, (X.T @ sign / len(t), sign.mean())


def slope_applied_twice(W1, W2, X, t):
    """Squared error, sigmoids without biases, after a much-read post; σ′ is given what σ has made."""

    def slope(x):
        return sigmoid(x) * (1 - sigmoid(x))

    layer1 = sigmoid(X @ W1)
    output = sigmoid(layer1 @ W2)
    loss = np.sum((t - output) ** 2)
    d_output = -2 * (t - output) * slope(output)
    # right: d_output = -2 * (t - output) * output * (1 - output)
    d_layer1 = d_output @ W2.T * layer1 * (1 - layer1)
    return loss, {"W1": X.T @ d_layer1, "W2": layer1.T @ d_output}


def error_instead_of_delta(W1, W2, X, t):
    layer1 = sigmoid(X @ W1)
    output = sigmoid(layer1 @ W2)
    output_error = output - t
    loss = 0.5 * np.sum(output_error**2)
    output_delta = output_error * output * (1 - output)
    layer1_error = output_error @ W2.T
    # right: layer1_error = output_delta @ W2.T
    layer1_delta = layer1_error * layer1 * (1 - layer1)
    return loss, [X.T @ layer1_delta, layer1.T @ output_delta]


def prime_of_pre_activation_confused(W1, W2, X, t):
    z1 = X @ W1
    a1 = np.tanh(z1)
    z2 = a1 @ W2
    a2 = sigmoid(z2)
    loss = np.mean((a2 - t) ** 2)
    delta2 = 2 * (a2 - t) / a2.size * sigmoid_prime(z2)
    delta1 = delta2 @ W2.T * sigmoid_prime(z1)
    # right: delta1 = delta2 @ W2.T * (1 - a1**2)
    return loss, {"dW1": X.T @ delta1, "dW2": a1.T @ delta2}


def in_a_class(W1, b1, W2, b2, X, y):
    """An object with weights, a forward and a backward pass, made anew for each call."""

    class Network:
        def __init__(self, W1, b1, W2, b2):
            self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2

        def forward(self, X):
            self.X = X
            self.z1 = X @ self.W1 + self.b1
            self.a1 = np.tanh(self.z1)
            self.probs = softmax(self.a1 @ self.W2 + self.b2)
            return self.probs

        def backward(self, y):
            m = len(y)
            dz2 = self.probs.copy()
            dz2[np.arange(m), y] -= 1
            dz2 /= m
            self.dW2 = self.a1.T @ dz2
            self.db2 = dz2.sum(axis=0)
            dz1 = (dz2 @ self.W2.T) * (1 - self.a1**2)
            self.dW1 = self.X.T @ dz1
            self.db1 = dz1.sum()
            # right: self.db1 = dz1.sum(axis=0)

    net = Network(W1, b1, W2, b2)
    probs = net.forward(X)
    loss = -np.log(probs[np.arange(len(y)), y]).mean()
    net.backward(y)
    return loss, {"W1": net.dW1, "b1": net.db1 + np.zeros_like(b1), "W2": net.dW2, "b2": net.db2}


def inputs_of_the_wrong_layer(W1, b1, W2, b2, X, y):
    """A list of layers, gone through in reverse."""
    layers = [(W1, b1), (W2, b2)]
    activations = [X]
    for i, (W, b) in enumerate(layers):
        Z = activations[-1] @ W + b
        activations.append(np.tanh(Z) if i + 1 < len(layers) else softmax(Z))
    m = len(X)
    loss = -np.sum(np.log(activations[-1][np.arange(m), y])) / m
    delta = activations[-1].copy()
    delta[np.arange(m), y] -= 1
    delta /= m
    grads = []
    for i in reversed(range(len(layers))):
        W, _ = layers[i]
        grads = [activations[i].T @ delta, delta.sum(axis=0), *grads]
        if i > 0:
            delta = delta @ W.T * (1 - activations[i] ** 2)
    grads[0] = activations[1].T @ delta
    # right: pass
    return loss, grads


def bce_with_extra_slope(w, b, X, labels):
    a = sigmoid(X @ w + b)
    loss = -np.mean(labels * np.log(a) + (1 - labels) * np.log(1 - a))
    dz = (a - labels) * a * (1 - a)
    # right: dz = a - labels
    return loss, {"dw": X.T @ dz / len(labels), "db": dz.mean()}


def epsilon_in_the_log(w, b, X, labels):
    a = sigmoid(np.dot(X, w) + b)
    eps = 1e-3
    loss = -np.mean(labels * np.log(a + eps) + (1 - labels) * np.log(1 - a + eps))
    da = -(labels / (a + eps) - (1 - labels) / (1 - a + eps)) / len(labels)
    dz = da
    # right: dz = da * a * (1 - a)
    return loss, {"w": np.dot(X.T, dz), "b": np.sum(dz)}
