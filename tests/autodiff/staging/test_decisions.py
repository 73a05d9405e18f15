"""Programs that decide on data, as people write them: right numbers in every call, or an error.

Each is run as plain Python on plain numbers, too, and its gradients are held to central differences of that.
"""

import inspect
import math
import pickle
import warnings

import numpy as np
import pytest

from autodiff import BranchError, Value, leaves, lift, lifted

PROGRAMS = {}


def program(*shapes, draws=6, recordings=None, eager=False, gradient=True):
    """A program for arguments of such shapes, ``()`` being a number, or drawn by a function of a generator.

    Args:
        draws: how many calls, each with other data.
        recordings: how many of them at most may record.
        eager: whether it says that it runs eagerly.
        gradient: whether its gradient is that of plain Python's numbers.
    """

    def add(function):
        PROGRAMS[function.__name__] = (function, shapes, draws, recordings, eager, gradient)
        return function

    return add


def draw(rng, shape):
    if callable(shape):
        return shape(rng)
    return float(rng.normal()) if shape == () else rng.normal(size=shape)


def copies(args):
    return [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]


def slope(function, args, place, at, h=1e-6):
    ends = []
    for step in (h, -h):
        moved = copies(args)
        if isinstance(moved[place], float):
            moved[place] += step
        else:
            moved[place][at] += step
        ends.append(float(function(*moved)))
    return (ends[0] - ends[1]) / (2.0 * h)


# fmt: off
@program(4)
def relu_by_hand(x):
    total = 0.0
    for a in x:
        if a > 0:
            total = total + a * a
            continue
        total = total - 0.1 * a
    return total


@program(4)
def relu_that_drops(x):
    return sum(a * a if a > 0 else 0.0 for a in x) + x[0]


@program(4)
def sorted_by_python(x):
    s = sorted(x)
    return s[0] + s[1] * 2.0 - s[-1] * s[-2]


@program(4)
def argmax_by_numpy(x):
    return x[np.argmax(x)] ** 2 + x[0] * x[np.argmin(x)]


@program(4)
def argsort_by_numpy(x):
    return np.sum(x[np.argsort(x)] * np.arange(4))


@program(4)
def clipped_by_if(x):
    total = 0.0
    for a in x:
        if a > 0.5:
            a = 0.5
        elif a < -0.5:
            a = -0.5
        total = total + a * a * a + a
    return total


@program(lambda rng: rng.uniform(1.0, 9.0), draws=10, recordings=5)
def newton_until_converged(a):
    x = 1.0
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


@program(lambda rng: rng.uniform(1.0, 9.0), gradient=False)
def binary_search(a):
    low, high = 0.0, 10.0
    for _ in range(40):
        middle = (low + high) / 2
        if middle * middle < a:
            low = middle
        else:
            high = middle
    return low * a


@program(4)
def max_and_min_by_python(x):
    return max(x) * 2.0 + min(list(x))


@program((), ())
def max_of_numbers(a, b):
    return max(a, b) * min(a, b, 0.0) + max(a * b, 1.0)


@program(4)
def abs_by_hand(x):
    total = 0.0
    for a in x:
        total = total + (a if a >= 0 else -a)
    return total


@program(())
def abs_of_the_result(a):
    y = a * 3.0
    if y < 0:
        return -y
    return y


@program(4)
def early_stopping_by_a_norm(x):
    y = x.copy()
    for _ in range(50):
        z = 0.5 * np.cos(y) + 0.1 * x
        if np.linalg.norm(z - y) < 1e-3:
            break
        y = z
    return np.sum(y * y)


@program(lambda rng: rng.uniform(0.0, 3.0))
def dict_by_rounded_value(a):
    table = {0: 1.0, 1: 2.0, 2: 5.0, 3: 7.0}
    return table[round(getattr(a, "data", a))] * a


@program(())
def branch_on_data(a):
    number = getattr(a, "data", a)
    return a * a if number > 0 else a * 3.0


@program(3, lambda rng: rng.integers(0, 3), draws=8, recordings=3)
def branch_on_a_label(x, k):
    if k == 0:
        return x[0] * x[1]
    if k == 1:
        return x[1] ** 2
    return x[k] * 3.0


def leaky(a):
    return a * 2.0 if a > 0.3 else a * a


@program(4)
def branch_in_a_helper(x):
    return sum(leaky(a) for a in x)


@program(4, draws=8, recordings=2)
def any_of_a_mask(x):
    if (x > 1.0).any():
        return np.sum(x)
    return np.sum(x * x)


@program(4)
def selected_by_a_mask(x):
    return np.sum(x[x > 0] ** 2)


@program(4, recordings=1)
def assigned_by_a_mask(x):
    y = x.copy()
    y[y < 0] = 0
    return np.sum(y**3)


@program(4)
def while_on_a_sum(x):
    i, total = 0, 0.0
    while i < len(x) and total < 1.0:
        total = total + x[i] * x[i]
        i += 1
    return total


@program(4)
def counted(x):
    return np.sum(x) / (sum(1 for a in x if a > 0) + 1)


@program(4)
def nonzero_places(x):
    places = np.where(x > 0)[0]
    return np.sum(x[places]) if len(places) else 0.0


@program(2)
def recursion_on_data(x):
    def inner(a, n):
        if n == 0:
            return a
        return inner(a * a - 0.5, n - 1) if a < 1 else inner(0.5 * a, n - 1)

    return inner(x[0], 3) + inner(x[1], 2)


@program(4)
def filled_zeros(x):
    out = np.zeros(4)
    for i in range(4):
        out[i] = x[i] * x[(i + 1) % 4] if x[i] > 0 else 0.0
    return out.sum()


@program(lambda rng: float(rng.integers(-1, 2)), draws=8, recordings=2)
def equal_to_zero(a):
    if a == 0:
        return 5.0 * a + 1.0
    return a * 2.0


@program(4)
def functions_of_math(x):
    total = 0.0
    for a in x:
        total += math.exp(-a * a) if a > 0 else math.sin(a)
    return total


@program((3, 3), lambda rng: rng.integers(0, 3, size=3))
def margins_in_loops(S, y):
    total = 0.0
    for i in range(len(y)):
        for j in range(3):
            if j == y[i]:
                continue
            margin = S[i, j] - S[i, y[i]] + 1.0
            if margin > 0:
                total += margin
    return total


@program(4, 4)
def huber_by_hand(x, y):
    return sum(0.5 * a * a if abs(a) < 1 else abs(a) - 0.5 for a in x - y)


@program(5)
def median_by_sorting(x):
    return sorted(x)[2] * 2.0


@program(4, draws=8, recordings=2)
def rescaled_if_long(x):
    n = np.sqrt(np.sum(x * x))
    if n > 2:
        x = x / n
    return np.sum(x**3)


@program((4, 2), (2, 2))
def nearest_centres(X, C):
    distances = ((X[:, None, :] - C[None]) ** 2).sum(-1)
    return distances[np.arange(len(X)), np.argmin(distances, axis=1)].sum()


@program(3, eager=True)
def caught_domain(x):
    try:
        return math.log(x[0])
    except ValueError:
        return x[0] * 2.0


@program(2, eager=True)
def decided_by_text(x):
    return x[1] * (2.0 if f"{x[0]:+.2f}".startswith("+") else 3.0)


@program(4)
def grouped_by_sign(x):
    sums = {}
    for a in x:
        sums[a > 0] = sums.get(a > 0, 0) + a
    return sums.get(True, 0) * 2.0 + sums.get(False, 0) ** 2


@program(4)
def elements_of_a_list(x):
    return sum(a for a in x if a not in (x[0], 0.0))


@program(4)
def ordered_by_a_key(x):
    first = sorted(range(4), key=lambda i: x[i] * x[i])[0]
    return x[first] * 3.0 + np.sum(x)
# fmt: on


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_decides_is_right_in_every_call(name):
    function, shapes, draws, recordings, eager, has_gradient = PROGRAMS[name]
    fast = lifted(function)
    rng = np.random.default_rng(len(name))
    names = [*inspect.signature(function).parameters]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(draws):
            args = [draw(rng, shape) for shape in shapes]
            before = copies(args)
            value, grads = fast.value_and_grad(*args)
            assert all(map(np.array_equal, args, before))
            assert value == pytest.approx(float(function(*copies(args))), rel=1e-11, abs=1e-12)
            assert fast(*args) == pytest.approx(value, rel=1e-12, abs=1e-13)
            for place, (argument, arg) in enumerate(zip(names, args)):
                if argument in grads and has_gradient:
                    for at in np.ndindex(np.shape(arg)):
                        right = slope(function, args, place, at)
                        assert np.asarray(grads[argument])[at] == pytest.approx(right, rel=1e-5, abs=1e-6)
    eagerly = [each for each in said if "runs eagerly from now on" in str(each.message)]
    assert len(eagerly) == len(said) == (1 if eager else 0)
    assert fast.recordings <= (recordings or draws)


READ = {"branch_on_data", "dict_by_rounded_value", "caught_domain", "decided_by_text", "equal_to_zero"}
"""What goes by numbers that left the graph, of which only ``lifted`` takes notice."""


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in READ])
def test_a_graph_of_it_that_is_lifted_is_right_or_refuses(name):
    function, shapes, *_ = PROGRAMS[name]
    rng = np.random.default_rng(5)
    names = [*inspect.signature(function).parameters]
    args = [draw(rng, shape) for shape in shapes]
    floats = [isinstance(arg, float) or arg.dtype.kind == "f" for arg in args]
    values = [leaves(n, arg) if is_float else arg for n, arg, is_float in zip(names, args, floats)]
    weight = Value(1.0, "weight")
    try:
        given = [value.item() if np.ndim(value) == 0 else value.copy() for value in values]
        loss = function(*given) * weight
    except TypeError as error:  # float(v), which lifted spares
        assert "leave the graph" in str(error)
        return
    inputs = {n: value for n, value, is_float in zip(names, values, floats) if is_float}
    program = lift(loss, inputs, [weight])
    for nearness in (0.0, 1e-3, 0.1, 1.0, 1.0):
        moved = [
            arg + nearness * (draw(rng, s) - arg) if f else arg for arg, s, f in zip(args, shapes, floats)
        ]
        moved = [float(arg) if isinstance(arg, float) else arg for arg in moved]
        try:
            found = program(**{n: arg for n, arg in zip(names, moved) if n in inputs}).loss
        except BranchError:
            assert nearness > 0.0
            continue
        assert found == pytest.approx(float(function(*copies(moved))), rel=1e-11, abs=1e-12)


def test_there_are_thirty_of_them():
    assert len(PROGRAMS) >= 30


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: abs(complex(np.sum(x))), "leave the graph"),
        (lambda x: x[int(x[0])], "leave the graph"),
        (lambda x: round(x[0], 1) * x[1], "leave the graph"),
        (lambda x: np.sort(x)[0], "np.argsort"),
        (lambda x: len({*x}) * x[0], "identity"),
        (lambda x: np.floor(x).sum(), "take A.data"),
        (lambda x: np.array(x, dtype=int).sum() * x[0], "leave the graph"),
        (lambda x: pickle.loads(pickle.dumps(x[0])), "a pickled Value"),
        (lambda x: np.sum(x).data, r"plain number 3.0, after line \d+ of test_decisions.py read \.data"),
    ],
)
def test_what_would_cut_the_graph_is_refused(function, message):
    with pytest.raises(TypeError, match=message):
        lifted(function)(np.array([1.0, 2.0]))


def test_a_binary_search_has_the_gradient_of_its_formula():
    """Which is low, for low itself is made of constants."""
    value, grads = lifted(binary_search).value_and_grad(4.0)
    assert (value, grads["a"]) == (pytest.approx(8.0), pytest.approx(2.0))
