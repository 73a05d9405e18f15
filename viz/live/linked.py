"""``GraphWidget``: a graph in a notebook. Needs the extra ``notebook``; ``api`` imports it late."""

from __future__ import annotations

import warnings
from typing import Any

import anywidget
import traitlets

from viz.live.bundle import notebook_side
from viz.live.graph import LiveGraph

__all__ = ["GraphWidget"]


class GraphWidget(anywidget.AnyWidget):
    """The explorer's page of a graph, linked to its Values.

    Attributes:
        values: the leaves' numbers by name. Assigning moves those that are named, and the page.
        output: the number of the output; it follows.
        height: of the page, in pixels.
    """

    values = traitlets.Dict()
    output = traitlets.Float(read_only=True)
    height = traitlets.Int(720).tag(sync=True)
    # Between the page and Python, see page/link.js: what it asks for, and what it is told.
    _page = traitlets.Unicode().tag(sync=True)
    _asked = traitlets.Dict().tag(sync=True, echo_update=False)
    _told = traitlets.Dict().tag(sync=True)
    _esm = notebook_side()

    def __init__(self, graph: LiveGraph, page: str, height: int) -> None:
        self._graph = graph
        self._moved = False  # whether the Values hold already what is assigned next
        super().__init__(_page=page, height=height)
        self._tell()

    def pull(self) -> None:
        """Take over what the leaves hold now, as after ``fit`` or ``w.data = 2.0``.

        Raises:
            DomainError: where an operation is not defined there; the page stays as it was.
        """
        self._graph.follow()
        self._warn()
        self._tell()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """All of the state: a page that embeds the widget has nobody to ask for what is left out."""
        state: dict[str, Any] = super().get_state(key)
        return state

    @traitlets.validate("values")
    def _move(self, proposal: Any) -> dict[str, float]:
        moved, self._moved = self._moved, False
        if not moved:
            self._graph.move(proposal["value"])
            self._warn()
        return self._graph.values

    @traitlets.observe("values")
    def _follow(self, change: Any) -> None:
        self._tell()

    @traitlets.observe("_asked")
    def _answer(self, change: Any) -> None:
        refusal = ""
        try:
            self._graph.move_places(change.new["leaves"])
        except (TypeError, ValueError) as error:
            refusal = str(error)
        self._tell(change.new["turn"], refusal)

    def _tell(self, turn: str = "", refusal: str = "") -> None:
        """Let all who look know the numbers there are, which an observer may change once more, or fail at."""
        with self.hold_sync():
            try:
                self.set_trait("output", self._graph.output)
                self._moved = True
                self.values = self._graph.values
            finally:
                self._told = {
                    "turn": turn,
                    "leaves": self._graph.numbers,
                    "refusal": refusal,
                    "doubt": self._graph.doubt,
                }

    def _warn(self) -> None:
        if self._graph.doubt:
            warnings.warn(self._graph.doubt, stacklevel=2)
