"""What the variables of their functions hold when these return, and on which lines they get it.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Line", "Variable", "seen_variables"]

MOST = 5_000  # variables that are looked at


@dataclass(frozen=True)
class Line:
    """A line of theirs: its number in the file, and what it says."""

    number: int
    text: str

    def __str__(self) -> str:
        return f"line {self.number}, {self.text}"


@dataclass(frozen=True)
class Variable:
    """An array that was in a variable when a function returned.

    Attributes:
        name: of the variable, the key or the attribute.
        array: its numbers.
        main: whether the function is one of those that were given, and not one that they call.
        given: whether the function was given it.
        line: the last line that gives it a value.
    """

    name: str
    array: npt.NDArray[np.float64]
    main: bool
    given: bool
    line: Line | None


def seen_variables(functions: Sequence[Callable[..., Any]], run: Callable[[], Any]) -> list[Variable]:
    """The arrays in the variables of functions, and of those in the same files that they call.

    Args:
        run: calls them.
    """
    codes = {
        code
        for each in functions
        if isinstance(code := getattr(inspect.unwrap(each), "__code__", None), CodeType)
    }
    files = {code.co_filename for code in codes}
    found: list[Variable] = []

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code.co_filename in files and len(found) < MOST:
            found.extend(_variables_of(frame, frame.f_code in codes))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        run()
    except Exception:  # what it had until then is what there is
        pass
    finally:
        sys.setprofile(before)
    return found


def _variables_of(frame: FrameType, main: bool) -> Iterator[Variable]:
    code = frame.f_code
    parameters = code.co_varnames[: code.co_argcount]
    for name, value in [*frame.f_locals.items()]:
        if isinstance(value, dict):
            inside: Mapping[Any, Any] = value
        elif hasattr(value, "__dict__") and name == "self":
            inside = {f"self.{key}": each for key, each in vars(value).items()}
        else:
            inside = {name: value}
        for key, each in inside.items():
            if isinstance(key, str) and isinstance(each, np.ndarray) and each.dtype.kind == "f":
                array = np.array(each, dtype=np.float64)
                line = _line_of(code.co_filename, code.co_firstlineno, key)
                yield Variable(key, array, main or name == "self", key in parameters, line)


def _line_of(file: str, first: int, name: str) -> Line | None:
    """The line of a function that gives a variable, a key or an attribute its value; the last such."""
    lines = linecache.getlines(file)
    number = _given_in("".join(lines)).get((first, name))
    return None if number is None else Line(number, lines[number - 1].strip())


# What is kept is kept for the text: Python takes the code of two files for equal if it reads the same.
@functools.lru_cache(maxsize=8)
def _given_in(text: str) -> dict[tuple[int, str], int]:
    """The last line that gives a value, by the first line of a function and what it gives a value to."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    found: dict[tuple[int, str], int] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            starts = [node.lineno, *(each.lineno for each in node.decorator_list)]
            for number, name in _given(node):
                found |= {(first, name): max(number, found.get((first, name), 0)) for first in starts}
    return found


def _given(function: ast.AST) -> Iterator[tuple[int, str]]:
    """Each line of a function that gives a value, and to what."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets = [node.target]
        else:
            continue
        for each in targets:
            for part in each.elts if isinstance(each, ast.Tuple) else [each]:
                yield node.lineno, _spelt(part)


def _spelt(target: ast.expr) -> str:
    if isinstance(target, ast.Subscript):
        key = target.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return key.value
        return _spelt(target.value)  # part of it
    return ast.unparse(target)
