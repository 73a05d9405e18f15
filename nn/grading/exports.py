"""What was found, for other programs: a table as CSV, and the results that Gradescope takes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autodiff.console import visible
from nn.files import replacing
from nn.grading.grades import Grade

__all__ = ["gradescope_results", "to_csv"]

COLUMNS = ("student", "outcome", "file", "judged", "on", "right", "mistake", "line", "text")
FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")  # with which a spreadsheet takes a formula
LONGEST = 30_000  # characters of a cell: spreadsheets take 32,767


def to_csv(grades: Sequence[Grade], path: Path) -> None:
    """Write a row for each thing that was judged, and who wrote it. No cell of it is a formula."""
    with replacing(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for grade in grades:
            for found in grade.found:
                row = found.row
                cells = (grade.student, grade.outcome, found.file, row.judged, row.on, row.outcome)
                line = "" if row.line is None else str(row.line)
                writer.writerow([_cell(each) for each in (*cells, found.mistake, line, row.text)])


def _cell(text: str) -> str:
    """A cell that a spreadsheet takes for text.

    >>> _cell("=1+1"), _cell("  @SUM(A1)"), _cell("dW1")
    ("'=1+1", "'  @SUM(A1)", 'dW1')
    """
    shown = visible(text)
    begins = text.startswith(FORMULA) or shown.lstrip().startswith(FORMULA)
    shown = f"'{shown}" if begins else shown
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} …"


def gradescope_results(grade: Grade) -> dict[str, Any]:
    """What an autograder of Gradescope's is to write into ``results.json``: a point for everything that is
    right.

    The format is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/.
    """
    tests = [
        {
            "name": visible(_name(found.file, found.row.judged, found.row.on)),
            "score": 1.0 if found.row.right else 0.0,
            "max_score": 1.0,
            "status": "passed" if found.row.right else "failed",
            "output": visible(found.row.text),
            "output_format": "text",
            "visibility": "visible",
        }
        for found in grade.found
    ]
    said = {"right": "All is right.", "wrong": "Something is wrong.", "not judged": "It could not be judged."}
    return {
        "score": float(grade.right),
        "execution_time": round(grade.seconds),
        "output": said[grade.outcome],
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _name(file: str, judged: str, on: str) -> str:
    return f"{file}: {' '.join(filter(None, (judged, on)))}" if file else judged or "what was handed in"
