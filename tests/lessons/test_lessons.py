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

from tests.lessons.said import numbers_in, to_be_held

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lessons"
LESSONS = sorted(path.stem for path in (FOLDER / "source").glob("*.py"))
EDITIONS = {"student": FOLDER, "solution": FOLDER / "solutions"}
ANSWERS = yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))

LESSON_CLAIMS = yaml.safe_load((FOLDER / "claims.yaml").read_text(encoding="utf-8"))
STOPS = re.findall(r'\{ name: "(\w+)"', (ROOT / "viz/lab/page/stops.js").read_text(encoding="utf-8"))

TIME = r"^\*\*Time\.\*\* About (\d+) minutes(?:, and (\d+) for what is marked \*further\*)?"

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

pairs = json.loads(Path("{edition}.json").read_text())
Path("{edition}_told.json").write_text(json.dumps([typed(*pair) for pair in pairs]))
"""

# Computes what the text claims, with the names that the lesson has then.
CLAIMS = """
import builtins, json, math, autodiff, nn
from pathlib import Path
import numpy as np

def computed(claim, names):
    try:
        return bool(eval(claim, names))
    except Exception as error:
        return repr(error)

own = [name for name in autodiff.__all__ if not hasattr(builtins, name)]
names = {name: getattr(autodiff, name) for name in own} | globals()
asked = json.loads(Path("claims.json").read_text())
names["stops"] = asked["stops"]
Path("held.json").write_text(json.dumps([computed(claim, names) for claim in asked["claims"]]))
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


@every_lesson
def test_both_editions_run_claims_hold_and_answers_are_told_apart(lesson, tmp_path, monkeypatch):
    """One fresh kernel: the student's edition, in which wrong answers are typed; then, once all its names are
    forgotten, that with answers, in which claims are computed, and wrong and right answers typed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the kernel is a process of its own
    monkeypatch.setenv("PYTHONWARNINGS", "error:::__main__")  # a lesson's own cells warn of nothing
    graded = checks(read(lesson), graded=True)
    wrong, right = list(answers(lesson, "wrong")), list(answers(lesson, "right"))
    for edition, typed in (("student", wrong), ("solution", wrong + right)):
        pairs = [(source, graded[exercise]) for exercise, source, _ in typed]
        (tmp_path / f"{edition}.json").write_text(json.dumps(pairs))
    claims = [each["holds"] for each in LESSON_CLAIMS[lesson]]
    (tmp_path / "claims.json").write_text(json.dumps({"claims": claims, "stops": STOPS}))
    notebooks = {edition: read(lesson, edition) for edition in EDITIONS}
    for number, cell in enumerate(notebooks["student"].cells):
        cell.id = f"student-{number}"  # elsewhere both editions have the same
    new = nbformat.v4.new_code_cell
    everything = nbformat.v4.new_notebook(
        metadata=notebooks["student"].metadata,
        cells=[
            *notebooks["student"].cells,
            new(TYPING.replace("{edition}", "student")),
            new("%reset -f"),
            *notebooks["solution"].cells,
            new(CLAIMS),
            new(TYPING.replace("{edition}", "solution")),
        ],
    )
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(everything, timeout=120, kernel_name="python3", resources=where).execute()
    for edition, notebook in notebooks.items():
        see_outputs(notebook, {"student": "Open.", "solution": "Right."}[edition])

    held = json.loads((tmp_path / "held.json").read_text())
    assert [(claim, is_so) for claim, is_so in zip(claims, held) if is_so is not True] == []
    see_that_all_is_held(lesson, notebooks["solution"])
    for edition in EDITIONS:
        told = json.loads((tmp_path / f"{edition}_told.json").read_text())
        for (exercise, source, name), (outcome, called, said) in zip(wrong, told):
            assert outcome == "wrong", f"{exercise} takes {source}: {said}"
            assert called == name, f"{exercise} calls {source} {called!r} and not {name!r}: {said}"
            assert said
    for (exercise, source, _), (outcome, called, said) in zip(right, told[len(wrong) :], strict=True):
        assert outcome == "right", f"{exercise} refuses {source}: {called}: {said}"


def see_outputs(notebook, outcome):
    """Nothing goes to stderr, something is shown, and each check says this."""
    shown = [output for cell in code(notebook) for output in cell.outputs]
    assert not [each.text for each in shown if each.output_type == "stream" and each.name == "stderr"]
    pictures = {kind for output in shown for kind in output.get("data", {}) if kind != "text/plain"}
    assert pictures & {"image/svg+xml", "text/html", "text/latex"}, "the library shows nothing here"
    for cell in code(notebook):
        if re.match(r"check\.\w+\(", cell.source):
            (said,) = cell.outputs
            assert said.data["text/plain"].startswith(outcome), f"{cell.source}: {said.data['text/plain']}"


def see_that_all_is_held(lesson, notebook):
    """Each claim stands in the text, and no formula, equation or number is in none of them and in no cell."""
    left = text(notebook)
    for each in LESSON_CLAIMS[lesson]:
        assert each["says"] in left, each["says"]
        left = left.replace(each["says"], " ")
    assert to_be_held(left, numbers_in(code(notebook))) == []


@pytest.mark.parametrize(
    "sentence, found",
    [
        ("There are $k = 17$ of them.", ["17"]),
        ("That is 3.5 times 5, see lesson 8 and `f(9)`.", ["3.5"]),
        ("$$a = b$$ is $c = d^2$, (7), [it](8.ipynb).", ["$$a = b$$", "$c = d^2$", "7"]),
        ("Twelve of five.", ["Twelve", "five"]),
        ("$W^{[1]}$ and $x_0$, `1/7`", []),
    ],
)
def test_what_has_to_be_held_is_found(sentence, found):
    assert to_be_held(sentence, {5.0}) == found


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
    assert re.search(TIME + r"\. \*\*Before\.\*\* .+\.$", head, re.MULTILINE)
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
    core, further = re.search(TIME, head, re.MULTILINE).groups()
    assert int(core) <= 50
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if f"]({lesson}.ipynb)" in line]
    assert f"| {question} | {f'{core} + {further}' if further else core} |" in line
    marked = re.search(r"^###? .*\bfurther\b", text(read(lesson)), re.MULTILINE | re.IGNORECASE)
    assert (further is not None) == (marked is not None)


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
