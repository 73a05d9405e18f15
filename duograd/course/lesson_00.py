"""Lesson 0: a graph, stepped through."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autodiff import Value, grad
from duograd.course.answers import Meaning, NotYet, Question, exercise, guess, same

__all__ = ["a_dearer_ticket", "forward", "one_ticket_more", "three_gradients", "where_it_begins"]

N, P, F = 4.0, 5.0, 2.0
Y_FOR_SLOPE = "the value for its slope"


@guess
def forward() -> Question:
    """n·(p + f)."""
    return (
        (Value(N) * (Value(P) + F)).data,
        "A fee on each ticket.",
        [
            Meaning(N * P + F, "brackets forgotten", "The fee is paid for each ticket."),
            Meaning(N + P + F, "sum for product", "The price is paid for each ticket."),
            Meaning(N * P, "an operand forgotten", "There is a fee, too."),
        ],
    )


@guess
def a_dearer_ticket() -> Question:
    """By how much n·(p + f) grows with 0.1 more for p."""
    p = Value(P)
    slope = grad(N * (p + F), p)
    return (
        slope * 0.1,
        "Four tickets, 0.1 each.",
        [
            Meaning(0.1, "a factor forgotten", "That is one ticket. They buy four."),
            Meaning(N * (P + F) + 0.4, Y_FOR_SLOPE, "That is what they pay then. By how much is it more?"),
            Meaning(N * (P + F) * 0.1, Y_FOR_SLOPE, "That is a tenth of all, and only the price grows."),
            Meaning(slope, "for one, not for 0.1", "So it would be if each ticket cost 1 more."),
            Meaning((P + F) * 0.1, "the other factor", "That belongs to the number of tickets."),
        ],
    )


@guess
def one_ticket_more() -> Question:
    """By how much n·(p + f) grows with one more n."""
    n = Value(N)
    return (
        grad(n * (P + F), n),
        "One ticket, with its fee.",
        [
            Meaning(P, "an operand forgotten", "There is a fee on this ticket, too."),
            Meaning(1.0, "a factor forgotten", "So much grows n. What does a ticket cost?"),
            Meaning((N + 1) * (P + F), Y_FOR_SLOPE, "That is what they pay then. By how much is it more?"),
            Meaning(N, "the other factor", "That belongs to the price."),
        ],
    )


@guess
def where_it_begins() -> Question:
    """The gradient of a result by itself."""
    y = Value(N)
    return (
        grad(y * 1.0, y),
        "If y grows by something, y grows by just that.",
        [
            Meaning(0.0, "no seed", "Then everything behind it would be 0 as well."),
            Meaning(N * (P + F), Y_FOR_SLOPE, "That is y. How fast does y move with y?"),
        ],
    )


@exercise(
    "Let one of them grow by 1, and see what y does.",
    "a is multiplied by b - c; b and c are multiplied by a.",
    "b - c, then a, then -a.",
)
def three_gradients(answer: Sequence[float]) -> str:
    """The gradients of a·(b - c) at 3, 6 and 2."""
    a, b, c = Value(3.0, "a"), Value(6.0, "b"), Value(2.0, "c")
    right = grad(a * (b - c), [a, b, c])
    if np.shape(answer) != (3,):
        raise NotYet("There are three inputs, so three numbers.", "missing")
    for name, text, wrong in (
        ("a sign", "If c grows, y falls.", (right[0], right[1], -right[2])),
        ("the other factor", "What is a multiplied by, and what is b?", (a.data, right[0], -right[0])),
        ("a factor forgotten", "b and c are multiplied by a.", (right[0], 1.0, -1.0)),
        ("own values", "Those are the numbers themselves. How fast does y move with them?", (3.0, 6.0, 2.0)),
    ):
        if same(answer, wrong):
            raise NotYet(text, name)
    for leaf, given, slope in zip((a, b, c), answer, right):
        if not same(given, slope):
            raise NotYet(f"Look at {leaf.label} again: let it grow by 1.")
    return "You have gone backward through a graph."
