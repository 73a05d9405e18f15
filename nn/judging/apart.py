"""The process of a submission: it runs somebody's code, and answers questions with numbers.

The judge asks, over a pipe, for the names that the file defines, for its forward pass on these numbers, for
what its backward pass returns. What is right is never known here, and nothing that is said here is believed
to be right: the judge compares the numbers outside, on examples that it draws after the file was read. So
patched modules, printed tables and written files change nothing, and there is no truth here to be read.

The judge's own library is not in this process either. Its modules for this are entered without the packages
that they lie in, and leave again before the file is read; what the file then imports as ``autodiff`` or
``nn`` are stand-ins that cannot be called. Where a wrong gradient is to be explained, another such process
has the library, and answers with the graph of the forward pass, which is believed no more than the rest.
"""

from __future__ import annotations

import io
import os
import sys
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

OURS = {"nn": "..", "nn.judging": ".", "nn.diagnosing": "../diagnosing"}


def _enter_packages() -> None:
    """Enter the modules' packages without what is in them: that would import the whole library."""
    for name, folder in OURS.items():
        package = ModuleType(name)
        package.__path__ = [os.path.join(os.path.dirname(os.path.abspath(__file__)), folder)]
        sys.modules[name] = package


if __name__ == "__main__":
    _enter_packages()

from nn.forking import serve  # noqa: E402
from nn.judging.answering import Answering  # noqa: E402
from nn.judging.confinement import confine  # noqa: E402
from nn.judging.wire import packed, read_frame, unpacked  # noqa: E402

__all__ = ["Told", "main"]

KEPT = 100_000  # characters of what is printed


class Told(io.TextIOBase):
    """Where a submission prints to: what is too much is not kept, and no error of theirs.

    Args:
        file: the number of a file.
    """

    def __init__(self, file: int) -> None:
        super().__init__()
        self._file, self._left = file, KEPT

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        kept = text[: self._left]
        self._left -= len(kept)
        if kept:
            os.write(self._file, kept.encode(errors="replace"))
        return len(text)


def main(tape_of: Any, folder: str, printed: str) -> None:
    """Answer what comes on the standard input, on the standard output, until there is no more.

    Args:
        tape_of: records a forward pass, in a process that does no more; None where submissions are judged.
        folder: where the submission may write; its working folder.
        printed: the file for what it prints.
    """
    os.environ.update(HOME=folder, TMPDIR=folder)
    os.chdir(folder)
    told = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    questions, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (told, 1), (told, 2)):
        os.dup2(old, new)
    sys.stdout = sys.stderr = Told(told)
    refused = confine(folder)

    def told_to_judge(thing: object) -> None:
        left = memoryview(packed(thing))
        while left:
            left = left[os.write(answers, left) :]

    def heard() -> Any:
        frame = read_frame(lambda count: os.read(questions, count))
        return None if frame is None else unpacked(frame)

    def asked_back(question: object) -> object:
        told_to_judge({"asks": question})
        return heard()

    answering = Answering(asked_back, refused, tape_of)
    for own in [each for each in sys.modules if each.partition(".")[0] == "nn"]:
        del sys.modules[own]
    while (question := heard()) is not None:
        told_to_judge(answering.answer(question))


def _taping(library: str) -> Any:
    """What records a forward pass; of the library this alone is read."""
    sys.path.append(library)
    _enter_packages()
    return import_module("nn.judging.taping").tape_of  # the process of a submission has no library


if __name__ == "__main__":
    _, library, *arguments = sys.argv
    tape_of = _taping(library) if library else None
    if len(arguments) == 1:
        serve(int(arguments[0]), partial(main, tape_of))
    else:
        main(tape_of, *arguments)
