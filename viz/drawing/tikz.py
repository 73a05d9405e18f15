r"""A picture as TikZ: cards as nodes with a table in them, edges as Graphviz bends them.

Graphviz says where everything lies, TeX sets the texts. The fragment is one ``tikzpicture``, to be
put into a document of one's own; alone, it is a document of the class ``standalone``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from viz.drawing.picture_parts import Part, parts
from viz.drawing.style import CARDS, CLUSTER, DARK, LINE, MUTED, PALE, STUB
from viz.drawing.tex import tex_formula, tex_label, tex_text
from viz.layout.process import to_bytes

__all__ = ["tikz"]

NEXT = r" \\ "  # row of a table
PACKAGES = r"""\usepackage{iftex}
\ifPDFTeX\usepackage[T1]{fontenc}\else\usepackage{fontspec}\fi
\usepackage{amsmath,amssymb,tikz}
\usetikzlibrary{arrows.meta,shadows}
"""
"""What the fragment needs in the preamble of a document."""


def tikz(picture: Any, fragment: bool = False) -> str:
    r"""The picture in TikZ, at the place and the size of type at which it is drawn elsewhere.

    Args:
        picture: what ``draw`` returned.
        fragment: leave out the document around the ``tikzpicture``.
    """
    lines = _picture(picture)
    if fragment:
        needs = " ".join(PACKAGES.split("\n"))
        return "\n".join([f"% needs in the preamble: {needs}".rstrip(), *lines, ""])
    return "\n".join(
        [
            r"\documentclass[tikz,border=4pt]{standalone}",
            PACKAGES + r"\begin{document}",
            *lines,
            r"\end{document}",
            "",
        ]
    )


def _picture(picture: Any) -> list[str]:
    graph = json.loads(to_bytes(picture, "json0"))
    look, fonts = picture.look, picture.look.fonts
    scale = _scale(graph)
    colors = dict.fromkeys([*_colors(), *_drawn_colors(graph), *look.grounds.values()])
    lines = [
        *(rf"\definecolor{{{_color(each)}}}{{HTML}}{{{each.lstrip('#').upper()}}}" for each in colors),
        rf"\begin{{tikzpicture}}[x={scale:g}bp, y={scale:g}bp, >={{Stealth[length={4 * scale:g}bp]}},",
        "  every node/.style={inner sep=0pt, outer sep=0pt},",
        *_styles(),
        "]",
    ]
    known = parts(picture)
    names: dict[int, str] = {}
    for item in graph.get("objects", []):
        names[item["_gvid"]] = item["name"]
        if item["name"].startswith("cluster") and "bb" in item:
            lines += _box(item, fonts.caption * scale)
    for item in graph.get("objects", []):
        if "pos" in item:
            lines.append(_node(item, known.get(item["name"]), look, scale))
    for edge in graph.get("edges", []):
        lines.append(_edge(edge, scale))
        if "texlbl" in edge:
            said = _sized(edge["texlbl"], fonts.row * scale)
            lines.append(
                rf"\node[fill=white, inner sep=1bp, text={_color(MUTED)}] at ({edge['lp']}) {{{said}}};"
            )
    size = _font(fonts.caption * scale)
    if picture.lines:
        said = r"\\".join(tex_text(line) for line in picture.lines)
        lines.append(
            rf"\node[align=center, font={size}, text={_color(MUTED)}] "
            rf"at ({graph.get('lp', '0,0')}) {{{said}}};"
        )
    return [*lines, r"\end{tikzpicture}"]


def _scale(graph: dict[str, Any]) -> float:
    """How much larger than laid out the picture is to be printed."""
    size = re.fullmatch(r"([\d.]+),([\d.]+)!", graph.get("size", ""))
    if not size:
        return 1.0
    left, bottom, right, top = map(float, graph["bb"].split(","))
    pad = 144 * float(graph["pad"])
    return round(
        min(72 * float(size[1]) / (right - left + pad), 72 * float(size[2]) / (top - bottom + pad)), 4
    )


def _colors() -> list[str]:
    kinds = [card[key] for card in CARDS.values() for key in ("color", "fillcolor")]
    return [
        *kinds,
        DARK,
        LINE,
        MUTED,
        CLUSTER["fillcolor"],
        CLUSTER["color"],
        PALE["color"],
        PALE["fontcolor"],
    ]


def _drawn_colors(graph: dict[str, Any]) -> list[str]:
    return [edge["color"] for edge in graph.get("edges", []) if edge.get("color", "").startswith("#")]


def _color(code: str) -> str:
    return f"c{code.lstrip('#').upper()}"


def _font(points: float) -> str:
    return rf"{{\fontsize{{{points:.4g}}}{{{points * 1.2:.4g}}}\selectfont}}"


def _styles() -> list[str]:
    """One style for each kind of card, so that a document can change them all at once."""
    lines = []
    for kind, look in CARDS.items():
        drawn = [f"draw={_color(look['color'])}", f"fill={_color(look['fillcolor'])}"]
        style = look.get("style", "")
        drawn += ["rounded corners=5bp"] if "rounded" in style else []
        drawn += ["dashed"] if "dashed" in style else []
        drawn += ["double", "double distance=2bp"] if look.get("peripheries") == "2" else []
        drawn += ["line width=1.5bp"] if "penwidth" in look and kind != "output" else []
        drawn += ["copy shadow={shadow xshift=2.5bp, shadow yshift=2.5bp}"] if kind == "parameter" else []
        lines.append(f"  {kind}/.style={{{', '.join(drawn)}}},")
    disc = f"fill={_color(DARK)}, text=white"
    return [
        *lines,
        f"  operation/.style={{{disc}}},",
        f"  left out/.style={{draw={_color(LINE)}, fill=white, dotted}},",
    ]


def _box(item: dict[str, Any], points: float) -> list[str]:
    left, bottom, right, top = map(float, item["bb"].split(","))
    if item["name"] == "cluster_title":
        x, y = map(float, item["lp"].split(","))
        title = tex_label(item["tooltip"])
        return [
            rf"\node[font={_font(points * 1.45)}, text={_color(MUTED)}] at ({x:.2f},{y:.2f}) {{{title}}};"
        ]
    fill, line = _color(CLUSTER["fillcolor"]), _color(CLUSTER["color"])
    return [
        rf"\draw[rounded corners=6bp, fill={fill}, draw={line}] "
        rf"({left:.2f},{bottom:.2f}) rectangle ({right:.2f},{top:.2f});",
        rf"\node[anchor=north west, font={_font(points)}, text={_color(MUTED)}] "
        rf"at ({left + 8:.2f},{top - 5:.2f}) {{{tex_text(item['label'])}}};",
    ]


def _node(item: dict[str, Any], part: Part | None, look: Any, scale: float) -> str:
    x, y = item["pos"].split(",")
    width, height = (72 * float(item[side]) * scale for side in ("width", "height"))
    size = f"minimum width={width:.2f}bp, minimum height={height:.2f}bp"
    if part is None:
        font = _font(float(STUB.get("fontsize", 10)) * scale)
        said = tex_text(item["label"])
        return rf"\node[left out, {size}, font={font}] ({item['name']}) at ({x},{y}) {{{said}}};"
    if part.is_disc:
        shape = "rounded corners=6bp" if part.sockets else f"rounded corners={min(width, height) / 2:.2f}bp"
        body = _operation(part.symbol, part.sockets, look, scale)
        return rf"\node[operation, {shape}, {size}] ({item['name']}) at ({x},{y}) {{{body}}};"
    more = []
    if look.lit is not None:
        pale = f"draw={_color(PALE['color'])}, fill=white, text={_color(PALE['fontcolor'])}"
        more = ["line width=3bp"] if part.card in look.lit else [pale]
    if part.ground and not more:
        more = [f"fill={_color(part.ground)}"]
    dark = look.compact and part.symbol and not any(part.text)
    kind = "operation, rounded corners=5bp" if dark else part.kind
    options = ", ".join([kind, *more, size])
    body = _operation(part.symbol, part.sockets, look, scale) if dark else _card(part, look, scale)
    return rf"\node[{options}] ({item['name']}) at ({x},{y}) {{{body}}};"


def _card(part: Part, look: Any, scale: float) -> str:
    """Rows of a card: heading, name, numbers; at the left, or above, a compact card's operation."""
    text, fonts = part.text, look.fonts
    rows = []
    span = 1 if look.compact else 2
    if text.heading:
        formula = f"${part.latex}$" if part.latex else tex_formula(text.heading)
        dark = rf"\colorbox{{{_color(DARK)}}}{{\color{{white}}{_sized(formula, fonts.name * scale)}}}"
        rows.append(rf"\multicolumn{{{span}}}{{@{{}}c@{{}}}}{{{dark}}}")
    if text.title:
        name = rf"\boldmath\bfseries {tex_label(text.title)}"
        rows.append(rf"\multicolumn{{{span}}}{{@{{}}c@{{}}}}{{{_sized(name, fonts.name * scale)}}}")
    for word, value in text.rows:
        shown = _sized(rf"\ttfamily {tex_text(value.strip())}", fonts.digits * scale)
        said = (
            ""
            if look.terse and word in ("data", "shape")
            else r"$\nabla$"
            if look.terse and word == "grad"
            else word
        )
        label = _sized(said, fonts.row * scale) if said else ""
        rows.append(f"{label} {shown}" if look.compact else f"{label} & {shown}")
    columns = "@{}r@{}" if look.compact else "@{}l@{\\ }r@{}"
    table = rf"\begin{{tabular}}{{{columns}}}{NEXT.join(rows)}\end{{tabular}}"
    if not (look.compact and part.symbol and "op" in look.show):
        return table
    dark = (
        rf"\colorbox{{{_color(DARK)}}}{{\color{{white}}{_operation(part.symbol, part.sockets, look, scale)}}}"
    )
    return (
        rf"\begin{{tabular}}{{@{{}}c@{{}}}}{dark} \\ {table}\end{{tabular}}"
        if look.upright
        else rf"{dark}\ {table}"
    )


def _operation(sign: str, sockets: Sequence[str], look: Any, scale: float) -> str:
    symbol = rf"\color{{white}}{_sized(_sign(sign), look.fonts.symbol * scale)}"
    if not sockets:
        return symbol
    cells = [
        rf"\colorbox{{white}}{{\color{{black}}{_sized(tex_text(each), look.fonts.row * scale)}}}"
        for each in sockets
    ]
    if look.upright:
        return rf"\begin{{tabular}}{{@{{}}c@{{}}}}{'~'.join(cells)} \\ {symbol}\end{{tabular}}"
    return rf"\begin{{tabular}}{{@{{}}c@{{}}}}{NEXT.join(cells)}\end{{tabular}}\ {symbol}"


def _sign(sign: str) -> str:
    return r"$\wedge$" if sign == "^" else tex_text(sign)


def _sized(text: str, points: float) -> str:
    return rf"{{\fontsize{{{points:.4g}}}{{{points * 1.2:.4g}}}\selectfont {text}}}"


def _edge(edge: dict[str, Any], scale: float) -> str:
    """The spline of an edge; ``e,x,y`` in front is the tip of its arrow."""
    tip, points = "", edge["pos"].split(" ")
    if points[0].startswith("e,"):
        tip, points = points[0][2:], points[1:]
    path = f"({points[0]})"
    for a, b, c in zip(points[1::3], points[2::3], points[3::3]):
        path += f" .. controls ({a}) and ({b}) .. ({c})"
    path += f" -- ({tip})" if tip else ""
    color = edge.get("color", LINE)
    drawn = [f"draw={_color(color if color.startswith('#') else LINE)}", "->"]
    drawn += [each for each in edge.get("style", "").split(",") if each in ("dashed", "dotted")]
    drawn += [f"line width={float(edge.get('penwidth', 1)) * scale * 0.8:g}bp"]
    return rf"\draw[{', '.join(drawn)}] {path};"
