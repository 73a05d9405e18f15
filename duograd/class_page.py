"""The class at a glance, as a page that is one file: which mistakes, and who made them.

The page is built as a tree of elements, so that whatever students called themselves and their functions is
text; it runs no script and asks for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from autodiff.console import visible
from duograd.words import Words, code_of, words_in
from nn.files import replacing
from nn.grading.grades import Found, Grade, mistakes_of
from nn.judging.file_verdict import Outcome
from viz.explorer.bundle import theme

__all__ = ["class_page"]

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
NAME = 60  # characters of a name where there are many of them
SIGNS: dict[Outcome, str] = {"right": "✓", "wrong": "✗", "not judged": "?"}
LOOKS: dict[Outcome, str] = {"right": "right", "wrong": "wrong", "not judged": "muted"}


def class_page(grades: Sequence[Grade], title: str, path: Path, language: str = "") -> None:
    """Write the page; a file that was there is replaced once it is complete.

    Args:
        grades: of all students, in the order in which they are to stand there.
        title: of the page.
        language: that it is in; "" is the reader's.
    """
    in_words = words_in(language)
    numbers = {grade.student: number for number, grade in enumerate(grades, 1)}
    mistakes = mistakes_of(grades)
    page = Element("html", lang=code_of(language))
    page.append(_head(title))
    body = SubElement(page, "body")
    header = SubElement(body, "header")
    _add(header, "h1", title)
    _add(header, "p", _summary(grades, in_words), "muted")
    main = SubElement(body, "main")
    if mistakes:
        _mistakes(main, mistakes, numbers, len(grades), in_words)
        _glance(main, mistakes, numbers, in_words)
    _students(main, grades, in_words)
    with replacing(path) as unfinished:
        unfinished.write_text(f"<!DOCTYPE html>\n{tostring(page, 'unicode', 'html')}\n", encoding="utf-8")


def _add(parent: Element, tag: str, text: str = "", kind: str = "", **attributes: str) -> Element:
    """A further element in a parent."""
    element = SubElement(parent, tag, {**({"class": kind} if kind else {}), **attributes})
    element.text = visible(text) or None
    return element


def _head(title: str) -> Element:
    head = Element("head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", name="color-scheme", content="light dark")
    SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
    SubElement(head, "link", rel="icon", href="data:,")
    _add(head, "title", title)
    style = resources.files("duograd").joinpath("class_page.css").read_text(encoding="utf-8")
    SubElement(head, "style").text = f"\n{theme()}\n{style}"
    return head


def _summary(grades: Sequence[Grade], in_words: Words) -> str:
    counts = Counter(grade.outcome for grade in grades)
    number = len(grades)
    students = in_words("1 student") if number == 1 else in_words(f"{number} students")
    return f"{students}: {', '.join(f'{counts[each]} {in_words(each)}' for each in SIGNS)}"


def _verdict(outcome: Outcome, in_words: Words) -> str:
    return f"{SIGNS[outcome]} {in_words(outcome)}"


def _section(main: Element, name: str, title: str) -> Element:
    section = SubElement(main, "section", {"aria-labelledby": name})
    _add(section, "h2", title, id=name)
    return section


def _table(parent: Element, kind: str, headers: Sequence[str]) -> Element:
    table = SubElement(parent, "table", {"class": kind})
    row = SubElement(SubElement(table, "thead"), "tr")
    for header in headers:
        _add(row, "th", header, scope="col")
    return SubElement(table, "tbody")


def _link(parent: Element, grade: Grade, numbers: Mapping[str, int], text: str) -> None:
    link = _add(parent, "a", text, href=f"#student-{numbers[grade.student]}")
    if text != _short(grade.student):
        # In an attribute HTML lets a < stand as it is, which is harmless, and looks as if it were not.
        link.set("title", visible(_short(grade.student)).replace("<", "‹"))


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[:NAME]}…"


def _mistakes(
    main: Element,
    mistakes: Mapping[str, Sequence[Grade]],
    numbers: Mapping[str, int],
    students: int,
    in_words: Words,
) -> None:
    section = _section(main, "mistakes", in_words("Mistakes, the most frequent first"))
    headers = in_words("mistake"), in_words("students"), in_words("who")
    rows = _table(section, "mistakes", headers)
    for mistake, who in mistakes.items():
        row = SubElement(rows, "tr")
        _add(row, "th", _short(in_words(mistake)), scope="row")
        count = _add(row, "td", f"{len(who)} ", "count")
        number = len(who)
        meter = {"aria-label": in_words(f"{number} of {students} students")}
        SubElement(count, "meter", {"min": "0", "max": str(students), "value": str(len(who)), **meter})
        cell = _add(row, "td", kind="who")
        for grade in who:
            _link(cell, grade, numbers, _short(grade.student))


def _glance(
    main: Element, mistakes: Mapping[str, Sequence[Grade]], numbers: Mapping[str, int], in_words: Words
) -> None:
    """Mistakes × the students who made any."""
    section = _section(main, "glance", in_words("The class at a glance"))
    made = {grade.student: grade for who in mistakes.values() for grade in who}
    columns = sorted(made.values(), key=lambda grade: numbers[grade.student])
    scroll = _add(section, "div", kind="scroll", tabindex="0", role="group", **{"aria-labelledby": "glance"})
    table = SubElement(scroll, "table", {"class": "glance"})
    row = SubElement(SubElement(table, "thead"), "tr")
    _add(row, "th", in_words("mistake ╲ student"), scope="row")
    for grade in columns:
        _link(SubElement(row, "th", scope="col"), grade, numbers, str(numbers[grade.student]))
    body = SubElement(table, "tbody")
    for mistake, who in mistakes.items():
        row = SubElement(body, "tr")
        _add(row, "th", _short(in_words(mistake)), scope="row")
        students = {grade.student for grade in who}
        for grade in columns:
            _add(row, "td", *(("✗", "made") if grade.student in students else ("", "")))


def _students(main: Element, grades: Sequence[Grade], in_words: Words) -> None:
    section = _section(main, "students", in_words("Students"))
    for number, grade in enumerate(grades, 1):
        details = SubElement(section, "details", id=f"student-{number}")
        summary = _add(details, "summary", f"{number}. {_short(grade.student)} ")
        _add(summary, "span", _verdict(grade.outcome, in_words), LOOKS[grade.outcome])
        if grade.mistakes:
            made = ", ".join(_short(in_words(each)) for each in grade.mistakes)
            _add(summary, "span", f" {made}", "muted")
        if len(grade.student) > NAME:
            _add(details, "p", grade.student, "whole")
        headers = in_words("file"), in_words("judged"), in_words("on"), in_words("verdict")
        rows = _table(details, "found", (*headers, in_words("what was found")))
        for found in grade.found:
            _row(rows, found, in_words)


def _row(rows: Element, found: Found, in_words: Words) -> None:
    row = SubElement(rows, "tr")
    for text in (found.file, in_words(found.row.judged), found.row.on):
        _add(row, "td", text)
    _add(row, "td", _verdict(found.row.outcome, in_words), LOOKS[found.row.outcome])
    line = "" if found.row.line is None else f" ({in_words(f'line {found.row.line}')})"
    _add(row, "td", f"{in_words(found.row.text)}{line}")
