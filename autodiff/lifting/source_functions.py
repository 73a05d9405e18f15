"""Source functions: NumPy functions that sources of programs call, by name, and bring with them."""

from __future__ import annotations

__all__ = ["SOURCE_FUNCTIONS"]

SOURCE_FUNCTIONS = {
    "softmax": '''
def softmax(x, axis):
    """exp(x) / Σ exp(x) along an axis."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)
''',
    "causal_softmax": '''
def causal_softmax(x):
    """In column t the softmax of its elements 1 … t, and 0 below."""
    hidden = np.tril(np.ones(x.shape[-2:], bool), -1)
    return softmax(np.where(hidden, -np.inf, x), axis=-2)
''',
    "log_softmax": '''
def log_softmax(x, axis):
    """x - log Σ exp(x) along an axis."""
    below = x - x.max(axis=axis, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=axis, keepdims=True))
''',
    "logsumexp": '''
def logsumexp(x, axis):
    """log Σ exp(x) along an axis."""
    largest = x.max(axis=axis, keepdims=True)
    return np.squeeze(largest, axis) + np.log(np.exp(x - largest).sum(axis=axis))
''',
    "log_sigmoid": '''
def log_sigmoid(x):
    """log 1/(1 + exp(-x)), element by element."""
    return np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x)))
''',
    "binary_cross_entropy": '''
def binary_cross_entropy(z, y):
    """-y·log σ(z) - (1 - y)·log(1 - σ(z)), element by element."""
    return np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z)))
''',
    "cross_entropy": '''
def cross_entropy(z, y, axis):
    """-Σ y·log softmax(z) along an axis."""
    below = z - z.max(axis=axis, keepdims=True)
    return -(y * (below - np.log(np.exp(below).sum(axis=axis, keepdims=True)))).sum(axis=axis)
''',
    "var": '''
def var(x, axis):
    """The mean of squared differences from the mean along an axis."""
    return x.var(axis=axis)
''',
    "norm": '''
def norm(x, axis):
    """√(Σ x²) along axes, of numbers whose squares may overflow."""
    largest = np.abs(x).max(axis=axis, keepdims=True)
    scale = largest + (1.0 - np.sign(largest))
    total = np.sqrt(((x / scale) ** 2).sum(axis=axis))
    return scale.reshape(total.shape) * total
''',
    "squared_distances": '''
def squared_distances(x, z):
    """‖x - z‖² of each row x of one matrix and each row z of another."""
    differences = x[:, None, :] - z[None, :, :]
    return (differences * differences).sum(axis=2)
''',
    "rms_norm": '''
def rms_norm(x, epsilon, axis):
    """x / √(mean(x²) + ε) along an axis."""
    return x / np.sqrt((x * x).mean(axis=axis, keepdims=True) + epsilon)
''',
    "layer_norm": '''
def layer_norm(x, epsilon, axis):
    """(x - mean(x)) / √(var(x) + ε) along an axis."""
    return (x - x.mean(axis=axis, keepdims=True)) / np.sqrt(x.var(axis=axis, keepdims=True) + epsilon)
''',
    "softmax_cross_entropy": '''
def softmax_cross_entropy(z, y, axis):
    """log Σ exp(z) - Σ y·z along an axis."""
    largest = z.max(axis=axis, keepdims=True)
    total = np.log(np.exp(z - largest).sum(axis=axis))
    return np.squeeze(largest, axis) + total - (y * z).sum(axis=axis)
''',
    "heaviside": '''
def heaviside(x):
    """1 where x > 0, 0 where x < 0, and 1/2 at 0."""
    return 0.5 + 0.5 * np.sign(x)
''',
    "add_at": '''
def add_at(rows, index, values):
    """The rows with values added at some of them, which may repeat."""
    rows = np.array(rows)
    np.add.at(rows, index, values)
    return rows
''',
    "reduce_at": '''
def reduce_at(ufunc, start, terms, owner, n):
    """Reduce the terms of each of n owners; an owner without terms gets ``start``."""
    out = np.full((n, *terms.shape[1:]), start)
    present, starts = np.unique(owner, return_index=True)
    out[present] = ufunc.reduceat(terms, starts)
    return out
''',
}
