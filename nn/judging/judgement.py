"""The verdict on a backward pass: its gradients, held to those of its own forward pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from nn.judging.biases import unsummed
from nn.judging.conventions import settled
from nn.judging.edits import multiple
from nn.judging.explanations import findings as findings_of
from nn.judging.fresh import fresh, near, wide
from nn.judging.meant import of_forward
from nn.judging.returned import assignments, expected, not_learnt
from nn.judging.roles import is_target, role_of
from nn.judging.tensors import are_meant, reason
from nn.judging.their_names import not_finite
from nn.judging.trials import Trial, right_ones, trial_of
from nn.judging.truth import is_float_array, says_something
from nn.judging.updates import UNKNOWN, Steps
from nn.judging.verdict import Finding, Verdict
from nn.judging.ways import LOSSES, OF_CLASSES, Remembered, Way, WithLoss

__all__ = ["MOST", "NOTHING", "Look", "first_look", "judged"]

NOTHING = "Nothing was compared."
FLAT = (
    "The forward pass is constant wherever it was looked at, as a sign or a class is: its gradient is 0, and "
    "what is learnt by is that of another function."
)
MOST = 10_000  # numbers in the float arrays: each of them is a Value, or is moved four times
FRESH = 2  # examples of our own
WIDER = (3.0, 10.0)  # times, where their code decides by the size of numbers
MOST_FRESH = 8  # where a gradient is 0 in all of them


def judged(
    way: Way,
    arguments: Mapping[str, Any],
    wrt: str | Sequence[str] | None = None,
    tolerance: float | None = None,
    steps: Steps = UNKNOWN,
) -> Verdict:
    """Hold a pass to the gradient of its forward pass, on these arguments and two random examples like them.

    Args:
        way: the pass.
        arguments: flat, in the order of the function's parameters.
        wrt: by which of them gradients are expected; if nothing is said, by all float arrays but those with
            names of data, such as ``X`` and ``y``, and in layers by inputs, too.
        tolerance: of differences, relative to the largest number; that of the dtype if nothing is said.
        steps: what the code says of its steps. A loss that is not written down is known up to its sign, if
            their direction is not.

    Raises:
        ValueError: if there is nothing to differentiate by, or too much.
    """
    floats = _floats(way, arguments)
    wanted = _wanted(way, floats, wrt, arguments)
    try:
        way, notes = _with_a_loss(way, arguments, floats, wanted)
        first = trial_of(way, arguments, floats, tolerance=tolerance)
    except Exception as error:
        why = way.explained(error)
        if are_meant(why):
            return _nothing(way, wanted, reason(why), "not judged")
        theirs = why.startswith("line") or "raised" in why
        return _nothing(way, wanted, why, "" if theirs else "not judged")
    if not np.isfinite(first.ran.out).all():
        why = "The forward pass gives numbers that are not finite: no gradient is right."
        return _nothing(way, wanted, why + not_finite(way, arguments, first.dout))
    if not np.array_equal(first.ran.out, way.forward(arguments)):
        return _nothing(
            way, wanted, "Twice with the same arguments the forward pass gives two results: seed it."
        )
    if way.layer and way.in_code.skips and np.count_nonzero(first.dout) < first.dout.size:
        notes.append(f"It reads one number of {way.cotangent} that is not 0, and was given one alone.")
    trials, more = _trials(way, first, floats)
    notes += more
    keys, order = _assigned(first, trials, wanted, floats, arguments)
    notes += order
    if isinstance(way, WithLoss) and _is_flat(trials, wanted) and any(map(np.any, first.found.values())):
        return _nothing(way, wanted, FLAT, "not judged")
    if not way.layer:
        wanted = [name for name in wanted if name in keys or name not in not_learnt(wanted, keys, way.name)]
    elif first.ran.read == "change" and {*keys} and (way.quantities or [""])[0] not in keys:
        # a first layer that learns by itself and hands nothing back
        wanted = [name for name in wanted if name in keys or name != (way.quantities or [""])[0]]
    idle = [name for name in wanted if name not in keys and _is_idle(name, trials)]
    if idle and len(idle) < len(wanted):
        wanted = [name for name in wanted if name not in idle]
        notes.append(f"The output does not depend on {', '.join(idle)}, so nothing is missing there.")
    names = [*wanted, *(name for name in floats if name in keys and name not in wanted)]
    scales = settled(way, keys, trials, names, steps)
    notes += scales
    findings = findings_of(way, names, keys, trials)
    if not scales and way.in_code.decides and all(each.right for each in findings):
        trials = [*trials, *_wide(way, first, floats)]
        findings = findings_of(way, names, keys, trials)
    if getattr(way, "slope", False):
        name = f"not the derivative of {way.name.partition(',')[0]}"
        findings = [replace(f, name=name) if not (f.right or f.name) else f for f in findings]
    findings += of_forward(way, [trial.arguments for trial in trials], first.dout)
    unknown = [str(key) for key in first.found if key not in keys.values()]
    if unknown:
        notes.append(f"Returned, but by no array of floats, so not judged: {', '.join(unknown)}.")
    silent = [name for name in floats if name not in {each.quantity for each in findings}]
    if silent:
        notes.append(f"Not returned, and not asked for: {', '.join(silent)}.")
    if first.ran.changed:
        notes.append(f"The functions change {', '.join(first.ran.changed)} in place; they were given copies.")
    return Verdict(way.name, findings, _said(trials), notes)


@dataclass(frozen=True)
class Look:
    """What an example alone shows.

    Attributes:
        share: of what is expected, how much is right.
        fits: whether everything that was returned has the shape of its quantity, and none of these changed.
        fitting: how many of these have it.
    """

    share: float
    fits: bool
    fitting: int = 0


def first_look(
    way: Way, arguments: Mapping[str, Any], wrt: str | Sequence[str] | None, tolerance: float | None = None
) -> Look:
    """What this example alone shows; raises whatever their code does."""
    floats = _floats(way, arguments)
    wanted = _wanted(way, floats, wrt, arguments)
    way, _ = _with_a_loss(way, arguments, floats, wanted)
    trial = trial_of(way, arguments, floats, tolerance=tolerance)
    keys, _ = _assigned(trial, [trial], wanted, floats, arguments)
    settled(way, keys, [trial], [*keys])
    returned = {name: key for name, key in keys.items() if name in wanted}
    shapes = {n: (np.shape(arguments[n]), np.shape(trial.found[key])) for n, key in returned.items()}
    wrong = unsummed(shapes, way.in_code.several)
    fitting = sum(right == shape or name in wrong for name, (right, shape) in shapes.items())
    changed = {*trial.ran.changed} & {*wanted}  # z = b; z += … is for a number b
    expected_ones = max(len(wanted), len(way.quantities or ()))  # of what is no float array none is right
    share = right_ones(returned, [trial]) / expected_ones
    return Look(share, fitting == len(shapes) and not changed, 0 if changed else fitting)


def _floats(way: Way, arguments: Mapping[str, Any]) -> list[str]:
    """The float arrays that gradients may be by."""
    names = arguments if way.quantities is None else way.quantities
    return [name for name in names if is_float_array(arguments.get(name))]


def _is_idle(name: str, trials: Sequence[Trial]) -> bool:
    """Whether the gradient by a quantity is 0 in all examples."""
    return not any(np.any(each.truth.grads[name]) for each in trials)


def _nothing(way: Way, wanted: Sequence[str], why: str, mistake: str = "") -> Verdict:
    """The verdict where nothing could be compared."""
    return Verdict(way.name, [Finding(name, False, mistake, why) for name in wanted], NOTHING)


def _wanted(
    way: Way, floats: Sequence[str], wrt: str | Sequence[str] | None, arguments: Mapping[str, Any]
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
        held = way.in_code.held
        return expected(floats, way.layer, held) if way.quantities is None else [*floats]
    names = [wrt] if isinstance(wrt, str) else [*wrt]
    wrong = [name for name in names if name not in floats]
    if wrong or not names:
        raise ValueError(f"wrt={wrt!r}: the arguments that hold floats are {', '.join(floats)}")
    return names


def _with_a_loss(
    way: Way, arguments: Mapping[str, Any], floats: Sequence[str], wanted: Sequence[str]
) -> tuple[Way, list[str]]:
    """The pass; where its code says no loss, with the one whose gradient fits best."""
    targets = [name for name in arguments if is_target(name) or role_of(name) == "target"]
    if way.layer or (way.forward(arguments).size == 1 and not _is_one_output(way, arguments, targets)):
        return way, []
    if not targets:
        raise TypeError(
            "The forward pass gives an array, and there is no loss of it and no target y: give judge() a "
            "function of the loss, too."
        )
    best: tuple[tuple[int, int], str] = ((-1, -1), "")
    remembered = cast(Way, Remembered(way))
    target = np.asarray(arguments[targets[0]])
    are_labels = target.dtype.kind in "iu" and way.forward(arguments).size > target.size
    for loss in sorted(LOSSES, key=OF_CLASSES.__ne__) if are_labels else LOSSES:
        candidate = WithLoss(remembered, loss, targets[0])
        try:
            trial = trial_of(candidate, arguments, floats)
            keys, _ = _assigned(trial, [trial], wanted, floats, arguments)
            alike = _multiples(keys, trial)
            settled(candidate, keys, [trial], [*keys])
            large = {name: key for name, key in keys.items() if np.size(arguments[name]) > 1}
            count = right_ones(large, [trial]) + alike, right_ones(keys, [trial])
        except Exception:  # not a loss for such numbers
            continue
        if count > best[0] and says_something(trial.truth):
            best = count, loss
    loss = best[1] or next(iter(LOSSES))
    note = (
        f"No loss is written: the gradient is taken to be that of {loss}, up to a factor; another loss that "
        "was meant would have another one."
    )
    return WithLoss(way, loss, targets[0]), [note]


def _multiples(keys: Mapping[str, Any], trial: Trial) -> int:
    """How many arrays are multiples of the gradient; a single number, such as a bias, always is one."""
    found = {name: np.asarray(trial.found[key]) for name, key in keys.items()}
    return sum(
        each.size > 1 and each.dtype.kind in "fiu" and multiple(each, trial.truth.grads[name]) is not None
        for name, each in found.items()
    )


def _is_one_output(way: Way, arguments: Mapping[str, Any], targets: Sequence[str]) -> bool:
    """Whether the one number that an object computes is its output, and no loss: no target has part in it."""
    if way.quantities is None or not targets:
        return False
    # Other numbers, and in other places: of one-hot columns a loss may take no more than the largest's place.
    others = {name: np.roll(np.asarray(arguments[name]), 1) + 1 for name in targets}
    try:
        moved = way.forward({**arguments, **others})
    except Exception:  # it takes no other target, so it does take one
        return False
    return bool(np.array_equal(moved, way.forward(arguments)))


def _assigned(
    first: Trial,
    trials: Sequence[Trial],
    wanted: Sequence[str],
    floats: Sequence[str],
    arguments: Mapping[str, Any],
) -> tuple[dict[str, Any], list[str]]:
    """The keys of what was returned by quantities, in the order that makes most of them right; or a multiple
    of what is right, for the scale is settled later; or of its shape."""
    shapes = {name: np.shape(arguments[name]) for name in floats}
    ways = [*assignments(first.found, wanted, floats, shapes)]

    def likeliness(keys: Mapping[str, Any]) -> tuple[int, int, int]:
        fitting = sum(np.shape(first.found[key]) == shapes[name] for name, key in keys.items())
        return right_ones(keys, trials), _multiples(keys, first), fitting

    keys = max(ways, key=likeliness) if len(ways) > 1 else ways[0]
    if keys == ways[0]:
        return keys, []
    order = ", ".join(sorted(keys, key=keys.__getitem__))
    return keys, [f"They were taken to be returned in the order {order}, which makes most of them right."]


def _trials(way: Way, first: Trial, floats: Sequence[str]) -> tuple[list[Trial], list[str]]:
    """The example that was given, and fresh ones for which the functions have finite numbers."""
    trials, notes = [first], []
    for seed in range(1, MOST_FRESH + 1):
        if seed > FRESH and not _says_nothing(trials):
            break
        for draw in (fresh, near):
            try:
                arguments = draw(first.arguments, np.random.default_rng(seed))
                trial = trial_of(way, arguments, floats, seed, first.tolerance)
            except Exception:  # such numbers are not for these functions; nearer ones may be
                continue
            if np.isfinite(trial.ran.out).all() and {*trial.found} == {*first.found}:
                trials.append(trial)
                break
    flat = _says_nothing(trials)
    if flat:
        notes.append(
            f"The gradient by {', '.join(flat)} is 0 in every example: much of it could not be seen."
        )
    if len(trials) <= FRESH:
        notes.append("The functions do not take random numbers like yours, so there were fewer examples.")
    return trials, notes


def _wide(way: Way, first: Trial, floats: Sequence[str]) -> Iterator[Trial]:
    """Examples with larger numbers, as far as the functions take them."""
    for seed, by in enumerate(WIDER):
        try:
            arguments = wide(first.arguments, np.random.default_rng((seed, 2)), by)
            trial = trial_of(way, arguments, floats, seed, first.tolerance)
        except Exception:  # such numbers are not for these functions
            continue
        finite = np.isfinite(trial.ran.out).all() and says_something(trial.truth)
        if finite and {*trial.found} == {*first.found}:
            yield trial


def _is_flat(trials: Sequence[Trial], wanted: Sequence[str]) -> bool:
    """Whether the forward pass gives the same whatever the quantities are, though they are not the same."""
    return all(not np.any(trial.truth.grads[name]) for trial in trials for name in wanted)


def _says_nothing(trials: Sequence[Trial]) -> list[str]:
    """The quantities whose gradients are 0 in all of these, as where all units are off."""
    return [name for name in trials[0].truth.grads if not any(np.any(t.truth.grads[name]) for t in trials)]


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
