"""Calling functions of people's by the names of their parameters, and by what these are for.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import linecache
import random
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.judging.numpy_errors import meaning
from nn.judging.roles import role_of

__all__ = [
    "Bound",
    "Context",
    "bound",
    "copied",
    "has",
    "kept_random_numbers",
    "required",
    "returned_names",
    "said",
    "same_random_numbers",
    "taken",
    "takes",
    "their_line",
]

_shared = ContextVar("shared", default=False)
"""Whether what is opened inside need not restore the generators."""


@dataclass(frozen=True)
class Bound:
    """What there is to call a function with.

    Attributes:
        named: by the names of arguments, and of what the forward pass returned.
        by_role: by what it is for, "output", "cache", "cotangent" or "rate".
    """

    named: Mapping[str, Any]
    by_role: Mapping[str, Any]


class Context:
    """What static methods keep for their backward pass, ``ctx.save_for_backward(x, w)``, as in PyTorch.

    Attributes:
        saved_tensors: what was kept.
    """

    def __init__(self) -> None:
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *things: Any) -> None:
        """Keep these."""
        self.saved_tensors = things


def bound(function: Callable[..., Any], given: Bound, roles_first: Sequence[str] = ()) -> dict[str, Any]:
    """What to call a function with, by the names of its parameters, then by what these are for.

    Args:
        roles_first: what goes by its role even if something has the very name.

    Raises:
        TypeError: if a parameter without a default is left over.
    """
    lower = {name.lower(): each for name, each in given.named.items()}
    chosen: dict[str, Any] = {}
    left: list[str] = []
    known = _known(function)
    for each in (inspect.signature(function).parameters if known is None else known).values():
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            continue
        role = role_of(each.name)
        if role in roles_first and role in given.by_role and role not in {role_of(n) for n in chosen}:
            chosen[each.name] = given.by_role[role]
        elif each.name in given.named:
            chosen[each.name] = given.named[each.name]
        elif each.default is not each.empty:
            continue
        elif role in given.by_role:
            chosen[each.name] = given.by_role[role]
        elif each.name.lower() in lower:
            chosen[each.name] = lower[each.name.lower()]
        elif role and len(same := [n for n in given.named if role_of(n) == role]) == 1:
            chosen[each.name] = given.named[same[0]]
        else:
            left.append(each.name)
    for role in ("cotangent", "output"):
        thing = given.by_role.get(role)
        if len(left) == 1 and thing is not None and not any(each is thing for each in chosen.values()):
            chosen[left.pop()] = thing
    inputs = [name for name in given.named if role_of(name) == "input" and name not in chosen]
    if len(left) == len(inputs) == 1 and "output" not in given.by_role:
        chosen[left.pop()] = given.named[inputs[0]]
    if left:
        raise TypeError(
            f"{said(function)} takes {', '.join(left)}, and there is nothing of that name: there are "
            f"{', '.join([*given.named, *given.by_role])}"
        )
    return chosen


def taken(function: Callable[..., Any], nested: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the arguments that a function has parameters for."""
    return {name: each for name, each in nested.items() if has(function, name)}


def required(function: Callable[..., Any]) -> list[str] | None:
    """The parameters without defaults; None where nobody knows them."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return None
    return [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]


def returned_names(function: Callable[..., Any]) -> list[str]:
    """What the results of a function are called in its last return statement, ``""`` for what is no name."""
    plain = inspect.unwrap(function)
    return [*_returned(getattr(plain, "__func__", plain))]


@functools.lru_cache(maxsize=256)
def _returned(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ()
    returns = [
        each.value for each in ast.walk(tree) if isinstance(each, ast.Return) and each.value is not None
    ]
    tuples = [each for each in returns if isinstance(each, ast.Tuple)]
    return tuple(each.id if isinstance(each, ast.Name) else "" for each in tuples[-1].elts) if tuples else ()


def said(function: Callable[..., Any]) -> str:
    """A function, as messages speak of it."""
    return f"{getattr(function, '__name__', type(function).__name__)}()"


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # nobody knows them
        return None


_kept = functools.lru_cache(maxsize=256)(_parameters)  # of functions, that are many times asked for


def _known(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    return (_kept if inspect.isfunction(function) else _parameters)(function)


def has(function: Callable[..., Any], name: str) -> bool:
    parameters = _known(function)
    if parameters is None:
        return True
    return name in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def takes(function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*args, **options)
    except TypeError:
        return False
    except ValueError:  # nobody knows its parameters
        return True
    return True


def their_line(error: BaseException, functions: Sequence[Callable[..., Any]]) -> str:
    """What was raised, with the last line of theirs on the way to it."""
    unwrapped = [inspect.unwrap(each) for each in functions]
    codes = [
        getattr(each, "__code__", None) or getattr(getattr(each, "__func__", None), "__code__", None)
        for each in unwrapped
    ]
    files = {each.co_filename for each in codes if each is not None}
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename in files]
    raised = f"{type(error).__name__}: {error}"
    if not frames:
        return raised
    number = frames[-1].lineno or 0
    file = frames[-1].filename
    line = linecache.getline(file, number).strip()
    names: dict[str, Any] = {}
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in files:
            names = {**frame.f_globals, **frame.f_locals}
    last = getattr(frames[-1], "end_lineno", None) or number
    said = meaning(
        error, " ".join(linecache.getline(file, n).strip() for n in range(number, last + 1)), names
    )
    raised = f"{raised}{'' if raised.endswith('.') else '.'} {said}" if said else raised
    return f"line {number}, in {frames[-1].name}{f': {line}' if line else ''} raised {raised}"


def copied(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Copies of all of them; as ``copy.deepcopy`` makes them, and of arrays in a fifth of its time."""
    return {
        name: each.copy("K") if type(each) is np.ndarray and not each.dtype.hasobject else copy.deepcopy(each)
        for name, each in arguments.items()
    }


@contextmanager
def kept_random_numbers() -> Iterator[None]:
    """While open, whatever is done inside leaves no trace in what the global generators draw afterwards.

    Reading and writing their state takes longer than a small forward pass: many of them share one of these.
    """
    numpy_state, state = np.random.get_state(), random.getstate()
    token = _shared.set(True)
    try:
        yield
    finally:
        _shared.reset(token)
        np.random.set_state(numpy_state)
        random.setstate(state)


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """While open, the global generators draw what they draw each time; afterwards, what they would have."""
    with nullcontext() if _shared.get() else kept_random_numbers():
        token = _shared.set(False)  # what is opened inside has to leave no trace in this
        np.random.seed(0)
        random.seed(0)
        try:
            yield
        finally:
            _shared.reset(token)
