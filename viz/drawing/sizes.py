"""``size=``: a picture for the place where it will be seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from viz.drawing.dot import to_dot
from viz.drawing.look import SHOWN, Look
from viz.drawing.picture import Picture
from viz.drawing.style import Fonts
from viz.drawing.subject import Subject
from viz.layout.process import measuring

__all__ = ["SIZES", "Place", "fitting", "place_of"]


@dataclass(frozen=True)
class Place:
    """Room for a picture: width and height in inches, and the smallest type, in points."""

    name: str
    width: float
    height: float
    points: float


SIZES = {
    "slide": Place("a slide", 13.333, 7.5, 18),
    "column": Place("a column", 3.4, 9.0, 7),
    "board": Place("a board", 13.333, 10.0, 28),
}
FORMULAS = ("layer", "formula")  # levels at which cards are headed by formulas
LEAST = 9.0  # points of the smallest type, where only width and height are given
SMALLEST_CARD = 8.0  # squares of the size of type that a card and the edges around it take, at least
SAID: list[tuple[str, ...]] = [  # of a card, from all to little
    SHOWN,
    tuple(word for word in SHOWN if word != "nodes"),
    ("name", "op", "data", "shape"),
    ("name", "op", "shape"),
]
LARGEST = 1.5  # times the smallest type: a small graph does not fill a slide with huge letters


def place_of(size: str | tuple[float, float] | Place) -> Place:
    """The place that ``size=`` names, or is.

    Raises:
        ValueError: for a name that is none, or a width or height that no picture has.
    """
    if isinstance(size, Place):
        return size
    if isinstance(size, str):
        if size not in SIZES:
            known = ", ".join(map(repr, SIZES))
            raise ValueError(f"size is one of {known}, or (width, height) in inches; got {size!r}")
        return SIZES[size]
    try:
        width, height = map(float, size)
    except (TypeError, ValueError):
        raise ValueError(f"size is a name or (width, height) in inches, got {size!r:.60}") from None
    if not (0.0 < width < 1000.0 and 0.0 < height < 1000.0):
        raise ValueError(f"size is (width, height) in inches, both positive, got {size!r:.60}")
    return Place(f"{width:g} × {height:g} in", width, height, LEAST)


def fitting(
    subjects: Callable[[], Iterator[tuple[Subject, list[int], list[str]]]],
    look_of: Callable[[Subject], Look],
    place: Place,
    direction: str | None,
    show: tuple[str, ...] | None,
) -> Picture:
    """The picture that says most of what can be said in ``place``.

    Args:
        subjects: the graph, and then the same graph folded once, twice, …, each with the indices of
            the cards to show and notes; asked for one after the other, until one fits.
        look_of: how to draw a graph, but for what the size decides.
        direction: where the output is, if it is not for this function to say.
        show: what is said of a card, likewise.
    """
    first: Subject | None = None
    closest: tuple[float, Picture] | None = None
    best: tuple[float, Picture] | None = None
    crowded: list[Picture] = []  # what cannot fit, laid out only if nothing else is there
    with measuring() as extents:

        def shares_of(pictures: list[Picture]) -> list[float]:
            return [min(place.width / width, place.height / height) for width, height in extents(pictures)]

        for subject, kept, missing in subjects():
            said = missing
            if first is not None:
                cards = f"{len(first.cards):,} {_many(first.level)}"
                what = f"{cards} do not fit {place.name} at {place.points:g} pt"
                said = [*missing, f"folded to {_many(subject.level)}: {what}"]
            first = first or subject
            usual = look_of(subject)
            if len(kept) * SMALLEST_CARD * place.points**2 > place.width * place.height * 72**2:
                crowded = [to_dot(subject.cards, kept, _least(usual, place, direction, show), said)]
                continue
            for looks in _looks(usual, place, direction, show, subject.level in FORMULAS):
                pictures = [to_dot(subject.cards, kept, look, said) for look in looks]
                shares = shares_of(pictures)
                fits = [k for k, share in enumerate(shares) if share >= 1.0]
                if fits:
                    best = (shares[fits[0]], pictures[fits[0]])
                    continue
                nearest = max(range(len(shares)), key=shares.__getitem__)
                if closest is None or shares[nearest] > closest[0]:
                    closest = (shares[nearest], pictures[nearest])
                break
            if best:
                return _filled(best[1], best[0], place)
        picture = closest[1] if closest else crowded[0]
        what = f"too large for {place.name}: type of {{:.1f}} pt instead of {place.points:g} pt"
        with_note = to_dot(picture.cards, picture.kept, picture.look, [*picture.notes, what.format(88.8)])
        (share,) = shares_of([with_note])
    points = math.floor(share * place.points * 10) / 10
    shrunk = to_dot(picture.cards, picture.kept, picture.look, [*picture.notes, what.format(points)])
    return _filled(shrunk, share, place)


def _filled(picture: Picture, share: float, place: Place) -> Picture:
    """The picture as large as its place allows, within reason."""
    scale = min(share, LARGEST) / share
    page = (place.width * scale, place.height * scale)
    return to_dot(picture.cards, picture.kept, replace(picture.look, page=page), picture.notes)


def _sized(usual: Look, place: Place) -> Look:
    """A look in the type of a place."""
    fonts = Fonts.at_least(place.points)
    return replace(usual, compact=True, fonts=fonts, spacing=place.points / 12, room=place.width)


def _least(usual: Look, place: Place, direction: str | None, show: Any) -> Look:
    """What says least, for a graph that cannot fit."""
    usual = _sized(usual, place)
    return replace(usual, terse=True, show=show or ("name", "op"), direction=direction or "LR")


def _looks(
    usual: Look, place: Place, direction: str | None, show: Any, has_formulas: bool
) -> Iterator[list[Look]]:
    """Ways to draw a graph: those that say least, and then all others, from the one that says most.

    A graph that does not fit when least is said of it does not fit otherwise.
    """
    usual = _sized(usual, place)
    directions = (direction,) if direction else ("LR", "TB") if place.width > place.height else ("TB", "LR")
    groups: list[list[Look]] = []
    for words in [show] if show else SAID:
        group = []
        for terse in (False, True) if {"grad", "data"} & set(words) else (True,):
            group += [replace(usual, show=words, terse=terse, direction=way) for way in directions]
        if has_formulas and direction in (None, "LR", "RL"):
            narrow = replace(usual, show=words, terse=True, broken=True)
            group.append(replace(narrow, direction=direction or "LR"))
        groups.append(group)
    yield groups[-1]
    if len(groups) > 1:
        yield [look for group in groups for look in group]


def _many(level: str) -> str:
    return {"scalar": "values", "neuron": "neurons", "layer": "layers", "formula": "formulas"}[level]
