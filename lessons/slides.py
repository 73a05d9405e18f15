"""``python lessons/slides.py PUBLISHED FOLDER``: a deck of slides for each lesson, by nbconvert.

PUBLISHED has the notebooks with their outputs, from ``lessons/executed.py``. A slide has what a class looks
at: the question, what is to be guessed, formulas, short code, and the figures of the lesson. The text is the
speaker's: it stands in the notes, which the key S opens. Exercises are done in the notebook.

The pages ask for reveal.js, and for MathJax, at the addresses that nbconvert has for them.
"""

import re
import sys
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from traitlets.config import Config

LINES_OF_CODE = 14  # that a class can read
LINES_OF_OUTPUT = 20
PICTURES = {"image/svg+xml", "image/png", "text/html", "text/latex"}
HIDDEN = "hidden"
LOOK = (
    ".reveal .slides :is(p, li, table) { font-size: 1.6em } "
    ":root { --jp-code-font-size: 20px } .reveal .slides pre { white-space: pre-wrap } "
    ".reveal .jp-OutputArea :is(svg, img) { width: 100%; max-height: 540px; object-fit: contain }"
)

NEW, BELOW, NOTES, SKIP, SAME = "slide", "subslide", "notes", "skip", "-"


def shown(source, kind):
    """A cell of text on a slide, or in the notes."""
    return nbformat.v4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})


def first_slide(source):
    """A lesson's title and its question; what else its head says is for the speaker."""
    title = re.match("# .+", source)[0]
    question = re.search(r"^\*\*Question\.\*\* (.+)$", source, re.MULTILINE)[1]
    return [shown(f"{title}\n\n{question}", NEW), shown(source, NOTES)]


def of_text(source, asks):
    """The slides of a cell of text.

    Args:
        asks: whether a guess comes next, so that its last paragraph is the question.
    """
    blocks, cells, said = source.strip().split("\n\n"), [], []
    for block in blocks[: len(blocks) - asks]:
        if re.match("#+ ", block):
            if block != "## Experiment":
                cells.append(shown(re.sub("^#+", "##", block), NEW))
        elif block.startswith(("$$", "![", "|", "- ")) or blocks[0] == "## Answer":
            cells.append(shown(block, SAME if cells else BELOW))  # no answer beside its question
        else:
            said.append(block)
    if asks:
        cells.append(shown(f"## Guess\n\n{blocks[-1]}", BELOW))
    return [*cells, *([shown("\n\n".join(said), NOTES)] if said else [])]


def of_code(cell, kind):
    """The slide of a cell of code, of this kind: its figure, or what it says and what came of it."""
    kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
    said = "".join(output.get("text", "") for output in cell.outputs)
    is_long = cell.source.count("\n") >= LINES_OF_CODE
    if kinds & PICTURES:
        cell.metadata["tags"] = [HIDDEN]
        cell.metadata["slideshow"] = {"slide_type": kind}
    elif said.count("\n") > LINES_OF_OUTPUT or (is_long and not said):
        cell.metadata["slideshow"] = {"slide_type": SKIP}
    else:
        cell.metadata["tags"] = [HIDDEN] if is_long else []
        cell.metadata["slideshow"] = {"slide_type": kind}
    return cell


def deck(notebook):
    """A lesson as nbconvert takes it, each of its cells marked."""
    cells = []
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], None]):
        asks = after is not None and after.source.startswith("guess = ")
        if cell.cell_type == "markdown":
            if cell.source.startswith("## Exercises"):
                break
            cells += of_text(cell.source, asks) if cells else first_slide(cell.source)
        elif not re.search(r"^(guess = |check\.|import |from )", cell.source, re.MULTILINE):
            before = [
                each.source for each in cells if each.metadata.slideshow.slide_type not in (NOTES, SKIP)
            ]
            under_a_heading = re.fullmatch("## .+", before[-1]) is not None
            cells.append(of_code(cell, SAME if under_a_heading else BELOW))
    notebook.cells = cells
    return notebook


def page(notebook):
    """The deck as a page."""
    hidden = {"enabled": True, "remove_input_tags": {HIDDEN}}
    exporter = SlidesExporter(config=Config(TagRemovePreprocessor=hidden))
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    made, _ = exporter.from_notebook_node(deck(notebook))
    return made.replace("</head>", f"<style>{LOOK}</style></head>", 1)


def main(arguments):
    if len(arguments) != 2:
        print(__doc__)
        return 2
    published, folder = map(Path, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(published.glob("*.ipynb")):
        notebook = nbformat.read(source, as_version=nbformat.NO_CONVERT)
        target = folder / f"{source.stem}.html"
        target.write_text(page(notebook), encoding="utf-8")
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
