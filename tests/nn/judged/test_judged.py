"""Mistakes of many kinds, in many ways of writing, get their names; their corrected twins are not blamed."""

import numpy as np
import pytest

from nn import judge
from tests.nn.judged import twins

RNG = np.random.default_rng(3)


def normal(*shape):
    return RNG.normal(size=shape)


LABELS = np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0]])
TWO = dict(W1=normal(3, 2), b1=normal(3, 1), W2=normal(1, 3), b2=normal(1, 1), X=normal(2, 6), Y=LABELS)
THREE = dict(
    W1=normal(4, 2), b1=normal(4, 1), W2=normal(4, 4), b2=normal(4, 1), W3=normal(1, 4), b3=normal(1, 1),
    X=normal(2, 6), Y=LABELS,
)  # fmt: skip


def all_of(name, *quantities):
    return dict.fromkeys(quantities, name)


FIRST, BOTH, TWO_OF_THREE = ("W1", "b1"), ("W1", "b1", "W2", "b2"), ("W1", "b1", "W2", "b2")
CASES = {
    "columns": {
        "no_mean_in_the_last_layer": ("cost", TWO, {"W2": "1/m missing"}),
        "slope_of_the_input": ("cost", TWO, all_of("Z1 for A1 in tanh′", *FIRST)),
        "tanh_twice": ("cost", TWO, all_of("tanh′ at A1", *FIRST)),
        "no_slope": ("cost", TWO, all_of("tanh′ missing", *FIRST)),
        "square_forgotten": ("cost", TWO, all_of("1 - A1 for 1 - A1²", *FIRST)),
        "another_activations_slope": ("cost", TWO, all_of("sigmoid′ for tanh′", *FIRST)),
        "slope_of_sigmoid_once_more": ("cost", TWO, all_of("sigmoid′ too much", *BOTH)),
        "derivative_by_the_output": ("cost", TWO, all_of("sigmoid′ missing", *BOTH)),
        "a_sign_in_the_loss": ("cost", TWO, all_of("a sign in the derivative of the loss", *BOTH)),
        "of_the_other_layer": ("relu_cost", THREE, {"W2": "A2 for A1"}),
        "planted_factors": ("relu_cost", THREE, {"W2": "twice too large", "b1": "4 times too large"}),
        "relu_mask_of_the_gradient": ("relu_cost", THREE, all_of("relu of the gradient", *TWO_OF_THREE)),
        "gradient_of_the_activation": ("relu_cost", THREE, all_of("dA2 for dZ2", *FIRST)),
        "updated_before_it_is_read": ("cost", TWO, all_of("W2 already updated", *FIRST)),
    },
}  # fmt: skip
ALL = [(module, name) for module, cases in CASES.items() for name in cases]
WRONG = {module: twins.wrong(module) for module in CASES}
CORRECTED = {module: twins.corrected(module) for module in CASES}


def judged(functions, module, name, dtype):
    """The verdict about one case; its first function is what the table says, or the case itself."""
    forward, arguments, named = CASES[module][name]
    passes = (
        [getattr(functions, forward), getattr(functions, name)] if forward else [getattr(functions, name)]
    )
    arguments = {
        key: each.astype(dtype) if isinstance(each, np.ndarray) and each.dtype.kind == "f" else each
        for key, each in arguments.items()
    }
    return judge(*passes, **arguments), named


@pytest.mark.parametrize("module, name", ALL)
def test_the_mistake_is_named(module, name):
    verdict, named = judged(WRONG[module], module, name, np.float64)
    assert not verdict
    assert {each.quantity: each.name for each in verdict.findings if not each.right} == named, str(verdict)


@pytest.mark.parametrize("module, name", ALL)
def test_no_quantity_is_named_wrongly_in_float32(module, name):
    verdict, named = judged(WRONG[module], module, name, np.float32)
    assert not verdict
    found = {each.quantity: each.name for each in verdict.findings if not each.right}
    assert {*found} == {*named} and all(found[key] in ("", named[key]) for key in named), str(verdict)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("module, name", ALL)
def test_the_corrected_twin_is_not_blamed(module, name, dtype):
    verdict, _ = judged(CORRECTED[module], module, name, dtype)
    assert verdict, str(verdict)
