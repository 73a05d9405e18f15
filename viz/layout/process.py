"""Graphviz as a process: from DOT to the bytes of a picture, also on a machine that has no ``dot``.

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

import graphviz
import matplotlib

__all__ = ["FORMATS", "GraphvizError", "to_bytes"]

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


def to_bytes(picture: graphviz.Digraph, kind: str) -> bytes:
    """The picture as a file's content.

    Args:
        picture: with a layout still to be made.
        kind: one of FORMATS, or another of Graphviz's own, such as ``"json0"``.

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
        additions = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "FONTCONFIG_FILE": str(fonts)}
        return [sys.executable, "-c", _BUNDLED, kind], {**os.environ, **additions}
    if shutil.which("dot"):
        return ["dot", f"-T{kind}"], dict(os.environ)
    raise GraphvizError(
        "no Graphviz found: pip install 'pygraphviz>=2' (its wheels carry Graphviz), or install the "
        "system's graphviz package so that the command `dot` works; .dot files can be written without it"
    )
