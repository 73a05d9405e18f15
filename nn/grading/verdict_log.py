"""A log of verdicts without names, which whoever takes part in a study may keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from nn.judging.file_verdict import FileVerdict, Outcome
from nn.judging.hints import kind_of

__all__ = ["Entry", "entry_of", "log_verdict", "read_log"]

WRITTEN = '{"day": "2026-03-02", "outcome": "wrong", "right": 2, "judged": 3, "kinds": ["a factor"]}'


@dataclass(frozen=True)
class Entry:
    """One verdict. Neither the file nor who wrote it nor any name in the code is kept.

    Attributes:
        day: as in "2026-03-02"; the hour is left out, as it could tell who it was.
        outcome: of the verdict.
        right: how many of the judged quantities are right.
        judged: how many were judged.
        kinds: of the mistakes, as a second hint says them, one for each quantity that is wrong first.
    """

    day: str
    outcome: Outcome
    right: int
    judged: int
    kinds: tuple[str, ...]


def entry_of(verdict: FileVerdict, day: date) -> Entry:
    """What is kept of a verdict."""
    wrong = [row for row in verdict.rows if not row.right and not row.follows]
    return Entry(
        day.isoformat(),
        verdict.outcome,
        sum(row.right for row in verdict.rows),
        len(verdict.rows),
        tuple(kind_of(row.name) for row in wrong),
    )


def log_verdict(verdict: FileVerdict, path: Path, day: date | None = None) -> Entry:
    """Add a verdict to a log, a line of JSON at the end of the file, and return what was written.

    Raises:
        OSError: if the file cannot be written.
    """
    entry = entry_of(verdict, day or date.today())
    with path.open("a", encoding="utf-8") as log:
        log.write(json.dumps(asdict(entry)) + "\n")
    return entry


def read_log(path: Path) -> Iterator[Entry]:
    """The entries of a log.

    Raises:
        ValueError: at a line that is no entry, with its number and what one looks like.
        OSError: if the file cannot be read.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            fields = json.loads(line)
            date.fromisoformat(fields["day"])
            yield Entry(**{**fields, "kinds": tuple(fields["kinds"])})
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f"{path}, line {number}: {line[:60]!r} is no verdict of a log, which looks like {WRITTEN}"
            ) from error
