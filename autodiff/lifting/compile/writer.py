"""Writer: straight-line NumPy code that writes into arrays it owns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.lifting.compile.elementary import WITH_OUT, Array
from autodiff.lifting.compile.rolling import Loop, rolled

__all__ = ["SHARED_OUT", "THREADED", "Operand", "Writer"]

Operand = Array | float

THREADED = 8_000  # elements from which BLAS may share out a product of vectors among threads
SHARED_OUT = 200_000  # multiplications from which it may share out a product of matrices
EXTREMA = (np.maximum, np.minimum)  # of which a third operand would be ambiguous
LONGEST = 500  # lines of a function; compiling takes more than proportionally longer


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
        """Write one call, for its effect on an operand or on ``out``, which is quicker passed by place."""
        if function is np.copyto and isinstance(operands[1], float):
            self.lines.append(f"{self.name(operands[0])}.fill({operands[1]!r})")
            return
        if isinstance(function, np.ufunc):  # an array of shape () spares the conversion of a number
            operands = tuple(self._full(x, ()) if isinstance(x, float) else x for x in operands)
        if (isinstance(function, np.ufunc) and function not in EXTREMA) or function is np.dot:
            operands = (*operands, options.pop("out"))
        words = [*map(self.name, operands)]
        words += [f"{key}={self.name(each)}" for key, each in options.items()]
        self.lines.append(f"{self.name(function)}({', '.join(words)})")

    def _full(self, number: float, shape: tuple[int, ...]) -> Array:
        key = (repr(number), shape)  # as text, -0.0 is not 0.0
        if key not in self._constants:
            self._constants[key] = np.full(shape, number, self.dtype)
        return self._constants[key]

    def elementwise(self, function: Callable[..., Any], operands: Sequence[Operand], target: Array) -> None:
        """Write ``target = function(operands)``, element by element."""
        if not isinstance(function, np.ufunc) and function not in WITH_OUT.values():
            self.assign(target, function, *operands)
            return
        if function in EXTREMA:  # far quicker between arrays of one shape
            operands = [self._full(x, target.shape) if isinstance(x, float) else x for x in operands]
        if function is np.greater and target.dtype != bool:  # one call that converts its result is slower
            mask = self._masks.setdefault(target.shape, np.empty(target.shape, bool))
            self.call(function, *operands, out=mask)
            self.call(np.copyto, target, mask)
        else:
            self.call(function, *operands, out=target)

    def assign(self, target: Array, function: Callable[..., Any], *operands: Any) -> None:
        """Write ``target = function(...)`` for a function that takes no ``out``."""
        words = ", ".join(map(self.name, operands))
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

    def product(self, a: Array, b: Array, out: Array) -> Array:
        """Write out = a·b, the matrix product, or a stack of them.

        ``np.dot`` is the quicker call where the result can be written as it lies, or as its transpose
        lies, and ``np.matmul`` the quicker computation once BLAS uses several threads.
        """
        function = np.matmul if out.size * a.shape[-1] > SHARED_OUT else np.dot
        if out.ndim == 2 and out.flags.c_contiguous:
            self.call(function, a, b, out=out)
        elif out.ndim == 2 and out.T.flags.c_contiguous:
            self.call(function, b.T, a.T, out=out.T)
        else:
            self.call(np.matmul, a, b, out=out)
        return out

    def scratch(self, shape: tuple[int, ...]) -> Array:
        """An array of ``shape`` for passing results; hand it back with ``release``."""
        free = self._free.get(shape)
        return free.pop() if free else np.empty(shape, self.dtype)

    def release(self, *arrays: Any) -> None:
        """Let later code reuse these scratch arrays."""
        for array in arrays:
            self._free.setdefault(array.shape, []).append(array)

    def function(
        self, lines: list[str], arguments: Sequence[str] = (), views: Mapping[str, str] | None = None
    ) -> Callable[..., None]:
        """A function that runs ``lines``, as loops where they repeat. Its names are parameters, which are the
        fastest to read; those in ``arguments`` are passed in each call, and ``views`` says how names are made
        of them."""
        views = views or {}
        fixed = {*arguments, *views}
        statements = [
            self._loop(each) if isinstance(each, Loop) else each for each in rolled(lines, self.names, fixed)
        ]
        pieces = [statements[i : i + LONGEST] for i in range(0, len(statements), LONGEST)] or [["pass"]]
        parts = [self._compiled(piece, arguments, views) for piece in pieces]
        if len(parts) == 1:
            return parts[0]

        def run(*passed: Any) -> None:
            for part in parts:
                part(*passed)

        return run

    def _loop(self, loop: Loop) -> str:
        """The statement that a loop is, its arrays in a list."""
        steps = [tuple(self.names[name] for name in step) for step in loop.steps]
        variables = "".join(f"s{number}, " for number in range(len(steps[0])))
        return "\n        ".join([f"for {variables or '_ '}in {self.name(steps)}:", *loop.body])

    def _compiled(
        self, statements: Sequence[str], arguments: Sequence[str], views: Mapping[str, str]
    ) -> Callable[..., None]:
        used = sorted(set(re.findall(r"\bv\d+\b", "\n".join(statements))).difference(arguments))
        made = [f"{name} = {views[name]}" for name in used if name in views]
        used = [name for name in used if name not in views]
        body = "\n    ".join([*made, *statements])
        # A slope that is a number may be infinite, and is written inf.
        namespace = {"inf": math.inf, "nan": math.nan, **{f"_{name}": self.names[name] for name in used}}
        header = ", ".join([*arguments, *(f"{name}=_{name}" for name in used)])
        exec(f"def run({header}):\n    {body}", namespace)
        return namespace["run"]  # type: ignore[no-any-return]

    def _touching(self, array: Array) -> dict[str, Array]:
        """The named arrays that may share memory with ``array``."""
        arrays = {name: each for name, each in self.names.items() if isinstance(each, np.ndarray)}
        return {name: each for name, each in arrays.items() if np.may_share_memory(each, array)}

    def views(self, array: Array, word: str) -> dict[str, str] | None:
        """What the names that stand for parts of ``array`` would be if it were called ``word``; None
        if one is neither all of it in another shape nor a transpose of that."""
        parts = {}
        for name, each in self._touching(array).items():
            if each.size != array.size:
                return None
            if each.flags.c_contiguous:
                parts[name] = word if each.shape == array.shape else f"{word}.reshape({each.shape})"
            elif each.T.flags.c_contiguous and each.T.shape == array.shape:
                parts[name] = f"{word}.T"
            elif each.T.flags.c_contiguous:
                parts[name] = f"{word}.reshape({each.T.shape}).T"
            else:
                return None
        return parts

    def only_output(self, array: Array) -> str | None:
        """The name of ``array`` if one matrix product writes it and no other line touches its memory."""
        touching = self._touching(array)
        if len(touching) != 1:
            return None
        ((name, written),) = touching.items()
        lines = [line for line in self.lines if re.search(rf"\b{name}\b", line)]
        products = {f"{self._named.get(id(product))}(" for product in (np.dot, np.matmul)}
        alone = len(lines) == 1 and lines[0].endswith(f", {name})") and lines[0].startswith(tuple(products))
        return name if alone and written.shape == array.shape and written.flags.c_contiguous else None
