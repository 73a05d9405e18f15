"""Every program that the project prints: in lessons, READMEs and the architecture, and in the gallery."""

import contextlib
import doctest
import io
import os
import tempfile
from pathlib import Path

import nbformat

from autodiff import Program
from benchmarks.readme import blocks
from tests.autodiff.lifting.gallery import PROGRAMS

ROOT = Path(__file__).parents[2]


def printed(name):
    """The programs of which a file shows the formulas, in their order; what it writes is let go."""
    path = ROOT / name
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
        codes = [cell.source for cell in cells if cell.cell_type == "code"]
    elif name == "README.md":
        codes = [block["code"] for block in blocks(path.read_text(encoding="utf-8"))]
    else:
        text = path.read_text(encoding="utf-8").replace("```\n", "")
        codes = [example.source for example in doctest.DocTestParser().get_examples(text)]
    seen = []
    names = {"print": lambda *values, **_: seen.extend(v for v in values if isinstance(v, Program))}
    before = os.getcwd()
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for code in codes:
                exec(code, names)
        finally:
            os.chdir(before)
    return seen


SHOWN = {  # how many programs each file prints
    "README.md": 1,
    "autodiff/lifting/README.md": 1,
    "docs/explanation/architecture.rst": 1,
    "docs/tutorials/first_hour.rst": 1,
    "lessons/10_how_a_machine_finds_the_formulas.ipynb": 2,
}


def every_listing():
    """By name, a function that gives the program."""
    for name, count in SHOWN.items():
        for i in range(count):
            yield f"{name} {i + 1}", lambda name=name, i=i: printed(name)[i]
    for name, make in PROGRAMS.items():
        yield f"gallery: {name}", make
