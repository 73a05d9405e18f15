"""Examples for what was found in a file: small arrays, guessed from the names of parameters.

All sizes are different, so that what does not fit is an error and not a broadcast: 5 samples of 4 features, 3
hidden neurons, 6 outputs or one. The first guess with which the forward pass runs is a guess only: the judge
takes, of those that run, the one that makes most of it right.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.roles import role_of
from nn.judging.units import Defined, Unit

__all__ = ["SAMPLES", "Guess", "guesses", "needed"]

Guess = tuple[dict[str, Any], dict[str, Any] | None]  # arguments, and those of the constructor

SAMPLES = M = 5
SIZES, CLASSES = (4, 3, 7, 8), 6  # features and hidden neurons; outputs
MOST = 1_500  # guesses

_SETTINGS: Mapping[str, Any] = {
    "reg|lambd|lambda_|lam|l2|regularization|reg_strength|weight_decay|c|decay": 0.3,
    "keep_prob|p|dropout|drop_prob|rate_drop": 0.7,
    "stride|strides|s": 1,
    "pad|padding": 1,
    "f|filter_size|kernel_size|pool_size|k|ksize": 2,
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
    "batch_size|m|n_samples|num_samples|num_examples": M,
    "num_layers|n_layers|l": 2,
    "delta|margin": 1.0,
    "std|weight_scale|scale|init_std": 0.5,
}
_LAYER = r"_?(size|dim|nodes|units|neurons|layer\w*)"
_COUNT = "(n|num|number|no)_?(of_)?"
_SIZES: Mapping[str, int] = {
    rf"{_COUNT}(x|in|inputs?|features|in_nodes)|inputs?{_LAYER}|fan_in|in_(features|size|dim|channels)": 0,
    rf"{_COUNT}(h|hidden\w*|neurons)|hidden{_LAYER}": 1,
    rf"{_COUNT}(y|out|outputs?|classes|out_nodes)|outputs?{_LAYER}|fan_out|out_(features|size|dim)": -1,
}
_SIZES_OF_A_CLASS: Mapping[str, int] = {"inputs?|d": 0, "hidden|h|neurons|units": 1, "outputs?|classes|k": -1}


def needed(unit: Unit) -> list[str]:
    """The names of what somebody has to give: not what the forward pass returns, nor a cotangent."""
    first, *others = unit.members
    names = [name for name in first.parameters if unit.kind == "functions" or role_of(name) not in ("rate",)]
    for each in others:
        for name in each.parameters:
            role = role_of(name)
            given = (
                role in ("cache", "output", "cotangent", "rate", "epochs", "batch") or name in first.returns
            )
            alone = len(each.parameters) == 1 and not role and unit.kind != "functions"
            if name not in names and not given and not alone and not _is_taken(name, names):
                names.append(name)
    return names


def guesses(unit: Unit, values: Mapping[str, Any], text: str, order: int = 0) -> Iterator[Guess]:
    """Arguments, and those of the constructor, the likeliest first.

    Args:
        values: small arrays and numbers that the file has at its top level.
        text: of the file.
        order: a seed.
    """
    names = needed(unit)
    init = [*unit.init.parameters] if unit.init is not None and unit.kind == "class" else []
    options = {name: _texts(name, unit.members) for name in names}
    layouts = ["columns", "rows"] if _is_columns(unit, text) else ["rows", "columns"]
    rng = np.random.default_rng(order)
    if {*names, *init} <= {*values} and names:
        yield {name: values[name] for name in names}, {n: values[n] for n in init} if unit.init else None
    scenes: list[list[Sequence[Any]]] = []
    for layout, outputs in itertools.product(layouts, (1, CLASSES)):
        n = [*SIZES[: _depth([*names, *init])], outputs]
        lists: list[Sequence[Any]] = [
            [options[name]] if options[name] else _candidates(name, layout, n, text, rng) for name in names
        ]
        lists += [_candidates(name, layout, n, text, rng, True) for name in init]
        scenes.append(lists)
    for chosen in itertools.islice(_likeliest_first(scenes), MOST):
        arguments = dict(zip(names, chosen))
        started = dict(zip(init, chosen[len(names) :]))
        arguments.update({name: started[name] for name in {*names} & {*init}})
        yield arguments, started if unit.init is not None and unit.kind == "class" else None


def _is_taken(name: str, names: Sequence[str]) -> bool:
    """Whether something of this role is among the names: a backward pass's x is a forward pass's X."""
    role = role_of(name)
    return role in ("input", "target") and any(role_of(other) == role for other in names)


def _likeliest_first(scenes: Sequence[Sequence[Sequence[Any]]]) -> Iterator[tuple[Any, ...]]:
    """All combinations of choices, those of first choices, and of first scenes, first."""
    found = []
    for late, lists in enumerate(scenes):
        places = itertools.product(*(range(len(each)) for each in lists))
        found += [(sum(place) + late // 2, late, place) for place in itertools.islice(places, 20_000)]
    for _, late, place in sorted(found):
        yield tuple(each[i] for each, i in zip(scenes[late], place))


def _depth(names: Sequence[str]) -> int:
    """How many layers the numbers in names speak of."""
    numbers = [
        int(found[1])
        for name in names
        if (found := re.fullmatch(r"[A-Za-z_]+?_?(\d)", name)) and name[0] in "wWbBtT"
    ]
    low = min(numbers, default=1)
    return max(numbers) - low + 1 if numbers else 2


def _is_columns(unit: Unit, text: str) -> bool:
    """Whether the code speaks of samples in columns."""
    own = "\n".join(ast.unparse(each.node) for each in unit.members)
    w = r"(?:self\.)?[wW]"
    columns = rf"m = \w+\.shape\[1\]|dot\({w}\w*, |[wW]\d? @ |axis=1, keepdims"
    rows = rf"\w+\.shape\[0\]|dot\((?:self\.)?[xXaAhH]\w*, {w}|\.dot\({w}|@ {w}|axis=0"
    return len(re.findall(columns, own)) > len(re.findall(rows, own))


def _texts(name: str, members: Sequence[Defined]) -> str | None:
    """A text with which the code compares a parameter: ``activation == "relu"``."""
    for each in members:
        for node in ast.walk(each.node):
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == name:
                other = node.comparators[0]
                if isinstance(other, ast.Constant) and isinstance(other.value, str):
                    return other.value
    return None


def _candidates(
    name: str, layout: str, n: Sequence[int], text: str, rng: np.random.Generator, starts: bool = False
) -> list[Any]:
    """What a parameter of this name may be, the likeliest first; of a constructor, if it ``starts``."""
    for pattern, value in _SETTINGS.items():
        if re.fullmatch(pattern, name, re.IGNORECASE) and not (name == "W" or name == "C"):
            return [value] if name != "m" else [M]
    if re.fullmatch(
        r"(layers?_?(dims?|sizes?)?|sizes|dims|topology|architecture|layer_sizes|nn_architecture|structure)",
        name,
    ):
        return [[4, 3, n[-1]], [4, 3, 7, n[-1]]]
    sizes = {**_SIZES, **(_SIZES_OF_A_CLASS if starts else {})}
    for pattern, place in sizes.items():
        if re.fullmatch(pattern, name, re.IGNORECASE) and name not in ("X", "Y"):
            return [n[place] if place < len(n) else n[-1]]
    maker = _Maker(layout, n, rng)
    if re.fullmatch(r"(parameters|params|weights|theta|model|p|net|network)", name) and (
        keys := _keys(name, text)
    ):
        return maker.dicts(keys)
    return maker.arrays(name)


def _keys(name: str, text: str) -> list[str]:
    """The keys of a dict of parameters, as the code reads it."""
    found = re.findall(rf"\b(?:{name}|parameters|params)\[[\"'](\w+)[\"']\]", text)
    keys = [key for key in dict.fromkeys(found) if not key.startswith("d")]
    if re.search(rf"\b{name}\[[fF]?[\"'](W|w)(?:[\"'] ?\+|\{{)", text) or (
        not keys and re.search(rf"\b{name}\b", text) and re.search(r"[\"']W[\"'] ?\+ ?str", text)
    ):
        letter = "W" if re.search(r"[\"']W", text) else "w"
        return [f"{kind}{l}" for l in (1, 2, 3) for kind in (letter, "b")]
    return sorted(keys, key=lambda key: ((key[-1].isdigit() and key[-1]) or "0", key.lower()[0] != "w"))


class _Maker:
    """Arrays for one layout and these sizes."""

    def __init__(self, layout: str, n: Sequence[int], rng: np.random.Generator) -> None:
        self._rows, self._n, self._rng = layout == "rows", [*n], rng

    def arrays(self, name: str) -> list[Any]:
        """What an array of this name may be."""
        n, rows = self._n, self._rows
        D, out = n[0], n[-1]
        numbered = re.fullmatch(r"([A-Za-z_]+?)_?(\d)", name)
        letter = (numbered[1] if numbered else name).lower()
        if letter in ("w", "theta", "weights", "weight", "syn", "wt", "omega") and numbered:
            return self._layered(int(numbered[2]), weight=True)
        if letter in ("b", "bias", "biases") and numbered:
            return self._layered(int(numbered[2]), weight=False)
        role = role_of(name)
        if letter in ("w", "weights", "weight", "theta", "coef", "wi", "kernel", "filters"):
            pair = self._pair(D, n[1] if len(n) > 2 else out)
            return [
                self._normal(*pair),
                self._normal(D),
                self._normal(D, 1),
                self._normal(2, 3, 2, 2),
                self._normal(2, 2, 3, 2),
            ]
        if letter in ("b", "bias", "biases", "intercept"):
            k = n[1] if len(n) > 2 else out
            shapes = [(k,), (1, k)] if rows else [(k, 1), (k,)]
            return [
                *(self._normal(*each) for each in shapes),
                np.array(0.2),
                self._normal(2),
                self._normal(1),
                self._normal(1, 1, 1, 2),
            ]
        if letter in ("gamma", "beta", "g"):
            shapes = [(D,), (1, D), (D, 1)] if rows else [(D, 1), (D,), (1, D)]
            return [*(self._normal(*each) for each in shapes), self._normal(3), self._normal(1, 3, 1, 1)]
        if role == "target":
            return self._targets(out)
        if re.fullmatch(r"(prev_h|h_?prev|h0|h|a_prev0|a0|c0|prev_c|c_prev|h_next|state|hidden)", name):
            return [self._normal(*self._data(n[1]))]
        if re.fullmatch(r"W_?x|Wxh|U|W_?xh|W_?ih", name):
            return [self._normal(*self._pair(D, n[1]))]
        if re.fullmatch(r"W_?h|Whh|V|W_?hh|Waa", name):
            return [self._normal(n[1], n[1])]
        if role == "input" or letter in (
            "x",
            "a",
            "z",
            "h",
            "inputs",
            "img",
            "image",
            "data",
            "v",
            "s",
            "scores",
            "logits",
            "u",
        ):
            return [
                self._normal(*self._data(D)),
                self._normal(*((1, D) if rows else (D, 1))),
                self._normal(2, 3, 4, 4),
                self._normal(2, 4, 4, 3),
                self._normal(D),
                self._normal(D, 1),
                self._normal(2, M, D),
                0.7,
            ]
        if letter in ("mask", "dropout_mask"):
            return [(self._rng.uniform(size=self._data(D)) < 0.7) / 0.7]
        pair = self._pair(D, out)
        return [
            self._normal(*pair),
            self._normal(*self._data(D)),
            self._normal(out),
            self._normal(D),
            0.4,
            self._normal(out, 1),
        ]

    def dicts(self, keys: Sequence[str]) -> list[Any]:
        """A dict with arrays of these names."""
        depth = max((int(key[-1]) for key in keys if key[-1].isdigit()), default=1)
        own = _Maker("rows" if self._rows else "columns", [*SIZES[:depth], self._n[-1]], self._rng)
        if not any(key[-1].isdigit() for key in keys):
            own = self
        found = [own.arrays(key) for key in keys]
        variants = max(min(len(each), 2) for each in found)
        return [{key: each[min(i, len(each) - 1)] for key, each in zip(keys, found)} for i in range(variants)]

    def _layered(self, number: int, weight: bool) -> list[Any]:
        n = self._n
        l = min(number, len(n) - 1) if number else 1
        if number == 0:  # counted from 0
            l = 1
        if weight:
            return [self._normal(*self._pair(n[l - 1], n[l]))]
        shapes = [(n[l],), (1, n[l])] if self._rows else [(n[l], 1), (n[l],)]
        return [self._normal(*each) for each in shapes]

    def _targets(self, out: int) -> list[Any]:
        hot = np.eye(max(out, 2))[np.arange(M) % max(out, 2)]
        found: list[Any]
        if out == 1:
            real = self._rng.uniform(0.1, 0.9, (M, 1))
            binary = (np.arange(M) % 2).astype(float)[:, None]
            found = [binary, binary[:, 0], real, real[:, 0], self._rng.uniform(0.1, 0.9, (1, 1)), 1.0]
            return [each.T if not self._rows and np.ndim(each) == 2 else each for each in found]
        numbers = np.array([3, 0, 5, 1, 1]) % out
        return [
            hot if self._rows else hot.T,
            numbers,
            self._normal(out),
            self._rng.uniform(0.1, 0.9, (out, 1)),
            numbers.reshape(1, -1),
        ]

    def _data(self, features: int) -> tuple[int, int]:
        return (M, features) if self._rows else (features, M)

    def _pair(self, before: int, after: int) -> tuple[int, int]:
        return (before, after) if self._rows else (after, before)

    def _normal(self, *shape: int) -> Any:
        return self._rng.normal(0.0, 0.7, shape)
