"""The design language of every picture of a graph.

Values are light cards and operations are dark. What a card is can be told by its shape alone, so
that it survives a black-and-white printer. Every text sits on a ground of its own, and lines are
of a grey that stands out against white and near-black, so that pictures suit light and dark pages.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from viz.graph.titles import columns, visible

__all__ = [
    "CARDS",
    "CLUSTER",
    "DISC",
    "EDGE",
    "GRAPH",
    "NODE",
    "STUB",
    "caption",
    "card",
    "number",
    "text",
    "tooltip",
]

# DejaVu's widths are nearly Verdana's and Menlo's, so text stays inside its card elsewhere too.
TEXT = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"
DIGITS = "DejaVu Sans Mono,Menlo,Consolas,monospace"
INK, MUTED, LINE, DARK, WHITE = "#1B1F24", "#4A525C", "#808080", "#2F3B4A", "#FFFFFF"

GRAPH = {
    "bgcolor": "transparent",
    "pad": "0.15",
    "nodesep": "0.15",
    "ranksep": "0.3",
    "fontname": TEXT,
    "fontsize": "11",
}
NODE = {"fontname": TEXT, "fontcolor": INK, "fontsize": "12", "style": "filled", "margin": "0.08,0.04"}
EDGE = {"color": LINE, "arrowsize": "0.6", "fontname": TEXT, "fontsize": "9"}
CLUSTER = {
    "style": "rounded,filled",
    "fillcolor": "#F4F6F8",
    "color": "#B4BBC4",
    "margin": "8",
    "labeljust": "l",
    "fontname": TEXT,
    "fontsize": "11",
    "fontcolor": MUTED,
}

# Hues of Okabe & Ito (2008), which colour-blind readers tell apart.
CARDS = {
    "input": {"shape": "box", "color": "#0072B2", "fillcolor": "#DDEBF7", "penwidth": "1.5"},
    "parameter": {
        "shape": "box3d",
        "margin": "0.08,0.07",
        "color": "#00795A",
        "fillcolor": "#DBF1E8",
        "penwidth": "1.5",
    },
    "constant": {"shape": "box", "style": "filled,dashed", "color": "#6B6B6B", "fillcolor": "#F2F2F2"},
    "result": {"shape": "box", "style": "filled,rounded", "color": "#6B6B6B", "fillcolor": WHITE},
    "output": {
        "shape": "box",
        "style": "filled,rounded",
        "peripheries": "2",
        "color": "#C44E00",
        "fillcolor": "#FCE4D2",
        "penwidth": "1.5",
    },
}
DISC = {
    "shape": "ellipse",
    "color": LINE,
    "fillcolor": DARK,
    "fontcolor": WHITE,
    "width": "0.4",
    "height": "0.4",
    "margin": "0.03,0.0",
    "fontsize": "13",
}
STUB = {
    "shape": "box",
    "style": "filled,dotted",
    "color": LINE,
    "fillcolor": WHITE,
    "fontcolor": MUTED,
    "fontsize": "10",
}

LONGEST = 40  # characters of a label in a picture; its tooltip holds more


def card(title: str, rows: Iterable[tuple[str, str]], heading: str = "") -> str:
    """A card as an HTML-like label: a title, and under it names and numbers in aligned columns.

    A heading is set white on dark, as operations are.
    """
    parts = []
    if heading:
        shown = f'<FONT COLOR="{WHITE}">{text(heading, longest=80)}</FONT>'
        parts.append(f'<TR><TD COLSPAN="2" BGCOLOR="{DARK}" CELLPADDING="4">{shown}</TD></TR>')
    if title:
        parts.append(f'<TR><TD COLSPAN="2"{_room(title)}><B>{text(title)}</B></TD></TR>')
    rows = list(rows)
    width = max((len(value) for _, value in rows), default=0)
    parts += [
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="9">{name}</FONT></TD>'
        f'<TD ALIGN="RIGHT"><FONT FACE="{DIGITS}" POINT-SIZE="10"> {value:>{width}}</FONT></TD></TR>'
        for name, value in rows
    ]
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(parts)}</TABLE>>'


def caption(*lines: str) -> str:
    """Lines under a picture or beside an edge, on a ground of their own."""
    shown = "<BR/>".join(text(line, longest=1000) for line in lines)
    return (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" BGCOLOR="{WHITE}"><TR><TD>'
        f'<FONT COLOR="{MUTED}">{shown}</FONT></TD></TR></TABLE>>'
    )


def number(x: float, precision: int) -> str:
    """x with ``precision`` digits after the point, in powers of ten where it is tiny or huge."""
    x += 0.0  # -0.0 is shown as 0
    small = x != 0.0 and abs(x) < 10.0**-precision
    return f"{x:.{precision}{'e' if small or abs(x) >= 1e6 else 'f'}}"


def text(label: str, longest: int = LONGEST) -> str:
    """A label as text inside an HTML-like label: nothing in it is markup or an escape."""
    return html.escape(visible(label, longest)).replace("\\", "&#92;&#92;")


def tooltip(label: str) -> str:
    """A label as the text shown when the pointer rests on something."""
    return visible(label, 1000).replace("\\", "\\\\")


def _room(label: str) -> str:
    """Room for a title in a script that the fonts at hand may lack, and the reader's do not."""
    shown = label[:LONGEST]
    wide = columns(shown) - len(shown)
    return f' WIDTH="{13 * wide + 8 * (len(shown) - wide)}"' if wide else ""
