"""A graph as it was recorded, to be run on other data: what a lifted program is held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autodiff.lifting.arguments import Leaf
from autodiff.lifting.guards import BranchError, Guards
from autodiff.lifting.interpret import Interpreter, Schedule
from autodiff.lifting.interpret_narrow import NarrowInterpreter
from autodiff.lifting.record import Floats, Ints, Tape

__all__ = ["LeafNodes", "Recorded"]

MOST = 1 << 22  # numbers, nodes times samples, that are computed at a time


@dataclass(frozen=True)
class LeafNodes:
    """An array of leaves on the tape.

    Attributes:
        name: of the array.
        ids: the tape's index of each element, in the array's shape; -1 where the loss does not use it.
        varies: whether it has a column for every sample.
        one_hot: whether each of its rows is 1 in one place, and else 0.
    """

    name: str
    ids: Ints
    varies: bool
    one_hot: bool = False

    def gathered(self, numbers: Floats) -> Floats:
        """(dims..., m) what stands at the array's nodes in ``numbers`` (N, m); 0 where there is none."""
        return np.where(self.ids[..., None] >= 0, numbers[self.ids], 0.0)


@dataclass(frozen=True)
class Recorded:
    """A recorded graph, and where the program's arrays are in it.

    Attributes:
        data: (N,) the values that were recorded.
        interpreter: of the tape.
        arrays: the parameters and inputs.
    """

    data: Floats
    interpreter: Interpreter | NarrowInterpreter
    arrays: Sequence[LeafNodes]

    @classmethod
    def of(cls, tape: Tape, leaves: Sequence[Leaf], batch: bool) -> Recorded:
        """The graph of a tape. ``batch``: inputs vary from sample to sample."""
        arrays = []
        for leaf in leaves:
            ids = np.array([tape.ids.get(value, -1) for value in leaf.values.ravel().tolist()], dtype=np.intp)
            varies = batch and leaf.role == "input"
            arrays.append(LeafNodes(leaf.name, ids.reshape(leaf.values.shape), varies, leaf.one_hot))
        schedule = Schedule(tape)
        narrow = schedule.narrow
        return cls(tape.data, NarrowInterpreter(tape) if narrow else Interpreter(tape, schedule), arrays)

    def computed(self) -> Recorded:
        """The same graph with data as its rows compute them from its leaves, which formulas written by hand
        may round otherwise.

        Raises:
            FloatingPointError: where an operation leaves its domain or overflows.
        """
        data = self.data.copy()
        with np.errstate(all="raise", under="ignore"):
            self.interpreter.forward(data[:, None])
        return replace(self, data=data)

    def values(self, arrays: Mapping[str, Floats], m: int) -> Floats:
        """(N, m) values of the nodes, before ``interpreter.forward``: those of leaves from ``arrays``,
        with a trailing axis of m samples where they vary, all others as recorded."""
        values = np.repeat(self.data[:, None], m, axis=1)
        for array in self.arrays:
            used = array.ids >= 0
            here = np.asarray(arrays[array.name], dtype=np.float64)
            values[array.ids[used]] = here[used] if array.varies else here[used][:, None]
        return values

    def broken(self, guards: Guards, arrays: Mapping[str, Floats], m: int) -> BranchError | None:
        """What to raise for a guard that is broken at arrays by name, m samples; None where they are not
        finite, either."""
        values = self.values(arrays, m)
        with np.errstate(all="ignore"):
            self.interpreter.forward(values)
        finite = all(np.isfinite(array).all() for array in arrays.values())
        return guards.broken(self.data, values) if finite else None

    def kinks(self, unit: float) -> int:
        """How many operations have a kink so near to the recorded point that the rounding of floats, by
        ``unit``, decides on which side they are."""
        with np.errstate(all="ignore"):
            return self.interpreter.kinks(self.data, self.interpreter.forward_errors(self.data, unit))

    def cotangents(self, values: Floats) -> Floats:
        """∂(last node)/∂node for each node, at these values (N, m). Where one by an array's element is
        nan, all are computed again by the rule of ``autodiff.engine.exact``."""
        cotangents = self.interpreter.backward(values)
        if any(np.isnan(array.gathered(cotangents)).any() for array in self.arrays):
            return self.interpreter.backward_by_rule(values)
        return cotangents

    def run(
        self, arrays: Mapping[str, Floats], m: int, wanted: Collection[str]
    ) -> tuple[float, dict[str, Floats]]:
        """The mean loss over m samples, and its gradients by the ``wanted`` arrays, operation by
        operation in the recorded order.

        Raises:
            FloatingPointError: where an operation leaves its domain or overflows.
        """
        loss, grads = 0.0, {a.name: np.zeros((*a.ids.shape, *[m] * a.varies)) for a in self.arrays}
        chunk = max(1, MOST // len(self.data))
        for begin in range(0, m, chunk):
            part = slice(begin, min(begin + chunk, m))
            here = {a.name: arrays[a.name][..., part] if a.varies else arrays[a.name] for a in self.arrays}
            values = self.values(here, part.stop - part.start)
            with np.errstate(all="raise", under="ignore"):
                self.interpreter.forward(values)
                loss += float((values[-1] / m).sum())
            with np.errstate(all="ignore"):
                cotangents = self.cotangents(values)
            for array in self.arrays:
                each = array.gathered(cotangents) / m
                if array.varies:
                    grads[array.name][..., part] = each
                else:
                    grads[array.name] += each.sum(axis=-1)
        return loss, {name: grads[name] for name in wanted}
