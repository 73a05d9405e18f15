"""Choices: what Python decided on recorded numbers, noted where the numbers come from.

``y = z if z > 0 else 0 * z`` records one of two graphs, and which one it was is not in the graph. So a
comparison that Python decides by is noted, with its outcome and its line of source. ``lift`` makes guards
of these notes, and ``recording`` hands a caller all of one call.

There is no list of all notes: one hangs at leaves that the compared numbers come from (at most two,
those at the ends of the leftmost and the rightmost path), for what was not chosen is often in no graph.
There it lives as long as they do, and is dropped when their data have changed, or for newer ones when
there are very many.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import currentframe
from itertools import count, islice, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Choice", "Comparison", "Site", "choices_at", "is_recording", "note", "recording", "user_site"]

Node = Any  # a Value, which this module must not import: Value notes its own comparisons

MANY = 1 << 19  # nodes that the notes of one leaf keep alive; beyond, the older half of the notes goes
FEW = 8  # notes at a leaf that are not worth counting
_noting = threading.Lock()
_numbers = count()


class Site(NamedTuple):
    """A line of somebody's source."""

    file: str
    line: int


class Comparison(NamedTuple):
    """One comparison: whether ``a > b``, or whether they differ or agree.

    Attributes:
        relation: ``">"``, ``"!="``, ``"=="``, or ``"≈"``, which allows for the rounding of sums.
        a, b: the Values; b is None where a is compared with 0.
        outcome: what it was.
    """

    relation: str
    a: Node
    b: Node | None
    outcome: bool


class Choice(NamedTuple):
    """A decision of Python's on recorded numbers.

    Attributes:
        kind: what decided: ``"<"``, ``"<="``, ``">"``, ``">="``, ``"=="``, ``"bool"``, ``"argmax"``,
            ``"argmin"``, ``"argsort"``, or ``"data"``: the number itself, which left the graph.
        values: the Values it looked at.
        outcome: a bool; the index for argmax and argmin; the order, a tuple of indices, for argsort.
        site: where the user's program asked.
    """

    kind: str
    values: tuple[Node, ...]
    outcome: Any
    site: Site

    def comparisons(self) -> Iterator[Comparison]:
        """The comparisons whose outcomes make this one what it is.

        >>> from autodiff import Value
        >>> values = Value(1.0), Value(5.0), Value(5.0)
        >>> choice = Choice("argmax", values, 1, Site("", 0))
        >>> [(c.relation, c.a.data, c.b.data, c.outcome) for c in choice.comparisons()]
        [('>', 5.0, 1.0, True), ('>', 5.0, 5.0, False)]
        """
        return _KINDS[self.kind](self.values, self.outcome)

    def holds(self) -> bool:
        """Whether it would come out the same with the data the Values have now."""
        return all(_came_out(c) == c.outcome for c in self.comparisons())


def _came_out(c: Comparison) -> bool:
    a, b = c.a._data, 0.0 if c.b is None else c.b._data
    return bool(a > b if c.relation == ">" else (a == b) == (c.relation != "!="))


def _larger(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison(">", values[0], values[1], outcome)


def _smaller(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison(">", values[1], values[0], outcome)


def _at_least(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison(">", values[1], values[0], not outcome)


def _at_most(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison(">", values[0], values[1], not outcome)


def _equal(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison("==", values[0], values[1], outcome)


def _read(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison("≈" if values[0].op else "==", values[0], values[1], outcome)


def _true(values: tuple[Node, ...], outcome: bool) -> Iterator[Comparison]:
    yield Comparison("!=", values[0], None, outcome)


def _argmax(values: tuple[Node, ...], outcome: int) -> Iterator[Comparison]:
    best = values[outcome]
    for index, other in enumerate(values):
        if index < outcome:  # of several largest the first is taken
            yield Comparison(">", best, other, True)
        elif index > outcome:
            yield Comparison(">", other, best, False)


def _argmin(values: tuple[Node, ...], outcome: int) -> Iterator[Comparison]:
    best = values[outcome]
    for index, other in enumerate(values):
        if index < outcome:
            yield Comparison(">", other, best, True)
        elif index > outcome:
            yield Comparison(">", best, other, False)


def _argsort(values: tuple[Node, ...], outcome: tuple[int, ...]) -> Iterator[Comparison]:
    for i, j in pairwise(outcome):
        if i < j:  # equal ones stay in their order
            yield Comparison(">", values[i], values[j], False)
        else:
            yield Comparison(">", values[j], values[i], True)


_KINDS: dict[str, Callable[[tuple[Node, ...], Any], Iterator[Comparison]]] = {
    ">": _larger,
    "<": _smaller,
    ">=": _at_least,
    "<=": _at_most,
    "==": _equal,
    "data": _read,
    "bool": _true,
    "argmax": _argmax,
    "argmin": _argmin,
    "argsort": _argsort,
}


class _ThisThread(threading.local):
    recorded: list[Choice] | None = None


_this_thread = _ThisThread()


@contextmanager
def recording() -> Iterator[list[Choice]]:
    """Give all choices that this thread notes inside, in order; they are noted nowhere else."""
    before = _this_thread.recorded
    noted: list[Choice] = []
    _this_thread.recorded = noted
    try:
        yield noted
    finally:
        _this_thread.recorded = before


def is_recording() -> bool:
    """Whether this thread is inside ``recording``, as where ``lifted`` records a function."""
    return _this_thread.recorded is not None


def note(kind: str, values: tuple[Node, ...], outcome: Any) -> None:
    """Note a choice on Values, at the line of the user's program that is running.

    Args:
        kind, values, outcome: see ``Choice``. Numbers among the values are constant leaves.
    """
    file, line = user_site()
    if _this_thread.recorded is not None:
        _this_thread.recorded.append(Choice(kind, values, outcome, Site(file, line)))
        return
    first, last = values[0], values[-1]
    constant = not last.op and last._da  # ``is_constant``, written out as a call costs more
    left = _end(first, False)
    right = _end(first if constant else last, True)
    key = (kind, outcome, file, line, values[:-1], last._data if constant else last)
    noted = key, values, left, left._data, right, right._data, next(_numbers)
    _hang(left, noted)
    if right is not left:
        _hang(right, noted)


def _hang(leaf: Node, noted: _Noted) -> None:
    with _noting:
        notes = leaf.__dict__.get("_choices")
        if notes is None or notes.data != leaf._data:
            leaf.__dict__["_choices"] = notes = _Notes(leaf._data)
        if noted[0] not in notes:
            notes.add(noted)


def user_site() -> tuple[str, int]:
    """File and line that run in the nearest frame outside this library and NumPy."""
    frame: Any = currentframe()
    while _in_library(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


_LIBRARY = tuple(f"{os.path.dirname(path)}{os.sep}" for path in (os.path.dirname(__file__), np.__file__))


@cache
def _in_library(file: str) -> bool:
    return file.startswith(_LIBRARY)


def choices_at(leaves: Iterable[Node]) -> tuple[list[Choice], bool]:
    """The choices noted at leaves, in the order they were made in, that hold for the data of now; and
    whether older ones have been dropped."""
    found: dict[_Key, _Noted] = {}
    dropped = False
    for leaf in leaves:
        notes = leaf.__dict__.get("_choices")
        if notes is not None and notes.data == leaf._data:
            found.update((noted[0], noted) for noted in [*notes.values()])
            dropped = dropped or notes.dropped
    in_order = sorted(found.values(), key=itemgetter(-1))
    choices = [Choice(key[0], values, key[1], Site(key[2], key[3])) for key, values, *_ in in_order]
    return [choice for choice in choices if choice.holds()], dropped


_Key = tuple[str, Any, str, int, tuple[Node, ...], Any]  # kind, outcome, file, line, and what was compared
_Noted = tuple[_Key, tuple[Node, ...], Node, float, Node, float, int]  # …, two leaves and their data, when


class _Notes(dict[_Key, _Noted]):
    """The choices noted at one leaf, which had ``data`` then.

    Copies and pickles of a leaf have none: they are no nodes of the graph in which was chosen.
    """

    def __init__(self, data: float) -> None:
        self.data = data
        self.dropped = False
        self._limit = FEW

    def add(self, noted: _Noted) -> None:
        """Note a choice; drop those whose leaves have other data by now, and many old ones."""
        if self and _is_stale(next(iter(self.values()))):
            self._keep({key: each for key, each in self.items() if not _is_stale(each)})
        if len(self) >= self._limit:
            if _reach_many(values for _, values, *_ in self.values()):
                self._keep(dict(islice(self.items(), len(self) // 2, None)))
                self.dropped = True
            self._limit = 2 * max(len(self), FEW)
        self[noted[0]] = noted

    def _keep(self, notes: dict[_Key, _Noted]) -> None:
        self.clear()
        self.update(notes)

    def __deepcopy__(self, memo: Any) -> _Notes:
        return _Notes(self.data)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Notes, (self.data,)


def _is_stale(noted: _Noted) -> bool:
    _, _, left, left_data, right, right_data, _ = noted
    return bool(left._data != left_data or right._data != right_data)


def _reach_many(compared: Iterable[tuple[Node, ...]]) -> bool:
    """Whether the graphs of these Values have more than ``MANY`` nodes."""
    stack = [value for values in compared for value in values]
    seen = set(stack)
    while stack and len(seen) <= MANY:
        for operand in stack.pop().stored_operands:
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return len(seen) > MANY


def _end(node: Node, rightmost: bool) -> Node:
    """The leaf at the end of the leftmost or the rightmost path down from a node, past numbers where
    there is another operand."""
    while node.op:
        a, b = node._a, node._b
        if a is None or b is None:  # of one operand, or with a number, a folded sum, or made by hand
            operands = node.stored_operands
            if not operands:
                break
            a, b = operands[0], operands[-1]
        first, second = (b, a) if rightmost else (a, b)
        node = first if first.op or not first._da else second
    return node
