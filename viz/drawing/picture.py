"""``Picture``: a graph as DOT that shows itself, and knows the cards it was drawn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphviz

from viz.drawing.files import FORMATS, content
from viz.drawing.look import Look
from viz.graph.cards import Card

__all__ = ["Picture"]


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A ``graphviz.Digraph`` that shows itself in a notebook also where there is no ``dot``.

    Attributes:
        cards, kept, look: what is drawn, the indices of those that are shown, and how.
        notes: the lines under the picture that say what it lacks.
        lines: all lines under the picture.
        redrawn: the picture of the same cards, whatever has become of them.
    """

    cards: Sequence[Card] = ()
    kept: Sequence[int] = ()
    look: Look = Look()
    notes: Sequence[str] = ()
    lines: Sequence[str] = ()
    redrawn: Callable[[], Picture]

    def pipe(self, format: str | None = None, encoding: str | None = None, **options: Any) -> Any:
        """The rendered picture, as text if an encoding is given; SVG if no format is."""
        kind = format or "svg"
        if options or kind not in FORMATS:
            return super().pipe(format, encoding=encoding, **options)
        written = content(self, kind)
        return written.decode(encoding) if encoding else written
