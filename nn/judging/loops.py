"""Training loops that stand by themselves, at the top level or in a function, as classes that can be judged.

One round of the loop is the step of a network whose weights are the names that it changes; what it computes
before it reads the targets is the forward pass. The statements stay as they are, with their lines. This
module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nn.judging.roles import role_of

__all__ = ["loop_classes"]

Loop = ast.For | ast.While


@dataclass(frozen=True)
class _Found:
    """A loop that learns.

    Attributes:
        loop: the loop whose body is a round.
        before: the statements before it.
        around: the loops that it stands in, itself included.
        function: that it stands in, None at the top level.
    """

    loop: Loop
    before: Sequence[ast.stmt]
    around: Sequence[Loop]
    function: ast.FunctionDef | None


def loop_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """A class for each training loop: its constructor, ``forward`` and ``train``."""
    found = [*_loops(tree.body, None)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found += [*_loops(node.body, node)]
    made: list[ast.ClassDef] = []
    for each in found:
        name = f"loop_in_{each.function.name}" if each.function else "training_loop"
        own = _class_of(each, name)
        if own is not None and name not in {other.name for other in made}:
            made.append(own)
    return made


def _loops(body: Sequence[ast.stmt], function: ast.FunctionDef | None) -> Iterator[_Found]:
    for i, node in enumerate(body):
        inner = node.body if isinstance(node, ast.If) and "__name__" in ast.dump(node.test) else [node]
        for k, each in enumerate(inner):
            if isinstance(each, (ast.For, ast.While)):
                around = [*_learning(each)]
                if around:
                    yield _Found(around[-1], [*body[:i], *inner[:k]], around, function)


def _learning(loop: Loop) -> Iterator[Loop]:
    """The loop, and those inside it down to the one in whose body something is learnt."""
    if any(_changed(each) for each in loop.body):
        yield loop
        return
    for each in loop.body:
        if isinstance(each, (ast.For, ast.While)) and [*_learning(each)]:
            yield loop
            yield from _learning(each)
            return


def _changed(node: ast.stmt) -> str:
    """The name that a statement adds to or subtracts from."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        whole = node.target.value if isinstance(node.target, ast.Subscript) else node.target
        if isinstance(whole, ast.Name) and not isinstance(node.value, ast.Constant):
            return whole.id
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        name, value = node.targets[0].id, node.value
        if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
            sides = [each.id for each in (value.left, value.right) if isinstance(each, ast.Name)]
            return name if name in sides else ""
    return ""


def _read(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]


def _stored(nodes: Sequence[ast.AST]) -> list[str]:
    names = [n for each in nodes for n in ast.walk(each) if isinstance(n, ast.Name)]
    return [*dict.fromkeys(n.id for n in names if isinstance(n.ctx, ast.Store))]


def _class_of(found: _Found, name: str) -> ast.ClassDef | None:
    body = found.loop.body
    given = _rounds(found.around)
    read = [n for each in body for n in _read(each)]
    targets = [n for n in dict.fromkeys([*given, *read]) if role_of(n) == "target" and n not in _stored(body)]
    at = next((i for i, each in enumerate(body) if {*targets} & {*_read(each)}), None)
    if at is None or not at:
        return None
    forward = [each for each in body[:at] if not _is_print(each)]
    output = _output(body[at], targets, _stored(forward))
    if not output:
        return None
    before = [*found.before]
    known = [*_stored(before), *(_parameters(found.function) if found.function else [])]
    data = [n for n in dict.fromkeys(read) if role_of(n) in ("input", "target") and n not in _stored(body)]
    inputs = [n for n in data if n in {r for each in forward for r in _read(each)}]
    kept = [n for n in dict.fromkeys([*read, *_stored(body)]) if n in known and n not in data]
    if not found.function:  # the rest are globals, as they are for the loop
        kept = [n for n in kept if n in _stored(body)]
    weights = {n for each in body if (n := _changed(each))}
    if not weights & {r for each in forward for r in _read(each)}:
        return None
    zeros = [n for n in _stored([*found.around]) if n not in given and n not in _stored(body)]
    start = "\n".join([f"    {n} = self.{n}" for n in kept] + [f"    {n} = 0" for n in zeros])
    end = "\n".join(f"        self.{n} = {n}" for n in kept)
    keep = "\n".join(
        f"    self.{n} = __array([{n}], dtype=float) if isinstance({n}, (int, float)) else {n}"
        if n in weights
        else f"    self.{n} = {n}"
        for n in kept
    )
    more = [n for n in data if n not in known and n in {r for each in before for r in _read(each)}]
    parameters = ", ".join(["self", *(more if found.function else [])])
    text = (
        f"class {name}:\n"
        f"  def __init__({parameters}):\n    from numpy import array as __array\n    ...\n{keep}\n"
        f"  def forward({', '.join(['self', *inputs])}):\n{start}\n    ...\n    return {output}\n"
        f"  def train({', '.join(['self', *data])}):\n{start}\n    for once in (0,):\n        ...\n"
        f"    if True:\n{end or '        pass'}\n"
    )
    made = ast.parse(text).body[0]
    assert isinstance(made, ast.ClassDef)
    init, first, step = (each for each in made.body if isinstance(each, ast.FunctionDef))
    if found.function:
        init.args.args += found.function.args.args
        init.args.defaults = found.function.args.defaults
    _fill(init.body, before if found.function else [])
    _fill(first.body, forward)
    inner = next(each for each in step.body if isinstance(each, ast.For))
    _fill(inner.body, body)
    _placed(made, found.loop.lineno, {id(n) for each in [*body, *before] for n in ast.walk(each)})
    return made


def _placed(made: ast.AST, line: int, theirs: set[int]) -> None:
    """Give what is not theirs the line of the loop."""
    for node in ast.walk(made):
        if hasattr(node, "lineno") and id(node) not in theirs:
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
            node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined]


def _fill(body: list[ast.stmt], statements: Sequence[ast.stmt]) -> None:
    """Put statements where three dots stand."""
    at = next(
        i
        for i, each in enumerate(body)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and each.value.value is ...
    )
    body[at : at + 1] = [*statements] or [ast.Pass(lineno=1, col_offset=0)]


def _rounds(around: Sequence[Loop]) -> list[str]:
    """The names that loops over samples give: of ``for x, t in zip(X, y)``."""
    names: list[str] = []
    for loop in around:
        if isinstance(loop, ast.For) and not _counts(loop.iter):
            names += _stored([loop.target])
    return names


def _counts(iterated: ast.expr) -> bool:
    called = iterated.func if isinstance(iterated, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in ("range", "trange", "xrange", "tqdm")


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [each.arg for each in function.args.args]


def _output(node: ast.stmt, targets: Sequence[str], computed: Sequence[str]) -> str:
    """What is held against the targets: the other side where they stand, or what was computed last."""
    for each in ast.walk(node):
        if isinstance(each, ast.BinOp):
            sides = [s.id for s in (each.left, each.right) if isinstance(s, ast.Name)]
            other = [s for s in sides if s in computed]
            if other and {*targets} & {*sides}:
                return other[0]
    read = [name for name in computed if name in _read(node)]
    return read[-1] if read else ""


def _is_print(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
