"""What stands in people's code: numbers that only keep something finite, and decisions by numbers.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import ast
import dis
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from nn.judging.roles import LOSS, is_mask, method_named, role_of, slope_of

__all__ = ["InCode", "in_code", "is_small", "spaced"]

SMALLEST, LARGEST = 1e-12, 1.01e-4  # of numbers that keep a logarithm or a quotient finite
DECIDING = {"where", "abs", "absolute", "fabs", "sign", "minimum", "clip"}
COUNTING = {"mean", "average", "size", "shape", "len", "var", "std"}
LOGARITHMS = {"log", "log2", "log10", "log1p"}

DATA = r"([XxYy]|A_?prev|A0|inputs?|targets?|labels?|data|x_train|X_train)"
SKIPS = r"\bif \w+ (== 0(\.0*)?:\s+continue|!= 0(\.0*)?:)"
SAMPLES = rf"\b{DATA}\.shape\[|, \w+\)? = {DATA}\.shape|\blen\({DATA}\)|/ ?\(?(m|N|n_samples|batch_size)\b"


class InCode(NamedTuple):
    """What stands in people's code.

    Attributes:
        small: numbers that may only keep a logarithm or a quotient finite.
        decides: whether it decides by the size of numbers, as Huber's loss does; not where there is a
            logarithm, which large numbers would take to its end.
        several: whether it speaks of the number of samples.
        clips: whether it keeps numbers in a range, as people do with gradients through time.
        paired: whether there is a loss and, by its name, the derivative of that.
        skips: whether it leaves out what is 0, as one does who knows of a cotangent that one number of it is
            not.
        logs: whether there is a logarithm.
        counts: whether a number of samples may be in it, that something is divided by.
        held: the parameters that predictions are held to, though no name says so: the R of (W·X - R)².
    """

    small: list[float]
    decides: bool
    several: bool
    clips: bool = False
    paired: bool = False
    skips: bool = False
    logs: bool = False
    counts: bool = False
    held: Sequence[str] = ()


def is_small(number: float) -> bool:
    """Whether a number may be one that only keeps something finite."""
    return SMALLEST <= number <= LARGEST


def in_code(functions: Iterable[Callable[..., Any]], thing: Any = None) -> InCode:
    """What stands in functions, in those that they call, and in the attributes of an object and its methods.

    >>> def loss(r, eps=1e-7):
    ...     return abs(r) + eps + 1e-9
    >>> in_code([loss]).small
    [1e-09, 1e-07]
    """
    functions = [*functions]
    kinds = type(thing).__mro__ if thing is not None else ()
    numbers = [float(each) for each in getattr(thing, "__dict__", {}).values() if isinstance(each, float)]
    whole = [each for each in getattr(thing, "__dict__", {}).values() if type(each) is int]
    names: set[str] = set()
    several = any(re.search(SAMPLES, _text(each)) for each in _called(_with_methods(functions, kinds)))
    skips = False
    for function in _called([*functions, *(each for kind in kinds for each in vars(kind).values())]):
        given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        given += [cell.cell_contents for cell in function.__closure__ or ()]
        numbers += [each for each in given if isinstance(each, float)]
        for code in _codes(function.__code__):
            names |= {*code.co_names}
            known = [function.__globals__.get(name) for name in code.co_names]
            whole += [each for each in (*_divisors(code), *known) if type(each) is int]
            numbers += [each for each in (*code.co_consts, *known) if isinstance(each, float)]
        text = _text(function)
        skips = skips or bool(re.search(SKIPS, text))
    decides = bool(names & DECIDING) and not names & LOGARITHMS
    inner = [each for function in _called(_inside(thing)) for each in _codes(function.__code__)]
    every = names.union(*(each.co_names for each in inner))
    counts = bool(every & COUNTING) or any(each > 2 for each in whole)
    names |= {getattr(each, "__name__", "") for each in functions}
    paired = any(slope_of(n) in names and method_named(LOSS, [slope_of(n)]) for n in names)
    small = sorted({*filter(is_small, numbers)})
    logs = bool(every & LOGARITHMS)
    return InCode(
        small, decides, several, "clip" in names, paired, skips, logs, counts, _held_to(functions, thing)
    )


def _divisors(code: CodeType) -> Iterator[Any]:
    """The constants that something is divided by.

    >>> [*_divisors((lambda x: 3 * x / 100 + 5).__code__)]
    [100]
    """
    steps = [*dis.get_instructions(code)]
    for each, after in itertools.pairwise(steps):
        if each.opname == "LOAD_CONST" and ("DIVIDE" in after.opname or after.argrepr.startswith("/")):
            yield each.argval


def _held_to(functions: Sequence[Callable[..., Any]], thing: Any) -> list[str]:
    """The parameter of functions that is nothing but one side of differences, if none has a target's name.

    >>> def loss(W, X, R, seen):
    ...     return ((X @ W - R) * seen).sum()
    >>> _held_to([loss], None)
    ['R']
    """
    try:
        trees = [ast.parse(_text(inspect.unwrap(each))) for each in functions]
    except SyntaxError:  # part of a statement, around a lambda
        return []
    every = [node for tree in trees for node in ast.walk(tree)]
    names = {each.arg for each in every if isinstance(each, ast.arg)}
    if thing is not None or any(role_of(name) == "target" and not is_mask(name) for name in names):
        return []
    subtracted = {
        side
        for each in every
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub)
        for side in (each.left, each.right)
    }
    measured = {each.value for each in every if isinstance(each, ast.Attribute)}  # R.shape
    measured |= {
        each.args[0] for each in every if isinstance(each, ast.Call) and ast.unparse(each.func) == "len"
    }
    found = {each.id for each in subtracted if isinstance(each, ast.Name)} & names
    other = {
        each.id
        for each in every
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and each not in subtracted | measured
    }
    return sorted(found - other) if len(found - other) == 1 else []


def _inside(thing: Any, depth: int = 2) -> Iterator[Callable[..., Any]]:
    """The functions that an object keeps, and the methods of the objects that it keeps, also in lists."""
    for each in getattr(thing, "__dict__", {}).values():
        for one in each if isinstance(each, (list, tuple)) else (each,):
            if callable(one):
                yield one
            if hasattr(one, "__dict__") and not isinstance(one, type):
                yield from (m for kind in type(one).__mro__ for m in vars(kind).values() if callable(m))
                yield from _inside(one, depth - 1) if depth else ()


def _with_methods(functions: Sequence[Any], kinds: Sequence[type]) -> list[Any]:
    """Functions, with the methods of these classes that they call, and that those do."""
    own = {name: each for kind in kinds[::-1] for name, each in vars(kind).items()}
    found = [getattr(inspect.unwrap(each), "__func__", inspect.unwrap(each)) for each in functions]
    for function in found:
        for code in _codes(function.__code__) if isinstance(function, FunctionType) else ():
            named = (own[name] for name in code.co_names if isinstance(own.get(name), FunctionType))
            found += [each for each in named if each not in found]
    return found


def spaced(text: str) -> str:
    """Code as Python itself would space it, so that one pattern finds ``g==0`` and ``g == 0``; as it is where
    it is no code by itself.

    >>> spaced("if g==0: continue")
    'if g == 0:\\n    continue'
    """
    try:
        return ast.unparse(ast.parse(textwrap.dedent(text)))
    except (SyntaxError, ValueError):  # part of a statement, around a lambda; or a null byte
        return text


def _text(function: FunctionType) -> str:
    try:
        return spaced(inspect.getsource(function))
    except (OSError, TypeError):  # nobody knows it
        return ""


def _called(functions: Iterable[Any]) -> Iterator[FunctionType]:
    """The functions, and those of the same file that they call."""
    plain = [inspect.unwrap(each) for each in functions if callable(each)]
    waiting = [getattr(each, "__func__", each) for each in plain]
    seen: set[CodeType] = set()
    while waiting:
        function = waiting.pop()
        if not isinstance(function, FunctionType) or function.__code__ in seen:
            continue
        seen.add(function.__code__)
        yield function
        for code in _codes(function.__code__):
            known = (function.__globals__.get(name) for name in code.co_names)
            waiting += [
                each
                for each in known
                if isinstance(each, FunctionType) and each.__code__.co_filename == code.co_filename
            ]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code, and those of what is defined in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)
