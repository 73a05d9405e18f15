"""Which of the returned arrays is the gradient by which argument, by names, order and shapes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nn.judging.roles import is_data, is_target

__all__ = ["assignments", "expected", "is_spelled", "not_learnt", "parts"]

_MARKS = ("d", "d_", "grad_", "grad", "g_", "∂")
_NOISE = r"z|noise|eps(ilon)?|latent"
_STATE = r"h|[ahc]_?(0|prev)|prev_?[ahc]"  # to begin with
_RATINGS = r"R|ratings?(_matrix)?"  # that a product of two matrices is to be
_WEIGHTS = re.compile(r"[WwUV](\d|_|$)|weight|theta|beta|gamma|kernel|filter")
_MOST = 5  # arrays of which all orders are tried


def expected(floats: Sequence[str], layer: bool, held: Collection[str] = ()) -> list[str]:
    """By which of the float arrays gradients are expected: in a layer by its inputs, too; not by what
    predictions are ``held`` to.
    An x that comes first, beside no weights and no targets, is what is looked for.

    >>> expected(["W", "X", "y"], layer=False), expected(["W", "X", "R"], layer=False, held=["R"])
    (['W'], ['W'])
    >>> expected(["x", "A", "b"], layer=False), expected(["x", "W", "b"], layer=False)
    (['x'], ['W', 'b'])
    """
    others = [name for name in floats if not is_target(name) and name not in held]
    parameters = others if layer else [name for name in others if not is_data(name)]
    if not layer and others[:1] == ["x"] and not any(map(is_target, floats)):
        parameters = parameters if any(map(_WEIGHTS.match, parameters)) else ["x"]
    return parameters or others or [*floats]


def not_learnt(wanted: Sequence[str], returned: Iterable[str], of: str = "") -> set[str]:
    """What may be left out: noise, the state of a recurrent network to begin with, all layers of another
    network, as of one that is held fixed, and ratings of which two factors are learnt.

    Args:
        of: what the functions are called; where it begins as a network does, few layers are one, too.

    >>> names = [f"{kind}{network}{l}" for network in "gd" for l in (1, 2) for kind in "Wb"]
    >>> sorted(not_learnt([*names, "z"], names[:4]))
    ['Wd1', 'Wd2', 'bd1', 'bd2', 'z']
    >>> not_learnt(["P", "Q", "R"], ["P", "Q"]), not_learnt(["P", "Q", "R"], ["P"])
    ({'R'}, set())
    >>> sorted(not_learnt(["Wg1", "Wg2", "Wd1", "Wd2"], ["Wg1", "Wg2"], of="generator_grad"))
    ['Wd1', 'Wd2']
    """
    networks: dict[str, list[str]] = {}
    for name in wanted:
        if found := re.fullmatch(r"[A-Za-z]([A-Za-z_]+)\d", name):
            networks.setdefault(found[1], []).append(name)
    given = {*returned}
    called = any(given >= {*names} and re.search(rf"\b{mark}", of) for mark, names in networks.items())
    layers = [names for names in networks.values() if len(names) >= (2 if called else 4)]
    left_out = [names for names in layers if not given & {*names}]
    whole = any({*names} <= given for names in layers)
    ratings = {name for name in wanted if re.fullmatch(_RATINGS, name)}
    ratings = ratings if len(ratings) == 1 and {*wanted} - given == ratings and len(given) >= 2 else set()
    return (
        ratings
        | {name for names in left_out if whole for name in names}
        | {name for name in wanted if re.fullmatch(f"{_NOISE}|{_STATE}", name)}
    )


def parts(returned: Any, numbers: bool = False) -> dict[Any, Any]:
    """The arrays that were returned, by their keys or places; what is None was not. A list of numbers is one
    array, but where the quantities are ``numbers`` themselves. Where at most one array stands
    beside one dict, as in ``return dx, grads``, the gradients are that and what is in the dict."""
    several = isinstance(returned, (tuple, list))
    dicts = [each for each in returned if _is_by_names(each)] if several else []
    arrays = {i: each for i, each in enumerate(returned) if isinstance(each, np.ndarray)} if dicts else {}
    if len(dicts) == 1 and len(arrays) <= 1:
        return {**arrays, **parts(dicts[0])}
    listed = isinstance(returned, list) and (
        numbers or any(isinstance(each, np.ndarray) for each in returned)
    )
    if isinstance(returned, Mapping):
        found = dict(returned)
    elif listed or isinstance(returned, tuple) or (isinstance(returned, list) and not returned):
        found = dict(enumerate(returned))
    else:
        found = {0: returned}
    return {key: each for key, each in found.items() if each is not None}


def _is_by_names(thing: Any) -> bool:
    """Whether it is a dict of arrays or numbers by names."""
    return isinstance(thing, Mapping) and any(isinstance(key, str) for key in thing)


def assignments(
    found: Mapping[Any, Any],
    wanted: Sequence[str],
    floats: Sequence[str],
    shapes: Mapping[str, tuple[int, ...]],
) -> Iterator[dict[str, Any]]:
    """Keys by quantities, the likeliest first; several only where order alone does not say which it is."""
    if any(isinstance(key, str) for key in found):
        named = _by_name(found, floats)
        places = [key for key in found if not isinstance(key, str)]
        left = [n for n in wanted if n not in named and all(np.shape(found[k]) == shapes[n] for k in places)]
        yield {**named, **(dict(zip(left, places)) if len(left) == len(places) == 1 else {})}
        return
    keys = [*found]
    names = [*floats] if len(keys) == len(floats) != len(wanted) else [*wanted]
    first = _in_order(found, keys, names, shapes)
    yield first
    if 1 < len(keys) <= _MOST:
        for order in itertools.permutations(keys):
            for chosen in itertools.combinations(names, min(len(keys), len(names))):
                other = dict(zip(chosen, order))
                if other != first and all(
                    np.shape(found[key]) == shapes[name] for name, key in other.items()
                ):
                    yield other


def _by_name(found: Mapping[Any, Any], floats: Sequence[str]) -> dict[str, Any]:
    """``W1`` is the quantity of ``W1``, ``dW1``, ``grad_W1``, ``W1_grad``; else in any case; else of
    ``dprev_W1``."""
    chosen: dict[str, Any] = {}
    for fits in (is_spelled, lambda key, name: is_spelled(key.lower(), name.lower()), _ends_with):
        for name in floats:
            for key in found:
                if fits(str(key), name) and key not in chosen.values():
                    chosen.setdefault(name, key)
    return chosen


def is_spelled(key: str, name: str) -> bool:
    """Whether a key is that of the gradient by something of this name.

    >>> [is_spelled(key, "W1") for key in ("dW1", "W1_grad", "grad_W1", "W1", "dW2")]
    [True, True, True, True, False]
    """
    after = ("_grad", "_gradient", "_g")
    return key in {name, *(f"{name}{mark}" for mark in after), *(f"{mark}{name}" for mark in _MARKS)}


def _ends_with(key: str, name: str) -> bool:
    return key.startswith(_MARKS) and key.endswith(f"_{name}")


def _in_order(
    found: Mapping[Any, Any], keys: Sequence[Any], names: Sequence[str], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Any]:
    """One after the other; where there are fewer than quantities, those whose shapes fit."""
    if len(keys) >= len(names):
        return dict(zip(names, keys))
    chosen: dict[str, Any] = {}
    left = [*names]
    for key in keys:
        fits = [name for name in left if shapes[name] == np.shape(found[key])]
        name = (fits or left)[0]
        chosen[name] = key
        left = left[left.index(name) + 1 :] or [each for each in left if each != name]
    return chosen
