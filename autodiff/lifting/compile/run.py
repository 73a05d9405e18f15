"""Run: a program's code and buffers for one number of samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff.lifting.compile.adjoint import Backward
from autodiff.lifting.compile.diagnose import domain_failure
from autodiff.lifting.compile.emit import Buffers, Forward
from autodiff.lifting.compile.kernel import Array, Writer
from autodiff.lifting.formula import Block

if TYPE_CHECKING:
    from autodiff.lifting.program import Program

__all__ = ["Result", "Run"]

LARGE = 1500  # numbers from which copying them costs more than passing the array on


@dataclass
class Result:
    """What one run of a program gives.

    Attributes:
        loss: the value of the root; with ``batch=True`` its mean over the samples.
        grads: ∂loss/∂array by name, each of its array's shape: of every parameter, and with
            ``wrt_inputs=True`` of every input.
    """

    loss: float
    grads: dict[str, Array]


class Run:
    """A program's code and buffers for one number of samples.

    Attributes:
        ends: per formula, where its lines end in ``writer.lines``.
        operations: number of array operations of the forward pass.
        inputs: by name, where the code reads them.
    """

    def __init__(
        self, program: Program, static: Array, sizes: tuple[int, int], m: int, wanted: Sequence[Block]
    ) -> None:
        self.program = program
        self.buffers = buffers = Buffers(static, sizes, m)
        self.writer = writer = Writer(program.dtype)
        forward = Forward(writer, buffers)
        self.ends: list[int] = []
        for formula in program.formulas:
            forward.formula(formula)
            self.ends.append(len(writer.lines))
        self.operations = len(writer.lines) - writer.watches
        root = program.formulas[-1].block
        backward = Backward(forward, program.blocks, program.needs)
        backward.state[root] = 1.0 / m if root.varies else 1.0
        for formula in reversed(program.formulas):
            backward.formula(formula)
        for block in wanted:
            backward.finish(block)
        self.inputs = {b.name: buffers.block(buffers.values, b) for b in program.blocks if b.role == "input"}
        backward_ends = len(writer.lines)
        caught = forward.caught(program.formulas)
        for block in program.blocks:
            if block.role == "input" and block not in caught:
                writer.watch(self.inputs[block.name])
        self._root = buffers.block(buffers.values, root).reshape(-1)
        self._mean = np.full(len(self._root), 1.0 / len(self._root), program.dtype)
        self._gradients = {b.name: buffers.block(buffers.cotangents, b) for b in wanted}
        self._compile(self.ends[-1], backward_ends)

    def _compile(self, forward_ends: int, backward_ends: int) -> None:
        """Make functions of the lines. Large arrays are their arguments and not copied: inputs that
        the code reads in plain views only, and gradients that one matrix product writes. So are small
        inputs that are read just as they are."""
        writer = self.writer
        views: dict[str, str] = {}
        self._borrowed: list[str] = []
        for name, array in self.inputs.items():
            found = writer.views(array, f"x{len(self._borrowed)}")
            if found is not None and (array.size > LARGE or not any("(" in each for each in found.values())):
                self._borrowed.append(name)
                views.update(found)
        given = [f"x{i}" for i in range(len(self._borrowed))]
        self._places = [
            (name, array, array.shape, array.dtype, name in self._borrowed)
            for name, array in self.inputs.items()
        ]
        self._fresh: list[tuple[str, tuple[int, ...]]] = []
        self._copied: list[str] = []
        for name, array in self._gradients.items():
            output = writer.only_output(array) if array.size > LARGE else None
            if output:
                self._fresh.append((name, array.shape))
                given.append(output)
            else:
                self._copied.append(name)
        both = writer.function(writer.lines, given, views)
        self._guarded = np.errstate(all="raise", under="ignore")(both)
        self._backward = writer.function(writer.lines[forward_ends:backward_ends], given, views)

    def take(self, inputs: Mapping[str, Any]) -> list[Array] | None:
        """Copy the inputs to where they are read, and give back those that are read where they are;
        None if they are not arrays of just the shape and type that fit."""
        if len(inputs) != len(self._places):
            return None
        taken = []
        for name, place, shape, dtype, borrowed in self._places:
            array = inputs.get(name)
            if array.__class__ is not np.ndarray or array.shape != shape or array.dtype != dtype:
                return None
            if borrowed:
                taken.append(np.asarray(array, order="C"))
            else:
                place[...] = array
        return taken

    def result(self, taken: list[Array]) -> Result:
        """Run both passes: the loss, the mean over the samples where there are any, and the gradients."""
        grads = dict(self._gradients)
        given = list(taken)
        for name, shape in self._fresh:
            grads[name] = fresh = np.empty(shape, self._root.dtype)
            given.append(fresh)
        loss = self._loss(taken, given)
        for name in self._copied:
            grads[name] = grads[name].copy()
        return Result(loss, grads)

    def _loss(self, taken: list[Array], given: list[Array]) -> float:
        try:
            self._guarded(*given)
            loss = float(np.dot(self._root, self._mean))
            if math.isfinite(loss):
                return loss
        except FloatingPointError:
            pass
        for name, array in zip(self._borrowed, taken):
            self.inputs[name][...] = array
        failure = domain_failure(self)
        if failure is not None:
            raise failure
        # The values are sound. A slope that is infinite at the edge of a domain (sqrt at 0) is
        # what the scalar engine gives there, too.
        with np.errstate(all="ignore"):
            self._backward(*given)
        return float(np.dot(self._root, self._mean))
