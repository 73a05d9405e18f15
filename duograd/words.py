"""What commands say, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from nn.language import say, spoken

__all__ = ["Words", "code_of", "words_in"]

Words = Callable[[str], str]
"""Says a text in a language."""

PACKAGES = ("duograd", "nn")  # whose catalogs are looked into


def words_in(language: str = "") -> Words:
    """What says texts in a language; "" is the reader's.

    >>> words_in("ko")("sign flipped")
    '부호 반대'
    """
    return lambda text: say(text, language, PACKAGES)


def code_of(language: str = "") -> str:
    """The language in which these are, as two letters, as an HTML page states it."""
    return spoken(language, PACKAGES)
