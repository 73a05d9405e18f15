"""A picture as a flowchart of Mermaid, which GitHub and many notebooks show in their texts.

Mermaid lays out and draws for itself: cards keep their texts, kinds, boxes and the order of operands.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from viz.drawing.mathematics import LETTERS, plain, runs
from viz.drawing.picture_parts import Part, parts
from viz.drawing.sockets import has_disc, node_of, sockets_of
from viz.drawing.style import CARDS, DARK, PALE
from viz.graph.titles import visible

__all__ = ["MOST_EDGES", "mermaid"]

MOST_EDGES = 500  # Mermaid draws no more, unless the page that shows it asks for it
LONGEST = 60
_SPECIAL = '&<>"#`*_|\\$'

_SHAPES = {
    "input": ('["', '"]'),
    "parameter": ('[["', '"]]'),
    "constant": ('["', '"]'),
    "result": ('("', '")'),
    "output": ('(["', '"])'),
}


def mermaid(picture: Any) -> str:
    """The picture as the text of a flowchart.

    Raises:
        ValueError: for more edges than Mermaid draws.
    """
    known = parts(picture)
    edges = _edges(picture)
    if len(edges) > MOST_EDGES:
        raise ValueError(
            f"Mermaid draws {MOST_EDGES} edges at most and this picture has {len(edges):,}: fold it with "
            "level='layer', or show less with max_nodes= or depth="
        )
    look = picture.look
    lines = ["---", f"title: {_yaml(look.title)}", "---"] if look.title else []
    lines += [f"flowchart {look.direction}", *_boxes(picture, known), *edges]
    lines += _classes(picture, known)
    lines += [f"%% {line}" for line in picture.lines]
    return "\n".join([*lines, ""])


def _boxes(picture: Any, known: dict[str, Part]) -> list[str]:
    """Nodes, in their boxes."""
    tree: dict[Any, Any] = {}
    for name, part in known.items():
        inner = tree
        for box in picture.cards[part.card].boxes:
            inner = inner.setdefault(box, {})
        inner[name] = part

    def written(level: dict[Any, Any], path: str, indent: str) -> list[str]:
        lines = []
        for key, part in level.items():
            if isinstance(part, Part):
                lines.append(f"{indent}{key}{_node(part, picture.look)}")
                continue
            kind, count = key
            inner = re.sub(r"\W", "_", f"{path}_{kind}{count}")
            lines += [f'{indent}subgraph box{inner} ["{kind} {count}"]', *written(part, inner, indent + "  ")]
            lines.append(f"{indent}end")
        return lines

    return written(tree, "", "  ")


def _node(part: Part, look: Any) -> str:
    if part.is_disc:
        return f'(("{_text(part.symbol)}")):::operation'
    rows = [f"<b>{_text(part.text.heading, 90)}</b>"] if part.text.heading else []
    if look.compact and part.symbol and "op" in look.show:
        rows.append(f"<b>{_text(part.symbol)}</b>")
    if part.text.title:
        title = part.text.title
        rows.append(f"<b>{_math(title)}</b>")
    rows += [f"{name} {_text(' '.join(value.split()))}" for name, value in part.text.rows]
    start, end = _SHAPES[part.kind]
    return f"{start}{'<br/>'.join(rows)}{end}:::{part.kind}"


def _edges(picture: Any) -> list[str]:
    look, kept = picture.look, picture.kept
    nodes = {i: node_of(i, picture.cards[i], look) for i in kept}
    lines = []
    for i in kept:
        card = picture.cards[i]
        end = f"o{i}" if has_disc(card, look) else nodes[i]
        said = sockets_of(card, look) or [""] * len(card.edges)
        missing = 0
        for edge, label in zip(card.edges, said, strict=True):
            if edge.said and "grad" in look.show:
                label = f"{label} ∇ {edge.said}".lstrip()
            if edge.operand in nodes:
                line = "-.->" if edge.returns else "-->"
                arrow = f'{line}|"{_text(label)}"|' if label else line
                lines.append(f"  {nodes[edge.operand]} {arrow} {end}")
            else:
                missing += 1
        if missing:
            lines.append(f'  before{i}["… {missing:,} more"] -.-> {end}')
        if end != nodes[i]:
            lines.append(f"  {end} --> {nodes[i]}")
    users = Counter(
        edge.operand for i, card in enumerate(picture.cards) if i not in nodes for edge in card.edges
    )
    lines += [f'  {nodes[i]} -.-> after{i}["… {users[i]:,} more"]' for i in kept if users[i]]
    return lines


def _classes(picture: Any, known: dict[str, Part]) -> list[str]:
    kinds = dict.fromkeys(part.kind for part in known.values() if not part.is_disc)
    lines = []
    for kind in kinds:
        look = CARDS[kind]
        dash = ",stroke-dasharray:4 3" if "dashed" in look.get("style", "") else ""
        colors = f"fill:{look['fillcolor']},stroke:{look['color']},color:#1B1F24"
        lines.append(f"  classDef {kind} {colors},stroke-width:{look.get('penwidth', '1')}px{dash}")
    if any(part.is_disc for part in known.values()):
        lines.append(f"  classDef operation fill:{DARK},stroke:#808080,color:#FFFFFF")
    lines += [f"  style {name} fill:{part.ground}" for name, part in known.items() if part.ground]
    if picture.look.lit is not None:
        lines.append(f"  classDef pale fill:#FFFFFF,stroke:{PALE['color']},color:{PALE['fontcolor']}")
        lines.append("  classDef lit stroke-width:4px")
        for name, part in known.items():
            lines.append(f"  class {name} {'lit' if part.card in picture.look.lit else 'pale'}")
    return lines


def _text(text: str, longest: int = LONGEST) -> str:
    """A text inside quotes, in which nothing is an entity, markup or Markdown."""
    shown = visible(text, longest)
    return "".join(f"#{ord(sign)};" if sign in _SPECIAL else sign for sign in shown)


def _math(label: str) -> str:
    """A label, its formulas as text of three levels: KaTeX would put all rows of a card into one."""
    parts = []
    for characters, level, slanted in runs(visible(label, LONGEST)):
        part = f"<i>{_text(characters)}</i>" if slanted else _text(characters)
        tag = LETTERS[level].lower() if level else ""
        parts.append(f"<{tag}>{part}</{tag}>" if tag else part)
    return "".join(parts)


def _yaml(title: str) -> str:
    return '"' + visible(plain(title), 200).replace("\\", "\\\\").replace('"', '\\"') + '"'
