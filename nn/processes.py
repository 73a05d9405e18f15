"""Processes that end when whoever started them does."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nn import guardian

__all__ = ["PATIENCE", "guarded", "waiting"]

PATIENCE = 5.0  # seconds for a guardian to end what it guards


@contextmanager
def guarded(
    command: Sequence[str], *, cpu_seconds: int = 0, **settings: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs the command while the block runs, and ends with it at the latest.

    So does all that it started, in other sessions too, and also if this process is killed, on Linux within
    milliseconds. On other systems with POSIX's process groups what leaves its group lives on, and on Windows
    only the process itself is ended, by this one; there nothing can be promised if this one is killed.

    Args:
        cpu_seconds: that each process of it may compute; 0 for no limit. Not on Windows.
        settings: of ``subprocess.Popen``; its standard input is empty if nothing is said.

    >>> with guarded([sys.executable, "-c", "print(6 * 7)"], stdout=subprocess.PIPE) as process:
    ...     process.communicate()[0].split()
    [b'42']
    """
    settings.setdefault("stdin", subprocess.DEVNULL)
    if os.name != "posix":
        with subprocess.Popen(command, **settings) as process:
            try:
                yield process
            finally:
                process.kill()
        return
    watched, held = os.pipe()
    try:
        start = [sys.executable, "-I", "-S", guardian.__file__, str(watched), str(cpu_seconds), *command]
        passed = [watched, *settings.pop("pass_fds", ())]
        process = subprocess.Popen(start, pass_fds=passed, start_new_session=True, **settings)
    except BaseException:
        os.close(held)
        raise
    finally:
        os.close(watched)
    try:
        yield process
    finally:
        os.close(held)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
        with contextlib.suppress(OSError):
            process.__exit__(None, None, None)  # closes its pipes, and waits


def waiting(process: int) -> float:
    """For how many seconds what a process has started was ready to run, while others ran in its place; 0.0
    where the system does not say so, as it does on Linux.
    """
    seconds = 0.0
    for each in guardian.descendants(process):
        with contextlib.suppress(OSError, ValueError, IndexError):
            seconds += int(Path(f"/proc/{each}/schedstat").read_text(encoding="ascii").split()[1]) * 1e-9
    return seconds
