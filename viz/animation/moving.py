"""One SVG that moves by itself: each text and mark says when it is seen. Without motion it is the end.

Source: SVG Animations, https://svgwg.org/specs/animations/: ``animate`` with ``calcMode="discrete"``.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from viz.animation.painting import MARK, Footer
from viz.animation.scene import Scene, Shape, Text
from viz.drawing.style import DIGITS, INK, TEXT

__all__ = ["Seen", "moving_svg"]

# On paper, and for readers who want nothing to move, all is as at the end.
STILL = (
    "<style>@media print, (prefers-reduced-motion: reduce) "
    "{.last {visibility: visible !important} .gone {visibility: hidden !important}}</style>"
)
Seen = Sequence[bool]  # for each frame, whether a thing is seen in it


def moving_svg(
    scene: Scene,
    footer: Footer,
    texts: dict[str, list[tuple[Text, Seen]]],
    marks: Sequence[tuple[str, Seen]],
    words: Sequence[str],
    pause: float,
    title: str,
    description: str,
) -> str:
    """The text of the file.

    Args:
        texts: what is written on each item, and in which frames.
        marks: names of cards and edges that stand out, and in which frames.
        words: the line under the picture, frame by frame.
        pause: seconds a frame.
    """
    width, height = scene.width * scene.scale, (scene.height + footer.height) * scene.scale
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
        f'width="{width:.2f}pt" height="{height:.2f}pt" '
        f'viewBox="0 0 {scene.width:.2f} {scene.height + footer.height:.2f}">',
        f'<title id="title">{html.escape(title)}</title>',
        f'<desc id="desc">{html.escape(description)}</desc>',
        STILL,
    ]
    seconds = pause * len(words)
    rings = {name: seen for name, seen in marks}
    for item in scene.items:
        lines += [_shape(shape, scene.height) for shape in item.shapes]
        if item.name in rings and item.name not in scene.boxes:
            again = [_shape(shape, scene.height, MARK) for shape in item.shapes]
            when = _when(rings[item.name], seconds)
            lines.append(f"<g{_at_the_end(when)}>{when}{''.join(again)}</g>")
        for text, seen in texts.get(item.name, [(each, [True] * len(words)) for each in item.texts]):
            lines.append(_text(text, scene.height, _when(seen, seconds)))
    for name, seen in marks:
        if name in scene.boxes:
            left, bottom, right, top = scene.boxes[name]
            when = _when(seen, seconds)
            lines.append(
                f'<rect x="{left - 4:.2f}" y="{scene.height - top - 4:.2f}" width="{right - left + 8:.2f}" '
                f'height="{top - bottom + 8:.2f}" rx="8" fill="none" stroke="{MARK}" '
                f'stroke-width="3"{_at_the_end(when)}>{when}</rect>'
            )
    for k, said in enumerate(words):
        now = _when([j == k for j in range(len(words))], seconds)
        for row, part in enumerate(footer.lines(said, scene.width)):
            y = -1.2 * footer.points * (row + 1)
            line = Text(scene.width / 2, y, True, part, footer.points, INK)
            lines.append(_text(line, scene.height, now))
    return "\n".join([*lines, "</svg>", ""])


def _when(seen: Seen, seconds: float) -> str:
    """When a thing is seen, over and over again; it starts, and stays without motion, as at the end."""
    if all(seen):
        return ""
    changes = [0, *(k for k in range(1, len(seen)) if seen[k] != seen[k - 1])]
    values = ";".join("visible" if seen[k] else "hidden" for k in changes)
    times = ";".join(f"{k / len(seen):.5f}".rstrip("0").rstrip(".") for k in changes)
    return (
        f'<animate attributeName="visibility" calcMode="discrete" values="{values}" keyTimes="{times}" '
        f'dur="{seconds:g}s" repeatCount="indefinite"/>'
    )


def _at_the_end(animation: str) -> str:
    """What a thing with that animation is at the end, as attributes."""
    if not animation:
        return ""
    return ' class="gone" visibility="hidden"' if 'hidden" keyTimes' in animation else ' class="last"'


def _text(text: Text, height: float, animation: str) -> str:
    anchor = "middle" if text.middle else "start"
    style = ' font-weight="bold"' if text.bold else ""
    style += ' font-style="italic"' if text.slanted else ""
    family = DIGITS if text.mono else TEXT
    return (
        f'<text xml:space="preserve" x="{text.x:.2f}" y="{height - text.y:.2f}" text-anchor="{anchor}" '
        f'font-family="{family}" font-size="{text.size:.4g}"{style} fill="{text.color}"'
        f"{_at_the_end(animation)}>{html.escape(text.text, quote=False)}{animation}</text>"
    )


def _shape(shape: Shape, height: float, mark: str = "") -> str:
    points = [(x, height - y) for x, y in shape.points]
    fill = (mark or shape.fill) if shape.fill else "none"
    stroke = mark or shape.stroke or "none"
    width = max(shape.width, 2.5) if mark else shape.width
    dash = {"dashed": ' stroke-dasharray="5,2"', "dotted": ' stroke-dasharray="1,5"'}.get(shape.dash, "")
    look = f'fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"{dash}'
    if shape.kind == "ellipse":
        (x, y), (rx, ry) = points[0], shape.points[1]
        return f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" {look}/>'
    at = [f"{x:.2f},{y:.2f}" for x, y in points]
    if shape.kind == "curve":
        return f'<path d="M{at[0]}C{" ".join(at[1:])}" {look}/>'
    return f'<{"polygon" if shape.kind == "polygon" else "polyline"} points="{" ".join(at)}" {look}/>'
