"""Small numbers that keep a logarithm or a quotient finite, as in log(p + 1e-7): whether it is for one of
them that a gradient is not quite that of the forward pass.

The gradient is right but for a small number if it is that of the same forward pass without it, or with
another one of theirs: the recorded pass is made once more with that number in all its logarithms. A number
under a root is no such number, for it is part of what a normalisation computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autodiff import vjp
from autodiff.engine.value import Value, record
from autodiff.lifting.record import LEAF, ROWS, Tape, record_graph
from nn.judging.in_code import is_small
from nn.judging.passes import Floats
from nn.judging.taping import graph
from nn.judging.trials import NEARLY, Trial, which_are_wrong
from nn.judging.ways import Way

__all__ = ["NEARLY", "nearly_right", "small_numbers"]

LOGARITHMS = ("log", "log2", "log10")


def small_numbers(way: Way, arguments: Mapping[str, Any]) -> list[float]:
    """The small numbers in their code, and among the arguments."""
    given = [float(each) for each in arguments.values() if isinstance(each, float)]
    return sorted({*way.in_code.small, *filter(is_small, given)})


def nearly_right(way: Way, trials: list[Trial], keys: Mapping[str, Any]) -> list[Trial]:
    """The examples; where a gradient is right but for a small number of theirs, with that as the truth of it.

    Where the pass cannot be recorded it is taken to be so if it is off by as little as such a number makes.

    Args:
        keys: under which key each gradient was returned.
    """
    if any(each.tolerance is not None or each.dtype != "float64" for each in trials):
        return trials
    near = {name: key for name, key in keys.items() if _is_near(name, key, trials)}
    found = small_numbers(way, trials[0].arguments) if near else []
    if not found:
        return trials
    for instead in (0.0, *found):
        others = [_with(way, trial, instead, [*near]) for trial in trials]
        if instead == 0.0 and not any(others):  # it cannot be recorded, so nothing speaks against it
            return [_as_given(trial, near) for trial in trials]
        explained = [
            name
            for name, key in near.items()
            if all(other is not None for other in others)
            and not any(which_are_wrong(name, [o for o in others if o is not None], _given(trials, key)))
        ]
        if explained:
            return [_kept(trial, other, explained) for trial, other in zip(trials, others) if other]
    return trials


def _given(trials: Sequence[Trial], key: Any) -> list[Floats]:
    return [np.asarray(each.found[key]) for each in trials]


def _is_near(name: str, key: Any, trials: Sequence[Trial]) -> bool:
    """Whether a gradient is wrong, but by little."""
    given = _given(trials, key)
    if not all(each.dtype.kind == "f" for each in given) or not any(which_are_wrong(name, trials, given)):
        return False
    return not any(which_are_wrong(name, [replace(each, tolerance=NEARLY) for each in trials], given))


def _kept(trial: Trial, other: Trial, names: Sequence[str]) -> Trial:
    """The example with the truth of another for some quantities."""
    grads = {**trial.truth.grads, **{name: other.truth.grads[name] for name in names}}
    return replace(trial, truth=replace(trial.truth, grads=grads), kept=frozenset(names))


def _as_given(trial: Trial, keys: Mapping[str, Any]) -> Trial:
    """The example with what was returned as the truth."""
    grads = {name: np.asarray(trial.found[key], dtype=np.float64) for name, key in keys.items()}
    return _kept(trial, replace(trial, truth=replace(trial.truth, grads=grads)), [*keys])


def _with(way: Way, trial: Trial, instead: float, names: Sequence[str]) -> Trial | None:
    """The example with the truth about a pass that has this number in its logarithms; None if it cannot be
    recorded."""
    try:
        leaves, output = graph(way, trial.arguments)
        nodes = [each if isinstance(each, Value) else Value(float(each)) for each in output.ravel().tolist()]
        tape = record_graph(nodes[0], nodes[1:])
        if tape.solutions:
            return None
        given = {name: np.asarray(leaves[name], dtype=object).ravel().tolist() for name in names}
        ids = {name: [tape.ids.get(value, -1) for value in values] for name, values in given.items()}
        made = _made(tape, instead, {n for each in ids.values() for n in each})
        inputs = [made[n] if n >= 0 else Value(0.0) for name in names for n in ids[name]]
        slopes = iter(vjp([made[tape.ids[node]] for node in nodes], inputs, np.ravel(trial.dout)))
    except Exception:  # whatever it is that cannot be recorded, or is not finite without that number
        return None
    grads = {name: np.array([next(slopes) for _ in given[name]]) for name in names}
    shaped = {name: each.reshape(trial.truth.grads[name].shape) for name, each in grads.items()}
    return replace(trial, truth=replace(trial.truth, grads={**trial.truth.grads, **shaped}))


def _made(tape: Tape, instead: float, given: set[int]) -> list[Value]:
    """The nodes of a tape once more, with another small number in logarithms, and none in denominators.

    Args:
        given: the numbers of nodes that are no constants.
    """
    codes, first, second = (np.asarray(each).tolist() for each in (tape.op, tape.a, tape.b))
    made: list[Value] = []

    def constant(n: int) -> bool:
        return codes[n] == LEAF and n not in given

    def without(n: int) -> Value | None:
        """A node that has a small number added to it, without that; None if it has none."""
        if codes[n] == LEAF or ROWS[codes[n]].name not in ("add", "sub"):
            return None
        for here, there in ((first[n], second[n]), (second[n], first[n])):
            if constant(here):
                number = float(tape.data[here])
                whole = float(round(number))
                if is_small(abs(number - whole)):
                    pair = (Value(whole), made[there]) if here == first[n] else (made[there], Value(whole))
                    return record(ROWS[codes[n]], *pair)
        return None

    def is_root(n: int) -> bool:
        """Whether a small number is added to a root."""
        parts = [k for k in (first[n], second[n]) if k >= 0 and codes[k] != LEAF]
        return any(ROWS[codes[k]].name in ("sqrt", "pow") for k in parts)

    for number, (code, a, b) in enumerate(zip(codes, first, second)):
        if code == LEAF:
            made.append(Value(float(tape.data[number])))
            continue
        row = ROWS[code]
        operands = [made[a], made[b]] if row.arity == 2 else [made[a]]
        if row.name in LOGARITHMS:
            operands[0] = (without(a) or operands[0]) + instead
        elif row.name == "div" and not is_root(b):
            operands[1] = without(b) or operands[1]
        made.append(record(row, *operands))
    return made
