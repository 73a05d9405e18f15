"""``python paper/build.py paper.pdf``: the paper as a PDF, by pandoc and Typst.

They come with ``pip install pypandoc_binary 'typst<0.14'``: pandoc writes names that later Typst has changed.
"""

import re
import sys
import tempfile
from pathlib import Path

import pypandoc
import typst

HERE = Path(__file__).parent


def build(target: Path) -> None:
    """Write the paper, with its references, to ``target``."""
    text = (HERE / "paper.md").read_text(encoding="utf-8")
    authors = re.findall(r"- name: (.+)\n    affiliation:", text)  # the journal's word; pandoc's is author
    options = ["--standalone", "--citeproc", f"--bibliography={HERE / 'paper.bib'}"]
    options += [f"--metadata=author:{name}" for name in authors]
    source = pypandoc.convert_file(str(HERE / "paper.md"), "typst", extra_args=options)
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "paper.typ"
        written.write_text(source, encoding="utf-8")
        typst.compile(str(written), output=str(target))


if __name__ == "__main__":
    build(Path(sys.argv[1]))
