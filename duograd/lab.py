"""``duograd lab``: the page on which graphs are built, networks trained, and both taken apart."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path

from duograd.console import Console
from duograd.options import Options, option
from duograd.program import Command, explained
from viz import write_lab

__all__ = ["COMMAND"]

EXAMPLES = """\
examples:
  %(prog)s --open
  %(prog)s -o lab.html
"""


@dataclass(frozen=True, kw_only=True)
class LabOptions(Options):
    """Where the page goes."""

    out: Path = option("-o", type=Path, default="lab.html", metavar="FILE", help="the page (%(default)s)")
    open: bool = option(action="store_true", help="show it in the browser")


def run(options: LabOptions, console: Console) -> int:
    """Write the page, and open it if asked to."""
    with explained():
        page = write_lab(options.out)
    console.print(f"wrote {page}", soft_wrap=True)
    if options.open:
        webbrowser.open(page.resolve().as_uri())
    return 0


COMMAND = Command(
    LabOptions,
    run,
    "Write the lab: a page on which graphs are built, networks trained, and every step taken apart.",
    EXAMPLES,
)
