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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import graphviz

from nn.processes import guarded
from viz.layout.webassembly import GraphvizError, is_in_a_browser, layouts

__all__ = ["GraphvizError", "measuring", "to_bytes"]

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
def drawn(source):
    with open("graph.dot", "w+b") as file:
        file.write(source)
        file.seek(0)
        try:
            graph = gv.agread(file, None)
        except ValueError:  # Graphviz has said what is wrong
            sys.exit(1)
    if gv.gvLayout(context, graph, b"dot"):
        sys.exit("Graphviz could not lay the graph out")
    failed, picture = gv.gvRenderData(context, graph, sys.argv[1].encode())
    if failed:
        sys.exit("Graphviz could not write " + sys.argv[1])
    gv.gvFreeLayout(context, graph)
    gv.agclose(graph)
    return picture
for size in sys.stdin.buffer:  # a question: how many bytes it has, and graphs in DOT with a zero between them
    pictures = b"".join(map(drawn, sys.stdin.buffer.read(int(size)).split(bytes(1))))
    sys.stdout.buffer.write(b"%d\\n%b" % (len(pictures), pictures))
    sys.stdout.buffer.flush()
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
    with _asking(kind, said) as ask:
        written = ask([source.encode()])
    return _DATE.sub(_undated, written) if kind == "pdf" else written


@contextmanager
def measuring() -> Iterator[Callable[[Sequence[graphviz.Digraph]], list[tuple[float, float]]]]:
    """Ask for width and height of pictures in inches, with the margin around them, as often as one likes.

    Raises:
        GraphvizError: where no Graphviz is found, or it fails.
    """
    with _asking("json0") as ask:
        yield lambda pictures: _extents(ask([str(picture.source).encode() for picture in pictures]).decode())


def _extents(text: str) -> list[tuple[float, float]]:
    """Those of each graph in a text, which has one after the other."""
    sizes: list[tuple[float, float]] = []
    at, read = 0, json.JSONDecoder().raw_decode
    text = text.strip()
    while at < len(text):
        graph, end = read(text, at + len(text[at:]) - len(text[at:].lstrip()))
        left, bottom, right, top = map(float, graph["bb"].split(","))
        pad = 2 * float(graph.get("pad", 0.0555))
        sizes.append(((right - left) / _UNITS + pad, (top - bottom) / _UNITS + pad))
        at = end
    return sizes


@contextmanager
def _asking(kind: str, heard: list[str] | None = None) -> Iterator[Callable[[Sequence[bytes]], bytes]]:
    """Ask Graphviz what it makes of graphs in DOT, as often as one likes; ``heard`` gets what it says.

    One process answers all questions, which starts with the first one; where there is only the command
    ``dot``, one for each.
    """
    if is_in_a_browser():
        yield lambda sources: "\n".join(layouts([source.decode() for source in sources], kind)).encode()
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        said = Path(folder, "said")
        process: subprocess.Popen[bytes] | None = None

        def started() -> subprocess.Popen[bytes]:
            command, environment = _graphviz(kind, Path(folder))
            told = running.enter_context(said.open("wb"))
            pipe = subprocess.PIPE
            return running.enter_context(
                guarded(command, env=environment, cwd=folder, stdin=pipe, stdout=pipe, stderr=told)
            )

        def ask(sources: Sequence[bytes]) -> bytes:
            nonlocal process
            if _library():
                process = process or started()
                answer = _answer(process, b"\0".join(sources))
            else:
                process = started()
                answer, _ = process.communicate(b"\n".join(sources))
            words = said.read_text(encoding="utf-8", errors="replace")
            if process.returncode or not answer:
                reason = words.strip() or f"it ended with code {process.returncode}"
                raise GraphvizError(f"Graphviz could not draw this as {kind}: {reason}")
            if heard is not None:
                heard.append(words)
            return answer

        yield ask


def _answer(process: subprocess.Popen[bytes], question: bytes) -> bytes:
    """What the script says to a question; nothing if it has ended."""
    assert process.stdin and process.stdout
    with suppress(BrokenPipeError):
        process.stdin.write(b"%d\n%b" % (len(question), question))
        process.stdin.flush()
    size = process.stdout.readline()
    answer = process.stdout.read(int(size)) if size else b""
    if not size or len(answer) < int(size):
        process.wait()
        return b""
    return answer


def _library() -> str | None:
    """Where pygraphviz is, which has Graphviz itself."""
    found = importlib.util.find_spec("pygraphviz")
    return found.submodule_search_locations[0] if found and found.submodule_search_locations else None


def _graphviz(kind: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command that reads DOT and writes pictures, and the environment it needs."""
    library = _library()
    if library:
        fonts = folder / "fonts.conf"
        matplotlib = importlib.import_module("matplotlib")  # dear: longer than many a layout
        own = Path(matplotlib.get_data_path(), "fonts", "ttf")
        fonts.write_text(_FONTS.format(own=own), encoding="utf-8")
        # Where Python looks is told, and need not be found out anew, as ``site`` would.
        additions = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "FONTCONFIG_FILE": str(fonts)}
        command = [sys.executable, "-S", "-c", _BUNDLED, kind, library]
        return command, {**os.environ, **additions}
    if shutil.which("dot"):
        return ["dot", f"-T{kind}"], dict(os.environ)
    raise GraphvizError(
        "no Graphviz found: pip install 'pygraphviz>=2' (its wheels carry Graphviz), or install the "
        "system's graphviz package so that the command `dot` works; .dot files can be written without it"
    )
