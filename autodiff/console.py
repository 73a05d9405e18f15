"""What a console would show of things that rich can draw: as text for ``print``, as HTML for notebooks; and
text of anybody's without what a console would take for an order."""

from __future__ import annotations

import io
import re

from rich.console import Console, RenderableType

__all__ = ["as_html", "as_text", "visible"]

CELL = "<pre style='line-height: 1.2; font-family: monospace'>{code}</pre>"

# What moves the cursor, colours, rings, or turns the direction of writing: all of the categories Cc and Cf
# that no language needs, but for the end of a line and the tab; and halves of characters, which a name of a
# file may have in it.
_ORDERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def as_text(shown: RenderableType, width: int = 120) -> str:
    """The lines that a console of so many columns shows, without colours.

    >>> from rich.table import Table
    >>> table = Table("x", "x²", box=None, pad_edge=False)
    >>> table.add_row("3", "9")
    >>> print(as_text(table))
    x  x²
    3  9
    """
    console = Console(file=io.StringIO(), width=width, color_system=None, markup=False, force_jupyter=False)
    with console.capture() as capture:
        console.print(shown)
    return "\n".join(line.rstrip() for line in capture.get().rstrip().splitlines())


def visible(text: str) -> str:
    """The text with every order to a terminal written out.

    >>> visible("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    return _ORDERS.sub(lambda order: order[0].encode("unicode_escape").decode(), text)


def as_html(shown: RenderableType, page: str = CELL, width: int = 120) -> str:
    """The same with its colours, as HTML.

    Args:
        page: where it stands, as ``{code}``.

    >>> as_html("a < b", page="<p>{code}</p>")
    '<p>a &lt; b\\n</p>'
    """
    console = Console(file=io.StringIO(), width=width, record=True, force_jupyter=False)
    console.print(shown)
    return console.export_html(code_format=page, inline_styles=True)
