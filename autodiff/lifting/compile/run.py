"""Run: a program's code and buffers for one number of samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from autodiff.engine.errors import DomainError
from autodiff.lifting.compile.adjoint import Backward
from autodiff.lifting.compile.buffers import Buffers
from autodiff.lifting.compile.diagnose import domain_failure
from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.compile.emit import Forward
from autodiff.lifting.compile.guarding import GuardBroken, write_guard
from autodiff.lifting.compile.writer import Writer
from autodiff.lifting.plan import Kept, Plan

__all__ = ["Result", "Run"]

LARGE = 1500  # numbers from which copying them costs more than passing the array on


@dataclass
class Result:
    """What one run of a program gives.

    Attributes:
        loss: the value of the root; with ``batch=True`` its mean over the samples.
        grads: ∂loss/∂array by name, each of its array's shape: of every parameter, and with
            ``wrt_inputs=True`` of every input.
        values: the arrays that ``keep`` names, by name, with a trailing axis for the samples.
        outputs: the array of outputs, if several were lifted; ``loss`` is their sum then.

    >>> from autodiff import Value, lift
    >>> w = Value(3.0, "w")
    >>> result = lift(w * w, {}, [w])()
    >>> result.loss, result.grads
    (9.0, {'w': array(6.)})
    """

    loss: float
    grads: dict[str, Array]
    values: dict[str, Array] = field(default_factory=dict)
    outputs: Array | None = None


class Run:
    """A program's code and buffers for one number of samples; for one caller at a time.

    Args:
        plan: what to compile.
        static: the buffer of what has no sample axis, with the constants and the parameters.
        m: the number of samples.
        line: the text of a formula, by its number from 0, for errors.

    Attributes:
        buffers: its memory; ``static`` is part of it.
        writer: its code.
        samples: m.
        operations: number of array operations of the forward pass.
        inputs: by name, where the code reads them.
    """

    def __init__(self, plan: Plan, static: Array, m: int, line: Callable[[int], str]) -> None:
        self.plan, self.samples, self._line = plan, m, line
        self.buffers = buffers = Buffers(static, plan.sizes, m)
        self.writer = writer = Writer(static.dtype)
        forward = Forward(writer, buffers)
        self._ends: list[int] = []  # where each formula's lines end
        for formula in plan.steps:
            forward.formula(formula)
            self._ends.append(len(writer.lines))
        self.operations = len(writer.lines) - writer.watches
        for guard in plan.guards:
            write_guard(forward, guard)
        guard_ends = len(writer.lines)
        root = plan.root
        backward = Backward(forward, plan)
        backward.cotangents.start(root, 1.0 / m if root.varies else 1.0)
        for formula in reversed(plan.formulas):
            backward.formula(formula)
        backward.cotangents.finish_all()
        backward_ends = len(writer.lines)
        inputs = plan.with_role("input")
        self.inputs = {block.name: buffers.block(buffers.values, block) for block in inputs}
        caught = forward.caught(plan.steps)
        for block in inputs:
            if block not in caught:
                writer.watch(self.inputs[block.name])
        self._root = buffers.block(buffers.values, root).reshape(-1)
        self._mean = np.full(len(self._root), 1.0 / len(self._root), static.dtype)
        self._gradients = {block.name: buffers.block(buffers.cotangents, block) for block in plan.wanted}
        self._keeps = bool(plan.all_kept)
        self._prepare_arguments()
        lines = writer.lines
        self._backward_lines = lines[guard_ends:backward_ends]
        self._guard_lines = lines[self._ends[-1] : guard_ends]
        both = self._function(lines[: self._ends[-1]] + lines[guard_ends:])
        self._guarded = np.errstate(all="raise", under="ignore")(both)

    def _prepare_arguments(self) -> None:
        """Find out which large arrays are arguments of the code and not copied: inputs that it reads in
        plain views only, and gradients that one matrix product writes. So are small inputs that are
        read just as they are."""
        writer = self.writer
        self._views: dict[str, str] = {}
        self._borrowed: list[str] = []
        # What is kept is read from its place, so it must be there.
        kept = {block.name for array in self.plan.all_kept for block in array.blocks}
        for name, array in self.inputs.items():
            if name in kept:
                continue
            of_array = writer.views(array, f"x{len(self._borrowed)}")
            if of_array is not None and (
                array.size > LARGE or not any("(" in view for view in of_array.values())
            ):
                self._borrowed.append(name)
                self._views.update(of_array)
        self._arguments = [f"x{i}" for i in range(len(self._borrowed))]
        self._places = [
            (name, array, array.shape, array.dtype, name in self._borrowed)
            for name, array in self.inputs.items()
        ]
        self._fresh: list[tuple[str, tuple[int, ...]]] = []
        self._copied: list[str] = []
        for name, array in self._gradients.items():
            output = writer.only_output(array) if array.size > LARGE and name not in kept else None
            if output:
                self._fresh.append((name, array.shape))
                self._arguments.append(output)
            else:
                self._copied.append(name)

    def _function(self, lines: list[str]) -> Callable[..., None]:
        return self.writer.function(lines, self._arguments, self._views)

    @cached_property
    def _backward(self) -> Callable[..., None]:
        """The backward pass alone, which few runs need."""
        return self._function(self._backward_lines)

    @cached_property
    def _guards(self) -> Callable[..., None]:
        return self._function(self._guard_lines)

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

    def result(self, taken: list[Array], guarded: bool = True) -> Result | None:
        """Run both passes: the loss, the mean over the samples where there are any, and the gradients.
        None where the formulas cannot say: a number overflows or leaves a domain, or is lost as 0·∞.

        Raises:
            GuardBroken: if a guard's comparison comes out otherwise; the inputs are where ``inputs`` says.
        """
        grads = dict(self._gradients)
        arguments = list(taken)
        for name, shape in self._fresh:
            grads[name] = fresh = np.empty(shape, self._root.dtype)
            arguments.append(fresh)
        try:
            self._guarded(*arguments)
            loss = float(np.dot(self._root, self._mean))
        except FloatingPointError:
            loss = math.nan
        if guarded and self.plan.guards:
            self._check_guards(taken, arguments)
        if not math.isfinite(loss):
            self._keep(taken)
            if self.failure() is not None:
                return None
            # The values are sound. A slope that is infinite at the edge of a domain (sqrt at 0) is
            # what the scalar engine gives there, too.
            with np.errstate(all="ignore"):
                self._backward(*arguments)
            if any(np.isnan(array).any() for array in grads.values()):
                return None
            loss = float(np.dot(self._root, self._mean))
        for name in self._copied:
            grads[name] = grads[name].copy()
        if not self._keeps:
            return Result(loss, grads)
        values = {kept.name: self._read(kept) for kept in self.plan.kept}
        outputs = self._read(self.plan.outputs) if self.plan.outputs else None
        return Result(loss, grads, values, outputs)

    def _check_guards(self, taken: list[Array], arguments: list[Array]) -> None:
        try:
            self._guards(*arguments)
        except GuardBroken:
            self._keep(taken)
            raise

    def _read(self, kept: Kept) -> Array:
        """A copy of a kept array; what has no sample axis is repeated beside what has one."""
        buffers = self.buffers.cotangents if kept.cotangent else self.buffers.values
        tail = self.buffers.tail(kept.varies)
        out = np.empty((len(kept.nodes), *tail), self._root.dtype)
        for places, positions, varies in kept.parts:
            numbers = buffers[varies][positions]
            out[places] = numbers if varies == kept.varies else numbers[:, None]
        return out.reshape(kept.shape + tail)

    def _keep(self, taken: list[Array]) -> None:
        """Copy inputs that are read where they are to where ``failure`` reads them."""
        for name, array in zip(self._borrowed, taken):
            self.inputs[name][...] = array

    def failure(self) -> DomainError | None:
        """Why the formulas failed on the inputs of the latest run; None if the values are sound.

        Raises:
            ValueError: if a parameter or an input is not finite.
        """
        return domain_failure(self.plan, self.buffers, self._steps(), self._line)

    def _steps(self) -> Iterator[Callable[[], None]]:
        """For each step a function that fills its block."""
        for start, end in zip([0, *self._ends], self._ends):
            yield self.writer.function(self.writer.lines[start:end])
