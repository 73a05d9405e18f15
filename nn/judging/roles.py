"""What people call things: which name is a cache, a cotangent, an output, a loss, a step that learns.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import cache

__all__ = [
    "BACKWARD",
    "FORWARD",
    "LOSS",
    "PENALTY",
    "STEP",
    "is_a_context",
    "is_a_loss",
    "is_data",
    "is_mask",
    "is_target",
    "last_output",
    "method_named",
    "role_of",
    "slope_of",
    "stem",
]

_INPUTS = {
    "design",
    "design_matrix",
    "phi",
    "x",
    "xb",
    "inp",
    "input",
    "inputs",
    "data",
    "dataset",
    "features",
    "xs",
    "x_train",
    "xtrain",
    "images",
}
_TARGETS = {
    "y",
    "yb",
    "targ",
    "t",
    "target",
    "targets",
    "label",
    "labels",
    "ys",
    "y_train",
    "ytrain",
    "y_true",
}
_MASK = (
    r"(\w+_)?masks?|(is|has|was|not)_\w+"
    r"|seen|observed|known|valid|rated|watched|visible|active|present|dones?"
)

# The names of methods and functions, as whole words between underscores, the likeliest first.
FORWARD = (
    "forward",
    "feedforward",
    "feed_forward",
    "forward_pass",
    "forward_propagation",
    "forward_prop",
    "forward_propagate",
    "fwd",
    "think",
    "query",
    "predict_proba",
    "decision_function",
    "activate",
    "compute",
    "evaluate",
    "run",
    "predict",
    "__call__",
)
BACKWARD = (
    "backward",
    "backprop",
    "back_prop",
    "backpropagation",
    "back_propagation",
    "back_propogation",
    "backpropagate",
    "back_propagate",
    "backward_pass",
    "backward_propagation",
    "backward_prop",
    "bwd",
    "cost_function_prime",
    "loss_function_prime",
    "gradients",
    "gradient",
    "compute_gradients",
    "compute_gradient",
    "calculate_gradients",
    "grads",
    "grad",
)
LOSS = (
    "loss",
    "cost",
    "compute_cost",
    "compute_loss",
    "calculate_loss",
    "calculate_cost",
    "cost_function",
    "loss_function",
    "loss_fn",
    "calc_loss",
    "get_loss",
    "cross_entropy",
    "cross_entropy_loss",
    "binary_cross_entropy",
    "mse",
    "mse_loss",
    "mean_squared_error",
    "objective",
)
STEP = (
    "train_step",
    "training_step",
    "train_on_batch",
    "update_mini_batch",
    "train",
    "fit",
    "partial_fit",
    "learn",
    "update",
    "update_weights",
    "update_parameters",
    "update_params",
    "step",
    "sgd_step",
    "gradient_descent",
    "optimize",
)

# What a penalty is multiplied by.
PENALTY = (
    r"reg(ulari\w+)?|reg_\w+|\w+_reg|(\w+_)?lambda?_?|lambda_\w+|lmb?da|lam|l2(_\w+)?|weight_decay|decay"
)

_ROLES = (
    ("cache", r"_?(\w*_)?(cache|caches|memory|saved|context|ctx|intermediates?|activations|store|tape|meta)"),
    ("rate", r"(\w*_)?(lr|learning_?rate|eta|alpha|step_?size|rate|lrate)"),
    (
        "epochs",
        r"((num|n|no|max|number)_(of_)?)?(training_)?(epochs?|iterations?|iters?|n_?iter|steps|rounds|num_iter|passes)",
    ),
    ("batch", r"(mini_?)?batch_?size|bs"),
    ("quiet", r"verbose|print_\w+|show_\w*|plot\w*|debug|log_\w+|monitor\w*"),
    (
        "target",
        r"y|yb|t|Y|T|targ|targets?|targets?_list|labels?|(all_)?y_?trues?|[yY]_?batch|y_?train|Y_?train|ys|expected|actual|one_hot_?[yY]|desired\w*"
        r"|(train(ing)?|set|batch|sample|example|data)_(\w+_)?(outputs?|labels?|targets?|y|Y)|\w+_(labels?|targets?)|answers?|goals?|goal_\w+",
    ),
    (
        "output",
        r"(AL|a_?l|out|outs|outputs?|y_?hat|Y_?hat|y_?pred(icted)?|Y_?pred|preds?|predictions?|probs?|scores|logits|a_?out|o|yh|predicted|A_?out|x_?hat|x_?rec\w*|recon(struct\w*)?|decoded)",
    ),
    (
        "cotangent",
        r"(dout|d_?out(put)?s?|grad_?out(put)?s?|upstream\w*|delta\w*|g|grad|dvalues|output_(error|gradient|grad)"
        r"|error|dL|dloss|d[A-Za-z]\d?|d[A-Za-z]+_?(next|curr|prev|l|out)|dnext_\w+|d_?next\w*|dscores|dlogits"
        r"|accum_grad|prev_grad|top_diff|dy|dh\w*|d_?L_?d_?\w+|eta_next|residual|dprev\w*|douts?|grads_?out)",
    ),
    (
        "input",
        r"[xX]|[xX]s|xb|[xX]_(b|bias|aug)|row|inp|inputs?|inputs?_list|input_data|[xX]_in|in_data|data|features|images|[xX]_?train|A0|a0|A_?prev|[xX]_?batch"
        r"|(train(ing)?|set|batch|sample|example)_(\w+_)?(inputs?|features|data|x|X|examples|samples|images)",
    ),
)

# In a name that has a word such as loss in it, what makes it another thing.
_OTHERWISE = (
    r"deriv|prime|check|history|accuracy|plot|print|_delta|delta_|slope|save|load|numeric|descent|clip"
    r"|wrapper|callback"
)


def is_data(name: str) -> bool:
    """Whether an argument of this name is data, by which nobody needs a gradient to learn.

    >>> is_data("X"), is_data("x_real"), is_data("Xw")
    (True, True, False)
    """
    return name.lower() in _INPUTS or name.lower().startswith("x_") or is_target(name)


def is_target(name: str) -> bool:
    """Whether an argument of this name is a target or a mask."""
    return name.lower() in _TARGETS or is_mask(name)


def is_mask(name: str) -> bool:
    """Whether an argument of this name says yes or no of each number, or sample.

    >>> is_mask("seen"), is_mask("dropout_mask"), is_mask("masked_loss"), is_mask("W")
    (True, True, False, False)
    """
    return bool(re.fullmatch(_MASK, name.lower()))


def is_a_context(name: str) -> bool:
    """Whether a parameter is the place where a forward pass keeps what its backward pass takes."""
    return name in ("ctx", "context")


def is_a_loss(parameters: Sequence[str]) -> bool:
    """Whether something that takes these is a loss: predictions and targets.

    >>> is_a_loss(["y", "p"]), is_a_loss(["y_true", "y"]), is_a_loss(["X", "W"])
    (True, False, False)
    """
    return len(parameters) == 2 and sum(role_of(name) == "target" for name in parameters) == 1


@cache
def role_of(name: str) -> str:
    """What a parameter of this name is for, ``""`` if the name does not say.

    >>> role_of("caches"), role_of("learning_rate"), role_of("AL"), role_of("dA"), role_of("W1")
    ('cache', 'rate', 'output', 'cotangent', '')
    """
    for role, pattern in _ROLES:
        if re.fullmatch(pattern, name) or re.fullmatch(pattern, name.lower()):
            return role
    return ""


def last_output(names: Sequence[str]) -> int:
    """Which of the things that a forward pass returns is its output: the first, but for a list of what it
    computed one after the other, Z1, A1, Z2, A2.

    >>> last_output(["Z1", "A1", "Z2", "A2"]), last_output(["AL", "caches"]), last_output(["A2", "cache"])
    (3, 0, 0)
    """
    for i, name in enumerate(names):
        if role_of(name) == "output":
            return i
    numbered = [
        (int(found[1]), i) for i, name in enumerate(names) if (found := re.fullmatch(r"[aA]_?(\d+)", name))
    ]
    if numbered:
        return max(numbered)[1]
    return 0


def method_named(kinds: Sequence[str], names: Iterable[str]) -> str:
    """The likeliest of the names for one of these kinds, ``""`` if there is none.

    >>> method_named(FORWARD, ["_forward", "train", "predict"]), method_named(LOSS, ["costFunction"])
    ('_forward', 'costFunction')
    """
    known = [*names]
    for kind in kinds:
        for name in known:
            if name == kind or kind.strip("_") in (name.strip("_").lower(), _in_words(name)):
                return name
    for kind in kinds[:10]:
        for name in known:
            if re.search(rf"(^|_){kind}(_|$)", _in_words(name)) and not re.search(_OTHERWISE, name.lower()):
                return name
    return ""


def _in_words(name: str) -> str:
    """``computeGradients`` as ``compute_gradients``."""
    return _apart(name.strip("_")).lower()


def _apart(name: str) -> str:
    """``computeGradients`` as ``compute_Gradients``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)


def slope_of(name: str) -> str:
    """The function whose derivative something of this name is, ``""`` if it is none.

    >>> slope_of("sigmoid_prime"), slope_of("d_relu"), slope_of("tanhDerivative"), slope_of("dropout")
    ('sigmoid', 'relu', 'tanh', '')
    >>> slope_of("sigmoidGradient"), slope_of("relu_slope")
    ('sigmoid', 'relu')
    """
    words = "prime|deriv|derivative|grad|gradient|slope|Prime|Deriv|Derivative|Grad|Gradient|Slope"
    after = re.fullmatch(rf"(\w+?)_?({words})", name)
    before = re.fullmatch(r"(?:d_|grad_|deriv_|derivative_(?:of_)?)(\w+)", name)
    return (after or before or ["", ""])[1]


def stem(name: str, kinds: Sequence[str]) -> str | None:
    """What is left of a name without the word for what it does; None if no such word is in it.

    >>> stem("affine_forward", FORWARD), stem("L_model_backward", BACKWARD), stem("relu", FORWARD)
    ('affine', 'L_model', None)
    >>> stem("costFunctionReg", LOSS), stem("gradientReg", BACKWARD)
    ('Reg', 'Reg')
    """
    if re.search(_OTHERWISE, name.lower()):
        return None
    for kind, words in itertools.product(sorted(kinds, key=len, reverse=True), (name, _apart(name))):
        found = re.search(rf"(^|_){re.escape(kind)}(_|$|\d*$)", words, re.IGNORECASE)
        if found:
            before, after = words[: found.start()], words[found.end() :]
            return f"{before}{'_' if found[1] and found[2] else ''}{after}".strip("_")
    return None
