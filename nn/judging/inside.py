"""The arrays and numbers inside an object: its weights, and the gradients that it left somewhere.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nn.judging.forms import spread
from nn.judging.roles import is_data, last_output, role_of

__all__ = [
    "Path",
    "arrays_of",
    "at",
    "data_of",
    "equal",
    "gradient_by_input",
    "in_attributes",
    "is_gradient_of",
    "marks",
    "matched",
    "numbers_of",
    "output_left",
    "put",
    "weights_of",
]

Path = tuple[Any, ...]
DEEP = 4  # objects inside objects


def weights_of(thing: Any) -> dict[str, Path]:
    """The float arrays in an object that may be weights, with the way to each."""
    found: dict[str, Path] = {}
    seen: set[int] = set()
    for name, path, array in arrays_of(thing, (), "", seen, 0):
        short = (
            path[-1][1] if isinstance(path[-1][1], str) and len(path) == 2 and path[-1][0] == "item" else name
        )
        last = str(path[-1][1])
        if array.dtype.kind == "f" and not is_data(last) and role_of(last) not in ("input", "target"):
            found[short if short not in found else name] = path
    return found


def data_of(thing: Any) -> dict[str, Any]:
    """The arrays with names of data that an object holds."""
    return {
        name: each
        for name, each in vars(thing).items()
        if isinstance(each, np.ndarray) and (is_data(name) or role_of(name) in ("input", "target"))
    }


def arrays_of(
    thing: Any, path: Path, name: str, seen: set[int], depth: int
) -> Iterator[tuple[str, Path, Any]]:
    """The arrays in an object, each with its name and the way to it."""
    for found in _leaves(thing, path, name, seen, depth):
        if isinstance(found[2], np.ndarray) and found[2].ndim:
            yield found


def numbers_of(thing: Any) -> dict[str, Path]:
    """The single numbers in an object that a step may change, with the way to each: a bias that is 0.0."""
    return {
        name: path
        for name, path, each in _leaves(thing, (), "", set(), 0)
        if np.ndim(each) == 0
        and np.asarray(each).dtype.kind in "if"
        and role_of(str(path[-1][1])) not in ("rate", "epochs", "batch", "input", "target")
        and not is_data(str(path[-1][1]))
    }


def _leaves(thing: Any, path: Path, name: str, seen: set[int], depth: int) -> Iterator[tuple[str, Path, Any]]:
    """The arrays in an object, and the numbers in what can be written to."""
    if isinstance(thing, (int, float, np.number)):
        if path:
            yield name, path, thing
        return
    if id(thing) in seen or depth > DEEP:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        if path and thing.dtype != object:
            yield name, path, thing
    elif isinstance(thing, Mapping):
        for key, each in thing.items():
            yield from _leaves(each, (*path, ("item", key)), f"{name}[{key!r}]", seen, depth + 1)
    elif isinstance(thing, (list, tuple)):
        for i, each in enumerate(thing):
            if not isinstance(each, (int, float, np.number)):
                yield from _leaves(each, (*path, ("item", i)), f"{name}[{i}]", seen, depth + 1)
    elif (
        hasattr(thing, "__dict__")
        and not isinstance(thing, type)
        and not callable(getattr(thing, "__code__", None))
    ):
        for key, each in vars(thing).items():
            dot = "." if name else ""
            yield from _leaves(each, (*path, ("attribute", key)), f"{name}{dot}{key}", seen, depth + 1)


def at(thing: Any, path: Path) -> Any:
    for kind, key in path:
        thing = getattr(thing, key) if kind == "attribute" else thing[key]
    return thing


def put(thing: Any, path: Path, value: Any) -> None:
    """Write a weight: into the very array where that is possible, since others may hold it, too."""
    old = at(thing, path)
    if np.ndim(old) == 0 and type(value) is np.ndarray and value.ndim == 0:
        value = value[()]  # as a number is, which is not changed in place
    if type(value) is np.ndarray and value.dtype == old.dtype and value.shape == old.shape:
        old[...] = value
        return
    owner, (kind, key) = at(thing, path[:-1]), path[-1]
    if kind == "attribute":
        setattr(owner, key, value)
    else:
        owner[key] = value


def marks(thing: Any) -> dict[str, Any]:
    """The arrays of an object as they are now."""
    return {name: (id(array), array.copy()) for name, _, array in arrays_of(thing, (), "", set(), 0)}


def _is_new(name: str, array: Any, seen: Mapping[str, Any]) -> bool:
    if name not in seen or seen[name][0] != id(array):
        return True
    return type(array) is np.ndarray and not equal(seen[name][1], array)  # recorded ones are made anew


def output_left(thing: Any, seen: Mapping[str, Any]) -> Any:
    """The output of a forward pass that returns nothing: what it left in an attribute."""
    fresh = [
        (name, array) for name, _, array in arrays_of(thing, (), "", set(), 0) if _is_new(name, array, seen)
    ]
    if not fresh:
        number = [each for name, each in vars(thing).items() if role_of(name) == "output"]
        return number[0] if number else None
    names = [name for name, _ in fresh]
    place = last_output(names)
    return fresh[place if place or role_of(names[0]) == "output" else -1][1]


def in_attributes(thing: Any, paths: Mapping[str, Path]) -> dict[str, Any]:
    """The gradients that were left beside the weights, ``dW``, ``dweights[1]``, or in a dict of gradients."""
    others = [each for each in _leaves(thing, (), "", set(), 0) if each[1] not in paths.values()]
    found = {}
    for weight, path in paths.items():
        for fits in (_is_beside, _is_in_gradients):
            fitting = [array for name, other, array in others if fits(name, other, path)]
            if fitting and weight not in found:
                found[weight] = fitting[0]
    return found


def gradient_by_input(thing: Any, name: str) -> Any:
    """The gradient by the input of a layer, called like this, that it has left in an attribute."""
    others = {str(key): each for key, each in vars(thing).items() if isinstance(each, np.ndarray)}
    spelt = r"d_?(x|a|in|inputs?|a_prev|prev)|(grad|delta|error)_?(x|in|inputs?)"
    spelt += r"|(x|in|inputs?|inp)_?(g|grad|gradient|delta|error)"
    found = [each for key, each in others.items() if is_gradient_of(key, name)]
    found += [each for key, each in others.items() if re.fullmatch(spelt, key.lower().strip("_"))]
    return found[0] if found else None


def _is_beside(name: str, other: Path, path: Path) -> bool:
    if other[-1] == path[-1] and len(other) == len(path) > 1:  # in lists, one of gradients
        names = str(other[-2][1]).lower().strip("_"), str(path[-2][1]).lower().strip("_")
        of_all = re.fullmatch("grads?|gradients?", names[0]) and re.fullmatch("params?|parameters", names[1])
        return is_gradient_of(*names) or bool(of_all and other[:-2] == path[:-2])
    return other[:-1] == path[:-1] and is_gradient_of(str(other[-1][1]), str(path[-1][1]))


def _is_in_gradients(name: str, other: Path, path: Path) -> bool:
    key, last = other[-1][1], path[-1][1]
    is_gradients = "grad" in name.lower() or name.startswith("d")
    same = is_gradients and isinstance(last, str) and key == last
    return same or is_gradient_of(str(key), str(last))


def is_gradient_of(key: str, weight: str) -> bool:
    """Whether a name is that of the gradient by a weight."""
    key, weight = key.lower().strip("_"), weight.lower().strip("_")
    marks = ("d", "d_", "g", "g_", "grad_", "grad", "delta_", "nabla_", "dj_d", "dl_d", "dloss_d")
    return key in {f"{mark}{weight}" for mark in marks} | {
        f"{weight}_grad",
        f"{weight}grad",
        f"{weight}_gradient",
        f"{weight}_g",
        f"{weight}_bar",
    }


def matched(returned: Any, paths: Mapping[str, Path], thing: Any) -> Any:
    """What was returned, by the names of weights where lists of it go with lists of weights by shapes."""
    if isinstance(returned, Mapping):
        return spread(returned)[0]
    if isinstance(returned, np.ndarray) and returned.ndim == 1 and len(paths) > 1:
        return _cut(returned, {name: np.shape(at(thing, path)) for name, path in paths.items()})
    if not isinstance(returned, (tuple, list)):
        return returned
    groups = [each for each in returned if isinstance(each, (list, tuple))]
    if not groups:
        return returned
    found: dict[Any, Any] = {}
    stems: dict[str, list[str]] = {}
    for name in paths:
        stems.setdefault(name.partition("[")[0], []).append(name)
    for i, group in enumerate(returned):
        if not isinstance(group, (list, tuple)):
            found[i] = group
            continue
        arrays = [np.asarray(each) for each in group]
        fits = [
            names
            for names in stems.values()
            if len(names) == len(arrays)
            and not {*names} & {*found}
            and all(a.shape == np.shape(at(thing, paths[n])) for a, n in zip(arrays, names))
        ]
        chosen = (
            fits[0]
            if fits
            else next((n for n in stems.values() if len(n) == len(arrays) and not {*n} & {*found}), [])
        )
        found.update(zip(chosen, arrays) if chosen else ((f"{i}[{k}]", a) for k, a in enumerate(arrays)))
    return found


def _cut(vector: Any, shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """The parts of one long vector, if it is as long as all weights together."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
    if len(vector) != ends[-1]:
        return vector
    return {n: np.reshape(p, shapes[n]) for n, p in zip(shapes, np.split(vector, ends[:-1]))}


def equal(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))
