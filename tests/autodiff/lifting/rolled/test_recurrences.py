"""Recurrences are printed as loops: as many lines for any number of steps, and what they say is right."""

import re

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autodiff import leaves, lift
from benchmarks.suite import PROGRAMS
from tests.examples import examples
from tests.notation.reader import read

pytestmark = pytest.mark.long

TOLERANCE = 1e-11


def close(found, right):
    np.testing.assert_allclose(found, right, rtol=0.0, atol=TOLERANCE * max(1.0, np.abs(right).max()))


def lifted(loss, arrays, inputs):
    made = {name: leaves(name, array) for name, array in arrays.items()}
    params = [value for name, array in made.items() if name not in inputs for value in array.ravel()]
    return lift(loss(np, **made), {name: made[name] for name in inputs}, params)


def holds(loss, arrays, inputs):
    """Hold program, source and listing to another engine's loss and gradients; the program's listing."""
    program = lifted(loss, arrays, inputs)
    names = {}
    exec(program.source(), names)
    order = [block.name for block in program.blocks if block.role in ("parameter", "input")]
    rng = np.random.default_rng(7)
    arrays = {name: array + 0.1 * rng.normal(size=array.shape) for name, array in arrays.items()}
    params = [name for name in arrays if name not in inputs]
    right = loss(anp, **arrays)
    slopes = autograd.grad(lambda some: loss(anp, **{**arrays, **some}))({n: arrays[n] for n in params})
    program.params.update({name: arrays[name] for name in params})
    result = program(**{name: arrays[name] for name in inputs})
    text = str(program)
    said = read(text, arrays, program.constants)
    value, grads = names["run"](*(arrays[name] for name in order))
    for number in (result.loss, value, said.loss):
        close(number, right)
    for name in params:
        for grad in (result.grads[name], grads[name], said.gradient(name)):
            close(grad, slopes[name])
    return text


def sigmoid(m, z):
    return 1.0 / (1.0 + m.exp(-z))


def elman(m, h, x, p):
    return (m.tanh(p["W"] @ h[0] + p["U"] @ x + p["b"]),)


def leaky(m, h, x, p):
    return (0.7 * h[0] + 0.3 * m.tanh(p["W"] @ h[0] + p["U"] @ x + p["b"]),)


def gated(m, h, x, p):
    z = sigmoid(m, p["V"] @ h[0] + p["U"] @ x)
    new = m.tanh(p["W"] @ (z * h[0]) + p["b"])
    return ((1.0 - z) * h[0] + z * new,)


def cell_and_state(m, h, x, p):
    gate = sigmoid(m, p["W"] @ h[0] + p["U"] @ x + p["b"])
    c = gate * h[1] + (1.0 - gate) * m.tanh(p["V"] @ h[0])
    return gate * m.tanh(c), c


def two_layers(m, h, x, p):
    below = m.tanh(p["W"] @ h[0] + p["U"] @ x)
    return below, m.tanh(p["V"] @ h[1] + p["W2"] @ below + p["b"])


CELLS = {elman: 1, leaky: 1, gated: 1, cell_and_state: 2, two_layers: 2}
STARTS = ["zeros", "constants", "a parameter", "numbers"]
APART = {(gated, "constants")}  # their first step stands by itself: W·(0.5·a) has become 0.5·W·a
LOSSES = ["last", "all"]


def network(cell, start, ends):
    """The loss of a recurrent network over the columns of X."""

    def loss(m, X, y, v, h0, **p):
        n = len(p["b"])
        first = {"zeros": m.zeros(n), "constants": 0.5 * m.ones(n), "a parameter": h0}
        first["numbers"] = m.arange(1.0, n + 1.0)
        states = (first[start],) * CELLS[cell]
        outputs = []
        for t in range(X.shape[1]):
            states = cell(m, states, X[:, t], p)
            outputs.append(v @ states[0] - y[t])
        off = outputs[-1:] if ends == "last" else outputs
        return sum(each**2 for each in off) + (0.0 if start == "a parameter" else h0 @ h0)

    return loss


def numbers(seed, T, n=3, k=2):
    make = np.random.default_rng(seed)
    shapes = {"W": (n, n), "V": (n, n), "W2": (n, n), "U": (n, k), "b": (n,), "v": (n,), "h0": (n,)}
    arrays = {name: make.normal(scale=0.6, size=shape) for name, shape in shapes.items()}
    return arrays | {"X": make.normal(size=(k, T)), "y": make.normal(size=T)}


def of_suite(name, T):
    """A program of the suite over T steps."""
    case = PROGRAMS[name]
    data = case.data(0) | {"X": np.random.default_rng(0).normal(size=(2, T))}
    loss, made = case.record(data)
    return lift(loss, {n: made[n] for n in case.inputs}, [v for n in case.params for v in made[n].ravel()])


def logistic_map(T):
    def loss(m, r, x, y):
        for _ in range(T):
            x = r * x * (1.0 - x)
        return m.sum((x - y) ** 2)

    make = np.random.default_rng(0)
    arrays = {"r": np.array([3.1]), "x": make.uniform(0.1, 0.9, 5), "y": make.uniform(0.1, 0.9, 5)}
    return loss, arrays


def lines(text, T):
    """The lines of a text about T steps, the number T as a letter."""
    return re.sub(rf"(?<![\d.]){T}(?![\d.])", "T", text).split("\n")[1:]


@pytest.mark.parametrize("name", ["Elman network", "GRU", "LSTM"])
def test_as_many_lines_for_twelve_steps_as_for_three(name):
    short, long = of_suite(name, 3), of_suite(name, 12)
    listing = str(long)
    pairs = [(str(short), listing), (short.latex(), long.latex()), (short.source(), long.source())]
    for few, many in pairs:
        assert len(lines(few, 3)) == len(lines(many, 12))
        assert len(many) < 1.05 * len(few)
    assert "H[t]" in listing
    assert "t = 12 … 1" in listing


def test_a_map_of_one_line_is_one_loop():
    few, many = (holds(*logistic_map(T), ["y"]) for T in (3, 12))
    assert len(lines(few, 3)) == len(lines(many, 12))
    assert "X[0] = x" in many
    assert "dx = dX[0]" in many


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.__name__)
@pytest.mark.parametrize("start", STARTS)
def test_a_cell_is_a_loop_whatever_it_starts_with(cell, start):
    text = holds(network(cell, start, "last"), numbers(1, 4), ["X", "y"])
    first = 2 if (cell, start) in APART else 1
    assert f",  t = {first} … 4" in text
    assert f",  t = 4 … {first}" in text


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.__name__)
def test_a_series_of_numbers_is_read_as_well(cell):
    """One input: the states of a graph's first step and of the others may lie differently."""
    text = holds(network(cell, "zeros", "all"), numbers(0, 4, 3, 1), ["X", "y"])
    assert "t = 4 … 1" in text or cell is gated


@examples(times=1 / 8)
@given(st.data())
def test_a_random_recurrence(data):
    cell, start = data.draw(st.sampled_from([*CELLS])), data.draw(st.sampled_from(STARTS))
    T, ends = data.draw(st.integers(3, 12)), data.draw(st.sampled_from(LOSSES))
    n, k = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    assume((cell, start) not in APART)
    holds(network(cell, start, ends), numbers(data.draw(st.integers(0, 99)), T, n, k), ["X", "y"])


def test_layers_on_top_of_each_other_are_one_loop():
    """What runs computes step t + 1 of the one with step t of the other."""
    few, many = (holds(network(two_layers, "zeros", "last"), numbers(2, T), ["X", "y"]) for T in (3, 12))
    assert len(lines(few, 3)) == len(lines(many, 12)) < 30


@pytest.mark.parametrize("T", [3, 6])
def test_a_network_that_reads_both_ways_is_two_loops(T):
    def loss(m, W1, W2, U1, U2, v, X, y):
        states = []
        for W, U, columns in ((W1, U1, X), (W2, U2, X[:, ::-1])):
            h = m.zeros(3)
            for t in range(T):
                h = m.tanh(W @ h + U @ columns[:, t])
            states.append(h)
        return (v @ (states[0] + states[1]) - y[0]) ** 2

    make = np.random.default_rng(3)
    shapes = {"W1": (3, 3), "W2": (3, 3), "U1": (3, 2), "U2": (3, 2), "v": 3, "X": (2, T), "y": 1}
    text = holds(loss, {name: make.normal(size=shape) for name, shape in shapes.items()}, ["X", "y"])
    assert f"X[:,{T + 1}-s]" in text
    assert len(text.split("\n")) < 35


WAYS = {  # how a step takes its column of something that is computed before
    "a product": lambda m, U, X, E, t: (U @ X)[:, t],
    "a product, last first": lambda m, U, X, E, t: (U @ X)[:, X.shape[1] - 1 - t],
    "a function": lambda m, U, X, E, t: m.exp(E)[:, t] * X[0, t],
    "a parameter, element by element": lambda m, U, X, E, t: E[:, t] * U[:, 0],
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_computed_for_all_steps_before_is_read_step_by_step(way):
    def network(T):
        def loss(m, W, U, E, X, y):
            h = m.zeros(3)
            for t in range(T):
                h = m.tanh(W @ h + WAYS[way](m, U, X, E, t))
            return m.sum((h - y) ** 2) + m.sum(U**2) + m.sum(E**2)

        make = np.random.default_rng(T)
        shapes = {"W": (3, 3), "U": (3, 2), "E": (3, T), "X": (2, T), "y": 3}
        return loss, {name: make.normal(scale=0.5, size=shape) for name, shape in shapes.items()}

    few, many = (holds(*network(T), ["X", "y"]) for T in (3, 9))
    assert len(lines(few, 3)) == len(lines(many, 9))
    assert "t = 9 … 1" in many


def test_a_hidden_markov_model_is_a_loop():
    def listed(T):
        case = PROGRAMS["hidden Markov model"]
        observed = np.eye(4)[:, np.random.default_rng(T).integers(0, 4, T)]
        loss, made = case.record(case.data(0) | {"O": observed})
        params = [value for name in case.params for value in made[name].ravel()]
        return lift(loss, {"O": made["O"]}, params)

    few, many = str(listed(5)), str(listed(12))
    assert len(lines(few, 5)) == len(lines(many, 12))
    assert "t = 12 … 2" in many


def test_gates_that_are_read_one_by_one_are_arrays_of_their_own():
    def loss(m, W, U, v, X, y):
        h, c = m.zeros(2), m.zeros(2)
        for t in range(X.shape[1]):
            z = W @ h + U @ X[:, t]
            gates = sigmoid(m, z[:6])
            c = gates[2:4] * c + gates[:2] * m.tanh(z[6:])
            h = gates[4:] * m.tanh(c)
        return m.sum((v @ h - y) ** 2)

    make = np.random.default_rng(3)
    shapes = {"W": (8, 2), "U": (8, 3), "v": (2,), "X": (3, 4), "y": (1,)}
    arrays = {name: make.normal(scale=0.6, size=shape) for name, shape in shapes.items()}
    text = holds(loss, arrays, {"X", "y"})
    assert [line.split("  ")[1] for line in text.split("\n") if line.startswith("  a")] == [
        "a[t] = sigmoid(z[t][1 … 2]),", "a_2[t] = sigmoid(z[t][3 … 4]),",
        "a_3[t] = sigmoid(z[t][5 … 6]),", "a_4[t] = tanh(z[t][7 … 8]),",
    ]  # fmt: skip


def kalman(T):
    """The likelihood of a series under a filter, whose last step has no use for what it corrects."""

    def loss(m, a, q, r, y):
        x, p, total = 0.0, 1.0, 0.0
        for t in range(T):
            x, p = a[0] * x, a[0] * a[0] * p + q[0]
            e, s = y[t] - x, p + r[0]
            total = total + 0.5 * (m.log(s) + e * e / s)
            x, p = x + p / s * e, (1.0 - p / s) * p
        return total

    make = np.random.default_rng(0)
    arrays = {name: make.uniform(0.3, 0.8, 1) for name in "aqr"}
    return loss, arrays | {"y": make.normal(size=T)}


def springs(T, n=4):
    """Masses between two walls: the forces at the ends are no differences."""

    def loss(m, k, x, v, y):
        for _ in range(T):
            left = [x[i] - (x[i - 1] if i else 0.0) for i in range(n)]
            right = [(x[i + 1] if i < n - 1 else 0.0) - x[i] for i in range(n)]
            v = [v[i] + 0.1 * (k[i + 1] * right[i] - k[i] * left[i]) for i in range(n)]
            x = [x[i] + 0.1 * v[i] for i in range(n)]
        return sum((x[i] - y[i]) ** 2 for i in range(n))

    make = np.random.default_rng(1)
    arrays = {"k": make.uniform(0.5, 2.0, n + 1), **{name: make.normal(size=n) for name in "xvy"}}
    return loss, arrays


@pytest.mark.parametrize("make", [kalman, springs])
def test_a_last_step_that_is_joined_or_unfinished_is_a_step_of_the_loop(make):
    short, long = (holds(*make(T), {"y"}) for T in (6, 11))
    assert "gathered" not in short
    assert [each.split("  (")[0].rstrip() for each in lines(long, 11)] == [
        each.split("  (")[0].rstrip() for each in lines(short, 6)
    ]


def test_differences_and_ends_that_are_read_side_by_side_are_a_matrix_times_an_array():
    text = holds(*springs(5, 3), {"y"})
    assert "D (4, 3) = [1, 0, 0; -1, 1, 0; 0, -1, 1; 0, 0, -1]" in text
    assert "= D·X[t-1],  t = 1 … 5" in text
    assert "e = X[5] - y" in text
    assert "dX[t-1] = dX[t] + Dᵀ·d" in text
