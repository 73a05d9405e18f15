"""What a console would show, as text: for ``print`` and the prompt of things that rich can draw."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType

__all__ = ["as_text"]


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
