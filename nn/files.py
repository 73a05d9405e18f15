"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing"]


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path to write to, which takes the place of ``path`` when the block ends.

    It lies in the same folder, so that taking the place is one step of the file system: others
    see the old file or the whole new one. If the block raises, the old file stays.

    Raises:
        OSError: if the folder is missing or not writable.

    >>> with replacing("note.txt") as unfinished:  # doctest: +SKIP
    ...     unfinished.write_text("all of it")
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to put {path.name!r} in")
    unfinished = path.with_name(f".{path.stem}-{secrets.token_hex(4)}{path.suffix}")
    try:
        yield unfinished
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())  # or a power cut could leave the new name on no content
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
