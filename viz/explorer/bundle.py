"""One HTML file from the page's parts: its style, its modules of JavaScript, and the graph's contents.

The modules in ``page/`` are ES modules; the table of operations is one more, ``table.js``, printed
from the rows. ``joining`` makes one script of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from autodiff.formulas.preludes import javascript_prelude, javascript_rows
from viz.explorer.joining import as_json, filled, modules_of, one_script

__all__ = ["html_page", "javascript_modules", "part", "source_of", "theme"]


def html_page(contents: dict[str, Any], modules: Mapping[str, str] | None = None) -> str:
    """The page, complete. Text of the user's only ever stands in the JSON.

    Args:
        modules: of the page's script in the order of ``modules_of``, if not the explorer's own.
    """
    parts = {
        "style": f"{theme()}\n{part('page.css')}",
        "search": part("search.html"),
        "room": part("room.html"),
        "contents": as_json(contents),
        "script": one_script(modules or javascript_modules()),
    }
    return filled(part("page.html"), parts)


def theme() -> str:
    """The colours and fonts of every page, light and dark, as variables of CSS."""
    return part("theme.css")


def javascript_modules() -> dict[str, str]:
    """The source of every module of the page by name, what is imported first."""
    return modules_of("main", source_of)


def source_of(module: str) -> str:
    """The source of one module: a file, or the table of operations, which exports ``m`` and ``rows``."""
    if module == "table":
        table = javascript_prelude() + javascript_rows()
        return re.sub("^const (m|rows)\\b", r"export const \1", table, flags=re.MULTILINE)
    return part(f"{module}.js")


def part(name: str) -> str:
    """The text of a file in ``page/``."""
    return (resources.files("viz.explorer") / "page" / name).read_text("utf-8")
