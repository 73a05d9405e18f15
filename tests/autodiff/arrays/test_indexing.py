"""Indexing and assignment: the elements that NumPy takes, and gradients that find their way to them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autodiff import Array, Value
from autodiff.engine.choices import recording
from tests.examples import examples

SHAPES = npst.array_shapes(min_dims=1, max_dims=3, max_side=3)


@st.composite
def indexed(draw):
    """A shape, and an index into it: slices, ints, arrays of ints, bools, or some of them."""
    shape = draw(SHAPES)
    rows = st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=4).map(np.array)
    index = draw(
        npst.basic_indices(shape, allow_ellipsis=True, allow_newaxis=True)
        | rows
        | rows.map(lambda each: (each, Ellipsis))
        | npst.arrays(bool, shape)
        | npst.arrays(bool, shape[:1])
        | npst.integer_array_indices(shape)
    )
    return shape, index


def numbers(result):
    return result.data if isinstance(result, (Array, Value)) else np.asarray(result)


@examples(times=2)
@given(indexed())
def test_an_index_takes_the_same_values_as_from_floats(drawn):
    shape, index = drawn
    floats = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    array = Array(floats)
    taken, expected = array[index], floats[index]
    assert np.shape(numbers(taken)) == np.shape(expected)
    np.testing.assert_array_equal(numbers(taken), expected)
    assert isinstance(taken, (Array, Value))
    assert np.shares_memory(np.asarray(array), np.asarray(taken)) == np.shares_memory(floats, expected) or (
        isinstance(taken, Value) and taken in array.ravel().tolist()
    )
    (np.sum(taken) * 1.0).backward()
    counts = np.zeros(shape)
    np.add.at(counts, index, 1.0)
    np.testing.assert_array_equal(array.grad, counts)


@examples(times=2)
@given(indexed(), st.booleans())
def test_assignment_puts_the_same_as_into_floats(drawn, scalar):
    shape, index = drawn
    floats = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    array = Array(floats)
    new = 0.5 if scalar else -np.arange(1.0, 1.0 + np.size(floats[index])).reshape(np.shape(floats[index]))
    given_values = new if scalar else Array(new)
    array[index] = given_values
    floats[index] = new
    np.testing.assert_array_equal(array.data, floats)
    assert all(isinstance(value, Value) for value in array.ravel())


@given(npst.arrays(float, SHAPES, elements=st.floats(-2, 2)), st.sampled_from([-1.0, 0.0, 0.5]))
def test_a_mask_selects_and_puts_as_bools_do(floats, level):
    array = Array(floats)
    with recording() as choices:
        selected = array[array > level]
    np.testing.assert_array_equal(selected.data, floats[floats > level])
    assert len(choices) == floats.size
    with recording() as choices:
        array[array > level] = 3.0
    assert not choices
    np.testing.assert_array_equal(array.data, np.where(floats > level, 3.0, floats))
