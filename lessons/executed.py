"""``python lessons/executed.py FOLDER [WHICH …]``: the editions as they are published, with outputs.

In the sources' folder notebooks have no outputs, so that history shows what was changed in a lesson, and no
more. FOLDER gets each student edition, each edition with answers in ``FOLDER/solutions``, and those in Korean
in ``FOLDER/ko``; where WHICH is given, ``solutions ko`` say, only these. Slides and the book are made of the
first two.
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LESSONS = Path(__file__).parent
SECONDS = 300  # for a cell, on a machine that does other things, too
AT_ONCE = 2
EDITIONS = (".", "solutions", "ko")


def executed(source):
    """A notebook with its outputs, from a kernel of its own; without the times at which its cells ran.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell raises something.
    """
    notebook = nbformat.read(source, as_version=nbformat.NO_CONVERT)
    with tempfile.TemporaryDirectory() as folder:  # lessons write files
        NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
        ).execute()
    return notebook


def publish(source, folder):
    """Write a notebook with its outputs where it stands among all."""
    target = folder / source.relative_to(LESSONS)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(executed(source), target)
    return target


def main(arguments):
    folder, *which = arguments or [""]
    if not folder or not {*which} <= {*EDITIONS}:
        print(__doc__)
        return 2
    notebooks = [path for each in which or EDITIONS for path in sorted((LESSONS / each).glob("*.ipynb"))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for target in pool.map(lambda source: publish(source, Path(folder)), notebooks):
            print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
