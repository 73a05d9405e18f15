"""What the notation computes with: matrices, strictly, by the page of notation."""

import math
from functools import reduce

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS


class NotationError(Exception):
    """A listing that is not in the notation of the page."""


def matrix(array):
    """A number as (1, 1) and a vector as a column; more axes as they are."""
    array = np.asarray(array, dtype=float)
    return array.reshape(*array.shape, *(1,) * (2 - array.ndim)) if array.ndim < 2 else array


def is_number(a):
    return a.shape == (1, 1)


def product(a, b):
    """A·B, or a number times an array."""
    if is_number(a) or is_number(b):
        return (a if is_number(b) else b) * (b if is_number(b) else a)[0, 0]
    if a.ndim > 2 or b.ndim > 2:
        raise NotationError(f"there is no matrix product of {a.shape} and {b.shape}")
    if a.shape[1] != b.shape[0]:
        raise NotationError(f"matrix product of {a.shape} and {b.shape}: inner sizes differ")
    return a @ b


def inverse(a):
    """A⁻¹."""
    if a.ndim > 2 or a.shape[0] != a.shape[1]:
        raise NotationError(f"there is no inverse of {a.shape}")
    return np.linalg.inv(a)


def together(rule, *operands):
    """Element by element, with the three broadcasts."""
    arrays = [a for a in operands if not is_number(a)]
    if arrays:
        whole = max((a.shape for a in arrays), key=math.prod)
        for a in arrays:
            n = whole if len(whole) > 2 else (whole, (whole[0], 1), (1, whole[1]))
            if a.shape not in (n if len(whole) == 2 else (n,)):
                raise NotationError(f"{' and '.join(str(a.shape) for a in operands)} do not go together")
        operands = [np.broadcast_to(a, whole) if not is_number(a) else a.reshape(()) for a in operands]
        return np.broadcast_to(rule(*operands), whole)
    return matrix(rule(*(a.reshape(()) for a in operands))).reshape(1, 1)


def reduced(rule, a, letter):
    """Of all elements, of each column (i, a row) or of each row (j, a column)."""
    if not letter:
        return matrix(rule(a, axis=None))
    if a.ndim > 2:
        raise NotationError(f"the letters i and j name axes of matrices, not of {a.shape}")
    return rule(a, axis="ij".index(letter), keepdims=True)


def logsumexp(a, axis):
    top = a.max(axis=axis, keepdims=True)
    return np.log(np.exp(a - top).sum(axis=axis, keepdims=True)) + top


def _normalised(power):
    def rule(a, axis, epsilon):
        middle = a.mean(axis=axis, keepdims=True) if power == "layer" else 0.0
        spread = ((a - middle) ** 2).mean(axis=axis, keepdims=True)
        return (a - middle) / np.sqrt(spread + epsilon)

    return rule


def _hardmax(a, axis):
    top = a == a.max(axis=axis, keepdims=True)
    return top / top.sum(axis=axis, keepdims=True)


REDUCING = {
    "max": np.max,
    "min": np.min,
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
}
OF_VECTORS = {  # a matrix, an axis, and the numbers that follow
    "softmax": lambda a, axis: np.exp(a - logsumexp(a, axis)),
    "logsumexp": logsumexp,
    "log_softmax": lambda a, axis: a - logsumexp(a, axis),
    "hardmax": _hardmax,
    "layer_norm": _normalised("layer"),
    "batch_norm": _normalised("layer"),
    "rms_norm": _normalised("rms"),
}
OF_ELEMENTS = {
    "ln": np.log,
    "max": lambda *each: reduce(np.maximum, each),
    "min": lambda *each: reduce(np.minimum, each),
    "where": lambda m, a, b: np.where(m != 0.0, a, b),
    "heaviside": lambda z: np.heaviside(z, 0.5),
    "binary_cross_entropy": lambda a, y: -y * np.log(a) - (1.0 - y) * np.log1p(-a),
}


COMPARING = {
    ">": np.greater,
    "≥": np.greater_equal,
    "<": np.less,
    "≤": np.less_equal,
    "=": np.equal,
    "≠": np.not_equal,
}


def called(name, letter, operands):
    """A function of the page, with the letter below it."""
    if name in REDUCING and len(operands) == 1:
        return reduced(REDUCING[name], operands[0], letter)
    if name in OF_VECTORS:
        first, *numbers = operands
        axis = "ij".index(letter or ("j" if name == "batch_norm" else "i"))
        if first.ndim > 2 or not all(map(is_number, numbers)):
            raise NotationError(f"{name} of {', '.join(str(a.shape) for a in operands)}")
        return OF_VECTORS[name](first, axis, *(number.item() for number in numbers))
    if name in ("cross_entropy", "softmax_cross_entropy"):
        p, y = operands
        if p.shape != y.shape:
            raise NotationError(f"{name} of {p.shape} and {y.shape}")
        if name == "softmax_cross_entropy":
            z, axis = p, "ij".index(letter or "i")
            return logsumexp(z, axis) - (y * z).sum(axis=axis, keepdims=True)
        return reduced(np.sum, -y * np.log(np.where(y == 0.0, 1.0, p)), letter or "i")
    if name == "reshape":
        first, *rest = operands
        sizes = [int(n.item()) for n in rest]
        if math.prod(sizes) != first.size:
            raise NotationError(f"reshape of {first.shape} to {tuple(sizes)}")
        return matrix(first.reshape(sizes))
    if letter:
        raise NotationError(f"{name} runs over nothing that the letter {letter} could name")
    if name in OF_ELEMENTS:
        return together(OF_ELEMENTS[name], *operands)
    if name in OPS:
        row = OPS[name]
        return together(lambda *numbers: row.forward(ARRAYS, *numbers), *operands)
    raise NotationError(f"there is no function {name}")


def windowed(k, x):
    """K ∗ X; vectors are matrices of one column."""
    if k.ndim == 4:
        return np.stack([windowed(kernel, x) for kernel in k])
    if k.ndim != x.ndim or any(n > size for n, size in zip(k.shape, x.shape)):
        raise NotationError(f"a window of {k.shape} does not slide along {x.shape}")
    if k.ndim == 3:
        if len(k) != len(x):
            raise NotationError(f"{len(k)} channels of a window meet {len(x)}")
        return sum(windowed(kernel, plane) for kernel, plane in zip(k, x))
    return np.einsum("ijpq,pq->ij", sliding_window_view(x, k.shape), k)


def spread(k, v):
    """K ∗ᵀ V."""
    if k.ndim == 4:
        if v.ndim != 3 or len(k) != len(v):
            raise NotationError(f"a window of {k.shape} does not spread {v.shape}")
        return sum(spread(kernel, plane) for kernel, plane in zip(k, v))
    if k.ndim == 3:
        return np.stack([spread(kernel, v) for kernel in k])
    if v.ndim != 2:
        raise NotationError(f"a window of {k.shape} does not spread {v.shape}")
    out = np.zeros([n + p - 1 for n, p in zip(v.shape, k.shape)])
    for i, j in np.ndindex(k.shape):
        out[i : i + v.shape[0], j : j + v.shape[1]] += k[i, j] * v
    return out
