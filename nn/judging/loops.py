"""Training loops, at the top level, in a function or in a method, as classes that can be judged.

One round of the loop is the step of a network whose weights are the names that it changes; what it computes
before it reads the targets is the forward pass, and what it calls a loss is that. A method is taken where it
makes its weights itself, ``fit(X, y)``, or where nobody can ask it for one round. The statements stay as they
are, with their lines. This module imports nothing of the library: it is read in the process of a submission,
too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nn.judging.roles import LOSS, STEP, method_named, role_of

__all__ = ["is_loop", "loop_classes", "loop_of_class"]

Loop = ast.For | ast.While


@dataclass(frozen=True)
class _Found:
    """A loop that learns.

    Attributes:
        loop: the loop whose body is a round.
        before: the statements before it.
        around: the loops that it stands in, itself included.
        function: that it stands in, None at the top level.
        owner: the class whose method that is.
    """

    loop: Loop
    before: Sequence[ast.stmt]
    around: Sequence[Loop]
    function: ast.FunctionDef | None
    owner: ast.ClassDef | None = None


def loop_classes(tree: ast.Module) -> list[ast.ClassDef]:
    """A class for each training loop: its constructor, ``forward`` and ``train``."""
    found = [*_loops(tree.body, None)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found += [*_loops(node.body, node)]
        elif isinstance(node, ast.ClassDef):
            found += _of_class(node)
    made: list[ast.ClassDef] = []
    for each in found:
        name = f"loop_in_{each.function.name}" if each.function else "training_loop"
        name = loop_of_class(each.owner.name) if each.owner else name
        own = _class_of(each, name)
        if own is not None and name not in {other.name for other in made}:
            made.append(own)
    return made


def is_loop(name: str) -> bool:
    """Whether a class of this name is made of a loop."""
    return name == "training_loop" or name.startswith("loop_in_")


def loop_of_class(name: str) -> str:
    """What the class of the loop in a method of a class is called."""
    return f"loop_in_class_{name}"


def _of_class(owner: ast.ClassDef) -> Iterator[_Found]:
    """The loop in the method of a class that trains it, if it makes the weights, too, or counts its rounds by
    something that is no argument."""
    methods = {each.name: each for each in owner.body if isinstance(each, ast.FunctionDef)}
    step = methods.get(method_named(STEP, methods))
    for found in _loops(step.body, step) if step else ():
        made = {_name(t) for each in found.before for t in _targets(each)}
        outer = found.around[0]
        rounds = outer.iter if isinstance(outer, ast.For) else outer.test
        asked = any(role_of(n) == "epochs" for n in _read(rounds) if n in _parameters(step))
        if made & {*_changes(found.loop.body)} or not (asked or _rounds([outer])):
            yield _Found(found.loop, found.before, found.around, found.function, owner)
            return


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
    if _changes(loop.body):
        yield loop
        return
    for each in loop.body:
        if isinstance(each, (ast.For, ast.While)) and [*_learning(each)]:
            yield loop
            yield from _learning(each)
            return


def _changes(body: Sequence[ast.stmt]) -> list[str]:
    """The names that statements add to or subtract from, weights it may be."""
    return [name for each in body if (name := _changed(each))]


def _changed(node: ast.stmt) -> str:
    """The name that a statement adds to or subtracts from."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Add, ast.Sub)):
        return "" if isinstance(node.value, ast.Constant) else _name(node.target)
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and not isinstance(node.targets[0], ast.Tuple):
        name, value = _name(node.targets[0]), node.value
        if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
            return name if name in (_name(value.left), _name(value.right)) else ""
    return ""


def _name(node: ast.expr) -> str:
    """The name of ``w``, ``w[i]``, ``self.w`` and ``self.w[i]``; "" of all else."""
    whole = node.value if isinstance(node, ast.Subscript) else node
    if isinstance(whole, ast.Name):
        return whole.id
    is_own = isinstance(whole, ast.Attribute) and isinstance(whole.value, ast.Name)
    return ast.unparse(whole) if is_own and ast.unparse(whole).startswith("self.") else ""


def _targets(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [t for each in targets for t in (each.elts if isinstance(each, ast.Tuple) else [each])]


def _read(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]


def _stored(nodes: Sequence[ast.AST]) -> list[str]:
    names = [n for each in nodes for n in ast.walk(each) if isinstance(n, ast.Name)]
    return [*dict.fromkeys(n.id for n in names if isinstance(n.ctx, ast.Store))]


def _class_of(found: _Found, name: str) -> ast.ClassDef | None:
    body = [*_begun(found), *found.loop.body]
    given = _rounds(found.around)
    read = [n for each in body for n in _read(each)]
    stored = _stored(body)
    zeros = [n for n in _stored([*found.around]) if n not in given and n not in stored]
    read = [n for n in read if n not in zeros]
    targets = [n for n in dict.fromkeys([*given, *read]) if role_of(n) == "target" or n in _signs(found)]
    at = next((i for i, e in enumerate(body) if {*targets} & {*_read(e)} and not _is_of_data(e)), None)
    loss = _loss(body, targets)
    if at:
        forward = [each for each in body[:at] if not _is_print(each)]
        output = _output(body[at], targets, _stored([e for e in forward if not _is_of_data(e)]))
    elif loss:  # no output without targets, as where a margin is y·(w·x + b): the forward pass is the loss
        forward, output, loss = loss[0], ast.unparse(loss[1]), None
    else:
        forward, output = [], _loss_of(found.owner, read) or (_held_to(body[0], targets) if at == 0 else "")
    if not output:
        return None
    before, function = [*found.before], found.function
    parameters = _parameters(function) if function else []
    known = [*_stored(before), *parameters]
    data = [n for n in dict.fromkeys(read) if role_of(n) in ("input", "target") and n not in stored]
    computing = {r for each in (*forward, ast.parse(output)) for r in _read(each)}
    inputs = [n for n in data if n in computing]
    kept = [n for n in dict.fromkeys([*read, *stored]) if n in known and n not in (*data, "self")]
    if not function:  # the rest are globals, as they are for the loop
        kept = [n for n in kept if n in (*stored, *_changes(body))]
    weights = {*_changes(body)}
    own = any(each.startswith("self.") for each in weights)
    if not own and not weights & computing:
        return None
    start = "\n".join([f"    {n} = self.{n}" for n in kept] + [f"    {n} = 0" for n in zeros])
    end = "\n".join(f"        self.{n} = {n}" for n in kept)
    keep = "\n".join(
        f"    self.{n} = __array([{n}], dtype=float) if isinstance({n}, (int, float)) else {n}"
        if n in weights
        else f"    self.{n} = {n}"
        for n in kept
    )
    more = [n for n in data if n not in known and n in {r for each in before for r in _read(each)}]
    first = _parameters(_method(found.owner, "__init__")) if found.owner else []
    called = "".join(f", {n}={n}" for n in first[1:])
    text = (
        f"class {name}{f'({found.owner.name})' if found.owner else ''}:\n"
        f"  def __init__({', '.join(['self', *(more if function else [])])}):\n"
        f"    {f'{found.owner.name}.__init__(self{called})' if found.owner else 'pass'}\n"
        f"    from numpy import array as __array\n    ...\n{keep}\n"
        f"  def forward({', '.join(['self', *inputs])}):\n{start}\n    from numpy import sum as __sum\n"
        f"    ...\n    return {output}\n"
        f"  def train({', '.join(['self', *data])}):\n{start}\n    for once in (0,):\n        ...\n"
        f"    if True:\n{end or '        pass'}\n"
    )
    if loss:
        text += f"  def loss({', '.join(['self', *data])}):\n{start}\n"
        text += "    from numpy import sum as __sum\n    ...\n    return (...)\n"
    made = ast.parse(text).body[0]
    assert isinstance(made, ast.ClassDef)
    init, run, step, *others = (each for each in made.body if isinstance(each, ast.FunctionDef))
    _add_parameters(init, _method(found.owner, "__init__"))
    _add_parameters(init, function, {*kept, *(r for each in before for r in _read(each))})
    _fill(init.body, before if function else [])
    _fill(run.body, forward)
    inner = next(each for each in step.body if isinstance(each, ast.For))
    _fill(inner.body, body)
    for each in others:
        assert loss and isinstance(each.body[-1], ast.Return)
        each.body[-1].value = loss[1]
        _fill(each.body, loss[0])
    _placed(made, found.loop.lineno, {id(n) for each in [*body, *before] for n in ast.walk(each)})
    return made


def _signs(found: _Found) -> list[str]:
    """What a method makes of its targets before it learns, such as -1 and 1 of 0 and 1."""
    made = [each for each in found.before if re.search(r"where\(|sign\(|[<>]", ast.unparse(each))]
    return _stored([e for e in made if found.owner and any(role_of(n) == "target" for n in _read(e))])


def _loss_of(owner: ast.ClassDef | None, known: Sequence[str]) -> str:
    """The call of the method that is the loss of a class, if it takes what the loop reads; else ""."""
    methods = [each for each in owner.body if isinstance(each, ast.FunctionDef)] if owner else []
    name = method_named(LOSS, [each.name for each in methods])
    taken = _parameters(_method(owner, name))[1:]
    return f"self.{name}({', '.join(taken)})" if taken and {*taken} <= {*known} else ""


def _begun(found: _Found) -> Iterator[ast.stmt]:
    """The statements of loops around it that begin what a round adds to: ``error = 0``."""
    changed = {*_changes(found.loop.body)} - {*_stored(found.before)}
    for outer, inner in zip(found.around, found.around[1:]):
        for each in outer.body[: outer.body.index(inner)]:
            if isinstance(each, ast.Assign) and {*_stored([each])} & changed:
                yield each


def _method(owner: ast.ClassDef | None, name: str) -> ast.FunctionDef | None:
    methods = [each for each in owner.body if isinstance(each, ast.FunctionDef)] if owner else []
    return next((each for each in methods if each.name == name), None)


def _add_parameters(
    init: ast.FunctionDef, other: ast.FunctionDef | None, needed: set[str] | None = None
) -> None:
    """Take the parameters of another function, too, by their names alone; of some those that are needed."""
    if other is None:
        return
    known = {each.arg for each in (*init.args.args, *init.args.kwonlyargs)}
    plain = other.args.args
    defaults = [*[None] * (len(plain) - len(other.args.defaults)), *other.args.defaults]
    for each, default in zip(plain, defaults):
        if each.arg not in known and (needed is None or each.arg in needed):
            init.args.kwonlyargs.append(each)
            init.args.kw_defaults.append(default)


def _is_of_data(node: ast.stmt) -> bool:
    """Whether a statement only takes inputs or targets out of others, a batch, and computes nothing."""
    stored = _stored([node])
    computes = any(isinstance(each, ast.BinOp) for each in ast.walk(node))
    return bool(stored) and not computes and all(role_of(name) in ("input", "target") for name in stored)


def _loss(body: Sequence[ast.stmt], targets: Sequence[str]) -> tuple[list[ast.stmt], ast.expr] | None:
    """What is called a loss there, with the statements that it takes; None if nothing is."""
    for i in reversed(range(len(body))):
        value = _called_loss(body[i])
        if value is None:
            continue
        needed = {*_read(value)}
        taken: list[ast.stmt] = []
        for each in reversed(body[:i]):
            plain = {*_stored([each])} | {_name(t) for t in _targets(each)}
            if isinstance(each, ast.AugAssign):
                plain.add(_name(each.target))
            if plain & needed and not _is_print(each) and not _is_a_step(each, body):
                needed |= {*_read(each)}
                taken.insert(0, each)
        if {*targets} & needed:
            return taken, value
    return None


def _called_loss(node: ast.stmt) -> ast.expr | None:
    """The loss in ``loss = …``, ``loss += …`` and ``losses.append(…)``."""
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        name = target.id if isinstance(target, ast.Name) else ""
        if re.search("err", name.lower()) and re.search(r"\*\* 2|square\(|log\(", ast.unparse(node.value)):
            whole = ast.Call(ast.Name("__sum", ast.Load()), [node.value], [])
            return ast.fix_missing_locations(ast.copy_location(whole, node.value))
        is_loss = name and method_named((*LOSS, "j"), [name])
        return node.value if is_loss and not isinstance(node.value, ast.Constant) else None
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append":
        kept = ast.unparse(call.func.value).lower()
        computed = call.args and not isinstance(call.args[0], (ast.Name, ast.Constant))
        said = kept + ast.unparse(call.args[0]).lower() if computed else ""
        return call.args[0] if "loss" in said or "cost" in said else None
    return None


def _is_a_step(node: ast.stmt, body: Sequence[ast.stmt]) -> bool:
    """Whether a statement changes what the loop was begun with."""
    name = _changed(node)
    plain = {_name(t) for each in body if not _changed(each) for t in _targets(each)}
    return bool(name) and name not in plain


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


def _parameters(function: ast.FunctionDef | None) -> list[str]:
    return [each.arg for each in function.args.args] if function else []


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


def _held_to(node: ast.stmt, targets: Sequence[str]) -> str:
    """What targets are subtracted from, or it from them, in one formula: ``X.T @ (X @ w - y)``; else ""."""
    for each in ast.walk(node):
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub):
            for one, other in ((each.left, each.right), (each.right, each.left)):
                if isinstance(one, ast.Name) and one.id in targets:
                    return ast.unparse(other)
    return ""


def _is_print(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
