"""Modules find their parameters, save them and load them."""

import numpy as np
import pytest

from autodiff import Value
from nn import MLP, Layer, Module, Neuron


class Everything(Module):
    """Parameters in every kind of container, one of them twice, beside things that are none."""

    def __init__(self):
        self.a = Value(1.0, "a")
        self.list = [Value(2.0, "u[0]"), (Value(3.0, "u[1]"), self.a)]
        self.dict = {"neuron": Neuron([4.0, 5.0], 6.0)}
        self.array = np.array([Value(7.0, "v[0]"), Value(8.0, "v[1]")])
        self.result = self.a * 2  # recorded, so no parameter
        self.name, self.numbers = "x", np.ones(3)


def test_parameters_are_the_leaves_among_the_attributes_each_once():
    module = Everything()
    assert [p.data for p in module.parameters()] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    names = [name for name, _ in module.named_parameters()]
    assert names == ["a", "u[0]", "u[1]", "w[0]", "w[1]", "b", "v[0]", "v[1]"]


def test_a_subclass_may_say_itself_what_its_parameters_are():
    class Frozen(Module):
        def __init__(self):
            self.neuron = Neuron([1.0])

        def parameters(self):
            return [self.neuron.b]

    class Holder(Module):
        def __init__(self):
            self.inner = Frozen()

    assert [p.label for p in Holder().parameters()] == ["b"]


def test_labels_follow_the_conventions():
    model = MLP(3, [2, 1])
    names = [name for name, _ in model.named_parameters()]
    assert names == [
        "W1[0,0]",
        "W1[0,1]",
        "W1[0,2]",
        "W1[1,0]",
        "W1[1,1]",
        "W1[1,2]",
        "b1[0]",
        "b1[1]",
        "W2[0,0]",
        "W2[0,1]",
        "b2[0]",
    ]
    assert all(parameter.label == name for name, parameter in model.named_parameters())
    assert [name for name, _ in Neuron([1.0, 2.0]).named_parameters()] == ["w[0]", "w[1]", "b"]
    assert [p.label for p in Layer([[1.0]], number=5).parameters()] == ["W5[0,0]", "b5[0]"]


def test_zero_grad_sets_every_gradient_to_zero():
    model = MLP(2, [3, 1])
    model([1.0, 2.0])[0].backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


def test_a_state_moves_a_model_into_another():
    one, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    state = one.state_dict()
    assert {name: each.shape for name, each in state.items()} == {
        "W1": (3, 2),
        "b1": (3,),
        "W2": (1, 3),
        "b2": (1,),
    }
    other.load_state_dict(state)
    assert other([0.3, -0.2])[0].data == one([0.3, -0.2])[0].data
    state["W1"][:] = 0.0  # a copy
    assert one.state_dict()["W1"].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W2": np.zeros((3, 1))}, r"W2 has shape \(1, 3\) here, got \(3, 1\)"),
        ({"b2": np.array([np.nan])}, "b2 holds a number that is not finite"),
        ({"W3": np.zeros((1, 1))}, r"another model: \['W3'\] unknown"),
        ({"b1": None}, r"another model: \['b1'\] missing"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    model = MLP(2, [3, 1], seed=1)
    before = model.state_dict()
    state = {name: each + 1.0 for name, each in before.items()} | change
    with pytest.raises(ValueError, match=message):
        model.load_state_dict({name: each for name, each in state.items() if each is not None})
    assert all((each == before[name]).all() for name, each in model.state_dict().items())


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (np.array([[1.0, 2.0j]]), "holds real numbers, got an array of complex128"),
        ([[1.0, 2.0j]], "holds real numbers, got an array of complex128"),
        ([["1", "2"]], "holds real numbers, got an array of <U1"),
        (np.ma.masked_greater([[1.0, 9.0]], 5.0), "holds masked numbers"),
    ],
)
def test_numbers_that_would_lose_a_part_are_refused(numbers, message):
    model = MLP(2, [1])
    before = model.state_dict()
    with pytest.raises(TypeError, match=message):
        model.load_state_dict({"W1": numbers, "b1": [0.0]})
    assert all((array == before[name]).all() for name, array in model.state_dict().items())
    with pytest.raises(TypeError, match=message):
        MLP(1, [1]).predict_proba(numbers)
