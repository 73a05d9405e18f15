"""How a program finds its command, runs it, and ends.

Words of the command line become an object of options, checked; the command gets this object and nothing
else. What cannot be done is one line on stderr and exit code 2.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

from autodiff.engine.errors import DomainError, did_you_mean
from duograd.console import Console, Unread, one_line
from duograd.options import Options

__all__ = ["Command", "Program", "UsageError", "explained", "leave_with"]

O = TypeVar("O", bound=Options)

UNREAD = 141  # the exit code, which shells give to a process that SIGPIPE ends


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


@contextmanager
def explained(*further: type[Exception]) -> Iterator[None]:
    """Turn what library functions say about wrong input into a message for the command line.

    Args:
        further: exceptions to turn, beside ValueError, TypeError and OSError.

    Raises:
        UsageError: instead of these.
    """
    kinds: tuple[type[Exception], ...] = (ValueError, TypeError, OSError, *further)
    try:
        yield
    except kinds as error:
        raise UsageError(_in_a_line(error)) from error


def _in_a_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


class Parser(argparse.ArgumentParser):
    """A parser that complains in a sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {one_line(message)}\n")


@dataclass(frozen=True)
class Command(Generic[O]):
    """One command, the ``COMMAND`` of the module that bears its name.

    Attributes:
        options: the class that its words become an object of.
        run: does it, and returns the exit code.
        description, examples: what its help says before and after the options; ``%(prog)s`` is how it
            was called.
    """

    options: type[O]
    run: Callable[[O, Console], int]
    description: str
    examples: str = ""

    def parser(self, prog: str) -> argparse.ArgumentParser:
        """A parser that only lacks the options."""
        return Parser(
            prog=prog,
            description=self.description,
            epilog=self.examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )


@dataclass(frozen=True)
class Program:
    """Something to call: ``duograd``, or a package with ``python -m``.

    Attributes:
        name: how it is called.
        description: what it is for, in a line.
        commands: a line of help for each. A program that has only one runs it without being told.
        complaint: what a message on stderr begins with.
    """

    name: str
    description: str
    commands: Mapping[str, str]
    complaint: str = "error"

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run a command, the one of ``sys.argv`` if no arguments are given; returns its exit code.

        Raises:
            SystemExit: from ``argparse``: 0 after ``--help``, 2 for options that it refuses.
        """
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a terminal may not know ⊙ or ᵀ
        words = list(sys.argv[1:] if arguments is None else arguments)
        if len(self.commands) == 1:
            (name,), prog = self.commands, self.name
        else:
            name, words = self._command(words[:1]), words[1:]
            prog = f"{self.name} {name}"
        # Imported when it is asked for: `explain` starts in 0.25 s, the commands that draw in 0.9 s.
        command: Command[Any] = importlib.import_module(f"duograd.{name}").COMMAND
        options = command.options.parse(command.parser(prog), words)
        try:
            return command.run(options, Console())
        except (UsageError, DomainError, OSError) as error:
            print(f"{self.complaint}: {one_line(_in_a_line(error))}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
            return 130

    def enter(self) -> NoReturn:
        """Run as a process of its own, which ends silently once nobody reads what it prints any more, as in
        ``python -m nn compare | head``."""
        try:
            try:
                code = self.main()
            finally:
                sys.stdout.flush()
        except (Unread, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what Python flushes at its end
            code = UNREAD
        sys.exit(code)

    def _command(self, words: Sequence[str]) -> str:
        """The command that the first word names."""
        listed = "\n".join(f"  {name:8} {summary}" for name, summary in self.commands.items())
        parser = Parser(
            prog=self.name,
            description=self.description,
            epilog=f"commands (each has its own --help):\n{listed}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("command", help="one of those below")
        name: str = parser.parse_args(words).command
        if name not in self.commands:
            near = did_you_mean(name, self.commands)
            hint = f"{near} Known" if near else "known"
            parser.error(f"there is no command {name!r}; {hint} are {', '.join(self.commands)}")
        return name


def leave_with(main: Callable[[], int]) -> NoReturn:
    """Run ``main`` and end the process with its exit code, or silently once nobody reads what it prints."""
    if sys.platform != "win32":  # which has no such signal
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
