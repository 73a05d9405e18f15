"""Graphviz as a process: from DOT to the bytes of a picture, also on a machine that has no ``dot``.

pygraphviz's wheels carry Graphviz itself, as a library. It runs in a Python process of its own,
exactly as the ``dot`` command would: whatever it prints, waits for or crashes on stays there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import graphviz
import matplotlib

__all__ = ["FORMATS", "GraphvizError", "extents", "to_bytes"]

FORMATS = ("svg", "png", "pdf", "dot")

_UNITS = 72.0  # points in an inch

_BUNDLED = """
import sys
from pygraphviz import AGraph, DotError, graphviz as gv
context = gv.gvContextWithBuiltins()
try:
    graphs = [AGraph(string=source) for source in sys.stdin.buffer.read().decode().split(chr(0))]
except DotError:
    sys.exit(1)
for graph in graphs:
    if gv.gvLayout(context, graph.handle, b"dot"):
        sys.exit("Graphviz could not lay the graph out")
    failed, picture = gv.gvRenderData(context, graph.handle, sys.argv[1].encode())
    if failed:
        sys.exit("Graphviz could not write " + sys.argv[1])
    sys.stdout.buffer.write(picture)
    gv.gvFreeLayout(context, graph.handle)
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


def to_bytes(picture: graphviz.Digraph, kind: str) -> bytes:
    """The picture as a file's content, the same from run to run.

    Args:
        picture: with a layout still to be made.
        kind: one of FORMATS, or another of Graphviz's own, such as ``"json0"``.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails; the message holds what it said.
    """
    source = str(picture.source).encode()
    return source if kind == "dot" else _run([source], kind)


def extents(pictures: Sequence[graphviz.Digraph]) -> list[tuple[float, float]]:
    """Width and height of each picture in inches, with the margin around it, from one process.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails.
    """
    text = _run([str(picture.source).encode() for picture in pictures], "json0").decode()
    sizes: list[tuple[float, float]] = []
    at, read = 0, json.JSONDecoder().raw_decode
    while len(sizes) < len(pictures):
        graph, end = read(text, at + len(text[at:]) - len(text[at:].lstrip()))
        left, bottom, right, top = map(float, graph["bb"].split(","))
        pad = 2 * float(graph.get("pad", 0.0555))
        sizes.append(((right - left) / _UNITS + pad, (top - bottom) / _UNITS + pad))
        at = end
    return sizes


def _run(sources: Sequence[bytes], kind: str) -> bytes:
    """What Graphviz makes of graphs in DOT, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        command, environment, separator = _graphviz(kind, Path(folder))
        done = subprocess.run(
            command, input=separator.join(sources), capture_output=True, env=environment, cwd=folder
        )
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip() or f"it ended with code {done.returncode}"
        raise GraphvizError(f"Graphviz could not draw this as {kind}: {said}")
    return done.stdout


def _graphviz(kind: str, folder: Path) -> tuple[list[str], dict[str, str], bytes]:
    """The command that reads DOT and writes pictures, the environment it needs, and what stands
    between two graphs."""
    same = {"SOURCE_DATE_EPOCH": "0"}  # a PDF says when it was made; never the same twice, but for this
    if importlib.util.find_spec("pygraphviz"):
        fonts = folder / "fonts.conf"
        own = Path(matplotlib.get_data_path(), "fonts", "ttf")
        fonts.write_text(_FONTS.format(own=own), encoding="utf-8")
        additions = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "FONTCONFIG_FILE": str(fonts)}
        return [sys.executable, "-c", _BUNDLED, kind], {**os.environ, **additions, **same}, b"\0"
    if shutil.which("dot"):
        return ["dot", f"-T{kind}"], {**os.environ, **same}, b"\n"
    raise GraphvizError(
        "no Graphviz found: pip install 'pygraphviz>=2' (its wheels carry Graphviz), or install the "
        "system's graphviz package so that the command `dot` works; .dot files can be written without it"
    )
