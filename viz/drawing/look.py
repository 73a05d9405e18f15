"""``Look``: how cards are drawn, as far as the one who draws can say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from autodiff import Value
from viz.drawing.style import FONTS, Fonts

__all__ = ["SHOWN", "Look"]

SHOWN = ("name", "op", "data", "grad", "shape", "nodes")  # what can be said of a card


@dataclass(frozen=True)
class Look:
    """How cards are drawn; see ``draw`` for what is not explained here.

    Attributes:
        crossing: whether everything feeds everything, as neurons do: leave room for the edges,
            and keep the order of the cards.
        known: Values whose numbers mean something; None for all.
        compact: an operation is part of its result's card, instead of a disc before it.
        terse: without the words "data" and "grad": of two numbers the lower one is the gradient.
        fonts: sizes of type.
        spacing: of cards, as a multiple of the usual.
        lit: indices of the cards that are highlighted, the others being pale; None where none is.
        lit_edges: pairs (operand, user) of the edges that are.
        broken: a formula continues on a second line after its equals sign.
        room: inches that the lines under the picture may take; None for any.
        grounds: array -> the colour of its cards.
        page: width and height in inches that the picture is to fill.
    """

    precision: int = 4
    local_derivatives: bool = False
    gradient_width: bool = False
    direction: str = "LR"
    crossing: bool = False
    known: Collection[Value] | None = None
    show: tuple[str, ...] = SHOWN
    compact: bool = False
    terse: bool = False
    fonts: Fonts = FONTS
    spacing: float = 1.0
    title: str = ""
    legend: bool | None = None
    lit: Collection[int] | None = None
    lit_edges: Collection[tuple[int, int]] = ()
    broken: bool = False
    room: float | None = None
    grounds: Mapping[str, str] = field(default_factory=dict)
    page: tuple[float, float] | None = None

    @property
    def upright(self) -> bool:
        """Whether edges run up or down."""
        return self.direction in ("TB", "BT")
