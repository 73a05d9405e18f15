"""Any text as one that can be shown: all of it visible, and no longer than there is room."""

from __future__ import annotations

import unicodedata

__all__ = ["columns", "fitting", "visible"]


def visible(label: str, longest: int) -> str:
    """At most ``longest`` characters, all of them visible: a line break as ⏎, what XML forbids as �.

    >>> visible("two\\nlines", 6)
    'two⏎l…'
    """
    shown = label if len(label) <= longest else label[: longest - 1] + "…"
    shown = shown.replace("\n", "⏎").replace("\t", " ")
    return "".join(character if character.isprintable() else "�" for character in shown)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese, Korean and the like are twice as wide.

    >>> columns("ab"), columns("경사")
    (2, 4)
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def fitting(text: str, room: int) -> str:
    """As much of a text as takes at most ``room`` columns.

    >>> fitting("gradient", 5), fitting("경사", 3)
    ('grad…', '경…')
    """
    if columns(text) <= room:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) >= room:
            break
        kept += character
    return kept + "…"
