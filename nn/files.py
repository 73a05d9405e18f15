"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows, and Python in a browser
    flock = None  # type: ignore[assignment]

__all__ = ["check_target", "replacing"]

STREAMS = ("/dev/fd/", "/dev/std", "/proc/")  # names of files that this process has open


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path to write to, which takes the place of ``path`` when the block ends.

    It lies in the same folder, so that taking the place is one step of the file system: others
    see the old file or the whole new one. If the block raises, the old file stays. The new file has
    the permissions of the old one, and a symbolic link goes on pointing where it did, at the new
    file. What writers that were killed left behind is removed by the next one.

    A device or a pipe cannot be replaced; what was written is copied into it when the block ends.

    Raises:
        OSError: if ``path`` is a folder, or its folder is missing or not writable.

    >>> with replacing("note.txt") as unfinished:  # doctest: +SKIP
    ...     unfinished.write_text("all of it")
    """
    check_target(path)
    if _is_stream(path):
        with tempfile.TemporaryDirectory() as folder:
            unfinished = Path(folder) / f"unfinished{Path(path).suffix}"
            with _named(path, unfinished):
                yield unfinished
                with unfinished.open("rb") as written, open(path, "wb") as stream:
                    while block := written.read(1 << 20):
                        stream.write(block)
        return
    target = _target(path)
    _remove_leftovers(target)
    unfinished, lock = _reserved(target)
    try:
        if target.exists():
            unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
        with _named(path, unfinished):
            yield unfinished
            with unfinished.open("rb+") as written:
                os.fsync(written.fileno())  # or a power cut could leave the new name on no content
            os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
        os.close(lock)


def check_target(path: str | os.PathLike[str]) -> None:
    """See that a file can be written there, before the work that is to be written begins.

    Raises:
        OSError: if ``path`` is a folder, or its folder is missing or not writable.
    """
    if os.path.isdir(path):
        raise IsADirectoryError(f"{os.fspath(path)!r} is a folder; give the name of a file in it")
    if not os.fspath(path):
        raise FileNotFoundError("the name of a file is not empty")
    if not _is_stream(path):
        folder = _target(path).parent
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"nothing can be written in the folder {str(folder)!r}")


def _target(path: str | os.PathLike[str]) -> Path:
    """The file itself, where ``path`` is a link to it."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(f"{os.fspath(path)!r} is a symbolic link that leads back to itself")
    if not target.parent.is_dir():
        named = target if os.path.islink(path) else Path(path)  # as it was written, where that helps
        raise FileNotFoundError(f"there is no folder {str(named.parent)!r} to put {named.name!r} in")
    return target


@contextmanager
def _named(path: str | os.PathLike[str], unfinished: Path) -> Iterator[None]:
    """Let errors of the system, such as a full disk, name the file that somebody asked for."""
    try:
        yield
    except OSError as error:
        if error.filename in (None, str(unfinished), unfinished):
            error.filename, error.filename2 = os.fspath(path), None
        raise


def _is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether it is there to be written into: a device, a pipe, or a file that is open already."""
    if os.path.abspath(path).startswith(STREAMS):
        return True
    return os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)


def _reserved(target: Path) -> tuple[Path, int]:
    """A new file beside the target, and the descriptor whose lock says that its writer is alive."""
    while True:
        name = f".{target.stem[:64]}.{secrets.token_hex(4)}.unfinished{target.suffix[:64]}"
        unfinished = target.with_name(name)
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if _locked(descriptor) and unfinished.exists():
            return unfinished, descriptor
        os.close(descriptor)  # somebody took it for a leftover before it was locked


def _remove_leftovers(target: Path) -> None:
    """Remove unfinished files of this target whose writers are gone, as their locks are."""
    stem, suffix = re.escape(target.stem[:64]), re.escape(target.suffix[:64])
    unfinished = re.compile(rf"\.{stem}\.[0-9a-f]{{8}}\.unfinished{suffix}")
    for leftover in target.parent.iterdir():
        if unfinished.fullmatch(leftover.name):
            with contextlib.suppress(OSError):  # another writer was quicker, or it is not ours to remove
                descriptor = os.open(leftover, os.O_RDWR)
                try:
                    if flock is not None and _locked(descriptor):
                        leftover.unlink()
                finally:
                    os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Lock the file for as long as it is open here; False if it is locked elsewhere."""
    try:
        if flock is not None:
            flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True
