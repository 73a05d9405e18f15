"""Learnt: which numbers inside an object are weights, and which are settings, data or a state.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nn.judging.binding import copied, returned_names, same_random_numbers
from nn.judging.inside import Path, at, equal, is_gradient_of, numbers_of
from nn.judging.objects import ObjectPass, weight

__all__ = ["WEIGHT", "matters", "numbers_learnt"]

WEIGHT = re.compile(r"_*(w|b|weight|bias|theta|intercept|slope)_?\d*_?")  # though it has no gradient
SETTING = re.compile(
    r"reg\w*|\w*lambda\w*|lam|lmbda?|l[12]\w*|alpha|\w*decay|momentum|eps(ilon)?|temp(erature)?|tau|c|t|step"
)


def matters(way: ObjectPass, name: str, path: Path, arguments: Mapping[str, Any]) -> bool:
    """Whether the forward pass depends on an array."""
    array = weight(at(way.template, path))
    rng = np.random.default_rng(0)
    first = None
    for scale in (1.0, 2.0, -1.5):  # units that larger weights switch off are on with smaller ones
        trial = replace(way, paths={name: path})
        moved = (array + scale * rng.uniform(0.3, 1.0, array.shape)).astype(array.dtype)
        try:
            out = trial.forward({**arguments, name: moved})
        except Exception:  # it is no weight that can be moved
            return False
        if first is not None and not equal(first, out):
            return True
        first = out if first is None else first
    return False


def numbers_learnt(
    way: ObjectPass, paths: Mapping[str, Path], arguments: Mapping[str, Any]
) -> dict[str, Path]:
    """The single numbers that the forward pass depends on and leaves alone, and that a step changes, or a
    gradient is given of."""
    numbers = numbers_of(way.template)
    moving = _moved_by_forward(way, numbers, arguments)
    found = {n: p for n, p in numbers.items() if n not in moving and matters(way, n, p, arguments)}
    if not found:
        return {}
    trial = replace(way, paths={**paths, **found})
    rng = np.random.default_rng(0)
    weights = {name: each + rng.uniform(0.1, 0.3, each.shape) for name, each in trial.weights().items()}
    try:
        ran = trial.run({**arguments, **{name: weights[name] for name in trial.paths}})
    except Exception:  # then it is told where it is run again
        return {}
    if ran.read == "change":
        changes = ran.returned or {}
        return {
            n: p
            for n, p in found.items()
            if _is_named_weight(p, way) or (np.any(changes.get(n, 0.0) != 0.0) and not _is_setting(p))
        }
    keys = [str(key) for key in ran.returned] if isinstance(ran.returned, Mapping) else []
    if isinstance(ran.returned, tuple):
        keys = returned_names(getattr(way.template, way.methods["backward"] or way.methods["loss"]))
    return {
        n: p
        for n, p in found.items()
        if _is_named_weight(p, way)
        or any(key == n or is_gradient_of(key, str(p[-1][1])) or key == str(p[-1][1]) for key in keys)
    }


def _moved_by_forward(way: ObjectPass, numbers: Mapping[str, Path], arguments: Mapping[str, Any]) -> set[str]:
    """The numbers that a forward pass writes to, such as a state."""
    thing = copy.deepcopy(way.template)
    try:
        with same_random_numbers(), np.errstate(all="ignore"):
            way.valued(thing, copied(arguments), lambda function: function)
        return {n for n, p in numbers.items() if not equal(at(thing, p), at(way.template, p))}
    except Exception:  # whatever it is
        return {*numbers}


def _is_named_weight(path: Path, way: ObjectPass) -> bool:
    """Whether a number is called a weight or a bias, and is none that a bias is multiplied by, which is 1."""
    return bool(WEIGHT.fullmatch(str(path[-1][1]).lower())) and at(way.template, path) != 1


def _is_setting(path: Path) -> bool:
    """Whether a number is called like a setting that may go down from step to step."""
    return bool(SETTING.fullmatch(str(path[-1][1]).lower().strip("_")))
