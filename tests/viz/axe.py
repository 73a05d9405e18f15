"""axe, which finds what keeps people from using a page: https://github.com/dequelabs/axe-core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python

__all__ = ["violations"]

SCRIPT = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# Nothing is loaded beforehand: it takes half the time, and serves a rule for sounds that start by themselves.
RUN = """axe.run({ resultTypes: ["violations"], preload: false }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(each => [id, String(each.target), each.failureSummary])))"""


def violations(evaluate: Callable[[str], Any]) -> list[list[str]]:
    """The rule, the element and what to do, of each violation in a page, into which axe is put once."""
    if not evaluate("'axe' in window"):
        evaluate(f"void {SCRIPT.read_text(encoding='utf-8').strip().removesuffix(';')}")
    found: list[list[str]] = evaluate(RUN)
    return found
