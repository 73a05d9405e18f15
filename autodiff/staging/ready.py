"""Ready: the shortest way from a call to its program, for calls like one that has been."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from autodiff.lifting import BranchError, Program, Result
from autodiff.staging.arguments import Flat
from autodiff.staging.recording import Recording

__all__ = ["Ready"]


class Ready:
    """A program for calls by position, with arrays of the same shapes and dtypes, and equal static arguments.

    Args:
        found: the recording that the program is of.
        program: what runs.
        args: of a call that it fits; of arrays, floats and static arguments only.
        flat: the same taken apart.
        wrt: the names of the arrays that gradients are given for.
    """

    def __init__(
        self, found: Recording, program: Program, args: Sequence[Any], flat: Flat, wrt: Sequence[str]
    ) -> None:
        self.program = program
        self._found = found
        self._kinds = [*map(type, args)]
        self._arrays = [(i, arg.shape, arg.dtype) for i, arg in enumerate(args) if type(arg) is np.ndarray]
        self._static = [(i, arg) for i, arg in enumerate(args) if type(arg) not in (np.ndarray, float)]
        floats = iter(flat.names)
        numbers = [i for i, arg in enumerate(args) if _holds_floats(arg)]
        names = {i: next(floats) for i in numbers}
        places = [i for i, name in names.items() if name in program.params]
        self._params = [program.params[names[i]] for i in places]
        # Of one place itemgetter gives what stands there, of several a tuple: so one is asked for twice.
        self._numbers = itemgetter(*places, *places[:1]) if places else tuple
        self._inputs = [(i, name) for i, name in names.items() if name not in program.params]
        self._integers = [
            i for i, arg in enumerate(args) if isinstance(arg, np.ndarray) and arg.dtype.kind in "iub"
        ]
        self._captures = found.captured.anything
        self._given = given = found.graph.given
        self._asks = bool(given.fed or given.fixed or given.shaped)
        self._single = [name for name in wrt if not program.params[name].ndim]

    @staticmethod
    def fits(args: Sequence[Any]) -> bool:
        """Whether there is this way for such arguments."""
        return all(
            type(arg) in (float, int, bool, str, type(None))
            or (
                type(arg) is np.ndarray
                and arg.ndim > 0
                and (arg.dtype == np.float64 or arg.dtype.kind in "iub")
            )
            for arg in args
        )

    def __call__(self, args: Sequence[Any]) -> Result | None:
        """A run; None if another recording, or a longer way, is needed."""
        if [*map(type, args)] != self._kinds:
            return None
        for i, shape, dtype in self._arrays:
            arg = args[i]
            if arg.shape != shape or arg.dtype is not dtype:
                return None
        for i, known in self._static:
            if args[i] != known:
                return None
        found = self._found
        if self._captures and not found.captured.same():
            return None
        inputs = {name: args[i] for i, name in self._inputs} if self._inputs else {}
        if self._asks:
            fed = self._given.in_call([args[i] for i in self._integers])
            if fed is None:
                return None
            inputs.update(fed)
        try:
            result = self.program.evaluate(zip(self._params, self._numbers(args)), inputs)
        except (BranchError, ArithmeticError, ValueError):
            return None
        for name in self._single:
            result.grads[name] = float(result.grads[name])  # type: ignore[assignment]
        return result


def _holds_floats(arg: Any) -> bool:
    return type(arg) is float or (type(arg) is np.ndarray and arg.dtype.kind == "f")
