"""``FileVerdict``: what the judge found in a file, a row for each thing that it judged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff.console import as_html, as_text
from nn.judging.asserting import is_bare_assert
from nn.judging.hints import hint, kind_of
from nn.language import say

__all__ = ["NOT_JUDGED", "FileVerdict", "Outcome", "Row"]

NOT_JUDGED = "not judged"  # the name of what could not be

Outcome = Literal["right", "wrong", "not judged"]


@dataclass(frozen=True)
class Row:
    """What the judge says about one thing.

    Attributes:
        judged: "backward", a rule such as "dZ", functions, or a class.
        on: the network, the operation of a scalar class, or the quantity that it is the gradient by.
        right: whether nothing is wrong.
        text: what is wrong first and why it probably is; "right" if nothing is, and if it is so but for a
            small number, that.
        name: the mistake in a few words, ``""`` if none is known.
        where, follows, line: of what is wrong first, as in a ``Finding``.
    """

    judged: str
    on: str
    right: bool
    text: str
    name: str = ""
    where: str = ""
    follows: bool = False
    line: int | None = None

    @property
    def outcome(self) -> Outcome:
        """Whether it is right, wrong, or could not be judged."""
        return "right" if self.right else "not judged" if self.name == NOT_JUDGED else "wrong"

    def hinted(self, level: int) -> Row:
        """The same with no more said of a mistake than a hint of this level does.

        Raises:
            ValueError: for another level.
        """
        if self.outcome != "wrong" or level == 3:
            return self
        told = hint(level, self.on or self.judged, self.name, self.text, self.where, self.line)
        return replace(self, name=kind_of(self.name) if level == 2 else "", text=told)


@dataclass(frozen=True, repr=False)
class FileVerdict:
    """The verdict on a file: true if everything in it that can be judged is right; its rows are iterated.

    Attributes:
        rows: what was judged.
        notes: what is worth knowing and no mistake.
        left_out: statements at the top level that were not run or failed: where, and why.
        printed: what the code printed, cut.
        refused: what the code tried and was not let do.
        language: that it is printed in, as of a ``Verdict``.
    """

    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    printed: str = ""
    refused: list[str] = field(default_factory=list)
    language: str = ""

    def __bool__(self) -> bool:
        right = self.outcome == "right"
        if not right and is_bare_assert(sys._getframe(1)):
            raise AssertionError("\n".join(f"{row.judged} {row.on}: {row.text}" for row in self.rows))
        return right

    @property
    def outcome(self) -> Outcome:
        """Wrong if anything is; else not judged, if anything is not; else right."""
        found = {each.outcome for each in self.rows} | ({"wrong"} if self.refused else set())
        return "wrong" if "wrong" in found else "right" if found == {"right"} else "not judged"

    def hint(self, level: int) -> str:
        """What to tell whoever wrote it, a line a mistake, as ``Verdict.hint`` does."""
        wrong = [each for each in self.rows if not each.right]
        said = (each.hinted(level).text for each in [each for each in wrong if not each.follows] or wrong)
        told = "\n".join(said) or ("All is right." if self.rows else "Nothing was judged.")
        return say(told, self.language)

    def in_language(self, language: str) -> FileVerdict:
        """The same, to be printed in a language, whatever the reader's is."""
        return replace(self, language=language)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def table(self, title: str = "") -> Table:
        """A row for each thing that was judged."""
        named = {"title": Text(title), "title_justify": "left"} if title else {}
        table = Table(box=box.SIMPLE_HEAD, show_lines=True, **named)  # type: ignore[arg-type]
        table.add_column(say("judged", self.language), overflow="fold")
        table.add_column(say("on", self.language), overflow="fold", no_wrap=True)
        table.add_column(say("verdict", self.language), overflow="fold")
        for row in self.rows:
            found = Text(say(row.text, self.language), "green" if row.right else "red")
            table.add_row(Text(say(row.judged, self.language)), Text(row.on), found)
        return table

    def __rich__(self) -> RenderableType:
        return Group(self.table(), *(Text(say(line, self.language), "dim") for line in self.notes))

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self)
