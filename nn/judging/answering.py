"""What a submission's process answers to each question of the judge.

This module imports nothing of the library: it is read in that process.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import linecache
import operator
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from nn.diagnosing.calling import call_backward, call_rule
from nn.judging.binding import kept_random_numbers, same_random_numbers
from nn.judging.definitions import OwnLibraryError, defined
from nn.judging.growing import watched
from nn.judging.inside import equal
from nn.judging.making import Wanted, grown_example, outcomes, undefined
from nn.judging.making import made as way_made
from nn.judging.neighbours import own_neighbours
from nn.judging.numpy_errors import meaning
from nn.judging.objects import ObjectPass
from nn.judging.passes import Pass
from nn.judging.repairs import Repair, repaired, repairs_of
from nn.judging.seen import seen_variables

__all__ = ["Answering", "Twin"]

SMALL = 2_000  # numbers of an array that is shown to the judge as an example
SHOWN = 400  # characters of an error
REPAIRING, A_CHANGE = 400_000, 300  # lines and calls to try changes, and what one is worth besides
LONGER = 3  # times what it took before is a change ended, after which a loop may have no end


class Answering:
    """The answers, from the state that the questions before left.

    Args:
        ask: asks the judge something back, and gives the answer.
        refused: what the submission tried and may not do.
        tape_of: gives the graph of a forward pass as arrays, in a process for that.
    """

    def __init__(
        self,
        ask: Callable[[Any], Any],
        refused: list[str],
        tape_of: Callable[[Any, Mapping[str, Any]], Any] | None = None,
    ) -> None:
        self._ask, self._refused, self._tape_of = ask, refused, tape_of
        self._scope: dict[str, Any] = {}
        self._ways: list[Pass | ObjectPass] = []
        self._stack = contextlib.ExitStack()
        self._pieces: set[str] = set()
        self._nodes: dict[int, Any] = {}
        self._texts: dict[str, str] = {}
        self._repairs: list[Repair] = []
        self._has_an_end: Callable[[], AbstractContextManager[Any]] = contextlib.nullcontext

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a question ``{"do": …}``; ``"error"`` says what was raised, with their line.

        Each time the global generators begin alike, so that a file that makes its weights at random is the
        same file whenever it is judged, and in the process that records it.
        """
        told: dict[str, Any]
        options = {name: each for name, each in question.items() if name != "do"}
        try:
            with same_random_numbers():
                told = {"is": getattr(self, f"_{question['do']}")(**options)}
        except BaseException as error:  # sys.exit(), too: they shall not end this process
            told = {"error": self._raised(error)}
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        return {**told, "refused": self._refused[:20], "own": OwnLibraryError.called[:5]}

    def _define(self, file: str, pieces: list[list[str]], whole: bool) -> dict[str, Any]:
        """Run the definitions of a file, or all of it."""
        path = Path(file)
        self._stack.enter_context(own_neighbours(path))
        folder = path.parent
        packages = {init.parent.name for init in folder.glob("*/__init__.py")}
        neighbours = {each.stem for each in folder.glob("*.py")} | packages
        self._pieces = {name for name, _ in pieces}
        self._texts = {name: text for name, text in pieces}
        scope, left_out = defined([(name, text) for name, text in pieces], file, neighbours, whole)
        self._scope = scope
        OwnLibraryError.called.clear()  # what calls it at the top level is left out, and does no harm
        self._refused.clear()
        return {
            "names": {n: _shown(v) for n, v in scope.items() if not n.startswith("__")},
            "left_out": left_out,
        }

    def _wanted(self, functions: list[str], is_object: bool, methods: dict[str, str]) -> Wanted:
        return Wanted(self._scope, functions, is_object, methods, frozenset(self._pieces))

    def _make(
        self,
        arguments: dict[str, Any],
        functions: list[str],
        init: Any,
        is_object: bool,
        methods: dict[str, str],
    ) -> Any:
        """Make a way of judging out of functions, or of an object and perhaps its loss."""
        way, flat = way_made(self._wanted(functions, is_object, methods), arguments, init)
        self._ways.append(way)
        return {
            "number": len(self._ways) - 1,
            "name": way.name,
            "layer": way.layer,
            "cotangent": way.cotangent,
            "quantities": way.quantities,
            "rate": way.rate(),
            "free": way.free if isinstance(way, ObjectPass) else 0,
            "slope": isinstance(way, Pass) and way.slope,
            "in_code": [*way.in_code],
            "flat": flat,
        }

    def _undefined(self, functions: list[str], is_object: bool, methods: dict[str, str]) -> Any:
        """The names that nothing has defined."""
        return undefined(self._wanted(functions, is_object, methods))

    def _outcomes(
        self,
        functions: list[str],
        is_object: bool,
        methods: dict[str, str],
        guesses: list[list[Any]],
        most: int,
        enough: int,
    ) -> Any:
        """How far each of some guesses gets."""
        return outcomes(self._wanted(functions, is_object, methods), guesses, most, enough)

    def _grow(
        self,
        functions: list[str],
        is_object: bool,
        methods: dict[str, str],
        arguments: dict[str, Any],
        init: Any,
        most: int,
    ) -> Any:
        """A guess, changed until it gets through; what that took; and the global names that were guessed, as
        they are now."""
        wanted = self._wanted(functions, is_object, methods)
        given, started, stage, work = grown_example(wanted, arguments, init, most)
        return [given, started, stage, work, {n: self._scope[n] for n in self._scope.get("__guessed__", ())}]

    def _forward(self, number: int, arguments: dict[str, Any]) -> Any:
        return self._ways[number].forward(arguments)

    def _forwards(self, number: int, arguments: dict[str, Any], moves: list[list[Any]]) -> Any:
        """The outputs after moves of one number each: an argument, a place in it, what stands there."""
        found = []
        with kept_random_numbers():
            for name, index, value in moves:
                array = arguments[name]
                before, array.flat[index] = array.flat[index], value
                found.append(self._ways[number].forward(arguments))
                array.flat[index] = before
        return found

    def _run(self, number: int, arguments: dict[str, Any], dout: Any) -> Any:
        ran = self._ways[number].run(arguments, dout)
        return [ran.out, ran.returned, ran.changed, ran.read]

    def _repairs_of(self, number: int, arguments: dict[str, Any], dout: Any, most: int) -> Any:
        """What is returned after changes of one place in the code that leave the output as it is: the name of
        what is mended, the line, and the numbers."""
        way = self._ways[number]
        with kept_random_numbers():
            with watched(self._pieces) as seen:
                before = way.run(arguments, dout)
            most = min(most, REPAIRING // (A_CHANGE + seen.count))
            codes = {code for code, _ in seen.lines}
            functions = [f for f in _functions_in(self._scope) if f.__code__ in codes]
            self._has_an_end = contextlib.nullcontext
            if any(linecache.getline(c.co_filename, n).lstrip().startswith("while") for c, n in seen.lines):
                self._has_an_end = partial(watched, self._pieces, LONGER * seen.count + A_CHANGE)
            found = []
            self._repairs = []
            for repair in itertools.islice(repairs_of(functions, self._texts, seen.lines), most):
                try:
                    with repaired(repair), self._has_an_end():
                        after = way.run(arguments, dout)
                except Exception:  # it is no change that this code can do with
                    continue
                if equal(after.out, before.out):
                    line = linecache.getline(repair.code.co_filename, repair.line).strip()[:SHOWN]
                    found.append([len(self._repairs), repair.name, repair.line, line, after.returned])
                    self._repairs.append(repair)
        return found

    def _repaired(self, number: int, repair: int, arguments: dict[str, Any], dout: Any) -> Any:
        """What is returned after one of these changes."""
        with repaired(self._repairs[repair]), self._has_an_end():
            return self._ways[number].run(arguments, dout).returned

    def _tape(self, number: int, arguments: dict[str, Any]) -> Any:
        """The graph of a forward pass, as arrays."""
        if self._tape_of is None:
            raise NotImplementedError("nothing is recorded in this process")
        return self._tape_of(self._ways[number], arguments)

    def _seen(self, number: int, arguments: dict[str, Any], dout: Any) -> Any:
        """The arrays in their variables, with the lines that they get their values on."""
        way = self._ways[number]
        seen = seen_variables(way.functions, lambda: way.run(arguments, dout))
        return [
            [v.name, v.array, v.main, v.given, *((v.line.number, v.line.text[:SHOWN]) if v.line else (0, ""))]
            for v in seen[:SMALL]
        ]

    def _name(self, name: str, value: Any) -> None:
        """Define a global name that the file reads, and that nothing has defined."""
        guessed = self._scope.setdefault("__guessed__", [])
        if name not in self._scope or name in guessed:
            self._scope[name] = value
            guessed += [] if name in guessed else [name]

    def _replace(self, values: dict[str, Any]) -> None:
        """Have other values for global names."""
        self._scope.update(values)

    def _call(self, function: str) -> Any:
        return self._scope[function]()

    def _twin(self, function: str, layers: Any, dA: Any) -> Any:
        """``backward(twin, cache, dA)``, with W, b, g, Z and A by layer."""
        twin = Twin(
            layers["W"], layers["b"], {l: _Activation(name, self._ask) for l, name in layers["g"].items()}
        )
        cache = Twin.Cache(layers["Z"], layers["A"])
        return call_backward(self._scope[function], twin, cache, dA)

    def _rule(self, function: str, operands: dict[str, Any]) -> Any:
        if "g" in operands:
            operands["g"] = _Activation(operands["g"], self._ask)
        return call_rule(self._scope[function], operands)

    def _scalars(self, kind: str, steps: list[list[Any]]) -> Any:
        """Do steps with nodes of a scalar class, some of which make the node of a number; gives what the last
        gives."""
        result: Any = None
        for what, made, *operands in steps:
            given = [self._nodes[each["node"]] if isinstance(each, dict) else each for each in operands]
            if what == "reset":
                self._nodes.clear()
            elif what == "make":
                self._nodes[made] = self._scope[kind](given[0])
            elif what == "has":
                result = hasattr(given[0], given[1])
            elif what == "get":
                result = _number(getattr(given[0], given[1]))
            elif what == "number":
                result = _number(getattr(given[0], "data", given[0]))
            elif what == "set":
                setattr(given[0], given[1], given[2])
            elif what == "backward":
                given[0].backward()
            elif what == "chain":  # the same operation again and again
                node, name, times = given
                for _ in range(times):
                    node = _applied(name, [node, given[0]] if name == "add" else [node])
                self._nodes[made] = node
            else:
                self._nodes[made] = _applied(what, given)
        return result

    def _raised(self, error: BaseException) -> dict[str, Any]:
        """What was raised, and the last line of theirs on the way to it."""
        frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename in self._pieces]
        told: dict[str, Any] = {"raised": f"{type(error).__name__}: {_text(error):.{SHOWN}}"}
        if frames:
            last = frames[-1]
            cell = "" if os.path.isabs(last.filename) else f" of {last.filename}"
            function = last.name if last.name != "<module>" else ""
            told |= {"line": f"{last.lineno}{cell}", "function": function, "code": (last.line or "")[:SHOWN]}
            told["means"] = self._meaning(error, last)
        return told

    def _meaning(self, error: BaseException, last: traceback.FrameSummary) -> str:
        """What that means at their line."""
        names: dict[str, Any] = {}
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename in self._pieces:
                names = {**frame.f_globals, **frame.f_locals}
        first, end = last.lineno or 0, getattr(last, "end_lineno", None) or last.lineno or 0
        line = " ".join(linecache.getline(last.filename, n).strip() for n in range(first, end + 1))
        try:
            return meaning(error, line, names)[:SHOWN]
        except Exception:  # something of theirs that only looks like an array, say
            return ""


def _functions_in(scope: Mapping[str, Any]) -> Iterator[FunctionType]:
    """The functions of a file, and the methods of its classes."""
    for each in [*scope.values()]:
        inside = [*vars(each).values()] if isinstance(each, type) else [each]
        for one in inside:
            plain = getattr(one, "__func__", one)
            if isinstance(plain, FunctionType):
                yield plain


class Twin:
    """Stands for a network's matrix twin: its numbers, and no backward pass."""

    class Cache:
        """Stands for what a forward pass kept."""

        def __init__(self, Z: Any, A: Any) -> None:
            self.Z, self.A = Z, A

    def __init__(self, W: Any, b: Any, g: Any) -> None:
        self.W, self.b, self.g, self.L = W, b, g, len(W)

    def __getattr__(self, name: str) -> Any:
        if name in ("forward", "backward", "from_scalar"):
            raise OwnLibraryError(f"{name}() of the network")
        raise AttributeError(f"twin has W, b, g and L, and no {name}")


class _Activation:
    """Stands for an activation, whose numbers come from the judge."""

    def __init__(self, name: str, ask: Callable[[Any], Any]) -> None:
        self.name, self._ask = name, ask

    def forward(self, Z: Any) -> Any:
        """g(Z)."""
        return self._ask({"activation": self.name, "method": "forward", "operands": [np.asarray(Z)]})

    def derivative(self, Z: Any, A: Any) -> Any:
        """g′(Z), where A is g(Z)."""
        return self._ask(
            {"activation": self.name, "method": "derivative", "operands": [np.asarray(Z), np.asarray(A)]}
        )

    __call__ = forward


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception of theirs that cannot even be told
        return ""


def _applied(name: str, operands: list[Any]) -> Any:
    """An operator of Python's, or a method."""
    found = getattr(operator, name, None)
    if found is not None:
        return found(*operands)
    if not hasattr(operands[0], name):
        raise AttributeError(f"no {name}")
    return getattr(operands[0], name)(*operands[1:])


def _number(thing: Any) -> Any:
    return thing if thing is None else float(thing)


def _shown(thing: Any) -> dict[str, Any]:
    """What a name stands for: a small array itself, of a function its parameters."""
    if isinstance(thing, type):
        return {"kind": "class", "module": thing.__module__}
    if inspect.isfunction(thing):
        return {"kind": "function", "module": thing.__module__}
    if isinstance(thing, np.ndarray) and thing.dtype.kind in "biuf" and thing.size <= SMALL:
        return {"kind": "array", "is": np.array(thing)}
    if type(thing) in (bool, int, float, str):
        return {"kind": "setting", "is": thing}
    if isinstance(thing, dict) and all(isinstance(key, str) for key in thing):
        plain = {k: v.__name__ if inspect.isfunction(v) else v for k, v in thing.items()}
        small = all(not isinstance(v, np.ndarray) or v.size <= SMALL for v in thing.values())
        return {"kind": "dict", "is": plain if small and len(thing) <= 50 else {}}
    own = type(thing).__module__ == "student"
    return {"kind": "object" if own else "other", "type": type(thing).__name__}
