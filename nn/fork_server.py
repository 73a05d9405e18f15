"""Processes that are forks of one that has imported what they need, and end with whoever asked for them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import IO

from nn.forking import PID
from nn.processes import PATIENCE, guarded

__all__ = ["ForkServer", "Forked"]


class Forked:
    """A process that a server has forked, with the part of ``subprocess.Popen`` that it takes to talk to it.

    Attributes:
        stdin, stdout: pipes to it.
        returncode: its exit code; None while it runs.
    """

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], done: int) -> None:
        self.stdin, self.stdout, self._done = stdin, stdout, done
        self.returncode: int | None = None

    @cached_property
    def pid(self) -> int:
        """The number of its guardian, for which the server is waited for; 0 if that has ended."""
        return int.from_bytes(os.read(self._done, PID), "big")

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, when it has ended.

        Raises:
            subprocess.TimeoutExpired: if it has not after so many seconds.
        """
        if self.returncode is None:
            if self.pid and not _is_readable(self._done, timeout):
                raise subprocess.TimeoutExpired("a fork", timeout or 0.0)
            self.returncode = (os.read(self._done, 1) or b"\x01")[0]
        return self.returncode

    def end(self) -> None:
        """See it end, which its guardian does for it, and close the pipes.

        One that is not forked yet ends when it is.
        """
        if "pid" in vars(self) or _is_readable(self._done, 0.0):
            try:
                self.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.kill(self.pid, signal.SIGKILL)
        os.close(self._done)
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):  # nobody reads what was not written yet
                pipe.close()


class ForkServer:
    """A process that forks others; it, and they, live no longer than this context.

    Args:
        command: that runs ``nn.forking.serve``. The number of the socket's descriptor is added to it.
        environment: of it, and of its forks.

    Raises:
        OSError: if no process can be started.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._stack = contextlib.ExitStack()
        own, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            self._channel = self._stack.enter_context(own)
            self._stack.enter_context(
                guarded(
                    [*command, str(its.fileno())],
                    pass_fds=[its.fileno()],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                )
            )

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextmanager
    def forked(self, *arguments: str, cpu_seconds: int) -> Iterator[Forked]:
        """A fork that runs with these arguments, while the block runs, and ends with it at the latest.

        Args:
            cpu_seconds: that each process of it may compute; 0 for no limit.

        Raises:
            OSError: if the server has ended.
        """
        (given, to_it), (from_it, told), (watched, held), (done, says) = (os.pipe() for _ in range(4))
        with contextlib.ExitStack() as stack:
            process = Forked(os.fdopen(to_it, "wb"), os.fdopen(from_it, "rb"), done)
            stack.callback(process.end)
            stack.callback(os.close, held)
            request = json.dumps([str(cpu_seconds), *arguments])
            self._fork(request, [given, told, watched, says])
            yield process

    def _fork(self, request: str, passed: list[int]) -> None:
        """Ask for a fork with these file descriptors, which are closed here, and wait for nothing."""
        try:
            socket.send_fds(self._channel, [request.encode()], passed)
        finally:
            for each in passed:
                os.close(each)


def _is_readable(pipe: int, seconds: float | None) -> bool:
    return bool(select.select([pipe], [], [], seconds)[0])
