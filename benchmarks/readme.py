"""Renew what the READMEs show: the output of their code, their tables and their pictures.

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
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from rich.console import Console, RenderableType
from rich.text import Text

from autodiff import expression
from benchmarks.capabilities import table
from benchmarks.results import RESULTS, Row, ratio_text, read
from nn import MLP, compare
from nn.datasets import load, standardise
from nn.files import replacing
from viz import explore, render, write_lab

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = [
    "add_arguments",
    "blocks",
    "explorer_page",
    "lab_page",
    "neuron",
    "picture_of_text",
    "renewed",
    "run",
    "shown",
    "text_of",
    "with_capabilities",
    "with_ratios",
]

READMES = Path("README.md"), Path("README.ko.md")
PICTURES = Path("lessons/pictures")

_CAPABILITIES = re.compile(r"(<!-- capabilities -->).*(<!-- /capabilities -->)", re.DOTALL)
_RATIOS = re.compile(r"(<!-- ratios -->).*(<!-- /ratios -->)", re.DOTALL)
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


def with_ratios(text: str, rows: Iterable[Row]) -> str:
    """The README with the ratios of measured rows between its marks, a line for each case."""
    lines = ["| | | |", "|---|---|---|"]
    shown = [row for row in rows if row.ratio is not None and "default threads" not in row.case]
    for (benchmark, case), group in groupby(shown, lambda row: (row.benchmark, row.case)):
        reference, *others = sorted(group, key=lambda row: (row.contestant != row.reference, row.ratio))
        times = ", ".join(f"{row.contestant} {ratio_text(row)}" for row in others)
        lines.append(f"| `{benchmark}` {case} | {reference.contestant} 1 | {times} |")
    return _between(_RATIOS, lines, text)


def with_capabilities(text: str, name: str) -> str:
    """The README of this name with the table of what engines can do between its marks."""
    return _between(_CAPABILITIES, table(name), text)


def _between(marks: re.Pattern[str], lines: Iterable[str], text: str) -> str:
    return marks.sub(lambda found: f"{found[1]}\n\n" + "\n".join(lines) + f"\n\n{found[2]}", text)


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
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser that takes the pictures")
    parser.add_argument("--anew", action="store_true", help="take also the pictures whose pages say the same")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Renew the READMEs in the current folder and their pictures."""
    for readme in READMES:
        with replacing(readme) as path:
            text = with_ratios(readme.read_text(encoding="utf-8"), read(RESULTS)[1])
            path.write_text(renewed(with_capabilities(text, readme.name)), encoding="utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    neuron(PICTURES / "neuron.svg")
    for name, what in shown().items():
        (PICTURES / name).write_text(picture_of_text(what, Path(name).stem), encoding="utf-8")
    picture_of_page(PICTURES / "explorer.png", explorer_page(options.chromium), options.anew)
    picture_of_page(PICTURES / "lab.png", lab_page(options.chromium), options.anew)
    paths = [*map(str, READMES), str(PICTURES)]
    console.print(f"renewed {', '.join(paths)}")
    return []


def neuron(path: Path) -> None:
    """Draw tanh(w·x + b) with its gradients."""
    y = expression("tanh(w*x + b)", w=0.5, x=2.0, b=-0.5)
    y.backward()
    y.label = "y"
    render(y, path)


def shown() -> dict[str, RenderableType]:
    """What the pictures of text show: the table of ``compare`` for 30 irises, and the formulas it found."""
    iris = load("iris")
    X, y = standardise(iris.X)[:, ::5], iris.y[::5]
    comparison = compare(MLP(4, [8, 3], seed=0), X, y, "cross_entropy")
    return {"comparison.svg": comparison, "formulas.svg": Text(str(comparison.program))}


def picture_of_text(what: RenderableType, title: str) -> str:
    """An SVG of what a console prints, which needs no font from a network."""
    console = Console(file=io.StringIO(), width=110, record=True, force_jupyter=False)
    console.print(what)
    svg = console.export_svg(title=title, unique_id=title)
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code, monospace", "Menlo, 'DejaVu Sans Mono', Consolas, monospace")


def text_of(svg: str) -> list[str]:
    """The lines of text in such a picture, from top to bottom."""
    lines: dict[str, str] = {}
    for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        clip = text.get("clip-path", "title")
        lines[clip] = lines.get(clip, "") + "".join(text.itertext()).replace("\xa0", " ")
    return [line.rstrip() for line in lines.values()]


def picture_of_page(path: Path, opened: contextlib.AbstractContextManager[Page], anew: bool = True) -> None:
    """A picture of a page; the text on the page goes into the file, too, so that a test can tell whether
    the page still shows the same. If it does, the picture stays, unless it is to be taken ``anew``: its
    pixels depend on the fonts of the machine."""
    with opened as page:
        text = page.inner_text("body")
        if not anew and text_with(path) == text:
            return
        picture = Image.open(io.BytesIO(page.screenshot()))
        note = PngInfo()
        note.add_itxt("Description", text)
    picture.save(path, pnginfo=note, optimize=True)


def text_with(path: Path) -> str | None:
    """The text in a picture of a page; None if there is no picture."""
    if not path.exists():
        return None
    with Image.open(path) as picture:
        text: str | None = picture.info.get("Description")
    return text


@contextlib.contextmanager
def explorer_page(chromium: str) -> Iterator[Page]:
    """The explorer page of a small network on three irises, open in a browser."""
    iris = load("iris")
    X, y = standardise(iris.X)[:, [0, 60, 120]], iris.y[[0, 60, 120]]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "explorer.html"
        explore(MLP(4, [3, 3], seed=0), file, X=X, Y=y, loss="cross_entropy")
        with opened(file.as_uri(), chromium) as page:
            yield page


@contextlib.contextmanager
def lab_page(chromium: str) -> Iterator[Page]:
    """The lab, in which a network has learnt the moons for 400 steps, open in a browser."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_lab(Path(folder) / "lab.html")
        with opened(f"{file.as_uri()}#room=train&h=16-16&t=400", chromium) as page:
            page.evaluate("lab.ready")
            yield page


@contextlib.contextmanager
def opened(address: str, chromium: str) -> Iterator[Page]:
    """A page in a browser of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_timeout(500)
        yield page
        browser.close()
