"""Every lesson runs from top to bottom, asks before it answers, and is stored without outputs."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lessons"
LESSONS = sorted(
    path for path in FOLDER.glob("*.ipynb") if not (FOLDER / "source" / f"{path.stem}.py").exists()
)

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


# A lesson keeps a wrong answer to each exercise in its metadata, where no reader meets it.
REFUSING = """
for call in {wrong}:
    try:
        verdict = eval(call)
    except AssertionError as refusal:
        assert str(refusal), f"{{call}} is refused without a word"
    else:
        assert not verdict.startswith("Right"), f"{{call}} is accepted"
"""


def read(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def sections(notebook):
    """The cells under each heading of the second level; those before the first are under ""."""
    found, name = {"": []}, ""
    for cell in notebook.cells:
        heading = re.search(r"^## (.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if heading:
            name = heading[1]
            found[name] = []
        found[name].append(cell)
    return found


def code(cells):
    return [cell.source for cell in cells if cell.cell_type == "code"]


def text(cells):
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_there_are_lessons():
    assert LESSONS


@every_lesson
def test_it_runs_from_top_to_bottom_and_refuses_wrong_answers(path, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the kernel is a process of its own
    monkeypatch.setenv("PYTHONWARNINGS", "error:::__main__")  # a lesson's own cells warn of nothing
    notebook = read(path)
    wrong = notebook.metadata.wrong_answers
    notebook.cells.append(nbformat.v4.new_code_cell(REFUSING.format(wrong=list(wrong))))
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    complaints = [each.text for each in shown if each.output_type == "stream" and each.name == "stderr"]
    assert not complaints
    assert all(each.data["text/plain"] for each in shown if each.output_type == "display_data")
    pictures = {kind for output in shown for kind in output.get("data", {}) if kind != "text/plain"}
    assert pictures & {"image/svg+xml", "text/html", "text/latex"}, "the library shows nothing here"


@every_lesson
def test_it_is_stored_without_outputs(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@every_lesson
def test_it_has_a_question_an_experiment_and_exercises_with_solutions(path):
    parts = sections(read(path))
    assert list(parts) == ["", "Experiment", "Exercises", "Solutions"]
    first = parts[""][0].source
    assert re.search(r"^\*\*Question\.\*\* .+\?$", first, re.MULTILINE)
    assert "`pip install .` in its folder" in text(parts[""])
    assert len(code(parts["Experiment"])) >= 3
    exercises = re.findall(r"^### Exercise (\d)$", text(parts["Exercises"]), re.MULTILINE)
    assert exercises in (["1", "2"], ["1", "2", "3"])
    assert re.findall(r"^\*\*(\d)\.\*\* ", text(parts["Solutions"]), re.MULTILINE) == exercises


@every_lesson
def test_each_exercise_is_checked_open_and_then_solved(path):
    notebook = read(path)
    parts = sections(notebook)
    posed, solved = "\n".join(code(parts["Exercises"])), "\n".join(code(parts["Solutions"]))
    numbers = re.findall(r"^### Exercise (\d)$", text(parts["Exercises"]), re.MULTILINE)
    for number in numbers:
        assert f"def check_{number}(" in posed
        assert f"print(check_{number}(" in posed
        assert f"check_{number}(" in solved
    assert {re.match(r"check_(\d)\(", call)[1] for call in notebook.metadata.wrong_answers} == set(numbers)


@every_lesson
def test_it_is_listed_with_its_question(path):
    question = re.search(r"^\*\*Question\.\*\* (.+\?)$", read(path).cells[0].source, re.MULTILINE)[1]
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if f"({path.name})" in line]
    assert question in line


def test_every_lesson_that_is_linked_exists():
    pages = [
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        *(text(read(path).cells) for path in LESSONS),
    ]
    links = {link for page in pages for link in re.findall(r"\]\(([^)]+\.ipynb)\)", page)}
    assert links
    assert {link for link in links if not (FOLDER / link).exists()} == set()
