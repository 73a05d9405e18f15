"""Subscripts: a function's code in which labels may index lists and plain arrays, too.

An Array is asked what ``A[k]`` is; a list is not, and would have to know the number. So the source of a
function is compiled anew with ``a[k]`` as a call of ``autodiff.staging.elements``, if compiled as it is it
gives the code that the function has.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import textwrap
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType

from autodiff.staging.elements import ELEMENT, PLACES

__all__ = ["with_subscripts"]

FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


def with_subscripts(function: FunctionType) -> CodeType:
    """The code of a function with its subscripts as calls; as it is, where there is no source of it."""
    code, names = function.__code__, function.__globals__
    modules = tuple(name for name, each in names.items() if isinstance(each, ModuleType))
    return _compiled(code, code.co_filename, modules)


@lru_cache(maxsize=1024)
def _compiled(code: CodeType, file: str, modules: tuple[str, ...]) -> CodeType:
    # The file belongs to what is kept: Python takes code of two files for equal if it reads the same.
    try:
        lines, first = inspect.getsourcelines(code)
        (node,) = ast.parse(textwrap.dedent("".join(lines))).body
    except (OSError, SyntaxError, ValueError, TypeError):
        return code
    if not isinstance(node, ast.FunctionDef) or not any(
        isinstance(each, ast.Subscript) for each in ast.walk(node)
    ):
        return code
    node.decorator_list = []
    ast.increment_lineno(node, first - 1)
    if not _are_alike(code, _inside(node, code, modules)):  # the file has changed, or names are mangled
        return code
    changed = _inside(_Subscripts().visit(node), code, modules)
    return changed if changed.co_freevars == code.co_freevars else code


class _Subscripts(ast.NodeTransformer):
    """``a[k]`` that is read as ``__element__(a, __places__[k])``, unless an element of it is assigned to."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if not isinstance(node.ctx, ast.Load):
            self._visit_places(node)
            return node
        self.generic_visit(node)
        places = ast.Subscript(ast.Name(PLACES, ast.Load()), node.slice, ast.Load())
        call = ast.Call(ast.Name(ELEMENT, ast.Load()), [node.value, places], [])
        return ast.copy_location(call, node)

    def _visit_places(self, node: ast.expr) -> None:
        """``table[k][j] = v`` changes ``table[k]``, which has to be the very row."""
        while isinstance(node, (ast.Subscript, ast.Attribute)):
            if isinstance(node, ast.Subscript):
                node.slice = self.visit(node.slice)
            node = node.value


def _inside(node: ast.FunctionDef, code: CodeType, modules: tuple[str, ...]) -> CodeType:
    """The code of a definition, compiled where the free names of ``code`` are free, and these are modules,
    whose functions are called in another way than methods."""
    free = [ast.arg(name) for name in code.co_freevars]
    around = ast.FunctionDef(
        name="around",
        args=ast.arguments(posonlyargs=[], args=free, kwonlyargs=[], kw_defaults=[], defaults=[]),
        body=[node],
        decorator_list=[],
    )
    imported = [ast.Import([ast.alias(name)]) for name in modules]
    module = ast.fix_missing_locations(ast.Module([*imported, around], []))
    flags = code.co_flags & FUTURE
    compiled = compile(module, code.co_filename, "exec", flags=flags, dont_inherit=True)
    return _code_in(_code_in(compiled))


def _code_in(code: CodeType) -> CodeType:
    return next(each for each in reversed(code.co_consts) if isinstance(each, CodeType))


def _are_alike(one: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same with the same names."""
    if len(one.co_consts) != len(other.co_consts):
        return False
    inner = [
        _are_alike(a, b) if isinstance(a, CodeType) and isinstance(b, CodeType) else repr(a) == repr(b)
        for a, b in zip(one.co_consts, other.co_consts)
    ]
    names = ("co_code", "co_names", "co_varnames", "co_cellvars", "co_freevars")
    return all(inner) and all(getattr(one, name) == getattr(other, name) for name in names)
