"""``judge``: the backward pass of functions of arrays, held to the gradient of their own forward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.explanations import findings as findings_of
from nn.judging.fresh import fresh, near
from nn.judging.passes import Pass, pass_of, their_line
from nn.judging.returned import assignments, expected
from nn.judging.trials import Trial, right_ones, trial_of
from nn.judging.truth import is_float_array
from nn.judging.verdict import Finding, Verdict

__all__ = ["judge"]

MOST = 10_000  # numbers in the float arrays: each of them is a Value, or is moved four times
FRESH = 2  # examples of our own


def judge(
    function: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    /,
    *,
    wrt: str | Sequence[str] | None = None,
    **arguments: Any,
) -> Verdict:
    """Judge a backward pass as it was written, with its loss, its layout, its scale and its names.

    Three ways of writing: ``f(**arguments)`` gives ``(loss, grads)``; a loss and a function of its
    gradients take the same arguments; a layer has ``forward(**arguments)``, which gives ``(out, cache)``, and
    ``backward(dout, cache)``, whose products Σ dout ⊙ ∂out/∂x are judged for a random dout. Gradients are an
    array, a tuple or list in the order of the arguments, or a dict by their names (``W1``, ``dW1``,
    ``grad_W1``).

    They are held to the gradient of the forward pass, on these arguments and on two random examples of their
    shapes, dtypes and ranges. The functions get copies. They run in this process.

    Args:
        function, backward: the functions.
        wrt: by which arguments gradients are expected; if nothing is said, by all float arrays but those with
            names of data, such as ``X`` and ``y``, and in layers by inputs, too.
        arguments: what the functions are given, by name.

    Raises:
        TypeError: if the functions do not take the arguments.
        ValueError: if there is nothing to differentiate by, or too much.

    >>> X, y = np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]]), np.array([1.0, 0.5, 2.0])
    >>> def squares(w, X, y):
    ...     e = X @ w - y
    ...     return np.mean(e**2), X.T @ e / len(y)
    >>> verdict = judge(squares, w=np.array([0.5, -1.0]), X=X, y=y)
    >>> bool(verdict), verdict.findings[0].name
    (False, 'half of it')
    """
    way = pass_of(function, backward, arguments)
    floats = _floats(way, arguments)
    wanted = _wanted(way, floats, wrt, arguments)
    try:
        first = trial_of(way, arguments, floats)
    except Exception as error:
        return _nothing(way, wanted, their_line(error, way))
    if not np.isfinite(first.ran.out).all():
        return _nothing(
            way, wanted, "The forward pass gives numbers that are not finite: no gradient is right."
        )
    if not np.array_equal(first.ran.out, way.forward(arguments)):
        return _nothing(
            way, wanted, "Twice with the same arguments the forward pass gives two results: seed it."
        )
    trials, notes = _trials(way, first, floats)
    shapes = {name: np.shape(arguments[name]) for name in floats}
    ways = [*assignments(first.found, wanted, floats, shapes)]
    keys = max(ways, key=lambda each: right_ones(each, trials))
    if keys != ways[0]:
        order = ", ".join(sorted(keys, key=keys.__getitem__))
        notes.append(f"They were taken to be returned in the order {order}, which makes most of them right.")
    names = [*wanted, *(name for name in floats if name in keys and name not in wanted)]
    findings = findings_of(way, names, keys, trials)
    unknown = [str(key) for key in first.found if key not in keys.values()]
    if unknown:
        notes.append(f"Returned, but by no array of floats, so not judged: {', '.join(unknown)}.")
    silent = [name for name in floats if name not in {each.quantity for each in findings}]
    if silent:
        notes.append(f"Not returned, and not asked for: {', '.join(silent)}.")
    if first.ran.changed:
        notes.append(f"The functions change {', '.join(first.ran.changed)} in place; they were given copies.")
    return Verdict(way.name, findings, _said(trials), notes)


def _nothing(way: Pass, wanted: Sequence[str], why: str) -> Verdict:
    """The verdict where nothing could be compared."""
    return Verdict(way.name, [Finding(name, False, "", why) for name in wanted], "Nothing was compared.")


def _floats(way: Pass, arguments: Mapping[str, Any]) -> list[str]:
    """The float arrays, in the order of the function's parameters."""
    order = [*getattr(getattr(way.function, "__code__", None), "co_varnames", ())]
    names = [name for name, each in arguments.items() if is_float_array(each)]
    if all(name in order for name in names):
        names.sort(key=order.index)
    return names


def _wanted(
    way: Pass, floats: Sequence[str], wrt: str | Sequence[str] | None, arguments: Mapping[str, Any]
) -> list[str]:
    if not floats:
        raise ValueError(
            "judge() differentiates by arrays of floats, and there are none among "
            f"{', '.join(arguments) or 'no arguments'}; integers are labels, and numbers settings: give "
            "np.array(…, dtype=float)"
        )
    count = sum(np.size(arguments[name]) for name in floats)
    if count > MOST:
        raise ValueError(
            f"{count} numbers are more than {MOST}: judge() a few samples and small layers, the mistakes "
            "are the same"
        )
    if wrt is None:
        return expected(floats, way.layer)
    names = [wrt] if isinstance(wrt, str) else [*wrt]
    wrong = [name for name in names if name not in floats]
    if wrong or not names:
        raise ValueError(f"wrt={wrt!r}: the arguments that hold floats are {', '.join(floats)}")
    return names


def _trials(way: Pass, first: Trial, floats: Sequence[str]) -> tuple[list[Trial], list[str]]:
    """The example that was given, and fresh ones for which the functions have finite numbers."""
    trials, notes = [first], []
    for seed in range(1, FRESH + 1):
        for draw in (fresh, near):
            try:
                trial = trial_of(way, draw(first.arguments, np.random.default_rng(seed)), floats, seed)
            except Exception:  # such numbers are not for these functions; nearer ones may be
                continue
            if np.isfinite(trial.ran.out).all() and {*trial.found} == {*first.found}:
                trials.append(trial)
                break
    if len(trials) <= FRESH:
        notes.append("The functions do not take random numbers like yours, so there were fewer examples.")
    return trials, notes


def _said(trials: Sequence[Trial]) -> str:
    recorded = all(each.truth.recorded for each in trials)
    how = (
        "the gradient of the forward pass, recorded and exact to rounding, which a finite difference confirms"
        if recorded
        else "central differences of the forward pass in float64, off by at most "
        f"{_error(trials):.1g} of the largest"
    )
    unusable = sum(int(np.sum(~each)) for t in trials for each in t.truth.usable.values())
    left_out = f"; {unusable} numbers at kinks are left out" if unusable else ""
    return (
        f"Held to {how}{left_out}; on your arguments and {len(trials) - 1} random ones, as {trials[0].dtype}."
    )


def _error(trials: Sequence[Trial]) -> float:
    """The largest error of a number that was used, relative to the largest number there is."""
    worst = 0.0
    for trial in trials:
        largest = max(
            np.max(np.abs(each), initial=0.0) for each in (*trial.truth.grads.values(), trial.ran.out)
        )
        for name, usable in trial.truth.usable.items():
            worst = max(worst, float(np.max(trial.truth.error[name][usable], initial=0.0) / (largest or 1.0)))
    return worst
