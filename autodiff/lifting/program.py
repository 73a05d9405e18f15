"""``lift``: a recorded scalar graph becomes a program of matrix formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.value import Value
from autodiff.lifting.arguments import Leaf, cast, checked_arrays, leaf_arrays
from autodiff.lifting.compile.adjoint import needing_gradient
from autodiff.lifting.compile.kernel import Array
from autodiff.lifting.compile.run import Result, Run
from autodiff.lifting.find.block_names import name_blocks
from autodiff.lifting.find.fold import APPLY, COMPUTED, CONSTANT, Folded, fold
from autodiff.lifting.find.group import group
from autodiff.lifting.find.recognise import Leaves, Recognised, bits, recognise
from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.record import LEAF, Tape, record
from autodiff.lifting.write.listing import Listing

__all__ = ["LiftError", "Program", "Result", "lift"]


KEPT = 8  # numbers of samples whose buffers and code are kept


class LiftError(RuntimeError):
    """The lifted program does not give what the graph gave."""


class Parameters(dict[str, Array]):
    """Name -> array. Assigning to a name writes into its array, which stays where it is."""

    def __setitem__(self, name: str, values: npt.ArrayLike) -> None:
        if name not in self:
            raise KeyError(f"the program has no parameter {name!r}; it has {', '.join(self)}")
        self[name][...] = values

    def __delitem__(self, name: str) -> None:
        raise TypeError("a program's parameters cannot be removed; set them to 0.0 instead")


class Program:
    """A scalar graph as matrix formulas; made by ``lift``.

    ``program(X=..., Y=...)`` runs it, ``print(program)`` shows what was found, ``len(program)`` is
    the number of array operations of the forward pass. A run writes into the program's own buffers,
    so a program runs in one thread at a time; what it returns is the caller's to keep.

    Attributes:
        params: name -> array, live: what you write into them the next run uses.
        dtype: of all arrays.
        batch: whether inputs have a trailing sample axis.
        operations: number of scalar operations in the recorded graph.
        formulas: what they became, in order; they fill ``blocks``.
        needs: the blocks whose cotangents are computed.
        constants: the numbers of ``blocks[0]``.
    """

    def __init__(
        self, root: Value, leaves: Sequence[Leaf], batch: bool, wrt_inputs: bool, dtype: npt.DTypeLike
    ) -> None:
        self.dtype = np.dtype(dtype)
        self.batch = batch
        self._leaves = leaves
        tape = record(root)
        found, constants = _found(tape, leaves, batch)
        self.operations = int((tape.op != LEAF).sum())
        self.formulas: Sequence[Formula] = found.formulas
        self.blocks: Sequence[Block] = found.blocks
        self._sizes = found.sizes
        name_blocks(found.formulas, found.blocks)
        self._static = np.zeros(found.sizes[0], self.dtype)
        self.constants = constants
        self._whole(found.blocks[0])[...] = cast(constants, self.dtype, "a constant of the graph")

        parameters = [block for block in found.blocks if block.role == "parameter"]
        self._inputs = {block.name: block for block in found.blocks if block.role == "input"}
        self._wanted = [*parameters, *(self._inputs.values() if wrt_inputs else [])]
        self.needs = needing_gradient(found.formulas, found.blocks, self._wanted)
        self.params = Parameters((block.name, self._whole(block)) for block in parameters)
        self._runs: dict[int, Run] = {}
        self._latest: Result | None = None
        self.pull()
        self._check(root)

    def _whole(self, block: Block) -> Array:
        return self._static[block.start : block.start + block.size].reshape(block.dims)

    def _data(self, leaf: Leaf) -> Array:
        data = np.array([value.data for value in leaf.values.ravel()], dtype=np.float64)
        return cast(data.reshape(leaf.values.shape), self.dtype, f"{leaf.role} {leaf.name!r}")

    def __call__(self, /, **inputs: npt.ArrayLike) -> Result:
        """Run the program on arrays of the inputs' shapes; with ``batch=True`` on arrays with a
        further, trailing axis of m samples, for the mean loss over them and its gradients.

        Raises:
            TypeError, ValueError: for names and shapes that do not fit; see ``checked_arrays``.
            DomainError: if an operation leaves its domain or a number overflows. The message names
                the formula and the operand. Parameters are as they were.
        """
        run = self._recent
        taken = run.take(inputs)
        if taken is None:
            shapes = {name: block.dims for name, block in self._inputs.items()}
            arrays = checked_arrays(shapes, inputs, self.batch, self.dtype)
            run = self._run(next(iter(arrays.values())).shape[-1] if self.batch and arrays else 1)
            taken = run.take(arrays)
            assert taken is not None
        self._latest = None  # its memory can serve this run, if nobody else keeps it
        self._latest = run.result(taken)
        return self._latest

    def _run(self, m: int) -> Run:
        """The run for m samples; of those not asked for lately, the oldest is forgotten."""
        run = self._runs.pop(m, None) or Run(self, self._static, self._sizes, m, self._wanted)
        self._runs[m] = self._recent = run
        if len(self._runs) > KEPT:
            del self._runs[next(iter(self._runs))]
        return run

    def _check(self, root: Value) -> None:
        """Run on the recorded data and compare with the graph.

        The tolerance is relative to the largest number the last formula adds up, since a loss
        near zero is as uncertain as its terms.
        """
        run = self._run(1)
        inputs = [(leaf.name, self._data(leaf)) for leaf in self._leaves if leaf.role == "input"]
        data = {name: array.reshape(run.inputs[name].shape) for name, array in inputs}
        loss = run.result(run.take(data) or []).loss
        read = [run.buffers.values[each.varies][each.positions] for each in self.formulas[-1].accesses]
        scale = max([abs(root.data), *(float(np.abs(array).max()) for array in read if array.size)])
        tolerance = 1e-12 if self.dtype == np.float64 else 100 * float(np.finfo(self.dtype).eps)
        if not abs(loss - root.data) <= tolerance * scale:
            raise LiftError(
                f"the lifted program gives {loss!r} where the graph has {root.data!r}; if a leaf's data "
                "was changed after the graph was recorded, build the loss again and lift that"
            )

    def pull(self) -> None:
        """Read the parameters' data from their Values into ``params``."""
        for leaf in self._leaves:
            if leaf.role == "parameter":
                self.params[leaf.name] = self._data(leaf)

    def push(self) -> None:
        """Write ``params`` into the data of their Values, and the latest run's gradients into their
        ``grad``, replacing what was there. Before the first run, and after one that failed, grads
        are left alone."""
        grads = self._latest.grads if self._latest else {}
        for leaf in self._leaves:
            if leaf.role == "parameter":
                for value, number in zip(leaf.values.ravel(), self.params[leaf.name].ravel().tolist()):
                    value.data = number
                if leaf.name in grads:
                    for value, number in zip(leaf.values.ravel(), grads[leaf.name].ravel().tolist()):
                        value.grad = number

    def __len__(self) -> int:
        return self._run(1).operations

    def __bool__(self) -> bool:
        return True

    @cached_property
    def _listing(self) -> Listing:
        return Listing(self)

    def line(self, number: int) -> str:
        """The text of one formula, counted from 0."""
        return self._listing.forward[number].text

    def shape(self, block: Block) -> tuple[int | str, ...]:
        """The shape of a block's array; "m" is the number of samples."""
        return self._listing.speller.shape(block)

    def __str__(self) -> str:
        return self._listing.text()

    def __repr__(self) -> str:
        return f"<Program: {self._listing.headline()}>"

    def source(self) -> str:
        """NumPy source of the program, which needs nothing else: it defines
        ``run(params..., inputs...)``, which returns the loss and the gradients by name."""
        return self._listing.source()

    def latex(self) -> str:
        """The formulas as a LaTeX ``aligned`` environment, without dollar signs."""
        return self._listing.latex()

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"


def _found(tape: Tape, leaves: Sequence[Leaf], batch: bool) -> tuple[Recognised, Array]:
    """The formulas of a tape, and its constants."""
    kind = np.where(tape.op == LEAF, CONSTANT, COMPUTED)
    nodes = [np.empty(0, dtype=np.int64)]
    blocks: list[Block] = []
    sizes = [0, 0]
    for number, leaf in enumerate(leaves, 1):
        ids = np.array([tape.ids.get(value, -1) for value in leaf.values.ravel().tolist()], dtype=np.int64)
        kind[ids[ids >= 0]] = number
        nodes.append(ids)
        varies = batch and leaf.role == "input"
        blocks.append(Block(leaf.name, sizes[varies], leaf.values.shape, varies, leaf.role))
        sizes[varies] += leaf.values.size
    batched = {number for number, block in enumerate(blocks, 1) if block.varies}
    folded = fold(tape, kind)
    used = (ids for ids, leaf in zip(nodes[1:], leaves) if leaf.role == "parameter")
    if folded.kind[-1] != COMPUTED or not any((ids >= 0).any() for ids in used):
        if tape.op[-1] == LEAF:
            raise ValueError("the loss is itself a leaf, so there is nothing to lift; compute it from others")
        raise ValueError("the loss does not depend on any parameter; was it computed from these Values?")
    grouped = group(tape, folded, batched)
    constants = np.unique(bits(_constants_read(tape, folded))).view(np.float64)
    blocks.insert(0, Block("constants", sizes[0], constants.shape, False, "constant"))
    return recognise(tape, folded, grouped, Leaves(blocks, nodes, constants)), constants


def _constants_read(tape: Tape, folded: Folded) -> Array:
    """The coefficients and the constants that formulas read."""
    applied = folded.units[folded.reduction == APPLY]
    read = np.concatenate([tape.a[applied], tape.b[applied], folded.x, folded.z])
    read = read[read >= 0]
    return np.concatenate([tape.data[read[folded.kind[read] == CONSTANT]], folded.coefficient])


def lift(
    loss: Value,
    inputs: Mapping[str, Any] | None = None,
    params: Any = (),
    batch: bool = False,
    *,
    wrt_inputs: bool = False,
    dtype: npt.DTypeLike = np.float64,
) -> Program:
    """Find the matrix formulas in the recorded graph of ``loss``.

    Args:
        loss: the root of the graph.
        inputs: name -> nested lists or object arrays of the leaf Values to feed anew in each run.
            All other leaves that are no parameters keep their recorded data.
        params: a model, or a sequence of leaf Values. Labels ``W1[0,2]`` gather into arrays.
        batch: the graph is one sample's. A run takes arrays with a trailing axis of m samples and
            gives the mean loss and its gradients.
        wrt_inputs: differentiate by the inputs, too.
        dtype: of all arrays, float64 or float32.

    Returns:
        The program. It has been run once on the recorded data and gave the graph's own value, to
        1e-12 relative.

    The program is the graph, not the Python that made it: if that code branched on data
    (``if x > 0``, a Value's ``max()``), the branch taken then is in the program, whatever the data
    fed later. Use ``relu``, ``maximum``, ``clip`` and the like, which are operations.

    Raises:
        TypeError, ValueError: for inputs or parameters that are not leaves, have two places, or
            share a name, and for a loss without parameters.
        LiftError: if the program's value is not the graph's.

    >>> w, x = Value(0.5, "w"), Value(2.0)
    >>> program = lift((w * x - 1) ** 2, inputs={"x": x}, params=[w])
    >>> result = program(x=4.0)
    >>> result.loss, result.grads["w"].item()
    (1.0, 8.0)
    """
    if not isinstance(loss, Value):
        raise TypeError(f"lift() takes the Value at the root of a graph, got {loss!r:.60}")
    if np.dtype(dtype) not in (np.float64, np.float32):
        raise ValueError(f"dtype is float64 or float32, got {np.dtype(dtype)}")
    return Program(loss, leaf_arrays({} if inputs is None else inputs, params), batch, wrt_inputs, dtype)
