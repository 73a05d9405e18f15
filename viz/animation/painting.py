"""A frame on a canvas of matplotlib, whose fonts are those that the picture was measured with."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyBboxPatch, PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform
from PIL import Image

from viz.animation.scene import Scene, Shape, Text
from viz.drawing.style import INK

__all__ = ["MARK", "Footer", "paint", "pixels"]

MARK = "#4B0082"  # of what changed: darker than the border of any card, and round it
DASHES = {"": "-", "dashed": (0, (4, 3)), "dotted": (0, (1, 2))}


@dataclass(frozen=True)
class Footer:
    """Room under a picture for two lines that say what happens, in type of this size, in points."""

    points: float

    @property
    def height(self) -> float:
        """In points of the picture."""
        return 3.2 * self.points

    def lines(self, words: str, width: float) -> list[str]:
        """The words on lines no longer than ``width`` points."""
        return textwrap.wrap(words, max(16, int(width / (0.6 * self.points))))[:2]


def paint(
    scene: Scene, footer: Footer, texts: dict[str, Sequence[Text]], marked: str, edge: str, words: str
) -> Figure:
    """One frame.

    Args:
        texts: what is written on each item, in place of its own texts.
        marked: name of the card that changed.
        edge: name of the edge along which something went.
        words: what happens.
    """
    inches = scene.scale / 72
    figure = Figure(
        figsize=(scene.width * inches, (scene.height + footer.height) * inches), facecolor="white"
    )
    # Without Axes, which would take as long as all that is drawn in them.
    units = Affine2D().translate(0.0, footer.height)
    units.scale(1.0 / scene.width, 1.0 / (scene.height + footer.height))
    place = units + figure.transFigure
    for depth, item in enumerate(scene.items):
        for shape in item.shapes:
            figure.add_artist(_patch(shape, scene.scale, depth, item.name == edge, place))
        for text in texts.get(item.name, item.texts):
            _write(figure, text, scene.scale, depth, place)
    if marked in scene.boxes:
        left, bottom, right, top = scene.boxes[marked]
        ring = FancyBboxPatch(
            (left - 4, bottom - 4),
            right - left + 8,
            top - bottom + 8,
            boxstyle="round,pad=0,rounding_size=8",
            fill=False,
            ec=MARK,
            lw=3 * scene.scale,
            zorder=len(scene.items),
            transform=place,
        )
        figure.add_artist(ring)
    figure.text(
        scene.width / 2,
        -footer.height / 2,
        "\n".join(footer.lines(words, scene.width)),
        ha="center",
        va="center",
        fontsize=footer.points * scene.scale,
        color=INK,
        family="DejaVu Sans",
        parse_math=False,
        transform=place,
    )
    return figure


def pixels(figure: Figure, dpi: float) -> Image.Image:
    """A figure as an image of colours."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return Image.open(file).convert("RGB")


def _patch(shape: Shape, scale: float, depth: int, marked: bool, place: Transform) -> PathPatch | Ellipse:
    color = MARK if marked else shape.stroke
    width = (max(shape.width, 2.5) if marked else shape.width) * scale
    fill = MARK if marked and shape.fill else shape.fill
    style: dict[str, Any] = {"fc": fill or "none", "ec": color or "none", "lw": width, "zorder": depth}
    style |= {"ls": DASHES[shape.dash], "transform": place}
    if shape.kind == "ellipse":
        (x, y), (w, h) = shape.points
        return Ellipse((x, y), 2 * w, 2 * h, **style)
    if shape.kind == "curve":
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(shape.points) - 1)]
        return PathPatch(Path(shape.points, codes), **style)
    closed = shape.kind == "polygon"
    points = [*shape.points, shape.points[0]] if closed else shape.points
    codes = [Path.MOVETO, *[Path.LINETO] * (len(points) - 1)]
    if closed:
        codes[-1] = Path.CLOSEPOLY
    return PathPatch(Path(points, codes), **style)


def _write(figure: Figure, text: Text, scale: float, depth: int, place: Transform) -> None:
    figure.text(
        text.x, text.y, text.text, fontsize=text.size * scale, color=text.color,
        ha="center" if text.middle else "left", va="baseline",
        family="DejaVu Sans Mono" if text.mono else "DejaVu Sans",
        weight="bold" if text.bold else "normal", style="oblique" if text.slanted else "normal",
        zorder=depth + 0.5, parse_math=False, transform=place,
    )  # fmt: skip
