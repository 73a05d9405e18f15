"""Rolling: code does not grow with the number of steps, and computes the same to the last bit."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import dot, leaves, lift
from autodiff.lifting.compile import rolling
from autodiff.lifting.compile.rolling import Loop, rolled
from benchmarks.suite import PROGRAMS
from benchmarks.suite.case import normal, one_hot
from tests.examples import examples

pytestmark = pytest.mark.long

NAMES = {"v0": np.add, "v1": np.multiply, **{f"v{n}": np.zeros(()) for n in range(2, 40)}}


FORMS = ["v0({}, {}, {})", "v1({}, v2, out={})", "{}.fill(0.0)"]


@st.composite
def calls(draw):
    """Lines of some forms in turn, of names that are drawn."""
    forms = draw(st.lists(st.sampled_from(FORMS), min_size=1, max_size=4))
    names = draw(st.lists(st.integers(2, 39), min_size=1, max_size=9))
    rest = (f"v{names[n % len(names)]}" for n in range(10**6))
    steps = draw(st.integers(1, 40))
    return [form.format(*(next(rest) for _ in range(form.count("{}")))) for form in forms * steps]


@examples(2)
@given(st.lists(calls(), max_size=4), st.sets(st.integers(2, 39).map("v{}".format), max_size=3))
def test_loops_are_the_lines_that_they_stand_for(parts, fixed):
    lines = [line for part in parts for line in part]
    found = []
    for each in rolled(lines, NAMES, fixed):
        if not isinstance(each, Loop):
            found.append(each)
            continue
        for step in each.steps:
            assert not fixed.intersection(step)
            found += [re.sub(r"\bs(\d+)\b", lambda at, of=step: of[int(at[1])], line) for line in each.body]
    assert found == lines


def test_what_differs_is_the_variable_of_a_loop():
    lines = [
        line for n in range(2, 32) for line in (f"v0(v2, v{n}, v{n + 1})", f"v1(v{n + 1}, v3, v{n + 1})")
    ]
    (loop,) = rolled(lines, NAMES, ())
    assert loop.body == ["v0(v2, s0, s1)", "v1(s1, v3, s1)"]
    assert loop.steps == [(f"v{n}", f"v{n + 1}") for n in range(2, 32)]


def test_few_lines_are_left_as_they_are():
    lines = ["v0(v2, v2, v2)"] * 20
    assert [*rolled(lines, NAMES, ())] == lines


def layers(X, y, **p):
    total = 0.0
    for x, seen in zip(X.T, y):
        a = x
        for l in range(1, len(p) // 2 + 1):
            a = [dot(w, a, b).tanh() for w, b in zip(p[f"W{l}"], p[f"b{l}"])]
        total = total + (a[0] - seen) ** 2
    return total


def program_of(name, T):
    """A program of T steps, and numbers for its inputs."""
    rng = np.random.default_rng(T)
    if name == "layers":
        loss, inputs = layers, {"X": normal(3, 2), "y": normal(2)}
        draws = {f"{letter}{l + 1}": normal(3, 3)(rng) for l in range(T) for letter in "W"}
        draws |= {f"b{l + 1}": normal(3)(rng) for l in range(T)}
    else:
        case = PROGRAMS[name]
        loss, draws = case.loss, {key: draw(rng) for key, draw in case.params.items()}
        given = {"X": normal(2, T), "y": normal(1), "O": one_hot(4, T)}
        inputs = {key: given[key] for key in case.inputs}
        if name == "Kalman filter":
            inputs = {"y": normal(T)}
    data = {key: draw(rng) for key, draw in inputs.items()}
    made = {key: leaves(key, array) for key, array in {**draws, **data}.items()}
    params = [value for key in draws for value in made[key].ravel()]
    return lift(loss(**made), {key: made[key] for key in data}, params), data


def code_size(program):
    """Bytes of code of one run."""
    writer = program.run_for(1).writer
    function = writer.function(writer.lines)
    assert function.__closure__ is None
    return len(function.__code__.co_code)


def loops(program):
    writer = program.run_for(1).writer
    return [each for each in rolled(writer.lines, writer.names, ()) if isinstance(each, Loop)]


RECURRENCES = ["Elman network", "GRU", "LSTM", "hidden Markov model", "layers"]


@pytest.mark.parametrize("name", RECURRENCES)
def test_code_does_not_grow_with_the_number_of_steps(name):
    sizes = {code_size(program_of(name, T)[0]) for T in (12, 13, 100)}
    assert len(sizes) == 1


@pytest.mark.parametrize("name", [*RECURRENCES, "Kalman filter"])
def test_loops_compute_the_same_to_the_last_bit(name, monkeypatch):
    program, data = program_of(name, 17)
    found = program(**data)
    assert loops(program)
    monkeypatch.setattr(rolling, "SHORT", 10**9)
    unrolled, _ = program_of(name, 17)
    assert not loops(unrolled)
    right = unrolled(**data)
    assert found.loss == right.loss
    for key in right.grads:
        np.testing.assert_array_equal(found.grads[key], right.grads[key])
