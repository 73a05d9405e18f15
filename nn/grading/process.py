"""A process that judges files, one after the other, and ends with whoever started it.

Questions and answers are lines of JSON. The process is guarded, as ``nn.processes`` says, so it and what it
started are gone when its owner is, however that ended.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from nn.grading.judged import Judged, judged_alone, not_judged
from nn.judging.starting import starting
from nn.judging.submitted_file import THINGS
from nn.processes import guarded

__all__ = ["JudgeProcess", "judged_apart", "main"]

START = "import sys; sys.path[:] = eval(sys.argv[1]); from nn.grading.process import main; main()"
MORE = 60.0  # seconds for the judge's own work on a file, beside those that the file has
MOST = 50  # files that a process judges before another one takes its place


class JudgeProcess:
    """A process that judges. It is started when it is needed, and anew where it has ended.

    Args:
        folder: for its temporary files; the system's if nothing is said.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._stack = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._judged = 0
        self._closed = False

    def __enter__(self) -> JudgeProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._end()

    def judge(self, contents: Mapping[str, bytes], name: str, settings: Mapping[str, Any]) -> Judged:
        """The verdict on a file, as ``judged_alone`` comes to it, there."""
        if self._closed:
            return not_judged("the judge was ended", lasting=False)
        if self._process is None or self._judged >= MOST:
            self._end()
            self._start()
        self._judged += 1
        told = {each: base64.b64encode(data).decode("ascii") for each, data in contents.items()}
        question = {"contents": told, "name": name, "settings": dict(settings)}
        try:
            return self._asked(json.dumps(question), (THINGS + 1) * float(settings["timeout"]) + MORE)
        except (OSError, ValueError) as error:
            self._end()
            return not_judged(f"the judge ended while it judged {name}: {error}", lasting=False)

    def _asked(self, question: str, seconds: float) -> Judged:
        assert self._process is not None and self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question.encode("ascii") + b"\n")
        self._process.stdin.flush()
        answer, end = b"", time.monotonic() + seconds
        while not answer.endswith(b"\n"):
            answers = self._process.stdout.fileno()
            if os.name == "posix" and not select.select([answers], [], [], end - time.monotonic())[0]:
                raise TimeoutError(f"it took longer than {seconds:g} seconds")
            block = os.read(answers, 1 << 16)
            if not block:
                raise ConnectionError("nothing more came from it; is there memory enough?")
            answer += block
        return Judged.from_json(json.loads(answer))

    def _start(self) -> None:
        home = str(Path(__file__).parents[2])
        path = [home, *(folder for folder in sys.path if folder not in ("", home, os.getcwd()))]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        if self._folder is not None:
            environment["TMPDIR"] = str(self._folder)
        self._judged = 0
        self._process = self._stack.enter_context(
            guarded(
                [sys.executable, "-c", START, repr(path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        )

    def _end(self) -> None:
        self._process = None
        self._stack.close()


def judged_apart(contents: Mapping[str, bytes], name: str, settings: Mapping[str, Any]) -> Judged:
    """The verdict on a file, from a process that lives no longer than this call."""
    with JudgeProcess() as process:
        return process.judge(contents, name, settings)


def main() -> None:
    """Answer what comes on the standard input, on the standard output, until there is no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with starting():
        for line in sys.stdin.buffer:
            question = json.loads(line)
            contents = {each: base64.b64decode(data) for each, data in question["contents"].items()}
            try:
                judged = judged_alone(contents, question["name"], question["settings"])
            except Exception as error:  # a fault of the judge's own is no fault of the class
                judged = not_judged(f"the judge failed: {type(error).__name__}: {error}", lasting=False)
            answers.write(json.dumps(judged.as_json()).encode("ascii") + b"\n")
            answers.flush()
