"""Scales that are a matter of convention: a learning rate, a loss that nobody wrote down, a course's 1/m."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.edits import multiple, samples
from nn.judging.passes import Floats
from nn.judging.returned import parts
from nn.judging.roles import is_data, role_of
from nn.judging.trials import Trial, equal, right_ones
from nn.judging.updates import UNKNOWN, Steps
from nn.judging.ways import SQUARES, Way, WithLoss

__all__ = ["OVER_M", "READ_OFF", "settled"]

SLIPS = (0.5, 2.0, 0.25, 4.0)  # factors that are lost, or one too many
OVER_M = "The gradients by parameters are over"
READ_OFF = "The gradients are read off the change of the weights"


def settled(
    way: Way,
    keys: Mapping[str, Any],
    trials: Sequence[Trial],
    names: Sequence[str],
    steps: Steps = UNKNOWN,
) -> list[str]:
    """What is said about the scale; where it is a convention, the trials have the gradients without it.

    A change of weights is divided by the learning rate, or by the one number that makes most of it right;
    where the rate is known from the code, that may only differ from it as a mean does from a sum, or a square
    from half of it. Of
    a loss that is not written down the gradient is right up to a factor, which is positive if the code is
    known to step against it (a ``direction`` of -1; 1 if along it). One that the code has with its own
    derivative, ``mse`` and ``mse_prime``, may be a mean or a sum, and has no other factor. In a layer all
    gradients by parameters may be over m, when the one by the input is not: that is how a well-known course
    puts its mean.
    """
    by = {name: keys[name] for name in names if name in keys}
    direction, known = steps.direction, steps.rate
    if trials[0].ran.read == "change":
        weights = {name: key for name, key in by.items() if key == name}  # in a layer, dx is returned
        rate = known or way.rate() or 1.0
        common = _common(weights, trials, negative=False)
        means = [c for c in common if isinstance(way, WithLoss) and _is_a_mean(c / rate, trials)]
        scales = [*means, rate, 1.0, *common]
        if way.in_code.paired and way.rate() and not isinstance(way, WithLoss):
            scales = [rate * c for c in _means_and_sums(trials)]
        elif known is not None and way.layer:
            m = None if steps.mean else samples(trials[0].arguments)
            scales = [known] if m is None else [known, known / m]
        elif known is not None and (common or isinstance(way, WithLoss)):
            rate, scales = (
                known,
                [known * c for c in _usual(way, trials, [c / known for c in common], steps.doubled)],
            )
        divided, count = _best(weights, trials, scales)
        if not count and isinstance(way, WithLoss):
            divided = _uphill(weights, trials) or divided
        _divide(trials, weights, divided)
        over = f"over the learning rate {divided:.6g}" if divided != 1.0 else "as it is"
        if divided not in (rate, 1.0):
            over = f"over {divided:.6g}, by which most of it is right" if count else over
        notes = [f"{READ_OFF} in one step, {over}."]
        if known is not None and way.layer and divided != known:
            notes.append(_over(round(known / divided)))
        elif known is not None and count and divided != known and not isinstance(way, WithLoss):
            notes.append(
                f"That is {divided / known:.6g} times the learning rate {known:.6g}: the loss as it is "
                "written differs from theirs by a mean for a sum, a sum for a mean, or half of a square."
            )
        return [*notes, *(_without_penalty(weights, trials) if isinstance(way, WithLoss) else [])]
    if losses := getattr(way, "free", 0):  # of which the gradient is that of the mean or the sum
        scale, _ = _best(by, trials, _of_losses(losses, trials[0]))
        _divide(trials, by, scale)
        of = "sum" if scale == losses else "mean"
        by_samples = " samples, added up for each of them" if scale not in (1.0, losses) else " samples"
        return [f"They are the gradient of the {of} of the losses of all{by_samples}."]
    if isinstance(way, WithLoss):
        scale, count = _best(by, trials, [1.0, *_common(by, trials, negative=direction >= 0)])
        notes = []
        if count and scale != 1.0:
            _divide(trials, by, scale)
            sign = " and of which sign" if scale < 0 and not direction else ""
            notes.append(
                f"They are {scale:.6g} times the gradient of that loss: of which factor{sign} the loss is "
                "meant to be, the code does not say."
            )
        if direction < 0 and not count and _best(by, trials, _common(by, trials, negative=True) or [1.0])[1]:
            notes.append("The code subtracts them from the weights, so its steps go uphill.")
        if count and scale > 0 and direction > 0:
            notes.append("The code adds them to the weights, so its steps go uphill: subtract them.")
        return [*notes, *_without_penalty(by, trials)]
    if way.in_code.paired and not way.layer and by:
        scale, count = _best(by, trials, _means_and_sums(trials))
        if count and scale != 1.0:
            _divide(trials, by, scale)
            return [f"They are {scale:.6g} times the gradient, of a sum for a mean, or of a mean for a sum."]
    if getattr(way, "slope", False) and by and not right_ones(by, trials):
        return _at_output(way, by, trials)
    if way.layer and not steps.mean and (m := _over_m(by, trials)):
        _divide(trials, {name: key for name, key in by.items() if name not in _inputs(by)}, 1.0 / m)
        return [_over(m)]
    return []


def _over(m: int) -> str:
    return (
        f"{OVER_M} {m}, the number of samples, and the one by the input is not: a convention for layers "
        "whose cotangent is not yet the mean's."
    )


def _of_losses(losses: int, trial: Trial) -> list[float]:
    """What the gradient of a mean of losses may be multiplied by: nothing, or their number, for a sum. Where
    there is one for each number of a prediction, it is likely that of its own loss; or that of a mean over
    samples, times how many numbers these have."""
    predictions = next(iter(trial.arguments.values()))
    m = len(predictions)
    if losses == np.size(predictions) > m:
        return [float(losses), 1.0, losses / m]
    return [1.0, float(m)]


def _at_output(way: Way, keys: Mapping[str, Any], trials: Sequence[Trial]) -> list[str]:
    """A derivative that is written in terms of the function's value: y·(1 - y) for that of sigmoid."""
    ((name, key),) = keys.items()
    before = [each.found[key] for each in trials]
    for trial in trials:
        given = {**trial.arguments, name: np.asarray(trial.ran.out, dtype=trial.arguments[name].dtype)}
        trial.found[key] = parts(way.run(given, trial.dout).returned)[key]
    if right_ones(keys, trials):
        return [f"It is the derivative in terms of the function's value: give it that, and not {name}."]
    for trial, found in zip(trials, before):
        trial.found[key] = found
    return []


def _inputs(keys: Mapping[str, Any]) -> list[str]:
    """The inputs of a layer: what is called so, else what it takes first."""
    return [*filter(_is_input, keys)] or [*keys][:1]


def _is_input(name: str) -> bool:
    return is_data(name) or role_of(name) == "input"


def _best(keys: Mapping[str, Any], trials: Sequence[Trial], scales: Sequence[float]) -> tuple[float, int]:
    """The first of the scales by which most quantities become right, and how many."""
    counts = [_right(keys, trials, scale) for scale in scales]
    best = int(np.argmax(counts))
    return scales[best], counts[best]


def _right(keys: Mapping[str, Any], trials: Sequence[Trial], scale: float) -> int:
    before = [dict(each.found) for each in trials]
    _divide(trials, keys, scale)
    count = right_ones(keys, trials)
    for trial, found in zip(trials, before):
        trial.found.update(found)
    return count


def _divide(trials: Sequence[Trial], keys: Mapping[str, Any], scale: float) -> None:
    for trial in trials:
        for key in keys.values():
            array = np.asarray(trial.found[key])
            if array.dtype.kind in "fiu":
                trial.found[key] = np.asarray(
                    array / scale, dtype=array.dtype if array.dtype.kind == "f" else float
                )


def _common(keys: Mapping[str, Any], trials: Sequence[Trial], negative: bool) -> list[float]:
    """The factors by which single quantities are the right ones, the same in all examples."""
    found = []
    for name, key in keys.items():
        told = [t for t in trials if np.any(t.truth.grads[name]) or np.any(t.found[key])]
        ratios = [_ratio(np.asarray(each.found[key]), each.truth.grads[name]) for each in told]
        first = ratios[0] if ratios else None
        if not first or (first < 0 and not negative):
            continue
        if all(r is not None and abs(r - first) <= 1e-4 * abs(first) for r in ratios):
            found.append(_rounded(first))
    return found


def _uphill(keys: Mapping[str, Any], trials: Sequence[Trial]) -> float:
    """By which factor all are the right ones with the other sign, which alone is a mistake where the loss is
    not written down; 0.0 if they are not."""
    factors = _common(keys, trials, negative=True)
    same = len(factors) == len(keys) and len({*factors}) == 1
    return -factors[0] if same and factors[0] < 0.0 else 0.0


def _ratio(found: Any, right: Floats) -> float | None:
    return multiple(found.astype(np.float64), right) if found.dtype.kind in "fiu" and right.any() else None


def _is_a_mean(factor: float, trials: Sequence[Trial]) -> bool:
    """Whether a factor is one over the number of samples: a loss that nobody wrote down is rather a mean."""
    m = samples(trials[0].arguments)
    return m is not None and m > 1 and abs(factor * m - 1.0) < 1e-4


def _means_and_sums(trials: Sequence[Trial]) -> list[float]:
    """1, and the numbers of samples and of all targets, and one over these."""
    arguments = trials[0].arguments
    counts = {samples(arguments) or 1, *(np.size(a) for n, a in arguments.items() if role_of(n) == "target")}
    return [1.0, *(c for n in sorted(counts - {1}) for c in (float(n), 1.0 / n))]


def _usual(way: Way, trials: Sequence[Trial], found: Sequence[float], doubled: bool) -> list[float]:
    """By what steps may differ from a learning rate times the gradient of a loss: people write a mean and
    mean a sum, and of squares they leave out the 2, if there is none in their code. First what a factor that
    was found is half or twice of."""
    sizes = {*_means_and_sums(trials)} if way.in_code.counts else {1.0}
    sums = {each / other for each in sizes for other in sizes if each <= 1.0 or other <= 1.0}
    squares = way.loss == SQUARES if isinstance(way, WithLoss) else not way.in_code.logs
    half = 2.0 if isinstance(way, WithLoss) else 1.0 if doubled else 0.5
    halves = (1.0, half) if squares else (1.0,)
    usual = sorted((h * each for h in halves for each in sums), key=lambda each: abs(np.log(each)))
    near = [each for c in found for each in usual if any(abs(c / each - by) < 1e-4 * by for by in SLIPS)]
    return [*near, *usual]


def _rounded(number: float) -> float:
    """A number that people would write, where it is one but for rounding."""
    near = float(f"{number:.4g}")
    return near if abs(near - number) <= 1e-6 * abs(number) else number


def _without_penalty(keys: Mapping[str, Any], trials: Sequence[Trial]) -> list[str]:
    """A penalty that a loss may have which nobody wrote down: c·W beside the gradient, of all matrices. Of
    one whose gradient has another mistake it cannot be seen, and is taken to be as of the others."""
    shapes = {n: np.shape(trials[0].arguments[n]) for n in keys}
    matrices = {n: keys[n] for n, shape in shapes.items() if len(shape) == 2 and min(shape) > 1}
    factors = set()
    for name, key in matrices.items():
        found = [_penalty(name, trial, np.asarray(trial.found[key])) for trial in trials]
        if len({*found}) != 1:
            return []
        factors |= {*found} - {None}
    if len(factors) != 1:
        return []
    (c,) = factors
    if c is None or c <= 0.0:
        return []
    for trial in trials:
        for name, key in matrices.items():
            trial.found[key] = np.asarray(trial.found[key]) - c * trial.arguments[name]
    return [f"The gradients by matrices have {c:.6g} times the matrix: a penalty that the loss may have."]


def _penalty(name: str, trial: Trial, found: Any) -> float | None:
    """The c with which a gradient is the right one and c times the matrix; None if there is none."""
    W, right = trial.arguments[name], trial.truth.grads[name]
    if found.dtype.kind != "f" or found.shape != W.shape:
        return None
    if equal(trial, name, found, right):
        return 0.0
    c = multiple(found - right, np.asarray(W, dtype=np.float64))
    return None if c is None else _rounded(c)


def _over_m(keys: Mapping[str, Any], trials: Sequence[Trial]) -> int | None:
    """The number of samples, if all gradients by parameters are over it and those by inputs are right."""
    inputs = {name: keys[name] for name in _inputs(keys)}
    others = {name: key for name, key in keys.items() if name not in inputs}
    if len(inputs) != 1 or not others or (len(others) < 2 and right_ones(inputs, trials) != 1):
        return None
    (name,) = inputs
    for m in sorted({*np.shape(trials[0].arguments[name])} - {1}):
        if _right(others, trials, 1.0 / m) == len(others):
            return int(m)
    return None
