"""What is printed, in the reader's language, by catalogs of sentences in gettext's format.

Sentences are written in English where they are made, as f-strings, and data stay English: names of mistakes
are what programs compare. Only what is printed is looked up. A message of a catalog is such an f-string with
the names of its parts, ``It is the right one times {m}.``; a sentence that fits it is said in the words of
its translation, and so is each part that is a sentence itself. What no message fits stays as it is.

``python lessons/catalogs.py`` finds the messages in the sources.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources

from nn.particles import with_particles

__all__ = ["PART", "VARIABLES", "Sentences", "language", "say", "spoken"]

ENGLISH = "en"
PART = re.compile(r"\{([A-Za-z_]\w*)\}")
CATALOG = "locale/{language}/LC_MESSAGES/{package}.po"
SHORT, SHORT_PART = 10, 40  # letters of a message, and then of what stands for its parts
# Where gettext looks, after the variable that speaks of this library alone.
VARIABLES = ("DUOGRAD_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """The reader's language, as two letters: of the first variable of the environment that says one."""
    said = next(filter(None, map(os.environ.get, VARIABLES)), ENGLISH)
    code = re.split("[:_.@-]", said)[0].lower()
    return code if len(code) == 2 else ENGLISH  # and not "C", or "POSIX"


def say(text: str, into: str = "", packages: tuple[str, ...] = ("nn",)) -> str:
    """A text in the reader's language.

    Args:
        text: in English: sentences, or a name in a few words.
        into: another language; "" is the reader's.
        packages: whose catalogs are looked into.

    >>> say("sign flipped", "ko"), say("sign flipped", "en"), say("sign flipped", "xx")
    ('부호 반대', 'sign flipped', 'sign flipped')
    """
    into = spoken(into, packages)
    if into == ENGLISH:
        return text
    said = _sentences(into, packages)(text)
    return with_particles(said) if into == "ko" else said


def spoken(into: str = "", packages: tuple[str, ...] = ("nn",)) -> str:
    """The language that ``say`` says it in, as two letters: English where no catalog has another.

    >>> spoken("ko"), spoken("xx")
    ('ko', 'en')
    """
    into = into or language()
    return into if into != ENGLISH and _catalogs(into, packages) else ENGLISH


@cache
def _catalogs(into: str, packages: tuple[str, ...]) -> list[str]:
    paths = ((package, CATALOG.format(language=into, package=package)) for package in packages)
    files = (resources.files(package).joinpath(path) for package, path in paths)
    return [file.read_text(encoding="utf-8") for file in files if file.is_file()]


@cache
def _sentences(into: str, packages: tuple[str, ...]) -> Sentences:
    pairs: dict[str, str] = {}
    for text in _catalogs(into, packages):
        catalog = importlib.import_module("polib").pofile(text)  # when there is something to translate
        pairs.update((each.msgid, each.msgstr) for each in catalog.translated_entries())
    return Sentences(pairs.items())


class Sentences:
    """Says texts in other words.

    >>> korean = Sentences([("It is {n} times too {how}.", "{n}배 {how}."), ("large", "큽니다")])
    >>> korean("It is 3 times too large. Really?")
    '3배 큽니다. Really?'
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._plain, forms = {}, {}
        for message, translation in pairs:
            if PART.search(message):
                forms[message.removesuffix(".")] = translation.removesuffix(".")
            else:
                self._plain[message] = translation
                self._plain.setdefault(message.removesuffix("."), translation.removesuffix("."))
        # The most words first: what remains for the parts is the least.
        longest = sorted(forms, key=lambda message: len(PART.sub("", message)), reverse=True)
        self._forms = [(_pattern(message), forms[message]) for message in longest]
        self._said = lru_cache(maxsize=10_000)(self._said_anew)

    def __call__(self, text: str) -> str:
        """The text, as far as it is known."""
        return "\n".join(map(self._said, text.split("\n")))

    def _said_anew(self, line: str) -> str:
        """What stands between ends of sentences: the longest that is known together, then the rest."""
        body = line.strip()
        before, _, after = line.partition(body) if body else ("", "", line)
        words, said = re.split(r"(?<=[.?!:;]) (?=\S)", body) if body else [], []
        while words:
            found = None
            for end in range(len(words), 0, -1):
                found = self._message(" ".join(words[:end]))
                if found is not None:
                    break
            said.append(words[0] if found is None else found)
            del words[:end]
        return f"{before}{' '.join(said)}{after}"

    def _message(self, text: str) -> str | None:
        """One message; as a part of another it may begin with a small letter, or end in another way."""
        body = text.rstrip(".:;")
        end = text[len(body) :]
        for each in dict.fromkeys((text, body, body[:1].upper() + body[1:])):
            if each in self._plain:
                return self._plain[each] + ("" if each == text else end)
        names = body.split(", ")  # "twice too large, sign flipped"
        if all(name in self._plain for name in names):
            return ", ".join(self._plain[name] for name in names) + end
        for pattern, translation in self._forms:
            if fits := pattern.fullmatch(body) or pattern.fullmatch(body[:1].upper() + body[1:]):
                return self._filled(translation, fits.groupdict()) + end
        return None

    def _filled(self, translation: str, parts: Mapping[str, str]) -> str:
        return PART.sub(lambda part: self(parts[part[1]]) if part[1] in parts else part[0], translation)


def _pattern(message: str) -> re.Pattern[str]:
    """What fits a message: sentences in place of a part that stands alone, one phrase in place of others, and
    the same for the same part."""
    pieces = PART.split(message)
    is_name = sum(map(len, pieces[::2])) <= SHORT  # "{what} for {right}" is no sentence
    pattern, seen = "", set()
    for before, name, after in zip(pieces[::2], pieces[1::2], pieces[2::2]):
        alone = before[-2:] in ("", ". ", ": ") and after[:1] in ("", " ")
        fits = f".{{1,{SHORT_PART}}}?" if is_name else ".*?" if alone else r"(?:(?![.?!] [A-Z]).)*?"
        pattern += re.escape(before) + (f"(?P={name})" if name in seen else f"(?P<{name}>{fits})")
        seen.add(name)
    return re.compile(pattern + re.escape(pieces[-1]), re.DOTALL)
