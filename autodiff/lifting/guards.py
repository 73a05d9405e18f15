"""Guards: comparisons by which Python shaped a graph, and which a run of its program must repeat."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autodiff.engine.choices import Choice, Comparison, Site
from autodiff.engine.value import Value
from autodiff.lifting.record import Floats, Ints, Tape

__all__ = ["NEAR", "BranchError", "Guards", "comparisons_of", "nodes_of", "place"]

NEAR = 2.0**-43  # what a number that was read as .data may be off, relatively


class BranchError(ValueError):
    """A choice that Python made while a graph was recorded comes out otherwise for the data of a run, so
    that another graph would be right for them.

    >>> from autodiff import lift
    >>> w, x = Value(0.5, "w"), Value(2.0, "x")
    >>> program = lift(w * x if x > 0 else x, {"x": x}, [w])
    >>> program(x=-1.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autodiff.lifting.guards.BranchError: line ...
    """


def nodes_of(compared: Iterable[Comparison]) -> list[Value]:
    """The Values that are compared, each once."""
    nodes: dict[Value, None] = {}
    for each in compared:
        nodes[each.a] = None
        if each.b is not None:
            nodes[each.b] = None
    return [*nodes]


def comparisons_of(choices: Sequence[Choice]) -> dict[Comparison, int]:
    """All comparisons that choices consist of, each once, and the number of the first choice it is of.
    What is compared with 0 is compared with a Value of 0."""
    zero = Value(0.0)
    compared: dict[Comparison, int] = {}
    for number, choice in enumerate(choices):
        for each in choice.comparisons():
            compared.setdefault(each._replace(b=zero) if each.b is None else each, number)
    return compared


@dataclass(frozen=True)
class Guards:
    """Comparisons of nodes of a tape, G of them, that have to come out as they did.

    Attributes:
        relation: (G,) as in ``Comparison``.
        a, b: (G,) the tape's ids of what is compared.
        outcome: (G,) how it came out.
        kinds, sites: (G,) of the choice that each is of.
        labels: of the nodes that have one, by id.
    """

    relation: npt.NDArray[np.str_]
    a: Ints
    b: Ints
    outcome: npt.NDArray[np.bool_]
    kinds: Sequence[str]
    sites: Sequence[Site]
    labels: Mapping[int, str]

    @classmethod
    def of(cls, tape: Tape, choices: Sequence[Choice], compared: Mapping[Comparison, int]) -> Guards:
        """The comparisons of choices on nodes of ``tape``."""
        ids = [[tape.ids[node] for node in nodes_of([each])] for each in compared]
        a, b = np.array([[*pair, pair[0]][:2] for pair in ids]).T
        made_by = [choices[number] for number in compared.values()]
        return cls(
            np.array([each.relation for each in compared]),
            a,
            b,
            np.array([each.outcome for each in compared]),
            [choice.kind for choice in made_by],
            [choice.site for choice in made_by],
            {tape.ids[node]: node.label for node in nodes_of(compared) if node.label},
        )

    def broken(self, recorded: Floats, values: Floats) -> BranchError | None:
        """What to raise for these ``values`` (N, m) of the nodes, which were ``recorded`` (N,)."""
        a, b = values[self.a], values[self.b]
        relation = self.relation[:, None]
        near = np.abs(a - b) <= NEAR * np.abs(b)
        same = np.where(relation == "≈", near, a == b)
        outcome = np.where(relation == ">", a > b, same == (relation != "!="))
        wrong = np.argwhere(outcome != self.outcome[:, None])
        if not len(wrong):
            return None
        which, sample = map(int, wrong[0])
        i, j = int(self.a[which]), int(self.b[which])
        site, kind = self.sites[which], self.kinds[which]
        then, was = self._shown(which, float(recorded[i]), float(recorded[j]))
        now, _ = self._shown(which, float(values[i, sample]), float(values[j, sample]))
        line = linecache.getline(site.file, site.line).strip()
        several = f" in sample {sample}" if values.shape[1] > 1 else ""
        return BranchError(
            f"{place(site)}{f', `{line}`,' if line else ''} decided by "
            f"{'a number read as .data' if kind == 'data' else repr(kind)} what was recorded: "
            f"{then} was {str(was).lower()}. In this run {now} is {str(not was).lower()}{several}, "
            "and the program has no formulas for that case. Use an operation that has both (relu, maximum, "
            "abs, clip, where), or @lifted, which records a case when it meets it. What does not shape the "
            "loss, decide on .data"
        )

    def _shown(self, which: int, x: float, z: float) -> tuple[str, bool]:
        """A comparison as the source has it, with these numbers, and how it came out."""
        words = []
        for node, number in ((int(self.a[which]), x), (int(self.b[which]), z)):
            label = self.labels.get(node)
            words.append(f"{label}={number!r}" if label else repr(number))
        kind, outcome = self.kinds[which], bool(self.outcome[which])
        if kind in ("<", ">="):
            words.reverse()
        if kind in ("<", "<=", ">="):
            return f"{words[0]} {kind} {words[1]}", outcome != (kind != "<")
        return f"{words[0]} {self.relation[which]} {words[1]}", outcome


def place(site: Site) -> str:
    """``line 12 of train.py``"""
    return f"line {site.line} of {os.path.basename(site.file)}"
