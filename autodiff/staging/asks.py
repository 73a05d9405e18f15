"""Asks: what a function asks of the type of a number in a way that a recorded one cannot answer."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from itertools import pairwise
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from autodiff.engine.value import Value

__all__ = ["refuse_unanswerable"]

FLOATS = (float, np.float64)
ADVICE = "which a number that is recorded is not; write isinstance(x, float), which holds for it, too"


def refuse_unanswerable(function: FunctionType) -> None:
    """Raises TypeError for a function that would be answered otherwise than with plain numbers: where it
    compares a type by ``is``, reads ``__class__``, matches a number by a class, or dispatches on one."""
    names: Mapping[str, Any] = function.__globals__
    _refuse(function.__code__, function.__name__, names)
    for name in function.__code__.co_names:
        _refuse_dispatch(function.__name__, name, names.get(name))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            _refuse_dispatch(function.__name__, name, cell.cell_contents)
        except ValueError:  # an empty cell
            continue


def _refuse(code: CodeType, name: str, names: Mapping[str, Any]) -> None:
    instructions = [each for each in dis.get_instructions(code) if each.opname not in ("CACHE", "PRECALL")]
    asks = any(each.opname in ("LOAD_GLOBAL", "LOAD_NAME") and each.argval == "type" for each in instructions)
    for first, second in pairwise(instructions if asks else []):
        if second.opname == "IS_OP" and first.argval in ("float", "float64", "double", "floating"):
            raise TypeError(f"{name} asks whether a type is {first.argval}, {ADVICE}")
    if "__class__" in code.co_names and {"float", "float64", "floating"} & {*code.co_names}:
        raise TypeError(f"{name} asks for the __class__ of a number, {ADVICE}")
    for at, each in enumerate(instructions):
        if each.opname == "MATCH_CLASS":
            kind = _matched(instructions[:at], names)
            if kind is not float and isinstance(kind, type) and _differs(kind):
                raise TypeError(f"{name} matches a number by {kind.__name__}(), {ADVICE}: case float()")
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            _refuse(inner, name, names)


def _matched(before: list[dis.Instruction], names: Mapping[str, Any]) -> Any:
    """The class of a pattern, from the instructions before it: a name, or attributes of a module."""
    path: list[str] = []
    for each in reversed(before):
        if each.opname == "LOAD_ATTR":
            path.append(str(each.argval))
        elif each.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            found = names.get(str(each.argval))
            for name in reversed(path):
                found = getattr(found, name, None) if isinstance(found, ModuleType) else None
            return found
        elif each.opname != "LOAD_CONST":
            return None
    return None


def _differs(kind: type) -> bool:
    """Whether a Value is no instance of a class of which a number is one."""
    return any(issubclass(each, kind) for each in FLOATS) and not issubclass(Value, kind)


def _refuse_dispatch(function: str, name: str, thing: Any) -> None:
    registry = getattr(thing, "registry", None) if isinstance(thing, FunctionType) else None
    if not isinstance(registry, Mapping) or not hasattr(thing, "__wrapped__"):
        return
    if any(isinstance(kind, type) and _differs(kind) for kind in registry if kind is not object):
        raise TypeError(
            f"{function} calls {name}, which singledispatch sends by whether a type is float, {ADVICE}"
        )
