"""Stubs: what type checkers and editors know of functions and methods that the table makes.

``python -m autodiff.functions.stubs`` writes them anew after a row was added; a test compares.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import indent
from types import ModuleType

import autodiff
from autodiff import functions
from autodiff.engine import methods
from autodiff.engine.ops import OPS, Op
from autodiff.engine.value import Value
from autodiff.functions import rows

__all__ = ["STUBS", "method_stubs", "package_stubs", "row_stubs"]

NOTICE = "# Written by `python -m autodiff.functions.stubs` from the table of operations.\n\n"


def row_stubs() -> str:
    """``autodiff/functions/rows.pyi``: for each row a float for floats, a Value where one is among
    the operands, and arrays."""
    head = f"{NOTICE}from typing import Any, overload\n\nfrom autodiff.engine.value import Value\n\n"
    names = "".join(f'    "{name}",\n' for name in sorted(rows.__all__, key=_natural))
    return f"{head}__all__ = [\n{names}]\n" + "".join(map(_overloads, OPS.values()))


def method_stubs() -> str:
    """``autodiff/engine/methods.pyi``: a method for each row."""
    return (
        f"{NOTICE}from collections.abc import Callable\nfrom typing import Any\n\n"
        "from autodiff.engine.ops import Op\nfrom autodiff.engine.value import Operand, Value\n\n"
        '__all__ = ["RowMethods", "give_method", "give_methods"]\n\n'
        "def give_method(kind: type[Any], op: Op, record: Callable[..., Any], apply: Callable[..., Any]"
        ") -> None: ...\n"
        "def give_methods("
        "kind: type[Any], record: Callable[..., Any], apply: Callable[..., Any]) -> None: ...\n\n"
        "class RowMethods:\n"
    ) + "".join(map(_method, OPS.values()))


def package_stubs(package: ModuleType) -> str:
    """``__init__.pyi`` of a package, for its ``__all__`` is not spelt out: every name from where it is."""
    places = defaultdict(list)
    for name in sorted(package.__all__, key=_natural):
        places[getattr(package, name).__module__].append(name)
    lines = [f"from {place} import {name} as {name}\n" for place in sorted(places) for name in places[place]]
    return NOTICE + "".join(lines)


def _natural(name: str) -> list[str | int]:
    """By which log2 comes before log10, as linters want it."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _overloads(op: Op) -> str:
    """Whatever the table makes: the last signature is what holds for arrays."""
    either = "Value | float"
    signatures: list[tuple[str, ...]] = (
        [("Value", "Value")] if op.arity == 1 else [("Value", either, "Value")]
    )
    if op.arity == 2 and not op.defaults:
        signatures.append((either, "Value", "Value"))
    signatures += [("float",) * (op.arity + 1), ("Any",) * (op.arity + 1)]
    headers = []
    for *operands, result in signatures:
        parameters = [f"{name}: {kind}" for name, kind in zip("xz", operands, strict=False)]
        for i, default in enumerate(op.defaults, op.arity - len(op.defaults)):
            parameters[i] += f" = {default}"
        headers.append(f"@overload\ndef {op.name}({', '.join(parameters)}, /) -> {result}:")
    docstring = indent(str(getattr(rows, op.name).__doc__), "    ").strip()
    return "\n" + " ...\n".join(headers) + f'\n    """{docstring}\n    """\n'


def _method(op: Op) -> str:
    other = "" if op.arity == 1 else ", other: Operand" + "".join(f" = {default}" for default in op.defaults)
    return f'    def {op.name}(self{other}) -> Value:\n        """{getattr(Value, op.name).__doc__}"""\n'


STUBS: dict[Path, Callable[[], str]] = {
    Path(rows.__file__).with_suffix(".pyi"): row_stubs,
    Path(methods.__file__).with_suffix(".pyi"): method_stubs,
    Path(functions.__file__).with_suffix(".pyi"): partial(package_stubs, functions),
    Path(autodiff.__file__).with_suffix(".pyi"): partial(package_stubs, autodiff),
}

if __name__ == "__main__":
    for path, written in STUBS.items():
        path.write_text(written(), encoding="utf-8")
