"""Written out, every row gives what the row itself gives, bit by bit, and the same errors."""

import copy
import itertools
import math
import pickle
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, explain, functions, grad, jvp, lift, topological_order
from autodiff.engine.ops import OPS
from autodiff.engine.value import WITH_NUMBERS, is_constant
from autodiff.fast import PLAIN, QUICK, switch_off, switch_on
from tests.examples import examples

ENDS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.75, 2.0, -3.0, 40.0, -40.0, 750.0, -750.0, 1e-300, -1e-300, 5e-324]
ENDS += [1e16, -1e16, 1e154, 1.7e308, -1.7e308, 0.3, math.pi, 2.0**53, 1e-8]

NAMES = {
    name: op for op in OPS.values() for name in (op.name, f"__{op.notation.operator}__") if name in QUICK
}
NAMES |= {
    f"__r{op.notation.operator}__": op for op in OPS.values() if f"__r{op.notation.operator}__" in QUICK
}


def said(method, *operands):
    """All that a node is, or the error."""
    try:
        node = method(*operands)
    except (TypeError, ValueError, ArithmeticError) as error:
        return type(error), str(error)
    if node is NotImplemented:
        return node
    parts = [(operand.data, operand.label) for operand in node.operands]
    return type(node), node.op, repr((node.data, node.local_derivatives)), parts


def test_every_row_and_every_operator_is_written_out():
    assert {op.name for op in OPS.values()} <= NAMES.keys()
    assert {"__add__", "__rsub__", "__truediv__", "__rpow__", "__neg__", "__abs__"} <= NAMES.keys()
    for name in NAMES:
        assert QUICK[name] is vars(Value)[name] is not PLAIN[name]
    for name in OPS:
        assert QUICK[name].__doc__ == PLAIN[name].__doc__ and PLAIN[name].__doc__


class Mine(Value):
    pass


class Initialised(Value):
    def __init__(self, data):
        super().__init__(data)


@pytest.mark.parametrize("name", NAMES)
def test_results_of_subclasses_are_those_of_the_row(name):
    for kind, other in itertools.product((Mine, Initialised, Value), (float, int, Value, Mine, Initialised)):
        given = [other(2)] * (NAMES[name].arity - 1)
        quick, plain = (said(way[name], kind(0.5), *given) for way in (QUICK, PLAIN))
        assert quick == plain, (kind, other)
        assert quick is NotImplemented or kind is Value or issubclass(quick[0], (kind, other, Exception))


@pytest.mark.parametrize("name", NAMES)
def test_at_the_ends_it_is_the_row(name):
    points = itertools.product(ENDS, repeat=NAMES[name].arity)
    for x, *others in points:
        for kind in (Value, float):
            given = [kind(other) for other in others]
            assert said(QUICK[name], Value(x, "x"), *given) == said(PLAIN[name], Value(x, "x"), *given), x
            if not others:
                break


@pytest.mark.parametrize("name", NAMES)
def test_anywhere_it_is_the_row(name):
    number = st.floats(allow_nan=False, allow_infinity=False)

    @given(number | st.floats(-4.0, 4.0), number | st.floats(-4.0, 4.0))
    @examples(times=1 / 2)
    def test(x, z):
        others = [z][: NAMES[name].arity - 1]
        assert said(QUICK[name], Value(x), *others) == said(PLAIN[name], Value(x), *others)

    test()


@pytest.mark.parametrize(
    "other", [2, -1, True, 2**53, 2**53 + 1, np.float64(0.5), np.int64(3), np.array(2.0)]
)
@pytest.mark.parametrize("name", [name for name, op in NAMES.items() if op.arity == 2])
def test_other_kinds_of_numbers(name, other):
    assert said(QUICK[name], Value(0.5), other) == said(PLAIN[name], Value(0.5), other)


@pytest.mark.parametrize("wrong", ["2", None, 1j, [1.0], math.inf, math.nan, np.ones(2)])
@pytest.mark.parametrize("name", [name for name, op in NAMES.items() if op.arity == 2])
def test_what_is_no_number_is_refused_alike(name, wrong):
    assert said(QUICK[name], Value(0.5), wrong) == said(PLAIN[name], Value(0.5), wrong)


# The exponent of x**2, which is made when it is looked for.


@pytest.mark.parametrize("z", [2, 2.0, 3, -1, 0.5, -0.5, 1.5, 64, 0, 1, 0.25, 65.0])
@pytest.mark.parametrize("x", [1.5, 0.3, 7.0, -2.0, 1.0 + 1e-9])
def test_the_exponent_is_a_node_when_somebody_looks(x, z):
    nodes = {}
    for parts in (PLAIN, QUICK):
        base = Value(x, "x")
        try:
            y = parts["__pow__"](base, z)
        except ArithmeticError:
            return
        y.backward(3.0)
        grad_of_base = base.grad
        operands = y.operands
        assert operands[0] is base and operands is not y.operands and operands[1] is y.operands[1]
        nodes[parts is PLAIN] = repr(
            (y.data, grad_of_base, operands[1].data, operands[1].grad, y.local_derivatives, operands[1].label)
        )
    assert nodes[True] == nodes[False]


def test_before_that_everything_finds_it():
    def cube():
        x = Value(1.5, "x")
        return x, x**3

    x, y = cube()
    assert grad(y, x) == 6.75 and len(topological_order(cube()[1])) == 3
    assert grad(grad(y, x, create_graph=True), x) == 9.0
    assert "x**3" in str(explain(cube()[1], wrt=x)) or "v1" in str(explain(y, wrt=x))
    for twin in (copy.deepcopy(cube()[1]), pickle.loads(pickle.dumps(cube()[1]))):
        twin.backward()
        assert twin.operands[0].grad == 6.75 and twin.operands[1].data == 3.0
    x, y = cube()
    assert len(y._prev) == 2 and y._local_grads == (6.75, y.data * math.log(1.5))
    x, y = cube()
    program = lift(functions.sum([y, x**3]), params=[x])
    assert program().grads["x"] == 13.5 and "x³" in str(program)


def test_its_slope_is_that_of_the_recorded_data():
    for x in (0.5, 4.0, -3.0):
        base = Value(x)
        y = base**3
        base.data = 2.0
        assert y.local_derivatives[0] == 3 * x * x
        slope = y.local_derivatives[1]
        assert slope == pytest.approx(x**3 * math.log(x), rel=1e-12) if x > 0 else math.isnan(slope)


# A number beside a Value, which is a node when somebody looks for it.

BESIDE = [name for name, op in NAMES.items() if op.name in WITH_NUMBERS and (name[0] == "_" or op.defaults)]


@pytest.mark.parametrize("number", [2, 2.0, -1, 0.5, 0, -0.0, 3.25, 1e-300, True, 2**53, -0.3])
@pytest.mark.parametrize("name", BESIDE)
def test_a_number_is_a_node_when_somebody_looks(name, number):
    for x in (1.5, -2.0, 0.3, 1.0 + 1e-9):
        nodes = []
        for parts in (PLAIN, QUICK):
            base = Value(x, "x")
            try:
                y = parts[name](base, number)
            except ArithmeticError as error:
                nodes.append(str(error))
                continue
            y.backward(3.0)
            grad_of_base = base.grad
            operands = y.operands
            assert all(a is b for a, b in zip(operands, y.operands, strict=True)) and len(operands) == 2
            assert operands[name.startswith("__r")] is base
            each = [(type(z), z.data, z.grad, z.label, is_constant(z)) for z in operands]
            nodes.append(repr((y.data, grad_of_base, each, y.local_derivatives)))
        assert nodes[0] == nodes[1]


@contextmanager
def as_plain():
    switch_off()
    try:
        yield
    finally:
        switch_on()


def beside_numbers():
    """A graph in which every such operation has a number on either side, where there is a quick one."""
    x = Value(1.5, "x")
    return x, 2.0 - (0.5 + x * 3 - 1) / (2 * (1 / x) + x / 4) + (x - 0.25) ** 2


def test_gradients_are_the_same_whether_somebody_has_looked_or_not():
    x, y = beside_numbers()
    topological_order(y)
    y.backward()
    unseen, z = beside_numbers()
    z.backward()
    assert unseen.grad == x.grad and z.data == y.data
    z.backward()
    assert unseen.grad == 2 * x.grad
    constants = [node.grad for node in topological_order(z) if is_constant(node)]
    assert constants == [node.grad for node in topological_order(y) if is_constant(node)] and any(constants)


def test_before_somebody_looks_everything_finds_the_numbers():
    x, y = beside_numbers()
    slope = grad(y, x)
    for twin in (copy.deepcopy(beside_numbers()[1]), pickle.loads(pickle.dumps(beside_numbers()[1]))):
        (leaf,) = [node for node in topological_order(twin) if node.label == "x"]
        twin.backward()
        assert (twin.data, leaf.grad) == (y.data, slope)
    x, y = beside_numbers()
    assert lift(y, params=[x])().grads["x"] == pytest.approx(slope, rel=1e-14)
    x, y = beside_numbers()
    assert jvp(y, {x: 1.0}) == pytest.approx(slope, rel=1e-14)
    x, y = beside_numbers()
    assert float(explain(y, wrt=x).total) == pytest.approx(slope, rel=1e-14)
    with as_plain():
        x, y = beside_numbers()
        assert grad(y, x) == slope
        second = grad(grad(y, x, create_graph=True), x)
    x, y = beside_numbers()
    assert grad(grad(y, x, create_graph=True), x) == second != 0.0


def test_its_slope_by_a_number_is_that_of_the_recorded_data():
    for x, number in itertools.product((0.5, 4.0, -3.0), (2.0, -0.5, 0.0)):
        for name in BESIDE:
            base = Value(x)
            try:
                y, expected = QUICK[name](base, number), PLAIN[name](Value(x), number).local_derivatives
            except ArithmeticError:
                continue
            base.data = 1.7e308
            found = y.local_derivatives
            if NAMES[name].defaults:  # of these it is lost, which is said
                assert found[0] == expected[0] and math.isnan(found[1])
            elif y.data or number:
                assert found == pytest.approx(expected, rel=1e-12, nan_ok=True), (name, x, number)


def test_node_by_node_a_number_stays_one():
    x = Value(3.0)
    y = 2.0 / (x * 4 + 1)
    y.grad = 1.0
    y._backward()
    (inner,) = [node for node in y.operands if node.op]
    inner._backward()
    inner.operands[0]._backward()
    assert x.grad == grad(2.0 / (x * 4 + 1), x)


@pytest.mark.parametrize("make", [lambda x: x**2, lambda x: 2 - x, lambda x: 3 * x, lambda x: x / 4])
def test_several_threads_make_one_node_of_a_number(make):
    nodes = [make(Value(1.5)) for _ in range(300)]
    found = [[] for _ in range(8)]
    start = threading.Barrier(8)

    def look(mine):
        start.wait()
        mine += [(node.operands, node.local_derivatives) for node in nodes]

    threads = [threading.Thread(target=look, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == found[0] for mine in found) and len(found[0]) == 300
