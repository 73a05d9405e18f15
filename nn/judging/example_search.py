"""The example with which something in a submission is judged: the best of many guesses, or grown of one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from nn.judging.asking import AnsweredError, RemoteWay, Submission
from nn.judging.examples import Guess, named
from nn.judging.guessed_arrays import is_a_share
from nn.judging.judgement import Look, first_look
from nn.judging.passes import Floats
from nn.judging.roles import role_of
from nn.judging.tensors import asked_for, reason
from nn.judging.truth import is_float_array
from nn.judging.units import Unit

__all__ = ["NoExampleError", "Wishes", "example_of", "given_example", "shown"]

LOOKING, A_LOOK = 20_000, 100  # forward passes to look at examples, and what a look is worth besides
SECONDS = 10.0  # of computing, for that, should they take long
TRYING = 1_500_000  # calls to run all guesses, and
GROWING = 150_000  # calls and lines of theirs, counted one by one, to change some: each about a second
RUNNING = 10  # examples of a level that run, of which one is taken
POOREST = 3  # the level of one sample with one output, which say nothing about sums
ENOUGH = 5  # guesses that go all the way
GUESSES, STARTS = 400, 3  # guesses that are tried, and that one is grown out of
UNDEFINED = 16  # global names that may be missing
ARRAYS = r"(T|dot|shape|sum|copy|size|mean|reshape|transpose|max|min|astype|ravel)\b"  # what arrays have
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
        mean: whether the mean over the samples is not for a layer to take.
    """

    example: str = ""
    wrt: tuple[str, ...] = ()
    tolerance: float | None = None
    methods: Mapping[str, str] | None = None
    mean: bool = False


def example_of(
    submission: Submission, unit: Unit, tried: Iterator[Guess], wishes: Wishes, text: str
) -> tuple[RemoteWay, dict[str, Any]]:
    """The pass and an example: of the lowest level at which all gradients have the shapes of their quantities
    the one that makes most right; if there is none, of the lowest level at which something runs. Where none
    of the guesses is such an example, one is grown out of the likeliest."""
    search = _Search(submission, unit, wishes)
    guesses = [*_different(tried)]
    reached = search.outcomes(guesses, text)
    if not wishes.example and 3 not in reached:
        starts = sorted(range(len(guesses)), key=lambda i: (guesses[i][0], -reached[i]))[:STARTS]
        for i in starts:
            if search.grew > GROWING:
                break
            guess, stage = search.grown(guesses[i])
            place = 0 if stage == 3 else len(guesses)
            guesses.insert(place, guess)
            reached.insert(place, stage)
            if stage == 3:
                break
    begin = time.process_time()
    told = any(stage >= 2 for (level, _, _), stage in zip(guesses, reached) if level < POOREST)
    large = any(stage >= 1 and not _is_single(each) for (_, each, _), stage in zip(guesses, reached))
    for (level, arguments, init), stage in zip(guesses, reached):
        if stage >= 1 and not (told and level >= POOREST) and not (large and _is_single(arguments)):
            if search.is_over() or time.process_time() - begin > SECONDS or search.work > LOOKING:
                break
            if not search.knows(level):
                search.look_at(level, arguments, init)
    search.look_again()
    search.prefer_what_fits()
    if search.best is None and not search.error and guesses:
        search.look_at(*min(guesses, key=lambda guess: guess[0]))  # what the likeliest one meets is told
    if search.best is None:
        arrays = {n for _, given, _ in guesses for n, each in given.items() if isinstance(each, np.ndarray)}
        if asked := asked_for(unit.members, arrays):
            raise NoExampleError(reason(f"It asks for {asked}"))
        what = f": the first, {search.error}" if search.error else ""
        what += "" if what.endswith(("?", ".")) else "."
        raise NoExampleError(
            f"no example was found with which it runs{what} Give one: a function example() in the file that "
            "returns a dict of its arguments"
        )
    if search.shows_a_mistake:
        submission.expect_to_record()
    return search.best


def _is_misspelt(name: str, text: str) -> bool:
    """Whether a name that nothing defines stands in the text once and is nearly one that is assigned there,
    ``cach`` and ``cache``: then it is an error of theirs, and nothing to be guessed. Names that differ in
    numbers, ``W1`` and ``W2``, or in small and capital letters, are different things."""
    if len(re.findall(rf"\b{re.escape(name)}\b", text)) != 1:
        return False
    assigned = {each for each in re.findall(r"\b([A-Za-z_]\w*)\s*=(?!=)", text) if each != name}
    near = get_close_matches(name, assigned, cutoff=0.85)
    return any(_without_numbers(each) != _without_numbers(name) for each in near)


def _without_numbers(name: str) -> str:
    return re.sub(r"\d", "", name).lower()


def _is_single(arguments: Mapping[str, Any]) -> bool:
    """Whether all arrays hold one number, though there are matrices: then each is its own transpose."""
    arrays = [each for each in arguments.values() if isinstance(each, np.ndarray)]
    return all(each.size == 1 for each in arrays) and any(each.ndim == 2 for each in arrays)


def _different(tried: Iterator[Guess]) -> Iterator[Guess]:
    seen: set[Any] = set()
    for level, arguments, init in tried:
        shapes = tuple((name, _looks(each)) for name, each in {**arguments, **(init or {})}.items())
        if shapes not in seen and len(seen) < GUESSES:
            seen.add(shapes)
            yield level, arguments, init


def _looks(each: Any) -> tuple[str, int]:
    """What tells a guess from others: the shape, and of places the last one."""
    is_places = isinstance(each, np.ndarray) and each.dtype.kind in "iu" and each.size
    return shown(each), int(np.max(each)) if is_places else 0


class _Search:
    """For an example with which a unit runs.

    Attributes:
        best: the pass and the example, so far.
        error: the first that was raised.
        work: how many forward passes were called to look at examples.
        grew: how many lines of theirs ran, and calls, to change guesses.
    """

    def __init__(self, submission: Submission, unit: Unit, wishes: Wishes) -> None:
        self._submission, self._unit, self._wishes = submission, unit, wishes
        self._rank: tuple[bool, int, float, bool] = (False, -1_000, -2.0, False)
        self._fullest: tuple[tuple[int, bool, int, float, bool], tuple[RemoteWay, dict[str, Any]] | None]
        self._fullest = (-1, *self._rank), None
        self._counts: dict[int, int] = {}
        self._is_made = unit.kind in ("class", "object")
        self._what: dict[str, Any] = {
            "functions": [*unit.names],
            "is_object": self._is_made,
            "methods": dict(wishes.methods or {}),
        }
        self.best: tuple[RemoteWay, dict[str, Any]] | None = None
        self.error = ""
        self.work = self.grew = 0
        self._failed: tuple[int, RemoteWay, dict[str, Any]] | None = None

    @property
    def shows_a_mistake(self) -> bool:
        """Whether the backward pass of the best example runs, and not all of it is right."""
        return 0.0 <= self._rank[2] < 1.0

    def outcomes(self, guesses: Sequence[Guess], text: str) -> list[int]:
        """How far each guess gets; names that nothing has defined are guessed on the way."""
        sent = [[arguments, self._init(init)] for _, arguments, init in guesses]
        for name in self._submission.ask(do="undefined", **self._what)[:UNDEFINED]:
            called = re.search(rf"\b{re.escape(str(name))}(\s*\(|\.(?!{ARRAYS}))", text)
            if not called and not _is_misspelt(str(name), text):
                value = named(str(name), self._unit, text)
                self._submission.ask(do="name", name=name, value=value)
        told = self._submission.ask(do="outcomes", **self._what, guesses=sent, most=TRYING, enough=ENOUGH)
        stages = [int(stage) for stage, _ in told]
        return [*stages, *([0] * (len(guesses) - len(stages)))]

    def grown(self, guess: Guess) -> tuple[Guess, int]:
        """A guess, changed until it gets through, and how far it does."""
        level, arguments, init = guess
        given, started, stage, work, names = self._submission.ask(
            do="grow", **self._what, arguments=arguments, init=self._init(init), most=GROWING - self.grew
        )
        self.grew += int(work)
        for name, value in names.items():
            self._submission.ask(do="name", name=name, value=value)
        return (level, dict(given), started), int(stage)

    def _init(self, init: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if self._unit.kind == "object" or not self._is_made else (init or {})

    def is_over(self) -> bool:
        """Whether nothing can be better."""
        fits, _, share, _ = self._rank
        return fits and share == 1.0

    def knows(self, level: int) -> bool:
        """Whether nothing at this level can be better, or enough of it ran."""
        fits, lowest, *_ = self._rank
        return (fits and level > -lowest) or self._counts.get(level, 0) >= RUNNING

    def look_at(self, level: int, arguments: dict[str, Any], init: dict[str, Any] | None) -> None:
        """Run the unit, and keep it if it is better."""
        try:
            answer = self._submission.ask(do="make", **self._what, arguments=arguments, init=self._init(init))
            way = RemoteWay(self._submission, answer)
            flat = _moved(way, arguments)
            out = way.forward(flat)
        except AnsweredError as raised:
            self.error = self.error or str(raised)
            return
        if not np.isfinite(out).all() or not 0 < out.size <= MOST:
            self.error = self.error or "the forward pass gives no finite numbers"
            return
        floats = sum(np.size(each) for each in flat.values() if is_float_array(each))
        if not self._wishes.example and floats > MOST:
            return
        self.work += A_LOOK + 4 * floats
        look = self._looked(way, flat)
        if look.share < 0.0 and self._is_made and (self._failed is None or level < self._failed[0]):
            self._failed = level, way, _with_fitting_targets(flat, out)
        self._counts[level] = self._counts.get(level, 0) + (look.share >= 0.0)
        self._keep(level, way, flat, look)

    def look_again(self) -> None:
        """Run the first one whose backward pass failed with as many targets as there are outputs."""
        if self._failed is not None and not self._rank[0] and not self._wishes.example:
            level, way, flat = self._failed
            self._keep(level, way, flat, self._looked(way, flat))

    def _keep(self, level: int, way: RemoteWay, flat: dict[str, Any], look: Look) -> None:
        targets = [np.size(each) for name, each in flat.items() if role_of(name) == "target"]
        several = min(targets, default=2) > 1  # to one target all outputs may be held, by a broadcast
        rank = (look.fits, -level, look.share, several)
        if self.best is None or rank > self._rank:
            self._rank, self.best = rank, (way, flat)
        if look.share >= 0.0 and (look.fitting, *rank) > self._fullest[0]:
            self._fullest = (look.fitting, *rank), (way, flat)

    def prefer_what_fits(self) -> None:
        """Where the best example runs and not all of it has the shape that it should have, take the one in
        which most has: what is for one sample alone has other shapes for several."""
        fits, _, share, _ = self._rank
        if not fits and share >= 0.0 and self._fullest[1] is not None:
            self._rank, self.best = self._fullest[0][1:], self._fullest[1]

    def _looked(self, way: RemoteWay, flat: dict[str, Any]) -> Look:
        try:
            return first_look(way, flat, self._wishes.wrt or None, self._wishes.tolerance)
        except AnsweredError:  # the backward pass fails on what the forward pass takes
            pass
        except Exception as raised:  # numbers of no use
            self.error = self.error or str(raised)
        return Look(-1.0, False)


def _with_fitting_targets(flat: dict[str, Any], out: Floats) -> dict[str, Any]:
    """The arguments, with as many targets as there are numbers in an output that is no loss."""
    targets = [name for name, each in flat.items() if role_of(name) == "target" and is_float_array(each)]
    if out.size == 1 or len(targets) != 1 or np.size(flat[targets[0]]) == out.size:
        return flat
    return {**flat, targets[0]: np.random.default_rng(5).uniform(0.1, 0.9, out.shape)}


def _moved(way: RemoteWay, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with other weights than those that a class began with, where zeros hide mistakes."""
    rng = np.random.default_rng(1)
    weights = {
        name
        for name in way.quantities or ()
        if name not in given or not (role_of(name) == "output" or is_a_share(given[name]))
    }
    return {
        name: rng.normal(0.0, 0.7, each.shape).astype(each.dtype)
        if name in weights and is_float_array(each) and each.ndim
        else each
        for name, each in way.flat.items()
    }


def given_example(submission: Submission, unit: Unit, wishes: Wishes) -> Iterator[Guess]:
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


def shown(value: Any) -> str:
    """What an argument is, in a few words: of arrays their shapes."""
    if isinstance(value, np.ndarray):
        return f"{value.shape} {value.dtype.kind}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {shown(each)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)) and any(isinstance(each, np.ndarray) for each in value):
        return f"[{', '.join(map(shown, value))}]"
    return f"{value!r:.40}"
