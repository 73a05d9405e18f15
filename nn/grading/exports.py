"""What was found, for other programs: a table as CSV, and the results that Gradescope takes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autodiff.console import visible
from nn.files import replacing
from nn.grading.grades import Grade
from nn.language import say

__all__ = ["gradescope_results", "to_csv"]

COLUMNS = ("student", "outcome", "file", "judged", "on", "right", "mistake", "line", "text")
FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")  # with which a spreadsheet takes a formula
LONGEST = 30_000  # characters of a cell: spreadsheets take 32,767


def to_csv(grades: Sequence[Grade], path: Path, language: str = "") -> None:
    """Write a row for each thing that was judged, and who wrote it. No cell of it is a formula.

    Columns, outcomes and names of mistakes are data, by which programs and other classes' tables go together:
    they are English in every language. What is said of each, the text, is in the reader's.

    Args:
        language: of the text; "" is the reader's.
    """
    with replacing(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for grade in grades:
            for found in grade.found:
                row = found.row
                line, text = "" if row.line is None else str(row.line), say(row.text, language)
                cells = (grade.student, grade.outcome, found.file, row.judged, row.on, row.outcome)
                writer.writerow([_cell(each) for each in (*cells, found.mistake, line, text)])


def _cell(text: str) -> str:
    """A cell that a spreadsheet takes for text.

    >>> _cell("=1+1"), _cell("  @SUM(A1)"), _cell("dW1")
    ("'=1+1", "'  @SUM(A1)", 'dW1')
    """
    shown = visible(text)
    begins = text.startswith(FORMULA) or shown.lstrip().startswith(FORMULA)
    shown = f"'{shown}" if begins else shown
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} …"


def gradescope_results(grade: Grade, language: str = "") -> dict[str, Any]:
    """What an autograder of Gradescope's is to write into ``results.json``: a point for everything that is
    right.

    The format is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/.

    Args:
        language: of what students read: names of tests and output; "" is the reader's.
    """
    tests = [
        {
            "name": visible(_name(found.file, say(found.row.judged, language), found.row.on, language)),
            "score": 1.0 if found.row.right else 0.0,
            "max_score": 1.0,
            "status": "passed" if found.row.right else "failed",
            "output": visible(say(found.row.text, language)),
            "output_format": "text",
            "visibility": "visible",
        }
        for found in grade.found
    ]
    said = {
        "right": say("All is right.", language),
        "wrong": say("Something is wrong.", language),
        "not judged": say("It could not be judged.", language),
    }
    return {
        "score": float(grade.right),
        "execution_time": round(grade.seconds),
        "output": said[grade.outcome],
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _name(file: str, judged: str, on: str, language: str) -> str:
    judged_on = " ".join(filter(None, (judged, on)))
    return f"{file}: {judged_on}" if file else judged or say("what was handed in", language)
