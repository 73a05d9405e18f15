"""Captured: what a function reads besides its arguments, compared at each call.

Numbers, text and arrays in closures and in the module of a function, and in what these refer to: containers,
objects, and the functions that it calls. What another package holds is taken as fixed.
"""

from __future__ import annotations

import functools
import inspect
import random
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autodiff.engine.value import Value

__all__ = ["Captured", "is_users", "random_states"]

_FIXED = tuple(
    path for name in ("stdlib", "platstdlib", "purelib", "platlib") if (path := sysconfig.get_path(name))
)
_OURS = {"autodiff", "nn", "viz", "duograd", "numpy", "scipy"}


def is_users(function: Any) -> bool:
    """Whether a function is written in Python by whoever uses this library, and not part of a package."""
    if not isinstance(function, FunctionType):
        return False
    package = (function.__globals__.get("__name__") or "").partition(".")[0]
    return package not in _OURS and not function.__code__.co_filename.startswith(_FIXED)


class Captured:
    """The state that a function depends on, as it was when this was made.

    Attributes:
        functions: the user's functions and methods that it may call, itself included.

    Args:
        function: a function, or something that is called in the end.
        others: objects among its arguments.
    """

    def __init__(self, function: Callable[..., Any], others: list[Any]) -> None:
        self._places: list[tuple[Callable[[], Any], Any]] = []  # where a thing stands, and which
        self._seen: dict[int, Any] = {}
        self._readers: list[Callable[[], Any]] = []
        self._arrays: list[tuple[Any, Any, Any, bytes]] = []  # of numbers; each with what it was
        self.functions: list[FunctionType] = []
        for each in [function, *others]:
            self._enter(each)
        self._states = [(read, _state(read())) for read in self._readers]

    @property
    def modules(self) -> list[dict[str, Any]]:
        """The names of the modules that these functions are in."""
        return [*{id(each.__globals__): each.__globals__ for each in self.functions}.values()]

    @property
    def anything(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self._readers or self._places or self._arrays)

    def same(self) -> bool:
        """Whether all is as it was."""
        try:
            for read, thing in self._places:
                new = read()
                if new is not thing and not (isinstance(new, MethodType) and new == thing):
                    return False  # a method is made anew each time that it is looked up
            for array, dtype, shape, numbers in self._arrays:
                if array.dtype is not dtype or array.shape != shape or array.tobytes() != numbers:
                    return False
            for read, old in self._states:
                new = read()
                if new is not old and not _agrees(old, new):
                    return False
        except (KeyError, AttributeError, ValueError, TypeError, IndexError):
            return False
        return True

    def _enter(self, thing: Any) -> None:
        """Note how to read what ``thing`` holds."""
        if id(thing) in self._seen or isinstance(thing, ModuleType):
            return
        self._seen[id(thing)] = thing
        if isinstance(thing, type):
            if _is_module_of_users(sys.modules.get(thing.__module__)):
                for name, each in [*vars(thing).items()]:
                    if not name.startswith("__") or isinstance(each, FunctionType):
                        self._read(functools.partial(getattr, thing, name))
        elif isinstance(thing, functools.partial):
            for each in (thing.func, thing.args, thing.keywords):
                self._enter(each)
        elif isinstance(thing, MethodType):
            self._enter(thing.__self__)
            self._enter(thing.__func__)
        elif isinstance(thing, FunctionType):
            if is_users(thing):
                self._function(thing)
        elif isinstance(thing, Value):
            self._readers.append(lambda: thing.data)
        elif isinstance(thing, np.ndarray):
            if thing.dtype == object:
                self._readers.append(lambda: thing)
            else:
                self._arrays.append((thing, thing.dtype, thing.shape, thing.tobytes()))
        elif isinstance(thing, Mapping):
            self._readers.append(lambda: [*map(str, thing)])
            for key in thing:
                self._read(functools.partial(thing.__getitem__, key))
        elif isinstance(thing, (list, tuple)):
            self._readers.append(lambda: len(thing))
            for place in range(len(thing)):
                self._read(functools.partial(thing.__getitem__, place))
        elif isinstance(thing, (set, frozenset)):
            self._readers.append(lambda: sorted(map(repr, thing)))
        elif isinstance(thing, (np.random.Generator, np.random.RandomState, random.Random)):
            self._readers.append(lambda: _random_state(thing))
        elif hasattr(thing, "__wrapped__"):  # by lifted, or by a decorator of functools
            self._enter(thing.__wrapped__)
        elif hasattr(thing, "__dict__"):
            self._enter(vars(thing))
            self._enter(type(thing))

    def _read(self, read: Callable[[], Any]) -> None:
        """Note one place that something stands in."""
        try:
            now = read()
        except (ValueError, KeyError, AttributeError):  # an empty cell
            return
        if _is_plain(now):
            self._readers.append(read)
        else:
            self._places.append((read, now))
            self._enter(now)

    def _function(self, function: FunctionType) -> None:
        self.functions.append(function)
        for cell in function.__closure__ or ():
            self._read(functools.partial(getattr, cell, "cell_contents"))
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._enter(default)
        names = set(_names(function.__code__))
        for name in names & function.__globals__.keys():
            thing = function.__globals__[name]
            if isinstance(thing, ModuleType):
                self._module(thing, names)
            else:
                self._read(functools.partial(function.__globals__.__getitem__, name))

    def _module(self, module: ModuleType, names: set[str]) -> None:
        """What a function may read of a module of the user's, by the names that it mentions."""
        if not _is_module_of_users(module):
            return
        for name in names & vars(module).keys():
            self._read(functools.partial(getattr, module, name))


def _is_module_of_users(module: ModuleType | None) -> bool:
    """Whether a module is no package's: a file elsewhere, or what is typed in."""
    if module is None or module.__name__ in sys.builtin_module_names:
        return False
    file = getattr(module, "__file__", None)
    ours = module.__name__.partition(".")[0] in _OURS
    return not ours and (module.__name__ == "__main__" if file is None else not file.startswith(_FIXED))


def _random_state(generator: Any) -> str:
    if isinstance(generator, random.Random):
        return str(generator.getstate())
    return str(
        generator.bit_generator.state if hasattr(generator, "bit_generator") else generator.get_state()
    )


def random_states() -> tuple[str, str]:
    """Where the generators stand that ``np.random.rand()`` and ``random.random()`` draw from."""
    return str(np.random.get_state()), str(random.getstate())


def _names(code: CodeType) -> Iterator[str]:
    """The names that code mentions, that of inner functions too."""
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names(constant)


def _is_plain(thing: Any) -> bool:
    return isinstance(thing, (bool, int, float, complex, str, bytes, type(None), np.generic))


def _state(thing: Any) -> Any:
    """What to remember of a thing to see later whether it has changed."""
    if not isinstance(thing, np.ndarray):
        return thing
    numbers = [each.data if isinstance(each, Value) else None for each in thing.flat]
    return thing.shape, [*map(id, thing.flat)], numbers


def _agrees(old: Any, new: Any) -> bool:
    if isinstance(new, np.ndarray):
        return bool(old == _state(new))
    return old is new or (type(old) is type(new) and bool(old == new))
