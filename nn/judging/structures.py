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
from nn.judging.roles import BACKWARD, FORWARD, STEP, stem

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
    return [*loop_classes(tree), *_of_functions(functions)]


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
    made = ast.parse(text).body[0]
    assert isinstance(made, ast.ClassDef)
    for node in ast.walk(made):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = backward.lineno  # type: ignore[attr-defined]
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
