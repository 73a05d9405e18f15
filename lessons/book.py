"""``python lessons/book.py PUBLISHED BOOK.pdf``: the lessons as a printed book, by pandoc and Typst.

PUBLISHED has the notebooks with their outputs, from ``lessons/executed.py``. Where the notebook waits for a
guess, the page has a line to write on; what is right, and answers to the exercises, stand at the end.
Needs ``pip install 'duograd[publish]'``.
"""

import re
import sys
import tempfile
from pathlib import Path

import matplotlib
import nbformat
import pypandoc
import typst

TITLE = "Backpropagation twice"
HEAD = f"""
#set document(title: "{TITLE}")
#set page(paper: "a4", margin: (x: 26mm, y: 24mm), numbering: "1")
#set text(font: "Libertinus Serif", size: 10.5pt)
#set par(justify: true, leading: 0.62em)
#show raw.where(block: true): it => {{ // tables of 120 columns fit, too
  let longest = calc.max(..it.text.split("\n").map(line => line.clusters().len()))
  set text(size: 8pt * calc.clamp(91 / calc.max(longest, 1), 0.7, 1))
  it
}}
#show raw.where(block: true): set block(width: 100%, inset: 6pt, fill: luma(246), breakable: true)
#show raw.where(block: true): set par(justify: false)
#show raw.where(block: true): set align(left)
#show heading: set block(above: 1.5em, below: 0.8em, sticky: true)
#show heading.where(level: 1): it => {{ pagebreak(weak: true); v(12mm); it; v(4mm) }}
#show figure: set block(breakable: true)
#show table: set text(size: 9pt)
#show link: set text(fill: rgb("#1d4f91"))
#set table(stroke: none, inset: 4pt)
#let horizontalrule = line(length: 100%, stroke: 0.4pt)

#align(center + horizon)[
  #text(size: 26pt)[{TITLE}]
  #v(4mm)
  #text(size: 13pt)[From one value to a network that is understood]
]
#pagebreak()
#outline(depth: 1, title: [Lessons])
"""
BARE = "function Div(cell) return cell.content end"  # a page cannot be broken inside a box
GUESS = re.compile(r"guess = \.\.\.  # (.+)", re.DOTALL)
PICTURES = ("image/svg+xml", "image/png")
CHECK = re.compile(r"check\.\w+\(")
GUESSED = re.compile(r"guess = \(\n(.+?)\n\)", re.DOTALL)
ANSWER = re.compile(r"^\s*### (?:BEGIN|END) SOLUTION\n?", re.MULTILINE)


def typeset(cells, media):
    """Cells in Typst, pictures in the folder ``media``."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    media.mkdir(exist_ok=True)
    bare = media / "bare.lua"
    bare.write_text(BARE, encoding="utf-8")
    options = [f"--extract-media={media}", "--wrap=none", f"--lua-filter={bare}"]
    return pypandoc.convert_text(nbformat.writes(notebook), "typst", format="ipynb", extra_args=options)


def printed(cell):
    """A cell on paper: no page that has to be clicked on, no answer of the machine to a guess."""
    if cell.cell_type == "markdown":
        return cell
    if match := GUESS.fullmatch(cell.source):
        return nbformat.v4.new_markdown_cell(f"*Your guess* ({match[1].strip()}): ……………………")
    if CHECK.match(cell.source):
        return None
    for output in cell.outputs:
        data = output.get("data", {})
        if "<iframe" in data.get("text/html", ""):
            return nbformat.v4.new_markdown_cell("*(Here the notebook shows a page to step through.)*")
        if data.keys() & PICTURES:
            output.data = {kind: data[kind] for kind in PICTURES if kind in data}
    return cell


def chapter(source, media):
    """A lesson, with a label to lead to."""
    notebook = nbformat.read(source, as_version=nbformat.NO_CONVERT)
    cells = [each for each in map(printed, notebook.cells) if each is not None]
    text = typeset(cells, media)
    text = re.sub(r"(?<=\n)<[\w-]+>\n", f"<lesson-{source.stem[:2]}>\n", text, count=1)
    return re.sub(r'#link\("(\d\d)_\w+\.ipynb"\)', r"#link(<lesson-\1>)", text)


def answers(source, media):
    """The right guesses of a lesson, and its exercises done."""
    notebook = nbformat.read(source, as_version=nbformat.NO_CONVERT)
    title = re.match("# (.+)", notebook.cells[0].source)[1]
    cells, guesses = [nbformat.v4.new_markdown_cell(f"## {title}")], []
    for cell in notebook.cells:
        if cell.cell_type == "code" and "### BEGIN SOLUTION" in cell.source:
            source_code = ANSWER.sub("", cell.source)
            if guessed := GUESSED.match(source_code):
                guesses.append(" ".join(guessed[1].split()))
            else:
                cells.append(nbformat.v4.new_code_cell(source_code))
    cells.insert(1, nbformat.v4.new_markdown_cell("Guesses: " + ", ".join(f"`{each}`" for each in guesses)))
    return typeset(cells, media)


def book(published, target):
    """Write all lessons, and their answers, as one PDF."""
    lessons, done = sorted(published.glob("*.ipynb")), sorted(published.glob("solutions/*.ipynb"))
    with tempfile.TemporaryDirectory() as made:
        media = Path(made) / "media"
        parts = [HEAD, *(chapter(each, media) for each in lessons), "= Answers"]
        parts += [answers(each, media) for each in done]
        source = Path(made) / "book.typ"
        source.write_text("\n\n".join(parts).replace(made, ""), encoding="utf-8")
        fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")  # those that pictures are measured with
        typst.compile(str(source), output=str(target), root=made, font_paths=[str(fonts)])


def main(arguments):
    if len(arguments) != 2:
        print(__doc__)
        return 2
    book(*map(Path, arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
