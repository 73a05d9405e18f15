"""The design language of every picture of a graph.

Values are light cards and operations are dark. What a card is can be told by its shape alone, so
that it survives a black-and-white printer. Every text sits on a ground of its own, and lines are
of a grey that stands out against white and near-black, so that pictures suit light and dark pages.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ARRAYS",
    "CARDS",
    "CLUSTER",
    "DARK",
    "DIGITS",
    "DISC",
    "EDGE",
    "FONTS",
    "GRAPH",
    "INK",
    "LINE",
    "LIT",
    "MUTED",
    "NODE",
    "PALE",
    "STUB",
    "TEXT",
    "WHITE",
    "Fonts",
    "number",
]

# DejaVu's widths are nearly Verdana's and Menlo's, so text stays inside its card elsewhere too.
TEXT = "DejaVu Sans,Verdana,Helvetica,Arial,sans-serif"
DIGITS = "DejaVu Sans Mono,Menlo,Consolas,monospace"
INK, MUTED, LINE, DARK, WHITE = "#1B1F24", "#4A525C", "#808080", "#2F3B4A", "#FFFFFF"


@dataclass(frozen=True)
class Fonts:
    """Sizes of type, in points: of names of cards, symbols of operations, and so on."""

    heading: float = 16
    name: float = 12
    symbol: float = 13
    row: float = 9
    digits: float = 10
    caption: float = 11
    stub: float = 10

    @classmethod
    def at_least(cls, points: float) -> Fonts:
        """One size for everything but the heading over the picture."""
        return cls(round(points * 1.4, 1), *[points] * 6)


FONTS = Fonts()

GRAPH = {"bgcolor": "transparent", "pad": "0.15", "fontname": TEXT}
NODE = {"fontname": TEXT, "fontcolor": INK, "style": "filled"}
EDGE = {"color": LINE, "arrowsize": "0.6", "fontname": TEXT}
CLUSTER = {
    "style": "rounded,filled",
    "fillcolor": "#F4F6F8",
    "color": "#B4BBC4",
    "margin": "8",
    "labeljust": "l",
    "fontname": TEXT,
    "fontcolor": MUTED,
}

# Hues of Okabe & Ito (2008), which colour-blind readers tell apart.
CARDS = {
    "input": {"shape": "box", "color": "#0072B2", "fillcolor": "#DDEBF7", "penwidth": "1.5"},
    "parameter": {"shape": "box3d", "color": "#005A42", "fillcolor": "#DBF1E8", "penwidth": "1.5"},
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
# Grounds of cards, one an array, where a graph of scalars stands beside its formulas: tints of the same hues.
ARRAYS = (
    *("#FBE3BF", "#D3ECF9", "#BFE8DA", "#FAF5BC", "#C9DEEE", "#F8D5BE", "#F1DAE8", "#E4E4E4"),
    *("#DDD5F0", "#E3EDB4", "#F3C9CF", "#CDE7E7"),
)
DISC = {"shape": "ellipse", "color": LINE, "fillcolor": DARK, "fontcolor": WHITE}
STUB = {"shape": "box", "style": "filled,dotted", "color": LINE, "fillcolor": WHITE, "fontcolor": MUTED}

# Where something is highlighted: what it is not, and what it is, told by the width of lines too.
PALE = {"color": "#B9BFC6", "fillcolor": WHITE, "fontcolor": "#666D75", "penwidth": "1"}
LIT = {"penwidth": "3"}


def number(x: float, precision: int) -> str:
    """x with ``precision`` digits after the point, in powers of ten where it is tiny or huge.

    >>> number(0.5, 4), number(1e-5, 2), number(-0.0, 1), number(2.5e7, 1), number(12.6, 0)
    ('0.5000', '1.00e-05', '0.0', '2.5e+07', '13')
    """
    x += 0.0  # -0.0 is shown as 0
    tiny = x != 0.0 and abs(x) < 10.0**-precision and precision > 0
    return f"{x:.{precision}{'e' if tiny or abs(x) >= 1e6 else 'f'}}" if abs(x) >= 0.5 or precision else "0"
