"""Finding a thing by its name, with a suggestion where the name is not known."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

__all__ = ["lookup"]

T = TypeVar("T")


def lookup(kind: str, name: str, table: Mapping[str, T]) -> T:
    """``table[name]``, or an error for people.

    Raises:
        TypeError: if the name is not a string.
        ValueError: if no entry has that name; the message suggests the nearest one.
    """
    if not isinstance(name, str):
        raise TypeError(f"{kind} is chosen by its name, got {name!r:.60} of type {type(name).__name__}")
    if name in table:
        return table[name]
    near = get_close_matches(name.lower().replace("-", "_"), table, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? Known" if near else "known"
    raise ValueError(f"there is no {kind} {name!r}; {hint} are {', '.join(table)}")
