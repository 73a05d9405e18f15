"""Rolling: lines that repeat with other arrays become one loop over the arrays.

The steps of a recurrence, and equal layers, take the same calls in the same order, forward and backward:

    dot(v1, v7, out=v8)                 for s0, s1, s2 in v40:
    add(v8, v2, out=v9)                     dot(v1, s0, out=s1)
    dot(v1, v9, out=v10)        →           add(s1, v2, out=s2)
    add(v10, v2, out=v11)
    …

with the arrays of all steps in the list v40. Nothing else has to be regular: arrays may lie anywhere, and
be of any shape, so that steps of different lengths are a loop, too. The calls are the same, and so are the
numbers; code is as long for a thousand steps as for ten.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Loop", "rolled"]

SHORT = 60  # lines that are compiled as quickly as rolled
FEWEST = 4  # steps of a loop
LONGEST = 400  # lines of a step

_NAME = re.compile(r"\bv\d+\b")


@dataclass(frozen=True)
class Loop:
    """Lines to be repeated.

    Attributes:
        body: the lines of a step, in which s0, s1, … stand for what differs from step to step.
        steps: for each step the names of what they stand for.
    """

    body: Sequence[str]
    steps: Sequence[tuple[str, ...]]


class _Run(NamedTuple):
    """Lines from ``first`` to before ``end`` that are each like the one a ``period`` later."""

    first: int
    end: int
    period: int

    @property
    def saved(self) -> int:
        return self.end - self.first - self.period


def rolled(lines: Sequence[str], names: Mapping[str, Any], fixed: Collection[str]) -> Iterator[str | Loop]:
    """The lines, some of them as loops.

    Args:
        lines: one call each.
        names: what the names v0, v1, … stand for; functions are the same in all steps.
        fixed: further names that are not to be taken for others.
    """
    if len(lines) < SHORT:
        yield from lines
        return
    kept = {name for name, each in names.items() if callable(each)}.union(fixed)
    codes: dict[str, int] = {}
    words: list[list[str]] = []  # by line, the names that may be others in other steps
    code = np.empty(len(lines), dtype=np.int64)
    for number, line in enumerate(lines):
        mine: list[str] = []

        def blank(match: re.Match[str], mine: list[str] = mine) -> str:
            if match[0] in kept:
                return match[0]
            mine.append(match[0])
            return "{}"

        form = _NAME.sub(blank, line.replace("{", "{{").replace("}", "}}"))
        code[number] = codes.setdefault(form, len(codes))
        words.append(mine)
    forms = [*codes]
    done = 0
    for first, end, period in _chosen(code):
        yield from lines[done:first]
        done = end - (end - first) % period
        yield _loop([forms[c] for c in code[first : first + period]], words[first:done])
    yield from lines[done:]


def _loop(forms: Sequence[str], words: Sequence[Sequence[str]]) -> Loop:
    """The loop whose steps are of these forms, and name these words line by line."""
    period = len(forms)
    variables: dict[tuple[str, ...], str] = {}
    body = []
    for place, form in enumerate(forms):
        spelt = []
        for column in zip(*words[place::period], strict=True):
            same = column.count(column[0]) == len(column)
            spelt.append(column[0] if same else variables.setdefault(column, f"s{len(variables)}"))
        body.append(form.format(*spelt))
    return Loop(body, [*zip(*variables)] if variables else [()] * (len(words) // period))


def _chosen(code: npt.NDArray[np.int64]) -> list[_Run]:
    """The runs that are loops, in order: those that save most lines, and of others what is left of them."""
    taken = np.zeros(len(code), dtype=bool)
    chosen = []
    for run in sorted(_runs(code), key=lambda run: (-run.saved, run.period)):
        free = np.flatnonzero(~taken[run.first : run.end])
        if not free.size:
            continue
        gap = np.flatnonzero(np.diff(free) > 1)
        first = run.first + int(free[0])
        end = run.first + int(free[gap[0] if gap.size else -1]) + 1
        if end - first >= FEWEST * run.period:
            chosen.append(_Run(first, end, run.period))
            taken[first:end] = True
    return sorted(chosen)


def _runs(code: npt.NDArray[np.int64]) -> Iterator[_Run]:
    """Where lines of the same form repeat."""
    for period in range(1, min(LONGEST, len(code) // FEWEST) + 1):
        equal = code[period:] == code[:-period]
        changes = np.flatnonzero(np.diff(equal, prepend=False, append=False))
        for first, end in zip(changes[::2].tolist(), changes[1::2].tolist()):
            if end - first >= period * (FEWEST - 1):
                yield _Run(first, end + period, period)
