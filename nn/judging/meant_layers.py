"""What a convolution, a dropout layer and a step of an LSTM are meant to give, and usual mistakes in them.

Each function takes the output, the float arrays among the arguments, and all arguments, and gives a name and
a sentence for a mistake that reproduces the output. What is a convention, a flipped kernel, the order of
gates, dropout that is scaled when the network is used, is none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nn.judging.passes import Floats

__all__ = ["convolution", "dropout", "lstm"]

Wrong = tuple[str, str]


def _near(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-5, atol=1e-7))


def _setting(pattern: str, arguments: Mapping[str, Any]) -> float | None:
    """A number of this name among the arguments, or in a dict of settings among them."""
    named = dict(arguments)
    for each in arguments.values():
        named |= each if isinstance(each, dict) else {}
    found = [each for name, each in named.items() if re.fullmatch(pattern, str(name).lower())]
    return float(found[0]) if found and isinstance(found[0], (int, float)) else None


def dropout(
    out: Floats, x: Floats, arrays: Mapping[str, Floats], arguments: Mapping[str, Any]
) -> Iterator[Wrong]:
    """Each number is dropped or divided by the probability to be kept, once."""
    p = _setting(r"p|keep_?prob\w*|drop_?out(_?(rate|prob))?|drop_?prob|rate", arguments)
    if p is None or not 0.0 < p < 1.0 or out.shape != x.shape or len(arrays) > 1:  # a mask has its own scale
        return
    kept = (out != 0.0) & (x != 0.0)
    factors = out[kept] / x[kept]
    if not kept.any() or np.ptp(factors) > 1e-6:
        return
    for q in (p, 1.0 - p):
        if _near(factors[0], 1.0 / q**2):
            yield "dropout scaled twice", f"What is kept is divided by {q:g} two times: once is enough."


def convolution(
    out: Floats, x: Floats, arrays: Mapping[str, Floats], arguments: Mapping[str, Any]
) -> Iterator[Wrong]:
    """Σ of each window ⊙ the kernel, and the bias; images as (N, C, H, W) or (N, H, W, C)."""
    w = next((each for name, each in arrays.items() if name.lower().startswith(("w", "k", "f"))), None)
    b = next((each for name, each in arrays.items() if name.lower().startswith("b")), None)
    if w is None or x.ndim != 4 or w.ndim != 4 or out.ndim != 4:
        return
    pad, stride = int(_setting("pad|padding", arguments) or 0), int(_setting("strides?", arguments) or 1)
    if x.shape[1] != w.shape[1]:  # channels come last
        x, w, out = x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1), out.transpose(0, 3, 1, 2)
        if x.shape[1] != w.shape[1]:
            return
    shift = 0.0 if b is None or b.size != len(w) else b.reshape(1, -1, 1, 1)

    def of(kernel: Floats, pad: int, stride: int, shift: Any = shift) -> Floats:
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[2:], axis=(2, 3))
        return np.asarray(np.einsum("nchwij,fcij->nfhw", windows[:, :, ::stride, ::stride], kernel) + shift)

    try:
        for kernel in (w, w[:, :, ::-1, ::-1]):
            if _near(out, of(kernel, pad, stride)):
                return
            if pad and _near(out, of(kernel, 0, stride)):
                yield "padding left out", f"It is what comes out without padding, and pad is {pad}."
            elif stride > 1 and _near(out, of(kernel, pad, 1)):
                yield "stride left out", f"It is what comes out with stride 1, and the stride is {stride}."
            elif np.any(shift) and _near(out, of(kernel, pad, stride, 0.0)):
                yield "no bias", "It is the convolution alone: the bias is not added."
        if _near(out, of(w.transpose(0, 1, 3, 2), pad, stride)):
            yield "kernel transposed", "Rows and columns of the kernel are exchanged."
    except ValueError:  # it is for other shapes
        return


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


def lstm(
    out: Floats, x: Floats, arrays: Mapping[str, Floats], arguments: Mapping[str, Any]
) -> Iterator[Wrong]:
    """c′ = f ⊙ c + i ⊙ g and h′ = o ⊙ tanh(c′), with gates in any order."""
    given = [*arrays.values()]
    h = next((each for name, each in arrays.items() if re.search(r"h$|^h", name.lower()[:6])), None)
    c = next((each for name, each in arrays.items() if re.search(r"c$|^c", name.lower()[:6])), None)
    if len(given) != 6 or h is None or c is None or x.ndim != 2 or h.shape != c.shape:
        return
    wide = [each for each in given if each.shape[-1] == 4 * h.shape[1]]
    try:
        z = x @ next(w for w in wide if w.ndim == 2 and len(w) == x.shape[1])
        z = z + h @ next(w for w in wide[::-1] if w.ndim == 2 and len(w) == h.shape[1]) + wide[-1]
    except (StopIteration, ValueError):
        return
    parts = np.split(z, 4, axis=1)
    for (cell, candidate, gate), mistake in _CELLS.items():
        for order in itertools.permutations(range(4)):
            i, f, o = (gate(parts[n]) for n in order[:3])
            new = f * c + i * candidate(parts[order[3]])
            state = (o * cell(new)).ravel()
            if any(_near(out.ravel(), each) for each in (state, np.concatenate([state, new.ravel()]))):
                yield from [mistake] if mistake else []
                return


def _itself(z: Floats) -> Floats:
    return z


_Function = Callable[[Floats], Floats]
# What the cell, the candidate and the gates go through, and what is wrong with that; the right one first.
_CELLS: dict[tuple[_Function, _Function, _Function], Wrong | None] = {
    (np.tanh, np.tanh, _sigmoid): None,
    (_itself, np.tanh, _sigmoid): ("no activation of the cell", "h is o ⊙ c: it should be o ⊙ tanh(c)."),
    (np.tanh, _itself, _sigmoid): (
        "no activation of the candidate",
        "What is written into the cell does not go through tanh.",
    ),
    (np.tanh, _sigmoid, _sigmoid): (
        "sigmoid for tanh",
        "The candidate for the cell goes through sigmoid, and should through tanh.",
    ),
    (_sigmoid, np.tanh, _sigmoid): (
        "sigmoid for tanh",
        "The cell goes through sigmoid on its way out, and should through tanh.",
    ),
    (np.tanh, np.tanh, np.tanh): (
        "tanh for sigmoid",
        "The gates go through tanh: take sigmoid.",
    ),
}
