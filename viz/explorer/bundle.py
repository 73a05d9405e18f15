"""One HTML file from the page's parts: its style, its modules of JavaScript, and the graph's contents.

The modules in ``page/`` are ES modules; the table of operations is one more, ``table.js``, printed
from the rows. A page that is one file has no modules, so they are put one after the other in a
single scope, imported ones first. That is enough because no two modules give a name to different
things, which a test holds.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

from autodiff.formulas.preludes import javascript_prelude, javascript_rows

__all__ = ["html_page", "javascript_modules", "theme"]

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def html_page(contents: dict[str, Any]) -> str:
    """The page, complete. Text of the user's only ever stands in the JSON."""
    parts = {"style": f"{theme()}\n{_part('page.css')}", "contents": _as_json(contents), "script": _script()}
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _part("page.html"))


def theme() -> str:
    """The colours and fonts of every page, light and dark, as variables of CSS."""
    return _part("theme.css")


def javascript_modules() -> dict[str, str]:
    """The source of every module by name, in an order in which each stands after what it imports.

    Raises:
        ValueError: for modules that import each other in a circle.
    """
    sources: dict[str, str] = {}

    def add(name: str, importing: tuple[str, ...]) -> None:
        if name in importing:
            raise ValueError(f"modules import each other: {' -> '.join((*importing, name))}")
        if name not in sources:
            source = _table() if name == "table" else _part(f"{name}.js")
            for imported in _IMPORT.findall(source):
                add(imported, (*importing, name))
            sources[name] = source

    add("main", ())
    return sources


def _script() -> str:
    """All modules as one script in strict mode, as modules are."""
    sources = (_IMPORT.sub("", source) for source in javascript_modules().values())
    body = "\n".join(re.sub(r"^export ", "", source, flags=re.MULTILINE) for source in sources)
    return f'(() => {{\n"use strict";\n{body}}})();'


def _table() -> str:
    """The table of operations as a module that exports ``rows``."""
    rows = javascript_rows().replace("const rows", "export const rows", 1)
    return f"{javascript_prelude()}{rows}"


def _part(name: str) -> str:
    return (resources.files("viz.explorer") / "page" / name).read_text("utf-8")


def _as_json(contents: dict[str, Any]) -> str:
    """JSON that no text in it can end, wherever it stands in a page: ASCII without <, > and &."""
    text = json.dumps(contents, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
