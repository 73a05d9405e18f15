"""The quick parts do what the plain ones do: the same nodes, the same numbers, the same errors."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import DomainError, Value, dot, topological_order
from autodiff.fast import PLAIN, QUICK, switch_off, switch_on

OPERATIONS = {
    "add": operator.add,
    "mul": operator.mul,
    "sub": operator.sub,
    "tanh": lambda x, z: x.tanh(),
    "maximum": lambda x, z: x.maximum(z),
    "number": lambda x, z: 0.5 * x + 1,
    "dot": lambda x, z: dot([x, z, 0.5], [z, x, x], x),
    "dot without start": lambda x, z: dot([z, x], [x, 2]),
}
operation = st.sampled_from(sorted(OPERATIONS))
place = st.integers(0, 99)
programs = st.lists(st.tuples(operation, place, place), min_size=1, max_size=40)
numbers = st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=4)


def built(data, program):
    pool = [Value(x) for x in data]
    for name, *places in program:
        x, z = (pool[len(pool) - 1 - k % len(pool)] for k in places)
        result = OPERATIONS[name](x, z)
        pool.append(result.tanh() if abs(result.data) > 4.0 else result)
    return pool[-1]


def listed(output):
    order = topological_order(output)
    number = {node: i for i, node in enumerate(order)}
    parts = [(node.op, node.data, node.local_derivatives) for node in order]
    return parts, [[number[operand] for operand in node.operands] for node in order]


@given(numbers, programs)
def test_the_same_graph_and_the_same_gradients(data, program):
    switch_off()
    try:
        plain = built(data, program)
        plain.backward()
        plain.backward()
    finally:
        switch_on()
    quick = built(data, program)
    quick.backward()  # while sums of products are folded
    assert all(first == second for first, second in zip(listed(plain), listed(quick), strict=True))
    quick.backward()  # and unfolded
    pairs = list(zip(topological_order(plain), topological_order(quick), strict=True))
    scale = 1.0 + sum(abs(node.grad) for node, _ in pairs)
    for ours, theirs in pairs:  # cotangents are added in another order
        assert theirs.grad == pytest.approx(ours.grad, rel=1e-12, abs=1e-14 * scale)


@pytest.mark.parametrize("name", ["__add__", "__mul__", "add_products"])
def test_the_same_errors(name):
    huge, wrong = Value(1.7e308, "huge"), [1.0, 2.0]
    operands = ([huge, huge], [1.0, huge]) if name == "add_products" else (huge,)
    said = []
    for part in (PLAIN[name], QUICK[name]):
        with pytest.raises(DomainError) as caught:
            part(huge, *operands)
        said.append((type(caught.value), str(caught.value)))
        with pytest.raises(TypeError, match="holds one real number"):
            part(huge, *([[wrong], [huge]] if name == "add_products" else [wrong]))
    assert said[0] == said[1]


def test_products_are_paired():
    for part in (PLAIN["add_products"], QUICK["add_products"]):
        with pytest.raises(ValueError, match="shorter"):
            part(Value(1.0), [2.0, 3.0], [Value(1.0)])
        start = Value(1.0)
        assert part(start, [], []) is start


def test_data_and_grad_are_the_same_properties():
    for name in ("data", "grad"):
        assert PLAIN[name].fset is QUICK[name].fset and PLAIN[name].__doc__ == QUICK[name].__doc__
        assert PLAIN[name].fget(Value(0.0)) == QUICK[name].fget(Value(0.0)) == 0.0


def test_it_is_on_and_can_be_switched():
    try:
        for switch, parts in ((switch_off, PLAIN), (switch_on, QUICK)):
            switch()
            assert all(vars(Value)[name] is part for name, part in parts.items())
    finally:
        switch_on()
    assert not set(PLAIN.values()) & set(QUICK.values())
