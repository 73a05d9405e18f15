"""``python lessons/editions.py``: the two editions of each lesson, from its one source.

``source/NN_name.py`` is a lesson as jupytext reads it, with the answers between ``### BEGIN SOLUTION`` and
``### END SOLUTION``. ``solutions/NN_name.ipynb`` is the same as a notebook, which nbgrader takes as an
assignment; ``NN_name.ipynb`` is what students get, made of that by nbgrader, and ``ko/NN_name.ipynb`` the
same in Korean, by its catalog. The table in ``README.md``, ``teaching.md``, ``ko/teaching.md`` and the sheets
of ``kit`` are made, too. With ``--check`` nothing is written, and the exit code is 1 if anything is not what
sources make.
"""

import copy
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from catalogs import KOREAN, catalog_of, in_korean, teaching_in_korean
from kit.sheets import sheets
from minutes import BEGIN, CHECK, FORMULA, in_words, is_check, is_guess, minutes
from nbgrader.preprocessors import ClearSolutions
from teaching import page
from traitlets.config.loader import PyFileConfigLoader

FOLDER = Path(__file__).parent


def solution(source):
    """The edition with answers, of a source."""
    notebook = jupytext.read(source)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    stem = source.stem.replace("_", "-")
    answers = []
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"{stem[:56]}-{number:02d}"
        if BEGIN in cell.source:
            answers.append(cell)
        elif answers and is_check(cell):
            name = f"{stem[:2]}-{re.match(CHECK, cell.source)[1]}"
            for part, answer in enumerate(answers, start=1):
                answer.metadata["nbgrader"] = marked(f"{name}-{part}", solution=True)
            if not is_guess(answers[-1]):
                cell.metadata["nbgrader"] = marked(name, solution=False)
            answers = []
    return notebook


def timed(notebook, taken):
    """The same with its minutes at its head, and those of what is further."""
    notebook = copy.deepcopy(notebook)
    head = notebook.cells[0].source
    for name, number in zip(("{minutes}", "{further}"), taken, strict=True):
        if (name in head) != (number > 0):
            raise ValueError(f"{head.splitlines()[0]}: {number} minutes for {name}")
        head = head.replace(name, str(number))
    notebook.cells[0].source = head
    return notebook


def marked(name, solution):
    """nbgrader's metadata of a cell: an answer, or what checks it for a point."""
    return {
        "grade": not solution,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **({} if solution else {"points": 1}),
    }


def student(notebook):
    """The edition without answers, of that with."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(FOLDER)).load_config()
    cleared, _ = ClearSolutions(config=config).preprocess(copy.deepcopy(notebook), {})
    for cell in cleared.cells:
        cell.source = re.sub(r"\(\n    \.\.\.\n\)", "...", cell.source)
    return cleared


def written(notebook):
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1, ensure_ascii=False) + "\n"


def row(stem, notebook, taken):
    """The line of a lesson in the table of all."""
    head = notebook.cells[0].source
    title = re.match("# (.+)", head)[1]
    question = re.search(r"^\*\*Question\.\*\* (.+)$", head, re.MULTILINE)[1]
    return f"| [{title}]({stem}.ipynb) | {question} | {in_words(taken)} |"


def sources():
    """What students get of each lesson, by its name, with the time still open."""
    return {path.stem: student(solution(path)) for path in sorted((FOLDER / "source").glob("*.py"))}


def editions():
    """What each edition has to be, by its path."""
    made, rows, lessons, spoken = {}, [], {}, {}
    for source in sorted((FOLDER / "source").glob("*.py")):
        untimed = solution(source)
        taken = minutes(untimed)
        notebook = timed(untimed, taken)
        made[FOLDER / "solutions" / f"{source.stem}.ipynb"] = written(notebook)
        made[FOLDER / f"{source.stem}.ipynb"] = written(student(notebook))
        if catalog := catalog_of(source.stem):
            korean = timed(in_korean(student(untimed), catalog), taken)
            made[KOREAN / f"{source.stem}.ipynb"] = written(korean)
            spoken[int(source.stem[:2])] = korean
        rows.append(row(source.stem, notebook, taken))
        lessons[int(source.stem[:2])] = taken[0], notebook
    made[FOLDER / "teaching.md"] = page(lessons)
    made[KOREAN / "teaching.md"] = teaching_in_korean(lessons, spoken)
    made |= sheets()
    readme = FOLDER / "README.md"
    table = "\n".join([FORMULA, "", "| Lesson | Question | Minutes |", "|---|---|---|", *rows, ""])
    text = readme.read_text(encoding="utf-8")
    made[readme] = re.sub(r"^The minutes .+\n\n(\|.+\n)+", lambda _: table, text, flags=re.MULTILINE)
    return made


def main(arguments):
    made = editions()
    old = [
        path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in old:
        print(path.relative_to(FOLDER))
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made[path], encoding="utf-8")
    return int("--check" in arguments and bool(old))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
