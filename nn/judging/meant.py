"""Forward passes that are not what their name, or their targets, say: told apart where that is beyond doubt.

A backward pass may be the right gradient of a forward pass that is wrong. A layer whose name says what it is
meant to be is compared with usual mistakes; what is none of them is not blamed, for conventions differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.meant_layers import convolution, dropout, lstm
from nn.judging.passes import Floats
from nn.judging.roles import is_target
from nn.judging.seen import Variable
from nn.judging.their_names import variables
from nn.judging.verdict import Finding
from nn.judging.ways import Way

__all__ = ["of_forward"]

Wrong = tuple[str, str]


def of_forward(way: Way, examples: Sequence[Mapping[str, Any]], dout: Any) -> list[Finding]:
    """What is wrong with a forward pass on all examples; nothing if that is not certain."""
    if way.layer:
        of_each = [[*_of_layer(way, arguments)] for arguments in examples]
        found = [(name, text) for name, text in of_each[0] if all(name in dict(each) for each in of_each)]
    else:
        found = [*_of_network(way, examples[0], dout)]
    return [Finding("forward", False, name, text, "forward") for name, text in found[:1]]


def _of_layer(way: Way, arguments: Mapping[str, Any]) -> Iterator[Wrong]:
    out = way.forward(arguments)
    arrays = {
        n: a.astype(np.float64)
        for n, a in arguments.items()
        if isinstance(a, np.ndarray) and a.dtype.kind == "f"
    }
    x = next(iter(arrays.values()), None)
    if x is None:
        return
    name = way.name.partition(",")[0].lower()
    for pattern, of in _LAYERS.items():
        if re.search(pattern, name):
            yield from of(out, x, arrays)
            return
    for pattern, of in _WITH_SETTINGS.items():
        if re.search(pattern, name):
            yield from of(out, x, arrays, arguments)
            return


def _near(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-5, atol=1e-6))


def _softmax(out: Floats, x: Floats, arrays: Mapping[str, Floats]) -> Iterator[Wrong]:
    if out.ndim < 2 or out.shape != x.shape or out.min(initial=0.0) < 0.0:
        return
    sums = [out.sum(axis=axis) for axis in range(out.ndim)]
    if any(_near(each, np.ones_like(each)) for each in sums):
        return
    if _near(out.sum(), 1.0):
        yield (
            "softmax over all numbers",
            "All numbers add up to 1, and those of each sample should: sum along an axis.",
        )
    elif _near(out, np.exp(x)):
        yield "not normalised", "It is exp of its input: divide by the sum along an axis."


def _activation(g: Callable[[Floats], Floats]) -> Callable[..., Iterator[Wrong]]:
    def of(out: Floats, x: Floats, arrays: Mapping[str, Floats]) -> Iterator[Wrong]:
        if _near(out, x) and not _near(out, g(x)):
            yield "no activation", "It gives back its input: the activation is missing."

    return of


def _affine(out: Floats, x: Floats, arrays: Mapping[str, Floats]) -> Iterator[Wrong]:
    biases = [each for name, each in arrays.items() if name.lower().startswith("b") and np.any(each)]
    weights = [each for name, each in arrays.items() if name.lower().startswith("w") and each.ndim == 2]
    if len(biases) == len(weights) == 1:
        flat, (W,) = x.reshape(len(x), -1), weights
        rows = flat.shape[1] == W.shape[0] and _near(out, flat @ W)
        columns = x.ndim == 2 and W.shape[1] == x.shape[0] and _near(out, W @ x)
        if rows or columns:
            yield "no bias", "It is the product with the weights alone: the bias is not added."


def _norm(over: int, name: str) -> Callable[..., Iterator[Wrong]]:
    def of(out: Floats, x: Floats, arrays: Mapping[str, Floats]) -> Iterator[Wrong]:
        if x.ndim != 2 or out.shape != x.shape:
            return
        gamma = next((a for n, a in arrays.items() if n.lower().startswith(("gamma", "g", "scale"))), None)
        beta = next((a for n, a in arrays.items() if n.lower().startswith(("beta", "b", "shift"))), None)
        scale, shift = (1.0 if gamma is None else gamma), (0.0 if beta is None else beta)

        def normal(axis: int, power: float = 0.5) -> Floats:
            centred = x - x.mean(axis=axis, keepdims=True)
            return np.asarray(scale * centred / x.var(axis=axis, keepdims=True) ** power + shift)

        def close(other: Floats) -> bool:
            return other.shape == out.shape and bool(np.allclose(out, other, rtol=1e-2, atol=1e-2))

        try:
            right, turned, by_variance = normal(over), normal(1 - over), normal(over, 1.0)
        except ValueError:  # gamma is for the other layout
            return
        if close(right):
            return
        if close(turned):
            axis = "each sample" if over == 0 else "each feature"
            yield (
                f"{name} over the wrong axis",
                f"It normalises {axis}, which is another layer: take axis={over}.",
            )
        elif close(by_variance):
            yield "divided by the variance", "It divides by the variance, and should by its root."

    return of


def _max_pool(out: Floats, x: Floats, arrays: Mapping[str, Floats]) -> Iterator[Wrong]:
    if out.size and out.ndim == x.ndim and out.max() < x.max() - 1e-9 and _near(out.mean(), x.mean()):
        yield "mean for max", "It is the mean of each window, and the name says the largest."


_LAYERS: dict[str, Callable[..., Iterator[Wrong]]] = {
    r"softmax(?!.*(loss|entropy))": _softmax,
    r"^(?!.*(affine|linear|dense|conv|hard)).*relu": _activation(lambda x: np.maximum(x, 0.0)),
    r"^(?!.*(affine|linear|dense|conv|log|hard)).*sigmoid": _activation(lambda x: 1.0 / (1.0 + np.exp(-x))),
    r"^(?!.*(affine|linear|dense|conv|rnn|hard)).*tanh": _activation(np.tanh),
    r"^(affine|linear|dense|fc)_?(forward|layer)?(_forward)?$": _affine,
    r"batch_?norm": _norm(0, "batch normalisation"),
    r"layer_?norm": _norm(1, "layer normalisation"),
    r"max_?pool": _max_pool,
}


_WITH_SETTINGS: dict[str, Callable[..., Iterator[Wrong]]] = {
    r"drop_?out": dropout,
    r"conv": convolution,
    r"lstm_?(step|cell)": lstm,
}


def _of_network(way: Way, arguments: Mapping[str, Any], dout: Any) -> Iterator[Wrong]:
    """What the shapes and sums of what they compute say beside the targets."""
    targets = {name: a for name, a in arguments.items() if isinstance(a, np.ndarray) and is_target(name)}
    seen = variables(way, arguments, dout) if targets else []
    for name, y in targets.items():
        for each in seen:
            wrong = _other_axis(name, y, each) or _outer(name, y, each, seen)
            if wrong is not None:
                yield wrong[0], f"{wrong[1]}{f' Look at {each.line}.' if each.line is not None else ''}"
                return


def _other_axis(name: str, y: Any, each: Variable) -> Wrong | None:
    """Probabilities that add up to 1 along the axis of the samples."""
    P = each.array
    if P.ndim != 2 or P.min(initial=0.0) < 0.0 or P.shape[0] == P.shape[1] or min(P.shape) < 2:
        return None
    sums = [axis for axis in (0, 1) if _near(P.sum(axis=axis), np.ones(P.shape[1 - axis]))]
    if y.ndim == 2 and y.shape == P.shape:
        wanted = [axis for axis in (0, 1) if _near(y.sum(axis=axis), np.ones(y.shape[1 - axis]))]
        one_hot = set(np.unique(y).tolist()) == {0.0, 1.0}
    else:
        one_hot = y.ndim == 1 and y.dtype.kind in "iu" and y.size in P.shape
        wanted = [1 - P.shape.index(y.size)] if one_hot else []
    if one_hot and len(sums) == len(wanted) == 1 and sums != wanted and each.array is not y:
        text = f"{each.name} adds up to 1 along axis {sums[0]}, over the samples; by {name} it should along "
        text += f"axis {wanted[0]}."
        return "softmax over the wrong axis", text
    return None


def _outer(name: str, y: Any, each: Variable, seen: Sequence[Variable]) -> Wrong | None:
    """A difference of a column and a vector, which is a matrix of all pairs."""
    m = y.size
    if y.ndim != 1 or m < 2 or each.array.shape != (m, m):
        return None
    for other in seen:
        if other.array.shape == (m, 1) and (
            _near(each.array, other.array - y) or _near(each.array, y - other.array)
        ):
            text = (
                f"{other.name} has shape {(m, 1)} and {name} has {(m,)}, so {each.name} is a matrix of all "
                f"pairs, {(m, m)}: reshape one of them."
            )
            return "a broadcast where none was meant", text
    return None
