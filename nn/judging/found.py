"""Judging what was found in a submission: each unit on examples that fit it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nn.judging.asking import AnsweredError, RemoteWay, Submission
from nn.judging.examples import SAMPLES, Guess, guesses
from nn.judging.judgement import Look, first_look, judged
from nn.judging.truth import is_float_array
from nn.judging.units import Unit
from nn.judging.verdict import Finding, Verdict

__all__ = ["NoExampleError", "Wishes", "judge_unit", "not_judged"]

SECONDS = 2.0  # of computing, to look for an example
RUNNING = 10  # examples of a level that run, of which one is taken
MOST = 400  # numbers of an example that nobody gave: each is moved four times


class NoExampleError(ValueError):
    """No example was found with which a unit runs; the message says what was tried."""


@dataclass(frozen=True)
class Wishes:
    """What somebody said of a submission, by options or in its own ``JUDGE = {…}``.

    Attributes:
        example: the name of a function of theirs that makes arguments.
        wrt: by which arguments gradients are expected.
        tolerance: relative to the largest number.
        methods: of a class, by "forward", "loss", "backward" and "step".
    """

    example: str = ""
    wrt: tuple[str, ...] = ()
    tolerance: float | None = None
    methods: Mapping[str, str] | None = None


def judge_unit(
    submission: Submission, unit: Unit, values: Mapping[str, Any], text: str, wishes: Wishes
) -> Verdict:
    """The verdict on functions or a class.

    Args:
        submission: whose process has read the file.
        values: numbers and small arrays at the top level of the file.
        text: of the file.

    Raises:
        NoExampleError: if no example runs.
    """
    if wishes.example:
        way, arguments = _example(submission, unit, _given(submission, unit, wishes), wishes)
    else:
        try:
            way, arguments = _example(submission, unit, guesses(unit, values, text), wishes)
        except NoExampleError:
            if not unit.made:
                raise
            unit = replace(unit, kind="object", names=(unit.made,), init=None)
            way, arguments = _example(submission, unit, guesses(unit, values, text), wishes)
    verdict = judged(way, arguments, wishes.wrt or None, wishes.tolerance)
    sizes = ", ".join(f"{name} {_shape(each)}" for name, each in arguments.items())
    verdict.notes.append(f"The first example: {sizes}.")
    return verdict


def _example(
    submission: Submission, unit: Unit, tried: Iterator[Guess], wishes: Wishes
) -> tuple[RemoteWay, dict[str, Any]]:
    """The pass and an example: of the lowest level at which all gradients have the shapes of their quantities
    the one that makes most right; if there is none, of the lowest level at which something runs."""
    search = _Search(submission, unit, wishes)
    begin, seen = time.process_time(), set()
    for level, arguments, init in tried:
        if search.is_over(level) or time.process_time() - begin > SECONDS:
            break
        shapes = tuple((name, _shape(each)) for name, each in {**arguments, **(init or {})}.items())
        if shapes not in seen:
            seen.add(shapes)
            search.look_at(level, arguments, init)
    if search.best is None:
        what = f": the first, {search.error}" if search.error else ""
        raise NoExampleError(
            f"no example was found with which it runs{what}. Give one: a function example() in the file that "
            "returns a dict of its arguments"
        )
    return search.best


class _Search:
    """For an example with which a unit runs.

    Attributes:
        best: the pass and the example, so far.
        error: the first that was raised.
    """

    def __init__(self, submission: Submission, unit: Unit, wishes: Wishes) -> None:
        self._submission, self._unit, self._wishes = submission, unit, wishes
        self._rank: tuple[bool, int, float] = (False, -1_000, -2.0)
        self._counts: dict[int, int] = {}
        self.best: tuple[RemoteWay, dict[str, Any]] | None = None
        self.error = ""

    def is_over(self, level: int) -> bool:
        """Whether nothing at this level can be better."""
        fits, lowest, share = self._rank
        return share == 1.0 or (fits and level > -lowest) or self._counts.get(level, 0) >= RUNNING

    def look_at(self, level: int, arguments: dict[str, Any], init: dict[str, Any] | None) -> None:
        """Run the unit, and keep it if it is better."""
        way = flat = None
        for _ in range(2):  # again, where a name was missing that could be told
            try:
                way = _made(self._submission, self._unit, arguments, init, self._wishes)
                flat = _moved(way)
                out = way.forward(flat)
                break
            except AnsweredError as raised:
                self.error = self.error or str(raised)
                if not _is_completed(self._submission, raised):
                    return
        else:
            return
        if not np.isfinite(out).all() or not 0 < out.size <= MOST:
            self.error = self.error or "the forward pass gives no finite numbers"
            return
        floats = sum(np.size(each) for each in flat.values() if is_float_array(each))
        if not self._wishes.example and floats > MOST:
            return
        look = self._looked(way, flat)
        self._counts[level] = self._counts.get(level, 0) + (look.share >= 0.0)
        rank = (look.fits, -level, look.share)
        if self.best is None or rank > self._rank:
            self._rank, self.best = rank, (way, flat)

    def _looked(self, way: RemoteWay, flat: dict[str, Any]) -> Look:
        for _ in range(2):
            try:
                return first_look(way, flat, self._wishes.wrt or None, self._wishes.tolerance)
            except AnsweredError as raised:  # the backward pass fails on what the forward pass takes
                if not _is_completed(self._submission, raised):
                    break
            except Exception as raised:  # numbers of no use
                self.error = self.error or str(raised)
                break
        return Look(-1.0, False)


def _is_completed(submission: Submission, raised: AnsweredError) -> bool:
    """Whether a global name was missing that says how many samples there are, and is now there."""
    found = re.search(r"NameError: name '(m|n|N|M|batch_size|n_samples)' is not defined", str(raised))
    if found is None:
        return False
    submission.ask(do="name", name=found[1], value=SAMPLES)
    return True


def _made(
    submission: Submission, unit: Unit, arguments: dict[str, Any], init: dict[str, Any] | None, wishes: Wishes
) -> RemoteWay:
    starts = {} if unit.kind == "object" else init
    answer = submission.ask(
        do="make",
        arguments=arguments,
        functions=[*unit.names],
        init=starts,
        methods=dict(wishes.methods or {}),
    )
    return RemoteWay(submission, answer)


def _moved(way: RemoteWay) -> dict[str, Any]:
    """The arguments, with other weights than those that a class began with, where zeros hide mistakes."""
    rng = np.random.default_rng(1)
    weights = {*(way.quantities or ())}
    return {
        name: rng.normal(0.0, 0.7, each.shape).astype(each.dtype)
        if name in weights and is_float_array(each) and each.ndim
        else each
        for name, each in way.flat.items()
    }


def _given(submission: Submission, unit: Unit, wishes: Wishes) -> Iterator[Guess]:
    """The example that a function of theirs makes."""
    try:
        made = submission.ask(do="call", function=wishes.example)
    except AnsweredError as error:
        raise NoExampleError(f"{wishes.example}() raised: {error}") from error
    if not isinstance(made, Mapping):
        raise NoExampleError(
            f"{wishes.example}() has to return a dict of arguments, got {type(made).__name__}"
        )
    own = made.get(unit.names[0], made) if isinstance(made.get(unit.names[0]), Mapping) else made
    start = [*unit.init.parameters] if unit.init is not None and unit.kind == "class" else []
    init = {name: own[name] for name in start if name in own}
    if unit.init is None or unit.kind != "class":
        yield 0, dict(own), None
    else:
        yield 0, {n: each for n, each in own.items() if n not in init or n in _used(unit)}, init


def _used(unit: Unit) -> set[str]:
    return {name for each in unit.members for name in each.parameters}


def _shape(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.shape} {value.dtype.kind}"
    return f"{value!r:.40}"


def not_judged(unit: Unit, why: str) -> Verdict:
    """The verdict on what could not be judged."""
    return Verdict(unit.title, [Finding("", False, "not judged", why)], "Nothing was compared.")
