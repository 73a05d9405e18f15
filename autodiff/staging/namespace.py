"""Namespace: what the names ``np`` and ``math`` mean in a function while it is recorded.

NumPy asks an Array that is among its operands what to do, but ``np.zeros(3)`` has no operand, and
``np.array([v, w])`` asks nobody. So the user's functions are recorded with such names standing for the same
modules in which these few functions give Arrays, and in which ``math.exp`` takes Values.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import cache
from types import CellType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autodiff import functions
from autodiff.arrays import Array
from autodiff.engine.value import Value, as_value
from autodiff.functions.stable import BELOW
from autodiff.staging.captured import is_users
from autodiff.staging.elements import SUBSCRIPTS
from autodiff.staging.kinds import STAND_INS, recording_here, subdtype
from autodiff.staging.labels import Labels
from autodiff.staging.reads import unrepeatable
from autodiff.staging.subscripts import with_subscripts

__all__ = ["Recordable", "stand_ins"]


class _Module(ModuleType):
    """A module in which some functions are others."""

    def __init__(self, module: ModuleType, others: dict[str, Any]) -> None:
        super().__init__(module.__name__)
        vars(self).update(others)
        self._module = module

    @property
    def original(self) -> ModuleType:
        """The module that this one stands for."""
        return vars(self)["_module"]  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def _constants(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's that makes floats, for which it gives an Array of constants."""

    def made(*args: Any, **options: Any) -> Any:
        result = function(*args, **options)
        if not recording_here() or not isinstance(result, np.ndarray) or result.dtype.kind not in "fO":
            return result
        constants = np.empty(result.size, dtype=object)
        held = result if result.dtype.kind == "O" else np.where(np.isneginf(result), BELOW, result)
        constants[:] = [*map(as_value, held.ravel().tolist())]
        return Array(constants.reshape(result.shape))

    return made


def _of_values(function: Callable[..., Any]) -> Callable[..., Any]:
    """``np.array`` and its kind, which give an Array of what holds Values."""

    def made(thing: Any, *args: Any, **options: Any) -> Any:
        if not recording_here():
            return function(thing, *args, **options)
        dtype = options.get("dtype", args[0] if args else None)
        if isinstance(thing, Labels):
            if dtype is not None and np.dtype(dtype) != thing.dtype:
                return thing.astype(np.dtype(dtype))
            return thing.copy() if function is np.array else thing
        if dtype is not None and np.dtype(dtype).kind not in "fO":
            return function(thing, *args, **options)  # to other numbers, which Values refuse
        if isinstance(thing, Array) and function is not np.array:
            return thing
        if _holds(thing, Array, Value):
            return Array(_with_elements(thing))
        if _holds(thing, Labels):
            return np.stack([*thing]) if _holds(thing[0], Labels) else function(thing, *args, **options)
        return function(thing, *args, **options)

    return made


def _holds(thing: Any, *kinds: type) -> bool:
    if isinstance(thing, (list, tuple)):
        return any(_holds(each, *kinds) for each in thing)
    return isinstance(thing, kinds)


def _with_elements(thing: Any) -> Any:
    """Nested lists in which nothing is an array, so that all shapes are plain."""
    if isinstance(thing, (list, tuple)):
        return [*map(_with_elements, thing)]
    if isinstance(thing, Labels):
        return _with_elements(thing.values()) if thing.ndim else thing.value()
    return thing.tolist() if isinstance(thing, np.ndarray) else thing


def _seeded(*seed: Any, **named: Any) -> np.random.Generator:
    """``default_rng``; without a seed it is another one each time."""
    if not any(each is not None for each in (*seed, *named.values())):
        unrepeatable("draws random numbers without a seed")
    return np.random.default_rng(*seed, **named)


def _is_scalar(thing: Any) -> bool:
    return isinstance(thing, Value) or (isinstance(thing, Labels) and not thing.ndim) or np.isscalar(thing)


def _of_both(name: str) -> Callable[..., Any]:
    """A function of ``math``, which takes Values, too."""
    plain, recorded = getattr(math, name), getattr(functions, name)

    def function(*operands: Any) -> Any:
        if any(isinstance(operand, (Value, Labels)) for operand in operands):
            return recorded(*operands)
        return plain(*operands)

    return function


def _room(*args: Any, **options: Any) -> Any:
    """``np.empty``, with zeros in place of floats that happen to lie there, others each time and perhaps not
    finite; one of objects is as it was, for it may be meant for arrays."""
    room = np.empty(*args, **options)
    return room if room.dtype.kind == "O" else _constants(np.zeros_like)(room)


_CONSTANTS = ("zeros", "ones", "full", "eye", "identity")
_OF_VALUES = ("array", "asarray", "ascontiguousarray", "asanyarray")


@cache
def stand_ins() -> dict[int, Any]:
    """What stands for modules, and for functions of theirs, by the identity of these.

    Made when it is first asked for: ``np.random`` is imported by being looked at, which takes a tenth of the
    time that importing autodiff may take.
    """
    random = _Module(np.random, {"default_rng": _seeded})
    numpy = _Module(
        np,
        {name: _constants(getattr(np, name)) for name in _CONSTANTS}
        | {"empty": _room}
        | {name: _of_values(getattr(np, name)) for name in _OF_VALUES}
        | {"random": random, "isscalar": _is_scalar, "issubdtype": subdtype},
    )
    of_both = [name for name in vars(functions)["__all__"] if name not in ("dist", "sumprod")]
    mathematics = _Module(
        math,
        {name: _of_both(name) for name in of_both if hasattr(math, name)}
        | {"fabs": lambda x: functions.abs(x) if isinstance(x, Value) else math.fabs(x)},
    )
    found: dict[int, Any] = {}
    for module in (random, numpy, mathematics):
        found[id(module.original)] = module
        for name, function in vars(module).items():
            if callable(function) and hasattr(module.original, name):
                found[id(getattr(module.original, name))] = function
    return found


HELD = {**STAND_INS, **SUBSCRIPTS}
"""What functions find by these names, where their module has none."""


class _Globals(dict[str, Any]):
    """The names of a module, looked up there; for some of them other things."""

    def __init__(self, names: dict[str, Any], recordable: Recordable) -> None:
        super().__init__()
        self.module, self._recordable = names, recordable
        dict.__setitem__(self, "__builtins__", names.get("__builtins__", builtins))
        for name, stand_in in HELD.items():
            if name not in names:
                dict.__setitem__(self, name, stand_in)

    def __getitem__(self, name: str) -> Any:
        if dict.__contains__(self, name):
            return dict.__getitem__(self, name)
        return self._recordable.of(self.module[name])


class Recordable:
    """The user's functions, with ``np`` and ``math`` meaning what records, each made once."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}
        self._globals: dict[int, _Globals] = {}

    def of(self, thing: Any) -> Any:
        """What stands for a thing that a function reads: for most things they themselves."""
        if id(thing) in (others := stand_ins()):
            return others[id(thing)]
        if made := getattr(
            type(thing), "__recorded__", None
        ):  # it calls functions, and says how to replace them
            return made(thing, self.of)
        if isinstance(thing, MethodType) and is_users(thing.__func__):
            return MethodType(self.of(thing.__func__), thing.__self__)
        return self._function(thing) if is_users(thing) else thing

    def _function(self, function: FunctionType) -> FunctionType:
        if id(function) in self._made:
            return self._made[id(function)][1]  # type: ignore[no-any-return]
        names = function.__globals__
        if id(names) not in self._globals:
            self._globals[id(names)] = _Globals(names, self)
        cells = [CellType() for _ in function.__closure__ or ()]
        code, named = with_subscripts(function), (function.__name__, function.__defaults__)
        made = FunctionType(code, self._globals[id(names)], *named, tuple(cells))
        self._made[id(function)] = function, made
        if any(self._differs(cell) for cell in function.__closure__ or ()):
            for new, old in zip(cells, function.__closure__ or ()):
                if not _is_empty(old):
                    new.cell_contents = self.of(old.cell_contents)
        else:  # the very cells, which the function may write to
            made = FunctionType(code, self._globals[id(names)], *named, function.__closure__)
            self._made[id(function)] = function, made
        made.__kwdefaults__ = function.__kwdefaults__
        return made

    def _differs(self, cell: CellType) -> bool:
        return not _is_empty(cell) and self.of(cell.cell_contents) is not cell.cell_contents

    def write_back(self) -> list[str]:
        """Write what the functions assigned to global names to their modules; gives the names."""
        assigned = []
        for each in self._globals.values():
            for name in dict.keys(each) - {"__builtins__", *HELD}:
                each.module[name] = dict.__getitem__(each, name)
                assigned.append(name)
        return assigned


def _is_empty(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False
