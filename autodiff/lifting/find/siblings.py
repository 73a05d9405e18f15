"""Siblings: elements of one product, of which some are read once and others more often.

    s = X @ W + b;    np.maximum(0, s - s[np.arange(N), y][:, None] + 1)

What a sum alone reads joins it (``fold``): of s[n, c] there would be the product of a row and a column with
three terms more, but where c is y[n], which is read for all c, a product that stands alone. Then s were no
matrix. So a sum of products stays alone where another one of as many products does, with the same row or the
same column.

    I = I + b * S * I - g * I;    loss += (I - seen[t]) ** 2

Each state is read by the next step, too, but the last, which only the difference reads. So a sum from which
an element of an input is subtracted stays alone where most of those do.
"""

from __future__ import annotations

import numpy as np

from autodiff.lifting.find.hashing import mix
from autodiff.lifting.find.roles import CONSTANT, Bools, Roles
from autodiff.lifting.record import Ints, Tape

__all__ = ["siblings"]


def siblings(tape: Tape, kind: Ints, roles: Roles, swallowed: Bools, into: Ints, uses: Ints) -> Bools:
    """Which nodes are to stay alone, although a sum alone reads them.

    Args:
        kind: (N,) what each node is, see ``Folded``.
        swallowed: (N,) what one consumer reads.
        into: (N,) the sum that swallows a node, else itself.
        uses: (N,) how often each is read.
    """
    inside = into != np.arange(len(tape))
    found = _compared(tape, kind, roles, inside, uses)
    return found | _of_a_product(tape, kind, roles, swallowed & inside, into, uses)


def _compared(tape: Tape, kind: Ints, roles: Roles, inside: Bools, uses: Ints) -> Bools:
    """Which sums are compared with elements of an input with which most are that stay alone."""
    found = np.zeros(len(inside), dtype=bool)
    differences = np.flatnonzero(roles.linear & (roles.ca == 1.0) & (roles.cb == -1.0))
    differences = differences[kind[roles.b[differences]] > CONSTANT]
    sums, given = tape.a[differences], kind[roles.b[differences]]
    mine = roles.linear[sums] & (roles.ca[sums] != 0.0) & (roles.cb[sums] != 0.0)
    sums, given = sums[mine], given[mine]
    if inside[sums].all() or not inside[sums].any():
        return found
    alone = np.bincount(given, ~inside[sums] & (uses[sums] > 1))
    within = np.bincount(given, inside[sums])
    found[sums[inside[sums] & (alone > within)[given]]] = True
    return found


def _of_a_product(tape: Tape, kind: Ints, roles: Roles, swallowed: Bools, into: Ints, uses: Ints) -> Bools:
    """Which sums of products have the row or the column of another one that is read several times."""
    n = len(tape)
    none = np.zeros(n, dtype=bool)
    inside = into != np.arange(n)
    products = np.flatnonzero(inside & roles.product)
    several = np.bincount(into[products], minlength=n) > 1
    alone = np.flatnonzero(several & (uses > 1))
    within = np.flatnonzero(inside & roles.linear & several[into] & ~_unfinished(tape, roles, inside))
    if not len(alone) or not len(within):
        return none
    terms = _Terms(tape, kind, roles, swallowed, into, products)
    tokens = terms.tokens(np.concatenate([alone, within]))
    found = none.copy()
    for side in tokens:
        found[within[np.isin(side[len(alone) :], side[: len(alone)])]] = True
    # Of a product and what scales it, the last.
    top = np.append(alone, np.flatnonzero(found))
    top = top[terms.multiple[top]]
    for operand in (tape.a[top], roles.b[top]):
        found[operand[operand >= 0]] = False
    return found


def _unfinished(tape: Tape, roles: Roles, inside: Bools) -> Bools:
    """(N,) Which sums have a product of their own added to them next: a part of a product is none."""
    found = np.zeros(len(tape), dtype=bool)
    for operand, other in ((tape.a, roles.b), (roles.b, tape.a)):
        both = np.flatnonzero(roles.linear & (operand >= 0) & (other >= 0))
        found[operand[both[(inside & roles.product)[other[both]]]]] = True
    return found


class _Terms:
    """The terms of sums, in the order in which the sums and what they swallow were recorded.

    What is in a sum that another has swallowed was recorded one after the other, in a run of the terms of the
    larger one.
    """

    def __init__(
        self, tape: Tape, kind: Ints, roles: Roles, swallowed: Bools, into: Ints, products: Ints
    ) -> None:
        self.into, self.count = into, len(tape)
        self.multiple = roles.linear & ((roles.ca == 0.0) | (roles.cb == 0.0))
        self.first = self._first(tape, roles, swallowed)
        at, plain = [], []
        for operand in (tape.a, roles.b):
            edge = np.flatnonzero(roles.linear & (operand >= 0))
            edge = edge[~swallowed[operand[edge]]]
            factor = (kind[operand[edge]] == CONSTANT) & self.multiple[edge]
            at.append(edge[~factor])
            plain.append(kind[operand[edge[~factor]]])
        nodes = np.concatenate([products, *at])
        zero = np.zeros(len(nodes) - len(products), dtype=np.int64)
        both = mix(np.concatenate([np.full(len(products), 1), *(3 + each for each in plain)]))
        sides = [np.concatenate([mix(each[products]), zero]) for each in (tape.a, roles.b)]
        key = into[nodes] * self.count + nodes
        order = np.argsort(key, kind="stable")
        self.key = key[order]
        with np.errstate(over="ignore"):
            self.sums = [np.append(0, np.cumsum(each[order])) for each in (both, *sides)]

    def _first(self, tape: Tape, roles: Roles, swallowed: Bools) -> Ints:
        """(N,) the first node of what each has swallowed, itself included."""
        first = np.arange(self.count)
        linear = np.flatnonzero(roles.linear)
        for operand in (roles.b, tape.a):  # the left one, where it is swallowed, was recorded before
            taken = linear[(operand[linear] >= 0) & swallowed[operand[linear]]]
            first[taken] = operand[taken]
        while (first[first] != first).any():
            first = first[first]
        return first

    def tokens(self, nodes: Ints) -> list[Ints]:
        """For each of some sums two numbers, equal for sums of as many products and terms of one kind that
        have the same first, and that have the same second factors; so for what are multiples of such sums."""
        base = self.into[nodes] * self.count
        start = np.searchsorted(self.key, base + self.first[nodes])
        end = np.searchsorted(self.key, base + nodes, side="right")
        with np.errstate(over="ignore"):
            both, *sides = (total[end] - total[start] for total in self.sums)
            both = mix(2 * mix(both) + self.multiple[nodes])
            return [both + mix(side) for side in sides]
