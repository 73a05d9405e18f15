"""Programs whose steps are equal, and programs in which one step is another, on any data."""

import pytest

from autodiff import Value, dot
from autodiff.functions import mean
from autodiff.functions import sum as total
from tests.autodiff.lifting.any_data import right_on_any_data

pytestmark = pytest.mark.long

PROGRAMS = {}


def program(loss):
    loss.name = loss.__name__.replace("_", " ")
    PROGRAMS[loss.name] = loss
    return loss


def step(W, h, x):
    """tanh(W·h + x)."""
    return [(dot(w, h) + each).tanh() for w, each in zip(W, x)]


def zeros(W):
    return [Value(0.0) for _ in W]


def states(W, X, first=None, forward=step):
    h, found = zeros(W) if first is None else first, []
    for x in X.T:
        h = forward(W, h, x)
        found.append(h)
    return found


def off(h, y):
    return total([(a - b) ** 2 for a, b in zip(h, y)])


@program
def last_state(W, X, Y):
    return off(states(W, X)[-1], Y[:, 0])


@program
def every_state(W, X, Y):
    return mean([off(h, y) for h, y in zip(states(W, X), Y.T)])


@program
def every_other_state(W, X, Y):
    return total([off(h, y) for h, y in list(zip(states(W, X), Y.T))[::2]])


@program
def states_of_different_weights(W, X, Y):
    return total([(t + 1.0) * off(h, y) for t, (h, y) in enumerate(zip(states(W, X), Y.T))])


@program
def backwards(W, X, Y):
    return off(states(W, X[:, ::-1])[-1], Y[:, 0])


@program
def both_ways(W, X, Y):
    pairs = zip(states(W, X), states(W, X[:, ::-1])[::-1], Y.T)
    return mean([off([a + b for a, b in zip(g, h)], y) for g, h, y in pairs])


@program
def first_state_of_the_labels(W, X, Y):
    return total(states(W, X, list(Y[:, 0]))[-1])


@program
def first_state_of_a_parameter(W, X, Y):
    return off(states(W, X, list(W[0]))[-1], Y[:, 0])


@program
def first_state_of_ones(W, X, Y):
    return off(states(W, X, [1.0 for _ in W])[-1], Y[:, 0])


@program
def one_step_with_another_function(W, X, Y):
    h = zeros(W)
    for t, x in enumerate(X.T):
        z = [dot(w, h) + each for w, each in zip(W, x)]
        h = [each.sin() if t == 1 else each.tanh() for each in z]
    return off(h, Y[:, 0])


@program
def one_step_with_another_factor(W, X, Y):
    h = zeros(W)
    for t, x in enumerate(X.T):
        h = [((2.0 if t == 1 else 1.0) * dot(w, h) + each).tanh() for w, each in zip(W, x)]
    return off(h, Y[:, 0])


@program
def one_step_with_transposed_weights(W, X, Y):
    h = zeros(W)
    for t, x in enumerate(X.T):
        h = step(W.T if t == 2 else W, h, x)
    return off(h, Y[:, 0])


@program
def one_step_reads_another_column(W, X, Y):
    h = zeros(W)
    for t in (0, 1, 1, 2):
        h = step(W, h, X[:, t])
    return off(h, Y[:, 0])


@program
def columns_in_another_order(W, X, Y):
    h = zeros(W)
    for t in (2, 0, 1):
        h = step(W, h, X[:, t])
    return off(h, Y[:, 0])


@program
def one_step_reads_the_state_before_the_last(W, X, Y):
    found = [zeros(W)]
    for t, x in enumerate(X.T):
        found.append(step(W, found[max(0, t - 1)] if t == 2 else found[-1], x))
    return off(found[-1], Y[:, 0])


@program
def two_states_back(W, X, Y):
    g, h = zeros(W), zeros(W)
    for x in X.T:
        g, h = h, [(dot(w, h) - 0.5 * a + b).tanh() for w, a, b in zip(W, g, x)]
    return off(h, Y[:, 0])


@program
def a_state_that_is_added(W, X, Y):
    h = zeros(W)
    for x in X.T:
        h = [a + b for a, b in zip(h, step(W, h, x))]
    return off(h, Y[:, 0])


@program
def a_state_that_is_forgotten_once(W, X, Y):
    h = zeros(W)
    for t, x in enumerate(X.T):
        h = step(W, zeros(W) if t == 2 else h, x)
    return off(h, Y[:, 0])


@program
def steps_without_inputs(W, X, Y):
    h = list(X[:, 0])
    for _ in range(4):
        h = [dot(w, h).tanh() for w in W]
    return off(h, Y[:, 0])


@program
def numbers_that_depend_on_the_step(W, X, Y):
    h = zeros(W)
    for t, x in enumerate(X.T):
        h = [(dot(w, h) + each + 0.1 * t).tanh() for w, each in zip(W, x)]
    return off(h, Y[:, 0])


@program
def linear_steps(W, X, Y):
    return total(states(W, X, forward=lambda W, h, x: [dot(w, h) + a for w, a in zip(W, x)])[-1]) + Y[0, 0]


@program
def steps_of_one_number(W, X, Y):
    x = X[0, 0]
    for _ in range(5):
        x = W[0, 0] * x * (1 - x)
    return (x - Y[0, 0]) ** 2


@program
def a_running_mean(W, X, Y):
    h, seen = zeros(W), []
    for x, y in zip(X.T, Y.T):
        h = [0.9 * a + 0.1 * dot(w, list(x)) for a, w in zip(h, W)]
        seen.append(off(h, y))
    return mean(seen)


@program
def sequences_of_different_lengths(W, X, Y):
    return total([off(states(W, X[:, :n])[-1], Y[:, n - 1]) for n in (1, 3, 2)])


@pytest.mark.parametrize("shape", [(3, 4, 3), (2, 3, 2), (1, 3, 1)], ids=str)
@pytest.mark.parametrize("loss", PROGRAMS.values(), ids=PROGRAMS)
def test_it_is_right_on_any_data(loss, shape):
    right_on_any_data(loss, shape, large=2.0)
