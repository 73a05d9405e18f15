"""``Judged``: the verdict on one file, as plain data; and the one function that comes to it."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from nn.judging.file_verdict import Outcome, Row
from nn.judging.submitted_file import NothingToJudgeError, SubmissionError, judge_file

__all__ = ["Judged", "judged_alone", "not_judged", "version"]

JUDGES = Path(__file__).parents[2]


@dataclass(frozen=True)
class Judged:
    """The verdict on a file.

    Attributes:
        outcome: wrong if anything is, else not judged if anything is not.
        rows: what was judged.
        message: why nothing was; "" if something was.
        empty: whether the file defines nothing that could be judged.
        lasting: whether the same file would be judged so again; not if the judge itself failed.
        seconds: that it took.
    """

    outcome: Outcome
    rows: Sequence[Row] = field(default_factory=list)
    message: str = ""
    empty: bool = False
    lasting: bool = True
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """It as what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Judged:
        """What ``as_json`` gave."""
        return cls(**{**told, "rows": [Row(**each) for each in told["rows"]]})


def not_judged(message: str, *, empty: bool = False, lasting: bool = True) -> Judged:
    """That a file could not be judged, and why."""
    return Judged("not judged", [], message, empty, lasting)


def judged_alone(contents: Mapping[str, bytes], name: str, settings: Mapping[str, Any]) -> Judged:
    """Judge a file in a folder where only its own neighbours are.

    So nobody's file can import another student's, and a computer elsewhere needs no folder in common.

    Args:
        contents: of the file and what lies beside it, by names in that folder.
        name: of the file.
        settings: for ``judge_file``.
    """
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True) as folder:
        home = Path(folder).resolve()
        for each, data in contents.items():
            path = home / each
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        try:
            verdict = judge_file(home / name, **settings)
        except SubmissionError as error:
            said = str(error).replace(f"{home}/", "").removeprefix(f"{name}: ")
            return not_judged(said, empty=isinstance(error, NothingToJudgeError))
    rows = list(verdict.rows)
    if verdict.refused:
        tried = "; ".join(verdict.refused[:3]).replace(f"{home}/", "")
        rows.append(Row("the file", "", False, f"It tried what it is not let do: {tried}.", "refused"))
    return Judged(verdict.outcome, rows, seconds=round(time.monotonic() - begin, 3))


@cache
def version() -> str:
    """Of the judge: another one whenever a file of it changes, so that no verdict of an older one is kept."""
    digest = hashlib.sha256()
    for package in ("autodiff", "nn"):
        for path in sorted((JUDGES / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
