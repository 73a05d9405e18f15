"""What a submission may not do, taken from its own process before any of its code is read.

The system takes it, for good: limits of memory, time and the size of files; and on Linux, by Landlock,
writing and deleting outside one folder, starting programs, and signals to other processes. Everywhere an
audit hook of Python, which cannot be taken off, refuses the same, processes of its own and the network:
that stops whatever is written in Python, and what is not is stopped on Linux, where there is Landlock. This
module imports nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from typing import Any

try:
    import resource
except ImportError:  # Windows, which has no such limits
    resource = None  # type: ignore[assignment]

__all__ = ["confine"]

MEMORY = 3 << 30  # bytes of address space
FILE = 16 << 20  # bytes of a file

# Of Linux's landlock(7), the same for all its processors.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
NO_NEW_PRIVILEGES = 38
EXECUTE, WRITE_FILE = 1 << 0, 1 << 1
WRITING = WRITE_FILE | sum(1 << bit for bit in range(4, 13))  # removing, making
REFER, TRUNCATE = 1 << 13, 1 << 14  # since versions 2 and 3
TCP = 0b11  # binding, connecting: since version 4
SCOPED = 0b11  # abstract sockets, signals: since version 6

_REFUSED = (
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.exec",
    "os.system",
    "os.kill",
    "os.killpg",
    "pty.spawn",
    "subprocess.Popen",
    "signal.pthread_kill",
    "ctypes.dlopen",
    "ctypes.dlsym",
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.sendto",
    "syslog.syslog",
    "urllib.Request",
)
_WRITING = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.utime",
    "shutil.rmtree",
    "shutil.move",
    "shutil.copyfile",
)
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine(folder: str) -> list[str]:
    """Take from this process what it may not do; it may write in the folder. Gives a list that grows with
    what was refused."""
    if resource is not None:
        _limited("RLIMIT_AS", MEMORY)
        _limited("RLIMIT_FSIZE", FILE)
        _limited("RLIMIT_CORE", 0)
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):  # an older system
            _landlock(folder)
    return _watch(os.path.realpath(folder))


def _limited(name: str, amount: int) -> None:
    with contextlib.suppress(ValueError, OSError, AttributeError):  # not on this system, or lower already
        resource.setrlimit(getattr(resource, name), (amount, amount))


def _landlock(folder: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number: int, *args: Any) -> int:
        result = int(libc.syscall(ctypes.c_long(number), *args))
        if result < 0:
            raise OSError(ctypes.get_errno(), "landlock")
        return result

    version = call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    writing = WRITING | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    ruleset = struct.pack("<Q", writing | EXECUTE)
    if version >= 4:
        ruleset += struct.pack("<Q", TCP)
    if version >= 6:
        ruleset += struct.pack("<Q", SCOPED)
    rules = call(CREATE_RULESET, ctypes.c_char_p(ruleset), ctypes.c_size_t(len(ruleset)), ctypes.c_uint32(0))
    for path, allowed in ((folder, writing), (os.devnull, WRITE_FILE)):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        beneath = struct.pack("<Qi", allowed, place)
        call(
            ADD_RULE,
            ctypes.c_int(rules),
            ctypes.c_int(PATH_BENEATH),
            ctypes.c_char_p(beneath),
            ctypes.c_uint32(0),
        )
        os.close(place)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    call(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    os.close(rules)


def _watch(folder: str) -> list[str]:
    refused: list[str] = []
    realpath, separator = os.path.realpath, os.sep

    def outside(path: Any) -> bool:
        if isinstance(path, int) or path is None:
            return False
        there = realpath(os.fsdecode(path))
        return there != os.devnull and not (there == folder or there.startswith(folder + separator))

    def refuse(what: str) -> None:
        if len(refused) < 100:
            refused.append(what)
        raise PermissionError(f"a submission may not do this: {what}")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            writes = any(each in mode for each in "wax+") if isinstance(mode, str) else bool(flags & _FLAGS)
            if writes and outside(path):
                refuse(f"write {path!s:.80}")
        elif event in _WRITING:
            if any(outside(each) for each in args[:2] if isinstance(each, (str, bytes, os.PathLike))):
                refuse(f"{event} {args[0]!s:.80}")
        elif event in _REFUSED:
            refuse(event)

    sys.addaudithook(hook)
    return refused
