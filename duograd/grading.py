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
from duograd.words import Words, words_in
from nn.files import replacing
from nn.grading.exports import gradescope_results, to_csv
from nn.grading.grades import Grade, grade_of, mistakes_of
from nn.grading.grading import judged_files
from nn.grading.submissions import Submissions, submissions_in
from nn.judging.file_verdict import Outcome

__all__ = ["grade"]

WORST_FIRST: tuple[Outcome, ...] = ("wrong", "not judged", "right")
COLOURS = {"right": "green", "wrong": "red", "not judged": "yellow"}
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
    language: str = "",
) -> Outcome:
    """Judge what was handed in, and tell of it: wrong if anything is, else not judged if anything is not.

    Args:
        path: a folder, of which each entry is a student's; or a file.
        settings: for ``judge_file``.
        out: the folder to write to.
        jobs: processes; as many as there are processors if nothing is said.
        dask: the address of a Dask cluster to do it on.
        kind: "report", a page and a table; or "gradescope", where all of the path is one student's.
        hint: how much is said of a mistake, as in ``nn.judging.hints``.
        language: of what people read, on the screen and in files; "" is the reader's.
    """
    in_words = words_in(language)
    with explained():
        submissions = submissions_in(path, of_one=kind == "gradescope", but=out)
        if not submissions.files:
            raise UsageError(
                f"there is nothing to judge in {str(path)!r}: no Python file, notebook or folder"
            )
        out.mkdir(exist_ok=True)
        files, judged = _with_a_bar(submissions, settings, console, out, jobs or _processors(), dask)
        grades = [grade_of(student, each, hint) for student, each in files.items()]
        if kind == "gradescope":
            written = _gradescope(grades, out, language)
        else:
            name = path.resolve().name
            written = _report(grades, in_words(f"Judged: {name}"), out, language)
    if kind == "report":
        console.print(_mistakes(grades, in_words))
    console.print(_students(grades, in_words))
    for line in submissions.left_out[:MOST_LEFT_OUT]:
        console.print(Text(in_words(f"left out {line}"), "dim"), soft_wrap=True)
    if len(submissions.left_out) > MOST_LEFT_OUT:
        lines = len(submissions.left_out) - MOST_LEFT_OUT
        console.print(Text(in_words(f"… and {lines} more"), "dim"))
    total = sum(map(len, files.values()))
    said = in_words(f"judged {judged} of {total} files")
    if judged < total:
        said += in_words("; the others were judged before")
    console.print(Text(said), soft_wrap=True)
    names = ", ".join(map(str, written))
    console.print(Text(in_words(f"wrote {names}")), soft_wrap=True)
    outcomes = {each.outcome for each in grades}
    return next(outcome for outcome in WORST_FIRST if outcome in outcomes)


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


def _report(grades: Sequence[Grade], title: str, out: Path, language: str) -> list[Path]:
    page, table = out / "report.html", out / "report.csv"
    class_page(grades, title, page, language)
    to_csv(grades, table, language)
    return [page, table]


def _gradescope(grades: Sequence[Grade], out: Path, language: str) -> list[Path]:
    (only,) = grades
    path = out / "results.json"
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(gradescope_results(only, language), indent=1), encoding="utf-8")
    return [path]


def _short(text: str) -> str:
    return text if len(text) <= NAME else f"{text[:NAME]}…"


def _mistakes(grades: Sequence[Grade], in_words: Words) -> Table:
    title = in_words("Mistakes, the most frequent first")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column(in_words("mistake"), overflow="fold")
    table.add_column(in_words("students"), justify="right")
    for mistake, who in mistakes_of(grades).items():
        table.add_row(Text(_short(in_words(mistake))), str(len(who)))
    return table


def _why(grade: Grade, in_words: Words) -> str:
    """Which mistakes, or why there is no verdict."""
    if grade.outcome == "not judged":
        text = next(each.row.text for each in grade.found if each.row.outcome == "not judged")
        return _short(in_words(text))
    return ", ".join(_short(in_words(each)) for each in grade.mistakes)


def _students(grades: Sequence[Grade], in_words: Words) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for header in (in_words("student"), in_words("verdict")):
        table.add_column(header, overflow="fold")
    table.add_column(in_words("right"), overflow="fold", justify="right")
    table.add_column(in_words("mistakes"), overflow="fold")
    for each in grades:
        table.add_row(
            Text(_short(each.student)),
            Text(in_words(each.outcome), COLOURS[each.outcome]),
            f"{each.right}/{len(each.found)}",
            Text(_why(each, in_words)),
        )
    return table
