"""Mistakes that no edit of a formula gives, found by changes of their code that make it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.asking import AnsweredError
from nn.judging.edits import multiple
from nn.judging.first_look import Wrong
from nn.judging.returned import parts
from nn.judging.roles import is_data
from nn.judging.trials import Trial, equal
from nn.judging.verdict import Finding
from nn.judging.ways import Way, WithLoss

__all__ = ["mended"]

MOST = 400  # changes that are tried
CHECKED = 3  # examples on which one has to make it right


def mended(
    way: Way,
    trials: Sequence[Trial],
    wrong: Mapping[str, Wrong],
    right: Sequence[str],
    keys: Mapping[str, Any],
) -> dict[str, Finding]:
    """What is to be said of wrong quantities, of the change that makes most of them right and leaves right
    what is; nothing where their code cannot be changed.

    Args:
        wrong: the quantities that nothing explains.
        right: those that are right.
        keys: under which key or place each of them was returned.
    """
    own: Any = getattr(way, "inner", way)
    if not wrong or not hasattr(own, "repairs") or getattr(own, "slope", False):
        return {}
    first = trials[0]
    try:
        changes = own.repairs(first.arguments, first.dout, MOST)
    except AnsweredError:
        return {}
    looked = [_Looked(each, keys, isinstance(way, WithLoss) and not right) for each in trials[:CHECKED]]
    ranked = []
    for i, change in enumerate(changes):
        made = [name for name in wrong if looked[0].is_right(name, change[-1])]
        if made:
            ranked.append((-len(made), i))
    explained: dict[str, Finding] = {}
    for _, i in sorted(ranked):
        number, name, line, text, _ = changes[i]
        names = _confirmed(own, number, looked, [*wrong], right)
        names = [each for each in names if each not in explained]
        if names:
            told = f"{_said(name)}: with that it is right. Look at line {line}, {text}."
            follows = f"It follows from line {line}, which is wrong; given that, it is right."
            for k, each in enumerate(names):
                explained[each] = Finding(
                    each, False, name, follows if k else told, f"d{each}", bool(k), line
                )
        if len(explained) == len(wrong):
            break
    return explained


def _said(name: str) -> str:
    """What a change mends, in a sentence."""
    if name == "= for +=":
        return "What is to be added up is written over, = for +="
    if name == "+= for =":
        return "What is to be written is added to what was there, += for ="
    if name == "sign flipped":
        return "The sign is the wrong one"
    old, _, new = name.partition(" for ")
    if new:
        return f"There stands {old} where {new} should be"
    if name.endswith(" missing"):
        return f"{name.removesuffix(' missing')} is forgotten there"
    return f"{name.removesuffix(' too much')} has no place there"


def _confirmed(
    own: Any, number: int, looked: Sequence[_Looked], wrong: Sequence[str], right: Sequence[str]
) -> list[str]:
    """The wrong quantities that a change makes right on each example, if it leaves all others right."""
    names = [*wrong]
    for each in looked:
        try:
            returned = own.repaired(number, each.trial.arguments, each.trial.dout)
        except AnsweredError:
            return []
        names = [name for name in names if each.is_right(name, returned)]
        if not all(each.is_right(name, returned) for name in right):
            return []
    return names


class _Looked:
    """An example, and what of its numbers is a matter of convention: a scale, and a penalty.

    Args:
        trial: the example.
        keys: under which each quantity was returned.
        free: whether the scale, and the penalty, could not be told, for nothing was right.
    """

    def __init__(self, trial: Trial, keys: Mapping[str, Any], free: bool) -> None:
        self.trial, self._keys, self._free = trial, keys, free
        learnt = [name for name in trial.truth.grads if not is_data(name)]
        self._are_numbers = all(np.ndim(trial.arguments[name]) == 0 for name in learnt)
        raw, scales = self._found(trial.ran.returned), {}
        for name, key in keys.items():
            before, after = (self._number(each.get(key)) for each in (raw, trial.found))
            if before is not None and after is not None and before.shape == after.shape:
                scales[name] = multiple(after, before), before, after
        common = next((c for c, *_ in scales.values() if c), 1.0)
        self._scales = {name: c or common for name, (c, *_) in scales.items()}
        self._penalties = {
            name: after - self._scales[name] * before for name, (_, before, after) in scales.items()
        }

    def is_right(self, name: str, returned: Any) -> bool:
        """Whether what was returned has the gradient by a quantity."""
        number = self._number(self._found(returned).get(self._keys[name]))
        if name not in self._scales or number is None:
            return False
        right = self.trial.truth.grads[name]
        if number.shape != right.shape:
            return False
        if not self._free:
            penalty = self._penalties[name]
            settled = number * self._scales[name]
            return equal(
                self.trial, name, settled + penalty if penalty.shape == settled.shape else settled, right
            )
        c = self._scale_of(returned)
        if c is None or equal(self.trial, name, c * number, right):
            return c is not None
        times = multiple(c * number - right, np.asarray(self.trial.arguments[name], dtype=np.float64))
        return times is not None and times > 0.0

    def _scale_of(self, returned: Any) -> float | None:
        """By which the first array is to be multiplied that is the gradient but for a scale, and was not so
        before: what had another scale than all else would be made right by any change."""
        found, before = self._found(returned), self._found(self.trial.ran.returned)
        for name in self._scales:
            number, right = self._number(found.get(self._keys[name])), self.trial.truth.grads[name]
            if len(self._scales) > 1 and multiple(right, self._number(before[self._keys[name]])) is not None:
                continue
            c = multiple(right, number) if number is not None and number.size > 1 else None
            if c is not None and c > 0.0:
                return c
        return None

    def _found(self, returned: Any) -> dict[Any, Any]:
        return parts(returned, self._are_numbers)

    @staticmethod
    def _number(given: Any) -> Any:
        """An array of finite numbers; None for all else."""
        try:
            number = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            return None
        return number if np.isfinite(number).all() else None  # of None it is nan
