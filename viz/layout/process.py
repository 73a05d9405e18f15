"""Graphviz as a process: from DOT to the bytes of a picture, also on a machine that has no ``dot``.

pygraphviz's wheels carry Graphviz itself, as a library. It runs in a Python process of its own,
exactly as the ``dot`` command would: whatever it prints, waits for or crashes on stays there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import graphviz

from nn.processes import guarded
from viz.layout.webassembly import GraphvizError, is_in_a_browser, layouts

__all__ = ["GraphvizError", "extents", "to_bytes"]

_UNITS = 72.0  # points in an inch

# Of pygraphviz only the library's own functions are imported, by the name SWIG gives them: the modules above
# them take longer than a small picture. Only on Windows the package itself is needed: it says where the
# library is.
_BUNDLED = """
import sys
if sys.platform != "win32":
    package = type(sys)("pygraphviz")
    package.__path__ = [sys.argv[2]]
    sys.modules["pygraphviz"] = package
from pygraphviz import _graphviz as gv
context = gv.gvContextWithBuiltins()
graphs = []
for source in sys.stdin.buffer.read().split(bytes(1)):
    with open("graph.dot", "w+b") as file:
        file.write(source)
        file.seek(0)
        try:
            graphs.append(gv.agread(file, None))
        except ValueError:  # Graphviz has said what is wrong
            sys.exit(1)
for graph in graphs:
    if gv.gvLayout(context, graph, b"dot"):
        sys.exit("Graphviz could not lay the graph out")
    failed, picture = gv.gvRenderData(context, graph, sys.argv[1].encode())
    if failed:
        sys.exit("Graphviz could not write " + sys.argv[1])
    sys.stdout.buffer.write(picture)
    gv.gvFreeLayout(context, graph)
"""

# A PDF says when it was made, never twice the same.
_DATE = re.compile(rb"(?<=/CreationDate \(D:)[^)]*(?=\))")


def _undated(date: re.Match[bytes]) -> bytes:
    """As long as it was, for a PDF says where each of its parts begins."""
    return b"20000101" + re.sub(rb"\d", b"0", date[0][8:])


# The fonts a picture is measured with come with matplotlib, so that it looks the same everywhere
# and needs no font on the machine. The system's follow, for scripts that those do not cover.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>{own}</dir>
<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir><dir prefix="xdg">fonts</dir><dir>~/.fonts</dir>
<dir>/System/Library/Fonts</dir><dir>/Library/Fonts</dir><dir>~/Library/Fonts</dir><dir>WINDOWSFONTDIR</dir>
<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>"""


def to_bytes(
    picture: graphviz.Digraph, kind: str, *, dpi: float | None = None, said: list[str] | None = None
) -> bytes:
    """The picture as a file's content, the same from run to run.

    Args:
        picture: with a layout still to be made.
        kind: a format of Graphviz, such as ``"svg"`` or ``"json0"``.
        dpi: dots per inch, for formats that have them.
        said: gets what Graphviz says though it succeeds.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails; the message holds what it said.
    """
    source = str(picture.source)
    if dpi is not None:
        source = f"{source.rstrip().removesuffix('}')}\tgraph [dpi={dpi:g}]\n}}\n"
    if kind == "dot":
        return source.encode()
    written = _run([source.encode()], kind, said)
    return _DATE.sub(_undated, written) if kind == "pdf" else written


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


def _run(sources: Sequence[bytes], kind: str, heard: list[str] | None = None) -> bytes:
    """What Graphviz makes of graphs in DOT, one after the other."""
    if is_in_a_browser():
        return "\n".join(layouts([source.decode() for source in sources], kind)).encode()
    with tempfile.TemporaryDirectory() as folder:
        command, environment, separator = _graphviz(kind, Path(folder))
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with guarded(command, env=environment, cwd=folder, **pipes) as process:
            drawn, told = process.communicate(separator.join(sources))
    if process.returncode or not drawn:
        said = told.decode(errors="replace").strip() or f"it ended with code {process.returncode}"
        raise GraphvizError(f"Graphviz could not draw this as {kind}: {said}")
    if heard is not None:
        heard.append(told.decode(errors="replace"))
    return bytes(drawn)


def _graphviz(kind: str, folder: Path) -> tuple[list[str], dict[str, str], bytes]:
    """The command that reads DOT and writes pictures, the environment it needs, and what stands
    between two graphs."""
    found = importlib.util.find_spec("pygraphviz")
    if found and found.submodule_search_locations:
        fonts = folder / "fonts.conf"
        matplotlib = importlib.import_module("matplotlib")  # dear: longer than many a layout
        own = Path(matplotlib.get_data_path(), "fonts", "ttf")
        fonts.write_text(_FONTS.format(own=own), encoding="utf-8")
        # Where Python looks is told, and need not be found out anew, as ``site`` would.
        additions = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "FONTCONFIG_FILE": str(fonts)}
        command = [sys.executable, "-S", "-c", _BUNDLED, kind, found.submodule_search_locations[0]]
        return command, {**os.environ, **additions}, b"\0"
    if shutil.which("dot"):
        return ["dot", f"-T{kind}"], dict(os.environ), b"\n"
    raise GraphvizError(
        "no Graphviz found: pip install 'pygraphviz>=2' (its wheels carry Graphviz), or install the "
        "system's graphviz package so that the command `dot` works; .dot files can be written without it"
    )
