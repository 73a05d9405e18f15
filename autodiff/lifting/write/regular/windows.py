"""Windows: sums that slide one array along another, as the notation's ``K ∗ X``, and their transposes.

    Z[i,j] = Σₚᵣ K[p,r]·X[i+p-1,j+r-1]          Z = K ∗ X
    dK[p,r] = Σᵢⱼ dZ[i,j]·X[i+p-1,j+r-1]        dK = dZ ∗ X
    dX[i+p-1,j+r-1] += K[p,r]·dZ[i,j]           dX = K ∗ᵀ dZ

An axis of X is read at the sum of two axes of the line, each by steps of 1 and both from the start of it
that is written. Where a window takes other steps, has holes or runs backwards, it is no such thing.
"""

from __future__ import annotations

from collections.abc import Sequence

from autodiff.engine.notation import PRODUCT
from autodiff.lifting.write.regular.at import At
from autodiff.lifting.write.regular.subscripts import Frame, Read, shortened
from autodiff.lifting.write.rendered import Rendered

__all__ = ["slid", "spread_back"]


def slid(kernel: Read, image: Read, over: Sequence[int], frame: Frame, at: At) -> Rendered | None:
    """``kernel ∗ image``, if that is the sum over these axes of their product; else None."""
    if not frame.axes:
        return None
    if frame.rows is None:
        return _turned(slid(kernel, image, over, frame.turned, at), frame, at)
    pairs = [tuple(axis for axis in place.steps if axis not in at.letters) for place in image.places]
    pairs = [pair for pair in pairs if pair]
    inside = _open_in_order(kernel, at)
    if inside is None:
        return None
    channels = [pair for pair in pairs if len(pair) == 1]
    windows = [pair for pair in pairs if len(pair) == 2]
    if len(windows) != len(frame.axes) or len(channels) > 1 or pairs[: len(channels)] != channels:
        return None
    if any(_before_a_letter(channel[0], read, at) for channel in channels for read in (kernel, image)):
        return None
    wanted = [channel[0] for channel in channels]
    for moved, pair in zip(frame.axes, windows):
        if moved not in pair:
            return None
        wanted.append(pair[0] if pair[1] == moved else pair[1])
    if inside != wanted or set(over) != set(wanted):
        return None
    return _joined(kernel, image, " ∗ ", r" \ast ", frame, at)


def spread_back(kernel: Read, moved: Read, over: Sequence[int], frame: Frame, at: At) -> Rendered | None:
    """``kernel ∗ᵀ moved``, if that is what comes to the places of an array by the products of the two."""
    if not frame.axes or not all(axis in at.sums for axis in frame.axes):
        return None
    if frame.rows is None:
        return _turned(spread_back(kernel, moved, over, frame.turned, at), frame, at)
    inside, outside = _open_in_order(kernel, at), _open_in_order(moved, at)
    if inside is None or outside is None or len(outside) != len(frame.axes):
        return None
    wanted = []
    for place, step in zip(frame.axes, outside):
        pair = at.sums[place]
        if step not in pair:
            return None
        wanted.append(pair[0] if pair[1] == step else pair[1])
    if inside != wanted or set(over) != {*wanted, *outside}:
        return None
    return _joined(kernel, moved, " ∗ᵀ ", r" \ast^T ", frame, at)


def _before_a_letter(axis: int, read: Read, at: At) -> bool:
    """Whether an axis of an array comes before one that is a letter, as that of Z[:,k]: no channel does."""
    numbers = [n for n, place in enumerate(read.places) if axis in place.steps]
    letters = [n for n, place in enumerate(read.places) if {*place.steps} & {*at.letters}]
    return bool(numbers and letters) and numbers[0] < letters[-1]


def _turned(found: Rendered | None, frame: Frame, at: At) -> Rendered | None:
    return None if found is None else found.turned._replace(shape=at.shape(frame))


def _open_in_order(read: Read, at: At) -> list[int] | None:
    """The axes of an operand that are no letters, one for each axis of the array; None if there are more."""
    found = []
    for place in read.places:
        inside = [axis for axis in place.steps if axis not in at.letters]
        if len(inside) > 1 or any(place.steps[axis] != 1 for axis in inside):
            return None
        found += inside
    return found if len(set(found)) == len(found) else None


def _joined(kernel: Read, image: Read, sign: str, latex: str, frame: Frame, at: At) -> Rendered:
    a, b = _as_column(kernel, at), _as_column(image, at)
    text = f"{a.text}{sign}{b.text}"
    return Rendered(
        text, text, f"{a.latex}{latex}{b.latex}", at.shape(frame), PRODUCT, operator=sign.replace("ᵀ", "")
    )


def _as_column(read: Read, at: At) -> Rendered:
    """An array as it stands beside a ∗; a vector as a column."""
    all_words = read.words(at.letters, at.lengths)
    words = shortened(all_words, read.sizes)
    if not words and len(read.sizes) > 3:  # X[:,1] of one channel, which is no axis of what slides
        words = shortened(all_words, [0] * len(read.sizes))
    kept = sum(word == ":" or "…" in word for word in words)
    written = read.called(words, read.sizes[-max(kept, 1) :])
    last = len(words) == len(read.sizes) > 1 and kept == 1 and (words[-1] == ":" or "…" in words[-1])
    row = last or (not words and len(read.sizes) == 2 and read.sizes[0] == 1)
    return written.turned if row else written
