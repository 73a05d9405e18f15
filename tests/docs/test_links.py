"""Links inside the project lead somewhere: to a file that is there, to a heading that it has."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("*.md", ".github/*.md", "paper/*.md", "lessons/**/*.md", "lessons/**/*.ipynb")
PAGES = sorted(path for folder in FOLDERS for path in ROOT.glob(folder))
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def text(path):
    """What is written on a page, without its code."""
    if path.suffix == ".ipynb":
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
        return CODE.sub("", "\n\n".join(cells))
    return CODE.sub("", path.read_text(encoding="utf-8"))


def anchors(path):
    """The headings of a page, as GitHub names them."""
    written = path.read_text(encoding="utf-8") if path.suffix == ".md" else text(path)
    headings = re.findall(r"^#+ (.+)$", written, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(path, written):
    """The links in a text of this page that lead nowhere inside the project."""
    for link in LINK.findall(written):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.is_file() and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(path):
    assert [*broken(path, text(path))] == []


def test_links_are_found_and_bad_ones_seen():
    readme = ROOT / "README.md"
    assert sum(len(LINK.findall(text(path))) for path in PAGES) > 50
    said = "[a](lessons/README.md) [b](nowhere.md) [c](README.md#no-such-heading) [d](https://python.org)"
    assert [*broken(readme, said)] == ["nowhere.md", "README.md#no-such-heading"]
