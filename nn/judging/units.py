"""What there is to judge in a file, by the names and parameters of what it defines."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nn.diagnosing.calling import NAMES
from nn.judging.definitions import Piece
from nn.judging.loops import is_loop, loop_of_class
from nn.judging.roles import (
    BACKWARD,
    FORWARD,
    LOSS,
    PENALTY,
    STEP,
    is_a_loss,
    method_named,
    role_of,
    slope_of,
    stem,
)
from nn.judging.rules import RULES, rule_of, rules_in
from nn.judging.structures import called_by, is_of_functions, made_classes

__all__ = ["SIZES", "Defined", "Unit", "defined_in", "of_no_loss", "units_of"]

SIZES = r"(layer_?)?(dims?|sizes?|units|neurons)"  # where a constructor takes as many as one likes
_PENALTY = rf"{PENALTY}|mu|alpha|beta|gamma|[cC]"
SCALAR = ("__add__", "__mul__")


@dataclass(frozen=True)
class Defined:
    """A function or a class, as its text says.

    Attributes:
        name: of it.
        parameters: those without defaults, without ``self``; of a class those of its constructor.
        optional: those with defaults, with these where they are numbers or texts.
        node: its syntax tree.
        methods: of a class, those of classes that it is made of, too.
        returns: what its last return of several things calls them.
    """

    name: str
    parameters: tuple[str, ...]
    optional: Mapping[str, Any]
    node: ast.AST
    methods: Mapping[str, Defined] = field(default_factory=dict)
    returns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unit:
    """Something to judge.

    Attributes:
        title: for people.
        kind: "functions", "slope", "class", "twin", "rule" or "scalar".
        names: of the functions, or of the class or object, and perhaps of the loss.
        members: these, and of a class its methods that are used.
        init: the constructor of a class.
        made: an object of the class that the file makes, "" if it makes none.
        called: functions whose results a method hands on.
    """

    title: str
    kind: str
    names: tuple[str, ...]
    members: tuple[Defined, ...] = ()
    init: Defined | None = None
    made: str = ""
    called: tuple[Defined, ...] = ()


def defined_in(pieces: Sequence[Piece]) -> dict[str, Defined]:
    """The functions and classes at the top level, by name; the last of each name."""
    found: dict[str, Defined] = {}
    for _, text in pieces:
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        found |= {each.name: _class(each, {}) for each in made_classes(ast.parse(text))}
        for node in _top(tree.body):
            if isinstance(node, ast.FunctionDef):
                found[node.name] = _function(node)
            elif isinstance(node, ast.ClassDef):
                found[node.name] = _class(node, found)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = _function(node.value, name=target.id)
    return found


def units_of(
    defined: Mapping[str, Defined], objects: Mapping[str, str], chosen: Mapping[str, str]
) -> tuple[list[Unit], list[str]]:
    """What can be judged, and what could not be told.

    Args:
        defined: functions and classes.
        objects: names of objects at the top level, with their classes.
        chosen: names that somebody said, by "forward", "loss" and "backward", or "class".
    """
    functions = {name: each for name, each in defined.items() if not isinstance(each.node, ast.ClassDef)}
    if chosen:
        return [_chosen(defined, chosen)], []
    units = [*_for_twins(functions)]
    used = {name for unit in units for name in unit.names}
    doubts: list[str] = []
    for name, each in defined.items():
        if isinstance(each.node, ast.ClassDef) and not is_loop(name):
            loop = defined.get(loop_of_class(name))
            units += [_of_loop(f"{name}: a round", loop)] if loop else _of_class(name, each, defined, objects)
            used |= called_by(each.node) if is_of_functions(name) else set()
    for name, each in functions.items():
        base = functions.get(slope_of(name))
        if name not in used and base is not None and _is_slope(base, each):
            units.append(Unit(f"{base.name}, {name}", "slope", (base.name, name), (base, each)))
            used.add(name)
    for name, each in functions.items():
        if name in used:
            continue
        what = stem(name, BACKWARD)
        if what is None or name in ("grad",):
            continue
        unit, doubt = (
            _pair(each, what, functions)
            if slope_of(name) in functions or not _gives_both(each)
            else (None, "")
        )
        if unit is not None:
            units.append(unit)
            used |= {*unit.names}
        elif doubt:
            doubts.append(doubt)
    for name, each in functions.items():
        if name not in used and _gives_both(each):
            units.append(Unit(name, "functions", (name,), (each,)))
            used.add(name)
    units = [each for each in units if not any(_is_a_step_of(each, other) for other in units)]
    return units or [*_of_loops(defined)], doubts


def _is_a_step_of(one: Unit, other: Unit) -> bool:
    """Whether a pair is what another one does in each step: its backward pass is called there, and adds to
    gradients that it is given."""
    if one is other or one.kind != "functions" or len(one.members) < 2:
        return False
    step, whole = one.members[-1], other.members[-1]
    calls = {
        each.func.id
        for each in ast.walk(whole.node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }
    added = [node.target for node in ast.walk(step.node) if isinstance(node, ast.AugAssign)]
    into = {
        each.value.id
        for each in added
        if isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name)
    }
    return step.name in calls and bool(into & {*step.parameters} - {*one.members[0].parameters})


def _is_slope(base: Defined, each: Defined) -> bool:
    """Whether something called the derivative of a function is that of one number, or that of a loss by
    predictions; a loss with a logarithm is often taken together with the function before it."""
    if len(base.parameters) == len(each.parameters) == 1:
        return True
    targets = [name for name in base.parameters if role_of(name) == "target"]
    is_loss = method_named(LOSS, [base.name]) and "log" not in ast.unparse(base.node)
    same = len(base.parameters) == 2 and {*base.parameters} == {*each.parameters}
    return bool(is_loss) and same and len(targets) == 1


def _of_loops(defined: Mapping[str, Defined]) -> Iterator[Unit]:
    """Training loops that stand by themselves; if there is nothing else."""
    for name, each in defined.items():
        if is_loop(name) and not name.startswith(loop_of_class("")):
            yield _of_loop(name.replace("_", " "), each)


def _of_loop(title: str, each: Defined) -> Unit:
    members = (each.methods[method] for method in ("forward", "loss", "train") if method in each.methods)
    return Unit(title, "class", (each.name,), tuple(members), each)


def _top(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements at the top level, also those inside an if or a try."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            yield from _top([*node.body, *node.orelse])


def _function(node: ast.FunctionDef | ast.Lambda, is_method: bool = False, name: str = "") -> Defined:
    arguments = node.args
    plain = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in decorators)
    first = 1 if is_method and not static else 0
    count = len(plain) - len(arguments.defaults)
    optional = dict(zip(plain[count:], map(_literal, arguments.defaults)))
    if arguments.vararg is not None and re.fullmatch(SIZES, arguments.vararg.arg):
        plain, count = [*plain[:count], arguments.vararg.arg, *plain[count:]], count + 1
    only = {each.arg: each_default for each, each_default in zip(arguments.kwonlyargs, arguments.kw_defaults)}
    optional.update({name: _literal(each) for name, each in only.items() if each is not None})
    needed = [*plain[first:count], *(name for name, each in only.items() if each is None)]
    returns = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
    tuples = [each for each in returns if isinstance(each, ast.Tuple)]
    names = [_called(each) for each in tuples[-1].elts] if tuples else []
    called = node.name if isinstance(node, ast.FunctionDef) else name
    return Defined(called, tuple(needed), optional, node, {}, tuple(names))


def _called(node: ast.expr) -> str:
    """What a thing that is returned is called, also over a number of samples, ``loss / n``: a dict, tuple or
    list of gradients is "grads"."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _called(node.left)
    if isinstance(node, ast.Name):
        return node.id
    names = [ast.unparse(each) for each in (*getattr(node, "elts", []), *getattr(node, "values", []))]
    names += [str(each.value) for each in getattr(node, "keys", []) if isinstance(each, ast.Constant)]
    names += [ast.unparse(each.value) for each in getattr(node, "keywords", [])]  # dict(W=dW)
    return "grads" if any(each.startswith(("d", "grad")) for each in names) else ""


def _class(node: ast.ClassDef, known: Mapping[str, Defined]) -> Defined:
    methods: dict[str, Defined] = {}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in known:
            methods.update(known[base.id].methods)
    methods.update(
        {each.name: _function(each, True) for each in node.body if isinstance(each, ast.FunctionDef)}
    )
    init = methods.get("__init__")
    return Defined(node.name, init.parameters if init else (), init.optional if init else {}, node, methods)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _for_twins(functions: Mapping[str, Defined]) -> Iterator[Unit]:
    """``backward(twin, cache, dA)`` and rules for networks of the library."""
    for name, each in functions.items():
        what = {known for known, names in NAMES.items() for p in each.parameters if p in names}
        if name == "backward" and len(each.parameters) == 3 == len(what) and {"twin", "cache"} <= what:
            yield Unit(name, "twin", (name,), (each,))
        elif (name in RULES and 1 <= len(each.parameters) <= 4) or rule_of("", each.parameters) in rules_in(
            name
        ):
            yield Unit(name, "rule", (name,), (each,))


def _of_class(
    name: str, each: Defined, defined: Mapping[str, Defined], objects: Mapping[str, str]
) -> Iterator[Unit]:
    names = [method for method in each.methods if not method.startswith("__")]
    if name == "Value" or ({*SCALAR} & {*each.methods} and "backward" in each.methods):
        yield Unit(name, "scalar", (name,), (each,))
        return
    backward, step = method_named(BACKWARD, names), method_named(STEP, names)
    loss = method_named(LOSS, names)
    forward = method_named(FORWARD, [*names, *(["__call__"] if "__call__" in each.methods else [])])
    if not forward and loss and backward and is_a_loss(each.methods[loss].parameters):
        forward, loss = loss, ""
    both = bool(loss) and any(
        map(_gives_both, (each.methods[loss], *_handed_on(each.methods[loss], defined)))
    )
    if not both and not ((backward or step) and forward):
        return
    if any(_is_made_by(other, name) for other in defined.values()):
        return  # others say what it is made with
    if any(_raises_only(each.methods[method]) for method in (forward, loss, backward or step) if method):
        return  # the base of others
    used = [loss] if both else [forward, loss, backward, *([] if backward else [step])]
    members = tuple(each.methods[method] for method in used if method)
    made = [other for other, kind in objects.items() if kind == name]
    called = tuple(
        handed for method in used if method for handed in _handed_on(each.methods[method], defined)
    )
    title = name.replace("_", " ") if is_of_functions(name) else name
    yield Unit(title, "class", (name,), members, each, made[0] if made else "", called)


def _pair(each: Defined, what: str, functions: Mapping[str, Defined]) -> tuple[Unit | None, str]:
    """A backward pass with the forward pass that belongs to it; or why none can be told."""
    others = {name: found for name, found in functions.items() if name != each.name}
    forwards = {name: found for name, found in others.items() if stem(name, FORWARD) is not None}
    exact = [name for name in forwards if stem(name, FORWARD) == what]
    exact += [what] if what in others else []
    losses = [name for name in others if method_named(LOSS, [name])]
    if not exact and not what:
        exact = [*forwards] if len(forwards) == 1 else []
    if not exact:
        needed = {name for name in each.parameters if not re.fullmatch(_PENALTY, name)}
        same = [n for n in losses if needed <= {*functions[n].parameters, *functions[n].optional}]
        near = [n for n in same if stem(n, LOSS) == what] or same
        if len(near) == 1:
            first = functions[near[0]]
            return Unit(f"{near[0]}, {each.name}", "functions", (near[0], each.name), (first, each)), ""
        near = [name for name in forwards if what and (what in name or str(stem(name, FORWARD)) in each.name)]
        exact = near[:1] if len(near) == 1 else []
    if not exact and what:
        near = [n for n, f in forwards.items() if not str(stem(n, FORWARD))]
        exact = near if len(near) == 1 else []
    if not exact and len(forwards) == 1 and any(role_of(p) in ("cache", "output") for p in each.parameters):
        exact = [*forwards]
    if not exact:
        return None, (
            f"{each.name}({', '.join(each.parameters)}) looks like a backward pass, and it could not be told "
            f"which forward pass it belongs to (there are: {', '.join(forwards) or 'none'})."
        )
    first = functions[exact[0]]
    if first.name in losses:
        return Unit(f"{first.name}, {each.name}", "functions", (first.name, each.name), (first, each)), ""
    if not any(role_of(p) in ("output", "target") or p in first.returns for p in each.parameters):
        return Unit(f"{first.name}, {each.name}", "functions", (first.name, each.name), (first, each)), ""
    if any(p not in first.parameters and role_of(p) == "cotangent" for p in each.parameters):
        return Unit(f"{first.name}, {each.name}", "functions", (first.name, each.name), (first, each)), ""
    cost = [n for n in losses if stem(n, LOSS) == what] or [
        n
        for n in losses
        if any(role_of(p) == "target" for p in functions[n].parameters) and stem(n, BACKWARD) is None
    ]
    cost.sort(key=lambda n: _distance(str(stem(n, LOSS)), what))
    if not cost:
        return Unit(f"{first.name}, {each.name}", "functions", (first.name, each.name), (first, each)), ""
    between = _between(first, functions[cost[0]], functions)
    names = (first.name, *([between] if between else []), cost[0], each.name)
    return Unit(", ".join(names), "functions", names, (first, functions[cost[0]], each)), ""


def _between(first: Defined, cost: Defined, functions: Mapping[str, Defined]) -> str:
    """The function that makes of the output what a loss takes, where that is done outside of both, as in
    ``y_hat = softmax(z)``; "" if none does."""
    known = (*first.parameters, *first.optional, *first.returns)
    left = [name for name in cost.parameters if name not in known and role_of(name) != "target"]
    for function in functions.values():
        for node in ast.walk(function.node):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1:
                called, given = ast.unparse(node.value.func), [ast.unparse(e) for e in node.value.args]
                if (
                    ast.unparse(node.targets[0]) in left
                    and called in functions
                    and given == [*first.returns[:1]]
                ):
                    return called
    return ""


def of_no_loss(unit: Unit) -> list[str]:
    """What a gradient takes for a penalty, and its loss does not: such a term its loss lacks."""
    if unit.kind != "functions" or len(unit.members) != 2:
        return []
    loss, gradient = unit.members
    if not method_named(LOSS, [loss.name, *filter(None, loss.returns)]):
        return []
    own = (name for name in gradient.parameters if re.fullmatch(_PENALTY, name))
    return [name for name in own if name not in (*loss.parameters, *loss.optional)]


def _distance(one: str, other: str) -> tuple[int, int]:
    """How many words a name has that the other has not, and then, how few they have in common."""
    words, others = ({*each.lower().split("_")} - {""} for each in (one, other))
    return len(words - others), -len(words & others)


def _gives_both(each: Defined) -> bool:
    """Whether a function returns a loss and gradients, by the names of what it returns."""
    returns = each.returns
    if len(returns) < 2:
        return False
    loss = any(method_named(LOSS, [name]) or name.lower() in ("j", "l", "e") for name in returns if name)
    gradient = any(
        name.lower().startswith(("d", "grad", "g_", "nabla")) or name.lower().endswith("grad")
        for name in returns
        if name
    )
    named = re.search(r"(loss|cost).*grad|grad.*(loss|cost)|forward.*backward", each.name.lower())
    both = bool(named) or (len(returns) == 2 and returns[-1] == "" and _is_a_product(each.node))
    is_called_a_loss = bool(method_named(LOSS, [each.name])) and (gradient or not any(returns))
    return (loss and (gradient or both)) or is_called_a_loss


def _handed_on(each: Defined, defined: Mapping[str, Defined]) -> Iterator[Defined]:
    """The function whose results a method hands on: ``return svm_loss(self.W, X, y)``."""
    for node in ast.walk(each.node):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Call):
            name = ast.unparse(node.value.func)
            yield from [defined[name]] if name in defined else []


def _is_a_product(node: ast.AST) -> bool:
    """Whether the last thing that a function returns is a product with something transposed, X.T @ d: it has
    no name, and is a gradient, and no accuracy."""
    returned = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
    tuples = [each for each in returned if isinstance(each, ast.Tuple)]
    text = ast.unparse(tuples[-1].elts[-1]) if tuples else ""
    return bool(re.search(r"\.T\b|transpose|outer", text)) and not re.search("==|argmax|accuracy", text)


def _is_made_by(other: Defined, base: str) -> bool:
    """Whether a class is made of a base by a constructor of its own."""
    node = other.node
    if not isinstance(node, ast.ClassDef) or other.name == base:
        return False
    own = any(isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in node.body)
    return own and any(isinstance(each, ast.Name) and each.id == base for each in node.bases)


def _raises_only(each: Defined) -> bool:
    """Whether a method is only there to be written by others; some return the error."""
    body = getattr(each.node, "body", [])
    return all(
        isinstance(node, (ast.Raise, ast.Pass)) or _is_text(node) or "NotImplemented" in ast.unparse(node)
        for node in body
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _chosen(defined: Mapping[str, Defined], chosen: Mapping[str, str]) -> Unit:
    names = tuple(chosen[role] for role in ("class", "forward", "loss", "backward") if role in chosen)
    members = tuple(defined[name] for name in names if name in defined)
    if "class" in chosen and chosen["class"] in defined:
        each = defined[chosen["class"]]
        return Unit(", ".join(names), "class", names, tuple(each.methods.values()), each)
    return Unit(", ".join(names), "functions", names, members)
