"""Judging a class: what is new or changed is judged, the rest is known from the last time."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nn.grading.judged import Judged, not_judged, version
from nn.grading.records import Records
from nn.grading.submissions import Submission, Submissions, key_of
from nn.grading.workers import judged_by_dask, judged_here

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows, and Python in a browser
    flock = None  # type: ignore[assignment]

__all__ = ["judged_files"]

Files = dict[str, dict[str, Judged]]


def judged_files(
    submissions: Submissions,
    settings: Mapping[str, Any],
    out: Path,
    *,
    jobs: int = 1,
    dask: str = "",
    done: Callable[[Submission], None] = lambda submission: None,
) -> tuple[Files, int]:
    """The verdicts on all files, by student and name, and how many of them were judged now.

    Each verdict is kept in ``out/verdicts`` as soon as it is there, under what it depends on: the file, what
    lies beside it, the settings, and the judge itself. So a run that was ended goes on where it was.

    Args:
        settings: for ``judge_file``.
        out: a folder, of which only one run at a time makes use.
        jobs: how many files at once, each in a process.
        dask: the address of a Dask cluster that is to do it instead.
        done: is told of each file as soon as its verdict is there.

    Raises:
        ValueError: if the cluster cannot be had, or another run is at work in the folder.
        OSError: if the folder cannot be written.
    """
    records = Records(out / "verdicts")
    known: dict[tuple[str, str], Judged] = {}
    todo: dict[Submission, str] = {}
    told = json.dumps({**settings, "version": version()}, sort_keys=True)
    with _alone_in(out) as unfinished:
        for each in (file for files in submissions.files.values() for file in files):
            try:
                key = key_of(each.contents(), each.name, told)
            except (OSError, ValueError) as error:
                kept: Judged | None = not_judged(str(error))
            else:
                kept = records.get(key)
            if kept is None:
                todo[each] = key
            else:
                known[each.student, each.name] = kept
                done(each)
        work = (
            judged_by_dask([*todo], settings, dask)
            if dask
            else judged_here([*todo], settings, min(jobs, max(1, len(todo))), unfinished)
        )
        with contextlib.closing(work):
            for submission, judged in work if todo else ():
                if judged.lasting:
                    records.keep(todo[submission], judged)
                known[submission.student, submission.name] = judged
                done(submission)
    return {
        student: {file.name: known[student, file.name] for file in files}
        for student, files in submissions.files.items()
    }, len(todo)


@contextlib.contextmanager
def _alone_in(out: Path) -> Iterator[Path]:
    """A folder for temporary files, empty at the beginning and gone at the end, for one run at a time."""
    with (out / "verdicts" / "lock").open("w", encoding="utf-8") as lock:
        if flock is not None:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise ValueError(f"another run is at work in {str(out)!r}") from None
        unfinished = (out / "unfinished").resolve()
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        try:
            yield unfinished
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
