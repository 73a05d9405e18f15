"""When a mistake is named and when not, what is said of it, and what a rule is handed."""

from importlib import import_module

import numpy as np
import pytest

from nn import MLP, compare
from nn.diagnosing.mistakes import MISTAKES, LayerOperands
from nn.model.matrix import MatrixMLP

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(3, 5)), RNG.normal(size=(3, 5))


@pytest.fixture(autouse=True)
def no_differences(monkeypatch):
    """Finite differences have tests of their own, and take most of the time."""
    monkeypatch.setattr(import_module("nn.comparing.four_ways"), "differences", lambda *arguments: {})


def network(*activations):
    model = MLP(3, [3] * len(activations), activations[0], activations[-1])
    model.load_state_dict({name: RNG.normal(size=each.shape) for name, each in model.state_dict().items()})
    return model


def diagnosed(model, change, only=(), l2=0.0):
    """What is said of the right gradients by name after ``change``, of these only, or of all."""

    def backward(twin, cache, dA):
        grads = twin.backward(cache, dA, l2)
        found = {
            f"d{q}{l}": array for q in ("Z", "W", "b", "A") for l, array in getattr(grads, f"d{q}").items()
        }
        found = {"dX" if name == "dA0" else name: array for name, array in found.items()}
        change(found, twin, cache)
        return {name: array for name, array in found.items() if not only or name in only}

    return compare(model, X, Y, backward=backward, l2=l2).diagnoses


@pytest.mark.parametrize("quantity", ["dZ2", "dW2", "db1", "dA1", "dX"])
@pytest.mark.parametrize(("off", "name"), [(1e-11, "sign flipped"), (1e-7, ""), (1e-4, "")])
def test_a_mistake_must_reproduce_the_numbers_to_nine_digits(quantity, off, name):
    def change(found, twin, cache):
        found[quantity] *= -(1.0 + off)

    (diagnosis,) = diagnosed(network("tanh", "tanh"), change, only={quantity})
    assert (diagnosis.quantity, diagnosis.name) == (quantity, name)


def test_digits_are_those_of_the_largest_number_right_or_wrong():
    for off, name in ((3e-10, "sign flipped"), (3e-9, "")):

        def change(found, twin, cache, off=off):
            largest = np.abs(found["dW1"]).max()
            found["dW1"] = -found["dW1"] + off * largest  # which may be many times a small element

        (diagnosis,) = diagnosed(network("tanh", "tanh"), change, only={"dW1"})
        assert diagnosis.name == name


def test_a_mistake_that_the_numbers_before_it_contradict_is_not_named():
    def change(found, twin, cache):
        slope = twin.g[1].derivative(cache.Z[1], cache.A[1])
        found["dZ1"] = (twin.W[2] @ found["dZ2"]) * slope  # as if W were not transposed in dA1

    model = network("tanh", "tanh")
    (diagnosis,) = diagnosed(model, change, only={"dZ1"})
    assert (diagnosis.name, diagnosis.where, diagnosis.quantity) == ("W not transposed", "dA1", "dZ1")
    (diagnosis,) = diagnosed(model, change, only={"dA1", "dZ1"})  # but it is right in dA1
    assert (diagnosis.name, diagnosis.quantity) == ("", "dZ1")


def test_of_two_mistakes_the_one_that_explains_more_is_named():
    # What is wrong in dZ2 shows in dW2, too, where it would be another mistake, that does not explain db2.
    def change(found, twin, cache):
        found["dZ2"] = found["dA2"].copy()
        found["dW2"] = found["dZ2"] @ cache.A[1].T
        found["db2"] = found["dZ2"].sum(axis=1, keepdims=True)

    model = network("tanh", "tanh")
    (diagnosis,) = diagnosed(model, change, only={"dW2", "db2"})
    assert (diagnosis.name, diagnosis.where, diagnosis.quantity) == ("g′ forgotten", "dZ2", "dW2")
    (diagnosis,) = diagnosed(model, change, only={"dW2"})
    assert (diagnosis.name, diagnosis.where) == ("dA used instead of dZ", "dW2")


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite_have_no_name(number):
    def change(found, twin, cache):
        found["dW1"] = -found["dW1"]
        found["dW1"][0, 0] = number

    (diagnosis,) = diagnosed(network("tanh", "tanh"), change)
    assert (diagnosis.quantity, diagnosis.name) == ("dW1", "")


def said(quantity, l, rule, l2=0.0, layers=4):
    """What is said of the numbers of one formula that has become ``rule(its LayerOperands)``."""

    def change(found, twin, cache):
        name = (f"dA{l - 1}" if l > 1 else "dX") if quantity == "dA" else f"{quantity}{l}"
        place = LayerOperands(l, twin, cache, found[f"dA{l}"], found[f"dZ{l}"], found[name], l2)
        found[name] = np.asarray(rule(place))

    (diagnosis,) = diagnosed(network(*["sigmoid"] * layers), change, l2=l2)
    return diagnosis.text


REMEDIES = {
    "g′ forgotten": "dZ3 = dA3, where it should be dA3 ⊙ sigmoid′(Z3); multiply by g′(Z3)",
    "g′ taken at A instead of Z": "dZ3 = dA3 ⊙ sigmoid′(A3), where it should be dA3 ⊙ sigmoid′(Z3); ",
    "g′ taken at Z instead of A": "dZ3 = dA3 ⊙ sigmoid′ by its output, but of Z3, where it should be ",
    "g used instead of g′": "dZ3 = dA3 ⊙ sigmoid(Z3), where it should be ",
    "this layer's A used": "dW3 = dZ3·A3ᵀ + λ·W3, where it should be dZ3·A2ᵀ + λ·W3; "
    "W3 was multiplied by the activations before it, A2.",
    "the A of a layer too early used": "dW3 = dZ3·A1ᵀ + λ·W3, where it should be dZ3·A2ᵀ + λ·W3; "
    "W3 was multiplied by A2.",
    "Z used instead of A": "dW3 = dZ3·Z2ᵀ + λ·W3, where it should be dZ3·A2ᵀ + λ·W3; ",
    "the penalty forgotten": "dW3 = dZ3·A2ᵀ, where it should be dZ3·A2ᵀ + λ·W3; ",
    "the penalty counted twice": "dW3 = dZ3·A2ᵀ + 2·λ·W3, where it should be dZ3·A2ᵀ + λ·W3; ",
    "W not transposed": "dA2 = W3·dZ3, where it should be W3ᵀ·dZ3; W3 leads forward, ",
    "the W of another layer used": "dA2 = W2ᵀ·dZ3, where it should be W3ᵀ·dZ3; ",
    "summed over all neurons": "db3 = the sum of all of dZ3, where it should be row sums of dZ3; ",
}


@pytest.mark.parametrize("name", REMEDIES)
def test_the_formula_that_was_computed_is_written_down(name):
    mistake = next(each for each in MISTAKES if each.name == name)
    text = said(mistake.quantity, 3, mistake.rule, l2=0.1)
    quantity = "dA2" if mistake.quantity == "dA" else f"{mistake.quantity}3"
    assert text.startswith(
        f"{quantity} is the first that is wrong. Probably: {name}. Your numbers are those of "
    )
    assert REMEDIES[name] in text


def test_x_is_the_a_before_the_first_layer():
    mistake = next(
        each for each in MISTAKES if each.name == "dA used instead of dZ" and each.quantity == "dW"
    )
    assert "Your numbers are those of dW1 = dA1·Xᵀ, where it should be dZ1·Xᵀ;" in said("dW", 1, mistake.rule)


def test_a_mistake_in_every_layer_is_shown_in_the_last_where_it_shows():
    model = network("tanh", "tanh", "linear")  # the last has no g′ to forget

    def backward(twin, cache, dA):
        found = {}
        for l in (3, 2, 1):
            found[f"dZ{l}"] = dA
            found[f"dW{l}"], dA = dA @ cache.A[l - 1].T, twin.W[l].T @ dA
        return found

    (diagnosis,) = compare(model, X, Y, backward=backward).diagnoses
    assert diagnosis.where == "dZ of every layer"
    assert "g′ forgotten, in dZ of every layer. Your numbers are those of dZ2 = dA2, where" in diagnosis.text


def test_a_rule_that_is_wrong_in_one_layer_is_named_there():
    model = network("tanh", "tanh", "linear")
    (diagnosis,) = compare(model, X, Y, dZ=lambda dA, Z, A, g: dA if g.name == "linear" else dA * A).diagnoses
    assert (diagnosis.name, diagnosis.where) == ("g used instead of g′", "dZ of every layer")
    model = MLP(3, [3, 3], "tanh", "linear", seed=1)
    (diagnosis,) = compare(model, X, Y, dZ=lambda dA: dA).diagnoses
    assert (diagnosis.name, diagnosis.where, diagnosis.quantity) == ("g′ forgotten", "dZ1", "dZ1")


class Rule:
    """Callables of every kind of signature, which all compute db, dZ or dW rightly."""

    def method(self, dZ):
        return dZ.sum(axis=1, keepdims=True)

    def __call__(self, dA, Z, *, power=2):
        return dA * (1.0 - np.tanh(Z) ** power)


@pytest.mark.parametrize(
    "rules",
    [
        {"db": Rule().method},
        {"dZ": Rule()},
        {"dZ": lambda *operands: operands[0] * (1.0 - operands[2] ** 2) if len(operands) == 4 else None},
        {"dZ": lambda dA, Z, A, g, more=1.0: dA * g.derivative(Z, A) * more},
        {"dZ": lambda dA, Z, /, A: dA * (1.0 - A * A)},
        {"dZ": lambda dA, Z, A=None, **options: dA * (1.0 - np.tanh(Z) ** 2)},
        {"dW": lambda dZ, A: np.matmul(dZ, A.T).tolist()},
        {"dA": np.vectorize(lambda W, dZ: W.T @ dZ, signature="(i,j),(i,m)->(j,m)")},
    ],
)
def test_a_rule_is_handed_as_many_operands_as_it_takes(rules):
    comparison = compare(network("tanh", "tanh"), X, Y, **rules)
    assert comparison, comparison
    assert "yours" in comparison.columns


@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_a_rule_whose_signature_cannot_be_read_is_handed_everything(error):
    class Builtin:
        @property
        def __signature__(self):
            raise error("no signature found for builtin")

        def __call__(self, *operands):
            return np.matmul(*operands)

    (diagnosis,) = compare(network("tanh", "tanh"), X, Y, dA=Builtin()).diagnoses
    assert diagnosis.name == "W not transposed"


def test_a_rule_is_handed_copies():
    def spoiling(dA, Z, A, g):
        right = dA * g.derivative(Z, A)
        for array in (dA, Z, A):
            array *= 0.0
        return right

    assert compare(network("tanh", "tanh"), X, Y, dZ=spoiling)


def test_an_error_in_a_pass_states_the_line_of_its_own():
    def backward(twin, cache, dA):
        raise KeyError("W")

    line = backward.__code__.co_firstlineno + 1
    with pytest.raises(ValueError, match=f'in line {line}, "raise KeyError') as caught:
        compare(network("tanh", "tanh"), X, Y, backward=backward)
    assert isinstance(caught.value.__cause__, KeyError)


def test_gradients_are_matched_with_quantities_by_their_names():
    def backward(twin, cache, dA):
        grads = twin.backward(cache, dA)
        return {"dA0": grads.dA[0], "dA1": grads.dA[1], "db1": grads.db[1].tolist()}

    comparison = compare(network("tanh", "tanh"), X, Y, backward=backward)
    assert comparison
    assert [row.quantity for row in comparison.rows if "yours" in row.columns] == ["dA1", "db1", "dX"]


def test_what_a_layer_computes_from():
    twin = MatrixMLP.from_scalar(model := network("tanh", "sigmoid"))
    cache = twin.forward(X)
    place = LayerOperands(2, twin, cache, X, X, X, 0.0)
    assert place.W is twin.W[2] and place.Z is cache.Z[2] and place.A is cache.A[2]
    assert (place.before is cache.A[1], place.m, place.g.name) == (True, 5, model.layers[1].activation.name)
