"""The page of a widget, the explorer's with a link to the kernel; and the notebook's side of it."""

from __future__ import annotations

from importlib import resources

from viz.explorer.bundle import source_of
from viz.explorer.joining import modules_of

__all__ = ["notebook_side", "page_modules"]


def page_modules() -> dict[str, str]:
    """The source of every module of the page by name, what is imported first."""
    return modules_of("live", _source)


def notebook_side() -> str:
    """The ES module that a notebook runs."""
    return _part("widget.js")


def _source(module: str) -> str:
    """This room's own module of this name, or else the explorer's."""
    return _part(f"{module}.js") if module in ("live", "link") else source_of(module)


def _part(name: str) -> str:
    return (resources.files("viz.live") / "page" / name).read_text("utf-8")
