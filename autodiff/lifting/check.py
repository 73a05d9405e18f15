"""The check that every program passes before it is handed out: loss and gradients, at two points.

What is right is said by the tape, operation by operation (``interpret``). How far floats may be from
it follows from the conditioning of the graph, so a loss near zero is held to what can be known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from autodiff.engine.errors import described
from autodiff.engine.value import Value
from autodiff.labels import element
from autodiff.lifting.errors import LiftError
from autodiff.lifting.record import LEAF, ROWS, Floats, Ints, Tape
from autodiff.lifting.recorded import Recorded

__all__ = ["FACTOR", "changed_nodes", "check_program", "check_recorded_data"]

NEAR = 2.0**13  # roundings that a number may be off in any case: 1e-12 in float64
OF_TERMS = 64.0  # roundings of the terms that it adds up to, without their signs
FACTOR = 8.0  # how many error bounds a number may be off
DRAWS = 5  # of a second point, until one lies in the domain
STEP = 2.0**-5  # how far its leaves are moved, relatively, at the first draw
UNIT = 2.0**-53
BY_HAND = 1e-8  # roundings of formulas that are written by hand, relatively


Run = Callable[[Mapping[str, Floats], int], tuple[float, Mapping[str, npt.NDArray[np.floating]]]]
"""``run(arrays, m)``: loss and gradients of a program for arrays by name, on m samples."""


def check_recorded_data(tape: Tape, recorded: Recorded) -> None:
    """See that each operation's data is what its operands' data give.

    Raises:
        LiftError: where they do not: somebody has set ``data`` since.
    """
    with np.errstate(all="ignore"):
        anew = recorded.interpreter.recomputed(tape.data)
    off = changed_nodes(tape, anew)
    if not off.size:
        return
    node = int(off[0])
    values = {index: value for value, index in tape.ids.items()}
    ids = [int(i) for i in (tape.a[node], tape.b[node]) if i >= 0]
    at = described(*[values[i] if i in values else Value(float(tape.data[i])) for i in ids])
    raise LiftError(
        f"{ROWS[tape.op[node]].name}({at}) is {float(anew[node])!r}, but {float(tape.data[node])!r} "
        "was recorded: data was changed after the graph was built; build the loss again and lift that"
    )


def changed_nodes(tape: Tape, anew: Floats) -> Ints:
    """The nodes whose data are not what their operands' data gave ``anew`` (N,)."""
    with np.errstate(all="ignore"):
        terms = np.abs(tape.data)
        for operands in (tape.a, tape.b):
            terms = terms + np.where(operands >= 0, np.abs(tape.data[operands]), 0.0)
        allowed = BY_HAND if tape.by_hand else 64.0 * UNIT
        return np.flatnonzero(~(np.abs(anew - tape.data) <= allowed * terms) & (tape.op != LEAF))


def check_program(recorded: Recorded, run: Run, unit: float) -> int:
    """Compare a program's loss and gradients with the graph's, at the recorded point and at one near it.

    Args:
        recorded: the graph.
        run: the program.
        unit: what rounding does to a number of the program's dtype, relatively.

    Returns:
        At how many points it was compared: 1 where no second one was found in the domain.

    Raises:
        LiftError: if the program is wrong.
    """
    _check_at(recorded.data[:, None], recorded, run, unit)
    m = 2 if any(array.varies for array in recorded.arrays) else 1
    for draw in range(DRAWS):
        try:
            with np.errstate(all="raise", under="ignore"):
                values = _moved(recorded, m, draw)
                recorded.interpreter.forward(values)
        except FloatingPointError:
            continue
        _check_at(values, recorded, run, unit)
        return 2
    return 1


def _moved(recorded: Recorded, m: int, draw: int) -> Floats:
    """(N, m) values of the leaves, moved a little; the same for all samples where they do not vary."""
    rng = np.random.default_rng(draw)
    values = np.repeat(recorded.data[:, None], m, axis=1)
    for array in recorded.arrays:
        ids = array.ids[array.ids >= 0]
        here = values[ids]
        if array.one_hot:  # the 1 of each row elsewhere
            turned = np.roll(array.gathered(values), draw + 1, axis=array.ids.ndim - 1)
            values[ids] = turned[array.ids >= 0]
            continue
        sizes = np.abs(here)
        nonzero = sizes[sizes > 0.0]
        usual = (nonzero / nonzero.size).sum() if nonzero.size else 1.0  # their mean, where it overflows too
        draws = rng.uniform(-1.0, 1.0, size=here.shape if array.varies else (len(ids), 1))
        values[ids] = here + STEP / 4.0**draw * draws * np.where(sizes > 0.0, sizes, usual)
    return values


def _check_at(values: Floats, recorded: Recorded, run: Run, unit: float) -> None:
    """Compare at one point; ``values`` (N, m) are those of all nodes."""
    m = values.shape[1]
    here = {array.name: array.gathered(values) for array in recorded.arrays}
    loss, grads = run(
        {a.name: here[a.name] if a.varies else here[a.name][..., 0] for a in recorded.arrays}, m
    )
    got = {"loss": np.array([loss], dtype=float), **grads}
    with np.errstate(all="ignore"):
        right = _by_name(values[-1], recorded.cotangents(values), recorded, grads)
        off = {name: np.ones(each.shape, dtype=bool) for name, each in right.items()}
        allowed = right
        for allowed in _allowances(values, right, recorded, grads, unit):
            for name, each in allowed.items():
                off[name] &= ~_close(got[name], right[name], each)
            if not any(each.any() for each in off.values()):
                return
    name = next(name for name, each in off.items() if each.any())
    where = tuple(map(int, np.argwhere(off[name])[0]))
    what = "loss" if name == "loss" else f"∂loss/∂{element(name, where)}"
    raise LiftError(
        f"the program that lift found gives {what} = {float(got[name][where])!r} where the graph gives "
        f"{float(right[name][where])!r} ± {float(allowed[name][where]):.1g}; this is a mistake of lift: "
        "please report it with the code that built the graph"
    )


def _allowances(
    values: Floats, right: Mapping[str, Floats], recorded: Recorded, grads: Collection[str], unit: float
) -> Iterator[dict[str, Floats]]:
    """How far loss and gradients may be off, by name; from what costs nothing to what is known exactly:
    some roundings of the number itself, of the terms it adds up to, and the bounds of rounding."""
    yield {name: NEAR * unit * np.abs(each) for name, each in right.items()}
    interpreter = recorded.interpreter
    terms = _by_name(np.abs(values[-1]), interpreter.backward(values, unsigned=True), recorded, grads)
    yield {name: OF_TERMS * unit * each for name, each in terms.items()}
    errors = interpreter.forward_errors(values, unit)
    doubts = interpreter.backward_errors(values, errors, unit)
    yield {name: FACTOR * each for name, each in _by_name(errors[-1], doubts, recorded, grads).items()}


def _by_name(root: Floats, nodes: Floats, recorded: Recorded, grads: Collection[str]) -> dict[str, Floats]:
    """What belongs to the loss, (1,), and to each gradient, of the mean over the samples."""
    found = {"loss": root.mean(keepdims=True)}
    for array in recorded.arrays:
        if array.name in grads:
            each = array.gathered(nodes) / nodes.shape[1]
            found[array.name] = each if array.varies else each.sum(axis=-1)
    return found


def _close(got: npt.NDArray[np.floating], right: Floats, allowed: Floats) -> npt.NDArray[np.bool_]:
    """Where two numbers are as near as allowed, the same infinity, or both no number; and where nothing
    can be said."""
    same = (got == right) | (np.isnan(got) & np.isnan(right))
    near: npt.NDArray[np.bool_] = same | (np.abs(got - right) <= allowed) | ~np.isfinite(allowed)
    return near
