"""``lift``: a recorded scalar graph becomes a program of matrix formulas."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.engine.choices import Choice
from autodiff.engine.value import Value
from autodiff.labels import ValueArray
from autodiff.lifting.arguments import Leaf, leaf_arrays
from autodiff.lifting.check import check_recorded_data
from autodiff.lifting.find.pipeline import find_formulas
from autodiff.lifting.guards import Guards, comparisons_of, nodes_of
from autodiff.lifting.outputs import Outputs, weighted_sum
from autodiff.lifting.program import Program
from autodiff.lifting.record import Tape, record_graph
from autodiff.lifting.recorded import Recorded
from autodiff.lifting.shaping import choices_behind
from autodiff.lifting.solutions import find_systems
from autodiff.lifting.write.kept import as_shown

__all__ = ["lift", "lift_leaves", "lift_with_nodes"]

DROPPED = (
    "so many choices were made on numbers computed from these Values that the older ones are forgotten, and "
    "are no guards of the program; record the loss with leaves of its own, and decide on .data elsewhere"
)


def lift(
    loss: Any,
    inputs: Mapping[str, Any] | None = None,
    params: Any = (),
    batch: bool = False,
    *,
    wrt_inputs: bool = False,
    dtype: npt.DTypeLike = np.float64,
    keep: Iterable[str] = (),
    strict: bool = True,
) -> Program:
    """Find the matrix formulas in the recorded graph of ``loss``.

    Args:
        loss: the root of the graph. Or several outputs, in nested lists or an array: a run gives
            them as ``result.outputs``, and ``program.vjp(cotangents)`` the gradients of their sum with
            such weights.
        inputs: name -> nested lists or object arrays of the leaf Values to feed anew in each run.
            All other leaves that are no parameters keep their recorded data.
        params: a model or leaf Values, also in nested dicts and lists. Labels ``W1[0,2]`` gather into arrays.
        batch: the graph is one sample's. A run takes arrays with a trailing axis of m samples and
            gives the mean loss and its gradients.
        wrt_inputs: differentiate by the inputs, too.
        dtype: of all arrays, float64 or float32.
        keep: names of arrays that every run gives in ``result.values``: ``"Z1"`` for nodes labelled
            ``Z1[0,1]``, or what the listing calls so, and ``"dZ1"`` for ∂loss/∂Z1; ``"H"`` for ``H[1]``,
            ``H[2]``, …, steps first. A labelled node is computed even where the formulas could do
            without it.
        strict: raise BranchError in a run in which Python would have decided otherwise than when the
            graph was recorded; if not, warn.

    Returns:
        The program. It has been run once on the recorded data and gave the graph's own value, to
        1e-12 relative.

    The program is the graph, not the Python that made it: if that code decided on numbers (``if x > 0``,
    Python's ``max()`` or ``sorted()``), the way taken then is in the program. Each such choice is a *guard*,
    listed by ``print(program)``: a run in which it would come out otherwise is refused. ``relu``,
    ``maximum``, ``clip`` and the like are operations, which have all cases.

    Raises:
        TypeError, ValueError: for inputs or parameters that are not leaves, have two places, or
            share a name, for a loss without parameters, and for names to keep that there are not.
        LiftError: if the program's value is not the graph's, and for a node made by hand of which its
            numbers do not tell what row of the table it is.

    >>> w, x = Value(0.5, "w"), Value(2.0)
    >>> program = lift((w * x - 1) ** 2, inputs={"x": x}, params=[w])
    >>> result = program(x=4.0)
    >>> result.loss, result.grads["w"].item()
    (1.0, 8.0)
    """
    if np.dtype(dtype) not in (np.float64, np.float32):
        raise ValueError(f"dtype is float64 or float32, got {np.dtype(dtype)}")
    options: dict[str, Any] = {"wrt_inputs": wrt_inputs, "dtype": dtype, "keep": keep, "strict": strict}
    return _lift(loss, inputs, params, batch, **options)[0]


def lift_with_nodes(
    loss: Any, inputs: Mapping[str, Any] | None = None, params: Any = ()
) -> tuple[Program, list[list[Value | None]]]:
    """What ``lift`` makes of a graph, and for each line of ``program.forward`` the Values that it computes,
    element by element, of a loop step after step; None for an element that the graph has not.

    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> program, nodes = lift_with_nodes((w * x).tanh(), params=[w, x])
    >>> [line.text for line in program.forward], [[each.data for each in line] for line in nodes]
    (['v1 = w·x', 'J = tanh(v1)'], [[1.0], [0.7615941559557649]])
    """
    program, tape = _lift(loss, inputs, params)
    values: dict[int, Value | None] = {number: value for value, number in tape.ids.items()}
    return program, [[values.get(number) for number in ids.tolist()] for ids in program.forward_nodes]


def _lift(
    loss: Any, inputs: Mapping[str, Any] | None, params: Any, batch: bool = False, **options: Any
) -> tuple[Program, Tape]:
    leaves = leaf_arrays({} if inputs is None else inputs, params)
    outputs = None
    if isinstance(loss, Value):
        loss = loss if loss.op else loss * 1.0  # a sum of one element is that element
    else:
        loss, outputs, cotangents = weighted_sum(loss, leaves, batch)
        leaves.append(cotangents)
    tape = record_graph(loss)
    choices, dropped = choices_behind(tape, leaves)
    if dropped:
        warnings.warn(DROPPED, RuntimeWarning, stacklevel=3)
    return _lift_leaves(loss, leaves, choices, batch, outputs, tape=tape, **options)


def lift_leaves(
    loss: Value,
    leaves: Sequence[Leaf],
    choices: Sequence[Choice],
    batch: bool = False,
    outputs: Outputs | None = None,
    *,
    wrt_inputs: bool = False,
    dtype: npt.DTypeLike = np.float64,
    keep: Iterable[str] | Mapping[str, ValueArray] = (),
    strict: bool = True,
    tape: Tape | None = None,
) -> Program:
    """``lift`` for what has been gathered: the leaf arrays and the choices.

    Args:
        loss: the root; of several ``outputs``, their weighted sum.
        choices: that a run has to repeat.
        keep: as for ``lift``, or the nodes to keep themselves, by name.
        tape: of the loss, if it has been recorded.

    >>> w = Value(0.5, "w")
    >>> print(lift_leaves(w * w, leaf_arrays({}, [w]), []).forward[0].text)
    J = w²
    """
    options: dict[str, Any] = {"wrt_inputs": wrt_inputs, "dtype": dtype, "keep": keep, "strict": strict}
    return _lift_leaves(loss, leaves, choices, batch, outputs, tape=tape, **options)[0]


def _lift_leaves(
    loss: Value,
    leaves: Sequence[Leaf],
    choices: Sequence[Choice],
    batch: bool,
    outputs: Outputs | None,
    *,
    wrt_inputs: bool = False,
    dtype: npt.DTypeLike = np.float64,
    keep: Iterable[str] | Mapping[str, ValueArray] = (),
    strict: bool = True,
    tape: Tape | None = None,
) -> tuple[Program, Tape]:
    """The program, and the tape whose numbers of nodes it knows."""
    compared = comparisons_of(choices)
    arrays = [*keep.values()] if isinstance(keep, Mapping) else []
    kept: list[Value] = [node for nodes in arrays for node in nodes.ravel().tolist()]
    others = [*nodes_of(compared), *kept]
    if tape is None or others:
        tape = record_graph(loss, others)
    systems = find_systems(tape, loss, others, leaves)
    tape = systems.whole
    compared |= {each: len(choices) + n for each, n in comparisons_of(systems.pivots).items()}
    guards = Guards.of(tape, [*choices, *systems.pivots], compared) if compared else None
    orders = Guards.of(tape, systems.orders, comparisons_of(systems.orders)) if systems.orders else None
    recorded = Recorded.of(tape, leaves, batch)
    check_recorded_data(tape, recorded)
    if tape.by_hand:
        recorded = recorded.computed()
    plan = as_shown(find_formulas(systems.tape, leaves, batch, wrt_inputs, keep, outputs, guards))
    program = Program(plan, recorded, leaves, batch, dtype, outputs, guards, strict, orders)
    program.check()
    return program, tape
