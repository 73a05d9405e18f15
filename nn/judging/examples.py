"""Examples for what was found in a file: small arrays, guessed from the names of parameters.

All sizes are different, so that what does not fit is an error and not a broadcast: 5 samples of 4 features, 3
hidden neurons, 6 outputs or one. The first guess with which the forward pass runs is a guess only: the judge
takes, of those that run, the one that makes most of it right.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nn.judging.fewer_samples import MANY
from nn.judging.guessed_arrays import Scene
from nn.judging.learnt import WEIGHT
from nn.judging.loops import is_loop
from nn.judging.making import SAMPLER
from nn.judging.roles import PENALTY, is_a_context, is_mask, is_target, role_of
from nn.judging.said_in_code import (
    compared,
    function_for,
    is_asked,
    keys_read,
    parts_of,
    penalties,
    switches,
    unpacked,
)
from nn.judging.sizes_in_code import cuts, gates, is_a_size, is_an_index, is_one_label, unrolled
from nn.judging.structures import is_of_functions
from nn.judging.units import Unit, of_no_loss

__all__ = ["CLASSES", "SAMPLES", "Guess", "guesses", "named", "needed"]

Guess = tuple[int, dict[str, Any], dict[str, Any] | None]  # its level, arguments, those of the constructor

SAMPLES, SIZES, CLASSES = 5, (4, 3, 7, 8), 6  # samples; features and hidden neurons; outputs
SAMPLE = (2, 5, 4)  # an image: channels, rows, columns
MOST = 1_500  # guesses

_SETTINGS: Mapping[str, Any] = {
    PENALTY: 0.3,
    "keep_prob|p|dropout|drop_prob": 0.7,
    "stride|strides": 1,
    "pad|padding": 1,
    r"f|filter_size|kernel_size|pool_size|ksize|(pool|filter|kernel)_?[hw](eight|idth)?": 2,
    r"sparsity\w*": 0.3,
    "eps|epsilon": 1e-5,
    "momentum|beta1|rho": 0.9,
    "beta2": 0.99,
    "mode": "train",
    "seed|random_state": 0,
    "training|train|is_train|is_training": True,
    "conv_param": {"stride": 1, "pad": 1},
    "pool_param": {"pool_height": 2, "pool_width": 2, "stride": 2},
    "hparameters|hparams": {"stride": 1, "pad": 1, "f": 2},
    "bn_param|ln_param|gn_param": {"mode": "train"},
    "dropout_param": {"mode": "train", "p": 0.7, "seed": 1},
    "learning_rate|lr|eta|alpha|step_size|learningrate": 0.1,
    "num_iterations|epochs|iterations|n_iter|num_epochs|n_epochs|max_iter|n_iters": 1,
    "batch_size": SAMPLES,
    "num_layers|n_layers": 2,
    r"\w+(_idx|Idx|_index|Index)": 1,
    "input_shape|in_shape": (3, 4),
    r"depth|(n|num)_(filters|kernels)": 3,
    "output_shape|out_shape|target_shape": (12,),
    "G|groups|num_groups|n_groups": 2,
    "delta|margin": 1.0,
    "std|weight_scale|scale|init_std": 0.5,
}
_STRUCTURES = (
    r"layers?_?(dims?|sizes?)?|sizes|dims|topology|architecture|layer_sizes|nn_architecture|structure"
)
_LAYER = r"_?(size|dim|len|nodes|units|neurons|layer\w*)"
_COUNT = "(n|num|number|no)_?(of_)?"
_SIZES: Mapping[str, int] = {
    rf"{_COUNT}(x|in|inputs?|features|in_nodes)|(inputs?|visible){_LAYER}|fan_in"
    r"|in_(features|size|dim|channels)": 0,
    rf"{_COUNT}(h|hidden\w*|neurons|units)|hidden{_LAYER}|(n|nn)?_?h_?dim": 1,
    r"vocab\w*|\w*vocab_(size|len)": 0,
    rf"{_COUNT}(y|out|outputs?|classes|labels|out_nodes)|outputs?{_LAYER}"
    r"|fan_out|out_(features|size|dim)": -1,
}
_SIZES_OF_A_CLASS: Mapping[str, int] = {
    r"inputs?|d|d_?model|dim|features|channels|n_?embd?|emb\w*_?(dim|size)": 0,
    r"hidden|h|neurons|units|d_?[kqv]|d_?head|head_?(dim|size)|d_?ff": 1,
    "outputs?|classes|k|nodes": -1,
}


def needed(unit: Unit) -> list[str]:
    """The names of what somebody has to give: not what the forward pass returns, nor a cotangent."""
    first, *others = unit.members
    if unit.kind == "slope":
        return [*first.parameters]
    if unit.kind == "class" and any(role_of(p) == "input" for each in others for p in each.parameters):
        first = replace(first, parameters=tuple(p for p in first.parameters if role_of(p) == "input"))
    own = [name for name in first.parameters if unit.kind != "class" or not is_a_context(name)]
    names = [name for name in own if unit.kind == "functions" or role_of(name) != "rate"]
    returned = {name.lower() for name in (*first.returns, *_output_of(unit))}
    for each in (first, *others):
        code = ast.unparse(each.node)
        names += [
            name
            for name, default in each.optional.items()
            if name not in names and (_is_wanted(name, default) or _is_a_large_size(name, default, code))
        ]
    names += [name for name in unmade(unit) if name not in names]
    for each in others:
        for name in each.parameters:
            role = role_of(name)
            by_role = ("cache", "output", "cotangent", "rate", "epochs")
            given = (
                role in by_role or (role == "batch" and unit.kind != "functions") or name.lower() in returned
            )
            alone = len(each.parameters) == 1 and not role and unit.kind != "functions"
            if name not in names and not given and not alone and not _is_taken(name, names):
                names.append(name)
    return names


def unmade(unit: Unit) -> list[str]:
    """The weights that a class makes where it is trained, and that are None until then."""
    start = unit.init.methods.get("__init__") if unit.init is not None and unit.kind == "class" else None
    empty = [
        target.attr
        for node in ast.walk(start.node if start is not None else ast.Pass())
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is None
        for target in node.targets
        if isinstance(target, ast.Attribute) and WEIGHT.fullmatch(target.attr.lower())
    ]
    read = {n.attr for each in unit.members for n in ast.walk(each.node) if isinstance(n, ast.Attribute)}
    return [name for name in empty if name in read]


def _output_of(unit: Unit) -> list[str]:
    """What the loss of a family calls the output of the forward pass: its parameter that nobody gives."""
    if unit.kind != "functions" or len(unit.members) != 3:
        return []
    first, cost, _ = unit.members
    others = [name for name in cost.parameters if role_of(name) != "target"]
    left = [name for name in others if name not in (*first.parameters, *first.optional)]
    return left if len(left) == 1 and len(others) < len(cost.parameters) else []


def _valued(name: str, values: Mapping[str, Any], text: str) -> Any:
    """What the file calls so, or the only thing in it that is for the same: x_train for input_data, the first
    of which x is where it says ``for x, y in zip(x_train, y_train)``."""
    if name in values:
        return values[name]
    for names, of in re.findall(r"\bfor ([\w, ]+) in zip\(([\w., ]+)\)", text):
        pairs = dict(zip(names.split(", "), of.split(", ")))
        if np.ndim(values.get(pairs.get(name, ""), 0.0)):
            return values[pairs[name]][0]
    role = role_of(name)
    same = [each for other, each in values.items() if role in ("input", "target") and role_of(other) == role]
    if len(same) != 1:
        return None
    is_each = re.search(rf"\bfor [\w, ()]*\b{re.escape(name)}\b[\w, ()]* in (?!range)", text)
    return same[0][0] if is_each and isinstance(same[0], np.ndarray) and same[0].ndim else same[0]


def _is_wanted(name: str, default: Any) -> bool:
    """Whether much would not be seen without an argument that may be left out: targets, penalties."""
    if role_of(name) == "target":
        return default is None
    return bool(re.fullmatch(PENALTY, name)) and default in (0, 0.0)


def _is_a_large_size(name: str, default: Any, own: str) -> bool:
    """Whether it says how long arrays are, longer than ours: 27 letters, 784 pixels."""
    return type(default) is int and default > max(SIZES) and is_a_size(name, own)


def guesses(unit: Unit, values: Mapping[str, Any], text: str) -> Iterator[Guess]:
    """Arguments, and those of the constructor, the likeliest first, those that hide mistakes last.

    One output, one sample, a vector where there might be a matrix, and a number where there might be a vector
    make sums and shapes right by chance: each of them is a level, and what runs at a lower one goes before.

    Args:
        values: small arrays and numbers that the file has at its top level.
        text: of the file.
    """
    names = needed(unit)
    is_class = unit.init is not None and unit.kind == "class"
    init = [*unit.init.parameters, *penalties(unit)] if unit.init is not None and is_class else []
    own = {n: _valued(n, values, text) for n in (*names, *init)}
    if names and all(each is not None for each in own.values()):
        shown = {n: own[n] for n in names}
        if all(np.ndim(each) > 2 for each in shown.values()):  # a sample is a matrix: one, for one step
            one = _fullest(shown.values())
            first = {n: each[one : one + 1] for n, each in shown.items()}
            yield 0, first, {n: own[n] for n in init} if is_class else None
        yield 0, shown, {n: own[n] for n in init} if is_class else None
    if (pair := _one_sample(names, text)) and all(map(_is_data, init)):
        of_role = {role_of(name): np.array([each]) for name, each in pair.items()}
        yield 0, pair, {name: of_role[role_of(name)] for name in init} if is_class else None
    said = {name: compared(name, unit.members) for name in names}
    none = of_no_loss(unit)
    own_text = "\n".join(ast.unparse(each.node) for each in unit.members)
    start_text = ast.unparse(unit.init.node) if unit.init is not None else ""
    if not is_class and (line := _on_a_line(names, own_text)):
        yield 0, line, None
    if is_of_functions(unit.names[0]) and (line := _on_a_line([*names, *init], text)):
        yield 0, {n: line[n] for n in names}, {n: line[n] for n in init}
    layouts = ("columns", "rows") if _is_columns(unit) else ("rows", "columns")
    images = bool(re.search(r"conv|pool", " ".join([*unit.names, *names]).lower()))
    pooled = images and bool(re.search("pool", own_text)) and not re.search("filter|conv", own_text)
    hidden = next(pattern for pattern, place in _SIZES.items() if place == 1)
    deep = is_class or any(re.fullmatch(hidden, name) for name in names)
    depth = _depth([*names, *init]) or (2 if deep else 1)
    has_targets = any(role_of(name) == "target" for name in names)
    steps = bool(re.search(r"range\(len\(|reversed\(range|enumerate\(", own_text))
    side_by_side = gates(own_text)
    normed = not re.search(r" @ |\bdot\b|matmul|einsum", own_text)  # without products weights are scales
    whole = [unit.init.node] if unit.init is not None else [each.node for each in unit.members]
    vectors = {n: [shape for each in whole for shape in cuts(n, each)] for n in names if not _is_data(n)}
    indices = {n for n in names if _is_data(n) and any(is_an_index(n, each) for each in whole)}
    if any(is_an_index(p, each.node) for each in unit.called for p in each.parameters if is_target(p)):
        indices |= {n for n in names if role_of(n) == "target"}
    single = {n for n in names if role_of(n) == "target" and any(is_one_label(n, each) for each in whole)}
    scenes: list[tuple[int, list[Sequence[Any]]]] = []
    classes = _own_classes(values) if is_loop(unit.names[0]) else CLASSES
    for samples, outputs, layout in itertools.product((SAMPLES, 1), (classes, 1), layouts):
        sizes = (*SIZES[:depth], outputs)
        rows = layout == "rows"
        scene = Scene(sizes, samples, rows, images, has_targets, steps, side_by_side, pooled, normed)
        choices: list[Sequence[Any]] = []
        for name in names:
            if name in none:
                choices.append([0.0])
            elif said[name] or name in single:
                choices.append([said[name] or 1])
            elif single and role_of(name) == "input":
                choices.append(_of_one_sample(name, scene, text, own_text))
            else:
                labels = scene.labels if name in indices else ()
                choices.append([*labels, *_candidates(name, scene, text, own_text)])
        choices += [_candidates(name, scene, text, start_text, starts=True) for name in init]
        scenes.append((2 * (samples == 1) + (outputs == 1), choices))
    for level, chosen in itertools.islice(_likeliest_first([*names, *init], scenes), MOST):
        arguments = _with_long_vectors(dict(zip(names, chosen)), vectors)
        started = dict(zip(init, chosen[len(names) :]))
        arguments.update({name: started[name] for name in {*names} & {*init}})
        yield level, arguments, started if is_class else None


def _of_one_sample(name: str, scene: Scene, text: str, own: str) -> list[Any]:
    """What an input may be where there is one label: a vector, if the code does not take it part by part."""
    choices = _candidates(name, scene, text, own)
    by_parts = re.search(rf"\b{name}\[|\bin {name}\b|\b(len|zip|enumerate)\([^)]*\b{name}\b|\[{name}\]", own)
    return choices if by_parts else [each for each in choices if np.ndim(each) == 1] or choices


def _is_data(name: str) -> bool:
    return role_of(name) in ("input", "target")


def _fullest(data: Iterable[Any]) -> int:
    """The sample that has the fewest zeros: of an input that is 0 no weight's gradient says anything."""
    counts = [np.count_nonzero(np.reshape(each, (len(each), -1)), axis=1) for each in data]
    return int(np.argmax(sum(counts))) if len({*map(len, counts)}) == 1 else 0


def _own_classes(values: Mapping[str, Any]) -> int:
    """How many outputs a file says that its own weights have, if it says so."""
    of_outputs = next(pattern for pattern, place in _SIZES.items() if place == -1)
    said = [n for name, n in values.items() if re.fullmatch(of_outputs, name) and type(n) is int]
    return said[0] if said and 1 < said[0] <= MANY else CLASSES


def _with_long_vectors(arguments: dict[str, Any], vectors: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with a vector where the code cuts several matrices out of one, as long as these are."""
    rng = np.random.default_rng(2)
    lengths = {name: unrolled(shapes, arguments) for name, shapes in vectors.items()}
    return arguments | {n: rng.normal(0.0, 0.7, (length,)) for n, length in lengths.items() if length}


def _on_a_line(names: Sequence[str], text: str) -> dict[str, Any]:
    """Numbers for weights and vectors for data, where the code takes a weight times one number, ``w * x[i]``;
    nothing elsewhere."""
    data = [*filter(_is_data, names)]
    weights = [name for name in names if name not in data]
    x = "|".join(re.escape(name) for name in data if role_of(name) == "input")
    known = {pattern for patterns in _SETTINGS for pattern in patterns.split("|")}
    if not x or len(data) < 2 or not 1 <= len(weights) <= 3 or known & {*weights}:
        return {}
    w = "|".join(map(re.escape, weights))
    if not re.search(rf"\b({w}) \* ({x})\[\w+\]|\b({x})\[\w+\] \* ({w})\b", text):
        return {}
    rng = np.random.default_rng(4)
    return {name: rng.normal(0.0, 0.7, (SAMPLES,)) for name in data} | {
        name: np.array(rng.normal(0.0, 0.7)) for name in weights
    }


def _one_sample(names: Sequence[str], text: str) -> dict[str, Any]:
    """A vector and a number, where the code takes pairs one by one, and places of the input by their numbers,
    ``for x, t in zip(data, targets): … w1 * x[0] + w2 * x[1]``; nothing elsewhere."""
    x, y = (next((n for n in names if role_of(n) == role), "") for role in ("input", "target"))
    places = [int(k) for k in re.findall(rf"\b{re.escape(x)}\[(\d)\]", text)] if x and y else []
    pairs = (x, y) in re.findall(r"\bfor (\w+), (\w+) in zip\(", text)
    if {*names} != {x, y} or not pairs or len({*places}) < 2:
        return {}
    rng = np.random.default_rng(6)
    return {x: rng.normal(0.0, 0.7, (max(places) + 1,)), y: 1.0}


def named(name: str, unit: Unit, text: str) -> Any:
    """What a global name may be that a file reads and does not define."""
    if re.fullmatch(r"[mnNM]|batch_size|(n|num)_(samples|examples|train)", name):
        return SAMPLES
    if is_a_size(name, text):
        return SIZES[1 if name.lower().startswith("h") else 0]
    scene = Scene((*SIZES[:2], SIZES[0]), SAMPLES, not _is_columns(unit), False, False)
    own = "\n".join(ast.unparse(each.node) for each in unit.members)
    return _candidates(name, scene, text, own)[0]


def _is_taken(name: str, names: Sequence[str]) -> bool:
    """Whether something of this role is among the names: a backward pass's x is a forward pass's X."""
    role = role_of(name)
    return role in ("input", "target") and any(role_of(other) == role for other in names)


def _likeliest_first(
    names: Sequence[str], scenes: Sequence[tuple[int, Sequence[Sequence[Any]]]]
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """All combinations of choices with their levels: the lowest first, then those of first choices."""
    found = []
    for number, (level, lists) in enumerate(scenes):
        levels = [[_level(name, each, level) for each in choices] for name, choices in zip(names, lists)]
        places = itertools.product(*(range(len(each)) for each in lists))
        for place in itertools.islice(places, 5_000):
            found.append((level + sum(each[i] for each, i in zip(levels, place)), sum(place), number, place))
    for level, _, number, place in sorted(found):
        yield level, tuple(each[i] for each, i in zip(scenes[number][1], place))


def _level(name: str, value: Any, of_scene: int = 0) -> int:
    """How much a choice hides by itself, where the scene hides so much already."""
    single = isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == 1
    if of_scene < 2 and single and len(value) != SAMPLES and role_of(name) == "input":
        return 2  # one sample, as in a column
    is_data = _is_data(name) or name in ("w", "W", "z", "Z", "A", "a")
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name not in ("gamma", "beta"):
        return 1 if value.ndim == 0 or (value.ndim == 1 and is_data) else 0
    return 2 if isinstance(value, (int, float)) and is_data else 0


def _depth(names: Sequence[str]) -> int:
    """How many layers the numbers in names speak of; 0 if there are none."""
    found = [re.fullmatch(r"[wWbBtT][A-Za-z_]*?_?(\d)", name) for name in names]
    numbers = [int(each[1]) for each in found if each]
    return max(numbers) - min(1, *numbers) + 1 if numbers else 0


def _is_columns(unit: Unit) -> bool:
    """Whether the code speaks of samples in columns."""
    own = "\n".join(ast.unparse(each.node) for each in unit.members)
    w = r"(?:self\.)?[wW]"
    columns = rf"m = \w+\.shape\[1\]|dot\({w}\w*, |\b{w}\w* @ |{w}\w*\.T @ |axis=1, keepdims"
    rows = rf"\w+\.shape\[0\]|dot\((?:self\.)?[xXaAhH]\w*, {w}|(?<!np)(?<!numpy)\.dot\({w}|@ {w}|axis=0"
    return len(re.findall(columns, own)) > len(re.findall(rows, own))


def _candidates(name: str, scene: Scene, text: str, own: str, starts: bool = False) -> list[Any]:
    """What a parameter of this name may be, the likeliest first; of a constructor, if it ``starts``.

    Args:
        text: of the file.
        own: of the functions.
    """
    n = scene.sizes
    if is_asked(name, text):
        return [f"{SAMPLER}{name}"]
    if name == "p" and not re.search(r"drop|mask|rand|binomial|keep|\bp\[['\"]", own):
        return scene.arrays("probs")
    if re.fullmatch("size|k|ks|pool|window|win", name) and scene.pooled:
        return [2]
    is_model = re.fullmatch(r"parameters|params|weights|theta|model|p|net|network", name)
    if is_model and (keys := keys_read(name, own)):
        return scene.dicts(keys)
    if re.search(rf"\* {name}\b|\b{name} \*", own) and name in ("eps", "epsilon"):
        return scene.arrays("noise")
    if re.fullmatch("(input|in)_shape", name) and parts_of(name, own) == 3:
        return [SAMPLE]
    for pattern, value in _SETTINGS.items():
        if re.fullmatch(pattern, name):
            return [value]
    found = function_for(name, text)
    if found and (starts or re.search("_(func|fn|function)$", name)):
        return [found]
    if re.fullmatch(r"m|(n|num)_(samples|examples|train)", name):
        return [scene.samples]
    if re.fullmatch(_STRUCTURES, name):
        return [[n[0], 3, n[-1]]]
    for pattern, place in {**_SIZES, **(_SIZES_OF_A_CLASS if starts else {})}.items():
        if re.fullmatch(pattern, name, re.IGNORECASE) and name not in ("X", "Y"):
            return [n[place] if place < len(n) else n[-1]]
    if starts and is_a_size(name, own):
        return [n[0], n[1] if len(n) > 2 else 3]
    if not starts and (parts := unpacked(name, own)):
        return scene.lists(parts)
    if is_model and (keys := keys_read(name, text)):
        return scene.dicts(keys)
    if is_mask(name) or (name in ("R", "M") and switches(name, own)):
        return scene.arrays("mask" if len(name) == 1 else name)
    arrays = scene.arrays(name)
    if name == "b" and scene.steps and re.search(r"\bprev_h\b|\bh0\b", own):  # of the state
        arrays.append(np.random.default_rng(7).normal(0.0, 0.7, (3 * scene.gates,)))
    if name in ("beta", "temperature", "tau") and "gamma" not in own:
        arrays.append(np.array(1.3))
    if role_of(name) == "input" and f"{name}[:-1]" in text and f"{name}[-1]" in text:  # with its label
        return scene.with_label + arrays
    if axes := parts_of(f"{name}.shape", own):  # n, t, d = x.shape
        arrays = [each for each in arrays if np.ndim(each) == axes] or arrays
    element = rf"\b{re.escape(name)}\[\w+\]"  # of a vector, where a loop takes it number by number
    if not _is_data(name) and re.search(rf"{element} \* \w+\[\w+\]|\w+\[\w+\] \* {element}", own):
        return [each for each in arrays if np.ndim(each) == 1] or arrays
    return arrays
