"""Shaping: which of the noted choices may have decided what a graph looks like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from autodiff.engine.choices import Choice, choices_at
from autodiff.engine.value import Value
from autodiff.lifting.arguments import Leaf
from autodiff.lifting.check import changed_nodes
from autodiff.lifting.interpret import Interpreter
from autodiff.lifting.record import Tape, record_graph

__all__ = ["choices_behind", "relevant"]


def choices_behind(tape: Tape, leaves: Sequence[Leaf]) -> tuple[list[Choice], bool]:
    """The choices noted at the leaves of ``tape``, and at the inputs and parameters, that a run can make
    come out otherwise; and whether older ones were dropped.

    When a choice was made is not known. One on the loss itself counts, too: in ``-y if y < 0 else y``
    it decides whether y is the loss.
    """
    named = [value for leaf in leaves for value in leaf.values.ravel().tolist()]
    ends = dict.fromkeys([*(node for node in tape.ids if not node.op), *named])
    choices, dropped = choices_at(ends)
    return relevant(choices, named), dropped


def relevant(choices: Sequence[Choice], named: Iterable[Value]) -> list[Choice]:
    """The choices on what depends on ``named`` Values; without those on numbers that were computed
    before ``data`` was changed, which belong to an older graph."""
    compared = [value for choice in choices for value in choice.values]
    if not compared:
        return []
    tape = record_graph(compared[0], compared[1:])
    depends, outdated = (np.zeros(len(tape), dtype=bool) for _ in range(2))
    depends[[tape.ids[value] for value in named if value in tape.ids]] = True
    outdated[changed_nodes(tape, Interpreter(tape).recomputed(tape.data))] = True
    marks = depends.tolist(), outdated.tolist()
    for i, (a, b) in enumerate(zip(tape.a.tolist(), tape.b.tolist())):
        for mark in marks:
            mark[i] = mark[i] or (a >= 0 and mark[a]) or (b >= 0 and mark[b])
    reached, old = marks

    def counts(choice: Choice) -> bool:
        ids = [tape.ids[value] for value in choice.values]
        return any(reached[i] for i in ids) and not any(old[i] for i in ids)

    return [choice for choice in choices if counts(choice)]
