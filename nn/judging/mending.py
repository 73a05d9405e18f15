"""Mistakes that no edit of a formula gives, found by changes of their code that make it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.asking import AnsweredError
from nn.judging.edits import multiple
from nn.judging.first_look import Wrong
from nn.judging.passes import Floats
from nn.judging.returned import parts
from nn.judging.roles import is_data
from nn.judging.trials import Trial, equal
from nn.judging.verdict import Finding
from nn.judging.ways import Way

__all__ = ["mended"]

MOST = 400  # changes that are tried
CHECKED = 3  # examples on which one has to make it right


def mended(
    way: Way, trials: Sequence[Trial], wrong: Mapping[str, Wrong], right: Sequence[str]
) -> dict[str, Finding]:
    """What is to be said of wrong quantities, of the change that makes most of them right and leaves right
    what is; nothing where their code cannot be changed.

    Args:
        wrong: the quantities that nothing explains.
        right: those that are right.
    """
    own: Any = getattr(way, "inner", way)
    if not wrong or not hasattr(own, "repairs") or getattr(own, "slope", False):
        return {}
    first = trials[0]
    try:
        changes = own.repairs(first.arguments, first.dout, MOST)
    except AnsweredError:
        return {}
    scale = _scale(way, first, wrong)
    ranked = []
    for i, change in enumerate(changes):
        made = _made_right(first, change[-1], wrong, scale)
        if made:
            ranked.append((-len(made), i))
    explained: dict[str, Finding] = {}
    for _, i in sorted(ranked):
        number, name, line, text, _ = changes[i]
        names = _confirmed(own, number, trials[:CHECKED], wrong, right, scale)
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
    own: Any,
    number: int,
    trials: Sequence[Trial],
    wrong: Mapping[str, Wrong],
    right: Sequence[str],
    scale: float,
) -> list[str]:
    """The wrong quantities that a change makes right on each example, if it leaves all others right."""
    names = [*wrong]
    for trial in trials:
        try:
            returned = own.repaired(number, trial.arguments, trial.dout)
        except AnsweredError:
            return []
        names = [n for n in names if n in _made_right(trial, returned, wrong, scale)]
        kept = _found(trial, returned)
        for name in right:
            key = _key(trial, name)
            if key in trial.found and not _is(trial, name, kept.get(key), scale):
                return []
    return names


def _made_right(trial: Trial, returned: Any, wrong: Mapping[str, Wrong], scale: float) -> list[str]:
    found = _found(trial, returned)
    return [name for name, each in wrong.items() if _is(trial, name, found.get(each.key), scale)]


def _is(trial: Trial, name: str, given: Any, scale: float) -> bool:
    """Whether that is the gradient by a quantity."""
    try:
        numbers = np.asarray(given, dtype=np.float64) * scale
    except (TypeError, ValueError):
        return False
    return equal(trial, name, numbers, trial.truth.grads[name])


def _found(trial: Trial, returned: Any) -> dict[Any, Any]:
    names = [name for name in trial.truth.grads if not is_data(name)]
    return dict(parts(returned, all(np.ndim(trial.arguments[name]) == 0 for name in names)))


def _key(trial: Trial, name: str) -> Any:
    return next((key for key in (name, f"d{name}") if key in trial.found), None)


def _scale(way: Way, trial: Trial, wrong: Mapping[str, Wrong]) -> float:
    """By which what was returned was multiplied, where a scale is a matter of convention."""
    raw = _found(trial, trial.ran.returned)
    for each in wrong.values():
        before: Floats = np.asarray(raw.get(each.key, 0.0), dtype=np.float64)
        after: Floats = np.asarray(trial.found[each.key], dtype=np.float64)
        if before.shape == after.shape and (c := multiple(after, before)):
            return c
    return 1.0
