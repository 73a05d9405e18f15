"""The scalar graph beside its formulas: equal numbers, equal colours, each cell found in both."""

import re

import numpy as np
import pytest

from autodiff.labels import element
from nn import MLP, MatrixMLP, losses
from tests.viz.drawing.geometry import drawn, outside, overlapping
from tests.viz.drawing.test_colors import contrast
from viz import compare_picture
from viz.drawing import style

X = np.array([[0.5, -1.0], [1.0, 2.0]])


@pytest.mark.parametrize("loss", ["mse", "binary_cross_entropy", "cross_entropy"])
@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_every_cell_has_the_number_and_the_colour_of_its_scalar(loss, direction):
    kind = losses.LOSSES[loss]
    K = 2 if loss == "cross_entropy" else 1
    model = MLP(2, [2, K], seed=0)
    Y = kind.from_classes([0, 1], kind.rows(K))
    picture = compare_picture(model, X, Y, loss, direction=direction, title="both")
    assert picture.look.title == "both"
    scalars = {card.title: card for card in picture.cards if len(card.values) == 1 and card.title}
    matrices = {card.array: card for card in picture.cards if card.cells}
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward(X)
    back = twin.backward(cache, kind.dA(cache.A[2], Y))
    right = {"X": (X, None), "Y": (Y, None), "J": (np.array([[kind.J(cache.A[2], Y)]]), np.ones((1, 1)))}
    for l in (1, 2):
        right |= {f"W{l}": (twin.W[l], back.dW[l]), f"b{l}": (twin.b[l], back.db[l])}
        right |= {f"Z{l}": (cache.Z[l], back.dZ[l])}
    right["A1"] = (cache.A[1], back.dA[1])
    assert matrices.keys() == right.keys()
    grounds = picture.look.grounds
    for name, (data, grad) in right.items():
        np.testing.assert_allclose(matrices[name].cells["data"], data, rtol=1e-12, atol=1e-15)
        if grad is not None:
            np.testing.assert_allclose(matrices[name].cells["grad"], grad, rtol=1e-12, atol=1e-15)
        for index in np.ndindex(data.shape):
            place = () if name == "J" else index[:1] if name[0] == "b" else index
            scalar = scalars[element(name, place)]
            assert scalar.values[0].data == matrices[name].cells["data"][index]
            assert scalar.array == name and name in grounds


def test_what_is_computed_on_the_way_has_the_colour_of_what_it_becomes():
    picture = compare_picture(MLP(2, [2, 1], seed=0), X, [[1.0, 0.0]])
    unnamed = [card for card in picture.cards if card.symbol and not card.title]
    assert {card.array for card in unnamed} == {"Z1", "Z2", "J"}
    fills = re.findall(r'fillcolor="(#\w+)"', picture.source)
    assert set(picture.look.grounds.values()) <= set(fills)


def test_texts_are_readable_on_every_colour():
    assert len(set(style.ARRAYS)) == len(style.ARRAYS) >= 12
    assert all(contrast(style.INK, ground) > 4.5 for ground in style.ARRAYS)


def test_nothing_lies_on_anything_else():
    found = drawn(compare_picture(MLP(2, [3, 1], seed=0), X, [[1.0, 0.0]]))
    assert not [*overlapping(found), *outside(found)]


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(TypeError, match="takes an MLP, got 3"):
        compare_picture(3, X, [[1.0, 0.0]])
    with pytest.raises(ValueError, match=r"nodes, and beside its formulas 400 can be read at most"):
        compare_picture(MLP(2, [16, 16, 1]), X, [[1.0, 0.0]])
    with pytest.raises(ValueError):
        compare_picture(MLP(2, [1]), X, [[1.0, 0.0, 1.0]])
