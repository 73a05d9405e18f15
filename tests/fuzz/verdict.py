"""Whether a lifted program gives what the program text means, everywhere a person can look."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mpf

import autodiff
from autodiff import LiftError, Value, functions, leaves, lift
from tests.fuzz.programs import Program
from tests.fuzz.reference import Gradients, Number, namespace

Arrays = dict[str, np.ndarray]

FACTOR = 8  # how many error bounds a result may be off
LEAST = 1e-12  # and this, relative, is never an error
SMALLEST = mpf(10) ** -300
UNSURE, UNSURE_32 = 1e-6, 1e-2  # where the bound is more than this share of the result, nothing can be said


@dataclass
class Verdict:
    """What came of one program: "right", "wrong", "refused", "unchecked", "kink" or "undefined"."""

    outcome: str
    reason: str = ""


@dataclass
class Expected:
    """Loss and gradients in 60 digits, with bounds, and the eager engine's."""

    loss: tuple[Any, Any]
    grads: dict[str, list[tuple[Any, Any]]]
    kinks: int


def expected(program: Program, data: Arrays) -> Expected:
    """The reference's results on these data."""
    made = {name: _objects(array, Number) for name, array in data.items()}
    names = namespace() | made
    exec(program.text, names)
    J = names["J"]
    J = J if isinstance(J, Number) else Number(J)
    found = Gradients(J)
    grads = {
        name: [(found.value.get(node, mpf(0)), found.error.get(node, mpf(0))) for node in array.ravel()]
        for name, array in made.items()
    }
    return Expected((J.data, J.error), grads, found.kinks)


def _objects(array: np.ndarray, kind: Any) -> np.ndarray:
    made = np.empty(array.shape, dtype=object)
    for index in np.ndindex(array.shape):
        made[index] = kind(float(array[index]))
    return made


def recorded(program: Program, data: Arrays) -> tuple[Value, Arrays]:
    """The text run with Values: the loss and the arrays of leaves."""
    made = {name: leaves(program.labels.get(name, name), array) for name, array in data.items()}
    names = {name: getattr(functions, name) for name in functions.__all__}
    names |= {"np": np} | made
    exec(program.text, names)
    return names["J"], made


def judged(program: Program) -> Verdict:
    """Record, lift, and hold everything against the reference and the eager engine."""
    unsure: Counter[str] = Counter()
    unit, unsure_from = (1.0, UNSURE) if program.dtype == "float64" else (2.0**29, UNSURE_32)
    points = _points(program, unit, unsure_from)
    if len(points) < 2:
        return Verdict("undefined", "no two points at which it is defined")
    (first, want_first), (second, want_second) = points
    if not any(_asked_for(program, want) for _, want in points):
        return Verdict("undefined", "the loss depends on no parameter")
    try:
        J, made = recorded(program, first)
    except autodiff.DomainError as error:
        return Verdict("undefined", str(error))
    if not isinstance(J, Value):
        return Verdict("undefined", "the loss is no Value")
    parameters = [v for name, array in made.items() if name not in program.inputs for v in array.ravel()]
    inputs = {_label(program, name): array for name, array in made.items() if name in program.inputs}
    try:
        lifted = lift(J, inputs=inputs, params=parameters, dtype=program.dtype)
    except (LiftError, ValueError) as error:
        return Verdict("refused", f"{type(error).__name__}: {error}")
    wrong = []
    runs = {
        "recorded data": (lambda: _run(program, lifted, first), want_first),
        "second data": (lambda: _run(program, lifted, second), want_second),
        "deepcopy": (lambda: _run(program, copy.deepcopy(lifted), second), want_second),
        "source": (lambda: _source(program, lifted, second), want_second),
    }
    if program.dtype != "float64":
        del runs["source"]  # which computes in float64
    for what, (run, want) in runs.items():
        wrong += _compared(program, what, run, want, unit, unsure_from, unsure)
    if not str(lifted) or not lifted.latex():
        wrong.append("an empty listing")
    if wrong:
        return Verdict("wrong", "; ".join(wrong))
    if unsure:
        return Verdict("kink" if unsure["kink"] else "unchecked", ", ".join(unsure))
    return Verdict("right")


def _label(program: Program, name: str) -> str:
    return program.labels.get(name, name)


def _points(program: Program, unit: float, unsure_from: float) -> list[tuple[Arrays, Expected]]:
    """Two data sets and what is to be expected there, if possible such as say something."""
    sure, others = [], []
    for data in program.draws:
        try:
            want = expected(program, data)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue  # outside the domain of the text
        pairs = [want.loss, *(pair for array in want.grads.values() for pair in array)]
        if want.kinks or any(_unsure(value, error * unit, unsure_from) for value, error in pairs):
            others.append((data, want))
        else:
            sure.append((data, want))
        if len(sure) == 2:
            break
    return [*sure, *others][:2]


def _asked_for(program: Program, want: Expected) -> bool:
    """Whether a parameter has a gradient that is not 0."""
    return any(
        value for name, pairs in want.grads.items() if name not in program.inputs for value, _ in pairs
    )


def _unsure(value: Any, bound: Any, unsure_from: float) -> bool:
    return bool(bound > unsure_from * abs(value) + SMALLEST)


def _run(program: Program, lifted: Any, data: Arrays) -> tuple[float, Arrays]:
    for name, array in data.items():
        if name not in program.inputs and _label(program, name) in lifted.params:
            lifted.params[_label(program, name)] = array
    result = lifted(**{_label(program, name): data[name] for name in program.inputs})
    return result.loss, result.grads


def _source(program: Program, lifted: Any, data: Arrays) -> tuple[float, Arrays]:
    names: dict[str, Any] = {}
    exec(lifted.source(), names)
    ordered = [n for n in data if n not in program.inputs] + [n for n in data if n in program.inputs]
    with np.errstate(all="ignore"):
        loss, grads = names["run"](*[data[name] for name in ordered])[:2]
    return loss, grads


def _compared(
    program: Program,
    what: str,
    run: Any,
    want: Expected,
    unit: float,
    unsure_from: float,
    unsure: Counter[str],
) -> list[str]:
    """What is wrong with a run's results, as texts."""
    if want.kinks:
        unsure["kink"] += 1
        return []
    if abs(want.loss[0]) > 1e308 or any(abs(v) > 1e308 for a in want.grads.values() for v, _ in a):
        unsure["overflow"] += 1
        return []
    try:
        loss, grads = run()
    except Exception as error:
        return [f"{what}: {type(error).__name__}: {str(error)[:200]}"]
    wrong = []
    checks = [("loss", loss, *want.loss)]
    for name, pairs in want.grads.items():
        if name in program.inputs:
            continue
        got = grads.get(_label(program, name))
        if got is None:
            if any(value for value, _ in pairs):
                wrong.append(f"{what}: no gradient of {name}")
            continue
        if got.shape != program.draws[0][name].shape:
            wrong.append(f"{what}: the gradient of {name} has shape {got.shape}")
            continue
        checks += [(f"d{name}[{i}]", float(g), *pair) for i, (g, pair) in enumerate(zip(got.ravel(), pairs))]
    for name, got, value, bound in checks:
        bound = bound * unit
        if _unsure(value, bound, unsure_from):
            unsure["ill-conditioned"] += 1
            if not np.isfinite(got) or abs(mpf(float(got)) - value) > 1000 * FACTOR * bound:
                wrong.append(f"{what}: {name} is {got!r}, should be {float(value)!r} ± {float(bound):.1e}")
            continue
        least = LEAST * unit * abs(value)
        if not np.isfinite(got) or abs(mpf(float(got)) - value) > max(FACTOR * bound, least):
            wrong.append(f"{what}: {name} is {got!r}, should be {float(value)!r} ± {float(bound):.1e}")
    return wrong
