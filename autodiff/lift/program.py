"""``lift``: a recorded scalar graph becomes a program of matrix formulas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.lift.adjoint import Backward, needing_gradient
from autodiff.lift.arguments import Leaf, leaf_arrays
from autodiff.lift.emit import Buffers, Forward
from autodiff.lift.fold import COMPUTED, CONSTANT, fold
from autodiff.lift.formula import Block
from autodiff.lift.group import group
from autodiff.lift.kernel import Array, Writer
from autodiff.lift.recognise import Leaves, recognise
from autodiff.lift.record import LEAF, record
from autodiff.value import Value

__all__ = ["Program", "Result", "lift"]


@dataclass(frozen=True)
class Result:
    """What one run of a program gives.

    Attributes:
        loss: the value of the root; with ``batch=True`` its mean over the samples.
        flat: all parameters' gradients, end to end in the order of ``program.params``.
    """

    loss: float
    flat: Array
    _layout: tuple[tuple[str, int, tuple[int, ...]], ...]
    _inputs: Mapping[str, Array]

    @cached_property
    def grads(self) -> dict[str, Array]:
        """∂loss/∂array for each parameter, and with ``wrt_inputs`` for each input, of its shape."""
        arrays = {
            name: self.flat[start : start + math.prod(shape)].reshape(shape) for name, start, shape in self._layout
        }
        return {**arrays, **self._inputs}


class Program:
    """A scalar graph as matrix formulas. Made by ``lift``."""

    def __init__(self, root: Value, leaves: list[Leaf], batch: bool, wrt_inputs: bool, dtype: npt.DTypeLike) -> None:
        self.leaves, self.batch, self.dtype = leaves, batch, np.dtype(dtype)
        tape = record(root)
        kind = np.where(tape.op == LEAF, CONSTANT, COMPUTED)
        nodes = [np.empty(0, dtype=np.int64)]
        batched = set()
        for number, leaf in enumerate(leaves, 1):
            nodes.append(np.array([tape.ids.get(each, -1) for each in leaf.values.ravel()], dtype=np.int64))
            kind[nodes[-1][nodes[-1] >= 0]] = number
            if batch and leaf.role == "input":
                batched.add(number)
        folded = fold(tape, kind)
        grouped = group(tape, folded, batched)
        constants = np.unique(np.concatenate([tape.data[folded.kind == CONSTANT], folded.coefficient]))
        sizes = [0, 0]
        blocks = []
        for name, dims, role, varies in [
            *((leaf.name, leaf.values.shape, leaf.role, number in batched) for number, leaf in enumerate(leaves, 1)),
            ("constants", constants.shape, "constant", False),
        ]:
            blocks.append(Block(name, sizes[varies], dims, varies, role))
            sizes[varies] += blocks[-1].size
        blocks.insert(0, blocks.pop())
        found = recognise(tape, folded, grouped, Leaves(blocks, nodes, constants))
        self.blocks, self.formulas, self.sizes = found.blocks, found.formulas, found.sizes
        self.operations = int((tape.op != LEAF).sum())
        self.root = self.formulas[-1].block
        self._static = np.zeros(self.sizes[0], self.dtype)
        self._static[blocks[0].start : blocks[0].start + blocks[0].size] = constants
        wanted = [b for b in blocks if b.role == "parameter" or (wrt_inputs and b.role == "input")]
        self.needs = needing_gradient(self.formulas, found.blocks, wanted)
        self.wrt_inputs = wrt_inputs
        self.params = {b.name: self._array(b) for b in blocks if b.role == "parameter"}
        self._flat = sum(b.size for b in blocks if b.role == "parameter")
        self._layout = tuple((b.name, b.start, b.dims) for b in blocks if b.role == "parameter")
        self._inputs = [b for b in blocks if b.role == "input"]
        self._runs: dict[int, _Run] = {}
        self.pull()

    def _array(self, block: Block) -> Array:
        return self._static[block.start : block.start + block.size].reshape(block.dims)

    def pull(self) -> None:
        """Read the parameters' data from their Values."""
        for leaf in self.leaves:
            if leaf.role == "parameter":
                self.params[leaf.name][...] = [v.data for v in leaf.values.ravel()] if leaf.values.ndim == 1 else np.reshape([v.data for v in leaf.values.ravel()], leaf.values.shape)

    def __call__(self, **inputs: npt.ArrayLike) -> Result:
        """Run the program on float arrays of the inputs' shapes."""
        arrays = {b.name: np.asarray(inputs[b.name], self.dtype) for b in self._inputs}
        m = next(iter(arrays.values())).shape[-1] if self.batch and arrays else 1
        if m not in self._runs:
            self._runs[m] = _Run(self, m)
        run = self._runs[m]
        for b in self._inputs:
            run.inputs[b.name][...] = arrays[b.name]
        run.forward()
        run.backward()
        loss = float(run.root[0]) if not self.root.varies else float(np.add.reduce(run.root) / m)
        return Result(loss, run.cotangents[: self._flat].copy(), self._layout, {})

    def __len__(self) -> int:
        return len(self.formulas)


class _Run:
    """A program's code for one number of samples."""

    def __init__(self, program: Program, m: int) -> None:
        self.buffers = buffers = Buffers(program._static, program.sizes, m)
        writer = Writer(program.dtype)
        forward = Forward(writer, buffers)
        for formula in program.formulas:
            forward.formula(formula)
        split = len(writer.lines)
        backward = Backward(forward, program.blocks, program.needs)
        backward.state[program.root] = 1.0 / m if program.root.varies else 1.0
        for formula in reversed(program.formulas):
            backward.formula(formula)
        for block in program.blocks:
            if block.role != "formula" and block in program.needs:
                state = backward.state.get(block, 0.0)
                if state is not None and state != 0.0:
                    writer.call(np.copyto, buffers.block(buffers.cotangents, block), state)
        self.lines = writer.lines
        self.forward = writer.function(writer.lines[:split])
        self.backward = writer.function(writer.lines[split:])
        self.inputs = {b.name: buffers.block(buffers.values, b) for b in program._inputs}
        self.root = buffers.block(buffers.values, program.root).reshape(-1)
        self.cotangents = buffers.cotangents[0]


def lift(root: Value, inputs: Mapping[str, Any], params: Any, batch: bool = False, *, wrt_inputs: bool = False, dtype: npt.DTypeLike = np.float64) -> Program:
    return Program(root, leaf_arrays(inputs, params), batch, wrt_inputs, dtype)
