"""Twelve broken backward passes: each is the right one with a line that people get wrong."""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from duograd.course.answers import NotYet
from duograd.course.network import Backward, drawn, judge_backward, verdict_on

__all__ = ["PATIENTS", "Patient", "mended", "patient"]

HEALTHY = """\
def backward(twin, cache, dA):
    grads = {}
    for l in range(twin.L, 0, -1):
        slope = 1 - cache.A[l] ** 2 if l < twin.L else 1
        dZ = dA * slope
        grads[f"dW{l}"] = dZ @ cache.A[l - 1].T
        grads[f"db{l}"] = dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ
    return grads
"""

# Every layer has three neurons, so that no shape tells.
SIZES = (3, 3, 3, 3)


@dataclass(frozen=True, repr=False)
class Patient:
    """A broken pass, which shows itself with line numbers.

    Attributes:
        line: the number of the line that is wrong, counted from 1.
        wrong: what stands there, without its indentation.
    """

    line: int
    wrong: str

    @property
    def source(self) -> str:
        return _with_line(HEALTHY, self.line, self.wrong)

    @property
    def healthy_line(self) -> str:
        """What ought to stand there."""
        return HEALTHY.splitlines()[self.line - 1].strip()

    def hint(self, level: int) -> str:
        """What the judge says: where (1), of what kind (2), or the formula (3)."""
        return verdict_on(_compiled(self.source), drawn(SIZES, 5, np.random.default_rng(0))).hint(level)

    def __repr__(self) -> str:
        return "\n".join(
            f"{number:>2}  {line}" for number, line in enumerate(self.source.splitlines(), start=1)
        )


PATIENTS: Mapping[int, Patient] = {
    number: Patient(*each)
    for number, each in enumerate(
        [
            (8, "dA = twin.W[l] @ dZ"),
            (6, 'grads[f"dW{l}"] = dZ @ cache.A[l - 1].T / dZ.shape[1]'),
            (4, "slope = 1 - cache.Z[l] ** 2 if l < twin.L else 1"),
            (7, 'grads[f"db{l}"] = dZ.mean(axis=1, keepdims=True)'),
            (8, "dA = twin.W[l].T @ dA"),
            (6, 'grads[f"dW{l}"] = cache.A[l - 1] @ dZ.T'),
            (4, "slope = cache.A[l] if l < twin.L else 1"),
            (6, 'grads[f"dW{l}"] = dZ @ cache.A[l].T'),
            (7, 'grads[f"db{l}"] = dZ.sum(axis=1)'),
            (5, "dZ = dA"),
            (6, 'grads[f"dW{l}"] = -dZ @ cache.A[l - 1].T'),
            (6, 'grads[f"dW{l}"] = dZ[:, -1:] @ cache.A[l - 1][:, -1:].T'),
        ],
        start=1,
    )
}


def patient(number: int) -> Patient:
    """One of the twelve.

    Raises:
        KeyError: if there is no patient of that number.
    """
    if number not in PATIENTS:
        raise KeyError(f"the patients have the numbers 1 to {len(PATIENTS)}, got {number!r}")
    return PATIENTS[number]


def mended(number: int, line: int, text: str) -> None:
    """Hold a pass in which a line has been replaced to networks drawn at random.

    Raises:
        NotYet: if it is still wrong, with the name of what is.
    """
    source = _with_line(patient(number).source, line, text)
    try:
        function = _compiled(source)
    except SyntaxError as error:
        raise NotYet(
            f"Patient {number}: with {text.strip()!r} as line {line}, Python does not understand line "
            f"{error.lineno}: {error.msg}.",
            "an error",
        ) from None
    try:
        judge_backward(function, [SIZES])
    except NotYet as refused:
        where = f"Patient {number}: line {line} was not the wrong one, or is not mended."
        raise NotYet(f"{where} {refused}", refused.name) from None


def _with_line(source: str, number: int, text: str) -> str:
    lines = source.splitlines()
    if not 1 <= number <= len(lines):
        raise NotYet(f"There are the lines 1 to {len(lines)}, not {number}.", "another line")
    old = lines[number - 1]
    lines[number - 1] = old[: len(old) - len(old.lstrip())] + text.strip()
    return "\n".join(lines) + "\n"


def _compiled(source: str) -> Backward:
    """The function of a source, whose lines can be shown in messages."""
    name = f"<a backward pass {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {"np": np}
    exec(compile(source, name, "exec"), names)
    function: Backward = names["backward"]
    return function
