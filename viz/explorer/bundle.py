"""One HTML file from the page's parts, the op table in JavaScript, and the graph's contents."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

from autodiff.formulas.preludes import javascript_prelude, javascript_rows

__all__ = ["html_page"]


def html_page(contents: dict[str, Any]) -> str:
    """The page, complete. Text of the user's only ever stands in the JSON."""
    files = resources.files("viz.explorer")
    parts = {
        "style": (files / "page.css").read_text("utf-8"),
        "contents": _as_json(contents),
        "table": javascript_prelude() + javascript_rows(),
        "script": (files / "page.js").read_text("utf-8"),
    }
    html = (files / "page.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], html)


def _as_json(contents: dict[str, Any]) -> str:
    """JSON that no text in it can end, wherever it stands in a page: ASCII without <, > and &."""
    text = json.dumps(contents, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
