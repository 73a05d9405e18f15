"""A module of judged passes as it is, and its twin, in which each mistake is what the line below it says."""

from __future__ import annotations

import linecache
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

__all__ = ["corrected", "wrong"]

HERE = Path(__file__).parent


def wrong(module: str) -> Any:
    """The functions of a module with their mistakes."""
    return _run(HERE / f"{module}.py", (HERE / f"{module}.py").read_text(encoding="utf-8"))


def corrected(module: str) -> Any:
    """The same without them."""
    path = HERE / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    return _run(
        path.with_name(f"{module}, corrected.py"),
        re.sub(r"(?m)^( *)\S.*\n *# right: (.*)$", r"\1\2", text),
    )


def _run(path: Path, text: str) -> Any:
    namespace: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    exec(compile(text, str(path), "exec"), namespace)
    return SimpleNamespace(**namespace)
