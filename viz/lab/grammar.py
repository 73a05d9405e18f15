"""The grammar of expressions as data, for the page's reader.

Nothing of it is written down here. The signs and functions are those of the table of operations; how
operators bind is asked of Python's own parser, which reads expressions for ``autodiff.expression``; a
function that is no row, such as ``clip``, is recorded, and the page repeats the operations.
"""

from __future__ import annotations

import ast
import keyword
import tokenize
from typing import Any

from autodiff import Value, functions, topological_order
from autodiff.engine.ops import OPS
from autodiff.grammar import (
    BRACKET,
    INSTEAD,
    MAX_DEPTH,
    MAX_LENGTH,
    PRINTED,
    function_names,
    operands_taken,
)

__all__ = ["page_grammar"]


def page_grammar() -> dict[str, Any]:
    """What ``page/reading.js`` reads by.

    Keys:
        number: a regular expression.
        infix: by sign the row, its level, the higher the tighter it binds, and the least level of what may
            stand right of it.
        prefix: likewise; the row is ``""`` where the sign does nothing.
        functions: by name ``[least, most, steps, defaults]``: how many operands, the operations of it, each
            ``[row, place, …]`` where places count operands and then earlier operations, and the numbers
            of operands that are left out.
        keywords: words that are no names.
        printed, instead, longest, deepest, bracket: as in ``autodiff.grammar``.
    """
    signs = {op.notation.sign: op.name for op in OPS.values() if op.notation.sign and op.arity == 2}
    prefix = {op.notation.sign: op.name for op in OPS.values() if op.notation.sign and op.arity == 1}
    infix = {}
    for sign, row in signs.items():
        level = sum(not _first_before(other, sign) for other in signs if other != sign)
        infix[sign] = {"row": row, "level": level, "right": level + _first_before(sign, sign)}
    before = {sign: sum(_prefix_before(sign, other) for other in signs) for sign in {"+": "", **prefix}}
    return {
        "number": f"{tokenize.Floatnumber}|{tokenize.Intnumber}",
        "infix": infix,
        "prefix": {sign: {"row": prefix.get(sign, ""), "right": before[sign]} for sign in before},
        "functions": {name: _function(name) for name in function_names()},
        "keywords": keyword.kwlist,
        "printed": PRINTED,
        "instead": INSTEAD,
        "longest": MAX_LENGTH,
        "deepest": MAX_DEPTH,
        "bracket": BRACKET,
    }


def _first_before(first: str, second: str) -> bool:
    """Whether ``x first y second z`` is ``(x first y) second z``."""
    tree = ast.parse(f"x {first} y {second} z", mode="eval").body
    return isinstance(tree, ast.BinOp) and isinstance(tree.left, ast.BinOp)


def _prefix_before(prefix: str, infix: str) -> bool:
    """Whether ``-x + y`` is ``(-x) + y``."""
    return isinstance(ast.parse(f"{prefix}x {infix} y", mode="eval").body, ast.BinOp)


def _function(name: str) -> list[Any]:
    least, most = operands_taken(name)
    if name in OPS:
        return [least, most, [[name, *range(most)]], list(OPS[name].defaults)]
    operands = [Value(0.0) for _ in range(most)]
    recorded = getattr(functions, name)(*operands)
    made = [node for node in topological_order(recorded) if node.op]
    places = {node: i for i, node in enumerate([*operands, *made])}
    return [least, most, [[node.op, *(places[operand] for operand in node.operands)] for node in made], []]
