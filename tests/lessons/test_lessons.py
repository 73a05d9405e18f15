"""Every lesson has a form, runs in both editions, and refuses wrong answers with their names."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lessons"
LESSONS = sorted(path.stem for path in (FOLDER / "source").glob("*.py"))
EDITIONS = {"student": FOLDER, "solution": FOLDER / "solutions"}
ANSWERS = yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))

every_lesson = pytest.mark.parametrize("lesson", LESSONS)
every_edition = pytest.mark.parametrize("edition", EDITIONS)

# Types answers into the notebook, as somebody would at its end, and writes down what came of each.
TYPING = """
import json
from pathlib import Path
from IPython.utils.capture import capture_output

def typed(answer, check):
    with capture_output():
        ran, checked = (get_ipython().run_cell(cell) for cell in (answer, f"said = {check}"))
    assert ran.success, f"{answer} raises {ran.error_in_exec!r}"
    if checked.success:
        return said.outcome, said.name, said.text
    error = checked.error_in_exec
    return ("wrong", error.name, str(error)) if hasattr(error, "name") else ("raised", "", repr(error))

pairs = json.loads(Path("pairs.json").read_text())
Path("told.json").write_text(json.dumps([typed(*pair) for pair in pairs]))
"""


def read(lesson, edition="student"):
    return nbformat.read(EDITIONS[edition] / f"{lesson}.ipynb", as_version=nbformat.NO_CONVERT)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def checks(notebook, graded):
    """The cells that check, by what they check: exercises if graded, else guesses."""
    cells = [
        cell for cell in code(notebook) if cell.metadata.get("nbgrader", {}).get("grade", False) == graded
    ]
    names = [re.match(r"check\.(\w+)\(", cell.source) for cell in cells]
    return {name[1]: cell.source for name, cell in zip(names, cells) if name}


def answers(lesson, kind):
    """Each answer of a kind, "right" or "wrong", with the exercise that it is to and the name that it has."""
    for exercise, given in ANSWERS[lesson].items():
        named = given["wrong"] if kind == "wrong" else {"": given["right"]}
        for name, sources in named.items():
            yield from ((exercise, source, name) for source in sources)


def test_there_are_lessons():
    assert [int(lesson[:2]) for lesson in LESSONS] == [*range(len(LESSONS))]
    for folder in EDITIONS.values():
        assert sorted(path.stem for path in folder.glob("*.ipynb")) == LESSONS


def test_the_editions_are_what_the_sources_make():
    made = subprocess.run(
        [sys.executable, "lessons/editions.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert made.returncode == 0, f"run python lessons/editions.py: {made.stdout}{made.stderr}"


@every_edition
@every_lesson
def test_it_runs_and_answers_are_told_apart(lesson, edition, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the kernel is a process of its own
    monkeypatch.setenv("PYTHONWARNINGS", "error:::__main__")  # a lesson's own cells warn of nothing
    notebook = read(lesson, edition)
    graded = checks(notebook, graded=True)
    wrong, right = list(answers(lesson, "wrong")), list(answers(lesson, "right"))
    pairs = [(source, graded[exercise]) for exercise, source, _ in wrong + right]
    (tmp_path / "pairs.json").write_text(json.dumps(pairs))
    notebook.cells.append(nbformat.v4.new_code_cell(TYPING))
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    outputs = {cell.id: cell.outputs for cell in code(notebook)}
    shown = [output for each in outputs.values() for output in each]
    assert not [each.text for each in shown if each.output_type == "stream" and each.name == "stderr"]
    pictures = {kind for output in shown for kind in output.get("data", {}) if kind != "text/plain"}
    assert pictures & {"image/svg+xml", "text/html", "text/latex"}, "the library shows nothing here"

    outcome = {"student": "Open.", "solution": "Right."}[edition]
    for cell in code(notebook)[:-1]:
        if re.match(r"check\.\w+\(", cell.source):
            (said,) = outputs[cell.id]
            assert said.data["text/plain"].startswith(outcome), f"{cell.source}: {said.data['text/plain']}"

    told = json.loads((tmp_path / "told.json").read_text())
    for (exercise, source, name), (outcome, called, said) in zip(wrong, told):
        assert outcome == "wrong", f"{exercise} takes {source}: {said}"
        assert called == name, f"{exercise} calls {source} {called!r} and not {name!r}: {said}"
        assert said
    for (exercise, source, _), (outcome, called, said) in zip(right, told[len(wrong) :]):
        assert outcome == "right", f"{exercise} refuses {source}: {called}: {said}"


@every_lesson
def test_each_exercise_is_tried_with_wrong_and_right_answers(lesson):
    assert ANSWERS[lesson].keys() == checks(read(lesson), graded=True).keys()
    for exercise, given in ANSWERS[lesson].items():
        assert given.keys() == {"right", "wrong"}, exercise
        assert len(given["right"]) >= 3, exercise
        assert sum(map(len, given["wrong"].values())) >= 3, exercise


def test_wrong_answers_have_names():
    names = [name for lesson in LESSONS for _, _, name in answers(lesson, "wrong")]
    assert len(names) >= 60
    assert names.count("") <= len(names) / 10


@every_edition
@every_lesson
def test_it_is_stored_without_outputs(lesson, edition):
    notebook = read(lesson, edition)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in code(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


@every_lesson
def test_it_has_the_form_of_a_lesson(lesson):
    notebook = read(lesson)
    head = notebook.cells[0].source
    assert re.match(rf"# {int(lesson[:2])} · ", head)
    assert re.search(r"^\*\*Question\.\*\* .+\?$", head, re.MULTILINE)
    assert re.search(r"^\*\*Time\.\*\* About \d+ minutes\. \*\*Before\.\*\* .+\.$", head, re.MULTILINE)
    assert len(re.findall(r"^- .+[,.]$", head.partition("**Afterwards you can**")[2], re.MULTILINE)) >= 3
    assert "`pip install .` in its folder" in head
    headings = re.findall(r"^## (.+)$", text(notebook), re.MULTILINE)
    assert headings == ["Experiment", "Answer", "Exercises"]
    guesses = checks(notebook, graded=False)
    assert len(guesses) >= 4
    assert sum(cell.source.startswith("guess = ...") for cell in code(notebook)) == len(guesses)
    plumbing = [
        cell.source
        for cell in code(notebook)
        if re.search(r"^(import|from) ", cell.source, re.M)
        and "tiny" not in cell.metadata.get("tags", ())
        and not cell.source.startswith("%%writefile")
    ]
    assert len(plumbing) == 1, "what is imported is imported in one cell"


@every_lesson
def test_it_is_listed_with_its_question_and_its_minutes(lesson):
    head = read(lesson).cells[0].source
    question = re.search(r"^\*\*Question\.\*\* (.+\?)$", head, re.MULTILINE)[1]
    minutes = re.search(r"About (\d+) minutes", head)[1]
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if f"]({lesson}.ipynb)" in line]
    assert f"| {question} | {minutes} |" in line


def test_teachers_have_plans_sixty_questions_and_the_mistakes_behind_wrong_answers():
    page = (FOLDER / "teaching.md").read_text(encoding="utf-8")
    plans, asked = (
        page.partition("## Plans")[2].partition("## Mistakes")[0],
        page.partition("## Questions")[2],
    )
    assert len(re.findall(r"^\*\*.+\*\*$", plans, re.MULTILINE)) == 3
    assert re.search(r"^\| Lecture \| .+ \| 90 \|$", plans, re.MULTILINE)
    items = re.split(r"^\*\*\d+\.\d\*\* ", asked, flags=re.MULTILINE)[1:]
    assert len(items) >= 60
    for item in items:
        assert item.count(" is right. ") == 1
        assert re.search(r"^- `.+`: \*.+\*\. .+$", item, re.MULTILINE)
    names = {name for lesson in LESSONS for _, _, name in answers(lesson, "wrong")} - {""}
    assert not [name for name in names if name not in page]


def test_every_lesson_that_is_linked_exists():
    pages = [
        (FOLDER / "README.md").read_text(encoding="utf-8"),
        *(text(read(lesson)) for lesson in LESSONS),
    ]
    links = {link for page in pages for link in re.findall(r"\]\(([^)]+\.ipynb)\)", page)}
    assert links
    assert {link for link in links if not (FOLDER / link).exists()} == set()
