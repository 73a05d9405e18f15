"""What a reader has to know about a picture, and nothing that does not occur in it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from viz.drawing.gradient_width import GradientWidth
from viz.drawing.look import Look
from viz.drawing.markup import text
from viz.drawing.style import CARDS, DARK, DISC, WHITE
from viz.graph.cards import Card

__all__ = ["legend_lines", "swatches", "wrapped"]


def legend_lines(
    cards: Sequence[Card], kept: Sequence[int], look: Look, width: GradientWidth | None
) -> list[str]:
    """Sentences on the signs that are not words."""
    if look.legend is False:
        return []
    said = []
    edges = [edge for i in kept for edge in cards[i].edges]
    if any(edge.place for edge in edges) and "op" in look.show:
        said.append("1, 2: first and second operand, where their order matters")
    if look.local_derivatives and edges:
        said.append("∂: derivative of the result by this operand")
    if look.terse and "grad" in look.show and any(cards[i].numbers("grad") is not None for i in kept):
        said.append("∇: gradient")
    if any(edge.said for edge in edges) and "grad" in look.show:
        said.append("∇ on an edge: the gradient that is handed back along it")
    if any(edge.returns for edge in edges):
        said.append("dashed edge: from the step before")
    if width:
        said.append(width.legend())
    return said


def wrapped(lines: Sequence[str], look: Look) -> list[str]:
    """Lines no longer than there is room for."""
    if not look.room:
        return list(lines)
    letters = max(12, int(look.room * 72 / (0.62 * look.fonts.caption)))
    return [part for line in lines for part in textwrap.wrap(line, letters)]


def swatches(cards: Sequence[Card], kept: Sequence[int], look: Look) -> str:
    """The kinds of cards that occur, each as a small card, as rows of a table."""
    kinds = dict.fromkeys(kind for kind in CARDS if any(cards[i].kind == kind for i in kept))
    cells = []
    for kind in kinds:
        shape = CARDS[kind]
        rounded = ' STYLE="rounded"' if "rounded" in shape.get("style", "") else ""
        words = f"{kind}, dashed" if "dashed" in shape.get("style", "") else kind  # Graphviz dashes no cell
        border = "3" if kind == "output" else "1"
        sides = ' SIDES="RT"' if kind == "parameter" else ""
        cells.append(
            f'<TD BORDER="{border}"{sides} COLOR="{shape["color"]}" BGCOLOR="{shape["fillcolor"]}"{rounded}>'
            f"{text(words)}</TD>"
        )
    if "op" in look.show and any(cards[i].symbol or cards[i].formula for i in kept):
        cells.append(
            f'<TD BGCOLOR="{DARK}" COLOR="{DISC["color"]}"><FONT COLOR="{WHITE}">operation</FONT></TD>'
        )
    line = max(1, int(look.room * 72 / (8 * look.fonts.caption))) if look.room else len(cells)
    rows = ("".join(cells[k : k + line]) for k in range(0, len(cells), line))
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="6" CELLPADDING="3">{}</TABLE>'
    return "".join(f"<TR><TD>{table.format(f'<TR>{row}</TR>')}</TD></TR>" for row in rows)
