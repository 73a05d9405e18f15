"""Name: every block gets the name a reader would give it, from the labels of the parameters.

What a matrix product with ``W1`` fills is ``Z1``, what an elementwise operation makes of it ``A1``,
the root is ``J``. The rest is numbered.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

from autodiff.lift.formula import Block, Formula

__all__ = ["identifier", "name_blocks"]


def identifier(name: str) -> str:
    """A Python name as near to ``name`` as can be: ``layer.0/W`` becomes ``layer_0_W``."""
    word = re.sub(r"\W", "_", name) or "_"
    return f"_{word}" if word[0].isdigit() or keyword.iskeyword(word) else word


def name_blocks(formulas: Sequence[Formula], blocks: Sequence[Block]) -> None:
    """Name the formulas' blocks, each differently from all others."""
    taken = {identifier(block.name) for block in blocks if block.role != "formula"}
    numbered = 0

    def free(wish: str) -> str:
        name, copy = wish, 1
        while name in taken or f"d{name}" in taken:
            copy += 1
            name = f"{wish}_{copy}"
        return name

    for formula in formulas:
        wish = "J" if formula is formulas[-1] else _wish(formula)
        if not wish:
            numbered += 1
            wish = f"v{numbered}"
        formula.block.name = free(wish)
        taken.add(formula.block.name)


def _wish(formula: Formula) -> str:
    """``Z1`` for a product with ``W1``, ``Z_Q`` for one with Q, ``A1`` for a function of ``Z1``."""
    for segment in formula.segments:
        if segment.z is not None and segment.x.block is not None and segment.x.block.role == "parameter":
            name = segment.x.block.name
            return f"Z{name[1:]}" if re.fullmatch(r"W\d*", name) else f"Z_{identifier(name)}"
    if formula.op is not None and len(formula.operands) == 1:
        operand = formula.operands[0].block
        if operand is not None and operand.role == "formula" and re.fullmatch(r"Z(_?\w+)?", operand.name):
            return "A" + operand.name[1:]
    return ""
