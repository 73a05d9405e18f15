"""What was found about each student, and about the class: which mistakes, and who made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nn.grading.judged import Judged
from nn.judging.file_verdict import NOT_JUDGED, Outcome, Row

__all__ = ["Found", "Grade", "grade_of", "mistakes_of"]

NO_NAME = "wrong, without a name"
NO_FILE = "there is no Python file and no notebook in it"


@dataclass(frozen=True)
class Found:
    """A row of a verdict, and the file that it is about."""

    file: str
    row: Row

    @property
    def mistake(self) -> str:
        """Which mistake it is: its name, or that it has none, or could not be judged; "" if it is right, or
        right given a mistake that stands in another row."""
        if self.row.right or self.row.follows:
            return ""
        return self.row.name or NO_NAME


@dataclass(frozen=True)
class Grade:
    """What was found about a student.

    Attributes:
        student: the name of what was handed in.
        outcome: wrong if anything is, else not judged if anything is not, or nothing was there.
        found: what was judged.
        seconds: that it took.
    """

    student: str
    outcome: Outcome
    found: Sequence[Found]
    seconds: float = 0.0

    @property
    def mistakes(self) -> list[str]:
        """The mistakes, each once, in the order in which they stand in the files."""
        return [each for each in dict.fromkeys(found.mistake for found in self.found) if each]

    @property
    def right(self) -> int:
        """How many rows are right."""
        return sum(found.row.right for found in self.found)


def grade_of(student: str, files: Mapping[str, Judged], hint: int = 3) -> Grade:
    """The grade of a student.

    A file that defines nothing to be judged, such as one that others import, counts only where there is no
    other.

    Args:
        files: the verdicts on the student's files, by their names.
        hint: how much is said of a mistake: where it is (1), of what kind (2), all of it (3).
    """
    counted = {name: each for name, each in files.items() if not each.empty} or dict(files)
    found = [Found(name, row.hinted(hint)) for name, row in _rows(counted)]
    if not files:
        found = [Found("", Row("", "", False, NO_FILE, NOT_JUDGED))]
    outcomes = {each.outcome for each in counted.values()}
    outcome: Outcome = "wrong" if "wrong" in outcomes else "right" if outcomes == {"right"} else "not judged"
    return Grade(student, outcome, found, sum(each.seconds for each in files.values()))


def _rows(files: Mapping[str, Judged]) -> Iterator[tuple[str, Row]]:
    for name, each in files.items():
        for row in each.rows:
            yield name, row
        if each.message:
            yield name, Row("the file", "", False, each.message, NOT_JUDGED)


def mistakes_of(grades: Sequence[Grade]) -> dict[str, list[Grade]]:
    """Who made which mistake, the most frequent first; those of the same number in the order of names."""
    made: dict[str, list[Grade]] = {}
    for grade in grades:
        for mistake in grade.mistakes:
            made.setdefault(mistake, []).append(grade)
    return dict(sorted(made.items(), key=lambda each: (-len(each[1]), each[0])))
