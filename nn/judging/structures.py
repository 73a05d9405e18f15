"""Functions that hand one structure on to each other, as classes that can be judged.

Some networks are no class and no arrays: a list of layers, say, each a list of dicts, which a function makes,
a forward and a backward pass write into, and another function updates. Such functions are the methods of a
class that keeps the structure. This module imports nothing of the library: it is read in the process of a
submission, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from nn.judging.loops import loop_classes
from nn.judging.roles import BACKWARD, FORWARD, LOSS, STEP, method_named, role_of, stem

__all__ = ["called_by", "is_of_functions", "made_classes"]

_MAKING = r"(init|initiali[sz]e|create|make|build|new)_?\w*"
_NAME = "functions_of_"
_TEXT = """
class {name}{structure}:
  def __init__(self, {begun}):
    from numpy import array as __array
    def arrays(each):
      if isinstance(each, dict):
        return {{key: arrays(part) for key, part in each.items()}}
      if isinstance(each, list) and each and all(isinstance(n, (int, float)) for n in each):
        return __array(each, dtype=float)
      return [arrays(part) for part in each] if isinstance(each, list) else each
    self.{structure} = arrays({making}({begun}))
  def forward(self, {inputs}):
    {structure} = self.{structure}
    return {forward}({called_forward})
  def train(self, {given}):
    {structure} = self.{structure}
    {forward}({called_forward})
    {backward}({called_backward})
    {step}({called_step})
"""
_DESCENT = """
class {name}{structure}:
  def __init__(self, {begun}):
    {kept}
  def forward(self, {of_cost}):
    return {cost}
  def train(self, {of_descent}):
    {after} = {descent}
"""


def is_of_functions(name: str) -> bool:
    """Whether a class of this name is made of functions of one structure."""
    return name.startswith(_NAME)


def called_by(made: ast.AST) -> set[str]:
    """The functions that a class is made of."""
    calls = [each.func for each in ast.walk(made) if isinstance(each, ast.Call)]
    return {each.id for each in calls if isinstance(each, ast.Name)}


def made_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """The classes that are made of training loops, and of functions of one structure."""
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    own = _of_functions(functions) or _of_descents(functions)
    return [*loop_classes(tree), *own]


def _of_functions(functions: Mapping[str, ast.FunctionDef]) -> list[ast.ClassDef]:
    backward = [each for each in functions.values() if stem(each.name, BACKWARD) is not None]
    for each in backward:
        structure = _first(each)
        same = {name: f for name, f in functions.items() if structure and _first(f) == structure}
        forward = [f for name, f in same.items() if stem(name, FORWARD) is not None and f is not each]
        step = [f for name, f in same.items() if stem(name, STEP) is not None and f is not each]
        step = [f for f in step if re.search("update|step", f.name)]
        making = [f for name, f in functions.items() if re.fullmatch(_MAKING, name) and _returns(f)]
        making = [f for f in making if structure in f.name] or making
        if forward and step and making and _leaves(each):
            return [_class_of(structure, making[0], forward[0], each, step[0])]
    return []


def _of_descents(functions: Mapping[str, ast.FunctionDef]) -> list[ast.ClassDef]:
    """Of ``gradient_descent(X, y, theta, alpha, iterations)``, which returns the weights after its steps, and
    the cost of these weights; where no gradient is a function of its own."""
    costs = [each for name, each in functions.items() if method_named(LOSS, [name])]
    if len(costs) != 1 or any(stem(name, BACKWARD) is not None for name in functions):
        return []
    for each in functions.values():
        given, returned = _parameters(each), _returned(each)
        weights = [name for name in _parameters(costs[0]) if not role_of(name) and name in given]
        if weights and returned[: len(weights)] == weights and any(role_of(n) == "rate" for n in given):
            return [_descent_of(weights, costs[0], each)]
    return []


def _descent_of(weights: list[str], cost: ast.FunctionDef, descent: ast.FunctionDef) -> ast.ClassDef:
    taken = [_parameters(each) for each in (cost, descent)]
    of_cost, of_descent = (", ".join(n for n in names if n not in weights) for names in taken)
    own = {n: f"self.{n}" for n in weights}
    called = [", ".join(f"{n}={own.get(n, n)}" for n in names) for names in taken]
    after = ", ".join(own.values())
    rest = ", *_" if len(_returned(descent)) > len(weights) else ""
    text = _DESCENT.format(
        name=_NAME,
        structure="_".join(weights),
        begun=", ".join(weights),
        kept="; ".join(f"self.{n} = {n}" for n in weights),
        of_cost=of_cost,
        of_descent=of_descent,
        cost=f"{cost.name}({called[0]})",
        after=f"{after}{rest}",
        descent=f"{descent.name}({called[1]})",
    )
    return _placed(ast.parse(text), descent.lineno)


def _returned(function: ast.FunctionDef) -> list[str]:
    """What the last of its return statements calls the things that it returns."""
    values = [each.value for each in ast.walk(function) if isinstance(each, ast.Return)]
    last = values[-1] if values else None
    things = last.elts if isinstance(last, ast.Tuple) else [last]
    return [each.id if isinstance(each, ast.Name) else "" for each in things]


def _class_of(
    structure: str,
    making: ast.FunctionDef,
    forward: ast.FunctionDef,
    backward: ast.FunctionDef,
    step: ast.FunctionDef,
) -> ast.ClassDef:
    parameters = [_parameters(each) for each in (forward, backward, step)]
    given = [*dict.fromkeys(name for names in parameters for name in names if name != structure)]
    text = _TEXT.format(
        name=_NAME,
        structure=structure,
        begun=", ".join(_parameters(making)),
        making=making.name,
        inputs=", ".join(_parameters(forward)[1:]),
        given=", ".join(given),
        forward=forward.name,
        backward=backward.name,
        step=step.name,
        called_forward=", ".join(parameters[0]),
        called_backward=", ".join(parameters[1]),
        called_step=", ".join(parameters[2]),
    )
    return _placed(ast.parse(text), backward.lineno)


def _placed(tree: ast.Module, line: int) -> ast.ClassDef:
    """The class in a text of ours, at a line of theirs."""
    made = tree.body[0]
    assert isinstance(made, ast.ClassDef)
    for node in ast.walk(made):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]
    return made


def _parameters(function: ast.FunctionDef) -> list[str]:
    """Those without defaults."""
    plain = [each.arg for each in function.args.args]
    return plain[: len(plain) - len(function.args.defaults)]


def _first(function: ast.FunctionDef) -> str:
    return next(iter(_parameters(function)), "")


def _returns(function: ast.FunctionDef) -> bool:
    return any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(function))


def _leaves(function: ast.FunctionDef) -> bool:
    """Whether a function leaves what it computes somewhere, and does not return it."""
    places = [n for n in ast.walk(function) if isinstance(n, (ast.Subscript, ast.Attribute))]
    return any(isinstance(each.ctx, ast.Store) for each in places) and not _returns(function)
