"""``duograd judge FOLDER``: a class's submissions are judged, and told of in a table, a page and files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from duograd.class_page import class_page
from duograd.console import Console
from duograd.program import UsageError, explained
from nn.files import replacing
from nn.grading.exports import gradescope_results, to_csv
from nn.grading.grades import Grade, grade_of, mistakes_of
from nn.grading.grading import judged_files
from nn.grading.submissions import Submissions, submissions_in
from nn.judging.file_verdict import Outcome

__all__ = ["CODES", "FORMATS", "grade"]

CODES: dict[Outcome, int] = {"right": 0, "wrong": 1, "not judged": 2}  # as GitHub Classroom takes them
COLOURS = {"right": "green", "wrong": "red", "not judged": "yellow"}
FORMATS = ("report", "gradescope")
MOST_LEFT_OUT = 12  # that are listed
NAME = 60  # characters of a name in a table


def grade(
    path: Path,
    settings: Mapping[str, Any],
    console: Console,
    *,
    out: Path,
    jobs: int | None = None,
    dask: str = "",
    kind: str = "report",
    hint: int = 3,
) -> int:
    """Judge what was handed in, and tell of it: the exit code, 0 if all is right, 1 if something is wrong, 2
    if something could not be judged.

    Args:
        path: a folder, of which each entry is a student's; or a file.
        settings: for ``judge_file``.
        out: the folder to write to.
        jobs: processes; as many as there are processors if nothing is said.
        dask: the address of a Dask cluster to do it on.
        kind: "report", a page and a table; or "gradescope", where all of the path is one student's.
        hint: how much is said of a mistake, as in ``nn.judging.hints``.
    """
    with explained():
        submissions = submissions_in(path, of_one=kind == "gradescope", but=out)
        if not submissions.files:
            raise UsageError(
                f"there is nothing to judge in {str(path)!r}: no Python file, notebook or folder"
            )
        out.mkdir(exist_ok=True)
        files, judged = _with_a_bar(submissions, settings, console, out, jobs or _processors(), dask)
        grades = [grade_of(student, each, hint) for student, each in files.items()]
        written = _gradescope(grades, out) if kind == "gradescope" else _report(grades, path, out)
    if kind == "report":
        console.print(_mistakes(grades))
    console.print(_students(grades))
    for line in submissions.left_out[:MOST_LEFT_OUT]:
        console.print(Text(f"left out {line}", "dim"), soft_wrap=True)
    if len(submissions.left_out) > MOST_LEFT_OUT:
        console.print(Text(f"… and {len(submissions.left_out) - MOST_LEFT_OUT} more", "dim"))
    total = sum(map(len, files.values()))
    before = "" if judged == total else "; the others were judged before"
    console.print(Text(f"judged {judged} of {total} files{before}"), soft_wrap=True)
    console.print(Text(f"wrote {', '.join(map(str, written))}"), soft_wrap=True)
    outcomes = {each.outcome for each in grades}
    return next(code for outcome, code in _worst_first() if outcome in outcomes)


def _worst_first() -> list[tuple[Outcome, int]]:
    return [("wrong", CODES["wrong"]), ("not judged", CODES["not judged"]), ("right", CODES["right"])]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _with_a_bar(
    submissions: Submissions, settings: Mapping[str, Any], console: Console, out: Path, jobs: int, dask: str
) -> tuple[dict[str, Any], int]:
    """Judge the files, with a bar where there is a terminal to move it."""
    total = sum(map(len, submissions.files.values()))
    if not console.is_terminal:
        with console.doing(f"judging {total} files"):
            return judged_files(submissions, settings, out, jobs=jobs, dask=dask)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("judging", total=total)
        return judged_files(
            submissions, settings, out, jobs=jobs, dask=dask, done=lambda _: bar.advance(task)
        )


def _report(grades: Sequence[Grade], path: Path, out: Path) -> list[Path]:
    page, table = out / "report.html", out / "report.csv"
    class_page(grades, f"Judged: {path.resolve().name}", page)
    to_csv(grades, table)
    return [page, table]


def _gradescope(grades: Sequence[Grade], out: Path) -> list[Path]:
    (only,) = grades
    path = out / "results.json"
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(gradescope_results(only), indent=1), encoding="utf-8")
    return [path]


def _short(text: str) -> str:
    return text if len(text) <= NAME else f"{text[:NAME]}…"


def _mistakes(grades: Sequence[Grade]) -> Table:
    table = Table(title="mistakes, the most frequent first", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("mistake", overflow="fold")
    table.add_column("students", justify="right")
    for mistake, who in mistakes_of(grades).items():
        table.add_row(Text(_short(mistake)), str(len(who)))
    return table


def _why(grade: Grade) -> str:
    """Which mistakes, or why there is no verdict."""
    if grade.outcome == "not judged":
        return _short(next(each.row.text for each in grade.found if each.row.outcome == "not judged"))
    return ", ".join(map(_short, grade.mistakes))


def _students(grades: Sequence[Grade]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for header in ("student", "verdict", "right", "mistakes"):
        table.add_column(header, overflow="fold", justify="right" if header == "right" else "left")
    for each in grades:
        table.add_row(
            Text(_short(each.student)),
            Text(each.outcome, COLOURS[each.outcome]),
            f"{each.right}/{len(each.found)}",
            Text(_why(each)),
        )
    return table
