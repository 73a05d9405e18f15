"""What the code says of a parameter: what it is compared with, taken apart into, or multiplied by."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from nn.judging.making import GLOBAL
from nn.judging.roles import LOSS, PENALTY, method_named
from nn.judging.units import Defined, Unit

__all__ = [
    "compared",
    "function_for",
    "is_asked",
    "keys_read",
    "parts_of",
    "penalties",
    "switches",
    "unpacked",
]


def compared(name: str, members: Sequence[Defined]) -> str | None:
    """A text with which the code compares a parameter: ``activation == "relu"``."""
    for each in members:
        for node in ast.walk(each.node):
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == name:
                other = node.comparators[0]
                if isinstance(other, ast.Constant) and isinstance(other.value, str):
                    return other.value
    return None


def function_for(name: str, text: str) -> str:
    """A function of the file for a parameter such as activation or activation_prime; "" if there is none."""
    slope = "(?:prime|derivative|deriv|grad|gradient)"
    named = re.fullmatch(r"(\w+)_(?:func|fn|function)", name)
    if named and re.search(rf"^def {named[1]}\(", text, re.MULTILINE):
        return f"{GLOBAL}{named[1]}"
    pairs = re.findall(rf"^def (\w+?)_({slope})\(", text, re.MULTILINE)
    pairs = [(base, end) for base, end in pairs if re.search(rf"^def {base}\(\w+\)", text, re.MULTILINE)]
    if not pairs or not re.search(r"activation|func|\bact\b|^[fg](_|$)|^d[fg]$", name):
        return ""
    base, end = pairs[0]
    return f"{GLOBAL}{base}_{end}" if re.search(rf"{slope}|^d[fg]$", name) else f"{GLOBAL}{base}"


def is_asked(name: str, text: str) -> bool:
    """Whether the code asks something for what it draws: it calls a method of it that arrays do not have.

    >>> is_asked("dataset", "k = dataset.sampleTokenIdx()"), is_asked("x", "x.sum() + x.max()")
    (True, False)
    """
    called = re.findall(rf"\b{name}\.(\w+)\(", text)
    return any(re.search("(?i)sample|random|draw", each) for each in called)


def switches(name: str, text: str) -> bool:
    """Whether the code takes something for a yes or no: it is multiplied by a whole error, or held to 1.

    >>> switches("R", "E = (P - Y) * R"), switches("R", "sum(e[R == 1])"), switches("R", "E = P - R")
    (True, True, False)
    """
    whole = rf"\) ?\* ?{name}\b|\b{name} ?\* ?\(|multiply\(.*\b{name}\b|\b{name}(\[.+?\])? ?== ?1\b"
    return bool(re.search(whole, text))


def parts_of(name: str, text: str) -> int:
    """Into how many parts the code takes something apart, 0 if it does not.

    >>> parts_of("shape", "channels, height, width = shape"), parts_of("shape", "n = shape[0]")
    (3, 0)
    """
    return len(_taken_apart(name, text))


def unpacked(name: str, text: str) -> list[str]:
    """What the parts of a parameter are called where the code takes it apart; [] where it does not, or speaks
    of single numbers.

    >>> unpacked("params", "W, b, V = params"), unpacked("x", "n, d = x.shape")
    (['W', 'b', 'V'], [])
    """
    names = _taken_apart(name, text)
    return names if all(re.match("[WUVwb]|theta|bias", each) for each in names) else []


def _taken_apart(name: str, text: str) -> list[str]:
    found = re.search(rf"^\s*\(?(\w+(?:, \w+)+)\)? = {re.escape(name)}$", text, re.MULTILINE)
    return found[1].split(", ") if found else []


def keys_read(name: str, text: str) -> list[str]:
    """The keys of a dict of parameters, as the code reads it."""
    found = re.findall(rf"\b(?:{name}|parameters|params)\[[\"'](\w+)[\"']\]", text)
    listed = re.search(rf"\b{name}\[(\w+)\] for \1 in [\[(]([^\])]*)[\])]", text)
    found += re.findall(r"[\"'](\w+)[\"']", listed[2]) if listed else []
    keys = [key for key in dict.fromkeys(found) if not key.startswith("d")]
    if re.search(rf"\b{name}\[[fF]?[\"'](W|w)(?:[\"'] ?\+|\{{)", text) or (
        not keys and re.search(rf"\b{name}\b", text) and re.search(r"[\"']W[\"'] ?\+ ?str", text)
    ):
        letter = "W" if re.search(r"[\"']W", text) else "w"
        return [f"{kind}{l}" for l in (1, 2, 3) for kind in (letter, "b")]
    return sorted(keys, key=lambda key: ((key[-1].isdigit() and key[-1]) or "0", key.lower()[0] != "w"))


def penalties(unit: Unit) -> list[str]:
    """What a constructor takes for a penalty that is 0 if nobody gives it, and that the loss speaks of:
    without it nobody would see what its gradient lacks."""
    start = unit.init.methods.get("__init__") if unit.init is not None else None
    loss = [each for each in unit.members if method_named(LOSS, [each.name])]
    said = "\n".join(ast.unparse(each.node) for each in loss)
    kept = re.findall(r"self\.(\w+) = (\w+)$", ast.unparse(start.node), re.MULTILINE) if start else []
    return [
        name
        for own, name in kept
        if start is not None
        and re.fullmatch(PENALTY, name)
        and name in start.optional
        and start.optional[name] in (0, 0.0)
        and re.search(rf"\bself\.{own}\b", said)
    ]
