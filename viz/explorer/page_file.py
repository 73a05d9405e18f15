"""``PageFile``: the path of a page, which a notebook shows as the page itself."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

__all__ = ["PageFile"]

_Path: Any = type(Path())  # of this system


class PageFile(_Path):  # type: ignore[misc]
    """A path as any other; alone at the end of a notebook's cell it shows the page, in a frame."""

    def _repr_html_(self) -> str | None:
        try:
            page = self.read_text(encoding="utf-8")
        except OSError:  # it was moved or deleted
            return None
        return (
            f'<iframe srcdoc="{html.escape(page)}" title="{html.escape(self.name)}" width="100%" '
            'height="720" style="box-sizing: border-box; border: 1px solid #8888; border-radius: 6px">'
            "</iframe>"
        )
