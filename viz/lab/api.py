"""``write_lab``: the lab's page as a file."""

from __future__ import annotations

import os

from nn.files import replacing
from viz.explorer.page_file import PageFile
from viz.lab.bundle import lab_page

__all__ = ["write_lab"]


def write_lab(path: str | os.PathLike[str] = "lab.html", *, address: str = "") -> PageFile:
    """Write the lab: a page on which a graph is built, a network trained, and both are taken apart.

    It is one file that needs nothing else, and the same for everybody: what is done in it stands in its
    address, after the ``#``.

    Args:
        path: the file; one that was there is replaced once the new one is complete.
        address: what the page shows first, as its address says it after the ``#``: ``"tour=9&lang=ko"``, say,
            or what was copied from there. What a reader's own address says goes first.

    Returns:
        The path, which shows the page where it stands alone at the end of a notebook's cell.

    Raises:
        OSError: if the file cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> page = write_lab(Path(tempfile.mkdtemp()) / "lab.html")
    >>> "Take apart" in Path(page).read_text(encoding="utf-8")
    True
    """
    with replacing(path) as unfinished:
        unfinished.write_text(lab_page(address), encoding="utf-8")
    return PageFile(path)
