"""Changes of one place in their code after which it would run otherwise: ``+=`` for ``=``, another axis.

Where no edit of a formula gives the numbers that were returned, the judge asks what each of these changes
would give: the one that makes them right says what the mistake was, in their own words and with their line.
This module imports nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType

from nn.judging.code_changes import Step, changes_of, node_at
from nn.judging.structures import made_classes

__all__ = ["Repair", "repaired", "repairs_of"]


@dataclass(frozen=True)
class Repair:
    """A change of one place.

    Attributes:
        function: whose code it changes.
        code: what it becomes.
        name: of the mistake that it mends.
        line: where.
        rank: the simplest have the least.
    """

    function: FunctionType
    code: CodeType
    name: str
    line: int
    rank: int


@contextmanager
def repaired(repair: Repair) -> Iterator[None]:
    """While open, the function runs with the change."""
    before = repair.function.__code__
    repair.function.__code__ = repair.code
    try:
        yield
    finally:
        repair.function.__code__ = before


def repairs_of(
    functions: Sequence[FunctionType], texts: Mapping[str, str], ran: set[tuple[CodeType, int]]
) -> Iterator[Repair]:
    """The changes of lines that ran, the simplest first.

    Args:
        functions: those that ran.
        texts: of the file's parts, by their names.
        ran: lines, with the code that they are of.
    """
    trees: dict[str, list[ast.FunctionDef]] = {}
    found = []
    for function in functions:
        code = function.__code__
        if code.co_filename not in trees:
            trees[code.co_filename] = [*_definitions(texts.get(code.co_filename, ""))]
        node = next((n for n in trees[code.co_filename] if _is_of(n, code)), None)
        if node is not None and {*code.co_freevars} <= {"__class__"}:
            lines = {line for of, line in ran if of is code}
            found += [(function, node, *each) for each in changes_of(node, lines)]
    for function, node, path, changed, name, rank in sorted(found, key=lambda each: each[-1]):
        new = _compiled(node, path, changed, function.__code__)
        if new is not None:
            yield Repair(function, new, name, getattr(node_at(node, path), "lineno", node.lineno), rank)


def _definitions(text: str) -> Iterator[ast.FunctionDef]:
    try:
        tree = ast.parse(text)
        made = made_classes(ast.parse(text))
    except SyntaxError:
        return
    for top in (*tree.body, *made):
        for node in ast.walk(top):
            if isinstance(node, ast.FunctionDef):
                yield node


def _is_of(node: ast.FunctionDef, code: CodeType) -> bool:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return node.name == code.co_name and code.co_firstlineno == first


def _compiled(
    function: ast.FunctionDef, path: Sequence[Step], changed: ast.AST, code: CodeType
) -> CodeType | None:
    """The code of a function with something else at one place."""
    (name, i), owner = path[-1], node_at(function, path[:-1])
    before, decorators = node_at(function, path), function.decorator_list
    for each in ast.walk(changed):  # what is new gets the place of what it stands for
        if isinstance(each, (ast.expr, ast.stmt)) and not hasattr(each, "lineno"):
            ast.copy_location(each, before)
    body: list[ast.stmt] = [function]
    if code.co_freevars:  # super()
        body = [ast.copy_location(ast.ClassDef("Owner", [], [], body, []), function)]
    _put(owner, name, i, changed)
    function.decorator_list = []
    try:
        compiled = compile(ast.Module(body, []), code.co_filename, "exec")
    except (SyntaxError, ValueError, TypeError):
        return None
    finally:
        _put(owner, name, i, before)
        function.decorator_list = decorators
    return _inside(
        compiled, lambda each: each.co_name == code.co_name and each.co_freevars == code.co_freevars
    )


def _put(owner: ast.AST, name: str, i: int | None, node: ast.AST) -> None:
    if i is None:
        setattr(owner, name, node)
    else:
        getattr(owner, name)[i] = node


def _inside(code: CodeType, is_it: Callable[[CodeType], bool]) -> CodeType | None:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            found = each if is_it(each) else _inside(each, is_it)
            if found is not None:
                return found
    return None
