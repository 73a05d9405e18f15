"""A process that has imported what others need, and forks one of them for each request.

Importing takes a Python process most of its first half second; a fork of one that has imported takes
milliseconds. ``nn.fork_server`` starts such a process, ``serve`` is what it does. It has no threads, so that
a fork of it is whole. Linux alone: elsewhere a fork after imports is not safe, or not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable

from nn import guardian

__all__ = ["PID", "serve"]

MOST = 1 << 16  # bytes of a request
PID = 4  # bytes of the number of a process


def serve(requests: int, run: Callable[..., object]) -> None:
    """Fork a process for each request, until there are no more.

    Each is guarded as ``nn.processes`` says, and calls ``run`` with the strings of its request.

    Args:
        requests: the file descriptor of a socket. A request is a list in JSON, of the seconds that the
            process may compute and of the arguments, with four descriptors: its standard input and output,
            a pipe at whose end it is to end, and one that is told the number of its guardian, in as many
            bytes as ``PID`` says, and its exit code in one.
    """
    with socket.socket(fileno=requests) as channel:
        while True:
            request, descriptors, _, _ = socket.recv_fds(channel, MOST, 4)
            _forget_ended()
            if not request:
                return
            if not os.fork():
                channel.close()
                _become_guardian(json.loads(request), run, *descriptors)
            for each in descriptors:
                os.close(each)


def _forget_ended() -> None:
    """What they have computed counts as this process's, once the system knows that nobody asks for more."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become_guardian(
    request: list[str], run: Callable[..., object], given: int, told: int, watched: int, done: int
) -> None:
    """Guard the process of a request in a fork; this never comes back."""
    code = 1
    try:
        os.setsid()
        os.dup2(given, 0)
        os.dup2(told, 1)
        os.close(given)
        os.close(told)
        os.write(done, os.getpid().to_bytes(PID, "big"))
        seconds, *arguments = request
        ended = guardian.fork(watched, int(seconds))
        if ended is None:  # in the process that is asked for
            os.close(done)
            run(*arguments)
            code = 0
        else:
            code = ended
            os.write(done, bytes([code]))
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else bool(error.code)
    finally:
        os._exit(code)
