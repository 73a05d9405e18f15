"""What they call the quantities of the backward pass, and on which lines they compute them.

Their functions are run once more, and what their variables hold when a function returns is compared with the
values and cotangents of the right, or the wrong, backward pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.judging.lifted_backward import Flow
from nn.judging.passes import Floats
from nn.judging.seen import Variable, seen_variables
from nn.judging.ways import Way

__all__ = ["in_their_names", "named_by_them", "not_finite", "variables"]

NEAR = 1e-6  # relative, of numbers that are taken for the same


def variables(way: Way, arguments: Mapping[str, Any], dout: Any) -> list[Variable]:
    """The arrays in their variables; none where they cannot be seen."""
    inner = getattr(way, "inner", way)
    if hasattr(inner, "seen"):  # in another process
        found: list[Variable] = inner.seen(arguments, dout)
        return found
    return seen_variables(getattr(inner, "functions", []), lambda: way.run(arguments, dout))


def not_finite(way: Way, arguments: Mapping[str, Any], dout: Any) -> str:
    """Where numbers that are not finite come up first, and of what; "" where that cannot be seen."""
    lines = [
        (line.number, each.name, line)
        for each in variables(way, arguments, dout)
        if not np.isfinite(each.array).all() and (line := each.line) is not None
    ]
    if not lines:
        return ""
    _, name, line = min(lines, key=lambda each: each[0])
    return f" {name} is the first that is not finite, on {line}.{_cause(line.text)}"


def _cause(text: str) -> str:
    """What in a line gives inf or nan."""
    for part, said in (
        ("log", "The logarithm of 0 is -inf, and of a negative number nan: keep its argument above 0."),
        ("exp", "exp of more than 709 is inf: subtract the maximum first."),
        ("/", "A division by 0 is inf, and 0/0 is nan."),
        ("sqrt", "The root of a negative number is nan."),
    ):
        if part in text:
            return f" {said}"
    return ""


def named_by_them(flow: Flow, seen: list[Variable]) -> dict[str, Variable]:
    """By our names of values and cotangents, Z1 and dZ1, the variables that hold them; cotangents may be
    scaled there, if 1/m is put elsewhere."""
    values: dict[str, list[Variable]] = {}
    cotangents: dict[str, list[Variable]] = {}
    gradients = {f"d{block.name}" for block in flow.of.plan.with_role("parameter")}
    for block in flow.of.plan.blocks:
        if block.role == "constant" or not block.name or block.size < 2:
            continue
        if block.role == "formula":
            same = [each for each in seen if _is_same(each.array, flow.value(block), scaled=False)]
            _take(values, block.name, [each for each in same if not _is_gradient(each.name, errors=False)])
        cotangent = flow.cotangent(block)
        same = [each for each in seen if _is_same(each.array, cotangent, scaled=True)]
        same = [each for each in same if _is_gradient(each.name)] or same
        own = [each for each in same if each.name == f"d{block.name}" or each.name not in gradients]
        _take(cotangents, f"d{block.name}", (own or same)[::-1])  # the last of several, as what it came to be
    for name, positions in flow.of.gates.items():
        value, cotangent = flow.of.values[positions], flow.cotangents[positions]
        _take(values, name, [each for each in seen if _is_same(each.array, value, scaled=False)])
        _take(cotangents, f"d{name}", [each for each in seen if _is_same(each.array, cotangent, scaled=True)])
    return _different(cotangents) | {ours: several[0] for ours, several in values.items()}


def _take(found: dict[str, list[Variable]], ours: str, same: list[Variable]) -> None:
    """Of several names first the one that is ours."""
    if same:
        order = sorted(same, key=lambda each: (not each.main, each.name.lower() != ours.lower()))
        found.setdefault(ours, order)


def _different(found: Mapping[str, list[Variable]]) -> dict[str, Variable]:
    """One variable for each, and not the same for two where there is another, as after ``dg = dc``; what is
    nearer to the loss chooses first."""
    chosen = {ours: several[0] for ours, several in found.items()}
    for ours in reversed([*chosen]):
        taken = {each.name for other, each in chosen.items() if other != ours}
        if chosen[ours].name in taken:
            chosen[ours] = next((each for each in found[ours] if each.name not in taken), chosen[ours])
    return chosen


def _is_gradient(name: str, errors: bool = True) -> bool:
    """Whether a name is that of a gradient; an error may be one, or a difference."""
    last = name.rpartition(".")[2].lower()
    if errors and (last.startswith("err") or last.endswith("error")):
        return True
    return last.startswith(("d", "grad", "g_", "delta")) or last.endswith(("_grad", "delta"))


def _is_same(array: Floats, other: Floats, scaled: bool) -> bool:
    if array.size != other.size or not np.any(other):
        return False
    if not (np.isfinite(array).all() and np.isfinite(other).all()):  # what a mistake would give
        return False
    for each in (other, other.T):
        if _long(array.shape) != _long(each.shape):
            continue
        flat, mine = each.ravel(), array.ravel()
        c = float(flat @ mine) / float(flat @ flat) if scaled else 1.0
        if c != 0.0 and np.max(np.abs(mine - c * flat)) <= NEAR * np.max(np.abs(mine), initial=1e-300):
            return True
    return False


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n > 1)


def in_their_names(text: str, names: Mapping[str, Variable]) -> str:
    """A text with their names in place of ours."""
    return re.sub(
        r"(?<![\w.])[A-Za-zμ_][A-Za-z0-9_]*",
        lambda word: names[word[0]].name if word[0] in names and names[word[0]].main else word[0],
        text,
    )
