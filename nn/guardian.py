"""A process that starts another one, and lets nothing of it outlive its own parent.

``nn.processes`` runs this file with a bare Python before each process that it starts, so it imports only what
Python itself brings, and little of that: ``subprocess`` or ``signal`` would take longer than all
of this. It watches a pipe whose other end its parent holds: the system closes that end when the parent ends,
however it ends. On Linux it adopts whatever the process left running, even in sessions of their own, and ends
that, too.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import sys
import time

try:
    import resource
except ImportError:  # Windows, where nobody runs this
    resource = None  # type: ignore[assignment]

__all__ = ["descendants", "fork", "main"]

SIGKILL, SIGPIPE, SIGXFSZ = 9, 13, 25  # of Linux and macOS
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of Linux's prctl
ROUNDS = 400  # of ending processes that meanwhile start others


def main(watched: int, cpu_seconds: int, command: list[str]) -> int:
    """Run the command until it ends, or the file descriptor ``watched`` is at its end; returns its exit code.

    Args:
        cpu_seconds: that each process of it may compute; 0 for no limit.
    """
    code = fork(watched, cpu_seconds)
    if code is None:
        become(command)
    return code or 0


def fork(watched: int, cpu_seconds: int) -> int | None:
    """Fork this process, which must have no other threads, and guard the fork: in a session of its own it is
    None that comes back; here its exit code, when it has ended or ``watched`` is at its end."""
    linux = sys.platform.startswith("linux")
    library = ctypes.CDLL(None)
    if linux:
        library.prctl(PR_SET_CHILD_SUBREAPER, 1)
    own = os.getpid()
    os.set_inheritable(watched, False)
    child = os.fork()
    if not child:
        if linux:
            library.prctl(PR_SET_PDEATHSIG, SIGKILL)  # should somebody end this process
            if os.getppid() != own:  # somebody has, before that was said
                os._exit(1)
        os.setsid()
        if cpu_seconds and resource is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.close(watched)
        return None

    def watch() -> None:
        os.read(watched, 1)  # nobody writes there: it comes back at the end of the pipe
        end(child, linux)
        os._exit(1)

    _thread.start_new_thread(watch, ())
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except ChildProcessError:  # where SIGCHLD is ignored the system tells no code
        code = 0
    end(child, linux)
    return code if code >= 0 else 128 - code


def become(command: list[str]) -> None:
    """Run the command in place of this process; this never comes back."""
    try:
        for ignored in (SIGPIPE, SIGXFSZ):  # by Python
            ctypes.CDLL(None).signal(ignored, None)
        os.execvp(command[0], command)
    except BaseException as error:
        os.write(2, f"{command[0]} cannot be run: {error}\n".encode())
    os._exit(127)


def end(child: int, linux: bool) -> None:
    """End the session of a child, and on Linux all descendants."""
    kill(child, session=True)
    for _ in range(ROUNDS if linux else 0):
        running = descendants()
        if not running:
            return
        for process in running:
            kill(process)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        time.sleep(0.002)


def kill(process: int, session: bool = False) -> None:
    """End a process, or the session that it leads, which may have ended by itself."""
    try:
        os.killpg(process, SIGKILL) if session else os.kill(process, SIGKILL)
    except OSError:
        return


def descendants(of: int = 0) -> list[int]:
    """The processes that this one, or another one, started, and those that they did; none where the system
    does not say so."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # What stands before, the name of the program, may hold blanks and brackets.
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:  # it has ended
                continue
            children.setdefault(parent, []).append(int(name))
    found = [of or os.getpid()]
    for process in found:
        found.extend(children.get(process, []))
    return found[1:]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
