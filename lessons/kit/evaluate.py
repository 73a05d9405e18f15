"""``python lessons/kit/evaluate.py answers.csv --log verdicts.jsonl``: what a class has learnt.

``answers.csv`` has a line for each sheet: the learner's code, ``before`` or ``after``, the form (A or B) and
the letters of ten answers, empty where none is marked, under ``code,when,form,1,2,3,4,5,6,7,8,9,10``.
"""

import argparse
import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from sheets import FORMS, LETTERS, asked, meaning

from nn.grading.verdict_log import read_log

WHEN = ("before", "after")
DRAWS, SEED = 10_000, 0


def read(path):
    """The answers: by code and time, what each choice means, None where nothing is marked.

    Raises:
        ValueError: with the line, for a head that is another, and for a sheet that cannot be one.
    """
    questions, sheets = asked(), {}
    head = ["code", "when", "form", *(str(number) for number in range(1, len(questions) + 1))]
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != head:
            raise ValueError(f"{path}: the first line has to be {','.join(head)}, got {rows.fieldnames}")
        for row in rows:
            code, when, form, *letters = (str(row[name] or "").strip() for name in head)
            if problem := wrong_with(sheets, code, when, form, letters):
                raise ValueError(f"{path}, line {rows.line_num}: {problem}")
            sheets[code, when] = form, letters
    return {
        who: [meaning(*each) if each[2] else None for each in zip(questions, form * len(questions), letters)]
        for who, (form, letters) in sheets.items()
    }


def wrong_with(sheets, code, when, form, letters):
    """Why these cannot be another sheet beside those that were read; "" if they can."""
    if not code:
        return "the code is empty"
    if when not in WHEN:
        return f"{when!r} is neither 'before' nor 'after'"
    if form not in FORMS:
        return f"{form!r} is none of the forms {', '.join(FORMS)}"
    if (code, when) in sheets:
        return f"{code!r} has two sheets {when!r}"
    if form in [other for (known, _), (other, _) in sheets.items() if known == code]:
        return f"{code!r} has form {form} twice, so the second is remembered and not known"
    strange = [each for each in letters if each not in ("", *LETTERS)]
    return f"{strange[0]!r} is none of the answers {', '.join(LETTERS)}" if strange else ""


def scores(found):
    """Of those who have both sheets, what is right: arrays of 0 and 1 of shape (learners, questions).

    Raises:
        ValueError: if fewer than two have both.
    """
    both = [code for code, when in found if when == "before" and (code, "after") in found]
    if len(both) < 2:
        raise ValueError(
            f"a gain needs at least two learners with a sheet before and one after, got {len(both)}"
        )
    return tuple(
        np.array([[each == "right" for each in found[code, when]] for code in both], float) for when in WHEN
    )


def interval(gains):
    """Where the mean gain of such a class lies in 95 of 100 draws of learners (a percentile bootstrap)."""
    drawn = np.random.default_rng(SEED).integers(len(gains), size=(DRAWS, len(gains)))
    return np.quantile(gains[drawn].mean(axis=1), [0.025, 0.975])


def normalised(before, after, most):
    """The part of what could be gained that was: ⟨g⟩ = (after − before) / (most − before), of means, as Hake
    has it (American Journal of Physics 66, 64, 1998); nan where nothing could be gained."""
    return (after.mean() - before.mean()) / (most - before.mean()) if before.mean() < most else np.nan


def discrimination(right):
    """Of each question, how it goes with the rest of the sheet: the correlation over learners; nan where all
    learners, or all rests, are alike."""
    rest = right.sum(axis=1, keepdims=True) - right
    centred, others = right - right.mean(axis=0), rest - rest.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0) * (others**2).sum(axis=0))
    return np.divide((centred * others).sum(axis=0), norms, out=np.full(len(norms), np.nan), where=norms > 0)


def table(title, *heads):
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for place, head in enumerate(heads):
        made.add_column(head, justify="right" if place else "left")
    return made


def of_learners(before, after):
    """How many answers are right, and what was gained."""
    most = before.shape[1]
    first, second = before.sum(axis=1), after.sum(axis=1)
    low, high = interval(second - first)
    made = table(f"{len(before)} learners, {most} questions", "", "mean")
    made.add_row("right before", f"{first.mean():.2f}")
    made.add_row("right after", f"{second.mean():.2f}")
    made.add_row("gain", f"{(second - first).mean():+.2f}")
    made.add_row("its 95 % interval", f"{low:+.2f} … {high:+.2f}")
    made.add_row("normalised gain", f"{normalised(first, second, most):.2f}")
    return made


def of_questions(before, after):
    """Of each question, who has it right, and whether those have it who have the rest."""
    made = table("questions", "skill", "before", "after", "goes with the rest")
    for question, *numbers in zip(asked(), before.mean(axis=0), after.mean(axis=0), discrimination(after)):
        first, second, alike = numbers
        made.add_row(
            question["skill"],
            f"{first:.0%}",
            f"{second:.0%}",
            "all alike" if np.isnan(alike) else f"{alike:+.2f}",
        )
    return made


def of_mistakes(found):
    """The mistakes behind wrong answers, on all sheets, the most frequent after the course first."""
    counted = {when: Counter() for when in WHEN}
    for (_, when), meanings in found.items():
        counted[when].update(each for each in meanings if each not in ("right", None))
    made = table("mistakes", "mistake", *WHEN)
    for name in sorted(set().union(*counted.values()), key=lambda name: (-counted["after"][name], name)):
        made.add_row(name, *(str(counted[when][name]) for when in WHEN))
    return made


def of_log(entries):
    """What the judge said, by weeks: how many verdicts, how many of them right, and which mistakes."""
    made = table("verdicts of the judge", "week from", "verdicts", "right", "kinds of mistakes")
    weeks = {}
    for entry in entries:
        day = date.fromisoformat(entry.day)
        weeks.setdefault(str(day - timedelta(days=day.weekday())), []).append(entry)
    for week, those in sorted(weeks.items()):
        kinds = Counter(kind for entry in those for kind in entry.kinds)
        told = ", ".join(f"{count}× {kind}" for kind, count in kinds.most_common(3))
        right = sum(entry.outcome == "right" for entry in those)
        made.add_row(week, str(len(those)), f"{right / len(those):.0%}", told)
    return made


def main(arguments=None):
    """Print the tables; 2 if a file is not what it should be."""
    parser = argparse.ArgumentParser(description="What a class has learnt.")
    parser.add_argument("answers", type=Path, help="a line for each sheet, as CSV")
    parser.add_argument("--log", type=Path, action="append", default=[], help="of python -m nn judge --log")
    options = parser.parse_args(arguments)
    try:
        found = read(options.answers)
        before, after = scores(found)
        entries = [entry for path in options.log for entry in read_log(path)]
    except (OSError, ValueError) as error:
        parser.exit(2, f"{error}\n")
    console = Console()
    for made in (of_learners(before, after), of_questions(before, after), of_mistakes(found)):
        console.print(made)
    if entries:
        console.print(of_log(entries))


if __name__ == "__main__":
    main()
