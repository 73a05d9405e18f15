"""The judge names the mistake that was made, where it was made, and never blames a right pass."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import MLP, compare
from nn.diagnosing.mistakes import MISTAKES
from nn.losses import LOSSES
from nn.model.activations import ACTIVATIONS
from nn.model.matrix import Gradients
from tests.examples import examples

pytestmark = pytest.mark.long

RNG = np.random.default_rng(11)

# g' as textbooks have it, where that is another form than the library's.
TEXTBOOK = {
    "linear": lambda Z, A: np.ones(Z.shape),
    "tanh": lambda Z, A: 1 - A**2,
    "sigmoid": lambda Z, A: A * (1 - A),
    "relu": lambda Z, A: np.where(Z > 0, 1.0, 0.0),
    "softplus": lambda Z, A: 1 / (1 + np.exp(-Z)),
}


def student(mistake=None, layers=(), l2=0.0):
    """A backward pass written as students do, with ``mistake(name, right, v)`` in some layers."""

    def backward(twin, cache, dA):
        found, m = {f"dA{twin.L}": dA}, dA.shape[1]
        for l in range(twin.L, 0, -1):
            v = {
                "W": twin.W[l],
                "A": cache.A[l],
                "Z": cache.Z[l],
                "P": cache.A[l - 1],
                "dA": dA,
                "m": m,
                "l": l,
                "g": twin.g[l].name,
                "twin": twin,
                "cache": cache,
                "l2": l2,
            }

            def put(name, right, l=l, v=v):
                wrong = mistake(name, right, v) if mistake and l in layers else None
                return right if wrong is None else wrong

            if v["g"] == "softmax":
                right = v["A"] * (dA - np.sum(dA * v["A"], axis=0))
            elif v["g"] in TEXTBOOK:
                right = dA * TEXTBOOK[v["g"]](v["Z"], v["A"])
            else:
                right = dA * twin.g[l].derivative(v["Z"], v["A"])
            v["dZ"] = found[f"dZ{l}"] = put("dZ", right)
            found[f"dW{l}"] = put("dW", np.einsum("is,js->ij", v["dZ"], v["P"]) + l2 * v["W"])
            found[f"db{l}"] = put("db", v["dZ"].sum(axis=1).reshape(-1, 1))
            dA = found[f"dA{l - 1}" if l > 1 else "dX"] = put("dA", np.dot(v["W"].T, v["dZ"]))
        return found

    return backward


def at(quantity, wrong):
    return lambda name, right, v: wrong(right, v) if name == quantity else None


def product(wrong):
    """A wrong product in dW, with the penalty as it should be."""
    return at("dW", lambda right, v: wrong(v) + v["l2"] * v["W"])


SLOPE_OF = {"tanh": lambda z: 1 - np.tanh(z) ** 2, "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2}
PLANTED = {
    **{
        f"{name}, {q}": (name, q, at(q, wrong))
        for q in ("dZ", "dW", "db", "dA")
        for name, wrong in (
            ("sign flipped", lambda right, v: 0.0 - right),
            ("1/m twice", lambda right, v: right * (1.0 / v["m"])),
            ("1/m missing", lambda right, v: right * v["m"]),
        )
    },
    **{
        f"{q} transposed": ("transposed", q, at(q, lambda right, v: np.swapaxes(right, 0, 1)))
        for q in ("dW", "dZ", "dA")
    },
    "g' forgotten": ("g′ forgotten", "dZ", at("dZ", lambda right, v: 1.0 * v["dA"])),
    "g' at A": (
        "g′ taken at A instead of Z",
        "dZ",
        at("dZ", lambda right, v: v["dA"] * SLOPE_OF[v["g"]](v["A"])),
    ),
    "g' at Z": (
        "g′ taken at Z instead of A",
        "dZ",
        at("dZ", lambda right, v: v["dA"] * TEXTBOOK[v["g"]](None, v["Z"])),
    ),
    "g for g'": ("g used instead of g′", "dZ", at("dZ", lambda right, v: v["dA"] * v["A"])),
    "softmax": (
        "softmax treated as element-wise",
        "dZ",
        at("dZ", lambda right, v: v["dA"] * (v["A"] - v["A"] ** 2) if v["g"] == "softmax" else None),
    ),
    "this A": ("this layer's A used", "dW", product(lambda v: v["dZ"] @ v["A"].T)),
    "early A": (
        "the A of a layer too early used",
        "dW",
        product(lambda v: v["dZ"] @ v["cache"].A[v["l"] - 2].T),
    ),
    "Z for A": ("Z used instead of A", "dW", product(lambda v: v["dZ"] @ v["cache"].Z[v["l"] - 1].T)),
    "dA in dW": ("dA used instead of dZ", "dW", product(lambda v: v["dA"] @ v["P"].T)),
    "wrong axis in dW": ("summed over the wrong axis", "dW", product(lambda v: v["dZ"].T @ v["P"])),
    "A not transposed": ("A not transposed", "dW", product(lambda v: v["dZ"] @ v["P"])),
    "lost shape": ("the shape of a bias lost", "db", at("db", lambda right, v: v["dZ"].sum(axis=1))),
    "wrong axis in db": (
        "summed over the wrong axis",
        "db",
        at("db", lambda right, v: v["dZ"].sum(axis=0, keepdims=True)),
    ),
    "wrong axis in db, turned": (
        "summed over the wrong axis",
        "db",
        at("db", lambda right, v: v["dZ"].sum(axis=0).reshape(-1, 1)),
    ),
    "not summed": ("not summed over the samples", "db", at("db", lambda right, v: v["dZ"] + 0.0)),
    "summed over all": (
        "summed over all neurons",
        "db",
        at("db", lambda right, v: np.ones_like(right) * np.sum(v["dZ"])),
    ),
    "dA in db": ("dA used instead of dZ", "db", at("db", lambda right, v: v["dA"].sum(1)[:, None])),
    "W not transposed": ("W not transposed", "dA", at("dA", lambda right, v: v["W"] @ v["dZ"])),
    "dA in dA": ("dA used instead of dZ", "dA", at("dA", lambda right, v: v["W"].T @ v["dA"])),
    "other W": (
        "the W of another layer used",
        "dA",
        at("dA", lambda right, v: v["twin"].W[v["l"] - 1].T @ v["dZ"]),
    ),
    "no penalty": ("the penalty forgotten", "dW", at("dW", lambda right, v: right - v["l2"] * v["W"])),
    "two penalties": ("the penalty counted twice", "dW", at("dW", lambda right, v: right + v["l2"] * v["W"])),
}
SHAPES = {
    "all square": ([4, 4, 4, 4, 4], 4, "tanh", "softmax"),
    "square weights": ([3, 3, 3, 3], 5, "sigmoid", "tanh"),
    "other": ([4, 5, 3], 6, "tanh", "linear"),
}


@pytest.fixture(autouse=True)
def no_differences(monkeypatch):
    """Finite differences have tests of their own, and take most of the time."""
    monkeypatch.setattr(import_module("nn.comparing.four_ways"), "differences", lambda *arguments: {})


def problem(shape):
    (n, *sizes), m, activation, output = SHAPES[shape]
    model = MLP(n, sizes, activation, output, seed=2)
    model.load_state_dict({name: RNG.normal(size=each.shape) for name, each in model.state_dict().items()})
    return model, RNG.normal(size=(n, m)), RNG.normal(size=(sizes[-1], m))


def place(quantity, l):
    return (f"dA{l - 1}" if l > 1 else "dX") if quantity == "dA" else f"{quantity}{l}"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_mistake_is_named_in_whatever_layer_it_is(planted, shape):
    name, quantity, mistake = PLANTED[planted]
    model, X, Y = problem(shape)
    found = 0
    for l in range(1, len(model.layers) + 1):
        try:
            comparison = compare(model, X, Y, backward=student(mistake, {l}, 0.1), l2=0.1)
        except (ValueError, KeyError, TypeError) as error:
            assert "your backward pass raised" in str(error)  # shapes that do not fit: Python says so
            continue
        if comparison:  # this layer cannot show it: a linear g has no g' to forget
            continue
        if planted == "summed over all" and model.layers[l - 1].activation.name == "softmax":
            continue  # every column of dZ adds up to 0 there, so all sums over neurons are alike
        (diagnosis,) = comparison.diagnoses
        assert (diagnosis.name, diagnosis.where) == (name, place(quantity, l)), diagnosis.text
        assert diagnosis.quantity == place(quantity, l)
        assert diagnosis.text in comparison.verdict()
        found += 1
    square, all_square = "square" in shape, shape == "all square"
    needs = {
        **dict.fromkeys(("softmax", "A not transposed", "dZ transposed", "dA transposed"), all_square),
        **dict.fromkeys(("W not transposed", "other W", "this A", "early A", "Z for A"), square),
        "wrong axis in dW": all_square,
    }
    assert found or not needs.get(planted, True)


def test_every_mistake_in_the_list_is_planted():
    assert {each.name for each in MISTAKES} == {name for name, _, _ in PLANTED.values()}


@pytest.mark.parametrize("shape", ["all square", "square weights"])
@pytest.mark.parametrize("planted", ["g' forgotten", "1/m twice, dW", "sign flipped, dA", "dA in db"])
def test_a_mistake_in_a_loop_is_in_every_layer(planted, shape):
    name, quantity, mistake = PLANTED[planted]
    model, X, Y = problem(shape)
    every = range(1, len(model.layers) + 1)
    (diagnosis,) = compare(model, X, Y, backward=student(mistake, every)).diagnoses
    assert (diagnosis.name, diagnosis.where) == (name, f"{quantity} of every layer")
    assert f"in {quantity} of every layer" in diagnosis.text


@pytest.mark.parametrize("planted", ["g' forgotten", "W not transposed", "1/m twice, dZ"])
def test_a_mistake_before_the_first_number_given_is_found(planted):
    name, quantity, mistake = PLANTED[planted]
    model, X, Y = problem("square weights")
    whole = student(mistake, {2})

    def backward(twin, cache, dA):
        return {key: each for key, each in whole(twin, cache, dA).items() if key[:2] in ("dW", "db")}

    (diagnosis,) = compare(model, X, Y, backward=backward).diagnoses
    assert (diagnosis.name, diagnosis.where) == (name, place(quantity, 2))
    assert diagnosis.quantity == ("dW1" if quantity == "dA" else "dW2")
    assert f"With that, {diagnosis.quantity} comes out as yours." in diagnosis.text


def test_what_has_no_name_is_said_to_have_none():
    model, X, Y = problem("other")
    wrong = student(at("dZ", lambda right, v: right * 1.7 + 0.01), {1})
    comparison = compare(model, X, Y, backward=wrong)
    (diagnosis,) = comparison.diagnoses
    assert (diagnosis.quantity, diagnosis.mistake, diagnosis.name) == ("dZ1", None, "")
    assert "dZ1 is the first that is wrong. None of the mistakes that have a name" in str(comparison)


def test_a_diagnosis_says_what_was_computed_what_should_be_and_what_to_do():
    model, X, Y = problem("square weights")
    _, _, mistake = PLANTED["W not transposed"]
    text = compare(model, X, Y, backward=student(mistake, {2})).diagnoses[0].text
    assert text == (
        "dA1 is the first that is wrong. Probably: W not transposed. Your numbers are those of dA1 = W2·dZ2, "
        "where it should be W2ᵀ·dZ2; W2 leads forward, its transpose leads back."
    )


# Rules


RIGHT = {
    "dZ": lambda dA, Z, A, g: dA * TEXTBOOK[g.name](Z, A),
    "dW": lambda dZ, A: dZ @ A.T,
    "db": lambda dZ: dZ.sum(axis=1, keepdims=True),
    "dA": lambda W, dZ: W.T @ dZ,
}


def test_right_rules_agree():
    model, X, Y = problem("square weights")
    comparison = compare(model, X, Y, **RIGHT)
    assert comparison and not comparison.diagnoses
    yours = [row.quantity for row in comparison.rows if "yours" in row.columns]
    assert yours == [name for l in (3, 2, 1) for name in (f"dZ{l}", f"dW{l}", f"db{l}", place("dA", l))]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ({"dZ": lambda dA: dA}, "g′ forgotten"),
        ({"dZ": lambda dA, Z: dA * Z * (1 - Z)}, "g′ taken at Z instead of A"),
        ({"dW": lambda dZ, A: A @ dZ.T}, "transposed"),
        ({"dW": lambda dZ, A: dZ @ A.T / A.shape[1]}, "1/m twice"),
        ({"db": lambda dZ: dZ.sum(axis=1)}, "the shape of a bias lost"),
        ({"db": lambda dZ: dZ.mean(axis=1, keepdims=True)}, "1/m twice"),
        ({"dA": lambda W, dZ: W @ dZ}, "W not transposed"),
        ({"dA": lambda W, dZ: (dZ.T @ W).T * -1}, "sign flipped"),
        ({"dA": lambda W, dZ: np.cumsum(dZ, axis=1)}, ""),
    ],
)
def test_a_single_rule_is_judged_by_itself(rule, name):
    model = MLP(3, [3, 3], "sigmoid", "sigmoid", seed=4)
    comparison = compare(model, RNG.normal(size=(3, 5)), RNG.normal(size=(3, 5)), **(RIGHT | rule))
    (diagnosis,) = comparison.diagnoses
    (quantity,) = rule
    assert (diagnosis.name, diagnosis.quantity) == (name, place(quantity, 2))
    wrong = [row.quantity for row in comparison.rows if "yours" in row.columns and not row.agrees]
    assert wrong == [place(quantity, 2), place(quantity, 1)]


def test_several_wrong_rules_are_diagnosed_each():
    model, X, Y = problem("square weights")
    comparison = compare(model, X, Y, dW=lambda dZ, A: -dZ @ A.T, dA=lambda W, dZ: W @ dZ)
    assert [each.name for each in comparison.diagnoses] == ["sign flipped", "W not transposed"]


# Right passes


@examples(times=3 / 4)
@given(st.data())
def test_a_right_backward_pass_is_never_blamed(data):
    loss = LOSSES[data.draw(st.sampled_from(sorted(LOSSES)))]
    inner, output = (data.draw(st.sampled_from(sorted(ACTIVATIONS))) for _ in range(2))
    sizes = data.draw(st.lists(st.integers(2, 5), max_size=3))
    rows, m = data.draw(st.integers(2, 4)), data.draw(st.integers(1, 6))
    seed, scale = data.draw(st.integers(0, 2**32)), data.draw(st.sampled_from([0.1, 1.0, 5.0]))
    rng = np.random.default_rng(seed)
    model = MLP(data.draw(st.integers(1, 4)), [*sizes, loss.outputs(rows)], inner, output, seed=seed)
    X = rng.normal(scale=scale, size=(model.sizes[0], m))
    Y = loss.from_classes(rng.integers(0, 2, m), rows)
    l2 = data.draw(st.sampled_from([0.0, 0.2]))
    comparison = compare(model, X, Y, loss, backward=student(l2=l2), l2=l2)
    assert not comparison.diagnoses, comparison
    assert all(row.difference("yours").agrees for row in comparison.rows if "yours" in row.columns)


# What cannot be judged


def test_a_pass_works_on_copies_of_everything():
    model, X, Y = problem("other")

    def backward(twin, cache, dA):
        found = student()(twin, cache, dA.copy())
        for array in (dA, *cache.A.values(), *cache.Z.values(), *twin.W.values(), *twin.b.values()):
            array *= 0.0
        return found

    assert compare(model, X, Y, backward=backward)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backward": lambda twin, cache, dA: 1 / 0}, r"raised ZeroDivisionError: .* in line \d+, "),
        ({"backward": lambda twin, cache, dA: None}, "returns Gradients, or a dict .*, got None"),
        ({"backward": lambda twin, cache, dA: {"dW9": dA}}, "there is no quantity to compare 'dW9'"),
        ({"backward": lambda twin, cache, dA: {"dW1": "x"}}, "your dW1 is an array of numbers, got 'x'"),
        ({"dA": lambda W, dZ: W @ dZ}, "your rule for dA raised, in layer 2, ValueError: matmul"),
        ({"backward": student(), "dA": RIGHT["dA"]}, "a whole backward pass or single rules, not both"),
    ],
)
def test_code_that_fails_says_where(options, message):
    model, X, Y = problem("other")
    with pytest.raises(ValueError, match=message):
        compare(model, X, Y, **options)


def test_gradients_of_the_librarys_own_kind_may_be_returned_in_part():
    model, X, Y = problem("other")
    comparison = compare(model, X, Y, backward=lambda twin, cache, dA: Gradients({}, {}, {}, {2: -dA}))
    assert (comparison.diagnoses[0].quantity, comparison.diagnoses[0].name) == ("dA2", "sign flipped")
