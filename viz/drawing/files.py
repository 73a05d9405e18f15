"""A picture as the content of a file, in the formats that people paste."""

from __future__ import annotations

import math
import re
from typing import Any

import graphviz

from viz.drawing.mermaid import mermaid
from viz.drawing.svg import described_svg
from viz.drawing.tikz import tikz
from viz.layout.process import to_bytes

__all__ = ["FORMATS", "content"]

FORMATS = ("svg", "png", "pdf", "dot", "tex", "mmd")
SCREEN = 96.0  # dots per inch, if nobody asks for another number
_SHRUNK = re.compile(r"too large for \S+ bitmaps\. Scaling by ([\d.]+) to fit")


def content(
    picture: graphviz.Digraph,
    kind: str,
    *,
    dpi: float | None = None,
    fragment: bool = False,
    outlines: bool = False,
    is_picture: bool = True,
) -> bytes:
    """The bytes of a file; see ``render`` for the arguments.

    Raises:
        ValueError: for an option that the format does not have, and for a PNG that would be larger than
            what can be written.
        TypeError: for TikZ or Mermaid of a ``Digraph`` that is not from ``draw``.
    """
    _check(kind, dpi, fragment, outlines)
    if kind in ("tex", "mmd"):
        if not is_picture:
            raise TypeError(f".{kind} is written from what draw() returns; this Digraph is of somebody else")
        return (tikz(picture, fragment) if kind == "tex" else mermaid(picture)).encode()
    if kind == "png":
        return _png(picture, dpi or SCREEN)
    written = to_bytes(picture, "svg:cairo" if outlines else kind)
    if kind == "svg" and is_picture and not outlines:
        return described_svg(written.decode(), picture).encode()
    return written


def _png(picture: Any, dpi: float) -> bytes:
    said: list[str] = []
    written = to_bytes(picture, "png", dpi=dpi, said=said)
    shrunk = _SHRUNK.search("".join(said))
    if shrunk:
        fits = math.floor(dpi * float(shrunk[1]))
        raise ValueError(
            f"at {dpi:g} dots per inch this PNG would be more than 32,767 pixels wide or high, which is the "
            f"most: give dpi={max(fits, 1)}, write .svg or .pdf, or fold the graph with level='layer'"
        )
    return written


def _check(kind: str, dpi: float | None, fragment: bool, outlines: bool) -> None:
    if dpi is not None and kind != "png":
        raise ValueError(f"dpi= is of .png; a .{kind} file has no dots")
    if dpi is not None and not 1 <= dpi <= 2400:
        raise ValueError(f"dpi= is a number of dots per inch from 1 to 2400, got {dpi!r}")
    if fragment and kind != "tex":
        raise ValueError(f"fragment= is of .tex, got a .{kind} file")
    if outlines and kind != "svg":
        raise ValueError(f"outlines= is of .svg, got a .{kind} file")
