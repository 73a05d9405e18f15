"""Name: every block gets the name a reader would give it, from the labels of the parameters.

What a matrix product with ``W1`` fills is ``Z1``, what an elementwise operation makes of it ``A1``,
the root is ``J``. The rest is numbered. All names are words of Python, and no two arrays or
cotangents share one, nor does any stand for something else in the source.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS
from autodiff.lifting.formula import Block, Formula

__all__ = ["identifier", "name_blocks"]

# What the source itself defines or uses.
_RESERVED = {"np", "math", "m", "run", "add_at", "reduce_at", *OPS, *vars(type(ARRAYS)), *keyword.kwlist}


def identifier(name: str) -> str:
    """A word of Python as near to ``name`` as can be: ``layer.0/W`` becomes ``layer_0_W``."""
    word = re.sub(r"\W", "_", name) or "_"
    return word if word.isidentifier() else f"_{word}"


def name_blocks(formulas: Sequence[Formula], blocks: Sequence[Block]) -> None:
    """Give each block a symbol, and those of formulas the same as a name."""
    taken: set[str] = set()
    copies: dict[str, int] = {}  # how often each wish has been met
    numbered = 0

    def free(wish: str) -> str:
        copies[wish] = copies.get(wish, 0) + 1
        word = wish if copies[wish] == 1 else f"{wish}_{copies[wish]}"
        if {word, f"d{word}"} & taken or word in _RESERVED or re.fullmatch(r"i\d+", word):
            return free(wish)
        taken.update((word, f"d{word}"))
        return word

    for block in blocks:
        if block.role in ("parameter", "input"):
            block.symbol = free(identifier(block.name))
    for formula in formulas:
        wish = "J" if formula is formulas[-1] else _wish(formula)
        if not wish:
            numbered += 1
            wish = f"v{numbered}"
        formula.block.name = formula.block.symbol = free(wish)


def _wish(formula: Formula) -> str:
    """``Z1`` for a product with ``W1``, ``Z_Q`` for one with Q, ``A1`` for a function of ``Z1``."""
    for segment in formula.segments:
        block = segment.x.block
        if segment.z is not None and block is not None and block.role == "parameter":
            return f"Z{block.symbol[1:]}" if re.fullmatch(r"W\d*", block.symbol) else f"Z_{block.symbol}"
    if formula.op is not None and len(formula.operands) == 1:
        operand = formula.operands[0].block
        if operand is not None and operand.role == "formula" and re.fullmatch(r"Z(_?\w+)?", operand.symbol):
            return "A" + operand.symbol[1:]
    return ""
