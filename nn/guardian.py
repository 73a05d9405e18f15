"""A process that starts another one, and lets nothing of it outlive its own parent.

``nn.processes`` runs this file with a bare Python, so it imports only what Python itself brings. It watches a
pipe whose other end its parent holds: the system closes that end when the parent ends, however it ends. On
Linux it adopts whatever the process left running, even in sessions of their own, and ends that, too.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

try:
    import resource
except ImportError:  # Windows, where nobody runs this
    resource = None  # type: ignore[assignment]

__all__ = ["descendants", "main"]

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of Linux's prctl
ROUNDS = 400  # of ending processes that meanwhile start others


def main(watched: int, cpu_seconds: int, command: list[str]) -> int:
    """Run the command until it ends, or the file descriptor ``watched`` is at its end; returns its exit code.

    Args:
        cpu_seconds: that each process of it may compute; 0 for no limit.
    """
    linux = sys.platform.startswith("linux")
    prctl = ctypes.CDLL(None).prctl if linux else None
    if prctl is not None:
        prctl(PR_SET_CHILD_SUBREAPER, 1)

    own = os.getpid()

    def prepare() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # should somebody end this process
            if os.getppid() != own:  # somebody has, before that was said
                os._exit(1)
        if cpu_seconds and resource is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    child = subprocess.Popen(command, start_new_session=True, preexec_fn=prepare)

    def watch() -> None:
        os.read(watched, 1)  # nobody writes there: it comes back at the end of the pipe
        end(child.pid, linux)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    code = child.wait()
    end(child.pid, linux)
    return code if code >= 0 else 128 - code


def end(child: int, linux: bool) -> None:
    """End the session of a child, and on Linux all descendants."""
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    for _ in range(ROUNDS if linux else 0):
        running = descendants()
        if not running:
            return
        for process in running:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.002)


def descendants(of: int = 0) -> list[int]:
    """The processes that this one, or another one, started, and those that they did; none where the system
    does not say so."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # What stands before, the name of the program, may hold blanks and brackets.
                parent = int(file.read().rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = [of or os.getpid()]
    for process in found:
        found.extend(children.get(process, []))
    return found[1:]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
