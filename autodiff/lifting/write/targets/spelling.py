"""Spelling: NumPy source as another array library writes it, as pure functions.

A target says what differs: how its functions are called, how an array is made, how an element is
replaced. The formulas, their order and their names stay those of the NumPy source, which is read as
Python's own syntax tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from autodiff.lifting.write.targets.expressions import Expressions
from autodiff.lifting.write.targets.syntax import arguments_of, as_value, function_of, has_floats

__all__ = ["REDUCE_AT", "Spelling"]

REDUCE_AT = '''
def reduce_at(reduction, start, terms, owner, n):
    """Reduce the terms of each of n owners; an owner without terms gets ``start``."""
    mine = np.arange(n)[:, None] == owner
    mine = mine.reshape((*mine.shape, *(1 for _ in terms.shape[1:])))
    return reduction(np.where(mine, terms, start), axis=1)
'''


class Spelling(Expressions):
    """Rewrites the source of a program for one target.

    Attributes:
        imports: by what the text has that needs them, a pattern, the lines that import it.
        functions: NumPy text of functions that take the place of the program's, or that ``put``, ``take``
            and the like call; they are spelled as all others.
    """

    imports: ClassVar[Mapping[str, str]]
    functions: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.like = "x"  # an array argument of the function at hand, for the type of those that are made
        self.tables: set[str] = set()
        self.lists: set[str] = set()  # of arrays, those of equal layers
        self.guard = "unlike"
        self.messages: list[str] = []

    def spell(self, source: str) -> str:
        """The source for this target."""
        tree = ast.parse(source)
        title, *rest = tree.body
        self._renamed(tree)
        functions = {node.name: node for node in rest if isinstance(node, ast.FunctionDef)}
        tables = [node for node in rest if isinstance(node, ast.Assign)]
        self.tables = {ast.unparse(node.targets[0]) for node in tables}
        self.numbers = {ast.unparse(node.targets[0]) for node in tables if has_floats(node.value)}
        self.pointwise = {
            name
            for name, node in functions.items()
            if name not in ("run", "add_at", "reduce_at") and "axis" not in arguments_of(node)
        }
        words = {*re.findall(r"\w+", source)}
        while self.guard in words:
            self.guard += "_"
        for name in {*functions} & {*self.functions}:
            functions[name] = function_of(self.functions[name])
        spelled = {name: self._spelled(node, tables) for name, node in functions.items()}
        self._complete(spelled)
        run = spelled.pop("run")
        parts = [ast.unparse(node) for node in spelled.values()]
        parts += ["\n".join(map(self.table, tables))] if tables and self.keeps_tables else []
        parts += [re.sub(r"(?m)^    return \((.*)\)$", r"    return \1", ast.unparse(run))]
        imports = [line for word, line in self.imports.items() if re.search(word, "\n".join(parts))]
        parts = ["\n".join(imports), *parts] if imports else parts
        return f'"""{ast.literal_eval(ast.unparse(title))}"""\n\n' + "\n\n\n".join(parts) + "\n"

    keeps_tables: ClassVar[bool] = True  # as arrays beside the functions, which need no argument's type

    def table(self, node: ast.Assign) -> str:
        """The line of a table of numbers beside the functions."""
        return ast.unparse(node)

    def opening(self, node: ast.FunctionDef, tables: Sequence[ast.Assign]) -> list[ast.stmt]:
        """What a function begins with."""
        return []

    def _renamed(self, tree: ast.Module) -> None:
        """Give other names to arrays that are called what the target needs to call something."""
        own = {"abs", "jax", "math", "slice", "sum", self.module, *self.functions}
        words = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        (run,) = (each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "run")
        stored = {*arguments_of(run)}
        stored |= {n.id for n in ast.walk(run) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        new = {}
        for name in sorted(own & stored):
            new[name] = name
            while new[name] in words | own | stored:
                new[name] += "_"
        for each in ast.walk(run):
            if isinstance(each, ast.Name):
                each.id = new.get(each.id, each.id)
            elif isinstance(each, ast.arg):
                each.arg = new.get(each.arg, each.arg)
        text = ast.get_docstring(run, clean=False) or ""
        for old, name in new.items():
            text = re.sub(rf"(?m)^    {old}:", f"    {name}:", text)
        run.body[0] = ast.Expr(ast.Constant(text))

    def _complete(self, spelled: dict[str, ast.FunctionDef]) -> None:
        """Put in front the functions that lines call by now."""
        for name in reversed([*self.functions]):
            text = "\n".join(map(ast.unparse, spelled.values()))
            if name not in spelled and re.search(rf"(?<![\w.]){name}\(", text):
                function = self._spelled(function_of(self.functions[name]), [])
                rest = dict(spelled)
                spelled.clear()
                spelled.update({name: function, **rest})

    def _spelled(self, node: ast.FunctionDef, tables: Sequence[ast.Assign]) -> ast.FunctionDef:
        arguments = arguments_of(node)
        self.like = {"reduce_at": "terms"}.get(node.name, arguments[0] if arguments else "")
        self.in_row = node.name in self.pointwise
        docstring = isinstance(node.body[0], ast.Expr)
        body = [line for old in node.body[docstring:] for line in self._lines(old)]
        first = self.opening(node, tables if node.name == "run" else [])
        node.body = [*node.body[:docstring], *first, *body]
        if node.name == "run" and self.messages:
            self._guarded(node)
        return ast.fix_missing_locations(node)

    def _lines(self, node: ast.stmt) -> list[ast.stmt]:
        found = self.visit(node)
        return found if isinstance(found, list) else [found]

    def _guarded(self, node: ast.FunctionDef) -> None:
        """Say what is nan, and why, behind the shapes."""
        text = ast.get_docstring(node, clean=False) or ""
        why = "".join(f"    - {message}\n" for message in dict.fromkeys(self.messages))
        told = f"{text.rstrip()}\n\n    All of it is nan where one of these holds:\n\n{why}    "
        node.body[0] = ast.Expr(ast.Constant(told))

    def visit_For(self, node: ast.For) -> ast.AST:
        node.body = [line for old in node.body for line in self._lines(old)]
        return node

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        """Nothing is decided by numbers: what a condition saves is computed, what it refuses becomes nan."""
        (first, *_) = node.body
        if not isinstance(first, ast.Raise):
            return [line for old in node.body for line in self._lines(old)]
        assert isinstance(first.exc, ast.Call)
        test = self.visit(node.test)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test = ast.UnaryOp(ast.Invert(), test.operand)
        if self.messages:
            test = ast.BinOp(ast.Name(self.guard), ast.BitOr(), test)
        self.messages.append(ast.literal_eval(first.exc.args[0]))
        return [ast.Assign([ast.Name(self.guard)], test)]

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if isinstance(node.value, ast.Tuple) and isinstance(node.value.elts[1], ast.Dict):
            loss, grads = node.value.elts
            assert isinstance(grads, ast.Dict)
            loss = self.array(self.visit(loss))
            values = [self.visit(value) for value in grads.values]
            if self.messages:
                loss, *values = (self._unless(value) for value in (loss, *values))
            node.value = ast.Tuple([loss, ast.Dict(grads.keys, values)])
            return node
        return self.generic_visit(node)

    def _unless(self, value: ast.expr) -> ast.expr:
        return self.call("where", ast.Name(self.guard), self.call_name("nan"), value)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        (target,) = node.targets
        value = self.visit(node.value)
        if isinstance(target, ast.Subscript):
            whole, value = self._replaced(target, self.array(value), "set")
            return ast.Assign([whole], value)
        if isinstance(value, ast.List):
            self.lists.add(ast.unparse(target))
        return ast.Assign([target], value)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``a += b`` without a change of what else ``a`` is called."""
        value = self.visit(node.value)
        if isinstance(node.target, ast.Subscript):
            whole, value = self._replaced(node.target, self.array(value), "add")
            return ast.Assign([whole], value)
        return ast.Assign([node.target], ast.BinOp(ast.Name(ast.unparse(node.target)), node.op, value))

    def _replaced(self, part: ast.expr, value: ast.expr, how: str) -> tuple[ast.expr, ast.expr]:
        """The array that ``part`` is a part of, and what it becomes with ``value`` there."""
        while isinstance(part, ast.Subscript):
            here = ast.parse(ast.unparse(part.value), mode="eval").body
            value, how = self.replaced(self.visit(here), part.slice, value, how), "set"
            part = part.value
        return part, value

    def replaced(self, whole: ast.expr, index: ast.expr, value: ast.expr, how: str) -> ast.expr:
        """The array with a value put, or added, at an index."""
        if how == "add":
            here = self.visit(ast.parse(ast.unparse(ast.Subscript(whole, index)), mode="eval").body)
            value = ast.BinOp(here, ast.Add(), value)
        return ast.Call(ast.Name("put"), [whole, as_value(index), value], [])
