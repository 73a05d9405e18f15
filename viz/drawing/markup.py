"""Texts of cards as the HTML-like labels of Graphviz."""

from __future__ import annotations

import html
from collections.abc import Sequence

from viz.drawing.card_text import CardText
from viz.drawing.look import Look
from viz.drawing.mathematics import LETTERS, runs
from viz.drawing.style import DARK, DIGITS, INK, MUTED, WHITE, Fonts
from viz.graph.titles import columns, visible

__all__ = ["LONGEST", "along", "caption", "compact_card", "plain_card", "socket_disc", "text", "tooltip"]

LONGEST = 40  # characters of a label in a picture; its tooltip holds more
_TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}"{more}>{rows}</TABLE>'


def plain_card(shown: CardText, fonts: Fonts) -> str:
    """A title, and under it names and values in aligned columns. A heading is white on dark, as
    operations are."""
    parts = [_heading(shown.heading, 2, fonts)] if shown.heading else []
    if shown.title:
        parts.append(f'<TR><TD COLSPAN="2"{_room(shown.title, fonts)}><B>{text(shown.title)}</B></TD></TR>')
    width = max((len(value) for _, value in shown.rows), default=0)
    parts += [
        f'<TR><TD ALIGN="LEFT">{_sized(name, fonts.row)}</TD>'
        f'<TD ALIGN="RIGHT">{_digits(f" {value:>{width}}", fonts)}</TD></TR>'
        for name, value in shown.rows
    ]
    return f"<{_table(parts, 1)}>"


def compact_card(shown: CardText, symbol: str, sockets: Sequence[str], look: Look) -> str:
    """A result and its operation in one: the symbol dark at the left, or on top, then name and numbers."""
    fonts = look.fonts
    lines = (
        [f"<TR><TD{_room(shown.title, fonts)}><B>{text(shown.title)}</B></TD></TR>"] if shown.title else []
    )
    if shown.heading:
        lines.insert(0, _heading(shown.heading, 1, fonts, look.broken))
    width = max((len(value) for _, value in shown.rows), default=0)
    for name, value in shown.rows:
        word = {"data": "", "grad": "∇ ", "shape": ""}.get(name, f"{name} ") if look.terse else f"{name} "
        lines.append(
            f'<TR><TD ALIGN="RIGHT">{_sized(word, fonts.row) if word else ""}'
            f"{_digits(f'{value:>{width}}', fonts)}</TD></TR>"
        )
    texts = _table(lines, 1) if lines else ""
    if not symbol:
        return f"<{texts}>"
    dark = f'<TD BGCOLOR="{DARK}">{_symbol(symbol, sockets, look)}</TD>'
    if not texts:
        return f"<{_table([f'<TR>{dark}</TR>'], 0)}>"
    body = f'<TD CELLPADDING="2">{texts}</TD>'
    rows = (
        [f"<TR>{dark}</TR>", f"<TR>{body}</TR>"][:: -1 if look.direction == "BT" else 1]
        if look.upright
        else [f"<TR>{dark}{body}</TR>"]
    )
    return f"<{_table(rows, 0)}>"


def socket_disc(symbol: str, sockets: Sequence[str], look: Look) -> str:
    """An operation with a place for each of its operands."""
    return f"<{_symbol(symbol, sockets, look)}>"


def _symbol(symbol: str, sockets: Sequence[str], look: Look) -> str:
    """The symbol, white; before it, where edges arrive, what is said of each operand: the ports p1, p2, …"""
    fonts = look.fonts
    shown = f'<FONT COLOR="{WHITE}" POINT-SIZE="{fonts.symbol:g}">{text(symbol)}</FONT>'
    if not sockets:
        return _table([f"<TR><TD>{shown}</TD></TR>"], 4)
    cells = [
        f'<TD PORT="p{place}" BGCOLOR="{WHITE}" CELLPADDING="1">'
        f'<FONT COLOR="{INK}" FACE="{DIGITS}" POINT-SIZE="{fonts.row:g}">{text(said)}</FONT></TD>'
        for place, said in enumerate(sockets, 1)
    ]
    if look.upright:
        rows = [f"<TR>{''.join(cells)}</TR>", f'<TR><TD COLSPAN="{len(cells)}">{shown}</TD></TR>']
        rows = rows if look.direction == "TB" else rows[::-1]
    else:
        symbol_cell = f'<TD ROWSPAN="{len(cells)}" CELLPADDING="3">{shown}</TD>'
        first = f"{cells[0]}{symbol_cell}" if look.direction == "LR" else f"{symbol_cell}{cells[0]}"
        rows = [f"<TR>{first}</TR>", *(f"<TR>{cell}</TR>" for cell in cells[1:])]
    return _table(rows, 2, ' CELLSPACING="2"')


def caption(*lines: str, size: float = 0.0, swatches: str = "") -> str:
    """Lines under a picture, on a ground of their own."""
    shown = "<BR/>".join(text(line, longest=1000) for line in lines)
    font = f' POINT-SIZE="{size:g}"' if size else ""
    said = f'<TR><TD><FONT COLOR="{MUTED}"{font}>{shown}</FONT></TD></TR>' if lines else ""
    return f"<{_table([swatches, said], 4, f' BGCOLOR={chr(34)}{WHITE}{chr(34)}')}>"


def along(formula: str, fonts: Fonts) -> str:
    """A formula that stands on an edge, on a ground of its own."""
    shown = f'<FONT COLOR="{MUTED}" POINT-SIZE="{fonts.row:g}">∇ {text(formula, 80)}</FONT>'
    return f"<{_table([f'<TR><TD>{shown}</TD></TR>'], 1, f' BGCOLOR={chr(34)}{WHITE}{chr(34)}')}>"


def text(label: str, longest: int = LONGEST) -> str:
    """A label as text inside an HTML-like label: nothing in it is markup or an escape, but for the
    mathematics between dollar signs."""
    parts = []
    for characters, level, slanted in runs(visible(label, longest)):
        part = html.escape(characters).replace("\\", "&#92;&#92;")
        part = f"<I>{part}</I>" if slanted else part
        parts.append(f"<{LETTERS[level]}>{part}</{LETTERS[level]}>" if level else part)
    return "".join(parts)


def tooltip(label: str) -> str:
    """A label as the text shown when the pointer rests on something."""
    return visible(label, 1000).replace("\\", "\\\\")


def _heading(formula: str, span: int, fonts: Fonts, broken: bool = False) -> str:
    name, equals, rest = formula.partition(" = ") if broken else (formula, "", "")
    lines = f"{text(name + equals, 80)}<BR/>{text(rest, 80)}" if equals else text(formula, 80)
    shown = f'<FONT COLOR="{WHITE}" POINT-SIZE="{fonts.name:g}">{lines}</FONT>'
    return f'<TR><TD COLSPAN="{span}" BGCOLOR="{DARK}" CELLPADDING="4">{shown}</TD></TR>'


def _table(rows: Sequence[str], padding: int, more: str = "") -> str:
    if "CELLSPACING" in more:
        return _TABLE.replace(' CELLSPACING="0"', "").format(padding=padding, more=more, rows="".join(rows))
    return _TABLE.format(padding=padding, more=more, rows="".join(rows))


def _sized(word: str, points: float) -> str:
    return f'<FONT POINT-SIZE="{points:g}">{word}</FONT>'


def _digits(value: str, fonts: Fonts) -> str:
    return f'<FONT FACE="{DIGITS}" POINT-SIZE="{fonts.digits:g}">{html.escape(value)}</FONT>'


def _room(label: str, fonts: Fonts) -> str:
    """Room for a title in a script that the fonts at hand may lack, and the reader's do not."""
    shown = label[:LONGEST]
    wide = columns(shown) - len(shown)
    em = fonts.name * 13 / 12
    return f' WIDTH="{round(em * wide + em * 8 / 13 * (len(shown) - wide))}"' if wide else ""
