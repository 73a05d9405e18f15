"""What an error of NumPy or Python means at the line where it was raised, with the shapes that are there.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["meaning"]

PRODUCTS = {"dot", "matmul"}


def meaning(error: BaseException, line: str, names: Mapping[str, Any]) -> str:
    """A sentence or two; "" if there is nothing to add to what the message says.

    Args:
        line: the statement that raised it.
        names: what the names in it stand for.
    """
    message = str(error)
    for pattern, said in _SAID:
        found = re.search(pattern, message)
        if found:
            return said(found, line, names)
    if isinstance(error, KeyError):
        return _of_key(error, line, names)
    if isinstance(error, (NameError, UnboundLocalError)):
        return "The name has no value yet on this line: is it spelt as where it is assigned?"
    return ""


def _aligned(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    """Of a product of matrices that do not fit."""
    for left, right in _factors(line):
        a, b = _shape(left, names), _shape(right, names)
        if a is None or b is None or not a or not b or a[-1] == b[0 if len(b) == 1 else -2]:
            continue
        said = f"{ast.unparse(left)} has shape {a} and {ast.unparse(right)} has {b}: a product needs as many "
        return f"{said}columns on the left as rows on the right.{_fitting(left, right, a, b)}"
    return "A product needs as many columns on the left as rows on the right: print the shapes on this line."


def _fitting(left: ast.expr, right: ast.expr, a: tuple[int, ...], b: tuple[int, ...]) -> str:
    if len(a) != 2 or len(b) != 2:
        return ""
    l, r = ast.unparse(left), ast.unparse(right)
    fits = [
        text
        for text, inner in (
            (f"{_turned(l)} @ {r}", a[0] == b[0]),
            (f"{l} @ {_turned(r)}", a[1] == b[1]),
            (f"{r} @ {l}", b[1] == a[0]),
        )
        if inner
    ]
    return f" {' or '.join(fits)} would fit." if fits else ""


def _turned(text: str) -> str:
    return text.removesuffix(".T") if text.endswith(".T") else f"{text}.T"


def _broadcast(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    """Of arrays that do not go together element by element."""
    shapes = [*re.findall(r"\(([\d,]+)\)", found[1])]
    arrays = [tuple(int(n) for n in each.split(",") if n) for each in shapes]
    said = (
        "Element by element only arrays of one shape go together, or such in which an axis of 1 is repeated."
    )
    named = {
        shape: name
        for name, shape in ((ast.unparse(e), _shape(e, names)) for e in _arrays(line))
        if shape in arrays
    }
    if len(arrays) == 2 and len(named) == 2:
        a, b = arrays
        said = (
            f"{named[a]} has shape {a} and {named[b]} has {b}, and they go together element by element here."
        )
        if a == b[::-1] and len(a) == 2:
            said += f" {_turned(named[b])} would fit; or is a product @ meant?"
        elif len(a) == len(b) == 2 and (a[1] == b[0] or a[0] == b[1]):
            said += " Is a product of matrices, @, meant?"
    return said


def _output(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return (
        f"What is on the right has shape ({found[2]}), and does not go into an array of shape ({found[1]}): "
        "has a sum over the samples been forgotten, or keepdims=True?"
    )


def _assigned(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "The place that is written to has another shape than what is written there: print both shapes."


def _of_index(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    index, size = int(found[1]), int(found[2])
    if index == size:
        return (
            f"Indices count from 0, so the last of {size} is {size - 1}: is a range one too long, or a label?"
        )
    return f"There are {size} of them, and number {index} was asked for."


def _of_axis(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return (
        f"The array has {found[2]} axis and no axis {found[1]}: it was summed, or flattened, before; "
        "keepdims=True keeps the axis."
        if found[2] == "1"
        else f"The array has {found[2]} axes, counted from 0, and no axis {found[1]}."
    )


def _of_float_index(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "Labels that pick a column have to be whole numbers: y.astype(int)."


def _of_none(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "Something is None here: does a function end without return, or was the forward pass not called?"


def _of_length(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "One number is needed here, and an array stands there."


def _of_unpacking(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "The number of names on the left is not that of the values on the right: look at what is returned."


def _of_list(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "A list is not an array: np.array(…) makes one of it."


def _of_truth(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return "An if needs one yes or no, and an array has many: use np.where, or a product with a mask."


def _of_reshape(found: re.Match[str], line: str, names: Mapping[str, Any]) -> str:
    return f"{found[1]} numbers do not fill the shape ({found[2]})."


def _of_key(error: KeyError, line: str, names: Mapping[str, Any]) -> str:
    for each in ast.walk(_parsed(line)):
        if isinstance(each, ast.Subscript):
            there = _value(each.value, names)
            if isinstance(there, dict) and there:
                return f"{ast.unparse(each.value)} has the keys {', '.join(map(repr, there))}."
    return ""


_Said = Callable[["re.Match[str]", str, Mapping[str, Any]], str]
_SAID: tuple[tuple[str, _Said], ...] = (
    (
        r"non-broadcastable output operand with shape \(([\d,]+)\) doesn't match .* shape \(([\d,]+)\)",
        _output,
    ),
    (r"operands could not be broadcast together with (?:remapped )?shapes (.*)", _broadcast),
    (r"could not broadcast input array from shape", _assigned),
    (r"mismatch in its core dimension|not aligned|does not have enough dimensions", _aligned),
    (r"index (-?\d+) is out of bounds for axis \d+ with size (\d+)", _of_index),
    (r"axis (-?\d+) is out of bounds for array of dimension (\d+)", _of_axis),
    (r"arrays used as indices must be of integer|only integers, slices", _of_float_index),
    (r"'NoneType' object|cannot unpack non-iterable NoneType", _of_none),
    (
        r"only (?:length-1|0-dimensional|integer scalar) arrays|can only convert an array of size 1",
        _of_length,
    ),
    (r"not enough values to unpack|too many values to unpack", _of_unpacking),
    (r"can't multiply sequence|unsupported operand type\(s\) for .*'list'", _of_list),
    (r"truth value of an array", _of_truth),
    (r"cannot reshape array of size (\d+) into shape \(([\d,\- ]+)\)", _of_reshape),
)


def _parsed(line: str) -> ast.AST:
    """A line as a tree, as far as it can be read by itself."""
    for text in (line, f"{line} pass", f"({line.partition('=')[2].strip()})"):
        try:
            return ast.parse(text.strip())
        except SyntaxError:
            continue
    return ast.Module([], [])


def _factors(line: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The two factors of each product of matrices, the innermost first."""
    found: list[tuple[ast.expr, ast.expr]] = []
    for each in ast.walk(_parsed(line)):
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.MatMult):
            found.append((each.left, each.right))
        elif (
            isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in PRODUCTS
        ):
            if len(each.args) == 2:
                found.append((each.args[0], each.args[1]))
            elif len(each.args) == 1:
                found.append((each.func.value, each.args[0]))
    yield from found[::-1]


def _arrays(line: str) -> Iterator[ast.expr]:
    """The names, attributes and items in a line, larger ones first."""
    for each in ast.walk(_parsed(line)):
        if isinstance(each, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)):
            yield each


def _shape(node: ast.expr, names: Mapping[str, Any]) -> tuple[int, ...] | None:
    value = _value(node, names)
    return value.shape if isinstance(value, np.ndarray) else None


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """What a part of the line stands for, if to know it nothing of theirs has to be run; else None."""
    try:
        if isinstance(node, ast.Name):
            return names.get(node.id)
        if isinstance(node, ast.Attribute):
            inner = _value(node.value, names)
            if isinstance(inner, np.ndarray):
                return inner.T if node.attr == "T" else None
            return getattr(inner, "__dict__", {}).get(node.attr)
        if isinstance(node, ast.Subscript):
            inner = _value(node.value, names)
            key = node.slice
            if isinstance(inner, dict) and isinstance(key, ast.Constant):
                return inner.get(key.value)
            if (
                isinstance(inner, (list, tuple))
                and isinstance(key, ast.Constant)
                and isinstance(key.value, int)
            ):
                return inner[key.value]
            return None
        if isinstance(node, ast.BinOp):
            a, b = _value(node.left, names), _value(node.right, names)
            if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
                shape = (
                    (np.empty(a.shape) @ np.empty(b.shape)).shape
                    if isinstance(node.op, ast.MatMult)
                    else np.broadcast_shapes(a.shape, b.shape)
                )
                return np.empty(shape)
            return a if isinstance(a, np.ndarray) else b if isinstance(b, np.ndarray) else None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PRODUCTS:
            args = [_value(each, names) for each in node.args]
            args = args if len(args) == 2 else [_value(node.func.value, names), *args]
            if all(isinstance(each, np.ndarray) for each in args):
                return np.empty(np.dot(np.empty(args[0].shape), np.empty(args[1].shape)).shape)
    except (ValueError, KeyError, IndexError, TypeError):  # it does not fit there either
        return None
    return None
