"""The explorer: one page to step through a graph and pull on its numbers."""

from viz.explorer.api import explore

__all__ = ["explore"]
