"""Making a way of judging out of what a file defines, and trying examples for it where the file is.

This module imports nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import builtins
import copy
import dis
import functools
import inspect
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from nn.judging.biases import unsummed
from nn.judging.binding import copied, kept_random_numbers, same_random_numbers, taken
from nn.judging.forms import gathered, spread
from nn.judging.growing import A_RUN, Attempt, Progress, grown, said, shrunk, watched
from nn.judging.initialized import initialized
from nn.judging.learnt import WEIGHT
from nn.judging.object_passes import object_pass
from nn.judging.objects import ObjectPass
from nn.judging.passes import Pass, pass_of
from nn.judging.returned import assignments, expected, parts
from nn.judging.roles import is_data, role_of
from nn.judging.smaller import made_smaller

__all__ = ["GLOBAL", "MOST", "SAMPLER", "Made", "Wanted", "grown_example", "made", "outcomes", "undefined"]

GLOBAL = "the global "  # begins a text that stands for what a file calls so
SAMPLER = "the sampler "  # begins one that stands for an object whose methods draw places
MOST = 400  # numbers of an example that nobody gave: each is moved four times
MANY = 50  # rounds of training: as many are no time steps
LONGEST = 3.0  # seconds of computing for all guesses, should calls take long
COUNTED = 8  # of so many guesses one, whose calls stand for those of all
AFTER = 60  # guesses that are tried after one that gets through: less likely ones

Made = tuple[Pass | ObjectPass, dict[str, Any]]


@dataclass(frozen=True)
class Wanted:
    """What is to be judged.

    Attributes:
        scope: the names of the file.
        functions: names, or that of a class and perhaps of a loss.
        is_object: whether the first is a class or an object.
        methods: of it, by what they are for, where somebody said so.
        files: the names of the file's parts.
    """

    scope: dict[str, Any]
    functions: Sequence[str]
    is_object: bool = False
    methods: Mapping[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


def made(wanted: Wanted, arguments: Mapping[str, Any], init: Mapping[str, Any] | None) -> Made:
    """The way of judging, and all arguments, flat: an object's weights, and global arrays that gradients are
    by, are among them.

    Raises:
        TypeError: if it is none.
    """
    things = [wanted.scope[name] for name in wanted.functions]
    for name, each in zip(wanted.functions, things):
        if getattr(each, "__name__", "") == "<lambda>":
            each.__name__ = name
    if isinstance(things[0], type):
        given = {name: _meant(each, wanted.scope) for name, each in (init or {}).items()}
        things[0] = _constructed(things[0], copy.deepcopy(given))
    if wanted.is_object or not (inspect.isroutine(things[0]) or callable(things[0])):
        things[0], arguments = _begun(*initialized(made_smaller(things[0], MOST), arguments))
        cost = things[1] if len(things) > 1 else None
        thing = object_pass(things[0], arguments, cost, **wanted.methods)
        return thing, {**arguments, **thing.weights()}
    names = [name for name in _globals_of(things, wanted.scope) if name not in arguments]
    if any(map(_stands_for_more, arguments.values())):
        things = [_given_what_stands(each, wanted.scope) for each in things]
    if not names:
        return pass_of(things, arguments)
    own = {name: np.array(wanted.scope[name]) for name in names}
    wrapped = [_given_globals(each, wanted.scope, names) for each in things]
    way, flat = pass_of(wrapped, {**arguments, **own})
    by = [name for name in flat if name in names or _is_spoken_of(name, _words_of(things)[0])]
    return replace(way, by=tuple(by)), flat


def _constructed(kind: type, given: dict[str, Any]) -> Any:
    """An object; what is given for ``*sizes`` is as many of its arguments."""
    parameters = [*inspect.signature(kind).parameters.values()]
    several = [i for i, each in enumerate(parameters) if each.kind is each.VAR_POSITIONAL]
    if not several or parameters[several[0]].name not in given:
        return kind(**given)
    before = [given.pop(each.name) for each in parameters[: several[0]] if each.name in given]
    return kind(*before, *given.pop(parameters[several[0]].name), **given)


def _begun(thing: Any, arguments: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """An object, with those arguments as weights that it has as None until it is trained, and one round where
    it says that it takes many; and the others."""
    for name, each in getattr(thing, "__dict__", {}).items():
        if type(each) is int and each >= MANY and re.search("epoch|iter", name) and role_of(name) == "epochs":
            setattr(thing, name, 1)  # the weights of a single step show its gradient
    empty = {name for name, each in getattr(thing, "__dict__", {}).items() if each is None}
    weights = {
        name: each for name, each in arguments.items() if name in empty and WEIGHT.fullmatch(name.lower())
    }
    for name, each in weights.items():
        setattr(thing, name, np.array(each))
    return thing, {name: each for name, each in arguments.items() if name not in weights}


def _meant(value: Any, scope: Mapping[str, Any]) -> Any:
    is_global = isinstance(value, str) and value.startswith(GLOBAL)
    return scope[value.removeprefix(GLOBAL)] if is_global else value


def undefined(wanted: Wanted) -> list[str]:
    """The global names that the code reads, and that nothing has defined. Those that are arrays too large to
    look at become smaller."""
    read, missing = _names_read(wanted)
    plain = (np.ndarray, int, list, tuple, dict)
    large = {name: wanted.scope[name] for name in read if isinstance(wanted.scope[name], plain)}
    wanted.scope.update(made_smaller(large, MOST))
    return missing


def _names_read(wanted: Wanted) -> tuple[list[str], list[str]]:
    """The global names that the code reads, with that which it calls: those there are, and others."""
    things = [wanted.scope[name] for name in wanted.functions]
    if wanted.is_object:
        kind = things[0] if isinstance(things[0], type) else type(things[0])
        things = [each for base in kind.__mro__ for each in vars(base).values()]
    codes = [each.__code__ for each in things if isinstance(each, FunctionType)]
    seen: set[CodeType] = set()
    read: dict[str, None] = {}
    missing: dict[str, None] = {}
    while codes:
        code = codes.pop()
        if code in seen or code.co_filename not in wanted.files:
            continue
        seen.add(code)
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        names = [each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"]
        for name in names:
            if name in wanted.scope:
                read[name] = None
                found = wanted.scope[name]
                codes += [found.__code__] if isinstance(found, FunctionType) else []
            elif not hasattr(builtins, name):
                missing[name] = None
    return [*read], [*missing]


def outcomes(wanted: Wanted, guesses: Sequence[Sequence[Any]], most: int, enough: int) -> list[list[Any]]:
    """Of each guess how far it gets, and what was raised; until so many functions were called, or so many
    guesses go all the way."""
    found: list[list[Any]] = []
    work, a_run, end = 0, 0, time.process_time() + LONGEST
    with kept_random_numbers():
        for arguments, init in guesses:
            through = [i for i, (stage, _) in enumerate(found) if stage == 3]
            if work > most or time.process_time() > end or len(through) >= enough:
                break
            if through and len(found) > through[0] + AFTER:
                break
            seen = Attempt()
            if len(found) % COUNTED:
                stage, _ = _run(wanted, arguments, init, seen)
            else:  # calls take longer where they are counted
                with watched(set()) as seen:
                    stage, _ = _run(wanted, arguments, init, seen)
                a_run = A_RUN + seen.count
            work += a_run
            found.append([stage, seen.said])
    return found


def grown_example(
    wanted: Wanted, arguments: Mapping[str, Any], init: Mapping[str, Any] | None, most: int
) -> list[Any]:
    """The arguments, and those of a constructor, changed until the passes get through; how far they do, and
    how many lines of theirs that took, of so many at most."""
    flat, form = spread(arguments)
    first, start = dict(flat), {f"start {name}": each for name, each in (init or {}).items()}
    own = (
        []
        if wanted.is_object
        else _globals_of([wanted.scope[name] for name in wanted.functions], wanted.scope)
    )
    world = {f"global {name}": wanted.scope[name] for name in own}
    world |= {
        f"global {name}": wanted.scope[name]
        for name in wanted.scope.get("__guessed__", ())
        if name not in own
    }

    def parted(now: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
        given = gathered(form, {name: now[name] for name in first})
        started = {name.partition(" ")[2]: each for name, each in now.items() if name in start}
        for name in {*given} & {*started}:
            given[name] = started[name]
        for name in world:
            wanted.scope[name.partition(" ")[2]] = now[name]
        return given, None if init is None else started

    def run(now: Mapping[str, Any]) -> tuple[Progress, Attempt]:
        given, started = parted(now)
        with watched(set(wanted.files)) as seen:
            stage, fits = _run(wanted, given, started, seen)
        return Progress(stage, fits, len(seen.lines), seen.place if stage < 2 else 0), seen

    best, reached, work = grown(run, {**first, **start, **world}, most)
    smaller = shrunk(run, best, reached.stage) if reached.stage >= 2 else best
    if smaller is not best:
        best, reached = smaller, run(smaller)[0]
    given, started = parted(best)
    return [given, started, reached.stage, work]


def _run(wanted: Wanted, arguments: Mapping[str, Any], init: Any, seen: Attempt) -> tuple[int, int]:
    """One run of both passes: how far it gets, as in ``Progress``, and how many gradients have shapes that
    fit."""
    stage = fits = 0
    try:
        if not wanted.is_object:  # most guesses fail here, at once
            first = wanted.scope[wanted.functions[0]]
            with same_random_numbers(), np.errstate(all="ignore"):
                first(**_what_stands(copied(taken(first, arguments)), wanted.scope))
        way, flat = made(wanted, copied(arguments), init)
        out = way.forward(flat)
        if np.isfinite(out).all() and 0 < out.size <= MOST and _is_small(flat):
            stage = 1
            ran = way.run(flat, np.ones(out.shape))
            fits, seen.shapes = _fits(way, flat, ran.returned)
            stage = 3 if fits and not seen.shapes else 2
            if not {*map(is_data, ran.changed)} <= {True}:
                stage = 1  # z = b; z += … is for a number b, and changes an array
    except BaseException as error:  # sys.exit(), too
        seen.said = said(error)
    return stage, fits


def _is_small(flat: Mapping[str, Any]) -> bool:
    floats = (
        np.size(each) for each in flat.values() if isinstance(each, np.ndarray) and each.dtype.kind == "f"
    )
    return sum(floats) <= 4 * MOST


def _fits(way: Any, flat: Mapping[str, Any], returned: Any) -> tuple[int, dict[str, tuple[int, ...]]]:
    """How many of the gradients have the shape of their quantity, and what shapes the others have."""
    names = flat if way.quantities is None else way.quantities
    floats = [n for n in names if isinstance(flat.get(n), np.ndarray) and flat[n].dtype.kind == "f"]
    wanted = expected(floats, way.layer, way.in_code.held) if way.quantities is None else way.quantities
    found = parts(returned, all(np.ndim(flat[n]) == 0 for n in floats if not is_data(n)))
    shapes = {name: np.shape(flat[name]) for name in floats}
    keys = next(iter(assignments(found, wanted, floats, shapes)), {})
    given = {name: np.shape(found[key]) for name, key in keys.items() if name in shapes}
    wrong = unsummed({n: (shapes[n], shape) for n, shape in given.items()}, way.in_code.several)
    other = {name: shape for name, shape in given.items() if shape != shapes[name] and name not in wrong}
    return len(given) - len(other), other


def _globals_of(functions: Sequence[Any], scope: Mapping[str, Any]) -> list[str]:
    """The global arrays of floats that functions read, and whose gradients they speak of."""
    words, read = _words_of(functions)
    return [
        name
        for name in read
        if isinstance(scope.get(name), np.ndarray)
        and scope[name].dtype.kind == "f"
        and not is_data(name)
        and _is_spoken_of(name, words)
    ]


def _words_of(functions: Sequence[Any]) -> tuple[set[str], list[str]]:
    """All names and texts in functions, and those of them that may be global."""
    codes = [each.__code__ for each in functions if isinstance(each, FunctionType)]
    words: set[str] = set()
    read: dict[str, None] = {}
    while codes:
        code = codes.pop()
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        texts = [each for each in code.co_consts if isinstance(each, str)]
        words |= {*code.co_varnames, *code.co_names, *texts}
        read |= dict.fromkeys(code.co_names)
    return words, [*read]


def _is_spoken_of(name: str, words: set[str]) -> bool:
    """Whether there is a word for the gradient by something of this name."""
    marks = ("d{}", "d_{}", "grad_{}", "g_{}", "{}_grad", "delta_{}", "grad{}")
    return any(mark.format(name) in words for mark in marks)


class _Sampler:
    """What stands for an object that code asks for places, as ``dataset.sampleTokenIdx()``: each of its
    methods gives one of the first three."""

    def __getattr__(self, name: str) -> Callable[..., int]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: random.randrange(3)


def _stands_for_more(value: Any) -> bool:
    return isinstance(value, str) and value.startswith((SAMPLER, GLOBAL))


def _what_stands(arguments: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with samplers, and with what the file defines, for the texts that stand for them."""
    return {
        name: _Sampler() if isinstance(each, str) and each.startswith(SAMPLER) else _meant(each, scope)
        for name, each in arguments.items()
    }


def _given_what_stands(function: Callable[..., Any], scope: Mapping[str, Any]) -> Callable[..., Any]:
    """The function, with that for the texts."""

    @functools.wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        return function(*args, **_what_stands(options, scope))

    return called


def _given_globals(
    function: Callable[..., Any], scope: dict[str, Any], names: Sequence[str]
) -> Callable[..., Any]:
    """The function with these global names as parameters, too."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*args: Any, **options: Any) -> Any:
        for name in names:
            if name in options:
                scope[name] = options.pop(name)
        return function(*args, **options)

    own = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names]
    called.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *own])  # type: ignore[attr-defined]
    return called
