"""Boxes inside boxes: samples, layers and neurons as Graphviz's clusters."""

from __future__ import annotations

from collections.abc import Mapping

import graphviz

from viz.graph.cards import Boxes

__all__ = ["Nesting"]


class Nesting:
    """The clusters of one picture, made as they are asked for.

    >>> picture = graphviz.Digraph()
    >>> boxes = Nesting(picture, {})
    >>> boxes[("layer", 1), ("neuron", 0)].node("z")
    >>> boxes.close()
    >>> "subgraph cluster_layer1_neuron0" in picture.source
    True

    Args:
        picture: the outermost, which ``[()]`` gives.
        attributes: of every box.
        last_first: write the boxes in a box from the last to the first, as Graphviz stacks them from below
            in a graph that runs from left to right.
    """

    def __init__(
        self, picture: graphviz.Digraph, attributes: Mapping[str, str], last_first: bool = False
    ) -> None:
        self._last_first = last_first
        self._attributes = attributes
        self._clusters: dict[Boxes, graphviz.Digraph] = {(): picture}

    def __getitem__(self, boxes: Boxes) -> graphviz.Digraph:
        """The graph to put a node in that lies in these boxes."""
        for depth in range(1, len(boxes) + 1):
            inner = boxes[:depth]
            if inner not in self._clusters:
                title = " ".join(map(str, inner[-1]))
                name = "_".join(["cluster", *(f"{kind}{number}" for kind, number in inner)])
                attributes = {**self._attributes, "label": title, "tooltip": title}
                self._clusters[inner] = graphviz.Digraph(name, graph_attr=attributes)
        return self._clusters[boxes]

    def close(self) -> None:
        """Put each box into the one around it, inner ones first; nothing can be added any more."""
        ordered = sorted(self._clusters, reverse=self._last_first)
        for boxes in sorted(ordered, key=len, reverse=True):
            if boxes:
                self._clusters[boxes[:-1]].subgraph(self._clusters[boxes])
