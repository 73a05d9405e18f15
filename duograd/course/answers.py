"""Guesses and exercises: what a lesson asks, and what it says to an answer.

Both are functions of the reader's answer. A guess is made before an experiment; a wrong one is told what it
means, and the lesson goes on. An exercise is done when the answer is right; a wrong one is an error, so that
graders see it, and its message is all that a notebook shows.
"""

from __future__ import annotations

import dis
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from nn.judging.binding import their_line
from nn.judging.verdict import Verdict
from nn.language import say

__all__ = [
    "Exercise",
    "Guess",
    "Meaning",
    "NotYet",
    "Question",
    "Said",
    "accept",
    "exercise",
    "guess",
    "same",
]


@dataclass(frozen=True, repr=False)
class Said:
    """What is said to an answer; true if the answer is right.

    Attributes:
        outcome: "right", "open" where nothing has been answered, or "wrong".
        text: for the reader.
        name: of the mistake, in a few words; "" if it has none.
    """

    outcome: str
    text: str
    name: str = ""

    def __bool__(self) -> bool:
        return self.outcome == "right"

    def __repr__(self) -> str:
        said = {"right": in_words("Right."), "open": in_words("Open."), "wrong": in_words("Wrong.")}
        return f"{said[self.outcome]} {in_words(self.text)}"


class NotYet(AssertionError):
    """An answer to an exercise is wrong, or, while a grader runs the notebook, missing.

    Attributes:
        name: of the mistake, in a few words; "" if it has none.
    """

    def __init__(self, text: str, name: str = "") -> None:
        super().__init__(text)
        self.name = name

    def _render_traceback_(self) -> list[str]:
        """What notebooks show in place of a traceback: it would lead into this library."""
        return [f"{in_words('Not yet.')} {in_words(str(self))}"]


@dataclass(frozen=True)
class Meaning:
    """Why somebody would guess this.

    Attributes:
        answer: the guess.
        name: the mistake in a few words.
        text: what it means, without the right answer.
    """

    answer: Any
    name: str
    text: str


Question: TypeAlias = "tuple[Any, str, Sequence[Meaning]]"
"""The right answer, why it is right, and what wrong ones mean."""


class Guess:
    """Asks for a prediction.

    Args:
        question: a function of nothing that returns the right answer, why it is right, and what wrong
            ones mean.
    """

    def __init__(self, question: Callable[[], Question]) -> None:
        self._question = question
        functools.update_wrapper(self, question)

    def __call__(self, answer: Any) -> Said:
        """What a guess means; ``...`` is none."""
        if _is_open(answer):
            return Said("open", "Commit to a guess first: write it in place of the dots.")
        right, why, meanings = self._question()
        if same(answer, right):
            return Said("right", why)
        for each in meanings:
            if same(answer, each.answer):
                return Said("wrong", f"{each.text} Go on and see.", each.name)
        return Said("wrong", f"{_form(answer, right)}Go on and see, then come back and say what you missed.")


class Exercise:
    """Asks for something to be worked out.

    Args:
        check: a function of the answers that returns what is said to right ones, and raises ``NotYet``.
        hints: three, from a nudge to the formula.
    """

    def __init__(self, check: Callable[..., str], hints: tuple[str, str, str]) -> None:
        self._check, self._hints = check, hints
        functools.update_wrapper(self, check)

    def __call__(self, *answers: Any) -> Said:
        """What is said to the answers.

        Raises:
            NotYet: if they are wrong; or if they are open and nbgrader runs the notebook.
        """
        if any(map(_is_open, answers)):
            if os.environ.get("NBGRADER_EXECUTION"):
                raise NotYet("Nothing has been answered.", "open")
            return Said("open", f"Write your answer in place of the dots. {self._hints[0]}")
        try:
            return Said("right", self._check(*answers))
        except NotYet:
            raise
        except Exception as error:
            raised = their_line(error, [each for each in answers if callable(each)])
            raise NotYet(f"{raised[0].upper()}{raised[1:]}", "an error") from None

    def hint(self, level: int) -> str:
        """The first, second or third hint.

        Raises:
            ValueError: for another number.
        """
        if level not in (1, 2, 3):
            raise ValueError(f"there are the hints 1, 2 and 3, got {level!r}")
        return in_words(self._hints[level - 1])


def in_words(text: str) -> str:
    """What is said to a reader, in the reader's language."""
    return say(text, packages=("duograd", "nn"))


def guess(question: Callable[[], Question]) -> Guess:
    """Make a guess of a function that knows the answer."""
    return Guess(question)


def exercise(first: str, second: str, third: str) -> Callable[[Callable[..., str]], Exercise]:
    """Make an exercise, with three hints, of a function that checks answers."""
    return lambda check: Exercise(check, (first, second, third))


def accept(verdict: Verdict, quantities: Sequence[str] = ()) -> None:
    """Do nothing if the judge finds all of it right, or these gradients.

    What is said names the mistake and not what would be right: that is left to the third hint.

    Raises:
        NotYet: with the name and the text of the first mistake.
    """
    asked = [each for each in verdict.findings if not quantities or each.quantity in quantities]
    wrong = [each for each in asked if not each.right]
    if not asked:
        raise NotYet("Nothing was returned that could be judged.", "missing")
    for each in [w for w in wrong if not w.follows] or wrong:
        told = each.text.partition(" It should be ")[0]
        gradient = f"d{each.quantity}"
        raise NotYet(told if told.startswith(f"{gradient} ") else f"{gradient}: {told}", each.name)


def same(answer: Any, right: Any) -> bool:
    """Whether two answers say the same: numbers to nine digits, containers element by element, names without
    regard to case, spaces and a "the" in front."""
    if isinstance(right, str) or isinstance(answer, str):
        return _plain(answer) == _plain(right)
    if isinstance(right, (set, frozenset)):
        return isinstance(answer, (set, frozenset)) and {*answer} == {*right}
    if isinstance(right, Mapping):
        return (
            isinstance(answer, Mapping)
            and answer.keys() == right.keys()
            and all(same(answer[name], right[name]) for name in right)
        )
    try:
        given, wanted = np.asarray(answer, dtype=np.float64), np.asarray(right, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    return given.shape == wanted.shape and bool(np.allclose(given, wanted, rtol=1e-9, atol=1e-12))


def _plain(answer: Any) -> str:
    words = str(answer).lower().split()
    return "".join(words[1:] if words[:1] == ["the"] else words)


def _is_open(answer: Any) -> bool:
    """Whether something is still as the lesson has it: dots, or a function of nothing but dots."""
    code = getattr(answer, "__code__", None)
    if code is not None:
        steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]
        constants = {step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")}
        returns = [step.opname for step in steps if step.opname != "LOAD_CONST"]
        return constants <= {None, ...} and returns in (["RETURN_VALUE"], ["RETURN_CONST"])
    if isinstance(answer, Mapping):
        return any(map(_is_open, answer.values()))
    return answer is ... or answer is None


def _form(answer: Any, right: Any) -> str:
    """Of what form a guess has to be, where this one has another."""
    if isinstance(right, str) and not isinstance(answer, str):
        return "The answer is a word in quotes. "
    if isinstance(right, set) and not isinstance(answer, (set, frozenset)):
        return "The answer is a set, in braces. "
    if isinstance(right, (int, float)) and isinstance(answer, str):
        return "The answer is a number, without quotes. "
    if isinstance(right, tuple) and not isinstance(answer, tuple):
        return f"The answer is a tuple of {len(right)} numbers. "
    return ""
