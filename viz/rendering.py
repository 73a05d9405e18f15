"""Pictures as files: SVG, PNG, PDF and DOT, also on a machine that has no ``dot``.

pygraphviz's wheels carry Graphviz itself, as a library. It runs in a Python process of its own,
exactly as the ``dot`` command would: whatever it prints, waits for or crashes on stays there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import graphviz
import matplotlib

from nn.files import replacing

__all__ = ["FORMATS", "GraphvizError", "render", "to_bytes"]

FORMATS = ("svg", "png", "pdf", "dot")

_BUNDLED = """
import sys
from pygraphviz import AGraph, DotError, graphviz as gv
try:
    graph = AGraph(string=sys.stdin.buffer.read().decode())
except DotError:
    sys.exit(1)
context = gv.gvContextWithBuiltins()
if gv.gvLayout(context, graph.handle, b"dot"):
    sys.exit("Graphviz could not lay the graph out")
failed, picture = gv.gvRenderData(context, graph.handle, sys.argv[1].encode())
if failed:
    sys.exit("Graphviz could not write " + sys.argv[1])
sys.stdout.buffer.write(picture)
"""

# The fonts a picture is measured with come with matplotlib, so that it looks the same everywhere
# and needs no font on the machine. The system's follow, for scripts that those do not cover.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>{own}</dir>
<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir><dir prefix="xdg">fonts</dir><dir>~/.fonts</dir>
<dir>/System/Library/Fonts</dir><dir>/Library/Fonts</dir><dir>~/Library/Fonts</dir><dir>WINDOWSFONTDIR</dir>
<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>"""


class GraphvizError(RuntimeError):
    """Graphviz is missing, or it failed on a graph."""


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
        ValueError: for another suffix.
        GraphvizError: where neither pygraphviz nor the ``dot`` command is found. DOT files need neither.
        OSError: if the file cannot be written; what was there stays.
    """
    from viz.drawing import draw

    path = Path(path)
    kind = path.suffix[1:].lower()
    if kind not in FORMATS:
        known = ", ".join("." + each for each in FORMATS)
        raise ValueError(f"render() goes by the suffix, one of {known}; got {path.name!r}")
    with replacing(path) as unfinished:
        unfinished.write_bytes(to_bytes(y if isinstance(y, graphviz.Digraph) else draw(y, **options), kind))
    return path


def to_bytes(picture: graphviz.Digraph, kind: str) -> bytes:
    """The picture as a file's content; ``kind`` is one of FORMATS.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails; the message holds what it said.
    """
    source = str(picture.source).encode()
    if kind == "dot":
        return source
    with tempfile.TemporaryDirectory() as folder:
        command, environment = _graphviz(kind, Path(folder))
        done = subprocess.run(command, input=source, capture_output=True, env=environment, cwd=folder)
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip() or f"it ended with code {done.returncode}"
        raise GraphvizError(f"Graphviz could not draw this as {kind}: {said}")
    return done.stdout


def _graphviz(kind: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command that reads DOT and writes a picture, and the environment it needs."""
    if importlib.util.find_spec("pygraphviz"):
        fonts = folder / "fonts.conf"
        own = Path(matplotlib.get_data_path(), "fonts", "ttf")
        fonts.write_text(_FONTS.format(own=own), encoding="utf-8")
        found = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "FONTCONFIG_FILE": str(fonts)}
        return [sys.executable, "-c", _BUNDLED, kind], {**os.environ, **found}
    if shutil.which("dot"):
        return ["dot", f"-T{kind}"], dict(os.environ)
    raise GraphvizError(
        "no Graphviz found: pip install 'pygraphviz>=2' (its wheels carry Graphviz), or install the "
        "system's graphviz package so that the command `dot` works; .dot files can be written without it"
    )
