"""An SVG that says what it shows: a title, a description, and words for each of its parts."""

from __future__ import annotations

import hashlib
import html
import re
from typing import Any

from viz.drawing.card_text import card_words
from viz.drawing.mathematics import plain
from viz.drawing.picture_parts import parts
from viz.graph.titles import visible

__all__ = ["described_svg", "description", "title_of"]

DESCRIBED = 60  # cards that the description goes through, in the order in which they are computed
_TITLE = re.compile(r"(<g id=\"[^\"]*\" class=\"(node|edge|cluster)\">\n)<title>([^<]*)</title>")


def described_svg(svg: str, picture: Any) -> str:
    """Graphviz's SVG of a picture with a role, a title and a description, and readable names of parts."""
    mark = hashlib.sha256(picture.source.encode()).hexdigest()[:8]  # several pictures may share a page
    labels = f'role="img" aria-labelledby="title-{mark} desc-{mark}"'
    title = html.escape(title_of(picture), quote=False)
    said = html.escape(description(picture), quote=False)
    head = f'<title id="title-{mark}">{title}</title>\n<desc id="desc-{mark}">{said}</desc>\n'
    svg = re.sub(r"<svg ([^>]*)>\n", lambda tag: f"<svg {labels} {tag[1]}>\n{head}", svg, count=1)
    names = _names(picture)

    def named(found: re.Match[str]) -> str:
        start, kind, name = found[1], found[2], html.unescape(found[3])
        if kind == "edge":
            tail, _, tip = name.partition("->")
            ends = [names.get(re.sub(r":.*", "", end), ("left out", "left out"))[0] for end in (tail, tip)]
            words = f"from {ends[0]} to {ends[1]}"
        elif kind == "cluster":
            words = re.sub(r"([a-z])(\d)", r"\1 \2", name.removeprefix("cluster_")).replace("_", ", ")
        else:
            words = names.get(name, ("", "values that are left out"))[1]
        return f"{start}<title>{html.escape(words, quote=False)}</title>"

    return _TITLE.sub(named, svg)


def title_of(picture: Any) -> str:
    """The title given, or what the graph computes."""
    if picture.look.title:
        return plain(picture.look.title)
    ends = [picture.cards[i] for i in picture.kept if picture.cards[i].kind == "output"]
    names = [visible(plain(card.title), 40) for card in ends if card.title]
    return f"Computation graph of {', '.join(names)}" if names else "Computation graph"


def description(picture: Any) -> str:
    """The cards in words, operands before what is computed from them."""
    cards, look = picture.cards, picture.look
    sentences = []
    for i in picture.kept[:DESCRIBED]:
        card = cards[i]
        made = [_called(cards[edge.operand]) for edge in card.edges]
        how = f", {card.symbol} of {', '.join(made)}" if card.symbol else ""
        sentences.append(visible(plain(card_words(card, look)), 200) + how)
    rest = len(picture.kept) - DESCRIBED
    if rest > 0:
        sentences.append(f"and {rest:,} more")
    return ". ".join([*sentences, *picture.lines]) + "."


def _called(card: Any) -> str:
    return visible(plain(card.title), 40) or card.symbol or card.kind


def _names(picture: Any) -> dict[str, tuple[str, str]]:
    """For each node a short name and its words."""
    found = {}
    for name, part in parts(picture).items():
        card = picture.cards[part.card]
        if part.is_disc:
            found[name] = (card.symbol, f"operation {card.symbol}")
        else:
            short = visible(plain(card.title or card.formula), 60) or card.kind
            found[name] = (short, visible(plain(card_words(card, picture.look)), 1000))
    return found
