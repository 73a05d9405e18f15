"""Labels place Values in arrays."""

import numpy as np
import pytest

from autodiff import Value
from autodiff.labels import gather, leaves


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
