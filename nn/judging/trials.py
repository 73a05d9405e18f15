"""One example of a judged pass: what was returned, the truth, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nn.judging.passes import Floats, Ran
from nn.judging.returned import parts
from nn.judging.roles import is_data
from nn.judging.truth import Truth, by_differences, true_gradients
from nn.judging.ways import Way

__all__ = [
    "BUT",
    "NEARLY",
    "TOLERANCE",
    "Trial",
    "equal",
    "right_ones",
    "trial_of",
    "which_are_wrong",
    "without_kinks",
]

TOLERANCE = {"float64": 1e-7, "float32": 1e-3, "float16": 3e-2}  # relative to the largest number
NEARLY = 2e-5  # what log(p + 1e-7) differs from log(p) by, at most
BUT = "but for a small number that keeps a logarithm or a quotient finite"
AT_KINKS = 1e-6  # the step with which kinks are looked for: what is farther off is no excuse
FLOOR = {"float64": 1e-12, "float32": 1e-6, "float16": 1e-3}  # relative to the largest of all quantities


@dataclass
class Trial:
    """One example: its arguments, the truth about them, and what was returned.

    Attributes:
        dtype: the narrowest on the way.
        tolerance: of differences, relative to the largest number; None for that of the dtype.
        kept: the quantities whose truth is that without a small number of theirs; see ``small_numbers``.
        clips: whether their code may keep gradients in a range.
    """

    arguments: Mapping[str, Any]
    dout: Floats
    ran: Ran
    found: dict[Any, Any]
    truth: Truth
    dtype: str
    tolerance: float | None = None
    kept: frozenset[str] = frozenset()
    clips: bool = False


def trial_of(
    way: Way,
    arguments: Mapping[str, Any],
    floats: Sequence[str],
    seed: int = 0,
    tolerance: float | None = None,
) -> Trial:
    """Both passes and the truth, for one example."""
    out = way.forward(arguments)
    dout = _cotangent(way, arguments, out, seed) if way.layer else np.ones(out.shape)
    ran = way.run(arguments, dout)
    found = parts(ran.returned, all(np.ndim(arguments[n]) == 0 for n in floats if not is_data(n)))
    arrays = [*(arguments[name] for name in floats), *found.values()]
    dtypes = {str(each.dtype) for each in arrays if isinstance(each, (np.ndarray, np.generic))}
    narrowest = next((each for each in ("float16", "float32") if each in dtypes), "float64")
    if narrowest != "float64":  # dout was given in the dtype of the output
        dout = dout.astype(np.float32).astype(np.float64)
    truth = true_gradients(way, arguments, floats, dout)
    clips = way.in_code.clips
    return Trial(arguments, dout, ran, found, truth, narrowest, tolerance, clips=clips)


def _cotangent(way: Way, arguments: Mapping[str, Any], out: Floats, seed: int) -> Floats:
    """Random numbers for a layer's output. Code that leaves out zeros, and of all others reads but one, is
    given one: it is for the gradient of a logarithm of one class."""
    # not the numbers that an example was drawn from: batch normalisation has no slope along its own input
    rng = np.random.default_rng((seed, 1))
    dout = rng.normal(size=out.shape)
    if not way.in_code.skips or out.size < 2:
        return dout
    ones = [np.where(np.arange(out.size).reshape(out.shape) == i, dout, 0.0) for i in range(out.size)]
    if any(_is_same(way.run(arguments, dout), way.run(arguments, ones[i])) for i in (0, -1)):
        return ones[int(rng.integers(out.size))]
    return dout


def _is_same(one: Ran, other: Ran) -> bool:
    """Whether two runs gave the same gradients."""
    found, others = (
        {str(k): np.asarray(v) for k, v in parts(each.returned, False).items()} for each in (one, other)
    )
    return {*found} == {*others} and all(np.array_equal(found[key], others[key]) for key in found)


def right_ones(keys: Mapping[str, Any], trials: Sequence[Trial]) -> int:
    """How many quantities are right at first sight, if they were returned under these keys."""
    arrays = {name: [np.asarray(each.found[key]) for each in trials] for name, key in keys.items()}
    return sum(
        all(each.dtype.kind in "fiu" for each in given) and not any(which_are_wrong(name, trials, given))
        for name, given in arrays.items()
    )


def which_are_wrong(name: str, trials: Sequence[Trial], given: Sequence[Any]) -> list[bool]:
    """Of each example, whether these numbers are not the gradient."""
    return [not equal(trial, name, each, trial.truth.grads[name]) for trial, each in zip(trials, given)]


def without_kinks(way: Way, name: str, trials: list[Trial], wrong: list[bool]) -> list[Trial]:
    """The examples, with what lies at kinks left out of wrong ones: there more than one number is right."""
    looked = [*trials]
    for i, trial in enumerate(trials):
        if wrong[i] and trial.truth.recorded:
            usable = by_differences(way, trial.arguments, [name], trial.dout, AT_KINKS).usable[name]
            if usable.all():
                break
            looked[i] = replace(
                trial, truth=replace(trial.truth, usable={**trial.truth.usable, name: usable})
            )
    return looked


def equal(trial: Trial, name: str, given: Floats, number: Floats) -> bool:
    """Whether two arrays agree, within what rounding and the error of the truth allow."""
    truth = trial.truth
    if given.shape != number.shape or not (np.isfinite(given).all() and np.isfinite(number).all()):
        return False
    if trial.clips:
        number = _clipped(number, given)
    largest = max(float(np.max(np.abs(number), initial=0.0)), truth.largest[name])
    everything = max(truth.largest.values())
    allowed: Any = (trial.tolerance or TOLERANCE[trial.dtype]) * largest + FLOOR[trial.dtype] * everything
    usable: Any = True
    if number.shape == truth.grads[name].shape:
        allowed, usable = allowed + truth.error[name], truth.usable[name]
    return bool(np.all((np.abs(given - number) <= allowed) | ~np.asarray(usable)))


def _clipped(number: Floats, given: Floats) -> Floats:
    """The numbers in the range that those which were returned fill to its end: -5 to 5, say."""
    largest = float(np.max(np.abs(given), initial=0.0))
    end = round(largest)
    return np.clip(number, -end, end) if end and abs(largest - end) < 1e-9 * end else number
