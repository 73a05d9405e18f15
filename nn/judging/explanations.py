"""What is to be said about the gradients that were returned, from all examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from nn.judging.edits import Example, edits, factor_name, last_sample, left_over, samples
from nn.judging.lifted_backward import LiftedBackward, lifted_backward
from nn.judging.passes import Floats
from nn.judging.roles import is_data
from nn.judging.search import Case, Mistake, Search
from nn.judging.trials import TOLERANCE, Trial, equal, which_are_wrong, without_kinks
from nn.judging.truth import true_gradients
from nn.judging.verdict import Finding
from nn.judging.ways import Way

__all__ = ["findings"]


@dataclass(frozen=True)
class _Wrong:
    """A quantity that is wrong, and has to be explained.

    Attributes:
        given: what was returned, for each example.
        trials: the examples, with what lies at kinks left out.
        wrong: in which of them it is wrong.
    """

    given: list[Floats]
    trials: list[Trial]
    wrong: list[bool]

    def agrees(self, name: str, numbers: Sequence[Floats | None]) -> bool:
        """Whether these numbers are those that were returned, on every example."""
        pairs = zip(self.trials, self.given, numbers)
        return all(n is not None and equal(trial, name, given, n) for trial, given, n in pairs)


def findings(way: Way, names: Sequence[str], keys: Mapping[str, Any], trials: list[Trial]) -> list[Finding]:
    """What is to be said about the quantities, in their order.

    Args:
        keys: under which key or place each of them was returned.
    """
    looked = {name: _looked_at(way, name, keys, trials) for name in names}
    wrong = {name: each for name, each in looked.items() if isinstance(each, _Wrong)}
    right = [name for name, each in looked.items() if isinstance(each, Finding) and each.right]
    explained = _explanations(way, trials, wrong, right, names) if wrong else {}
    return [each if isinstance(each, Finding) else explained[name] for name, each in looked.items()]


def _looked_at(way: Way, name: str, keys: Mapping[str, Any], trials: list[Trial]) -> Finding | _Wrong:
    """What is to be said about a quantity at first sight."""
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
    wrong = which_are_wrong(name, trials, given)
    if any(wrong):
        trials = without_kinks(way, name, trials, wrong)
        wrong = which_are_wrong(name, trials, given)
    if not any(wrong):
        usable = [each.truth.usable[name] for each in trials]
        if 2 * sum(int(np.sum(each)) for each in usable) < sum(map(np.size, usable)):
            return Finding(name, False, "", "It cannot be judged: finite differences say nothing here.")
        kinks = sum(int(np.sum(~each.truth.usable[name])) for each in trials)
        left_out = f"; {kinks} numbers at kinks are left out" if kinks else ""
        return Finding(name, True, "", f"It is the gradient of the forward pass{left_out}.")
    return _Wrong(given, trials, wrong)


def _explanations(
    way: Way, trials: list[Trial], wrong: Mapping[str, _Wrong], right: Sequence[str], names: Sequence[str]
) -> dict[str, Finding]:
    """What is to be said about wrong quantities: first what explains several of them, then what does one."""
    explained = {name: found for name, each in wrong.items() if (found := _shape_alone(name, each))}
    often = [name for name, each in wrong.items() if name not in explained and sum(each.wrong) > 1]
    search = _search(way, trials, {name: wrong[name] for name in often}, right, names) if often else None
    if search is not None:
        search.explain(often, least=2)
    examples = [_example(way, each, names, search, i) for i, each in enumerate(trials)]
    for name in often:
        if search is None or search.of(name) is None:
            edit = _edit_of_one(name, wrong[name], examples, names)
            if edit is not None:
                explained[name] = edit
    if search is not None:
        search.explain([n for n in often if n not in explained and search.of(n) is None])
        explained |= _of_mistakes(search, [name for name in often if name not in explained])
    return {name: explained.get(name) or _unexplained(name, each) for name, each in wrong.items()}


def _search(
    way: Way, trials: list[Trial], wrong: Mapping[str, _Wrong], right: Sequence[str], names: Sequence[str]
) -> Search | None:
    """A search over the formulas of their forward pass, if these can be had for two examples or more."""
    lifted: list[tuple[int, LiftedBackward]] = []
    for i, trial in enumerate(trials):
        try:
            each = lifted_backward(way, trial.arguments, names, trial.dout, way.cotangent)
        except Exception:  # whatever it is that cannot be lifted, it can be judged by its numbers
            continue
        grads = each.flow().grads
        same = all(equal(trial, name, trial.truth.grads[name], grads[name]) for name in names)
        if same and (not lifted or each.is_like(lifted[0][1])):
            each.first = lifted[0][1] if lifted else each
            lifted.append((i, each))
    if len(lifted) < 2:
        return None
    lifted.sort(key=lambda pair: not all(each.wrong[pair[0]] for each in wrong.values()))
    cases = []
    for i, each in lifted:
        given = {name: one.given[i] for name, one in wrong.items()}
        cases.append(Case(each, given, _agreement(wrong, i)))
    arguments, tolerance = trials[0].arguments, 10.0 * TOLERANCE[trials[0].dtype]
    return Search(cases, right, lambda c: factor_name(c, arguments, tolerance))


def _agreement(wrong: Mapping[str, _Wrong], i: int) -> Any:
    return lambda name, numbers: equal(wrong[name].trials[i], name, wrong[name].given[i], numbers)


def _of_mistakes(search: Search, names: Sequence[str]) -> dict[str, Finding]:
    """The mistake is told at the first quantity that is wrong by it; the others follow from it."""
    explained: dict[str, Finding] = {}
    told: set[str] = set()
    for name in sorted(names, key=search.order.index):
        mistake = search.of(name)
        if mistake is None:
            continue
        where = f"d{mistake.block}"
        follows = where in told
        text = f"It follows from {where}, which is wrong; given that, it is right."
        told.add(where)
        text = text if follows else _told(mistake)
        explained[name] = Finding(name, False, mistake.name, text, where, follows)
    return explained


def _told(mistake: Mistake) -> str:
    return f"{mistake.text}.{f' It should be {mistake.right}.' if mistake.right else ''}"


def _shape_alone(name: str, each: _Wrong) -> Finding | None:
    shape, right = each.given[0].shape, each.trials[0].truth.grads[name]
    if shape == right.shape or each.given[0].size != right.size:
        return None
    pairs = zip(each.trials, each.given)
    if all(equal(t, name, given.reshape(right.shape), t.truth.grads[name]) for t, given in pairs):
        text = f"The numbers are right, but it has shape {shape}, where {name} has {right.shape}."
        return Finding(name, False, "another shape", text)
    return None


def _edit_of_one(
    name: str, each: _Wrong, examples: Sequence[Example], names: Sequence[str]
) -> Finding | None:
    """An edit of this gradient alone that gives its numbers."""
    if len(each.trials) < 2:
        return None
    others = [other for other in names if other != name]
    for edit in edits(name, each.trials[0].arguments, others):
        if each.agrees(name, [edit.made(example) for example in examples]):
            return Finding(name, False, edit.name, edit.text, f"d{name}")
    left = left_over(name, examples, each.given)
    return Finding(name, False, left.name, left.text, f"d{name}") if left else None


def _unexplained(name: str, each: _Wrong) -> Finding:
    given, right, wrong = each.given[0], each.trials[0].truth.grads[name], each.wrong
    if given.shape != right.shape:
        text = f"It has shape {given.shape}, and a gradient has the shape of its quantity, {right.shape}."
        return Finding(name, False, "", text)
    gap = np.where(each.trials[0].truth.usable[name], np.abs(given - right), 0.0)
    at = np.unravel_index(int(np.argmax(gap)), gap.shape)
    numbers = f"it is {given[at]:.6g}, and should be {right[at]:.6g}"
    text = f"At {[int(i) for i in at]} {numbers}; no simple mistake gives these numbers."
    if not wrong[0]:
        text = "It is right on your arguments, and wrong on random ones like them: yours are special."
    elif not all(wrong):
        text += " On some random arguments it is right."
    return Finding(name, False, "", text)


def _example(way: Way, trial: Trial, names: Sequence[str], search: Search | None, number: int) -> Example:
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
