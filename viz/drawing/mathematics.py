r"""Mathematics in labels, ``$W_{1,2}$`` or ``$\sigma$``, typeset by matplotlib's mathtext.

mathtext places glyphs on the plane. Where all of them are letters of a line, its subscripts and
superscripts, they are text again, which every format of Graphviz knows how to show.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

__all__ = ["LETTERS", "Run", "plain", "runs"]

Run = tuple[str, int, bool]  # characters; -1 for a subscript, 1 for a superscript, 0 else; whether slanted
LETTERS = {-1: "SUB", 1: "SUP"}

_FORMULA = re.compile(r"\$([^$\n]+)\$")


def plain(label: str) -> str:
    r"""A label in letters alone, for those who hear it.

    >>> plain(r"$\sigma$ of $W_{1,2}$"), plain("5$ and 6$")
    ('σ of W1,2', '5$ and 6$')
    """
    return "".join(characters for characters, _, _ in runs(label))


def runs(label: str) -> list[Run]:
    r"""A label as text of three levels; a formula that cannot be set on a line stays as it is written.

    >>> runs(r"weight $W_{1,2}$")
    [('weight ', 0, False), ('W', 0, True), ('1,2', -1, False)]
    """
    done, found = 0, []
    for formula in _FORMULA.finditer(label):
        typeset = _set(formula[1])
        if typeset:
            found += [(label[done : formula.start()], 0, False), *typeset]
            done = formula.end()
    found.append((label[done:], 0, False))
    return [run for run in found if run[0]]


@cache
def _set(formula: str) -> tuple[Run, ...]:
    """The runs of one formula; empty where it is no mathematics, or takes more than a line."""
    if not re.search(r"[\\_^]|^\s*[^\W\d_]\s*$", formula):
        return ()  # an amount in dollars, more likely
    fonts = importlib.import_module("matplotlib.font_manager")  # dear, and few labels are mathematics
    mathtext = importlib.import_module("matplotlib.mathtext")
    font = fonts.FontProperties(math_fontfamily="dejavusans")
    try:
        parsed: Any = mathtext.MathTextParser("path").parse(f"${formula}$", dpi=72, prop=font)
    except ValueError:
        return ()
    if parsed.rects or not parsed.glyphs:
        return ()
    largest = max(size for _, size, *_ in parsed.glyphs)
    found: list[Run] = []
    for font, size, code, *_, y in parsed.glyphs:
        level = 0 if size > 0.9 * largest else 1 if y > 0 else -1
        slanted = "Oblique" in str(font.postscript_name) or "Italic" in str(font.postscript_name)
        if found and found[-1][1:] == (level, slanted):
            found[-1] = (found[-1][0] + chr(code), level, slanted)
        else:
            found.append((chr(code), level, slanted))
    return tuple(found)
