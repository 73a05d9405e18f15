"""The lab's page as one file: its own parts, the explorer's room of one graph, and Graphviz."""

from __future__ import annotations

import html
import json
import re
from importlib import resources
from typing import Any

from autodiff.engine.ops import OPS
from nn.language import language
from viz.explorer import bundle as explorer
from viz.explorer.card_size import LARGE, MEASURES
from viz.explorer.contents import operation_texts
from viz.explorer.joining import as_json, filled, modules_of, one_script
from viz.lab.grammar import page_grammar
from viz.lab.learning import learning_contents
from viz.layout.policy import QUICK
from viz.layout.positions import SPACING
from viz.layout.webassembly import graphviz_script

__all__ = ["lab_contents", "lab_modules", "lab_page", "languages"]

TIGHT = {"ranksep": "0.3", "nodesep": "0.12"}  # between cards that are projected


def lab_page(address: str = "") -> str:
    """The page, complete; what stands in ``address`` is shown where the page's own has nothing after a #.

    It is in the reader's language, if it can be, until another is chosen in it.
    """
    parts = {
        "address": html.escape(address),
        "language": language(),
        "style": "\n".join([_theme(), explorer.part("page.css"), _part("page/lab.css")]),
        "search": explorer.part("search.html"),
        "room": explorer.part("room.html"),
        "contents": as_json(lab_contents()),
        "placer": graphviz_script() + _part("page/placer.js"),
        "script": one_script(lab_modules()),
    }
    return filled(_part("page/lab.html"), parts)


def lab_contents() -> dict[str, Any]:
    """What ``page/kept.js`` reads: all that the page has to know of Python but for the table."""
    return {
        "grammar": page_grammar(),
        "ops": {name: operation_texts(op) for name, op in OPS.items()},
        "measures": MEASURES,
        "layout": {"few": SPACING, "many": SPACING | QUICK, "tight": TIGHT, "large": LARGE},
        "learning": learning_contents(),
        "languages": languages(),
    }


def languages() -> dict[str, Any]:
    """What is said in each language, the page's own first: the tour, and ``page``, by the English texts."""
    return {name: json.loads(_part(f"languages/{name}.json")) for name in ("en", "ko")}


def lab_modules() -> dict[str, str]:
    """The source of every module of the page by name, what is imported first."""
    return modules_of("lab", _source)


def _source(module: str) -> str:
    """The lab's own module of this name, or else the explorer's."""
    own = resources.files("viz.lab") / "page" / f"{module}.js"
    return own.read_text("utf-8") if own.is_file() else explorer.source_of(module)


def _theme() -> str:
    """The colours, which follow the system until one of the two looks is chosen."""
    theme = explorer.theme()
    dark = re.search(r"@media screen.*?:root[^{]*(\{.*?\})", theme, re.DOTALL)
    assert dark, "the theme has dark colours"
    return f"{theme}\n@media screen {{ :root[data-look=dark] {dark[1]} }}"


def _part(name: str) -> str:
    return (resources.files("viz.lab") / name).read_text("utf-8")
