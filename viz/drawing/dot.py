"""Cards as DOT, the language of Graphviz, in the look that ``viz.drawing.style`` sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import graphviz

from viz.drawing import style
from viz.drawing.card_text import card_text, card_words
from viz.drawing.gradient_width import GradientWidth
from viz.drawing.legend import legend_lines, swatches, wrapped
from viz.drawing.look import Look
from viz.drawing.markup import along, caption, compact_card, plain_card, socket_disc, tooltip
from viz.drawing.picture import Picture
from viz.drawing.sockets import has_disc, node_of, sockets_of
from viz.graph.cards import Card, Edge
from viz.layout.nesting import Nesting
from viz.layout.policy import graph_attributes

__all__ = ["to_dot"]

SIDES = {"LR": ("e", "w"), "RL": ("w", "e"), "TB": ("s", "n"), "BT": ("n", "s")}  # edges leave, and arrive


def to_dot(cards: Sequence[Card], kept: Sequence[int], look: Look, notes: Sequence[str] = ()) -> Picture:
    """The picture of the cards with the indices ``kept``, its legend, and ``notes`` under it."""
    width = None
    if look.gradient_width:
        gradients = [edge.passed for i in kept for edge in cards[i].edges]
        own = [cards[i].values[0].grad for i in kept if cards[i].symbol and cards[i].reached]
        width = GradientWidth([*gradients, *own])
    picture = Picture(**_attributes(cards, kept, look, width, notes))
    picture.cards, picture.kept, picture.look, picture.notes = cards, kept, look, notes
    picture.lines = [*notes, *legend_lines(cards, kept, look, width)]
    picture.redrawn = lambda: to_dot(cards, kept, look, notes)
    body: graphviz.Digraph = picture
    if look.title:
        label = caption(look.title, size=look.fonts.heading)
        frame = {"label": label, "labeljust": "c", "peripheries": "0", "margin": "4", "tooltip": look.title}
        body = graphviz.Digraph("cluster_title", graph_attr=frame)
    _Drawing(cards, kept, look, width).draw(body)
    if look.title:
        picture.subgraph(body)
    return picture


def _attributes(
    cards: Sequence[Card], kept: Sequence[int], look: Look, width: GradientWidth | None, notes: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Attributes of the graph, and what its nodes and edges share."""
    fonts, space = look.fonts, look.spacing
    wide = 0.1 if look.compact else 0.0
    graph = {
        **style.GRAPH,
        "nodesep": f"{0.15 * space:g}",
        "ranksep": f"{(0.3 + wide) * space:g}",
        "fontsize": f"{fonts.caption:g}",
        "rankdir": look.direction,
        **graph_attributes(cards, kept, crossing=look.crossing, discs=not look.compact),
    }
    lines = wrapped([*notes, *legend_lines(cards, kept, look, width)], look)
    kinds = swatches(cards, kept, look) if look.legend else ""
    if lines or kinds:
        graph["label"] = caption(*lines, swatches=kinds)
    if look.page:
        graph["size"] = f"{look.page[0]:.3f},{look.page[1]:.3f}!"
    node = {
        **style.NODE,
        "fontsize": f"{fonts.name:g}",
        "margin": "0.05,0.04" if look.compact else "0.08,0.04",
    }
    if look.compact:
        node |= {"width": "0.1", "height": "0.1"}
    edge = {**style.EDGE, "fontsize": f"{fonts.row:g}"}
    if look.crossing:
        edge["tailport"], edge["headport"] = SIDES[look.direction]
    return {"graph_attr": graph, "node_attr": node, "edge_attr": edge}


class _Drawing:
    """Nodes and edges of one picture."""

    def __init__(
        self, cards: Sequence[Card], kept: Sequence[int], look: Look, width: GradientWidth | None
    ) -> None:
        self.cards, self.kept, self.look, self.width = cards, kept, look, width
        self.above: set[tuple[int, int]] = set()  # pairs (operand, user) of cards in one column
        self.discs = {i for i in kept if has_disc(cards[i], look)}
        self.ends = {i: node_of(i, cards[i], look) for i in kept}

    def draw(self, body: graphviz.Digraph) -> None:
        """Every card in its box, the boxes in the picture, and the edges between them."""
        font = {"fontsize": f"{self.look.fonts.caption:g}"}
        boxes = Nesting(body, {**style.CLUSTER, **font}, last_first=not self.look.upright)
        kept = self.kept
        if self.look.crossing and not self.look.upright:  # Graphviz stacks a column in a box from below
            inside = [i for i in kept if self.cards[i].boxes]
            kept = [*(i for i in kept if not self.cards[i].boxes), *reversed(inside)]
        for i in kept:
            self._node(boxes[self.cards[i].boxes], i)
        self._stand_beside(boxes)
        boxes.close()
        for i in self.kept:
            self._edges(body, i)
        users = Counter(
            edge.operand for i, card in enumerate(self.cards) if i not in self.ends for edge in card.edges
        )
        for i in self.kept:
            self._stub(body, f"after{i}", users[i], of=self.ends[i])

    def _stand_beside(self, boxes: Nesting) -> None:
        """Let a layer's arrays stand above and below their only user, so that layers follow in a row."""
        users = Counter(edge.operand for card in self.cards for edge in card.edges)
        for i in self.kept:
            card = self.cards[i]
            own = [
                edge.operand
                for edge in card.edges
                if card.formula
                and card.boxes
                and edge.operand in self.ends
                and users[edge.operand] == 1
                and self.cards[edge.operand].boxes == card.boxes
                and not self.cards[edge.operand].edges
                and self.cards[edge.operand].kind != "input"  # it comes before, as a layer below would
            ]
            if own:
                column = graphviz.Digraph(graph_attr={"rank": "same"})
                own.sort(reverse=True)  # of nodes that are free, Graphviz puts the later ones above
                half = (len(own) + 1) // 2
                for j in [*own[:half], i, *own[half:]]:
                    column.node(f"v{j}")
                self.above.update((j, i) for j in own[:half])
                boxes[card.boxes].subgraph(column)

    def _node(self, box: graphviz.Digraph, i: int) -> None:
        card, look, fonts = self.cards[i], self.look, self.look.fonts
        lit = {} if look.lit is None else style.LIT if i in look.lit else style.PALE
        sockets = sockets_of(card, look)
        shown = card_text(card, look)
        if i in self.discs:
            disc = {**style.DISC, **(style.LIT if lit is style.LIT else {}), "fontsize": f"{fonts.symbol:g}"}
            disc |= {"fillcolor": "#666D75", "color": "#B9BFC6"} if lit is style.PALE else {}
            size = f"{0.4 * fonts.symbol / 13:.2f}"
            disc |= {
                "width": size,
                "height": size,
                "margin": "0.03,0.0",
                "tooltip": tooltip(card.values[0].op),
            }
            if any(sockets):
                disc |= {"shape": "box", "style": "filled,rounded", "margin": "0.02"}
                box.node(f"o{i}", socket_disc(card.symbol, sockets, look), **disc)
            else:
                box.node(f"o{i}", card.symbol, **disc)
        if self.ends[i] == f"v{i}":
            if look.compact:
                symbol = card.symbol if "op" in look.show else ""
                label = compact_card(shown, symbol, sockets, look)
            else:
                label = plain_card(shown, fonts)
            kind = {**style.CARDS[card.kind], **lit}
            if look.compact and card.symbol and not any(shown) and card.kind == "result":
                kind["fillcolor"] = style.DARK
            if card.array in look.grounds and lit is not style.PALE:
                kind["fillcolor"] = look.grounds[card.array]
            if card.kind == "parameter":
                kind["margin"] = "0.1,0.07"
            box.node(f"v{i}", label, tooltip=tooltip(card_words(card, look)), **kind)

    def _edges(self, body: graphviz.Digraph, i: int) -> None:
        """From operands to the operation, and on to the result; a stub stands for what is not drawn."""
        card, look = self.cards[i], self.look
        end = f"o{i}" if i in self.discs else f"v{i}"
        has_ports = bool(sockets_of(card, look)) and "op" in look.show
        arrive = SIDES[look.direction][1]
        for place, edge in enumerate(card.edges, 1):
            if edge.operand in self.ends:
                head = f"{end}:p{place}:{arrive}" if has_ports else end
                body.edge(self.ends[edge.operand], head, **self._edge(edge, i))
        self._stub(body, f"before{i}", sum(edge.operand not in self.ends for edge in card.edges), to=end)
        if end != self.ends[i]:
            grad = card.values[0].grad if card.reached else None
            body.edge(
                end,
                self.ends[i],
                **(self.width.edge(grad) if self.width else {}),
                **self._lit(i in (look.lit or ())),
            )

    def _edge(self, edge: Edge, user: int) -> dict[str, str]:
        attributes = self.width.edge(edge.passed) if self.width else {}
        if edge.local is not None:
            passes = "" if edge.passed is None else f", passes back {edge.passed!r}"
            attributes["tooltip"] = f"local derivative {edge.local!r}{passes}"
        if edge.said and "grad" in self.look.show:
            attributes["label"] = along(edge.said, self.look.fonts)
            attributes["texlbl"] = rf"$\nabla\; {edge.latex}$"  # as dot2tex reads it
        if edge.returns:
            attributes |= {"style": "dashed", "constraint": "false"}
        if (edge.operand, user) in self.above:  # Graphviz puts them below, unless an edge is no constraint
            attributes["constraint"] = "false"
        return {**attributes, **self._lit((edge.operand, user) in self.look.lit_edges)}

    def _lit(self, is_lit: bool) -> dict[str, str]:
        if self.look.lit is None:
            return {}
        return (
            {"penwidth": "3", "color": style.CARDS["output"]["color"]}
            if is_lit
            else {"color": style.PALE["color"]}
        )

    def _stub(self, body: graphviz.Digraph, name: str, count: int, of: str = "", to: str = "") -> None:
        if count:
            font = {"fontsize": f"{self.look.fonts.stub:g}"}
            body.node(name, f"… {count:,} more", tooltip="left out", **style.STUB, **font)
            body.edge(of or name, to or name, style="dotted", tooltip="left out")
