"""Group: what can be computed together, and in which order."""

import numpy as np
import pytest

from autodiff import Value, dot, leaves, lift
from autodiff.functions import sum
from autodiff.lifting.find.fold import fold_sums
from autodiff.lifting.find.group import VARYING, group_units, mix
from autodiff.lifting.find.roles import COMPUTED, CONSTANT
from autodiff.lifting.record import LEAF, ROWS, record_graph


@pytest.fixture
def grouped():
    """Groups a graph with leaf arrays by name: per group, how many units of which kind."""

    def make(root, batched=(), **arrays):
        tape = record_graph(root)
        kind = np.where(tape.op == LEAF, CONSTANT, COMPUTED)
        for number, values in enumerate(arrays.values(), 1):
            for value in values:
                kind[tape.ids[value]] = number
        folded = fold_sums(tape, kind)
        result = group_units(tape, folded, {list(arrays).index(name) + 1 for name in batched})
        seen = np.concatenate(result.groups)
        assert sorted(seen.tolist()) == list(range(len(folded.units)))  # each unit once
        computed_in = np.full(len(tape), -1)
        for number, units in enumerate(result.groups):
            computed_in[folded.units[units]] = number
        for number, units in enumerate(result.groups):  # operands come before
            nodes = folded.units[units]
            direct = nodes[folded.reduction[units] < 0]
            read = [tape.a[direct], tape.b[direct]]
            read += [each[np.isin(folded.owner, units)] for each in (folded.x, folded.z)]
            read = np.concatenate(read)
            assert (computed_in[read[read >= 0]] < number).all()
        names = [ROWS[tape.op[folded.units[units[0]]]].name for units in result.groups]
        return list(zip(names, map(len, result.groups))), result, folded

    return make


def values(n):
    return [Value(0.1 * i + 0.5) for i in range(n)]


def test_layers_are_groups(grouped):
    W, V, x = [values(3) for _ in range(4)], values(4), values(3)
    hidden = [dot(row, x).tanh() for row in W]
    found, *_ = grouped(dot(V, hidden), W=[w for row in W for w in row], V=V, x=x)
    assert found == [("add", 4), ("tanh", 4), ("add", 1)]


def test_units_on_different_arrays_are_apart(grouped):
    a, b = values(3), values(3)
    found, *_ = grouped(sum([x.exp() for x in a + b]), a=a, b=b)
    assert found == [("exp", 3), ("exp", 3), ("add", 1)]


def test_paths_of_different_lengths_meet_in_one_group(grouped):
    a = values(4)
    late = [a[0].exp().exp(), *(x.exp() for x in a[1:])]  # one more operation on the first path
    found, *_ = grouped(sum([y.tanh() for y in late]), a=a)
    assert found == [("exp", 4), ("exp", 1), ("tanh", 4), ("add", 1)]


def test_sums_of_several_computed_terms_stay_together_whatever_their_number(grouped):
    leaves = values(6)
    a = [x.exp() for x in leaves]
    sums = [sum(a[:2]), sum(a[:4]), sum(a)]
    found, *_ = grouped(sum([y.tanh() for y in sums]), a=leaves)
    assert found == [("exp", 6), ("add", 3), ("tanh", 3), ("add", 1)]


def test_what_depends_on_a_batched_input_varies(grouped):
    w, x = values(2), values(2)
    root = sum([(w[0] * w[1]).exp() * each.exp() for each in x])
    found, result, folded = grouped(root, batched=["x"], w=w, x=x)
    varies = {
        (name, bool(result.varies[folded.units[units[0]]])) for (name, _), units in zip(found, result.groups)
    }
    assert varies == {("mul", False), ("exp", False), ("exp", True), ("add", True)}
    assert (result.operand_class[folded.units[-1]] == VARYING).all()


def test_mix_keeps_neighbouring_keys_far_apart():
    keys = mix(np.arange(10_000))
    assert len(np.unique(keys)) == 10_000
    assert len(np.unique(keys[:-1] + keys[1:])) == 9_999


def test_a_constant_that_is_0_is_one_of_the_constants_that_are_added():
    P = leaves("P", [[1.0, 2.0], [3.0, 4.0]])
    program = lift(np.sum((P + 0.01 * np.eye(2)) ** 2), params=P)
    assert [str(formula.block.dims) for formula in program.plan.formulas] == ["(2, 2)", "()"]
