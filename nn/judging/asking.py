"""A submission, as the judge sees it: a process that is asked, and answers with numbers.

``Submission`` starts the process that ``apart`` describes, asks, waits no longer than it was given time, and
ends it with all that it started. Where no process can be started, it answers here, and says so.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from nn.judging.answering import Answering
from nn.judging.in_code import InCode
from nn.judging.passes import Floats, Ran
from nn.judging.seen import Line, Variable
from nn.judging.starting import Started, started
from nn.judging.ways import Move, key_of
from nn.judging.wire import packed, read_frame, unpacked
from nn.model.activations import ACTIVATIONS
from nn.processes import waiting

__all__ = ["LONGER", "AnsweredError", "NothingToJudgeError", "RemoteWay", "Submission", "SubmissionError"]

PRINTED = 2_000  # characters of what was printed
RECORDING = 10.0  # seconds for the process that records
SHORT = 0.01  # seconds that are not worth waiting on
LONGER = 2  # times its seconds it may be given back
CPUS = 6  # times of a file, in seconds of computing: so many parts of it may use theirs up


class SubmissionError(ValueError):
    """A file cannot be judged; the message says why."""


class NothingToJudgeError(SubmissionError):
    """A file defines nothing that could be judged."""


class AnsweredError(Exception):
    """Their code raised something; the message says in which line, and what.

    Attributes:
        at_the_end: the same with the line at the end.
    """

    def __init__(self, told: Mapping[str, str]) -> None:
        raised = str(told["raised"])
        means = f"{'' if raised.endswith('.') else '.'} {told['means']}" if told.get("means") else ""
        line, function, code = (str(told.get(each, "")) for each in ("line", "function", "code"))
        where = f"line {line}{f', in {function}' if function else ''}{f': {code}' if code else ''}"
        super().__init__(f"{where} raised {raised}{means}" if line else raised)
        self.at_the_end = f"{raised}, in line {line}" if line else raised
        self.told = f'{raised} in line {line}, "{code}"' if line else raised
        self._answer = dict(told)

    def __reduce__(self) -> tuple[Any, ...]:  # or it could not come back from a worker process
        return type(self), (self._answer,)


class Submission:
    """A file of somebody's, in a process of its own that lives as long as this context.

    Args:
        file: the file.
        seconds: to wait for its answers until ``begin`` is called, and from then on again. What the judge
            computes meanwhile does not count, nor for how long the system let others compute instead of it.
        recording: whether the process has the library, to record forward passes.

    Attributes:
        seconds: these.
        spent: how many of them it has used, all in all.
        heard: how much of what another was told it was told, too.
        refused, own: what the code tried and was not let do, and what it called of this library.
        here: whether it answers in this process.
    """

    def __init__(self, file: Path, seconds: float, recording: bool = False) -> None:
        self.file, self.seconds, self._recording = file, seconds, recording
        self._told: list[dict[str, Any]] = []  # what its state comes from
        self._recorder: Submission | None = None
        self._waiting = 0  # questions without an answer
        self.heard = 0
        self.spent, self._left = 0.0, seconds
        self._waited = 0.0  # for a processor
        self.refused: list[str] = []
        self.own: list[str] = []
        self.here = False
        self._stack = contextlib.ExitStack()
        self._process: Started | None = None
        self._answering: Answering | None = None

    def __enter__(self) -> Submission:
        try:
            self._start()
        except (OSError, NotImplementedError):  # a browser, say
            self._stack.callback(setattr, builtins, "__import__", builtins.__import__)
            self.here, self._answering = True, Answering(self._asked_back, self.refused)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        self._folder = Path(self._stack.enter_context(_thrown_away()))
        work, self._printed = self._folder / "work", self._folder / "printed"
        work.mkdir()
        self._printed.touch()
        self._process = self._stack.enter_context(
            started(self._recording, work, self._printed, int(CPUS * self.seconds) + 1)
        )

    def begin(self) -> None:
        """From now on it has all its time again."""
        self._left = self.seconds

    @property
    def printed(self) -> str:
        """What it has printed, cut."""
        if self._process is None:
            return ""
        with contextlib.suppress(OSError), self._printed.open("rb") as file:
            text = file.read(PRINTED + 1).decode(errors="replace")
            return text if len(text) <= PRINTED else f"{text[:PRINTED]} …"
        return ""

    def ask(self, **question: Any) -> Any:
        """The answer to a question of ``Answering``.

        Raises:
            AnsweredError: if their code raised something.
            SubmissionError: if the process ended, took too long, or answers no sense.
        """
        if question["do"] in ("define", "undefined", "name", "make"):
            self._told.append(question)
        left, spent = self._left, self.spent
        answer = self._answer(question)
        if question["do"] in ("outcomes", "grow"):  # the file is not to blame for that
            self._left, self.spent = left, spent
        try:
            self.refused, self.own = [*answer["refused"]], [*answer["own"]]
            if "error" in answer:
                raise AnsweredError(answer["error"])
            return answer["is"]
        except (KeyError, TypeError, AttributeError) as error:
            raise SubmissionError(f"{self.file.name} writes into the pipe of its judge") from error

    def expect_to_record(self) -> None:
        """Start the process that records: it imports what it needs while others compute, and nobody waits."""
        if self._recorder is None and not self.here:
            self._recorder = self._stack.enter_context(Submission(self.file, RECORDING, recording=True))

    def tape(self, number: int, arguments: Mapping[str, Any]) -> Any:
        """The graph of a forward pass, as arrays, from a process that has the library and read the same file.

        Raises:
            AnsweredError, SubmissionError: as in ``ask``, also if no such process can be started.
        """
        if self.here:
            raise SubmissionError("no process can be started to record the forward pass")
        self.expect_to_record()
        assert self._recorder is not None
        self._recorder.begin()
        for question in self._told[self._recorder.heard :]:
            self._recorder.heard += 1
            with contextlib.suppress(AnsweredError):  # as it did before
                self._recorder.ask(**question)
        return self._recorder.ask(do="tape", number=number, arguments=dict(arguments))

    def _answer(self, question: Mapping[str, Any]) -> Any:
        if self._answering is not None:
            return self._answering.answer(question)
        self._send(question)
        self._waiting += 1
        while True:
            answer = self._receive()
            if isinstance(answer, dict) and "asks" in answer:
                self._send(self._asked_back(answer["asks"]))
                continue
            self._waiting -= 1
            if not self._waiting:  # else it is the answer to a question whose time was over
                return answer

    def _asked_back(self, question: Any) -> Any:
        """A number of an activation's."""
        try:
            activation = ACTIVATIONS[question["activation"]]
            operands = [np.asarray(each, dtype=np.float64) for each in question["operands"]]
            return (activation.forward if question["method"] == "forward" else activation.derivative)(
                *operands
            )
        except (KeyError, TypeError, ValueError):
            return None

    def _send(self, thing: Any) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(packed(thing))
            self._process.stdin.flush()
        except OSError:
            raise self._ended() from None

    def _receive(self) -> Any:
        assert self._process is not None and self._process.stdout is not None
        answers = self._process.stdout.fileno()

        def read(count: int) -> bytes:
            while self._is_late(answers):
                if not self._given_back():
                    raise SubmissionError(
                        f"{self.file} took longer than {self.seconds:g} seconds; is there a loop without an "
                        "end? If not, give it more time"
                    )
            return os.read(answers, count)

        try:
            frame = read_frame(read)
            told = None if frame is None else unpacked(frame)
        except SubmissionError:
            raise
        except ValueError as error:
            raise SubmissionError(f"{self.file.name} writes into the pipe of its judge: {error}") from error
        if frame is None:
            raise self._ended()
        return told

    def _is_late(self, answers: int) -> bool:
        """Whether there is nothing to be read in the time that is left."""
        begin = time.monotonic()
        late = self._left <= 0.0 or not _is_readable(answers, self._left)
        took = time.monotonic() - begin
        self._left -= took
        self.spent += took
        return late

    def _given_back(self) -> bool:
        """Give it the time back in which it waited for a processor; whether there was any."""
        assert self._process is not None
        waited = min(waiting(self._process.pid), LONGER * self.seconds)
        more, self._waited = waited - self._waited, max(waited, self._waited)
        self._left += max(more, 0.0)
        self.spent -= max(more, 0.0)
        return more > SHORT

    def _ended(self) -> SubmissionError:
        assert self._process is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)
        return SubmissionError(
            f"{self.file} ended Python (exit code {self._process.returncode}) before it could be judged"
        )


class RemoteWay:
    """A forward and a backward pass in a submission's process.

    Args:
        submission: whose.
        made: what the process answered when it made the pass.
    """

    def __init__(self, submission: Submission, made: Mapping[str, Any]) -> None:
        self._submission, self._number = submission, made["number"]
        self.name, self.layer, self.cotangent = str(made["name"]), bool(made["layer"]), str(made["cotangent"])
        self.quantities: list[str] | None = made["quantities"]
        self._rate: float | None = made["rate"]
        self.free, self.slope = int(made["free"]), bool(made["slope"])
        small, *others, held = made["in_code"]
        said = [[*map(float, small)], *map(bool, others), [*map(str, held)]]
        self.in_code = InCode._make(said)
        self.flat: dict[str, Any] = made["flat"]
        self._known: dict[Hashable, Floats] = {}
        self._at: dict[Hashable, list[Floats]] = {}

    @property
    def function(self) -> Callable[..., Any]:
        """There is none on this side of the pipe.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("it runs in another process")

    @staticmethod
    def output(result: Any) -> Any:
        """The loss or the output in what ``function`` returned."""
        return result

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The loss or the output; nobody is asked twice for the same numbers."""
        key = key_of(arguments)
        if key not in self._known:
            answer = self._submission.ask(do="forward", number=self._number, arguments=dict(arguments))
            self._known[key] = np.asarray(answer, dtype=np.float64)
        return self._known[key].copy()

    def outputs_at(self, arguments: Mapping[str, Any], moves: Sequence[Move]) -> list[Floats]:
        """The same after each of the moves, with one question."""
        key = key_of(arguments), tuple(moves)
        if key not in self._at:
            answers = self._submission.ask(
                do="forwards",
                number=self._number,
                arguments=dict(arguments),
                moves=[[*each] for each in moves],
            )
            if len(answers) != len(moves):
                raise SubmissionError(f"{self._submission.file.name} writes into the pipe of its judge")
            self._at[key] = [np.asarray(each, dtype=np.float64) for each in answers]
        return self._at[key]

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes."""
        out, returned, changed, read = self._submission.ask(
            do="run", number=self._number, arguments=dict(arguments), dout=np.asarray(dout)
        )
        return Ran(np.asarray(out, dtype=np.float64), returned, [*changed], str(read))

    def tape(self, arguments: Mapping[str, Any]) -> Any:
        """The graph of the forward pass, as arrays; see ``taping``."""
        return self._submission.tape(self._number, arguments)

    def repairs(
        self, arguments: Mapping[str, Any], dout: Any, most: int
    ) -> list[tuple[int, str, int, str, Any]]:
        """Changes of one place in the code: the number of each, what it mends, its line, what that says, and
        what is returned with it."""
        told = self._submission.ask(
            do="repairs_of", number=self._number, arguments=dict(arguments), dout=np.asarray(dout), most=most
        )
        return [(int(i), str(name), int(n), str(line), found) for i, name, n, line, found in told]

    def repaired(self, repair: int, arguments: Mapping[str, Any], dout: Any) -> Any:
        """What is returned with one of these changes."""
        return self._submission.ask(
            do="repaired",
            number=self._number,
            repair=repair,
            arguments=dict(arguments),
            dout=np.asarray(dout),
        )

    def seen(self, arguments: Mapping[str, Any], dout: Any) -> list[Variable]:
        """The arrays in their variables, as they say."""
        try:
            told = self._submission.ask(
                do="seen", number=self._number, arguments=dict(arguments), dout=np.asarray(dout)
            )
            return [
                Variable(
                    str(name),
                    np.asarray(array, dtype=np.float64),
                    main is True,
                    given is True,
                    _line(n, text),
                )
                for name, array, main, given, n, text in told
            ]
        except (AnsweredError, TypeError, ValueError):  # then they are not known
            return []

    def rate(self) -> float | None:
        """The learning rate with which it steps, where that can be told."""
        return self._rate

    def explained(self, error: BaseException) -> str:
        """What was raised, with their line."""
        return str(error) if isinstance(error, AnsweredError) else f"{type(error).__name__}: {error}"


def _line(number: Any, text: Any) -> Line | None:
    return Line(int(number), str(text)) if number else None


def _thrown_away() -> Any:
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def _is_readable(number: int, seconds: float) -> bool:
    if os.name != "posix":  # Windows cannot wait for a pipe in this way
        return True
    return bool(select.select([number], [], [], seconds)[0])
