"""Graphviz in WebAssembly: for pages, and for Python in a browser, where no process can be started.

``graphviz/graphviz.js`` is one script. The lab has it in its page, and Pyodide runs it beside Python.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

try:
    from pyodide.code import run_js
    from pyodide.ffi import can_run_sync, run_sync
except ImportError:  # only Python in a browser has it
    run_js = can_run_sync = run_sync = None

__all__ = ["GraphvizError", "graphviz_script", "is_in_a_browser", "layouts"]


class GraphvizError(RuntimeError):
    """Graphviz is missing, or it failed on a graph.

    >>> issubclass(GraphvizError, RuntimeError)
    True
    """


def is_in_a_browser() -> bool:
    """Whether this Python is Pyodide.

    >>> is_in_a_browser()
    False
    """
    return sys.platform == "emscripten"


def graphviz_script() -> str:
    """A classic script after which ``Graphviz`` is the library's class.

    >>> "};const Graphviz = " in graphviz_script()
    True
    """
    source = (resources.files("viz.layout") / "graphviz" / "graphviz.js").read_text("utf-8")
    exported = re.search(r"export\{(.*?)\};\s*$", source, re.DOTALL)
    assert exported, "the library exports its class Graphviz at its end"
    (own_name,) = re.findall(r"(\w+) as Graphviz\b", exported[1])
    return f"{source[: exported.start()]}const Graphviz = {own_name};\n"


def layouts(sources: Sequence[str], kind: str) -> list[str]:
    """What Graphviz makes of each graph in DOT: ``"svg"`` or another format that is text.

    Raises:
        GraphvizError: where Graphviz fails; the message holds what it said.
    """
    placer = _placer()
    try:
        return [str(placer.layout(source, kind, "dot")) for source in sources]
    except Exception as error:  # JsException, a name that only Pyodide has
        raise GraphvizError(f"Graphviz could not draw this as {kind}: {error}") from None


@cache
def _loading() -> Any:
    """A future that will have Graphviz, made once."""
    return asyncio.ensure_future(run_js(f"(() => {{ {graphviz_script()} return Graphviz.load(); }})()"))


def _placer() -> Any:
    loading = _loading()
    if can_run_sync():
        return run_sync(loading)
    if loading.done():
        return loading.result()
    raise GraphvizError("Graphviz is still being loaded here: run this cell once more")


if is_in_a_browser():
    _loading()  # ready when the first picture is asked for
