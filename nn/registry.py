"""Tables of things that people choose by name: losses, activations, engines, columns of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from autodiff.engine.errors import did_you_mean

__all__ = ["entry_named"]

T = TypeVar("T")


def entry_named(kind: str, name: str, table: Mapping[str, T]) -> T:
    """``table[name]``, or an error for people.

    Raises:
        TypeError: if the name is not a string.
        ValueError: if no entry has that name; the message suggests the nearest one.
    """
    if not isinstance(name, str):
        raise TypeError(f"{kind} is chosen by its name, got {name!r:.60} of type {type(name).__name__}")
    if name in table:
        return table[name]
    question = did_you_mean(name, table)
    hint = f"{question} Known" if question else "known"
    raise ValueError(f"there is no {kind} {name!r}; {hint} are {', '.join(table)}")
