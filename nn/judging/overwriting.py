"""Gradients in which parts overwrite each other that should be added up: ``=`` for ``+=`` in loops over
windows and samples, and ``dW[x] += d``, which keeps one of the rows that an index repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nn.judging.edits import Edit, Example
from nn.judging.passes import Floats
from nn.judging.truth import true_gradients
from nn.judging.ways import Way, outputs_at

__all__ = ["overwriting"]

STEP = 1e-4
MOST = 100_000  # numbers in the derivatives of an output
ZERO = 1e-7  # relative to the largest: what is below was not written


def overwriting(way: Way, quantity: str, arguments: Mapping[str, Any]) -> Iterator[Edit]:
    """The edits of the gradient by a quantity."""
    rows = [name for name, each in arguments.items() if _is_index(each)]
    for name in rows:
        text = (
            f"Where {name} repeats an index, only its last row is left: [{name}] += … writes each row once. "
            f"np.add.at(…, {name}, …) adds them up."
        )
        yield Edit("repeated indices lost", text, _last_rows(way, quantity, name))
    if way.layer and not rows:
        text = "It is what the last window, or sample, leaves in each place: add them up, += for =."
        yield Edit("= for +=", text, _last_parts(way, quantity))
        for channels in (-1, 1):
            yield Edit("= for +=", text, _last_window(way, quantity, channels))


def _is_index(each: Any) -> bool:
    return isinstance(each, np.ndarray) and each.dtype.kind in "iu" and each.size > 1


def _last_parts(way: Way, quantity: str) -> Callable[[Example], Floats | None]:
    """What is left if each number of the output writes its part, in the order of a loop over them."""

    def made(e: Example) -> Floats | None:
        at = np.asarray(e.arguments[quantity], dtype=np.float64)
        if at.size * np.size(e.dout) > MOST:
            return None
        arguments = {**e.arguments, quantity: at}
        moves = [(quantity, i, float(at.flat[i]) + h) for i in range(at.size) for h in (STEP, -STEP)]
        outs = np.array([out.ravel() for out in outputs_at(way, arguments, moves)])
        parts = np.ravel(e.dout)[:, None] * (outs[::2] - outs[1::2]).T / (2.0 * STEP)
        written = np.abs(parts) > ZERO * np.max(np.abs(parts), initial=0.0)
        last = len(parts) - 1 - np.argmax(written[::-1], axis=0)
        return np.asarray(np.take_along_axis(parts, last[None], axis=0).reshape(at.shape))

    return made


def _last_window(way: Way, quantity: str, channels: int) -> Callable[[Example], Floats | None]:
    """What the last window of the last sample gives in each channel, zeros of the padding, too."""

    def made(e: Example) -> Floats | None:
        if np.ndim(e.dout) < 3:
            return None
        last = np.zeros(np.shape(e.dout))
        place: list[Any] = [-1] * last.ndim
        place[channels] = slice(None)
        last[tuple(place)] = e.dout[tuple(place)]
        return true_gradients(way, e.arguments, [quantity], last).grads[quantity]

    return made


def _last_rows(way: Way, quantity: str, index: str) -> Callable[[Example], Floats | None]:
    """What is left if each row that is picked is written once: each has a copy to itself to tell it."""

    def made(e: Example) -> Floats | None:
        table, picked = np.asarray(e.arguments[quantity]), np.asarray(e.arguments[index])
        if table.ndim != 2 or picked.min() < 0 or picked.max() >= len(table):
            return None
        own = np.arange(len(table), len(table) + picked.size).reshape(picked.shape)
        wide = {**e.arguments, quantity: np.concatenate([table, table[picked.ravel()]]), index: own}
        try:
            rows = true_gradients(way, wide, [quantity], e.dout).grads[quantity][len(table) :]
        except Exception:  # these are no indices of rows
            return None
        added, left = np.zeros(table.shape), np.zeros(table.shape)
        np.add.at(added, picked.ravel(), rows)
        left[picked.ravel()] = rows
        return left if np.allclose(added, e.right[quantity], rtol=1e-4, atol=1e-7) else None

    return made
