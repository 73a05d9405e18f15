"""Sums of many terms, x₀ + x₁ - x₂ + …, whose additions wait for each other, run as one on arrays.

A sum over 100 samples is 100 additions one after the other, of which each but the last is read by the
next one only. ``np.add.accumulate`` adds in that order, too, and gives all that lies between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autodiff.lifting.interpret_rows import TINY, Bools
from autodiff.lifting.record import ROWS, Floats, Ints, Tape

__all__ = ["Sums", "continued"]


def _signs() -> Floats:
    """For each code of a tape 1 if it adds, -1 if it subtracts, and else 0; the last is for leaves."""
    linear = [row.linear for row in ROWS]
    return np.array([each[1] if each in ((1.0, 1.0), (1.0, -1.0)) else 0.0 for each in linear] + [0.0])


def continued(tape: Tape) -> Bools:
    """(N,) whether a node adds to, or subtracts from, a sum that nobody else reads: its first operand."""
    adds = _signs()[tape.op] != 0.0
    uses = np.bincount(tape.a[tape.a >= 0], minlength=len(tape))
    uses = uses + np.bincount(tape.b[tape.b >= 0], minlength=len(tape))
    found: Bools = adds & adds[tape.a] & (uses[tape.a] == 1)
    return found


@dataclass(frozen=True)
class Sums:
    """K sums of L + 1 terms each; the methods are those of ``interpret_rows.Rows``.

    Attributes:
        nodes: (K, L) ids of the additions, the last one of a row being the sum.
        start: (K, 1) ids of the first terms.
        terms: (K, L) ids of the others.
        signs: (K, L) 1 for what is added, -1 for what is subtracted.
    """

    nodes: Ints
    start: Ints
    terms: Ints
    signs: Floats

    @classmethod
    def of(cls, tape: Tape, nodes: Ints) -> Sums:
        """The sums with these additions, (K, L)."""
        return cls(nodes, tape.a[nodes[:, :1]], tape.b[nodes], _signs()[tape.op[nodes]])

    def _signed(self, numbers: Floats) -> Floats:
        """(K, L) or (K, L, m) the numbers of the terms, with their signs."""
        signs = self.signs if numbers.ndim == 1 else self.signs[..., None]
        here: Floats = signs * numbers[self.terms]
        return here

    def result(self, values: Floats) -> Floats:
        """What the additions make of the values of all terms."""
        all_terms = np.concatenate([values[self.start], self._signed(values)], axis=1)
        return np.add.accumulate(all_terms, axis=1)[:, 1:]

    def recomputed(self, values: Floats) -> Floats:
        """What each addition makes of the values of its own two operands."""
        before = np.concatenate([values[self.start], values[self.nodes[:, :-1]]], axis=1)
        return before + self._signed(values)

    def backward(self, values: Floats, cotangents: Floats, unsigned: bool) -> None:
        """Every term gets the cotangent of the sum."""
        cotangent = cotangents[self.nodes[:, -1:]]
        cotangents[self.nodes] = cotangent
        ones = np.ones_like(self.signs) if unsigned else self.signs
        share = cotangent * (ones if cotangents.ndim == 1 else ones[..., None])
        np.add.at(cotangents, self.start, cotangent)
        np.add.at(cotangents, self.terms, share)

    def backward_by_rule(self, values: Floats, cotangents: Floats, arrived: Bools) -> None:
        """The same: a sum is flat nowhere."""
        here = arrived[self.nodes[:, -1:]]
        arrived[self.nodes] = here
        np.logical_or.at(arrived, self.start, here)
        np.logical_or.at(arrived, self.terms, np.broadcast_to(here, cotangents[self.terms].shape))
        self.backward(values, cotangents, False)

    def forward_errors(self, values: Floats, errors: Floats, unit: float) -> None:
        """Each addition has the error of the one before, that of its term, and its own rounding."""
        before = np.concatenate([values[self.start], values[self.nodes[:, :-1]]], axis=1)
        own = 4.0 * unit * (np.abs(before) + np.abs(values[self.terms])) + TINY
        new = np.concatenate([errors[self.start], own + errors[self.terms]], axis=1)
        errors[self.nodes] = np.add.accumulate(new, axis=1)[:, 1:]

    def backward_errors(
        self, values: Floats, errors: Floats, cotangents: Floats, doubts: Floats, unit: float
    ) -> None:
        """On the way from the sum to its first term every addition rounds once."""
        last = self.nodes[:, -1:]
        rounding = 8.0 * unit * np.abs(cotangents[last]) + TINY
        steps = np.arange(self.nodes.shape[1])[::-1]  # additions between each one and the sum
        passed = doubts[last] + rounding * (steps if doubts.ndim == 1 else steps[:, None])
        doubts[self.nodes] = passed
        np.add.at(doubts, self.start, passed[:, :1] + rounding)
        np.add.at(doubts, self.terms, passed + rounding)

    def kinks(self, values: Floats, errors: Floats) -> int:
        """None."""
        return 0
