"""Labels place Values in arrays."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autodiff import Value
from autodiff.arrays import leaves
from autodiff.labels import Place, gather

INDICES = st.lists(st.integers(0, 10**9 - 1), max_size=4).map(tuple)


@given(st.text("WbdZ1_[],. 경\n").filter(lambda name: name and not Place.of(name).index), INDICES)
@example("W[0,]", (0,))
@example("layer.0/W", (0, 2))
def test_a_label_is_the_text_of_its_place(name, index):
    place = Place.of(Place(name, index).label)
    assert (place.array, place.index) == (name, index)


@given(st.text())
def test_every_label_is_a_place_and_reading_it_again_changes_nothing(label):
    place = Place.of(label)
    assert Place.of(place.label) == place
    assert place.letter + ("" if place.layer is None else place.array[len(place.letter) :]) == place.array


@pytest.mark.parametrize(
    ("array", "letter", "layer"),
    [
        ("W1", "W", 1),
        ("dW12", "dW", 12),
        ("A0", "A", 0),
        ("W", "W", None),
        ("W_1", "W_1", None),
        ("1", "1", None),
    ],
)
def test_a_place_knows_the_letter_and_the_layer_of_its_array(array, letter, layer):
    assert (Place(array).letter, Place(array).layer) == (letter, layer)
    assert (Place.of(f"{array}[3]").letter, Place.of(f"{array}[3]").layer) == (letter, layer)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4)])
def test_gather_undoes_leaves(shape):
    data = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    array = leaves("W1", data)
    shuffled = np.random.default_rng(0).permutation(array.ravel())
    (name, found), *rest = gather(shuffled).items()
    assert (name, rest) == ("W1", [])
    assert found.shape == shape
    assert all(found[index] is array[index] for index in np.ndindex(shape))


def test_names_keep_their_order_and_values_without_one_are_params():
    b, W, u, v = Value(1.0, "b"), leaves("W", [[1.0], [2.0]]), Value(3.0), Value(4.0)
    found = gather([u, b, *W.ravel(), v])
    assert list(found) == ["params", "b", "W"]
    assert found["params"].tolist() == [u, v]
    assert found["b"].item() is b


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["w[0]", "w[0]"], r"two Values are labelled 'w\[0\]'"),
        (["b", "b"], "two Values are labelled 'b'"),
        (["w[0]", "w[2]"], r"shape \(3,\) by its labels, but lacks 'w\[1\]'"),
        (["w[0]", "w[1,0]"], "different numbers of indices"),
    ],
)
def test_labels_that_name_no_array_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        gather(Value(0.0, label) for label in labels)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ([None], TypeError, "got None of type NoneType"),
        ([1.0, "2"], TypeError, "of type str"),
        ([Fraction(1, 2)], TypeError, r"got Fraction\(1, 2\) of type Fraction; pass an int, a float"),
        ([10**400], ValueError, "finite number, got 1000"),
        ([2**53 + 1], ValueError, "no float holds the int 9007199254740993"),
        ([1j], TypeError, "take its .real"),
        ([math.nan], ValueError, "finite number, got nan"),
        ([[1.0], [2.0, 3.0]], ValueError, "inhomogeneous"),
    ],
)
def test_leaves_refuse_what_no_value_holds(data, error, message):
    with pytest.raises(error, match=message):
        leaves("x", data)
