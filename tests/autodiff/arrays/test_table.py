"""Every function of the table: NumPy's values, gradients as their differences, one graph for all data."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Array, Value, grad, topological_order
from autodiff.arrays import FUNCTIONS, REFUSED, Mask
from autodiff.engine.choices import recording
from autodiff.engine.systems import place_in_solution
from tests.autodiff.arrays.calls import drawn_call
from tests.examples import examples

ENTRIES = list(FUNCTIONS.values())
NOT_RECORDED = ("Answers, which are not recorded", "Choices of Python's, noted as guards")
RECORDED = [entry for entry in ENTRIES if entry.group not in NOT_RECORDED]
DECIDED = [entry for entry in ENTRIES if entry.group == NOT_RECORDED[1]]
STEP = 1e-6
DTYPES = [np.float64, np.float32, np.int64, np.bool_]


def data_for(body, shapes, rng):
    """Numbers at which the function is defined, no two of them near each other."""
    count = sum(int(np.prod(shape)) for shape in shapes)
    spread = (rng.permutation(count) + 0.25 + 0.5 * rng.random(count)) / max(count, 1)
    for low, high in ((-1.5, 1.5), (0.05, 0.95), (1.1, 2.0)):
        numbers = np.split(
            low + (high - low) * spread, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
        )
        arrays = [each.reshape(shape) for each, shape in zip(numbers, shapes)]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if all(np.isfinite(each).all() for each in flat(body(*arrays))):
                return arrays
    raise AssertionError("no data in the function's domain")


def flat(result):
    """All arrays of a result."""
    if isinstance(result, (tuple, list)):
        return [array for each in result for array in flat(each)]
    return [result if isinstance(result, np.ndarray) else np.asarray(result)]


def values_of(result):
    return [value for array in flat(result) for value in np.ravel(np.asarray(array)).tolist()]


def numbers_of(result):
    return np.array(
        [value.data if isinstance(value, Value) else value for value in values_of(result)], dtype=float
    )


def structure(outputs):
    """The graph of outputs, without its numbers."""
    order = topological_order(*[each for each in outputs if isinstance(each, Value)])
    place = {node: i for i, node in enumerate(order)}
    return [(node.op, *(place[operand] for operand in node.operands)) for node in order]


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: entry.name)
@examples(times=1 / 10)
@given(st.data())
def test_values_gradients_and_structure(entry, data):
    body, shapes = drawn_call(data.draw, entry)
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    arrays = data_for(body, shapes, rng)
    recorded = [Array(each) for each in arrays]
    with recording() as choices:
        result = body(*recorded)
    outputs = values_of(result)
    np.testing.assert_allclose(numbers_of(result), numbers_of(body(*arrays)), rtol=1e-12, atol=1e-13)
    assert [each.shape for each in flat(result)] == [each.shape for each in flat(body(*arrays))]

    weights = rng.normal(size=len(outputs))
    total = sum((w * y for w, y in zip(weights.tolist(), outputs)), Value(0.0))
    slopes = grad(total, [value for array in recorded for value in array.ravel()])
    np.testing.assert_allclose(slopes, differences(body, arrays, weights), rtol=1e-5, atol=1e-7)

    others = data_for(body, shapes, np.random.default_rng(rng.integers(10**6)))
    with recording() as other_choices:
        again = body(*map(Array, others))
    assert not choices and not other_choices
    if exchanges(outputs) == exchanges(values_of(again)):
        assert structure(values_of(again)) == structure(outputs)


def exchanges(outputs):
    """The order of rows in each elimination."""
    nodes = topological_order(*[each for each in outputs if isinstance(each, Value)])
    places = map(place_in_solution, nodes)
    systems = dict.fromkeys(place[0] for place in places if place is not None)
    return [[each.best for each in system.exchanges] for system in systems]


def differences(body, arrays, weights):
    """Σ weight·∂output/∂number by central differences of NumPy's own function."""
    slopes = []
    for array in arrays:
        for index in np.ndindex(array.shape):
            ends = []
            for step in (STEP, -STEP):
                old = array[index]
                array[index] = old + step
                ends.append(numbers_of(body(*arrays)))
                array[index] = old
            slopes.append(weights @ ((ends[0] - ends[1]) / (2.0 * STEP)))
    return slopes


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: entry.name)
@examples(times=1 / 20)
@given(st.data())
def test_arrays_of_numbers_of_any_kind_stand_beside_arrays_of_values(entry, data):
    body, shapes = drawn_call(data.draw, entry)
    arrays = data_for(body, shapes, np.random.default_rng(data.draw(st.integers(0, 10**6))))
    which = data.draw(st.integers(0, len(arrays) - 1))
    mixed = []
    for i, each in enumerate(arrays):
        cast = each.astype(data.draw(st.sampled_from(DTYPES)))
        fits = i != which and np.isfinite(cast.astype(float)).all()
        mixed.append(cast if fits else each)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = numbers_of(body(*mixed))
    except (
        ArithmeticError,
        TypeError,
        ValueError,
        np.linalg.LinAlgError,
    ):  # NumPy itself has no such function of ints or bools
        return
    if not np.isfinite(expected).all():
        return
    result = body(*(Array(each) if i == which else each for i, each in enumerate(mixed)))
    np.testing.assert_allclose(numbers_of(result), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("entry", DECIDED, ids=lambda entry: entry.name)
@examples(times=1 / 10)
@given(st.data())
def test_what_is_decided_is_numpys_answer_and_noted(entry, data):
    body, shapes = drawn_call(data.draw, entry)
    arrays = data_for(body, shapes, np.random.default_rng(data.draw(st.integers(0, 10**6))))
    with recording() as choices:
        answer = body(*map(Array, arrays))
    np.testing.assert_equal(answer, body(*arrays))
    assert choices and all(choice.holds() for choice in choices)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_says_what_it_records(entry):
    assert entry.records and entry.group


def test_no_function_is_both_supported_and_refused():
    assert not {entry.name.removeprefix("np.") for entry in ENTRIES} & set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_to_take_instead(name):
    function = np
    for part in name.split("."):
        function = getattr(function, part, None)
    if function is None:
        return
    A = Array([[1.0, 2.0], [3.0, 4.0]])
    arguments = (
        (A, A)
        if getattr(function, "nin", 1) == 2 or name in ("searchsorted", "digitize", "linspace")
        else (A,)
    )
    if name in ("apply_along_axis", "percentile", "quantile", "partition", "argpartition", "linalg.lstsq"):
        arguments = {"apply_along_axis": (np.sum, 0, A), "linalg.lstsq": (A, A)}.get(name, (A, 1))
    with pytest.raises(TypeError, match=r"np\.\S+ does not take an Array of Values: .*(take|there is no)"):
        function(*arguments)


@pytest.mark.parametrize("name", sorted(set(dir(np.ndarray)) - set(dir(object))))
def test_no_method_gives_what_is_no_value(name):
    """Methods without arguments: each gives Values, or what does not come from data, or refuses."""
    method = getattr(np.ndarray, name)
    if name.startswith("_") or not callable(method) or name in ("dump", "dumps", "setflags", "getfield"):
        return
    A = Array([[0.25, 0.75]])
    try:
        with recording() as choices:
            result = getattr(A, name)()
    except (TypeError, ValueError):
        return
    assert choices or result is None or all(isinstance(value, Value) for value in values_of(result))


def test_ties_in_extremes_split_evenly():
    for function in (np.max, np.min):
        A = Array([[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]])
        np.sum(function(A, axis=1)).backward()
        np.testing.assert_allclose(A.grad, 1.0 / 3.0, rtol=1e-15)
    A, B = Array([2.0, 1.0]), Array([2.0, 5.0])
    np.sum(np.maximum(A, B)).backward()
    assert A.grad.tolist() == [0.5, 0.0] and B.grad.tolist() == [0.5, 1.0]


def test_a_norm_has_the_derivative_0_at_0():
    A = Array(np.zeros((2, 3)))
    (np.linalg.norm(A) + np.sum(np.linalg.norm(A, axis=1))).backward()
    assert not A.grad.any()


def test_nothing_flows_where_a_mask_is_off():
    x = Array([0.0, 4.0])
    for y in (np.where(x > 1, np.sqrt(x), 1.0), (x > 1) * np.sqrt(x), np.where(x <= 1, 1.0, np.sqrt(x))):
        x.zero_grad()
        np.sum(y).backward()
        assert x.grad.tolist() == [0.0, 0.25]


@pytest.mark.parametrize("relation", ["greater", "less", "greater_equal", "less_equal", "equal", "not_equal"])
def test_comparisons_are_numpys_also_where_numbers_are_equal(relation):
    x, z = np.array([-1.0, 0.0, 2.0, 2.0]), np.array([0.0, 0.0, 2.0, 5e-324 + 2.0])
    function = getattr(np, relation)
    for pair in ((x, z), (x, 0), (0.0, x), (x, 2)):
        expected = function(*pair).astype(float)
        recorded = [Array(each) if isinstance(each, np.ndarray) else each for each in pair]
        result = function(*recorded)
        assert isinstance(result, Mask) and result.data.tolist() == expected.tolist()


def test_many_factors_are_multiplied_in_numpys_order_which_matters_where_two_are_of_bools():
    A, B, C = np.arange(12.0).reshape(4, 3), np.ones((3, 3), dtype=bool), np.ones((3, 1), dtype=bool)
    expected = np.linalg.multi_dot([A, B, C])
    assert expected.tolist() != (A @ B @ C).tolist()
    assert np.linalg.multi_dot([Array(A), B, C]).data.tolist() == expected.tolist()


@pytest.mark.parametrize("shapes", [[(2, 3)], [(2, 3), ()], [(2, 3), (3,), (3, 2)]])
def test_what_is_no_chain_of_matrices_is_refused_with_its_shapes(shapes):
    factors = [Array(np.ones(shape)) for shape in shapes]
    with pytest.raises(ValueError, match=re.escape(str(shapes))):
        np.linalg.multi_dot(factors)
