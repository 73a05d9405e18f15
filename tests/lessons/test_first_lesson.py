"""The cells of lesson 1 that build an engine are ``autodiff/tiny.py``, token by token and in its order."""

import io
import re
import textwrap
import tokenize
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
LAYOUT = {tokenize.NL, tokenize.ENCODING}  # blank lines, which are fewer in a class than between functions


def tokens(source):
    """What Python reads, comments included; of an indentation only that it is there."""
    read = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        (token.type, "" if token.type == tokenize.INDENT else token.string)
        for token in read
        if token.type not in LAYOUT
    ]


def as_in_the_file(cell):
    """A cell as the file has it. Methods stand in cells of their own, where ``Value.exp = exp`` puts one into
    the class; in the file they stand in the class."""
    if not re.search(r"^Value\.", cell, re.MULTILINE):
        return cell
    methods = re.sub(r"^Value\.(\w+) = \1$\n?", "", cell, flags=re.MULTILINE)
    return textwrap.indent(methods.replace("Value.__", "__"), "    ")


def built(cells):
    return tokens("\n".join(as_in_the_file(cell).rstrip() + "\n" for cell in cells))


def the_file():
    source = (ROOT / "autodiff" / "tiny.py").read_text(encoding="utf-8")
    return source[source.index("from __future__") :]


def tagged_cells():
    notebook = nbformat.read(ROOT / "lessons" / "01_one_value.ipynb", as_version=nbformat.NO_CONVERT)
    return [cell.source for cell in notebook.cells if "tiny" in cell.metadata.get("tags", ())]


def test_the_lesson_builds_the_file():
    assert built(tagged_cells()) == tokens(the_file())


@pytest.mark.parametrize(
    "before, after",
    [("self.data + other.data", "self.data - other.data"), ("+= 1.0", "= 1.0"), ("__radd__ =", "__rsub__ =")],
)
def test_a_cell_that_says_something_else_is_seen(before, after):
    cells = tagged_cells()
    assert sum(before in cell for cell in cells) == 1
    assert built([cell.replace(before, after) for cell in cells]) != tokens(the_file())


def test_no_method_is_left_out_of_the_class():
    cells = "\n".join(tagged_cells())
    methods = re.findall(r"^def (\w+)\(self", cells, re.MULTILINE)
    assert methods
    assert re.findall(r"^Value\.(\w+) = \1$", cells, re.MULTILINE) == methods
