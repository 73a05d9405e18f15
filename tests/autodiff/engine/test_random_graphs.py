"""Random graphs, of every row of the table, against other libraries; and traversals.

A program is a list of steps that any library can run: an operation of the table and the places
of its operands among the results so far.
"""

import functools
import importlib
import math
from typing import NamedTuple

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.extend import defvjp, primitive
from hypothesis import assume, given
from hypothesis import strategies as st

from autodiff import DomainError, Value, functions, grad, hessian, hvp, jvp, topological_order
from autodiff.engine.namespaces import ARRAYS, FLOATS, Namespace
from autodiff.engine.ops import OPS
from autodiff.engine.value import record
from tests.examples import examples

CONSTANTS = (0.8, 1.1)
# Slopes that are rows of their own are met in the second derivatives of their rows.
ROWS = [name for name in OPS if name.removesuffix("_slope") not in OPS.keys() - {name}]
# How an operand gets into the domain of a row: as it is, between -0.8 and 0.8, between 1.1 and 2.1.
MOVES = ((), (("tanh", None), ("mul", 0)), (("sigmoid", None), ("add", 1)))


class Program(NamedTuple):
    """Leaf data, and steps ``(name of a row, places of its operands)``. The pool of results starts
    with CONSTANTS and the leaves; the output is the sum of the results that no step uses."""

    leaves: list[float]
    steps: list[tuple[str, tuple[int, ...]]]

    def run(self, leaves, apply):
        pool = [*CONSTANTS, *leaves]
        for name, places in self.steps:
            pool.append(apply(name, *(pool[place] for place in places)))
        used = {place for _, places in self.steps for place in places}
        ends = [each for place, each in enumerate(pool) if place not in used and place >= len(CONSTANTS)]
        return functools.reduce(lambda a, b: apply("add", a, b), ends)


def regular(op, operands):
    """Whether the row is moderate around these operands, and so smooth that its slopes have slopes:
    away from edges, jumps and kinks."""
    h = 1e-3
    try:
        for i in range(op.arity):
            around = [[x + k * h * (i == j) for j, x in enumerate(operands)] for k in (-1, 0, 1)]
            values = [op.forward(FLOATS, *each) for each in around]
            slopes = [op.partials(FLOATS, *each, y) for each, y in zip(around, values, strict=True)]
            found = np.column_stack([values, slopes])
            if not np.abs(found).max() < 20.0:
                return False
            if not np.abs(found[0] - 2.0 * found[1] + found[2]).max() < 0.1 * h:
                return False
            if not np.abs(found[0] - found[2]).max() < 0.1:  # sign jumps as far on either side of 0
                return False
    except (ValueError, ArithmeticError):
        return False
    return True


class Builder:
    """Adds steps to a program, and keeps for each result its data and how much an error in the
    leaves may have grown on the way to it, so that rounding stays far below what is compared."""

    def __init__(self, leaves):
        self.program = Program(leaves, [])
        self.pool = [(x, 1.0) for x in (*CONSTANTS, *leaves)]

    def add(self, name, *places):
        """The place of the new result, or None where the row is not regular."""
        op, operands = OPS[name], [self.pool[place][0] for place in places]
        if not regular(op, operands):
            return None
        y = op.forward(FLOATS, *operands)
        slopes = op.partials(FLOATS, *operands, y)
        grown = [abs(slope) * self.pool[place][1] for slope, place in zip(slopes, places, strict=True)]
        growth = 1.0 + sum(grown)
        if not growth <= 1e4:
            return None
        self.program.steps.append((name, places))
        self.pool.append((y, growth))
        return len(self.pool) - 1

    def add_moved(self, name, *places):
        """As ``add``, after moving the operands into the row's domain if need be."""
        for moves in MOVES:
            moved = list(places)
            for step, constant in moves:
                constants = () if constant is None else (constant,)
                moved = [self.add(step, place, *constants) for place in moved]
                if None in moved:
                    break
            else:
                place = self.add(name, *moved)
                if place is not None:
                    return place
        return None


@st.composite
def programs(draw, most=200, must=None):
    """Programs of up to ``most`` drawn steps, with the row ``must`` on drawn operands in between."""
    leaves = draw(st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=4))
    builder = Builder(leaves)
    size = draw(st.integers(1, most))
    place = st.integers(0, 10**4)
    steps = draw(st.lists(st.tuples(st.sampled_from(ROWS), place, place), min_size=size, max_size=size))
    if must is not None:
        steps.insert(len(steps) // 2, (must, draw(place), draw(place)))
    for name, *picks in steps:
        # the latest results are the likeliest operands, but all may be shared
        places = [len(builder.pool) - 1 - pick % len(builder.pool) for pick in picks[: OPS[name].arity]]
        assume(builder.add_moved(name, *places) is not None or name != must)
    return builder.program


def ours(program):
    """Leaves and output as Values."""
    leaves = [Value(x, f"x[{i}]") for i, x in enumerate(program.leaves)]

    def apply(name, *operands):
        return getattr(functions, name)(*operands)

    output = program.run(leaves, apply)
    return leaves, output if isinstance(output, Value) else Value(output)


def sum_of_paths(output, leaves):
    """Per leaf the sum over all paths of the sizes of their products: what rounding is relative to."""
    sizes = {output: 1.0}
    for node in reversed(topological_order(output)):
        for operand, local in zip(node.operands, node.local_derivatives, strict=True):
            sizes[operand] = sizes.get(operand, 0.0) + abs(local) * sizes[node]
    return np.array([sizes.get(leaf, 0.0) for leaf in leaves])


def assert_agree(program, value, gradient, second):
    leaves, output = ours(program)
    scale = 1.0 + sum_of_paths(output, leaves)
    assert output.data == pytest.approx(value, rel=1e-10, abs=1e-10)
    assert (np.abs(grad(output, leaves) - gradient) <= 1e-10 * scale).all()
    output.backward()
    assert (np.abs([leaf.grad for leaf in leaves] - gradient) <= 1e-10 * scale).all()
    curvature = hessian(output, leaves)
    allowed = 1e-10 * np.maximum(np.abs(second).max(), np.outer(scale, scale))
    assert (np.abs(curvature - second) <= allowed).all()


@primitive
def detached(x):
    return x


defvjp(detached, None)


class Textbook(Namespace):
    """Rows by the formula in books, without the care for large operands that others need."""

    def pow(self, x, z):  # HIPS autograd and torch take ∂/∂x at z = 0 to be 0 for every z
        return self.exp(z * self.log(x))

    def sech(self, x):
        return 1.0 / self.cosh(x)

    def cbrt(self, x):
        return self.sign(x) * self.exp(self.log(self.abs(x)) / 3.0)

    def log2(self, x):
        return self.log(x) / math.log(2.0)

    def log10(self, x):
        return self.log(x) / math.log(10.0)

    def xlogy(self, x, z):
        return x * self.log(z)

    def direction(self, x, z):
        return x / self.hypot(x, z)

    def inversion(self, x, z):
        return x / (x * x + z * z)

    def sin_pi(self, x):
        return self.sin(math.pi * x)

    def cos_pi(self, x):
        return self.cos(math.pi * x)

    def sinc(self, x):  # by its power series near 0
        t, near = self.choose(x * x - 0.01, math.pi * x, 1.0), self.choose(x * x - 0.01, 0.0, math.pi * x)
        u = near * near
        series = 1.0
        for k in (156.0, 110.0, 72.0, 42.0, 20.0, 6.0):
            series = 1.0 - u / k * series
        return self.choose(x * x - 0.01, self.sin(t) / t, series)

    def sinc_slope(self, x):
        t, near = self.choose(x * x - 0.01, math.pi * x, 1.0), self.choose(x * x - 0.01, 0.0, math.pi * x)
        u = near * near
        series = 1.0
        for k in (180.0, 130.0, 88.0, 54.0, 28.0, 10.0):
            series = 1.0 - u / k * series
        series = -near / 3.0 * series
        return math.pi * self.choose(x * x - 0.01, (self.cos(t) - self.sin(t) / t) / t, series)

    def logaddexp(self, x, z):
        return self.log(self.exp(x) + self.exp(z))

    def sigmoid(self, x):
        return 1.0 / (1.0 + self.exp(-x))

    def softplus(self, x):
        return self.log(1.0 + self.exp(x))

    def silu(self, x):
        return x / (1.0 + self.exp(-x))

    def elu(self, x, z):
        return self.choose(x, x, z * (self.exp(x) - 1.0))

    def normal_cdf(self, x):
        return 0.5 * (1.0 + self.erf(x / math.sqrt(2.0)))

    def gelu(self, x):
        return x * self.normal_cdf(x)


@functools.cache
def special():
    """Imported when it is needed: it takes two seconds, and whoever collects tests imports this file."""
    return importlib.import_module("autograd.scipy.special")


class Hips(Textbook):
    """Functions on the arrays of HIPS autograd, whose derivatives it knows itself."""

    @staticmethod
    def erf(x):
        return special().erf(x)

    @staticmethod
    def erfc(x):
        return special().erfc(x)

    detach = staticmethod(detached)

    def __getattr__(self, name):
        function = getattr(ARRAYS, name)
        if isinstance(function, np.ufunc):
            return getattr(anp, function.__name__)
        return super().__getattr__(name)

    @staticmethod
    def hypot(x, z):
        return anp.sqrt(x * x + z * z)

    @staticmethod
    def step(x):
        return anp.where(x > 0.0, 1.0, 0.0)

    @staticmethod
    def choose(c, a, b):
        return anp.where(c > 0.0, a, b)


def hips(program):
    def apply(name, *operands):
        return getattr(Hips(), name)(*operands)

    def f(x):
        return program.run([x[i] for i in range(len(program.leaves))], apply) + 0.0 * anp.sum(x**3)

    x = np.array(program.leaves)
    with np.errstate(all="ignore"):
        return f(x), autograd.grad(f)(x), autograd.hessian(f)(x)


@given(programs())
@examples(times=1 / 2)
def test_random_graphs_agree_with_hips_autograd(program):
    assert_agree(program, *hips(program))


@pytest.mark.parametrize("name", ROWS)
def test_graphs_with_each_row_agree_with_hips_autograd(name):
    @given(programs(most=12, must=name))
    @examples(times=1 / 10)
    def test(program):
        assert_agree(program, *hips(program))

    test()


@given(programs(most=120))
@examples(times=1 / 4)
def test_random_graphs_agree_with_torch(torch, program):
    class Torch(Textbook):
        def __getattr__(self, name):
            function = getattr(torch, name, None)
            return super().__getattr__(name) if function is None else lambda *xs: function(*map(tensor, xs))

        step = staticmethod(lambda x: (x > 0.0).double())
        choose = staticmethod(lambda c, a, b: torch.where(c > 0.0, a, b))

    def tensor(x):
        return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.float64)

    def apply(name, *operands):
        operands = list(map(tensor, operands))
        return getattr(Torch(), name)(*operands)

    def f(*leaves):
        return program.run(leaves, apply) + 0.0 * sum(x**3 for x in leaves)

    x = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in program.leaves]
    y = f(*x)
    gradient = [each.item() for each in torch.autograd.grad(y, x)]
    second = np.array(torch.autograd.functional.hessian(f, tuple(x)), dtype=float)
    assert_agree(program, y.item(), np.array(gradient), second)


def test_random_graphs_agree_with_jax(jax):
    class Jax(Textbook):
        erf, erfc = staticmethod(jax.scipy.special.erf), staticmethod(jax.scipy.special.erfc)
        detach = staticmethod(jax.lax.stop_gradient)
        step = staticmethod(lambda x: jax.numpy.where(x > 0.0, 1.0, 0.0))
        choose = staticmethod(lambda c, a, b: jax.numpy.where(c > 0.0, a, b))

        def __getattr__(self, name):
            function = getattr(ARRAYS, name)
            if isinstance(function, np.ufunc):
                return getattr(jax.numpy, function.__name__)
            return super().__getattr__(name)

    def apply(name, *operands):
        return getattr(Jax(), name)(*operands)

    @given(programs(most=12))
    @examples(times=1 / 20)
    def test(program):
        def f(x):
            return program.run([x[i] for i in range(len(program.leaves))], apply)

        x = jax.numpy.array(program.leaves)
        assert_agree(program, *(np.asarray(each) for each in (f(x), jax.grad(f)(x), jax.hessian(f)(x))))

    test()


@given(programs(), st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4))
def test_forward_mode_equals_reverse_mode(program, vector):
    leaves, output = ours(program)
    direction = np.array(vector[: len(leaves)])
    scale = 1.0 + sum_of_paths(output, leaves)
    forward = jvp(output, dict(zip(leaves, direction, strict=True)))
    assert abs(forward - np.dot(grad(output, leaves), direction)) <= 1e-13 * scale.sum()
    second = hessian(output, leaves)
    allowed = 1e-11 * max(np.abs(second).max(), scale.max() ** 2)
    np.testing.assert_allclose(second, second.T, rtol=0.0, atol=allowed)
    np.testing.assert_allclose(hvp(output, leaves, direction), second @ direction, rtol=0.0, atol=allowed)


@given(programs(most=100))
def test_recorded_gradients_are_the_stored_ones(program):
    leaves, output = ours(program)
    scale = 1.0 + sum_of_paths(output, leaves)
    recorded = [each.data for each in grad(output, leaves, create_graph=True)]
    assert (np.abs(np.subtract(recorded, grad(output, leaves))) <= 1e-13 * scale).all()


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_each_way_of_writing_a_row_gives_its_forward_rule_and_partials(op):
    """Operators, methods, functions and ``dot``, inlined or not, against the row itself."""
    a, b = Value(0.6, "a"), Value(1.7, "b")
    if op.name == "acosh":
        a = Value(1.2, "a")
    operands = (a, b)[: op.arity]
    ways = [getattr(a, op.name)(*operands[1:]), getattr(functions, op.name)(*operands), record(op, *operands)]
    symbols = {"add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "pow": "a ** b"}
    symbols |= {"neg": "-a", "abs": "abs(a)"}
    if op.name in symbols:
        ways.append(eval(symbols[op.name], {"a": a, "b": b}))
    if op.name == "mul":
        ways.append(functions.dot([a], [b]))
    if op.name == "add":
        ways.append(functions.dot([b], [1.0], start=a))
    y = op.forward(FLOATS, *(each.data for each in operands))
    for node in ways:
        assert (node.op, node.data) == (op.name, y)
        assert node.local_derivatives == op.partials(FLOATS, *(each.data for each in operands), y)
        assert node.operands[0] is a and (node.grad, node.label) == (0.0, "")


def test_topological_order_has_operands_before_consumers_and_each_node_once():
    a, b = Value(1.0, "a"), Value(2.0, "b")
    h = a * b
    out = (h + a) * (h - b)
    order = topological_order(out)
    assert order[0] is a and order[-1] is out
    assert len(order) == len(set(order)) == 6
    for i, node in enumerate(order):
        assert set(node.operands) <= set(order[:i])
    assert order == topological_order(out)
    both = topological_order(h, out)
    assert both[:3] == [a, b, h] and set(both) == set(order)
    assert topological_order(a, a) == [a] and topological_order() == []


def test_topological_order_refuses_what_is_no_value():
    with pytest.raises(TypeError, match=r"starts at a Value, got \[Value"):
        topological_order([Value(1.0)])


def test_a_row_without_regular_operands_would_be_noticed():
    with pytest.raises(DomainError):
        Value(0.5).acosh()
    builder = Builder([0.5, -0.5])
    assert all(builder.add_moved(name, *range(2, 2 + OPS[name].arity)) is not None for name in OPS), (
        "every row has operands within reach of MOVES"
    )
    assert math.isfinite(ours(builder.program)[1].data)
