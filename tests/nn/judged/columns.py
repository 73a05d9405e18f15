"""Backward passes in columns, a sample each, as a well-known course writes them; every one has a mistake.

Below the line with the mistake stands how it is right. None of this code is anybody's: it was written for
these tests, after kinds of mistakes and conventions that are documented.
"""

import numpy as np


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def relu(Z):
    return np.maximum(0, Z)


def cost(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(np.dot(W1, X) + b1)
    A2 = sigmoid(np.dot(W2, A1) + b2)
    logprobs = np.multiply(np.log(A2), Y) + np.multiply(np.log(1 - A2), 1 - Y)
    return np.squeeze(-np.sum(logprobs) / m)


def relu_cost(W1, b1, W2, b2, W3, b3, X, Y):
    A1 = relu(W1 @ X + b1)
    A2 = relu(W2 @ A1 + b2)
    A3 = sigmoid(W3 @ A2 + b3)
    return -1 / X.shape[1] * np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3))


def no_mean_in_the_last_layer(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T)
    # right: dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def slope_of_the_input(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - Z1**2)
    # right: dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = dZ1.sum(axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def tanh_twice(W1, b1, W2, b2, X, Y):
    def tanh_derivative(Z):
        return 1 - np.tanh(Z) ** 2

    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = (A2 - Y) / m
    dZ1 = W2.T @ dZ2 * tanh_derivative(A1)
    # right: dZ1 = W2.T @ dZ2 * tanh_derivative(Z1)
    return (
        dZ1 @ X.T,
        np.sum(dZ1, axis=1, keepdims=True),
        dZ2 @ A1.T,
        np.sum(dZ2, axis=1, keepdims=True),
    )


def no_slope(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dA1 = W2.T @ dZ2
    dZ1 = dA1
    # right: dZ1 = dA1 * (1 - A1 * A1)
    grads = {}
    for layer, dZ, A in ((2, dZ2, A1), (1, dZ1, X)):
        grads["dW" + str(layer)] = dZ @ A.T / m
        grads["db" + str(layer)] = dZ.mean(axis=1, keepdims=True)
    return grads


def square_forgotten(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - A1)
    # right: dZ1 = np.multiply(np.dot(W2.T, dZ2), 1 - A1**2)
    return {
        "dW1": dZ1.dot(X.T) / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2.dot(A1.T) / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }


def another_activations_slope(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dZ1 = W2.T.dot(dZ2) * A1 * (1 - A1)
    # right: dZ1 = W2.T.dot(dZ2) * (1 - A1**2)
    dW1, db1 = dZ1.dot(X.T) / m, dZ1.sum(axis=1, keepdims=True) / m
    dW2, db2 = dZ2.dot(A1.T) / m, dZ2.sum(axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


def slope_of_sigmoid_once_more(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = (A2 - Y) * A2 * (1 - A2)
    # right: dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW1": dZ1 @ X.T / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }


def derivative_by_the_output(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dA2 = -(np.divide(Y, A2) - np.divide(1 - Y, 1 - A2))
    dZ2 = dA2
    # right: dZ2 = dA2 * A2 * (1 - A2)
    dW2 = dZ2 @ A1.T / m
    db2 = dZ2.sum(axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {"dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m, "dW2": dW2, "db2": db2}


def a_sign_in_the_loss(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dA2 = -(Y / A2 + (1 - Y) / (1 - A2))
    # right: dA2 = -(Y / A2 - (1 - Y) / (1 - A2))
    dZ2 = dA2 * A2 * (1 - A2)
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW1": dZ1 @ X.T / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }


def of_the_other_layer(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1 = relu(W1 @ X + b1)
    A2 = relu(W2 @ A1 + b2)
    A3 = sigmoid(W3 @ A2 + b3)
    dZ3 = A3 - Y
    dW3 = 1 / m * dZ3 @ A2.T
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)
    dZ2 = W3.T @ dZ3 * (A2 > 0)
    dW2 = 1 / m * dZ2 @ A2.T
    # right: dW2 = 1 / m * dZ2 @ A1.T
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * (A1 > 0)
    dW1 = 1 / m * dZ1 @ X.T
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


def planted_factors(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1 = relu(W1 @ X + b1)
    A2 = relu(W2 @ A1 + b2)
    A3 = sigmoid(W3 @ A2 + b3)
    dZ3 = A3 - Y
    dW3 = 1.0 / m * np.dot(dZ3, A2.T)
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)
    dZ2 = np.multiply(np.dot(W3.T, dZ3), np.int64(A2 > 0))
    dW2 = 1.0 / m * np.dot(dZ2, A1.T) * 2
    # right: dW2 = 1.0 / m * np.dot(dZ2, A1.T)
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = np.multiply(np.dot(W2.T, dZ2), np.int64(A1 > 0))
    dW1 = 1.0 / m * np.dot(dZ1, X.T)
    db1 = 4.0 / m * np.sum(dZ1, axis=1, keepdims=True)
    # right: db1 = 1.0 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


def relu_mask_of_the_gradient(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1 = relu(W1 @ X + b1)
    A2 = relu(W2 @ A1 + b2)
    A3 = sigmoid(W3 @ A2 + b3)
    dZ3 = (A3 - Y) / m
    dA2 = W3.T @ dZ3
    dZ2 = np.where(dA2 > 0, dA2, 0)
    # right: dZ2 = np.where(A2 > 0, dA2, 0)
    dA1 = W2.T @ dZ2
    dZ1 = np.where(A1 > 0, dA1, 0)
    return {
        "W3": dZ3 @ A2.T, "b3": dZ3.sum(axis=1, keepdims=True),
        "W2": dZ2 @ A1.T, "b2": dZ2.sum(axis=1, keepdims=True),
        "W1": dZ1 @ X.T, "b1": dZ1.sum(axis=1, keepdims=True),
    }  # fmt: skip


def gradient_of_the_activation(W1, b1, W2, b2, W3, b3, X, Y):
    m = X.shape[1]
    A1 = relu(W1 @ X + b1)
    A2 = relu(W2 @ A1 + b2)
    A3 = sigmoid(W3 @ A2 + b3)
    dZ3 = A3 - Y
    dA2 = W3.T @ dZ3
    dZ2 = dA2 * (A2 > 0)
    dA1 = W2.T @ dA2
    # right: dA1 = W2.T @ dZ2
    dZ1 = dA1 * (A1 > 0)
    return {
        "dW3": dZ3 @ A2.T / m, "db3": dZ3.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m,
        "dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m,
    }  # fmt: skip


def updated_before_it_is_read(W1, b1, W2, b2, X, Y, learning_rate=0.5):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = (A2 - Y) / m
    dW2 = dZ2 @ A1.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    W2 = W2 - learning_rate * dW2
    # right: pass
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {"W1": dZ1 @ X.T, "b1": dZ1.sum(axis=1, keepdims=True), "W2": dW2, "b2": db2}
