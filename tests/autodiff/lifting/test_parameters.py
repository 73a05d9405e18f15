"""Parameters: whatever is assigned goes into the arrays that the next run reads, or is refused."""

import numpy as np
import pytest

from autodiff import dot, leaves, lift


@pytest.fixture
def program():
    """J = w·w + b·b at w = (3, 4), b = 0.5."""
    w, b = leaves("w", [3.0, 4.0]), leaves("b", 0.5)
    return lift(dot(w, w) + b.item() ** 2, params=[*w, b.item()])


def by_update(program):
    program.params.update(w=[1.0, 2.0])


def by_update_of_pairs(program):
    program.params.update([("w", [1.0, 2.0])])


def by_union(program):
    program.params |= {"w": [1.0, 2.0]}


def by_union_of_the_mapping(program):
    params = program.params
    params |= {"w": np.array([1, 2])}


def by_item(program):
    program.params["w"] = (1, 2)


def by_all(program):
    program.params = {"w": [1.0, 2.0], "b": 0.5}


def by_array(program):
    program.params["w"][...] = [1.0, 2.0]


WAYS = [by_update, by_update_of_pairs, by_union, by_union_of_the_mapping, by_item, by_all, by_array]


@pytest.mark.parametrize("assign", WAYS)
def test_every_way_to_assign_writes_into_the_live_array(program, assign):
    assert program().loss == 25.25
    array = program.params["w"]
    assign(program)
    assert program.params["w"] is array
    assert array.tolist() == [1.0, 2.0]
    result = program()
    assert result.loss == 5.25
    assert result.grads["w"].tolist() == [2.0, 4.0]


def test_a_name_can_be_read_and_set_by_default(program):
    array = program.params["w"]
    assert program.params.setdefault("w", [0.0, 0.0]) is array
    assert array.tolist() == [3.0, 4.0]
    assert program.params.get("v") is None
    assert list(program.params) == ["w", "b"]
    assert len(program.params) == 2
    assert dict(program.params)["w"] is array
    assert repr(program.params) == repr(dict(program.params))


REFUSED = {
    "an unknown name": (lambda p: p.params.update(v=1.0), KeyError, "no parameter 'v'; it has w, b"),
    "an unknown default": (lambda p: p.params.setdefault("v", 1.0), KeyError, "no parameter 'v'"),
    "del": (lambda p: p.params.__delitem__("w"), TypeError, "cannot be removed"),
    "pop": (lambda p: p.params.pop("w"), TypeError, "cannot be removed"),
    "popitem": (lambda p: p.params.popitem(), TypeError, "cannot be removed"),
    "clear": (lambda p: p.params.clear(), TypeError, "cannot be removed"),
    "a shape": (
        lambda p: p.params.update(w=[1.0, 2.0, 3.0]),
        ValueError,
        r"parameter 'w' has shape \(2,\), got \(3,\)",
    ),
    "text": (lambda p: p.params.update(w="ab"), TypeError, "parameter 'w' takes real numbers, got 'ab'"),
    "complex": (lambda p: p.params.update(b=1j), TypeError, "parameter 'b' takes real numbers"),
    "not all": (lambda p: setattr(p, "params", {"w": [1.0, 2.0]}), ValueError, "lacks 'b'"),
    "no mapping": (lambda p: setattr(p, "params", [1.0]), TypeError, "maps names to arrays"),
}


@pytest.mark.parametrize(("assign", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_and_changes_nothing(program, assign, error, message):
    with pytest.raises(error, match=message):
        assign(program)
    assert program().loss == 25.25


def test_an_update_that_fails_changes_nothing(program):
    with pytest.raises(ValueError, match="has shape"):
        program.params.update(b=7.0, w=[1.0, 2.0, 3.0])
    with pytest.raises(KeyError, match="no parameter 'v'"):
        program.params |= {"b": 7.0, "v": 1.0}
    assert program().loss == 25.25
