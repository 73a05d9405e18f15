"""Largest: what ``autodiff.max`` records of its ties becomes one unit, whose derivative is known.

It records m - q with the largest number m, detached, and

    q = Σᵢ tᵢ·(m - xᵢ)/Σᵢ tᵢ,    tᵢ = step(1 - step(m - xᵢ))

so tᵢ is 1 where xᵢ is m, and q is 0, with the derivative that gives each of k largest numbers 1/k. Of these
units one stays, the largest of the xᵢ, and a cotangent may pass it. So with ``min``, m + q and xᵢ - m. What
is subtracted before an exponential stays as it is: that is part of a softmax.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.fold import APPLY, Folded
from autodiff.lifting.find.roles import REDUCTIONS, Bools
from autodiff.lifting.record import ROWS, Ints, Tape

__all__ = ["with_largest"]

MAXIMUM, MINIMUM = REDUCTIONS.index("maximum"), REDUCTIONS.index("minimum")
PASSING = REDUCTIONS.index("largest") - MAXIMUM  # from what no gradient passes to what one does


class _Ties(NamedTuple):
    """What is between the m and the q of one extreme, as numbers of units.

    Attributes:
        extreme, quotient: m and q.
        inside: all others that lead from m to q.
    """

    extreme: int
    quotient: int
    inside: Ints


def with_largest(tape: Tape, folded: Folded, read: Ints) -> Folded:
    """``folded`` with one unit for each extreme that is differentiated.

    Args:
        read: ids of nodes that are read from outside, which stay as they are.
    """
    if not np.isin(folded.reduction, (MAXIMUM, MINIMUM)).any():
        return folded
    search = _Search(tape, folded, read)
    reduction, owner = folded.reduction.copy(), folded.owner.copy()
    gone, dropped = np.zeros(len(folded.units), dtype=bool), np.zeros(len(owner), dtype=bool)
    for ties in search.found():
        pairs = search.pairs(ties)
        if pairs is None:
            continue
        whole = [unit for unit, _, _ in pairs if search.is_difference_of(unit, folded.units[ties.extreme])]
        if whole and len(pairs) > 1:
            continue
        becomes = whole[0] if whole else ties.extreme
        reduction[becomes] = reduction[ties.extreme] + PASSING
        gone[ties.inside] = gone[ties.quotient] = True
        dropped[[of_q for _, _, of_q in pairs]] = True
        if whole:
            gone[ties.extreme] = True
            dropped[pairs[0][1]] = True
            owner[search.terms(ties.extreme)] = becomes
    if not gone.any():
        return folded
    kept = ~gone
    terms = np.flatnonzero(kept[owner] & ~dropped)
    terms = terms[np.argsort(owner[terms], kind="stable")]
    return replace(
        folded,
        units=folded.units[kept],
        reduction=reduction[kept],
        bias=folded.bias[kept],
        adds=folded.adds[kept],
        owner=(np.cumsum(kept) - 1)[owner[terms]],
        x=folded.x[terms],
        z=folded.z[terms],
        coefficient=folded.coefficient[terms],
    )


class _Search:
    """Looks for extremes with their ties among units."""

    def __init__(self, tape: Tape, folded: Folded, read: Ints) -> None:
        self.tape, self.folded = tape, folded
        self.unit_of = np.full(len(tape), -1)
        self.unit_of[folded.units] = np.arange(len(folded.units))
        self.count = np.bincount(folded.owner, minlength=len(folded.units))
        self.first = np.searchsorted(folded.owner, np.arange(len(folded.units) + 1))
        self.applied = folded.units[folded.reduction == APPLY]
        nodes = np.concatenate([tape.a[self.applied], tape.b[self.applied], folded.x, folded.z, read])
        self.uses = np.bincount(nodes[nodes >= 0], minlength=len(tape))
        order = np.argsort(folded.x, kind="stable")
        self._by_x, self._sorted_x = order, folded.x[order]
        self._powers = self._are_read_by_powers()

    def terms(self, unit: int) -> Ints:
        return np.arange(self.first[unit], self.first[unit + 1])

    def found(self) -> list[_Ties]:
        """Each m and q with what is between them."""
        folded, tape = self.folded, self.tape
        short = self._short_of()
        extreme, x = self._differences()
        product = folded.z >= 0
        a, b = np.where(product, folded.x, 0), np.where(product, folded.z, 0)
        top = np.where(product & (short[a] == b), a, np.where(product & (short[b] == a), b, -1))
        difference = np.where(top >= 0, short[top], -1)
        m = np.where(difference >= 0, extreme[difference], -1)
        found = []
        for q in self.applied[self._of("div")[self.unit_of[self.applied]]].tolist():
            total, tops = (int(self.unit_of[side[q]]) for side in (tape.a, tape.b))
            if total < 0 or tops < 0 or not self._is_sum(total) or not self._is_sum(tops):
                continue
            mine = self.terms(total)
            if not len(mine) or (m[mine] < 0).any() or (m[mine] != m[mine[0]]).any():
                continue
            unit = int(self.unit_of[m[mine[0]]])
            numbers = [x[difference[mine]], folded.x[self.terms(unit)], top[mine], folded.x[self.terms(tops)]]
            if not (_same(*numbers[:2]) and _same(*numbers[2:])) or (folded.z[self.terms(tops)] >= 0).any():
                continue
            middle = tape.a[top[mine]]
            inner = folded.x[self.first[self.unit_of[middle]]]
            nodes = np.unique(
                np.concatenate([difference[mine], top[mine], middle, inner, [tape.a[q], tape.b[q]]])
            )
            if self._stays_inside(difference[mine], top[mine], middle, inner, q):
                found.append(_Ties(unit, int(self.unit_of[q]), self.unit_of[nodes]))
        return found

    def _stays_inside(self, difference: Ints, top: Ints, middle: Ints, inner: Ints, q: int) -> bool:
        """Whether nobody else reads what is between m and q."""
        ends = [self.tape.a[q], self.tape.b[q]]
        return all(
            bool((self.uses[nodes] == times).all())
            for nodes, times in ((difference, 2), (top, 2), (middle, 1), (inner, 1), (ends, 1))
        )

    def pairs(self, ties: _Ties) -> list[tuple[int, int, int]] | None:
        """The sums that have c·m and -c·q, or c·q for the smallest, with these two terms; None if there is
        another reader of m or q, or an exponential."""
        folded = self.folded
        m, q = folded.units[[ties.extreme, ties.quotient]].tolist()
        of_m, of_q = self._read_as_x(m), self._read_as_x(q)
        by_owner = {int(folded.owner[term]): int(term) for term in of_m}
        sign = -1.0 if folded.reduction[ties.extreme] == MAXIMUM else 1.0
        found = []
        for term in of_q.tolist():
            unit = int(folded.owner[term])
            other = by_owner.get(unit)
            if other is None or folded.coefficient[term] != sign * folded.coefficient[other]:
                return None
            if (
                folded.reduction[unit] != 0
                or folded.z[term] >= 0
                or folded.z[other] >= 0
                or self._powers[unit]
            ):
                return None
            found.append((unit, other, term))
        differences = len(self.terms(ties.extreme))
        whole = self.uses[q] == len(found) and self.uses[m] == len(found) + differences
        return found if found and whole and len({unit for unit, _, _ in found}) == len(found) else None

    def is_difference_of(self, unit: int, m: int) -> bool:
        """Whether a sum is m - q, or m + q, and nothing else."""
        terms = self.terms(unit)
        at = terms[self.folded.x[terms] == m]
        return (
            len(terms) == 2
            and not self.folded.adds[unit]
            and bool((self.folded.coefficient[at] == 1.0).all())
        )

    def _read_as_x(self, node: int) -> Ints:
        low, high = np.searchsorted(self._sorted_x, [node, node + 1])
        return self._by_x[low:high]

    def _is_sum(self, unit: int) -> bool:
        """Whether a unit adds up terms as they are."""
        terms = self.terms(unit)
        alone = self.folded.reduction[unit] == 0 and not self.folded.adds[unit]
        return bool(alone and (self.folded.coefficient[terms] == 1.0).all())

    def _of(self, name: str) -> Bools:
        """(U,) which units apply a row."""
        code = ROWS.index(OPS[name])
        applied: Bools = (self.folded.reduction == APPLY) & (self.tape.op[self.folded.units] == code)
        return applied

    def _short_of(self) -> Ints:
        """(N,) for each node step(1 - step(d)) the d, else -1."""
        folded, steps = self.folded, self._of("step")
        tops = np.flatnonzero(steps)
        middle = self.unit_of[self.tape.a[folded.units[tops]]]
        good = (middle >= 0) & (self.count[middle] == 1) & (folded.bias[middle] == 1.0)
        tops, middle = tops[good], middle[good]
        term = self.first[middle]
        inner = self.unit_of[folded.x[term]]
        good = (folded.reduction[middle] == 0) & (folded.coefficient[term] == -1.0) & (folded.z[term] < 0)
        good &= (inner >= 0) & steps[inner]
        short = np.full(len(self.unit_of), -1)
        short[folded.units[tops[good]]] = self.tape.a[folded.units[inner[good]]]
        return short

    def _differences(self) -> tuple[Ints, Ints]:
        """(N,) for each node m - x of a largest m, or x - m of a smallest, m and x, else -1."""
        folded = self.folded
        units = np.flatnonzero((folded.reduction == 0) & (self.count == 2) & ~folded.adds)
        one, two = self.first[units], self.first[units] + 1
        c, d = folded.coefficient[one], folded.coefficient[two]
        good = (np.abs(c) == 1.0) & (c == -d) & (folded.z[one] < 0) & (folded.z[two] < 0)
        units, one, two, c = units[good], one[good], two[good], c[good]
        above = np.where(c > 0.0, folded.x[one], folded.x[two])
        below = np.where(c > 0.0, folded.x[two], folded.x[one])
        kinds = np.append(folded.reduction, 0)  # what is no unit is the last
        largest = kinds[self.unit_of[above]] == MAXIMUM
        smallest = ~largest & (kinds[self.unit_of[below]] == MINIMUM)
        extreme, x = np.full(len(self.unit_of), -1), np.full(len(self.unit_of), -1)
        nodes = folded.units[units]
        extreme[nodes] = np.where(largest, above, np.where(smallest, below, -1))
        x[nodes] = np.where(largest, below, above)
        return extreme, x

    def _are_read_by_powers(self) -> Bools:
        """(U,) whether an exponential takes a unit, or a sum in which it is a term."""
        unit_of = self.unit_of
        taken = np.zeros(len(self.folded.units) + 1, dtype=bool)
        taken[unit_of[self.tape.a[self.folded.units[self._of("exp")]]]] = True
        taken[-1] = False
        terms = unit_of[self.folded.x[taken[self.folded.owner]]]
        taken[terms[terms >= 0]] = True
        return taken[:-1]


def _same(one: Ints, other: Ints) -> bool:
    """Whether two hold the same nodes, in whatever order."""
    return len(one) == len(other) and np.array_equal(np.sort(one), np.sort(other))
