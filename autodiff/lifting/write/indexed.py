"""Indexed: expressions of several steps that differ in subscripts alone, as one with an index.

``H[1] = tanh(W·H[0])`` and ``H[2] = tanh(W·H[1])`` are ``H[t] = tanh(W·H[t-1])`` for t = 1 and t = 2. What
is written with an index gives, for each of its values, letter by letter what was written without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from autodiff.engine.notation import ATOM, PRODUCT
from autodiff.lifting.write.algebra import weighted
from autodiff.lifting.write.rendered import Index, Line, Rendered

__all__ = ["indexed_lines", "summed"]

AT_ENDS = 3  # steps at the ends that may look otherwise
BELOW = dict(zip("ltsrukpvx", "ₗₜₛᵣᵤₖₚᵥₓ"))
_TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?(?:e[-+]?\d+)?|\\[a-z]+|.")
_BESIDE = {*"[]{},:…", r"\dots", ""}  # what stands beside a subscript

Item = TypeVar("Item")
Found = TypeVar("Found")


def indexed_lines(steps: Sequence[Sequence[Line]], letter: str, values: Sequence[int]) -> list[Line]:
    """The lines of all steps, of as many of them as can be as one loop.

    Args:
        steps: the lines of each, in the order in which they run.
        letter: the index.
        values: of the index, one for each step, rising or falling by 1.
    """
    first, end, loop = _longest(steps, lambda some, first: _loop(some, letter, values[first:]))
    before, after = steps[:first], steps[end:]
    return [
        *(each for step in before for each in step),
        *(loop or ()),
        *(each for step in after for each in step),
    ]


def summed(
    terms: Sequence[Rendered], letter: str, values: Sequence[int]
) -> tuple[list[Rendered], Index | None]:
    """Terms to be added up, one for each value of an index; as many as can be as one sum over it."""
    first, end, total = _longest(terms, lambda some, first: _sum(some, letter, values[first:]))
    if total is None:
        return [*terms], None
    low, high = sorted((values[first], values[end - 1]))
    return [*terms[:first], total, *terms[end:]], Index(letter, low, high)


def _longest(
    steps: Sequence[Item], attempt: Callable[[Sequence[Item], int], Found | None]
) -> tuple[int, int, Found | None]:
    """The longest run of steps, but for a few at the ends, that can be joined, and what they give."""
    n = len(steps)
    for others in range(min(AT_ENDS, n - 2) + 1):
        for first in range(others + 1):
            end = n - others + first
            found = attempt(steps[first:end], first)
            if found is not None:
                return first, end, found
    return n, n, None


def _loop(steps: Sequence[Sequence[Line]], letter: str, values: Sequence[int]) -> list[Line] | None:
    if any(len(step) != len(steps[0]) or any(line.ranges for line in step) for step in steps):
        return None
    index = Index(letter, values[0], values[len(steps) - 1])
    lines = []
    for alike in zip(*steps):
        texts = [
            _with_index([getattr(line, language) for line in alike], letter, values, language)
            for language in ("text", "numpy", "latex")
        ]
        text, numpy, latex = texts
        if text is None or numpy is None or latex is None or any(l.shape != alike[0].shape for l in alike):
            return None
        fills = tuple(block for line in alike for block in line.fills)
        lines.append(Line(alike[0].target, alike[0].shape, text, numpy, latex, (index,), (), index, fills))
    return lines


def _sum(terms: Sequence[Rendered], letter: str, values: Sequence[int]) -> Rendered | None:
    """The sum of terms over an index; a factor that all have stands in front."""
    scales = [term.scaled for term in terms]
    first = scales[0]
    if first is not None and all(each is not None and each[0] == first[0] for each in scales):
        inner = _sum([each[1] for each in scales if each is not None], letter, values)
        return None if inner is None else weighted(first[0], inner)
    shape, count = terms[0].shape, len(terms)
    if any(term.shape != shape or term.number is not None for term in terms):
        return None
    inside = [term if term.binds >= PRODUCT else term.enclosed() for term in terms]
    text = _with_index([term.text for term in inside], letter, values, "text")
    numpy = _with_index([term.numpy for term in terms], letter, values, "numpy")
    latex = _with_index([term.latex for term in inside], letter, values, "latex")
    if text is None or numpy is None or latex is None or letter not in BELOW:
        return None
    index = Index(letter, *sorted((values[0], values[count - 1])))
    words = (f"Σ{BELOW[letter]} {text}", f"sum({numpy} for {index.numpy})", rf"\sum_{{{letter}}} {latex}")
    return Rendered(*words, shape, PRODUCT, ATOM, reaches=True)


def _with_index(texts: Sequence[str], letter: str, values: Sequence[int], language: str) -> str | None:
    """What all texts are for the values of an index; None if they differ otherwise."""
    if all(text == texts[0] for text in texts):
        return texts[0]
    split = [_TOKEN.findall(text) for text in texts]
    if any(len(tokens) != len(split[0]) for tokens in split):
        return None
    written: list[str] = []
    for place, alike in enumerate(zip(*split)):
        if all(token == alike[0] for token in alike):
            written.append(alike[0])
            continue
        around = {_beside(split[0], place, -1), _beside(split[0], place, 1)}
        if not all(token.isdecimal() for token in alike) or not around <= _BESIDE:
            return None
        affine = _affine([int(token) for token in alike], values)
        if affine is None:
            return None
        written.append(_spelt(*affine, letter, language))
    return "".join(written)


def _beside(tokens: Sequence[str], place: int, step: int) -> str:
    """The token before or after one, but for spaces."""
    place += step
    while 0 <= place < len(tokens) and tokens[place].isspace():
        place += step
    return tokens[place] if 0 <= place < len(tokens) else ""


def _affine(numbers: Sequence[int], values: Sequence[int]) -> tuple[int, int] | None:
    """a and c, if the numbers are a·t + c for the values t."""
    a, rest = divmod(numbers[1] - numbers[0], values[1] - values[0])
    c = numbers[0] - a * values[0]
    fits = all(number == a * value + c for number, value in zip(numbers, values))
    return (a, c) if fits and not rest else None


def _spelt(a: int, c: int, letter: str, language: str) -> str:
    """a·t + c as a subscript."""
    code = language == "numpy"
    space, times = (" ", " * ") if code else ("", "")
    if a < 0 and c >= 0:
        head = letter if a == -1 else f"{-a}{times}{letter}"
        return f"{c}{space}-{space}{head}"
    head = {1: letter, -1: f"-{letter}"}.get(a, f"{a}{times}{letter}")
    return f"{head}{space}{'-' if c < 0 else '+'}{space}{abs(c)}" if c else head
