"""Nodes made by hand: which row of the table each of them is, by its numbers.

Of such a node its value, its operands and its local derivatives are known, at the point where it was made.
The nodes that one line of source made are of one operation; so a row is what they are if it has all their
values and slopes. With a single point, or all on one side of a kink, several rows have: relu, abs and x¹
at x = 2. Then the name that the node was given decides, and without one nothing does.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from autodiff.engine.graph import topological_order
from autodiff.engine.handmade import BY_HAND, HandMade
from autodiff.engine.ops import OPS, Op
from autodiff.engine.value import Value, as_value, operand_slots, record
from autodiff.lifting.errors import LiftError

__all__ = ["Found", "rows_by_hand", "with_rows"]

NEAR = 1e-9  # relatively, for formulas written by hand cancel here and there
PROBES = (-2.3, -0.6, 0.4, 1.7)  # where two rows are told apart
LARGEST = 12.0  # exponent that is looked for


class Found(NamedTuple):
    """The row that a node made by hand is.

    Attributes:
        row: of the table.
        rest: numbers for its operands behind those of the node: the exponent of a power.
    """

    row: Op
    rest: tuple[float, ...] = ()

    def node(self, *operands: float) -> Value:
        """The row's own node for these numbers. Raises DomainError."""
        return record(self.row, *map(as_value, (*operands, *self.rest)))

    def __str__(self) -> str:
        return f"x**{self.rest[0]:g}" if self.row is OPS["pow"] and self.rest else self.row.name


class _Point(NamedTuple):
    """A node by its numbers: operands, value, local derivatives."""

    x: tuple[float, ...]
    y: float
    slopes: tuple[float, ...]


def rows_by_hand(nodes: Iterable[Value]) -> tuple[dict[Value, Found], list[str]]:
    """The rows that the nodes made by hand among ``nodes`` are, and for each line of source that made
    some of them a sentence of what was found.

    Raises:
        LiftError: for those that are none.
        ValueError: for one of which nothing says what goes back.
    """
    groups: dict[tuple[str, int, str, int], list[Value]] = {}
    for node in nodes:
        hand, _ = operand_slots(node)
        if isinstance(hand, HandMade):
            groups.setdefault((*hand.place, hand.name, len(hand.operands)), []).append(node)
    rows: dict[Value, Found] = {}
    said = []
    for (file, line, name, _), group in groups.items():
        points = [
            _Point(tuple(each.data for each in node.operands), node.data, node.local_derivatives)
            for node in group
        ]
        place = f"{os.path.basename(file)}:{line}"
        found = _found(name, points, place)
        rows.update(zip(group, found))
        names = ", ".join(dict.fromkeys(map(str, found)))
        many = f"{len(points)} values and slopes" if len(points) > 1 else "a value and a slope"
        what = "a node" if name == BY_HAND else repr(name)
        said.append(f"{what} is {names}, by {many}  ({place})")
    return rows, said


def with_rows(output: Value) -> Value:
    """The same graph with the row's own node in place of each that was made by hand, and all that reads it
    computed anew. The graph itself where there is none.

    Raises:
        LiftError, ValueError: as ``rows_by_hand`` does.
    """
    order = topological_order(output)
    rows, _ = rows_by_hand(order)
    twins: dict[Value, Value] = {}
    for node in order:
        if node not in rows and not any(operand in twins for operand in node.operands):
            continue
        row, rest = rows.get(node) or Found(OPS[node.op])
        operands = [twins.get(operand, operand) for operand in node.operands]
        twins[node] = record(row, *operands, *map(as_value, rest))
        if node.label:
            twins[node].label = node.label
    return twins.get(output, output)


def _found(name: str, points: Sequence[_Point], place: str) -> list[Found]:
    """The row of each point of a group."""
    candidates = _rows(points)
    named = _named(name, points)
    if named is not None:
        if not _fits(named, points):
            point = next(point for point in points if not _fits(named, [point]))
            raise LiftError(
                f"{_described(name, place)} has the value {point.y!r} and the slopes "
                f"{point.slopes} where its operands are {point.x}, which are not those of {named}: lift runs "
                f"operations of the table; correct that line, or give the operation another name"
            )
        return [named] * len(points)
    powers = _powers(points)
    if powers and (len({*powers}) > 1 or not candidates):
        return powers
    if powers:
        candidates.append(powers[0])
    different = _different(candidates)
    if len(different) == 1:
        return [different[0]] * len(points)
    x, y, slopes = points[0]
    advice = f"no row has its values and slopes, such as {y!r} and {slopes} at {x}; make"
    if different:
        several = ", ".join(map(str, different))
        advice = f"several rows have its values and slopes, {several}: give it the name of one, or make"
    what = name if name.isidentifier() else "operation"
    raise LiftError(
        f"{_described(name, place)} cannot be computed for other numbers: {advice} a row of it and use that "
        f'in place of the line, autodiff.operation("{what}", lambda m, x: ..., lambda m, x, y: ...)'
    )


def _described(name: str, place: str) -> str:
    return f"the node {'' if name == BY_HAND else f'{name!r} '}made by hand at {place}"


def _rows(points: Sequence[_Point]) -> list[Found]:
    """All rows that have these values and slopes; trailing operands by their defaults."""
    arity = len(points[0].x)
    possible = [
        Found(row, row.defaults[len(row.defaults) - (row.arity - arity) :] if row.arity > arity else ())
        for row in OPS.values()
        if row.arity - len(row.defaults) <= arity <= row.arity
    ]
    return [found for found in possible if _fits(found, points)]


def _powers(points: Sequence[_Point]) -> list[Found]:
    """xᶜ with a whole or half c for each point, if they are powers: c is slope·x/y, and at 0 that of the
    others."""
    if len(points[0].x) != 1:
        return []
    exponents = [_exponent(point) for point in points]
    known = [c for c in exponents if c is not None]
    found = [Found(OPS["pow"], (known[0] if c is None else c,)) for c in exponents if known]
    ordinary = all(c not in (0.0, 1.0) and abs(c) <= LARGEST for c in known)
    return found if ordinary and all(_fits(f, [point]) for f, point in zip(found, points)) else []


def _exponent(point: _Point) -> float | None:
    """Of xᶜ with this value and slope, a whole or half number; None where that does not tell."""
    slope = point.slopes[0] * point.x[0]
    if point.y == 0.0 or not math.isfinite(slope):
        return None
    return round(2.0 * slope / point.y) / 2.0


def _named(name: str, points: Sequence[_Point]) -> Found | None:
    """The row that the name says: its own name, its sign, its symbol, or ``**2``."""
    plain = name.strip().lower()
    arity = len(points[0].x)
    if plain.startswith("**") and arity == 1:
        try:
            return Found(OPS["pow"], (float(plain[2:].strip("() ")),))
        except ValueError:
            return None
    for row in OPS.values():
        if plain in (row.name, row.symbol.lower(), row.notation.sign or row.name):
            missing = row.arity - arity
            if 0 <= missing <= len(row.defaults):
                return Found(row, row.defaults[len(row.defaults) - missing :] if missing else ())
    return None


def _fits(found: Found, points: Sequence[_Point]) -> bool:
    return all(_has(found, point) for point in points)


def _has(found: Found, point: _Point) -> bool:
    try:
        node = found.node(*point.x)
    except ArithmeticError:
        return False
    return _close(node.data, point.y) and all(map(_close, node.local_derivatives, point.slopes))


def _close(a: float, b: float) -> bool:
    return a == b or abs(a - b) <= NEAR * abs(a) + 1e-3 * NEAR


def _different(candidates: Sequence[Found]) -> list[Found]:
    """The first of each that are the same function, as far as probes tell."""
    known: dict[tuple[str, ...], Found] = {}
    for found in candidates:
        arity = found.row.arity - len(found.rest)
        probes = [(x,) for x in PROBES] if arity == 1 else [(x, z) for x in PROBES for z in PROBES]
        known.setdefault(tuple(_probed(found, probe) for probe in probes), found)
    return [*known.values()]


def _probed(found: Found, probe: tuple[float, ...]) -> str:
    try:
        return f"{found.node(*probe):.9g}"
    except ArithmeticError:
        return "none"
