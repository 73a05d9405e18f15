"""``Verdict``: what the judge found about functions of arrays, a finding a quantity."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autodiff.console import as_html, as_text
from nn.judging.asserting import is_bare_assert
from nn.judging.hints import hint
from nn.language import say

__all__ = ["Finding", "Verdict"]


@dataclass(frozen=True)
class Finding:
    """What was found about one gradient.

    Attributes:
        quantity: the argument that it is the gradient by, in their name; ``"forward"`` for a forward pass
            that is not what its name says.
        right: whether it is the gradient of their own forward pass on every example.
        name: the mistake in a few words, ``""`` if none fits or in doubt.
        text: all of it in a sentence or two.
        where: what is wrong first, the quantity's own gradient or one that it is computed from, as ``dZ2``;
            ``""`` where that is not known.
        follows: whether it is right given what is wrong first.
        line: the number of their line that computes what is wrong first, where it is known.
    """

    quantity: str
    right: bool
    name: str
    text: str
    where: str = ""
    follows: bool = False
    line: int | None = None


@dataclass(frozen=True, repr=False)
class Verdict:
    """The result of ``judge``: true if all is right; print it to see the table.

    ``assert judge(…)`` fails with the table as its message.

    Attributes:
        title: whose code it is.
        findings: one a quantity.
        truth: what they were held to, and with what certainty.
        notes: what is worth knowing and no mistake.
        language: that it is printed in, ``"en"`` or ``"ko"``; ``""`` is the reader's, by the environment. The
            findings are in English in any case.
    """

    title: str
    findings: list[Finding]
    truth: str
    notes: list[str] = field(default_factory=list)
    language: str = ""

    def __bool__(self) -> bool:
        right = bool(self.findings) and all(each.right for each in self.findings)
        if not right and is_bare_assert(sys._getframe(1)):
            raise AssertionError(str(self))
        return right

    def hint(self, level: int) -> str:
        """What to tell whoever wrote it, a line a mistake: where it is (1), of what kind, too (2), or all
        of it (3). Only the last shows what would be right; what follows from another mistake is left out.

        Raises:
            ValueError: for another level.
        """
        wrong = [each for each in self.findings if not each.right]
        first = [each for each in wrong if not each.follows] or wrong
        said = (hint(level, e.quantity, e.name, e.text, e.where, e.line) for e in first)
        told = "\n".join(said) or ("All is right." if self.findings else "Nothing was judged.")
        return say(told, self.language)

    def in_language(self, language: str) -> Verdict:
        """The same, to be printed in a language, whatever the reader's is."""
        return replace(self, language=language)

    def __rich__(self) -> RenderableType:
        def in_words(text: str) -> str:
            return say(text, self.language)

        table = Table(title=Text(self.title, "bold"), title_justify="left", box=box.SIMPLE_HEAD)
        for header in (in_words("gradient by"), in_words("verdict"), in_words("what was found")):
            table.add_column(header)
        for each in self.findings:
            said = f"follows from {each.where}" if each.follows else each.name or "wrong"
            right = Text(in_words("✓ right"), "green")
            verdict = right if each.right else Text(f"✗ {in_words(said)}", "red")
            table.add_row(Text(each.quantity), verdict, Text(in_words(each.text)))
        return Group(table, *(Text(in_words(line), "dim") for line in (self.truth, *self.notes)))

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self)
