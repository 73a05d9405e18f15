"""Fold: sums of products with coefficients, from tapes of additions and multiplications."""

import math

import numpy as np
import pytest

from autodiff import Value, atan2, detach, dot, exp, maximum, sigmoid
from autodiff.functions import sum
from autodiff.lifting.find.fold import APPLY, fold_sums
from autodiff.lifting.find.roles import COMPUTED, CONSTANT, REDUCTIONS
from autodiff.lifting.record import LEAF, record_graph


@pytest.fixture
def folded():
    """Folds a graph whose variables are the given leaves; terms as (coefficient, x, z) of labels."""

    def make(root, variables):
        tape = record_graph(root)
        kind = np.where(tape.op == LEAF, CONSTANT, COMPUTED)
        names = {tape.ids[v]: v.label for v in variables if v in tape.ids}
        for number, i in enumerate(names, 1):
            kind[i] = number
        result = fold_sums(tape, kind)
        position = {int(node): f"u{i}" for i, node in enumerate(result.units)}
        units = []
        for i, reduction in enumerate(result.reduction):
            terms = [
                (c, *(names.get(int(n)) or position.get(int(n)) or tape.data[n] for n in (x, z) if n >= 0))
                for owner, x, z, c in zip(result.owner, result.x, result.z, result.coefficient)
                if owner == i
            ]
            units.append(("apply" if reduction == APPLY else REDUCTIONS[reduction], result.bias[i], terms))
        return units

    return make


@pytest.fixture
def abc():
    return [Value(0.5, "a"), Value(-1.5, "b"), Value(2.5, "c")]


def test_a_sum_of_products_is_one_unit(folded, abc):
    a, b, c = abc
    assert folded(a * b + b * c + a, abc) == [("add", 0.0, [(1.0, "a", "b"), (1.0, "b", "c"), (1.0, "a")])]
    assert folded(dot([a, b], [b, c], a), abc) == [
        ("add", 0.0, [(1.0, "a"), (1.0, "a", "b"), (1.0, "b", "c")])
    ]


def test_a_product_alone_is_a_sum_of_one_term(folded, abc):
    a, b, _ = abc
    assert folded(a * b, abc) == [("add", 0.0, [(1.0, "a", "b")])]
    assert folded(a**2, abc) == [("add", 0.0, [(1.0, "a", "a")])]


def test_signs_and_constant_factors_become_coefficients(folded, abc):
    a, b, c = abc
    assert folded(-(a - 2 * (b * c)) / 4 + 3.0, abc) == [("add", 3.0, [(0.5, "b", "c"), (-0.25, "a")])]
    assert folded(1.0 - (a + 0.5), abc) == [("add", 0.5, [(-1.0, "a")])]
    assert folded(a * 0.0 + b, abc) == [("add", 0.0, [(0.0, "a"), (1.0, "b")])]


def test_an_arctangent_sees_the_sign_of_a_zero_that_is_a_sum_turned_round(folded, abc):
    a, b, c = abc
    assert folded(atan2(-2.0 * (a - b), c), abc)[:2] == [
        ("add", 0.0, [(1.0, "a"), (-1.0, "b")]),
        ("add", 0.0, [(-2.0, "u0")]),
    ]
    assert len(folded(atan2(2.0 * (a - b), c), abc)) == 2


def test_what_depends_on_constants_only_is_a_constant(folded, abc):
    a, *_ = abc
    assert folded(a * (exp(Value(0.0)) + 1), abc) == [("add", 0.0, [(2.0, "a")])]
    assert folded(a + Value(2.0) * Value(3.0), abc) == [("add", 6.0, [(1.0, "a")])]


def test_a_sum_that_something_else_reads_too_stays_a_unit(folded, abc):
    a, b, c = abc
    shared = a + b
    assert folded(shared + shared * c, abc) == [
        ("add", 0.0, [(1.0, "a"), (1.0, "b")]),
        ("add", 0.0, [(1.0, "u0"), (1.0, "u0", "c")]),
    ]


def test_other_operations_are_applied(folded, abc):
    a, b, _ = abc
    units = folded(sigmoid(a + b) / b, abc)
    assert [unit[0] for unit in units] == ["add", "apply", "apply"]


def test_the_largest_of_several_is_one_unit_where_no_gradient_passes(folded, abc):
    a, b, c = abc
    assert folded(detach(maximum(maximum(a, b), c)) + a, abc)[0] == (
        "maximum",
        0.0,
        [(1.0, "a"), (1.0, "b"), (1.0, "c")],
    )
    assert [unit[0] for unit in folded(maximum(maximum(a, b), c), abc)] == ["apply", "apply"]


def test_factors_that_would_overflow_together_stay_apart(folded, abc):
    a, *_ = abc
    units = folded(1e200 * (1e200 * (1e-300 * a)), abc)
    assert all(1e-301 < abs(c) < 1e301 for _, _, terms in units for c, *_ in terms)
    assert len(units) > 1
    assert len(folded(sum([1e200 * a, -1e-200 * a]), abc)) == 1


@pytest.mark.parametrize(
    ("bits", "apart"),
    [
        ([290, 290], False),
        ([310, 310], True),
        ([45] * 5, False),
        ([100] * 5, True),
        ([-310, -310], True),
        ([800, 290], True),
    ],
)
@pytest.mark.parametrize("times", [lambda c, y: c * y, lambda c, y: y * c], ids=["before", "behind"])
def test_factors_of_more_than_300_bits_together_are_multiplied_at_run_time(folded, abc, bits, apart, times):
    a = y = Value(2.0**-900 if bits[0] > 600 else 0.5, "a")
    for exponent in bits:
        y = times(2.0**exponent, y)
    units = folded(y, [a])
    if not apart:
        assert units == [("add", 0.0, [(math.prod(2.0**exponent for exponent in bits), "a")])]
    else:
        assert [c for _, _, ((c, _),) in units] == [2.0**exponent for exponent in bits]


def test_a_huge_factor_and_a_tiny_one_do_not_cancel_beforehand(folded, abc):
    """If a is tiny, 1e-200·a is 0, and so is 1e200·0: the graph says so."""
    a, *_ = abc
    assert len(folded(1e200 * (1e-200 * a), abc)) == 2
    assert len(folded(1e40 * (1e-40 * a), abc)) == 1


def test_only_a_chain_of_huge_factors_is_kept_apart(folded, abc):
    a, b, c = abc
    units = folded((1e200 * (1e200 * (1e-300 * a))).tanh() + 2.0 * (b - 3.0 * c), abc)
    assert len(units) == 5
    assert sorted(units[-1][2]) == [(-6.0, "c"), (1.0, "u3"), (2.0, "b")]


def test_a_long_chain_of_additions_folds(folded):
    xs = [Value(1.0, f"x{i}") for i in range(3000)]
    ((_, _, terms),) = folded(-sum(xs), xs)
    assert [term[1] for term in terms] == [x.label for x in xs]
    assert {term[0] for term in terms} == {-1.0}
