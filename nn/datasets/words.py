"""Words to learn from, letter by letter."""

from __future__ import annotations

from importlib import resources

__all__ = ["first_names"]


def first_names() -> list[str]:
    """5,163 given names in small letters, of 2 to 11 letters from a to z, in alphabetical order.

    Source: US Census Bureau, Frequently Occurring Names in the U.S. – 1990; public domain, as
    ``first_names.md`` beside the file says.

    >>> first_names()[:3]
    ['aaron', 'abbey', 'abbie']
    """
    text = (resources.files("nn.datasets") / "first_names.csv").read_text(encoding="utf-8")
    _, *names = text.split()
    return names
