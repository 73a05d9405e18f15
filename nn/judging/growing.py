"""Examples that are found by trying: shapes are changed until a forward and a backward pass get through.

Names say what an argument probably is; the code says it for certain. How far a run gets, in lines and in the
line that ends it, says whether a change of one shape, or of one size wherever it stands, was a good one. This
module imports nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import itertools
import linecache
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from nn.judging.biases import is_bias
from nn.judging.roles import role_of

__all__ = ["A_RUN", "Attempt", "Progress", "grown", "said", "shrunk", "watched"]

POOL = (5, 4, 3, 6, 2, 12, 7, 9, 1, 8)  # sizes that are tried, the likeliest first; 12 is four times 3
CUBES = ((5, 2, 4), (5, 2, 3), (5, 2, 6), (5, 4, 1), (5, 1, 4), (2, 4, 3), (4, 4, 2), (5, 3, 4))
IMAGES = ((2, 2, 4, 3), (2, 4, 3, 2), (2, 2, 4, 4), (2, 4, 4, 2), (3, 2, 2, 2), (2, 2, 2, 3), (1, 2, 1, 1))
LABELS = ((5,), (5, 1), (1, 5), (5, 2), (2, 5))
LARGEST = 400  # numbers in an example
A_RUN = 50  # lines, so much is a run worth besides
LONG = 20_000  # lines and calls of a run that is ended
SAME = 8  # places of a size, of which any may be changed together


@dataclass(frozen=True, order=True)
class Progress:
    """How far a run got.

    Attributes:
        stage: 0 up to the forward pass, 1 if that ran, 2 if the backward pass ran, too, 3 if all it gave has
            the shapes of its quantities.
        fits: how many of these have.
        lines: how many lines of theirs ran.
        place: in the line that ended it.
    """

    stage: int = 0
    fits: int = 0
    lines: int = 0
    place: int = 0

    def is_beyond(self, other: Progress) -> bool:
        """Whether it got farther by at least a line."""
        return (self.stage, self.fits, self.lines) > (other.stage, other.fits, other.lines)


@dataclass
class Attempt:
    """One run, watched.

    Attributes:
        lines: those of theirs that ran.
        count: how many ran, each as often as it did, and how many functions were called, ours among them.
        place, text, said: of the last exception there: where in its line, the line, and what it says.
        shapes: those of gradients that are not the shapes of their quantities.
    """

    lines: set[tuple[Any, int]] = field(default_factory=set)
    count: int = 0
    place: int = 0
    text: str = ""
    said: str = ""
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


def said(error: Any) -> str:
    """An exception in words; one of theirs may be none that can be told."""
    try:
        return f"{type(error).__name__}: {error!s:.300}"
    except Exception:
        return type(error).__name__


class LongRunError(Exception):
    """A run takes more lines than there is time for."""


@contextmanager
def watched(files: set[str], longest: int = LONG) -> Iterator[Attempt]:
    """While open, what runs of these files is noted; a run of more than so many lines and calls is ended."""
    seen = Attempt()

    def trace(frame: FrameType, event: str, given: Any) -> Any:
        seen.count += 1
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            seen.lines.add((frame.f_code, frame.f_lineno))
            if seen.count > longest:
                raise LongRunError(f"more than {longest:,} lines and calls ran")
        elif event == "exception":
            seen.place, seen.said = frame.f_lasti, said(given[1])
            seen.text = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield seen
    finally:
        sys.settrace(before)


def grown(
    run: Callable[[Mapping[str, Any]], tuple[Progress, Attempt]],
    start: Mapping[str, Any],
    most: int,
) -> tuple[dict[str, Any], Progress, int]:
    """The arguments with which a run gets farthest, how far, and how much work that took.

    It ends after so many lines of theirs and calls: what it finds does not depend on what else the machine
    does.

    Args:
        run: tries arguments.
        start: the arguments to begin with: arrays, sizes and lists of sizes are changed, nothing else.
        most: lines of theirs that may run, and calls, all in all.
    """
    work = 0
    best = dict(start)
    reached, seen = run(best)
    work += A_RUN + seen.count
    pool = [*POOL]

    def is_over() -> bool:
        return work > most

    while reached.stage < 3 and not is_over():
        pool += [n for n in map(int, re.findall(r"\b\d+\b", seen.said)) if n not in pool and 0 < n <= 1_000]
        step = None
        # What runs already is not made poorer: one sample, or a number for a vector, would hide mistakes.
        sizes = pool if reached.stage < 2 else [n for n in pool if n > 1]
        for tried in _changes(best, seen, sizes):
            if is_over() or (tried is None and step is not None):
                break
            if tried is None:
                continue
            if reached.stage and _variety(tried) < _variety(best) and not _fits_targets(best, tried):
                continue  # where sizes are the same by chance, what does not fit would
            found = run(tried)
            work += A_RUN + found[1].count
            if found[0] > reached and (step is None or found[0] > step[1][0]):
                step = tried, found
                if (found[0].stage, found[0].fits, found[0].lines) > (
                    reached.stage,
                    reached.fits,
                    reached.lines,
                ):
                    break
        if step is None:
            break
        best, (reached, seen) = step
    return best, reached, work


def _variety(arguments: Mapping[str, Any]) -> int:
    """How many sizes there are."""
    arrays = [each for each in arguments.values() if isinstance(each, np.ndarray)]
    return len({size for each in arrays for size in each.shape if size > 1})


def _fits_targets(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether nothing but targets was changed, as where a network has one output and always will."""
    changed = [name for name, each in after.items() if each is not before.get(name)]
    return all(role_of(_last(name)) == "target" for name in changed)


def _changes(now: Mapping[str, Any], seen: Attempt, pool: Sequence[int]) -> Iterator[dict[str, Any] | None]:
    """Other arguments: of the shape that their gradients have; else those of the line that failed, with sizes
    that its error speaks of first, and of several that look alike all together, too; then one size in any of
    its places. None stands where it is time to take the best until then."""
    for name, shape in seen.shapes.items():
        if shape and isinstance(now.get(name), np.ndarray):
            yield {**now, name: _like(now[name], shape)}
    if "IndexError" in seen.said or "integer" in seen.said:
        for name, value in now.items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim < 3:
                both = itertools.product(LABELS, (3, 2))
                yield from ({**now, name: _labels(shape, classes)} for shape, classes in both)
            elif isinstance(value, np.ndarray) and value.dtype.kind in "iu":
                yield {**now, name: _labels(value.shape, classes=2)}
    for name, value in now.items() if 1 in pool else ():  # those of one output, where there are several
        if role_of(_last(name)) == "target" and np.ndim(value) == 2 and np.asarray(value).dtype.kind == "f":
            yield from (_resized(now, [(name, axis)], 1) for axis in (1, 0))
    told = [n for n in map(int, re.findall(r"\b\d+\b", seen.said)) if n in pool and n > 1]
    sizes = [
        *dict.fromkeys(told),
        *(n for n in pool if n not in told and n > 1),
        *(n for n in pool if n == 1),
    ]
    here = [name for name in now if re.search(rf"\b{re.escape(_last(name))}\b", seen.text)]
    for name in here:
        alike = _alike(name, now)
        for value in _others(now[name], seen, sizes):
            if len(alike) > 1:
                yield {**now, **dict.fromkeys(alike, value)}
            yield {**now, name: value}
        yield None
    if not here:
        for name, value in now.items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                for axis, size in itertools.product(range(value.ndim), sizes):
                    yield _resized(now, [(name, axis)], size)
        yield from _all_resized(now, sizes)
    for name in now:
        if name not in here:
            for value in _others(now[name], seen, sizes):
                yield {**now, name: value}
    if here:
        yield from _all_resized(now, sizes)


def shrunk(
    run: Callable[[Mapping[str, Any]], tuple[Progress, Attempt]], best: dict[str, Any], stage: int
) -> dict[str, Any]:
    """The arguments, with biases as small as the forward pass takes them: one that is as large as the samples
    are many would hide that its gradient is not summed."""
    for name, value in best.items():
        if not (is_bias(name) and isinstance(value, np.ndarray) and value.ndim == 2 and min(value.shape) > 1):
            continue
        shapes = (value.shape[0], 1), (1, value.shape[1]), value.shape[1:]
        tried = [{**best, name: _like(value, shape)} for shape in shapes]
        reached = [run(each)[0] for each in tried]
        far = max(range(len(tried)), key=lambda i: (reached[i].stage, reached[i].fits))
        if reached[far].stage >= min(stage, 2):
            best = tried[far]
    return best


def _alike(name: str, now: Mapping[str, Any]) -> list[str]:
    """The arguments that are of the same shape, and called alike: Wf, Wi, Wc and Wo."""
    word, shape = _last(name), np.shape(now[name])
    if not isinstance(now[name], np.ndarray):
        return [name]
    return [
        other
        for other, each in now.items()
        if isinstance(each, np.ndarray)
        and each.shape == shape
        and (len(_last(other)), _last(other)[0]) == (len(word), word[0])
    ]


def _all_resized(now: Mapping[str, Any], pool: Sequence[int]) -> Iterator[dict[str, Any]]:
    """One size exchanged for another in some of its places."""
    places = [
        (name, axis, size)
        for name, each in now.items()
        if isinstance(each, np.ndarray) and each.dtype.kind == "f"
        for axis, size in enumerate(each.shape)
    ]
    for size in dict.fromkeys(size for _, _, size in places):
        same = [(name, axis) for name, axis, other in places if other == size][:SAME]
        for count in range(2, len(same) + 1):
            for chosen in itertools.combinations(same, count):
                for other in pool[:8]:
                    if other not in (size, 1):
                        yield _resized(now, chosen, other)


def _last(name: str) -> str:
    return str(re.findall(r"\w+", name)[-1])


def _resized(now: Mapping[str, Any], places: Sequence[tuple[str, int]], size: int) -> dict[str, Any]:
    made = dict(now)
    for name in {name for name, _ in places}:
        shape = [*np.shape(now[name])]
        for other, axis in places:
            if other == name:
                shape[axis] = size
        made[name] = _like(now[name], tuple(shape))
    return made


def _others(value: Any, seen: Attempt, pool: Sequence[int]) -> Iterator[Any]:
    """What else an argument may be."""
    if isinstance(value, np.ndarray):
        plain: list[tuple[int, ...]] = [*itertools.product(pool, pool), *((n,) for n in pool)]
        shapes = [*plain, *CUBES, *IMAGES] if value.ndim in (1, 2) else [*CUBES, *IMAGES, *plain]
        if "IndexError" in seen.said or "integer" in seen.said:
            yield from (_labels(each) for each in LABELS)
        if value.dtype.kind in "iu":
            yield from (_labels(each) for each in LABELS if each != value.shape)
            return
        if "bool" in seen.said:
            yield value > 0
        for shape in shapes:
            if shape != value.shape and np.prod(shape) <= LARGEST:
                yield _like(value, shape)
        if 1 in pool:
            yield from (_labels(each) for each in LABELS)
            yield 0.4
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        return
    elif isinstance(value, int):
        yield from (n for n in pool if n != value)
    elif isinstance(value, float):
        yield from (np.full((n,), value) for n in pool[:4])
    elif isinstance(value, list) and value and all(type(each) is int for each in value):
        for i, old in enumerate(value):
            yield from ([*value[:i], n, *value[i + 1 :]] for n in pool if n != old)


def _labels(shape: tuple[int, ...], classes: int = 3) -> Any:
    return np.resize(np.array([1, 0, 2, 1, 0, 2, 2, 1]) % classes, shape)


def _like(array: Any, shape: tuple[int, ...]) -> Any:
    """Numbers of another shape and of the same kind: random, or zeros and ones."""
    if array.size and {*np.unique(array).tolist()} <= {0.0, 1.0}:
        if array.ndim == 2 and not any(np.all(array.sum(axis=axis) == 1.0) for axis in (0, 1)):  # a mask
            return (np.random.default_rng([*shape, len(shape)]).uniform(size=shape) < 0.7) / 1.0
        if len(shape) == 2 and min(shape) > 1:
            hot = np.eye(min(shape))[np.arange(max(shape)) % min(shape)]
            return hot if shape[0] == max(shape) else hot.T
        return np.resize(np.array([1.0, 0.0, 0.0, 1.0]), shape)
    return np.random.default_rng([*shape, len(shape)]).normal(0.0, 0.7, shape)
