"""How a file moves its weights: against the gradients that it computes, or along them, and how far."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nn.judging.edits import multiple
from nn.judging.inside import is_gradient_of
from nn.judging.passes import Floats
from nn.judging.roles import role_of
from nn.judging.seen import Variable

__all__ = ["UNKNOWN", "Steps", "direction_in", "numbers_in", "rate_in", "rate_seen", "writes_a_two"]

WEIGHT = re.compile(r"(?i)(w|b)(_?\d+|_[a-z]+)?|\w*(weight|bias)\w*|thetas?\d*|param(eter)?s?")
_GRADIENT = re.compile(r"(?i)(self\.)?(g|dw|db|grads?|gradients?|nabla|grad_\w+|nabla_\w+)$")
STATEFUL = r"\w*(momentum|velocity|decay|adam|rms_?prop|adagrad)\w*|beta_?\d?"  # no multiples of a gradient


@dataclass(frozen=True)
class Steps:
    """What the code says of its steps, and of what they are taken along.

    Attributes:
        direction: -1 if they are known to go against the gradients, 1 if along them.
        rate: the learning rate, if they are just that times something.
        doubled: whether something is multiplied by 2, as the derivative of a square is.
        mean: whether the mean over the samples is known to be taken elsewhere, and not by a layer.
    """

    direction: int = 0
    rate: float | None = None
    doubled: bool = False
    mean: bool = False


UNKNOWN = Steps()


def direction_in(code: str | ast.AST) -> int:
    """-1 if weights are moved by minus a learning rate times something, as in ``w - eta * nw``, 1 if by plus
    that; 0 if there is no such step, or it cannot be told, as where a sign may be flipped on the way."""
    try:
        tree = ast.parse(code) if isinstance(code, str) else code
    except SyntaxError:  # a cell of a notebook may be wrong
        return 0
    found: set[int] = set()
    for scope in _scopes(tree):
        nodes = [each for node in scope for each in ast.walk(node)]
        signs = [sign for node in nodes for sign in _signs(node)]
        is_clear = sum(map(_is_minus, nodes)) == signs.count(-1)
        found |= {*signs} if is_clear or not signs else {-1, 1}
    return found.pop() if len(found) == 1 else 0


def rate_in(
    code: ast.AST, weights: Collection[str], values: Mapping[str, Any], own: float | None = None
) -> float | None:
    """The one number that all steps of these weights are multiplied by: what is called a learning rate, a
    number that stands there, or 1 where there is neither. None if it cannot be told, as where steps have a
    momentum, or are made elsewhere.

    Args:
        code: of a class, or of a loop.
        weights: the last parts of their names.
        values: numbers at the top level of the file.
        own: the learning rate that the class or its method has.

    >>> rate_in(ast.parse("w -= lr * dw; b = b - lr * e.sum() / m"), {"w", "b"}, {"lr": 0.1})
    0.1
    """
    if any(re.fullmatch(STATEFUL, name.lower()) for name in _names(code)):
        return None
    nodes = [*ast.walk(code)]
    found: set[float | str] = set()
    for weight in weights:
        moved = [step for node in nodes for name, step in _steps(node) if name == weight]
        factors = [_factor(each, nodes) for each in moved]
        if not factors or None in factors:
            return None
        found |= {each for each in factors if each is not None}
    if len(found) != 1:
        return None
    (rate,) = found
    rates = {name for name in _names(code) if role_of(name) == "rate"}
    if isinstance(rate, float):
        return None if rates else rate
    if own is not None:
        return own if len(rates) == 1 else None
    known = values.get(rate)
    return float(known) if isinstance(known, (int, float)) and known else None


def rate_seen(
    changes: Mapping[str, Floats],
    seen: Iterable[Variable],
    numbers: Collection[float],
    counts: Collection[int],
) -> float | None:
    """The one number by which all steps are what a variable that is called a gradient held, if it is among
    the ``numbers`` of the file, or one of these over one of the ``counts`` of samples. None else, and where
    it is 1: a gradient may have the learning rate in it.

    Args:
        changes: by how much each weight got less.
    """
    found: set[float] = set()
    held = [*seen]
    for name, change in changes.items():
        word = re.findall(r"[A-Za-z_]\w*", name)[-1]
        alike = [each for each in held if each.array.shape == change.shape]
        own = [each for each in alike if is_gradient_of(each.name, word)]
        factors = {multiple(change, each.array) for each in own or alike if own or _GRADIENT.match(each.name)}
        found |= {float(f"{abs(each):.9g}") for each in factors if each is not None}
    if len(found) != 1:
        return None
    (rate,) = found
    known = [n / m for n in numbers for m in (1, *counts)]
    return rate if rate != 1.0 and any(abs(rate - n) <= 1e-6 * rate for n in known) else None


def numbers_in(code: ast.AST, values: Mapping[str, Any]) -> set[float]:
    """The numbers that stand in code, and those of names and of dicts at the top level of its file.

    >>> sorted(numbers_in(ast.parse("w -= 0.5 * dw"), {"lr": 0.1, "config": {"eta": 0.2}, "X": "x.csv"}))
    [0.1, 0.2, 0.5]
    """
    found = [node.value for node in ast.walk(code) if isinstance(node, ast.Constant)]
    for each in values.values():
        found += [*each.values()] if isinstance(each, Mapping) else [each]
    return {float(each) for each in found if isinstance(each, (int, float)) and each}


def writes_a_two(code: ast.AST) -> bool:
    """Whether something is multiplied by 2, that is no random number.

    >>> writes_a_two(ast.parse("d = -2 / n * e")), writes_a_two(ast.parse("w = 2 * rand(3) - 1; e ** 2"))
    (True, False)
    """
    for node in ast.walk(code):
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            left = node.left.operand if isinstance(node.left, ast.UnaryOp) else node.left
            sides = (left, node.right) if isinstance(node.op, ast.Mult) else (left,)
            two = any(isinstance(each, ast.Constant) and each.value in (2, -2) for each in sides)
            if two and "rand" not in ast.unparse(node):
                return True
    return False


def _steps(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is added to, or taken from, something of a name."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield _called(node.target), node.value
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.value, ast.BinOp):
        target, whole = ast.unparse(node.targets[0]), node.value
        if isinstance(whole.op, (ast.Add, ast.Sub)) and ast.unparse(whole.left) == target:
            yield _called(node.targets[0]), whole.right
        elif isinstance(whole.op, ast.Add) and ast.unparse(whole.right) == target:
            yield _called(node.targets[0]), whole.left


def _factor(moved: ast.expr, nodes: Collection[ast.AST]) -> float | str | None:
    """The learning rate in a step, by its name, or the number; 1 if there is none; None if in doubt."""
    factors = [*_factors(moved)]
    rates = {_called(each) for each in factors} & {n for n in _names(moved) if role_of(n) == "rate"}
    numbers = [e.value for e in factors if isinstance(e, ast.Constant)]
    if rates:
        kept = any(_is_kept(each, nodes) for each in factors)
        return rates.pop() if len(rates) == 1 and not kept else None
    if numbers:
        return numbers[0] if len(numbers) == 1 and type(numbers[0]) is float else None
    if len(factors) == 1 and isinstance(factors[0], (ast.Name, ast.Attribute)):
        made = [n.value for n in nodes if isinstance(n, ast.Assign) and _is_alone(n, factors[0])]
        if len(made) != 1:
            return None
        within = _factor(made[0], ())
        return within if isinstance(within, str) or within == 1.0 else None
    return 1.0 if _is_plain(moved) else None


def _is_kept(factor: ast.expr, nodes: Collection[ast.AST]) -> bool:
    """Whether something is made of what it was in the step before."""
    name = ast.unparse(factor)
    made = [n.value for n in nodes if isinstance(n, ast.Assign) and _is_alone(n, factor)]
    return any(
        name == ast.unparse(part) for each in made for part in ast.walk(each) if isinstance(part, ast.expr)
    )


def _is_alone(node: ast.Assign, target: ast.expr) -> bool:
    return [ast.unparse(each) for each in node.targets] == [ast.unparse(target)]


def _factors(node: ast.expr) -> Iterator[ast.expr]:
    """What is multiplied with each other; not what it is divided by, which is a number of samples."""
    if isinstance(node, ast.UnaryOp):
        yield from _factors(node.operand)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
        yield from (*_factors(node.left), *_factors(node.right))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        yield from _factors(node.left)
    else:
        yield node


def _is_plain(node: ast.expr) -> bool:
    """Whether something is an array, or a matrix product of arrays: what is multiplied otherwise may be a
    rate, whatever it is called."""
    if isinstance(node, ast.UnaryOp):
        return _is_plain(node.operand)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return _is_plain(node.left) and _is_plain(node.right)
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Mult) and _is_plain(node.left)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in ("dot", "matmul", "outer", "sum", "mean")
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))


def _scopes(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statements of each function, and those at the top level."""
    yield from (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    if isinstance(tree, ast.Module):
        yield [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def _signs(node: ast.AST) -> tuple[int, ...]:
    """Of a step of a weight: both if it may be either; none if it is no step."""
    weight: ast.expr
    if isinstance(node, ast.AugAssign):
        weight, moved = node.target, node.value
    elif isinstance(node, ast.BinOp):
        weight, moved = node.left, node.right
    else:
        return ()
    if not isinstance(node.op, (ast.Add, ast.Sub)) or not WEIGHT.fullmatch(_called(weight)):
        return ()
    product = isinstance(moved, ast.BinOp) and isinstance(moved.op, (ast.Mult, ast.Div))
    if not product or not any(role_of(name) == "rate" for name in _names(moved)):
        return -1, 1
    return (-1,) if isinstance(node.op, ast.Sub) else (1,)


def _is_minus(node: ast.AST) -> bool:
    return isinstance(node, (ast.BinOp, ast.AugAssign, ast.UnaryOp)) and isinstance(
        node.op, (ast.Sub, ast.USub)
    )


def _called(node: ast.AST) -> str:
    """The last name of ``w``, ``self.w``, ``w[i]`` and ``params["w"]``."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _names(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, (ast.Name, ast.Attribute)):
            yield each.id if isinstance(each, ast.Name) else each.attr
