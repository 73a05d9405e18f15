"""``render``: a picture as a file: SVG, PNG, PDF or DOT."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import graphviz

from nn.files import replacing
from viz.drawing import draw
from viz.layout.process import FORMATS, GraphvizError, to_bytes

__all__ = ["FORMATS", "GraphvizError", "render"]


def render(y: Any, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write the picture of ``y`` to ``path``; the suffix says as what.

    A file that was there is replaced only once the new one is complete.

    Args:
        y: whatever ``draw`` takes, or a ``graphviz.Digraph``.
        path: ends in .svg, .png, .pdf or .dot.
        options: passed to ``draw``.

    Returns:
        The path.

    Raises:
        TypeError: for options beside a ``Digraph``, which is drawn already, or a ``y`` that is no graph.
        ValueError: for another suffix.
        GraphvizError: where neither pygraphviz nor the ``dot`` command is found. DOT files need neither.
        OSError: if the file cannot be written; what was there stays.
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
        unfinished.write_bytes(to_bytes(y if is_drawn else draw(y, **options), kind))
    return path
