"""Mistakes of many kinds, in many ways of writing, get their names; their corrected twins are not blamed."""

import numpy as np
import pytest

from nn import judge
from tests.nn.judged import twins
from tests.nn.judged.__main__ import accused, outcome
from tests.nn.judged.drawn import drawn

pytestmark = pytest.mark.long

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


CLASSES = np.array([0, 3, 1, 1, 2, 3])
LINEAR = dict(W=normal(3, 4), b=normal(4), X=normal(6, 3), y=CLASSES)
ONE_HOT = dict(W=normal(3, 4), b=normal(4), X=normal(6, 3), Y=np.eye(4)[CLASSES])
ROWS = dict(W1=normal(3, 5), b1=normal(5), W2=normal(5, 4), b2=normal(4), X=normal(6, 3), y=CLASSES)
LINE = dict(w=normal(3), b=np.array(0.3), X=normal(6, 3), t=normal(6))
SQUARES = dict(W1=normal(3, 5), W2=normal(5, 1), X=normal(6, 3), t=RNG.uniform(size=(6, 1)))
LOGISTIC = dict(w=normal(3), b=np.array(0.3), X=normal(6, 3), labels=LABELS[0])
SAMPLES = dict(w=normal(3), b=np.array(0.2), X=normal(5, 3), y=np.array([1.0, 0.0, 0.0, 1.0, 1.0]))
AFFINE = dict(x=normal(4, 3), w=normal(3, 3), b=normal(3))
BATCH = dict(x=normal(5, 3), gamma=normal(3), beta=normal(3))
LAYER = dict(x=normal(4, 5), gamma=normal(5), beta=normal(5))
CONV = dict(x=normal(2, 4, 4), w=normal(3, 2, 2), b=normal(3))
STEP = dict(x=normal(3, 4), prev_h=normal(3, 4), Wx=normal(4, 4), Wh=normal(4, 4), b=normal(4))
LSTM = dict(x=normal(3, 2), h=normal(3, 4), c=normal(3, 4), Wx=normal(2, 16), Wh=normal(4, 16), b=normal(16))
HEAD = dict(Q=normal(4, 3), K=normal(4, 3), V=normal(4, 3))
RNN = dict(Wx=normal(3, 2), Wh=normal(3, 3), Wy=normal(2, 3), b=normal(3), X=normal(4, 2), T=normal(4, 2))
SVM = dict(W=normal(3, 4), X=normal(5, 3), y=CLASSES[:5])
WORDS = dict(E=normal(4, 3), W=normal(3, 2), words=np.array([0, 2, 2, 1, 0]), T=normal(5, 2))
SKIP = dict(W1=normal(4, 3), W2=normal(3, 4), X=normal(3, 5), T=normal(3, 5))
ONE = dict(W1=normal(3, 2), W2=normal(2, 3), x=normal(2), t=RNG.uniform(size=2))
DEEP = dict(
    W1=normal(3, 4), b1=normal(4), W2=normal(4, 4), b2=normal(4), W3=normal(4, 4), b3=normal(4),
    X=normal(5, 3), Y=normal(5, 4),
)  # fmt: skip
SIGNAL = dict(w=normal(3), x=normal(7), t=normal(5))
POINTS = dict(w=np.array(0.3), b=np.array(0.1), x=normal(5), t=normal(5))
NORMAL = dict(mu=np.array(0.2), log_sigma=np.array(0.3), x=normal(6))
DIAGONAL = "only the diagonal of the Jacobian"
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
    "rows": {
        "one_hot_not_subtracted": ("", LINEAR, all_of("probs for probs - Y", "W", "b")),
        "difference_the_other_way_round": ("", ONE_HOT, all_of("sign flipped", "W", "b")),
        "diagonal_of_softmax": ("", ONE_HOT, all_of(DIAGONAL, "W", "b")),
        "regularisation_forgotten": ("", dict(ROWS, reg=0.05), {"W1": "the penalty forgotten"}),
        "regularisation_halved": ("", dict(ROWS, reg=0.05), {"W2": "the penalty halved"}),
        "relu_backward_forgotten": ("", ROWS, all_of("relu′ missing", *FIRST)),
        "mask_the_wrong_way_round": ("", ROWS, all_of("1 - relu′ for relu′", *FIRST)),
        "two_over_n": ("", LINE, {"w": "twice too large"}),
        "mean_of_absolute_values": ("", LINE, all_of("error for sign(error)", "w", "b")),
        "slope_applied_twice": ("", SQUARES, all_of("sigmoid′ at output", "W1", "W2")),
        "error_instead_of_delta": ("", SQUARES, {"W1": "output_error for output_delta"}),
        "prime_of_pre_activation_confused": ("", SQUARES, {"W1": "sigmoid′ for tanh′"}),
        "in_a_class": ("", ROWS, {"b1": "a sum over all"}),
        "inputs_of_the_wrong_layer": ("", ROWS, {"W1": "A1 for X"}),
        "bce_with_extra_slope": ("", LOGISTIC, all_of("sigmoid′ too much", "w", "b")),
        "epsilon_in_the_log": ("", LOGISTIC, all_of("sigmoid′ missing", "w", "b")),
    },
    "layers": {
        "affine_not_transposed": ("affine_forward", AFFINE, {"x": "w transposed in dx"}),
        "affine_bias_over_features": ("affine_forward", AFFINE, {"b": "summed over the other axis"}),
        "affine_bias_mean": ("affine_forward", AFFINE, {"b": "1/m twice"}),
        "relu_without_dout": ("relu_forward", {"x": AFFINE["x"]}, {"x": "relu′ alone"}),
        "sigmoid_of_the_output": ("sigmoid_forward", {"x": AFFINE["x"]}, {"x": "sigmoid′ at out"}),
        "softmax_elementwise": ("softmax_forward", {"x": AFFINE["x"]}, {"x": DIAGONAL}),
        "batchnorm_statistics_as_constants": (
            "batchnorm_forward", BATCH, {"x": "the parts of mean and variance missing"}
        ),
        "batchnorm_gamma_without_x_hat": ("batchnorm_forward", BATCH, {"gamma": "x_hat missing"}),
        "layernorm_variance_forgotten": (
            "layernorm_forward", LAYER, {"x": "the part of the variance missing"}
        ),
        "dropout_without_scale": (
            "dropout_forward", dict(x=LAYER["x"], mask=(LAYER["x"] > 0) * 1.0, p=0.3),
            {"x": "dout for dout·(1/v2)"},
        ),
        "conv_overwritten": ("conv_forward", CONV, {"w": "= for +="}),
        "conv_inputs_overwritten": ("conv_forward", CONV, {"x": "= for +="}),
        "pool_to_all": ("pool_forward", {"x": CONV["x"]}, {"x": "the mask missing"}),
        "rnn_step_of_the_new_state": ("rnn_step_forward", STEP, {"Wh": "next_h for prev_h"}),
        "lstm_forget_gate_without_slope": (
            "lstm_step_forward", LSTM, all_of("sigmoid′ missing", "x", "h", "Wx", "Wh", "b")
        ),
        "attention_without_scale": ("attention_forward", HEAD, all_of("√3 times too large", "Q", "K")),
        "attention_diagonal": ("attention_forward", HEAD, all_of(DIAGONAL, "Q", "K")),
    },
    "loops": {
        "logistic_overwritten": ("", SAMPLES, {"w": "only the last sample"}),
        "logistic_divided_twice": ("", SAMPLES, {"w": "1/m twice"}),
        "rnn_last_step_only": ("", RNN, {"Wh": "zero"}),
        "rnn_not_through_time": ("", RNN, all_of("Wh missing", "Wx", "Wh", "b")),
        "rnn_state_of_the_same_step": ("", RNN, {"Wh": "the output for the input of a step"}),
        "svm_correct_class_forgotten": ("", SVM, {"W": "what is subtracted missing"}),
        "svm_not_divided": ("", dict(SVM, reg=0.1), {"W": "1/m missing"}),
        "embedding_overwritten": ("", WORDS, {"E": "= for +="}),
        "residual_skip_forgotten": ("", SKIP, all_of("the part of dY2 missing", "W1", "W2")),
        "neuron_by_neuron": ("", ONE, {"W1": "sigmoid for sigmoid′"}),
        "convolution_1d_flipped": ("", SIGNAL, {"x": "w flipped"}),
        "line_with_the_wrong_inner_derivative": ("", POINTS, {"w": "sign flipped"}),
        "deep_with_lists": ("", DEEP, all_of("tanh′ of the layer after", *BOTH)),
        "variance_without_its_factor": ("", NORMAL, {"log_sigma": "half of it"}),
    },
}  # fmt: skip
WRT = {"convolution_1d_flipped": ["w", "x"]}
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
    return judge(*passes, wrt=WRT.get(name), **arguments), named


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


def test_a_verdict_says_where_and_on_which_line_and_shows_itself_in_a_notebook():
    verdict, _ = judged(WRONG["columns"], "columns", "slope_of_the_input", np.float64)
    first, second = verdict.findings[0], verdict.findings[1]
    lines = (twins.HERE / "columns.py").read_text(encoding="utf-8").splitlines()
    assert (first.quantity, first.where, first.follows) == ("W1", "dZ1", False)
    assert lines[first.line - 1].strip() in first.text and "(1 - Z1**2)" in first.text
    assert "It should be dZ1 = dA1 ⊙ (1 - A1²)." in first.text
    assert (second.quantity, second.follows) == ("b1", True) and "follows from dZ1" in str(verdict)
    html = verdict._repr_html_()
    assert html.startswith("<pre") and "follows from dZ1" in html and "color" in html


@pytest.mark.parametrize("number", range(16))
def test_random_right_passes_are_not_accused(number):
    made = drawn(np.random.default_rng((9, number)))
    assert accused(made, np.float32 if number % 4 == 3 else np.float64) == "", made.source(None)


@pytest.mark.parametrize("number", range(16))
def test_random_edits_are_found_wrong_and_named(number):
    rng = np.random.default_rng((9, 1, number))
    made = drawn(rng)
    edit = made.edits[int(rng.integers(len(made.edits)))]
    found, said = outcome(made, edit)
    assert found in ("named", "otherwise"), f"{edit}\n{made.source(edit)}\n{said}"
