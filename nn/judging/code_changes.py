"""What else might stand at one place of somebody's code: another name, axis, sign, index, or nothing.

This module imports nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import ast
import copy
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nn.judging.roles import role_of

__all__ = ["Step", "changes_of", "node_at"]

Changed = tuple[ast.AST, str]  # what stands there instead, and what the mistake is called
COMPARED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
}
Step = tuple[str, int | None]  # a field of a node, and which of several there


def changes_of(
    function: ast.FunctionDef, lines: set[int]
) -> Iterator[tuple[tuple[Step, ...], ast.AST, str, int]]:
    """Changes of one place in lines of a function: the way to it, what stands there instead, what the mistake
    is called, and a rank, of which the simplest have the least."""
    names, unread, kept = _names(function), _unread(function), _kept(function)
    for path, node in _nodes(function, ()):
        if getattr(node, "lineno", None) in lines:
            if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Tuple):
                for each in unread:
                    value = ast.BinOp(node.value, ast.Add(), _parsed(each))
                    yield path, ast.Assign(node.targets, value), f"+ {each} missing", 5
                    value = ast.BinOp(node.value, ast.Mult(), _parsed(each))
                    yield path, ast.Assign(node.targets, value), f"· {each} missing", 5
            for (changed, name), rank in _others(node, names):
                if id(node) not in kept or ast.unparse(changed) != kept[id(node)]:
                    yield path, changed, name, rank


def _nodes(node: ast.AST, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], ast.AST]]:
    """What is in a function, with the way to each."""
    for name, value in ast.iter_fields(node):
        several = enumerate(value) if isinstance(value, list) else [(None, value)]
        for i, each in several:
            if isinstance(each, ast.AST):
                there = (*path, (name, i))
                yield there, each
                yield from _nodes(each, there)


def node_at(node: ast.AST, path: Sequence[Step]) -> Any:
    """What stands at the end of a way through a tree."""
    found: Any = node
    for name, i in path:
        found = getattr(found, name)
        found = found if i is None else found[i]
    return found


def _names(function: ast.FunctionDef) -> list[str]:
    """What the arrays in a function are called, those of an object, too."""
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    found: dict[str, None] = {}
    modules = {"np", "numpy", "self", "range", "len"}
    for node in ast.walk(function):
        own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        if id(node) not in called and (own or isinstance(node, ast.Name)):
            name = ast.unparse(node)
            if name not in modules and not re.search("shape", name):
                found[name] = None
    return [*found]


def _unread(function: ast.FunctionDef) -> list[str]:
    """The variables that nothing reads: one may have been forgotten where it belongs."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return [*dict.fromkeys(n.id for n in names if isinstance(n.ctx, ast.Store) and n.id not in {*read, "_"})]


def _kept(function: ast.FunctionDef) -> dict[int, str]:
    """What is put into a container, with the container: one in itself would be looked through without end."""
    found = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            found[id(node.value)] = ast.unparse(node.targets[0].value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            found[id(node.args[-1])] = ast.unparse(node.func.value)
    return found


def _others(node: ast.AST, names: Sequence[str]) -> Iterator[tuple[Changed, int]]:
    """What else might stand at a place, with ranks."""
    for rank, of_kind in enumerate((_assigned, _indexed, _turned, _called, _compared, _combined, _numbered)):
        yield from ((each, rank) for each in of_kind(node))
    is_array = isinstance(node, ast.Name) or (
        isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
    )
    if is_array and isinstance(getattr(node, "ctx", None), ast.Load) and ast.unparse(node) in names:
        own = ast.unparse(node)
        for other in names:
            if other != own:
                yield (_parsed(other), f"{own} for {other}"), 3 if _are_alike(own, other) else 9


def _are_alike(one: str, other: str) -> bool:
    """Whether two names are easily taken for one another: w5 and w6, sum_h1 and h1."""
    short, long = sorted((one.removeprefix("self."), other.removeprefix("self.")), key=len)
    return re.sub(r"\d", "", short) == re.sub(r"\d", "", long) or long.endswith(f"_{short}")


def _assigned(node: ast.AST) -> Iterator[Changed]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, (ast.Subscript, ast.Name, ast.Attribute)):
            yield ast.AugAssign(copy.deepcopy(target), ast.Add(), node.value), "= for +="
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        if isinstance(node.op, ast.Add):
            yield ast.Assign([copy.deepcopy(node.target)], node.value), "+= for ="
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield ast.AugAssign(node.target, other, node.value), "sign flipped"


def _indexed(node: ast.AST) -> Iterator[Changed]:
    """Each row's own label for the labels of all; a step that is one off; a part for the whole."""
    if not isinstance(node, ast.Subscript):
        return
    index, text = node.slice, ast.unparse(node)
    if isinstance(index, ast.Tuple) and len(index.elts) == 2:
        for i, each in enumerate(index.elts):
            other = index.elts[1 - i]
            if isinstance(each, ast.Slice) and ast.unparse(each) == ":" and not isinstance(other, ast.Slice):
                if role_of(_last(other)) != "target":
                    continue
                rows = _parsed(f"range(len({ast.unparse(other)}))")
                pair = [rows, other] if i == 0 else [other, rows]
                new = ast.Subscript(node.value, ast.Tuple(pair, ast.Load()), node.ctx)
                yield new, f"{text} for {ast.unparse(new)}"
    if isinstance(node.ctx, ast.Load):
        if any(isinstance(each, ast.Slice) for each in ast.walk(index)):
            yield node.value, f"{text} for {ast.unparse(node.value)}"
        for other in _one_off(index):
            new = ast.Subscript(node.value, other, node.ctx)
            yield new, f"{text} for {ast.unparse(new)}"


def _one_off(index: ast.expr) -> Iterator[ast.expr]:
    shifted = isinstance(index, ast.BinOp) and isinstance(index.op, (ast.Add, ast.Sub))
    if isinstance(index, ast.BinOp) and shifted and isinstance(index.right, ast.Constant):
        yield index.left
    if isinstance(index, (ast.Name, ast.BinOp, ast.UnaryOp)):
        yield _parsed(f"{ast.unparse(index)} - 1")
        yield _parsed(f"{ast.unparse(index)} + 1")
    elif (
        isinstance(index, ast.Constant) and isinstance(index.value, int) and not isinstance(index.value, bool)
    ):
        yield from (ast.Constant(n) for n in range(3) if n != index.value)


def _turned(node: ast.AST) -> Iterator[Changed]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value, f"{ast.unparse(node)} for {ast.unparse(node.value)}"
    if isinstance(node, ast.Call) and re.search(r"(dot|solve|inv|outer|matmul)$", ast.unparse(node.func)):
        for i, each in enumerate(node.args):
            if isinstance(each, (ast.Name, ast.Attribute)) and not ast.unparse(each).endswith(".T"):
                called = copy.copy(node)
                called.args = [*node.args[:i], ast.Attribute(each, "T", ast.Load()), *node.args[i + 1 :]]
                yield called, f"{ast.unparse(each)} for {ast.unparse(each)}.T"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        for left in (True, False):
            each = node.left if left else node.right
            turned = ast.Attribute(each, "T", ast.Load())
            pair = (turned, node.right) if left else (node.left, turned)
            yield ast.BinOp(pair[0], node.op, pair[1]), f"{ast.unparse(each)} for {ast.unparse(turned)}"
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
        other = ast.Mult() if isinstance(node.op, ast.MatMult) else ast.MatMult()
        new = ast.BinOp(node.left, other, node.right)
        yield new, f"{ast.unparse(node)} for {ast.unparse(new)}"


def _called(node: ast.AST) -> Iterator[Changed]:
    """Another axis; a sum for a mean; sums that are none; a kernel turned round or not."""
    if not isinstance(node, ast.Call):
        return
    text = ast.unparse(node)
    function, _, rest = text.partition("(")
    for old, other in (("correlate", "convolve"), ("convolve", "correlate")):
        if re.search(rf"\b{old}(2d)?$", function):
            turned = function.replace(old, other)
            yield _parsed(f"{turned}({rest}"), f"{function} for {turned}"
    for i, each in enumerate(node.keywords):
        if each.arg == "axis" and isinstance(each.value, ast.Constant):
            for axis in (0, 1, 2, None):
                if axis != each.value.value:
                    new = copy.deepcopy(node)
                    new.keywords[i].value = ast.Constant(axis)
                    yield new, f"axis={each.value.value!r} for axis={axis}"
    for old, other in (("sum", "mean"), ("mean", "sum")):
        if isinstance(node.func, ast.Attribute) and node.func.attr == old:
            new = copy.deepcopy(node)
            new.func = ast.Attribute(node.func.value, other, ast.Load())
            yield new, f"{old} for {other}"
            if not any(each.arg == "axis" for each in node.keywords):
                for more in ("axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"):
                    yield (
                        _parsed(f"{text[:-1]}{', ' if text[-2] != '(' else ''}{more})"),
                        f"{text} for {more}",
                    )
            if len(node.args) <= 1:
                inner = node.args[0] if node.args else node.func.value
                yield inner, f"{text} for {ast.unparse(inner)}"


def _compared(node: ast.AST) -> Iterator[Changed]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        new = ast.Compare(node.left, [COMPARED[type(node.ops[0])]()], node.comparators)
        yield new, f"{ast.unparse(node)} for {ast.unparse(new)}"


def _combined(node: ast.AST) -> Iterator[Changed]:
    """A sign; a factor or a term too much."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand, "sign flipped"
    if not isinstance(node, ast.BinOp):
        return
    if isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        new = ast.BinOp(node.left, other, node.right)
        yield new, f"{ast.unparse(node)} for {ast.unparse(new)}"
    if isinstance(node.op, ast.Sub) and ast.unparse(node.left) in ("1", "1.0"):
        new = ast.BinOp(node.left, node.op, ast.BinOp(node.right, ast.Pow(), ast.Constant(2)))
        yield new, f"{ast.unparse(node)} for {ast.unparse(new)}"
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        yield node.left, f"{_sign(node.op)} {ast.unparse(node.right)} too much"
    if isinstance(node.op, (ast.Add, ast.Mult)):
        yield node.right, f"{ast.unparse(node.left)} {_sign(node.op)} too much"
    if isinstance(node.op, ast.Div):
        new = ast.BinOp(node.left, ast.Mult(), node.right)
        yield new, f"/ {ast.unparse(node.right)} for * {ast.unparse(node.right)}"


def _sign(op: ast.operator) -> str:
    return {ast.Add: "+", ast.Sub: "-", ast.Mult: "·", ast.Div: "/"}[type(op)]


def _numbered(node: ast.AST) -> Iterator[Changed]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for n in (0, 1, 2, 3, 0.5):
            if n != node.value:
                yield ast.Constant(n), f"{node.value!r} for {n}"


def _last(node: ast.expr) -> str:
    words = re.findall(r"\w+", ast.unparse(node))
    return words[-1] if words else ""


@functools.lru_cache(maxsize=2_000)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
