"""Apart: lines in a row that have the same index are one loop, and where they must not be, get other letters.

    dX[2i] += a[i],  i = 1 … 3
    dZ[i] = dX[i] ⊙ b[i],  i = 1 … 3

As one loop these would take dX[2] before all that comes to it is there. What a line reads or fills of an
array that lines before it fill in the same loop, it may only where they do, at the same subscripts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from autodiff.lifting.write.rendered import Index, Line

__all__ = ["apart"]

FRESH = "inltshoukvrxpae"
_FILLED = re.compile(r"([^\W\d]\w*)(\[[^\]]*\])?")
_BELOW = dict(zip("ₐₑₕᵢⱼₖₗₙₒₚᵣₛₜᵤᵥₓ", "aehijklnoprstuvx"))


def apart(lines: Sequence[Line], taken: Collection[str]) -> list[Line]:
    """The lines, with other letters where the same would make one loop of what is none.

    Args:
        lines: of one pass, in order.
        taken: names that are no letters.
    """
    return [*_apart(lines, taken)]


def _apart(lines: Sequence[Line], taken: Collection[str]) -> Iterator[Line]:
    run: tuple[Index, ...] = ()
    filled: dict[str, set[str]] = {}
    for line in lines:
        if not line.text:  # in NumPy only
            yield line
            continue
        outer = _outer(line)
        if not outer or line.loop or line.starts:
            run = ()
            yield line
            continue
        if outer == run and not all(_may_read(line.text, name, at) for name, at in filled.items()):
            used = {index.letter for index in (*line.ranges, *run)}
            free = (letter for letter in FRESH if letter not in used and letter not in taken)
            for index in outer:
                line = _renamed(line, index.letter, next(free))
            outer = _outer(line)
        if outer != run:
            run, filled = outer, {}
        target = _FILLED.match(line.text)
        assert target is not None
        filled.setdefault(target[1], set()).add(target[2] or "")
        yield line


def _outer(line: Line) -> tuple[Index, ...]:
    """The indices that are no letters at a Σ."""
    inner = {
        _BELOW[letter] for letters in re.findall(f"Σ([{''.join(_BELOW)}]+)", line.text) for letter in letters
    }
    return tuple(index for index in line.ranges if index.letter not in inner)


def _may_read(text: str, name: str, filled: Collection[str]) -> bool:
    """Whether a text has an array only at the subscripts at which it is filled, if those are the same
    wherever it is."""
    standing = {subscripts for word, subscripts in _FILLED.findall(text) if word == name}
    return not standing or (len(filled) == 1 and standing == {*filled} and "" not in filled)


def _renamed(line: Line, old: str, new: str) -> Line:
    """The line with another letter."""
    token = re.compile(rf"(?<![^\W\d]){old}(?![\w(])")
    ranges = tuple(Index(new, i.first, i.last) if i.letter == old else i for i in line.ranges)
    return line._replace(text=token.sub(new, line.text), latex=token.sub(new, line.latex), ranges=ranges)
