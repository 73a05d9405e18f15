"""Solutions: on a tape, an elimination is one step from A and B to X of A·X = B.

Which nodes are A, B and X was noted when it was recorded (``autodiff.engine.systems``). Where nothing else
reads what lies between, that goes, and X is read off A and B. The whole tape stays what a program is held to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autodiff.engine.choices import Choice
from autodiff.engine.systems import LinearSystem, place_in_solution
from autodiff.engine.value import Value
from autodiff.lifting.arguments import Leaf
from autodiff.lifting.record import LEAF, Solution, Tape, record_graph

__all__ = ["Systems", "find_systems"]


@dataclass(frozen=True)
class Systems:
    """A graph that solves linear systems.

    Attributes:
        whole: its tape, with all elements of A and B.
        tape: that without what lies between A and B and X.
        pivots: the choices of systems of which somebody reads what lies between, as a gradient does that is
            recorded itself.
        orders: those of the other systems, which matter where the whole tape is run.
    """

    whole: Tape
    tape: Tape
    pivots: Sequence[Choice] = ()
    orders: Sequence[Choice] = ()


def find_systems(tape: Tape, loss: Value, others: Sequence[Value], leaves: Sequence[Leaf]) -> Systems:
    """The systems on the tape of a loss.

    Args:
        tape: of the loss and the others.
        others: what is read from outside.
        leaves: what is given in each run.
    """
    places = map(place_in_solution, tape.ids)
    systems = [*dict.fromkeys(place[0] for place in places if place is not None)]
    if not systems:
        return Systems(tape, tape)
    choices = {system: [c for each in system.exchanges for c in each.choices()] for system in systems}
    operands = [x for system in systems for row in (*system.A, *system.B) for x in row]
    compared = [x for several in choices.values() for choice in several for x in choice.values]
    whole = record_graph(loss, [*others, *compared], operands)
    given = [x for leaf in leaves for x in leaf.values.ravel().tolist()]
    depends = _depending(whole, [whole.ids[x] for x in given if x in whole.ids])
    roots = [whole.ids[node] for node in others]
    found = dict(_solutions(systems, whole, depends))
    between = {system: _between(whole, each, depends) for system, each in found.items()}
    while True:
        alive = _alive(whole, [*found.values()], roots)
        read = [system for system in found if any(alive[i] for i in between[system])]
        if not read:
            break
        for system in read:
            del found[system]
    pivots = [choice for system in systems if system not in found for choice in choices[system]]
    orders = [choice for system in found for choice in choices[system]]
    roots += [whole.ids[x] for choice in pivots for x in choice.values]
    alive = _alive(whole, [*found.values()], roots)
    return Systems(whole, _shorter(whole, [*found.values()], alive), pivots, orders)


def _shorter(tape: Tape, solutions: Sequence[Solution], alive: Sequence[bool]) -> Tape:
    """The tape in which nodes that nobody reads and those that are solutions have no operands."""
    gone = ~np.array(alive)
    for each in solutions:
        gone[each.X[each.X >= 0]] = True
    op, a, b = (np.where(gone, -1, column) for column in (tape.op, tape.a, tape.b))
    left_out = int((tape.op[gone] != LEAF).sum())
    return replace(tape, op=op, a=a, b=b, solutions=tuple(solutions), left_out=left_out)


def _solutions(
    systems: Iterable[LinearSystem], tape: Tape, depends: Sequence[bool]
) -> Iterator[tuple[LinearSystem, Solution]]:
    """Each system, and of its solution the columns that depend on what is given, and are on the tape."""
    places: dict[LinearSystem, list[tuple[int, int, int]]] = {}
    for node, index in tape.ids.items():
        place = place_in_solution(node)
        if place is not None:
            places.setdefault(place[0], []).append((*place[1:], index))
    for system in systems:
        A, B = (np.array([[tape.ids[x] for x in row] for row in rows]) for rows in (system.A, system.B))
        X = np.full(B.shape, -1)
        i, j, ids = zip(*places[system])
        X[i, j] = ids
        columns = [j for j, column in enumerate(X.T.tolist()) if any(i >= 0 and depends[i] for i in column)]
        if columns:
            yield system, Solution(A, B[:, columns], X[:, columns])


def _depending(tape: Tape, given: Iterable[int]) -> list[bool]:
    depends = [False] * len(tape)
    for i in given:
        depends[i] = True
    for i, (a, b) in enumerate(zip(tape.a.tolist(), tape.b.tolist())):
        depends[i] = depends[i] or (a >= 0 and depends[a]) or (b >= 0 and depends[b])
    return depends


def _alive(tape: Tape, solutions: Sequence[Solution], roots: Iterable[int]) -> list[bool]:
    """Whether each node is read, if solutions read A and B alone."""
    read = {
        int(i): (each.A.ravel().tolist(), each.B[:, j].tolist())
        for each in solutions
        for j, column in enumerate(each.X.T)
        for i in column
        if i >= 0
    }
    alive = [False] * len(tape)
    alive[-1] = True
    for i in roots:
        alive[i] = True
    a, b = tape.a.tolist(), tape.b.tolist()
    for i in reversed(range(len(tape))):
        if alive[i]:
            for operands in read.get(i, ((a[i], b[i]),)):
                for operand in operands:
                    if operand >= 0:
                        alive[operand] = True
    return alive


def _between(tape: Tape, solution: Solution, depends: Sequence[bool]) -> set[int]:
    """The nodes between A and B and X that depend on what is given."""
    ends = {*solution.A.ravel().tolist(), *solution.B.ravel().tolist(), -1}
    solved = {i for i in solution.X.ravel().tolist() if i >= 0}
    found = {*solved}
    waiting = [*solved]
    while waiting:
        now = waiting.pop()
        for operand in (int(tape.a[now]), int(tape.b[now])):
            if operand not in ends and operand not in found and depends[operand]:
                found.add(operand)
                waiting.append(operand)
    return found - solved
