"""Starts the processes of submissions, which ``nn.judging.apart`` describes.

Each is started by itself; but whoever judges a folder needs hundreds of them, and within ``starting`` they
are, on Linux, forks of one that has imported what it takes, as ``nn.fork_server`` says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from nn.fork_server import Forked, ForkServer
from nn.judging import apart
from nn.processes import guarded

__all__ = ["Started", "started", "starting"]

Started = Forked | subprocess.Popen[bytes]

KEPT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "MARK")  # of the environment


class _Servers(ExitStack):
    """What forks submissions, and what forks those that record; started when it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self._running: dict[bool, ForkServer] = {}

    def forked(
        self, recording: bool, folder: Path, printed: Path, cpu_seconds: int
    ) -> AbstractContextManager[Forked]:
        if recording not in self._running:
            server = self.enter_context(ForkServer(_command(recording), _environment()))
            self._running[recording] = server
        return self._running[recording].forked(str(folder), str(printed), cpu_seconds=cpu_seconds)

    def forget(self, recording: bool) -> None:
        """It has ended: the next time another one is started."""
        self._running.pop(recording, None)


_servers: ContextVar[_Servers | None] = ContextVar("_servers", default=None)


@contextmanager
def starting() -> Iterator[None]:
    """While this lasts, submissions of this thread are forks; what forks them ends with it."""
    with _Servers() as servers:
        token = _servers.set(servers)
        try:
            yield
        finally:
            _servers.reset(token)


@contextmanager
def started(recording: bool, folder: Path, printed: Path, cpu_seconds: int) -> Iterator[Started]:
    """The process of a submission, while the block runs; it ends with it at the latest.

    Args:
        recording: whether it has the library, to record forward passes.
        folder: where it may write.
        printed: the file for what it prints.
        cpu_seconds: that each process of it may compute.

    Raises:
        OSError, NotImplementedError: if no process can be started.
    """
    with ExitStack() as stack:
        process: Started | None = None
        servers = _servers.get()
        if servers is not None and sys.platform.startswith("linux"):
            try:
                process = stack.enter_context(servers.forked(recording, folder, printed, cpu_seconds))
            except OSError:
                servers.forget(recording)
        if process is None:
            process = stack.enter_context(
                guarded(
                    [*_command(recording), str(folder), str(printed)],
                    cpu_seconds=cpu_seconds,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    cwd=folder,
                )
            )
        yield process


def _command(recording: bool) -> list[str]:
    library = str(Path(apart.__file__).parents[2]) if recording else ""
    return [sys.executable, "-I", "-B", apart.__file__, library]


def _environment() -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
    }
