"""Renew what the README shows: the output of its code, and its pictures.

A ``python`` block of the README that prints something is followed by a ``text`` block with what it
prints. ``renewed`` runs the code and gives the README with the output as it is now, so a test can
tell whether the two still match.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from autodiff import expression
from autodiff.files import replacing
from viz import explore, render

__all__ = ["add_arguments", "blocks", "renewed", "run"]

README = Path("README.md")
PICTURES = Path("lessons/pictures")

_BLOCK = re.compile(r"```python\n(?P<code>.*?)```(?:\n\n```text\n(?P<output>.*?)```)?", re.DOTALL)


def blocks(text: str) -> Iterator[re.Match[str]]:
    """Every Python block of a README, with the groups ``code`` and, if it shows one, ``output``."""
    return _BLOCK.finditer(text)


def renewed(text: str) -> str:
    """The README with the output of each block as it is now; files go to a passing folder."""

    def block(found: re.Match[str]) -> str:
        code = f"```python\n{found['code']}```"
        output = printed(found["code"])
        return f"{code}\n\n```text\n{output}```" if output else code

    return _BLOCK.sub(block, text)


def printed(code: str) -> str:
    """What code prints, run in a namespace and a folder of its own."""
    output = io.StringIO()
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(output):
        os.chdir(folder)
        try:
            exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
        finally:
            os.chdir(here)
    return "".join(f"{line.rstrip()}\n" for line in output.getvalue().splitlines())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser that takes the picture")


def run(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """Renew the README in the current folder and its pictures."""
    with replacing(README) as path:
        path.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    y = expression("tanh(w*x + b)", w=0.5, x=2.0, b=-0.5)
    y.backward()
    y.label = "y"
    render(y, PICTURES / "neuron.svg")
    picture_of_explorer(PICTURES / "explorer.png", options.chromium)
    console.print(f"renewed {README} and {PICTURES}")
    return {"renewed": [str(README), str(PICTURES)]}


def picture_of_explorer(path: Path, chromium: str) -> None:
    """A picture of the explorer page of a small network on three irises."""
    from playwright.sync_api import sync_playwright

    from nn import MLP
    from nn.datasets import load, standardise

    iris = load("iris")
    X, y = standardise(iris.X)[:, [0, 60, 120]], iris.y[[0, 60, 120]]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "explorer.html"
        explore(MLP(4, [3, 3], seed=0), page_file, X=X, Y=y, loss="cross_entropy")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(page_file.as_uri())
        page.wait_for_timeout(500)
        page.screenshot(path=path)
        browser.close()
