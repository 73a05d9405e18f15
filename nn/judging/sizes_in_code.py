"""What code says of what it is given: that it is an index, a size, a long vector of several matrices."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["cuts", "gates", "is_a_size", "is_an_index", "is_one_label", "unrolled"]

_OPERATIONS: Mapping[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_SAME = ("astype", "reshape", "ravel", "flatten", "squeeze", "T")


def gates(text: str) -> int:
    """How many gates lie side by side in the matrices of a recurrent cell: its slices end at 4·H.

    >>> gates("i, f = a[:, :H], a[:, H:2 * H]; g = a[:, 3 * H:]"), gates("np.split(a, 3, axis=1)")
    (4, 3)
    """
    ends = re.findall(r"\b([234]) \* (?:H|\w*hidden\w*)\b(:\])?", text)
    parts = re.findall(r"split\([^()]*, ([234]),", text)
    return max([1, *(int(n) + bool(is_open) for n, is_open in ends), *map(int, parts)])


def is_a_size(name: str, text: str) -> bool:
    """Whether arrays are made with as many numbers as it says."""
    making = r"\b(zeros|ones|empty|randn?|range|eye)"
    return bool(re.search(rf"{making}\(+[^()=]*\b{re.escape(name)}\b(?![.\[(])", text))


def is_an_index(name: str, code: ast.AST) -> bool:
    """Whether code takes it for places in another array, so that it holds integers.

    >>> picked = ast.parse("p[range(len(y)), y.astype(int)], p[t[i]], p[y2 == 1], p[z.argmax(1)]")
    >>> [name for name in ("p", "y", "t", "y2", "z") if is_an_index(name, picked)]
    ['y', 't']
    """
    for node in ast.walk(code):
        if isinstance(node, ast.Subscript):
            places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if any(_plain(each) == name for each in places):
                return True
    return False


def is_one_label(name: str, code: ast.AST) -> bool:
    """Whether code takes it for the class of one sample: the place in a vector of which it takes the
    logarithm, or from which it subtracts 1.

    >>> one = ast.parse("loss = -np.log(p[label]); dz[k] -= 1; P[range(m), y] -= 1; loss -= np.log(p[t[i]])")
    >>> [name for name in ("label", "k", "y", "t") if is_one_label(name, one)]
    ['label', 'k']
    """
    places = []
    for node in ast.walk(code):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("log") and node.args:
            places.append(node.args[0])
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub):
            places.append(node.target)
    alone = [each.slice for each in places if isinstance(each, ast.Subscript)]
    return any(isinstance(each, ast.Name) and each.id == name for each in alone)


def _plain(node: ast.expr) -> str:
    """The name of ``y``, ``y[i]``, ``y.astype(int)`` and ``int(y)``; "" of all else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in _SAME):
        return _plain(node.value)
    if isinstance(node, ast.Call):
        whole = isinstance(node.func, ast.Name) and node.func.id == "int" and len(node.args) == 1
        return _plain(node.args[0]) if whole else _plain(node.func)
    return ""


def cuts(name: str, code: ast.AST) -> list[list[ast.expr]]:
    """The shapes of the arrays that code cuts out of a vector, ``np.reshape(params[:k], (n, m))``."""
    found = []
    for node in ast.walk(code):
        if not (isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))):
            continue
        if not ast.unparse(node.func).endswith("reshape"):
            continue
        method = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Subscript)
        part = node.func.value if isinstance(node.func, ast.Attribute) and method else node.args[0]
        shape = node.args if method else node.args[1:]
        is_part = isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice)
        if is_part and isinstance(part, ast.Subscript) and ast.unparse(part.value) == name:
            whole = shape[0] if len(shape) == 1 else None
            found.append([*whole.elts] if isinstance(whole, ast.Tuple) else [*shape])
    return found


def unrolled(shapes: Sequence[Sequence[ast.expr]], sizes: Mapping[str, Any]) -> int:
    """How many numbers a vector has that is cut into arrays of these shapes; 0 if the sizes do not say it.

    >>> cut = ast.parse("A = reshape(p[:h * n], (h, n + 1)); b = p[h * n:].reshape(k, h)")
    >>> unrolled(cuts("p", cut), {"h": 3, "n": 4, "k": 2})
    21
    """
    counts = [[_number(each, sizes) for each in shape] for shape in shapes]
    known = [[n for n in each if n is not None] for each in counts]
    return sum(map(math.prod, known)) if len(counts) > 1 and known == counts else 0


def _number(node: ast.expr, sizes: Mapping[str, Any]) -> int | None:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name) and type(sizes.get(node.id)) is int:
        return int(sizes[node.id])
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        sides = [_number(each, sizes) for each in (node.left, node.right)]
        return None if None in sides else int(_OPERATIONS[type(node.op)](*sides))
    return None
