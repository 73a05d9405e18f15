"""Layers as pairs of a forward and a backward pass; every backward pass has a mistake.

Below the line with the mistake stands how it is right. None of this code is anybody's.
"""

# ruff: noqa: RUF059

import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_not_transposed(dout, cache):
    x, w, b = cache
    dx = dout.dot(w).reshape(x.shape)
    # right: dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db


def affine_bias_over_features(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = np.sum(dout, axis=1)
    # right: db = np.sum(dout, axis=0)
    return dx, dw, db


def affine_bias_mean(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = np.mean(dout, axis=0)
    # right: db = np.sum(dout, axis=0)
    return {"dx": dx, "dw": dw, "db": db}


def relu_forward(x):
    return np.maximum(0, x), x


def relu_without_dout(dout, cache):
    x = cache
    dx = np.where(x > 0, 1.0, 0.0)
    # right: dx = np.where(x > 0, dout, 0.0)
    return dx


def sigmoid_forward(x):
    out = 1 / (1 + np.exp(-x))
    return out, out


def sigmoid_of_the_output(dout, cache):
    out = 1 / (1 + np.exp(-cache))
    # right: out = cache
    return dout * out * (1 - out)


def softmax_forward(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    out = e / e.sum(axis=-1, keepdims=True)
    return out, out


def softmax_elementwise(dout, cache):
    s = cache
    return dout * s * (1 - s)
    # right: return s * (dout - np.sum(dout * s, axis=-1, keepdims=True))


def batchnorm_forward(x, gamma, beta):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    std = np.sqrt(var + 1e-5)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batchnorm_statistics_as_constants(dout, cache):
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    dx = dx_hat / std
    # right: dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std
    return dx, dgamma, dbeta


def batchnorm_gamma_without_x_hat(dout, cache):
    x_hat, gamma, std = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout, axis=0)
    # right: dgamma = np.sum(dout * x_hat, axis=0)
    dx = gamma / (N * std) * (N * dout - dbeta - x_hat * np.sum(dout * x_hat, axis=0))
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta):
    mu = x.mean(axis=1, keepdims=True)
    sigma = np.sqrt(((x - mu) ** 2).mean(axis=1, keepdims=True) + 1e-5)
    z = (x - mu) / sigma
    return gamma * z + beta, {"z": z, "gamma": gamma, "sigma": sigma}


def layernorm_variance_forgotten(dout, cache):
    z, gamma, sigma = cache["z"], cache["gamma"], cache["sigma"]
    dz = dout * gamma
    dx = (dz - dz.mean(axis=1, keepdims=True)) / sigma
    # right: dx = (dz - dz.mean(axis=1, keepdims=True) - z * (dz * z).mean(axis=1, keepdims=True)) / sigma
    return dx, (dout * z).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, mask, p):
    return x * mask / (1 - p), (mask, p)


def dropout_without_scale(dout, cache):
    mask, p = cache
    return dout * mask
    # right: return dout * mask / (1 - p)


def conv_forward(x, w, b):
    N, H, W = x.shape
    F, HH, WW = w.shape
    out = np.zeros((N, F, H - HH + 1, W - WW + 1))
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    out[n, f, i, j] = np.sum(x[n, i : i + HH, j : j + WW] * w[f]) + b[f]
    return out, (x, w, b)


def conv_overwritten(dout, cache):
    x, w, b = cache
    HH, WW = w.shape[1:]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(dout.shape[0]):
        for f in range(dout.shape[1]):
            db[f] += dout[n, f].sum()
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[f] = dout[n, f, i, j] * x[n, i : i + HH, j : j + WW]
                    # right: dw[f] += dout[n, f, i, j] * x[n, i : i + HH, j : j + WW]
                    dx[n, i : i + HH, j : j + WW] += dout[n, f, i, j] * w[f]
    return dx, dw, db


def conv_inputs_overwritten(dout, cache):
    x, w, b = cache
    HH, WW = w.shape[1:]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for n in range(dout.shape[0]):
        for f in range(dout.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    dw[f] += dout[n, f, i, j] * x[n, i : i + HH, j : j + WW]
                    dx[n, i : i + HH, j : j + WW] = dout[n, f, i, j] * w[f]
                    # right: dx[n, i : i + HH, j : j + WW] += dout[n, f, i, j] * w[f]
    return dx, dw, db


def pool_forward(x):
    N, H, W = x.shape
    out = np.zeros((N, H // 2, W // 2))
    for n in range(N):
        for i in range(H // 2):
            for j in range(W // 2):
                out[n, i, j] = np.max(x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    return out, x


def pool_to_all(dout, cache):
    x = cache
    dx = np.zeros_like(x)
    for n, i, j in np.ndindex(dout.shape):
        window = x[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        mask = np.ones_like(window)
        # right: mask = window == window.max()
        dx[n, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] += mask * dout[n, i, j]
    return dx


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_of_the_new_state(dout, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = dout * (1 - next_h**2)
    dx = dz @ Wx.T
    dprev_h = dz @ Wh.T
    dWx = x.T @ dz
    dWh = next_h.T @ dz
    # right: dWh = prev_h.T @ dz
    return {"dx": dx, "dprev_h": dprev_h, "dWx": dWx, "dWh": dWh, "db": dz.sum(axis=0)}


def lstm_step_forward(x, h, c, Wx, Wh, b):
    H = h.shape[1]
    a = x @ Wx + h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-a[:, k * H : (k + 1) * H])) for k in range(3))
    g = np.tanh(a[:, 3 * H :])
    next_c = f * c + i * g
    return o * np.tanh(next_c), (x, h, c, Wx, Wh, i, f, o, g, next_c)


def lstm_forget_gate_without_slope(dout, cache):
    x, h, c, Wx, Wh, i, f, o, g, next_c = cache
    do = dout * np.tanh(next_c)
    dc = dout * o * (1 - np.tanh(next_c) ** 2)
    di, df, dg = dc * g, dc * c, dc * i
    da = np.hstack([di * i * (1 - i), df, do * o * (1 - o), dg * (1 - g**2)])
    # right: da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, h.T @ da, da.sum(axis=0)


def attention_forward(Q, K, V):
    S = Q @ K.T / np.sqrt(Q.shape[1])
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    return P @ V, (Q, K, V, P)


def attention_without_scale(dO, cache):
    Q, K, V, P = cache
    dV = P.T @ dO
    dP = dO @ V.T
    dS = P * (dP - (dP * P).sum(axis=1, keepdims=True))
    scale = 1.0
    # right: scale = 1.0 / np.sqrt(Q.shape[1])
    return {"dQ": dS @ K * scale, "dK": dS.T @ Q * scale, "dV": dV}


def attention_diagonal(dO, cache):
    Q, K, V, P = cache
    dV = P.T @ dO
    dP = dO @ V.T
    dS = dP * P * (1 - P)
    # right: dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    dS /= np.sqrt(Q.shape[1])
    return dS @ K, dS.T @ Q, dV
