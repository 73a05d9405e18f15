"""One example of a judged pass, and what is to be said about a gradient from all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from nn.judging.edits import Example, edits, last_sample, left_over, samples
from nn.judging.passes import Floats, Pass, Ran
from nn.judging.returned import is_data, parts
from nn.judging.truth import Truth, by_differences, true_gradients
from nn.judging.verdict import Finding

__all__ = ["Trial", "finding", "right_ones", "trial_of"]

TOLERANCE = {"float64": 1e-7, "float32": 1e-3, "float16": 3e-2}  # relative to the largest number
AT_KINKS = 1e-6  # the step with which kinks are looked for: what is farther off is no excuse
FLOOR = {"float64": 1e-12, "float32": 1e-6, "float16": 1e-3}  # relative to the largest of all quantities


@dataclass
class Trial:
    """One example: its arguments, the truth about them, and what was returned."""

    arguments: Mapping[str, Any]
    dout: Floats
    ran: Ran
    found: dict[Any, Any]
    truth: Truth
    dtype: str


def trial_of(way: Pass, arguments: Mapping[str, Any], floats: Sequence[str], seed: int = 0) -> Trial:
    """Both passes and the truth, for one example."""
    out = way.forward(arguments)
    dout = np.random.default_rng(seed).normal(size=out.shape) if way.layer else np.ones(out.shape)
    ran = way.run(arguments, dout)
    found = parts(ran.returned, all(np.ndim(arguments[n]) == 0 for n in floats if not is_data(n)))
    arrays = [*(arguments[name] for name in floats), *found.values()]
    dtypes = {str(each.dtype) for each in arrays if isinstance(each, (np.ndarray, np.generic))}
    narrowest = next((each for each in ("float16", "float32") if each in dtypes), "float64")
    if narrowest != "float64":  # dout was given in the dtype of the output
        dout = dout.astype(np.float32).astype(np.float64)
    return Trial(arguments, dout, ran, found, true_gradients(way, arguments, floats, dout), narrowest)


def finding(
    way: Pass, name: str, keys: Mapping[str, Any], trials: list[Trial], names: Sequence[str]
) -> Finding:
    """What is to be said about one quantity."""
    if name not in keys:
        return Finding(name, False, "missing", f"No gradient by {name} was returned.")
    try:
        given = [np.asarray(each.found[keys[name]], dtype=np.float64) for each in trials]
    except (TypeError, ValueError):
        kind = type(trials[0].found[keys[name]]).__name__
        return Finding(name, False, "", f"The gradient by {name} is to be an array, and is a {kind}.")
    where = np.argwhere(~np.isfinite(given[0]))
    if len(where):
        number = given[0][tuple(where[0])]
        count = f"{len(where)} of {given[0].size} numbers are not finite"
        text = f"{count}, the first at {where[0].tolist()}: {number}."
        return Finding(name, False, "not finite", text)
    wrong = _wrong(name, trials, given)
    if any(wrong):
        trials = _without_kinks(way, name, trials, wrong)
        wrong = _wrong(name, trials, given)
    if not any(wrong):
        usable = [each.truth.usable[name] for each in trials]
        if 2 * sum(int(np.sum(each)) for each in usable) < sum(map(np.size, usable)):
            return Finding(name, False, "", "It cannot be judged: finite differences say nothing here.")
        kinks = sum(int(np.sum(~each.truth.usable[name])) for each in trials)
        left_out = f"; {kinks} numbers at kinks are left out" if kinks else ""
        return Finding(name, True, "", f"It is the gradient of the forward pass{left_out}.")
    return _explained(way, name, trials, given, wrong, names)


def right_ones(keys: Mapping[str, Any], trials: Sequence[Trial]) -> int:
    """How many quantities are right at first sight, if they were returned under these keys."""
    arrays = {name: [np.asarray(each.found[key]) for each in trials] for name, key in keys.items()}
    return sum(
        all(each.dtype.kind in "fiu" for each in given) and not any(_wrong(name, trials, given))
        for name, given in arrays.items()
    )


def _wrong(name: str, trials: Sequence[Trial], given: Sequence[Any]) -> list[bool]:
    return [not _equal(trial, name, each, trial.truth.grads[name]) for trial, each in zip(trials, given)]


def _without_kinks(way: Pass, name: str, trials: list[Trial], wrong: list[bool]) -> list[Trial]:
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


def _explained(
    way: Pass, name: str, trials: list[Trial], given: list[Floats], wrong: list[bool], names: Sequence[str]
) -> Finding:
    """A wrong quantity, with the edit that gives its numbers."""
    shape, right = given[0].shape, trials[0].truth.grads[name]
    if (
        shape != right.shape
        and given[0].size == right.size
        and all(
            _equal(t, name, each.reshape(right.shape), t.truth.grads[name]) for t, each in zip(trials, given)
        )
    ):
        text = f"The numbers are right, but it has shape {shape}, where {name} has {right.shape}."
        return Finding(name, False, "another shape", text)
    if len(trials) > 1 and sum(wrong) > 1:
        examples = [_example(way, each, names) for each in trials]
        for edit in edits(name, trials[0].arguments, [other for other in names if other != name]):
            made = [edit.made(each) for each in examples]
            if all(m is not None and _equal(t, name, g, m) for t, g, m in zip(trials, given, made)):
                return Finding(name, False, edit.name, edit.text)
        if left := left_over(name, examples, given):
            return Finding(name, False, left.name, left.text)
    if shape != right.shape:
        text = f"It has shape {shape}, and a gradient has the shape of its quantity, {right.shape}."
        return Finding(name, False, "", text)
    gap = np.where(trials[0].truth.usable[name], np.abs(given[0] - right), 0.0)
    at = np.unravel_index(int(np.argmax(gap)), gap.shape)
    numbers = f"it is {given[0][at]:.6g}, and should be {right[at]:.6g}"
    text = f"At {[int(i) for i in at]} {numbers}; no simple mistake gives these numbers."
    if not wrong[0]:
        text = "It is right on your arguments, and wrong on random ones like them: yours are special."
    elif not all(wrong):
        text += " On some random arguments it is right."
    return Finding(name, False, "", text)


def _equal(trial: Trial, name: str, given: Floats, number: Floats) -> bool:
    """Whether two arrays agree, within what rounding and the error of the truth allow."""
    truth = trial.truth
    if given.shape != number.shape or not np.isfinite(given).all():
        return False
    largest = max(float(np.max(np.abs(each), initial=0.0)) for each in (number, truth.grads[name]))
    everything = max(float(np.max(np.abs(each), initial=0.0)) for each in truth.grads.values())
    allowed: Any = TOLERANCE[trial.dtype] * largest + FLOOR[trial.dtype] * everything
    usable: Any = True
    if number.shape == truth.grads[name].shape:
        allowed, usable = allowed + truth.error[name], truth.usable[name]
    return bool(np.all((np.abs(given - number) <= allowed) | ~np.asarray(usable)))


def _example(way: Pass, trial: Trial, names: Sequence[str]) -> Example:
    """What edits are made of."""

    @cache
    def unpenalised() -> dict[str, Mapping[str, Floats]]:
        factors = [name for name, each in trial.arguments.items() if isinstance(each, float) and each]
        return {
            name: true_gradients(way, {**trial.arguments, name: 0.0}, names, trial.dout).grads
            for name in factors
        }

    @cache
    def last() -> Mapping[str, Floats] | None:
        m = samples(trial.arguments)
        if m is None or any(is_data(name) for name in names):
            return None
        dout = trial.dout
        if way.layer:
            dout = dout[-1:] if dout.shape[0] == m else dout[..., -1:]
        try:
            return true_gradients(way, last_sample(trial.arguments, m), names, dout).grads
        except Exception:  # it is for so many samples only
            return None

    return Example(trial.arguments, trial.dout, trial.truth.grads, unpenalised, last)
