"""A first look at the gradients that were returned: which are right, and which have to be explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nn.judging.fresh import near
from nn.judging.passes import Floats
from nn.judging.their_names import not_finite
from nn.judging.trials import BUT, Trial, equal, trial_of, which_are_wrong, without_kinks
from nn.judging.verdict import Finding
from nn.judging.ways import Way

__all__ = ["NEAR_ONES", "Wrong", "looked_at", "more_examples", "near_one"]

NEAR_ONES = 6  # examples near to another, at most


@dataclass(frozen=True)
class Wrong:
    """A quantity that is wrong, and has to be explained.

    Attributes:
        given: what was returned, for each example.
        trials: the examples, with what lies at kinks left out.
        wrong: in which of them it is wrong.
        key: under which it was returned.
        seen: the examples as they were.
    """

    given: list[Floats]
    trials: list[Trial]
    wrong: list[bool]
    key: Any
    seen: list[Trial]

    def of(self, trial: Trial) -> tuple[Floats, Trial]:
        """What was returned for an example, one of these or another, and that without what lies at kinks."""
        for given, usable, seen in zip(self.given, self.trials, self.seen):
            if seen is trial:
                return given, usable
        near = replace(trial, tolerance=self.trials[0].tolerance)
        return np.asarray(trial.found[self.key], dtype=np.float64), near

    def within(self, tolerance: float) -> Wrong:
        """The same, with so much room for what is taken to be the same, if nothing else was said."""
        return replace(
            self, trials=[replace(each, tolerance=each.tolerance or tolerance) for each in self.trials]
        )

    def are_wrong(self, name: str) -> list[bool]:
        """Of each example, whether what was returned is not the gradient."""
        return which_are_wrong(name, self.trials, self.given)

    def agrees(self, name: str, numbers: Sequence[Floats | None]) -> bool:
        """Whether these numbers are those that were returned, on every example."""
        pairs = zip(self.trials, self.given, numbers)
        return all(n is not None and equal(trial, name, given, n) for trial, given, n in pairs)


def more_examples(way: Way, trials: Sequence[Trial], wrong: Sequence[Wrong]) -> list[Trial]:
    """Examples near to one that shows a mistake, if only one does, as where most units are off."""
    shown = [each.wrong.index(True) for each in wrong if sum(each.wrong) == 1]
    more: list[Trial] = []
    for seed in range(NEAR_ONES):
        if shown and len(more) < 2:
            trial = near_one(way, trials[shown[0]], [*trials[0].truth.grads], seed, 0.1)
            more += [trial] if trial is not None and {*trial.found} == {*trials[0].found} else []
    return more


def near_one(way: Way, trial: Trial, names: Sequence[str], seed: int, by: float) -> Trial | None:
    """An example whose numbers are another one's, moved by so much; None if the functions do not take it."""
    moved = near(trial.arguments, np.random.default_rng(seed), by)
    try:
        return trial_of(way, moved, names, seed)
    except Exception:  # such numbers are not for these functions
        return None


def looked_at(way: Way, name: str, keys: Mapping[str, Any], trials: list[Trial]) -> Finding | Wrong:
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
        text += not_finite(way, trials[0].arguments, trials[0].dout)
        return Finding(name, False, "not finite", text)
    wrong, seen = which_are_wrong(name, trials, given), trials
    if any(wrong):
        trials = without_kinks(way, name, trials, wrong)
        wrong = which_are_wrong(name, trials, given)
    if not any(wrong):
        usable = [each.truth.usable[name] for each in trials]
        if 2 * sum(int(np.sum(each)) for each in usable) < sum(map(np.size, usable)):
            return Finding(name, False, "", "It cannot be judged: finite differences say nothing here.")
        kinks = sum(int(np.sum(~each.truth.usable[name])) for each in trials)
        left_out = f"; {kinks} numbers at kinks are left out" if kinks else ""
        text = f"It is the gradient of the forward pass{left_out}."
        if name in trials[0].kept:
            text = f"It is the gradient of the forward pass, {BUT}{left_out}."
        return Finding(name, True, "", text)
    return Wrong(given, trials, wrong, keys[name], seen)
