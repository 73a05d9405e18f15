"""What was handed in: each entry of a folder is one student's, a file or a folder with files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CODE", "Submission", "Submissions", "key_of", "submissions_in"]

CODE = (".py", ".ipynb")
MOST = 20  # files of a student that are judged
LARGEST = 4_000_000  # bytes of a file and of those that lie beside it
OF_NO_STUDENT = {"__pycache__", "__MACOSX", "node_modules", "site-packages", "venv", "env"}


@dataclass(frozen=True)
class Submission:
    """A file that is to be judged.

    Attributes:
        student: the name of the entry in the folder of submissions.
        name: of the file, within what the student handed in.
        root: where the names of the student's files begin; ``None`` if the file stands alone.
        path: of the file.
    """

    student: str
    name: str
    path: Path
    root: Path | None = None

    @property
    def title(self) -> str:
        """Of the file within the folder of submissions."""
        return self.student if self.root is None else f"{self.student}/{self.name}"

    def contents(self) -> dict[str, bytes]:
        """The file and what lies beside it in the student's folder, by names within that. What is too large
        is left out, and no link is followed.

        Raises:
            OSError: if the file cannot be read.
            ValueError: if it is too large.
        """
        left = LARGEST - self.path.stat().st_size
        if left < 0:
            raise ValueError(f"{self.name} is larger than {LARGEST:,} bytes")
        found = {self.name: self.path.read_bytes()}
        for name, path in _files(self.root) if self.root else ():
            size = path.stat().st_size
            if name != self.name and size <= left:
                left -= size
                found[name] = path.read_bytes()
        return found


@dataclass(frozen=True)
class Submissions:
    """All that was handed in.

    Attributes:
        files: by student, in the order of names; none for a student without a file that could be judged.
        left_out: entries that are no student's, or files beyond those that are judged, each with a reason.
    """

    files: Mapping[str, tuple[Submission, ...]]
    left_out: tuple[str, ...]


def submissions_in(path: Path, *, of_one: bool = False, but: Path | None = None) -> Submissions:
    """The submissions in a folder: Python files, notebooks, and folders with such; or one file.

    Hidden entries, links and what is neither a file nor a folder are left out.

    Args:
        of_one: whether all of the folder is one student's.
        but: a folder in it that is nobody's, as what is found is written there.

    Raises:
        FileNotFoundError: if there is nothing.
    """
    if path.is_file():
        return Submissions({path.name: (Submission(path.name, path.name, path),)}, ())
    if not path.is_dir():
        raise FileNotFoundError(f"there is no file or folder {str(path)!r}")
    files: dict[str, tuple[Submission, ...]] = {}
    left_out: list[str] = []
    if of_one:
        student = path.resolve().name
        files[student] = _of_folder(student, path, left_out, but)
        return Submissions(files, tuple(left_out))
    for entry in sorted(path.iterdir()):
        if entry.name.startswith(".") or entry.name in OF_NO_STUDENT or _same(entry, but):
            continue
        if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
            left_out.append(f"{entry.name}: a link, or no file")
        elif entry.is_dir():
            files[entry.name] = _of_folder(entry.name, entry, left_out)
        elif entry.suffix.lower() in CODE:
            files[entry.name] = (Submission(entry.name, entry.name, entry),)
        else:
            left_out.append(f"{entry.name}: neither a Python file nor a notebook")
    return Submissions(files, tuple(left_out))


def key_of(contents: Mapping[str, bytes], name: str, settings: str) -> str:
    """What a verdict is kept under: another one for other contents, another name or other settings."""
    digest = hashlib.sha256()
    for part in (settings, name, *(each for file in sorted(contents) for each in (file, contents[file]))):
        data = part if isinstance(part, bytes) else os.fsencode(part)
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()


def _same(path: Path, other: Path | None) -> bool:
    return other is not None and other.exists() and path.exists() and path.samefile(other)


def _of_folder(
    student: str, folder: Path, left_out: list[str], but: Path | None = None
) -> tuple[Submission, ...]:
    try:
        files = [(name, path) for name, path in _files(folder) if path.suffix.lower() in CODE]
        found = [(name, path) for name, path in files if not any(_same(each, but) for each in path.parents)]
    except OSError as error:
        left_out.append(f"{student}: {error.strerror}")
        return ()
    left_out += [f"{student}/{name}: more than {MOST} files" for name, _ in found[MOST:]]
    return tuple(Submission(student, name, path, folder) for name, path in found[:MOST])


def _files(folder: Path, within: str = "") -> Iterator[tuple[str, Path]]:
    """Files in a folder and in folders in it, by their names there, but for hidden ones and links."""
    for entry in sorted(folder.iterdir()):
        name = f"{within}{entry.name}"
        if entry.name.startswith(".") or entry.name in OF_NO_STUDENT or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry, f"{name}/")
        elif entry.is_file():
            yield name, entry
