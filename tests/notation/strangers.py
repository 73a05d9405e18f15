"""Programs as they stand in courses, notebooks and forums, by name, with the shapes of what they take.

Parameters are written in the shape as ``(3, 4)``, inputs as ``[3, 4]``.
"""

import numpy as np

from autodiff import erf

__all__ = ["PROGRAMS"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def normalised(x, gain, shift):
    middle = x.mean(-1, keepdims=True)
    spread = ((x - middle) ** 2).mean(-1, keepdims=True)
    return gain * (x - middle) / np.sqrt(spread + 1e-5) + shift


def neurons(W1, b1, W2, b2, X, y):
    losses = []
    for x, target in zip(X, y):
        hidden = [sum((w * xi for w, xi in zip(row, x)), b).relu() for row, b in zip(W1, b1)]
        score = sum((w * h for w, h in zip(W2[0], hidden)), b2[0])
        losses.append((1 + -target * score).relu())
    penalty = 1e-4 * sum(p * p for p in [*W1.ravel(), *b1, *W2.ravel(), *b2])
    return sum(losses) * (1.0 / len(losses)) + penalty


def letters(Wx, Wh, Wy, bh, by, start):
    hs, loss = {-1: start}, 0
    for t, (letter, target) in enumerate(zip([0, 2, 1, 1, 0], [2, 1, 1, 0, 2])):
        x = np.zeros((3, 1))
        x[letter] = 1
        hs[t] = np.tanh(np.dot(Wx, x) + np.dot(Wh, hs[t - 1]) + bh)
        y = np.dot(Wy, hs[t]) + by
        p = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(p[target, 0])
    return loss


def lstm_of_one_matrix(W, b, V, X, T):
    n = 4
    h, c = np.zeros(n), np.zeros(n)
    for x in X:
        a = W @ np.concatenate([h, x]) + b
        i, f, o = sigmoid(a[:n]), sigmoid(a[n : 2 * n]), sigmoid(a[2 * n : 3 * n])
        c = f * c + i * np.tanh(a[3 * n :])
        h = o * np.tanh(c)
    return ((V @ h - T) ** 2).mean()


def gru_of_joined_inputs(Wz, Wr, Wh, v, X, y):
    h = np.zeros(4)
    for x in X:
        both = np.concatenate([h, x])
        z, r = sigmoid(Wz @ both), sigmoid(Wr @ both)
        h = (1 - z) * h + z * np.tanh(Wh @ np.concatenate([r * h, x]))
    return (v @ h - y[0]) ** 2


def masked_heads(WQ, WK, WV, WO, X, Y):
    T, heads, d = 5, 2, 4
    Q, K, V = ((X @ W).reshape(T, heads, d).transpose(1, 0, 2) for W in (WQ, WK, WV))
    mask = np.triu(np.ones((T, T)), 1) * -1e9
    P = softmax(Q @ K.transpose(0, 2, 1) / np.sqrt(d) + mask)
    return (((P @ V).transpose(1, 0, 2).reshape(T, heads * d) @ WO - Y) ** 2).mean()


def normal_likelihood(W, s, X, Y):
    s = np.exp(s)[:, None]
    return np.sum(0.5 * ((W @ X - Y) / s) ** 2 + np.log(s) + 0.5 * np.log(2 * np.pi))


def where_allowed(WQ, WK, WV, X, Y):
    scores = X @ WQ @ (X @ WK).T / np.sqrt(3)
    scores = np.where(np.tril(np.ones((4, 4), dtype=bool)), scores, -1e9)
    return ((softmax(scores) @ (X @ WV) - Y) ** 2).mean()


def masked_in_place(WQ, WK, WV, X, Y):
    T, heads, d = 4, 2, 3
    Q, K, V = ((X @ W).reshape(T, heads, d).transpose(1, 0, 2) for W in (WQ, WK, WV))
    scores = Q @ K.transpose(0, 2, 1) / np.sqrt(d)
    scores[:, np.triu(np.ones((T, T)), 1) == 1] = -1e9
    return (((softmax(scores) @ V).transpose(1, 0, 2).reshape(T, heads * d) - Y) ** 2).mean()


def masked_row_by_row(WQ, WK, WV, X, Y):
    scores = X @ WQ @ (X @ WK).T / np.sqrt(3)
    for t in range(4):
        scores[t, t + 1 :] = -1e9
    return ((softmax(scores) @ (X @ WV) - Y) ** 2).mean()


def masked_by_infinities(WQ, WK, WV, X, Y):
    scores = X @ WQ @ (X @ WK).T + np.triu(np.full((4, 4), -np.inf), 1)
    powers = np.exp(scores)
    return ((powers / powers.sum(axis=1, keepdims=True) @ (X @ WV) - Y) ** 2).mean()


def pooled_by_max(W, v, X):
    A = np.maximum(X @ W, 0)
    P = A.reshape(3, 2, 2, 2).max(axis=(1, 3))
    return ((P @ v - 1) ** 2).sum()


def most_and_least(W, X, Y):
    Z = X @ W
    margins = Z.max(axis=1) - Z.min(axis=1)
    return (margins**2).mean() + np.abs(Z.max(axis=0) - Y).sum()


def dropout_by_a_mask(W1, W2, X, y):
    kept = (np.arange(30).reshape(6, 5) % 7 > 1) / 0.7
    H = np.maximum(X @ W1, 0) * kept
    return np.log(1 + np.exp(-y * (H @ W2)[:, 0])).mean()


def ratings_that_are_there(U, V, bu, bv):
    R = np.array([[5.0, 0, 3, 1], [4, 0, 0, 1], [1, 1, 0, 5], [0, 1, 5, 4]])
    E = (U @ V.T + bu[:, None] + bv[None, :] - R) * (R > 0)
    return (E**2).sum() / (R > 0).sum() + 0.01 * ((U**2).sum() + (V**2).sum())


def log_softmax(Z):
    Z = Z - Z.max(-1, keepdims=True)
    return Z - np.log(np.exp(Z).sum(-1, keepdims=True))


def policy_gradient(W, X, R):
    p = softmax(X @ W)
    return -(np.log(p[np.arange(5), [0, 2, 1, 1, 3]]) * R).mean()


def clipped_policy_gradient(W, v, X, R, old):
    logp = log_softmax(X @ W)
    ratio = np.exp(logp[np.arange(5), [0, 2, 1, 1, 3]] - old)
    gain = np.minimum(ratio * R, np.clip(ratio, 0.8, 1.2) * R).mean()
    entropy = -(np.exp(logp) * logp).sum(1).mean()
    return -gain + 0.5 * ((X @ v - R) ** 2).mean() - 0.01 * entropy


def focal(W, X):
    p = softmax(X @ W)[np.arange(5), [0, 2, 1, 1, 3]]
    return -((1 - p) ** 2 * np.log(p)).mean()


def tokens_that_count(W, X, M):
    rows, places = np.arange(2)[:, None], np.arange(3)
    picked = log_softmax(X @ W)[rows, places, [[0, 1, 3], [2, 2, 0]]]
    return -(picked * M).sum(axis=1).mean()


def gelus(W, v, X, y):
    Z = X @ W
    A = 0.5 * Z * (1 + np.tanh(np.sqrt(2 / np.pi) * (Z + 0.044715 * Z**3)))
    return ((A @ v - y) ** 2).mean() + 0.01 / 7 * (W**2).sum()


def gelus_of_erf(W, b, V, X, Y):
    Z = X @ W + b
    A = 0.5 * Z * (1 + erf(Z / np.sqrt(2)))
    return ((A @ V - Y) ** 2).mean()


def alike_in_pairs(A, B):
    A, B = (Z / np.sqrt((Z**2).sum(1, keepdims=True)) for Z in (A, B))
    return -np.log(softmax(A @ B.T / 0.07)[np.arange(4), np.arange(4)]).mean()


def block(WQ, WK, WV, W1, b1, W2, b2, g1, s1, g2, s2, X, Y):
    h = normalised(X, g1, s1)
    x = X + softmax(h @ WQ @ (h @ WK).T / 2) @ (h @ WV)
    h = normalised(x, g2, s2)
    return ((x + np.maximum(0, h @ W1 + b1) @ W2 + b2 - Y) ** 2).mean()


def vae(W, b, M, L, D, d, X, noise):
    h = np.tanh(W @ X + b[:, None])
    mean, logvar = M @ h, L @ h
    A = sigmoid(D @ (mean + np.exp(0.5 * logvar) * noise) + d[:, None])
    bits = sigmoid(X)
    error = -(bits * np.log(A) + (1 - bits) * np.log(1 - A)).sum(axis=0).mean()
    return error - 0.5 * (1 + logvar - mean**2 - np.exp(logvar)).sum(axis=0).mean()


def sparse_autoencoder(W1, b1, W2, b2, X):
    H = sigmoid(X @ W1 + b1)
    rho = H.mean(axis=0)
    divergence = (0.05 * np.log(0.05 / rho) + 0.95 * np.log(0.95 / (1 - rho))).sum()
    return 0.5 * ((sigmoid(H @ W2 + b2) - X) ** 2).sum(axis=1).mean() + 3 * divergence


def skip_gram(E, C):
    loss = 0
    for centre, beside, others in [(0, 3, [1, 2]), (2, 1, [5, 6]), (4, 4, [0, 3]), (2, 6, [4, 1])]:
        v = E[centre]
        loss -= np.log(sigmoid(v @ C[beside]))
        for other in others:
            loss -= np.log(sigmoid(-(v @ C[other])))
    return loss / 4


def ratings_that_there_are(U, V, R):
    known = [(0, 0), (0, 2), (1, 1), (2, 0), (2, 3), (3, 2), (4, 1), (4, 3), (4, 0)]
    errors = sum((R[i, j] - U[i] @ V[j]) ** 2 for i, j in known)
    return errors + 0.02 * ((U**2).sum() + (V**2).sum())


def masked_ratings(U, V, R, M):
    return (M * (R - U @ V.T) ** 2).sum() + 0.02 * ((U**2).sum() + (V**2).sum())


def soft_clusters(centres, X):
    D = ((X[:, None, :] - centres[None, :, :]) ** 2).sum(-1)
    return (softmax(-D) * D).sum() / len(X)


def mixture(centres, a, s, X):
    D = ((X[:, None, :] - centres[None, :, :]) ** 2).sum(-1)
    logs = a - np.log(np.exp(a).sum()) - D / (2 * np.exp(2 * s)) - 2 * s - np.log(2 * np.pi)
    top = logs.max(1, keepdims=True)
    return -(top[:, 0] + np.log(np.exp(logs - top).sum(1))).mean()


def tags_in_logs(A, B, p):
    def total(x, axis):
        return np.log(np.exp(x).sum(axis=axis))

    a, b, start = A - total(A, 1)[:, None], B - total(B, 1)[:, None], p - total(p, 0)
    seen = [0, 2, 1, 3, 2, 0]
    alpha = start + b[:, seen[0]]
    for word in seen[1:]:
        alpha = total(alpha[:, None] + a, 0) + b[:, word]
    return -total(alpha, 0)


def option(S, sigma, K, T):
    def cdf(x):
        return 0.5 * (1 + erf(x / np.sqrt(2)))

    spot, strike, time, r = np.exp(S[0]), np.exp(K), np.exp(T), 0.02
    d = (np.log(spot / strike) + (r + sigma[0] ** 2 / 2) * time) / (sigma[0] * np.sqrt(time))
    put = strike * np.exp(-r * time) * cdf(sigma[0] * np.sqrt(time) - d) - spot * cdf(-d)
    return put.sum()


def chain_of_tags(T, W, X):
    tags = [0, 1, 1, 2, 0, 2]
    scores = X @ W.T
    score = scores[0, tags[0]]
    for t in range(1, 6):
        score = score + T[tags[t - 1], tags[t]] + scores[t, tags[t]]
    a = scores[0]
    for t in range(1, 6):
        S = a[:, None] + T
        top = S.max(0)
        a = scores[t] + top + np.log(np.exp(S - top).sum(0))
    return a.max() + np.log(np.exp(a - a.max()).sum()) - score


def rank_of_pages(A, y):
    P = np.exp(A) / np.exp(A).sum(axis=0)
    r = np.ones(5) / 5
    for _ in range(10):
        r = 0.85 * (P @ r) + 0.15 / 5
    return ((r - y) ** 2).sum()


def heat_in_a_rod(u, k, y):
    for _ in range(4):
        new = [u[0]]
        for i in range(1, len(u) - 1):
            new.append(u[i] + k[0] * (u[i - 1] - 2 * u[i] + u[i + 1]))
        u = [*new, u[-1]]
    return sum((a - b) ** 2 for a, b in zip(u, y))


def heat_in_a_ring(u, k, y):
    for _ in range(4):
        u = u + k[0] * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return ((u - y) ** 2).sum()


def damped_spring(k, c, x0, y):
    x, v, dt = x0[0], 0.0, 0.1
    for _ in range(10):
        v = v + dt * (-k[0] * x - c[0] * v)
        x = x + dt * v
    return (x - y[0]) ** 2


def ridge_of_kernels(a, width, X, y):
    K = np.exp(-((X[:, None] - X[None]) ** 2).sum(-1) / (2 * width[0] ** 2))
    return ((K @ a - y) ** 2).sum() + 0.1 * a @ K @ a


def both_ways(Wf, Uf, Wb, Ub, v, X, y):
    forward, backward = [], [None] * len(X)
    h = np.zeros(3)
    for x in X:
        h = np.tanh(Wf @ h + Uf @ x)
        forward.append(h)
    h = np.zeros(3)
    for t in reversed(range(len(X))):
        backward[t] = h = np.tanh(Wb @ h + Ub @ X[t])
    return sum((v @ np.concatenate(pair) - target) ** 2 for *pair, target in zip(forward, backward, y)) / 5


def lengths_of_their_own(W, U, v, X1, X2, X3, y):
    loss = 0
    for X, target in zip((X1, X2, X3), y):
        h = np.zeros(3)
        for x in X:
            h = np.tanh(W @ h + U @ x)
        loss = loss + (v @ h - target) ** 2
    return loss / 3


def runge_kutta(W, b, x, y):
    def f(x):
        return np.tanh(W @ x + b)

    h = 0.1
    for _ in range(5):
        k1 = f(x)
        k2 = f(x + h / 2 * k1)
        k3 = f(x + h / 2 * k2)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(x + h * k3))
    return ((x - y) ** 2).sum()


def triplets(W, A, P, N):
    near, far = (((A @ W.T - X @ W.T) ** 2).sum(1) for X in (P, N))
    return np.maximum(0, near - far + 1).mean()


def pairs_of_views(W, A, B):
    a, b = A @ W.T, B @ W.T
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    S = a @ b.T / 0.1
    top = S.max(1, keepdims=True)
    logs = S - top - np.log(np.exp(S - top).sum(1, keepdims=True))
    return -np.trace(logs) / 5


def tanh_of_gelu(W, g, b, X, Y):
    Z = W @ X
    Z = Z - Z.mean(0)
    Z = g[:, None] * (Z / Z.std(0)) + b[:, None]
    A = 0.5 * Z * (1 + np.tanh(np.sqrt(2 / np.pi) * (Z + 0.044715 * Z**3)))
    return ((A - Y) ** 2).mean()


def huber(W, b, X, Y):
    e = X @ W.T + b - Y
    return np.where(np.abs(e) < 1, 0.5 * e**2, np.abs(e) - 0.5).mean()


def grades(w, bounds, X, Y):
    s = X @ w
    below = [sigmoid(bound - s) for bound in bounds]
    p = np.array([below[0], below[1] - below[0], 1 - below[1]])
    return np.mean(((p * Y).sum(0) - 1) ** 2)


def filters_of_one_channel(W, b, X):
    Z = [
        [
            [[(W[f] * X[s, :, i : i + 2, j : j + 2]).sum() + b[f] for j in range(3)] for i in range(3)]
            for f in range(2)
        ]
        for s in range(len(X))
    ]
    return (np.tanh(np.array(Z)) ** 2).mean()


def causal_by_a_mask_of_ones(WQ, WK, WV, X, Y):
    Q, K, V = X @ WQ, X @ WK, X @ WV
    seen = np.tril(np.ones((5, 5)))
    scores = Q @ K.T / np.sqrt(3) * seen - 1e10 * (1 - seen)
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return ((e / e.sum(-1, keepdims=True) @ V - Y) ** 2).mean()


def halves_of_a_code(W, b, V, X, noise):
    code = X @ W + b
    mean, log_variance = code[:, :2], code[:, 2:]
    z = mean + np.exp(0.5 * log_variance) * noise
    divergence = -0.5 * np.sum(1 + log_variance - mean**2 - np.exp(log_variance), axis=1)
    return np.mean(np.sum((z @ V - X) ** 2, axis=1) + divergence)


def covariance(mu, L, X):
    S = L @ L.T
    d = X - mu
    q = np.einsum("ni,ij,nj->n", d, np.linalg.inv(S), d)
    return 0.5 * np.mean(q) + 0.5 * np.log(np.linalg.det(S))


def spreads_in_logs(s, D):
    return np.mean(np.log(np.exp(-D * np.exp(-2 * s) - 2 * s).sum(1)))


def leaky(W, X, R):
    Z = X @ W
    return ((R - np.maximum(0.01 * Z, Z)) ** 2).sum()


def ratings(U, V, R):
    given = np.arange(20).reshape(5, 4) % 3 > 0
    return (((R - U @ V.T) * given) ** 2).sum()


def gradient_penalty(W, v, X):
    slopes = ((1.0 - np.tanh(X @ W) ** 2) * v) @ W.T
    return np.mean((np.linalg.norm(slopes, axis=1) - 1.0) ** 2)


def geometric_median(c, X):
    return np.mean(np.linalg.norm(X - c, axis=1))


def translations(E, R):
    missed = E[[0, 1, 2, 3]] + R[[0, 1, 0, 1]] - E[[1, 2, 3, 4]]
    return np.mean(np.linalg.norm(missed, axis=1)) + 0.1 * np.linalg.norm(R)


def power_iteration(W, v):
    for _ in range(4):
        v = W @ v
        v = v / np.linalg.norm(v)
    return v @ W @ v


def relative_error(W, X, Y):
    Z = W @ X
    return np.linalg.norm(Z - Y) / np.linalg.norm(Z) + 0.1 * np.linalg.norm(W)


def rows_and_columns(W, X):
    Z = W @ X
    return np.linalg.norm(Z, axis=0).sum() * np.linalg.norm(Z, axis=1).sum()


def lengths_of_parts(W, X):
    Z = W @ X
    return np.linalg.norm(Z) * np.linalg.norm(Z[:, :3]) + np.linalg.norm(Z[0])


def likeness(W, x, z):
    a, b = np.tanh(W @ x), np.tanh(W @ z)
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def likeness_by_hand(W, x, z):
    a, b = W @ x, W @ z
    of_a = of_b = both = 0.0
    for i in range(4):
        of_a += a[i] ** 2
        of_b += b[i] ** 2
        both += a[i] * b[i]
    return both / (of_a**0.5 * of_b**0.5)


def three_views(W, b, A, P, N):
    a, p, n = (np.tanh(X @ W.T + b) for X in (A, P, N))
    near, far = ((a - p) ** 2).sum(axis=1), ((a - n) ** 2).sum(axis=1)
    return np.maximum(0, near - far + 1).mean()


def garch(omega, alpha, beta, r):
    variance, total = 1.0, 0.0
    for t in range(8):
        before = r[t - 1] ** 2 if t else 0.0
        variance = omega[0] ** 2 + alpha[0] ** 2 * before + beta[0] ** 2 * variance
        total += np.log(variance + 0.1) + r[t] ** 2 / (variance + 0.1)
    return total / 2


def epidemic(beta, gamma, start, seen):
    S, I, total = 1 - start[0] ** 2, start[0] ** 2, 0.0
    for t in range(7):
        ill, well = beta[0] * S * I, gamma[0] * I
        S, I = S - ill, I + ill - well
        total += (I - seen[t]) ** 2
    return total


def hares_and_lynxes(a, b, c, d, seen):
    x, y, total = 1.0, 0.5, 0.0
    for t in range(7):
        dx = a[0] * x - b[0] * x * y
        dy = c[0] * x * y - d[0] * y
        x, y = x + 0.1 * dx, y + 0.1 * dy
        total += (x - seen[t]) ** 2
    return total


def spread_over_a_graph(W, x, A, y):
    start = np.tanh(W @ x)
    h = start
    for _ in range(4):
        h = 0.1 * start + 0.9 * A @ h
    return ((h - y) ** 2).sum()


def at_rest(A, b, y):
    x = np.tanh(A @ b)
    h = x
    for _ in range(5):
        h = np.tanh(A @ h + x)
    return ((h - y) ** 2).sum()


def accidents(w, b, X):
    counts = np.array([2.0, 0.0, 1.0, 3.0, 1.0, 0.0, 4.0])
    rate = X @ w + b
    return np.mean(np.exp(rate) - counts * rate)


def accidents_by_length(w, b, X):
    counts, length = np.array([2, 0, 1, 3, 1, 0, 4]), np.array([10.0, 20, 15, 12, 30, 8, 9])
    rate = X @ w + b - np.log(length)
    return np.sum(np.exp(rate) - counts * rate)


def states(W, U, X):
    h, all_of_them = np.zeros(3), []
    for x in X:
        h = np.tanh(W @ x + U @ h)
        all_of_them.append(h)
    return all_of_them


def attention_over_states(W, U, v, X):
    H = np.stack(states(W, U, X))
    a = np.exp(H @ v) / np.exp(H @ v).sum()
    return ((a @ H) ** 2).sum()


def attention_in_loops(W, U, X):
    hs = states(W, U, X)
    powers = [np.exp(h @ hs[-1]) for h in hs]
    context = sum(p / sum(powers) * h for p, h in zip(powers, hs))
    return ((context + hs[-1]) ** 2).sum()


def mean_of_states(W, U, v, X):
    hs = states(W, U, X)
    return (v @ (sum(hs) / len(hs))) ** 2


def links(L, y):
    weights = L**2
    flow, r = weights / weights.sum(axis=0), np.ones(4) / 4
    for _ in range(8):
        r = 0.85 * (flow @ r) + 0.15 / 4
    return ((r - y) ** 2).sum()


def portfolio(w, R):
    sizes = np.exp(w) + w**2
    weights = sizes / sizes.sum()
    return (R @ weights).var() + np.log(sizes.sum())


def random_field(T, W, X):
    tags, E = [0, 1, 1, 2, 0, 2], X @ W.T
    score = E[0, tags[0]]
    for t in range(1, 6):
        score = score + E[t, tags[t]] + T[tags[t - 1], tags[t]]
    alpha = [E[0, k] for k in range(3)]
    for t in range(1, 6):
        alpha = [E[t, k] + np.log(sum(np.exp(alpha[j] + T[j, k]) for j in range(3))) for k in range(3)]
    return np.log(sum(np.exp(a) for a in alpha)) - score


def q_learning(W1, b1, W2, S):
    actions, rewards, loss = [0, 1, 1, 0, 1], [1.0, 0.0, -1.0, 0.5, 2.0], 0
    Q = np.tanh(S @ W1.T + b1) @ W2.T
    for t, (action, reward) in enumerate(zip(actions, rewards)):
        loss += (reward + 0.9 * np.max(Q[t + 1]) - Q[t, action]) ** 2
    return loss / 5


def filters_in_loops(K, b, x):
    rows = []
    for kernel, bias in zip(K, b):
        sums = []
        for i in range(8):
            total = bias
            for k in range(3):
                total = total + kernel[k] * x[i + k]
            sums.append(np.maximum(total, 0))
        rows.append(sums)
    return sum(v * v for sums in rows for v in sums)


def mixture_in_loops(mu, s, p, X):
    total = 0
    for x in X:
        parts = []
        for k in range(3):
            distance = sum((x[j] - mu[k, j]) ** 2 for j in range(2))
            parts.append(p[k] - 2 * s[k] - 0.5 * distance * np.exp(-2 * s[k]))
        total += np.log(sum(np.exp(each) for each in parts)) - np.log(sum(np.exp(each) for each in p))
    return -total / 9


def smoothed_labels(W, b, X):
    Z, loss = X @ W.T + b, 0
    L = Z - np.log(np.sum(np.exp(Z), axis=1, keepdims=True))
    for i, label in enumerate([0, 2, 1, 1, 0, 2]):
        loss -= 0.9 * L[i, label] + 0.1 / 3 * np.sum(L[i])
    return loss / 6


PROGRAMS = {
    random_field: [(3, 3), (3, 5), [6, 5]],
    q_learning: [(3, 4), (3,), (2, 3), [6, 4]],
    filters_in_loops: [(2, 3), (2,), [10]],
    mixture_in_loops: [(3, 2), (3,), (3,), [9, 2]],
    smoothed_labels: [(3, 5), (3,), [6, 5]],
    attention_over_states: [(3, 4), (3, 3), (3,), [6, 4]],
    attention_in_loops: [(3, 4), (3, 3), [6, 4]],
    mean_of_states: [(3, 4), (3, 3), (3,), [6, 4]],
    links: [(4, 4), [4]],
    portfolio: [(4,), [6, 4]],
    accidents: [(3,), (1,), [7, 3]],
    accidents_by_length: [(3,), (1,), [7, 3]],
    epidemic: [(1,), (1,), (1,), [7]],
    hares_and_lynxes: [(1,), (1,), (1,), (1,), [7]],
    spread_over_a_graph: [(3, 3), (3,), [3, 3], [3]],
    at_rest: [(3, 3), (3,), [3]],
    relative_error: [(4, 3), [3, 5], [4, 5]],
    rows_and_columns: [(4, 4), [4, 4]],
    lengths_of_parts: [(4, 3), [3, 5]],
    likeness: [(4, 3), [3], [3]],
    likeness_by_hand: [(4, 3), [3], [3]],
    three_views: [(4, 3), (4,), [6, 3], [6, 3], [6, 3]],
    garch: [(1,), (1,), (1,), [8]],
    neurons: [(4, 2), (4,), (1, 4), (1,), [6, 2], [6]],
    letters: [(4, 3), (4, 4), (3, 4), (4, 1), (3, 1), [4, 1]],
    lstm_of_one_matrix: [(16, 7), (16,), (2, 4), [6, 3], [2]],
    gru_of_joined_inputs: [(4, 7), (4, 7), (4, 7), (4,), [6, 3], [1]],
    masked_heads: [(8, 8), (8, 8), (8, 8), (8, 8), [5, 8], [5, 8]],
    normal_likelihood: [(2, 3), (2,), [3, 4], [2, 4]],
    pooled_by_max: [(3, 4), (2,), [6, 3]],
    most_and_least: [(3, 5), [4, 3], [5]],
    dropout_by_a_mask: [(4, 5), (5, 1), [6, 4], [6]],
    ratings_that_are_there: [(4, 2), (4, 2), (4,), (4,)],
    masked_in_place: [(6, 6), (6, 6), (6, 6), [4, 6], [4, 6]],
    masked_row_by_row: [(3, 3), (3, 3), (3, 3), [4, 3], [4, 3]],
    masked_by_infinities: [(3, 3), (3, 3), (3, 3), [4, 3], [4, 3]],
    where_allowed: [(3, 3), (3, 3), (3, 3), [4, 3], [4, 3]],
    policy_gradient: [(3, 4), [5, 3], [5]],
    clipped_policy_gradient: [(3, 4), (3,), [5, 3], [5], [5]],
    focal: [(3, 4), [5, 3]],
    tokens_that_count: [(3, 4), [2, 3, 3], [2, 3]],
    gelus: [(3, 4), (4,), [7, 3], [7]],
    gelus_of_erf: [(3, 4), (4,), (4, 2), [5, 3], [5, 2]],
    alike_in_pairs: [(4, 3), (4, 3)],
    block: [*[(4, 4)] * 3, (4, 8), (8,), (8, 4), *[(4,)] * 5, [5, 4], [5, 4]],
    vae: [(6, 4), (6,), (2, 6), (2, 6), (4, 2), (4,), [4, 5], [2, 5]],
    sparse_autoencoder: [(5, 3), (3,), (3, 5), (5,), [6, 5]],
    skip_gram: [(7, 3), (7, 3)],
    ratings_that_there_are: [(5, 2), (4, 2), [5, 4]],
    masked_ratings: [(5, 2), (4, 2), [5, 4], [5, 4]],
    soft_clusters: [(3, 2), [7, 2]],
    mixture: [(3, 2), (3,), (3,), [7, 2]],
    tags_in_logs: [(3, 3), (3, 4), (3,)],
    option: [(1,), (1,), [5], [5]],
    chain_of_tags: [(3, 3), (3, 4), [6, 4]],
    rank_of_pages: [(5, 5), [5]],
    heat_in_a_rod: [(10,), (1,), [10]],
    heat_in_a_ring: [(10,), (1,), [10]],
    damped_spring: [(1,), (1,), [1], [1]],
    ridge_of_kernels: [(6,), (1,), [6, 2], [6]],
    both_ways: [(3, 3), (3, 2), (3, 3), (3, 2), (6,), [5, 2], [5]],
    lengths_of_their_own: [(3, 3), (3, 2), (3,), [5, 2], [3, 2], [4, 2], [3]],
    runge_kutta: [(3, 3), (3,), [3], [3]],
    triplets: [(4, 3), [5, 3], [5, 3], [5, 3]],
    pairs_of_views: [(4, 3), [5, 3], [5, 3]],
    tanh_of_gelu: [(4, 3), (4,), (4,), [3, 6], [4, 6]],
    huber: [(3, 4), (3,), [5, 4], [5, 3]],
    grades: [(3,), (2,), [6, 3], [3, 6]],
    filters_of_one_channel: [(2, 1, 2, 2), (2,), [3, 1, 4, 4]],
    causal_by_a_mask_of_ones: [(3, 3), (3, 3), (3, 3), [5, 3], [5, 3]],
    halves_of_a_code: [(3, 4), (4,), (2, 3), [7, 3], [7, 2]],
    covariance: [(2,), (2, 2), [7, 2]],
    spreads_in_logs: [(3,), [6, 3]],
    leaky: [(2, 3), [4, 2], [4, 3]],
    ratings: [(5, 2), (4, 2), [5, 4]],
    gradient_penalty: [(3, 4), (4,), [5, 3]],
    geometric_median: [(3,), [5, 3]],
    translations: [(5, 3), (2, 3)],
    power_iteration: [(3, 3), (3,)],
}
