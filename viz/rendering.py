"""``render``: a picture as a file: SVG, PNG, PDF, DOT, TikZ or Mermaid."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import graphviz

from nn.files import replacing
from viz.drawing import FORMATS, Picture, content, draw
from viz.layout.process import GraphvizError

__all__ = ["FORMATS", "GraphvizError", "render"]


def render(
    y: Any,
    path: str | os.PathLike[str],
    *,
    dpi: float | None = None,
    fragment: bool = False,
    outlines: bool = False,
    **options: Any,
) -> Path:
    """Write the picture of ``y`` to ``path``; the suffix says as what.

    A file that was there is replaced only once the new one is complete.

    Args:
        y: whatever ``draw`` takes, or a ``graphviz.Digraph``.
        path: ends in .svg, .png, .pdf, .dot, .tex (TikZ, a document that stands alone) or .mmd (Mermaid,
            for a README).
        dpi: dots per inch of a .png; 96 if left out.
        fragment: of a .tex, leave out the document around the ``tikzpicture``.
        outlines: of an .svg, draw letters as shapes instead of text, for a reader without the fonts.
        options: passed to ``draw``.

    Returns:
        The path.

    Raises:
        TypeError: for options beside a ``Digraph``, which is drawn already, or a ``y`` that is no graph.
        ValueError: for another suffix, an option of another format, a PNG of more than 32,767 pixels
            either way, and more edges than Mermaid draws.
        GraphvizError: where neither pygraphviz nor the ``dot`` command is found. DOT and Mermaid files
            need neither.
        OSError: if the file cannot be written; what was there stays.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from autodiff import Value
    >>> path = Path(tempfile.mkdtemp()) / "graph.dot"
    >>> render(Value(2.0, "a") * Value(3.0, "b"), path).read_text(encoding="utf-8").split()[0]
    'digraph'
    """
    path = Path(path)
    kind = path.suffix[1:].lower()
    if kind not in FORMATS:
        known = ", ".join("." + suffix for suffix in FORMATS)
        raise ValueError(f"render() goes by the suffix, one of {known}; got {path.name!r}")
    is_drawn = isinstance(y, graphviz.Digraph)
    if is_drawn and options:
        raise TypeError(f"this picture is drawn already; give {', '.join(options)} to draw()")
    with replacing(path) as unfinished:
        picture = y if is_drawn else draw(y, **options)
        unfinished.write_bytes(
            content(
                picture,
                kind,
                dpi=dpi,
                fragment=fragment,
                outlines=outlines,
                is_picture=isinstance(picture, Picture),
            )
        )
    return path
