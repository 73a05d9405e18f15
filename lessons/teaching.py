"""What a teacher needs beside the notebooks: plans, a bank of questions, and mistakes with what to ask next.

All of it is made of the lessons themselves: the questions are their guesses, the mistakes those that
``duograd.course`` knows and ``answers.yaml`` types in.
"""

import importlib
import re
from collections import defaultdict
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
BAR = r"\|"  # in a table
CHECK = re.compile(r"check\.(\w+)\(guess\)")

# Of each plan the sessions, and the lessons that each of them takes.
PLANS = {
    "A lecture of 90 minutes": {"Lecture": [0, 2, 4]},
    "A week, five mornings": {
        "Monday": [0, 1, 2],
        "Tuesday": [3, 4],
        "Wednesday": [5, 6],
        "Thursday": [7, 8],
        "Friday": [9, 14],
    },
    "Half a term, seven weeks of two hours": {
        "Week 1": [0, 1, 2],
        "Week 2": [3, 4],
        "Week 3": [5, 6],
        "Week 4": [7, 8],
        "Week 5": [9, 13],
        "Week 6": [10, 11],
        "Week 7": [12, 14],
    },
}

HEAD = """\
# For teachers

This page is made of the lessons: `python lessons/editions.py` writes it.

## Marking

- Each exercise is one point. A cell that checks it raises an error while the answer is missing or wrong, so
  nbgrader needs nothing more; there are {exercises} points in all.
- What is written is tried on numbers that nobody has seen, and by the judge. Any way of writing is taken, so
  mark the point and not the style.
- Guesses are not graded. A guess that costs points is no guess any more.
- Hints cost nothing either: the first says where to look, the third says the formula.
- For backward passes in files, `python -m nn judge submissions --out report` says of each student what is
  wrong, and of the class which mistakes are the most frequent. Look under *Mistakes* what to ask next, and
  begin the next lesson with the most frequent one.

## Plans

The minutes are those of the lessons, without what is marked *further*: an estimate.
"""


def questions(notebook):
    """The guesses of a lesson: the name of what checks each, and the question as it stands before it."""
    text = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = cell.source.strip().split("\n\n")[-1]
        elif cell.source.startswith("guess = "):
            form = cell.source.rpartition("#")[2].strip()
            asked = f"{text} ({form})"
        elif match := CHECK.match(cell.source):
            yield match[1], asked


def said(answer):
    """An answer, as it is printed."""
    if isinstance(answer, float):
        return f"`{answer:.6g}`"
    if isinstance(answer, set):
        return "`{" + ", ".join(sorted(map(repr, answer))) + "}`"
    if isinstance(answer, tuple):
        return "`(" + ", ".join(f"{each:g}" for each in answer) + ("," if len(answer) == 1 else "") + ")`"
    return f"`{answer}`"


def bank(notebooks, words, course):
    """The questions with right answers and what is behind wrong ones; the mistakes with their questions."""
    lines, mistakes, count = [words("## Questions"), ""], defaultdict(list), 0
    for number, notebook in notebooks.items():
        checks = importlib.import_module(f"duograd.course.lesson_{number:02d}")
        for place, (name, question) in enumerate(questions(notebook), start=1):
            right, why, meanings = getattr(checks, name).__wrapped__()
            is_right = words("{answer} is right. {why}").format(answer=said(right), why=course(why))
            lines += [f"**{number}.{place}** {question}", "", f"- {is_right}"]
            for each in meanings:
                name, text = course(each.name), course(each.text)
                lines.append(f"- {said(each.answer)}: *{name}*. {text}")
                mistakes[name].append((f"{number}.{place}", said(each.answer), text))
            lines.append("")
            count += 1
    counted = words(
        "{count} questions: the guesses of the lessons. Each wrong answer has the mistake behind it."
    )
    lines[1:1] = ["", counted.format(count=count)]
    return lines, mistakes


def sheet(mistakes, numbers, words, course):
    """The mistakes: where they show, and what to ask next; then those of exercises."""
    head = words("| mistake | it shows in | as | ask next |")
    lines = [words("## Mistakes"), "", head, "|---|---|---|---|"]
    for name in sorted(mistakes, key=str.lower):
        place, answer, text = mistakes[name][0]
        places = ", ".join(dict.fromkeys(each[0] for each in mistakes[name]))
        cells = (name, places, words("{answer} in {place}").format(answer=answer, place=place), text)
        lines.append(f"| {' | '.join(each.replace('|', BAR) for each in cells)} |")
    lines += ["", words("In exercises, mistakes have these names, most of them the judge's:"), ""]
    for lesson, exercises in yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8")).items():
        if (number := int(lesson[:2])) in numbers:
            names = dict.fromkeys(name for each in exercises.values() for name in each["wrong"] if name)
            lines.append(
                f"- {words('lesson {number}').format(number=number)}: {', '.join(map(course, names))}"
            )
    return [*lines, ""]


def plans(lessons, words):
    lines = []
    for name, sessions in PLANS.items():
        lines += [f"**{words(name)}**", "", words("| | lessons | minutes |"), "|---|---|---|"]
        for session, numbers in sessions.items():
            total = sum(lessons[number][0] for number in numbers)
            lines.append(f"| {words(session)} | {', '.join(map(str, numbers))} | {total} |")
        lines.append("")
    return lines


def page(lessons, spoken=None, words=str, course=str):
    """The page for teachers.

    Args:
        lessons: by their numbers, the minutes and the notebook.
        spoken: the notebooks in another language, by their numbers; of other lessons there are no questions
            and mistakes then.
        words: says in that language what this page says.
        course: says in it what the course says.
    """
    notebooks = spoken or {number: notebook for number, (_, notebook) in lessons.items()}
    exercises = sum(
        cell.metadata.get("nbgrader", {}).get("grade", False)
        for _, notebook in lessons.values()
        for cell in notebook.cells
    )
    head = "\n\n".join(map(words, HEAD.rstrip().split("\n\n"))).format(exercises=exercises)
    asked, mistakes = bank(notebooks, words, course)
    parts = head, "", *plans(lessons, words), *sheet(mistakes, notebooks, words, course), *asked
    return "\n".join(parts).rstrip() + "\n"
