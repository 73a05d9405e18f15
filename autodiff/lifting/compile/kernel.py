"""Kernel: straight-line NumPy code that writes into buffers it owns.

A rule of the operation table becomes a few ufunc calls here: applied to expressions it yields
a small graph, whose calls are written one after the other, each into scratch space that is given
back as soon as its last reader is done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.namespaces import ARRAYS, FLOATS, Namespace
from autodiff.formulas.expr import Expr

__all__ = ["ELEMENTARY", "THREADED", "Array", "Operand", "Writer"]

Array = npt.NDArray[Any]
Operand = Array | float

THREADED = 8_000  # elements from which BLAS may share out a product of vectors among threads
LONGEST = 500  # lines of a function; compiling takes more than proportionally longer
LITTLE = 2.0**-10  # what must be left of 1 in 1 - y² for twelve digits of it to be right
ONE = np.ones(())  # a plain number would be converted on every call


def sech_squared(x: Array, y: Array, out: Array) -> None:
    """out = sech²(x) for y = tanh(x), arrays of one shape; in double precision to a relative 3e-13.

    1 - y² needs no exponential, which would cost as much as all else in the backward pass of a
    small layer, but loses the digits that y = ±0.999… no longer has: sech itself is for these.
    """
    if out.dtype != np.float64:
        s = ARRAYS.sech(x)
        np.multiply(s, s, out=out)
        return
    np.multiply(y, y, out=out)
    np.subtract(ONE, out, out=out)
    if out.item(out.argmin()) < LITTLE:  # half the cost of min()
        few = out < LITTLE
        s = ARRAYS.sech(x[few])
        out[few] = s * s


_OPERATORS: dict[str, np.ufunc] = {  # what Python's operators are for arrays
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "greater": np.greater,
}
_OWN: dict[str, Callable[..., None]] = {"sech_squared": sech_squared}  # functions with an ``out`` of ours


class _Elementary(Namespace):
    """Rules as expressions of nothing but arithmetic and the functions arrays have themselves."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if hasattr(type(ARRAYS), name):
            return lambda *operands: Expr(name, tuple(map(_as_expr, operands)))
        return super().__getattr__(name)

    @staticmethod
    def step(x: Any) -> Expr:
        return Expr("greater", (_as_expr(x), Expr(0.0)))

    def sech_squared(self, x: Any, y: Any) -> Expr:
        return Expr("sech_squared", (_as_expr(x), _as_expr(y)))

    @staticmethod
    def abs(x: Any) -> Expr:
        return Expr("abs", _as_expr(x).args if _as_expr(x).head == "neg" else (_as_expr(x),))


def _as_expr(operand: Any) -> Expr:
    return operand if isinstance(operand, Expr) else Expr(float(operand))


ELEMENTARY = _Elementary()


def _shared(expr: Expr) -> Expr:
    """The same expression with equal parts made one, so that each is computed once."""
    known: dict[tuple[Any, ...], Expr] = {}

    def visit(node: Expr) -> Expr:
        args = tuple(map(visit, node.args))
        if node.head == "mul" and args[1].head == "div":  # c·(1/x) is c/x
            c, (one, x) = args[0].head, args[1].args
            if isinstance(c, float) and one.head == 1.0:
                node, args = Expr("div", (args[0], x)), (args[0], x)
        return known.setdefault((node.head, *map(id, args)), Expr(node.head, args))

    return visit(expr)


class Writer:
    """Writes lines of code over the arrays it is given.

    Attributes:
        lines: the statements so far.
        names: the objects that the statements name.
        watches: how many of the statements compute nothing, but look whether numbers are finite.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self.watches = 0
        self._named: dict[int, str] = {}
        self._constants: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._free: dict[tuple[int, ...], list[Array]] = {}
        self._masks: dict[tuple[int, ...], npt.NDArray[np.bool_]] = {}

    def name(self, thing: Any) -> str:
        """The name of ``thing`` in the code; plain numbers are their own."""
        if isinstance(thing, (int, float, tuple, str)):
            return repr(thing)
        if id(thing) not in self._named:
            self._named[id(thing)] = name = f"v{len(self.names)}"
            self.names[name] = thing
        return self._named[id(thing)]

    def call(self, function: Callable[..., Any], *operands: Any, **options: Any) -> None:
        """Write one call, for its effect on an operand or on ``out``."""
        if isinstance(function, np.ufunc):  # an array of shape () spares the conversion of a number
            operands = tuple(self._full(each, ()) if isinstance(each, float) else each for each in operands)
        words = [self.name(each) for each in operands]
        words += [f"{key}={self.name(each)}" for key, each in options.items()]
        self.lines.append(f"{self.name(function)}({', '.join(words)})")

    def _full(self, number: float, shape: tuple[int, ...]) -> Array:
        key = (repr(number), shape)  # as text, -0.0 is not 0.0
        if key not in self._constants:
            self._constants[key] = np.full(shape, number, self.dtype)
        return self._constants[key]

    def elementwise(self, function: Callable[..., Any], operands: Sequence[Operand], target: Array) -> None:
        """Write ``target = function(operands)``, element by element."""
        if not isinstance(function, np.ufunc) and function not in _OWN.values():
            self.assign(target, function, *operands)
            return
        if function in (np.maximum, np.minimum):  # far quicker between arrays of one shape
            operands = [
                self._full(each, target.shape) if isinstance(each, float) else each for each in operands
            ]
        if function is np.greater and target.dtype != bool:  # one call that converts its result is slower
            mask = self._masks.setdefault(target.shape, np.empty(target.shape, bool))
            self.call(function, *operands, out=mask)
            self.call(np.copyto, target, mask)
        else:
            self.call(function, *operands, out=target)

    def assign(self, target: Array, function: Callable[..., Any], *operands: Any) -> None:
        """Write ``target = function(...)`` for a function that takes no ``out``."""
        words = ", ".join(self.name(each) for each in operands)
        self.lines.append(f"{self.name(np.copyto)}({self.name(target)}, {self.name(function)}({words}))")

    def watch(self, values: Array) -> None:
        """Write a statement that raises FloatingPointError unless all values are finite; it may do
        so, too, if some are so large that their squares are not.

        NumPy notices an overflow in its own thread only, and later operations such as tanh would
        hide it. The quickest way to find it is a product; row by row where BLAS would share it out
        among threads.
        """
        if values.size < THREADED:
            flat = self.name(values.reshape(-1))
            total = f"{self.name(np.dot)}({flat}, {flat})"
        else:
            count = next(
                n for n in range(-(-values.size // THREADED), values.size + 1) if values.size % n == 0
            )
            rows = self.name(values.reshape(count, -1))
            total = f"{self.name(np.add.reduce)}({self.name(np.vecdot)}({rows}, {rows}))"
        self.lines.append(f"if not {self.name(math.isfinite)}({total}): raise FloatingPointError")
        self.watches += 1

    def scratch(self, shape: tuple[int, ...]) -> Array:
        """An array of ``shape`` for passing results; hand it back with ``release``."""
        free = self._free.get(shape)
        return free.pop() if free else np.empty(shape, self.dtype)

    def release(self, *arrays: Any) -> None:
        """Let later code reuse these scratch arrays."""
        for array in arrays:
            self._free.setdefault(array.shape, []).append(array)

    def evaluate(self, expr: Expr, values: Mapping[str, Operand], out: Array) -> Operand:
        """Write the calls that compute ``expr``, the last one into ``out``.

        Returns what holds the result: ``out``, or a number or one of ``values`` where nothing is
        to be computed.
        """
        expr = _shared(expr)
        return _Evaluation(self, expr, values, out).value(expr)

    def function(
        self, lines: list[str], given: Sequence[str] = (), views: Mapping[str, str] | None = None
    ) -> Callable[..., None]:
        """A function that runs ``lines``. Its names are parameters, which are the fastest to read;
        those ``given`` are its arguments, and ``views`` says what names stand for that are made of
        arguments."""
        views = views or {}
        if len(lines) > LONGEST:
            pieces = [lines[i : i + LONGEST] for i in range(0, len(lines), LONGEST)]
            parts = [self.function(piece, given, views) for piece in pieces]

            def run(*arguments: Any) -> None:
                for part in parts:
                    part(*arguments)

            return run
        used = sorted(set(re.findall(r"\bv\d+\b", "\n".join(lines))).difference(given))
        made = [f"{name} = {views[name]}" for name in used if name in views]
        used = [name for name in used if name not in views]
        body = "\n    ".join([*made, *lines] or ["pass"])
        namespace = {f"_{name}": self.names[name] for name in used}
        header = ", ".join([*given, *(f"{name}=_{name}" for name in used)])
        exec(f"def run({header}):\n    {body}", namespace)
        return namespace["run"]  # type: ignore[no-any-return]

    def _touching(self, array: Array) -> dict[str, Array]:
        """The named arrays that may share memory with ``array``."""
        arrays = {name: each for name, each in self.names.items() if isinstance(each, np.ndarray)}
        return {name: each for name, each in arrays.items() if np.may_share_memory(each, array)}

    def views(self, array: Array, word: str) -> dict[str, str] | None:
        """What the names that stand for parts of ``array`` would be if it were called ``word``; None
        if one is neither all of it in another shape nor a transpose of that."""
        found = {}
        for name, each in self._touching(array).items():
            if each.size != array.size:
                return None
            if each.flags.c_contiguous:
                found[name] = word if each.shape == array.shape else f"{word}.reshape({each.shape})"
            elif each.T.flags.c_contiguous and each.T.shape == array.shape:
                found[name] = f"{word}.T"
            elif each.T.flags.c_contiguous:
                found[name] = f"{word}.reshape({each.T.shape}).T"
            else:
                return None
        return found

    def only_output(self, array: Array) -> str | None:
        """The name of ``array`` if one matrix product writes it and no other line touches its memory."""
        touching = self._touching(array)
        if len(touching) != 1:
            return None
        ((name, written),) = touching.items()
        lines = [line for line in self.lines if re.search(rf"\b{name}\b", line)]
        products = {f"{self._named.get(id(product))}(" for product in (np.dot, np.matmul)}
        alone = len(lines) == 1 and lines[0].endswith(f"out={name})") and lines[0].startswith(tuple(products))
        return name if alone and written.shape == array.shape and written.flags.c_contiguous else None


class _Evaluation:
    """Writes the calls that compute one expression, in which equal parts are one."""

    def __init__(self, writer: Writer, expr: Expr, values: Mapping[str, Operand], out: Array) -> None:
        self.writer, self.expr, self.values, self.out = writer, expr, values, out
        self.done: dict[Expr, Operand] = {}
        self.scratch: set[Expr] = set()  # those whose results lie in scratch space
        self.waiting: dict[Expr, int] = {expr: 1}  # how often each is still to be read
        self.readers: dict[Expr, set[str | float]] = {}  # by what
        self._count(expr)

    def _count(self, node: Expr) -> None:
        for each in node.args:
            self.readers.setdefault(each, set()).add(node.head)
            self.waiting[each] = self.waiting.get(each, 0) + 1
            if self.waiting[each] == 1:
                self._count(each)

    def value(self, node: Expr) -> Operand:
        """What holds the result of a node, written if it was not yet."""
        if node not in self.done:
            if isinstance(node.head, float):
                self.done[node] = node.head
            elif node.args:
                self.done[node] = self._apply(node)
            else:
                self.done[node] = self.values[node.head]
        return self.done[node]

    def _apply(self, node: Expr) -> Operand:
        operands = [self.value(each) for each in node.args]
        head = str(node.head)
        function = _OPERATORS.get(head) or _OWN.get(head) or getattr(ARRAYS, head)
        if all(isinstance(each, float) for each in operands):
            return float((_OPERATORS.get(head) or getattr(FLOATS, head))(*operands))
        shape = np.broadcast_shapes(*(np.shape(each) for each in operands))
        spent = self._spent(node)
        if function is np.greater and self.out.size >= THREADED and self.readers.get(node) == {"mul"}:
            target: Array = np.empty(shape, bool)  # a factor may be of bools; if large, that is quicker
        elif node is self.expr:
            target = self.out
        else:
            # A ufunc may write over its own operand; a longer function reads it again.
            fitting = [each for each in spent if each.shape == shape and isinstance(function, np.ufunc)]
            target = fitting[0] if fitting else self.writer.scratch(shape)
            spent = [each for each in spent if each is not target]
            self.scratch.add(node)
        self.writer.elementwise(function, operands, target)
        self.writer.release(*spent)
        return target

    def _spent(self, node: Expr) -> list[Array]:
        """The scratch arrays that this node is the last to read."""
        spent: list[Any] = []
        for each in dict.fromkeys(node.args):
            self.waiting[each] -= node.args.count(each)
            if each in self.scratch and not self.waiting[each]:
                spent.append(self.done[each])
        return spent
